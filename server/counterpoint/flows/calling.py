"""One call for a completion from its beginning to what is kept of it; judged at every piece of its text."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import replace
from functools import partial

from counterpoint.answers import Insertion
from counterpoint.engine import Engine
from counterpoint.errors import ConfigError
from counterpoint.flows.desk import Desk, Stream
from counterpoint.flows.memory import Memory
from counterpoint.inline.cache import Entry
from counterpoint.inline.held import end_now, rest_of
from counterpoint.insertion import Past, guards, judged, place_of
from counterpoint.insertion.judged import SYNTAX
from counterpoint.plan import Plan
from counterpoint.tasks import COMPLETE

logger = logging.getLogger(__name__)

_JUDGE = 0.025
"""Seconds the workspace may take to say what is wrong with an insertion."""
_AHEAD_SHARE = 0.8
"""Share of the day's budget for completions above which nothing is asked ahead of need."""


async def run(
    engine: Engine,
    memory: Memory,
    desk: Desk,
    stream: Stream,
    close: Callable[[Stream], None],
    clock: Callable[[], float],
) -> None:
    """Ask, and keep what comes for every later request it fits. Raises as `Engine.ask`."""
    if stream.ahead and await asyncio.to_thread(_pressed, engine):
        return
    try:
        reply = await engine.ask(
            COMPLETE,
            stream.asked,
            job=stream.job,
            on_plan=partial(_planned, memory, stream, clock),
            on_text=partial(_heard, memory, desk, stream, close, clock),
            hold=partial(_due, stream, clock),
            calls=stream.calls,
        )
    finally:
        memory.paid(stream.asked.document.path, stream.calls)
    stream.streamed = clock()
    answer, reason, doubts = await _judged(engine, desk, stream, reply.answer, desk.past(clock()))
    label = engine.catalogue.model(reply.calls[-1].model).label if reply.calls else ""
    stream.done = clock()
    entry = Entry("", answer.text, stream.job, label, 0.0, reason, ahead=stream.ahead, doubts=doubts)
    memory.keep(stream.asked.document, stream.asked.span.start, entry)
    if answer.text:
        desk.kept.appendleft(replace(stream.suggestion(answer, label), doubts=doubts))


async def _judged(
    engine: Engine, desk: Desk, stream: Stream, answer: Insertion, past: Past
) -> tuple[Insertion, str, tuple[str, ...]]:
    """What may be shown, why nothing if that is empty, and what speaks against it."""
    answer, reason = without_past(answer, stream, past)
    if answer.text:
        answer = await _tried(engine, desk, stream, answer)
        reason = answer.dropped[-1].reason if not answer.text else ""
    doubts = (answer.demoted,) if answer.demoted and answer.text else ()
    stream.fired = tuple(dict.fromkeys((*answer.fired, *doubts, *((reason,) if reason else ()))))
    return answer, reason, doubts


async def _tried(engine: Engine, desk: Desk, stream: Stream, answer: Insertion) -> Insertion:
    """An answer as the workspace judges it, tried in the document as it is now: no other is known there."""
    now, whole = desk.document, stream.suggestion(answer, "")
    left = rest_of(whole, now, end_now(whole.document, whole.insertion.span, now))
    if left is None:
        return answer
    tried = judged(left.insertion, await engine.ports.judge(now, left.insertion, _JUDGE))
    if not tried.text and engine.settings.completion.everywhere:  # whoever wants an answer everywhere has it
        return replace(answer, demoted=SYNTAX, fired=tried.fired)
    typed = len(whole.insertion.text) - len(left.insertion.text) - len(stream.lead)
    text = answer.text[: max(0, typed)] + tried.text if tried.text else ""
    return replace(tried, text=text[max(0, -typed) :], span=answer.span)


def without_past(answer: Insertion, stream: Stream, past: Past) -> tuple[Insertion, str]:
    """An answer without what the user has just deleted or refused here; and why it is empty, if it is."""
    if not answer.text:
        return answer, answer.dropped[0].reason if answer.dropped else "empty"
    place = place_of(stream.asked, past=past)
    for name, work in (("deleted", guards.not_deleted), ("rejected", guards.not_rejected)):
        text = work(answer.text, place)
        if not text.strip():
            return replace(answer, text=""), name
        answer = replace(answer, text=text)
    return answer, ""


def _pressed(engine: Engine) -> bool:
    """True where the day's budget is nearly spent, or nobody can say. Reads the ledger."""
    try:
        spent = engine.ledger.spent_today("completion")
    except ConfigError:
        return True
    return spent > _AHEAD_SHARE * engine.settings.budget.completions_day_usd


def _planned(memory: Memory, stream: Stream, clock: Callable[[], float], plan: Plan) -> None:
    stream.plan, stream.planned = plan, clock()
    memory.planned(stream.asked.document.path, plan, stream.planned - stream.begun)
    if late := stream.late:
        memory.late += 1
        logger.info("A completion goes without context: %s", late)


async def _due(stream: Stream, clock: Callable[[], float]) -> None:
    """Wait out what is left of the pause: the prompt was made meanwhile."""
    if (left := stream.due - clock()) > 0:
        await asyncio.sleep(left)
    stream.sent = clock()


def _heard(
    memory: Memory,
    desk: Desk,
    stream: Stream,
    close: Callable[[Stream], None],
    clock: Callable[[], float],
    text: str,
) -> None:
    """A piece of the answer has come: a call that cannot fit what was typed meanwhile ends here."""
    first = stream.first is None
    stream.raw += text
    fits = stream.fits(stream.typed)
    if first:
        stream.first = clock()
        memory.first_token(stream.first - (stream.sent or stream.begun))
        if stream.typed:
            memory.odds.add(fits)
    if not fits:
        close(stream)
    if first or not fits:
        desk.wake()
