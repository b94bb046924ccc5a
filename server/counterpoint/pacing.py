"""How much of a vendor's limits is left, and how many requests may be under way at a time.

A vendor tells its limits with every reply; what is left of them grows evenly until it is whole again. From
that it is known before a call whether the vendor would take it, so that nobody has to be refused. Pure:
moments are handed in, in seconds of one monotonic clock.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from counterpoint.models import Model
from counterpoint.rates import Rates

Kind: TypeAlias = Literal["key", "asked", "batch"]
"""Who waits for an answer: somebody who types, somebody who has asked, or work in the background."""

RESERVE = 0.2
"""Share of a limit that is kept for what somebody waits for: work in the background leaves it alone."""
LOOK_AGAIN = 1.0
"""Seconds after which is looked again where what is missing is held by calls under way."""
_FINE = ("input-tokens", "output-tokens")


@dataclass(frozen=True, slots=True)
class Need:
    """What a call takes, in tokens: it reads `input`, probably writes `output`, and may write `most`."""

    input: int = 0
    output: int = 0
    most: int = 0

    def of(self, name: str, apart: bool) -> float:
        """Its share of the limit `name`. Where input and output have limits `apart`, that of all tokens
        stands for the nearest of them: only that it is used up says something."""
        if name == "requests" or (apart and name not in _FINE):
            return 1.0
        if name in _FINE:
            return float(self.input if name == "input-tokens" else self.output)
        # OpenAI counts the prompt or the most that may be written, whichever is more.
        return float(max(self.input, self.most))


@dataclass(frozen=True, slots=True)
class Wait:
    """How long a call has to wait for its share: `seconds`, 0 to go now. `fits` is False for one that is more
    than the whole limit, as far as can be told before it is counted."""

    seconds: float = 0.0
    fits: bool = True


GO = Wait()


@dataclass(slots=True)
class Level:
    """What is left of one limit: `left` at the moment `at`, and all of it at `full`."""

    limit: float
    left: float
    at: float
    full: float

    def now(self, now: float) -> float:
        if now >= self.full:
            return self.limit
        return self.left + (self.limit - self.left) * (now - self.at) / (self.full - self.at)

    def until(self, amount: float, now: float) -> float:
        """Seconds until so much is left, or all of it."""
        amount = min(amount, self.limit)
        if self.now(now) >= amount:
            return 0.0
        share = (amount - self.left) / (self.limit - self.left)
        return max(0.0, self.at + share * (self.full - self.at) - now)


@dataclass(slots=True)
class Bucket:
    """The limits of one model, or of those that share them, and what calls under way take of them.

    Whether the vendor's figures count a call is known once its own reply tells them; until then it is counted
    here. What it writes is counted by the vendor as it is written, and here until it is over.
    """

    levels: dict[str, Level] = field(default_factory=dict)
    sent: dict[int, Need] = field(default_factory=dict)
    began: dict[int, float] = field(default_factory=dict)
    writing: dict[int, int] = field(default_factory=dict)

    def wait(self, need: Need, kind: Kind, now: float) -> Wait:
        """How long a call has to wait."""
        apart = _FINE[0] in self.levels
        seconds, fits = 0.0, True
        for name, level in self.levels.items():
            own = need.of(name, apart)
            kept = RESERVE * level.limit if kind == "batch" else 0.0
            # What is larger than the limit goes when that is whole: our count may be wrong, and what the
            # vendor reads from its cache may not count.
            wanted = min(own + kept, level.limit) + self._held(name, apart)
            fits = fits and own <= level.limit
            if level.now(now) < wanted:
                least = LOOK_AGAIN if wanted > level.limit else 0.0
                seconds = max(seconds, least, level.until(wanted, now))
        return Wait(seconds, fits) if seconds or not fits else GO

    def _held(self, name: str, apart: bool) -> float:
        held = sum(one.of(name, apart) for one in self.sent.values())
        return held + sum(self.writing.values()) if name == "output-tokens" else held

    def begins(self, call: int, need: Need, now: float) -> None:
        """A call is about to be sent."""
        self.sent[call], self.began[call] = need, now

    def told(self, call: int, rates: Rates, now: float) -> None:
        """A call's reply has begun, or has refused it, and told these limits.

        Replies overtake each other: only one to a call that was sent after the last figures came is newer
        than these. Of others the lower figures count.
        """
        need, began = self.sent.pop(call, None), self.began.pop(call, now)
        for name, rate in rates:
            old = self.levels.get(name)
            if old is None or began >= old.at or rate.remaining < old.now(now):
                self.levels[name] = Level(rate.limit, rate.remaining, now, now + max(rate.reset, 0.001))
        if need is not None:
            self.writing[call] = need.output

    def heard(self, name: str, level: Level, now: float) -> None:
        """Another process knows this of a limit. As of replies, what is newer counts, or what is lower."""
        old = self.levels.get(name)
        if old is None or level.at >= old.at or level.now(now) < old.now(now):
            self.levels[name] = level

    def ended(self, call: int) -> None:
        """A call is over, however it ended."""
        self.sent.pop(call, None)
        self.began.pop(call, None)
        self.writing.pop(call, None)


@dataclass(slots=True)
class Limit:
    """Most requests to a vendor at a time: halved when it has had too much, one more for each answer."""

    most: int
    now: int = 0
    halved: float = float("-inf")

    def __post_init__(self) -> None:
        self.now = self.now or self.most

    def too_much(self, sent: float, now: float) -> None:
        """The vendor refused a call of the moment `sent` because it has had too much. Calls that were under
        way when it said so first are the same news."""
        if sent >= self.halved:
            self.now = max(min(2, self.most), self.now // 2)
            self.halved = now

    def answered(self) -> None:
        self.now = min(self.most, self.now + 1)

    def room(self, kind: Kind) -> int:
        """How many requests may be under way when one of a kind begins. One place is kept free for whoever
        types, and one more for whoever has asked, where there are so many."""
        kept = {"key": 0, "asked": 1, "batch": 2}[kind]
        return max(1, self.now - kept)


def bucket_of(model: Model) -> str:
    """The name of a model's limits."""
    return f"{model.provider} {model.bucket or model.name}"
