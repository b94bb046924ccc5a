"""Which functions a text speaks of: a sum of weighted evidence for each one of the likeliest files. Pure.

The weights were fitted on issues and changelog entries of several repositories with the functions that were
changed for them, and moved little from one set of repositories to another. Those of `frame`, `exact` and
`aside` are set by hand: such texts have too few traces and questions by name to tell.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from counterpoint.context.clues import Clues
from counterpoint.context.facts import Definition
from counterpoint.context.kin import is_aside
from counterpoint.context.locating_files import FileEvidence, same_file
from counterpoint.context.locating_words import (
    Unit,
    Words,
    body_scores,
    covered,
    holds,
    neighbour_scores,
    phrase_scores,
    words_in_functions,
)
from counterpoint.context.ranking import best_first, inverse_frequency, scaled, stem, subwords
from counterpoint.context.symbols import Place, Symbols

_FILES = 80
_STRONG = 60
_PHRASED = 200
_TRACED = 6.0


class Evidence(NamedTuple):
    """What speaks for a function, each about 0..1; the defaults are the weights. From `code` on it is what
    speaks for its file.
    """

    body: float = 3.5
    best: float = 0.15
    name: float = 1.05
    title: float = 0.2
    exact: float = 0.5
    owner: float = 0.65
    cover: float = 1.5
    phrase: float = 0.8
    neighbour: float = 1.4
    frame: float = 3.0
    length: float = 1.0
    code: float = 1.9
    prose: float = 1.4
    defines: float = 0.6
    path: float = 1.6
    named: float = 0.65
    aside: float = -0.5


WEIGHTS = Evidence()
_REASONS: Mapping[str, tuple[str, float]] = {
    "frame": ("in the stack trace", 0.0),
    "exact": ("named in the text", 0.0),
    "phrase": ("has words of the text in a row", 0.3),
    "name": ("its name has words of the text", 0.5),
    "body": ("its lines have words of the text", 0.4),
    "owner": ("its type is named in the text", 0.0),
    "named": ("its file is named in the text", 0.5),
    "neighbour": ("calls or is called by a likely function", 0.4),
}
"""By field, what it means and above which value it is worth telling; the first that hold are told."""
_TOLD = 2


@dataclass(frozen=True, slots=True)
class Ranked:
    """A function with its score and the reasons for it."""

    path: str
    definition: Definition
    score: float
    why: str


@dataclass(frozen=True, slots=True)
class _Found:
    """What was found of each function, before it is put together."""

    words: Words
    body: Mapping[Unit, float]
    ranks: Mapping[Unit, int]
    cover: Mapping[Unit, float]
    phrase: Mapping[Unit, float]
    neighbour: Mapping[Unit, float]
    frame: Mapping[Unit, float]
    defined: Mapping[str, Sequence[Place]]


def ranked_functions(clues: Clues, files: FileEvidence, symbols: Symbols) -> tuple[Ranked, ...]:
    """Functions of the likeliest files, best first."""
    found = _found(clues, files, symbols)
    title = {stem(word) for word in clues.title}
    ranked = []
    for unit in found.words.counts:
        evidence = _evidence(unit, clues, title, files, found)
        score = sum(weight * value for weight, value in zip(WEIGHTS, evidence, strict=True))
        ranked.append(Ranked(unit.path, unit.definition, score, _why(evidence)))
    return tuple(sorted(ranked, key=lambda one: -one.score))


def _found(clues: Clues, files: FileEvidence, symbols: Symbols) -> _Found:
    words = words_in_functions(clues, files.best_first(symbols.paths())[:_FILES], symbols)
    body = scaled(body_scores(words))
    order = best_first(body)
    return _Found(
        words,
        body,
        {unit: rank for rank, unit in enumerate(order)},
        covered(words),
        phrase_scores(clues, order[:_PHRASED], symbols),
        neighbour_scores([(unit, body[unit]) for unit in order[:_STRONG]], words.counts, symbols),
        _framed(clues, words.counts),
        symbols.defined(clues.code),
    )


def _evidence(unit: Unit, clues: Clues, title: set[str], files: FileEvidence, found: _Found) -> Evidence:
    definition = unit.definition
    name, owner = definition.name, definition.owner.rpartition(".")[2]
    share, worth, titled = _name_shares(name, title, found.words)
    told = clues.code.get(name, 0) if len(name) > 2 else 0
    return Evidence(
        body=found.body[unit],
        best=1.0 / (1.0 + found.ranks[unit]),
        name=share * min(1.0, worth / 4.0),
        title=titled,
        exact=min(1.5, (1.0 + math.log(told)) / len(found.defined.get(name, "-"))) if told else 0.0,
        owner=1.0 / len(found.defined.get(owner, "-")) if owner in clues.code else 0.0,
        cover=found.cover[unit],
        phrase=found.phrase.get(unit, 0.0),
        neighbour=found.neighbour.get(unit, 0.0),
        frame=found.frame.get(unit, 0.0),
        length=math.log(definition.last_line - definition.first_line + 1) / 5.0,
        **files.of(unit.path),
        aside=float(is_aside(unit.path)),
    )


def _name_shares(name: str, title: set[str], words: Words) -> tuple[float, float, float]:
    """Of the parts of a name: the share that the text has, what that is worth, the share in its title."""
    parts = [stem(part) for part in subwords(name)]
    total = len(words.counts)
    rarity = {part: words.rarity.get(part, inverse_frequency(1, total)) for part in parts}
    whole = sum(rarity.values()) or 1.0
    had = sum(rarity[part] for part in parts if part in words.rarity)
    return had / whole, had, sum(rarity[part] for part in parts if part in title) / whole


def _framed(clues: Clues, units: Mapping[Unit, object]) -> dict[Unit, float]:
    """Functions in a stack trace, the innermost most: 1, or more where the text is nothing but the trace."""
    found: dict[Unit, float] = {}
    most = _TRACED if clues.traced else 1.0
    for frame in clues.frames:
        written = "/" + frame.path.lstrip("./")
        own = [unit for unit in units if same_file("/" + unit.path, written)]
        function = frame.function.rpartition(".")[2]
        same = [unit for unit in own if unit.definition.name == function]
        inside = [unit for unit in own if holds(unit, frame.line)]
        # The trace may be of another version of the file: then the name is right and the line is not.
        likely = [unit for unit in inside if unit in same] or same or inside
        if likely:
            unit = max(likely, key=lambda one: one.definition.first_line)
            found.setdefault(unit, most / (1.0 + 0.5 * len(found)))
    return found


def _why(evidence: Evidence) -> str:
    values = evidence._asdict()
    told = [reason for name, (reason, least) in _REASONS.items() if values[name] > least]
    return "; ".join(told[:_TOLD]) or "in a file that the text's words point to"
