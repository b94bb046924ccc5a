"""`counterpoint.refactor`: a standard refactoring or one in own words; its receipt labels the edit."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from lsprotocol import types
from pygls.exceptions import JsonRpcException, JsonRpcInvalidParams

from counterpoint.errors import UsageError
from counterpoint.flows.refactoring.operations import OPERATIONS, Operation, instruction_for
from counterpoint.lsp import agreeing, from_lsp, saying
from counterpoint.lsp.applying import apply_changes
from counterpoint.lsp.asking import Ask, command_of, entry
from counterpoint.lsp.input import ask_text
from counterpoint.lsp.kinds import EXTRACT, REWRITE
from counterpoint.lsp.pair_places import document_meant
from counterpoint.lsp.price import offer
from counterpoint.lsp.progress import Report, progress
from counterpoint.lsp.session import Session
from counterpoint.lsp.uris import key_of
from counterpoint.lsp.work import SERVER_CANCELLED, Argument, document_of, new_job, run, whole_of
from counterpoint.tasks import REFACTOR, Task
from counterpoint.text import Document, Span

if TYPE_CHECKING:
    from counterpoint.answers import ChangeSet
    from counterpoint.flows.refactoring.sites import Part
    from counterpoint.flows.refactoring.values import Refactored
    from counterpoint.workspace import Workspace

COMMAND = "counterpoint.refactor"
_MORE = "More refactorings..."
_OUTLINE_SECONDS = 5.0
_LISTED = 20


def entries(ask: Ask) -> Iterator[types.CodeAction]:
    """Extracting what is selected, and the way to the other refactorings. "Refactor..." stands among the
    edits."""
    if ask.selected and ask.wants(EXTRACT):
        row = OPERATIONS["extract"]
        command = (COMMAND, ask.argument(operation=row.name))
        yield from entry(ask, row.title, EXTRACT, ask.offer(REFACTOR), command)
    chooses = ask.session.client.asks and not ask.unasked and not ask.offer(REFACTOR).refusal
    if chooses and ask.wants(f"{REWRITE}.refactor"):
        yield types.CodeAction(
            title=_MORE,
            kind="refactor.rewrite" if ask.standard else f"{REWRITE}.refactor",
            command=command_of(COMMAND, _MORE, ask.argument(choose=True)),
            tags=[types.CodeActionTag.LlmGenerated] if ask.session.client.llm_tags else None,
        )


async def refactor(session: Session, argument: Argument) -> dict[str, Any]:
    """`counterpoint.refactor {uri, uris?, range?, version?, instruction?, operation?, role?, choose?}`: what
    the operation or the instruction says, of the lines, of the symbol at an empty range, or of the files."""
    uri = from_lsp.text_of(argument, "uri", required=True)
    if not session.client.applies_edits:
        raise UsageError("This editor cannot apply edits.", fix="Use `counterpoint refactor` in a terminal.")
    document = await document_meant(session, argument)
    workspace = await session.workspace(uri)
    operation = from_lsp.text_of(argument, "operation")
    if argument.get("choose"):
        operation = await _chosen(session, workspace, document)
    instruction = await _instruction(session, operation, from_lsp.text_of(argument, "instruction"))
    parts = await _parts(session, workspace, document, argument)
    task = _task(from_lsp.text_of(argument, "role"))
    await agreeing.ensure(session, workspace, task)
    job = new_job()
    work = _refactored(session, workspace, uri, parts, (instruction, task, job))
    return await run(session, workspace, ("edit", key_of(uri)), work, job)


def _task(role: str) -> Task[ChangeSet]:
    if role not in ("", "fast", "deep"):
        raise JsonRpcInvalidParams("role must be fast or deep.")
    return replace(REFACTOR, role="fast") if role == "fast" else REFACTOR


async def _chosen(session: Session, workspace: Workspace, document: Document) -> str:
    """The operation that the user picks, by its name. Raises a cancellation."""
    if not session.client.asks:
        raise UsageError(
            "This editor cannot ask which one.", fix="Run `counterpoint.refactor` with an `operation`."
        )
    usable = session.usable.get(workspace.root.as_posix(), frozenset())
    note = offer(workspace, usable, REFACTOR, whole_of(document).end, path=document.path).note
    titles = {f"{row.title} ({note})" if note else row.title: row.name for row in _offered(session)}
    chosen = await agreeing.choose(session, "Which refactoring?", tuple(titles))
    if chosen not in titles:
        raise JsonRpcException("Nothing was asked for.", SERVER_CANCELLED)
    return titles[chosen]


def _offered(session: Session) -> list[Operation]:
    """What needs words is offered where the editor can ask for them."""
    return [row for row in OPERATIONS.values() if session.client.inputs or not row.asks]


async def _instruction(session: Session, operation: str, words: str) -> str:
    """What is asked for, in words; the user is asked where some are missing. Raises a cancellation."""
    row = OPERATIONS.get(operation)
    needed = not words and (not operation or (row is not None and bool(row.asks)))
    if needed and session.client.inputs:
        title = row.title.removesuffix("...") if row is not None else "Refactor"
        said = await ask_text(session, title, row.asks if row is not None else "What should be changed?")
        if said is None:
            raise JsonRpcException("Nothing was asked for.", SERVER_CANCELLED)
        words = said
    return instruction_for(operation, words)


async def _parts(
    session: Session, workspace: Workspace, document: Document, argument: Argument
) -> tuple[Part, ...]:
    from counterpoint.flows.refactoring.sites import Part

    range_ = from_lsp.argument_range(argument)
    span = from_lsp.span(document, range_, session.client.encoding) if range_ else None
    if span is not None and span.start == span.end:
        span = await _symbol_at(workspace, document, span)
    others = argument.get("uris")
    names = [one for one in others if isinstance(one, str)] if isinstance(others, (list, tuple)) else []
    first = from_lsp.text_of(argument, "uri", required=True)
    more = [await document_of(session, name) for name in dict.fromkeys(names) if name != first]
    return (Part(document, span), *map(Part, more))


async def _symbol_at(workspace: Workspace, document: Document, span: Span) -> Span | None:
    """The definition round a place; None, which is the whole file, outside of all."""
    line = document.position(span.start).line
    (outline,) = await workspace.index.outline([document], _OUTLINE_SECONDS)
    for block in outline.blocks if outline is not None else ():
        if block.name and block.meets(line, line):
            return document.span_of_lines(block.first_line, block.last_line)
    return None


async def _refactored(
    session: Session,
    workspace: Workspace,
    uri: str,
    parts: tuple[Part, ...],
    how: tuple[str, Task[ChangeSet], str],
) -> dict[str, Any]:
    from counterpoint.disk import Local
    from counterpoint.flows.refactor import refactor as refactor_flow
    from counterpoint.flows.refactoring.values import Options

    instruction, task, job = how
    files = session.overlay(workspace, session.root_of(uri))
    tools = workspace.refactoring_tools(files, Local(workspace.project, files.documents))
    async with progress(session, job, f"Refactor: {parts[0].document.path}") as report:
        options = Options(
            task,
            job=job,
            agree=partial(agreeing.long_prompt, session),
            step=report,
            answered=partial(saying.answered, session),
        )
        found = await refactor_flow(workspace.engine, parts, instruction, tools, options)
        result = await _applied(session, workspace, uri, found, report)
    _tell(session, found)
    return result


async def _applied(
    session: Session, workspace: Workspace, uri: str, found: Refactored, report: Report
) -> dict[str, Any]:
    from counterpoint.audit import row

    report("Applying")
    label = f"Counterpoint: {found.said}"
    result = await apply_changes(
        session, workspace, uri, found.reply, label=label, task=REFACTOR, asked=found.asked
    )
    return {
        **result,
        "said": found.said,
        "audit": row(found.audit),
        "tests": found.receipt.said if found.receipt.command else None,
        "notes": list(found.told),
    }


def _tell(session: Session, found: Refactored) -> None:
    """The receipt, with the places to look at."""
    listed = [f"{site.path}:{site.line + 1}" for site in found.listed]
    more = f" and {len(listed) - _LISTED} more" if len(listed) > _LISTED else ""
    where = f" Look at {', '.join(listed[:_LISTED])}{more}." if listed else ""
    why = f" Tests: {found.receipt.why}." if found.receipt.command and not found.receipt.ran else ""
    kind = types.MessageType.Warning if listed else types.MessageType.Info
    saying.tell(session, f"{found.said[:1].upper()}{found.said[1:]}.{where}{why}", kind)
    saying.assumed(session, found.answer)
