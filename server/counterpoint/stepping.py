"""Where a cheaper model was as good on the user's own code: what lets routine tasks step down. Pure.

Only what was measured here counts: how the jobs of a task ended for their user, or questions that both models
answered in a trial. A model is as good where even the worst end of the interval for the difference is not
below the margin that `policy.toml` states, and cheaper where the whole interval of the ratio of prices is
below 1. It is looked at again and again while more comes in, for which the intervals are the wider.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from statistics import fmean
from typing import TypeAlias

from counterpoint import intervals, policy
from counterpoint.ledger_judged import JudgedJob, prices
from counterpoint.ledger_trials import VOICES, Pair

_LEVEL = 0.95
_EDITS = frozenset({"document", "tests"})
"""Routine tasks whose answers tell by themselves whether they are of use: edits that apply and parse. A trial
cannot know that of prose."""


@dataclass(frozen=True, slots=True)
class Shown:
    """What shows that a model may have a task in another one's place. `good` of `of` were kept, or were of
    use in a trial; the other model's were `other_good` of `other_of`. `price` is a share of the other's."""

    model: str
    other: str
    task: str
    good: int
    of: int
    other_good: int
    other_of: int
    price: float
    in_trial: bool = False

    def said(self, other: str) -> str:
        """In words; `other` is the other model's label."""
        what = "of use" if self.in_trial else "kept"
        ours, theirs = f"{self.good} of {self.of}", f"{self.other_good} of {self.other_of}"
        return f"measured on your code: {what} {ours} ({other}: {theirs}) for {self.price:.1f} of the price"


Evidence: TypeAlias = Mapping[tuple[str, str, str], Shown]
"""By task, the cheaper model and the one in whose place it may answer."""


def evidence(
    judged: Iterable[JudgedJob], pairs: Iterable[Pair], cheaper: Collection[str]
) -> dict[tuple[str, str, str], Shown]:
    """What is shown of routine tasks by what was measured; `cheaper` are the models of the role "value"."""
    found = dict(_of_trials(pairs, cheaper))
    jobs: dict[tuple[str, str], list[JudgedJob]] = {}
    for job in judged:
        if job.model:  # whether its task is a routine one is looked up once for all of them, below
            jobs.setdefault((job.task, job.model), []).append(job)
    for (task, model), (same, other) in product(jobs, jobs):
        if model not in cheaper or same != task or other == model:
            continue
        enough, shown = _by_jobs(task, model, other, jobs[task, model], jobs[task, other])
        if enough:  # what became of answers for their user outweighs what a trial could see of them
            found.pop((task, model, other), None)
        if shown is not None:
            found[task, model, other] = shown
    return found


def _of_trials(
    pairs: Iterable[Pair], cheaper: Collection[str]
) -> Iterator[tuple[tuple[str, str, str], Shown]]:
    """What trials show, by task and models."""
    both: dict[tuple[str, str, str], list[Pair]] = {}
    for pair in pairs:
        if pair.trial != VOICES and pair.task in _EDITS and policy.routine(pair.task) is not None:
            key = (pair.task, str(pair.other.get("model")), str(pair.model.get("model")))
            both.setdefault(key, []).append(pair)
    for key, some in both.items():
        if key[1] in cheaper and (shown := _by_trial(*key, some)) is not None:
            yield key, shown


def _by_jobs(
    task: str, model: str, other: str, jobs: Sequence[JudgedJob], others: Sequence[JudgedJob]
) -> tuple[bool, Shown | None]:
    """Whether there are enough jobs, and what they show."""
    row = policy.routine(task)
    if row is None or min(len(jobs), len(others)) < row.fewest:
        return False, None
    good, other_good = sum(one.good for one in jobs), sum(one.good for one in others)
    level = intervals.watched(_LEVEL, min(len(jobs), len(others)), row.fewest)
    low, _ = intervals.difference(good, len(jobs), other_good, len(others), level)
    costs, other_costs = prices(jobs), prices(others)
    _, dearest = intervals.ratio(costs, other_costs, level)
    if low < -row.margin or dearest >= 1 or min(len(costs), len(other_costs)) < row.fewest:
        return True, None
    price = fmean(costs) / fmean(other_costs)
    return True, Shown(model, other, task, good, len(jobs), other_good, len(others), price)


def _by_trial(task: str, model: str, other: str, pairs: Sequence[Pair]) -> Shown | None:
    row = policy.routine(task)
    done = [(one.other.get("done"), one.model.get("done"), one) for one in pairs]
    known = [(bool(mine), bool(theirs), one) for mine, theirs, one in done if None not in (mine, theirs)]
    if row is None or len(known) < row.fewest:
        return None
    gained = sum(mine and not theirs for mine, theirs, _ in known)
    lost = sum(theirs and not mine for mine, theirs, _ in known)
    level = intervals.watched(_LEVEL, len(known), row.fewest)
    low, _ = intervals.paired(gained, lost, len(known), level)
    costs = [_usd(one.other.get("cost_usd")) for _, _, one in known]
    other_costs = [_usd(one.model.get("cost_usd")) for _, _, one in known]
    _, dearest = intervals.ratio_paired(costs, other_costs, level)
    if low < -row.margin or dearest >= 1:
        return None
    good, other_good = sum(mine for mine, _, _ in known), sum(theirs for _, theirs, _ in known)
    price = sum(costs) / sum(other_costs)
    return Shown(model, other, task, good, len(known), other_good, len(known), price, in_trial=True)


def _usd(value: float | str | None) -> float:
    return float(value) if isinstance(value, (int, float)) else 0.0
