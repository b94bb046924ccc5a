"""Which caps a call counts against, the narrowest first. Values."""

from __future__ import annotations

from collections.abc import Iterator

from counterpoint.ledger_rows import Caps, Limit
from counterpoint.ledger_spending import Spent

_TOMORROW, _NEXT_MONTH = "wait until tomorrow", "wait until next month"


def limits(caps: Caps, spent: Spent, session: int, share: str, role: str) -> Iterator[Limit]:
    """The caps for a call of a role. `share` is as `share_of`; `session` is in nano-USD."""
    kinds = {
        "completion": ("budget.completions_day_usd", caps.completions_day_usd, "for completions"),
        "automatic": (
            "budget.automatic_reviews_day_usd",
            caps.automatic_day_usd,
            "for reviews nobody asked for",
        ),
        "shadow": ("budget.shadow_day_usd", caps.shadow_day_usd, "for trials of other models"),
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
        of = f"this session's {usd(caps.session_usd)}"
        yield Limit("budget.session_usd", session, caps.session_usd, of, "begin a new session")
    yield Limit("budget.day_usd", spent.day, caps.day_usd, _day(caps.day_usd), _TOMORROW)
    if caps.month_usd is not None:
        of = f"this month's {usd(caps.month_usd)}"
        yield Limit("budget.month_usd", spent.month, caps.month_usd, of, _NEXT_MONTH)


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


def _day(cap: float) -> str:
    return f"today's {usd(cap)}"


def usd(cap: float) -> str:
    """A cap in cents; of no whole ones as it was set, for one below a cent is not one of nothing."""
    return f"${cap:.2f}" if round(cap, 2) == cap else f"${cap:g}"
