"""The same questions to several models, each several times, and what came back measured.

    wanted, told = Wanted(EDIT, ("gpt-5.5", "claude-opus-4-7"), runs=3), Told()
    await compare(cases, opened, wanted, told)
    found = compared(cases, wanted, told, labels_of(engine, wanted.models))

Each question goes to its model alone: nobody stands in for it, nothing is repaired, and nothing is written.
A review is the whole one that the product makes, by that model alone: see `compare_review`. One is asked
after the other, since they would slow each other down, the models of a case in a drawn order each time, so
that an hour in which a vendor is slow hits all alike. All calls are of one job.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field, replace
from typing import Any, TypeAlias, cast

from counterpoint.answers import Answer, ChangeSet, FileChange, Findings, Prose
from counterpoint.calls import Call
from counterpoint.comparing.judging import judged
from counterpoint.comparing.measures import answered, changes_of, known_of, measured, nothing, took
from counterpoint.comparing.values import Answered, Case, Compared, Run
from counterpoint.engine import Engine, Reply, new_job
from counterpoint.errors import (
    BadAnswer,
    BillingRequired,
    BudgetExceeded,
    CounterpointError,
    Forbidden,
    NotFound,
    NotSendable,
    ProviderError,
    Unauthorized,
)
from counterpoint.flows.checked import NO_CHECKS, Checks, checked, parsing_worse
from counterpoint.flows.compare_review import (
    ALONE,
    AS_FOUND,
    Reviewing,
    Terms,
    alone,
    plain,
    reviewed,
    wording,
)
from counterpoint.flows.edit import scope_of
from counterpoint.flows.price import Limit
from counterpoint.ledger_rows import COMPARE
from counterpoint.pairing.citing import checked as cited
from counterpoint.settings import Settings
from counterpoint.tasks import REVIEW, AnyTask, Task, short
from counterpoint.text import Files, Situation

_ENDING = (BillingRequired, Forbidden, NotFound, Unauthorized)
"""Failures after which a model fails at every question: there is nothing to compare any more."""
_PAUSE = 90.0
"""Longest that is waited for a vendor who says when to come back."""

Tested: TypeAlias = Callable[[Sequence[FileChange]], Awaitable[bool | None]]
"""Whether a case's tests pass with some changes made; None where nobody can say."""


@dataclass(frozen=True, slots=True)
class Question:
    """A case made ready: the engine that asks it, and how answers are looked at. `tested` None: no tests.
    `evidence` says why these would tell nothing of an answer, "" where they tell right from wrong.
    `reviewing` is the review that is to be made of it, None for one of the situation as one unit."""

    case: Case
    engine: Engine
    situation: Situation
    checks: Checks = NO_CHECKS
    tested: Tested | None = None
    evidence: Callable[[], Awaitable[str]] | None = None
    reviewing: Reviewing | None = None


Opened: TypeAlias = Callable[[Case], AbstractAsyncContextManager[Question]]
"""Makes a case ready, and puts away what that took. Raises NotSendable for one that cannot be asked."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A comparison to be made. `models` are rows' names, `effort` "" that of the task; `max_usd` bounds what
    all calls cost together, None for no bound; `seed` draws the orders."""

    task: AnyTask
    models: tuple[str, ...]
    runs: int = 3
    effort: str = ""
    max_usd: float | None = None
    seed: int = 0
    price_agreed: bool = False

    def bound(self, model: str, settings: Settings) -> Task[Any]:
        """The task as one model gets it."""
        usual = settings.review.effort if self.is_review else self.task.effort
        task: Task[Any] = self.task
        if self.max_usd is not None and not self.is_review:  # else nothing fits a small amount
            task = short(task)
        return replace(task, model=model, effort=self.effort or usual)

    @property
    def is_review(self) -> bool:
        """Whether a run is a whole review, and no single question."""
        return self.task.name == REVIEW.name

    def what(self, settings: Settings) -> str:
        """What a run of it is, in words."""
        if self.is_review:
            return wording(settings)
        return AS_FOUND if self.task.shape is Findings else ALONE


@dataclass
class Told:
    """Told of each run as it ends; keeps all of them, also where the comparison is cancelled amid them."""

    step: Callable[[str, int, int], None] = lambda text, done, total: None
    job: str = field(default_factory=lambda: COMPARE + new_job())
    at: float = field(default_factory=time.time)
    runs: list[Run] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    what: str = ""
    ended: CounterpointError | None = None
    """Why it ended before all runs were made."""


async def compare(cases: Sequence[Case], opened: Opened, wanted: Wanted, told: Told) -> bool:
    """Ask every model every case `runs` times; `told` takes the runs. True once it is over.

    A run that fails is a run. What ends it all is the budget's edge, `max_usd`, and a model that cannot be
    asked at all, which `told.ended` says. A case that cannot be asked is left out for every
    model, and noted. Raises ConsentRequired, NoUsableRole, ConfigError and PriceNotAgreed as `Engine.ask`.
    """
    drawn = random.Random(wanted.seed)
    order = list(cases)
    drawn.shuffle(order)
    total = len(cases) * len(wanted.models) * wanted.runs
    done = 0
    for case in order:
        turns = _turns(wanted, drawn)
        try:
            async with opened(case) as ready:
                told.what = wanted.what(ready.engine.settings)
                question = await _with_evidence(ready, told)
                for number, model in turns:
                    told.step(f"{case.name}: {model}, run {number}", done, total)
                    run = await _once(question, wanted, model, number, told)
                    if isinstance(run, CounterpointError):
                        told.ended = run
                        return True
                    told.runs.append(run)
                    done += 1
        except NotSendable as error:
            told.notes.append(f"{case.name} was left out: {error}")
            done += len(turns)
    return True


async def _with_evidence(question: Question, told: Told) -> Question:
    """The question without its tests where they tell nothing, which is noted."""
    why = await question.evidence() if question.tested and question.evidence else ""
    if not why:
        return question
    told.notes.append(f"{question.case.name}: no evidence from tests, {why}.")
    return replace(question, tested=None)


def _turns(wanted: Wanted, drawn: random.Random) -> list[tuple[int, str]]:
    """The runs of a case: each round has every model once, in an order of its own."""
    turns = []
    for number in range(1, wanted.runs + 1):
        turns += [(number, model) for model in drawn.sample(wanted.models, len(wanted.models))]
    return turns


def compared(
    cases: Sequence[Case], wanted: Wanted, told: Told, labels: Mapping[str, str], ended: str = ""
) -> Compared:
    """What may be said once the runs are made, or as many of them as there are. `labels` are the models';
    `ended` says why it ended early where `told` does not know."""
    ended = ended or (str(told.ended) if told.ended is not None else "")
    order = {case.name: case for case in cases}
    asked = {run.case for run in told.runs}
    begun = Compared(
        wanted.task.name,
        tuple(case for name, case in order.items() if name in asked),
        (),
        (),
        (),
        tuple(told.runs),
        runs_each=wanted.runs,
        seed=wanted.seed,
        job=told.job,
        at=told.at,
        complete=not ended,
        ended=ended,
        notes=tuple(dict.fromkeys(told.notes)),
        what=told.what,
    )
    return judged(begun, labels)


async def _once(
    question: Question, wanted: Wanted, model: str, number: int, told: Told
) -> Run | CounterpointError:
    """One run; the failure where the comparison ends with it."""
    engine, situation = question.engine, question.situation
    task = wanted.bound(model, engine.settings)
    calls: list[Call] = []
    effort = (await engine.route(task)).first.effort or ""
    begun = Run(question.case.name, model, effort, number)
    if wanted.is_review:
        return await _reviewed(question, wanted, begun, told)
    asked = replace(situation, price_agreed=wanted.price_agreed)
    try:
        limit = Limit(wanted.max_usd, sum(run.cost_usd for run in told.runs))
        await limit.check(engine, task, asked, f"Run {number} of {question.case.name}")
        answer = await _asked(engine, task, asked, told.job, calls)
    except (BudgetExceeded, *_ENDING) as error:
        return error
    except (ProviderError, BadAnswer) as error:
        lost = nothing(question.case, tests=question.tested is not None)
        failed = replace(begun, outcome="failed", error=error.code, said=str(error), answered=lost)
        return measured(failed, calls)
    return measured(replace(begun, answered=await _looked_at(question, task, answer)), calls)


async def _reviewed(question: Question, wanted: Wanted, begun: Run, told: Told) -> Run | CounterpointError:
    """One run of a review; the failure where the comparison ends with it."""
    case, reviewing = question.case, question.reviewing or plain(question.situation)
    spent = sum(run.cost_usd for run in told.runs)
    left = None if wanted.max_usd is None else wanted.max_usd - spent
    engine = alone(question.engine, begun.model, wanted.effort)
    try:
        done = await reviewed(engine, reviewing, Terms(told.job, left, wanted.price_agreed))
    except (BudgetExceeded, *_ENDING) as error:
        return error
    told.notes += [f"{case.name}: not asked about {one}" for one in done.partly]
    if done.error:
        failed = replace(begun, outcome="failed", error=done.error, said=done.said)
        return took(replace(failed, answered=nothing(case, tests=False)), done.calls)
    found = await asyncio.to_thread(answered, done.findings, question.situation.document)
    return took(replace(begun, answered=known_of(case, done.findings, found)), done.calls)


async def _asked(
    engine: Engine, task: Task[Any], situation: Situation, job: str, calls: list[Call]
) -> Answer:
    """The model's answer. Where its vendor says when to come back, that is waited for once: whoever has had
    enough for the moment is not a worse model for it."""
    try:
        reply: Reply[Any] = await engine.ask(task, situation, job=job, calls=calls)
        return cast(Answer, reply.answer)
    except ProviderError as error:
        pause = error.retry_after
        if pause is None or not 0 < pause <= _PAUSE:
            raise
    await asyncio.sleep(pause)
    reply = await engine.ask(task, situation, job=job, calls=calls)
    return cast(Answer, reply.answer)


async def _looked_at(question: Question, task: Task[Any], answer: Answer) -> Answered:
    """The measures of an answer, with those that take reading files, parsing and running tests."""
    situation, document = question.situation, question.situation.document
    if isinstance(answer, ChangeSet):
        answer = await checked(answer, scope_of(situation, task), question.checks)
    found = known_of(question.case, answer, await asyncio.to_thread(answered, answer, document))
    if isinstance(answer, Prose):
        return await asyncio.to_thread(_cited, answer, found, situation.files)
    files = changes_of(answer, document)
    if not isinstance(answer, ChangeSet) and not files:
        return found
    worse = await parsing_worse(files, question.checks.outline)
    passed = None
    if question.tested is not None:
        passed = await question.tested(files) if files else False
    known = question.checks.outline is not None and bool(files)
    return replace(found, parses_worse=bool(worse) if known else None, tests_passed=passed)


def _cited(answer: Prose, found: Answered, files: Files) -> Answered:
    """With the places that words cite, and how many of them are not there. Reads files."""
    looked = cited(answer.text, files, ())
    return replace(found, quotes=len(looked.citations) + len(looked.dropped), absent=len(looked.dropped))


def labels_of(engine: Engine, models: Sequence[str]) -> dict[str, str]:
    """The models' own names, by those of their rows. Raises ConfigError for a row that is none."""
    return {name: engine.catalogue.model(name).label for name in models}
