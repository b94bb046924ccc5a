"""Whose turn it is: every request to a vendor begins here, goes at once or waits, and says how it ended.

Three things may be in the way: a vendor that is left alone (`health`), limits that are used up and the number
of requests under way (`pacing`). Who waits holds nothing: no money is set aside, no connection is open. What
somebody asked for goes before work in the background, else the first comes first. A completion waits for
nothing of that: it is not asked.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from itertools import count

from counterpoint.admitting import CLEAR, Look, Ways, Wish, too_late
from counterpoint.errors import ProviderError
from counterpoint.health import Health
from counterpoint.models import Model
from counterpoint.pacing import Kind, bucket_of
from counterpoint.rates import Rates

_RANK: dict[Kind, int] = {"key": 0, "asked": 1, "batch": 2}


@dataclass(eq=False)
class Turn:
    """A request under way. Say what its reply told, and in any case how it ended."""

    turns: Turns
    wish: Wish
    number: int
    sent: float
    probes: bool = False
    over: bool = False

    def begun(self, rates: Rates) -> None:
        """The vendor has begun to answer."""
        self.turns.ways.begun(self.wish, self.sent)
        self.turns.told(self, rates)

    def worked(self) -> None:
        """The answer is whole, or as much of it as was wanted."""
        self.turns.ways.worked(self.wish, self.sent)
        self.turns.end(self)

    def failed(self, error: ProviderError) -> None:
        """The vendor failed, or refused."""
        self.turns.told(self, error.rates)
        self.turns.ways.failed(self.wish, error, self.sent)
        self.left()

    def left(self) -> None:
        """Nothing is known: it was cancelled, or never sent. Does nothing after one of the others."""
        if not self.over:
            if self.probes:
                self.turns.ways.left(self.wish)
            self.turns.end(self)


@dataclass(eq=False)
class _Waiter:
    wish: Wish
    number: int
    since: float
    granted: asyncio.Future[Turn]
    look: Look = CLEAR
    paused: float = 0.0
    """The moment since which it is a vendor's limit or pause that it waits for; 0 where it is not."""


class Turns:
    """The requests under way and those that wait, of one process. Belongs to one event loop.

    `ways` are, if given, those that know what other processes tell.

    `on_wait` is told the job and, in a sentence, what it waits for; then "" once it goes on.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic, ways: Ways | None = None) -> None:
        self.ways = ways or Ways(clock)
        self.clock = self.ways.clock
        self.on_wait: Callable[[str, str], None] = lambda job, said: None
        self._waiting: list[_Waiter] = []
        self._numbers = count(1)
        self._alarm: asyncio.TimerHandle | None = None

    @property
    def health(self) -> Health:
        """Who is left alone."""
        return self.ways.health

    async def take(self, wish: Wish) -> Turn:
        """A turn for a request, as soon as it is its turn. Raises ProviderError where that is too long."""
        if not self._waiting or wish.asker.kind == "key" or not self._is_behind(wish):
            look = self._look(wish)
            if look.go:
                return self._begin(wish)
            if look.error is not None:
                raise look.error
        waiter = _Waiter(wish, next(self._numbers), self.clock(), asyncio.get_running_loop().create_future())
        self._waiting.append(waiter)
        self._waiting.sort(key=lambda one: (_RANK[one.wish.asker.kind], one.number))
        self._go_on()
        try:
            return await waiter.granted
        except asyncio.CancelledError:
            if waiter.granted.done() and not waiter.granted.cancelled() and not waiter.granted.exception():
                waiter.granted.result().left()  # it was granted in the very moment it was given up
            raise
        finally:
            if waiter in self._waiting:
                self._waiting.remove(waiter)
                self._go_on()
            if waiter.look.said:
                self.on_wait(wish.asker.job, "")

    def told(self, turn: Turn, rates: Rates) -> None:
        """What a reply says of the vendor's limits."""
        self.ways.told(turn.wish, turn.number, rates)
        if self._waiting:
            self._go_on()

    def end(self, turn: Turn) -> None:
        """A request is over."""
        turn.over = True
        self.ways.ended(turn.wish, turn.number)
        if self._waiting:
            self._go_on()

    def anew(self) -> None:
        """Something has changed, such as a key: what was known of vendors and their limits is forgotten, and
        who waits for them waits no longer."""
        self.ways.forget()
        if self._waiting:
            self._go_on()

    def tight(self, model: Model) -> bool:
        """Whether work that nobody waits for should leave a model alone: somebody waits, requests of others
        are under way, it has failed lately, or half of what its vendor lets us take is gone. Changes nothing.
        """
        return bool(self._waiting) or self.ways.tight(model)

    def _look(self, wish: Wish) -> Look:
        look = self.ways.look(wish)
        return self.ways.leads(wish) if look.go else look

    def _is_behind(self, wish: Wish) -> bool:
        """Whether somebody who goes first waits for the same vendor."""
        rank, provider = _RANK[wish.asker.kind], wish.model.provider
        return any(
            one.wish.model.provider == provider and _RANK[one.wish.asker.kind] <= rank
            for one in self._waiting
        )

    def _begin(self, wish: Wish) -> Turn:
        turn = Turn(self, wish, next(self._numbers), self.clock())
        turn.probes = self.ways.begins(wish, turn.number)
        return turn

    # -- who waits

    def _go_on(self) -> None:
        """Look at all who wait, in their order: let go who may, give up for whom it would be too long."""
        now, soonest = self.clock(), float("inf")
        behind: set[str] = set()
        for waiter in tuple(self._waiting):
            if waiter not in self._waiting:
                continue
            look = self._turn_of(waiter, behind, now)
            if look.go:
                self._settle(waiter, self._begin(waiter.wish))
            elif look.error is not None:
                self._settle(waiter, look.error)
            else:
                behind.add(bucket_of(waiter.wish.model) if look.seconds else _line(waiter))
                self._say(waiter, look, now)
                ends = waiter.wish.asker.until - now
                soonest = min(soonest, ends, look.seconds or ends, self.ways.again)
        if self._alarm is not None:
            self._alarm.cancel()
            self._alarm = None
        if soonest < float("inf"):
            self._alarm = asyncio.get_running_loop().call_later(max(soonest, 0.001), self._go_on)

    def _turn_of(self, waiter: _Waiter, behind: set[str], now: float) -> Look:
        """What is in the way of one who waits. Behind others of its line it stays, for as long as it may."""
        wish = waiter.wish
        if waiter.paused:
            wish.asker.waited += now - waiter.paused
            waiter.paused = 0.0
        look = self.ways.look(wish)
        if look.error is None and now >= wish.asker.until:
            return Look(error=too_late(wish, waiter.look))
        if look.go and (_line(waiter) in behind or bucket_of(wish.model) in behind):
            return Look(full=True, said=waiter.look.said)
        return self.ways.leads(wish) if look.go else look

    def _say(self, waiter: _Waiter, look: Look, now: float) -> None:
        if look.seconds:
            waiter.paused = now
        news = look.said and (not waiter.look.said or bool(look.seconds) != bool(waiter.look.seconds))
        waiter.look = look
        if news:
            self.on_wait(waiter.wish.asker.job, look.said)

    def _settle(self, waiter: _Waiter, found: Turn | ProviderError) -> None:
        self._waiting.remove(waiter)
        if waiter.granted.done():  # it was cancelled meanwhile
            if isinstance(found, Turn):
                found.left()
        elif isinstance(found, Turn):
            waiter.granted.set_result(found)
        else:
            waiter.granted.set_exception(found)


def _line(waiter: _Waiter) -> str:
    return f"{waiter.wish.model.provider}, {waiter.wish.asker.kind}"
