"""Diagnostics: static rules over open documents, findings of reviews, pulled or pushed.

A client that pulls and can be asked to refresh gets open documents by pull alone; all else is pushed.
What was pushed for a file before it was opened is withdrawn on opening it.
"""

from __future__ import annotations

import asyncio
import hashlib

from lsprotocol import types
from pygls.exceptions import JsonRpcException

from counterpoint.errors import ConfigError
from counterpoint.lsp import from_lsp, to_lsp
from counterpoint.lsp.session import Session
from counterpoint.lsp.uris import key_of
from counterpoint.text import Document, Problem

STATIC = "static"
_REFRESH_SECONDS = 0.3


async def pull(session: Session, params: types.DocumentDiagnosticParams) -> types.DocumentDiagnosticReport:
    """The report for a document, `unchanged` if the client has it already."""
    uri = params.text_document.uri
    await check(session, uri)
    found = current(session, uri)
    result = _result_id(found)
    if params.previous_result_id == result:
        return types.RelatedUnchangedDocumentDiagnosticReport(result_id=result)
    return types.RelatedFullDocumentDiagnosticReport(items=found, result_id=result)


def _result_id(found: list[types.Diagnostic]) -> str:
    said = repr([(item.range, item.severity, item.code, item.message) for item in found])
    return hashlib.sha256(said.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def current(session: Session, uri: str) -> list[types.Diagnostic]:
    """What is to be shown of a document as it is now."""
    root, now = session.root_of(uri), session.documents.get(uri)

    def uri_for(path: str) -> str:
        return session.uri_for(root, path)

    return [
        to_lsp.diagnostic(one.finding, one.document, one.span, session.client, uri_for)
        for one in session.shown.placed(key_of(uri), now)
    ]


async def check(session: Session, uri: str) -> None:
    """Run the static rules over a document as it is now, unless that has been done. Requests for the same
    version share one run; a newer version takes the older one's place."""
    key, document = key_of(uri), session.documents.get(uri)
    if document is None or session.shown.base(key, STATIC) is document:
        return
    running = session.checks.get(key)
    if running is None or running[0] is not document:
        if running is not None:
            running[1].cancel()
        running = document, asyncio.create_task(_check(session, uri, document))
        session.checks[key] = running
        running[1].add_done_callback(lambda task: _forget(session, key, task))
    await asyncio.wait([running[1]])


def _forget(session: Session, key: str, task: asyncio.Task[None]) -> None:
    running = session.checks.get(key)
    if running is not None and running[1] is task:
        del session.checks[key]
    if not task.cancelled() and (error := task.exception()) is not None:
        session.server.protocol.log_failure(error, "static rules")


async def _check(session: Session, uri: str, document: Document) -> None:
    try:
        workspace = await session.workspace(uri)
    except ConfigError:
        return
    if not workspace.settings.review.static:
        session.shown.put(key_of(uri), STATIC, document, ())
        return
    overlay = session.overlay(workspace, session.root_of(uri))
    result = await workspace.check_static([document], overlay)
    from counterpoint.static import hide_reported

    kept = hide_reported(result.findings, session.problems.get(key_of(uri), ()), document)
    session.shown.put(key_of(uri), STATIC, document, kept)


def note_problems(session: Session, uri: str, problems: tuple[Problem, ...]) -> None:
    """Remember what other tools say, as code actions tell us: what they report we need not repeat."""
    key = key_of(uri)
    if set(problems) - set(session.problems.get(key, ())):
        session.problems[key] = problems
        document, base = session.documents.get(uri), session.shown.base(key, STATIC)
        if document is not None and base is document and session.shown.placed(key, document):
            session.shown.forget(key, STATIC)
            session.spawn(_check_and_show(session, uri))


async def _check_and_show(session: Session, uri: str) -> None:
    await check(session, uri)
    show(session, uri)


def show(session: Session, uri: str) -> None:
    """Bring what changed to the user: ask for a pull, or push."""
    if session.client.pulls and session.documents.get(uri) is not None:
        _refresh(session)
    else:
        push(session, uri)


def push(session: Session, uri: str) -> None:
    """Publish a document's diagnostics; with its version if it is open."""
    now = session.documents.get(uri)
    found = current(session, uri)
    key = key_of(uri)
    if not found and key not in session.pushed:
        return
    if found:
        session.pushed.add(key)
    else:
        session.pushed.discard(key)
    _publish(session, uri, found, now.version if now else None)


def _publish(session: Session, uri: str, found: list[types.Diagnostic], version: int | None) -> None:
    session.server.text_document_publish_diagnostics(
        types.PublishDiagnosticsParams(uri=uri, diagnostics=found, version=version)
    )


def _refresh(session: Session) -> None:
    """A refresh makes the client pull every open file anew, so several wishes become one."""
    session.refresh_wanted = True
    if session.refresh is None or session.refresh.done():
        session.refresh = asyncio.ensure_future(_refresh_soon(session))


async def _refresh_soon(session: Session) -> None:
    """A wish that comes while the client has not answered the last one is a new one."""
    while session.refresh_wanted:
        await asyncio.sleep(_REFRESH_SECONDS)
        session.refresh_wanted = False
        try:
            await session.server.protocol.ask(types.WORKSPACE_DIAGNOSTIC_REFRESH, None)
        except (JsonRpcException, TimeoutError):
            return


def opened(session: Session, uri: str) -> None:
    """On opening: withdraw what was pushed from a client that pulls; else check and push."""
    key = key_of(uri)
    if not session.client.pulls:
        session.spawn(_check_and_show(session, uri))
    elif key in session.pushed:
        session.pushed.discard(key)
        _publish(session, uri, [], None)


def saved(session: Session, uri: str) -> None:
    """On saving: clients that pull do so by themselves."""
    if not session.client.pulls:
        session.spawn(_check_and_show(session, uri))


def closed(session: Session, uri: str) -> None:
    """On closing: static findings go with the document, those of reviews stay as the file's."""
    session.shown.forget(key_of(uri), STATIC)
    session.problems.pop(key_of(uri), None)
    push(session, uri)


def problems_at(
    session: Session, uri: str, document: Document, context: types.CodeActionContext
) -> tuple[Problem, ...]:
    """Other tools' diagnostics in a code action's context; also noted for hiding what repeats them."""
    found = from_lsp.problems(document, context.diagnostics, session.client.encoding)
    note_problems(session, uri, found)
    return found
