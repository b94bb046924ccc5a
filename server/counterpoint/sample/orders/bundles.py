"""Articles sold together."""

from orders.inventory import stock_level
from orders.orders import check_inventory

BUNDLES: dict[str, dict[str, int]] = {
    "desk-set": {"lamp": 1, "desk": 1, "cable": 2},
    "cable-set": {"cable": 5, "clip": 10},
}


def parts_of(bundle: str, count: int = 1) -> dict[str, int]:
    """SKU to quantity for `count` bundles."""
    return {sku: each * count for sku, each in BUNDLES[bundle].items()}


def can_deliver(bundle: str, count: int = 1) -> bool:
    """True if all parts are in stock."""
    return all(check_inventory(sku, quantity) for sku, quantity in parts_of(bundle, count).items())


def missing_parts(bundle: str, count: int = 1) -> list[str]:
    """Parts that keep a bundle from being delivered."""
    return [sku for sku, quantity in parts_of(bundle, count).items() if not check_inventory(sku, quantity)]


def most(bundle: str) -> int:
    """How many bundles stock is there for."""
    return min(stock_level(sku) // each for sku, each in BUNDLES[bundle].items())


def offer(sku: str) -> list[str]:
    """Bundles to offer to someone who looks at an article."""
    if not check_inventory(sku, 1):
        return []
    return [name for name, parts in BUNDLES.items() if sku in parts and can_deliver(name)]
