"""What the user's own figures have come to say: verdicts of trials, and models that do better."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial

from counterpoint import ledger_jobs
from counterpoint.engine import Engine
from counterpoint.errors import ConfigError, NoUsableRole
from counterpoint.flows.trying import concluded, label
from counterpoint.suggesting import Suggestion, suggestions
from counterpoint.tasks import TASKS

DAYS = 60
"""Days of jobs that a suggestion is made from."""


@dataclass(frozen=True, slots=True)
class Advice:
    """A suggestion in words, with the line of `config.toml` that acts on it, and its place there."""

    suggestion: Suggestion
    said: str
    line: str
    place: str

    @property
    def whole(self) -> str:
        return f"{self.said} To have it asked first, put {self.line} {self.place} your config.toml."


async def advice(engine: Engine) -> tuple[Advice, ...]:
    """What may be suggested now, the greatest gain first. Raises ConfigError if the ledger cannot be read."""
    since = date.today() - timedelta(days=DAYS)
    judged = ledger_jobs.kept(await asyncio.to_thread(engine.ledger.daily.sums, since))
    asked = await _asked(engine, judged)
    usable = await engine.ports.usable()
    allowed = set(engine.settings.providers.allow) & usable
    models = engine.catalogue.models

    def known(name: str) -> bool:
        return name in models and models[name].provider in allowed

    return tuple(
        Advice(one, one.said(partial(label, engine)), *_act(engine, one.line(asked[one.task])))
        for one in suggestions(judged, asked, known)
    )


def _act(engine: Engine, line: str) -> tuple[str, str]:
    """The line, and where it belongs: a file with roles of its own has its table of them already."""
    if engine.settings.roles:
        return line.removeprefix("roles = { ").removesuffix(" }"), "among the roles in"
    return line, "at the top of"


async def _asked(engine: Engine, judged: Iterable[tuple[str, str]]) -> dict[str, tuple[str, ...]]:
    """The models that are asked for each task that was judged, best first."""
    found: dict[str, tuple[str, ...]] = {}
    for name in sorted({task for task, _ in judged} & set(TASKS)):
        try:
            route = await engine.route(TASKS[name])
        except NoUsableRole:
            continue
        found[name] = tuple(one.model.name for one in route.candidates)
    return found


async def news(engine: Engine) -> tuple[str, ...]:
    """What nobody has been told yet, each once, by whichever process asks first. Nothing where the ledger
    cannot be read: that is told where it matters."""
    try:
        verdicts = await asyncio.to_thread(_verdicts, engine)
        told = [one.whole for one in await advice(engine) if await asyncio.to_thread(_is_new, engine, one)]
    except ConfigError:
        return ()
    return (*verdicts, *told)


def _verdicts(engine: Engine) -> tuple[str, ...]:
    running = [one for one in engine.ledger.trials.all() if one.ended is None]
    return tuple(filter(None, (concluded(engine, one) for one in running)))


def _is_new(engine: Engine, one: Advice) -> bool:
    found = one.suggestion
    return engine.ledger.trials.tell(f"{found.task} {found.model} {found.other}", one.said)
