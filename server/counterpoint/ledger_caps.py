"""Which caps a call counts against, the narrowest first. Values."""

from __future__ import annotations

from collections.abc import Iterator

from counterpoint.ledger_rows import Caps, Limit
from counterpoint.ledger_spending import Spent

_TOMORROW, _NEXT_MONTH = "wait until tomorrow", "wait until next month"


def limits(caps: Caps, spent: Spent, session: int, share: str, role: str) -> Iterator[Limit]:
    """The caps for a call of a role. `share` is its kind, or "automatic"; `session` is in nano-USD."""
    kinds = {
        "completion": ("budget.completions_day_usd", caps.completions_day_usd, "for completions"),
        "automatic": (
            "budget.automatic_reviews_day_usd",
            caps.automatic_day_usd,
            "for reviews nobody asked for",
        ),
    }
    if share in kinds:
        setting, cap, words = kinds[share]
        if cap is not None:
            yield Limit(setting, spent.kinds.get(share, 0), cap, f"{_day(cap)} {words}", _TOMORROW)
    if role in caps.roles:
        cap = caps.roles[role]
        of = f"{_day(cap)} for the role {role}"
        yield Limit(f"budget.roles.{role}", spent.roles.get(role, 0), cap, of, _TOMORROW)
    if caps.session_usd is not None:
        of = f"this session's ${caps.session_usd:.2f}"
        yield Limit("budget.session_usd", session, caps.session_usd, of, "start the server again")
    yield Limit("budget.day_usd", spent.day, caps.day_usd, _day(caps.day_usd), _TOMORROW)
    if caps.month_usd is not None:
        of = f"this month's ${caps.month_usd:.2f}"
        yield Limit("budget.month_usd", spent.month, caps.month_usd, of, _NEXT_MONTH)


def _day(cap: float) -> str:
    return f"today's ${cap:.2f}"
