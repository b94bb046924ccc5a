"""A model's edits: read from its reply, located in the files they name, checked, made a change set."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from counterpoint.answers import ChangeSet, Dropped, FileChange, QuoteEdit
from counterpoint.errors import BadAnswer
from counterpoint.jsonscan import scan, string_list, string_value
from counterpoint.locate import fitted, locate
from counterpoint.text import Document, Edit, Files, Situation, Span

_QUOTE: Mapping[str, Any] = {
    "path": {"type": "string"},
    "line": {"type": "integer"},
    "old": {"type": "string"},
    "new": {"type": "string"},
    "reason": {"type": "string"},
}


def _list_of(properties: Mapping[str, Any]) -> Mapping[str, Any]:
    item = {
        "type": "object",
        "properties": properties,
        "required": [*properties],
        "additionalProperties": False,
    }
    return {"type": "array", "items": item}


QUOTES_SCHEMA: Mapping[str, Any] = _list_of(_QUOTE)
"""A list of edits as it stands in a fix."""

EDITS_SCHEMA: Mapping[str, Any] = {
    "type": "object",
    "properties": {
        "assumptions": {"type": "array", "items": {"type": "string"}},
        "question": {"type": "string"},
        "edits": _list_of({**_QUOTE, "extra": {"type": "boolean"}}),
    },
    "required": ["assumptions", "question", "edits"],
    "additionalProperties": False,
}

_CLOSED = frozenset({"..", ".git", ".hg", ".jj", ".svn"})


def read_changes(raw: str, situation: Situation) -> ChangeSet:
    """Read a reply of the form of `EDITS_SCHEMA`. Raises BadAnswer if it holds no list of edits."""
    objects, state = scan(raw, "edits")
    if not state.begun:
        raise BadAnswer(
            "The model's answer holds no list of edits.", fix="Ask again, or word it differently."
        )
    dropped = [Dropped("malformed", "an edit was no JSON object")] * state.broken
    if not state.ended:
        dropped.append(Dropped("cut-off", "the answer ended amid the list of edits"))
    quotes: list[QuoteEdit] = []
    for item in objects:
        edit = quote_edit(item)
        if edit is None:
            dropped.append(
                Dropped("malformed", f"{item.get('path', '?')}: a field is missing or has the wrong type")
            )
        else:
            quotes.append(edit)
    made = change_set(quotes, situation.document, situation.files)
    # What was cut off may have been half of a change that only works as a whole.
    if not state.ended:
        return ChangeSet(
            (), (*dropped, *made.dropped, *(Dropped("cut-off", file.path) for file in made.files))
        )
    question = string_value(raw, "question").strip()
    assumptions = string_list(raw, "assumptions")
    return ChangeSet(made.files, (*dropped, *made.dropped), assumptions, question)


def quote_edit(item: Mapping[str, Any]) -> QuoteEdit | None:
    """One edit as a model gives it, or None if a field is missing or of the wrong type."""
    path, old, new = item.get("path"), item.get("old"), item.get("new")
    line, reason = item.get("line"), item.get("reason", "")
    if not (isinstance(path, str) and isinstance(old, str) and isinstance(new, str)):
        return None
    near = line if isinstance(line, int) and not isinstance(line, bool) and line > 0 else None
    told = reason if isinstance(reason, str) else ""
    return QuoteEdit(path, old, new, near, told, item.get("extra") is True)


def change_set(quotes: Iterable[QuoteEdit], document: Document, files: Files) -> ChangeSet:
    """Locate every edit. What cannot be applied is dropped with one of these reasons:

    `outside` (no file of the workspace, or one we may not send), `absent`, `ambiguous`, `overlap`,
    `no-change`, `exists` (a new file over an old one).
    """
    dropped: list[Dropped] = []
    by_path: dict[str, list[QuoteEdit]] = {}
    for quote in quotes:
        by_path.setdefault(_clean(quote.path), []).append(quote)
    changes = []
    for path, edits in by_path.items():
        target = document if path == document.path else files.read(path)
        change = _created(path, edits, dropped) if target is None else _changed(target, edits, dropped)
        if change is not None:
            changes.append(change)
    return ChangeSet(tuple(changes), tuple(dropped))


def _clean(path: str) -> str:
    return path.strip().replace("\\", "/").removeprefix("./")


def _created(path: str, edits: list[QuoteEdit], dropped: list[Dropped]) -> FileChange | None:
    """A new file: one edit with nothing quoted, inside the workspace."""
    parts = path.lower().split("/")
    # A hook or a setting of the version control system would run as a program.
    unsafe = path[:1] in ("", "/", "~") or ":" in parts[0] or not _CLOSED.isdisjoint(parts)
    if unsafe or len(edits) != 1 or edits[0].old.strip():
        dropped += [
            Dropped("outside" if unsafe else "absent", f"{path}: {_head(edit.old)}") for edit in edits
        ]
        return None
    return FileChange(path, None, (Edit(Span(0, 0), edits[0].new),), reasons=(edits[0].reason,))


def _changed(document: Document, edits: list[QuoteEdit], dropped: list[Dropped]) -> FileChange | None:
    kept: list[Edit] = []
    reasons: list[str] = []
    extras: list[bool] = []
    for quote in edits:
        found = _located(document, quote)
        if isinstance(found, str):
            dropped.append(Dropped(found, f"{document.path}: {_head(quote.old)}"))
        elif any(_clash(found.span, other.span) for other in kept):
            dropped.append(Dropped("overlap", f"{document.path}: {_head(quote.old)}"))
        else:
            kept.append(found)
            reasons.append(quote.reason)
            extras.append(quote.extra)
    if not kept:
        return None
    told = (tuple(reasons), tuple(extras))
    return FileChange(document.path, document.text, tuple(kept), document.version, *told)


def _located(document: Document, quote: QuoteEdit) -> Edit | str:
    if not quote.old.strip():
        if document.text.strip():
            return "absent" if quote.near_line else "exists"
        return Edit(Span(0, len(document.text)), quote.new.replace("\r\n", "\n").replace("\n", document.eol))
    place = locate(document, quote.old, quote.near_line)
    if isinstance(place, str):
        return place
    new = fitted(document, place, quote.old, quote.new)
    if new == document.text[place.span.start : place.span.end]:
        return "no-change"
    return Edit(place.span, new)


def _clash(first: Span, second: Span) -> bool:
    return first.overlaps(second) or first == second


def _head(quote: str) -> str:
    line = next((line.strip() for line in quote.splitlines() if line.strip()), "(nothing quoted)")
    return line if len(line) <= 60 else f"{line[:57]}..."
