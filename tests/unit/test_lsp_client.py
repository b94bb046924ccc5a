from __future__ import annotations

from typing import Any

import pytest
from lsprotocol import types
from pygls.protocol import default_converter

from counterpoint.lsp.client import Client, read_client


def _read(capabilities: dict[str, Any], forced: Any = "auto") -> Client:
    raw = {"processId": None, "rootUri": None, "capabilities": capabilities}
    converter = default_converter()  # type: ignore[no-untyped-call]
    return read_client(converter.structure(raw, types.InitializeParams), forced)


def test_a_client_that_says_nothing_can_do_nothing() -> None:
    assert _read({}) == Client(action_kinds="commands")


@pytest.mark.parametrize(
    ("offered", "forced", "encoding"),
    [
        (None, "auto", "utf-16"),
        (["utf-8", "utf-16"], "auto", "utf-8"),
        (["utf-32", "utf-8"], "auto", "utf-32"),
        (["utf-7", "utf-16"], "auto", "utf-16"),
        (["utf-8", "utf-16"], "utf-16", "utf-16"),
        (["utf-16"], "utf-8", "utf-16"),
        (["utf-8"], "utf-16", "utf-16"),
        (["utf-8"], 3, "utf-8"),
    ],
)
def test_encodings(offered: list[str] | None, forced: Any, encoding: str) -> None:
    general = {"general": {"positionEncodings": offered}} if offered else {}
    assert _read(general, forced).encoding == encoding


def test_pulling_needs_a_way_to_ask_for_it() -> None:
    document: dict[str, Any] = {"textDocument": {"diagnostic": {}}}
    assert not _read(document).pulls
    assert _read({**document, "workspace": {"diagnostics": {"refreshSupport": True}}}).pulls


def test_annotations_and_new_files_need_document_changes() -> None:
    edit = {"changeAnnotationSupport": {}, "resourceOperations": ["create"]}
    plain = _read({"workspace": {"workspaceEdit": edit}})
    assert not (plain.annotations or plain.creates_files)
    full = _read({"workspace": {"workspaceEdit": {**edit, "documentChanges": True}}})
    assert full.annotations and full.creates_files


def test_code_actions_are_as_rich_as_the_client() -> None:
    kinds: dict[str, Any] = {"codeActionLiteralSupport": {"codeActionKind": {"valueSet": []}}}
    assert _read({"textDocument": {"codeAction": kinds}}).action_kinds == "standard"
    rich = {**kinds, "dataSupport": True, "resolveSupport": {"properties": ["edit"]}}
    client = _read({"textDocument": {"codeAction": rich}})
    assert client.action_kinds == "any" and client.resolves_edits
    only_command = {**rich, "resolveSupport": {"properties": ["command"]}}
    assert not _read({"textDocument": {"codeAction": only_command}}).resolves_edits
