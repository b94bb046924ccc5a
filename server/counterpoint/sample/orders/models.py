"""Values the service passes around. Money is in cents."""

from dataclasses import dataclass, field, replace
from datetime import datetime, timezone

from orders.status import OrderStatus


@dataclass(frozen=True)
class Line:
    sku: str
    quantity: int
    unit_price: int

    @property
    def total(self) -> int:
        return self.quantity * self.unit_price


@dataclass(frozen=True)
class Order:
    id: str
    customer_id: str
    lines: tuple[Line, ...]
    status: OrderStatus = OrderStatus.PENDING
    channel: str = "web"
    discount: int = 0
    placed_at: datetime = field(default_factory=lambda: datetime.now(timezone.utc))

    @property
    def total(self) -> int:
        return max(0, sum(line.total for line in self.lines) - self.discount)

    def with_status(self, status: OrderStatus) -> "Order":
        return replace(self, status=status)


@dataclass(frozen=True)
class User:
    id: str
    email: str
    staff: bool = False


class OutOfStock(Exception):
    """Raised with the SKU that cannot be delivered."""


class NotAllowed(Exception):
    """Raised when the caller may not do what was asked."""
