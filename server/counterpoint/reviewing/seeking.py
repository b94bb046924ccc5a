"""One document seen from an older text of it, of which a print is known: where its places are now. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from difflib import SequenceMatcher
from functools import cached_property
from typing import NamedTuple

from counterpoint.anchors import Anchor, tokens_in
from counterpoint.context.enclosing import enclosing_symbol
from counterpoint.reviewing.lines import aligned, marks_in, print_of
from counterpoint.text import Document, Position, Span

_ENOUGH, _ABROAD = 6, 14
"""Tokens that must fit, the place's own and those round it: near where it was, and anywhere."""
_RUN = 2
"""Lines next to a line with twins that must have come along."""
_OWN = 16
_LEFT, _LEAST = 0.65, 2.0
"""Share of its tokens that must be left of code that was changed, and how many."""
_LONG = 4_000


class Token(NamedTuple):
    line: int
    start: int
    end: int
    text: str


class View:
    """The document, or the piece of it `within` (first and last line), against a print."""

    def __init__(
        self,
        prints: bytes,
        document: Document,
        within: tuple[int, int] | None,
        fresh: Sequence[tuple[Position, Position]] | None,
    ) -> None:
        self._document = document
        self._first, last = within or (0, len(document.lines) - 1)
        self._end = last + 1
        self._fresh = fresh
        old, now = marks_in(prints), marks_in(print_of(document.lines[self._first : self._end]))
        found = aligned(old, now)
        self._old, self._now = [one >> 8 for one in old], [one >> 8 for one in now]
        self._to = [at + self._first if at >= 0 else -1 for at in found]

    def exact(self, anchor: Anchor, *, whole: bool = False) -> Span | None:
        """Where the very tokens of a place stand now; with `whole` only in a line that is the same, with the
        line above it or the one below."""
        if not anchor.tokens:
            return None
        here = self._at(anchor.line)
        stays = here >= 0 and (not whole or self._has_neighbour(anchor, here))
        if stays and (span := self._kept(anchor, here)) is not None:
            return span
        if whole:
            return None
        return self._sought(anchor, self._stream(range(*self._round(anchor))), _ENOUGH)

    def abroad(self, anchor: Anchor) -> Span | None:
        """Where the tokens stand in lines that are new, wherever these are. A line that had twins is known by
        the lines round it only."""
        if not anchor.tokens or not 0 <= anchor.line < len(self._old):
            return None
        mark = self._old[anchor.line]
        if self._old.count(mark) == 1:
            return self._sought(anchor, self._new, _ABROAD)
        twins = [line for line, one in enumerate(self._old) if one == mark and self._to[line] < 0]
        known = set(self._to)
        found = [
            (self._run(anchor.line, at), at)
            for at, one in enumerate(self._now)
            if one == mark and at + self._first not in known
        ]
        best = sorted(found, reverse=True)[:2]
        if not best or best[0][0] < _RUN or (len(best) > 1 and best[1][0] == best[0][0]):
            return None
        run, at = best[0]
        if any(self._run(line, at) >= run for line in twins if line != anchor.line):
            return None
        return self._kept(anchor, at + self._first)

    def _run(self, line: int, at: int) -> int:
        """How many lines with code are the same round a pair of lines."""
        count = 0
        for step in (-1, 1):
            a, b = line + step, at + step
            while 0 <= a < len(self._old) and 0 <= b < len(self._now) and self._old[a] == self._now[b]:
                count += bool(self._old[a])
                a, b = a + step, b + step
        return count

    def left(self, anchor: Anchor) -> Span | None:
        """What is left of a place whose tokens were changed; None if that is too little to be sure."""
        low, high = self._round(anchor)
        if low >= high or not anchor.tokens:
            return None
        before, after = self._edge(low, -1, len(anchor.before)), self._edge(high, 1, len(anchor.after))
        now = [*before, *self._stream(range(low, high)), *after]
        if len(now) > _LONG:
            return None
        was = [*anchor.before, *anchor.tokens, *anchor.after]
        first, end = len(anchor.before), len(anchor.before) + len(anchor.tokens)
        same: dict[int, int] = {}
        matcher = SequenceMatcher(None, was, [one.text for one in now], autojunk=False)
        for a, b, size in matcher.get_matching_blocks():
            same.update((a + step, b + step) for step in range(size))
        return self._rest(now, (first, end), same, (len(before), len(now) - len(after)), anchor)

    def _rest(
        self,
        now: Sequence[Token],
        own: tuple[int, int],
        same: dict[int, int],
        gap: tuple[int, int],
        anchor: Anchor,
    ) -> Span | None:
        first, end = own
        mine = [same[at] for at in range(first, end) if at in same and gap[0] <= same[at] < gap[1]]
        head, tail = same.get(first - 1, -1), same.get(end, len(now))
        between = now[max(head + 1, gap[0]) : min(tail, gap[1])]
        kept = sum(_weight(now[at].text) for at in mine)
        if mine and kept >= max(_LEAST, _LEFT * sum(map(_weight, anchor.tokens))):
            return self._close(now, mine, len(anchor.tokens))
        framed = same.get(first - 2, -2) == head - 1 and same.get(end + 1, -1) == tail + 1 and bool(between)
        if framed and now[head].line == now[tail].line and len(between) <= 3 * len(anchor.tokens) + 4:
            return self._allowed(between[0], between[-1])
        return None

    def _close(self, now: Sequence[Token], mine: Sequence[int], count: int) -> Span | None:
        """From the first to the last of what is left, unless much else stands between."""
        return self._allowed(now[mine[0]], now[mine[-1]]) if mine[-1] - mine[0] <= 2 * count + 4 else None

    def _allowed(self, first: Token, last: Token) -> Span | None:
        if self._fresh is not None and not self._is_fresh(first, last):
            return None
        return self._span(first, last)

    def _has_neighbour(self, anchor: Anchor, here: int) -> bool:
        last = anchor.line + anchor.more
        ends = anchor.line == 0 and here == self._first
        ends = ends or (last + 1 >= len(self._to) and here + anchor.more + 1 >= self._end)
        return ends or self._at(anchor.line - 1) == here - 1 or self._at(last + 1) == here + anchor.more + 1

    def _at(self, line: int) -> int:
        return self._to[line] if 0 <= line < len(self._to) else -1

    def _kept(self, anchor: Anchor, line: int) -> Span | None:
        """The place at its own line, if all its tokens follow."""
        ahead = self._line(line)
        if len(ahead) < anchor.nth:
            return None
        tokens = list(ahead[anchor.nth :])
        while len(tokens) < 2 * len(anchor.tokens) + 2 and line + 1 < self._end:
            line += 1
            tokens += self._line(line)
        found = list(occurrences(anchor.tokens, [one.text for one in tokens], (0,)))
        return self._fitted(anchor, tokens, *found[0]) if found else None

    def _round(self, anchor: Anchor) -> tuple[int, int]:
        """The lines between those next to a place that are still there, half open."""
        count = len(self._to)
        above = next(
            (self._to[at] for at in range(min(anchor.line, count) - 1, -1, -1) if self._to[at] >= 0), None
        )
        last = anchor.line + anchor.more
        below = next((self._to[at] for at in range(last + 1, count) if self._to[at] >= 0), None)
        low = self._first if above is None else above + 1
        return low, max(low, self._end if below is None else below)

    def _sought(self, anchor: Anchor, tokens: Sequence[Token], needed: int) -> Span | None:
        """The one occurrence whose surroundings fit best, if they fit enough."""
        found = []
        for at, end in occurrences(anchor.tokens, [one.text for one in tokens]):
            span = self._fitted(anchor, tokens, at, end)
            if span is None:
                continue
            fit = self._fit(anchor, tokens[at], tokens[end - 1])
            found.append((fit, self._lies_in(anchor, tokens[at].line), span))
        found.sort(key=lambda one: one[:2], reverse=True)
        if not found or min(len(anchor.tokens), _OWN) + found[0][0] < needed:
            return None
        if len(found) > 1 and found[0][:2] == found[1][:2]:
            return None
        return found[0][2]

    def _lies_in(self, anchor: Anchor, line: int) -> bool:
        return enclosing_symbol(self._document, line) == anchor.symbol

    def _fit(self, anchor: Anchor, first: Token, last: Token) -> int:
        """How many tokens right before and right behind are those of the anchor."""
        ahead = [one.text for one in self._line(first.line) if one.start < first.start]
        line = first.line
        while len(ahead) < len(anchor.before) and line > 0:
            line -= 1
            ahead = [one.text for one in self._line(line)] + ahead
        behind = [one.text for one in self._line(last.line) if one.start > last.start]
        line = last.line
        while len(behind) < len(anchor.after) and line + 1 < len(self._document.lines):
            line += 1
            behind += [one.text for one in self._line(line)]
        return _alike(anchor.before[::-1], ahead[::-1]) + _alike(anchor.after, behind)

    def _edge(self, line: int, step: int, count: int) -> list[Token]:
        """Tokens of the lines above `line`, or from it on."""
        found: list[Token] = []
        at = line - 1 if step < 0 else line
        while len(found) < count and 0 <= at < len(self._document.lines):
            found = [*self._line(at), *found] if step < 0 else [*found, *self._line(at)]
            at += step
        return found[-count:] if step < 0 and count else found[:count]

    @cached_property
    def _new(self) -> list[Token]:
        """Tokens of all lines that were not there."""
        known = set(self._to)
        return self._stream(line for line in range(self._first, self._end) if line not in known)

    def _stream(self, lines: Iterable[int]) -> list[Token]:
        """Tokens of some lines, with a token that is like none where lines are missing between two."""
        found: list[Token] = []
        last = -1
        for line in lines:
            if found and line != last + 1:
                found.append(Token(line, 0, 0, "\0"))
            found += self._line(line)
            last = line
        return found

    def _line(self, line: int) -> list[Token]:
        return [Token(line, *one) for one in tokens_in(self._document.line(line))]

    def _fitted(self, anchor: Anchor, tokens: Sequence[Token], at: int, end: int) -> Span | None:
        """The span of an occurrence, cut as the anchor is; None where it may not lie."""
        first, last = tokens[at], tokens[end - 1]
        span = self._allowed(first, last)
        if span is None:
            return None
        return Span(span.start + anchor.lead, max(span.start + anchor.lead, span.end - anchor.trail))

    def _is_fresh(self, first: Token, last: Token) -> bool:
        start, end = Position(first.line, first.start), Position(last.line, last.end)
        return any(low <= start and end <= high for low, high in self._fresh or ())

    def _span(self, first: Token, last: Token) -> Span:
        starts = self._document.starts
        return Span(starts[first.line] + first.start, starts[last.line] + last.end)


def occurrences(
    wanted: Sequence[str], tokens: Sequence[str], starts: Iterable[int] | None = None
) -> Iterator[tuple[int, int]]:
    """Where `wanted` stands, as start and end; a comma right before a closing bracket may come or go."""
    for at in range(len(tokens)) if starts is None else starts:
        if wanted and at < len(tokens) and tokens[at] == wanted[0]:
            end = _matches(wanted, tokens, at)
            if end:
                yield at, end


def _matches(wanted: Sequence[str], tokens: Sequence[str], at: int) -> int:
    """The end of `wanted` where it stands at `at`, else 0."""
    step = 0
    while step < len(wanted):
        have = tokens[at] if at < len(tokens) else ""
        if have == wanted[step]:
            step, at = step + 1, at + 1
        elif have == "," and wanted[step] in ")]}":
            at += 1
        elif wanted[step] == "," and step + 1 < len(wanted) and wanted[step + 1] in ")]}":
            step += 1
        else:
            return 0
    return at


def _alike(one: Sequence[str], other: Sequence[str]) -> int:
    """How many items at the beginning are the same."""
    return next(
        (at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other))
    )


def _weight(token: str) -> float:
    return 1.0 if token[0].isalnum() or token[0] == "_" else 0.25
