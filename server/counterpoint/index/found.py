"""What the store found, put into words when it is looked at: how much there is costs nothing.

Everything is ordered by path, so that an index that grew answers as one that was built at once.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Mapping, Sequence
from itertools import accumulate
from typing import overload

from counterpoint.context.rows import definition_of
from counterpoint.context.symbols import Mention, Place
from counterpoint.index.reading import CALLED, DEFINED, MOST


class Mentions(Sequence[Mention]):
    """Where a word stands. `names` are paths by file id."""

    def __init__(self, entries: array[int], names: Mapping[int, str]) -> None:
        self._entries = entries
        self._names = names
        self._sorted: list[int] | None = None

    def __len__(self) -> int:
        return len(self._entries)

    @overload
    def __getitem__(self, at: int) -> Mention: ...

    @overload
    def __getitem__(self, at: slice) -> Sequence[Mention]: ...

    def __getitem__(self, at: int | slice) -> Mention | Sequence[Mention]:
        if isinstance(at, slice):
            return [self._of(value) for value in self._ordered()[at]]
        return self._of(self._ordered()[at])

    def __iter__(self) -> Iterator[Mention]:
        return map(self._of, self._ordered())

    def _ordered(self) -> list[int]:
        if self._sorted is None:
            self._sorted = sorted(self._entries, key=lambda value: self._names[value >> 8])
        return self._sorted

    def _of(self, value: int) -> Mention:
        return Mention(self._names[value >> 8], value & MOST, bool(value & CALLED), bool(value & DEFINED))


class Lines(Sequence[str]):
    """The lines of a text whose lines end at LF only, without their ends. Takes little more room than the
    text, of which few lines are ever asked for."""

    __slots__ = ("_ends", "_text")

    def __init__(self, text: str) -> None:
        self._text = text.removesuffix("\n")
        self._ends = array("I", accumulate(map(len, self._text.split("\n"))) if text else ())

    @property
    def size(self) -> int:
        """Bytes, about."""
        return len(self._text) + 4 * len(self._ends)

    def __len__(self) -> int:
        return len(self._ends)

    @overload
    def __getitem__(self, at: int) -> str: ...

    @overload
    def __getitem__(self, at: slice) -> Sequence[str]: ...

    def __getitem__(self, at: int | slice) -> str | Sequence[str]:
        if isinstance(at, slice):
            first, last, step = at.indices(len(self._ends))
            if step == 1 and first < last:
                return self._between(first, last - 1).split("\n")
            return [self._between(number, number) for number in range(first, last, step)]
        return self._between(at, at) if at >= 0 else self[range(len(self._ends))[at]]

    def _between(self, first: int, last: int) -> str:
        """The text from a line to another."""
        ends = self._ends
        start = ends[first - 1] + first if first else 0
        return self._text[start : ends[last] + last]

    def __iter__(self) -> Iterator[str]:
        return iter(self._text.split("\n") if self._ends else ())

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and list(self) == list(other)

    __hash__ = None  # type: ignore[assignment]


class Places(Sequence[Place]):
    """Where a name is defined. `lines` are those of `postings.Bucket.definitions`."""

    def __init__(self, lines: list[str], names: Mapping[int, str]) -> None:
        self._lines = lines
        self._names = names
        self._sorted: list[tuple[str, int, str]] | None = None
        self._made: tuple[Place, ...] | None = None

    def __len__(self) -> int:
        return len(self._lines)

    @overload
    def __getitem__(self, at: int) -> Place: ...

    @overload
    def __getitem__(self, at: slice) -> Sequence[Place]: ...

    def __getitem__(self, at: int | slice) -> Place | Sequence[Place]:
        if self._made is not None:
            return self._made[at]
        if isinstance(at, slice):
            return [_place(row) for row in self._ordered()[at]]
        return _place(self._ordered()[at])

    def __iter__(self) -> Iterator[Place]:
        if self._made is None:
            self._made = tuple(map(_place, self._ordered()))
        return iter(self._made)

    def _ordered(self) -> list[tuple[str, int, str]]:
        if self._sorted is None:
            parts = (line.split("\t", 3) for line in self._lines)
            found = [
                (self._names[int(number)], int(at), f"{name}\t{rest}") for name, number, at, rest in parts
            ]
            self._sorted = sorted(found) if len(found) > 1 else found
        return self._sorted


def _place(row: tuple[str, int, str]) -> Place:
    path, number, line = row
    return Place(path, number, definition_of(line))
