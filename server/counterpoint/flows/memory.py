"""What the completions of a workspace remember: answers by place, outcomes, a user's rhythm, costs.

In memory and bounded. Nothing here is written to disk.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict, deque
from collections.abc import Callable, Iterable
from typing import Literal, TypeAlias

from counterpoint.calls import Call
from counterpoint.inline import rhythm
from counterpoint.inline.cache import Cache, Entry, Kin
from counterpoint.inline.held import Suggestion
from counterpoint.inline.live import Odds
from counterpoint.inline.patterns import Change
from counterpoint.inline.when import Moment, Pace
from counterpoint.models import Model, Usage, cost_of
from counterpoint.plan import Plan
from counterpoint.text import Document

Over: TypeAlias = Literal["accepted", "partly", "rejected", "ignored"]
What: TypeAlias = Over | Literal["part"]
OnEnd: TypeAlias = Callable[[Suggestion, What, int], None]
"""Told of a suggestion that is over, how it ended, and how many of its characters were typed or taken; and
of each "part" that was taken of one that is not over, as a suggestion of its own."""

_BEFORE, _AFTER = 4_000, 1_000
_RECENT = 40
_OUTCOMES, _FILES = 256, 128
_TOKENS_WRITTEN = 40
_USUAL_LEAD, _MOST_LEAD = 0.01, 0.04
_CACHED = 0.75
"""Share of a prompt that the vendor has in its prefix cache, from the second call in a file on."""
_LEARNS = 0.25
"""How much the last call counts in what the next should cost."""
_USUAL_USD = 0.004
"""What a call costs, until one was made."""


def nobody(shown: Suggestion, what: What, typed: int) -> None:
    """Where nobody wants to know."""


class Memory:
    """Touched by the event loop only. `clock` is monotonic, in seconds."""

    def __init__(self, clock: Callable[[], float], ended: OnEnd = nobody) -> None:
        self.cache = Cache()
        self.odds = Odds()
        self.recent: deque[Change] = deque(maxlen=_RECENT)
        """The last lines typed in any document, the latest last."""
        self.late = 0
        """How many calls went without what the workspace did not find in time."""
        self.lead = _USUAL_LEAD
        """Seconds it takes to make a prompt, by the latest."""
        self.refused = ""
        """Why the budget holds completions, as the user is told; "" once a model has answered again."""
        self._clock = clock
        self._rhythm = rhythm.Rhythm()
        self._pace: Pace | None = None
        self._kin = Kin()
        self._usd: OrderedDict[str, float] = OrderedDict()
        self._cold: dict[str, int] = {}
        self._last_key: tuple[str, float] = ("", 0.0)
        self._outcomes: OrderedDict[bytes, tuple[Over, float]] = OrderedDict()
        self._noted = ""
        self._ended = ended

    # -- rhythm

    @property
    def pace(self) -> Pace:
        if self._pace is None:
            self._pace = rhythm.pace(self._rhythm)
        return self._pace

    def _changed(self, changed: rhythm.Rhythm) -> None:
        self._rhythm, self._pace = changed, None

    def now(self) -> float:
        """What the clock says."""
        return self._clock()

    def key(self, path: str) -> None:
        """A document was changed just now."""
        now = self._clock()
        last, at = self._last_key
        if last == path:
            self._changed(rhythm.with_gap(self._rhythm, now - at))
        self._last_key = (path, now)

    def first_token(self, seconds: float) -> None:
        """A call has brought its first text, so long after it was begun."""
        self._changed(rhythm.with_first_token(self._rhythm, seconds))

    # -- what calls cost

    def planned(self, path: str, plan: Plan, seconds: float) -> None:
        """A call is about to be made: whose answers it will give, what it should cost at most, and how long
        its prompt took."""
        self.lead += (min(seconds, _MOST_LEAD) - self.lead) / 4
        self._kin = Kin(plan.candidate.model.name, _digest(plan.rendered.system).hex())
        if path not in self._usd:
            self._cost(path, _usual_usd(plan.candidate.model, plan.input_tokens))

    def paid(self, path: str, calls: Iterable[Call]) -> None:
        """Calls have ended. One cut off before the vendor named its tokens says nothing of the next, nor does
        a single one that found nothing cached: the prefix was new, or had been dropped meanwhile."""
        for call in calls:
            self._changed(rhythm.with_spent(self._rhythm, call.cost_usd))
            if call.usage.estimated or not call.usage.input_tokens:
                continue
            cold = 0 if call.usage.cached_tokens else self._cold.get(path, 0) + 1
            self._cold[path] = cold
            if cold != 1:
                expected = self.expected_usd(path)
                self._cost(path, expected + _LEARNS * (call.cost_usd - expected))

    def _cost(self, path: str, usd: float) -> None:
        self._usd[path] = usd
        self._usd.move_to_end(path)
        while len(self._usd) > _FILES:
            self._cold.pop(self._usd.popitem(last=False)[0], None)

    def expected_usd(self, path: str) -> float:
        """What the next call for a file should cost, by the last few."""
        latest = next(reversed(self._usd.values()), _USUAL_USD)
        return self._usd.get(path, latest)

    # -- places

    def cached(self, document: Document, offset: int) -> Entry | None:
        return self.cache.get(self._kin, document, offset, self._clock())

    def keep(self, document: Document, offset: int, entry: Entry) -> None:
        self.cache.put(self._kin, document, offset, entry, self._clock())

    def shows(self, job: str) -> None:
        """A suggestion is shown, for the first time or again after it had ended: it will end anew."""
        if self._noted == job:
            self._noted = ""

    def outcome(self, shown: Suggestion, what: Over, typed: int) -> None:
        """How a suggestion ended, `typed` characters of it typed or taken; the first that is said counts."""
        if shown.job == self._noted:
            return
        self._noted = shown.job
        self._ended(shown, what, typed)
        key = _place(shown.document, shown.insertion.span.start)
        self._outcomes.pop(key, None)
        self._outcomes[key] = (what, self._clock())
        while len(self._outcomes) > _OUTCOMES:
            self._outcomes.popitem(last=False)
        self._changed(rhythm.with_outcome(self._rhythm, what in ("accepted", "partly")))

    def part(self, taken: Suggestion) -> None:
        """A part of a suggestion was taken."""
        self._ended(taken, "part", len(taken.insertion.text))

    def moment(self, document: Document, offset: int, *, invoked: bool) -> Moment:
        """A place as `decide` sees it."""
        text = document.text
        known = self._outcomes.get(_place(document, offset))
        return Moment(
            before=text[max(0, offset - _BEFORE) : offset],
            after=text[offset : offset + _AFTER],
            language=document.language,
            last_outcome=known[0] if known else "",
            since_seconds=self._clock() - known[1] if known else 0.0,
            invoked=invoked,
        )


def _place(document: Document, offset: int) -> bytes:
    """A place known by the lines that lead to it, white space aside."""
    line = document.position(offset).line
    start = document.starts[max(0, line - 1)]
    return _digest(f"{document.path}\0{' '.join(document.text[start:offset].split())}")


def _usual_usd(model: Model, input_tokens: int) -> float:
    caches = 0 < model.cache_min_tokens <= input_tokens
    cached = int(_CACHED * input_tokens) if caches else 0
    return cost_of(model, Usage(input_tokens, _TOKENS_WRITTEN, cached))


def _digest(text: str) -> bytes:
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=12).digest()
