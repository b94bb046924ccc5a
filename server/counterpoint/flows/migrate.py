"""What changing from one model to another means on this repository: `counterpoint compare --migrate OLD NEW`.

Prompts of the repository are planned as its completions, edits and reviews are, and counted by the vendors;
calls of the ledger are played again at the new model's prices. No model is asked anything.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from math import sqrt
from statistics import mean
from typing import Any

from counterpoint.comparing.abilities import changes
from counterpoint.comparing.migration import (
    Counted,
    Migration,
    Output,
    TaskPrice,
    factors_of,
    price,
    tokens_of,
)
from counterpoint.comparing.replaying import Past, Replay, cold, replayed
from counterpoint.comparing.tightening import Weighed, weighed
from counterpoint.engine import Engine, new_job
from counterpoint.errors import NotSendable, UsageError
from counterpoint.flows.counting import Counter
from counterpoint.flows.drawing import Drawn, Text, drawn, standing
from counterpoint.ledger_rows import COMPARE, SHADOW
from counterpoint.models import Model
from counterpoint.project import Project
from counterpoint.routing import Candidate, fitted_effort
from counterpoint.tasks import TASKS, Task

_AT_A_TIME = 4
_VENDORS = "Name two models of vendors, as `counterpoint models` lists them."
Step = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class Draw:
    """How much is looked at: prompts, and days of the ledger; the same seed draws the same prompts."""

    prompts: int = 24
    days: int = 30
    seed: int = 0


async def migrate(
    engine: Engine, project: Project, models: tuple[Model, Model], draw: Draw, step: Step = lambda *_: None
) -> Migration:
    """What the change means. Nothing but counting endpoints and what a vendor says of its model is asked.

    Raises ConsentRequired where a vendor that would count may not see this code yet, UsageError where there
    is no code to draw from, or a model is none of a vendor's, ConfigError for a ledger that cannot be read or
    written.
    """
    old, new = models
    if old.name == new.name:
        raise UsageError(f"{old.name} is {new.name}: nothing would change.", fix="Name two models.")
    if here := next((one for one in models if one.provider == "embedded"), None):
        # The text planned for one model is counted by both, and for this one nothing is masked or kept back.
        raise UsageError(f"{here.name} runs on this machine: nobody counts for it.", fix=_VENDORS)
    counter = Counter(engine, new_job())
    either = _for_both(engine, models)
    some = await asyncio.to_thread(
        drawn, project, engine.settings, draw.prompts, draw.seed, lambda path: either(path, "")
    )
    counted, left = await _counted(engine, counter, some, models, step)
    if not counted:
        reason = next(iter(left), "no prompt could be planned")
        raise UsageError(f"No prompt of this repository can be counted: {reason}.", fix="Try another model.")
    outputs = await asyncio.to_thread(_outputs, engine, counted, models)
    factors = factors_of(counted, outputs)
    past = await asyncio.to_thread(_past, engine, old, date.today() - timedelta(days=draw.days - 1))
    replays = await asyncio.to_thread(replayed, past, models, factors)
    texts, unsaid = await asyncio.to_thread(standing, project, engine.settings, engine.ports, old, new)
    prices = _prices(counted, models, outputs, replays)
    return Migration(
        *models,
        tuple(counted),
        tokens_of(counted),
        prices,
        replays,
        cold(past, new, factors),
        changes(old, new, date.today(), _efforts(engine, old, new)),
        await _weighed(counter, texts, counted, models, factors[""].input, step),
        (counter.said(old), counter.said(new)),
        _roles(engine, old, new),
        await counter.shutdown(new),
        draw.seed,
        (*_left_out(left), *unsaid, *_unpriced(past, draw)),
    )


async def _counted(
    engine: Engine, counter: Counter, some: Sequence[Drawn], models: tuple[Model, Model], step: Step
) -> tuple[list[Counted], list[str]]:
    """The prompts counted, and why each of the others was not."""
    turn, done = asyncio.Semaphore(_AT_A_TIME), 0

    async def one(drawn: Drawn) -> Counted | str:
        nonlocal done
        async with turn:
            found = await _pair(engine, counter, drawn, models)
        done += 1
        step(f"{drawn.task.name}: {drawn.situation.document.path}", done, len(some))
        return found

    asked = [asyncio.create_task(one(drawn)) for drawn in some]
    try:
        found = await asyncio.gather(*asked)
    finally:  # of those that go on after a failure or a cancellation
        for task in asked:
            task.cancel()
        await asyncio.gather(*asked, return_exceptions=True)
    return [f for f in found if isinstance(f, Counted)], [f for f in found if isinstance(f, str)]


async def _pair(engine: Engine, counter: Counter, drawn: Drawn, models: tuple[Model, Model]) -> Counted | str:
    task, situation = drawn.task, drawn.situation
    path = situation.document.path
    ports = replace(engine.ports, barred=_for_both(engine, models))
    try:
        before, after = [
            await engine.planner.plan(ports, task, situation, candidate(engine, task, model))
            for model in models
        ]
    except NotSendable as error:
        return f"{path}: {error.message.rstrip('.')}"
    same = replace(before, candidate=after.candidate)
    old, exact_old = await counter.prompt(task, situation, before)
    text, exact_new = await counter.prompt(task, situation, same)
    grown = text
    if after.rendered != before.rendered:
        grown, also = await counter.prompt(task, situation, after)
        exact_new = exact_new and also
    rendered = before.rendered
    kept = len(rendered.system) + sum(len(part) for part in rendered.parts[:-1])
    prefix = kept / max(1, rendered.characters)
    return Counted(task.name, path, rendered.characters, old, text, grown, prefix, exact_old, exact_new)


def candidate(engine: Engine, task: Task[Any], model: Model) -> Candidate:
    """The model as one that is asked by name."""
    effort = engine.settings.review.effort if task.name == "review" else task.effort
    return Candidate(task.role, model, fitted_effort(model, effort), f"{model.label} was named")


def _for_both(engine: Engine, models: tuple[Model, Model]) -> Callable[[str, str], str | None]:
    """Why a file may not go to one of the two: the same text is counted by both. Reads files."""
    barred = engine.ports.barred

    def either(path: str, provider: str) -> str | None:
        return next((why for one in models if (why := barred(path, one.provider))), None)

    return either


def _outputs(
    engine: Engine, counted: Sequence[Counted], models: tuple[Model, Model]
) -> dict[str, tuple[Output, Output]]:
    """Tokens of an answer, by task. Of a model that nobody has asked yet it is taken to say as much as the
    other one, in its own tokens. Reads the ledger."""
    found = {}
    for name in dict.fromkeys(one.task for one in counted):
        mine = [one for one in counted if one.task == name]
        ratio = sum(one.same for one in mine) / max(1, sum(one.old for one in mine))
        sizes = round(mean(one.old for one in mine)), round(mean(one.new for one in mine))
        old, new = (_learned(engine, name, model, size) for model, size in zip(models, sizes, strict=True))
        low, high = TASKS[name].output_prior
        prior = Output(low, round(sqrt(low * high)), high, "assumed")
        before = old or (new.times(1 / ratio) if new and ratio else prior)
        after = new or (before.times(ratio) if old else replace(prior.times(ratio), basis="assumed"))
        found[name] = (before, after)
    return found


def _learned(engine: Engine, name: str, model: Model, size: int) -> Output | None:
    effort = candidate(engine, TASKS[name], model).effort or ""
    found = engine.ledger.expects(model.name, name, size, effort)
    return None if found is None else Output(found.low, found.median, found.high, "measured")


def _past(engine: Engine, old: Model, since: date) -> tuple[Past, ...]:
    """Calls of the old model that were answered, trials and comparisons left out. Reads the ledger."""
    ledger = engine.ledger
    calls = [
        call
        for call in ledger.calls(since)
        if call.model == old.name
        and call.usage.input_tokens
        and (call.outcome == "ok" or call.first_token_seconds is not None)
        and not call.job.startswith((SHADOW, COMPARE))
    ]
    found = []
    for call in calls:
        sent = ledger.sent(call.id)
        found.append(Past(call.at, call.task, sent[0].path if sent else "", call.usage, call.cost_usd))
    return tuple(found)


def _prices(
    counted: Sequence[Counted],
    models: tuple[Model, Model],
    outputs: dict[str, tuple[Output, Output]],
    replays: Sequence[Replay],
) -> tuple[TaskPrice, ...]:
    by_task = {one.task: one for one in replays}
    return tuple(price(name, counted, models, pair, by_task.get(name)) for name, pair in outputs.items())


async def _weighed(
    counter: Counter,
    texts: Sequence[Text],
    counted: Sequence[Counted],
    models: tuple[Model, Model],
    usual: float,
    step: Step,
) -> tuple[Weighed, ...]:
    found = []
    for at, one in enumerate(texts):
        step(f"text: {one.standing.name}", at, len(texts))
        sizes = [(await counter.text(model, one.standing.name, one.masked))[0] for model in models]
        found.append((one.standing, sizes[0], sizes[1]))
    means = {
        name: (
            mean(one.old for one in counted if one.task == name),
            mean(one.new for one in counted if one.task == name),
        )
        for name in dict.fromkeys(one.task for one in counted)
    }
    return weighed(found, means, models[1], usual)


def _efforts(engine: Engine, old: Model, new: Model) -> list[tuple[str, str, str]]:
    """Tasks by the efforts that the two would think at, those with the same ones together."""
    found: dict[tuple[str, str], list[str]] = {}
    for task in TASKS.values():
        efforts = (candidate(engine, task, old).effort or "", candidate(engine, task, new).effort or "")
        found.setdefault(efforts, []).append(task.name)
    return [(", ".join(names), *efforts) for efforts, names in found.items()]


def _roles(engine: Engine, old: Model, new: Model) -> tuple[str, ...]:
    """What to write into config.toml: the new model goes first where the old one did, who steps aside."""
    lines = []
    for role, names in engine.catalogue.roles.items():
        if names[:1] == (old.name,):
            stand = dict.fromkeys((new.name, *names[1:]))
            lines.append(f"{role} = {json.dumps(list(stand))}")
    return ("[roles]", *lines) if lines else ()


def _left_out(left: Sequence[str]) -> list[str]:
    shown = [f"Left out: {reason}." for reason in dict.fromkeys(left)]
    return [*shown[:3], *([f"Left out for such reasons: {len(shown) - 3} more."] if len(shown) > 3 else [])]


def _unpriced(past: Sequence[Past], draw: Draw) -> list[str]:
    if past:
        return []
    return [f"The ledger has no call of the old model in {draw.days} days: prices are without caches."]
