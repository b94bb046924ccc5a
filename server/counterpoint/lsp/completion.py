"""Completions: ghost text, and the same in the completion menu for clients without it."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from lsprotocol import types

from counterpoint.answers import Insertion
from counterpoint.errors import ConfigError, ConsentRequired, CounterpointError
from counterpoint.lsp import agreeing, from_lsp, status, to_lsp
from counterpoint.lsp.jobs import Superseded
from counterpoint.lsp.session import Session
from counterpoint.lsp.uris import key_of
from counterpoint.tasks import COMPLETE
from counterpoint.text import Document, Edit, Situation, Span, apply

if TYPE_CHECKING:
    from counterpoint.settings import Completion
    from counterpoint.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Suggestion:
    """An insertion for a version of a document, and the job that made it."""

    document: Document
    insertion: Insertion
    job: str
    model: str


async def inline_completion(
    session: Session, params: types.InlineCompletionParams
) -> types.InlineCompletionList:
    """Ghost text. Empty, never an error, where there is nothing to show."""
    session.inline_seen = True
    document = session.documents.get(params.text_document.uri)
    if document is None:
        return types.InlineCompletionList(items=[])
    encoding = session.client.encoding
    info = params.context.selected_completion_info
    situation = Situation(
        document,
        from_lsp.cursor(document, params.position, encoding),
        trigger="automatic"
        if params.context.trigger_kind == types.InlineCompletionTriggerKind.Automatic
        else "invoked",
        selected=(from_lsp.span(document, info.range, encoding), info.text) if info else None,
    )
    found = await _suggest(session, params.text_document.uri, situation, ("auto", "inline", "both"))
    if found is None:
        return types.InlineCompletionList(items=[])
    return to_lsp.inline_items(found.insertion, found.document, encoding, _accepted(found))


async def menu_completion(session: Session, params: types.CompletionParams) -> types.CompletionList:
    """An entry of the completion menu; by default only until the client has once asked for ghost text."""
    document = session.documents.get(params.text_document.uri)
    if document is None:
        return types.CompletionList(is_incomplete=False, items=[])
    surfaces = ("menu", "both") if session.inline_seen else ("auto", "menu", "both")
    place = from_lsp.cursor(document, params.position, session.client.encoding)
    situation = Situation(document, place, trigger="automatic")
    found = await _suggest(session, params.text_document.uri, situation, surfaces)
    if found is None:
        return types.CompletionList(is_incomplete=False, items=[])
    encoding = session.client.encoding
    return to_lsp.menu_items(found.insertion, found.document, encoding, found.model, _accepted(found))


def _accepted(found: Suggestion) -> types.Command:
    return types.Command(title="Accepted", command="counterpoint.accepted", arguments=[{"item": found.job}])


async def _suggest(
    session: Session, uri: str, situation: Situation, surfaces: tuple[str, ...]
) -> Suggestion | None:
    """The newest request for a document wins; what fails is a state in the status bar, never a message."""
    try:
        workspace = await session.workspace(uri)
    except ConfigError:
        return None
    settings = workspace.settings.completion
    if not _wanted(session, settings, situation.document, surfaces):
        return None
    kept = session.suggested.get(key_of(uri))
    if situation.selected is None and kept is not None:
        typed = typed_through(kept, situation.document, situation.span.start)
        if typed is not None:
            return typed
    try:
        found = await session.jobs.newest(
            ("complete", key_of(uri)), _ask(session, workspace, uri, situation, settings.debounce_ms)
        )
    except Superseded:
        return None
    except ConsentRequired as error:
        session.spawn(agreeing.ask_once(session, workspace, COMPLETE))
        session.spawn(status.report(session, workspace, error))
        return None
    except CounterpointError as error:
        session.spawn(status.report(session, workspace, error))
        return None
    session.suggested[key_of(uri)] = found
    session.spawn(status.report(session, workspace, model=found.model))
    return _still_fits(found, session.documents.get(uri))


def _wanted(session: Session, settings: Completion, document: Document, surfaces: tuple[str, ...]) -> bool:
    return (
        settings.enabled
        and settings.surface in surfaces
        and document.language not in settings.disabled_languages
        and not session.paused
    )


async def _ask(
    session: Session, workspace: Workspace, uri: str, situation: Situation, debounce_ms: int
) -> Suggestion:
    if situation.trigger == "automatic":
        await asyncio.sleep(debounce_ms / 1000)
    from counterpoint.engine import new_job
    from counterpoint.flows.complete import complete

    files = session.overlay(workspace, session.root_of(uri))
    asked = replace(_as_selected(situation), files=files)
    job = new_job()
    reply = await complete(workspace.engine, asked, job=job)
    insertion = _from_selected(reply.answer, situation)
    label = workspace.catalogue.model(reply.calls[-1].model).label if reply.calls else ""
    return Suggestion(situation.document, insertion, job, label)


def _as_selected(situation: Situation) -> Situation:
    """As if the entry selected in the editor's own list had been taken: what is shown must extend it."""
    if situation.selected is None:
        return situation
    span, text = situation.selected
    document = situation.document
    after = Document.of(
        document.path, apply(document.text, [Edit(span, text)]), document.language, document.version
    )
    end = span.start + len(text)
    return replace(situation, document=after, span=Span(end, end))


def _from_selected(insertion: Insertion, situation: Situation) -> Insertion:
    if situation.selected is None or not insertion.text:
        return replace(insertion, span=situation.span)
    span, text = situation.selected
    return replace(insertion, text=text + insertion.text, span=span)


def typed_through(kept: Suggestion, now: Document, offset: int) -> Suggestion | None:
    """What is left of a suggestion whose beginning was typed since, with nothing else changed."""
    insertion = kept.insertion
    start, end = insertion.span.start, insertion.span.end
    old, new = kept.document.text, now.text
    if not insertion.text or offset < start or len(new) - offset != len(old) - end:
        return None
    typed = new[start:offset]
    fits = insertion.text.startswith(typed) and len(typed) < len(insertion.text)
    if not fits or new[:start] != old[:start] or new[offset:] != old[end:]:
        return None
    left = replace(insertion, text=insertion.text[len(typed) :], span=Span(offset, offset))
    return replace(kept, document=now, insertion=left)


def _still_fits(found: Suggestion, now: Document | None) -> Suggestion | None:
    """Rebase on what was typed while the model was asked; None if it no longer fits."""
    if now is found.document:
        return found
    if now is None:
        return None
    typed = len(now.text) - len(found.document.text)
    return typed_through(found, now, found.insertion.span.end + typed)
