"""`counterpoint route TASK`: the models that would be asked, best first, with reasons. Asks none."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import click

from counterpoint.booking import caps_of
from counterpoint.cli import render, shapes
from counterpoint.cli.frame import wait_for
from counterpoint.cli.opened import format_option, opened
from counterpoint.cli.terminal import line, print_json, show, tell
from counterpoint.errors import ConfigError, UsageError
from counterpoint.flows.escalating import harder
from counterpoint.flows.eyes import usual
from counterpoint.health import Closed
from counterpoint.ledger_caps import limits
from counterpoint.ledger_rows import NANO, Limit
from counterpoint.pairing.own import known
from counterpoint.routing import Candidate, Route
from counterpoint.tasks import COMPLETE, PASSES, TASKS, VERIFY, AnyTask, Task, task_named
from counterpoint.workspace import Workspace


@dataclass(frozen=True)
class _Bears:
    """What bears on a route: models that may not see the file and why, models that are left alone now, and
    the cap that is nearest to its end."""

    barred: Mapping[str, str] = field(default_factory=dict)
    alone: Mapping[str, Closed] = field(default_factory=dict)
    cap: Limit | None = None


@click.command("route")
@click.argument("task")
@click.option("--tokens", type=click.IntRange(min=0), default=0, help="Size of the question.")
@click.option("--path", type=click.Path(path_type=Path), help="The file asked about: who may see it.")
@click.option("--explain", is_flag=True, help="Give the reason for each.")
@format_option("text", "json")
def command(task: str, tokens: int, path: Path | None, form: str, *, explain: bool) -> int:
    """Show which model would answer a task: a shipped one, or one of yours in .counterpoint/tasks."""
    if path and not path.exists():
        raise UsageError(f"{path} does not exist.", fix="Give the path of a file that does.")
    file = path.absolute() if path else None
    return wait_for(lambda: _run(task, tokens, file, form, explain=explain))


async def _run(name: str, tokens: int, path: Path | None, form: str, *, explain: bool) -> int:
    shipped = _shipped(name)
    async with opened([path] if path else []) as workspace:
        own = None if shipped else await asyncio.to_thread(lambda: known(workspace.project).named(name))
        task: Task[Any] = own.task if own else task_named(name)
        if task is VERIFY:
            task = await usual(workspace.engine)
        found = await workspace.engine.route(task, tokens)
        bears = await _bears(workspace, task, found, path)
        stay = [one for one in found.candidates if one.model.name not in bears.barred]
        again = await harder(workspace.engine, task, stay[0].model.name) if stay else None
        once_more = (await workspace.engine.route(again)).first if again is not None else None
        if once_more is not None and path and await _barred(workspace, once_more, path):
            once_more = None
    if form == "json":
        print_json(shapes.route(stay, once_more, **_json(bears)))
        return 0
    head = ("model", "role", "effort", "tier", *(("reason",) if explain else ()))
    rows = [
        (one.model.name, one.role, one.effort or "-", one.tier or "-", *((one.reason,) if explain else ()))
        for one in stay
    ]
    show(render.table(head, rows) if rows else [line("No model may be asked about this file.")])
    if once_more is not None and explain:
        effort = f", at effort {once_more.effort}" if once_more.effort else ""
        label = once_more.model.label
        show([line(f"If nothing of the answer can be used, {label} is asked once{effort}.")])
    show([line(one) for one in _told(bears, task, stay, explain=explain)])
    if found.notice:
        tell(found.notice, style="yellow")
    return 0


def _shipped(name: str) -> bool:
    """Whether a shipped task is called so; else it may be the repository's own. Raises UsageError, which
    says what a name is that is no task's."""
    if name == "pair":
        raise UsageError(
            "'pair' is a conversation: its turns are edits.", fix="Their route: `counterpoint route edit`."
        )
    if name in PASSES and name not in TASKS:
        raise UsageError(f"{name!r} is a pass of reviews.", fix="Its route: `counterpoint route review`.")
    return name in TASKS


async def _bears(workspace: Workspace, task: Task[Any], found: Route, path: Path | None) -> _Bears:
    """Takes in what other processes have told. Reads files, and the ledger."""
    turns, barred, cap = workspace.engine.ports.turns, {}, None
    for one in found.candidates:
        await turns.ways.meets(await workspace.reach.endpoint(one.model.provider))
        if path and (why := await _barred(workspace, one, path)):
            barred[one.model.name] = why
    alone = {one.model.name: turns.health.closed(one.model) for one in found.candidates}
    with suppress(ConfigError):  # a ledger that cannot be read is told where something is asked
        spent = await asyncio.to_thread(workspace.ledger.spent)
        share = "completion" if task.name == COMPLETE.name else ""
        caps = limits(caps_of(workspace.settings.budget), spent, 0, share, found.first.role)
        cap = max(caps, key=lambda one: one.used / NANO / one.cap if one.cap else 1.0)
    return _Bears(barred, {name: one for name, one in alone.items() if one is not None}, cap)


async def _barred(workspace: Workspace, one: Candidate, path: Path) -> str | None:
    """Why a model may not see a file, or None. Raises UsageError for one outside of the workspace."""
    inner = workspace.project.relative(str(path))
    if inner is None:
        raise UsageError(f"{path} lies outside of the workspace.", fix="Name a file of it.")

    def why() -> str | None:
        never = workspace.project.why_not_sent(inner)
        return never or workspace.engine.ports.barred(inner, one.model.provider)

    return await asyncio.to_thread(why)


def _told(bears: _Bears, task: AnyTask, stay: Sequence[Candidate], *, explain: bool) -> Iterator[str]:
    for name, why in bears.barred.items():
        yield f"{name} may not see the file: {why}."
    if not explain:
        return
    for closed in bears.alone.values():
        yield str(closed.again())
    if said := _meanwhile(bears, task, stay):
        yield said
    if (cap := bears.cap) is not None:
        yield f"Nearest cap: {cap.setting}, {render.usd(cap.used / NANO)} of {cap.of} is spent or set aside."


def _meanwhile(bears: _Bears, task: AnyTask, stay: Sequence[Candidate]) -> str:
    """Who is asked while the first model is left alone, in words; "" where it is not, or is waited for."""
    closed = bears.alone.get(stay[0].model.name) if stay else None
    if closed is None or closed.busy:
        return ""
    if task.name == COMPLETE.name:
        return "Completions pause until then."
    able = next((one.model.label for one in stay if one.model.name not in bears.alone), None)
    return f"Until then {able} is asked." if able else "Until then nobody can be asked."


def _json(bears: _Bears) -> dict[str, Any]:
    cap = bears.cap
    return {
        "barred": [{"model": name, "why": why} for name, why in bears.barred.items()],
        "left_alone": [
            {"model": name, "seconds": round(one.left, 1), "why": one.error.message}
            for name, one in bears.alone.items()
        ],
        "nearest_cap": cap
        and {"setting": cap.setting, "spent_usd": round(cap.used / NANO, 6), "cap_usd": cap.cap},
    }
