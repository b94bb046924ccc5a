"""`counterpoint.review`: findings appear as they are found."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING, Any

from pygls.exceptions import JsonRpcException, JsonRpcInvalidParams

from counterpoint.answers import Finding
from counterpoint.errors import UsageError
from counterpoint.lsp import agreeing, diagnostics, from_lsp
from counterpoint.lsp.price import offer
from counterpoint.lsp.progress import progress
from counterpoint.lsp.session import Session
from counterpoint.lsp.uris import key_of
from counterpoint.lsp.work import SERVER_CANCELLED, Argument, document_of, dropped_row, new_job, run, whole_of
from counterpoint.tasks import PASSES, REVIEW, passes_named
from counterpoint.text import Document, Situation

if TYPE_CHECKING:
    from counterpoint.flows.review import Review
    from counterpoint.workspace import Workspace

_SCOPES = ("symbol", "file", "changes", "staged", "branch", "commit", "workspace", "machine")


async def review(session: Session, argument: Argument) -> dict[str, Any]:
    """`{uri, range?, scope, passes?, confirm?, choose?}` to `{job, complete, findings, ...}`."""
    uri = from_lsp.text_of(argument, "uri", required=True)
    scope = _scope(argument)
    document = await document_of(session, uri)
    workspace = await session.workspace(uri)
    passes = from_lsp.texts_of(argument, "passes") or workspace.settings.review.passes
    if argument.get("choose"):
        chosen = await agreeing.choose(session, "Review the file for:", PASSES)
        if chosen is None:
            return {"job": None}
        passes = (chosen,)
    passes = passes_named(passes)
    range_ = from_lsp.argument_range(argument) if scope == "symbol" else None
    span = from_lsp.span(document, range_, session.client.encoding) if range_ else whole_of(document)
    await _may_spend(session, workspace, argument, document)
    await agreeing.ensure(session, workspace, REVIEW)
    situation = Situation(
        document, span, session.overlay(workspace, session.root_of(uri)), passes=tuple(passes)
    )
    title = f"Review of {document.path}: {', '.join(passes)}"
    job = new_job()
    work = _review(session, workspace, uri, situation, (job, title))
    result = await run(session, workspace, ("review", key_of(uri)), work, job)
    return _review_result(result)


def _scope(argument: Argument) -> str:
    scope = from_lsp.text_of(argument, "scope") or "file"
    if scope not in _SCOPES:
        raise JsonRpcInvalidParams(f"scope must be one of: {', '.join(_SCOPES)}.")
    if scope not in ("symbol", "file"):
        raise UsageError(
            f"The editor reviews a selection or a file so far, not {scope}.",
            fix="Run `counterpoint review` in a terminal for a wider scope.",
        )
    if scope == "symbol" and argument.get("range") is None:
        raise JsonRpcInvalidParams("scope symbol needs a range.")
    return scope


async def _may_spend(session: Session, workspace: Workspace, argument: Argument, document: Document) -> None:
    if not argument.get("confirm"):
        return
    usable = session.usable.get(workspace.root.as_posix(), frozenset())
    offered = offer(workspace, usable, REVIEW, document.starts[-1])
    if offered.note and not await agreeing.confirmed(session, f"Review {document.path}: {offered.note}?"):
        raise JsonRpcException("The review was not started.", SERVER_CANCELLED)


async def _review(
    session: Session, workspace: Workspace, uri: str, situation: Situation, named: tuple[str, str]
) -> Review:
    from counterpoint.flows.review import review as review_flow

    job, title = named
    document = situation.document
    async with progress(session, job, title) as report:

        def found(path: str, findings: tuple[Finding, ...]) -> None:
            report(f"{len(findings)} finding{'s' if len(findings) != 1 else ''} in {path}")
            if path == document.path:
                _show(session, uri, document, situation.passes, findings)

        static = partial(workspace.check_static, files=situation.files)
        agree = partial(agreeing.long_prompt, session)
        result = await review_flow(
            workspace.engine, [situation], static=static, on_findings=found, job=job, agree=agree
        )
        await _show_all(session, workspace, uri, situation, result)
    return result


def _show(
    session: Session, uri: str, base: Document, passes: tuple[str, ...], findings: tuple[Finding, ...]
) -> None:
    """Findings of models replace what the same passes said before; static ones have their own place."""
    asked = tuple(item for item in findings if item.status != "static")
    session.shown.put(key_of(uri), f"review {','.join(passes)}", base, asked)
    diagnostics.show(session, uri)


async def _show_all(
    session: Session, workspace: Workspace, uri: str, situation: Situation, result: Review
) -> None:
    """The final word, also for other files the review spoke of, which are read in a thread."""
    root = session.root_of(uri)
    paths = dict.fromkeys((situation.document.path, *(item.path for item in result.findings)))
    for path in paths:
        mine = tuple(item for item in result.findings if item.path == path)
        if path == situation.document.path:
            _show(session, uri, situation.document, situation.passes, mine)
            continue
        base = session.now(root, path) or await asyncio.to_thread(workspace.project.read_local, path)
        if base is not None:
            _show(session, session.uri_for(root, path), base, situation.passes, mine)


def _review_result(result: Review) -> dict[str, Any]:
    return {
        "job": result.job,
        "complete": result.complete,
        "findings": len(result.findings),
        "dropped": [dropped_row(item) for item in result.dropped],
        "skipped": [{"path": path, "reason": reason} for path, reason in result.skipped],
        "errors": [
            {
                "stage": one.stage,
                "provider": one.provider,
                "code": one.code,
                "message": one.message,
                "fix": one.fix,
            }
            for one in result.errors
        ],
        "notice": result.notice,
        "costUsd": result.cost_usd,
    }
