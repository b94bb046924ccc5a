"""From the protocol's values to ours. Positions stop being the client's here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from lsprotocol import types
from pygls.exceptions import JsonRpcInvalidParams

from counterpoint.lsp.documents import Change, Place
from counterpoint.lsp.positions import Encoding, column_of, offset_of, span_of
from counterpoint.text import Document, Problem, Span

OURS = "counterpoint"


def place(position: types.Position) -> Place:
    return position.line, position.character


def span(document: Document, range_: types.Range, encoding: Encoding) -> Span:
    return span_of(document, place(range_.start), place(range_.end), encoding)


def cursor(document: Document, position: types.Position, encoding: Encoding) -> Span:
    """The empty span at a position."""
    line, units = place(position)
    if line < len(document.lines):  # each key typed asks for one place: the starts of all lines cost more
        offset = document.start_of(line) + column_of(document.line(line), units, encoding)
    else:
        offset = offset_of(document, line, units, encoding)
    return Span(offset, offset)


def changes(events: Iterable[types.TextDocumentContentChangeEvent]) -> list[Change]:
    return [
        Change(event.text, (place(event.range.start), place(event.range.end)))
        if isinstance(event, types.TextDocumentContentChangePartial)
        else Change(event.text)
        for event in events
    ]


def problems(
    document: Document, diagnostics: Iterable[types.Diagnostic], encoding: Encoding
) -> tuple[Problem, ...]:
    """Diagnostics of other tools."""
    return tuple(
        Problem(
            document.path,
            span(document, item.range, encoding),
            item.message,
            item.source or "",
            "" if item.code is None else str(item.code),
            int(item.severity or types.DiagnosticSeverity.Error),
        )
        for item in diagnostics
        if item.source != OURS
    )


def argument_range(argument: Mapping[str, Any]) -> types.Range | None:
    """The `range` of a command's object. Raises JsonRpcInvalidParams if there is one of another form."""
    given = argument.get("range")
    if given is None:
        return None
    try:
        ends = [
            types.Position(int(given[end]["line"]), int(given[end]["character"])) for end in ("start", "end")
        ]
    except (KeyError, TypeError, ValueError) as error:
        raise JsonRpcInvalidParams("range must be {start: {line, character}, end: {...}}.") from error
    return types.Range(*ends)


RANGE = types.Range(types.Position(0, 0), types.Position(0, 0))
"""The beginning of a document, for commands that are not told a place."""


def plain_range(range_: types.Range) -> dict[str, dict[str, int]]:
    """A range as it stands in a command's object."""
    ends = {"start": range_.start, "end": range_.end}
    return {name: {"line": at.line, "character": at.character} for name, at in ends.items()}


def text_of(argument: Mapping[str, Any], name: str, *, required: bool = False) -> str:
    """A text of a command's object, empty if absent. Raises JsonRpcInvalidParams."""
    value = argument.get(name)
    if value is None and not required:
        return ""
    if not isinstance(value, str) or (required and not value):
        raise JsonRpcInvalidParams(f"{name} must be a text.")
    return value


def texts_of(argument: Mapping[str, Any], name: str) -> tuple[str, ...]:
    """A list of texts, empty if absent. Raises JsonRpcInvalidParams."""
    value = argument.get(name)
    if value is None:
        return ()
    if not isinstance(value, (list, tuple)) or not all(isinstance(item, str) for item in value):
        raise JsonRpcInvalidParams(f"{name} must be a list of texts.")
    return tuple(value)
