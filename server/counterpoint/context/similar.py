"""Code of other files that is like the code round the cursor, and what that code uses.

Likeness is counted in names: two functions are alike if they call the same rare names, more so if they
are called alike or belong to types that extend the same one. Nothing is embedded and no text is compared.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import log

from counterpoint.context.completing_buffer import FAR
from counterpoint.context.completing_scene import Scene
from counterpoint.context.facts import CALLABLES, Definition, Facts

_COMMON, _MOST = 0.25, 40
"""A word that more than this share of the files has, or more than so many, says nothing of likeness."""
_ASKED = 60
_FILES = 10
_UNITS = 20
_SAME_NAME = 2.5
_SAME_BASE = 1.5


@dataclass(slots=True)
class Unit:
    """A function of another file with the names it calls, and how like it is to the place of the cursor."""

    path: str
    definition: Definition
    score: float
    calls: set[str] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class Likeness:
    """The files most like the buffer with their weights, which add up to 1, and the functions most like
    the one being written. `votes` are the names those functions call, by how like they are, 0 to 1."""

    files: Mapping[str, float]
    units: Sequence[Unit]
    votes: Mapping[str, float]


def likeness(scene: Scene) -> Likeness:
    """Compare the place of the cursor with the files that share rare names with it."""
    weights = _weights(scene)
    files = _files(scene, weights)
    units: list[Unit] = []
    for path, weight in files.items():
        facts = scene.facts_of(path)
        if facts is not None:
            units.extend(_units(scene, facts, weights, weight))
    units.sort(key=lambda one: (-one.score, one.path, one.definition.first_line))
    units = units[:_UNITS]
    _fill(scene, units)
    return Likeness(files, units, _votes(units))


def _weights(scene: Scene) -> dict[str, float]:
    """The rarer and the nearer a name of the buffer, the more it says."""
    buffer = scene.buffer
    words = [word for word in buffer.counts if len(word) > 2]
    words.sort(key=buffer.ring)
    total = max(2, len(scene.symbols.paths()))
    most = max(3, min(_MOST, _COMMON * total))
    found: dict[str, float] = {}
    for word, files in scene.symbols.frequency(words[:400]).items():
        if 2 <= files <= most:
            found[word] = log(total / files) * (FAR + 1 - buffer.ring(word)) / FAR
    return found


def _files(scene: Scene, weights: Mapping[str, float]) -> dict[str, float]:
    chosen = sorted(weights, key=lambda word: -weights[word])[:_ASKED]
    scores: dict[str, float] = defaultdict(float)
    for word, mentions in scene.symbols.mentions(chosen).items():
        weight = weights[word]
        for mention in mentions:
            scores[mention.path] += weight
    scores.pop(scene.path, None)
    for path in scene.symbols.folder(scene.folder):
        if path in scores:
            scores[path] *= 1.3
    likely = [
        (score * (0.4 if scene.test(path) else 1.0), path)
        for path, score in scores.items()
        if scene.file(path) is not None
    ]
    likely.sort(key=lambda one: (-one[0], one[1]))
    total = sum([score for score, _ in likely[:_FILES]]) or 1.0
    return {path: score / total for score, path in likely[:_FILES]}


def _units(scene: Scene, facts: Facts, weights: Mapping[str, float], file: float) -> list[Unit]:
    """The functions of a file that call what the buffer names, are called alike, or have kin types."""
    buffer = scene.buffer
    functions = [one for one in facts.definitions if one.kind in CALLABLES]  # they come by line
    starts = [one.first_line for one in functions]
    scores: dict[int, dict[str, float]] = {}
    for call in facts.calls:
        if call.name in weights:
            at = bisect_right(starts, call.line) - 1
            while at >= 0 and functions[at].last_line < call.line:
                at -= 1
            if at >= 0:
                scores.setdefault(at, {})[call.name] = weights[call.name]
    name = buffer.function.name if buffer.function else ""
    kin = _kin(facts, buffer.type)
    found = []
    for at, one in enumerate(functions):
        if at not in scores and one.name != name and one.owner not in kin:
            continue
        score = sum(scores[at].values()) if at in scores else 0.0
        score /= (4 + (one.last_line - one.first_line) / 2) ** 0.5
        score += _SAME_NAME * (one.name == name) + _SAME_BASE * (one.owner in kin)
        found.append(Unit(facts.path, one, score * (0.3 + 4 * file)))
    return found


def _kin(facts: Facts, own: Definition | None) -> set[str]:
    """Types of a file that extend what the type round the cursor extends."""
    if own is None or not own.bases:
        return set()
    return {one.name for one in facts.definitions if one.bases and not set(own.bases).isdisjoint(one.bases)}


def _fill(scene: Scene, units: Sequence[Unit]) -> None:
    """What each unit calls, read once a file."""
    by_path: dict[str, list[Unit]] = defaultdict(list)
    for unit in units:
        by_path[unit.path].append(unit)
    for path, those in by_path.items():
        spans = [(unit.definition.first_line, unit.definition.last_line, unit.calls) for unit in those]
        facts = scene.facts_of(path)
        for call in facts.calls if facts else ():
            for first, last, calls in spans:
                if first <= call.line <= last:
                    calls.add(call.name)


def _votes(units: Sequence[Unit]) -> dict[str, float]:
    """The names called, by the likeness of their callers."""
    votes: dict[str, float] = defaultdict(float)
    total = sum([unit.score for unit in units]) or 1.0
    for unit in units:
        for call in unit.calls:
            votes[call] += unit.score / total
    return votes
