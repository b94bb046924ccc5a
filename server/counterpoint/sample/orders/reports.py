"""Figures for the morning meeting."""

from collections import Counter

from orders.db import Database
from orders.models import Order
from orders.orders import check_inventory
from orders.pricing import price_text


async def sales_by_channel(db: Database) -> dict[str, str]:
    """Sales by channel, biggest first."""
    rows = await db.fetch("SELECT channel, SUM(total) AS total FROM orders GROUP BY channel ORDER BY total DESC")
    return {row["channel"]: price_text(row["total"]) for row in rows}


def bestsellers(orders: list[Order], top: int = 10) -> list[tuple[str, int, bool]]:
    """(SKU, units sold, could as many be sold again) of the best selling articles."""
    sold: Counter[str] = Counter()
    for order in orders:
        for line in order.lines:
            sold[line.sku] += line.quantity
    return [(sku, units, check_inventory(sku, units)) for sku, units in sold.most_common(top)]


def blocked(orders: list[Order]) -> dict[str, list[str]]:
    """Order id to the SKUs it waits for."""
    waits = {
        order.id: [line.sku for line in order.lines if not check_inventory(line.sku, line.quantity)] for order in orders
    }
    return {order_id: skus for order_id, skus in waits.items() if skus}
