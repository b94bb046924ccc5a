"""Answers in words: `counterpoint.ask`, explanations, the message of a commit; and what a task of the
repository finds. Words are shown as a page, findings as findings."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pygls.exceptions import JsonRpcException

from counterpoint.answers import FileChange, Finding, Findings, Prose
from counterpoint.errors import UsageError
from counterpoint.lsp import agreeing, from_lsp, pages, saying
from counterpoint.lsp.applying import apply_edit, prepared_for
from counterpoint.lsp.input import ask_text
from counterpoint.lsp.progress import progress
from counterpoint.lsp.reviewing import place_of
from counterpoint.lsp.session import Session
from counterpoint.lsp.showing import Showing
from counterpoint.lsp.uris import key_of, path_of
from counterpoint.lsp.work import SERVER_CANCELLED, Argument, document_of, dropped_row, new_job, run, whole_of
from counterpoint.pairing.citing import linked
from counterpoint.pairing.fits import is_message
from counterpoint.pairing.staged import at_top
from counterpoint.tasks import ASK, COMMIT, Task
from counterpoint.text import Document, Edit, Situation, Span

if TYPE_CHECKING:
    from counterpoint.flows.pairing import Told
    from counterpoint.workspace import Workspace

_QUESTION = "counterpoint.ask"


async def ask(session: Session, argument: Argument) -> dict[str, Any]:
    """`counterpoint.ask {question?, uri?, range?, show?}`: an answer about the workspace, with citations that
    were checked. Without a question the user is asked for one, where the editor can."""
    question = from_lsp.text_of(argument, "question").strip()
    if not question:
        question = await _question(session)
    uri = from_lsp.text_of(argument, "uri")
    return await _told(session, {**argument, "instruction": question}, ASK, uri)


async def _question(session: Session) -> str:
    if not session.client.inputs:
        raise UsageError("There is no question.", fix=f"Give {_QUESTION} a `question`.")
    said = await ask_text(session, "Ask about the workspace", "What do you want to know?")
    if said is None:
        raise JsonRpcException("Nothing was asked.", SERVER_CANCELLED)
    return said


async def tell(session: Session, argument: Argument, asked: Task[Prose]) -> dict[str, Any]:
    """A task about a document that is answered in words."""
    return await _told(session, argument, asked, from_lsp.text_of(argument, "uri", required=True))


async def _told(session: Session, argument: Argument, asked: Task[Prose], uri: str) -> dict[str, Any]:
    from counterpoint.flows.pairing import tell as tell_flow

    workspace, root = await place_of(session, uri)
    situation = await _situation(session, workspace, root, argument, uri)
    await agreeing.ensure(session, workspace, asked)
    job = new_job()

    async def work() -> dict[str, Any]:
        title = situation.document.path or "the workspace"
        async with progress(session, job, f"{asked.title.removesuffix('...')}: {title}"):
            agree = partial(agreeing.long_prompt, session)
            found = await tell_flow(workspace.engine, asked, situation, job=job, agree=agree)
        shown = await _shown(session, root, asked, situation, found) if argument.get("show", True) else None
        return _result(found, shown)

    return await run(session, workspace, ("tell", key_of(uri) if uri else root), work(), job)


async def _situation(
    session: Session, workspace: Workspace, root: str, argument: Argument, uri: str
) -> Situation:
    files = session.overlay(workspace, session.folder(root))
    instruction = from_lsp.text_of(argument, "instruction")
    if not uri:
        return Situation(Document.of("", "", "plaintext"), Span(0, 0), files, instruction)
    document = await document_of(session, uri)
    range_ = from_lsp.argument_range(argument)
    span = from_lsp.span(document, range_, session.client.encoding) if range_ else whole_of(document)
    return Situation(document, span, files, instruction)


async def _shown(
    session: Session, root: str, asked: Task[Prose], situation: Situation, found: Told
) -> str | None:
    """The answer as a page, or as a message where the client shows no documents; the page's address."""
    text = found.reply.answer.text
    if not session.client.shows_documents:
        saying.tell(session, text)
        return None
    folder = session.folder(root)
    title = situation.instruction.strip() if asked is ASK else f"{asked.title}: {situation.document.path}"
    heading = " ".join(title.split())
    page = linked(text, found.citations, lambda path: session.uri_for(folder, path))
    return await pages.show(
        session, f"{asked.name}-{found.reply.job}", f"# {heading}\n\n{page}\n{_notes(found)}"
    )


def _notes(found: Told) -> str:
    """What is to be known of an answer: citations of places that are not there, and what it cost."""
    rows = []
    wrong = [item.detail for item in found.reply.answer.dropped if item.reason.startswith("no-such-")]
    if wrong:
        rows.append(f"Not there, though it is cited: {', '.join(f'`{one}`' for one in wrong)}.")
    unseen = [f"`{one.path}:{one.first}`" for one in found.citations if not one.shown]
    if unseen:
        rows.append(f"Cited without having been shown to the model: {', '.join(unseen)}.")
    if found.calls:
        rows.append(f"{found.calls[-1].model}, ${found.reply.cost_usd:.4f}. {found.reply.notice}".strip())
    return "\n---\n\n" + "\n\n".join(rows) + "\n" if rows else ""


def _result(found: Told, shown: str | None) -> dict[str, Any]:
    answer = found.reply.answer
    return {
        "job": found.reply.job,
        "markdown": answer.text,
        "shown": shown,
        "citations": [
            {"path": one.path, "line": one.first, "endLine": one.last, "shown": one.shown}
            for one in found.citations
        ],
        "dropped": [dropped_row(item) for item in answer.dropped],
        "notice": found.reply.notice,
        "costUsd": found.reply.cost_usd,
    }


async def commit(session: Session, argument: Argument) -> dict[str, Any]:
    """The message for what is staged: put into the open message of a commit, else given back as `text`."""
    from counterpoint.flows.pairing import commit_message

    uri = from_lsp.text_of(argument, "uri")
    workspace, root = await _committing(session, uri)
    await agreeing.ensure(session, workspace, COMMIT)
    job = new_job()

    async def work() -> dict[str, Any]:
        async with progress(session, job, "Message for what is staged"):
            agree = partial(agreeing.long_prompt, session)
            reply = await commit_message(workspace.engine, workspace.project, job=job, agree=agree)
        applied = bool(reply.answer.text) and await _inserted(session, workspace, uri, reply.answer.text)
        return {
            "job": reply.job,
            "text": reply.answer.text,
            "applied": applied,
            "notice": reply.notice,
            "costUsd": reply.cost_usd,
        }

    return await run(session, workspace, ("tell", f"{root} commit"), work(), job)


async def _committing(session: Session, uri: str) -> tuple[Workspace, str]:
    """The workspace that is committed: the work tree of a message that git keeps in its own folder, a folder
    that is named, else the one a document belongs to."""
    path = path_of(uri) if uri else None
    tree = await asyncio.to_thread(_tree_of, path) if path else ""
    if tree:
        return await session.workspace_at(tree), tree
    return await place_of(session, uri)


def _tree_of(path: str) -> str:
    """The work tree that a folder or a file in git's own folder stands for; "" for any other file. Looks at
    the disk."""
    outer, inside, rest = path.partition("/.git/")
    if not inside:
        return path.rstrip("/") if Path(path).is_dir() else ""
    linked = rest.split("/")
    if linked[0] == "worktrees" and len(linked) > 2:
        try:
            named = (Path(outer) / ".git" / "worktrees" / linked[1] / "gitdir").read_text("utf-8").strip()
        except (OSError, UnicodeDecodeError):
            return outer
        return Path(named).parent.as_posix()
    return outer


async def _inserted(session: Session, workspace: Workspace, uri: str, text: str) -> bool:
    document = session.documents.get(uri) if uri else None
    if document is None or not is_message(document) or not session.client.applies_edits:
        return False
    top = at_top(document)
    rest = document.text[top.end :]
    said = text.replace("\n", document.eol) + document.eol
    edit = Edit(top, f"{said}{document.eol}" if rest.strip() else said)
    change = FileChange(document.path, document.text, (edit,), document.version, reasons=("The message",))
    prepared = await prepared_for(session, workspace, uri, [change])
    if prepared.paths:
        await apply_edit(session, prepared.edit, "Counterpoint: message of the commit")
    return bool(prepared.paths)


async def look(session: Session, argument: Argument, asked: Task[Findings]) -> dict[str, Any]:
    """A task of the repository that is answered by findings: they are shown as those of a review are."""
    from counterpoint.flows import price

    uri = from_lsp.text_of(argument, "uri", required=True)
    workspace, root = await place_of(session, uri)
    situation = await _situation(session, workspace, root, argument, uri)
    situation = replace(situation, passes=(asked.name,), lens=asked.title)
    await agreeing.ensure(session, workspace, asked)
    job = new_job()

    async def work() -> dict[str, Any]:
        async with progress(session, job, f"{asked.title}: {situation.document.path}"):
            agree = partial(agreeing.long_prompt, session)
            reply = await price.ask(workspace.engine, asked, situation, agree=agree, job=job)
            findings = tuple(replace(one, job=job) for one in reply.answer.kept)
            await _show(session, workspace, root, situation, findings)
        return {
            "job": reply.job,
            "findings": len(findings),
            "dropped": [dropped_row(item) for item in reply.answer.dropped],
            "notice": reply.notice,
            "costUsd": reply.cost_usd,
        }

    return await run(session, workspace, ("tell", key_of(uri)), work(), job)


async def _show(
    session: Session, workspace: Workspace, root: str, situation: Situation, findings: tuple[Finding, ...]
) -> None:
    """Bring findings to the editor, each in its file; those shown earlier stay."""
    from counterpoint.flows.review import Review

    document = situation.document
    showing = Showing(session, workspace, root, {document.path: document})
    by_path: dict[str, list[Finding]] = {}
    for one in findings:
        by_path.setdefault(one.path, []).append(one)
    for path, found in by_path.items():
        showing.found(path, tuple(found))
    await showing.ended(Review("", findings), ())
