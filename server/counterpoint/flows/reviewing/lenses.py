"""What is looked for in each unit: an own pass that nobody who could be asked may see is left out."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import PurePosixPath

from counterpoint.errors import NoUsableRole
from counterpoint.flows.reviewing.run import Run
from counterpoint.passes import sources, without
from counterpoint.reviewing.unit import Unit
from counterpoint.tasks import REVIEW

_NAMED = 3


async def lenses_of(run: Run, units: Sequence[Unit]) -> dict[int, str]:
    """The lens of each unit by identity, where it is not that of the options; what is left out is noted.

    Where nothing else would be left to look for, the whole lens stays, so that asking says why it is refused.
    """
    lens = run.options.lens
    if not run.engine.settings.providers.paths or not sources(lens):
        return {}
    asked = {writer: await _vendors(run, writer) for writer in ("", *run.writers.values())}
    cases = {(unit.path, run.writers.get(id(unit), "")): unit for unit in units}
    held = {case: await asyncio.to_thread(_held, run, case[0], asked[case[1]]) for case in cases}
    shorter = {case: without(lens, [_name(source) for source in some]) for case, some in held.items() if some}
    found = {}
    for unit in units:
        if left := shorter.get((unit.path, run.writers.get(id(unit), ""))):
            found[id(unit)] = left
    _note(run, {case: held[case] for case, left in shorter.items() if left})
    return found


async def _vendors(run: Run, writer: str) -> tuple[str, ...]:
    """Who would be asked, in order; nobody where no model can be used."""
    try:
        found = await run.engine.route(replace(REVIEW, written_by=writer))
    except NoUsableRole:
        return ()
    return tuple(dict.fromkeys(one.model.provider for one in found.candidates))


def _held(run: Run, path: str, vendors: Iterable[str]) -> Mapping[str, str]:
    """The own passes that none of those may see who may see a file and the passes before, with the reason.
    Reads files."""
    barred = run.engine.ports.barred
    may = [who for who in vendors if not barred(path, who)]
    held = {}
    for source in sources(run.options.lens) if may else ():
        whys = {who: barred(source, who) for who in may}
        left = [who for who in may if not whys[who]]
        if left:
            may = left
        else:
            held[source] = whys[may[0]] or ""
    return held


def _name(source: str) -> str:
    return PurePosixPath(source).stem


def _note(run: Run, held: Mapping[tuple[str, str], Mapping[str, str]]) -> None:
    """Say once of each pass what is reviewed without it."""
    paths: dict[tuple[str, str], list[str]] = {}
    for (path, _), whys in held.items():
        for said in whys.items():
            paths.setdefault(said, []).append(path)
    for (source, why), some in paths.items():
        names = list(dict.fromkeys(some))
        more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
        run.skipped.append((source, f"{why}: {', '.join(names[:_NAMED])}{more} reviewed without it"))
