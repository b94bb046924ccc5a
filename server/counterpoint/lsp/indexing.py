"""The workspace index and the editor: what is told to the index, and the progress of its first build."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from lsprotocol import types

from counterpoint.context.languages import GRAMMARS
from counterpoint.index.edits import LineEdit
from counterpoint.index.status import OpenText, Progress
from counterpoint.lsp import writing
from counterpoint.lsp.progress import progress
from counterpoint.lsp.session import Session
from counterpoint.lsp.uris import path_of
from counterpoint.text import LANGUAGES, Document, Position

if TYPE_CHECKING:
    from counterpoint.context.scopes import Syntax
    from counterpoint.index.client import Index
    from counterpoint.workspace import Workspace

_WORTH_SHOWING = 200
"""Files still to be read below which a build is over before anybody looks."""
_PATIENCE = 1.0
_EVERY = 0.5
_AT_HAND = 0.05
"""Seconds that a tree may take to answer before a slice does."""


def attach(session: Session, root: str, workspace: Workspace) -> None:
    """Let a workspace's index know the session, and start it. Nothing is indexed outside of the client's
    folders: the folder of a stray file may be a home directory."""
    index = workspace.index
    index.enabled = index.enabled and root in session.roots
    index.watch = not session.client.watches_files
    index.documents = lambda: _open_texts(session, root)
    shown: list[asyncio.Task[None]] = []

    def heard(now: Progress) -> None:
        if now.total - now.done >= _WORTH_SHOWING and not shown:
            shown.append(asyncio.ensure_future(_show(session, index)))
            shown[0].add_done_callback(lambda task: shown.clear())

    index.on_progress = heard
    session.indexes[root] = index
    index.start()
    writing.attach(session, root, workspace)


def _open_texts(session: Session, root: str) -> Iterator[OpenText]:
    for opened in session.documents.all():
        if session.root_of(opened.uri) == root:
            now = opened.now
            yield OpenText(now.path, now.language, now.text, now.version)


async def _show(session: Session, index: Index) -> None:
    await asyncio.sleep(_PATIENCE)
    if index.state != "building":
        return
    token = f"counterpoint-index-{index.pid}"
    async with progress(session, token, "Counterpoint reads the workspace", cancellable=False) as report:
        while index.state == "building":
            report(f"{index.progress.done:,} of {index.progress.total:,} files")
            await asyncio.sleep(_EVERY)


def _index(session: Session, uri: str) -> Index | None:
    return session.indexes.get(session.root_of(uri))


def opened(session: Session, uri: str, document: Document) -> None:
    if index := _index(session, uri):
        index.opened(document.path, document.language, document.text, document.version)


def changed(session: Session, uri: str, version: int | None, edits: Sequence[LineEdit]) -> None:
    if index := _index(session, uri):
        index.changed(session.path_of(uri), version, edits)


def closed(session: Session, uri: str) -> None:
    if index := _index(session, uri):
        index.closed(session.path_of(uri))


def moved(session: Session, uri: str, root: str, path: str) -> None:
    """An open document was at `path` of `root` before other folders were opened or closed."""
    now = session.documents.get(uri)
    if now is None or (session.root_of(uri), now.path) == (root, path):
        return
    if index := session.indexes.get(root):
        index.closed(path)
    opened(session, uri, now)


def saved(session: Session, uri: str) -> None:
    """A save is also when files are looked through where nobody watches them."""
    if index := _index(session, uri):
        index.touched([session.path_of(uri)])
        if index.watch:
            index.swept()


async def syntax(session: Session, uri: str, document: Document, at: Position) -> Syntax:
    """What surrounds a place: of the whole tree if the service has it at hand, else of a slice parsed here.

    `source` says which. The grammar is loaded by a thread; after that a slice takes 3 ms at most.
    """
    if index := _index(session, uri):
        found = await index.syntax(document.path, document.version, at.line, at.column, _AT_HAND)
        if found.source != "words":
            return found
    from counterpoint.context.slice import live_syntax

    await asyncio.to_thread(live_syntax, document.language, (), 0, 0)
    return live_syntax(document.language, document.lines, at.line, at.column)


def watching() -> types.Registration:
    """What the client is asked to watch: files of the languages that are indexed, what decides which files
    count, and whatever is deleted, since editors tell of a deleted folder only."""
    endings = sorted({end[1:] for end, language in LANGUAGES.items() if language in GRAMMARS})
    patterns = (f"**/*.{{{','.join(endings)}}}", "**/.gitignore", "**/.counterpoint/ignore")
    watchers = [types.FileSystemWatcher(glob_pattern=pattern) for pattern in patterns]
    watchers.append(types.FileSystemWatcher(glob_pattern="**/*", kind=types.WatchKind.Delete))
    return types.Registration(
        id="counterpoint-files",
        method=types.WORKSPACE_DID_CHANGE_WATCHED_FILES,
        register_options=types.DidChangeWatchedFilesRegistrationOptions(watchers=watchers),
    )


def files_changed(session: Session, params: types.DidChangeWatchedFilesParams) -> None:
    """The client's own watching, or what a client sends without having been asked."""
    touched: dict[str, list[str]] = {}
    for event in params.changes:
        if path := path_of(event.uri):
            touched.setdefault(session.root_of(event.uri), []).append(path)
    for root, paths in touched.items():
        if index := session.indexes.get(root):
            index.touched(paths)
