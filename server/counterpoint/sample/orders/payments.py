"""Calls to the payment provider, and what it tells us in return."""

import hashlib
import hmac
import json
from collections.abc import Awaitable, Callable

from orders.db import Database
from orders.models import NotAllowed, Order
from orders.reservations import Reservation
from orders.status import OrderStatus

Charge = Callable[[str, int], Awaitable[str]]


async def pay(db: Database, order: Order, charge: Charge) -> Order:
    """Hold the stock, charge the customer, mark the order as paid."""
    async with Reservation(db, order.lines):
        await charge(order.id, order.total)
    await db.run("UPDATE orders SET status = ? WHERE id = ?", (OrderStatus.PAID.value, order.id))
    return order.with_status(OrderStatus.PAID)


def signature_of(body: bytes, secret: bytes) -> str:
    """The signature the provider puts into `X-Signature`."""
    return hmac.new(secret, body, hashlib.sha256).hexdigest()


async def on_event(db: Database, body: bytes, signature: str, secret: bytes) -> None:
    """Take an event from the provider. Raises NotAllowed if it was not signed with our secret."""
    if signature_of(body, secret) != signature:
        raise NotAllowed("bad signature")
    event = json.loads(body)
    status = {"charge.refunded": OrderStatus.REFUNDED, "charge.disputed": OrderStatus.ON_HOLD}.get(event["type"])
    if status is not None:
        await db.run("UPDATE orders SET status = ? WHERE id = ?", (status.value, event["order"]))
