"""Pieces that two sequences have in common: first in order, then those that were moved. Pure.

Linear in the common case: pieces are found by short sequences that stand once on both sides, and only what
lies between two pieces is looked at more closely.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from difflib import SequenceMatcher
from itertools import pairwise
from typing import NamedTuple

_SEED = 4
_SMALL = 4_000
"""Two gaps whose sizes multiply to no more are compared item by item."""
_ALIKE = 0.6
MOVED = 6
"""A piece of fewer items that stands elsewhere is taken for chance."""


class Same(NamedTuple):
    """Items `a` onwards of the one sequence are items `b` onwards of the other, so many of them."""

    a: int
    b: int
    size: int


def in_common(a: Sequence[Hashable], b: Sequence[Hashable], *, moved: int = MOVED) -> list[Same]:
    """Pieces in the order of `a`; no item of `b` is in two. One out of order has `moved` items at least."""
    head = _head(a, b, 0, 0, len(a), len(b))
    tail = _tail(a, b, head, head, len(a), len(b))
    found = [Same(0, 0, head)] if head else []
    if tail:
        found.append(Same(len(a) - tail, len(b) - tail, tail))
    a1, b1 = len(a) - tail, len(b) - tail
    if head < a1 and head < b1:
        inner = _anchored(a, b, head, a1, head, b1)
        found += inner
        found += _elsewhere(a, b, sorted(found), moved)
    return sorted(found)


def _head(a: Sequence[Hashable], b: Sequence[Hashable], a0: int, b0: int, a1: int, b1: int) -> int:
    size, most = 0, min(a1 - a0, b1 - b0)
    while size < most and a[a0 + size] == b[b0 + size]:
        size += 1
    return size


def _tail(a: Sequence[Hashable], b: Sequence[Hashable], a0: int, b0: int, a1: int, b1: int) -> int:
    size, most = 0, min(a1 - a0, b1 - b0)
    while size < most and a[a1 - 1 - size] == b[b1 - 1 - size]:
        size += 1
    return size


def _seeds(items: Sequence[Hashable], start: int, end: int) -> dict[tuple[Hashable, ...], int]:
    """Short sequences that stand once, with their places."""
    once: dict[tuple[Hashable, ...], int] = {}
    for at in range(start, end - _SEED + 1):
        key = tuple(items[at : at + _SEED])
        once[key] = -1 if key in once else at
    return {key: at for key, at in once.items() if at >= 0}


def _anchored(a: Sequence[Hashable], b: Sequence[Hashable], a0: int, a1: int, b0: int, b1: int) -> list[Same]:
    """Pieces of two ranges that keep their order, by what is unique in both of them."""
    found: list[Same] = []
    work = [(a0, a1, b0, b1)]
    while work:
        a0, a1, b0, b1 = work.pop()
        if a0 >= a1 or b0 >= b1:
            continue
        if (a1 - a0) * (b1 - b0) <= _SMALL:
            found += _closely(a, b, (a0, a1, b0, b1))
            continue
        chain = _chain(_grown(a, b, (a0, a1, b0, b1)))
        found += chain
        if chain:
            ends = [Same(a0, b0, 0), *chain, Same(a1, b1, 0)]
            for left, right in pairwise(ends):
                gap = (left.a + left.size, right.a, left.b + left.size, right.b)
                found += _edges(a, b, gap, work)
    return found


def _closely(a: Sequence[Hashable], b: Sequence[Hashable], ranges: tuple[int, int, int, int]) -> list[Same]:
    """Two short ranges item by item. Of ranges that have little in common, only longer pieces count: any
    two pieces of code share some brackets."""
    a0, a1, b0, b1 = ranges
    matcher = SequenceMatcher(None, a[a0:a1], b[b0:b1], autojunk=False)
    blocks = [Same(a0 + one.a, b0 + one.b, one.size) for one in matcher.get_matching_blocks() if one.size]
    least = 1 if matcher.ratio() >= _ALIKE else _SEED
    return [one for one in blocks if one.size >= least]


def _edges(
    a: Sequence[Hashable],
    b: Sequence[Hashable],
    gap: tuple[int, int, int, int],
    work: list[tuple[int, int, int, int]],
) -> list[Same]:
    """What fits at both ends of a gap; what is left of it is work."""
    a0, a1, b0, b1 = gap
    head = _head(a, b, a0, b0, a1, b1)
    tail = _tail(a, b, a0 + head, b0 + head, a1, b1)
    work.append((a0 + head, a1 - tail, b0 + head, b1 - tail))
    return [one for one in (Same(a0, b0, head), Same(a1 - tail, b1 - tail, tail)) if one.size]


def _grown(a: Sequence[Hashable], b: Sequence[Hashable], ranges: tuple[int, int, int, int]) -> list[Same]:
    """Unique seeds, each grown to both sides as far as the two agree."""
    a0, a1, b0, b1 = ranges
    mine, theirs = _seeds(a, a0, a1), _seeds(b, b0, b1)
    pairs = sorted((at, theirs[key]) for key, at in mine.items() if key in theirs)
    found: list[Same] = []
    for x, y in pairs:
        if found and x < found[-1].a + found[-1].size and x - y == found[-1].a - found[-1].b:
            continue
        back = _tail(a, b, a0, b0, x, y)
        size = back + _head(a, b, x, y, a1, b1)
        found.append(Same(x - back, y - back, size))
    return found


def _chain(pieces: Sequence[Same]) -> list[Same]:
    """The heaviest pieces that are in one order on both sides and do not overlap."""
    kept: list[Same] = []
    for piece in sorted(pieces, key=lambda one: -one.size):
        if all(
            (one.a + one.size <= piece.a and one.b + one.size <= piece.b)
            or (piece.a + piece.size <= one.a and piece.b + piece.size <= one.b)
            for one in kept
        ):
            kept.append(piece)
    return sorted(kept)


def _elsewhere(a: Sequence[Hashable], b: Sequence[Hashable], found: Sequence[Same], least: int) -> list[Same]:
    """Pieces of what is left on both sides, wherever they stand, the longest first."""
    free_a, free_b = (
        _free(len(a), [(one.a, one.size) for one in found]),
        _free(len(b), [(one.b, one.size) for one in found]),
    )
    where: dict[tuple[Hashable, ...], list[int]] = {}
    step = min(_SEED, least)
    for start, end in free_b:
        for at in range(start, end - step + 1):
            where.setdefault(tuple(b[at : at + step]), []).append(at)
    ends = {at: end for start, end in free_b for at in range(start, end)}
    candidates: list[Same] = []
    for start, end in free_a:
        at = start
        while at <= end - step:
            best = Same(at, 0, 0)
            for place in where.get(tuple(a[at : at + step]), ())[:_SMALL]:
                size = _head(a, b, at, place, end, ends[place])
                if size > best.size:
                    best = Same(at, place, size)
            if best.size >= least:
                candidates.append(best)
            at += max(1, best.size if best.size >= least else 1)
    taken: set[int] = set()
    kept = []
    for one in sorted(candidates, key=lambda item: -item.size):
        if taken.isdisjoint(range(one.b, one.b + one.size)):
            taken.update(range(one.b, one.b + one.size))
            kept.append(one)
    return kept


def _free(length: int, taken: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """The ranges that no piece covers."""
    found, at = [], 0
    for start, size in sorted(taken):
        if start > at:
            found.append((at, start))
        at = max(at, start + size)
    if at < length:
        found.append((at, length))
    return found
