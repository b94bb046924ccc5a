"""Whether a model is asked at a key and after what pause: the chance that its text is kept against its price.

Pure: clocks and memories are handed in, so that a replay of recorded keys decides as the editor does.

A call is worth what it saves a user who is still there when its text has come: the chance that the text is
kept, times the seconds of typing it saves, times what a second is worth to the mode. To wait longer before
asking spares calls that the next key would make useless, and costs the users who did pause. The delay is the
one at which most is gained; where nothing is, no model is asked.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import exp, log
from typing import Literal, TypeAlias

from counterpoint.inline.chance import ROWS, chance, features

Mode: TypeAlias = Literal["calm", "balanced", "eager"]


@dataclass(frozen=True, slots=True)
class Moment:
    """One key. `before` and `after` are the text round the cursor, at least its line and the one above.

    `inside` is what the cursor stands in, as far as known. `last_outcome` is how the last suggestion at this
    place ended, `since_seconds` how long ago that was. `asked_seconds` is how long ago a call was begun that
    is still under way and may still fit, or None.
    """

    before: str
    after: str
    language: str
    inside: Literal["code", "comment", "string", ""] = ""
    last_outcome: Literal["accepted", "partly", "rejected", "ignored", ""] = ""
    since_seconds: float = 0.0
    invoked: bool = False
    asked_seconds: float | None = None


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast things go: the user's median gap between keys, the model's median time to its first token.

    Seconds; `quiet_seconds` is a gap that few of the user's are longer than while he types, `calls` is how
    many calls the time to a first token comes from, `kept_share` how many of the last suggestions were kept.
    """

    key_seconds: float = 0.15
    first_token_seconds: float = 0.5
    calls: int = 0
    quiet_seconds: float = 0.25
    kept_share: float | None = None

    @property
    def slow(self) -> bool:
        """True where asking at every pause comes too late: the status then offers to ask on demand."""
        return self.calls >= 20 and self.first_token_seconds > 1.5


@dataclass(frozen=True, slots=True)
class Decision:
    """Ask after `delay` seconds without a further key, or not at all. `reason` is one of few words."""

    ask: bool
    delay: float
    chance: float
    reason: str


@dataclass(frozen=True, slots=True)
class _Temper:
    """A mode: USD a saved second is worth, seconds after which a text is worth little more than a third of
    what it is at once, and the least delay."""

    second_usd: float
    patience: float
    least: float


_TEMPERS: Mapping[Mode, _Temper] = {
    "calm": _Temper(0.002, 2.0, 0.1),
    "balanced": _Temper(0.01, 0.3, 0.03),
    "eager": _Temper(0.05, 0.1, 0.0),
}
_STEPS = (0.0, 0.03, 0.045, 0.06, 0.08, 0.1, 0.12, 0.14, 0.17, 0.2, 0.25, 0.3, 0.4, 0.5, 0.7, 1.0)
_READING = 0.3
"""Seconds from the first token until a suggestion has been read."""
_LONGEST_WAIT = 1.5
"""A text that comes later than that is still of use, because it fits what was typed meanwhile or does not."""
_LEAST_USD = 0.0003
"""What a call costs at least: a model on this machine has its price in heat and battery."""


def decide(moment: Moment, mode: Mode, pace: Pace, usd: float, *, everywhere: bool = False) -> Decision:
    """Whether to ask here. `usd` is what the call should cost; `everywhere` lets no place be skipped."""
    if moment.invoked:
        return Decision(True, 0.0, 1.0, "invoked")
    kind, found = features(moment)
    likely = chance(kind, found, pace.kept_share)
    row, temper = ROWS[kind], _TEMPERS[mode]
    worth = likely * row.characters * pace.key_seconds * temper.second_usd
    gain, delay = _best(row.pauses, worth, max(usd, _LEAST_USD), temper, pace)
    quiet = pace.quiet_seconds
    if pace.slow:
        delay = max(delay, 2 * quiet)
    if gain <= 0.0 and not everywhere:
        return Decision(False, 0.0, likely, "not worth it")
    if everywhere and not pace.slow:
        delay = min(delay, quiet) if gain > 0.0 else quiet
    return Decision(True, _after_live(moment, mode, pace, delay), likely, kind)


def _best(pauses: float, worth: float, usd: float, temper: _Temper, pace: Pace) -> tuple[float, float]:
    """The greatest gain in USD and its delay."""
    comes = min(_LONGEST_WAIT, pace.first_token_seconds) + _READING
    best = (0.0, 0.0)
    for delay in _STEPS:
        if delay < temper.least:
            continue
        stays = pauses * _pause_lasts(delay + comes)
        calls = pauses * _pause_lasts(delay) + (1.0 - pauses) * _typing_lasts(delay, pace)
        gain = stays * worth * exp(-delay / temper.patience) - calls * usd
        if gain > best[0]:
            best = (gain, delay)
    return best


def _pause_lasts(seconds: float) -> float:
    """Share of thinking pauses longer than that: log-logistic, half of them longer than 1.2 s."""
    return float(1.0 / (1.0 + (seconds / 1.2) ** 1.6))


def _typing_lasts(seconds: float, pace: Pace) -> float:
    """Share of the gaps amid typing longer than that, through the median and the quiet gap of the user."""
    if seconds <= 0.0:
        return 1.0
    wide = max(1.1, pace.quiet_seconds / pace.key_seconds)
    return float(1.0 / (1.0 + (seconds / pace.key_seconds) ** (1.735 / log(wide))))


def _after_live(moment: Moment, mode: Mode, pace: Pace, delay: float) -> float:
    """Later, while a call that is under way may still bring what fits here: its text is due first."""
    if moment.asked_seconds is None or mode == "eager":
        return delay
    due = min(_LONGEST_WAIT, pace.first_token_seconds) * 1.25 - moment.asked_seconds
    return max(delay, due)
