"""Code of other files that is like the code round the cursor, and what that code uses.

Likeness is counted in names: two functions are alike if they call the same rare names, more so if they
are called alike or belong to types that extend the same one. Nothing is embedded and no text is compared.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import log

from counterpoint.context.completing_buffer import FAR
from counterpoint.context.completing_scene import Scene
from counterpoint.context.facts import Definition
from counterpoint.context.outline import Outline

_COMMON, _MOST = 0.25, 40
"""A word that more than this share of the files has, or more than so many, says nothing of likeness."""
_WORDS, _ASKED = 400, 60
_FILES = 10
_UNITS = 20
_SAME_NAME = 2.5
_SAME_BASE = 1.5


@dataclass(slots=True)
class Unit:
    """A function of another file, and how like it is to the place of the cursor."""

    path: str
    definition: Definition
    score: float


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
        outline = scene.outline(path)
        if outline is not None:
            units.extend(_units(scene, outline, weights, weight))
    units.sort(key=lambda one: (-one.score, one.path, one.definition.first_line))
    units = units[:_UNITS]
    return Likeness(files, units, _votes(scene, units))


def _weights(scene: Scene) -> dict[str, float]:
    """The rarer and the nearer a name of the buffer, the more it says."""
    rings = scene.buffer.rings
    words = [word for word in scene.buffer.counts if len(word) > 2]
    words.sort(key=rings.__getitem__)
    total = max(2, len(scene.symbols.paths()))
    most = max(3, min(_MOST, _COMMON * total))
    found: dict[str, float] = {}
    for word, files in scene.symbols.frequency(words[:_WORDS]).items():
        if 2 <= files <= most:
            found[word] = log(total / files) * (FAR + 1 - rings[word]) / FAR
    return found


def _files(scene: Scene, weights: Mapping[str, float]) -> dict[str, float]:
    chosen = sorted(weights, key=weights.__getitem__, reverse=True)[:_ASKED]
    scores: defaultdict[str, float] = defaultdict(float)
    for word, paths in scene.symbols.files(chosen).items():
        weight = weights[word]
        for path in paths:
            scores[path] += weight
    scores.pop(scene.path, None)
    for path in scene.symbols.folder(scene.folder):
        if path in scores:
            scores[path] *= 1.3
    test = scene.test
    likely = [(score * (0.4 if test(path) else 1.0), path) for path, score in scores.items()]
    likely.sort(key=lambda one: (-one[0], one[1]))
    nearest: dict[str, float] = {}
    for score, path in likely:
        if scene.file(path) is not None:
            nearest[path] = score
            if len(nearest) == _FILES:
                break
    total = sum(nearest.values()) or 1.0
    return {path: score / total for path, score in nearest.items()}


def _units(scene: Scene, outline: Outline, weights: Mapping[str, float], file: float) -> list[Unit]:
    """The functions of a file that call what the buffer names, are called alike, or have kin types."""
    buffer, callers = scene.buffer, outline.callers
    scores: defaultdict[int, float] = defaultdict(float)
    for called in filter(callers.__contains__, weights):
        for at in callers[called]:
            scores[at] += weights[called]
    name = buffer.function.name if buffer.function else ""
    kin, functions = _kin(outline, buffer.type), outline.functions
    wanted = {*scores, *outline.named.get(name, ())}
    if kin:
        wanted.update([at for at, one in enumerate(functions) if one.owner in kin])
    found = []
    for at in sorted(wanted):
        one = functions[at]
        score = scores.get(at, 0.0) / (4 + (one.last_line - one.first_line) / 2) ** 0.5
        score += _SAME_NAME * (one.name == name) + _SAME_BASE * (one.owner in kin)
        found.append(Unit(outline.facts.path, one, score * (0.3 + 4 * file)))
    return found


def _kin(outline: Outline, own: Definition | None) -> set[str]:
    """Types of a file that extend what the type round the cursor extends."""
    if own is None or not own.bases:
        return set()
    bases = set(own.bases)
    return {one.name for one in outline.extending if not bases.isdisjoint(one.bases)}


def _votes(scene: Scene, units: Sequence[Unit]) -> dict[str, float]:
    """The names called, by the likeness of their callers."""
    votes: defaultdict[str, float] = defaultdict(float)
    total = sum([unit.score for unit in units]) or 1.0
    for unit in units:
        outline, one = scene.outline(unit.path), unit.definition
        for call in outline.called_in(one.first_line, one.last_line) if outline else ():
            votes[call] += unit.score / total
    return dict(votes)
