"""What an editor tells of a change, as ranges of the text before it. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from counterpoint.index.edits import ALL, LineEdit
from counterpoint.reviewing.machine.carry import Change, difference
from counterpoint.text import Document, ends_of, split_lines


def changes_of(before: Document, after: Document, edits: Sequence[LineEdit]) -> tuple[Change, ...]:
    """What makes one version of another: as the editor told it where each of its edits stands before the one
    told ahead of it, so that all of them mean places in `before`; else the one range that differs."""
    found: list[Change] = []
    for edit in edits:
        if edit.last_line >= ALL and edit.first_line == 0 and edit.first_column == 0:
            found = []
            break
        start, end = _ends(before, edit)
        if found and end > found[-1].start:
            found = []
            break
        found.append(Change(start, end, edit.text))
    if found and _makes(before, after, found):
        return tuple(found)
    one = difference(before.text, after.text)
    return (one,) if one is not None else ()


def step(document: Document, edit: LineEdit) -> Document:
    """The document after one of several edits: a state in between, which has no version."""
    start, end = _ends(document, edit)
    text = f"{document.text[:start]}{edit.text}{document.text[end:]}"
    return Document.of(document.path, text, document.language)


def plain(before: Document, after: Document, edits: Sequence[LineEdit]) -> bool:
    """Whether edits made as many lines as they tell of: two halves of a line's end that meet make one less,
    and then lines do not tell where things are."""
    if any(edit.last_line >= len(before.lines) for edit in edits):
        return True
    told = sum(ends_of(split_lines(edit.text)) - (edit.last_line - edit.first_line) for edit in edits)
    return ends_of(after.lines) - ends_of(before.lines) == told


def _ends(document: Document, edit: LineEdit) -> tuple[int, int]:
    """What an edit replaces."""
    start = _offset(document, edit.first_line, edit.first_column)
    beyond = edit.last_line >= len(document.lines)
    return start, document.starts[-1] if beyond else _offset(document, edit.last_line, edit.last_column)


def _offset(document: Document, line: int, column: int) -> int:
    """A place within a line, its end included: an edit may stand between the two halves of a line end."""
    if line >= len(document.lines):
        return document.starts[-1]
    return document.starts[line] + min(column, len(document.lines[line]))


def _makes(before: Document, after: Document, changes: Sequence[Change]) -> bool:
    """Whether the changes lead from the one text to the other, by its length and the places they touch."""
    size = before.starts[-1] + sum(len(one.new) - (one.end - one.start) for one in changes)
    if size != after.starts[-1]:
        return False
    moved = 0
    for one in reversed(changes):
        if not after.text.startswith(one.new, one.start + moved):
            return False
        moved += len(one.new) - (one.end - one.start)
    return True
