"""The vendors' limits: token buckets that refill evenly, told in every reply, kept to where wanted."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import ceil

from .catalog import Vendor
from .clock import Clock
from .refusals import Refusal

REQUESTS, TOKENS = 30_000, 100_000_000
"""Limits of an account that no test meets by chance, in a minute."""
MINUTE = 60.0


@dataclass
class Level:
    """`left` of `limit` at the moment `at`; all of it is there again after `span` seconds without use."""

    limit: float
    span: float
    left: float
    at: float

    def grown(self, now: float) -> Level:
        self.left = min(self.limit, self.left + self.limit * (now - self.at) / self.span)
        self.at = now
        return self

    @property
    def reset(self) -> float:
        return (self.limit - self.left) / self.limit * self.span

    def until(self, amount: float) -> float:
        return max(0.0, (min(amount, self.limit) - self.left) / self.limit * self.span)


@dataclass
class Account:
    """One vendor's limits. Where `kept` is set, whoever takes more than is left is refused."""

    levels: dict[str, Level]
    kept: bool = False


@dataclass
class Limits:
    """The accounts of all vendors."""

    clock: Clock
    _accounts: dict[Vendor, Account] = field(default_factory=dict)

    def set(self, vendor: Vendor, span: float, limits: dict[str, float]) -> None:
        """An account with these limits in `span` seconds, which are kept to. It begins with all of them."""
        now = self.clock.now()
        levels = {name: Level(limit, span, limit, now) for name, limit in limits.items()}
        self._accounts[vendor] = Account({**_usual(vendor, now), **levels}, kept=True)

    def use(self, vendor: Vendor, name: str, left: float) -> None:
        """So much is left of a limit, as if somebody else with the same account had used the rest."""
        self._of(vendor).levels[name].grown(self.clock.now()).left = left

    def clear(self) -> None:
        self._accounts.clear()

    def take(self, vendor: Vendor, taken: dict[str, float]) -> Refusal | None:
        """Take from an account, or refuse all of it."""
        now, account = self.clock.now(), self._of(vendor)
        named = {name: much for name, much in taken.items() if name in account.levels}
        levels = {name: account.levels[name].grown(now) for name in named}
        short = [level.until(named[name]) for name, level in levels.items() if level.left < named[name]]
        if short and account.kept:
            return _refusal(max(short))
        for name, level in levels.items():
            level.left = max(0.0, level.left - named[name])
        return None

    def headers(self, vendor: Vendor) -> dict[str, tuple[int, int, float]]:
        """(limit, remaining, seconds until all of it is there) by name."""
        now = self.clock.now()
        levels = {name: level.grown(now) for name, level in self._of(vendor).levels.items()}
        return {name: (int(one.limit), int(one.left), one.reset) for name, one in levels.items()}

    def _of(self, vendor: Vendor) -> Account:
        if vendor not in self._accounts:
            self._accounts[vendor] = Account(_usual(vendor, self.clock.now()))
        return self._accounts[vendor]


def _usual(vendor: Vendor, now: float) -> dict[str, Level]:
    names = ("tokens", "input-tokens", "output-tokens") if vendor == "anthropic" else ("tokens",)
    found = {name: Level(TOKENS, MINUTE, TOKENS, now) for name in names}
    return {"requests": Level(REQUESTS, MINUTE, REQUESTS, now), **found}


def _refusal(seconds: float) -> Refusal:
    return Refusal(
        "Rate limit reached. Please try again.",
        429,
        "requests",
        None,
        "rate_limit_exceeded",
        {"retry-after": str(ceil(seconds * 10) / 10)},
        rule="limits",
    )
