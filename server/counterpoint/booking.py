"""Every call in the books: its highest cost set aside before anything is sent, and settled in any case."""

from __future__ import annotations

import asyncio
import json
import time
from collections import deque
from collections.abc import Callable
from functools import partial
from typing import Any, cast

from counterpoint.answers import Insertion
from counterpoint.calls import Meter
from counterpoint.context.parts import INSTRUCTIONS, part_of
from counterpoint.errors import ConsentRequired
from counterpoint.ledger import Caps, Ledger, NotAtOnce, Outcome
from counterpoint.plan import Plan, deadline, sent_of, upper_usd
from counterpoint.ports import Ports
from counterpoint.providers import Endpoint
from counterpoint.settings import Budget, Settings
from counterpoint.tasks import Task
from counterpoint.text import Situation

UNSENT = "unsent"
"""What the ledger has as the error of a call that was cancelled before a byte of it was sent."""

_COMPACT = json.JSONEncoder(separators=(",", ":"))
_LATEST, _SLOW_SECONDS = 5, 0.003
"""So many entries are looked back on; where they took so long, the event loop makes none itself."""


class Books:
    """Holds the settlements still being written. Belongs to one event loop. `settings` and `ports` give those
    in force."""

    def __init__(self, settings: Callable[[], Settings], ledger: Ledger, ports: Callable[[], Ports]) -> None:
        self._settings = settings
        self._ledger = ledger
        self._ports = ports
        self._settling: set[asyncio.Task[None]] = set()
        self._took = deque([0.0] * _LATEST, maxlen=_LATEST)
        """Seconds that the latest entries took to make."""

    async def entered(
        self, meter: Meter, task: Task[Any], situation: Situation, plan: Plan, job: str, endpoint: Endpoint
    ) -> int:
        """The entry of a call that may be made: agreed to, and within the budget.

        Cancelled meanwhile, it is settled at nothing: no byte has been sent. Raises ConsentRequired and
        BudgetExceeded, and ConfigError if the ledger cannot be written.
        """
        work = partial(self._timed, task, situation, plan, job, endpoint)
        entry = self._at_once(work) if task.shape is Insertion else None
        if entry is None:
            reserving = asyncio.create_task(asyncio.to_thread(work))
            try:
                entry = await asyncio.shield(reserving)
            except asyncio.CancelledError:
                self._undo(reserving, meter)
                raise
        one = plan.candidate
        meter.told = self._ledger.told(one.model.name, task.name, one.effort or "")
        return entry

    def _at_once(self, work: Callable[..., int]) -> int | None:
        """The entry of a completion, made here and now: to wake a thread for it takes longer than to make it,
        on a busy machine many times as long. None where it would have to be waited for, or where the disk has
        lately been slow."""
        if sorted(self._took)[len(self._took) // 2] > _SLOW_SECONDS:
            return None
        try:
            return work(at_once=True)
        except NotAtOnce:
            return None

    def _timed(
        self,
        task: Task[Any],
        situation: Situation,
        plan: Plan,
        job: str,
        endpoint: Endpoint,
        at_once: bool = False,
    ) -> int:
        began = time.perf_counter()
        entry = self._reserved(task, situation, plan, job, endpoint, at_once)
        self._took.append(time.perf_counter() - began)
        return entry

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
            answer=len(meter.text),
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
                meter.error = UNSENT
                await self.settled(reserving.result(), meter)

        self._written(asyncio.create_task(undone()))

    def _reserved(
        self, task: Task[Any], situation: Situation, plan: Plan, job: str, endpoint: Endpoint, at_once: bool
    ) -> int:
        """Reads and writes files."""
        self.agreed(self._ports(), endpoint)
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
            parts=_COMPACT.encode(parts_of(task, situation, plan)),
            reason=candidate.reason,
            at_once=at_once,
        )

    @staticmethod
    def agreed(ports: Ports, endpoint: Endpoint) -> None:
        """Raise ConsentRequired where the user has not agreed to who receives this. Reads files."""
        missing = ports.missing_consent(endpoint)
        if missing:
            raise ConsentRequired(
                f"This workspace's code has not yet been allowed to go to {', '.join(missing)}.",
                fix="Agree when the editor asks, or pass --yes.",
            )

    def _written(self, writing: asyncio.Task[None]) -> asyncio.Task[None]:
        self._settling.add(writing)
        writing.add_done_callback(self._settling.discard)
        return writing


def parts_of(task: Task[Any], situation: Situation, plan: Plan) -> dict[str, int]:
    """Characters of a prompt by what they are, about in the order they are sent.

    `document` is what is neither told nor chosen: the file that the question is about, with the labels
    between the parts. What a commit message is asked about is a `diff`.
    """
    about = "diff" if task.name == "commit" else "document"
    found = {"system": len(plan.rendered.system), INSTRUCTIONS: 0}
    for one in plan.snippets:
        kind = about if task.name == "commit" and not one.why else part_of(one)
        found[kind] = found.get(kind, 0) + len(one.text)
    told = {"earlier": situation.earlier, "claims": situation.claims, "request": situation.instruction}
    sizes = {name: len(text) for name, text in told.items()}
    rest = plan.rendered.characters - sum(found.values()) - sum(sizes.values())
    found[about] = max(0, found.get(about, 0) + rest)
    return {name: size for name, size in (found | sizes).items() if size}


def caps_of(budget: Budget) -> Caps:
    """The caps that the settings name."""
    return Caps(
        budget.day_usd,
        budget.completions_day_usd,
        budget.automatic_reviews_day_usd,
        budget.month_usd or None,
        budget.session_usd or None,
        budget.roles,
        budget.shadow_day_usd,
    )
