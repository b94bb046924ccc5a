"""From a question to an answer: route, gather, render, stream, read, check. The only path there is.

The engine decides which model is tried next and makes sure that every call enters the ledger, whatever
becomes of it: before anything is sent its highest cost is reserved, and in the end, cancelled or not, it is
settled. It never retries after text has been shown.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any, cast

from counterpoint import checks, choosing, policy
from counterpoint.answers import Insertion
from counterpoint.booking import Books
from counterpoint.calls import Call
from counterpoint.errors import (
    BadAnswer,
    BudgetExceeded,
    ConfigError,
    NotSendable,
    NoUsableRole,
    PriceNotAgreed,
    ProviderError,
    after,
)
from counterpoint.health import Health
from counterpoint.ledger import Ledger
from counterpoint.models import Catalogue
from counterpoint.pacing import Kind
from counterpoint.plan import (
    LONG_PROMPT,
    Estimate,
    Plan,
    agreed_price,
    estimate,
    unmasked_reply,
)
from counterpoint.planner import Planner
from counterpoint.ports import Asked, Heard, OnItem, Watch
from counterpoint.ports import Ports as Ports
from counterpoint.ports import Reply as Reply
from counterpoint.routing import Candidate, Route, route
from counterpoint.sending import Question, Sender
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
        self.evidence = choosing.Measured(ledger, catalogue)
        self.heard: Heard = choosing.nobody
        """Told of every question that a model has answered, on the event loop; returns at once."""
        self._routed: tuple[object, Route] | None = None
        """What was routed last, and the route: for most keys typed it is the same."""
        self._books = Books(lambda: self.settings, ledger, lambda: self.ports)
        self._sender = Sender(lambda: self.settings, lambda: self.ports, self._books)

    @property
    def health(self) -> Health:
        """Who is left alone. Shared by all engines with the same ports."""
        return self.ports.turns.health

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
        sizes = [0]

        def planned(plan: Plan) -> None:
            sizes.append(plan.rendered.characters)
            if on_plan:
                on_plan(plan)

        watch = Watch(on_item, planned, on_text, hold, on_begun)
        asked = self._sender.question(task, situation, job or new_job(), watch)
        try:
            reply = cast(Reply[A], await self._within_budget(asked))
            self.heard(Asked(task, situation, asked.job, tuple(asked.made), reply.answer, sizes[-1]))
            return reply
        except BadAnswer:
            self.heard(Asked(task, situation, asked.job, tuple(asked.made), None, sizes[-1]))
            raise
        finally:
            if calls is not None:
                calls.extend(asked.made)  # `calls` may be shared with asks that run beside this one

    async def _within_budget(self, asked: Question) -> Reply[Any]:
        """As `_ask`; where the budget refuses, what can be had for less, which the reply tells."""
        try:
            return await self._ask(asked)
        except BudgetExceeded as error:
            refusal = error
        for less, smaller, said in choosing.cheaper(asked.task, asked.situation):
            with suppress(BudgetExceeded, NoUsableRole, NotSendable, PriceNotAgreed):
                reply = await self._ask(replace(asked, task=less, situation=smaller))
                faint = smaller is not asked.situation or less.role != asked.task.role
                return replace(reply, notice=f"{said} {reply.notice}".strip(), faint=faint)
        raise refusal

    async def _ask(self, asked: Question) -> Reply[Any]:
        task, situation, watch, made = asked.task, asked.situation, asked.watch, asked.made
        found, plan = await self._begun(task, situation, asked.asker.kind)
        notice, candidates = found.notice, found.candidates
        failed: tuple[ProviderError, Plan] | None = None
        for candidate in candidates:
            tries = min(1 + choosing.retries(task, candidates, candidate), choosing.TRIES - len(made))
            if failed and tries < 1:
                raise failed[0]
            if candidate is not found.first:
                plan = await self.plan(task, situation, candidate)
            agreed_price(task, situation, plan, self.settings)
            if watch.on_plan:
                watch.on_plan(plan)
            if watch.hold:
                await watch.hold()
            if failed and plan.input_tokens > LONG_PROMPT and self._is_dearer(task, plan, failed[1]):
                raise failed[0]  # what was agreed to was the price of the first
            last = task.shape is Insertion or candidate is candidates[-1]
            try:
                raw = await self._sender.answer(asked, plan, tries, last)
            except ProviderError as error:
                if last or not error.next_model or (made and _answered(made[-1])):
                    raise after(failed and failed[0], error) from None
                if failed is None:
                    notice = _stands_in(candidates, candidate, error)
                failed = (error, failed[1] if failed else plan)
                continue
            return await self._replied(asked, plan, raw, notice)
        raise AssertionError("a route is never empty")

    def _is_dearer(self, task: Task[Any], plan: Plan, other: Plan) -> bool:
        """Whether a plan's highest estimate is above that of another one."""
        here, there = (estimate(task, one, self.settings).cost_usd[1] for one in (plan, other))
        return here > there

    async def _replied(self, asked: Question, plan: Plan, raw: str, notice: str) -> Reply[Any]:
        """The reply that a raw answer of the plan's model makes."""
        whole = unmasked_reply(asked.task, raw, plan.secrets)
        cut = bool(asked.made) and asked.made[-1].outcome == "length"
        answer = await self._read(asked.task, whole, asked.situation, plan.candidate.model.label, cut)
        return Reply(cast(Any, answer), tuple(asked.made), asked.job, notice)

    @staticmethod
    async def _read(task: Task[Any], raw: str, situation: Situation, label: str, cut: bool) -> object:
        """The checked answer. To locate many quotes in long files takes a while: that is a thread's work."""
        if task.shape in checks.SCHEMAS:
            return await asyncio.to_thread(checks.read, task.shape, raw, situation, label, cut)
        return checks.read(task.shape, raw, situation, label, cut)

    async def route(self, task: Task[Any], input_tokens: int = 0) -> Route:
        """The models that would be tried, best first."""
        usable, evidence = await self.ports.usable(), await self.evidence.of(task)
        asked = (task, self.catalogue, self.settings, usable, input_tokens, evidence)
        if self._routed is None or self._routed[0] != asked:
            self._routed = (asked, route(*asked))
        return self._routed[1]

    async def plan(self, task: Task[Any], situation: Situation, candidate: Candidate | None = None) -> Plan:
        """Gather, render and mask; raises NotSendable for a file that may not leave or does not fit."""
        if candidate is not None:
            return await self.planner.plan(self.ports, task, situation, candidate)
        found, plan = await self._begun(task, situation, None)
        return replace(plan, notice=found.notice)

    async def _begun(self, task: Task[Any], situation: Situation, kind: Kind | None) -> tuple[Route, Plan]:
        """The route and its first plan; for an ask of a `kind` without models that are left alone now."""

        async def here(tokens: int) -> Route:
            found = await self.route(task, tokens)
            return await asyncio.to_thread(choosing.may_see, found, task, situation, self.ports.barred)

        async def alone(found: Route) -> choosing.LeftAlone:
            if kind is None:
                return choosing.none(found)
            await self.ports.turns.ways.meets(await self.ports.endpoint(found.first.model.provider))
            return choosing.left_alone(self.ports.turns, task, found, kind, situation.trigger == "automatic")

        return await choosing.begun(
            here if self.settings.providers.paths else (lambda tokens: self.route(task, tokens)),
            lambda candidate: self.planner.plan(self.ports, task, situation, candidate),
            alone,
            policy.least_tokens(task.name),
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


def _stands_in(candidates: Sequence[Candidate], failed: Candidate, error: ProviderError) -> str:
    """What is said where the model after a failed one answers."""
    other = candidates[candidates.index(failed) + 1].model.label
    return f"{other} stands in for {failed.model.label}: {error.aside}"


def _answered(call: Call) -> bool:
    """Whether a model had begun to say something: then no other one does. A refusal in words is one."""
    said_no = call.outcome == "refused" and call.usage.output_tokens > 0
    return said_no or call.first_token_seconds is not None
