"""From a selection to what is sent of it: each line once, within the budget, and in an order that lasts.

Both vendors keep the beginning of a prompt for minutes and read it again at a tenth of the price, if it is
the same to the byte. So what was sent with a file stays in front, in its order, while it is true; what is new
comes behind it. Pure.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import ceil

from counterpoint.context.question import Selection
from counterpoint.context.snippet import Snippet

FROZEN_SECONDS = 600.0
_BATCHES = 8
"""A vendor looks no further back than some blocks for a beginning that it knows."""


@dataclass(frozen=True, slots=True)
class Frozen:
    """Snippets in the order they were sent, and since when it holds, in seconds of a monotonic clock."""

    snippets: tuple[Snippet, ...] = ()
    since: float = float("-inf")
    batches: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Limits:
    """What a packing keeps to. `shown` are the 1-based lines of `path` that the prompt shows anyway, `pieces`
    what it shows of other files."""

    budget_tokens: int
    characters_per_token: float
    path: str = ""
    shown: tuple[tuple[int, int], ...] = ()
    pieces: Mapping[str, tuple[tuple[int, int], ...]] = field(default_factory=dict)

    def seen(self, path: str) -> tuple[tuple[int, int], ...]:
        """The lines of a file that the prompt shows anyway."""
        return (*(self.shown if path == self.path else ()), *self.pieces.get(path, ()))

    def tokens(self, text: str) -> int:
        """Estimate, rounded up. Labels round the code are not counted: the budget is of code."""
        return ceil(round(len(text) / self.characters_per_token, 6))


def packed(
    selection: Selection,
    frozen: Frozen,
    limits: Limits,
    now: float,
    stands: Callable[[Snippet], bool] = lambda snippet: True,
) -> tuple[Selection, Frozen]:
    """Order and cut a selection; `stands` says whether a snippet sent earlier is still what its file says.

    After ten minutes the order begins anew. What is recent edits comes last and is never held.
    """
    fresh = distinct(selection.snippets, limits)
    lasting = [one for one in fresh if not is_volatile(one)]
    alive = now - frozen.since < FROZEN_SECONDS
    held = _held(frozen, lasting, limits, stands) if alive else []
    new = [part for one in lasting for part in _besides(one, held, limits)]
    volatile = [one for one in fresh if is_volatile(one)]
    room = limits.budget_tokens - _sum(new) - _sum(volatile)
    held = _within(held, lasting, room)
    kept, over = _fitting([*held, *new, *volatile], limits)
    left_out = (*selection.left_out, *((label(one), "over the budget") for one in over))
    order = tuple(one for one in kept if not is_volatile(one))
    batches = _batches(order, frozen)
    after = Frozen(order, frozen.since if held else now, batches)
    if len(kept) > len(order):
        batches = (*batches, len(kept) - len(order))
    return replace(selection, snippets=tuple(kept), left_out=left_out, batches=batches), after


def _batches(order: Sequence[Snippet], frozen: Frozen) -> tuple[int, ...]:
    """Sizes of the batches: those sent earlier as they were, what is new as one more. Many are made one."""
    numbers = [number for number, size in enumerate(frozen.batches) for _ in range(size)]
    batch_of = dict(zip(frozen.snippets, numbers, strict=True))
    sizes = Counter(batch_of.get(one, len(frozen.batches)) for one in order)
    found = tuple(sizes[number] for number in sorted(sizes))
    return found if len(found) <= _BATCHES else (len(order),)


def label(snippet: Snippet) -> str:
    """`path:first-last`."""
    return f"{snippet.path}:{snippet.first_line}-{snippet.last_line}"


def lines_of(snippets: Iterable[Snippet]) -> dict[str, tuple[tuple[int, int], ...]]:
    """Their lines by file, 1-based and inclusive."""
    found: dict[str, tuple[tuple[int, int], ...]] = {}
    for one in snippets:
        found[one.path] = (*found.get(one.path, ()), _lines(one))
    return found


def is_volatile(snippet: Snippet) -> bool:
    """True for what the next key may change: the user's own recent edits."""
    return any(why.startswith("edited ") for why in snippet.why.split("; "))


def distinct(snippets: Iterable[Snippet], limits: Limits) -> list[Snippet]:
    """Each line of a file once, runs that touch made one, in the place of the better; nothing that is shown.

    A snippet whose text is not its lines one by one (a signature drawn together) is kept as it is, once.
    """
    slots: list[_Run | Snippet] = []
    runs: dict[str, list[_Run]] = {}
    for snippet in snippets:
        rows = _rows(snippet)
        if rows is None:
            if snippet not in slots and not _is_shown(snippet, limits):
                slots.append(snippet)
            continue
        for first, part in _unshown(snippet, rows, limits):
            run = _Run(snippet.path, dict(enumerate(part, first)), snippet.why.split("; "))
            touching = [one for one in runs.get(snippet.path, []) if one.touches(run)]
            if not touching:
                slots.append(run)
                runs.setdefault(snippet.path, []).append(run)
                continue
            touching[0].take(run)
            for other in touching[1:]:
                touching[0].take(other)
                slots.remove(other)
                runs[snippet.path].remove(other)
    return [one if isinstance(one, Snippet) else one.snippet(limits) for one in slots]


@dataclass(eq=False)
class _Run:
    """Lines of a file without a gap."""

    path: str
    lines: dict[int, str]
    whys: list[str]

    def touches(self, other: _Run) -> bool:
        return min(other.lines) <= max(self.lines) + 1 and min(self.lines) <= max(other.lines) + 1

    def take(self, other: _Run) -> None:
        self.lines = other.lines | self.lines
        self.whys += (why for why in other.whys if why not in self.whys)

    def snippet(self, limits: Limits) -> Snippet:
        first, last = min(self.lines), max(self.lines)
        text = "\n".join(self.lines[number] for number in range(first, last + 1))
        return Snippet(self.path, first, last, text, "; ".join(self.whys[:3]), limits.tokens(text))


def _rows(snippet: Snippet) -> list[str] | None:
    rows = snippet.text.removesuffix("\n").split("\n")
    return rows if len(rows) == snippet.last_line - snippet.first_line + 1 else None


def _is_shown(snippet: Snippet, limits: Limits) -> bool:
    seen = limits.seen(snippet.path)
    return any(first <= snippet.first_line and snippet.last_line <= last for first, last in seen)


def _unshown(snippet: Snippet, rows: Sequence[str], limits: Limits) -> list[tuple[int, Sequence[str]]]:
    """Runs of the snippet's lines that no window shows, with their first line's number."""
    runs: list[tuple[int, Sequence[str]]] = [(snippet.first_line, rows)]
    for window in limits.seen(snippet.path):
        runs = [part for start, lines in runs for part in _outside(start, lines, window)]
    return runs


def _outside(start: int, rows: Sequence[str], window: tuple[int, int]) -> list[tuple[int, Sequence[str]]]:
    (first, last), end = window, start + len(rows) - 1
    if last < start or end < first:
        return [(start, rows)]
    pieces = [
        (start, rows[: max(0, first - start)]),
        (last + 1, rows[last + 1 - start :] if last < end else ()),
    ]
    return [(at, part) for at, part in pieces if any(map(str.strip, part))]


def _held(
    frozen: Frozen, fresh: Sequence[Snippet], limits: Limits, stands: Callable[[Snippet], bool]
) -> list[Snippet]:
    """What was sent and is true still: said anew word for word, or found so in its file."""
    held = []
    for one in frozen.snippets:
        if any(_overlap(one, window) for window in limits.seen(one.path)):
            continue
        again = [other for other in fresh if other.path == one.path and _overlap(one, _lines(other))]
        same = all(_agree(one, other) for other in again)
        if same and (any(_covers(other, one) for other in again) or stands(one)):
            held.append(one)
    return held


def _besides(snippet: Snippet, held: Sequence[Snippet], limits: Limits) -> list[Snippet]:
    """The parts of a snippet that are in none of those held."""
    covered = {
        number
        for one in held
        if one.path == snippet.path
        for number in range(one.first_line, one.last_line + 1)
    }
    rows = _rows(snippet)
    numbers = range(snippet.first_line, snippet.last_line + 1)
    if rows is None or covered.isdisjoint(numbers):
        return [] if snippet in held or (covered and covered.issuperset(numbers)) else [snippet]
    parts: list[_Run] = []
    for number, row in zip(numbers, rows, strict=True):
        if number in covered:
            continue
        if parts and number - 1 in parts[-1].lines:
            parts[-1].lines[number] = row
        else:
            parts.append(_Run(snippet.path, {number: row}, snippet.why.split("; ")))
    return [part.snippet(limits) for part in parts if any(map(str.strip, part.lines.values()))]


def _within(held: list[Snippet], fresh: Sequence[Snippet], room: int) -> list[Snippet]:
    """Take out of what is held what nobody asked for anew, the last first, until the rest has room."""
    kept = list(held)
    for one in reversed(held):
        if _sum(kept) <= room:
            break
        if not any(other.path == one.path and _overlap(one, _lines(other)) for other in fresh):
            kept.remove(one)
    return kept


def _fitting(ordered: Sequence[Snippet], limits: Limits) -> tuple[list[Snippet], list[Snippet]]:
    kept: list[Snippet] = []
    over: list[Snippet] = []
    left = limits.budget_tokens
    for one in ordered:
        (kept if one.tokens <= left else over).append(one)
        left -= one.tokens if one.tokens <= left else 0
    return kept, over


def _sum(snippets: Iterable[Snippet]) -> int:
    return sum(one.tokens for one in snippets)


def _lines(snippet: Snippet) -> tuple[int, int]:
    return snippet.first_line, snippet.last_line


def _overlap(snippet: Snippet, lines: tuple[int, int]) -> bool:
    return snippet.first_line <= lines[1] and lines[0] <= snippet.last_line


def _covers(outer: Snippet, inner: Snippet) -> bool:
    return outer.first_line <= inner.first_line and inner.last_line <= outer.last_line


def _agree(one: Snippet, other: Snippet) -> bool:
    """True if two snippets of a file say the same in the lines they share."""
    mine, theirs = _rows(one), _rows(other)
    if mine is None or theirs is None:
        return one.text == other.text
    first = max(one.first_line, other.first_line)
    last = min(one.last_line, other.last_line)
    return (
        mine[first - one.first_line : last + 1 - one.first_line]
        == (theirs[first - other.first_line : last + 1 - other.first_line])
    )
