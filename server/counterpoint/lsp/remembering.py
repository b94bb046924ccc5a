"""Findings of models over restarts, and from one editor or the command line to the next: read back when a
workspace is opened or its file was written, kept when a review ends."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from counterpoint.anchors import Anchored
from counterpoint.errors import ConfigError
from counterpoint.lsp import diagnostics
from counterpoint.lsp.session import Session
from counterpoint.lsp.uris import key_of
from counterpoint.reviewing.homes import home
from counterpoint.text import Document

if TYPE_CHECKING:
    from counterpoint.workspace import Workspace

logger = logging.getLogger(__name__)

_READY_SECONDS, _LOOK_AGAIN, _LOOK_SECONDS = 120.0, 0.2, 5.0
_NAMES = 40
"""Names of lost files that are looked up."""
REVIEW = "review"
"""The producer of findings of models; those of rules have their own."""


async def restore(session: Session, root: str, workspace: Workspace) -> None:
    """Show what was kept, each finding where its code stands now. What is on show already stays as it is."""
    try:
        kept, texts = await asyncio.to_thread(_read, workspace)
    except ConfigError as error:
        logger.warning("Earlier findings could not be read: %s", error)
        return
    for path, items in kept.items():
        document = session.now(root, path) or texts.get(path)
        uri = session.uri_for(root, path)
        before = len(session.shown.kept(key_of(uri), REVIEW))
        if document is not None:
            session.shown.restore(key_of(uri), REVIEW, items, document)
        if len(session.shown.kept(key_of(uri), REVIEW)) > before:
            diagnostics.show(session, uri)
    if lost := {path: items for path, items in kept.items() if path not in texts}:
        session.spawn(_follow(session, root, workspace, lost))


def _read(workspace: Workspace) -> tuple[Mapping[str, Sequence[Anchored]], Mapping[str, Document]]:
    kept = workspace.shelf.load(workspace.root.as_posix())
    texts = ((path, workspace.project.read_local(path)) for path in kept)
    return kept, {path: text for path, text in texts if text is not None}


async def _follow(
    session: Session, root: str, workspace: Workspace, lost: Mapping[str, Sequence[Anchored]]
) -> None:
    """Findings of files that are not there any more go along with the files that have their lines now, which
    the index knows once it is built."""
    workspace.index.start()
    until = time.monotonic() + _READY_SECONDS
    while workspace.index.state in ("starting", "building") and time.monotonic() < until:  # noqa: ASYNC110
        await asyncio.sleep(_LOOK_AGAIN)
    names = {item.anchor.symbol.rpartition(".")[2] for items in lost.values() for item in items} - {""}
    where = {name: await workspace.index.defining(name, _LOOK_SECONDS) for name in sorted(names)[:_NAMES]}

    def move() -> bool:
        moved = False
        for path, items in lost.items():
            found = home(items, lambda name: where.get(name, ()), workspace.project.read_local)
            if found is not None:
                workspace.shelf.renamed(workspace.root.as_posix(), path, found)
                moved = True
        return moved

    if await asyncio.to_thread(move):
        await restore(session, root, workspace)


def saved(session: Session, uri: str) -> None:
    """A file was written: what is on show of it is kept as it stands now. The less happens to a text between
    that and the next session, the surer each place is found again."""
    document, workspace = session.documents.get(uri), session.opened(uri)
    if document is not None and workspace is not None and session.shown.kept(key_of(uri), REVIEW):
        session.spawn(keep(session, session.root_of(uri), workspace, [document.path]))


async def keep(session: Session, root: str, workspace: Workspace, paths: Iterable[str]) -> None:
    """Write down what is on show of some files."""
    rows = {path: session.shown.kept(key_of(session.uri_for(root, path)), REVIEW) for path in paths}
    try:
        await asyncio.to_thread(_write, workspace, rows)
    except ConfigError as error:
        logger.warning("Findings could not be kept: %s", error)


def _write(workspace: Workspace, rows: Mapping[str, Sequence[Anchored]]) -> None:
    store = workspace.shelf
    for path, items in rows.items():
        store.save(workspace.root.as_posix(), path, items)
