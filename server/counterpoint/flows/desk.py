"""What is under way for one open document: calls, the requests that wait for them, what was shown last.

Touched by the event loop only. A call belongs to no request: a request that is cancelled leaves it, and a
later one finds it. Decisions are made by pure functions of `inline`.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from counterpoint.answers import Insertion
from counterpoint.calls import Call
from counterpoint.engine import new_job
from counterpoint.inline.held import Source, Suggestion, closed_behind, end_now, rest_of, typed_since
from counterpoint.inline.live import may_begin
from counterpoint.inline.told import Told
from counterpoint.inline.when import Decision
from counterpoint.insertion import Gone, Past, insertion
from counterpoint.plan import Plan
from counterpoint.text import Document, Edit, Files, NoFiles, Situation, Span, apply

_RING = 32
_KEPT = 8
_PAST = 8
_LATELY = 60.0
"""Seconds for which a text that was taken away is not offered again."""


def as_selected(situation: Situation) -> Situation:
    """As if the entry selected in the editor's own list had been taken: what is shown must extend it."""
    if situation.selected is None:
        return situation
    span, text = situation.selected
    document = situation.document
    after = Document.of(
        document.path, apply(document.text, [Edit(span, text)]), document.language, document.version
    )
    end = span.start + len(text)
    return replace(situation, document=after, span=Span(end, end))


class Stream:
    """A call under way. `asked` is what the model is asked, `document` and `span` what its text replaces,
    and `lead` what that text begins with where an entry of the editor's list is selected."""

    def __init__(
        self, situation: Situation, begun: float, *, due: float | None = None, ahead: bool = False
    ) -> None:
        """`due` is when it may be sent, by the clock of `begun`: until then only its prompt is made."""
        self.asked = as_selected(situation)
        self.document = situation.document
        self.span, self.lead = situation.selected or (situation.span, "")
        self.begun = begun
        self.due = begun if due is None else due
        self.sent: float | None = None
        self.ahead = ahead
        self.job = f"ahead-{new_job()}" if ahead else new_job()
        self.raw = ""
        self.typed: str | None = ""
        """What was typed since, as of the newest version of the document."""
        self.plan: Plan | None = None
        self.planned: float | None = None
        self.first: float | None = None
        self.streamed: float | None = None
        self.done: float | None = None
        self.fired: tuple[str, ...] = ()
        self.calls: list[Call] = []
        self.task: asyncio.Task[None] | None = None
        self.failure: BaseException | None = None
        self.over = False
        line = self.asked.document.text[: self.asked.span.start].rpartition("\n")[2]
        self._line = line.rstrip("\r")
        self._begins = ""

    @property
    def late(self) -> str:
        """Why the workspace's code is missing from the prompt; empty where it is not."""
        left_out = self.plan.selection.left_out if self.plan is not None else ()
        return next((why for what, why in left_out if what == "workspace"), "")

    def follow(self, now: Document) -> bool:
        """Take note of a new version of the document; False if the text can fit no more, or if there is none
        yet to lose: what has not been sent costs nothing."""
        self.typed = typed_since(self.document, self.span, now, end_now(self.document, self.span, now))
        return self.sent is not None and self.fits(self.typed)

    def serves(self, document: Document, offset: int) -> str | None:
        """What was typed up to a place of the document, if the text may go on there."""
        end = end_now(self.document, self.span, document)
        typed = typed_since(self.document, self.span, document, end)
        behind = end - offset
        if typed is None or not 0 <= behind <= closed_behind(typed):
            return None
        typed = typed[: len(typed) - behind]
        return typed if self._may_begin(typed) else None

    def fits(self, typed: str | None) -> bool:
        """Whether the text may begin so, with or without the closing marks an editor adds by itself."""
        if typed is None:
            return False
        return any(self._may_begin(typed[: len(typed) - n]) for n in range(closed_behind(typed) + 1))

    def _may_begin(self, typed: str) -> bool:
        if len(typed) <= len(self.lead):
            return self.lead.startswith(typed)
        typed = typed.replace("\r\n", "\n")
        if not typed.startswith(self.lead):
            return False
        typed = typed[len(self.lead) :]
        # What was seen to begin so still does when more has come; to filter it anew costs a millisecond.
        if typed and self._begins.startswith(typed):
            return True
        return may_begin(self.raw, typed, self._line, self._cleaned)

    def _cleaned(self) -> str:
        self._begins = insertion(self.raw, self.asked).text.replace("\r\n", "\n")
        return self._begins

    def suggestion(self, answer: Insertion, label: str) -> Suggestion:
        whole = replace(answer, text=self.lead + answer.text, span=self.span)
        return Suggestion(self.document, whole, self.job, label, "ahead" if self.ahead else "stream")


@dataclass(eq=False)
class Wanted:
    """A request that waits. `target` and `at` are where the model would be asked; `document` and `offset`
    the same place in the document as it is now, which may be some keys further."""

    situation: Situation
    begun: float
    target: Document
    at: int
    document: Document
    offset: int
    decision: Decision | None = None
    until: float = 0.0
    stream: Stream | None = None
    begins: int = 0
    looked: bool = False
    """True once a pattern of the document was looked for."""
    over: str = ""
    """Why nobody waits for it any more."""

    @classmethod
    def of(cls, situation: Situation, now: float) -> Wanted:
        asked = as_selected(situation)
        document, offset = situation.document, situation.span.start
        return cls(situation, now, asked.document, asked.span.start, document, offset)

    @property
    def invoked(self) -> bool:
        return self.situation.trigger == "invoked"

    def same_place(self, other: Wanted) -> bool:
        return self.at == other.at and self.target.lines == other.target.lines

    @property
    def moved(self) -> bool:
        """True once text was typed at the place since it was asked about."""
        return self.document is not self.situation.document

    def follow(self, now: Document) -> None:
        """The document has changed: who waits for a call that may still fit waits on, else it is over."""
        if now.lines == self.document.lines:
            return
        offset = self.offset + len(now.text) - len(self.document.text)
        typed = typed_since(self.document, Span(self.offset, self.offset), now, offset)
        if self.stream is None or self.stream.over or typed is None:
            self.over = "typed on"
            return
        self.document, self.offset = self.target, self.at = now, offset

    def question(self, files: Files) -> Situation:
        """What a model is to be asked."""
        return replace(self.situation, files=files)

    def credited(self, found: Suggestion | str) -> Suggestion | str:
        """With the source told as it is: a call made for this very request was begun for no earlier one."""
        stream = self.stream if self.begins else None
        if isinstance(found, Suggestion) and stream is not None and stream.job == found.job:
            return replace(found, source="model")
        return found

    def shown(self, found: Suggestion) -> Suggestion:
        """As the client has to have it: what extends a selected entry of its list replaces that entry."""
        if self.situation.selected is None or self.moved:
            return found
        span, text = self.situation.selected
        whole = replace(found.insertion, text=text + found.insertion.text, span=span)
        return replace(found, document=self.document, insertion=whole)


@dataclass(eq=False)
class Desk:
    """One document."""

    document: Document
    live: list[Stream] = field(default_factory=list)
    waiting: list[Wanted] = field(default_factory=list)
    kept: deque[Suggestion] = field(default_factory=lambda: deque(maxlen=_KEPT))
    """What calls have given, newest first, whether it was shown or not."""
    shown: Suggestion | None = None
    whole: Suggestion | None = None
    """The same as the client has it, with the entry of its list that it extends."""
    typed: str = ""
    """How much of what was shown last has been typed since."""
    along: int = 0
    """Characters of the same suggestion typed before that."""
    refused: deque[tuple[Gone, float]] = field(default_factory=lambda: deque(maxlen=_PAST))
    deleted: deque[tuple[Gone, float]] = field(default_factory=lambda: deque(maxlen=_PAST))
    taken: tuple[Suggestion, float] | None = None
    """A suggestion said to be accepted whose text is still to come, and since when."""
    told: deque[Told] = field(default_factory=lambda: deque(maxlen=_RING))
    line: tuple[int, str] | None = None
    """The line that is being typed, 0-based, and what it was before."""
    files: Callable[[], Files] = NoFiles
    quiet: bool = False
    """True from a pause on until the next request: nothing is asked ahead of need."""
    changed_at: float = float("-inf")
    cancelled_at: float = float("-inf")
    """When calls were last closed because a request for them was cancelled."""
    alarm: asyncio.TimerHandle | None = None
    _sleepers: set[asyncio.Future[None]] = field(default_factory=set)

    def wake(self) -> None:
        """Let everything that waits look again."""
        for sleeper in self._sleepers:
            if not sleeper.done():
                sleeper.set_result(None)

    async def happened(self, seconds: float | None = None) -> None:
        """Wait until something has happened, at most so long."""
        loop = asyncio.get_running_loop()
        sleeper: asyncio.Future[None] = loop.create_future()
        timer = None if seconds is None else loop.call_later(seconds, _woken, sleeper)
        self._sleepers.add(sleeper)
        try:
            await sleeper
        finally:
            self._sleepers.discard(sleeper)
            if timer is not None:
                timer.cancel()

    def held(self, document: Document, offset: int) -> Suggestion | None:
        """What is left here of what was given before: the newest, or the newest that nobody doubts."""
        doubtful = None
        for one in self.kept:
            if (left := rest_of(one, document, offset)) is not None:
                left = replace(left, source=self._source(one))
                if not left.doubts:
                    return left
                doubtful = doubtful or left
        return doubtful

    def _source(self, one: Suggestion) -> Source:
        again = self.shown is not None and one.job == self.shown.job
        return "cache" if again and one.source != "pattern" else one.source

    def serving(self, document: Document, offset: int) -> list[tuple[Stream, str]]:
        """The calls under way that may serve a place, with text first; and what was typed meanwhile."""
        calls = (one for one in self.live if not one.over)
        found = [(one, typed) for one in calls if (typed := one.serves(document, offset)) is not None]
        return sorted(found, key=lambda pair: (pair[0].first is None, pair[0].begun))

    def past(self, now: float) -> Past:
        """What was lately taken away or turned down here."""

        def lately(gone: deque[tuple[Gone, float]]) -> tuple[Gone, ...]:
            return tuple(one for one, at in gone if now - at < _LATELY)

        return Past(lately(self.deleted), lately(self.refused))

    def forget(self, job: str) -> None:
        """Nothing of a job is offered again."""
        left = [one for one in self.kept if one.job != job]
        self.kept.clear()
        self.kept.extend(left)
        if self.shown is not None and self.shown.job == job:
            self.shown = None


def _woken(sleeper: asyncio.Future[None]) -> None:
    if not sleeper.done():
        sleeper.set_result(None)
