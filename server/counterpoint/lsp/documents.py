"""The open documents: one immutable `Document` per version, and the few versions before it.

Lines end at LF, CRLF and CR only, as editors count them. An edit costs the lines it touches and one
copy of the line tuple. Nothing here reads a file.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

from counterpoint.index.edits import ALL, LineEdit
from counterpoint.lsp.positions import Encoding, column_of
from counterpoint.lsp.uris import key_of
from counterpoint.text import Document, Edit, Span, ends_of, split_lines

HISTORY = 8
JOURNAL = 1_000
"""Changes of a document that are remembered as they were told."""

Place: TypeAlias = tuple[int, int]
"""Line and character as the client counts them."""


@dataclass(frozen=True, slots=True)
class Change:
    """A change as the client sent it; `range` None replaces the whole text."""

    text: str
    range: tuple[Place, Place] | None = None


@dataclass(frozen=True, slots=True)
class Opened:
    """An open document: the client's own spelling of its URI, and its versions, newest first."""

    uri: str
    versions: tuple[Document, ...]

    @property
    def now(self) -> Document:
        return self.versions[0]


class Documents:
    """The store. Touched by the event loop only; what it hands out never changes."""

    def __init__(self, name: Callable[[str], str], encoding: Encoding = "utf-16") -> None:
        """`name` turns a URI into the path the document is known by inside."""
        self._name = name
        self._open: dict[str, Opened] = {}
        self._unsaved: set[str] = set()
        self._told: dict[str, deque[tuple[int | None, tuple[LineEdit, ...]]]] = {}
        """By key: the version a change was made of, and its edits; one of everything where lines do not tell
        of them."""
        self.encoding: Encoding = encoding

    def open(self, uri: str, language: str, version: int, text: str) -> Document:
        """Start, or start again, with whole text. A leading BOM stays: the client counts it."""
        document = Document.of(self._name(uri), text, language, version)
        self._unsaved.discard(key_of(uri))
        self._told[key_of(uri)] = deque(maxlen=JOURNAL)
        self._open[key_of(uri)] = Opened(uri, (document,))
        return document

    def change(
        self, uri: str, version: int | None, changes: Iterable[Change], log: list[LineEdit] | None = None
    ) -> Document | None:
        """Apply changes in order. None if the document was never opened: the client is confused.

        `log` gets the changes in code points, each as it stood when its turn came.
        """
        opened = self._open.get(key_of(uri))
        if opened is None:
            return None
        done: list[LineEdit] = []
        lines, plain = _edited(opened.now.lines, changes, self.encoding, done)
        if log is not None:
            log += done
        document = replace(opened.now, lines=lines, version=version)
        everything = (LineEdit(0, 0, ALL, 0, document.text),)
        told = _telling(opened.now, document, done) if plain else everything
        self._told[key_of(uri)].append((opened.now.version, told))
        versions = (document, *opened.versions[: HISTORY - 1])
        self._open[key_of(uri)] = Opened(opened.uri, versions)
        self._unsaved.add(key_of(uri))
        return document

    def saved(self, uri: str) -> None:
        """What a document says now is what the file says."""
        self._unsaved.discard(key_of(uri))

    def unsaved(self) -> tuple[Opened, ...]:
        """Documents that were changed since they were opened or saved."""
        return tuple(self._open[key] for key in self._unsaved if key in self._open)

    def rename(self) -> None:
        """Know each document by the path it has now that other folders are open."""
        for key, opened in self._open.items():
            path = self._name(opened.uri)
            if path != opened.now.path:
                versions = tuple(replace(document, path=path) for document in opened.versions)
                self._open[key] = Opened(opened.uri, versions)

    def since(self, uri: str, version: int | None) -> tuple[LineEdit, ...] | None:
        """What was told of an open document since a version, one edit after the other; None if that is not
        known any more."""
        opened, told = self._open.get(key_of(uri)), self._told.get(key_of(uri), ())
        if opened is None or version is None:
            return None
        found: list[LineEdit] = []
        for before, edits in reversed(() if version == opened.now.version else told):
            found[:0] = edits
            if before == version:
                return tuple(found)
        return () if version == opened.now.version else None

    def close(self, uri: str) -> None:
        self._told.pop(key_of(uri), None)
        self._open.pop(key_of(uri), None)
        self._unsaved.discard(key_of(uri))

    def get(self, uri: str) -> Document | None:
        """The newest version, or None if not open."""
        opened = self._open.get(key_of(uri))
        return opened.now if opened else None

    def at(self, uri: str, version: int | None) -> Document | None:
        """A version that may be some edits old, or None if it is no longer kept."""
        opened = self._open.get(key_of(uri))
        versions = opened.versions if opened else ()
        return next((document for document in versions if document.version == version), None)

    def all(self) -> tuple[Opened, ...]:
        return tuple(self._open.values())

    def by_path(self, path: str) -> Opened | None:
        """The open document known inside by this path."""
        return next((opened for opened in self._open.values() if opened.now.path == path), None)


def edited(
    lines: Sequence[str], changes: Iterable[Change], encoding: Encoding, log: list[LineEdit] | None = None
) -> tuple[str, ...]:
    """The lines after the changes, applied in order. Places past an end are clamped to it."""
    return _edited(lines, changes, encoding, log if log is not None else [])[0]


def _edited(
    lines: Sequence[str], changes: Iterable[Change], encoding: Encoding, log: list[LineEdit]
) -> tuple[tuple[str, ...], bool]:
    """As `edited`, and whether each edit makes as many lines as its text has: two halves of a CRLF that meet
    make one less."""
    result = list(lines)
    plain = True
    for change in changes:
        if change.range is None:
            result = list(split_lines(change.text))
            done = LineEdit(0, 0, ALL, 0, change.text)
        else:
            ends = ends_of(result)
            done = _splice(result, change.text, *change.range, encoding)
            gone = min(done.last_line, ends) - min(done.first_line, ends)
            plain = plain and ends_of(result) - ends == ends_of(split_lines(change.text)) - gone
        log.append(done)
    return tuple(result), plain


def _telling(before: Document, after: Document, edits: Sequence[LineEdit]) -> tuple[LineEdit, ...]:
    """The edits of a change; where one replaces the whole text, only the lines that differ."""
    if all(edit.last_line < ALL for edit in edits):
        return tuple(edits)
    from counterpoint.reviewing.tracking import narrowed  # not before the reply to `initialize`

    everything = LineEdit(0, 0, ALL, 0, after.text)
    return (narrowed(edits[0] if len(edits) == 1 else everything, before, after),)


def _splice(lines: list[str], text: str, start: Place, end: Place, encoding: Encoding) -> LineEdit:
    start, end = min(start, end), max(start, end)
    first, head = _before(lines, start, encoding)
    last, tail = _after(lines, end, encoding)
    to = (last - 1, len(lines[last - 1]) - len(tail)) if end[0] < len(lines) else (ALL, 0)
    done = LineEdit(first, len(head), *to, text)
    middle = split_lines(head + text + tail)
    if first and middle and middle[0].startswith("\n") and lines[first - 1].endswith("\r"):
        first -= 1  # the two halves of a CRLF have met
        middle = (lines[first] + middle[0], *middle[1:])
    lines[first:last] = middle
    return done


def _before(lines: list[str], place: Place, encoding: Encoding) -> tuple[int, str]:
    """Index of the first line to replace, and what of it stays in front."""
    line, units = place
    if line >= len(lines):
        if lines and not lines[-1].endswith(("\n", "\r")):
            return len(lines) - 1, lines[-1]
        return len(lines), ""
    return line, lines[line][: column_of(lines[line].rstrip("\r\n"), units, encoding)]


def _after(lines: list[str], place: Place, encoding: Encoding) -> tuple[int, str]:
    """Index behind the last line to replace, and what of it stays at the back."""
    line, units = place
    if line >= len(lines):
        return len(lines), ""
    return line + 1, lines[line][column_of(lines[line].rstrip("\r\n"), units, encoding) :]


def carried(edits: Sequence[Edit], old: Document, new: Document) -> tuple[Edit, ...] | None:
    """Edits of `old` in terms of `new`; None if the text changed where one of them stands.

    What was typed since is taken as one block of lines. Edits before it stay, edits behind it move along.
    """
    if old.lines == new.lines:
        return tuple(edits)
    most = min(len(old.lines), len(new.lines))
    head = next((at for at in range(most) if old.lines[at] != new.lines[at]), most)
    tail = next(
        (at for at in range(most - head) if old.lines[-1 - at] != new.lines[-1 - at]),
        most - head,
    )
    before, after = old.starts[head], old.starts[len(old.lines) - tail]
    moved = new.starts[-1] - old.starts[-1]
    result = []
    for edit in edits:
        if edit.span.end <= before and (edit.span.end < before or edit.span.start < before):
            result.append(edit)
        elif edit.span.start >= after:
            result.append(Edit(Span(edit.span.start + moved, edit.span.end + moved), edit.new))
        else:
            return None
    return tuple(result)
