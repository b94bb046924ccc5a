"""Where quoted lines stand in a text: as they are, or but for white space at their ends, or but for an
indentation that all of them have changed in the same way."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate

from counterpoint.text import Span

BOM = "\ufeff"
Indents = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Rows:
    """A text as diffs count it: lines end at LF, and at CR only where there is no LF. `rows` lack that end,
    and the byte-order mark, which `lead` has."""

    rows: tuple[str, ...]
    end: str
    lead: str
    ended: bool

    @classmethod
    def of(cls, text: str, *, marked: bool = False) -> Rows:
        """The rows of a text; with `marked` a byte-order mark is part of the first."""
        lead = BOM if text.startswith(BOM) and not marked else ""
        body = text[len(lead) :]
        end = "\r" if "\r" in body and "\n" not in body else "\n"
        rows = body.split(end)
        ended = rows[-1] == ""
        return cls(tuple(rows[:-1] if ended else rows), end, lead, ended)

    @cached_property
    def starts(self) -> tuple[int, ...]:
        """Offset of each row, and of the end of the text."""
        found = list(accumulate((len(row) + 1 for row in self.rows), initial=len(self.lead)))
        if self.rows and not self.ended:
            found[-1] -= 1
        return tuple(found)

    def span(self, first: int, last: int) -> Span:
        """Of the rows from `first` up to but not with `last`, ends included."""
        return Span(self.starts[first], self.starts[last])

    def has_return(self, number: int) -> bool:
        """True if the row next to a place ends in CRLF."""
        return bool(self.rows) and self.rows[max(0, min(number, len(self.rows) - 1))].endswith("\r")


@dataclass(frozen=True, slots=True)
class Match:
    """The row where a quote begins. `indents` maps its indentations to the text's, empty where they agree."""

    first: int
    indents: Indents = ()


def find(rows: Rows, wanted: Sequence[str], *, verbatim: bool = False) -> list[Match]:
    """All places of the lines, by the first of the readings that finds any. Blank lines stand nowhere.

    With `verbatim` a CR at the end of a line counts.
    """
    if not any(line.strip() for line in wanted):
        return []
    bare: Callable[[str], str] = str if verbatim else _bare
    for trim in (bare, _ended):
        if places := _places(rows, wanted, trim):
            return [Match(first) for first in places]
    found = []
    for first in _places(rows, wanted, _inner):
        indents = _indents(wanted, rows.rows[first : first + len(wanted)])
        if indents is not None:
            found.append(Match(first, indents))
    return found


def stands(rows: Rows, wanted: Sequence[str], first: int) -> bool:
    """True if the lines stand right there, line ends aside."""
    there = rows.rows[first : first + len(wanted)] if first >= 0 else ()
    return len(there) == len(wanted) and all(
        _bare(one) == _bare(two) for one, two in zip(there, wanted, strict=True)
    )


def _bare(line: str) -> str:
    return line.removesuffix("\r")


def _ended(line: str) -> str:
    # No other white space: a no-break space in a quote would come along into the file.
    return line.rstrip(" \t\r")


def _inner(line: str) -> str:
    return line.strip(" \t\r")


def _places(rows: Rows, wanted: Sequence[str], trim: Callable[[str], str]) -> list[int]:
    have = [trim(row) for row in rows.rows]
    quote = [trim(line) for line in wanted]
    width = len(quote)
    # The line that says most is looked for first: blank lines and closing brackets stand everywhere.
    anchor = max(range(width), key=lambda number: len(quote[number]))
    found: list[int] = []
    at = -1
    while True:
        try:
            at = have.index(quote[anchor], at + 1)
        except ValueError:
            return found
        first = at - anchor
        if first >= 0 and have[first : first + width] == quote:
            found.append(first)


def _indents(wanted: Sequence[str], have: Sequence[str]) -> Indents | None:
    """What each indentation of the quote is in the text; None if one would be two."""
    pairs: dict[str, str] = {}
    for mine, theirs in zip(wanted, have, strict=True):
        if mine.strip() and pairs.setdefault(indent_of(mine), indent_of(theirs)) != indent_of(theirs):
            return None
    return tuple(sorted(pairs.items(), key=lambda pair: len(pair[0])))


def indent_of(line: str) -> str:
    """The blanks and tabs a line begins with."""
    return line[: len(line) - len(line.lstrip(" \t"))]
