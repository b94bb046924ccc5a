"""Commands answered from what is known: no model is asked."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import date, timedelta
from typing import Any

from lsprotocol import types
from pygls.exceptions import JsonRpcInvalidParams

from counterpoint.errors import UsageError
from counterpoint.flows.counting import is_free_count
from counterpoint.ledger_looks import Look
from counterpoint.lsp import (
    choosing,
    context_page,
    editing,
    explaining,
    fixes,
    from_lsp,
    indexing,
    pages,
    status,
    told_page,
)
from counterpoint.lsp.positions import offset_of
from counterpoint.lsp.session import Session
from counterpoint.lsp.uris import uri_of
from counterpoint.tasks import COMPLETE, task_named
from counterpoint.text import Situation, Span

Argument = Mapping[str, Any]
_FOREVER = float("inf")


async def apply_fix(session: Session, argument: Argument) -> dict[str, Any]:
    """`counterpoint.applyFix {uri, fix}`: a quick fix, for clients that cannot resolve one."""
    uri = from_lsp.text_of(argument, "uri", required=True)
    edit, ids = await fixes.fix_edit(session, uri, argument)
    if edit is None:
        raise UsageError("The fix no longer fits the text.", fix="Run the review again.")
    await editing.apply_edit(session, edit, "Counterpoint: fix")
    await _looked(session, uri, ids)
    return {"applied": True}


async def outcome(session: Session, argument: Argument) -> dict[str, Any]:
    """`counterpoint.outcome {job, choice}`: what is to be done with an edit that was applied; or
    `rejected`, of a completion not wanted here, `job` being the `item` of its `counterpoint.accepted`. No
    client says so by itself: it is for a key of the user's own. `{findings, choice}`: what the user made
    of findings; `fixed` is known."""
    if argument.get("job") and argument.get("choice") == "rejected":
        return rejected(session, argument)
    if argument.get("job"):
        return await choosing.chosen(session, argument)
    if argument.get("choice") != "fixed":
        raise JsonRpcInvalidParams("choice must be: fixed.")
    ids = from_lsp.texts_of(argument, "findings")
    await _looked(session, from_lsp.text_of(argument, "uri"), ids)
    return {"findings": len(ids)}


async def _looked(session: Session, uri: str, ids: Sequence[Any]) -> None:
    """Note the findings that were fixed, as far as they are still known."""
    found = [item for one in ids if isinstance(one, str) and (item := session.shown.find(one)) is not None]
    workspace = session.opened(uri or _folder(session))
    if workspace is not None and found:
        root = workspace.root.as_posix()
        await asyncio.to_thread(workspace.ledger.looked, [Look.of(one, "fixed", root) for one in found])


def cancel(session: Session, argument: Argument) -> dict[str, Any]:
    """`counterpoint.cancel {job?}`: stop one job, or all."""
    return {"cancelled": session.jobs.cancel(from_lsp.text_of(argument, "job") or None)}


async def pause(session: Session, argument: Argument) -> dict[str, Any]:
    """`counterpoint.pause {minutes}`: no completions for so long; null goes on."""
    minutes = argument.get("minutes")
    if minutes is not None and (
        isinstance(minutes, bool) or not isinstance(minutes, (int, float)) or minutes < 0
    ):
        raise JsonRpcInvalidParams("minutes must be a number, 0 for no end, or null to go on.")
    if minutes is None:
        session.paused_until = 0.0
    else:
        session.paused_until = time.monotonic() + minutes * 60 if minutes else _FOREVER
        for workspace in session.all_opened():
            workspace.completions.stop()
    for workspace in session.all_opened()[:1]:
        await status.report(session, workspace)
    return {"paused": session.paused}


async def costs(session: Session, argument: Argument) -> dict[str, Any]:
    """`counterpoint.costs {}`: what was spent today and in the last thirty days, by model and task."""
    workspaces = session.all_opened() or (await session.workspace(""),)
    workspace = workspaces[0]
    since = date.today() - timedelta(days=29)  # with today they are thirty
    totals = await asyncio.to_thread(workspace.ledger.totals, since)
    today = await asyncio.to_thread(workspace.ledger.spent_today)
    edits = await asyncio.to_thread(workspace.ledger.edits, since)
    rows = [
        {
            "model": row.model,
            "task": row.task,
            "calls": row.calls,
            "failed": row.failed,
            "costUsd": row.cost_usd,
        }
        for row in totals
        if not is_free_count(row.task, row.cost_usd)
    ]
    return {
        "todayUsd": today,
        "budgetTodayUsd": workspace.settings.budget.day_usd,
        "since": since.isoformat(),
        "totals": rows,
        "edits": [{**asdict(one), "accepted": one.accepted} for one in edits],
    }


def accepted(session: Session, argument: Argument) -> dict[str, Any]:
    """`counterpoint.accepted {item, part?}`: the user took a completion, or the part named of it.

    One taken whole is forgotten, and what follows it is asked for; of one taken in part the rest is still
    offered.
    """
    item = from_lsp.text_of(argument, "item", required=True)
    for workspace in session.all_opened():
        workspace.completions.accepted(item, from_lsp.text_of(argument, "part"))
    return {"job": item}


def rejected(session: Session, argument: Argument) -> dict[str, Any]:
    """The user turned a completion down: it is not offered here again for a while."""
    job = from_lsp.text_of(argument, "job", required=True)
    for workspace in session.all_opened():
        workspace.completions.rejected(job)
    return {"job": job, "choice": "rejected"}


async def why(session: Session, argument: Argument) -> dict[str, Any]:
    """`counterpoint.why {uri, position, show?}` or `{id}`: findings explained, or else the last completions.

    With `show` it is also shown as a page, where the client can show one; `shown` is then its URI.
    """
    uri = from_lsp.text_of(argument, "uri")
    known = session.shown.find(from_lsp.text_of(argument, "id")) if argument.get("id") else None
    if known:
        text = await explaining.of(session, uri or _folder(session), [known])
    else:
        place = position(argument) if argument.get("position") is not None else None
        text = await explaining.at(session, uri, place) if place else ""
    text = text or _completions(session, uri)
    if not text:
        raise UsageError(
            "There is no finding here, and no completion was asked for in this file.",
            fix="Place the cursor on a finding, or type.",
        )
    shown = await pages.show(session, "why", text) if argument.get("show") else None
    return {"markdown": text, "shown": shown}


def _folder(session: Session) -> str:
    """A URI of the first folder, for what is known by an id alone."""
    return uri_of(session.roots[0]) if session.roots else ""


def _completions(session: Session, uri: str) -> str:
    """What became of the last requests for completions in a document."""
    document, workspace = session.documents.get(uri), session.opened(uri) if uri else None
    told = workspace.completions.told(document.path) if document and workspace else ()
    return told_page.page(told[::-1]) if told else ""


def position(argument: Argument) -> types.Position:
    """The `position` of a command's object. Raises JsonRpcInvalidParams."""
    given = argument.get("position")
    range_ = from_lsp.argument_range({"range": {"start": given, "end": given}})
    if range_ is None:
        raise JsonRpcInvalidParams("position must be {line, character}.")
    return range_.start


async def show_context(session: Session, argument: Argument) -> dict[str, Any]:
    """`counterpoint.showContext {uri, position, task?, show?}`: exactly what would be sent. Sends nothing.

    With `show` it is also shown as a page, where the client can show one; `shown` is then its URI.
    """
    uri = from_lsp.text_of(argument, "uri", required=True)
    document = session.documents.get(uri)
    if document is None:
        raise UsageError("The file is not open.", fix="Open it in the editor.")
    from counterpoint.flows.pairing import prepared

    workspace = await session.workspace(uri)
    asked = task_named(from_lsp.text_of(argument, "task") or COMPLETE.name)
    offset = offset_of(document, *from_lsp.place(position(argument)), session.client.encoding)
    span = Span(offset, offset) if asked is COMPLETE else Span(0, document.starts[-1])
    files = session.overlay(workspace, session.root_of(uri))
    plan = await workspace.engine.plan(asked, await prepared(asked, Situation(document, span, files)))
    around = await indexing.syntax(session, uri, document, document.position(offset))
    shown = None
    if argument.get("show"):
        title = f"What would be sent to {asked.title.lower().rstrip('.')} at {document.path}"
        shown = await pages.show(session, "context", context_page.page(title, plan))
    return {
        "shown": shown,
        "place": {
            "scopes": [f"{scope.kind} {scope.name}" for scope in around.scopes],
            "inside": around.inside,
            "source": around.source,
        },
        "model": plan.candidate.model.label,
        "inputTokens": plan.input_tokens,
        "masked": plan.masked,
        "system": plan.rendered.system,
        "parts": list(plan.rendered.parts),
        "placeholders": sorted(plan.secrets),
        "source": plan.selection.source,
        "snippets": [
            {"path": one.path, "startLine": one.first_line, "endLine": one.last_line, "why": one.why}
            for one in plan.snippets
        ],
        "leftOut": [{"what": what, "reason": reason} for what, reason in plan.selection.left_out],
    }
