"""`counterpoint.pair`: a conversation about a file, by command or as a document in which the user writes."""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from lsprotocol import types

from counterpoint.answers import FileChange
from counterpoint.errors import UsageError
from counterpoint.flows.applied import Applied, stands
from counterpoint.flows.conversing import YOU, Conversation, Turn, answer, diffs_in, message_in, page
from counterpoint.lsp import agreeing, from_lsp, pages
from counterpoint.lsp.applying import apply_changes, apply_edit, prepared_for
from counterpoint.lsp.asking import Ask, command_of, entry
from counterpoint.lsp.editing import ask_changes
from counterpoint.lsp.kinds import REWRITE
from counterpoint.lsp.progress import progress
from counterpoint.lsp.session import Session
from counterpoint.lsp.uris import key_of
from counterpoint.lsp.work import Argument, document_of, new_job, run, whole_of
from counterpoint.tasks import EDIT
from counterpoint.text import Document, Edit, Situation, Span

if TYPE_CHECKING:
    from collections.abc import Iterator

    from counterpoint.workspace import Workspace

_ARRIVES, _LOOK = 1.0, 0.02
PAIR, SEND = "counterpoint.pair", "counterpoint.send"


def sending(ask: Ask) -> list[types.CodeAction]:
    """The one entry of a conversation's document."""
    kind = "refactor.rewrite" if ask.standard else f"{REWRITE}.send"
    if ask.unasked or not ask.wants(kind):
        return []
    return [*entry(ask, "Send", kind, ask.offer(EDIT), (SEND, {"uri": ask.uri}))]


def entries(ask: Ask) -> Iterator[types.CodeAction]:
    """The entry that begins a conversation, where a client can show its document."""
    kind = "refactor.rewrite" if ask.standard else f"{REWRITE}.pair"
    if ask.session.client.shows_documents and ask.wants(kind) and not ask.unasked:
        title = "New pair conversation about this file"
        yield types.CodeAction(
            title=title,
            kind=kind,
            command=command_of(PAIR, title, ask.argument()),
            # VS Code sorts entries with the tag behind those without, and this one is no more urgent.
            tags=[types.CodeActionTag.LlmGenerated] if ask.session.client.llm_tags else None,
        )


async def pair(session: Session, argument: Argument) -> dict[str, Any]:
    """`{conversation?, uri, range?, message}` to `{job, conversation, applied, files, markdown, ...}`.
    Without a message a conversation begins as a document, and the result is `{conversation, shown}`."""
    uri = from_lsp.text_of(argument, "uri")
    known = session.applied.conversations.get(from_lsp.text_of(argument, "conversation"))
    if known is None:
        uri = from_lsp.text_of(argument, "uri", required=True)
        document = await document_of(session, uri)
        known = Conversation(new_job(), uri, _lines(session, document, argument))
    elif uri:
        known = replace(known, uri=uri, lines=_lines(session, await document_of(session, uri), argument))
    message = from_lsp.text_of(argument, "message").strip()
    if not message:
        return await _begin(session, known)
    return await _say(session, known, message)


def _lines(session: Session, document: Document, argument: Argument) -> tuple[int, int] | None:
    range_ = from_lsp.argument_range(argument)
    if range_ is None or range_.start == range_.end:
        return None
    span = from_lsp.span(document, range_, session.client.encoding)
    return document.position(span.start).line, document.position(span.end).line


async def about_edit(session: Session, uri: str, found: Applied) -> dict[str, Any]:
    """A conversation that begins with an edit that was applied."""
    return await _begin(session, Conversation(new_job(), uri, None, await session.applied.turns(found)))


async def _begin(session: Session, conversation: Conversation) -> dict[str, Any]:
    """Open a conversation as a document."""
    session.applied.holds(conversation)
    path, root = session.path_of(conversation.uri), session.root_of(conversation.uri)
    text = page(path, root.rpartition("/")[2] or root)
    name = f"pair-{PurePosixPath(path).stem}-{conversation.id[:6]}"
    shown = await pages.show_file(session, name, text, root)
    if shown is None:
        raise UsageError("This editor cannot show documents.", fix="Give `counterpoint.pair` a `message`.")
    session.applied.pages[key_of(shown)] = conversation.id
    return {"job": None, "conversation": conversation.id, "shown": shown}


async def send(session: Session, argument: Argument) -> dict[str, Any]:
    """`counterpoint.send {uri}`: what the user wrote last in a conversation's document, answered there."""
    uri = from_lsp.text_of(argument, "uri", required=True)
    known = session.applied.conversations.get(session.applied.pages.get(key_of(uri), ""))
    document = session.documents.get(uri)
    if known is None or document is None:
        raise UsageError("This conversation is not known any more.", fix="Begin a new one at your code.")
    message = message_in(document.text)
    if not message:
        raise UsageError("There is nothing to send.", fix=f'Write under the last heading "{YOU}".')
    result = await _say(session, known, message)
    await _append(session, uri, document, result)
    return result


async def _append(session: Session, uri: str, sent: Document, result: dict[str, Any]) -> None:
    """Put an answer under what was sent; at the end, where the user has written on meanwhile."""
    workspace = await session.workspace(uri)
    said = f"\n\n## {result['model'] or 'Counterpoint'}\n\n{result['markdown']}\n\n{YOU}\n\n"
    now = session.documents.get(uri) or sent
    for document in (sent, now):
        new = said.replace("\n", document.eol)
        span = Span(len(document.text.rstrip()), document.starts[-1])
        change = FileChange(document.path, document.text, (Edit(span, new),), document.version)
        prepared = await prepared_for(session, workspace, uri, [change])
        if prepared.paths:
            await apply_edit(session, prepared.edit, "Counterpoint: answer")
            return


async def _say(session: Session, known: Conversation, message: str) -> dict[str, Any]:
    """One turn of a conversation."""
    if not session.client.applies_edits:
        raise UsageError("This editor cannot apply edits.", fix="Use `counterpoint edit` in a terminal.")
    workspace = await session.workspace(known.uri)
    document = await document_of(session, known.uri)
    files = session.overlay(workspace, session.root_of(known.uri))
    span, (told, where) = _span(session, known, document), session.applied.told(known.turns)
    asked = Situation(document, span, files, instruction=message, earlier=told, earlier_of=where)
    await agreeing.ensure(session, workspace, EDIT)
    job = new_job()
    work = _turn(session, workspace, known, asked, job)
    return await run(session, workspace, ("edit", key_of(known.uri)), work, job)


async def _told(session: Session, uri: str, held: Applied) -> None:
    """Wait until the editor has told of an edit, in the files that are open; not for long."""
    root, until = session.root_of(uri), time.monotonic() + _ARRIVES
    waiting = [file for file in held.files if session.now(root, file.path) is not None]
    while time.monotonic() < until:
        now = session.applied.get(held.job)
        files = [now.file(file.path) for file in waiting] if now is not None else []
        if all(file is None or file.at is not None for file in files):
            return
        await asyncio.sleep(_LOOK)


def _span(session: Session, known: Conversation, document: Document) -> Span:
    """What a turn is about: the last change of the conversation that stands, else the lines it began with."""
    for turn in reversed(known.turns):
        found = session.applied.get(turn.job)
        file = found.file(document.path) if found is not None else None
        if file is not None and (spans := [one.span for one in stands(file)]):
            return Span(min(one.start for one in spans), max(one.end for one in spans))
    return document.span_of_lines(*known.lines) if known.lines else whole_of(document)


async def _turn(
    session: Session, workspace: Workspace, known: Conversation, asked: Situation, job: str
) -> dict[str, Any]:
    async with progress(session, job, f"Pair: {asked.document.path}") as report:
        reply, asked = await ask_changes(session, workspace, asked, EDIT, job, ask_back=False)
        report("Applying")
        session.applied.continues(job, known.turns)
        label = "Counterpoint: pair"
        result = await apply_changes(
            session, workspace, known.uri, reply, label=label, task=EDIT, asked=asked
        )
    held = session.applied.get(job) if result["applied"] else None
    if held is not None:  # a follow-up is about the text with it, and some editors tell late
        await _told(session, known.uri, held)
    turn = Turn(
        asked.instruction,
        job,
        workspace.catalogue.model(reply.calls[-1].model).label if reply.calls else "",
        await asyncio.to_thread(diffs_in, held.files) if held is not None else (),
        reply.answer.assumptions,
        reply.answer.question,
    )
    session.applied.holds(known.with_turn(turn))
    dropped = [f"{one['detail']} ({one['reason']})" for one in result["dropped"]]
    markdown = answer(turn, dropped, reply.notice)
    return {**result, "conversation": known.id, "markdown": markdown, "model": turn.model}
