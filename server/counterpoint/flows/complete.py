"""Completion while somebody types: what is at hand before a model, one call at a time, nothing stale.

`Completions` is the one thing here that remembers. A request is answered by the first of these: what is left
of a suggestion; the cache; a pattern of the file; a call under way whose text may begin with what was typed;
a call of its own, where `inline.when` finds it worth its price, after a pause that a further key ends.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable

from counterpoint.answers import Insertion
from counterpoint.engine import Engine, Reply
from counterpoint.errors import CounterpointError
from counterpoint.flows import calling, outcomes, retyped
from counterpoint.flows.at_hand import Certain, at_hand, by_nothing, by_pattern
from counterpoint.flows.deciding import decided
from counterpoint.flows.desk import Desk, Stream, Wanted
from counterpoint.flows.memory import Memory, OnEnd, nobody
from counterpoint.flows.telling import told
from counterpoint.inline.held import Suggestion
from counterpoint.inline.live import EAGER_LIVE, ask_anew
from counterpoint.inline.told import Told
from counterpoint.inline.when import Pace
from counterpoint.tasks import COMPLETE
from counterpoint.text import Document, Files, NoFiles, Situation, Span

logger = logging.getLogger(__name__)

_GRACE, _BURST = 0.001, 0.002
"""Seconds after a cancellation in which a change of the document tells that it came of typing. They are
waited out only where the client was seen to send the two in this order."""
_JUST_BEFORE = 0.05
_ORPHANED = 1.0
"""Seconds a call goes on for which nobody waits, while it may fit what is being typed."""
_LOOK_AGAIN = 0.5
_MOST_CALLS = 3
"""Calls one request may begin, each because the one before turned out not to fit."""


async def complete(engine: Engine, situation: Situation, *, job: str | None = None) -> Reply[Insertion]:
    """The text to insert at the cursor. Cancelling the task closes the socket. Raises as `Engine.ask`."""
    return await engine.ask(COMPLETE, situation, job=job)


class Completions:
    """The completions of one workspace. Touched by the event loop only.

    `certain` is what a pattern makes sure of, `ended` is told what became of
    each suggestion. `clock` is monotonic, in seconds.
    """

    def __init__(
        self,
        engine: Engine,
        *,
        certain: Certain = by_pattern,
        ended: OnEnd = nobody,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.engine = engine
        self.memory = Memory(clock, ended)
        self._certain = certain if engine.settings.completion.patterns else by_nothing
        self._clock = clock
        self._cancels_first = False
        self._desks: dict[str, Desk] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def pace(self) -> Pace:
        """The user's rhythm and the model's, as of now."""
        return self.memory.pace

    @property
    def live(self) -> int:
        """How many calls are under way."""
        return len(self._tasks)

    def document(self, path: str) -> Document | None:
        """An open document as it is now, if anything was asked for in it."""
        return desk.document if (desk := self._desks.get(path)) else None

    def told(self, path: str) -> tuple[Told, ...]:
        """What became of the last requests in a document, oldest first."""
        return tuple(desk.told) if (desk := self._desks.get(path)) else ()

    def skipped(self, situation: Situation, reason: str) -> None:
        """Remember why nothing was looked for."""
        desk = self._desks.setdefault(situation.document.path, Desk(situation.document))
        desk.told.append(told(Wanted.of(situation, self._clock()), self._clock(), reason=reason))

    async def suggest(self, situation: Situation, files: Callable[[], Files] = NoFiles) -> Suggestion | None:
        """What to show at a place, fitting the document as it is when this returns; None to show nothing.

        A newer request elsewhere in the document ends this one. Cancelling it leaves its call to the request
        that further typing brings, and closes it where nobody types. Raises CounterpointError.
        """
        desk = self._desks.setdefault(situation.document.path, Desk(situation.document))
        desk.document, desk.files, desk.quiet = situation.document, files, False
        wanted = Wanted.of(situation, self._clock())
        for other in desk.waiting:
            if other.moved or not other.same_place(wanted):
                other.over = "a newer request"
        desk.waiting.append(wanted)
        for stream in tuple(desk.live):
            if stream.serves(wanted.target, wanted.at) is None:
                self._close(stream)
        desk.wake()
        found: Suggestion | str = "cancelled"
        try:
            found = wanted.credited(await self._found(desk, wanted))
        except CounterpointError as error:
            found = error.code
            raise
        finally:
            self._leave(desk, wanted, found)
        if isinstance(found, str):
            return None
        return outcomes.shows(self.memory, desk, found, wanted.shown(found))

    async def _found(self, desk: Desk, wanted: Wanted) -> Suggestion | str:
        """The suggestion, or in few words why there is none."""
        while not wanted.over:
            found = at_hand(self.memory, desk, wanted, self._certain)
            if found is not None:
                return found
            if wanted.stream is not None and (failure := wanted.stream.failure) is not None:
                if isinstance(failure, CounterpointError):
                    raise failure
                return "failed"  # a fault of ours is in the log; who types has no use for it
            if (stream := self._serving(desk, wanted)) is not None:
                wanted.stream = stream
                await desk.happened(_LOOK_AGAIN)
                continue
            if wanted.moved:  # whoever types on asks anew
                return "typed on"
            decision = decided(self.engine.settings.completion, self.memory, wanted)
            if not decision.ask:
                return decision.reason
            if (left := wanted.until - self.memory.lead - self._clock()) > 0:
                wanted.stream = None
                await desk.happened(left)
                continue
            if wanted.begins >= _MOST_CALLS:
                return "typed past every answer"
            wanted.begins += 1
            wanted.stream = self._begin(desk, wanted.question(desk.files()), due=wanted.until)
        return wanted.over

    def _serving(self, desk: Desk, wanted: Wanted) -> Stream | None:
        """The call under way that is worth waiting for: one of which text has come, before any other."""
        mode, chance = self.engine.settings.completion.mode, self.memory.odds.chance
        for stream, typed in desk.serving(wanted.target, wanted.at):
            elapsed = self._clock() - (stream.sent or stream.begun)
            if stream.first is not None or not ask_anew(elapsed, typed, self.pace, chance, mode):
                return stream
        return None

    # -- calls

    def _begin(
        self, desk: Desk, situation: Situation, *, due: float | None = None, ahead: bool = False
    ) -> Stream:
        most = EAGER_LIVE if self.engine.settings.completion.mode == "eager" else 1
        for old in desk.live[: max(0, len(desk.live) - most + 1)]:
            self._close(old)
        stream = Stream(situation, self._clock(), due=due, ahead=ahead)
        desk.live.append(stream)
        work = calling.run(self.engine, self.memory, desk, stream, self._close, self._clock)
        stream.task = asyncio.create_task(work)
        self._tasks.add(stream.task)
        stream.task.add_done_callback(lambda task: self._ended(desk, stream, task))
        return stream

    def _close(self, stream: Stream) -> None:
        """End a call: its socket is closed, and the ledger has what it cost."""
        stream.over = True
        if stream.task is not None:
            stream.task.cancel()

    def _ended(self, desk: Desk, stream: Stream, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        desk.live.remove(stream)
        stream.over = True
        if not task.cancelled() and (failure := task.exception()) is not None:
            stream.failure = failure
            if not isinstance(failure, CounterpointError):
                logger.error("A completion failed with %s", type(failure).__name__)
        desk.wake()

    def _leave(self, desk: Desk, wanted: Wanted, found: Suggestion | str) -> None:
        """A request has ended: what becomes of the calls that nobody waits for now."""
        now = self._clock()
        ended = found if isinstance(found, Suggestion) else None
        reason = found if isinstance(found, str) else ""
        desk.told.append(told(wanted, now, found=ended, reason=reason))
        desk.waiting.remove(wanted)
        if desk.waiting or not desk.live:
            return
        if ended is not None:
            self._close_all(desk)
        elif reason != "cancelled" or now - desk.changed_at < _JUST_BEFORE:
            self._wait_for_interest(desk, _ORPHANED)
        elif self._cancels_first:
            self._wait_for_interest(desk, _GRACE)
        else:
            desk.cancelled_at = now
            self._close_all(desk)

    def _wait_for_interest(self, desk: Desk, seconds: float) -> None:
        """Close the calls of a document if nobody asks for them within so long."""
        since = self._clock()

        def nobody_came() -> None:
            desk.alarm = None
            if desk.waiting:
                return
            if desk.changed_at >= since and seconds < _ORPHANED:
                self._wait_for_interest(desk, _ORPHANED)
            else:
                self._close_all(desk)

        if desk.alarm is not None:
            desk.alarm.cancel()
        desk.alarm = asyncio.get_running_loop().call_later(seconds, nobody_came)

    def _close_all(self, desk: Desk, *, ahead: bool = False) -> None:
        for stream in tuple(desk.live):
            if ahead or not stream.ahead:
                self._close(stream)

    # -- what happens in the editor

    def changed(self, document: Document) -> None:
        """A document has changed. Calls that cannot fit any more are closed before this returns."""
        desk = self._desks.get(document.path)
        if desk is None:
            return
        before, desk.document = desk.document, document
        desk.changed_at = self._clock()
        self._cancels_first = self._cancels_first or desk.changed_at - desk.cancelled_at < _BURST
        self.memory.key(document.path)
        retyped.follow(self.memory, desk, before)
        for stream in tuple(desk.live):
            if not stream.follow(document):
                self._close(stream)
        for wanted in desk.waiting:
            wanted.follow(document)
        self._ahead(desk, outcomes.after_change(self.memory, desk, before, desk.changed_at))
        desk.wake()

    def accepted(self, job: str, part: str = "") -> None:
        """The user took a suggestion, or `part` of it; what follows is asked for ahead of need."""
        for desk in self._desks.values():
            self._ahead(desk, outcomes.accepted(self.memory, desk, job, part, self._clock()))

    def rejected(self, job: str) -> None:
        """The user turned a suggestion down: its like is not offered here for a while."""
        for desk in self._desks.values():
            outcomes.rejected(self.memory, desk, job, self._clock())

    def _ahead(self, desk: Desk, place: int | None) -> None:
        """Ask for what follows a text that was just taken, at most one call at a time."""
        settings = self.engine.settings.completion
        if place is None or desk.quiet or not settings.follow_up or any(one.ahead for one in desk.live):
            return
        situation = Situation(desk.document, Span(place, place), trigger="automatic")
        wanted = Wanted.of(situation, self._clock())
        nothing = at_hand(self.memory, desk, wanted, self._certain) is None
        if nothing and decided(settings, self.memory, wanted).ask:
            self._begin(desk, wanted.question(desk.files()), ahead=True)

    def closed(self, path: str) -> None:
        """A document was closed."""
        if (desk := self._desks.pop(path, None)) is not None:
            outcomes.leaves(self.memory, desk)
            self._clear(desk, "the document was closed")

    def stop(self, why: str = "paused") -> None:
        """Close all calls and answer all requests with nothing. Later requests are served as ever."""
        for desk in self._desks.values():
            self._clear(desk, why)

    def _clear(self, desk: Desk, why: str) -> None:
        desk.quiet = True
        for wanted in desk.waiting:
            wanted.over = why
        self._close_all(desk, ahead=True)
        if desk.alarm is not None:
            desk.alarm.cancel()
        desk.wake()

    async def close(self) -> None:
        """As `stop`, and wait until every call has ended."""
        self.stop("the workspace was closed")
        while self._tasks:
            await asyncio.wait(tuple(self._tasks))
