"""The ways to vendors, as far as all processes of a machine share them: see `board`.

Told are breakers when they change, limits when less than half of one is left, and how many requests of a
process are under way. Of what others tell, only what is newer counts, and nothing for longer than it could
have been known here. The events of a completion write nothing while all is well.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from counterpoint.admitting import CLEAR, Look, Ways, Wish
from counterpoint.board import Board, Row, moment
from counterpoint.errors import ProviderError
from counterpoint.health import BUSY, LONGEST_TOLD, PROBE_SECONDS, Breaker, Closed
from counterpoint.models import Model
from counterpoint.pacing import Level, bucket_of
from counterpoint.providers import Endpoint
from counterpoint.rates import Rates

_AGAIN = 0.2
_FIRST_SECONDS = 1.0
"""So long the first question of a process waits, in a thread, for others that open the file as well."""
_LOCKED_SECONDS = 1.0
"""So long who may be the one that tries a model waits for those that write."""
_HEARD_SECONDS = 0.05
"""A completion, which has heard the others before its prompt was made, need not do so again within this."""
_DAY = 86_400.0
_FAILURES = 1_000
_SLACK = 10.0
"""Seconds after its latest end when a request of another process is over for sure."""


@dataclass
class _Account:
    """An account with a vendor, and what others have under way there: process, number, and latest end."""

    endpoint: Endpoint
    name: str
    places: list[tuple[int, int, float]] = field(default_factory=list)
    until: float = 0.0
    """The latest end of the requests of this process."""


class SharedWays(Ways):
    """As `Ways`, with what other processes that use the same account tell. Belongs to one event loop."""

    again = _AGAIN

    def __init__(self, board: Board) -> None:
        super().__init__(board.clock)
        self.board = board
        self._accounts: dict[str, _Account] = {}
        self._opened = 0
        self._heard = float("-inf")
        self._locked = float("-inf")
        """The moment since which the file could not be written when a model was to be tried."""
        self._tight: set[str] = set()
        """Names of limits of which so little is left that it matters who takes of them."""

    async def meets(self, endpoint: Endpoint) -> None:
        """Questions go to a vendor there, with its key. Opens the file, in a thread, where that is not done.
        A model that runs in this process is no other one's matter."""
        name = endpoint.provider
        known = self._accounts.get(name)
        if name == "embedded" or (known is not None and known.endpoint == endpoint):
            return
        if not self.board.opened:
            await asyncio.to_thread(self.board.open, _FIRST_SECONDS)
            self._opened = self.board.opened
        self._accounts[name] = account = _Account(endpoint, self._named(endpoint))
        self._read(name, account)

    def hear(self) -> None:
        self._heard = self.clock()
        if self._accounts and self.board.changed():
            for provider, account in self._accounts.items():
                if self._opened != self.board.opened:  # another file
                    account.name = self._named(account.endpoint)
                self._read(provider, account)
            self._opened = self.board.opened

    def close(self) -> None:
        self.board.close()

    def _named(self, endpoint: Endpoint) -> str:
        headers = (f"{name}: {value}" for name, value in sorted(endpoint.headers.items()))
        return self.board.account(endpoint.provider, endpoint.base_url or "", endpoint.key or "", *headers)

    # -- what is in the way

    def look(self, wish: Wish) -> Look:
        if wish.asker.kind != "key" or self.clock() - self._heard > _HEARD_SECONDS:
            self.hear()
        return super().look(wish)

    def leads(self, wish: Wish) -> Look:
        account, model = self._accounts.get(wish.model.provider), wish.model
        known = {key: one for key, one in self.health.known(model).items() if one.is_closed}
        error = next((one.error for one in known.values()), None)
        if account is None or error is None:
            return CLEAR
        rows = {f"breaker {key}": _written(one) for key, one in known.items()}
        mine = self.board.lead(account.name, rows, self.clock() + PROBE_SECONDS)
        if mine is None:
            now = time.monotonic()
            self._locked = self._locked if now - self._locked < 2 * _LOCKED_SECONDS else now
            if now - self._locked < _LOCKED_SECONDS:
                return self.paused(wish, Closed(model.label, _AGAIN, error, probed=True))
        if mine is not False:
            return CLEAR
        self.hear()
        closed = self.health.closed(model)
        return CLEAR if closed is None else self.paused(wish, closed)

    def others(self, wish: Wish) -> int:
        account, now = self._accounts.get(wish.model.provider), self.clock()
        places = account.places if account else ()
        return sum(calls for pid, calls, until in places if until > now and _runs(pid))

    # -- what happens here, and is told

    def begins(self, wish: Wish, number: int) -> bool:
        probes = super().begins(wish, number)
        provider = wish.model.provider
        if account := self._accounts.get(provider):
            if wish.asker.kind != "key":
                account.until = max(account.until, wish.asker.until + _SLACK)
                self._tell_places(provider, account)
            if bucket_of(wish.model) in self._tight:
                self._tell_levels(wish.model, account, wish)
        return probes

    def ended(self, wish: Wish, number: int) -> None:
        super().ended(wish, number)
        provider = wish.model.provider
        if wish.asker.kind != "key" and (account := self._accounts.get(provider)):
            self._tell_places(provider, account)

    def told(self, wish: Wish, number: int, rates: Rates) -> None:
        super().told(wish, number, rates)
        account, name = self._accounts.get(wish.model.provider), bucket_of(wish.model)
        if not rates or account is None:
            return
        was, tight = name in self._tight, any(rate.remaining < rate.limit / 2 for _, rate in rates)
        if tight or was:
            (self._tight.add if tight else self._tight.discard)(name)
            self._tell_levels(wish.model, account)

    def begun(self, wish: Wish, sent: float) -> None:
        before = self.health.known(wish.model)
        super().begun(wish, sent)
        self._tell_changed(wish.model, before)

    def worked(self, wish: Wish, sent: float) -> None:
        before = self.health.known(wish.model)
        super().worked(wish, sent)
        self._tell_changed(wish.model, before)

    def failed(self, wish: Wish, error: ProviderError, sent: float) -> None:
        self.hear()  # what others were told first is the same news
        before = self.health.known(wish.model)
        super().failed(wish, error, sent)
        self._tell_changed(wish.model, before)

    def left(self, wish: Wish) -> None:
        before = self.health.known(wish.model)
        super().left(wish)
        self._tell_changed(wish.model, before)

    def _tell_changed(self, model: Model, before: Mapping[str, Breaker]) -> None:
        """Tell of breakers that are not what they were."""
        account, after = self._accounts.get(model.provider), self.health.known(model)
        if account is None:
            return
        for key in before.keys() | after.keys():
            if (now := after.get(key)) is None:
                self.board.tell(account.name, f"breaker {key}", {"well": self.health.well_since(key)})
            elif now != before.get(key):
                self.board.tell(account.name, f"breaker {key}", {**_written(now), "by": self.board.me})

    def _tell_levels(self, model: Model, account: _Account, wish: Wish | None = None) -> None:
        """Tell what is left of a model's limits, less what a request takes that is about to be sent."""
        levels, now, told = self.bucket(model).levels, self.clock(), {}
        for name, level in levels.items():
            taken = wish.need.of(name, "input-tokens" in levels) if wish else 0.0
            told[name] = [level.limit, max(0.0, level.now(now) - taken), now, level.full]
        self.board.tell(account.name, f"levels {bucket_of(model)}", {"by": self.board.me, "levels": told})

    def _tell_places(self, provider: str, account: _Account) -> None:
        calls = sum(1 for kind in self._under_way.get(provider, {}).values() if kind != "key")
        told = {"pid": os.getpid(), "calls": calls, "until": account.until}
        self.board.tell(account.name, f"places {self.board.me}", told)

    # -- what others tell

    def _read(self, provider: str, account: _Account) -> None:
        account.places = []
        for what, told in self.board.read(account.name):
            about, _, name = what.partition(" ")
            if about == "breaker":
                self._hear_breaker(provider, name, told)
            elif about == "levels" and told.get("by") != self.board.me:
                self._hear_levels(name, told.get("levels"))
            elif about == "places" and name != self.board.me:
                calls, until = told.get("calls"), min(moment(told.get("until")), self.clock() + LONGEST_TOLD)
                if isinstance(calls, int) and calls > 0 and isinstance(told.get("pid"), int):
                    account.places.append((told["pid"], calls, until))

    def _hear_breaker(self, provider: str, key: str, told: Row) -> None:
        now = self.clock()
        if "well" in told:
            self.health.well(key, min(moment(told["well"]), now))
            return
        breaker, limit = _breaker(provider, told, now), self._limits.get(provider)
        news = breaker is not None and self.health.heard(key, breaker)
        if breaker and limit and news and isinstance(breaker.error, BUSY):
            limit.too_much(breaker.failed, now)

    def _hear_levels(self, bucket: str, told: object) -> None:
        now = self.clock()
        for name, row in told.items() if isinstance(told, dict) else ():
            numbers = [moment(one) for one in row] if isinstance(row, list) else []
            if len(numbers) != 4 or min(numbers) < 0 or numbers[0] <= 0 or numbers[2] > now:
                continue
            limit, left, at, full = numbers
            level = Level(limit, min(left, limit), at, min(max(full, at + 0.001), at + _DAY))
            self.named(bucket).heard(str(name), level, now)
            if level.now(now) < limit / 2:
                self._tight.add(bucket)  # so that what this process sends of it is told as well


def _written(one: Breaker) -> dict[str, Any]:
    """A breaker as it is told. Of what was said, the words that are ours, without the vendor's own."""
    error, told = one.error, {"failures": one.failures, "failed": one.failed}
    if one.is_closed:
        told["until"] = one.until
    if one.probe > float("-inf"):
        told["probe"] = one.probe
    if error is None:
        return {**told}
    message = f"{error.message.partition(': ')[0].rstrip('.')}."
    of_error = {"fix": error.fix, "status": error.status, "retry_after": error.retry_after}
    return {**told, "code": error.code, "message": message, **of_error}


def _breaker(provider: str, told: Row, now: float) -> Breaker | None:
    """A breaker as it was told; None for what is none. Nobody is left alone for longer than can be."""
    kind = next((one for one in ProviderError.__subclasses__() if one.code == told.get("code")), None)
    failures, failed = told.get("failures"), moment(told.get("failed"))
    message, fix, status = told.get("message"), told.get("fix"), told.get("status")
    if kind is None or not isinstance(failures, int) or failures < 1 or not 0 <= failed <= now:
        return None
    after = moment(told.get("retry_after"))
    error = kind(
        message if isinstance(message, str) else "",
        provider=provider,
        fix=fix if isinstance(fix, str) else None,
        status=status if isinstance(status, int) else None,
        retry_after=after if after >= 0 else None,
    )
    return Breaker(
        failures=min(failures, _FAILURES),
        until=min(moment(told.get("until")), now + LONGEST_TOLD),
        probe=min(moment(told.get("probe")), now + PROBE_SECONDS),
        failed=failed,
        error=error,
    )


def _runs(pid: int) -> bool:
    """Whether there is such a process, as far as can be told."""
    if os.name != "posix":
        return True  # to ask there would end it
    try:
        os.kill(pid, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:
        return True
    return True
