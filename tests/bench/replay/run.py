"""One passage typed by one user with one policy, on a clock of its own: what it costs and what it saves.

The user looks at what is shown, types on along it, and takes it once it has been there long enough to be
read, if at least three characters are left of it and its first line is right: the whole of it if all is
right, else the first line. A suggestion that is wrong is typed past.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from math import exp, log
from typing import Literal

from counterpoint.answers import Insertion
from counterpoint.inline import held
from counterpoint.inline.held import Suggestion
from counterpoint.inline.live import ask_anew
from counterpoint.inline.patterns import certain
from counterpoint.inline.rhythm import pace, with_first_token, with_gap, with_outcome, with_spent
from counterpoint.inline.when import Moment
from counterpoint.models import Usage, cost_of
from counterpoint.text import Document, Span
from tests.bench.replay.commits import Passage
from tests.bench.replay.hands import Key, keys_of
from tests.bench.replay.model import Scripted, first_line_right
from tests.bench.replay.policies import Rule
from tests.bench.replay.world import Call, Tally, User, World

_THINKING = 0.5
"""Seconds from which a gap is not typing: it is not saved by a suggestion."""
_WRONG = 0.1
"""Seconds of attention a suggestion costs that appears and is wrong."""


@dataclass
class _Shown:
    suggestion: Suggestion
    since: float
    source: str
    call: Call | None


class Typing:
    """One passage being typed. `played` does it."""

    def __init__(self, passage: Passage, rule: Rule, world: World, user: User, tally: Tally) -> None:
        self.passage, self.rule, self.world, self.user, self.tally = passage, rule, world, user, tally
        self.scripted = Scripted(passage, world.seed)
        self.live: list[Call] = []
        self.finished: list[tuple[Call, Suggestion]] = []
        self.shown: _Shown | None = None
        self.outcomes: dict[int, tuple[Literal["accepted", "ignored", ""], float]] = {}
        self.last_call = -99.0
        self.key = Key(0, 0.0)

    def played(self) -> None:
        """Type it all."""
        keys = keys_of(self.passage.text, self.passage.key)
        typed, at = 0, 0
        while at < len(keys):
            key = keys[at]
            at += 1
            if key.typed < typed or (
                key.typed == typed and not key.slip and at > 1 and not keys[at - 2].slip
            ):
                continue
            typed = max(typed, key.typed)
            self.tally.keys += 1
            accepted = self._at_key(key)
            while accepted:
                before = typed
                typed += accepted
                self.tally.keys += 1
                self._saved(keys, before, typed)
                key = Key(typed, next((one.gap for one in keys if one.typed >= typed), 1.0))
                accepted = self._at_key(key, after_accept=True)
        self.tally.characters += len(self.passage.text)
        for call in self.live:
            self._close(call, call.done)
        self.user.now += 2.0

    def _saved(self, keys: list[Key], before: int, typed: int) -> None:
        gaps = (one.gap for one in keys if before < one.typed <= typed and one.gap < _THINKING)
        self.tally.saved += sum(gaps) - self.world.reading
        self.tally.kept += typed - before
        self.tally.accepted += 1

    # -- one key -----------------------------------------------------------------------------------------

    def _at_key(self, key: Key, after_accept: bool = False) -> int:
        """What happens from a key to the next. How many characters the user accepts before it, if any."""
        self.key = key
        start, end = self.user.now, self.user.now + key.gap
        document, offset = self._document(key)
        self._forget(document, offset, start, key, after_accept)
        asks = None
        if self.shown is None and self.rule.mode is not None and not key.slip:
            self._certain(key, document, offset, start)
        if self.shown is None:
            asks = self._ask_at(key, start, after_accept)
        taken = self._until(key, start, end, asks, document, offset)
        self.user.rhythm = with_gap(self.user.rhythm, key.gap) if not after_accept else self.user.rhythm
        return taken

    def _forget(self, document: Document, offset: int, now: float, key: Key, after_accept: bool) -> None:
        """Drop what no longer fits; bring back what fits again."""
        if self.shown is not None:
            left = held.rest_of(self.shown.suggestion, document, offset) if self.rule.through else None
            if left is None:
                if not after_accept and not self._typed_out(document, offset):
                    self.user.rhythm = with_outcome(self.user.rhythm, False)
                    self.outcomes[self._line(key.typed)] = ("ignored", now)
                self.shown = None
        for call in list(self.live):
            typed = self._since(call, key)
            fits = typed is not None and held.may_fit(call.so_far(now), typed)
            if typed and now >= call.first and not call.judged:
                call.judged = True
                self.user.odds.add(fits)
            if not fits and self.rule.closes:
                self._close(call, now)
        if self.shown is None and self.rule.through:
            for call, suggestion in reversed(self.finished):
                left = held.rest_of(suggestion, document, offset)
                if left is not None:
                    self._show(suggestion, left, now, "through" if after_accept else "cache", call)
                    break

    def _certain(self, key: Key, document: Document, offset: int, now: float) -> None:
        """Show what a pattern of the file makes certain."""
        place, known = (self.passage.key, key.typed), self.world.certain
        if place not in known:
            offered = certain(Document.of(document.path, document.text, document.language), offset)
            known[place] = offered.text if offered else None
        text = known[place]
        if text:
            found = Suggestion(document, Insertion(text, Span(offset, offset)), "", "", "pattern")
            self._show(found, found, now, "pattern", None)

    def _typed_out(self, document: Document, offset: int) -> bool:
        """Whether what is shown was right, and the user has typed all of it."""
        if self.shown is None:
            return False
        whole = self.shown.suggestion
        typed = held.typed_since(whole.document, whole.insertion.span, document, offset)
        return typed is not None and typed.startswith(whole.insertion.text)

    def _ask_at(self, key: Key, start: float, after_accept: bool) -> float | None:
        """When a call is begun if no key comes before, or None for not at all."""
        line = self._line(key.typed)
        outcome, when = self.outcomes.get(line, ("", 0.0))
        before = (self.passage.before + self.passage.text[: key.typed] + key.slip)[-4000:]
        moment = Moment(
            before,
            self.passage.after,
            self.passage.language,
            last_outcome=outcome,
            since_seconds=start - when,
        )
        self.moment = moment
        decision = self.rule.decide(moment, self.user.rhythm, self._usd())
        if not decision.ask:
            return None
        if after_accept and self.rule.follows:
            return start
        return max(start + decision.delay, self.last_call + self.rule.every)

    def _until(
        self, key: Key, start: float, end: float, asks: float | None, document: Document, offset: int
    ) -> int:
        """Play the events of one gap in their order."""
        now = start
        while True:
            arrival = min(
                (one.done for one in self.live if one.closed is None and one.done > now), default=None
            )
            look = max(now, self.shown.since + self.world.reading) if self.shown else None
            if look is not None and self._right(key) < 3:
                look = None
            events = [one for one in (arrival, look, asks) if one is not None and one < end]
            if not events:
                break
            now = min(events)
            if now == look:
                return self._accept(key, now)
            if now == arrival:
                self._arrives(key, now, document, offset)
                if self.shown is not None:
                    asks = None
                continue
            asks = self._asked(key, now)
        self.user.now = end
        return 0

    def _asked(self, key: Key, now: float) -> float | None:
        """Begin a call, or wait for one that may fit. When to look again, or None."""
        running = [one for one in self.live if one.closed is None and one.done > now]
        if self.rule.alone and running:
            return now + 0.1
        fits = [one for one in running if self._worth_waiting(one, key, now)]
        if fits:
            return min(one.first if one.first > now else one.done for one in fits) + 1e-6
        if self.rule.closes:
            for one in running[: len(running) + 1 - self.rule.calls]:
                self._close(one, now)
        self._begin(key, now)
        return None

    def _worth_waiting(self, call: Call, key: Key, now: float) -> bool:
        """Whether a call under way may serve this place, and no new one would be sooner."""
        since = self._since(call, key)
        if not self.rule.waits or since is None or not held.may_fit(call.so_far(now), since):
            return False
        if self.rule.mode is None or now >= call.first:
            return True
        user = self.user
        return not ask_anew(now - call.began, since, pace(user.rhythm), user.odds.chance, self.rule.mode)

    # -- calls -------------------------------------------------------------------------------------------

    def _begin(self, key: Key, now: float) -> None:
        chance = random.Random(f"{self.world.seed}:{self.passage.key}:{key.typed}:time")
        first = exp(chance.gauss(log(self.world.first_token), self.world.spread))
        text = self.scripted.answer(key.typed)
        seconds = len(text) / self.world.model.characters_per_token / self.world.tokens_per_second
        self.live.append(Call(now, now + first, now + first + seconds, key.typed, text, key.slip))
        self.last_call = now
        self.tally.calls += 1
        self.user.rhythm = with_first_token(self.user.rhythm, first)
        self._bill_input(now)

    def _usd(self) -> float:
        """What a call is expected to cost: as much as the last one."""
        world = self.world
        return cost_of(world.model, Usage(world.prompt_tokens, 20, self._cacheable()))

    def _cacheable(self) -> int:
        return (self.world.prompt_tokens - self.world.fresh_tokens) // 128 * 128

    def _bill_input(self, now: float) -> None:
        last = self.user.asked.get(self.passage.path)
        cached = self._cacheable() if last is not None and now - last < self.world.keeps else 0
        self.user.asked[self.passage.path] = now
        self._pay(Usage(self.world.prompt_tokens, 0, cached))
        self.tally.input_tokens += self.world.prompt_tokens
        self.tally.cached_tokens += cached

    def _pay(self, usage: Usage) -> None:
        usd = cost_of(self.world.model, usage)
        self.tally.usd += usd
        self.user.rhythm = with_spent(self.user.rhythm, usd)

    def _close(self, call: Call, now: float) -> None:
        """The call ends here: what it has written by now is paid for."""
        if call.closed is not None:
            return
        call.closed = now
        written = len(call.so_far(now))
        tokens = -(-written // self.world.model.characters_per_token)
        self._pay(Usage(0, int(tokens)))
        self.tally.bought += written
        self.live = [one for one in self.live if one is not call]

    def _arrives(self, key: Key, now: float, document: Document, offset: int) -> None:
        call = min(
            (one for one in self.live if one.closed is None and one.done >= now), key=lambda one: one.done
        )
        call_document, call_offset = self._document(Key(call.typed, 0.0))
        suggestion = Suggestion(
            call_document, Insertion(call.text, Span(call_offset, call_offset)), "", self.world.model.name
        )
        self._close(call, now)
        if call.slip:  # what was asked amid a slip has nothing for the text as it is meant
            return
        self.finished = [*self.finished[-7:], (call, suggestion)]
        if self.shown is not None:
            return
        left = held.rest_of(suggestion, document, offset)
        source = "model" if call.typed == key.typed and not key.slip else "stream"
        if left is not None and (self.rule.through or source == "model"):
            self._show(suggestion, left, max(now, self.user.now + self.rule.hold), source, call)

    # -- what is shown -----------------------------------------------------------------------------------

    def _show(self, whole: Suggestion, left: Suggestion, now: float, source: str, call: Call | None) -> None:
        self.shown = _Shown(whole, now, source, call)
        if call is not None:
            if call.shown:
                return
            call.shown = True
            self.tally.seen += len(call.text)
        self.tally.shown[source] += 1
        text, true = left.insertion.text, self.passage.text[self.key.typed :]
        exact = not self.key.slip and true.startswith(text)
        right = not self.key.slip and (exact or first_line_right(text, true))
        self.tally.right[source] += right
        self.tally.exact[source] += exact
        if not right:
            self.tally.saved -= _WRONG

    def _right(self, key: Key) -> int:
        """Characters the user would take of what is shown."""
        if self.shown is None or key.slip:
            return 0
        document, offset = self._document(key)
        left = held.rest_of(self.shown.suggestion, document, offset)
        if left is None:
            return 0
        text, true = left.insertion.text, self.passage.text[key.typed :]
        if true.startswith(text):
            return len(text)
        if not first_line_right(text, true):
            return 0
        lead = len(text) - len(text.lstrip("\n"))
        return lead + len(text.lstrip("\n").partition("\n")[0])

    def _accept(self, key: Key, now: float) -> int:
        size = self._right(key)
        self.user.now = now
        self.user.rhythm = with_outcome(self.user.rhythm, True)
        self.outcomes[self._line(key.typed + size)] = ("accepted", now)
        if self.shown is not None and self.shown.call is not None and self.shown.call in self.live:
            self._close(self.shown.call, now)
        self.shown = None
        return size

    # -- the document ------------------------------------------------------------------------------------

    def _document(self, key: Key) -> tuple[Document, int]:
        before = self.passage.before + self.passage.text[: key.typed] + key.slip
        return Document(self.passage.path, self.passage.language, (before + self.passage.after,)), len(before)

    def _line(self, typed: int) -> int:
        return self.passage.text.count("\n", 0, typed)

    def _since(self, call: Call, key: Key) -> str | None:
        if call.slip:
            return "" if (key.typed, key.slip) == (call.typed, call.slip) else None
        return None if key.typed < call.typed else self.passage.text[call.typed : key.typed] + key.slip
