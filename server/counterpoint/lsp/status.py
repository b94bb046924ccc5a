"""`counterpoint/status`: one line for a status bar, sent when it changes."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from counterpoint.errors import CounterpointError, ProviderError
from counterpoint.lsp.session import Session
from counterpoint.lsp.standing import stand_ins

if TYPE_CHECKING:
    from counterpoint.workspace import Workspace

METHOD = "counterpoint/status"
_NUMBERS = re.compile(r"\d+ (?:s|min)\b")
_STATES: Mapping[str, str] = MappingProxyType(
    {
        "no-usable-role": "no-key",
        "consent-required": "needs-consent",
        "budget": "budget",
        # A vendor that has too much to do: nobody has done anything wrong, and it passes by itself.
        "rate-limited": "waiting",
        "overloaded": "waiting",
    }
)
"""States by the codes of errors; any other one is "error"."""


async def report(
    session: Session,
    workspace: Workspace,
    error: CounterpointError | None = None,
    model: str = "",
    notice: str | None = None,
) -> None:
    """Send state, reason, model and spending if any of it is new.

    States: ready, slow, working, waiting, paused, no-key, needs-consent, budget, error. `notice` is what the
    last answer tells of a stand-in, or of less than was asked for; None leaves it as it was.
    """
    spending = await asyncio.to_thread(_spending, workspace)
    state, reason = _state(session, workspace, error)
    if state == "ready":
        reason = reason or await stand_ins(workspace)
    status = {
        "state": state,
        "reason": reason,
        "model": model or session.status.get("model", ""),
        "notice": session.status.get("notice", "") if notice is None else notice,
        **spending,
    }
    if not _is_news(session.status, status):
        return
    session.status = status
    session.server.protocol.notify(METHOD, status)
    if isinstance(error, ProviderError) and error.retry_after is not None:
        session.spawn(_after(session, workspace, status, error.retry_after))


async def _after(session: Session, workspace: Workspace, told: Mapping[str, Any], seconds: float) -> None:
    """Once a pause is over, the status that told it is no longer true."""
    await asyncio.sleep(seconds)
    if session.status is told:
        await report(session, workspace)


def _is_news(old: Mapping[str, Any], new: Mapping[str, Any]) -> bool:
    """Whether a status says anything new. That less is left of a pause that was told is not."""
    if new["state"] not in ("error", "waiting"):
        return dict(new) != dict(old)
    plain = [{**one, "reason": _NUMBERS.sub("", one.get("reason", ""))} for one in (old, new)]
    return plain[0] != plain[1]


def notice_of(result: object) -> str:
    """What the result of a job says of a stand-in, or of less than was asked for."""
    found = result.get("notice") if isinstance(result, Mapping) else getattr(result, "notice", "")
    return found if isinstance(found, str) else ""


def _spending(workspace: Workspace) -> dict[str, Any]:
    """What is spent or reserved, in USD, with its caps, None for no such cap. Reads the ledger, which is also
    the time to learn from it for menus."""
    from counterpoint.booking import caps_of
    from counterpoint.ledger_caps import nearest
    from counterpoint.ledger_rows import NANO

    caps, spent = caps_of(workspace.settings.budget), workspace.ledger.spent()
    here = workspace.ledger.spent_here
    first = nearest(caps, spent, round(here * NANO))
    workspace.ledger.learned.renew()
    return {
        "spentToday": round(spent.day / NANO, 6),
        "budgetToday": caps.day_usd,
        "spentMonth": round(spent.month / NANO, 6),
        "budgetMonth": caps.month_usd,
        "spentSession": round(here, 6),
        "budgetSession": caps.session_usd,
        "nearest": {"setting": first.setting, "spent": round(first.used / NANO, 6), "budget": first.cap},
    }


def _state(session: Session, workspace: Workspace, error: CounterpointError | None) -> tuple[str, str]:
    if session.paused:
        return "paused", "There are no completions until they are resumed."
    held = workspace.completions.memory.refused
    if error is not None:
        return _STATES.get(error.code, "error"), held if str(error) in held else str(error)
    if session.jobs.busy():
        return "working", next(iter(session.jobs.waits.values()), "")
    if not session.usable.get(workspace.root.as_posix()):
        return "no-key", "Set a key with `counterpoint keys set openai`."
    if held:
        return "budget", held
    pace = workspace.completions.pace
    if pace.slow:
        seconds = pace.first_token_seconds
        return "slow", (
            f"The model takes {seconds:.1f} s to begin: it is asked at long pauses only, and on demand with"
            " your editor's key for inline suggestions."
        )
    return "ready", ""
