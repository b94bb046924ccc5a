"""The `initialize` request. Light: all that this module imports delays the reply."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from lsprotocol import types

from counterpoint.lsp.client import read_client
from counterpoint.lsp.session import SECTION, Session
from counterpoint.lsp.uris import path_of


def initialize(session: Session, params: types.InitializeParams) -> None:
    """Read capabilities, folders and options; nothing is opened yet."""
    session.options, user = split_options(params.initialization_options)
    session.user = {"editor_user": user}
    session.editor = session.options
    session.client = read_client(params, _forced_encoding(session))
    session.documents.encoding = session.client.encoding
    uris = [folder.uri for folder in params.workspace_folders or ()]
    uris = uris or ([params.root_uri] if params.root_uri else [])
    paths = [path for uri in uris if (path := path_of(uri))]
    session.set_roots(paths or ([params.root_path] if params.root_path else []))
    session.user = {**session.user, "editor_folders": _filling(session)}


def split_options(options: Any) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    """`initializationOptions` as (`editor`, `editor_user`); anything but an object counts as empty."""
    if not isinstance(options, Mapping):
        return {}, {}
    user = options.get("user")
    rest = {key: value for key, value in options.items() if key != "user"}
    return rest, user if isinstance(user, Mapping) else {}


def _filling(session: Session) -> list[Path]:
    """The folders whose files may have filled what is sent as the user's own settings."""
    folders = [*map(Path, session.roots)]
    if not session.client.vouches:
        return folders
    from counterpoint.config_sources import speaks_for_the_client

    return [folder for folder in folders if speaks_for_the_client(folder)]


def _forced_encoding(session: Session) -> Any:
    for source in (session.editor, session.user["editor_user"]):
        inner = source.get(SECTION)
        tree = inner if isinstance(inner, Mapping) else source
        editor = tree.get("editor")
        nested = editor.get("position_encoding") if isinstance(editor, Mapping) else None
        if value := tree.get("editor.position_encoding", nested):
            return value
    return "auto"
