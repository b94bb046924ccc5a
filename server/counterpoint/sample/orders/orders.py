"""Placing and changing orders."""

import uuid
from collections.abc import Iterable
from dataclasses import replace

from orders.db import Database
from orders.inventory import stock_level
from orders.models import Line, NotAllowed, Order, OutOfStock, User
from orders.pricing import discount_for
from orders.status import OPEN, OrderStatus, may_become


def check_inventory(sku: str, quantity: int) -> bool:
    """True if `quantity` units of `sku` can be delivered from stock now."""
    return stock_level(sku) >= quantity


async def create_order(
    db: Database, customer_id: str, lines: Iterable[Line], *, channel: str = "web", coupon: str | None = None
) -> Order:
    """Place an order. Raises OutOfStock for the first line that cannot be delivered."""
    wanted = tuple(lines)
    for line in wanted:
        if not check_inventory(line.sku, line.quantity):
            raise OutOfStock(line.sku)
    order = Order(str(uuid.uuid4()), customer_id, wanted, channel=channel)
    order = replace(order, discount=discount_for(order, coupon))
    await db.run(
        "INSERT INTO orders (id, customer_id, status, channel, total, placed_at) VALUES (?, ?, ?, ?, ?, ?)",
        (order.id, customer_id, order.status.value, channel, order.total, order.placed_at.isoformat()),
    )
    return order


def add_line(order: Order, line: Line) -> Order:
    """The order with one more line."""
    if order.status not in OPEN:
        raise NotAllowed("the order is already being picked")
    if not check_inventory(line.sku, line.quantity):
        raise OutOfStock(line.sku)
    return replace(order, lines=(*order.lines, line))


def change_quantity(order: Order, sku: str, quantity: int) -> Order:
    """The order with another quantity of one article; 0 removes it."""
    current = next((line for line in order.lines if line.sku == sku), None)
    if current is None or order.status not in OPEN:
        raise NotAllowed("nothing to change")
    more = quantity - current.quantity
    if more > 0 and not check_inventory(sku, more):
        raise OutOfStock(sku)
    kept = [replace(line, quantity=quantity) if line.sku == sku else line for line in order.lines]
    return replace(order, lines=tuple(line for line in kept if line.quantity > 0))


async def move(db: Database, order: Order, status: OrderStatus, user: User) -> Order:
    """Move an order to another state, as staff or as its owner."""
    if not user.staff and user.id != order.customer_id:
        raise NotAllowed("not your order")
    if not may_become(order.status, status):
        raise NotAllowed(f"{order.status.value} cannot become {status.value}")
    await db.run("UPDATE orders SET status = ? WHERE id = ?", (status.value, order.id))
    return order.with_status(status)


async def reorder(db: Database, order: Order) -> Order:
    """Place the same order again, without what is out of stock."""
    lines = [line for line in order.lines if check_inventory(line.sku, line.quantity)]
    return await create_order(db, order.customer_id, lines, channel=order.channel)
