"""An ask whose price may have to be agreed to first: very long prompts are not sent unasked."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any

from counterpoint.calls import Call
from counterpoint.engine import Engine, Reply
from counterpoint.errors import BudgetExceeded, PriceNotAgreed
from counterpoint.routing import writer_of
from counterpoint.tasks import A, Task
from counterpoint.text import Situation

Agree = Callable[[PriceNotAgreed], Awaitable[bool]]
"""Asks the user about the price that the error tells."""


async def nobody(error: PriceNotAgreed) -> bool:
    """Where there is nobody to ask."""
    return False


@dataclass(frozen=True, slots=True)
class Limit:
    """What several asks may cost together: `most` in USD, None for no limit, of which `spent` is gone."""

    most: float | None = None
    spent: float = 0.0

    def after(self, calls: Iterable[Call]) -> Limit:
        """The limit once these calls were paid for too."""
        return replace(self, spent=self.spent + sum(call.cost_usd for call in calls))

    async def check(self, engine: Engine, task: Task[Any], situation: Situation, what: str) -> None:
        """Raise BudgetExceeded where one more ask could cost more than is left; `what` names it. Else as
        `Engine.plan`."""
        if self.most is None:
            return
        upper = (await engine.estimate(task, situation)).upper_usd
        if self.spent + upper > self.most:
            raise BudgetExceeded(
                f"{what} could cost up to ${upper:.4f}, more than is left of ${self.most:g}."
            )


NO_LIMIT = Limit()


async def ask(
    engine: Engine, task: Task[A], situation: Situation, *, agree: Agree = nobody, **options: Any
) -> Reply[A]:
    """`Engine.ask`, once more where the user agrees to the price of a very long prompt; who was asked about
    what it wrote itself is told. Raises as it does."""
    try:
        return _told(engine, task, await engine.ask(task, situation, **options))
    except PriceNotAgreed as error:
        if not await agree(error):
            raise
    agreed = replace(situation, price_agreed=True)
    return _told(engine, task, await engine.ask(task, agreed, **options))


def _told(engine: Engine, task: Task[A], reply: Reply[A]) -> Reply[A]:
    writer = writer_of(task, engine.catalogue)
    if writer is None or writer.name != reply.calls[-1].model:
        return reply
    itself = f"{writer.label} wrote itself what it was asked about: nobody else could be asked."
    return replace(reply, notice=f"{reply.notice} {itself}".strip())
