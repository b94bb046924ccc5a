"""Which caps a call counts against, the narrowest first. Values."""

from __future__ import annotations

from collections.abc import Iterator

from counterpoint.ledger_rows import Caps, Limit
from counterpoint.ledger_spending import Spent

_DAY, _TOMORROW, _NEXT_MONTH = "today's", "wait until tomorrow", "wait until next month"
_OF_SHARES = {
    "completion": ("budget.completions_day_usd", "completions_day_usd", "for completions"),
    "automatic": ("budget.automatic_reviews_day_usd", "automatic_day_usd", "for reviews nobody asked for"),
    "shadow": ("budget.shadow_day_usd", "shadow_day_usd", "for trials of other models"),
}
"""Of each share that has a cap of its own: the setting, the field of `Caps`, and what it is for."""


def limits(caps: Caps, spent: Spent, session: int, share: str, role: str) -> Iterator[Limit]:
    """The caps for a call of a role. `share` is as `share_of`; `session` is in nano-USD."""
    if share in _OF_SHARES:
        setting, of_caps, use = _OF_SHARES[share]
        cap = getattr(caps, of_caps)
        if cap is not None:
            yield Limit(setting, spent.kinds.get(share, 0), cap, _DAY, _TOMORROW, use)
    if role in caps.roles:
        used, use = spent.roles.get(role, 0), f"for the role {role}"
        yield Limit(f"budget.roles.{role}", used, caps.roles[role], _DAY, _TOMORROW, use)
    if caps.session_usd is not None:
        yield Limit("budget.session_usd", session, caps.session_usd, "this session's", "begin a new session")
    yield Limit("budget.day_usd", spent.day, caps.day_usd, _DAY, _TOMORROW)
    if caps.month_usd is not None:
        yield Limit("budget.month_usd", spent.month, caps.month_usd, "this month's", _NEXT_MONTH)


def every(caps: Caps, spent: Spent, session: int) -> dict[str, Limit]:
    """All caps that are set, by their settings."""
    return {
        one.setting: one
        for share in ("completion", "automatic", "shadow")
        for role in ("", *caps.roles)
        for one in limits(caps, spent, session, share, role)
    }


def nearest(caps: Caps, spent: Spent, session: int) -> Limit:
    """The cap of which the greatest share is spent or reserved; of equals the one that holds for longer."""
    found = every(caps, spent, session)
    whole = [one for one in found.values() if one.cap > 0] or [*found.values()]
    lasting = ("budget.day_usd", "budget.month_usd")
    return max(whole, key=lambda one: (one.used / one.cap if one.cap else 1.0, one.setting in lasting))
