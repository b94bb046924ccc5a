"""`counterpoint.edit` and `.task`: a change set as one versioned edit of the texts as they are now."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, TypeAlias

from lsprotocol import types
from pygls.exceptions import JsonRpcException

from counterpoint.answers import ChangeSet, FileChange
from counterpoint.errors import UsageError
from counterpoint.lsp import agreeing, from_lsp, offering, preview, writing
from counterpoint.lsp.edits_to_lsp import Prepared, Target, prepare
from counterpoint.lsp.progress import Report, progress
from counterpoint.lsp.session import Session
from counterpoint.lsp.uris import key_of
from counterpoint.lsp.work import Argument, document_of, dropped_row, new_job, run, whole_of
from counterpoint.tasks import EDIT, TASKS, Task
from counterpoint.text import Document, Problem, Situation, Span

if TYPE_CHECKING:
    from counterpoint.engine import Reply
    from counterpoint.workspace import Workspace

_APPLY_SECONDS = 600.0
Prepare: TypeAlias = Callable[["Workspace", Situation], Awaitable[Situation]]
Finish: TypeAlias = Callable[[Situation, ChangeSet], ChangeSet]
_COMMENT = ("#", "//", "--", ";", "/*", "*", "<!--")


async def as_it_is(workspace: Workspace, situation: Situation) -> Situation:
    """Nothing is added to the question."""
    return situation


def unchanged(situation: Situation, answer: ChangeSet) -> ChangeSet:
    """Nothing is added to the answer."""
    return answer


async def edit(session: Session, argument: Argument) -> dict[str, Any]:
    """`counterpoint.edit`: by the instruction given, else by the comment on the selected lines."""
    return await change(session, argument, EDIT)


async def task(session: Session, argument: Argument) -> dict[str, Any]:
    """`counterpoint.task`: a task whose answer is a change set, by name."""
    name = from_lsp.text_of(argument, "task", required=True)
    known = {row.name: row for row in TASKS.values() if row.shape is ChangeSet}
    if name not in known:
        raise UsageError(f"No task called {name!r} changes code.", fix=f"Use one of: {', '.join(known)}.")
    return await change(session, argument, known[name])


async def change(
    session: Session,
    argument: Argument,
    asked: Task[ChangeSet],
    prepare: Prepare = as_it_is,
    finish: Finish = unchanged,
) -> dict[str, Any]:
    """Ask for the changes a task makes at the argument's place, and have the client apply them.

    `prepare` adds to the question what the task must know; `finish` adds to the answer what we see to
    ourselves.
    """
    uri = from_lsp.text_of(argument, "uri", required=True)
    if not session.client.applies_edits:
        raise UsageError("This editor cannot apply edits.", fix="Use `counterpoint edit` in a terminal.")
    document = _as_seen(session, argument, await document_of(session, uri))
    range_ = from_lsp.argument_range(argument)
    span = from_lsp.span(document, range_, session.client.encoding) if range_ else whole_of(document)
    workspace = await session.workspace(uri)
    situation = Situation(
        document,
        span,
        session.overlay(workspace, session.root_of(uri)),
        instruction=from_lsp.text_of(argument, "instruction") or (_comment(document, span) if range_ else ""),
        problems=_problems(argument, document, span),
    )
    situation = await prepare(workspace, situation)
    await agreeing.ensure(session, workspace, asked)
    job = new_job()
    work = _ask_and_apply(session, workspace, uri, situation, (asked, job, finish))
    return await run(session, workspace, ("edit", key_of(uri)), work, job)


def _as_seen(session: Session, argument: Argument, now: Document) -> Document:
    """The version the command speaks of: its range means places in that one."""
    version = argument.get("version")
    if version is None or version == now.version:
        return now
    uri = from_lsp.text_of(argument, "uri", required=True)
    seen = session.documents.at(uri, version) if isinstance(version, int) else None
    if seen is None:
        raise UsageError("The text has changed too much since.", fix="Select the place again.")
    return seen


def _comment(document: Document, span: Span) -> str:
    """What the comments on the selected lines say: an instruction where none was given."""
    first, last = document.position(span.start).line, document.position(span.end).line
    lines = [document.line(number).strip() for number in range(first, min(last, first + 20) + 1)]
    said = [
        line.lstrip("#/-;*<! ").removesuffix("*/").removesuffix("-->")
        for line in lines
        if line.startswith(_COMMENT)
    ]
    return " ".join(part.strip() for part in said).strip()


def _problems(argument: Argument, document: Document, span: Span) -> tuple[Problem, ...]:
    given = argument.get("problems")
    rows = [row for row in given if isinstance(row, Mapping)] if isinstance(given, (list, tuple)) else []
    return tuple(
        Problem(
            document.path,
            span,
            str(row.get("message", "")),
            str(row.get("source", "")),
            str(row.get("code", "")),
        )
        for row in rows
    )


async def _ask_and_apply(
    session: Session,
    workspace: Workspace,
    uri: str,
    situation: Situation,
    how: tuple[Task[ChangeSet], str, Finish],
) -> dict[str, Any]:
    from counterpoint.flows.edit import edit as edit_flow

    asked, job, finish = how
    async with progress(
        session, job, f"{asked.title.removesuffix('...')}: {situation.document.path}"
    ) as report:
        agree = partial(agreeing.long_prompt, session)
        checks = workspace.checks()
        reply = await edit_flow(workspace.engine, situation, task=asked, job=job, agree=agree, checks=checks)
        reply = replace(reply, answer=await preview.agreed(session, reply.answer))
        reply = replace(reply, answer=finish(situation, reply.answer))
        if reply.calls:
            model = workspace.catalogue.model(reply.calls[-1].model).label
            writing.applying(workspace, reply.answer.files, reply.job, model, asked.name)
        result = await _apply(session, uri, reply, report)
    if result["applied"]:
        offering.after_edit(session, workspace, uri)
    return result


async def _apply(session: Session, uri: str, reply: Reply[ChangeSet], report: Report) -> dict[str, Any]:
    report("Applying")
    prepared = _prepared(session, uri, reply.answer)
    dropped = [dropped_row(item) for item in (*reply.answer.dropped, *prepared.dropped)]
    if prepared.paths:
        await apply_edit(session, prepared.edit, "Counterpoint: edit")
    return {
        "job": reply.job,
        "applied": bool(prepared.paths),
        "files": list(prepared.paths),
        "dropped": dropped,
        "assumptions": list(reply.answer.assumptions),
        "question": reply.answer.question,
        "notice": reply.notice,
        "costUsd": reply.cost_usd,
    }


def _prepared(session: Session, uri: str, changes: ChangeSet) -> Prepared:
    root = session.root_of(uri)

    def find(change: FileChange) -> Target:
        now = session.now(root, change.path)
        if now is None and change.before is not None:
            now = Document.of(change.path, change.before, "plaintext")
        goes = session.uri_for(root, change.moved_to) if change.moved_to else ""
        return Target(change, session.uri_for(root, change.path), now, goes)

    return prepare(changes.files, find, session.client)


async def apply_edit(session: Session, edit: types.WorkspaceEdit, label: str) -> None:
    """Have the client apply an edit. Raises UsageError with its reason if it does not; never tries again."""
    params = types.ApplyWorkspaceEditParams(edit=edit, label=label)
    try:
        result = await session.server.protocol.ask(types.WORKSPACE_APPLY_EDIT, params, _APPLY_SECONDS)
    except (JsonRpcException, TimeoutError):
        raise UsageError(
            "The editor did not answer whether it applied the edit.", fix="Look at the file."
        ) from None
    if not result.applied:
        reason = f" ({result.failure_reason})" if result.failure_reason else ""
        raise UsageError(
            f"The editor did not apply the edit{reason}.", fix="Ask again on the text as it is now."
        )
