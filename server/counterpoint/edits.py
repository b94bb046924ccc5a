"""The form we ask edits in, and a model's answer to it: whatever form it comes in, read as a change set."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from counterpoint.answers import ChangeSet, Dropped
from counterpoint.changes import change_set, quote_edit, read_reply
from counterpoint.errors import BadAnswer
from counterpoint.text import Situation

__all__ = ["EDITS_SCHEMA", "QUOTES_SCHEMA", "change_set", "quote_edit", "read_changes"]

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
        "moves": _list_of({"path": {"type": "string"}, "to": {"type": "string"}}),
        "deletes": {"type": "array", "items": {"type": "string"}},
        "edits": _list_of({**_QUOTE, "extra": {"type": "boolean"}}),
    },
    "required": ["assumptions", "question", "moves", "deletes", "edits"],
    "additionalProperties": False,
}


def read_changes(raw: str, situation: Situation, *, cut: bool = False) -> ChangeSet:
    """What a reply does to files: one of the form of `EDITS_SCHEMA`, or of any other that models send.

    All of it or nothing (see `changes.read_reply`), and nothing where it was `cut` at the model's limit: what
    is there may be half of it, however whole it looks. Raises BadAnswer if it holds no edit at all.
    """
    if cut:
        return ChangeSet((), (Dropped("cut-off", "the answer reached the limit of its length"),))
    made = read_reply(raw, situation.document, situation.files)
    if [one.reason for one in made.dropped] == ["none"]:
        raise BadAnswer(
            "The model's answer holds no list of edits.", fix="Ask again, or word it differently."
        )
    return made
