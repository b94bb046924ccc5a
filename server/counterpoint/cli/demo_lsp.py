"""What the demo's editor makes of the protocol: diagnostics as findings, edits as new texts. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, cast

from counterpoint.answers import Finding, Fix, Severity, Status
from counterpoint.text import Document, Edit, Position, Span, apply

if TYPE_CHECKING:
    from counterpoint.cli.demo_client import Editor

_MARK = re.compile(r" \((contested|unverified|stale)\)$")
_SEVERITIES: dict[int, Severity] = {1: "P1", 2: "P2", 3: "P3", 4: "P3"}


def range_at(at: Position) -> dict[str, dict[str, int]]:
    """The empty range at a position; columns count characters, as the demo's editor has asked for."""
    place = {"line": at.line, "character": at.column}
    return {"start": place, "end": place}


def finding_of(row: Mapping[str, Any], document: Document) -> Finding:
    """A diagnostic of ours as the finding it shows."""
    code = str(row.get("code", ""))
    lens, _, category = code.partition("/")
    data = row.get("data")
    fix = data.get("fix") if isinstance(data, dict) else None
    title, _, body = str(row["message"]).partition("\n")
    found = _MARK.search(title)
    return Finding(
        id="",
        path=document.path,
        start=_position(row["range"]["start"]),
        end=_position(row["range"]["end"]),
        severity=_SEVERITIES[int(row.get("severity", 2))],
        confidence=1.0,
        category=category,
        lens=lens,
        title=_MARK.sub("", title),
        body=body.strip(),
        status=cast(Status, found[1]) if found else "static" if not category else "verified",
        rule="" if category else code,
        fix=Fix(str(fix.get("title", "")), ()) if isinstance(fix, dict) else None,
    )


def applied(editor: Editor, edit: Mapping[str, Any], open_: Mapping[str, Document]) -> dict[str, str]:
    """The new text of each file that a workspace edit changes, by path."""
    found: dict[str, str] = {}
    changes = [
        (one["textDocument"]["uri"], one["edits"])
        for one in edit.get("documentChanges") or []
        if "textDocument" in one
    ]
    for uri, rows in [*changes, *(edit.get("changes") or {}).items()]:
        path = editor.path(uri)
        document = open_.get(path) or Document.of(path, "", "")
        edits = [Edit(_span(document, row["range"]), row["newText"]) for row in rows]
        found[path] = apply(document.text, edits)
    return found


def _span(document: Document, range_: Mapping[str, Any]) -> Span:
    return Span(document.offset(_position(range_["start"])), document.offset(_position(range_["end"])))


def _position(place: Mapping[str, int]) -> Position:
    return Position(place["line"], place["character"])
