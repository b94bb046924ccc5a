"""What was chosen for a place a moment ago, for the next keys there: they have no time to choose anew.

It serves where nothing was typed that could make other code matter: a word that goes on, or a statement that
only begins, not far below. After a dot, a bracket or a comma it does not.
"""

from __future__ import annotations

import re
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass

from counterpoint.context.question import Selection
from counterpoint.text import Situation

SECONDS = 4.0
_LINES = 20
_FILES = 16
_WORD_GOES_ON = re.compile(r"[\w$]*[ \t]*\Z")
_BEGINS = re.compile(
    r"\s*(?:(?:const|let|var|val|return|await|yield)\s+)*(?:[\w$]+\s*(?::\s*\w+\s*)?:?=\s*)?[\w$]*\Z"
)


@dataclass(frozen=True, slots=True)
class _Place:
    line: int
    before: str
    """The line up to the cursor."""
    at: float
    selection: Selection


class Recent:
    """Bounded. Belongs to one event loop; `clock` is monotonic, in seconds."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._held: OrderedDict[Hashable, _Place] = OrderedDict()

    def keep(self, key: Hashable, situation: Situation, selection: Selection) -> None:
        """Remember what was chosen, if anything was."""
        if selection.snippets:
            line, before = _cursor(situation)
            self._held[key] = _Place(line, before, self._clock(), selection)
            self._held.move_to_end(key)
            while len(self._held) > _FILES:
                self._held.popitem(last=False)

    def fitting(self, key: Hashable, situation: Situation) -> Selection | None:
        """What was chosen for `key` a moment ago, if it serves here."""
        held = self._held.get(key)
        if held is None or self._clock() - held.at > SECONDS:
            return None
        line, before = _cursor(situation)
        goes_on = line == held.line and before.startswith(held.before)
        serves = goes_on and _WORD_GOES_ON.match(before, len(held.before))
        serves = serves or (0 <= line - held.line <= _LINES and _BEGINS.match(before))
        return held.selection if serves else None


def _cursor(situation: Situation) -> tuple[int, str]:
    place = situation.document.position(situation.span.start)
    return place.line, situation.document.line(place.line)[: place.column]
