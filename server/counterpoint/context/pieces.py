"""Which lines of a file to show: those round the words that matter, small first, then more. Pure."""

from __future__ import annotations

import math
import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import accumulate

from counterpoint.context.facts import CALLABLES, TYPES, Definition, Facts
from counterpoint.context.snippet import Snippet

_WORDS = 40
"""So many of the heaviest words are looked for in a file."""
_BEFORE, _AFTER = 2, 6
_HEAD = 4
"""A window that begins so many lines under a definition's first begins there instead."""
_LONGEST = 400
"""Characters of a line that are shown; a longer line ends the piece before it."""


Hit = tuple[int, float, str]
"""A line, 0-based, what it is worth, and the word found on it."""


@dataclass(slots=True)
class Piece:
    """Lines `first` .. `last`, 0-based and inclusive, and the heaviest word that they were chosen for."""

    first: int
    last: int
    word: str = ""


@dataclass(frozen=True, slots=True)
class Shown:
    """A file's lines and hits, by line, and which of its lines have been given out."""

    facts: Facts
    lines: Sequence[str]
    hits: tuple[Hit, ...]
    taken: list[tuple[int, int]] = field(default_factory=list)

    def free(self, line: int) -> bool:
        """True for a line that is in no piece yet."""
        return 0 <= line < len(self.lines) and not any(a <= line <= b for a, b in self.taken)


def looked_through(
    facts: Facts, lines: Sequence[str], weights: Mapping[str, float], places: Iterable[Hit] = ()
) -> Shown:
    """Find the words in a file. Imports count little, definitions and calls more than other lines.

    `places` are hits known beforehand.
    """
    heaviest = sorted(weights, key=lambda word: -weights[word])[:_WORDS]
    hits = [hit for hit in places if hit[0] < len(lines)]
    if not heaviest:
        return Shown(facts, lines, tuple(hits))
    pattern = re.compile(r"(?<![\w$])(?:" + "|".join(map(re.escape, heaviest)) + r")(?![\w$])")
    starts = [0, *accumulate(len(line) + 1 for line in lines)]
    imports = {one.line for one in facts.imports}
    called = {(one.line, one.name) for one in facts.calls}
    defined = {(one.name_line, one.name) for one in facts.definitions}
    for match in pattern.finditer("\n".join(lines)):
        word, line = match[0], bisect_right(starts, match.start()) - 1
        factor = 0.1 if line in imports else 1.0
        factor *= 2.0 if (line, word) in called or (line, word) in defined else 1.0
        hits.append((line, weights[word] * factor, word))
    return Shown(facts, lines, tuple(sorted(hits)))


def best_piece(shown: Shown, characters: int) -> Piece | None:
    """The best lines not given out yet, of so many characters at most; the file's head where nothing hits."""
    best: tuple[float, int, str] | None = None
    hits = [hit for hit in shown.hits if shown.free(hit[0])]
    for number, (line, _, _) in enumerate(hits):
        heaviest: dict[str, float] = {}
        for other, weight, word in hits[number:]:
            if other > line + _AFTER:
                break
            heaviest[word] = max(weight, heaviest.get(word, 0.0))
        score = sum(heaviest.values())
        if best is None or score > best[0] * 1.001:
            best = (score, line, max(heaviest, key=lambda word: heaviest[word]))
    if best is None:
        return _head(shown, characters) if not shown.taken else None
    first = _start(shown, best[1])
    return _grown(shown, Piece(first, max(first, best[1]), best[2]), best[1] + _AFTER, characters)


def whole_definition(shown: Shown, piece: Piece, characters: int) -> Iterator[Piece]:
    """The rest of the innermost function round a piece, before and after it, if that is not too long."""
    around = enclosing(shown.facts, piece.first, CALLABLES) or enclosing(shown.facts, piece.first, TYPES)
    if around is None:
        return
    for first, last in ((around.first_line, piece.first - 1), (piece.last + 1, around.last_line)):
        if first <= last and shown.free(first):
            grown = _grown(shown, Piece(first, first, piece.word), last, characters)
            if grown is not None:
                yield grown


def enclosing(facts: Facts, line: int, kinds: Iterable[str]) -> Definition | None:
    """The innermost definition of some kinds that holds a line."""
    wanted = frozenset(kinds)
    holding = [d for d in facts.definitions if d.first_line <= line <= d.last_line and d.kind in wanted]
    return max(holding, key=lambda d: d.first_line, default=None)


def snippet(shown: Shown, piece: Piece, why: str, characters_per_token: float) -> Snippet:
    """Give a piece out: its lines are taken from then on."""
    shown.taken.append((piece.first, piece.last))
    text = "\n".join(shown.lines[piece.first : piece.last + 1])
    tokens = math.ceil(len(text) / characters_per_token)
    return Snippet(shown.facts.path, piece.first + 1, piece.last + 1, text, why, tokens)


def _start(shown: Shown, line: int) -> int:
    """Where a piece for a line begins: at the definition's head if that is near, else two lines above."""
    around = enclosing(shown.facts, line, CALLABLES | TYPES)
    first = max(0, line - _BEFORE)
    if around is not None:
        first = around.first_line if line - around.first_line <= _HEAD else max(first, around.first_line)
    while first < line and (not shown.free(first) or not shown.lines[first].strip()):
        first += 1
    return first


def _head(shown: Shown, characters: int) -> Piece | None:
    """The first definition's head: what a file with no word of the change is at least called."""
    kinds = CALLABLES | TYPES
    first = min((d.first_line for d in shown.facts.definitions if d.kind in kinds), default=0)
    return _grown(shown, Piece(first, first), first + _AFTER, characters)


def _grown(shown: Shown, piece: Piece, last: int, characters: int) -> Piece | None:
    """Lengthen a piece downwards while lines are free and the characters last."""
    limit = min(last, len(shown.lines) - 1)
    used, end = 0, piece.first - 1
    for line in range(piece.first, limit + 1):
        used += len(shown.lines[line]) + 1
        if (
            not shown.free(line)
            or len(shown.lines[line]) > _LONGEST
            or (used > characters and end >= piece.first)
        ):
            break
        end = line
        if used > characters:
            break
    while end > piece.first and not shown.lines[end].strip():
        end -= 1
    if end < piece.first or not any(shown.lines[n].strip() for n in range(piece.first, end + 1)):
        return None
    return Piece(piece.first, end, piece.word)
