"""What the commands that ask models share: the document asked about, and the run as a job."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeVar

from pygls.exceptions import JsonRpcException

from counterpoint.answers import Dropped
from counterpoint.errors import CounterpointError, UsageError
from counterpoint.lsp import status
from counterpoint.lsp.jobs import Superseded
from counterpoint.lsp.session import Session
from counterpoint.lsp.uris import path_of
from counterpoint.text import Document, Span

if TYPE_CHECKING:
    from counterpoint.workspace import Workspace

T = TypeVar("T")
Argument = Mapping[str, Any]
SERVER_CANCELLED = -32802


def dropped_row(item: Dropped) -> dict[str, str]:
    return {"reason": item.reason, "detail": item.detail}


def whole_of(document: Document) -> Span:
    return Span(0, document.starts[-1])


async def run(
    session: Session, workspace: Workspace, key: tuple[str, str], work: Coroutine[Any, Any, T], job: str
) -> T:
    """Run a job under its key, with the status bar told before and after."""
    running = asyncio.ensure_future(session.jobs.newest(key, work, job))
    await asyncio.sleep(0)
    session.spawn(status.report(session, workspace))
    failed: CounterpointError | None = None
    notice: str | None = None
    try:
        result = await running
        notice = status.notice_of(result)
        return result
    except Superseded:
        raise JsonRpcException(
            "The job was stopped, or a newer one took its place.", SERVER_CANCELLED
        ) from None
    except CounterpointError as error:
        failed = error
        raise
    finally:
        session.spawn(status.report(session, workspace, failed, notice=notice))


async def document_of(session: Session, uri: str) -> Document:
    """The document as it is now: open, or read from disk in a thread."""
    document = session.documents.get(uri)
    if document is None and path_of(uri) is not None:
        workspace = await session.workspace(uri)
        document = await asyncio.to_thread(workspace.project.read_local, session.path_of(uri))
    if document is None:
        raise UsageError(f"{session.path_of(uri)} cannot be read.", fix="Open the file in the editor.")
    return replace(document, path=session.path_of(uri))


def new_job() -> str:
    from counterpoint import engine

    return engine.new_job()
