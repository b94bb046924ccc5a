"""The messages of each key are read to the very values that the converter makes of them."""

from __future__ import annotations

from typing import Any

import pytest
from lsprotocol import types
from pygls.protocol import default_converter

from counterpoint.lsp import hot

CHANGE, ASK = types.TEXT_DOCUMENT_DID_CHANGE, types.TEXT_DOCUMENT_INLINE_COMPLETION
AT = {"line": 3, "character": 9}
DOCUMENT = {"uri": "file:///a.py", "version": 7}
RANGE = {"start": AT, "end": {"line": 4, "character": 0}}


def change(*changes: Any, **document: Any) -> dict[str, Any]:
    return {"textDocument": {**DOCUMENT, **document}, "contentChanges": list(changes)}


def ask(**other: Any) -> dict[str, Any]:
    document = {"uri": "file:///a.py"}
    return {"textDocument": document, "position": AT, "context": {"triggerKind": 1}, **other}


@pytest.mark.parametrize(
    ("method", "given"),
    [
        (CHANGE, change({"range": RANGE, "text": "x"})),
        (CHANGE, change({"range": RANGE, "text": "x", "rangeLength": 2}, {"text": "whole"})),
        (CHANGE, change()),
        (ASK, ask()),
        (ASK, ask(context={"triggerKind": 2})),
    ],
)
def test_what_editors_send_is_read_as_the_converter_reads_it(method: str, given: dict[str, Any]) -> None:
    kind = types.METHOD_TO_TYPES[method][0]
    rest = {"id": 1} if method == ASK else {}
    whole = {"jsonrpc": "2.0", "method": method, "params": given, **rest}
    found = hot.params(method, given)
    assert found is not None
    converter = default_converter()  # type: ignore[no-untyped-call]
    assert found == converter.structure(whole, kind).params


@pytest.mark.parametrize(
    ("method", "given"),
    [
        (CHANGE, None),
        (CHANGE, []),
        (CHANGE, {}),
        (CHANGE, change(version=None)),
        (CHANGE, change(version="7")),
        (CHANGE, change(version=True)),
        (CHANGE, change(uri=5)),
        (CHANGE, change(None)),
        (CHANGE, change({"range": RANGE})),
        (CHANGE, change({"range": None, "text": "x"})),
        (CHANGE, change({"range": {"start": {"line": -1, "character": 0}, "end": AT}, "text": "x"})),
        (CHANGE, {**change(), "contentChanges": "text"}),
        (ASK, None),
        (ASK, ask(context=None)),
        (ASK, ask(context={"triggerKind": 9})),
        (ASK, ask(context={"triggerKind": 1, "selectedCompletionInfo": {"range": RANGE, "text": "x"}})),
        (ASK, ask(workDoneToken="a")),
        (ASK, ask(position={"line": 1.5, "character": 0})),
        (types.TEXT_DOCUMENT_HOVER, ask()),
    ],
)
def test_anything_else_is_left_to_the_converter(method: str, given: Any) -> None:
    assert hot.params(method, given) is None
