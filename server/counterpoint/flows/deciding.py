"""Whether a model is asked for a request, and when: the place, the memory and the settings put together."""

from __future__ import annotations

from dataclasses import replace

from counterpoint.flows.desk import Wanted
from counterpoint.flows.memory import Memory
from counterpoint.inline.live import unhurried
from counterpoint.inline.when import Decision, decide
from counterpoint.settings import Completion


def decided(settings: Completion, memory: Memory, wanted: Wanted) -> Decision:
    """Made once for a request, which then knows until when to wait."""
    if wanted.decision is None:
        moment = memory.moment(wanted.target, wanted.at, invoked=wanted.invoked)
        usd = memory.expected_usd(wanted.target.path)
        decision = decide(moment, settings.mode, memory.pace, usd, everywhere=settings.everywhere)
        delay = max(unhurried(decision.delay, memory.pace), settings.debounce_ms / 1000)
        delay = 0.0 if wanted.invoked else delay
        wanted.decision, wanted.until = replace(decision, delay=delay), wanted.begun + delay
    return wanted.decision
