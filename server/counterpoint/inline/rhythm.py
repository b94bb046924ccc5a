"""The user's rhythm and the model's: running figures from the last few gaps and first tokens. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from statistics import median

from counterpoint.inline.when import Pace

_PAUSE = 1.0
"""Seconds from which a gap is thinking and not typing."""
_GAPS, _FIRSTS, _KEPT = 64, 20, 20
_SPENT, _LATELY = 1_000, 200
"""Keys over which spending is looked at."""
_QUIET = 0.93
"""Share of the gaps amid typing that are no longer than the one that tells a pause."""


@dataclass(frozen=True, slots=True)
class Rhythm:
    """The last gaps between keys, the last times to a first token, both in seconds, and the last outcomes.

    `spent` is USD for 1,000 keys, the last thousand counting most; `lately` the same of the last few hundred.
    """

    gaps: tuple[float, ...] = ()
    firsts: tuple[float, ...] = ()
    kept: tuple[bool, ...] = ()
    calls: int = 0
    spent: float = 0.0
    lately: float = 0.0


def with_gap(rhythm: Rhythm, seconds: float) -> Rhythm:
    """After another key. A thinking pause tells nothing about how fast somebody types."""
    spent, lately = rhythm.spent * (1.0 - 1.0 / _SPENT), rhythm.lately * (1.0 - 1.0 / _LATELY)
    gaps = (*rhythm.gaps, seconds)[-_GAPS:] if 0.0 < seconds < _PAUSE else rhythm.gaps
    return replace(rhythm, gaps=gaps, spent=spent, lately=lately)


def with_spent(rhythm: Rhythm, usd: float) -> Rhythm:
    """After a call that cost so much."""
    more = 1000.0 * usd
    return replace(rhythm, spent=rhythm.spent + more / _SPENT, lately=rhythm.lately + more / _LATELY)


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
        usd_lately=rhythm.lately,
    )
