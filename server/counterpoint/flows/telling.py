"""The record of one request for a completion. No text of the document or of an answer is in it."""

from __future__ import annotations

import time

from counterpoint.flows.desk import Stream, Wanted
from counterpoint.inline.held import Suggestion
from counterpoint.inline.told import Told


def told(wanted: Wanted, now: float, *, found: Suggestion | None = None, reason: str = "") -> Told:
    """What became of a request that ends now."""
    decision, stream = wanted.decision, wanted.stream
    mine = stream if stream is not None and (found is None or stream.job == found.job) else None
    split = _split(mine) if mine is not None else {}
    call = mine.calls[-1] if mine is not None and mine.calls else None
    plan = mine.plan if mine is not None else None
    return Told(
        path=wanted.target.path,
        line=wanted.target.position(wanted.at).line,
        at=time.time(),
        reason=reason,
        source=found.source if found is not None else None,
        decision=decision.reason if decision is not None else "",
        chance=decision.chance if decision is not None else 0.0,
        job=found.job if found is not None else mine.job if mine is not None else "",
        model=plan.candidate.model.label if plan is not None else found.model if found is not None else "",
        total=now - wanted.begun,
        delay=max(0.0, mine.due - wanted.begun) if mine is not None and wanted.begins else 0.0,
        cost_usd=call.cost_usd if call is not None else 0.0,
        input_tokens=plan.input_tokens if plan is not None else 0,
        snippets=len(plan.snippets) if plan is not None else 0,
        late=mine.late if mine is not None else "",
        fired=mine.fired if mine is not None else (),
        **split,
    )


def _split(stream: Stream) -> dict[str, float]:
    """Where the time of a call went, as far as it got."""
    steps = {
        "context": (stream.begun, stream.planned),
        "first_token": (stream.sent, stream.first),
        "stream": (stream.first, stream.streamed),
        "filters": (stream.streamed, stream.done),
    }
    return {name: b - a for name, (a, b) in steps.items() if a is not None and b is not None}
