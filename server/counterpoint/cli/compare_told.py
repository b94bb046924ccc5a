"""A comparison for a reader: a table, sentences with intervals; and the JSON of the contract. Values only."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import Any

from counterpoint.cli import figures, render
from counterpoint.cli.shapes import SCHEMA
from counterpoint.cli.terminal import Line, line
from counterpoint.comparing.values import Compared, Difference, Measured, Metric
from counterpoint.flows.compare_price import Priced

_STYLES = {"better": "green", "worse": "yellow", "no difference": "dim", "too few cases": "dim"}
_MOST_FINDINGS = 20
_MOST_CASES = 20


def lines(found: Compared) -> list[Line]:
    """The table, what may be said of each difference, the findings, where the cases come from, what was
    noted, and how it was measured."""
    metrics = [
        one for one in found.metrics if any(model.values.get(one.name) is not None for model in found.models)
    ]
    made = _table(found, metrics)
    made += _failures(found)
    labels = {one.model: one.label for one in found.models}
    titles = {one.name: one for one in found.metrics}
    made.append(line())
    for one in found.differences:
        if one.word != "too few cases":
            made.append(line((sentence(one, titles[one.metric], labels), _STYLES[one.word])))
    made += _too_few(found, titles, labels)
    made += _findings(found, labels)
    made += _cases(found)
    made += [line(), *([line((found.what, "dim"))] if found.what else []), line((_how(found), "dim"))]
    return made


def _table(found: Compared, metrics: list[Metric]) -> list[Line]:
    """A column for each model: there are fewer of them than measures, and a terminal is narrow."""
    head = ("", *(model.label for model in found.models))
    names = ("effort", "runs", "failed", *(one.title.lower() for one in metrics), "usd per success")
    columns = [_column(model, metrics) for model in found.models]
    return render.table(head, zip(names, *columns, strict=True), right=range(1, len(head)))


def _column(model: Measured, metrics: list[Metric]) -> tuple[str, ...]:
    per_done = model.usd_per_completed
    return (
        model.effort or "-",
        f"{model.runs}",
        f"{model.failed}",
        *(_figure(model.values.get(one.name), one) for one in metrics),
        "-" if per_done is None else render.usd(per_done),
    )


def _failures(found: Compared) -> Iterator[Line]:
    """Why runs failed, each reason in the words of its first run."""
    for one in found.models:
        for code, count in one.errors.items():
            ran = (run for run in found.runs if run.model == one.model and run.error == code)
            said = next((run.said for run in ran if run.said), code)
            yield line((f"{one.label}: {count} of {render.count(one.runs, 'run')} failed: {said}", "yellow"))


def _figure(value: float | None, metric: Metric) -> str:
    if value is None:
        return "-"
    if metric.unit == "s":
        return render.duration(value)
    if metric.unit == "USD":
        return render.usd(value)
    if metric.unit == "share":
        return f"{value:.0%}"
    return f"{value:,.0f}" if metric.unit == "tokens" else f"{value:.2g}"


def sentence(one: Difference, metric: Metric, labels: Mapping[str, str]) -> str:
    """What may be said of a difference, with its interval."""
    who, other = labels[one.model], labels[one.other]
    if one.estimate is None or one.low is None or one.high is None:
        return f"{metric.title}: {who} and {other}: too few cases to say."
    if metric.kind == "ratio":
        figure = f"{one.estimate:.3g} times that of {other} ({one.low:.3g} to {one.high:.3g})"
    else:
        percent = metric.unit == "share"
        told = [
            f"{value:+.0%}" if percent else f"{value:+.2g}" for value in (one.estimate, one.low, one.high)
        ]
        figure = f"{told[0]} against {other} ({told[1]} to {told[2]})"
    needed = figures.to_show(one)
    seen = f"; {needed} would be likely to show one like that" if one.to_show and needed else ""
    return f"{metric.title}: {who} {figure}: {figures.verdict(metric, one)}{seen}."


def _too_few(found: Compared, titles: Mapping[str, Metric], labels: Mapping[str, str]) -> Iterator[Line]:
    """One row for each number of cases of which nothing can be said."""
    rows: dict[tuple[str, str, int, int], list[str]] = {}
    for one in found.differences:
        if one.word == "too few cases":
            key = (labels[one.model], labels[one.other], one.cases, one.needed)
            rows.setdefault(key, []).append(titles[one.metric].title.lower())
    for (who, other, cases, needed), names in rows.items():
        said = f"{render.count(cases, 'case')}; at least {needed} are needed"
        yield line((f"{who} and {other}: too few cases to say ({said}): {', '.join(names)}.", "dim"))


def _findings(found: Compared, labels: Mapping[str, str]) -> Iterator[Line]:
    if not found.shared:
        return
    by_all = sum(all(one.share.get(name) for name in labels) for one in found.shared)
    yield line()
    yield line(f"{render.count(len(found.shared), 'finding')}, {by_all} of them by all models:")
    for one in found.shared[:_MOST_FINDINGS]:
        place = f"{one.found.path}:{one.found.lines[0]}"
        shares = ", ".join(f"{labels[name]} {share:.0%}" for name, share in one.share.items() if share)
        yield line(f"  {one.found.severity} {place} {one.found.title}", (f"  ({shares} of the runs)", "dim"))
    if len(found.shared) > _MOST_FINDINGS:
        yield line((f"  and {len(found.shared) - _MOST_FINDINGS} more", "dim"))


def _cases(found: Compared) -> Iterator[Line]:
    """Where cases come from that nobody named on the command line, and what is to be known of them."""
    told = [one for one in found.cases if one.told]
    if told or found.notes:
        yield line()
    for one in told[:_MOST_CASES]:
        yield line((f"{one.name}: {one.told}", "dim"))
    if len(told) > _MOST_CASES:
        yield line((f"and {len(told) - _MOST_CASES} more cases", "dim"))
    for note in found.notes:
        yield line((note, "yellow"))


def _how(found: Compared) -> str:
    return (
        f"{render.count(len(found.cases), 'case')}, {render.count(found.runs_each, 'run')} each, in orders"
        f" drawn by seed {found.seed}; {render.usd(found.cost_usd)} in all. Medians of the runs are paired by"
        f" case; all intervals hold together in {found.level:.0%}."
    )


def shape(found: Compared) -> dict[str, Any]:
    """The JSON of the contract (`tests/contract/compare.json`)."""
    return {
        "schema": SCHEMA,
        "task": found.task,
        "complete": found.complete,
        "ended": found.ended,
        "job": found.job,
        "at": round(found.at, 3),
        "runs_each": found.runs_each,
        "level": found.level,
        "seed": found.seed,
        "cost_usd": round(found.cost_usd, 9),
        "models": [_model(one) for one in found.models],
        "metrics": [asdict(one) for one in found.metrics],
        "differences": [asdict(one) for one in found.differences],
        "findings": [
            {"case": one.case, **asdict(one.found), "share": dict(one.share)} for one in found.shared
        ],
        "cases": [asdict(one) for one in found.cases],
        "runs": [asdict(one) for one in found.runs],
        "notes": list(found.notes),
        "what": found.what,
    }


def _model(one: Measured) -> dict[str, Any]:
    return {
        "model": one.model,
        "label": one.label,
        "effort": one.effort,
        "runs": one.runs,
        "failed": one.failed,
        "completed": one.completed,
        "errors": dict(one.errors),
        "cost_usd": round(one.cost_usd, 9),
        "usd_per_completed": one.usd_per_completed,
        "values": dict(one.values),
        "cases": dict(one.cases),
    }


def estimate(price: Priced) -> dict[str, Any]:
    """The JSON of the contract (`tests/contract/compare_estimate.json`)."""
    return {
        "schema": SCHEMA,
        "cases": len(price.cases),
        "requests": price.requests,
        "input_tokens": price.input_tokens,
        "output_tokens": _range(price.output_tokens),
        "cost_usd": _range(price.cost_usd),
        "seconds": _range(price.seconds),
        "models": [
            {"model": name, "effort": price.efforts.get(name, ""), "cost_usd": _range(cost)}
            for name, cost in price.models.items()
        ],
        "left_out": [{"case": name, "reason": why} for name, why in price.left_out],
        "what": price.what,
    }


def _range(pair: tuple[float, float]) -> dict[str, float]:
    return {"low": round(pair[0], 6), "high": round(pair[1], 6)}


def estimate_lines(price: Priced, said: str) -> list[Line]:
    """The same for a reader."""
    rows = [
        (name, price.efforts.get(name) or "-", render.usd(cost[0]), render.usd(cost[1]))
        for name, cost in price.models.items()
    ]
    table = render.table(("model", "effort", "low", "high"), rows, right=(2, 3))
    return [line(said), *table, *([line((price.what, "dim"))] if price.what else [])]
