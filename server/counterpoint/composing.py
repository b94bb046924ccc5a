"""Two changes of one file, one made on top of the other, as a single change of the first text. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from counterpoint.answers import FileChange
from counterpoint.text import Edit, Span

Owner = tuple[int, int]
"""Which change (0 or 1) and which of its edits."""


@dataclass(frozen=True, slots=True)
class _Piece:
    """A stretch of the text: of the first text where `span` says so, else written by its owners."""

    text: str
    span: Span | None = None
    owners: frozenset[Owner] = frozenset()


def composed(first: FileChange, second: FileChange) -> FileChange:
    """`second`, which was made on the text that `first` leads to, with `first`, as edits of `first.before`.

    An edit that undoes one of the other is gone; those that touch one another become one, with the reasons
    and the doubts of both. `second` tells where the file goes and whether it stays.
    """
    before = first.before or ""
    pieces = list(_over([_Piece(before, Span(0, len(before)))] if before else [], first.edits, 0))
    pieces = list(_over(pieces, second.edits, 1))
    made = [
        one
        for one in _edits(pieces, len(before))
        if before[one[0].span.start : one[0].span.end] != one[0].new
    ]
    changes = (first, second)
    return replace(
        first,
        edits=tuple(edit for edit, _ in made),
        reasons=tuple(_joined(changes, owners, "reasons") for _, owners in made),
        extras=tuple(all(_of(changes[at].extras, nth, False) for at, nth in owners) for _, owners in made),
        doubts=tuple(_joined(changes, owners, "doubts") for _, owners in made),
        doubt="; ".join(dict.fromkeys(filter(None, (first.doubt, second.doubt)))),
        moved_to=second.moved_to or first.moved_to,
        deleted=second.deleted,
    )


def _over(pieces: Sequence[_Piece], edits: Sequence[Edit], change: int) -> Iterator[_Piece]:
    """The pieces after edits that mean places in their text."""
    order = sorted(range(len(edits)), key=lambda nth: (edits[nth].span, nth))
    waiting = list(pieces)[::-1]
    at = 0
    for nth in order:
        edit = edits[nth]
        while waiting and (at < edit.span.start or (not waiting[-1].text and at == edit.span.start)):
            piece = waiting.pop()
            if at + len(piece.text) > edit.span.start:
                head, piece = _cut(piece, edit.span.start - at)
                waiting.append(piece)
                piece = head
            at += len(piece.text)
            yield piece
        owners = {(change, nth)}
        while waiting and at < edit.span.end:
            piece = waiting.pop()
            if at + len(piece.text) > edit.span.end:
                piece, tail = _cut(piece, edit.span.end - at)
                waiting.append(tail)
            at += len(piece.text)
            owners |= piece.owners
        yield _Piece(edit.new, None, frozenset(owners))
    yield from reversed(waiting)


def _cut(piece: _Piece, at: int) -> tuple[_Piece, _Piece]:
    head, tail = piece.text[:at], piece.text[at:]
    if piece.span is None:
        return replace(piece, text=head), replace(piece, text=tail)
    middle = piece.span.start + at
    return _Piece(head, Span(piece.span.start, middle)), _Piece(tail, Span(middle, piece.span.end))


def _edits(pieces: Iterable[_Piece], length: int) -> Iterator[tuple[Edit, tuple[Owner, ...]]]:
    """What stands between the pieces of the first text, as edits of it."""
    at, text, owners = 0, "", set[Owner]()
    for piece in (*pieces, _Piece("", Span(length, length))):
        if piece.span is None:
            text, owners = text + piece.text, owners | piece.owners
            continue
        if owners and (text or piece.span.start > at):
            yield Edit(Span(at, piece.span.start), text), tuple(sorted(owners))
        if owners or piece.span.start > at or piece.text:
            at, text, owners = piece.span.end, "", set()


def _of(values: Sequence[bool], nth: int, default: bool) -> bool:
    return values[nth] if nth < len(values) else default


def _joined(changes: Sequence[FileChange], owners: Iterable[Owner], name: str) -> str:
    told = []
    for change, nth in owners:
        values: Sequence[str] = getattr(changes[change], name)
        told.append(values[nth] if nth < len(values) else "")
    return "; ".join(dict.fromkeys(filter(None, told)))


def merged(first: Sequence[FileChange], second: Sequence[FileChange]) -> tuple[FileChange, ...]:
    """Changes of several files made on the texts that others led to, with those: one for each file."""
    later = {one.path: one for one in second}
    made = []
    for one in first:
        on_top = later.pop(one.moved_to or one.path, None)
        made.append(one if on_top is None else composed(one, on_top))
    return (*made, *later.values())
