"""A trial of another model on live questions: a share of them is put to it as well, unseen.

The user's answer is there before the other question is begun, and nothing of it can change: the other one
goes through an engine of its own over the same ledger and the same rules of who may see what. It is asked
when nothing else is under way, one at a time, and not at all while its vendor has little left to give.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
import time
from collections import Counter, OrderedDict, deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, TypeAlias

from counterpoint import policy
from counterpoint.answers import ChangeSet, Findings, Insertion, Prose
from counterpoint.calls import Call
from counterpoint.engine import Engine
from counterpoint.errors import (
    BadAnswer,
    BudgetExceeded,
    ConfigError,
    CounterpointError,
    ProviderError,
    Refused,
)
from counterpoint.flows import trying
from counterpoint.flows.proving import Outlines
from counterpoint.ledger_choices import EARLY
from counterpoint.ledger_rows import AUTOMATIC, SHADOW
from counterpoint.models import Model
from counterpoint.ports import Asked, Reply
from counterpoint.tasks import Role, Task
from counterpoint.text import Document, Situation
from counterpoint.turns import Turns

logger = logging.getLogger(__name__)

SHAPES = (ChangeSet, Findings, Prose, Insertion)
_ALIKE = 1.6
"""Most by which the two prompts may differ in length. Models count tokens differently, and are shown more or
less for it; beyond that one of them was asked when less was known of the workspace."""
Now: TypeAlias = Callable[[str], Document | None]
Told: TypeAlias = Callable[[str], None]
_WAITING, _SHOWN = 20, 64
"""Most questions that wait to be put to the other model, the newest, and most suggestions shown."""
_PAUSE, _LONGEST_PAUSE = 60.0, 3_600.0
"""Seconds for which nobody is asked after a vendor has failed; it doubles."""


@dataclass(frozen=True, slots=True)
class Patience:
    """Seconds: without an answer to the user before another question is begun, between looks at whether it
    may, and until it is looked at what became of a suggestion."""

    quiet: float = 2.0
    look: float = 0.5
    kept: float = float(EARLY)


class _Unlike(CounterpointError):
    """The other model would be asked with far more, or less, than the user's own was."""

    code = "another context"


def drawn(job: str, share: float) -> bool:
    """Whether a job belongs to a share of all: always the same answer for the same job."""
    number = int.from_bytes(hashlib.sha256(job.encode()).digest()[:8], "big")
    return number < share * 2**64


class Shadow:
    """Touched by the event loop only. `busy` tells whether the user waits for anything, `now` gives a path's
    open document, `told` is given the verdict of a trial that has ended here."""

    def __init__(
        self,
        engine: Engine,
        outline: Outlines | None,
        now: Now,
        *,
        busy: Callable[[], bool] = lambda: False,
        told: Told = lambda text: None,
        patience: Patience | None = None,
    ) -> None:
        self.busy, self.told = busy, told
        self.left_out: Counter[str] = Counter()
        """Questions that were not put to the other model, by why: an error's code or a word."""
        self._engine = engine
        self._outline = outline
        self._now = now
        self._patience = patience or Patience()
        ports = replace(engine.ports, turns=Turns())  # a failure of a trial is nobody else's
        self._apart = Engine(engine.settings, engine.catalogue, engine.ledger, ports)
        self._waiting: deque[trying.Question] = deque(maxlen=_WAITING)
        self._shown: OrderedDict[str, Asked] = OrderedDict()
        self._tasks: set[asyncio.Task[None]] = set()
        self._working = False
        self._answered = float("-inf")
        self._rest_until, self._rest = float("-inf"), _PAUSE

    # -- what is heard

    def heard(self, asked: Asked) -> None:
        """A question was answered, or its model's answer was none."""
        self._answered = time.monotonic()
        task = asked.task
        ordinary = not (task.model or task.because or asked.job.startswith((AUTOMATIC, SHADOW)))
        if not ordinary or task.shape not in SHAPES or task.name not in policy.tried():
            return
        if not asked.calls or not drawn(asked.job, self._engine.settings.compare.shadow):
            return
        if task.shape is not Insertion:
            self._put(trying.Question(asked))
        elif asked.answer is not None:
            self._shown[asked.job] = asked
            while len(self._shown) > _SHOWN:
                self._shown.popitem(last=False)

    def ended(self, job: str) -> None:
        """What became of a suggestion is known: what stands in its place some time later is what it, and the
        other model's, are measured by."""
        asked = self._shown.pop(job, None)
        if asked is not None:
            self._spawn(self._later(asked))

    async def _later(self, asked: Asked) -> None:
        await asyncio.sleep(self._patience.kept)
        self._put(trying.Question(asked, trying.stands(asked, self._now(asked.situation.document.path))))

    def _put(self, question: trying.Question) -> None:
        if len(self._waiting) == _WAITING:
            self._leave_out("too many")
        self._waiting.append(question)
        if not self._working:
            self._working = True
            self._spawn(self._work())

    # -- the other model

    async def _work(self) -> None:
        try:
            while self._waiting:
                await self._until_quiet(None)
                if self._waiting:
                    await self._one(self._waiting.popleft())
        finally:
            self._working = False

    async def _until_quiet(self, model: Model | None) -> None:
        """Wait until nobody waits for us, and a model has much to give."""
        while True:
            if not self._in_the_way(model):
                return
            await asyncio.sleep(self._patience.look)

    async def _until_alike(self, asked: Asked, other: Model, size: list[int]) -> None:
        """As `_until_quiet`. Raises _Unlike where the prompt, of the last `size`, is not like the user's."""
        ours, theirs = asked.characters, size[-1]
        if ours and not ours <= theirs * _ALIKE <= ours * _ALIKE**2:
            raise _Unlike("The two prompts differ too much in length.")
        await self._until_quiet(other)

    def _in_the_way(self, model: Model | None) -> bool:
        now = time.monotonic()
        lately = now - self._answered < self._patience.quiet or now < self._rest_until
        return lately or self.busy() or (model is not None and self._engine.ports.turns.tight(model))

    async def _one(self, question: trying.Question) -> None:
        """Put one question to the other model, and write down what was measured of both."""
        asked, settings = question.asked, self._engine.settings.compare
        try:
            other = await other_model(self._engine, asked.task, asked.calls[-1].model)
            if other is None:
                return self._leave_out("nobody else")
            terms = (asked.calls[-1].model, other.name, settings.shadow, settings.shadow_days)
            known = await asyncio.to_thread(self._engine.ledger.trials.known, *terms)
            if known is not None and known.ended is not None:
                return self._leave_out("trial over")
            if await asyncio.to_thread(trying.short_of_money, self._engine):
                return self._leave_out("short of money")
            theirs = await self._answer(asked, other)
            if theirs is not None:
                pair = await trying.pair(question, theirs, self._outline)
                verdict = await asyncio.to_thread(trying.written, self._engine, terms, pair)
                if verdict:
                    self.told(verdict)
        except ConfigError as error:
            self._leave_out(error.code)

    async def _answer(self, asked: Asked, other: Model) -> Asked | None:
        """What the other model answers; None where it was not, or could not be asked."""
        task: Task[Any] = replace(asked.task, model=other.name)
        situation = replace(asked.situation, price_agreed=False)
        job, calls = SHADOW + asked.job, list[Call]()
        try:
            size: list[int] = []
            hold = partial(self._until_alike, asked, other, size)
            reply = await self._afforded(task, situation, job, calls, size, hold)
        except (BadAnswer, Refused):
            answer = None
        except CounterpointError as error:
            self._leave_out(error.code)
            if isinstance(error, ProviderError):
                self._rest_until = time.monotonic() + self._rest
                self._rest = min(2 * self._rest, _LONGEST_PAUSE)
            return None
        else:
            answer = reply.answer
        self._rest = _PAUSE
        if not calls or calls[-1].outcome == "length":  # we have cut it off: that says nothing of the model
            self._leave_out("cut off")
            return None
        return Asked(task, situation, job, tuple(calls), answer)

    async def _afforded(
        self,
        task: Task[Any],
        situation: Situation,
        job: str,
        calls: list[Call],
        size: list[int],
        hold: Callable[[], Awaitable[None]],
    ) -> Reply[Any]:
        """The answer, of any length; else of the greatest that the cap leaves room for, down to the usual."""
        usual = task.output_prior[1]
        lengths = sorted(
            {min(task.max_output_tokens, most) for most in (task.max_output_tokens, 2 * usual, usual)}
        )
        while True:
            bound = replace(task, max_output_tokens=lengths.pop())
            try:
                return await self._apart.ask(
                    bound,
                    situation,
                    job=job,
                    calls=calls,
                    on_plan=lambda plan: size.append(plan.rendered.characters),
                    hold=hold,
                )
            except BudgetExceeded:
                if not lengths:
                    raise

    def _leave_out(self, why: str) -> None:
        self.left_out[why] += 1
        logger.info("A question of a trial was left out: %s", why)

    # -- the end

    def _spawn(self, work: Any) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._reap)

    def _reap(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            logger.error("A trial failed with %s", type(error).__name__)

    async def close(self) -> None:
        """End what is under way; the ledger has what it cost."""
        self._waiting.clear()
        while self._tasks:
            for task in self._tasks:
                task.cancel()
            await asyncio.wait(tuple(self._tasks))
        await self._apart.close()


async def other_model(engine: Engine, task: Task[Any], answered: str) -> Model | None:
    """The model that a question is put to as well: the one of the settings, else the first of the other role
    that the user may use. None where that is the one that has answered, or there is none."""
    settings, catalogue = engine.settings, engine.catalogue
    role: Role = "fast" if task.role == "deep" else "deep"
    name = settings.compare.shadow_model
    usable = await engine.ports.usable()
    rows = (catalogue.model(name),) if name else catalogue.for_role(role)
    able = (
        model
        for model in rows
        if model.provider in settings.providers.allow
        and model.provider in usable
        and not model.can("asks-first")
        and not (model.can("raw-continuation") and task.shape is not Insertion)
        and task.vendor in ("", model.provider)
    )
    first = next((model for model in able if name or model.name != answered), None)
    return None if first is None or first.name == answered else first
