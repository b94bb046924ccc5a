"""Pages to read: Markdown made by the server, shown where the client can show a document.

A client that asks for the content of a `counterpoint:` address gets it from memory; for others the page is
a file of ours in the user's cache folder, readable by this user only and gone when the session ends.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
from pathlib import Path

from lsprotocol import types
from pygls.exceptions import JsonRpcException, JsonRpcInvalidParams

from counterpoint import paths
from counterpoint.lsp.session import Session
from counterpoint.lsp.uris import key_of, uri_of

SCHEME = "counterpoint"
_KEPT = 20


class Pages:
    """The newest pages of a session by URI, and the files written for clients without virtual documents."""

    def __init__(self) -> None:
        self._texts: dict[str, str] = {}
        self._files: set[Path] = set()

    def put(self, name: str, text: str) -> str:
        """Keep a page; returns its URI. A page of the same name is replaced."""
        uri = f"{SCHEME}:/{name}.md"
        self._texts.pop(uri, None)
        self._texts[uri] = text
        while len(self._texts) > _KEPT:
            del self._texts[next(iter(self._texts))]
        return uri

    def get(self, uri: str) -> str | None:
        return self._texts.get(uri)

    def write(self, name: str, text: str) -> str:
        """Write a page as a file; returns its URI. Does I/O. Raises ConfigError."""
        file = paths.folders(os.environ).cache / "pages" / f"{name}-{os.getpid()}.md"
        paths.write_private(file, text)
        self._files.add(file)
        return uri_of(file.as_posix())

    def clear(self) -> None:
        """Remove the files. Does I/O."""
        for file in self._files:
            with contextlib.suppress(OSError):
                file.unlink()
        self._files.clear()


def content(session: Session, params: types.TextDocumentContentParams) -> types.TextDocumentContentResult:
    """`workspace/textDocumentContent` for our own scheme."""
    text = session.pages.get(params.uri)
    if text is None:
        raise JsonRpcInvalidParams(f"{params.uri} is no longer kept. Ask for it again.")
    return types.TextDocumentContentResult(text=text)


async def show(session: Session, name: str, text: str) -> str | None:
    """Show a page in the editor; returns its URI, or None where the client cannot show documents."""
    if not session.client.shows_documents:
        return None
    if session.client.text_content:
        uri = session.pages.put(name, text)
    else:
        uri = await asyncio.to_thread(session.pages.write, name, text)
    return await _shown(session, uri)


async def show_file(session: Session, name: str, text: str, root: str) -> str | None:
    """The same for a page the user may write in, which is a file everywhere and belongs to a folder."""
    if not session.client.shows_documents:
        return None
    uri = await asyncio.to_thread(session.pages.write, name, text)
    session.adopted[key_of(uri)] = root
    return await _shown(session, uri)


async def _shown(session: Session, uri: str) -> str | None:
    params = types.ShowDocumentParams(uri=uri, take_focus=True)
    try:
        answer = await session.server.protocol.ask(types.WINDOW_SHOW_DOCUMENT, params)
    except (JsonRpcException, TimeoutError):
        return None
    return uri if answer and answer.success else None
