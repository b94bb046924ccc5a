"""Consent, asked in the editor: once for a workspace, naming who would receive its code."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lsprotocol import types
from pygls.exceptions import JsonRpcException

from counterpoint.errors import ConsentRequired, NoUsableRole, PriceNotAgreed
from counterpoint.lsp.session import Session
from counterpoint.tasks import Task

if TYPE_CHECKING:
    from counterpoint.workspace import Workspace

ALLOW, REFUSE = "Allow", "Not now"
_SECONDS = 600.0


async def ensure(session: Session, workspace: Workspace, task: Task[Any]) -> None:
    """Ask if the task's models may be sent this workspace's code and nobody has agreed yet.

    Raises ConsentRequired if the user does not agree or the client cannot ask.
    """
    try:
        route = await workspace.engine.route(task)
    except NoUsableRole:
        return
    providers = sorted({candidate.model.provider for candidate in route.candidates} - {"embedded"})
    receivers = await workspace.receivers_to_agree(providers)
    if not receivers:
        return
    if not session.client.asks or not await _ask(session, workspace, receivers):
        raise ConsentRequired(
            f"This workspace's code has not been allowed to go to {' and '.join(receivers)}.",
            fix="Choose Allow when asked, or set privacy.consent = true in your config.toml.",
        )
    await workspace.agree(receivers)


async def ask_once(session: Session, workspace: Workspace, task: Task[Any]) -> None:
    """The same for completions: ask the first time in a session, and never again by itself."""
    root = workspace.root.as_posix()
    if root in session.asked_consent:
        return
    session.asked_consent.add(root)
    try:
        await ensure(session, workspace, task)
    except ConsentRequired:
        return


async def _ask(session: Session, workspace: Workspace, receivers: tuple[str, ...]) -> bool:
    message = (
        f"Counterpoint would send code of {workspace.root.name} to {' and '.join(receivers)}."
        " Allow it for this workspace?"
    )
    chosen = await choose(session, message, (ALLOW, REFUSE))
    return chosen == ALLOW


async def choose(session: Session, message: str, titles: tuple[str, ...]) -> str | None:
    """Let the user choose; None if they close the question, or the client fails to ask it."""
    params = types.ShowMessageRequestParams(
        type=types.MessageType.Info,
        message=message,
        actions=[types.MessageActionItem(title) for title in titles],
    )
    protocol = session.server.protocol
    try:
        answer = await protocol.ask(types.WINDOW_SHOW_MESSAGE_REQUEST, params, _SECONDS)
    except (JsonRpcException, TimeoutError):
        return None
    return str(answer.title) if answer is not None else None


async def long_prompt(session: Session, error: PriceNotAgreed) -> bool:
    """Ask about the price of a prompt so long that nobody foresaw it. No answer is a no."""
    if not session.client.asks:
        return False
    return await choose(session, f"{error.message} Send it?", ("Send", "Cancel")) == "Send"


async def confirmed(session: Session, question: str) -> bool:
    """Ask before spending. A client that cannot ask has shown the price in its menu already."""
    if not session.client.asks:
        return True
    return await choose(session, question, ("Run", "Cancel")) == "Run"
