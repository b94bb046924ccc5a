"""What is in the way of a request: its vendor's pause, its vendor's limits, or those that are under way.

A vendor may be left alone (`health`), its limits may be used up, and so many requests at a time are enough
for it (`pacing`). The answer is to go on, to wait for how long, or that this would be too long. No I/O.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from counterpoint.errors import ProviderError, RateLimited
from counterpoint.health import BUSY, PATIENT_SECONDS, Closed, Health
from counterpoint.models import Model
from counterpoint.pacing import GO, Bucket, Kind, Limit, Need, bucket_of
from counterpoint.providers import Endpoint
from counterpoint.rates import Rates

PATIENCE: dict[tuple[Kind, bool], float] = {
    ("key", False): 0.0, ("key", True): 0.0,
    ("asked", False): 5.0, ("asked", True): 20.0,
    ("batch", False): 30.0, ("batch", True): 120.0,
}  # fmt: skip
"""Seconds that a question may wait for a vendor in all, by its kind and by whether there is no other model to
answer it."""
_SLACK = 0.25
"""Seconds by which a wait may be longer than the patience for it: what is measured twice differs a little."""
_TITLES = {"openai": "OpenAI", "anthropic": "Anthropic", "google": "Google"}


@dataclass
class Asker:
    """A question that waits for its turns: of a job, since a moment, until a moment at the latest. `waited`
    is what it has waited so far for vendors that asked for it, in seconds."""

    kind: Kind
    job: str
    arrived: float
    until: float
    waited: float = 0.0


@dataclass(frozen=True, slots=True)
class Wish:
    """A request that is to be sent: to `model`, taking `need` of its limits, one of at most `parallel` to
    this vendor at a time. `alone`: no other model would answer."""

    asker: Asker
    model: Model
    need: Need
    parallel: int
    alone: bool

    def bears(self, seconds: float) -> bool:
        """Whether it waits so long for its vendor."""
        return seconds <= PATIENCE[self.asker.kind, self.alone] - self.asker.waited + _SLACK


@dataclass(frozen=True, slots=True)
class Look:
    """What is in the way of a request: nothing, a while of `seconds`, a place (`full`), or for good an
    `error`. `said` is how it is told."""

    seconds: float = 0.0
    full: bool = False
    error: ProviderError | None = None
    said: str = ""

    @property
    def go(self) -> bool:
        return not (self.seconds or self.full or self.error)


CLEAR = Look()


class Ways:
    """The ways to all vendors, of one process. Moments are those of `clock`."""

    again = float("inf")
    """Seconds after which who waits looks again, since others may have told something."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self.clock = clock
        self.health = Health(clock)
        self._buckets: dict[str, Bucket] = {}
        self._limits: dict[str, Limit] = {}
        self._under_way: dict[str, dict[int, Kind]] = {}

    def limit(self, wish: Wish) -> Limit:
        """The number of requests that a vendor gets at a time."""
        most = max(1, wish.parallel)
        found = self._limits.get(wish.model.provider)
        if found is None or found.most != most:
            found = self._limits[wish.model.provider] = Limit(most)
        return found

    def bucket(self, model: Model) -> Bucket:
        """What is left of a model's limits."""
        return self.named(bucket_of(model))

    def named(self, name: str) -> Bucket:
        """The same by the name of the limits."""
        return self._buckets.setdefault(name, Bucket())

    def begins(self, wish: Wish, number: int) -> bool:
        """A request is about to be sent. True if the others wait for what becomes of it."""
        self._under_way.setdefault(wish.model.provider, {})[number] = wish.asker.kind
        self.bucket(wish.model).begins(number, wish.need, self.clock())
        return self.health.tries(wish.model)

    def told(self, wish: Wish, number: int, rates: Rates) -> None:
        """A reply has told these limits."""
        self.bucket(wish.model).told(number, rates, self.clock())

    def begun(self, wish: Wish, sent: float) -> None:
        """A question that was sent at a moment is being answered."""
        self.health.begun(wish.model, sent)

    def worked(self, wish: Wish, sent: float) -> None:
        """Its answer is whole."""
        self.health.worked(wish.model, sent)
        self.limit(wish).answered()

    def failed(self, wish: Wish, error: ProviderError, sent: float) -> None:
        """The vendor failed, or refused it."""
        self.health.failed(wish.model, error, sent)
        if isinstance(error, BUSY):
            self.limit(wish).too_much(sent, self.clock())

    def left(self, wish: Wish) -> None:
        """It was the one that tries whether a model is back, and nothing is known by it."""
        self.health.left(wish.model)

    def ended(self, wish: Wish, number: int) -> None:
        """A request is over."""
        self._under_way[wish.model.provider].pop(number, None)
        self.bucket(wish.model).ended(number)

    def forget(self) -> None:
        """Nothing is known of any vendor, but for what is under way."""
        self.health.forget()
        self._buckets.clear()
        self._limits.clear()

    def tight(self, model: Model) -> bool:
        """Whether requests to a model's vendor are under way, it has failed lately, or half of its limits is
        gone."""
        bucket, now = self._buckets.get(bucket_of(model)), self.clock()
        taken = any(one.now(now) < one.limit / 2 for one in bucket.levels.values()) if bucket else False
        return taken or bool(self._under_way.get(model.provider)) or self.health.troubled(model)

    async def meets(self, endpoint: Endpoint) -> None:
        """Questions go to a vendor there, with its key."""

    def hear(self) -> None:
        """Take in what others have told. Takes some microseconds."""

    def close(self) -> None:
        """Nobody asks any more, or for a while."""

    def leads(self, wish: Wish) -> Look:
        """What is in the way of a request with nothing in its way here: another process that is trying
        whether its model is back. Else this one does."""
        return CLEAR

    def others(self, wish: Wish) -> int:
        """How many requests of other processes are under way to its vendor, without completions."""
        return 0

    def look(self, wish: Wish) -> Look:
        """What is in the way of a request now."""
        closed = self.health.closed(wish.model)
        if closed is not None and not self._insists(wish, closed):
            return self.paused(wish, closed)
        bucket = self._buckets.get(bucket_of(wish.model))
        wait = GO if bucket is None else bucket.wait(wish.need, wish.asker.kind, self.clock())
        if not wait.fits and not wish.alone:
            return Look(error=_too_large(wish))
        if wait.seconds:
            return self._while(wish, wait.seconds)
        return self._place(wish)

    def _insists(self, wish: Wish, closed: Closed) -> bool:
        """Whether a question is sent to a model that is left alone: it was asked after its last failure, and
        no vendor has said when to come back. In the background that is done now and then only."""
        if closed.probed or closed.error.retry_after is not None or wish.asker.arrived < closed.since:
            return False
        return wish.asker.kind != "batch" or self.clock() >= closed.since + PATIENT_SECONDS

    def paused(self, wish: Wish, closed: Closed) -> Look:
        """What is in the way where a model is left alone."""
        again = closed.again()
        if wish.asker.kind == "key":
            return Look(error=again)
        may = closed.probed or waits(closed, wish.asker.kind, wish.alone)
        if may and wish.bears(0.0 if closed.probed else closed.left):
            title = _title(wish.model)
            said = f"{title} has asked for a pause: we go on in {max(1.0, closed.left):.0f} s."
            return Look(closed.left, said=said if closed.busy else f"{title} is being tried again.")
        return Look(error=again)

    def _while(self, wish: Wish, seconds: float) -> Look:
        title = _title(wish.model)
        said = f"{title} lets us go on in {max(1.0, seconds):.0f} s"
        if wish.bears(seconds):
            return Look(seconds, said=f"{said}.")
        fix = "Completions pause until then." if wish.asker.kind == "key" else "Ask again then."
        message = f"{said}: its limit for this key is used up."
        return Look(error=RateLimited(message, provider=wish.model.provider, fix=fix, retry_after=seconds))

    def _place(self, wish: Wish) -> Look:
        limit, kind = self.limit(wish), wish.asker.kind
        calls = self._under_way.get(wish.model.provider, {})
        keys = sum(1 for one in calls.values() if one == "key") if calls else 0
        # One request of each process goes, whatever others say: nobody is kept out by them for good.
        others = self.others(wish) if kind != "key" and len(calls) > keys else 0
        under_way = len(calls) + others
        if under_way < limit.now and (kind == "key" or under_way - keys < limit.room(kind)):
            return CLEAR
        title = _title(wish.model)
        number = "1 request is" if under_way == 1 else f"{under_way} requests are"
        said = f"{title} has enough to do, {number} under way"
        if kind == "key" and not keys:  # for a review to end nobody waits who types
            told = f"{said}: completions pause."
            return Look(error=RateLimited(told, provider=wish.model.provider, retry_after=1.0))
        return Look(full=True, said=f"{said}: this one waits for its turn.")


def waits(closed: Closed, kind: Kind, alone: bool) -> bool:
    """Whether a question of a kind waits for a model that is left alone, rather than go to another one."""
    if kind == "key" or not closed.busy or closed.left > PATIENCE[kind, alone]:
        return False
    return alone or kind == "batch" or closed.error.retry_after is not None


def _title(model: Model) -> str:
    return _TITLES.get(model.provider, model.label)


def _too_large(wish: Wish) -> RateLimited:
    title, need = _title(wish.model), wish.need
    what, fix = f"A prompt of about {need.input:,} tokens", "Ask about a smaller part."
    if need.most > need.input:  # which would be as large for the smallest part
        what = f"An answer that may take {need.most:,} tokens"
        fix = f"Ask {title} for higher limits for this key."
    said = f"{what} is more than {title} takes of this key at a time."
    return RateLimited(said, provider=wish.model.provider, fix=fix)


def too_late(wish: Wish, look: Look) -> RateLimited:
    return RateLimited(
        look.said or f"{_title(wish.model)} has taken no further request in time.",
        provider=wish.model.provider,
        fix="Ask again in a moment.",
    )
