"""Whether a call under way still serves what is typed, and whether to ask anew beside it. Pure."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from counterpoint.inline.held import may_fit
from counterpoint.inline.when import Mode, Pace

SLOW = 1.5
"""Seconds to the first token above which no second call is begun while a first one may still fit."""
EAGER_LIVE = 3
"""Calls that may be under way for one document in eager mode; in the others there is one."""
_STALLED = 3.0
_IN_VAIN = 0.15
_PROSE = ("here", "sure", "certainly", "of course")


def may_begin(raw: str, typed: str, line: str, cleaned: Callable[[], str]) -> bool:
    """Whether an answer of which `raw` has come can begin with what was typed, once it is filtered.

    `line` is the cursor's line before the place asked about, which models repeat; `cleaned` filters what has
    come so far. Line ends are LF.
    """
    if may_fit(raw, typed):
        return True
    bare = raw.lstrip()
    if not bare or ("\n" not in bare and _may_be_trimmed(bare, line.strip())):
        return True
    return may_fit(cleaned(), typed)


def _may_be_trimmed(bare: str, line: str) -> bool:
    """True while what has come may turn out to be a fence, a mark, a sentence to the user or an echo."""
    low = bare.lower()
    opens = bare[0] in "`<" or any(low.startswith(one) or one.startswith(low) for one in _PROSE)
    return opens or line.startswith(bare)


def ask_anew(elapsed: float, typed: str, pace: Pace, chance: float, mode: Mode) -> bool:
    """Whether to ask again although a call begun `elapsed` seconds ago, of which nothing has come, may fit.

    `typed` is what was typed since; `chance` is how often such a call turned out to fit. To wait costs what
    is left of its time and, where it does not fit, a whole time more; to ask anew costs a whole time, and
    another call: only eager buys time so, the others do where waiting has proved to be in vain.
    """
    usual = pace.first_token_seconds
    if not typed:
        return False
    if elapsed > _STALLED * usual + 1.0:
        return True
    if mode == "calm" or usual > SLOW:
        return False
    if mode == "balanced":
        return chance < _IN_VAIN
    return usual - elapsed > chance * usual


def unhurried(delay: float, pace: Pace) -> float:
    """The pause before a call: longer where the model is slow, so that a call is made where typing has ended
    and not amid it, whose text would come when it fits no more."""
    known = pace.calls > 1 and pace.first_token_seconds > SLOW
    return max(delay, 2 * pace.quiet_seconds) if known else delay


class Odds:
    """How often calls of which nothing had come turned out to fit what was typed meanwhile."""

    def __init__(self, most: int = 20) -> None:
        self._latest: deque[bool] = deque(maxlen=most)

    def add(self, fitted: bool) -> None:
        self._latest.append(fitted)

    @property
    def chance(self) -> float:
        """With even odds counted in twice."""
        return (sum(self._latest) + 1) / (len(self._latest) + 2)
