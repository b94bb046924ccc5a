"""The form we ask for: one JSON object with a list of edits, however it is wrapped; and shapes near it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from counterpoint.answers import Dropped, QuoteEdit
from counterpoint.changes.paths import cleaned, heading_path, path_in_info
from counterpoint.changes.values import Move, Operation, Parsed, Remove, Swap, Whole
from counterpoint.jsonscan import objects_in

_KEYS = ("edits", "changes")
_LISTED = re.compile(r'"(?:edits|changes)"\s*:\s*[\[\n]|"(?:old|old_string|oldText|search)"\s*:\s*"')
_FENCE = re.compile(r"^[ \t]*(?P<mark>`{3,}|~{3,})[^\n]*\n?", re.MULTILINE)
_OTHER = re.compile(
    r"^[ \t]*(?:<{5,9} ?[A-Z]|\*\*\* Begin Patch|diff --git |<file |--- \S+.*\n\+\+\+ )", re.MULTILINE
)
"""What begins another form: JSON below it is text of a file."""
_PATHS = ("path", "file", "file_path", "filePath", "filename")
_OLD = ("old", "old_string", "oldString", "old_str", "oldText", "old_text", "search", "find", "original")
_NEW = (
    "new",
    "new_string",
    "newString",
    "new_str",
    "newText",
    "new_text",
    "replace",
    "replacement",
    "updated",
)
_CONTROL = re.compile("[\x00-\x08\x0b\x0e-\x1a\x1c-\x1f\ud800-\udfff]")


def quote_edit(item: Mapping[str, Any]) -> QuoteEdit | None:
    """One edit as a model gives it, or None if a field is missing or of the wrong type."""
    path, old, new = (_first(item, names) for names in (_PATHS, _OLD, _NEW))
    line, reason = item.get("line"), item.get("reason", "")
    if not (isinstance(path, str) and isinstance(old, str) and isinstance(new, str)):
        return None
    if isinstance(line, str) and line.strip().isdecimal():
        line = int(line)
    near = line if isinstance(line, int) and not isinstance(line, bool) and line > 0 else None
    told = reason if isinstance(reason, str) else ""
    return QuoteEdit(path, old, new, near, told, item.get("extra") is True)


def _first(item: Mapping[str, Any], names: Sequence[str]) -> Any:
    return next((item[name] for name in names if name in item), None)


def swap_of(edit: QuoteEdit) -> Swap:
    """An edit as an operation."""
    return Swap(
        cleaned(edit.path), edit.old, edit.new, edit.near_line, edit.reason, edit.extra, by_lines=False
    )


def parse(text: str) -> Parsed | None:
    """What a reply of this form says; None if it is of another form.

    Of several objects with a list of edits the last counts: who thinks aloud ends with what is meant.
    """
    answer: Mapping[str, Any] | None = None
    single: list[Mapping[str, Any]] = []
    refused: list[Dropped] = []
    for start, value, ended in objects_in(text):
        if not _outside(text, start) or _OTHER.search(text, 0, start):
            continue
        if value is None:
            if _LISTED.search(text, start):
                why = (
                    ("malformed", "an edit was no JSON")
                    if ended
                    else ("cut-off", "the answer ended amid the edits")
                )
                refused.append(Dropped(*why))
        elif isinstance(_first(value, (*_KEYS, "files")), list):
            answer, refused = value, []
        elif quote_edit(value) is not None:
            single.append(value)
    if answer is not None:
        return _read(answer, refused)
    if single:
        if text[: text.find("{")].rstrip().endswith("[") and "]" not in text[text.rfind("}") :]:
            refused.append(Dropped("cut-off", "the answer ended amid the list of edits"))
        return _read({"edits": single}, refused)
    return Parsed(refused=tuple(refused)) if refused else None


def wrapped(text: str) -> str:
    """The patch that is an argument of a call, as the only object of a reply; "" if there is none."""
    found = [value for start, value, _ in objects_in(text) if value is not None]
    texts = [one for value in found for one in _texts(value) if one.lstrip().startswith("*** Begin Patch")]
    return texts[0] if len(texts) == 1 and len(found) == 1 else ""


def _texts(value: object) -> list[str]:
    if isinstance(value, str):
        return [value]
    rows = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [text for row in rows for text in _texts(row)]


def _outside(text: str, at: int) -> bool:
    """True unless it lies within a file: in a fence that does not begin with it."""
    fences = list(_FENCE.finditer(text, 0, at))
    if len(fences) % 2 and _named(text, fences[-1]):
        return False
    return len(fences) % 2 == 0 or text[fences[-1].end() : at].strip(" \t\r\n[{,}]") == ""


def _named(text: str, fence: re.Match[str]) -> bool:
    """True for a fence that a path stands with: what is in it is that file."""
    above = text[: fence.start()].rstrip().rpartition("\n")[2]
    info = fence[0].strip().lstrip("`~")
    return bool(path_in_info(info) or heading_path(above, fence[0]))


def _read(answer: Mapping[str, Any], refused: list[Dropped]) -> Parsed:
    operations: list[Operation] = []
    for item in _flat(_first(answer, (*_KEYS, "files"))):
        whole = _whole(item)
        if whole is not None:
            operations.append(whole)
            continue
        edit = quote_edit(item) if isinstance(item, dict) else None
        if edit is None:
            what = f"{item.get('path', '?')}: a field" if isinstance(item, dict) else "an edit"
            refused.append(Dropped("malformed", f"{what} is missing or has the wrong type"))
        elif _CONTROL.search(edit.new):
            refused.append(Dropped("malformed", f"{edit.path}: it holds a control character or half a sign"))
        else:
            operations.append(swap_of(edit))
    operations += _others(answer, refused)
    assumptions = answer.get("assumptions")
    told = tuple(one for one in assumptions if isinstance(one, str)) if isinstance(assumptions, list) else ()
    question = answer.get("question")
    asked = question.strip() if isinstance(question, str) else ""
    return Parsed(tuple(operations), (), tuple(refused), told, asked, not operations and not refused)


def _flat(items: Sequence[Any]) -> list[Any]:
    """Edits that are listed by file, as edits."""
    found: list[Any] = []
    for item in items:
        inner = _first(item, _KEYS) if isinstance(item, dict) else None
        if isinstance(inner, list):
            path = {"path": _first(item, _PATHS)}
            found += [{**path, **one} if isinstance(one, dict) else one for one in inner]
        else:
            found.append(item)
    return found


def _whole(item: object) -> Whole | None:
    """A whole file, as some give it."""
    if not isinstance(item, dict) or _first(item, _OLD) is not None:
        return None
    path, text = _first(item, _PATHS), _first(item, ("content", "contents", "text", "code"))
    return Whole(cleaned(path), text) if isinstance(path, str) and isinstance(text, str) else None


def _others(answer: Mapping[str, Any], refused: list[Dropped]) -> list[Operation]:
    """Files that are moved or deleted."""
    found: list[Operation] = []
    for path in _items(answer, "deletes"):
        if isinstance(path, str):
            found.append(Remove(cleaned(path)))
        else:
            refused.append(Dropped("malformed", "the list of deleted files"))
    for move in _items(answer, "moves"):
        ends = (move.get("path"), move.get("to")) if isinstance(move, dict) else (None, None)
        if isinstance(ends[0], str) and isinstance(ends[1], str):
            found.append(Move(cleaned(ends[0]), cleaned(ends[1])))
        else:
            refused.append(Dropped("malformed", "the list of moved files"))
    return found


def _items(answer: Mapping[str, Any], key: str) -> Sequence[Any]:
    value = answer.get(key)
    return value if isinstance(value, list) else () if value is None else (value,)
