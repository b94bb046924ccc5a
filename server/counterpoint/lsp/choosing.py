"""What may be done with an edit that was applied: the entries of the menu at its lines, and each choice."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from lsprotocol import types
from pygls.exceptions import JsonRpcException, JsonRpcInvalidParams

from counterpoint.answers import Dropped
from counterpoint.errors import UsageError
from counterpoint.flows.applied import Applied, inverse, lines_of, stands
from counterpoint.lsp import agreeing, applied, at_hand, conversing, from_lsp, saying
from counterpoint.lsp.applying import apply_edit, prepared_for, texts_of
from counterpoint.lsp.asking import Ask, entry
from counterpoint.lsp.input import ask_text
from counterpoint.lsp.kinds import REWRITE
from counterpoint.lsp.price import Offer
from counterpoint.lsp.review_run import Wish, run_review
from counterpoint.lsp.review_scope import Found
from counterpoint.lsp.reviewing import result_of
from counterpoint.lsp.session import Session
from counterpoint.lsp.uris import key_of
from counterpoint.lsp.voices import other, other_voice, refine, refining
from counterpoint.lsp.work import SERVER_CANCELLED, Argument, dropped_row, new_job, run
from counterpoint.tasks import REVIEW
from counterpoint.text import Situation

if TYPE_CHECKING:
    from counterpoint.workspace import Workspace

OUTCOME = "counterpoint.outcome"
_KIND = f"{REWRITE}.applied"
_TOLD = 3
_TITLE = 60


def entries(ask: Ask) -> Iterator[types.CodeAction]:
    """The entries at lines that an edit of ours changed. Nobody runs these on saving."""
    kind = "refactor.rewrite" if ask.standard else _KIND
    if ask.unasked or not ask.wants(kind) or "applied" not in vars(ask.session):
        return
    root = ask.session.root_of(ask.uri)
    found = ask.session.applied.here(root, ask.document.path, ask.span)
    if found is None:
        return
    count = len(found.files)
    more = f" ({count} files)" if count > 1 else ""

    def command(choice: str) -> tuple[str, dict[str, Any]]:
        return OUTCOME, {"job": found.job, "choice": choice, "uri": ask.uri}

    client = ask.session.client
    yield from entry(ask, f"Keep{more}", kind, Offer(), command("kept"))
    yield from entry(ask, f"Revert{more}", kind, Offer(), command("reverted"))
    if client.inputs or client.shows_documents:
        workspace = ask.session.opened(ask.uri)
        task = refining(ask.session, workspace, found) if workspace else found.task
        yield from entry(ask, "Refine...", kind, ask.offer(task), command("refined"))
    other = ask.offer(other_voice(found))
    if found.model and other.model != _label(ask, found.model):
        yield from entry(ask, "The other voice's version", kind, other, command("other"))
    yield from entry(ask, "Review this", kind, _review_offer(ask, found), command("reviewed"))


def _label(ask: Ask, model: str) -> str:
    workspace = ask.session.opened(ask.uri)
    row = workspace.catalogue.models.get(model) if workspace else None
    return row.label if row else model


def _review_offer(ask: Ask, found: Applied) -> Offer:
    offered = ask.offer(replace(REVIEW, written_by=found.model))
    if offered.refusal or not offered.note:
        return offered
    size = sum(one.span.end - one.span.start for file in found.files for one in stands(file))
    return replace(offered, note=at_hand.note(ask.session, ask.uri, found.model)(size, len(found.files), ""))


async def chosen(session: Session, argument: Argument) -> dict[str, Any]:
    """`counterpoint.outcome {job, choice, uri?, instruction?}` for an edit that was applied."""
    job, choice = from_lsp.text_of(argument, "job", required=True), from_lsp.text_of(argument, "choice")
    acts = {"kept": _keep, "reverted": _revert, "refined": _refine, "other": _other, "reviewed": _review}
    if choice not in acts:
        raise JsonRpcInvalidParams(f"choice must be one of: {', '.join(acts)}.")
    found = session.applied.get(job)
    if found is None:
        raise UsageError("This edit is not followed any more.", fix="Use the editor's own undo.")
    root = session.applied.root(job)
    uri = from_lsp.text_of(argument, "uri") or session.uri_for(root, found.files[0].path)
    workspace = await session.workspace(uri)
    return await acts[choice](session, workspace, uri, found, argument)


async def _keep(
    session: Session, workspace: Workspace, uri: str, found: Applied, argument: Argument
) -> dict[str, Any]:
    session.applied.drop(found.job)
    applied.note(session, uri, found, "kept")
    return {"job": found.job, "choice": "kept"}


async def _revert(
    session: Session, workspace: Workspace, uri: str, found: Applied, argument: Argument
) -> dict[str, Any]:
    """Take the edit back in all its files, but for what was edited since."""
    back = inverse(found.files, await texts_of(session, workspace, uri, found))
    prepared = await prepared_for(session, workspace, uri, back.files)
    left = (*back.dropped, *prepared.dropped)
    if not prepared.paths and left:
        raise UsageError(f"Nothing was taken back: {_listed(left)}.", fix="Use the editor's own undo.")
    before = session.applied.choices.get(found.job, "")
    session.applied.chose(found.job, applied.REVERTING)
    try:
        if prepared.paths:
            await apply_edit(session, prepared.edit, "Counterpoint: revert")
    except UsageError:
        session.applied.chose(found.job, before)
        raise
    applied.note(session, uri, found, "reverted")
    if left:
        text = f"Not taken back: {_listed(left)}."
        saying.tell(session, text, types.MessageType.Warning)
    return {
        "job": found.job,
        "choice": "reverted",
        "applied": bool(prepared.paths),
        "files": list(prepared.paths),
        "dropped": [dropped_row(one) for one in left],
    }


def _listed(left: Sequence[Dropped]) -> str:
    """What stays as it is, and why."""
    told = [one.detail if one.reason == "edited-since" else f"{one.detail} ({one.reason})" for one in left]
    more = f" and {len(told) - _TOLD} more" if len(told) > _TOLD else ""
    return f"{'; '.join(told[:_TOLD])}{more}"


async def _refine(
    session: Session, workspace: Workspace, uri: str, found: Applied, argument: Argument
) -> dict[str, Any]:
    instruction = from_lsp.text_of(argument, "instruction")
    if not instruction and session.client.inputs:
        head = found.asked.instruction.strip().partition("\n")[0]
        title = f"Refine: {head if len(head) <= _TITLE else f'{head[:_TITLE]}...'}".removesuffix(": ")
        instruction = await ask_text(session, title, "What should be different?") or ""
        if not instruction:
            raise JsonRpcException("Nothing was asked for.", SERVER_CANCELLED)
    if not instruction:
        return await conversing.about_edit(session, uri, found)
    return await refine(session, workspace, uri, found, instruction)


async def _other(
    session: Session, workspace: Workspace, uri: str, found: Applied, argument: Argument
) -> dict[str, Any]:
    return await other(session, workspace, uri, found)


async def _review(
    session: Session, workspace: Workspace, uri: str, found: Applied, argument: Argument
) -> dict[str, Any]:
    """Review the lines that the edit changed."""
    from counterpoint.scope import Scope

    root = session.root_of(uri)
    files = session.overlay(workspace, root)
    now = await texts_of(session, workspace, uri, found)
    units = [
        Situation(document, document.span_of_lines(hunks[0][0], hunks[-1][1]), files, hunks=hunks)
        for file in found.files
        if (document := now.get(file.path)) is not None and (hunks := lines_of(file, document))
    ]
    if not units:
        raise UsageError("Nothing of this edit is there any more.", fix="Review the file.")
    await agreeing.ensure(session, workspace, REVIEW)
    job, wish = new_job(), Wish(workspace.settings.review.passes)
    scope = Found(Scope("this edit", units))
    work = run_review(session, workspace, root, scope, wish, job)
    result = await run(session, workspace, ("review", key_of(uri)), work, job)
    applied.note(session, uri, found, "reviewed")
    return result_of(result)
