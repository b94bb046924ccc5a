"""The states an order passes through. Stored as text in the column `status`."""

from enum import Enum


class OrderStatus(str, Enum):
    PENDING = "pending"
    PAID = "paid"
    ON_HOLD = "on_hold"
    PICKING = "picking"
    SHIPPED = "shipped"
    CANCELLED = "canceled"
    REFUNDED = "refunded"


OPEN = frozenset({OrderStatus.PENDING, OrderStatus.PAID, OrderStatus.ON_HOLD})

NEXT: dict[OrderStatus, frozenset[OrderStatus]] = {
    OrderStatus.PENDING: frozenset({OrderStatus.PAID, OrderStatus.CANCELLED}),
    OrderStatus.PAID: frozenset({OrderStatus.PICKING, OrderStatus.ON_HOLD, OrderStatus.REFUNDED}),
    OrderStatus.ON_HOLD: frozenset({OrderStatus.PAID, OrderStatus.REFUNDED}),
    OrderStatus.PICKING: frozenset({OrderStatus.SHIPPED, OrderStatus.ON_HOLD}),
    OrderStatus.SHIPPED: frozenset({OrderStatus.REFUNDED}),
    OrderStatus.CANCELLED: frozenset(),
    OrderStatus.REFUNDED: frozenset(),
}


def may_become(current: OrderStatus, wanted: OrderStatus) -> bool:
    """True if an order in state `current` may be moved to `wanted`."""
    return wanted in NEXT[current]
