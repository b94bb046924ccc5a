"""The caps below that of the day, and what is spent or reserved of each. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from counterpoint.booking import caps_of
from counterpoint.cli import render
from counterpoint.ledger_caps import every
from counterpoint.ledger_rows import NANO
from counterpoint.ledger_spending import Spent
from counterpoint.settings import Budget

_NAMES = {
    "budget.completions_day_usd": "completions",
    "budget.automatic_reviews_day_usd": "reviews nobody asked for",
    "budget.shadow_day_usd": "trials of other models",
}
_ROLE, _SESSION = "budget.roles.", "budget.session_usd"


@dataclass(frozen=True, slots=True)
class Cap:
    """The setting of a cap, what counts against it, and its amount, in USD. What another process has spent in
    its session nobody knows: there `cost_usd` is None."""

    setting: str
    cost_usd: float | None
    budget_usd: float


def caps_told(budget: Budget, spent: Spent) -> tuple[Cap, ...]:
    """Those that are set, but for the day's and the month's, which are told by themselves."""
    found = []
    for setting, one in every(caps_of(budget), spent, 0).items():
        if setting == _SESSION:
            found.append(Cap(setting, None, one.cap))
        elif setting in _NAMES or setting.startswith(_ROLE):
            found.append(Cap(setting, one.used / NANO, one.cap))
    return tuple(found)


def said(caps: Sequence[Cap]) -> str:
    """Those that something counts against, in words; "" without any."""
    parts = [
        f"{_NAMES.get(one.setting) or f'the role {one.setting.removeprefix(_ROLE)}'}"
        f" {render.usd(one.cost_usd)} of {render.usd(one.budget_usd)}"
        for one in caps
        if one.cost_usd
    ]
    session = next((one for one in caps if one.setting == _SESSION), None)
    more = f" A server or command may spend {render.usd(session.budget_usd)}." if session else ""
    return f"Of today's: {', '.join(parts)}.{more}" if parts else more.strip()
