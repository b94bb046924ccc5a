"""Which lines of a text are which lines of an older one, of which only hashes are known. Pure.

A print has four bytes a line: three of a hash that neither white space, quote style nor a comma at the end
changes, and one of the indentation, which tells where a piece of code begins.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import pairwise
from zlib import crc32

_SMALL = 40_000
"""Two pieces whose lines multiply to no more are compared line by line, for the best of all matches."""
_LARGE = 160_000
_CODE, _BLANK = 4, 1
"""What it is worth to match a line."""
_QUOTES = str.maketrans({"'": '"', "`": '"'})


def print_of(lines: Iterable[str]) -> bytes:
    """The print of some lines."""
    return array("I", map(_mark, lines)).tobytes()


def _mark(line: str) -> int:
    text = "".join(line.split())
    if not text:
        return 0xFF
    indent = min(len(line.expandtabs(8)) - len(line.expandtabs(8).lstrip()), 0xFE)
    known = crc32(text.translate(_QUOTES).removesuffix(",").encode("utf-8", "surrogatepass")) & 0xFFFFFF
    return (known or 1) << 8 | indent


def marks_in(prints: bytes) -> array[int]:
    """A mark a line."""
    marks = array("I")
    marks.frombytes(prints[: len(prints) // 4 * 4])
    return marks


def aligned(old: Sequence[int], new: Sequence[int]) -> list[int]:
    """For each mark of `old` the line of `new` that it still is, -1 where there is none. What was moved is
    found where one of its lines stands once in both."""
    a, b = [mark >> 8 for mark in old], [mark >> 8 for mark in new]
    found, back = [-1] * len(a), [-1] * len(b)
    _blocks(old, a, b, found, back)
    for start, end in _runs(found):
        pieces = [(start, end, *_place_of(found, back, start, end))]
        while pieces:
            pieces += _matched(a, b, pieces.pop(), found)
        for line in range(start, end):
            if found[line] >= 0:
                back[found[line]] = line
    _slide(old, found, len(b))
    back = _inverse(found, len(b))
    _slide(new, back, len(a))
    return _inverse(back, len(a))


def _inverse(found: Sequence[int], length: int) -> list[int]:
    back = [-1] * length
    for line, at in enumerate(found):
        if at >= 0:
            back[at] = line
    return back


def _blocks(
    marks: Sequence[int], a: Sequence[int], b: Sequence[int], found: list[int], back: list[int]
) -> None:
    """Match lines that stand once in both, wherever, and what is the same round them: first all that follows,
    since code belongs to the line that introduces it, then what stands above."""
    many_a, many_b = Counter(a), Counter(b)
    where = {mark: at for at, mark in enumerate(b) if many_b[mark] == 1}
    sure = [line for line, mark in enumerate(a) if mark and many_a[mark] == 1 and mark in where]
    for line in sure:
        found[line] = where[a[line]]
        back[found[line]] = line
    for line in (-1, *sure):
        at = found[line] if line >= 0 else -1
        _extended(a, b, (line, at, 1), found, back)
    for line in (*reversed(sure), len(a)):
        _extended(a, b, (line, found[line] if line < len(a) else len(b), -1), found, back, marks)
    tops = [line for line in range(len(a) - 1, 0, -1) if found[line] >= 0 > found[line - 1]]
    for line in (len(a), *tops):
        _extended(a, b, (line, found[line] if line < len(a) else len(b), -1), found, back)


def _extended(
    a: Sequence[int],
    b: Sequence[int],
    start: tuple[int, int, int],
    found: list[int],
    back: list[int],
    marks: Sequence[int] | None = None,
) -> None:
    """Match what follows a pair of lines, downwards or upwards, as long as it is the same and free. With
    `marks` a deeper line ends it: upwards it belongs to what stands above."""
    line, at, step = start
    while True:
        depth = marks[line] & 0xFF if marks and line < len(a) and a[line] else 0
        line, at = line + step, at + step
        if not (0 <= line < len(a) and 0 <= at < len(b)) or a[line] != b[at]:
            return
        if found[line] >= 0 or back[at] >= 0:
            return
        if marks and a[line] and marks[line] & 0xFF > depth:
            return
        found[line], back[at] = at, line


def _runs(found: Sequence[int]) -> list[tuple[int, int]]:
    """Runs of lines without a match."""
    bounds = [0, *(line + 1 for line, at in enumerate(found) if at >= 0), len(found) + 1]
    return [(start, end - 1) for start, end in pairwise(bounds) if end - 1 > start]


def _place_of(found: Sequence[int], back: Sequence[int], start: int, end: int) -> tuple[int, int]:
    """The new lines that are still free where a run of old ones stood: below the line above it, or else
    above the line below it."""
    above = low = found[start - 1] + 1 if start else 0
    while low < len(back) and back[low] < 0:
        low += 1
    if low > above:
        return above, low
    below = high = found[end] if end < len(found) else len(back)
    while high > 0 and back[high - 1] < 0:
        high -= 1
    return high, below


def _matched(
    a: Sequence[int], b: Sequence[int], piece: tuple[int, int, int, int], found: list[int]
) -> list[tuple[int, int, int, int]]:
    """Match what is certain of a piece; what is left of it comes back in smaller pieces."""
    a0, a1, b0, b1 = piece
    while a0 < a1 and b0 < b1 and a[a0] == b[b0]:
        found[a0] = b0
        a0, b0 = a0 + 1, b0 + 1
    while a0 < a1 and b0 < b1 and a[a1 - 1] == b[b1 - 1]:
        a1, b1 = a1 - 1, b1 - 1
        found[a1] = b1
    if a0 == a1 or b0 == b1:
        return []
    if (a1 - a0) * (b1 - b0) <= _SMALL:
        _best(a, b, (a0, a1, b0, b1), found)
        return []
    chain = _unique(a, b, (a0, a1, b0, b1))
    if not chain:
        if (a1 - a0) * (b1 - b0) <= _LARGE:
            _best(a, b, (a0, a1, b0, b1), found)
        return []
    rest = []
    for line, at in chain:
        found[line] = at
        rest.append((a0, line, b0, at))
        a0, b0 = line + 1, at + 1
    return [*rest, (a0, a1, b0, b1)]


def _unique(a: Sequence[int], b: Sequence[int], piece: tuple[int, int, int, int]) -> list[tuple[int, int]]:
    """Lines that stand once on both sides: of these the longest chain that is in order on both."""
    a0, a1, b0, b1 = piece
    many_a, many_b = Counter(a[a0:a1]), Counter(b[b0:b1])
    where = {b[at]: at for at in range(b0, b1) if many_b[b[at]] == 1}
    pairs = [(line, where[a[line]]) for line in range(a0, a1) if many_a[a[line]] == 1 and a[line] in where]
    ends: list[int] = []
    last: list[int] = []
    before: list[int] = []
    for number, (_, at) in enumerate(pairs):
        slot = bisect_left(ends, at)
        if slot == len(ends):
            ends.append(at)
            last.append(number)
        else:
            ends[slot], last[slot] = at, number
        before.append(last[slot - 1] if slot else -1)
    chain = []
    number = last[-1] if last else -1
    while number >= 0:
        chain.append(pairs[number])
        number = before[number]
    return chain[::-1]


def _best(a: Sequence[int], b: Sequence[int], piece: tuple[int, int, int, int], found: list[int]) -> None:
    """The matches that are worth most together."""
    a0, a1, b0, b1 = piece
    width = b1 - b0
    table = [[0] * (width + 1)]
    for line in range(a1 - 1, a0 - 1, -1):
        below, mark, row = table[-1], a[line], [0] * (width + 1)
        worth = _CODE if mark else _BLANK
        for at in range(width - 1, -1, -1):
            most = below[at] if below[at] >= row[at + 1] else row[at + 1]
            if b[b0 + at] == mark and below[at + 1] + worth > most:
                most = below[at + 1] + worth
            row[at] = most
        table.append(row)
    line, at = a0, 0
    while line < a1 and at < width:
        here = table[a1 - line][at]
        mark = a[line]
        worth = _CODE if mark else _BLANK
        if b[b0 + at] == mark and here == table[a1 - line - 1][at + 1] + worth:
            found[line] = b0 + at
            line, at = line + 1, at + 1
        elif here == table[a1 - line - 1][at]:
            line += 1
        else:
            at += 1


def _slide(marks: Sequence[int], found: list[int], limit: int) -> None:
    """Where a run of lines without a match could as well be one that lies a little higher or lower, let it
    begin where a piece of code begins: there people cut and paste."""
    start = 0
    while start < len(found):
        if found[start] >= 0:
            start += 1
            continue
        end = start
        while end < len(found) and found[end] < 0:
            end += 1
        start = _slid(marks, found, (start, end), limit)


def _slid(marks: Sequence[int], found: list[int], run: tuple[int, int], limit: int) -> int:
    """Move one run to its best place; returns where to go on."""
    start, end = run
    before = found[start - 1] if start else -1
    behind = found[end] if end < len(found) else limit
    if behind - before != 1:
        return end  # something else stands in its place
    up = 0
    while start - up > 0 and found[start - up - 1] >= 0 and _same(marks, start - up - 1, end - up - 1):
        if up and found[start - up] - found[start - up - 1] != 1:
            break
        up += 1
    down = 0
    while end + down < len(found) and found[end + down] >= 0 and _same(marks, start + down, end + down):
        if down and found[end + down] - found[end + down - 1] != 1:
            break
        down += 1
    best = min(range(-up, down + 1), key=lambda by: (_depth(marks, start + by), abs(by)))
    for _ in range(-best):
        start, end = start - 1, end - 1
        found[end], found[start] = found[start], -1
    for _ in range(best):
        found[start], found[end] = found[end], -1
        start, end = start + 1, end + 1
    return max(end, run[1])


def _same(marks: Sequence[int], one: int, other: int) -> bool:
    return marks[one] >> 8 == marks[other] >> 8


def _depth(marks: Sequence[int], line: int) -> float:
    """How deep a piece of code that begins at a line would be; a little deeper if blank lines come first."""
    blank = 0.0
    while line < len(marks) and not marks[line] >> 8:
        line, blank = line + 1, 0.5
    return (marks[line] & 0xFF if line < len(marks) else 0) + blank
