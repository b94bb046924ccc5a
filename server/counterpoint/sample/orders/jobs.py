"""What runs at night."""

import logging
from collections.abc import Iterable

from orders.db import Database
from orders.inventory import running_low
from orders.models import Line, Order, User
from orders.orders import check_inventory, create_order, move
from orders.status import OrderStatus

log = logging.getLogger(__name__)

ROBOT = User("robot", "robot@orderdesk.example", staff=True)


async def release_backorders(db: Database, waiting: Iterable[Order]) -> int:
    """Let go of orders that were on hold for want of stock; returns how many."""
    released = 0
    for order in waiting:
        if all(check_inventory(line.sku, line.quantity) for line in order.lines):
            await move(db, order, OrderStatus.PAID, ROBOT)
            released += 1
    return released


async def run_subscriptions(db: Database, due: Iterable[tuple[str, Line]]) -> list[Order]:
    """Place the orders of subscriptions that are due."""
    placed = []
    for customer_id, line in due:
        if check_inventory(line.sku, line.quantity):
            placed.append(await create_order(db, customer_id, [line], channel="subscription"))
        else:
            log.warning("subscription of %s waits for %s", customer_id, line.sku)
    return placed


def shortages(planned: dict[str, int]) -> list[str]:
    """What has to be bought: planned sales beyond stock, and what runs low."""
    short = {sku for sku, quantity in planned.items() if not check_inventory(sku, quantity)}
    return sorted(short | set(running_low()))
