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
    place ended, `since_seconds` how long ago that was.
    """

    before: str
    after: str
    language: str
    inside: Literal["code", "comment", "string", ""] = ""
    last_outcome: Literal["accepted", "partly", "rejected", "ignored", ""] = ""
    since_seconds: float = 0.0
    invoked: bool = False


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast things go: the user's median gap between keys, the model's median time to its first token.

    Seconds; `quiet_seconds` is a gap that few of the user's are longer than while he types, `calls` is how
    many calls the time to a first token comes from, `kept_share` how many of the last suggestions were kept,
    `usd_per_1000_keys` what was spent, and `usd_lately` the same over the last few hundred keys only.
    """

    key_seconds: float = 0.15
    first_token_seconds: float = 0.5
    calls: int = 0
    quiet_seconds: float = 0.25
    kept_share: float | None = None
    usd_per_1000_keys: float = 0.0
    usd_lately: float = 0.0

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
    """A mode. `second_usd`: what a second of typing saved is worth. `patience`: seconds after which a text is
    worth little more than a third of what it is at once. `least`: the shortest delay. `prompt`: at the end of
    what it asks after the shortest delay that gains anything. `allowance`: USD for 1,000 keys, beyond which
    calls count as dearer than they are; `strict` if the last few hundred keys may not cost more."""

    second_usd: float
    patience: float
    least: float
    prompt: frozenset[str]
    allowance: float
    strict: bool = False


_TEMPERS: Mapping[Mode, _Temper] = {
    "calm": _Temper(0.01, 2.0, 0.1, frozenset(), 0.06, strict=True),
    "balanced": _Temper(0.14, 0.3, 0.03, frozenset({"thought"}), 0.4),
    "eager": _Temper(1.5, 0.3, 0.0, frozenset({"thought", "word"}), 1.2),
}
_STEPS = (0.0, 0.03, 0.045, 0.06)
_GAPS = (0.8, 1.0, 1.2, 1.4, 1.7, 2.0, 2.5, 3.0, 4.0, 6.0)
"""Delays looked at: seconds, and multiples of the user's median gap."""
_SOON = 1.2
"""The longest delay where everything is asked, in gaps, at the end of a word or thought."""
_EARLY = 0.85
"""Share of the allowance from which calls count as dearer."""
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
    price = max(usd, _LEAST_USD) * _pressure(temper, pace)
    gains = _gains(row.pauses, worth, price, temper, pace)
    gain, delay = max(gains, key=lambda one: one[0])
    if gain <= 0.0 and not everywhere:
        return Decision(False, 0.0, likely, "not worth its price")
    if everywhere and mode != "eager":
        delay = min(delay, _SOON * pace.key_seconds) if row.ends else pace.quiet_seconds
    elif row.ends in temper.prompt and gain > 0.0:
        delay = next(after for gained, after in gains if gained > 0.0)
    elif everywhere:
        delay = min(delay, pace.quiet_seconds) if gain > 0.0 else pace.quiet_seconds
    if pace.slow:
        delay = max(delay, 2.0 * pace.quiet_seconds)
    return Decision(True, delay, likely, kind)


def _pressure(temper: _Temper, pace: Pace) -> float:
    """How many times its price a call counts for, by what was spent."""
    spent = pace.usd_lately if temper.strict else pace.usd_per_1000_keys
    return float(max(1.0, spent / (_EARLY * temper.allowance)) ** 4)


def _gains(
    pauses: float, worth: float, usd: float, temper: _Temper, pace: Pace
) -> tuple[tuple[float, float], ...]:
    """What is gained in USD by each delay, shortest first."""
    comes = min(_LONGEST_WAIT, pace.first_token_seconds) + _READING
    found = []
    for delay in (*_STEPS, *(times * pace.key_seconds for times in _GAPS)):
        if delay >= temper.least:
            stays = pauses * _pause_lasts(delay + comes)
            calls = pauses * _pause_lasts(delay) + (1.0 - pauses) * _typing_lasts(delay, pace)
            found.append((stays * worth * exp(-delay / temper.patience) - calls * usd, delay))
    return tuple(found)


def _pause_lasts(seconds: float) -> float:
    """Share of thinking pauses longer than that: log-logistic, half of them longer than 1.2 s."""
    return float(1.0 / (1.0 + (seconds / 1.2) ** 1.6))


def _typing_lasts(seconds: float, pace: Pace) -> float:
    """Share of the gaps amid typing longer than that, through the median and the quiet gap of the user."""
    if seconds <= 0.0:
        return 1.0
    wide = max(1.1, pace.quiet_seconds / pace.key_seconds)
    return float(1.0 / (1.0 + (seconds / pace.key_seconds) ** (2.587 / log(wide))))
