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
from counterpoint.context.facts import CALLABLES, TYPES, Definition, Facts

_COMMON = 0.25
"""A word that more than this share of the files has says nothing of likeness."""
_ASKED = 60
_FILES = 14
_UNITS = 40
_SAME_NAME = 2.5
_SAME_BASE = 1.5


@dataclass(slots=True)
class Unit:
    """A function of another file with the names it calls, and how like it is to the place of the cursor."""

    path: str
    definition: Definition
    calls: list[str] = field(default_factory=list)
    score: float = 0.0


@dataclass(frozen=True, slots=True)
class Likeness:
    """The files most like the buffer with their weights, which add up to 1, and the functions most like
    the one being written. `votes` are the names those functions call, by how like they are, 0 to 1."""

    files: Mapping[str, float]
    units: Sequence[Unit]
    votes: Mapping[str, float]
    weights: Mapping[str, float]


def likeness(scene: Scene) -> Likeness:
    """Compare the place of the cursor with the files that share rare names with it."""
    weights = _weights(scene)
    files = _files(scene, weights)
    units: list[Unit] = []
    for path, weight in files.items():
        facts = scene.facts_of(path)
        if facts is not None:
            units.extend(_scored(scene, facts, weights, weight))
    units.sort(key=lambda one: (-one.score, one.path, one.definition.first_line))
    units = units[:_UNITS]
    return Likeness(files, units, _votes(units), weights)


def _weights(scene: Scene) -> dict[str, float]:
    """The rarer and the nearer a name of the buffer, the more it says."""
    buffer = scene.buffer
    words = [word for word in buffer.counts if len(word) > 2]
    words.sort(key=buffer.ring)
    total = max(2, len(scene.symbols.paths()))
    frequency = scene.symbols.frequency(words[:400])
    found: dict[str, float] = {}
    for word, files in frequency.items():
        if 2 <= files <= max(3, _COMMON * total):
            found[word] = log(total / files) * (FAR + 1 - buffer.ring(word)) / FAR
    return found


def _files(scene: Scene, weights: Mapping[str, float]) -> dict[str, float]:
    chosen = sorted(weights, key=lambda word: -weights[word])[:_ASKED]
    scores: dict[str, float] = defaultdict(float)
    for word, mentions in scene.symbols.mentions(chosen).items():
        for mention in mentions:
            scores[mention.path] += weights[word]
    scores.pop(scene.path, None)
    for path in scene.symbols.folder(scene.folder):
        if path in scores:
            scores[path] *= 1.3
    likely: list[tuple[float, str]] = []
    for path, score in scores.items():
        if scene.file(path) is not None:
            likely.append((score * (0.4 if scene.test(path) else 1.0), path))
    likely.sort(key=lambda one: (-one[0], one[1]))
    total = sum(score for score, _ in likely[:_FILES]) or 1.0
    return {path: score / total for score, path in likely[:_FILES]}


def _scored(scene: Scene, facts: Facts, weights: Mapping[str, float], file: float) -> list[Unit]:
    buffer = scene.buffer
    name = buffer.function.name if buffer.function else ""
    bases = set(buffer.type.bases) if buffer.type else set()
    kin = (
        {one.name for one in facts.definitions if one.kind in TYPES and bases.intersection(one.bases)}
        if bases
        else set()
    )
    found = _units(facts)
    for unit in found:
        score = sum(weights.get(call, 0.0) for call in set(unit.calls))
        score /= (4 + len(set(unit.calls))) ** 0.5
        if name and unit.definition.name == name:
            score += _SAME_NAME
        if unit.definition.owner in kin:
            score += _SAME_BASE
        unit.score = score * (0.3 + len(found) ** 0 * file * 4)
    return [unit for unit in found if unit.score > 0]


def _units(facts: Facts) -> list[Unit]:
    """The functions of a file with what each calls itself."""
    functions = sorted(
        (one for one in facts.definitions if one.kind in CALLABLES), key=lambda one: one.first_line
    )
    units = [Unit(facts.path, one) for one in functions]
    starts = [one.first_line for one in functions]
    for call in facts.calls:
        at = bisect_right(starts, call.line) - 1
        while at >= 0 and functions[at].last_line < call.line:
            at -= 1
        if at >= 0:
            units[at].calls.append(call.name)
    return [unit for unit in units if unit.calls]


def _votes(units: Sequence[Unit]) -> dict[str, float]:
    """The names called, by the likeness of their callers."""
    votes: dict[str, float] = defaultdict(float)
    total = sum(unit.score for unit in units[:20]) or 1.0
    for unit in units[:20]:
        for call in set(unit.calls):
            votes[call] += unit.score / total
    return votes
