"""Findings of one text of a document, and where they stand in it as it changes. Of one thread only."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import NamedTuple

from counterpoint.anchors import Anchor, Anchored, tokens_in
from counterpoint.index.edits import LineEdit
from counterpoint.reviewing.anchoring import GONE, Gone, Stale, Where, anchors_of, places
from counterpoint.reviewing.seeking import occurrences
from counterpoint.reviewing.tracking import (
    Change,
    Part,
    Track,
    everything,
    followed,
    freshened,
    narrowed,
    reworked,
)
from counterpoint.text import Document, Position, Span


class Batch:
    """`items` in `at`, the document as it was last seen. What is not there stays, and may come back."""

    def __init__(
        self,
        items: Sequence[Anchored],
        at: Document,
        tracks: Sequence[Track],
        fresh: tuple[Part, ...],
    ) -> None:
        self.items = tuple(items)
        self.at = at
        self._tracks = list(tracks)
        self._fresh = self._recent = fresh
        self._told: tuple[Document, tuple[Where, ...]] | None = None

    @classmethod
    def found(cls, items: Sequence[Anchored], base: Document) -> Batch:
        """Findings with their places in the very document they were found in."""
        return cls(items, base, [Track(one.finding.start, one.finding.end) for one in items], ())

    @classmethod
    def kept(cls, items: Sequence[Anchored], document: Document) -> Batch:
        """Findings of an earlier text, which is not known any more."""
        batch = cls(items, document, (), ())
        batch._seek(document)
        return batch

    def only(self, ids: Collection[str]) -> Batch:
        """The same for some of the findings."""
        pairs = [pair for pair in zip(self.items, self._tracks, strict=True) if pair[0].finding.id in ids]
        return Batch([one for one, _ in pairs], self.at, [track for _, track in pairs], self._fresh)

    def follow(self, document: Document, edits: Sequence[LineEdit]) -> None:
        """The document changed by these edits."""
        alone = len(edits) == 1
        for edit in edits:
            known = self.at if alone else None
            change = Change.of(narrowed(edit, self.at, document) if alone else edit, known)
            before = self._tracks
            self._tracks = [followed(track, change) for track in before]
            if alone:
                self._fresh = reworked(self._fresh, change, self.at, document)
            else:
                self._fresh = freshened(self._fresh, change)
            self._recent = freshened(self._recent, change)
            if alone and not change.blank:
                self._carry(before, document, (change.start, change.until))
        self.at, self._told = document, None

    def _carry(self, before: Sequence[Track], document: Document, new: Part) -> None:
        """What one change replaced as a whole, as formatters do, is looked for in what took its place."""
        numbers = [
            number
            for number, (was, now) in enumerate(zip(before, self._tracks, strict=True))
            if now.lost and not was.lost
        ]
        if not numbers:
            return
        items = [self.items[number].finding for number in numbers]
        moved = [
            replace(item, start=before[number].start, end=before[number].end)
            for item, number in zip(items, numbers, strict=True)
        ]
        anchors = [one.anchor for one in anchors_of(moved, self.at)]
        for number, where in zip(numbers, places(anchors, document, fresh=(new,)), strict=True):
            if not isinstance(where, Gone):
                self._tracks[number] = _track(where, document)

    def meet(self, document: Document) -> None:
        """Another text of the document, of which nobody knows how it came about."""
        if document.lines != self.at.lines:
            self._seek(document)
        self.at, self._told = document, None

    def where(self, document: Document) -> tuple[Where, ...]:
        """Where each item stands in a text of the document."""
        if self._told is None or self._told[0] is not document:
            elsewhere = document is not self.at
            anchors = [one.anchor for one in self.items]
            self._told = document, places(anchors, document) if elsewhere else self._here()
        return self._told[1]

    def anchored(self) -> tuple[Anchored, ...]:
        """The items with what is known of their places now; what is stale or not there as it was."""
        there = {
            item.finding.id: replace(
                item.finding, start=self.at.position(where.start), end=self.at.position(where.end)
            )
            for item, where in zip(self.items, self.where(self.at), strict=True)
            if isinstance(where, Span)
        }
        made = {item.finding.id: item for item in anchors_of(list(there.values()), self.at)}
        return tuple(made.get(item.finding.id, item) for item in self.items)

    def _seek(self, document: Document) -> None:
        """Begin anew in a text in which every place must be looked for, and all is fresh."""
        found = places([one.anchor for one in self.items], document)
        self._tracks = [_track(where, document) for where in found]
        self._fresh, self._recent = everything(len(document.lines)), ()
        self.at, self._told = document, None

    def _here(self) -> tuple[Where, ...]:
        self._check_pasted()
        self._find_lost()
        found: list[Where] = []
        for item, track in zip(self.items, self._tracks, strict=True):
            if track.lost:
                found.append(GONE)
            elif track.touched:
                found.append(self._left(item.anchor, track))
            else:
                found.append(Span(self.at.offset(track.start), self.at.offset(track.end)))
        return tuple(found)

    def _check_pasted(self) -> None:
        """What was pasted must have the tokens where they were in what was cut."""
        for number, track in enumerate(self._tracks):
            if track.was is not None:
                same = isinstance(self._left(self.items[number].anchor, track), Span)
                self._tracks[number] = replace(track, was=None) if same else track.was

    def _find_lost(self) -> None:
        """Look for what is lost in what was put in where it stood, if that changed just now. Elsewhere it is
        known only as what was cut: the rest of the text has twins enough."""
        numbers = [
            number
            for number, track in enumerate(self._tracks)
            if track.lost and self._may_be_back(self.items[number].anchor)
        ]
        self._recent = ()
        by_part: dict[Part, list[int]] = {}
        for number in numbers:
            spot = self._tracks[number].start
            for part in self._fresh:
                if part[0] <= spot <= part[1]:
                    by_part.setdefault(part, []).append(number)
        for part, some in by_part.items():
            anchors = [self.items[number].anchor for number in some]
            found = places(anchors, self.at, fresh=(part,), whole=True)
            for number, where in zip(some, found, strict=True):
                if isinstance(where, Span):
                    self._tracks[number] = _track(where, self.at)

    def _may_be_back(self, anchor: Anchor) -> bool:
        """The longest of its tokens must be there, and other text is too much to look through."""
        telling = max(anchor.tokens, key=len, default="")
        return any(
            telling in self.at.line(line)
            for start, end in self._recent
            for line in range(
                max(0, start.line - anchor.more), min(end.line + anchor.more, len(self.at.lines)) + 1
            )
        )

    def _left(self, anchor: Anchor, track: Track) -> Where:
        """A place that an edit reached: the same tokens still, or what is left of them."""
        lines = range(track.start.line - anchor.more - 1, track.end.line + anchor.more + 2)
        stream = [one for line in lines for one in _tokens(self.at, line)]
        inside = [one for one in stream if one.end > track.start and one.start < track.end]
        if not inside:
            return GONE
        same = [
            (stream[at].start, stream[end - 1].end)
            for at, end in occurrences(anchor.tokens, [one.text for one in stream])
            if stream[at].start <= inside[-1].start and inside[0].end <= stream[end - 1].end
        ]
        whole = inside[0].start, inside[-1].end
        if len(same) == 1 or whole in same:
            start, end = whole if whole in same else same[0]
            first = self.at.offset(start) + anchor.lead
            return Span(first, max(first, self.at.offset(end) - anchor.trail))
        own = inside if track.replaced else [one for one in inside if not self._is_fresh(one)]
        if not own or (any(map(_is_word, anchor.tokens)) and not any(_is_word(one.text) for one in own)):
            return GONE
        return Stale(Span(self.at.offset(inside[0].start), self.at.offset(inside[-1].end)))

    def _is_fresh(self, token: _Token) -> bool:
        return any(start <= token.start and token.end <= end for start, end in self._fresh)


class _Token(NamedTuple):
    start: Position
    end: Position
    text: str


def _tokens(document: Document, line: int) -> list[_Token]:
    found = tokens_in(document.line(line))
    return [_Token(Position(line, start), Position(line, end), text) for start, end, text in found]


def _track(where: Where, document: Document) -> Track:
    if isinstance(where, Gone):
        return Track(Position(0, 0), Position(0, 0), touched=True, lost=True)
    stale = isinstance(where, Stale)
    span = where.span if isinstance(where, Stale) else where
    return Track(document.position(span.start), document.position(span.end), touched=True, replaced=stale)


def _is_word(token: str) -> bool:
    return token[0].isalnum() or token[0] == "_"
