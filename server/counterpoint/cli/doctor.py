"""`counterpoint doctor`: checks the installation; with `--live` the real vendors, with the user's keys."""

from __future__ import annotations

import asyncio
import importlib.metadata
import platform
import shutil
import sys
from collections.abc import AsyncIterator
from datetime import date
from pathlib import Path

import click

from counterpoint import __version__, consent, passes, paths
from counterpoint.cli import render, shapes
from counterpoint.cli.doctor_live import Line, Probe, checks_for
from counterpoint.cli.frame import wait_for
from counterpoint.cli.opened import format_option, opened
from counterpoint.cli.terminal import line, print_json, show, tell
from counterpoint.endpoints import PASSES_ON, VARIABLES, base_url
from counterpoint.engine import new_job
from counterpoint.errors import BudgetExceeded, CounterpointError, NoUsableRole
from counterpoint.ledger import Caps
from counterpoint.models import Model
from counterpoint.providers.addresses import is_loopback_url
from counterpoint.providers.cassette import Recorder, dump
from counterpoint.providers.embedded import embedded_available
from counterpoint.providers.opening import open_recorded
from counterpoint.workspace import Workspace

_OLD_DAYS = 120
_EDITORS = {
    "nvim": "Neovim",
    "code": "VS Code",
    "hx": "Helix",
    "emacs": "Emacs",
    "zed": "Zed",
    "subl": "Sublime Text",
}
_SIGNS = {True: ("ok", "green"), False: ("differs", "red"), None: ("-", "dim")}


@click.command("doctor")
@click.option("--live", is_flag=True, help="Make one tiny call for each feature of the vendors we rely on.")
@click.option(
    "--max-cost", type=float, default=0.10, show_default=True, help="Most that --live may spend, USD."
)
@click.option(
    "--cassette", type=click.Path(path_type=Path), help="Where --live writes its redacted recording."
)
@format_option("text", "json")
def command(live: bool, max_cost: float, cassette: Path | None, form: str) -> int:
    """Check the installation, and with --live what the vendors really do."""
    return wait_for(lambda: _run(live, max_cost, cassette, form))


async def _run(live: bool, max_cost: float, cassette: Path | None, form: str) -> int:
    async with opened() as workspace:
        found = await offline(workspace)
        if form == "text":
            _show(found)
        if live:
            recorder = Recorder()
            async for item in live_lines(workspace, max_cost, recorder):
                found.append(item)
                if form == "text":
                    _show([item])
            await asyncio.to_thread(_keep, recorder, cassette)
    if form == "json":
        rows = [
            {"part": one.vendor, "check": one.feature, "ok": one.ok, "detail": one.detail} for one in found
        ]
        print_json({"schema": shapes.SCHEMA, "checks": rows})
    return 3 if any(one.ok is False for one in found) else 0


async def offline(workspace: Workspace) -> list[Line]:
    """What can be said without asking anyone."""
    lines = [_python(), *_versions(), await _keys(workspace), *_endpoints(workspace), *_rows(workspace)]
    lines.append(await _consent(workspace))
    reason = embedded_available(workspace.settings)
    lines.append(Line("here", "embedded model", None if reason else True, reason or "ready"))
    lines.append(await asyncio.to_thread(_ledger, workspace))
    editors = [title for program, title in _EDITORS.items() if shutil.which(program)]
    lines.append(
        Line("here", "editors", True if editors else None, ", ".join(editors) or "none found on the path")
    )
    for problem in workspace.loaded.problems:
        lines.append(Line("here", "settings", False, str(problem)))
    return [*lines, *await asyncio.to_thread(_passes, workspace)]


def _passes(workspace: Workspace) -> list[Line]:
    """The repository's own passes: what cannot be used, and wording that a model obeys too well."""
    found = passes.known(workspace.project)
    own = [name for name, one in found.passes.items() if one.source]
    said = [Line("here", "passes", True, ", ".join(own))] if own else []
    said += (Line("here", "passes", False, problem) for problem in found.problems)
    return [*said, *(Line("here", "passes", None, notice) for notice in found.notices)]


def _python() -> Line:
    fits = sys.version_info >= (3, 11)
    return Line(
        "here",
        "Python",
        fits,
        f"{platform.python_version()} on {platform.system()}, Counterpoint {__version__}",
    )


def _versions() -> list[Line]:
    found = []
    for name in ("pygls", "openai", "anthropic", "ast-grep-py"):
        try:
            found.append(Line("here", name, True, importlib.metadata.version(name)))
        except importlib.metadata.PackageNotFoundError:
            found.append(Line("here", name, False, "not installed: reinstall with pip install counterpoint"))
    return found


async def _keys(workspace: Workspace) -> Line:
    force, allowed = await workspace.keys.in_force(), workspace.settings.providers.allow
    said = ", ".join(
        (f"{name} from {source}" if source else f"no {name} key")
        + ("" if name in allowed else " (not in providers.allow: never asked)")
        for name, source in force.items()
        if source or name in allowed
    )
    some = any(source for name, source in force.items() if name in allowed)
    fix = "" if some else ". Set one with `counterpoint keys set openai`"
    return Line("here", "keys", True if some else None, said + fix)


def _endpoints(workspace: Workspace) -> list[Line]:
    """Where each vendor is reached, and who said so."""
    found = []
    for name in (name for name in VARIABLES if name in workspace.settings.providers.allow):
        try:
            base = base_url(name, workspace.settings)
        except CounterpointError as error:
            found.append(Line("here", f"endpoint {name}", False, str(error)))
            continue
        said = f"{base.url}, by {base.origin}" if base.url else "the vendor's own"
        if base.url and is_loopback_url(base.url):
            said += f": {PASSES_ON}"
        found.append(Line("here", f"endpoint {name}", True, f"{said}. {base.note}" if base.note else said))
    return found


async def _consent(workspace: Workspace) -> Line:
    """Who may be sent code of this workspace."""
    if workspace.settings.privacy.consent:
        return Line("here", "consent", True, "given for every workspace (privacy.consent)")
    given = await asyncio.to_thread(consent.granted, workspace.root)
    named = ", ".join(sorted(given)) or "nobody yet; asked for before the first call that leaves this machine"
    return Line(
        "here", "consent", True if given else None, f"code of {workspace.root.name} may go to: {named}"
    )


def _rows(workspace: Workspace) -> list[Line]:
    """Model rows whose prices and limits have not been looked at for long."""
    today = date.today()
    old = [
        f"{model.name} ({model.as_of.isoformat()})"
        for model in workspace.catalogue.models.values()
        if (today - model.as_of).days > _OLD_DAYS
    ]
    if not old:
        return [
            Line(
                "here",
                "model rows",
                True,
                f"{len(workspace.catalogue.models)} rows, none older than {_OLD_DAYS} days",
            )
        ]
    return [
        Line(
            "here",
            "model rows",
            None,
            f"older than {_OLD_DAYS} days, prices may have changed: {', '.join(old)}; compare them with the"
            " vendor's, then set prices and as_of of the row under [models] in your own config.toml",
            warns=True,
        )
    ]


def _ledger(workspace: Workspace) -> Line:
    try:
        spent = workspace.ledger.spent_today()
    except CounterpointError as error:
        return Line("here", "ledger", False, str(error))
    cap = workspace.settings.budget.day_usd
    note = f". {workspace.ledger.notice}" if workspace.ledger.notice else ""
    return Line(
        "here",
        "ledger",
        True,
        f"{render.usd(spent)} of {render.usd(cap)} today, in {workspace.ledger.file}{note}",
    )


async def live_lines(workspace: Workspace, max_cost: float, recorder: Recorder) -> AsyncIterator[Line]:
    """The live checks of every vendor with a key. Raises NoUsableRole, and BudgetExceeded before any call."""
    models = await _models(workspace)
    upper = sum(check.upper_usd() for model in models for check in checks_for(model))
    if upper > max_cost:
        raise BudgetExceeded(
            f"The checks could cost up to {render.usd(upper)}, more than --max-cost {max_cost:g}.",
            fix=f"Run it again with --max-cost {upper + 0.005:.2f}.",
        )
    tell(f"{render.count(len(models), 'vendor')}, at most {render.usd(upper)} in all.")
    job, spent = new_job(), 0.0
    budget = workspace.settings.budget
    for model in models:
        endpoint = await workspace.reach.endpoint(model.provider)
        provider = await asyncio.to_thread(open_recorded, endpoint, recorder)
        caps = Caps(budget.day_usd, budget.completions_day_usd)
        probe = Probe(provider, model, workspace.ledger, caps, job)
        try:
            async for item in probe.run():
                yield item
        finally:
            spent += probe.cost_usd
            await provider.close()
    tell(f"Spent {render.usd(spent)}.")


async def _models(workspace: Workspace) -> list[Model]:
    """The first row of each vendor that can be used, for the roles we route to."""
    usable = await workspace.reach.usable() - {"embedded"}
    found: dict[str, Model] = {}
    for role in ("fast", "deep"):
        for model in workspace.catalogue.for_role(role):
            if model.provider in usable and model.provider in workspace.settings.providers.allow:
                found.setdefault(model.provider, model)
    if not found:
        raise NoUsableRole("No vendor has a key.", fix="Set one with `counterpoint keys set openai`.")
    return list(found.values())


def _keep(recorder: Recorder, cassette: Path | None) -> None:
    file = cassette or paths.folders().state / "cassettes" / f"doctor-{date.today().isoformat()}.jsonl"
    text = dump(recorder.recordings())
    if cassette is None:
        paths.write_private(file, text)
    else:
        file.write_text(text, "utf-8")
    tell(f"A recording without keys and texts is in {file}.")


def _show(lines: list[Line]) -> None:
    for item in lines:
        word, style = ("warning", "yellow") if item.warns else _SIGNS[item.ok]
        show([line((f"{word:>8}", style), f"  {item.vendor + ':':<10} {item.feature}: ", item.detail)])
