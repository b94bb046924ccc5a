"""What follows `initialize`: settings, folders and keys."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from typing import Any

from lsprotocol import types
from pygls.exceptions import JsonRpcException, JsonRpcInvalidParams

from counterpoint.errors import ConfigError
from counterpoint.lsp import diagnostics, indexing, status
from counterpoint.lsp.session import SECTION, Session
from counterpoint.lsp.uris import path_of, relative_to

logger = logging.getLogger(__name__)


async def initialized(session: Session, params: Any) -> None:
    """Fetch the editor's settings, then open the folders in the background."""
    if session.client.configuration:
        before = session.editor
        await _fetch_settings(session)
        if session.editor != before:
            await session.reopen()
    _open_roots(session)
    if session.client.watches_configuration:
        registration = types.Registration(
            id="counterpoint-settings",
            method=types.WORKSPACE_DID_CHANGE_CONFIGURATION,
            register_options={"section": SECTION},
        )
        await _ask(session, types.CLIENT_REGISTER_CAPABILITY, types.RegistrationParams([registration]))
    if session.client.watches_files:
        wanted = types.RegistrationParams([indexing.watching()])
        await _ask(session, types.CLIENT_REGISTER_CAPABILITY, wanted)
    for opened in session.documents.all():
        diagnostics.opened(session, opened.uri)
    for root in session.roots[:1]:
        await _first_status(session, root)


def _open_roots(session: Session) -> None:
    """Open the client's folders in the background, so that the first request finds them ready."""
    for root in session.roots:
        session.spawn(session.open_quietly(root))


async def _first_status(session: Session, root: str) -> None:
    """A configuration that cannot be used stops everything, so that it is said aloud, once."""
    try:
        workspace = await session.workspace_at(root)
    except ConfigError as error:
        message = types.ShowMessageParams(types.MessageType.Error, f"Counterpoint: {error}")
        session.server.window_show_message(message)
        return
    await status.report(session, workspace)


async def _ask(session: Session, method: str, params: Any) -> Any:
    """A question whose failure only means that there is no answer."""
    try:
        return await session.server.protocol.ask(method, params)
    except (JsonRpcException, TimeoutError) as error:
        logger.info("%s was not answered: %s", method, type(error).__name__)
        return None


async def _fetch_settings(session: Session) -> None:
    item = types.ConfigurationItem(section=SECTION)
    answer = await _ask(session, types.WORKSPACE_CONFIGURATION, types.ConfigurationParams(items=[item]))
    found = answer[0] if answer else None
    if isinstance(found, Mapping):
        session.editor = {**session.options, **found}


async def configuration_changed(session: Session, params: types.DidChangeConfigurationParams) -> None:
    """Take settings from the notification, or fetch them; workspaces are opened anew only if they differ."""
    before = session.editor
    if session.client.configuration:
        await _fetch_settings(session)
    elif isinstance(params.settings, Mapping):
        given = params.settings.get(SECTION, params.settings)
        session.editor = {**session.options, **(given if isinstance(given, Mapping) else {})}
    if session.editor != before:
        await session.reopen()


def folders_changed(session: Session, params: types.DidChangeWorkspaceFoldersParams) -> None:
    gone, added = _folders(params.event.removed), _folders(params.event.added)
    before = [(one.uri, session.root_of(one.uri), one.now.path) for one in session.documents.all()]
    session.set_roots([*(root for root in session.roots if root not in gone), *added])
    # Nobody chose the workspaces of stray files; those that lie in a new folder are its own from now on.
    inside = (root for root in session.workspace_roots if any(relative_to(root, one) for one in added))
    session.retire({*gone, *added, *(root for root in inside if root not in session.roots)})
    session.documents.rename()
    for uri, root, path in before:
        indexing.moved(session, uri, root, path)
    _open_roots(session)


def _folders(folders: Sequence[types.WorkspaceFolder]) -> list[str]:
    return [path.rstrip("/") or "/" for folder in folders if (path := path_of(folder.uri))]


async def keys(session: Session, params: Any) -> dict[str, Any]:
    """`counterpoint/keys`: take the keys of the editor's secret store; says which source is in force."""
    given = params.get("keys") if isinstance(params, Mapping) else None
    if not isinstance(given, Mapping) or not all(
        isinstance(value, (str, type(None))) for value in given.values()
    ):
        raise JsonRpcInvalidParams("counterpoint/keys takes {keys: {openai?, anthropic?, google?}}.")
    held = await session.keys()
    held.set_editor(given)
    for workspace in session.all_opened():
        workspace.engine.ports.turns.anew()
        session.usable[workspace.root.as_posix()] = await workspace.engine.ports.usable()
    for workspace in session.all_opened()[:1]:
        session.spawn(status.report(session, workspace))
    return {"inForce": await held.in_force()}
