"""Which units are asked about together: those of one file, in clusters that one prompt holds. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from counterpoint.context.windows import LONGEST_LINE
from counterpoint.reviewing.unit import WRITTEN, Unit
from counterpoint.settings import Settings
from counterpoint.text import Document, Span

NOBODY: Mapping[int, str] = MappingProxyType({})
"""No model wrote anything."""
_GUTTER = 8
"""Characters that the number before a line takes."""
_MINIFIED_MEAN, _MINIFIED_LEAST = 300, 10_000
_MOSTLY = 0.8
_LEAST_CONTEXT = 1_500
_CHARACTERS_A_TOKEN = 2.5
"""Fewer than code has, so that a group is rather too small than too large."""


@dataclass(frozen=True, slots=True)
class Group:
    """Units of one document, in its order, for one ask."""

    units: tuple[Unit, ...]

    @property
    def document(self) -> Document:
        return self.units[0].document

    @property
    def path(self) -> str:
        return self.units[0].path

    @property
    def ranges(self) -> tuple[Span, ...]:
        """The units' lines in the document; what touches is one range."""
        document = self.document
        pieces = sorted({piece for unit in self.units for piece in unit.block.pieces})
        merged: list[tuple[int, int]] = []
        for first, last in pieces:
            if merged and _only_blank(document, merged[-1][1] + 1, first):
                merged[-1] = (merged[-1][0], max(merged[-1][1], last))
            else:
                merged.append((first, last))
        return tuple(document.span_of_lines(first, last) for first, last in merged)

    @property
    def hunks(self) -> tuple[tuple[int, int], ...]:
        """Lines that context is chosen for: the changed ones where a unit has any, else all of a unit."""
        return tuple(sorted({lines for unit in self.units for lines in (unit.hunks or unit.block.pieces)}))

    @property
    def context_tokens(self) -> int:
        """Most tokens of other files to go along; 0 for as much as there may be.

        Where only what a model wrote is asked about, the contracts it touches are what matters: as much again
        as it wrote, and enough to tell who calls it and what it calls.
        """
        if not all(unit.why.startswith(WRITTEN) for unit in self.units):
            return 0
        lines = self.document.lines
        size = sum(len(line) for first, last in self.hunks for line in lines[first : last + 1])
        return max(_LEAST_CONTEXT, int(size / _CHARACTERS_A_TOKEN))


@dataclass(frozen=True, slots=True)
class Grouped:
    """Groups, those of a document together, and units that are not asked about, with the reason."""

    groups: tuple[Group, ...]
    skipped: tuple[tuple[Unit, str], ...] = ()


def most_characters(settings: Settings) -> int:
    """How long a group may be: few enough tokens for one answer to be about, and far below those whose price
    is asked first."""
    return int(min(settings.context.review_tokens * 4, 100_000) * _CHARACTERS_A_TOKEN)


def grouped(units: Sequence[Unit], most: int, writers: Mapping[int, str] = NOBODY) -> Grouped:
    """Put units into groups of at most `most` characters; a unit that is longer by itself stands alone, and
    those of other `writers`, by the unit's identity, stand apart: others read them."""
    groups: list[Group] = []
    skipped: list[tuple[Unit, str]] = []
    by_document: dict[tuple[str, int, str], list[Unit]] = {}
    for unit in units:
        where = (unit.path, id(unit.document), writers.get(id(unit), ""))
        by_document.setdefault(where, []).append(unit)
    for mine in by_document.values():
        minified = why_minified(mine[0].document)
        whys = [(unit, minified or _why_unreadable(unit)) for unit in mine]
        skipped += ((unit, why) for unit, why in whys if why)
        groups += _clusters([unit for unit, why in whys if not why], most)
    return Grouped(tuple(groups), tuple(skipped))


def why_minified(document: Document) -> str:
    """Why a document is no text that a person wrote; "" if it may be."""
    size, lines = document.starts[-1], max(1, len(document.lines))
    if size >= _MINIFIED_LEAST and size / lines > _MINIFIED_MEAN:
        return f"minified: {size:,} characters in {lines:,} line{'s' if lines > 1 else ''}"
    return ""


def size_of(unit: Unit) -> int:
    """Characters a unit takes in a prompt; lines that are left out of it do not count."""
    return sum(len(line) + _GUTTER for line in _lines(unit) if len(line) <= LONGEST_LINE)


def _why_unreadable(unit: Unit) -> str:
    lines = _lines(unit)
    longest = max(lines, key=len, default="")
    if len(longest) <= LONGEST_LINE:
        return ""
    whole = sum(map(len, lines))
    if sum(len(line) for line in lines if len(line) > LONGEST_LINE) < _MOSTLY * whole:
        return ""
    return f"a line of {len(longest):,} characters"


def _lines(unit: Unit) -> list[str]:
    return [line for first, last in unit.block.pieces for line in unit.document.lines[first : last + 1]]


def _clusters(units: Sequence[Unit], most: int) -> list[Group]:
    groups: list[list[Unit]] = []
    left = 0
    for unit in sorted(units, key=lambda one: one.block.first_line):
        size = size_of(unit)
        if not groups or size > left:
            groups.append([])
            left = most
        groups[-1].append(unit)
        left -= size
    return [Group(tuple(group)) for group in groups]


def _only_blank(document: Document, first: int, end: int) -> bool:
    return all(not document.line(number).strip() for number in range(first, end))
