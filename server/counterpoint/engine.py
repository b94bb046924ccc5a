"""From a question to an answer: route, gather, render, stream, read, check. The only path there is.

The engine decides which model is tried next and makes sure that every call enters the ledger, whatever
becomes of it: before anything is sent its highest cost is reserved, and in the end, cancelled or not, it is
settled. It never retries after text has been shown.
"""

from __future__ import annotations

import asyncio
import hashlib
import secrets
from collections.abc import Awaitable, Callable, Mapping
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any, Generic, cast

from counterpoint import checks, redact
from counterpoint.answers import Findings, Insertion
from counterpoint.calls import Call, Meter
from counterpoint.context import Snippet
from counterpoint.errors import ConsentRequired, NotSendable, ProviderError, Refused
from counterpoint.findings_reply import finding
from counterpoint.insertion import end_of, place_of
from counterpoint.jsonscan import ArrayScan
from counterpoint.ledger import Caps, Ledger, Outcome, Sent
from counterpoint.models import Catalogue, Usage, cost_of
from counterpoint.prompt import Rendered, render
from counterpoint.providers import Endpoint, Part, Provider, Request
from counterpoint.routing import Candidate, Route, route
from counterpoint.settings import Settings
from counterpoint.tasks import A, Task
from counterpoint.text import Situation

OnItem = Callable[[Any], None]


@dataclass(frozen=True, slots=True)
class Ports:
    """What the engine asks of the world. `guard` and `missing_consent` may read files: they run in threads."""

    usable: Callable[[], Awaitable[frozenset[str]]]
    endpoint: Callable[[str], Awaitable[Endpoint]]
    open: Callable[[Endpoint], Awaitable[Provider]]
    guard: Callable[[str, str], str | None]
    missing_consent: Callable[[Endpoint], tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Plan:
    """What would be sent to a candidate: nothing has been yet. `masked` counts the secrets hidden."""

    candidate: Candidate
    snippets: tuple[Snippet, ...]
    rendered: Rendered
    secrets: Mapping[str, str]
    input_tokens: int
    notice: str = ""

    @property
    def masked(self) -> int:
        return len(self.secrets)


@dataclass(frozen=True, slots=True)
class Reply(Generic[A]):
    """An answer with the calls it took; `notice` tells of a stand-in model."""

    answer: A
    calls: tuple[Call, ...]
    job: str
    notice: str = ""

    @property
    def cost_usd(self) -> float:
        return sum(call.cost_usd for call in self.calls)


@dataclass(frozen=True, slots=True)
class Estimate:
    """A range before anything is sent: USD, seconds, tokens. `upper_usd` is what would be reserved."""

    model: str
    input_tokens: int
    output_tokens: tuple[int, int]
    cost_usd: tuple[float, float]
    seconds: tuple[float, float]
    upper_usd: float


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
        self._settling: set[asyncio.Task[None]] = set()

    async def ask(
        self,
        task: Task[A],
        situation: Situation,
        *,
        job: str | None = None,
        on_item: OnItem | None = None,
        calls: list[Call] | None = None,
    ) -> Reply[A]:
        """Ask, trying the route's models in turn until one has begun to answer.

        `on_item` receives each finding, still without its id, as soon as it is complete. `calls` takes every
        call made, also where this raises CounterpointError: NoUsableRole, NotSendable, ConsentRequired,
        BudgetExceeded, ProviderError, BadAnswer.
        """
        job = job or new_job()
        calls = [] if calls is None else calls
        candidates = (await self.route(task)).candidates
        for candidate in candidates:
            plan = await self.plan(task, situation, candidate)
            try:
                raw = await self._stream(task, situation, plan, job, calls, on_item)
            except ProviderError as error:
                begun = bool(calls) and calls[-1].usage.output_tokens > 0
                if begun or not error.next_model or task.shape is Insertion or candidate is candidates[-1]:
                    raise
                continue
            label = plan.candidate.model.label
            answer = checks.read(task.shape, redact.unmask(raw, plan.secrets), situation, label)
            return Reply(cast(A, answer), tuple(calls), job, plan.notice)
        raise AssertionError("a route is never empty")

    async def route(self, task: Task[Any], input_tokens: int = 0) -> Route:
        """The models that would be tried, best first."""
        return route(task, self.catalogue, self.settings, await self.ports.usable(), input_tokens)

    async def plan(self, task: Task[Any], situation: Situation, candidate: Candidate | None = None) -> Plan:
        """Gather, render and mask; raises NotSendable for a file that must not leave this machine."""
        notice = ""
        if candidate is None:
            found = await self.route(task)
            candidate, notice = found.first, found.notice
        snippets: tuple[Snippet, ...] = ()
        if candidate.model.provider != "embedded":
            await self._guard(situation, snippets)
        rendered = render(task, situation, snippets, candidate.model, self._budget(task, candidate))
        masked = self._masked(rendered)
        tokens = candidate.model.tokens_in(masked[0].characters)
        return Plan(candidate, snippets, *masked, tokens, notice)

    async def estimate(self, task: Task[Any], situation: Situation) -> Estimate:
        """What the task would cost and take, from the prompt's size and the task's priors."""
        plan = await self.plan(task, situation)
        model, (low, high) = plan.candidate.model, task.output_prior
        slow, fast = model.prior_tokens_per_second
        costs = [cost_of(model, Usage(plan.input_tokens, tokens)) for tokens in (low, high)]
        return Estimate(
            model=model.label,
            input_tokens=plan.input_tokens,
            output_tokens=(low, high),
            cost_usd=(costs[0], costs[1]),
            seconds=(model.prior_first_token[0] + low / fast, model.prior_first_token[1] + high / slow),
            upper_usd=self._upper(task, plan),
        )

    async def close(self) -> None:
        """Wait until every settlement is written."""
        while self._settling:
            await asyncio.gather(*self._settling, return_exceptions=True)

    async def _stream(
        self, task: Task[Any], situation: Situation, plan: Plan, job: str, calls: list[Call], on_item: OnItem | None
    ) -> str:
        endpoint = await self._agreed(plan)
        provider = await self.ports.open(endpoint)
        meter = Meter(plan.candidate.model, plan.input_tokens)
        entry = await self._reserve(task, situation, plan, job)
        scan = ArrayScan("findings") if on_item and task.shape is Findings else None
        place = place_of(situation) if task.shape is Insertion else None
        try:
            async with aclosing(provider.stream(self._request(task, plan))) as stream:
                async for chunk in stream:
                    text = meter.take(chunk)
                    if scan and on_item:
                        self._show(scan, text, situation, plan, on_item)
                    if place and end_of(meter.text, place) is not None:
                        meter.outcome = "cut"
                        break
            self._refuse(meter)
        except ProviderError as error:
            meter.outcome, meter.error = ("refused" if isinstance(error, Refused) else "error"), error.code
            raise
        finally:
            calls.append(meter.call(job, task.name, plan.candidate.role))
            await self._settle(entry, meter)
        return meter.text

    @staticmethod
    def _refuse(meter: Meter) -> None:
        if meter.outcome == "refused":
            detail = meter.done.detail if meter.done else ""
            raise Refused(
                f"{meter.model.label} declined to answer{': ' + detail if detail else ''}.",
                provider=meter.model.provider,
                fix="Word the request differently, or ask about another part.",
            )

    @staticmethod
    def _show(scan: ArrayScan, text: str, situation: Situation, plan: Plan, on_item: OnItem) -> None:
        for item in scan.feed(text):
            shown = finding(_unmasked(item, plan.secrets), situation, model=plan.candidate.model.label)
            on_item(shown)

    async def _agreed(self, plan: Plan) -> Endpoint:
        endpoint = await self.ports.endpoint(plan.candidate.model.provider)
        missing = await asyncio.to_thread(self.ports.missing_consent, endpoint)
        if missing:
            raise ConsentRequired(
                f"This workspace's code has not yet been allowed to go to {', '.join(missing)}.",
                fix="Agree when the editor asks, or pass --yes.",
            )
        return endpoint

    async def _guard(self, situation: Situation, snippets: tuple[Snippet, ...]) -> None:
        texts = {situation.document.path: situation.document.text}
        texts.update((snippet.path, snippet.text) for snippet in snippets)
        for path, text in texts.items():
            reason = await asyncio.to_thread(self.ports.guard, path, text)
            if reason:
                raise NotSendable(f"{path} is not sent to a model: {reason}.", fix="Nothing was sent.")

    def _masked(self, rendered: Rendered) -> tuple[Rendered, Mapping[str, str]]:
        if not self.settings.privacy.secret_guard:
            return rendered, {}
        masked = [redact.mask(part) for part in rendered.parts]
        table: dict[str, str] = {}
        for part in masked:
            table.update(part.table)
        return Rendered(rendered.system, tuple(part.text for part in masked)), table

    def _budget(self, task: Task[Any], candidate: Candidate) -> int:
        context = self.settings.context
        wanted = context.completion_tokens if task.shape is Insertion else context.review_tokens * 4
        return min(wanted, candidate.model.max_input_tokens)

    def _upper(self, task: Task[Any], plan: Plan) -> float:
        """The most a call can cost: our count may be a quarter too low, a cache may have to be written."""
        model = plan.candidate.model
        tokens = plan.input_tokens * 5 // 4
        output = self._output_limit(task, plan)
        return cost_of(model, Usage(tokens, output, written_5m_tokens=tokens if model.can("breakpoints") else 0))

    def _output_limit(self, task: Task[Any], plan: Plan) -> int:
        own = self.settings.completion.max_output_tokens if task.shape is Insertion else task.max_output_tokens
        return min(own, plan.candidate.model.max_output_tokens)

    def _request(self, task: Task[Any], plan: Plan) -> Request:
        name, schema = checks.SCHEMAS.get(task.shape, ("answer", None))
        last = len(plan.rendered.parts) - 1
        completion = task.shape is Insertion
        return Request(
            model=plan.candidate.model,
            system=plan.rendered.system,
            parts=tuple(Part(text, cache=number < last) for number, text in enumerate(plan.rendered.parts)),
            max_output_tokens=self._output_limit(task, plan),
            effort=plan.candidate.effort,
            schema=schema,
            schema_name=name,
            tier=plan.candidate.tier,
            cache_key=f"counterpoint-{task.name}",
            deadline=task.deadline,
            retries=0 if completion else 2,
        )

    async def _reserve(self, task: Task[Any], situation: Situation, plan: Plan, job: str) -> int:
        candidate, budget = plan.candidate, self.settings.budget
        sent = [] if candidate.model.provider == "embedded" else [_sent(situation.document.path, plan.rendered)]
        return await asyncio.to_thread(
            self.ledger.reserve,
            job=job,
            task=task.name,
            role=candidate.role,
            provider=candidate.model.provider,
            model=candidate.model.name,
            kind="completion" if task.shape is Insertion else "other",
            upper_usd=self._upper(task, plan),
            caps=Caps(budget.day_usd, budget.completions_day_usd),
            sent=sent,
            deadline=task.deadline,
        )

    async def _settle(self, entry: int, meter: Meter) -> None:
        """Write what the call cost, even while this task is being cancelled."""
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
        writing = asyncio.create_task(work)
        self._settling.add(writing)
        writing.add_done_callback(self._settling.discard)
        await asyncio.shield(writing)


def _sent(path: str, rendered: Rendered) -> Sent:
    raw = "".join(rendered.parts).encode("utf-8", "surrogatepass")
    return Sent(path, hashlib.sha256(raw).hexdigest(), len(raw))


def _unmasked(value: Any, table: Mapping[str, str]) -> Any:
    if isinstance(value, str):
        return redact.unmask(value, table)
    if isinstance(value, list):
        return [_unmasked(item, table) for item in value]
    if isinstance(value, dict):
        return {key: _unmasked(item, table) for key, item in value.items()}
    return value
