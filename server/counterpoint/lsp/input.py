"""A line of text from the user, where the client has said that it can ask for one.

The request is `counterpoint/input {title, value?, placeholder?}`, answered by `{text}`: null where the user
went away. Clients announce it as `experimental.counterpoint.input`.
"""

from __future__ import annotations

from collections.abc import Mapping

from pygls.exceptions import JsonRpcException

from counterpoint.lsp.session import Session

METHOD = "counterpoint/input"
_SECONDS = 600.0
"""Seconds a question may stand open: people look things up before they answer."""


async def ask_text(session: Session, title: str, placeholder: str = "", value: str = "") -> str | None:
    """What the user typed, without blanks around it; None where they went away, typed nothing, or the client
    cannot ask (`session.client.inputs` tells)."""
    if not session.client.inputs:
        return None
    params = {"title": title, **({"placeholder": placeholder} if placeholder else {})}
    if value:
        params["value"] = value
    try:
        answer = await session.server.protocol.ask(METHOD, params, _SECONDS)
    except (JsonRpcException, TimeoutError):
        return None
    text = answer.get("text") if isinstance(answer, Mapping) else None
    return (text.strip() or None) if isinstance(text, str) else None
