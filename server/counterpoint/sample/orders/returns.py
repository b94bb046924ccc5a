"""Returns and exchanges."""

from orders.db import Database
from orders.inventory import restock
from orders.models import Line, Order, OutOfStock
from orders.orders import check_inventory, create_order


async def take_back(db: Database, order: Order, skus: set[str]) -> int:
    """Put returned articles back on the shelf; returns the cents to refund."""
    returned = [line for line in order.lines if line.sku in skus]
    for line in returned:
        await restock(db, line.sku, line.quantity)
    return sum(line.total for line in returned)


async def exchange(db: Database, order: Order, old: Line, sku: str) -> Order:
    """Send another article instead of one that came back."""
    if not check_inventory(sku, old.quantity):
        raise OutOfStock(sku)
    await take_back(db, order, {old.sku})
    return await create_order(db, order.customer_id, [Line(sku, old.quantity, old.unit_price)], channel="exchange")


def replacements(line: Line, candidates: list[str]) -> list[str]:
    """Candidates that could be sent at once instead of a returned line."""
    return [sku for sku in candidates if sku != line.sku and check_inventory(sku, line.quantity)]
