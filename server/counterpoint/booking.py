"""Every call in the books: its highest cost set aside before anything is sent, and settled in any case."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, cast

from counterpoint.answers import Insertion
from counterpoint.calls import Meter
from counterpoint.errors import ConsentRequired
from counterpoint.ledger import Caps, Ledger, Outcome
from counterpoint.plan import Plan, deadline, sent_of, upper_usd
from counterpoint.ports import Ports
from counterpoint.providers import Endpoint
from counterpoint.settings import Budget, Settings
from counterpoint.tasks import Task
from counterpoint.text import Situation


class Books:
    """Holds the settlements still being written. Belongs to one event loop. `settings` and `ports` give those
    in force."""

    def __init__(self, settings: Callable[[], Settings], ledger: Ledger, ports: Callable[[], Ports]) -> None:
        self._settings = settings
        self._ledger = ledger
        self._ports = ports
        self._settling: set[asyncio.Task[None]] = set()

    async def entered(
        self, meter: Meter, task: Task[Any], situation: Situation, plan: Plan, job: str, endpoint: Endpoint
    ) -> int:
        """The entry of a call that may be made: agreed to, and within the budget.

        Cancelled meanwhile, it is settled at nothing: no byte has been sent. Raises ConsentRequired and
        BudgetExceeded, and ConfigError if the ledger cannot be written.
        """
        work = asyncio.to_thread(self._reserved, task, situation, plan, job, endpoint)
        reserving = asyncio.create_task(work)
        try:
            return await asyncio.shield(reserving)
        except asyncio.CancelledError:
            self._undo(reserving, meter)
            raise

    def settled(self, entry: int, meter: Meter) -> asyncio.Task[None]:
        """Begin to write what the call cost: it is written even while this task is being cancelled.

        Completions do not wait for it; `close` does.
        """
        call = meter.call("", "", "")
        work = asyncio.to_thread(
            self._ledger.settle,
            entry,
            usage=call.usage,
            cost_usd=call.cost_usd,
            seconds=call.seconds,
            first_token_seconds=call.first_token_seconds,
            outcome=cast(Outcome, call.outcome),
            error=call.error,
            tier=meter.tier,
            request_id=meter.request_id,
            vendor_model=meter.done.model if meter.done else None,
        )
        return self._written(asyncio.create_task(work))

    async def close(self) -> None:
        """Wait until every settlement is written."""
        while self._settling:
            await asyncio.gather(*self._settling, return_exceptions=True)

    def _undo(self, reserving: asyncio.Task[int], meter: Meter) -> None:
        async def undone() -> None:
            await asyncio.wait((reserving,))
            if reserving.exception() is None:
                await self.settled(reserving.result(), meter)

        self._written(asyncio.create_task(undone()))

    def _reserved(
        self, task: Task[Any], situation: Situation, plan: Plan, job: str, endpoint: Endpoint
    ) -> int:
        """Reads and writes files."""
        missing = self._ports().missing_consent(endpoint)
        if missing:
            raise ConsentRequired(
                f"This workspace's code has not yet been allowed to go to {', '.join(missing)}.",
                fix="Agree when the editor asks, or pass --yes.",
            )
        candidate = plan.candidate
        return self._ledger.reserve(
            job=job,
            task=task.name,
            role=candidate.role,
            provider=candidate.model.provider,
            model=candidate.model.name,
            kind="completion" if task.shape is Insertion else "other",
            upper_usd=upper_usd(task, plan, self._settings()),
            caps=caps_of(self._settings().budget),
            sent=sent_of(situation, plan),
            deadline=deadline(task, candidate),
            language=situation.document.language,
            characters=plan.rendered.characters,
            effort=candidate.effort or "",
        )

    def _written(self, writing: asyncio.Task[None]) -> asyncio.Task[None]:
        self._settling.add(writing)
        writing.add_done_callback(self._settling.discard)
        return writing


def caps_of(budget: Budget) -> Caps:
    """The caps that the settings name."""
    return Caps(
        budget.day_usd,
        budget.completions_day_usd,
        budget.automatic_reviews_day_usd,
        budget.month_usd or None,
        budget.session_usd or None,
        budget.roles,
    )
