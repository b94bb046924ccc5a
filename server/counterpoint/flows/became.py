"""What became of text that was written for a user: as it was, tuned, rewritten, or gone. Pure.

Two texts are compared token by token: a string and a number are one each, spaces and line ends are none, and
what a formatter puts in or takes out by itself changes nothing.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate, pairwise, takewhile
from typing import NamedTuple

from counterpoint.context.lexing import strings_and_comments
from counterpoint.flows.applied import AppliedFile
from counterpoint.ledger_judged import Ending
from counterpoint.reviewing.machine.matching import in_common
from counterpoint.reviewing.machine.tokens import SOFT
from counterpoint.text import Edit

TUNED = 0.1
"""Share of what was written up to which a change tunes it."""

_WORD = re.compile(r"(?P<number>\d[\w.]*)|(?P<name>\w+)|[^\w\s]")
_VALUES = frozenset(("true", "false", "null", "nil", "none", "undefined"))
_PREFIX = re.compile(r"[A-Za-z]{1,2}")
_LONG = re.compile(r"\"{3}|'{3}")
_QUOTES = re.compile(r"[\"'`]+")
_LITERAL = "\0"
"""What a literal of any value is compared as."""


class Token(NamedTuple):
    """A token at its offsets. `form` is what it is, whatever its value; `value` its text."""

    form: str
    value: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Piece:
    """Characters `start` to `end` of the text right after it was written, in place of `old`."""

    start: int
    end: int
    old: str = ""


@dataclass(frozen=True, slots=True)
class Written:
    """What was written into one file: the text right after it, and which pieces of it are ours.

    `after` None: the file was deleted. The pieces are in order. `over` are those of the same text in terms of
    another version that stood there, where this took its place: it is gone where either is there again.
    """

    path: str
    language: str
    after: str | None
    pieces: tuple[Piece, ...]
    over: tuple[Piece, ...] = ()

    @property
    def before(self) -> str:
        """The text that was there before; "" where there was none."""
        parts: list[str] = []
        at, after = 0, self.after or ""
        for one in self.pieces:
            parts += (after[at : one.start], one.old)
            at = one.end
        return "".join((*parts, after[at:]))

    @property
    def starts_before(self) -> tuple[int, ...]:
        """Where each piece's old text began in that."""
        moves = accumulate((len(one.old) - (one.end - one.start) for one in self.pieces), initial=0)
        return tuple(one.start + moved for one, moved in zip(self.pieces, moves, strict=False))

    @classmethod
    def of(cls, file: AppliedFile, language: str) -> Written:
        """What an applied change did to a file, of its edits those that the editor took."""
        after = file.done
        if after is None:
            return cls(file.path, language, None, ())
        if file.before is None:
            return cls(file.path, language, after, (Piece(0, len(after)),))
        pieces = _pieces(file.before, [one.edit for one in file.patches] or file.edits)
        over = file.over if file.over is not None and file.over.after == after else None
        return cls(file.path, language, after, pieces, _pieces(over.before or "", over.edits) if over else ())


def _pieces(before: str, edits: Iterable[Edit]) -> tuple[Piece, ...]:
    """Edits of a text as pieces of the one they lead to."""
    pieces, moved = [], 0
    for edit in sorted(edits, key=lambda one: one.span):
        start = edit.span.start + moved
        end = start + len(edit.new)
        pieces.append(Piece(start, end, before[edit.span.start : edit.span.end]))
        moved += len(edit.new) - (edit.span.end - edit.span.start)
    return tuple(pieces)


@dataclass(frozen=True, slots=True)
class Became:
    """How it ended, and which share of it had become something else, 0 to 1."""

    outcome: Ending
    changed: float


class _Count(NamedTuple):
    """Of one piece: its weight in tokens, how many of them changed, whether it was taken back, and whether
    more than values of literals differs."""

    size: int
    changed: int = 0
    back: bool = False
    form: bool = False


def became(written: Iterable[tuple[Written, str | None]]) -> Became:
    """What became of some files, each with its text now, None where it is gone. Nothing written is kept."""
    counts = [count for one, now in written for count in _either(one, now)]
    changed = sum(one.changed for one in counts)
    if not changed:
        return Became("kept", 0.0)
    if all(one.back for one in counts):
        return Became("undone", 1.0)
    share = min(1.0, changed / sum(one.size for one in counts))
    literals = not any(one.form for one in counts)
    return Became("tuned" if literals or share <= TUNED else "rewritten", share)


def tokens(language: str, text: str) -> tuple[Token, ...]:
    """The tokens of a text that begins in code. A string on one line is one token; comments, and strings
    that documentation is written in, are words."""
    found: list[Token] = []
    at = 0
    for inside, start, end in strings_and_comments(language, text):
        if inside == "comment" or _LONG.match(text, start) or "\n" in text[start:end]:
            continue
        found += _words(text, at, start)
        if found and found[-1].end == start and _PREFIX.fullmatch(found[-1].value):
            start = found.pop().start  # the r of r"..." belongs to it
        found.append(Token(_LITERAL, _QUOTES.sub('"', text[start:end]), start, end))
        at = end
    found += _words(text, at, len(text))
    return tuple(found)


def _words(text: str, start: int, end: int) -> Iterator[Token]:
    for one in _WORD.finditer(text, start, end):
        word = _QUOTES.sub('"', one.group())
        literal = one["number"] is not None or word.lower() in _VALUES
        yield Token(_LITERAL if literal else word, word, one.start(), one.end())


def _either(written: Written, now: str | None) -> list[_Count]:
    """As `_counts`; where it took the place of another version that is there again, all of it is gone."""
    if written.over:
        over = _counts(replace(written, pieces=written.over, over=()), now)
        if all(one.back for one in over):
            return over
    return _counts(written, now)


def _counts(written: Written, now: str | None) -> list[_Count]:
    if written.after is None:
        return [_gone(1) if now is not None else _Count(1)]  # what was to go is there again
    after, before = tokens(written.language, written.after), tokens(written.language, written.before)
    places = [
        (_within(after, one.start, one.end), _within(before, start, start + len(one.old)))
        for one, start in zip(written.pieces, written.starts_before, strict=True)
    ]
    sizes = [max(1, len(new) or len(old)) for new, old in places]
    if now is None or (now != written.after and _line_ends(now) == _line_ends(written.before)):
        return [_gone(size) for size in sizes]
    theirs = tokens(written.language, now)
    if _hard(after) == _hard(theirs):
        return [_Count(size) for size in sizes]
    new_text, old_text = _Compared(after, theirs, now), _Compared(before, theirs, now)
    found = []
    for (new, old), size in zip(places, sizes, strict=True):
        count = new_text.count(new, size)
        gone = new and new_text.is_gone(new)
        back = old and (count.changed or not new) and old_text.is_back(old, new_text.only(new, old_text, old))
        found.append(_gone(size) if gone or back else count)
    return found


def _gone(size: int) -> _Count:
    return _Count(size, size, back=True, form=True)


def _within(some: Sequence[Token], start: int, end: int) -> range:
    """The tokens that characters have a share in."""
    first = bisect_right(some, start, key=lambda one: one.end)
    return range(first, max(first, bisect_left(some, end, key=lambda one: one.start)))


def _line_ends(text: str) -> str:
    return text.replace("\r\n", "\n")


def _hard(some: Iterable[Token]) -> list[str]:
    """The tokens that no formatter puts in or takes out."""
    return [one.value for one in some if one.value not in SOFT]


class _Compared:
    """An earlier text and that of now: `where` gives the place of a token that stands, in whatever value
    where it is a literal."""

    def __init__(self, mine: Sequence[Token], theirs: Sequence[Token], now: str) -> None:
        self._mine, self._theirs, self._now = mine, theirs, now
        same = in_common([one.form for one in mine], [one.form for one in theirs])
        self._where = {one.a + step: one.b + step for one in same for step in range(one.size)}
        self._taken = frozenset(self._where.values())

    def only(self, some: range, other: _Compared, others: range) -> frozenset[str]:
        """What these tokens have and others do not."""
        theirs = {other._mine[at].value for at in others}
        return frozenset(self._mine[at].value for at in some) - theirs

    def is_gone(self, some: range) -> bool:
        """Whether none of these tokens stands, and next to nothing has taken their place."""
        if any(at in self._where for at in some):
            return False
        before, after = self._around(some)
        return before < after and after - before - 1 <= TUNED * len(some)

    def is_back(self, some: range, newer: frozenset[str]) -> bool:
        """Whether these tokens stand in one piece where they stood, and nothing of `newer` on their lines."""
        places = [self._where.get(at, -1) for at in some]
        first, last = places[0], places[-1]
        if first < 0 or places != list(range(first, last + 1)):
            return False
        if any(
            self._mine[at].value != self._theirs[place].value for at, place in zip(some, places, strict=True)
        ):
            return False
        before, after = self._around(some)
        if before + 1 == first and last + 1 == after:
            return True
        there = [
            *takewhile(lambda at: self._line(at, first), range(first - 1, before, -1)),
            *takewhile(lambda at: self._line(last, at), range(last + 1, after)),
        ]
        return newer.isdisjoint(self._theirs[at].value for at in there)

    def _around(self, some: range) -> tuple[int, int]:
        """Where the nearest tokens before and behind these stand."""
        where = self._where
        before = next((where[at] for at in range(some.start - 1, -1, -1) if at in where), -1)
        behind = range(some.stop, len(self._mine))
        return before, next((where[at] for at in behind if at in where), len(self._theirs))

    def count(self, some: range, size: int) -> _Count:
        """How much of these tokens changed. What was put among them counts on their own lines: whole lines in
        between are more text, not other text."""
        standing = [at for at in some if at in self._where]
        values = sum(self._mine[at].value != self._theirs[self._where[at]].value for at in standing)
        missing = len(some) - len(standing)
        added = sum(self._added(one, other) for one, other in pairwise(standing))
        return _Count(size, min(size, values + max(missing, added)), form=bool(missing or added))

    def _added(self, one: int, other: int) -> int:
        """Tokens that came between two standing ones, on the line of either."""
        start, end = self._where[one], self._where[other]
        new = [at for at in range(start + 1, end) if at not in self._taken]
        return sum(self._line(start, at) or self._line(at, end) for at in new)

    def _line(self, one: int, other: int) -> bool:
        """Whether two tokens stand on one line."""
        return "\n" not in self._now[self._theirs[one].end : self._theirs[other].start]
