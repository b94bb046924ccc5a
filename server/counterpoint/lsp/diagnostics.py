"""Diagnostics: static rules over open documents, findings of reviews, pulled or pushed.

A client that pulls and can be asked to refresh gets open documents by pull alone. Files that nobody opened
are pushed without a version, until the client asks about the whole workspace: then they are in that answer
alone. What was pushed for a file before it was opened is withdrawn on opening it.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
from collections.abc import Iterator, Mapping

from lsprotocol import types
from pygls.exceptions import JsonRpcException

from counterpoint.errors import ConfigError
from counterpoint.lsp import from_lsp, quiet, to_lsp
from counterpoint.lsp.findings import Placed
from counterpoint.lsp.session import Session
from counterpoint.lsp.uris import key_of
from counterpoint.text import Document, Problem

STATIC = "static"
_REFRESH_SECONDS = 0.3
_HOLD_SECONDS = 60.0
"""How long a question about the workspace may wait for news: clients ask again at once."""


async def pull(session: Session, params: types.DocumentDiagnosticParams) -> types.DocumentDiagnosticReport:
    """The report for a document, `unchanged` if the client has it already."""
    uri = params.text_document.uri
    await check(session, uri)
    found = current(session, uri)
    result = _result_id(found)
    if params.previous_result_id == result:
        return types.RelatedUnchangedDocumentDiagnosticReport(result_id=result)
    return types.RelatedFullDocumentDiagnosticReport(items=found, result_id=result)


async def pull_workspace(
    session: Session, params: types.WorkspaceDiagnosticParams
) -> types.WorkspaceDiagnosticReport:
    """What is new of files that nobody opened; held back until there is something, or for a while."""
    if not session.pulls_workspace:
        session.pulls_workspace = True
        for uri in session.pushed.values():
            _publish(session, uri, [], None)
        session.pushed.clear()
    told = {key_of(one.uri): one.value for one in params.previous_result_ids}
    deadline = asyncio.get_running_loop().time() + _HOLD_SECONDS
    while True:
        session.news.clear()
        reports = list(_unopened(session, told))
        left = deadline - asyncio.get_running_loop().time()
        if reports or left <= 0:
            return types.WorkspaceDiagnosticReport(items=reports)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(session.news.wait(), left)


def _unopened(
    session: Session, told: Mapping[str, str]
) -> Iterator[types.WorkspaceFullDocumentDiagnosticReport]:
    """Reports on files that are not open and have changed since what the client was told."""
    for key in dict.fromkeys((*session.shown.keys(), *told)):
        uri = session.spelling(key)
        if session.documents.get(uri) is not None:
            continue
        found = current(session, uri)
        result = _result_id(found)
        if result != told.get(key, _result_id([])):
            yield types.WorkspaceFullDocumentDiagnosticReport(uri=uri, items=found, result_id=result)


def _result_id(found: list[types.Diagnostic]) -> str:
    """Of all that a diagnostic carries: a fix in its `data` may be all that is new."""
    return hashlib.sha256(repr(found).encode("utf-8", "surrogatepass")).hexdigest()[:16]


def current(session: Session, uri: str) -> list[types.Diagnostic]:
    """What is to be shown of a document as it is now."""
    root, now = session.root_of(uri), session.documents.get(uri)

    def uri_for(path: str) -> str:
        return session.uri_for(root, path)

    silent = quiet.of(session, root)
    return [
        to_lsp.diagnostic(
            one.finding,
            one.document,
            one.span,
            session.client,
            uri_for,
            demoted=silent.demotes(one.finding),
        )
        for one in on_show(session, uri, now)
    ]


def on_show(session: Session, uri: str, now: Document | None) -> tuple[Placed, ...]:
    """Findings that a document shows as it is now: all but those that somebody set aside."""
    silent = quiet.of(session, session.root_of(uri))
    placed = session.shown.placed(key_of(uri), now)
    return tuple(one for one in placed if not silent.silences(one.finding))


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
    from counterpoint.static.hide import hide_reported

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


def show_all(session: Session, root: str) -> None:
    """The same for every file of a folder of which anything is known."""
    for uri in map(session.spelling, session.shown.keys()):
        if session.root_of(uri) == root:
            show(session, uri)


def push(session: Session, uri: str) -> None:
    """Publish a document's diagnostics; with its version if it is open."""
    now = session.documents.get(uri)
    if now is None and session.pulls_workspace:
        session.news.set()
        return
    found = current(session, uri)
    key = key_of(uri)
    if not found and key not in session.pushed:
        return
    if found:
        session.pushed[key] = uri
    else:
        session.pushed.pop(key, None)
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
    """A wish that comes while the client has not answered the last one is a new one, whatever the answer."""
    while session.refresh_wanted:
        await asyncio.sleep(_REFRESH_SECONDS)
        session.refresh_wanted = False
        with contextlib.suppress(JsonRpcException, TimeoutError):
            await session.server.protocol.ask(types.WORKSPACE_DIAGNOSTIC_REFRESH, None)


def opened(session: Session, uri: str) -> None:
    """On opening: withdraw what was pushed from a client that pulls; else check and push."""
    key = key_of(uri)
    if not session.client.pulls:
        session.spawn(_check_and_show(session, uri))
    elif (spelling := session.pushed.pop(key, None)) is not None:
        _publish(session, spelling, [], None)


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
