"""An editor's buffers: edits of the server are applied as an editor would, told back, and undone."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from tests.e2e.lsp.product import Editor

UNITS = {"utf-8": 1, "utf-16": 2, "utf-32": 4}


def offset(text: str, place: Mapping[str, int], encoding: str) -> int:
    """Characters before a place. Lines end at LF, CRLF and CR; a place beyond a line's end is its end."""
    at = 0
    for _ in range(place["line"]):
        ends = [end for end in (text.find("\n", at), text.find("\r", at)) if end >= 0]
        if not ends:
            return len(text)
        at = min(ends) + (2 if text.startswith("\r\n", min(ends)) else 1)
    units = place["character"] * UNITS[encoding]
    while units > 0 and at < len(text) and text[at] not in "\r\n":
        units -= len(text[at].encode(f"{encoding}-le" if encoding != "utf-8" else encoding))
        at += 1
    return at


def edited(text: str, edits: Any, encoding: str) -> str:
    """The text after a list of text edits, all of them places in the text as it is."""
    spans = [
        (offset(text, edit["range"]["start"], encoding), offset(text, edit["range"]["end"], encoding), number)
        for number, edit in enumerate(edits)
    ]
    for start, end, number in sorted(spans, reverse=True):
        text = text[:start] + edits[number]["newText"] + text[end:]
    return text


class Buffers:
    """Open documents of a client. Each `workspace/applyEdit` is one of `undos`: all its files as before."""

    def __init__(self, client: Editor, encoding: str = "utf-16") -> None:
        self.client = client
        self.encoding = encoding
        self.texts: dict[str, str] = {}
        self.versions: dict[str, int] = {}
        self.undos: list[dict[str, str | None]] = []
        self.refused: list[str] = []
        self.told: list[asyncio.Task[None]] = []
        client.answers["workspace/applyEdit"] = self._apply

    async def open(self, path: Path, language: str = "python") -> str:
        uri = await self.client.open(path, language)
        self.texts[uri] = await asyncio.to_thread(lambda: path.read_bytes().decode())
        self.versions[uri] = 1
        return uri

    async def type(self, uri: str, start: int, end: int, new: str) -> None:
        """Replace characters, told as a range."""
        text = self.texts[uri]
        range_ = {"start": self.place(text, start), "end": self.place(text, end)}
        await self._change(uri, text[:start] + new + text[end:], [{"range": range_, "text": new}])

    async def replace(self, uri: str, text: str) -> None:
        """Replace the whole text, told as such."""
        await self._change(uri, text, [{"text": text}])

    async def undo(self) -> None:
        """What the editor's undo does: the last edit of the server is gone from every file."""
        for uri, text in self.undos.pop().items():
            if text is None:
                self.path(uri).unlink(missing_ok=True)
            elif uri in self.texts:
                await self.replace(uri, text)

    def place(self, text: str, at: int) -> dict[str, int]:
        lines = text[:at].replace("\r\n", "\n").replace("\r", "\n").split("\n")
        if text[at - 1 : at + 1] == "\r\n":
            raise ValueError("between the two halves of a line's end")
        name = f"{self.encoding}-le" if self.encoding != "utf-8" else self.encoding
        return {"line": len(lines) - 1, "character": len(lines[-1].encode(name)) // UNITS[self.encoding]}

    @staticmethod
    def path(uri: str) -> Path:
        return Path(unquote(urlsplit(uri).path))

    async def _change(self, uri: str, text: str, changes: Any) -> None:
        self.texts[uri] = text
        self.versions[uri] += 1
        document = {"uri": uri, "version": self.versions[uri]}
        params = {"textDocument": document, "contentChanges": changes}
        await self.client.notify("textDocument/didChange", params)

    def _apply(self, params: Any) -> Any:
        edit = params["edit"]
        changes = edit.get("documentChanges")
        if changes is None:
            changes = [
                {"textDocument": {"uri": uri, "version": None}, "edits": edits}
                for uri, edits in edit["changes"].items()
            ]
        for change in changes:
            document = change.get("textDocument") or {}
            wanted = document.get("version")
            if wanted is not None and wanted != self.versions.get(document["uri"]):
                self.refused.append(document["uri"])
                return {"applied": False, "failureReason": "another version"}
        undo: dict[str, str | None] = {}
        for change in changes:
            self._one(change, undo)
        self.undos.append(undo)
        return {"applied": True}

    def _one(self, change: Any, undo: dict[str, str | None]) -> None:
        kind = change.get("kind")
        if kind == "create":
            uri = change["uri"]
            assert not self.path(uri).exists()
            self.path(uri).parent.mkdir(parents=True, exist_ok=True)
            self.path(uri).write_bytes(b"")
            undo[uri] = None
        elif kind == "delete":
            undo[change["uri"]] = self.path(change["uri"]).read_bytes().decode()
            self.path(change["uri"]).unlink()
            self.texts.pop(change["uri"], None)
        elif kind == "rename":
            self.path(change["oldUri"]).rename(self.path(change["newUri"]))
        else:
            self._text(change, undo)

    def _text(self, change: Any, undo: dict[str, str | None]) -> None:
        uri = change["textDocument"]["uri"]
        if uri not in self.texts:
            text = self.path(uri).read_bytes().decode()
            undo.setdefault(uri, text)
            self.path(uri).write_bytes(edited(text, change["edits"], self.encoding).encode())
            return
        text = self.texts[uri]
        undo.setdefault(uri, text)
        # As VS Code tells it: each edit by itself, the last one of the text first.
        told = [
            {"range": one["range"], "text": one["newText"]}
            for one in sorted(
                change["edits"], key=lambda one: offset(text, one["range"]["start"], self.encoding)
            )
        ][::-1]
        self.texts[uri] = edited(text, change["edits"], self.encoding)
        self.versions[uri] += 1
        params = {"textDocument": {"uri": uri, "version": self.versions[uri]}, "contentChanges": told}
        notice = self.client.notify("textDocument/didChange", params)
        self.told.append(asyncio.ensure_future(notice))
