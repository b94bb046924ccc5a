"""Orders and stock, in memory."""

from dataclasses import dataclass, field

from orders.status import Status


@dataclass
class Order:
    number: int
    customer: str
    items: list[str]
    status: Status = Status.PENDING


@dataclass
class Store:
    stock: dict[str, int] = field(default_factory=dict)
    orders: list[Order] = field(default_factory=list)

    def add(self, customer: str, items: list[str]) -> Order:
        order = Order(len(self.orders) + 1, customer, items)
        self.orders.append(order)
        return order

    def by_status(self, status: Status) -> list[Order]:
        return [order for order in self.orders if order.status is status]


STORE = Store({"pen": 40, "book": 3, "lamp": 0})
