"""What a change of a document does to its machine-written text. Pure.

A change is a range of the old text replaced by new text. What is typed is a human's; what is only formatted
keeps its author; what was moved is recognised as such, within the change, and by `recall` as something that
was cut, copied or undone elsewhere.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TypeAlias

from counterpoint.reviewing.machine.matching import in_common
from counterpoint.reviewing.machine.span import Origin, Run, cut, joined, shifted
from counterpoint.reviewing.machine.tokens import SOFT, Owners, Tokens, owners_of, runs_of, tokens_of

_SHORT = 4
"""A text of fewer characters that are no white space is recognised only where it stood before."""
_RECORDS, _CHARACTERS = 60, 400_000


@dataclass(frozen=True, slots=True)
class Change:
    """The characters `start` to `end` of the old text became `new`."""

    start: int
    end: int
    new: str


@dataclass(frozen=True, slots=True)
class Known:
    """A text somebody may paste, with what of it is machine-written; `path` and `start` say where it was."""

    path: str
    start: int
    text: str
    runs: tuple[Run, ...]


Recall: TypeAlias = Callable[[str, str, int], "tuple[Run, ...] | None"]
"""Given a path, text that has come into it and where: its machine-written runs, or None if it is unknown."""


def unknown(path: str, text: str, start: int) -> tuple[Run, ...] | None:
    """Where nothing is remembered."""
    return None


def difference(old: str, new: str) -> Change | None:
    """The one change that makes `new` of `old`; None if they are equal."""
    if old == new:
        return None
    most = min(len(old), len(new))
    head = _alike(old, new, most, backwards=False)
    tail = _alike(old, new, most - head, backwards=True)
    return Change(head, len(old) - tail, new[head : len(new) - tail])


def _alike(old: str, new: str, most: int, *, backwards: bool) -> int:
    """How many characters at the beginning, or at the end, are the same. By halves: slices compare fast."""
    low, high = 0, most
    while low < high:
        middle = (low + high + 1) // 2
        same = old.endswith(new[len(new) - middle :]) if backwards else old.startswith(new[:middle])
        low, high = (middle, high) if same else (low, middle - 1)
    return low


def carried(
    old: str, runs: Sequence[Run], changes: Sequence[Change], path: str = "", recall: Recall = unknown
) -> tuple[Run, ...]:
    """The runs after changes that do not overlap, all of them by offsets of the old text."""
    found: list[Run] = []
    at = moved = 0
    for change in sorted(changes, key=lambda one: (one.start, one.end)):
        found += shifted(cut(runs, at, change.start), moved)
        mine = _replaced(old, runs, change, path, recall)
        found += shifted(mine, change.start + moved)
        at = change.end
        moved += len(change.new) - (change.end - change.start)
    found += shifted(cut(runs, at, len(old)), moved)
    return joined(found)


def _replaced(old: str, runs: Sequence[Run], change: Change, path: str, recall: Recall) -> tuple[Run, ...]:
    """The runs of the new text of one change, by its own offsets."""
    if not change.new.strip():
        return ()
    gone = old[change.start : change.end]
    if not gone.strip():
        return recall(path, change.new, change.start) or ()
    before = shifted(cut(runs, change.start, change.end), -change.start)
    return _rewritten(gone, before, change, path, recall)


def _rewritten(
    gone: str, before: tuple[Run, ...], change: Change, path: str, recall: Recall
) -> tuple[Run, ...]:
    """A text that took the place of another: kept pieces keep their author, the others may be known."""
    a, b = tokens_of(gone), tokens_of(change.new)
    owners = owners_of(a, before)
    if (formatted := _formatted(a, owners, b)) is not None:
        return runs_of(b, formatted)
    now: Owners = [None] * len(b)
    settled = [False] * len(b)
    for same in in_common(a.words, b.words):
        for step in range(same.size):
            now[same.b + step] = owners[same.a + step]
            settled[same.b + step] = True
    runs = list(runs_of(b, now))
    for first, last in _unsettled(settled):
        start, end = b.starts[first], b.ends[last]
        known = recall(path, change.new[start:end], change.start + start)
        runs += shifted(known or (), start)
    return joined(runs)


def _unsettled(settled: Sequence[bool]) -> Iterable[tuple[int, int]]:
    first = None
    for at, known in enumerate((*settled, True)):
        if known and first is not None:
            yield first, at - 1
        first = None if known else at if first is None else first


def _formatted(a: Tokens, owners: Owners, b: Tokens) -> Owners | None:
    """The owners of `b` where it is `a` formatted: the same but for brackets, commas and quotes.

    What the formatter put in belongs to whoever wrote both sides of it.
    """
    mine = [at for at, word in enumerate(a.words) if word not in SOFT]
    theirs = [at for at, word in enumerate(b.words) if word not in SOFT]
    if not mine or [a.words[at] for at in mine] != [b.words[at] for at in theirs]:
        return None
    found: Owners = [None] * len(b)
    for x, y in zip(mine, theirs, strict=True):
        found[y] = owners[x]
    ends = [(-1, -1), *zip(mine, theirs, strict=True), (len(a), len(b))]
    for (x0, y0), (x1, y1) in pairwise(ends):
        _soft(a.words[x0 + 1 : x1], owners[x0 + 1 : x1], b.words[y0 + 1 : y1], found, y0 + 1)
    return found


def _soft(
    old: Sequence[str], owners: Sequence[Origin | None], new: Sequence[str], found: Owners, start: int
) -> None:
    """Brackets and the like between two tokens: those that were there keep their author."""
    left = list(range(len(old)))
    for step, word in enumerate(new):
        at = next((one for one in left if old[one] == word), None)
        if at is not None:
            found[start + step] = owners[at]
            left = [one for one in left if one > at]
    for step, word in enumerate(new):
        if word in old:
            continue
        before = found[start + step - 1] if start + step else None
        after = next((one for one in found[start + step + 1 : start + len(new) + 1]), None)
        found[start + step] = before if before == after or word != "(" else after


@dataclass(slots=True)
class Clippings:
    """Texts that were lately taken out of documents, newest first: cut to be pasted, or to be undone."""

    records: deque[Known] = field(default_factory=lambda: deque(maxlen=_RECORDS))

    def took(self, path: str, old: str, runs: Sequence[Run], change: Change) -> None:
        """Remember what a change takes out of a document. Keys that delete one character after the other
        take out one text."""
        gone = old[change.start : change.end]
        if not gone or len(gone) > _CHARACTERS:
            return
        mine = shifted(cut(runs, change.start, change.end), -change.start)
        taken = Known(path, change.start, gone, mine)
        last = self.records[0] if self.records else None
        if last is not None and last.path == path and not change.new:
            if last.start == change.end:
                taken = _together(taken, last, change.start)
                self.records.popleft()
            elif last.start == change.start and len(gone) == 1:
                taken = _together(last, taken, change.start)
                self.records.popleft()
        self.records.appendleft(taken)
        while sum(len(one.text) for one in self.records) > _CHARACTERS:
            self.records.pop()

    def recall(self, path: str, text: str, start: int) -> tuple[Run, ...] | None:
        """A text that is back where it was, or that was cut somewhere, whole."""
        for one in self.records:
            at = start - one.start
            if one.path == path and at >= 0 and one.text.startswith(text, at):
                return shifted(cut(one.runs, at, at + len(text)), -at)
        return exactly(self.records, text)


def _together(first: Known, second: Known, start: int) -> Known:
    runs = joined((*first.runs, *shifted(second.runs, len(first.text))))
    return Known(first.path, start, first.text + second.text, runs)


def exactly(known: Iterable[Known], text: str, least: int = 3 * _SHORT) -> tuple[Run, ...] | None:
    """The runs of a text that one of the known ones is, or holds if it has so many characters at least."""
    if len("".join(text.split())) < _SHORT:
        return None
    bare = text.strip()
    lead = len(text) - len(text.lstrip())
    for one in known:
        at = one.text.find(bare)
        if at >= 0 and (len(bare) >= least or one.text.strip() == bare):
            return shifted(cut(one.runs, at, at + len(bare)), lead - at)
    return None


def alike(known: Iterable[Known], text: str) -> tuple[Run, ...] | None:
    """The runs of a text whose tokens one of the known ones has in the same order, such as one that was
    indented anew or of which some was changed; None if no larger part of it is known."""
    tokens = tokens_of(text)
    for one in known:
        other = tokens_of(one.text)
        owners = owners_of(other, one.runs)
        now: Owners = [None] * len(tokens)
        size = 0
        for same in in_common(other.words, tokens.words):
            now[same.b : same.b + same.size] = owners[same.a : same.a + same.size]
            size += same.size
        if 2 * size > len(tokens):
            return runs_of(tokens, now)
    return None
