"""The same small server over stock pygls and over ours, for tests that show what differs.

`python -m tests.e2e.lsp.fixture_server stock|ours`
"""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time
from collections.abc import Awaitable
from pathlib import Path
from typing import Any

from lsprotocol import types
from pygls.lsp.server import LanguageServer


def register(server: LanguageServer) -> None:
    register_plain(server)
    register_waiting(server)


def register_plain(server: LanguageServer) -> None:
    @server.feature("test/echo")
    def echo(params: Any) -> Any:
        return params

    @server.feature("test/kept")
    def kept(params: Any) -> Any:
        ours = getattr(server.protocol, "running", {}), getattr(server.protocol, "background", ())
        return len(server.protocol._request_futures) + sum(len(some) for some in ours)

    @server.feature("test/busy")
    def busy(params: Any) -> Any:
        for _ in range(64):
            server.thread_pool.submit(time.sleep, 0.02 * 2)
        return True

    @server.feature("test/crash")
    def crash(params: Any) -> Any:
        raise RuntimeError("def secret(): pass")

    @server.feature("test/noise")
    def noise(params: Any) -> Any:
        print("a stray line", flush=True)
        subprocess.run([sys.executable, "-c", "print('from a child')"], check=True)
        return True


def register_waiting(server: LanguageServer) -> None:
    outcome = {"command": "none"}

    @server.feature("test/outcome")
    def tell(params: Any) -> Any:
        return outcome["command"]

    @server.feature("test/slow")
    async def slow(params: Any) -> Any:
        await asyncio.sleep(30)

    @server.feature("test/ask")
    async def ask(params: Any) -> Any:
        return await server.protocol.send_request_async("test/never", {})

    @server.command("test.slow")
    async def slow_command(argument: Any) -> Any:
        outcome["command"] = "started"
        try:
            await asyncio.sleep(0.5)
        except asyncio.CancelledError:
            outcome["command"] = "cancelled"
            raise
        outcome["command"] = "finished"
        if "mark" in argument:
            Path(argument["mark"]).touch()

    @server.feature(types.TEXT_DOCUMENT_HOVER)
    def hover(params: types.HoverParams) -> types.Hover:
        return types.Hover(contents="hello")


def stock() -> None:
    server = LanguageServer("stock", "1")
    register(server)

    @server.feature(types.TEXT_DOCUMENT_DID_CHANGE)
    async def changed(params: Any) -> None:
        await asyncio.sleep(0)

    @server.feature("test/text")
    def text(params: Any) -> Any:
        return server.workspace.get_text_document(params.uri).source

    server.start_io()


def ours() -> int:
    from counterpoint.lsp.documents import Change, Documents
    from counterpoint.lsp.protocol import Server
    from counterpoint.lsp.transport import claim_stdio, converse

    channel = claim_stdio()
    server = Server("ours", "1")
    register(server)
    documents = Documents(str)

    @server.feature(types.TEXT_DOCUMENT_DID_OPEN)
    def opened(params: types.DidOpenTextDocumentParams) -> None:
        item = params.text_document
        documents.open(item.uri, item.language_id, item.version, item.text)

    @server.feature(types.TEXT_DOCUMENT_DID_CHANGE)
    def changed(params: types.DidChangeTextDocumentParams) -> Awaitable[None]:
        for change in params.content_changes:
            assert isinstance(change, types.TextDocumentContentChangePartial)
            start, end = change.range.start, change.range.end
            place = (start.line, start.character), (end.line, end.character)
            documents.change(params.text_document.uri, 2, [Change(change.text, place)])
        return asyncio.sleep(0)

    @server.feature("test/text")
    def text(params: Any) -> Any:
        document = documents.get(params["uri"])
        return document.text if document else None

    return converse(server, channel)


if __name__ == "__main__":
    if sys.argv[1] == "ours":
        sys.exit(ours())
    stock()
