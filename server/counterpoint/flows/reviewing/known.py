"""The stage that costs nothing: units whose verdict was bought earlier."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from counterpoint.answers import Finding
from counterpoint.errors import ConfigError, NoUsableRole
from counterpoint.flows.reviewing.lenses import lenses_of
from counterpoint.flows.reviewing.run import Run
from counterpoint.flows.reviewing.values import Known, Read
from counterpoint.flows.reviewing.writers import writers_of
from counterpoint.prompt import lenses, prompt_text
from counterpoint.reviewing.keys import Keys, Reading, keys_of
from counterpoint.reviewing.unit import Unit
from counterpoint.routing import route
from counterpoint.tasks import REVIEW


@dataclass
class Recalled:
    """Units that are missing, and of those that are known their verdicts. Units are named by identity.

    `partial` are findings of an answer that was cut off: its unit is missing all the same.
    """

    keys: dict[int, Keys]
    missing: list[Unit] = field(default_factory=list)
    known: list[tuple[Unit, Known]] = field(default_factory=list)
    partial: dict[int, tuple[Finding, ...]] = field(default_factory=dict)
    drafts: dict[int, tuple[Finding, ...]] = field(default_factory=dict)
    """What the fast role drafted, of units that the deep role has not answered for."""
    brief: dict[int, tuple[Finding, ...]] = field(default_factory=dict)
    """What was found with little context, of units that nobody has looked at with all of it."""


async def recall(run: Run, units: Sequence[Unit]) -> Recalled:
    """Part the units into those that were bought and those that are missing."""
    run.writers = await writers_of(run, units)
    run.lenses = await lenses_of(run, units)
    ways = [(run.writers.get(id(unit), ""), run.lenses.get(id(unit), run.options.lens)) for unit in units]
    readings = {way: await _reading(run, *way) for way in dict.fromkeys(ways)}
    read_as = [readings[way] for way in ways]
    found = Recalled(await asyncio.to_thread(_keys, units, read_as))
    held: Mapping[str, Known] = {}
    store = run.tools.store
    if store is not None and not run.options.anew:
        wanted: dict[str, Unit] = {}
        for unit in units:
            keys = found.keys[id(unit)]
            wanted |= dict.fromkeys((keys.exact, keys.anywhere, keys.drafts, keys.brief), unit)
        try:
            held = await asyncio.to_thread(store.known, wanted, run.read)
        except ConfigError as error:
            run.failed("known", error, "")
    moved = await asyncio.to_thread(_moved, units, found.keys, held, run.read)
    for unit in units:
        known = held.get(found.keys[id(unit)].exact) or moved.get(id(unit))
        if known is not None and not _holds(unit, known):
            known = None
        if known is not None and known.whole:
            found.known.append((unit, known))
            continue
        found.missing.append(unit)
        if known is not None:
            found.partial[id(unit)] = known.findings
        drafts = held.get(found.keys[id(unit)].drafts)
        if drafts is not None:
            found.drafts[id(unit)] = drafts.findings
        brief = held.get(found.keys[id(unit)].brief)
        if brief is not None and brief.whole and _holds(unit, brief):
            found.brief[id(unit)] = brief.findings
    return found


def _holds(unit: Unit, known: Known) -> bool:
    """Whether the contracts of other files are what they were, as far as they were known then and are now."""
    if unit.because and unit.because not in known.relied:
        return False
    return all(known.relied.get(name, contract) == contract for name, contract in unit.beyond)


async def _reading(run: Run, writer: str, looked_for: str) -> Reading:
    """How units that a model or people wrote would be read now, with a lens. Where no model can be used it is
    the model of choice: what it said before is known all the same."""
    engine, options, task = run.engine, run.options, replace(REVIEW, written_by=writer)
    try:
        candidate = (await engine.route(task)).first
    except NoUsableRole:
        try:
            candidate = route(task, engine.catalogue, engine.settings, engine.catalogue.providers).first
        except NoUsableRole:
            return Reading("", options.passes, "", "", "")
    words = await asyncio.to_thread(prompt_text, REVIEW.name)
    lens = looked_for or await asyncio.to_thread(lenses, options.passes)
    strategy = options.strategy or engine.settings.review.strategy
    return Reading(f"{words}\0{lens}", options.passes, candidate.model.name, candidate.effort or "", strategy)


def _keys(units: Sequence[Unit], readings: Sequence[Reading]) -> dict[int, Keys]:
    seen: Counter[tuple[str, str, str]] = Counter()
    keys = {}
    for unit, reading in zip(units, readings, strict=True):
        like = (unit.path, unit.block.name, unit.block.digest)
        keys[id(unit)] = keys_of(unit, reading, seen[like])
        seen[like] += 1
    return keys


def _moved(
    units: Iterable[Unit], keys: Mapping[int, Keys], held: Mapping[str, Known], read: Read
) -> dict[int, Known]:
    """Units of code that came from another file, which has it no longer. Reads files."""
    found = {}
    for unit in units:
        mine = keys[id(unit)]
        known = held.get(mine.anywhere)
        if mine.exact in held or known is None or known.path == unit.path:
            continue
        origin = read(known.path)
        name = unit.block.name.rpartition(".")[2]
        if origin is None or (name and name not in origin.text):
            found[id(unit)] = known
    return found
