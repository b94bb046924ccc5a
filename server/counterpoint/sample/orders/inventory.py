"""Stock on hand, by SKU. Loaded at start-up, written back by the nightly job."""

import asyncio

from orders.db import Database, record

STOCK: dict[str, int] = {}
REORDER_AT = 5

stock_lock = asyncio.Lock()


def load(levels: dict[str, int]) -> None:
    """Replace all stock levels."""
    STOCK.clear()
    STOCK.update(levels)


def stock_level(sku: str) -> int:
    """Units on hand; 0 for an unknown SKU."""
    return STOCK.get(sku, 0)


async def restock(db: Database, sku: str, quantity: int) -> int:
    """Add a delivery and return the new level."""
    async with stock_lock:
        await record(db, "restock", sku, quantity)
        STOCK[sku] = STOCK.get(sku, 0) + quantity
        return STOCK[sku]


async def correct(db: Database, sku: str, counted: int) -> int:
    """Set the level to what was counted on the shelf; returns the difference."""
    async with stock_lock:
        difference = counted - STOCK.get(sku, 0)
        await record(db, "count", sku, difference)
        STOCK[sku] = counted
        return difference


def running_low() -> list[str]:
    """SKUs to order again."""
    return sorted(sku for sku, level in STOCK.items() if level <= REORDER_AT)
