"""From a question to an answer: route, gather, render, stream, read, check. The only path there is.

The engine decides which model is tried next and makes sure that every call enters the ledger, whatever
becomes of it: before anything is sent its highest cost is reserved, and in the end, cancelled or not, it is
settled. It never retries after text has been shown.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Awaitable, Callable
from contextlib import aclosing, suppress
from dataclasses import replace
from typing import Any, cast

from counterpoint import checks, choosing
from counterpoint.answers import Findings, Insertion
from counterpoint.booking import Books
from counterpoint.calls import Call, Meter
from counterpoint.context.shards import Shards
from counterpoint.errors import (
    BudgetExceeded,
    ConfigError,
    NoUsableRole,
    PriceNotAgreed,
    ProviderError,
    Refused,
)
from counterpoint.findings_reply import finding
from counterpoint.health import Health
from counterpoint.insertion import may_end, place_of, streamed_end
from counterpoint.jsonscan import ArrayScan
from counterpoint.ledger import Ledger
from counterpoint.models import Catalogue
from counterpoint.plan import (
    LONG_PROMPT,
    Estimate,
    Plan,
    agreed_price,
    estimate,
    request_for,
    unmasked,
    unmasked_reply,
)
from counterpoint.planner import Planner
from counterpoint.ports import OnItem, Watch
from counterpoint.ports import Ports as Ports
from counterpoint.ports import Reply as Reply
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
        self._books = Books(lambda: self.settings, ledger, lambda: self.ports)

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
            return await self._within_budget(task, situation, job, made, watch)
        finally:
            if calls is not None:
                calls.extend(made)

    async def _within_budget(
        self, task: Task[A], situation: Situation, job: str, made: list[Call], watch: Watch
    ) -> Reply[A]:
        """As `_ask`; where the budget refuses, what can be had for less, which the reply tells."""
        try:
            return await self._ask(task, situation, job, made, watch)
        except BudgetExceeded as error:
            refusal = error
        for less, smaller, said in choosing.cheaper(task, situation):
            with suppress(BudgetExceeded, NoUsableRole, PriceNotAgreed):
                reply = await self._ask(less, smaller, job, made, watch)
                return replace(reply, notice=f"{said} {reply.notice}".strip())
        raise refusal

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
            cut = bool(made) and made[-1].outcome == "length"
            answer = await self._read(task, whole, situation, label, cut)
            return Reply(cast(A, answer), tuple(made), job, found.notice)
        raise AssertionError("a route is never empty")

    @staticmethod
    async def _read(task: Task[Any], raw: str, situation: Situation, label: str, cut: bool) -> object:
        """The checked answer. To locate many quotes in long files takes a while: that is a thread's work."""
        if task.shape in checks.SCHEMAS:
            return await asyncio.to_thread(checks.read, task.shape, raw, situation, label, cut)
        return checks.read(task.shape, raw, situation, label, cut)

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

        def alone(found: Route) -> choosing.LeftAlone:
            return choosing.left_alone(self.health, task, found, situation.trigger == "automatic")

        return await choosing.begun(
            here if self.settings.providers.paths else (lambda tokens: self.route(task, tokens)),
            lambda candidate: self.planner.plan(self.ports, task, situation, candidate),
            alone if asks else choosing.none,
        )

    async def estimate(self, task: Task[Any], situation: Situation) -> Estimate:
        """What the task would cost and take, from the prompt's size and the task's priors."""
        plan = await self.plan(task, situation)
        return estimate(await self.learned(task, plan), plan, self.settings)

    async def learned(self, task: Task[A], plan: Plan) -> Task[A]:
        """The task with the range of tokens a call will write as the ledger knows it, else its own."""
        one = plan.candidate
        asked = (one.model.name, task.name, plan.input_tokens, one.effort or "")
        try:
            found = await asyncio.to_thread(self.ledger.expects, *asked)
        except ConfigError:
            return task
        return task if found is None else replace(task, output_prior=(found.low, found.high))

    async def close(self) -> None:
        """Wait until every settlement is written."""
        await self._books.close()

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
        entry = await self._books.entered(meter, task, situation, plan, job, endpoint)
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
            writing = self._books.settled(entry, meter)
            if task.shape is not Insertion:
                await asyncio.shield(writing)
        return meter.text

    @staticmethod
    def _show(scan: ArrayScan, text: str, situation: Situation, plan: Plan, on_item: OnItem) -> None:
        for item in scan.feed(text):
            shown = finding(unmasked(item, plan.secrets), situation, model=plan.candidate.model.label)
            on_item(shown)
