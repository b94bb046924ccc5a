"""What is in stock."""

from orders.store import STORE


def check_inventory(sku, quantity=1):
    """Whether so many are there, and how many are."""
    count = STORE.stock.get(sku, 0)
    return count >= quantity, count


def take(sku, quantity=1):
    """Take from the stock. Raises ValueError if there is not enough."""
    available, count = check_inventory(sku, quantity)
    if not available:
        raise ValueError(f"only {count} of {sku}")
    STORE.stock[sku] = count - quantity
