"""`counterpoint.edit` and `.task`: a change set as one versioned edit of the texts as they are now."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, TypeAlias

from pygls.exceptions import JsonRpcException

from counterpoint.answers import ChangeSet
from counterpoint.errors import UsageError
from counterpoint.lsp import agreeing, from_lsp, saying
from counterpoint.lsp.applying import apply_changes as apply_changes
from counterpoint.lsp.applying import apply_edit as apply_edit
from counterpoint.lsp.input import ask_text
from counterpoint.lsp.progress import progress
from counterpoint.lsp.session import Session
from counterpoint.lsp.uris import key_of
from counterpoint.lsp.work import SERVER_CANCELLED, Argument, document_of, new_job, run, whole_of
from counterpoint.tasks import EDIT, REFACTOR, Task
from counterpoint.text import Document, Problem, Situation, Span

if TYPE_CHECKING:
    from counterpoint.engine import Reply
    from counterpoint.workspace import Workspace

Prepare: TypeAlias = Callable[["Workspace", Situation], Awaitable[Situation]]
_BY_INSTRUCTION = (EDIT, REFACTOR)
_COMMENT = ("#", "//", "--", ";", "/*", "*", "<!--")


async def as_it_is(workspace: Workspace, situation: Situation) -> Situation:
    """Nothing is added to the question."""
    return situation


async def edit(session: Session, argument: Argument) -> dict[str, Any]:
    """`counterpoint.edit`: by the instruction given, else by the comment on the selected lines."""
    return await change(session, argument, EDIT)


async def change(
    session: Session,
    argument: Argument,
    asked: Task[ChangeSet],
    prepare: Prepare = as_it_is,
) -> dict[str, Any]:
    """Ask for the changes a task makes at the argument's place, and have the client apply them.

    `prepare` adds to the question what the task must know.
    """
    uri = from_lsp.text_of(argument, "uri", required=True)
    if not session.client.applies_edits:
        raise UsageError("This editor cannot apply edits.", fix="Use `counterpoint edit` in a terminal.")
    document = _as_seen(session, argument, await document_of(session, uri))
    range_ = from_lsp.argument_range(argument)
    span = from_lsp.span(document, range_, session.client.encoding) if range_ else whole_of(document)
    workspace = await session.workspace(uri)
    instruction = from_lsp.text_of(argument, "instruction")
    if not instruction:
        instruction = _comment(document, span) if range_ else ""
        if asked in _BY_INSTRUCTION and session.client.inputs:
            instruction = await _instruction(session, asked, instruction)
    situation = Situation(
        document,
        span,
        session.overlay(workspace, session.root_of(uri)),
        instruction=instruction,
        problems=_problems(argument, document, span),
    )
    situation = await prepare(workspace, situation)
    await agreeing.ensure(session, workspace, asked)
    job = new_job()
    work = _ask_and_apply(session, workspace, uri, situation, asked, job)
    return await run(session, workspace, ("edit", key_of(uri)), work, job)


async def _instruction(session: Session, asked: Task[ChangeSet], comment: str) -> str:
    """What the user wants changed; what the comments say stands there already. Raises a cancellation."""
    title = asked.title.removesuffix("...")
    said = await ask_text(session, title, "What should be changed?", comment)
    if said is None:
        raise JsonRpcException("Nothing was asked for.", SERVER_CANCELLED)
    return said


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
    asked: Task[ChangeSet],
    job: str,
) -> dict[str, Any]:
    name = asked.title.removesuffix("...")
    async with progress(session, job, f"{name}: {situation.document.path}") as report:
        reply, situation = await ask_changes(session, workspace, situation, asked, job)
        report("Applying")
        result = await apply_changes(
            session, workspace, uri, reply, label=f"Counterpoint: {name.lower()}", task=asked, asked=situation
        )
    if reply.more:
        saying.tell(session, reply.more)
    if not result["applied"] and reply.answer.dropped:
        saying.left_out(session, reply.answer.dropped)
    saying.assumed(session, reply.answer)
    return result


async def ask_changes(
    session: Session,
    workspace: Workspace,
    situation: Situation,
    asked: Task[ChangeSet],
    job: str,
    *,
    ask_back: bool = True,
) -> tuple[Reply[ChangeSet], Situation]:
    """A checked change set, and the question it answers: a model may ask back once, and the user is asked."""
    from counterpoint.flows.edit import edit as edit_flow

    agree = partial(agreeing.long_prompt, session)
    checks = workspace.checks()
    reply = await edit_flow(workspace.engine, situation, task=asked, job=job, agree=agree, checks=checks)
    told = await saying.answered(session, situation, reply) if ask_back else None
    if told is None:
        return reply, situation
    again = await edit_flow(workspace.engine, told, task=asked, job=job, agree=agree, checks=checks)
    return replace(again, calls=(*reply.calls, *again.calls)), told
