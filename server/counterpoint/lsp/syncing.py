"""Open documents: what the client tells us, kept, and their diagnostics started."""

from __future__ import annotations

import logging

from lsprotocol import types

from counterpoint.index.edits import LineEdit
from counterpoint.lsp import (
    applied,
    at_hand,
    completion,
    diagnostics,
    from_lsp,
    indexing,
    remembering,
    writing,
)
from counterpoint.lsp.session import Session
from counterpoint.lsp.uris import key_of

logger = logging.getLogger(__name__)


def did_open(session: Session, params: types.DidOpenTextDocumentParams) -> None:
    item = params.text_document
    if (old := session.documents.get(item.uri)) is not None:  # some clients open anew what they never closed
        completion.closed(session, item.uri, old)
        writing.closed(session, item.uri, old)
    document = session.documents.open(item.uri, item.language_id, item.version, item.text)
    if session.is_page(item.uri):
        return
    session.shown.opened(key_of(item.uri), document)
    writing.opened(session, item.uri, document)
    applied.opened(session, item.uri, document)
    indexing.opened(session, item.uri, document)
    diagnostics.opened(session, item.uri)


def did_change(session: Session, params: types.DidChangeTextDocumentParams) -> None:
    uri, version = params.text_document.uri, params.text_document.version
    edits: list[LineEdit] = []
    before = session.documents.get(uri)
    document = session.documents.change(uri, version, from_lsp.changes(params.content_changes), edits)
    if document is None or before is None:
        logger.warning("A change of a document that is not open was ignored")
        return
    if session.is_page(uri):
        return
    session.shown.follow(key_of(uri), before, document, edits)
    writing.changed(session, uri, before, document, edits)
    applied.changed(session, uri, before, document, edits)
    completion.changed(session, uri, document)
    indexing.changed(session, uri, version, edits)


def did_save(session: Session, params: types.DidSaveTextDocumentParams) -> None:
    session.documents.saved(params.text_document.uri)
    if session.is_page(params.text_document.uri):
        return
    indexing.saved(session, params.text_document.uri)
    writing.saved(session, params.text_document.uri)
    at_hand.saved(session, params.text_document.uri)
    diagnostics.saved(session, params.text_document.uri)
    remembering.saved(session, params.text_document.uri)


def did_close(session: Session, params: types.DidCloseTextDocumentParams) -> None:
    if session.is_page(params.text_document.uri):
        session.documents.close(params.text_document.uri)
        return
    indexing.closed(session, params.text_document.uri)
    writing.closed(session, params.text_document.uri, session.documents.get(params.text_document.uri))
    completion.closed(session, params.text_document.uri, session.documents.get(params.text_document.uri))
    applied.closed(session, params.text_document.uri, session.documents.get(params.text_document.uri))
    session.documents.close(params.text_document.uri)
    diagnostics.closed(session, params.text_document.uri)
