"""The open documents of an editor as the service holds them: live text, trees, and what changed lately."""

from __future__ import annotations

import stat
import time
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from counterpoint.context.question import RecentEdit
from counterpoint.context.symbols import Held, Over, Symbols
from counterpoint.index.edits import LineEdit
from counterpoint.index.live import LiveDocument

_REMEMBERED = 40
_RECENT_SECONDS = 1800.0
_NEAR = 2
"""Edits within so many lines of the last one of a file are one place."""


@dataclass(frozen=True, slots=True)
class _Change:
    path: str
    first: int
    last: int
    at: float


class Desk:
    """Documents by workspace-relative path."""

    def __init__(self, root: Path, clock: Callable[[], float] = time.monotonic) -> None:
        self._root = root
        self._clock = clock
        self._open: dict[str, LiveDocument] = {}
        self._as_saved: dict[str, tuple[tuple[int, int] | None, bool]] = {}
        """Whether documents equal their files, with the file's size and time; None: edited, not saved."""
        self._held: dict[str, tuple[object, Held]] = {}
        self._over: dict[str, tuple[object, Over]] = {}
        self._changes: deque[_Change] = deque(maxlen=_REMEMBERED)
        self._fresh: dict[str, None] = {}

    def open(self, path: str, language: str, text: str, version: int | None) -> None:
        """Start, or start again, with whole text."""
        self._open[path] = LiveDocument(language, text, version)
        self._fresh[path] = None
        self._as_saved.pop(path, None)

    def change(self, path: str, version: int | None, edits: Iterable[LineEdit]) -> None:
        """Apply edits. Those of a document that is not open are ignored."""
        document = self._open.get(path)
        if document is None:
            return
        self._as_saved[path] = (None, False)
        for first, last, after in document.edit(edits, version):
            self._note(path, first, last, after)

    def opened_since(self) -> str | None:
        """A document that was opened since this was last asked, each once."""
        return self._fresh.popitem()[0] if self._fresh else None

    def close(self, path: str) -> None:
        self._open.pop(path, None)
        self._fresh.pop(path, None)
        self._as_saved.pop(path, None)
        self._held.pop(path, None)
        self._over.pop(path, None)

    def saved(self, paths: Iterable[str]) -> None:
        """Files may have changed on disk: whether documents equal them is looked up anew."""
        for path in paths:
            self._as_saved.pop(path, None)

    def get(self, path: str) -> LiveDocument | None:
        return self._open.get(path)

    # -- recent edits

    def _note(self, path: str, first: int, last: int, after: int) -> None:
        """Remember lines `first` up to `after`, which replaced those up to `last`; what lay below moves."""
        moved = after - last
        if moved:
            self._changes = deque(
                (_moved(one, last, moved) if one.path == path else one for one in self._changes),
                maxlen=_REMEMBERED,
            )
        now, end = self._clock(), max(first, after - 1)
        if self._changes:
            newest = self._changes[0]
            near = newest.first - _NEAR <= end and first <= newest.last + _NEAR
            if newest.path == path and near:
                self._changes[0] = _Change(path, min(first, newest.first), max(end, newest.last), now)
                return
        self._changes.appendleft(_Change(path, first, end, now))

    def recent(self) -> tuple[RecentEdit, ...]:
        """What the user changed in the last half hour, newest first, each place once."""
        now = self._clock()
        return tuple(
            RecentEdit(one.path, one.first, one.last, round(now - one.at, 1))
            for one in self._changes
            if now - one.at <= _RECENT_SECONDS
        )

    # -- facts

    def over(self, base: Symbols, asked: str = "", *, at_once: bool = True) -> Symbols:
        """The workspace with the documents that differ from their files laid over it.

        `asked` is the document asked about, which is also laid over where the workspace does not know it.
        Not `at_once`, facts and lines of a document may be some seconds old, but fit each other.
        """
        symbols = base
        for path, document in self._open.items():
            unknown = path == asked and base.facts(path) is None
            if (unknown or not self._equals_file(path, document)) and (
                held := self._facts(path, document, at_once)
            ):
                symbols = self._laid(path, held, symbols)
        return symbols

    def _laid(self, path: str, held: Held, symbols: Symbols) -> Over:
        """A document over the rest: the same as for the last question, if nothing has changed since."""
        kept = self._over.get(path)
        mark = (id(symbols), symbols.changes)
        if kept is None or kept[0] != mark or kept[1].top is not held:
            kept = self._over[path] = (mark, Over(held, symbols))
        return kept[1]

    def _facts(self, path: str, document: LiveDocument, at_once: bool) -> Held | None:
        facts = document.facts(path, at_once=at_once)
        if facts is None:
            return None
        kept = self._held.get(path)
        if kept is None or kept[0] is not facts:
            kept = facts, Held([(facts, document.lines())])
            self._held[path] = kept
        return kept[1]

    def _equals_file(self, path: str, document: LiveDocument) -> bool:
        """Whether the file says the same. Whoever may have changed it: a document that the user has not
        edited is compared anew when its file is another."""
        kept = self._as_saved.get(path)
        if kept is not None and kept[0] is None:
            return kept[1]
        try:
            file = self._root / path
            status = file.stat()
            mark = (status.st_size, status.st_mtime_ns)
            if kept is None or kept[0] != mark:
                same = stat.S_ISREG(status.st_mode) and status.st_size == len(document.data)
                kept = self._as_saved[path] = (mark, same and file.read_bytes() == document.data)
        except (OSError, ValueError):
            return False
        return kept[1]

    def tidy(self, lag: float) -> bool:
        """Facts that lag behind by so many seconds are taken anew, one document's. False if none do."""
        now = time.monotonic()
        for path, document in self._open.items():
            if document.facts_lag(now) > lag:
                self._facts(path, document, at_once=True)
                return True
        return False


def _moved(one: _Change, below: int, by: int) -> _Change:
    if one.first >= below:
        return replace(one, first=one.first + by, last=one.last + by)
    return replace(one, last=max(one.first, one.last + by)) if one.last >= below else one


def same_text(document: LiveDocument, length: int) -> bool:
    """A cheap test that both ends hold the same text: its length in code points."""
    return len(document.data if document.data.isascii() else document.text) == length
