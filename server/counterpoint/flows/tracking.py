"""Machine-written text of open documents, moved along with every change. In memory; no clock, no I/O.

What a key costs is a comparison of the place it was typed at. Whatever would take longer, such as a document
that was formatted as a whole, waits until `settle` is called, in a thread or by whoever asks first.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from counterpoint.flows.changes import changes_of
from counterpoint.index.edits import LineEdit
from counterpoint.reviewing.machine.carry import (
    Change,
    Clippings,
    Known,
    alike,
    carried,
    exactly,
)
from counterpoint.reviewing.machine.span import Origin, Run, cut, healed, joined
from counterpoint.text import Document, Edit, apply

_AT_ONCE = 400
"""Characters a change may take out and put in to be followed while the user types."""
_COPIED = 20
"""Characters of a text that is taken for a copy of one that still stands."""
_ANNOUNCED = 20


@dataclass(slots=True)
class Tracked:
    """A document, the runs of the version `at`, and the newest version, which may be ahead of it.

    `known` is False until it has been looked up what stood in the document when it was opened.
    """

    at: Document
    runs: tuple[Run, ...] = ()
    newest: Document | None = None
    known: bool = False
    first: Document | None = None
    """The version it was opened with, for which what stood in it is looked up."""

    @property
    def now(self) -> Document:
        return self.newest or self.at


@dataclass(slots=True)
class Announced:
    """An edit of ours that is about to be applied: the text before and after it, and what of it is new."""

    before: str
    changes: tuple[Change, ...]
    origin: Origin
    result: Known


def with_found(tracked: Tracked, runs: Sequence[Run]) -> tuple[Run, ...]:
    """The runs of a document with those that were looked up for the version it was opened with."""
    first = tracked.first or tracked.at
    changes = changes_of(first, tracked.at, ())
    return _over(carried(first.text, runs, changes) if changes else tuple(runs), tracked.runs)


@dataclass(frozen=True, slots=True)
class Sources:
    """What text that comes into a document may be known from, as of one moment."""

    clippings: Clippings
    near: tuple[Known, ...]

    def recall(self, path: str, text: str, start: int) -> tuple[Run, ...] | None:
        """See `carry.Recall`."""
        if not text.strip():
            return None
        found = self.clippings.recall(path, text, start)
        if found is None:
            found = exactly(self.near, text, _COPIED)
        return found if found is not None else alike(self.near, text) if _worth(text) else None


@dataclass(frozen=True, slots=True)
class Following:
    """What it takes to follow a document from one version to the next. Works on values: any thread may."""

    before: Document
    had: tuple[Run, ...]
    after: Document
    changes: tuple[Change, ...]
    announced: Announced | None
    sources: Sources

    def runs(self) -> tuple[Run, ...]:
        """The runs of the next version."""
        old, announced = self.before.text, self.announced
        if announced is not None and announced.before == old:
            return authored(old, self.had, announced.changes, announced.origin)
        return carried(old, self.had, self.changes, self.before.path, self.sources.recall)


@dataclass(slots=True)
class Tracking:
    """Touched by the event loop only."""

    documents: dict[str, Tracked] = field(default_factory=dict)
    clippings: Clippings = field(default_factory=Clippings)
    announced: list[Announced] = field(default_factory=list)

    def opened(self, document: Document) -> None:
        """A document is open. What stood in it is yet to be looked up, unless an edit of ours made it."""
        self.documents[document.path] = Tracked(document, first=document)
        self._arrived(self.documents[document.path])

    def closed(self, path: str) -> Tracked | None:
        """A document was closed; what was known of it."""
        return self.documents.pop(path, None)

    def found(self, document: Document, runs: Sequence[Run]) -> None:
        """What was looked up for a document, for the version it was opened with."""
        tracked = self.documents.get(document.path)
        if tracked is None or tracked.known or tracked.first is not document:
            return
        tracked.runs, tracked.known, tracked.first = with_found(tracked, runs), True, None
        newest, tracked.newest = tracked.newest, None
        if newest is not None:
            self.changed(document, newest)

    def changed(self, before: Document, after: Document, edits: Sequence[LineEdit] = ()) -> bool:
        """A document has changed. True if following that is left for `settle`."""
        tracked = self.documents.get(after.path)
        if tracked is None:
            self.opened(before)
            tracked = self.documents[after.path]
        if not tracked.known or tracked.newest is not None:
            tracked.newest = after
            self._arrived(tracked)
            return tracked.known and tracked.newest is not None
        if self._idle(tracked):
            tracked.at = after
            return False
        if tracked.at is not before and tracked.at.lines != before.lines:
            edits = ()
        changes = changes_of(tracked.at, after, edits)
        size = sum(len(one.new) + one.end - one.start for one in changes)
        if size > _AT_ONCE:
            tracked.newest = after
            self._arrived(tracked)
            return tracked.newest is not None
        work = self._following(tracked, after, changes)
        self.settled(work, work.runs())
        return False

    def settle(self, path: str) -> None:
        """Bring the runs of a document up to its newest version, now."""
        if (work := self.unsettled(path)) is not None:
            self.settled(work, work.runs())

    def unsettled(self, path: str) -> Following | None:
        """What is to be worked out for a document, in a thread if need be; None if it is followed."""
        tracked = self.documents.get(path)
        if tracked is None or not tracked.known or tracked.newest is None:
            return None
        newest = tracked.newest
        return self._following(tracked, newest, changes_of(tracked.at, newest, ()))

    def settled(self, work: Following, runs: tuple[Run, ...]) -> bool:
        """Take what was worked out; False if the document is another one by now, and it is for nothing."""
        tracked = self.documents.get(work.before.path)
        if tracked is None or tracked.at is not work.before:
            return False
        for one in work.changes:
            self.clippings.took(work.before.path, work.before.text, tracked.runs, one)
        if work.announced is not None and work.announced in self.announced:
            self.announced.remove(work.announced)
        tracked.runs, tracked.at = healed(work.after.text, runs), work.after
        if tracked.newest is work.after:
            tracked.newest = None
        return True

    def wrote(self, document: Document, start: int, end: int, origin: Origin) -> None:
        """A model's text stands in a document as it is now."""
        tracked = self.documents.get(document.path)
        if tracked is None:
            self.opened(document)
            tracked = self.documents[document.path]
        if tracked.now.lines != document.lines:
            return
        self.settle(document.path)
        if tracked.newest is not None:  # what stood there is still being looked up: that is for this version
            tracked.at, tracked.newest = tracked.newest, None
        tracked.runs = _over(tracked.runs, (Run(start, end, origin),))

    def applying(self, path: str, before: str, edits: Sequence[Edit], origin: Origin) -> None:
        """An edit of ours is about to be applied by the editor."""
        changes = tuple(Change(one.span.start, one.span.end, one.new) for one in edits)
        after = apply(before, edits)
        runs = authored(before, (), changes, origin)
        self.announced.insert(0, Announced(before, changes, origin, Known(path, 0, after, runs)))
        del self.announced[_ANNOUNCED:]
        if (tracked := self.documents.get(path)) is not None:
            self._arrived(tracked)

    def runs(self, document: Document) -> tuple[Run, ...] | None:
        """The runs of an open document, for the version given; None where they are not known yet."""
        tracked = self.documents.get(document.path)
        if tracked is None or not tracked.known:
            return None
        self.settle(document.path)
        if tracked.at is document or tracked.at.lines == document.lines:
            return tracked.runs
        changes = changes_of(tracked.at, document, ())
        return carried(tracked.at.text, tracked.runs, changes)

    # -- how a change is followed

    def _idle(self, tracked: Tracked) -> bool:
        """True if no text of a model is about that a change could move or bring in."""
        return not (
            tracked.runs
            or self.announced
            or any(one.runs for one in self.clippings.records)
            or any(one.runs for one in self.documents.values())
        )

    def _following(self, tracked: Tracked, after: Document, changes: Sequence[Change]) -> Following:
        path = tracked.at.path
        clippings = Clippings(self.clippings.records.copy())
        for one in changes:
            clippings.took(path, tracked.at.text, tracked.runs, one)
        announced = self._announced(path, after.text)
        sources = Sources(clippings, tuple(self._near(path)))
        return Following(tracked.at, tracked.runs, after, tuple(changes), announced, sources)

    def _announced(self, path: str, text: str) -> Announced | None:
        if not self.announced:
            return None
        found = (one for one in self.announced if one.result.path == path and one.result.text == text)
        return next(found, None)

    def _arrived(self, tracked: Tracked) -> None:
        """Where the newest version is just what an edit of ours makes, its part in it is known."""
        now = tracked.now
        announced = self._announced(now.path, now.text)
        if announced is None:
            return
        if tracked.known and tracked.at.text == announced.before:
            for one in announced.changes:
                self.clippings.took(now.path, tracked.at.text, tracked.runs, one)
            tracked.runs = authored(announced.before, tracked.runs, announced.changes, announced.origin)
        else:
            self.settle(now.path)
            tracked.runs = _over(tracked.runs, announced.result.runs)
        tracked.at, tracked.newest = now, None
        self.announced.remove(announced)

    def _near(self, path: str) -> Iterator[Known]:
        """Texts that somebody may paste, those with machine-written parts only."""
        yield from (one.result for one in self.announced if one.result.path == path)
        yield from (one for one in self.clippings.records if one.runs)
        for name, tracked in self.documents.items():
            if tracked.runs:
                yield Known(name, 0, tracked.at.text, tracked.runs)


def _worth(text: str) -> bool:
    """Whether a text is long enough to be known by its tokens."""
    return len("".join(text.split())) >= 30


def authored(old: str, runs: Sequence[Run], changes: Sequence[Change], origin: Origin) -> tuple[Run, ...]:
    """The runs after an edit of ours: what it only quotes keeps its author, what is new is the model's."""

    def mine(path: str, text: str, start: int) -> tuple[Run, ...]:
        return (Run(0, len(text), origin),)

    return carried(old, runs, changes, recall=mine)


def _over(runs: Sequence[Run], above: Sequence[Run]) -> tuple[Run, ...]:
    """The runs with others put over them."""
    if not above:
        return tuple(runs)
    ends = [0, *(at for one in joined(above) for at in (one.start, one.end)), 1 << 62]
    left = [run for start, end in list(pairwise(ends))[::2] for run in cut(runs, start, end)]
    return joined((*left, *above))
