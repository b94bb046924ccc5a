"""What vendors' figures for whole answers tell of one that is broken off, for which they give none."""

from __future__ import annotations

import sqlite3
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from math import ceil
from statistics import StatisticsError, linear_regression, median
from typing import TypeAlias

from counterpoint.models import Usage

_PAST = 600
"""Calls of the past that are read at first: older ones tell of another model."""
_FEWEST, _LATEST = 5, 50
_OTHER = 1.25
"""So much more may be counted of another task than of the one that tells of it."""
_LONG_TEXT, _LONG_WRITING = 40, 32
"""Characters and tokens from which an answer tells how long its tokens are, and how fast they come."""
_SHARE = 4
"""No less than this part of its time was an answer written in, also one that was held up on its way and came
at once in the end."""
_LONGEST_TRIP = 1.0
_Asked: TypeAlias = tuple[str, str, str]
"""Model, task and effort."""


@dataclass(frozen=True, slots=True)
class Figures:
    """One call that its vendor has told all of: characters sent, tokens read, thought and written (thoughts
    included), the whole time and that to the first text in seconds, and the characters of its answer, 0 where
    nobody counted them."""

    sent: int
    read: int
    thought: int = 0
    written: int = 0
    seconds: float = 0.0
    first: float | None = None
    answer: int = 0

    @classmethod
    def of(cls, sent: int, usage: Usage, seconds: float, first: float | None, answer: int) -> Figures:
        read, thought, written = usage.input_tokens, usage.reasoning_tokens, usage.output_tokens
        return cls(sent, read, thought, written, seconds, first, answer)

    @property
    def writing(self) -> float | None:
        """Tokens a second after the first text."""
        tokens = self.written - self.thought
        if self.first is None or tokens < _LONG_WRITING or not self.seconds:
            return None
        return tokens / max(self.seconds - self.first, self.seconds / _SHARE)

    @property
    def per_written(self) -> float | None:
        """Tokens a character of the answer."""
        return (self.written - self.thought) / self.answer if self.answer >= _LONG_TEXT else None


@dataclass(frozen=True, slots=True)
class Told:
    """`base` tokens of every request, tokens a character of what is sent, and the rest at its upper end: how
    often as much may be counted, the tokens thought before the first text, tokens a character of an answer,
    tokens a second thought and written, and the seconds of a round trip with what holds it up. None where too
    few calls tell it."""

    base: float
    per_character: float
    over: float = _OTHER
    thought: int | None = None
    per_written: float | None = None
    thinking: float | None = None
    writing: float | None = None
    round_trip: float | None = None
    of_another: bool = False
    """It is what calls of another task tell."""

    def input_tokens(self, characters: int) -> int:
        return max(1, round(self._line(characters)))

    def most_input(self, characters: int) -> int:
        return max(1, ceil(self._line(characters) * self.over))

    def _line(self, characters: int) -> float:
        return self.base + characters * self.per_character


class Counted:
    """The latest figures by model, task and effort, and of each model those of all tasks."""

    def __init__(self) -> None:
        self._latest: dict[_Asked, deque[Figures]] = {}
        self._models: dict[str, deque[Figures]] = {}
        self._known: dict[_Asked, Told | None] = {}

    def read(self, rows: sqlite3.Connection) -> None:
        """Begin with what the ledger has."""
        newest = rows.execute("SELECT coalesce(max(id), 0) FROM settlements").fetchone()[0]
        found = rows.execute(
            "SELECT model, task, effort, characters, input_tokens, reasoning_tokens, output_tokens, seconds,"
            " first_token_seconds FROM settlements JOIN calls ON calls.id = call_id"
            " WHERE settlements.id > ? AND outcome = 'ok' AND NOT estimated ORDER BY settlements.id",
            (newest - _PAST,),
        )
        for model, task, effort, *figures in found:
            self.add((model, task, effort), Figures(*figures))

    def add(self, asked: _Asked, figures: Figures) -> None:
        """One more call that the vendor has given all figures of."""
        if figures.sent and figures.read:
            self._latest.setdefault(asked, deque(maxlen=_LATEST)).append(figures)
            self._models.setdefault(asked[0], deque(maxlen=_LATEST)).append(figures)

    def renew(self, model: str) -> None:
        """Think again about what was asked of a model, now that more of it has been told: who settles a call
        has the time for that, who is about to make one has not."""
        for asked in [one for one in tuple(self._known) if one[0] == model]:
            self._known[asked] = self._found(asked)

    def told(self, model: str, task: str, effort: str) -> Told | None:
        """What is known of requests of one kind; of a task whose answers are mostly cut off, what other tasks
        of the model tell, by the one that adds least of its own. None while too few are known."""
        asked = (model, task, effort)
        if asked not in self._known:
            self._known[asked] = self._found(asked)
        return self._known[asked]

    def _found(self, asked: _Asked) -> Told | None:
        some = tuple(self._latest.get(asked, ()))  # copies: another thread may settle a call meanwhile
        whole = tuple(self._models.get(asked[0], ()))
        if len(some) >= _FEWEST:
            return _paced(_told(some), some, whole)
        latest = ((key, tuple(one)) for key, one in tuple(self._latest.items()))
        others = [_told(one) for key, one in latest if key[0] == asked[0] and len(one) >= _FEWEST]
        least = min(others, key=lambda one: one.base, default=None)
        if least is None:
            return None
        other = replace(least, over=_OTHER * least.over, of_another=True)
        return _paced(_thinking(other, whole), (), whole)


def _told(some: Sequence[Figures]) -> Told:
    """By a line through the figures where they differ enough for one, else by their ratio."""
    sent, read = [one.sent for one in some], [one.read for one in some]
    ratio = median(tokens / characters for tokens, characters in zip(read, sent, strict=True))
    line = Told(0.0, ratio)
    try:
        slope, base = linear_regression(sent, read)
        if max(sent) >= 1.2 * min(sent) and base >= 0 and ratio / 2 < slope <= ratio:
            line = Told(base, slope)
    except StatisticsError:  # all are of one length
        pass
    over = max(tokens / line._line(characters) for tokens, characters in zip(read, sent, strict=True))
    return _thinking(replace(line, over=_beyond(over, len(some))), some)


def _thinking(told: Told, some: Sequence[Figures]) -> Told:
    """With what is thought at most, and how fast."""
    rate = _most((one.thought / one.first for one in some if one.first), 1)
    return replace(told, thought=max(one.thought for one in some), thinking=rate)


def _paced(told: Told, own: Sequence[Figures], whole: Sequence[Figures]) -> Told:
    """With what answers tell, those of the kind or else of the model, and the times of all its calls."""
    answers = (one.per_written for one in own)
    anything = [one.per_written for one in whole if one.per_written is not None]
    wrote = _most((one for one in answers if one is not None), _FEWEST) or _most(anything, _FEWEST)
    return replace(
        told,
        per_written=wrote or told.per_character * _OTHER,
        writing=_most((one.writing for one in whole if one.writing is not None), _FEWEST),
        round_trip=_round_trip(whole),
    )


def _round_trip(whole: Sequence[Figures]) -> float | None:
    """The usual wait for a first text, or the shortest where every answer is thought about: nothing goes to
    and fro more slowly than that, nor more slowly than a second."""
    at_once = [one.first for one in whole if one.first and not one.thought]
    if len(at_once) >= _FEWEST:
        return min(median(at_once), _LONGEST_TRIP)
    return min((one.first for one in whole if one.first), default=None)


def _most(some: Iterable[float], fewest: int) -> float | None:
    """No less than this is to be expected of the next; None where too few tell."""
    known = tuple(some)
    return _beyond(max(known), len(known)) if len(known) >= fewest else None


def _beyond(most: float, count: int) -> float:
    """The next of a few figures may well be above all of them, that of many hardly."""
    return most * (1 + 1 / count)
