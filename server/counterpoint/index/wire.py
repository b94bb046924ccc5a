"""Messages between the server and its index service: one JSON object a line.

The first line says what to serve, the others are, in order of time:

    in   {"op": "hello", "root", "max_file_bytes", "local_only", "watch"}
    in   {"op": "open", "path", "language", "text", "version"}
    in   {"op": "edit", "path", "version", "edits": [[line, column, line, column, text], ...]}
    in   {"op": "close", "path"}      {"op": "touched", "paths"}      {"op": "sweep"}
    in   {"op": "select", "id", "question": {...}, "version", "length", "seconds"}
    in   {"op": "syntax", "id", "path", "version", "line", "column", "seconds"}
    in   {"op": "judge", "id", "path", "version", "place": [line, column, line, column], "text", "seconds"}
    in   {"op": "outline", "id", "language", "text", "seconds"}
    in   {"op": "defining", "id", "name", "seconds"}    {"op": "mentioning", "id", "names", "seconds"}
    in   {"op": "impacted", "id", "touched": {path: [[first, last], ...]}, "past": {path: weight}, "seconds"}
    out  {"id", "outline": [source, errors, blocks]}        {"id", "paths": [...]}
    out  {"id", "tests": [[path, name, line, weight, why], ...], "totals": {ending: n}}
    out  {"id", "selection": {...}}    {"id", "syntax": {...}}    {"id", "judgement": [errors, whole, names]}
    out  {"id", "unknown": true}       the service does not have that version: ask again with the text
    out  {"id", "late": true}          superseded, or its time was over before it was begun
    out  {"id", "error": type}
    out  {"progress": [done, total, stage]}        {"notice": text}

`length` is that of the text in code points where `question.text` is left out because the service has it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from counterpoint.answers import Insertion
from counterpoint.context.judging import Judgement
from counterpoint.context.question import Question, RecentEdit, Selection, Site
from counterpoint.context.scopes import Point, Scope, Syntax
from counterpoint.context.snippet import Snippet
from counterpoint.text import Document

MAX_LINE = 1 << 27


def packed(message: Any) -> bytes:
    """One line. A text with lone surrogates is escaped, which orjson refuses to do."""
    try:
        return orjson.dumps(message) + b"\n"
    except TypeError:
        return json.dumps(message).encode() + b"\n"


def unpacked(line: bytes) -> dict[str, Any]:
    """The message of a line. Raises ValueError."""
    try:
        message = orjson.loads(line)
    except orjson.JSONDecodeError:
        message = json.loads(line)
    if not isinstance(message, dict):
        raise ValueError("not a message")
    return message


def question_row(question: Question, *, with_text: bool) -> dict[str, Any]:
    """A question as plain values."""
    names = question.__dataclass_fields__
    row = {name: getattr(question, name) for name in names}
    row["history"] = dict(question.history)
    row["together"] = dict(question.together)
    row["recent"] = [[one.path, one.first_line, one.last_line, one.seconds_ago] for one in question.recent]
    if not with_text:
        row["text"] = ""
    return row


def select_row(question: Question, *, with_text: bool) -> dict[str, Any]:
    """The message that asks a question."""
    row = question_row(question, with_text=with_text)
    length = None if with_text else len(question.text)
    return {"op": "select", "question": row, "version": row.pop("version"), "length": length}


def read_question(row: Mapping[str, Any], text: str, recent: tuple[RecentEdit, ...]) -> Question:
    """The question of a row, its text and recent edits filled in."""
    given = tuple(RecentEdit(*one) for one in row["recent"])
    hunks = tuple((first, last) for first, last in row["hunks"])
    return Question(**{**row, "text": text, "hunks": hunks, "recent": given or recent})


def selection_row(selection: Selection) -> dict[str, Any]:
    """A selection as plain values."""
    return {
        "snippets": [
            [one.path, one.first_line, one.last_line, one.text, one.why, one.tokens]
            for one in selection.snippets
        ],
        "left_out": selection.left_out,
        "sites": [[one.path, one.line, one.certain, one.why] for one in selection.sites],
        "source": selection.source,
    }


def read_selection(row: Mapping[str, Any]) -> Selection:
    """The selection of a row."""
    return Selection(
        snippets=tuple(Snippet(*one) for one in row["snippets"]),
        left_out=tuple((what, why) for what, why in row["left_out"]),
        sites=tuple(Site(*one) for one in row["sites"]),
        source=row["source"],
    )


def syntax_row(syntax: Syntax) -> dict[str, Any]:
    """What is known of a place, as plain values."""
    row = {name: getattr(syntax, name) for name in syntax.__dataclass_fields__}
    row["scopes"] = [list(scope) for scope in syntax.scopes]
    row["errors"] = [[*start, *end] for start, end in syntax.errors]
    for name in ("statement_end", "block_end"):
        row[name] = list(row[name]) if row[name] else None
    return row


def read_syntax(row: Mapping[str, Any]) -> Syntax:
    """The syntax of a row."""
    ends = {name: Point(*row[name]) if row[name] else None for name in ("statement_end", "block_end")}
    return Syntax(
        source=row["source"],
        scopes=tuple(Scope(*scope) for scope in row["scopes"]),
        imports=tuple((first, last) for first, last in row["imports"]),
        receiver=row["receiver"],
        errors=tuple((Point(*place[:2]), Point(*place[2:])) for place in row["errors"]),
        inside=row["inside"],
        **ends,
    )


def judge_row(document: Document, insertion: Insertion) -> dict[str, Any]:
    """The question what an insertion would do to a document."""
    start, end = document.position(insertion.span.start), document.position(insertion.span.end)
    place = [start.line, start.column, end.line, end.column]
    whose = {"path": document.path, "version": document.version}
    return {"op": "judge", **whose, "place": place, "text": insertion.text}


def judgement_row(judgement: Judgement) -> list[Any]:
    """A judgement as plain values."""
    return [judgement.errors, judgement.whole, judgement.unknown]


def read_judgement(row: Sequence[Any]) -> Judgement:
    """The judgement of a row."""
    errors, whole, unknown = row
    return Judgement(errors, whole, tuple(unknown))


def reason(reply: Mapping[str, Any]) -> str:
    """Why a reply holds no answer, in words for a user."""
    if "error" in reply:
        return f"the search failed ({reply['error']})"
    return str(reply.get("why", "a newer question took its place"))
