"""An edit once more: refined by what the user says of it, or as the other voice would have made it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from counterpoint.answers import ChangeSet, Dropped, FileChange
from counterpoint.errors import ConfigError, UsageError
from counterpoint.flows.applied import Applied, AppliedFile, inverse, stands
from counterpoint.flows.checked import With
from counterpoint.flows.replacing import in_place_of
from counterpoint.ledger_trials import VOICES, Measures, Pair
from counterpoint.lsp import agreeing, applied, saying
from counterpoint.lsp.applying import apply_changes, texts_of
from counterpoint.lsp.documents import carried
from counterpoint.lsp.editing import ask_changes
from counterpoint.lsp.progress import progress
from counterpoint.lsp.session import Session
from counterpoint.lsp.uris import key_of
from counterpoint.lsp.work import new_job, run
from counterpoint.routing import escalated
from counterpoint.tasks import EDIT, Role, Task
from counterpoint.text import Document, Edit, Files, Situation, Span

if TYPE_CHECKING:
    from counterpoint.engine import Reply
    from counterpoint.workspace import Workspace


_TWICE = "this edit is refined for the second time"


def other_voice(found: Applied) -> Task[ChangeSet]:
    """The same task for the other role, and for another model than that which wrote what stands: who was
    asked first may have had a stand-in, or may have been the other already."""
    role: Role = "deep" if found.task.role == "fast" else "fast"
    return replace(found.task, role=role, because="the other voice is asked for", written_by=found.model)


def refining(session: Session, workspace: Workspace, found: Applied) -> Task[ChangeSet]:
    """The task that refines an edit: by instruction, in the role that wrote it; the second time in the role
    that hard cases go to."""
    task = replace(EDIT, role=found.task.role)
    again = escalated(task, workspace.settings) if session.applied.refined(found.job) else None
    return replace(again, because=_TWICE) if again is not None else task


async def refine(
    session: Session, workspace: Workspace, uri: str, found: Applied, instruction: str
) -> dict[str, Any]:
    """Change what an edit wrote, as the user says, with what was said before."""
    document = session.documents.get(uri)
    if document is None:
        raise UsageError("The file of this edit is not open.", fix="Open it and try again.")
    file, job = found.file(document.path), new_job()
    task = refining(session, workspace, found)
    spans = [one.span for one in stands(file)] if file is not None else []
    span = Span(min(one.start for one in spans), max(one.end for one in spans)) if spans else Span(0, 0)
    turns = await session.applied.turns(found)
    files = session.overlay(workspace, session.root_of(uri))
    earlier, where = session.applied.told(turns)
    asked = Situation(document, span, files, instruction=instruction, earlier=earlier, earlier_of=where)
    await agreeing.ensure(session, workspace, task)

    async def work() -> dict[str, Any]:
        async with progress(session, job, f"Refine: {document.path}") as report:
            reply, question = await ask_changes(session, workspace, asked, task, job)
            wrote = reply.written_by(task.name)
            if task.because and wrote not in ("", found.model):
                label = workspace.catalogue.model(wrote).label
                saying.tell(session, f"{label} was asked: {_TWICE}.")
            report("Applying")
            session.applied.continues(job, turns)
            label = "Counterpoint: refine"
            result = await apply_changes(
                session, workspace, uri, reply, label=label, task=task, asked=question
            )
        saying.assumed(session, reply.answer)
        return result

    result = await run(session, workspace, ("edit", key_of(uri)), work(), job)
    if result["applied"]:
        applied.note(session, uri, found, "refined")
    return result


async def other(session: Session, workspace: Workspace, uri: str, found: Applied) -> dict[str, Any]:
    """Ask the other voice the same about the text as it was, and put its version in the place of ours."""
    task, job = other_voice(found), new_job()
    await agreeing.ensure(session, workspace, task)

    async def work() -> dict[str, Any]:
        async with progress(session, job, f"The other voice: {found.asked.document.path}") as report:
            before = await _as_before(session, workspace, uri, found)
            reply, question = await ask_changes(session, workspace, before, task, job)
            report("Applying")
            held = session.applied.get(found.job)
            result = await _replace(session, workspace, uri, task, (held, reply, question))
        if result["applied"]:
            session.spawn(_remember(session, workspace, found, reply))
        saying.assumed(session, reply.answer)
        return result

    result = await run(session, workspace, ("edit", key_of(uri)), work(), job)
    if result["applied"]:
        applied.replaced(session, uri, found, by=result["job"])
    else:
        saying.tell(session, "The other voice changes nothing here: the edit stays.")
    return result


async def _remember(session: Session, workspace: Workspace, found: Applied, reply: Reply[ChangeSet]) -> None:
    """Write down which two versions there were; which of them stands in the end is told by its outcome."""
    if not found.model or not reply.calls:
        return
    wrote = reply.written_by(found.task.name)
    seconds = next(call.seconds for call in reversed(reply.calls) if call.model == wrote)

    def write() -> None:
        cost = sum(call.cost_usd for call in workspace.ledger.job(found.job))
        mine: Measures = {"model": found.model, "cost_usd": cost}
        theirs: Measures = {"model": wrote, "cost_usd": reply.cost_usd, "seconds": seconds}
        language = found.asked.document.language
        pair = Pair(VOICES, found.job, reply.job, found.task.name, language, mine, theirs)
        workspace.ledger.trials.add(pair)

    try:
        await asyncio.to_thread(write)
    except ConfigError as error:
        session.server.protocol.log_failure(error, "the ledger")


async def _as_before(session: Session, workspace: Workspace, uri: str, found: Applied) -> Situation:
    """The question as it was asked, on the texts without our edit."""
    asked = found.asked
    back = inverse(found.files, await texts_of(session, workspace, uri, found))
    files = With(session.overlay(workspace, session.root_of(uri)), back.files)
    document = files.read(asked.document.path)
    if document is None:
        raise UsageError("The file of this edit is not there any more.", fix="Ask again where it is now.")
    moved = carried([Edit(asked.span, "")], asked.document, document)
    most = document.starts[-1]
    span = moved[0].span if moved else Span(min(asked.span.start, most), min(asked.span.end, most))
    return replace(asked, document=document, span=span, files=files)


async def _replace(
    session: Session,
    workspace: Workspace,
    uri: str,
    task: Task[ChangeSet],
    what: tuple[Applied | None, Reply[ChangeSet], Situation],
) -> dict[str, Any]:
    """Apply a version in the place of ours, by the texts as they are by now."""
    found, reply, asked = what
    now = await texts_of(session, workspace, uri, found) if found is not None else {}
    back = inverse(found.files, now) if found is not None else ChangeSet(())
    files = With(session.overlay(workspace, session.root_of(uri)), back.files)
    theirs, dropped = _onto(files, reply.answer.files)
    both = in_place_of(back.files, theirs) if theirs else ()
    told = (*reply.answer.dropped, *dropped, *back.dropped)
    answer = replace(reply.answer, files=both, dropped=told)
    return await apply_changes(
        session,
        workspace,
        uri,
        replace(reply, answer=answer),
        label="Counterpoint: the other voice's version",
        task=task,
        asked=asked,
        after=map(AppliedFile.of, theirs),
        instead=found,
    )


def _onto(files: Files, changes: Iterable[FileChange]) -> tuple[list[FileChange], list[Dropped]]:
    """Changes in terms of texts that were edited since they were located, and what has no place any more."""
    found: list[FileChange] = []
    dropped: list[Dropped] = []
    for one in changes:
        now = files.read(one.path)
        if one.before is None or now is None:
            found.append(one)
            continue
        edits = carried(one.edits, Document.of(one.path, one.before, now.language), now)
        if edits is None:
            dropped.append(Dropped("moved-on", f"{one.path} was edited in the meantime"))
        else:
            found.append(replace(one, before=now.text, edits=edits, version=now.version))
    return found, dropped
