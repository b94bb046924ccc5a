"""Open documents: what the client tells us, kept, and their diagnostics started."""

from __future__ import annotations

import logging

from lsprotocol import types

from counterpoint.lsp import diagnostics, from_lsp
from counterpoint.lsp.session import Session

logger = logging.getLogger(__name__)


def did_open(session: Session, params: types.DidOpenTextDocumentParams) -> None:
    item = params.text_document
    session.documents.open(item.uri, item.language_id, item.version, item.text)
    diagnostics.opened(session, item.uri)


def did_change(session: Session, params: types.DidChangeTextDocumentParams) -> None:
    document = params.text_document
    if (
        session.documents.change(document.uri, document.version, from_lsp.changes(params.content_changes))
        is None
    ):
        logger.warning("A change of a document that is not open was ignored")


def did_save(session: Session, params: types.DidSaveTextDocumentParams) -> None:
    diagnostics.saved(session, params.text_document.uri)


def did_close(session: Session, params: types.DidCloseTextDocumentParams) -> None:
    session.documents.close(params.text_document.uri)
    diagnostics.closed(session, params.text_document.uri)
