"""Calls that were broken off before an answer: what they are booked at. Pure.

No vendor says whether it bills what it had read by then. They are in the books with the most that it may, and
the day's budget counts them: it is better to stop too early than to have a bill above what was shown. A
vendor that turned a request down bills none of it, and a request that had not gone out whole costs nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from counterpoint.cli import render
from counterpoint.ledger import Call


@dataclass(frozen=True, slots=True)
class Unheard:
    """How many such calls there were, and what they are booked at, in USD."""

    calls: int = 0
    upper_usd: float = 0.0

    @property
    def said(self) -> str:
        """Both in words that follow a sum which holds them, "" where there were none."""
        if not self.calls:
            return ""
        return (
            f"of which up to {render.usd(self.upper_usd)} for {render.count(self.calls, 'call')} broken off"
            " before an answer: vendors do not say whether they bill them"
        )


NONE = Unheard()


def unheard(calls: Iterable[Call]) -> Unheard:
    """Those among some calls."""
    found = [call.cost_usd for call in calls if is_unheard(call)]
    return Unheard(len(found), sum(found))


def is_unheard(call: Call) -> bool:
    """Whether a call was ended by us, or broke, before its vendor had begun to answer."""
    ended = call.outcome in ("cancelled", "error") and call.usage.estimated
    return ended and call.cost_usd > 0 and call.request_id is None and call.first_token_seconds is None
