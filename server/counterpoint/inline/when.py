"""Whether a model is asked at a key, and after what pause: the chance that the text is kept against its price.

Pure: clocks and memories are handed in, so that a replay of recorded keys decides as the editor does.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

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

    Seconds; `calls` is how many calls the second figure comes from.
    """

    key_seconds: float = 0.15
    first_token_seconds: float = 0.5
    calls: int = 0

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


def decide(moment: Moment, mode: Mode, pace: Pace, usd: float, *, everywhere: bool = False) -> Decision:
    """Whether to ask here. `usd` is what the call is expected to cost; `everywhere` lets no place be skipped."""
    if moment.invoked:
        return Decision(True, 0.0, 1.0, "invoked")
    return Decision(True, 0.12 if mode != "eager" else 0.0, 0.5, "pause")
