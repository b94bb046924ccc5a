"""What a trial of another model comes to: one verdict, in words, with the intervals it rests on. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import fmean

from counterpoint import intervals
from counterpoint.ledger_trials import Measures, Pair, Trial, Trials

FEWEST, ENOUGH = 20, 300
"""Questions below which nothing is said, and at which a trial ends before its days are over."""
_DAY = 86_400.0


@dataclass(frozen=True, slots=True)
class Figure:
    """What pairs say of one measure: the other model's against the first one's, with the interval."""

    name: str
    pairs: int
    value: float
    low: float
    high: float


def due(trial: Trial, now: float) -> bool:
    """Whether a trial is to end: its days are over, or it has enough."""
    return trial.ended is None and (trial.pairs >= ENOUGH or now - trial.began >= trial.days * _DAY)


def figures(pairs: Sequence[Pair]) -> tuple[Figure, ...]:
    """The measures that both models have, in the order a person wants them: what it costs as a ratio; how
    much later it begins and is there, in seconds; what it is worth, as differences."""
    found = []
    cost = _both(pairs, "cost_usd")
    if len(cost) >= FEWEST and sum(mine for mine, _ in cost) > 0 < sum(theirs for _, theirs in cost):
        mine, theirs = [one for one, _ in cost], [one for _, one in cost]
        value = sum(theirs) / sum(mine)
        found.append(Figure("cost_usd", len(cost), value, *intervals.ratio_paired(theirs, mine)))
    for name in ("seconds", "first_token_seconds"):
        found += _mean(name, [theirs - mine for mine, theirs in _both(pairs, name)])
    done = _both(pairs, "done")
    if len(done) >= FEWEST:
        gained = sum(theirs > mine for mine, theirs in done)
        lost = sum(mine > theirs for mine, theirs in done)
        value = (gained - lost) / len(done)
        found.append(Figure("done", len(done), value, *intervals.paired(gained, lost, len(done))))
    for name in ("similar", "absent", "found"):
        found += _mean(name, [theirs - mine for mine, theirs in _both(pairs, name)])
    return tuple(found)


def verdict(pairs: Sequence[Pair], days: float, model: str, other: str) -> str:
    """What is told when a trial is over. `model` and `other` are the labels of the two."""
    period = f"Over {max(1, round(days))} day{'s' if round(days) > 1 else ''} and {len(pairs):,} questions"
    known = {one.name: one for one in figures(pairs)}
    if not known:
        return f"{period}, {other} was tried beside {model}: too few to say anything."
    price = _price(known.get("cost_usd"), model)
    told = [price, *filter(None, map(_later, (known.get("seconds"), known.get("first_token_seconds"))))]
    worth = [said for name, say in _WORTH if name in known and (said := say(known[name], model))]
    return f"{period}, {other} answered {', '.join(filter(None, told))}; {'; '.join(worth) or _NOTHING}."


_NOTHING = "nothing else could be measured"


def _price(one: Figure | None, model: str) -> str:
    if one is None:
        return f"beside {model}"
    interval = f"({one.low:.2f}-{one.high:.2f})"
    if one.low <= 1 <= one.high:
        return f"at the same price as {model} as far as can be told {interval}"
    return f"at {one.value:.2f} of the price of {model} {interval}"


def _later(one: Figure | None) -> str:
    if one is None:
        return ""
    what = "" if one.name == "seconds" else "its first words "
    if one.low <= 0 <= one.high:
        return f"{what}as fast ({_signed(one.low)} to {_signed(one.high)} s)"
    low, high = sorted((abs(one.low), abs(one.high)))
    word = "later" if one.value > 0 else "earlier"
    return f"{what}{abs(one.value):.1f} s {word} ({low:.1f}-{high:.1f} s)"


def _done(one: Figure, model: str) -> str:
    return f"answers of use {_often(one)} ({_points(one)})"


def _similar(one: Figure, model: str) -> str:
    what = {0: "as close", 1: "closer", -1: "less close"}[_sign(one)]
    # What was seen shaped what was written: the other model's text had no such chance.
    return f"completions {what} to what you kept ({_points(one)}; you had only seen {model}'s)"


def _absent(one: Figure, model: str) -> str:
    what = {0: "as many", 1: "more", -1: "fewer"}[_sign(one)]
    return f"{what} quotes that stand nowhere ({_signed(one.low, 2)} to {_signed(one.high, 2)} an answer)"


def _found(one: Figure, model: str) -> str:
    what = {0: "as many", 1: "more", -1: "fewer"}[_sign(one)]
    return f"{what} of all findings ({_points(one)})"


_WORTH = (("done", _done), ("similar", _similar), ("found", _found), ("absent", _absent))


def _sign(one: Figure) -> int:
    """Which way an interval lies from zero; 0 where zero is in it."""
    return int(one.low > 0) - int(one.high < 0)


def _often(one: Figure) -> str:
    return {0: "as often", 1: "more often", -1: "less often"}[_sign(one)]


def _points(one: Figure) -> str:
    return f"{_signed(100 * one.low, 0)} to {_signed(100 * one.high, 0)} points"


def _signed(value: float, digits: int = 1) -> str:
    return f"{value:+.{digits}f}"


def _mean(name: str, differences: Sequence[float]) -> list[Figure]:
    if len(differences) < FEWEST:
        return []
    return [Figure(name, len(differences), fmean(differences), *intervals.mean(differences))]


def _both(pairs: Iterable[Pair], name: str) -> list[tuple[float, float]]:
    """A measure of both answers, where both have it."""
    found = ((_number(one.model, name), _number(one.other, name)) for one in pairs)
    return [(mine, theirs) for mine, theirs in found if mine is not None and theirs is not None]


def _number(measures: Measures, name: str) -> float | None:
    value = measures.get(name)
    return float(value) if isinstance(value, (int, float)) else None


@dataclass(frozen=True, slots=True)
class Seen:
    """A trial as it stands, and what its pairs say so far."""

    trial: Trial
    figures: tuple[Figure, ...]


def seen(trials: Trials) -> tuple[Seen, ...]:
    """All trials, the latest first. Reads the ledger."""
    return tuple(Seen(one, figures(trials.pairs(one.name))) for one in trials.all())
