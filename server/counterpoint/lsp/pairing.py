"""`counterpoint.edit`, `.task` and `.tasks`: a task by name, whatever its answer is, and the list of all."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from lsprotocol import types

from counterpoint.answers import ChangeSet, Findings, Prose
from counterpoint.errors import UsageError
from counterpoint.lsp import agreeing, at_hand, editing, from_lsp, pair_menu, refactoring, telling
from counterpoint.lsp.asking import Ask, command_of, entry
from counterpoint.lsp.kinds import REWRITE
from counterpoint.lsp.pair_menu import LISTED, Row
from counterpoint.lsp.pair_places import document_meant, place_of, placed, preparing
from counterpoint.lsp.price import offer
from counterpoint.lsp.session import Session
from counterpoint.lsp.work import Argument, document_of, whole_of
from counterpoint.pairing.comments import Addressed, addressed, all_addressed
from counterpoint.pairing.own import Own, OwnTasks
from counterpoint.tasks import COMMIT, EDIT, REFACTOR, TASKS, AnyTask
from counterpoint.text import Document

_MORE = "More edits..."


def entries(ask: Ask) -> Iterator[types.CodeAction]:
    """The menu's entries at a place, at most so many, and the way to the others."""
    if not ask.wants(REWRITE):
        return
    kind = "refactor.rewrite" if ask.standard else REWRITE
    own = at_hand.tasks_of(ask.session, ask.session.root_of(ask.uri))
    found = [*pair_menu.rows(place_of(ask.session, ask.uri, ask.document, ask.span, ask.selected), own.tasks)]
    for row in found[:LISTED]:
        command = (row.command, ask.argument(**row.argument))
        yield from entry(ask, row.title, kind, ask.offer(row.task, _source(own, row)), command)
    if not ask.unasked and not ask.offer(EDIT).refusal:
        yield types.CodeAction(
            title=_MORE,
            kind=kind,
            command=command_of("counterpoint.task", _MORE, ask.argument(choose=True)),
            tags=[types.CodeActionTag.LlmGenerated] if ask.session.client.llm_tags else None,
        )


def _source(own: OwnTasks, row: Row) -> str:
    """The file of an entry that is a task of the repository; "" for a shipped one."""
    found = own.tasks.get(row.task.name)
    return found.source if found else ""


async def edit(session: Session, argument: Argument) -> dict[str, Any]:
    """`counterpoint.edit {uri, range?, version?, instruction?, comments?}`: by the instruction given, by the
    comments addressed to us at the place (`comments` "here") or in the file ("all"), by what else the
    comments on the selected lines say, or by what the user is asked for."""
    which = from_lsp.text_of(argument, "comments")
    if not from_lsp.text_of(argument, "instruction"):
        document = await document_meant(session, argument)
        found = _addressed(session, document, argument, which)
        if found:
            return await _by_comments(session, argument, document, found)
        if which:
            raise UsageError("No comment here is addressed to us.", fix="Write one: `# ai: what to do`.")
    return await editing.edit(session, argument)


def _addressed(session: Session, document: Document, argument: Argument, which: str) -> tuple[Addressed, ...]:
    if which == "all":
        return tuple(one for one in all_addressed(document) if one.text)
    range_ = from_lsp.argument_range(argument)
    if range_ is None:
        return ()
    found = addressed(document, range_.start.line, range_.end.line)
    return tuple(one for one in found if one.text)[: 1 if which == "here" else None]


async def _by_comments(
    session: Session, argument: Argument, document: Document, found: Sequence[Addressed]
) -> dict[str, Any]:
    from counterpoint.flows.pairing import addressed_question

    text, span = addressed_question(document, found)
    at = {"line": document.position(span.start).line, "character": 0}
    asked = {**argument, "instruction": text, "range": {"start": at, "end": at}, "version": document.version}
    return await editing.change(session, asked, EDIT)


async def task(session: Session, argument: Argument) -> dict[str, Any]:
    """`counterpoint.task {task, uri?, range?, version?, instruction?, problems?, choose?}`: a shipped task of
    the menu, or one of the repository's own, by name. Words are shown as a page, findings as findings."""
    if argument.get("choose"):
        row = await _chosen(session, argument)
        if row is None:
            return {"job": None}
        argument = {**{name: given for name, given in argument.items() if name != "choose"}, **row.argument}
        if row.task is EDIT:
            return await edit(session, argument)
        if row.task is REFACTOR:
            return await refactoring.refactor(session, argument)
    name = from_lsp.text_of(argument, "task", required=True)
    asked, own = _named(session, argument, name)
    if asked is COMMIT:
        return await telling.commit(session, argument)
    if asked is REFACTOR:
        return await refactoring.refactor(session, argument)
    argument = await placed(session, argument, asked, own)
    if own is not None:
        more = from_lsp.text_of(argument, "instruction")
        argument = {**argument, "instruction": f"{own.request}\n{more}" if more else own.request}
    if asked.shape is ChangeSet:
        return await editing.change(session, argument, asked, preparing(asked, argument))
    if asked.shape is Prose:
        return await telling.tell(session, argument, asked)
    assert asked.shape is Findings, "a menu offers nothing else"
    return await telling.look(session, argument, asked)


def _named(session: Session, argument: Argument, name: str) -> tuple[AnyTask, Own | None]:
    """The task, and what the repository says if it is one of its own. Raises UsageError."""
    known = {row.name: row for row in TASKS.values() if row.menu is not None}
    if name in known:
        return known[name], None
    uri = from_lsp.text_of(argument, "uri", required=True)
    own = at_hand.tasks_of(session, session.root_of(uri))
    if name in TASKS:
        raise UsageError(
            f"The task {name!r} is no task of the menu.",
            fix=f"Use one of: {', '.join((*known, *own.tasks))}.",
        )
    found = own.named(name)
    return found.task, found


async def listed(session: Session, argument: Argument) -> dict[str, Any]:
    """`counterpoint.tasks {uri, range?}`: every task there is here with its price, for an editor's own list.
    Each entry has the command to run and its argument."""
    uri = from_lsp.text_of(argument, "uri", required=True)
    found = await _rows(session, argument)
    place = {"uri": uri, **({"range": argument["range"]} if argument.get("range") is not None else {})}
    return {
        "tasks": [
            {"title": title, "command": row.command, "argument": {**place, **row.argument}}
            for title, row in found.items()
        ]
    }


async def _chosen(session: Session, argument: Argument) -> Row | None:
    if not session.client.asks:
        raise UsageError("This editor cannot ask which one.", fix="Run `counterpoint.task` with a `task`.")
    found = await _rows(session, argument)
    title = await agreeing.choose(session, "Which edit?", tuple(found))
    return found.get(title) if title is not None else None


async def _rows(session: Session, argument: Argument) -> dict[str, Row]:
    """Every task by its title with model and price."""
    uri = from_lsp.text_of(argument, "uri", required=True)
    document = await document_of(session, uri)
    workspace = await session.workspace(uri)
    range_ = from_lsp.argument_range(argument) or from_lsp.RANGE
    span = from_lsp.span(document, range_, session.client.encoding)
    place = place_of(session, uri, document, span, range_.start != range_.end)
    usable = session.usable.get(workspace.root.as_posix(), frozenset())
    own = at_hand.tasks_of(session, session.root_of(uri))
    found = {}
    for row in pair_menu.all_rows(place, own.tasks):
        size, quoted = whole_of(document).end, _source(own, row)
        note = offer(workspace, usable, row.task, size, path=document.path, quoted=quoted).note
        found[f"{row.title} ({note})" if note else row.title] = row
    return found
