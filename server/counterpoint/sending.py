"""One question sent to one model: in its turn, in the books, tried again where that makes sense.

Every request is a call of its own in the ledger. It is reserved once it is its turn, and settled when it
ends: who waits, for a turn or before the next try, holds no money.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from contextlib import aclosing
from dataclasses import dataclass, replace
from typing import Any

from counterpoint.admitting import Asker, Wish
from counterpoint.answers import Findings, Insertion, Verdicts
from counterpoint.booking import UNSENT, Books
from counterpoint.calls import Call, Meter, log_call
from counterpoint.context.shards import Shards
from counterpoint.errors import NotSendable, ProviderError, refused
from counterpoint.findings_reply import finding
from counterpoint.gather import quoted
from counterpoint.health import BUSY
from counterpoint.insertion import may_end, place_of, streamed_end
from counterpoint.jsonscan import ArrayScan
from counterpoint.ledger_rows import SHADOW
from counterpoint.pacing import Kind, Need
from counterpoint.plan import Plan, deadline, output_limit, request_for, unmasked
from counterpoint.ports import Later, OnItem, Ports, Watch
from counterpoint.providers import Begun, Endpoint, Provider
from counterpoint.settings import Settings
from counterpoint.tasks import Task
from counterpoint.text import Situation
from counterpoint.turns import Turn

_FIRST_PAUSE, _LONGEST_PAUSE = 0.5, 8.0
_LEAST_SECONDS = 1.0
"""A request that has less time than this is not worth sending again."""


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked: of a job, since a moment, watched, with the calls `made` for it so far."""

    task: Task[Any]
    situation: Situation
    job: str
    watch: Watch
    made: list[Call]
    asker: Asker


def kind_of(task: Task[Any], job: str) -> Kind:
    """Who waits for the answer. Reviews and their second looks are many requests at once, and trials are
    nobody's: what somebody has just asked for goes before them."""
    if task.shape is Insertion:
        return "key"
    background = task.shape is Verdicts or task.context == "review" or job.startswith(SHADOW)
    return "batch" if background else "asked"


class Sender:
    """Sends. `settings` and `ports` give those in force. Belongs to one event loop."""

    def __init__(self, settings: Callable[[], Settings], ports: Callable[[], Ports], books: Books) -> None:
        self._settings = settings
        self._ports = ports
        self._books = books
        self._shards = Shards()

    def question(self, task: Task[Any], situation: Situation, job: str, watch: Watch) -> Question:
        """A question of now."""
        now = self._ports().turns.clock()
        asker = Asker(kind_of(task, job), job, now, now + task.deadline)
        return Question(task, situation, job, watch, [], asker)

    async def answer(self, asked: Question, plan: Plan, tries: int, alone: bool) -> str:
        """The raw answer of the plan's model, in at most so many requests; `alone`: no other one follows.

        Raises ProviderError, and what `Books.entered` raises.
        """
        ports, model = self._ports(), plan.candidate.model
        endpoint = await ports.endpoint(model.provider)
        await ports.turns.ways.meets(endpoint)
        provider = await ports.open(endpoint)
        wish = Wish(
            asked.asker, model, self._need(asked.task, plan), self._settings().providers.parallel, alone
        )
        seconds = deadline(asked.task, plan.candidate)
        asked.asker.until = ports.turns.clock() + seconds  # whatever it waited for before it could be asked
        turn = await ports.turns.take(wish)
        asked.asker.until = until = turn.sent + seconds  # from here on for all tries together
        for again in range(1, tries + 1):
            try:
                return await self._sent(asked, plan, turn, endpoint, provider, until - turn.sent)
            except ProviderError as error:
                failure = self._told(wish, error)
            begun = asked.made[-1].heard
            left = until - ports.turns.clock()
            pause = _pause(failure, again)
            if begun or not failure.retry or again == tries or pause + _LEAST_SECONDS > left:
                raise failure
            await asyncio.sleep(pause)
            try:
                turn = await ports.turns.take(wish)
            except ProviderError:
                raise failure from None
        raise AssertionError("a question is asked at least once")

    def _told(self, wish: Wish, failure: ProviderError) -> ProviderError:
        """What is told of a failure: of one after which completions pause, at once that they do."""
        closed = self._ports().turns.health.closed(wish.model) if wish.asker.kind == "key" else None
        return failure if closed is None else closed.again()

    def _need(self, task: Task[Any], plan: Plan) -> Need:
        most = output_limit(task, plan, self._settings())
        return Need(plan.input_tokens, min(most, sum(task.output_prior) // 2), most)

    async def _sent(
        self, asked: Question, plan: Plan, turn: Turn, endpoint: Endpoint, provider: Provider, seconds: float
    ) -> str:
        """One request in its turn, which ends with it."""
        try:
            text = await self._stream(asked, plan, turn, endpoint, provider, seconds)
            turn.worked()
            return text
        except ProviderError as error:
            turn.failed(error)
            raise
        finally:
            turn.left()

    def _permitted(self, later: Later, asked: Question, plan: Plan, endpoint: Endpoint) -> None:
        """Raise NotSendable or ConsentRequired where settings that were read while this waited keep back what
        those before let go. Reads files."""
        provider, now = plan.candidate.model.provider, later.ports
        if provider not in later.settings.providers.allow:
            said = f"{plan.candidate.model.label} is not asked: providers.allow leaves {provider} out now."
            raise NotSendable(said, fix="Ask again: who may answer is asked then.")
        if provider == "embedded":
            return
        self._books.agreed(now, endpoint)
        privacy = later.settings.privacy
        if privacy.secret_guard and not self._settings().privacy.secret_guard:
            raise NotSendable("Secrets are to be hidden now, and were not before.", fix="Ask again.")
        was = self._ports()
        for path in paths_of(asked.task, asked.situation, plan):
            before = was.guard(path, "") or was.barred(path, provider)
            if not before and (why := now.guard(path, "") or now.barred(path, provider)):
                raise refused(path, why)

    async def _stream(
        self, asked: Question, plan: Plan, turn: Turn, endpoint: Endpoint, provider: Provider, seconds: float
    ) -> str:
        task, situation, watch = asked.task, asked.situation, asked.watch
        meter = Meter(plan.candidate.model, plan.input_tokens)
        entry = await self._books.entered(meter, task, situation, plan, asked.job, endpoint)
        scan = ArrayScan("findings") if watch.on_item and task.shape is Findings else None
        place = place_of(situation) if task.shape is Insertion else None
        try:
            cache_key = self._shards.name(task.name, situation.document.path if place else "")
            if (later := self._ports().later()) is not None:
                meter.error = UNSENT
                await asyncio.to_thread(self._permitted, await later, asked, plan, endpoint)
                meter.error = ""
            request = replace(request_for(task, plan, self._settings(), cache_key), deadline=seconds)
            async with aclosing(provider.stream(meter.asks(request))) as stream:
                async for chunk in stream:
                    if isinstance(chunk, Begun):
                        turn.begun(chunk.rates)
                    if watch.on_begun and meter.begun is None:
                        watch.on_begun()
                    text = meter.take(chunk)
                    if text and watch.on_text:
                        watch.on_text(text)
                    if scan and watch.on_item:
                        _show(scan, text, situation, plan, watch.on_item)
                    if place and may_end(meter.text, text) and streamed_end(meter.text, place) is not None:
                        meter.outcome = "cut"
                        break
            meter.refuse()
        except ProviderError as error:
            meter.failed(error)
            raise
        finally:
            one = plan.candidate
            asked.made.append(meter.call(asked.job, task.name, one.role, one.reason))
            log_call(asked.made[-1])
            writing = self._books.settled(entry, meter)
            if task.shape is not Insertion:
                await asyncio.shield(writing)
        return meter.text


def paths_of(task: Task[Any], situation: Situation, plan: Plan) -> tuple[str, ...]:
    """The files of the workspace that a prompt shows, quotes or may tell of."""
    told = (path for path, _ in situation.earlier_of)
    shown = (one.path for one in plan.snippets)
    paths = (situation.document.path, situation.source, *shown, *quoted(task, situation), *told)
    return tuple(dict.fromkeys(path for path in paths if path))


def _pause(failure: ProviderError, tries: int) -> float:
    """Seconds before the next try. A vendor that asked for a pause is waited for where the turn is taken."""
    if isinstance(failure, BUSY):
        return 0.0
    longest = min(_FIRST_PAUSE * (1 << (tries - 1)), _LONGEST_PAUSE)
    return max(failure.retry_after or 0.0, longest * (0.75 + 0.25 * random.random()))


def _show(scan: ArrayScan, text: str, situation: Situation, plan: Plan, on_item: OnItem) -> None:
    for item in scan.feed(text):
        on_item(finding(unmasked(item, plan.secrets), situation, model=plan.candidate.model.label))
