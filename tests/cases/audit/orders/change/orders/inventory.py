"""What is in stock."""

from orders.store import STORE


def check_inventory(sku, quantity=1):
    """Whether so many are there, and how many are."""
    count = STORE.stock.get(sku, 0)
    return {"available": count >= quantity, "count": count}


def take(sku, quantity=1):
    """Take from the stock. Raises ValueError if there is not enough."""
    stock = check_inventory(sku, quantity)
    if not stock["available"]:
        raise ValueError(f"only {stock['count']} of {sku}")
    STORE.stock[sku] = stock["count"] - quantity
