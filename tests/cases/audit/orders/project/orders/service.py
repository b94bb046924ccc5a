"""Making orders."""

from orders.inventory import check_inventory, take
from orders.status import Status
from orders.store import STORE, Order


def create_order(customer, items):
    """Make an order of what is in stock. Raises ValueError if something is not."""
    for sku in items:
        available, _ = check_inventory(sku)
        if not available:
            raise ValueError(f"{sku} is sold out")
    for sku in items:
        take(sku)
    return STORE.add(customer, list(items))


def reorder(order: Order):
    """The same once more."""
    return create_order(order.customer, order.items)


def ship(order: Order) -> Order:
    """Send a paid order."""
    if order.status is not Status.PAID:
        raise ValueError("not paid")
    order.status = Status.SHIPPED
    return order
