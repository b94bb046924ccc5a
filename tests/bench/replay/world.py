"""What a replay runs in and what it counts: the model's pace and price, the user's state, calls, sums."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from counterpoint.inline.live import Odds
from counterpoint.inline.rhythm import Rhythm
from counterpoint.models import Model


@dataclass(frozen=True)
class World:
    """What is the same for all policies. Seconds, tokens."""

    model: Model
    seed: int = 1
    first_token: float = 0.5
    spread: float = 0.3
    tokens_per_second: float = 80.0
    reading: float = 0.35
    prompt_tokens: int = 2_250
    fresh_tokens: int = 450
    """Of the prompt, what no earlier request had: the rest is in the vendor's prefix cache."""
    keeps: float = 300.0
    """Seconds the vendor keeps a prefix."""
    certain: dict[tuple[str, int], str | None] = field(default_factory=dict)
    """What patterns make certain at a place of a passage, once it was looked up."""


@dataclass
class Tally:
    """Sums over passages."""

    keys: int = 0
    characters: int = 0
    calls: int = 0
    usd: float = 0.0
    kept: int = 0
    accepted: int = 0
    saved: float = 0.0
    bought: int = 0
    """Characters the model wrote, and those of them that were shown."""
    seen: int = 0
    input_tokens: int = 0
    cached_tokens: int = 0
    shown: Counter[str] = field(default_factory=Counter)
    """Suggestions, each counted once, by where they came from; `right` where the first line was the one
    typed, `exact` where all was."""
    right: Counter[str] = field(default_factory=Counter)
    exact: Counter[str] = field(default_factory=Counter)


@dataclass
class Call:
    began: float
    first: float
    done: float
    typed: int
    text: str
    slip: str = ""
    closed: float | None = None
    shown: bool = False
    judged: bool = False

    def so_far(self, now: float) -> str:
        if now < self.first:
            return ""
        if now >= self.done:
            return self.text
        return self.text[: int(len(self.text) * (now - self.first) / max(1e-9, self.done - self.first))]


@dataclass
class User:
    """Carried from passage to passage: rhythm and clock, and when each file was last asked about."""

    rhythm: Rhythm = field(default_factory=Rhythm)
    now: float = 0.0
    asked: dict[str, float] = field(default_factory=dict)
    odds: Odds = field(default_factory=Odds)
