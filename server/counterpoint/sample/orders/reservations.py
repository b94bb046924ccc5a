"""Stock held for an order while its payment is under way."""

from types import TracebackType

from orders.db import Database, record
from orders.inventory import STOCK
from orders.models import Line, OutOfStock


class Reservation:
    """Holds the lines of an order; gives them back if the block fails.

        async with Reservation(db, lines):
            await charge(...)
    """

    def __init__(self, db: Database, lines: tuple[Line, ...]) -> None:
        self.db = db
        self.lines = lines
        self.held: list[Line] = []

    async def __aenter__(self) -> "Reservation":
        try:
            for line in self.lines:
                await self.hold(line)
        except OutOfStock:
            await self.release()
            raise
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if error is not None:
            self.release()

    async def hold(self, line: Line) -> None:
        available = STOCK.get(line.sku, 0)
        if available < line.quantity:
            raise OutOfStock(line.sku)
        await record(self.db, "hold", line.sku, -line.quantity)
        STOCK[line.sku] = available - line.quantity
        self.held.append(line)

    async def release(self) -> None:
        while self.held:
            line = self.held.pop()
            await record(self.db, "release", line.sku, line.quantity)
            STOCK[line.sku] += line.quantity
