"""The two messages that come with each key, read without the converter, which takes ten times as long.

What is not exactly as editors send it is left to the converter: it knows all forms, and what to say of the
others.
"""

from __future__ import annotations

from typing import Any

from lsprotocol import types


def params(method: str, given: Any) -> Any:
    """The parameters of a message, None for any that is not read here."""
    try:
        if method == types.TEXT_DOCUMENT_DID_CHANGE:
            return _did_change(given)
        if method == types.TEXT_DOCUMENT_INLINE_COMPLETION:
            return _inline_completion(given)
    except (AttributeError, KeyError, TypeError, ValueError):
        return None
    return None


def _did_change(given: Any) -> types.DidChangeTextDocumentParams:
    document = given["textDocument"]
    return types.DidChangeTextDocumentParams(
        types.VersionedTextDocumentIdentifier(version=_int(document["version"]), uri=_text(document["uri"])),
        tuple(_change(one) for one in _list(given["contentChanges"])),
    )


def _change(given: Any) -> types.TextDocumentContentChangeEvent:
    if "range" not in given:
        return types.TextDocumentContentChangeWholeDocument(text=_text(given["text"]))
    length = given.get("rangeLength")
    return types.TextDocumentContentChangePartial(
        range=types.Range(_position(given["range"]["start"]), _position(given["range"]["end"])),
        text=_text(given["text"]),
        range_length=None if length is None else _int(length),
    )


def _inline_completion(given: Any) -> types.InlineCompletionParams:
    if not given.keys() <= {"textDocument", "position", "context"}:
        raise ValueError("more than a key brings along")
    context = given["context"]
    if context.get("selectedCompletionInfo") is not None:
        raise ValueError("more than a key brings along")
    return types.InlineCompletionParams(
        types.InlineCompletionContext(types.InlineCompletionTriggerKind(_int(context["triggerKind"]))),
        types.TextDocumentIdentifier(_text(given["textDocument"]["uri"])),
        _position(given["position"]),
    )


def _position(given: Any) -> types.Position:
    return types.Position(_int(given["line"]), _int(given["character"]))


def _int(given: Any) -> int:
    if type(given) is not int:
        raise TypeError("no whole number")
    return given


def _text(given: Any) -> str:
    if type(given) is not str:
        raise TypeError("no text")
    return given


def _list(given: Any) -> list[Any]:
    if type(given) is not list:
        raise TypeError("no list")
    return given
