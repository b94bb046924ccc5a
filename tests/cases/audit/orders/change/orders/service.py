"""Making orders."""

from orders.inventory import check_inventory, take
from orders.status import Status
from orders.store import STORE, Order


def create_order(customer, items, currency):
    """Make an order of what is in stock. Raises ValueError if something is not."""
    for sku in items:
        stock = check_inventory(sku)
        if not stock["available"]:
            raise ValueError(f"{sku} is sold out")
    for sku in items:
        take(sku)
    order = STORE.add(customer, list(items))
    order.currency = currency
    return order


def reorder(order: Order):
    """The same once more."""
    return create_order(order.customer, order.items)


def ship(order: Order) -> Order:
    """Send a paid order."""
    if order.status is not Status.PAID:
        raise ValueError("not paid")
    order.status = Status.DISPATCHED
    return order
