"""The words of a text in the functions of some files: where they stand, how much they tell. Pure."""

from __future__ import annotations

import math
import re
from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from counterpoint.context.clues import Clues
from counterpoint.context.facts import CALLABLES, Definition, Facts
from counterpoint.context.ranking import IDENTIFIER, inverse_frequency, saturated, stem, subwords
from counterpoint.context.symbols import Symbols

_TERMS = 200
_LONGEST = 400
"""Lines longer than this are data."""
_RARE = 6
"""Three words in a row tell a function only if at most so many others have them."""
_PLAIN = re.compile(r"[A-Za-z]+")


class Unit(NamedTuple):
    """A function of a file."""

    path: str
    definition: Definition


@dataclass(frozen=True, slots=True)
class Words:
    """`counts` of the text's terms in each function; `weights` of the terms in the text, `rarity` of them
    among the functions.
    """

    counts: Mapping[Unit, Counter[str]]
    weights: Mapping[str, float]
    rarity: Mapping[str, float]

    def worth(self, term: str) -> float:
        """What it is worth that a function has a term."""
        return self.weights[term] * self.rarity[term]


def words_in_functions(clues: Clues, paths: Iterable[str], symbols: Symbols) -> Words:
    """Look for the text's terms, and parts of names that are terms, in all functions of files."""
    weights = _terms(clues)
    memo: dict[str, tuple[str, ...]] = {}
    counts: dict[Unit, Counter[str]] = {}
    for path in paths:
        facts, lines = symbols.facts(path), symbols.lines(path)
        if facts is None or lines is None:
            continue
        at, terms = _places(lines, weights, memo)
        for one in facts.definitions:
            if one.kind in CALLABLES:
                first, end = bisect_left(at, one.first_line), bisect_right(at, one.last_line)
                counts[Unit(path, one)] = Counter(terms[first:end])
    containing = Counter(term for found in counts.values() for term in found)
    rarity = {term: inverse_frequency(containing[term], max(1, len(counts))) for term in weights}
    return Words(counts, weights, rarity)


def _terms(clues: Clues) -> dict[str, float]:
    """The stems of a text's words and of the parts of its names, with their weights."""
    terms: dict[str, float] = defaultdict(float)
    for word, count in clues.prose.items():
        weight = (1.0 + math.log(count)) * (1.5 if word in clues.title else 1.0)
        terms[stem(word)] = max(terms[stem(word)], weight)
    for name, count in clues.code.items():
        for part in stems_of(name):
            terms[part] = max(terms[part], 1.0 + 0.5 * math.log(count))
    best = sorted(terms, key=lambda term: -terms[term])[:_TERMS]
    return {term: terms[term] for term in best if len(term) > 1}


def stems_of(name: str) -> set[str]:
    """The stems of a name and of its parts."""
    return {stem(name.lower()), *map(stem, subwords(name))}


def _places(
    lines: Sequence[str], terms: Collection[str], memo: dict[str, tuple[str, ...]]
) -> tuple[list[int], list[str]]:
    """The terms on the lines of a file, in order, and the line of each. `memo` keeps the terms of a name."""
    at: list[int] = []
    found: list[str] = []
    for number, line in enumerate(lines):
        if len(line) > _LONGEST:
            continue
        for name in IDENTIFIER.findall(line):
            having = memo.get(name)
            if having is None:
                having = memo[name] = tuple(part for part in stems_of(name) if part in terms)
            for part in having:
                at.append(number)
                found.append(part)
    return at, found


def body_scores(words: Words) -> dict[Unit, float]:
    """BM25 of the functions."""
    lengths = {unit: unit.definition.last_line - unit.definition.first_line + 1 for unit in words.counts}
    average = sum(lengths.values()) / max(1, len(lengths))
    return {
        unit: sum(
            words.worth(term) * saturated(times, lengths[unit], average) for term, times in found.items()
        )
        for unit, found in words.counts.items()
    }


def covered(words: Words) -> dict[Unit, float]:
    """The share of the text's terms that a function has, by their worth."""
    seen = {term for found in words.counts.values() for term in found}
    whole = sum(words.worth(term) for term in seen) or 1.0
    return {unit: sum(map(words.worth, found)) / whole for unit, found in words.counts.items()}


def phrase_scores(clues: Clues, units: Iterable[Unit], symbols: Symbols) -> dict[Unit, float]:
    """Functions that have three words in a row as the text has them: messages, options, comments."""
    having: dict[Unit, frozenset[tuple[str, str, str]]] = {}
    for unit in units:
        lines = symbols.lines(unit.path) or ()
        text = " ".join(lines[unit.definition.first_line : unit.definition.last_line + 1])
        having[unit] = clues.phrases & set(_threes(text))
    among = Counter(three for found in having.values() for three in found)
    return {
        unit: min(1.5, sum(1.0 / among[three] for three in found if among[three] <= _RARE))
        for unit, found in having.items()
    }


def _threes(text: str) -> Iterator[tuple[str, str, str]]:
    words = [word.lower() for word in _PLAIN.findall(text)]
    return zip(words, words[1:], words[2:], strict=False)


def neighbour_scores(
    strong: Sequence[tuple[Unit, float]], units: Iterable[Unit], symbols: Symbols
) -> dict[Unit, float]:
    """Functions that call one of the strong ones or are called by one, each as strong as that."""
    named: dict[str, list[Unit]] = defaultdict(list)
    by_path: dict[str, list[Unit]] = defaultdict(list)
    for unit in units:
        named[unit.definition.name].append(unit)
        by_path[unit.path].append(unit)
    facts = {path: found for path in by_path if (found := symbols.facts(path))}
    scores: dict[Unit, float] = defaultdict(float)
    callers = _callers({unit.definition.name for unit, _ in strong}, facts, by_path)
    for unit, strength in strong:
        called = {call.name for call in facts[unit.path].calls if holds(unit, call.line)}
        near = [(other, len(named[name])) for name in called for other in named.get(name, ())]
        name = unit.definition.name
        near += [(other, len(named[name])) for other in callers.get(name, ())]
        for other, sharing in near:
            if other != unit and sharing <= 3:
                scores[other] = max(scores[other], strength / sharing)
    return dict(scores)


def _callers(
    names: Collection[str], facts: Mapping[str, Facts], by_path: Mapping[str, Sequence[Unit]]
) -> dict[str, list[Unit]]:
    found: dict[str, list[Unit]] = defaultdict(list)
    for path, one in facts.items():
        for call in one.calls:
            if call.name in names:
                found[call.name] += [unit for unit in by_path[path] if holds(unit, call.line)]
    return found


def holds(unit: Unit, line: int) -> bool:
    """True if a line lies in a function."""
    return unit.definition.first_line <= line <= unit.definition.last_line
