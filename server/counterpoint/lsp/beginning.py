"""The `initialize` request. Light: all that this module imports delays the reply."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lsprotocol import types

from counterpoint.lsp.client import read_client
from counterpoint.lsp.session import SECTION, Session
from counterpoint.lsp.uris import path_of


def initialize(session: Session, params: types.InitializeParams) -> None:
    """Read capabilities, folders and options; nothing is opened yet."""
    options = params.initialization_options
    options = options if isinstance(options, Mapping) else {}
    user = options.get("user")
    session.editor_user = user if isinstance(user, Mapping) else {}
    session.options = {key: value for key, value in options.items() if key != "user"}
    session.editor = session.options
    session.client = read_client(params, _forced_encoding(session))
    session.documents.encoding = session.client.encoding
    uris = [folder.uri for folder in params.workspace_folders or ()]
    uris = uris or ([params.root_uri] if params.root_uri else [])
    paths = [path for uri in uris if (path := path_of(uri))]
    session.set_roots(paths or ([params.root_path] if params.root_path else []))


def _forced_encoding(session: Session) -> Any:
    for source in (session.editor, session.editor_user):
        inner = source.get(SECTION)
        tree = inner if isinstance(inner, Mapping) else source
        editor = tree.get("editor")
        nested = editor.get("position_encoding") if isinstance(editor, Mapping) else None
        if value := tree.get("editor.position_encoding", nested):
            return value
    return "auto"
