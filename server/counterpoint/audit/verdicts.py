"""What is said of one place, and the worst of several."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from counterpoint.audit.values import State

_ORDER: tuple[State, ...] = ("intact", "updated", "unknown", "broken")


class Verdict(NamedTuple):
    """`why` is one sentence without a full stop, "" for a place that fits."""

    state: State
    why: str = ""


INTACT = Verdict("intact")


def broken(why: str) -> Verdict:
    """It fails or means something else."""
    return Verdict("broken", why)


def unknown(why: str) -> Verdict:
    """The syntax cannot tell."""
    return Verdict("unknown", why)


def worst(verdicts: Iterable[Verdict]) -> Verdict:
    """The worst of some, the first among equals; intact where there is none."""
    found = INTACT
    for one in verdicts:
        if _ORDER.index(one.state) > _ORDER.index(found.state):
            found = one
    return found
