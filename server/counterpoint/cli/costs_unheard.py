"""Calls that were broken off before an answer: what they are booked at. Pure.

No vendor says whether it bills what it had read by then. They are in the books with the most that it may, and
the day's budget counts them: it is better to stop too early than to have a bill above what was shown. A
vendor that turned a request down bills none of it, and a request that had not gone out whole costs nothing.
"""

from __future__ import annotations

from dataclasses import dataclass

from counterpoint.cli import render
from counterpoint.ledger import Call
from counterpoint.ledger_rows import NANO
from counterpoint.ledger_sums import UNHEARD, Sums
from counterpoint.ledger_sums import unheard as was_unheard


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


def unheard(sums: Sums, day: str | None = None) -> Unheard:
    """Those of a time, or of one of its local days."""
    found = [figures for (one,), figures in sums.of(UNHEARD) if day in (None, one)]
    return Unheard(sum(int(calls) for calls, _ in found), sum(nano for _, nano in found) / NANO)


def is_unheard(call: Call) -> bool:
    """Whether a call was ended by us, or broke, before its vendor had begun to answer."""
    unnamed = call.request_id is None
    return was_unheard(call.outcome, call.usage.estimated, call.cost_usd, unnamed, call.first_token_seconds)
