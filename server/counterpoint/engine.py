"""From a question to an answer: route, gather, render, stream, read, check. The only path there is.

The engine decides which model is tried next and makes sure that every call enters the ledger, whatever
becomes of it: before anything is sent its highest cost is reserved, and in the end, cancelled or not, it is
settled. It never retries after text has been shown.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Awaitable, Callable
from contextlib import aclosing
from dataclasses import replace
from typing import Any, cast

from counterpoint import checks, choosing
from counterpoint.answers import Findings, Insertion
from counterpoint.calls import Call, Meter
from counterpoint.context.shards import Shards
from counterpoint.errors import ConsentRequired, ProviderError, Refused
from counterpoint.findings_reply import finding
from counterpoint.health import Health
from counterpoint.insertion import may_end, place_of, streamed_end
from counterpoint.jsonscan import ArrayScan
from counterpoint.ledger import Caps, Ledger, Outcome
from counterpoint.models import Catalogue
from counterpoint.plan import (
    LONG_PROMPT,
    Estimate,
    Plan,
    agreed_price,
    deadline,
    estimate,
    request_for,
    sent_of,
    unmasked,
    unmasked_reply,
    upper_usd,
)
from counterpoint.planner import Planner
from counterpoint.ports import OnItem, Watch
from counterpoint.ports import Ports as Ports
from counterpoint.ports import Reply as Reply
from counterpoint.providers import Endpoint
from counterpoint.routing import Candidate, Route, route
from counterpoint.settings import Settings
from counterpoint.tasks import A, Task
from counterpoint.text import Situation


def new_job() -> str:
    """An id for one action of the user."""
    return secrets.token_hex(6)


class Engine:
    """Holds what the steps need, and the settlements still being written."""

    def __init__(self, settings: Settings, catalogue: Catalogue, ledger: Ledger, ports: Ports) -> None:
        self.settings = settings
        self.catalogue = catalogue
        self.ledger = ledger
        self.ports = ports
        self.planner = Planner(settings, ledger)
        self.health = Health()
        self._shards = Shards()
        self._settling: set[asyncio.Task[None]] = set()

    async def ask(
        self,
        task: Task[A],
        situation: Situation,
        *,
        job: str | None = None,
        on_item: OnItem | None = None,
        on_plan: Callable[[Plan], None] | None = None,
        on_text: Callable[[str], None] | None = None,
        hold: Callable[[], Awaitable[None]] | None = None,
        on_begun: Callable[[], None] | None = None,
        calls: list[Call] | None = None,
    ) -> Reply[A]:
        """Ask, trying the route's models in turn until one has begun to answer.

        `on_item`, `on_plan`, `on_text`, `hold` and `on_begun` are as `Watch` says. `calls` takes every call
        made, also where this raises CounterpointError: NoUsableRole, NotSendable, PriceNotAgreed,
        ConsentRequired, BudgetExceeded, ProviderError, BadAnswer. Cancelling it closes the socket; the ledger
        has the call.
        """
        job = job or new_job()
        made: list[Call] = []  # `calls` may be shared with asks that run beside this one
        try:
            watch = Watch(on_item, on_plan, on_text, hold, on_begun)
            return await self._ask(task, situation, job, made, watch)
        finally:
            if calls is not None:
                calls.extend(made)

    async def _ask(
        self, task: Task[A], situation: Situation, job: str, made: list[Call], watch: Watch
    ) -> Reply[A]:
        found, plan = await self._begun(task, situation, asks=True)
        candidates = found.candidates
        failed: tuple[ProviderError, float] | None = None
        for candidate in candidates:
            retries = choosing.retries(task, candidates, candidate)
            if candidate is not found.first:
                plan = await self.plan(task, situation, candidate)
            agreed_price(task, situation, plan, self.settings)
            if watch.on_plan:
                watch.on_plan(plan)
            if watch.hold:
                await watch.hold()
            highest = estimate(task, plan, self.settings).cost_usd[1]
            if failed and plan.input_tokens > LONG_PROMPT and highest > failed[1]:
                raise failed[0]  # what was agreed to was the price of the first
            try:
                raw = await self._stream(task, situation, plan, job, made, watch, retries)
            except ProviderError as error:
                self.health.failed(candidate.model, error)
                begun = bool(made) and made[-1].usage.output_tokens > 0
                if begun or not error.next_model or task.shape is Insertion or candidate is candidates[-1]:
                    raise
                failed = (error, failed[1] if failed else highest)
                continue
            self.health.worked(candidate.model)
            label = plan.candidate.model.label
            whole = unmasked_reply(task, raw, plan.secrets)
            answer = await self._read(task, whole, situation, label)
            return Reply(cast(A, answer), tuple(made), job, found.notice)
        raise AssertionError("a route is never empty")

    @staticmethod
    async def _read(task: Task[Any], raw: str, situation: Situation, label: str) -> object:
        """The checked answer. To locate many quotes in long files takes a while: that is a thread's work."""
        if task.shape in checks.SCHEMAS:
            return await asyncio.to_thread(checks.read, task.shape, raw, situation, label)
        return checks.read(task.shape, raw, situation, label)

    async def route(self, task: Task[Any], input_tokens: int = 0) -> Route:
        """The models that would be tried, best first."""
        return route(task, self.catalogue, self.settings, await self.ports.usable(), input_tokens)

    async def plan(self, task: Task[Any], situation: Situation, candidate: Candidate | None = None) -> Plan:
        """Gather, render and mask; raises NotSendable for a file that may not leave or does not fit."""
        if candidate is not None:
            return await self.planner.plan(self.ports, task, situation, candidate)
        found, plan = await self._begun(task, situation, asks=False)
        return replace(plan, notice=found.notice)

    async def _begun(self, task: Task[Any], situation: Situation, *, asks: bool) -> tuple[Route, Plan]:
        async def here(tokens: int) -> Route:
            found = await self.route(task, tokens)
            return await asyncio.to_thread(choosing.may_see, found, situation, self.ports.barred)

        return await choosing.begun(
            here if self.settings.providers.paths else (lambda tokens: self.route(task, tokens)),
            lambda candidate: self.planner.plan(self.ports, task, situation, candidate),
            (lambda found: choosing.left_alone(self.health, task, found)) if asks else choosing.none,
        )

    async def estimate(self, task: Task[Any], situation: Situation) -> Estimate:
        """What the task would cost and take, from the prompt's size and the task's priors."""
        return estimate(task, await self.plan(task, situation), self.settings)

    async def close(self) -> None:
        """Wait until every settlement is written."""
        while self._settling:
            await asyncio.gather(*self._settling, return_exceptions=True)

    async def _stream(
        self,
        task: Task[Any],
        situation: Situation,
        plan: Plan,
        job: str,
        calls: list[Call],
        watch: Watch,
        retries: int,
    ) -> str:
        endpoint = await self.ports.endpoint(plan.candidate.model.provider)
        provider = await self.ports.open(endpoint)
        meter = Meter(plan.candidate.model, plan.input_tokens)
        entry = await self._entered(meter, task, situation, plan, job, endpoint)
        scan = ArrayScan("findings") if watch.on_item and task.shape is Findings else None
        place = place_of(situation) if task.shape is Insertion else None
        try:
            cache_key = self._shards.name(task.name, situation.document.path if place else "")
            request = request_for(task, plan, self.settings, cache_key, retries)
            async with aclosing(provider.stream(request)) as stream:
                async for chunk in stream:
                    if watch.on_begun and meter.begun is None:
                        watch.on_begun()
                    text = meter.take(chunk)
                    if text and watch.on_text:
                        watch.on_text(text)
                    if scan and watch.on_item:
                        self._show(scan, text, situation, plan, watch.on_item)
                    if place and may_end(meter.text, text) and streamed_end(meter.text, place) is not None:
                        meter.outcome = "cut"
                        break
            meter.refuse()
        except ProviderError as error:
            meter.outcome, meter.error = ("refused" if isinstance(error, Refused) else "error"), error.code
            raise
        finally:
            calls.append(meter.call(job, task.name, plan.candidate.role))
            writing = self._settle(entry, meter)
            if task.shape is not Insertion:
                await asyncio.shield(writing)
        return meter.text

    @staticmethod
    def _show(scan: ArrayScan, text: str, situation: Situation, plan: Plan, on_item: OnItem) -> None:
        for item in scan.feed(text):
            shown = finding(unmasked(item, plan.secrets), situation, model=plan.candidate.model.label)
            on_item(shown)

    async def _entered(
        self, meter: Meter, task: Task[Any], situation: Situation, plan: Plan, job: str, endpoint: Endpoint
    ) -> int:
        """As `_reserved`. Cancelled meanwhile, the entry is settled at nothing: no byte has been sent."""
        work = asyncio.to_thread(self._reserved, task, situation, plan, job, endpoint)
        reserving = asyncio.create_task(work)
        try:
            return await asyncio.shield(reserving)
        except asyncio.CancelledError:
            self._undo(reserving, meter)
            raise

    def _undo(self, reserving: asyncio.Task[int], meter: Meter) -> None:
        async def undone() -> None:
            await asyncio.wait((reserving,))
            if reserving.exception() is None:
                await self._settle(reserving.result(), meter)

        self._written(asyncio.create_task(undone()))

    def _reserved(
        self, task: Task[Any], situation: Situation, plan: Plan, job: str, endpoint: Endpoint
    ) -> int:
        """The entry of a call that may be made: agreed to, and within the budget. Reads and writes files."""
        missing = self.ports.missing_consent(endpoint)
        if missing:
            raise ConsentRequired(
                f"This workspace's code has not yet been allowed to go to {', '.join(missing)}.",
                fix="Agree when the editor asks, or pass --yes.",
            )
        candidate, caps = plan.candidate, self.settings.budget
        return self.ledger.reserve(
            job=job,
            task=task.name,
            role=candidate.role,
            provider=candidate.model.provider,
            model=candidate.model.name,
            kind="completion" if task.shape is Insertion else "other",
            upper_usd=upper_usd(task, plan, self.settings),
            caps=Caps(
                caps.day_usd,
                caps.completions_day_usd,
                caps.automatic_reviews_day_usd,
                caps.month_usd or None,
                caps.session_usd or None,
                caps.roles,
            ),
            sent=sent_of(situation, plan),
            deadline=deadline(task, candidate),
            language=situation.document.language,
            characters=plan.rendered.characters,
        )

    def _settle(self, entry: int, meter: Meter) -> asyncio.Task[None]:
        """Begin to write what the call cost: it is written even while this task is being cancelled.

        Completions do not wait for it; `close` does.
        """
        call = meter.call("", "", "")
        work = asyncio.to_thread(
            self.ledger.settle,
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

    def _written(self, writing: asyncio.Task[None]) -> asyncio.Task[None]:
        self._settling.add(writing)
        writing.add_done_callback(self._settling.discard)
        return writing
