"""`counterpoint/status`: one line for a status bar, sent when it changes."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from counterpoint.errors import CounterpointError
from counterpoint.lsp.session import Session

if TYPE_CHECKING:
    from counterpoint.workspace import Workspace

METHOD = "counterpoint/status"


async def report(
    session: Session, workspace: Workspace, error: CounterpointError | None = None, model: str = ""
) -> None:
    """Send state, reason, model and today's spending if any of it is new.

    States: ready, slow, working, paused, no-key, needs-consent, budget, error.
    """
    spent = await asyncio.to_thread(workspace.ledger.spent_today)
    state, reason = _state(session, workspace, error)
    status = {
        "state": state,
        "reason": reason,
        "model": model or session.status.get("model", ""),
        "spentToday": round(spent, 6),
        "budgetToday": workspace.settings.budget.day_usd,
    }
    if status != session.status:
        session.status = status
        session.server.protocol.notify(METHOD, status)


def _state(session: Session, workspace: Workspace, error: CounterpointError | None) -> tuple[str, str]:
    if session.paused:
        return "paused", "Paused; run counterpoint.pause with minutes null to go on."
    if error is not None:
        known = {"no-usable-role": "no-key", "consent-required": "needs-consent", "budget": "budget"}
        return known.get(error.code, "error"), str(error)
    if session.jobs.busy():
        return "working", ""
    if not session.usable.get(workspace.root.as_posix()):
        return "no-key", "Set a key with `counterpoint keys set openai`."
    pace = workspace.completions.pace
    if pace.slow:
        seconds = pace.first_token_seconds
        return "slow", (
            f"The model takes {seconds:.1f} s to begin: it is asked at long pauses only, and on demand with"
            " your editor's key for inline suggestions."
        )
    return "ready", ""
