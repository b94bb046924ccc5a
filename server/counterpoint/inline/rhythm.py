"""The user's rhythm and the model's: running figures from the last few gaps and first tokens. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from statistics import median

from counterpoint.inline.when import Pace

_PAUSE = 1.0
"""Seconds from which a gap is thinking and not typing."""
_GAPS, _FIRSTS, _KEPT = 64, 20, 20
_SPENT = 1_000
"""Keys over which spending is looked at."""
_QUIET = 0.93
"""Share of the gaps amid typing that are no longer than the one that tells a pause."""


@dataclass(frozen=True, slots=True)
class Rhythm:
    """The last gaps between keys, the last times to a first token, both in seconds, and the last outcomes.

    `spent` is USD for 1,000 keys, the last few hundred keys counting most.
    """

    gaps: tuple[float, ...] = ()
    firsts: tuple[float, ...] = ()
    kept: tuple[bool, ...] = ()
    calls: int = 0
    spent: float = 0.0


def with_gap(rhythm: Rhythm, seconds: float) -> Rhythm:
    """After another key. A thinking pause tells nothing about how fast somebody types."""
    spent = rhythm.spent * (1.0 - 1.0 / _SPENT)
    if not 0.0 < seconds < _PAUSE:
        return replace(rhythm, spent=spent)
    return replace(rhythm, gaps=(*rhythm.gaps, seconds)[-_GAPS:], spent=spent)


def with_spent(rhythm: Rhythm, usd: float) -> Rhythm:
    """After a call that cost so much."""
    return replace(rhythm, spent=rhythm.spent + 1000.0 * usd / _SPENT)


def with_first_token(rhythm: Rhythm, seconds: float) -> Rhythm:
    """After another call that has brought its first token."""
    return replace(rhythm, firsts=(*rhythm.firsts, seconds)[-_FIRSTS:], calls=rhythm.calls + 1)


def with_outcome(rhythm: Rhythm, kept: bool) -> Rhythm:
    """After another suggestion that was kept, or was shown and not kept."""
    return replace(rhythm, kept=(*rhythm.kept, kept)[-_KEPT:])


def pace(rhythm: Rhythm) -> Pace:
    """The figures `decide` needs. With few gaps the usual ones of people count in, as so many more gaps."""
    usual = Pace()
    gaps, firsts, kept = rhythm.gaps, rhythm.firsts, rhythm.kept
    known = len(gaps) >= 12
    ordered = sorted(gaps)
    return Pace(
        key_seconds=median(ordered) if known else usual.key_seconds,
        quiet_seconds=ordered[int(_QUIET * (len(ordered) - 1))] if known else usual.quiet_seconds,
        first_token_seconds=median(firsts) if firsts else usual.first_token_seconds,
        calls=rhythm.calls,
        kept_share=sum(kept) / len(kept) if len(kept) >= 8 else None,
        usd_per_1000_keys=rhythm.spent,
    )
