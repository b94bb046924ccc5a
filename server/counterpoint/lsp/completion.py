"""Completions: ghost text, and the same in the completion menu for clients without it."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from lsprotocol import types

from counterpoint.errors import BudgetExceeded, ConfigError, ConsentRequired, CounterpointError
from counterpoint.inline.held import Suggestion
from counterpoint.lsp import agreeing, from_lsp, status, to_lsp
from counterpoint.lsp.session import Session
from counterpoint.tasks import COMPLETE
from counterpoint.text import Document, Situation

if TYPE_CHECKING:
    from counterpoint.settings import Completion

_GHOST_KEYS, _GHOST_SECONDS = 5, 3.0
"""So many requests for the menu, and all of so many seconds at the start, are left to ghost text."""


async def inline_completion(
    session: Session, params: types.InlineCompletionParams
) -> types.InlineCompletionList:
    """Ghost text. Empty, never an error, where there is nothing to show."""
    session.inline_seen = True
    document = session.documents.get(params.text_document.uri)
    if document is None or session.is_page(params.text_document.uri):
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


def _menu_surfaces(session: Session) -> tuple[str, ...]:
    """Surfaces for which the menu has an entry. A client that can show ghost text asks for the menu at each
    key and for ghost text at a pause, and an entry there would hide it: so at first it is not believed."""
    session.menus_asked += 1
    session.first_menu = session.first_menu or time.monotonic()
    early = session.menus_asked <= _GHOST_KEYS or time.monotonic() - session.first_menu < _GHOST_SECONDS
    if session.inline_seen or (session.client.ghost_text and early):
        return ("menu", "both")
    return ("auto", "menu", "both")


async def menu_completion(session: Session, params: types.CompletionParams) -> types.CompletionList:
    """An entry of the completion menu; by default only until the client has once asked for ghost text."""
    document = session.documents.get(params.text_document.uri)
    if document is None or session.is_page(params.text_document.uri):
        return types.CompletionList(is_incomplete=False, items=[])
    surfaces = _menu_surfaces(session)
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
    workspace = session.opened(uri)
    if workspace is None:
        try:
            workspace = await session.workspace(uri)
        except ConfigError:
            return None
        if session.documents.get(uri) is not situation.document:
            return None  # it was typed on while the workspace was being opened
    settings = workspace.settings.completion
    if settings.surface not in surfaces:
        return None
    if reason := _why_not(session, settings, situation.document):
        workspace.completions.skipped(situation, reason)
        return None
    root = session.root_of(uri)
    try:
        found = await workspace.completions.suggest(situation, lambda: session.overlay(workspace, root))
    except ConsentRequired as error:
        session.spawn(agreeing.ask_once(session, workspace, COMPLETE))
        session.spawn(status.report(session, workspace, error))
        return None
    except CounterpointError as error:
        held = isinstance(error, BudgetExceeded)
        said = f"Completions pause, but for what is at hand. {error}" if held else ""
        workspace.completions.memory.refused = said
        session.spawn(status.report(session, workspace, error))
        return None
    if found is not None and found.source in ("model", "stream"):
        workspace.completions.memory.refused = ""
        session.spawn(status.report(session, workspace, model=found.model))
    return found if found is not None and _fits(session, uri, found) else None


def _fits(session: Session, uri: str, found: Suggestion) -> bool:
    """Whether the document is the one that was answered. It is not where settings were changed meanwhile and
    another workspace has followed what was typed."""
    now = session.documents.get(uri)
    return now is not None and (now is found.document or now.lines == found.document.lines)


def _why_not(session: Session, settings: Completion, document: Document) -> str:
    """Why nothing is to be looked for at all; "" where something is."""
    if not settings.enabled:
        return "completions are switched off"
    if document.language in settings.disabled_languages:
        return f"completions are switched off for {document.language}"
    return "paused" if session.paused else ""


def changed(session: Session, uri: str, document: Document) -> None:
    """A document has changed: calls that cannot fit it any more end before anything else is done. The first
    key after a pause opens the connection that the next completion will need."""
    if (workspace := session.opened(uri)) is not None:
        workspace.completions.changed(document)
        if workspace.settings.completion.enabled and not session.paused and workspace.cooled():
            session.spawn(workspace.warm())


def closed(session: Session, uri: str, document: Document | None) -> None:
    """A document was closed."""
    if document is not None and (workspace := session.opened(uri)) is not None:
        workspace.completions.closed(document.path)
