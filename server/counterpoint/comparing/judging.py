"""From single runs to what may be said of the models. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from itertools import combinations
from statistics import fmean, median
from typing import TypeAlias

from counterpoint.comparing.measures import of_use, same
from counterpoint.comparing.statistics import Interval, is_wide, mean, needed, ratio, to_show
from counterpoint.comparing.values import (
    METRICS,
    Compared,
    Difference,
    Found,
    Measured,
    Metric,
    Run,
    Shared,
    Word,
)

LEVEL = 0.95
_KNOWN = ("faults_found", "as_committed", "exact", "line_prefix", "similarity")
"""Measures that rest on what a case knows: a run that failed has none of what was to be there."""
Figures: TypeAlias = Mapping[str, Mapping[str, Fraction]]
"""A metric of each model in each case: by model, by case."""


def judged(begun: Compared, labels: Mapping[str, str]) -> Compared:
    """A comparison with its runs, and all that follows from them. `labels` are the models' own, by the rows'
    names, in the order they are told in."""
    groups = tuple(_groups(begun.runs))
    figures = {metric.name: _figures(metric, begun.runs, groups) for metric in METRICS}
    models = tuple(_measured(name, label, begun.runs, figures) for name, label in labels.items())
    metrics = tuple(metric for metric in METRICS if any(figures[metric.name].get(name) for name in labels))
    pairs = tuple(combinations(labels, 2))
    looked = len(pairs) * sum(bool(metric.better) for metric in metrics)
    alpha = (1 - LEVEL) / max(1, looked)
    differences = tuple(
        _difference(metric, figures[metric.name], pair, alpha)
        for pair in pairs
        for metric in metrics
        if metric.better
    )
    return replace(begun, models=models, metrics=metrics, differences=differences, shared=groups, level=LEVEL)


def _measured(model: str, label: str, runs: Iterable[Run], figures: Mapping[str, Figures]) -> Measured:
    own = [run for run in runs if run.model == model]
    values: dict[str, float | None] = {}
    cases: dict[str, int] = {}
    for metric in METRICS:
        found = list(figures[metric.name].get(model, {}).values())
        middle = median if metric.kind == "ratio" else fmean
        values[metric.name] = float(middle(map(float, found))) if found else None
        cases[metric.name] = len(found)
    return Measured(
        model,
        label,
        next((run.effort for run in own), ""),
        len(own),
        sum(run.failed for run in own),
        sum(run.cost_usd for run in own),
        values,
        cases,
        dict(Counter(run.error for run in own if run.failed)),
        sum(map(_completed, own)),
    )


def _completed(run: Run) -> bool:
    """Whether what was asked for was got: where tests say so, they have passed."""
    return of_use(run) and run.answered.tests_passed is not False


def _figures(metric: Metric, runs: Iterable[Run], groups: Sequence[Shared]) -> Figures:
    """Of each model in each case: the median over the runs of a ratio, the mean over them of all else."""
    found: dict[str, dict[str, list[Fraction]]] = {}
    if metric.name == "found":
        for group in groups:
            for model, share in group.share.items():
                found.setdefault(model, {}).setdefault(group.case, []).append(Fraction(share))
    for run in runs:
        value = _value(metric, run)
        if value is not None:
            found.setdefault(run.model, {}).setdefault(run.case, []).append(value)
    return {
        model: {case: _middle(metric, values) for case, values in by_case.items()}
        for model, by_case in found.items()
    }


def _middle(metric: Metric, values: Sequence[Fraction]) -> Fraction:
    return median(values) if metric.kind == "ratio" else sum(values, Fraction()) / len(values)


def _value(metric: Metric, run: Run) -> Fraction | None:
    """What one run says of a metric; None for nothing. A run that failed has no time and no price, but it was
    of no use, and its tests did not pass."""
    if metric.name == "done":
        return Fraction(of_use(run))
    answered = run.answered
    if metric.name == "tests_passed":
        return None if answered.tests_passed is None else Fraction(answered.tests_passed)
    if metric.name in _KNOWN:
        known = getattr(answered, metric.name)
        return None if known is None else Fraction(known).limit_denominator(1_000)
    if run.failed:
        return None
    if metric.name == "cached_share":
        return Fraction(run.cached_tokens, run.input_tokens) if run.input_tokens else None
    if metric.name == "absent":
        return None if answered.absent is None else Fraction(answered.absent)
    if metric.name == "changed_lines":
        return None if answered.changed_lines is None else Fraction(answered.changed_lines)
    told: float | None = getattr(run, metric.name, None)
    return None if told is None else Fraction(told)


def _difference(metric: Metric, figures: Figures, pair: tuple[str, str], alpha: float) -> Difference:
    one, other = (figures.get(name, {}) for name in pair)
    both = [(one[case], other[case]) for case in one if case in other]
    floats = [(float(first), float(second)) for first, second in both]
    found = ratio(floats, alpha) if metric.kind == "ratio" else mean(both, alpha)
    estimate, low, high = (None,) * 3 if found is None else (found.estimate, found.low, found.high)
    word, is_ratio = _word(metric, found), metric.kind == "ratio"
    made = Difference(metric.name, *pair, len(both), estimate, low, high, word, needed(alpha))
    if found is None or word != "no difference":
        return made
    wide, cases = is_wide(found, ratio=is_ratio), to_show(floats, alpha, ratio=is_ratio)
    return replace(made, wide=wide, to_show=cases)


def _word(metric: Metric, found: Interval | None) -> Word:
    if found is None:
        return "too few cases"
    nothing = 1.0 if metric.kind == "ratio" else 0.0
    if found.low <= nothing <= found.high:
        return "no difference"
    return "better" if (found.high < nothing) == (metric.better == "lower") else "worse"


def _groups(runs: Sequence[Run]) -> Iterable[Shared]:
    """The findings of each case, each told once, with the share of each model's runs that reported it."""
    by_case: dict[str, list[Run]] = {}
    for run in runs:
        by_case.setdefault(run.case, []).append(run)
    for case, some in by_case.items():
        kinds: list[tuple[Found, list[Run]]] = []
        for run in some:
            for finding in run.answered.findings:
                kind = next((one for one in kinds if same(one[0], finding)), None)
                if kind is None:
                    kinds.append((finding, [run]))
                elif run not in kind[1]:
                    kind[1].append(run)
        answered = Counter(run.model for run in some if not run.failed)
        for finding, by in kinds:
            hits = Counter(run.model for run in by)
            share = {model: hits[model] / count for model, count in answered.items()}
            yield Shared(case, finding, share)
