"""`counterpoint compare --format html`: what each model did and what may be said of it, as one page. Pure."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from html import escape
from typing import TypeAlias

from counterpoint.cli import figures, pages, plots, render
from counterpoint.cli.pages import card, paragraph, section, table
from counterpoint.comparing.values import Case, Compared, Difference, Found, Measured, Metric, Run

At: TypeAlias = Mapping[str, int]
"""The number of each model's color and mark, by its name."""
_MOST_FOUND = 60
"""Findings listed one by one: a table of more is read by nobody, and the JSON has them all."""


def page(compared: Compared) -> str:
    """The page as HTML."""
    title = f"Compared: {' and '.join(one.label for one in compared.models)}"
    return pages.page(title, _note(compared), _cards(compared), sections(compared))


def _note(compared: Compared) -> str:
    made = time.strftime("%Y-%m-%d %H:%M", time.localtime(compared.at)) if compared.at else ""
    said = (
        f"Task {compared.task}: {render.count(len(compared.cases), 'case')},"
        f" {render.count(compared.runs_each, 'run')} of each with each model{', ' + made if made else ''}."
    )
    return said if compared.complete else f"{said} Not complete: {compared.ended}"


def _cards(compared: Compared) -> Iterator[str]:
    for one in compared.models:
        effort = f", effort {one.effort}" if one.effort else ""
        yield card(
            figures.money(one.cost_usd),
            f"{one.label}{effort}: {render.count(one.runs, 'run')}, {one.failed} failed",
        )
    yield card(figures.money(compared.cost_usd), "all of this comparison")


def sections(compared: Compared) -> Iterator[str]:
    """The parts of the page, in order; what was not measured has none."""
    at = {one.model: number for number, one in enumerate(compared.models)}
    yield section("What may be said", _said(compared))
    yield from _differences(compared, at)
    for metric in compared.metrics:
        if metric.name in _PER_RUN:
            yield from _strips(compared, metric, at)
    yield from _counted(compared, at)
    yield from _in_common(compared)
    yield section("Case by case", _cases(compared))
    yield from _failures(compared)
    if compared.notes:
        yield section("Notes", "".join(paragraph(one) for one in compared.notes))


def _said(compared: Compared) -> str:
    if not compared.differences:
        return paragraph("Nothing was measured with more than one model, so nothing can be said.")
    head = ("", "verdict", "by how much", "interval", "cases", "to show it")
    parts = []
    for model, other in _pairs(compared):
        mine = [one for one in compared.differences if (one.model, one.other) == (model, other)]
        rows = [_row(compared, one) for one in mine]
        parts.append(f"<h3>{escape(_against(compared, model, other))}</h3>{table(head, rows, words=2)}")
    note = (
        f"All these intervals hold together with a probability of {compared.level:.0%}."
        " A difference is one only where its interval leaves the line of no difference out. An interval that"
        " is wide leaves room for one: the last column is how many cases would be likely to show one as large"
        " as was seen."
    )
    what = paragraph(compared.what, dim=True) if compared.what else ""
    return f"{''.join(parts)}{paragraph(note, dim=True)}{what}"


def _pairs(compared: Compared) -> Sequence[tuple[str, str]]:
    return tuple(dict.fromkeys((one.model, one.other) for one in compared.differences))


def _against(compared: Compared, model: str, other: str) -> str:
    return f"{_label(compared, model)} against {_label(compared, other)}"


def _row(compared: Compared, one: Difference) -> tuple[str, ...]:
    metric = _metric(compared, one.metric)
    say = figures.by(metric)
    reach = "-" if one.low is None or one.high is None else f"{say(one.low)} to {say(one.high)}"
    return (
        metric.title,
        _verdict(metric, one),
        "-" if one.estimate is None else say(one.estimate),
        reach,
        f"{one.cases}" + (f" of {one.needed} needed" if one.word == "too few cases" else ""),
        figures.to_show(one) or "-",
    )


def _verdict(metric: Metric, one: Difference) -> str:
    """A metric that is not judged is neither better nor worse: it is more or less."""
    if metric.better or one.word in ("no difference", "too few cases"):
        return figures.verdict(metric, one)
    none = 1.0 if metric.kind == "ratio" else 0.0
    return "more" if (one.estimate or none) > none else "less"


def _differences(compared: Compared, at: At) -> Iterator[str]:
    for number, (model, other) in enumerate(_pairs(compared)):
        plotted = "".join(_forests(compared, model, other, at, f"d{number}"))
        if plotted:
            yield section(_against(compared, model, other), plotted)


def _forests(compared: Compared, model: str, other: str, at: At, name: str) -> Iterator[str]:
    ends = {
        "ratio": ("less of it", "more of it"),
        "mean": ("fewer, or a smaller share", "more, or a larger share"),
    }
    titles = {"ratio": "As a multiple of the other's", "mean": "As a difference from the other's"}
    for kind in ("ratio", "mean"):
        mine = [one for one in compared.differences if (one.model, one.other) == (model, other)]
        rows = []
        for one in mine:
            metric = _metric(compared, one.metric)
            if metric.kind != kind or one.estimate is None:
                continue
            # Beside a plot there is room for little: how wide an interval is can be seen there.
            word = "none shown" if one.word == "no difference" else _verdict(metric, one)
            said = f"{figures.by(metric)(one.estimate)}, {word}"
            rows.append(plots.Interval(metric.title, said, one.estimate, one.low, one.high, at[model]))
        if rows:
            say = figures.times if kind == "ratio" else figures.more
            yield f"<h3>{titles[kind]}</h3>"
            plot = plots.forest(
                f"{name}{kind}", titles[kind], rows, say, ratio=kind == "ratio", ends=ends[kind]
            )
            yield plot + paragraph("The dashed line is no difference.", dim=True)


_PER_RUN: Mapping[str, Callable[[Run], float | None]] = {
    "seconds": lambda run: run.seconds,
    "first_token_seconds": lambda run: run.first_token_seconds,
    "cost_usd": lambda run: run.cost_usd,
    "input_tokens": lambda run: float(run.input_tokens),
    "output_tokens": lambda run: float(run.output_tokens),
    "similarity": lambda run: run.answered.similarity,
}


def _strips(compared: Compared, metric: Metric, at: At) -> Iterator[str]:
    value, say = _PER_RUN[metric.name], figures.of(metric)
    rows = []
    for one in compared.models:
        runs = [run for run in compared.runs if run.model == one.model and not run.failed]
        found = [(figure, run) for run in runs if (figure := value(run)) is not None]
        values = [(figure, f"{run.case}, run {run.number}: {say(figure)}") for figure, run in found]
        rows.append(plots.Strip(one.label, at[one.model], values))
    if any(row.values for row in rows):
        title = f"{metric.title}, every run"
        plot = plots.strips(f"s-{metric.name}", title, rows, say)
        yield section(title, plot + paragraph("Box: the middle half. Line: the median.", dim=True))


def _counted(compared: Compared, at: At) -> Iterator[str]:
    """What is yes or no for a run, as counts: how many of how many."""
    for name, title, asked in _YES:
        rows = []
        for one in compared.models:
            said = [asked(run) for run in compared.runs if run.model == one.model]
            known = [answer for answer in said if answer is not None]
            rows.append(plots.Share(one.label, at[one.model], sum(known), len(known)))
        if any(row.whole for row in rows):
            yield section(title, plots.shares(f"n-{name}", title, rows))


_YES: tuple[tuple[str, str, Callable[[Run], bool | None]], ...] = (
    ("answered", "Runs that were answered", lambda run: not run.failed),
    ("applies", "Edits that apply, whole answers", lambda run: run.answered.applies),
    ("tests", "Answers that pass the tests", lambda run: run.answered.tests_passed),
    ("exact", "Completions exactly as written", lambda run: run.answered.exact),
    ("line", "Completions whose first line is as written", lambda run: run.answered.as_committed),
    (
        "quotes",
        "Answers without an absent quote",
        lambda run: None if run.answered.absent is None or run.failed else run.answered.absent == 0,
    ),
)


def _in_common(compared: Compared) -> Iterator[str]:
    if not compared.shared:
        return
    models = compared.models
    by = {one.model: [found for found in compared.shared if found.share.get(one.model)] for one in models}
    rows = [
        (one.label, *(f"{sum(found in by[other.model] for found in by[one.model])}" for other in models))
        for one in models
    ]
    matrix = table(("reported by, and also by", *(one.label for one in models)), rows)
    listed = compared.shared[:_MOST_FOUND]
    found = [
        (_place(one.found), one.found.title or one.found.category, *(_in_runs(one.share, m) for m in models))
        for one in listed
    ]
    each = table(("place", "finding", *(one.label for one in models)), found, words=2, long=True)
    left = len(compared.shared) - len(listed)
    note = "A figure is the share of the model's runs that reported it."
    note += f" {left} more are in the JSON." if left else ""
    yield section("Findings in common", f"{matrix}{each}{paragraph(note, dim=True)}")


def _in_runs(share: Mapping[str, float], model: Measured) -> str:
    part = share.get(model.model, 0.0)
    return f"{part:.0%}" if part else "no"


def _place(found: Found) -> str:
    first, last = found.lines
    return f"{found.path}:{first}" + (f"-{last}" if last > first else "")


def _cases(compared: Compared) -> str:
    told = any(case.told for case in compared.cases)
    labels = [one.label for one in compared.models]
    head = ("case", "where", *(("from",) if told else ()), *labels)
    rows = []
    for case in compared.cases:
        cells = (_outcome([r for r in compared.runs if (r.case, r.model) == (case.name, one.model)])
                 for one in compared.models)  # fmt: skip
        rows.append((case.name, _where(case), *((case.told,) if told else ()), *cells))
    return table(head, rows, words=len(head), long=True)


def _where(case: Case) -> str:
    lines = "" if case.lines is None else f":{case.lines[0]}-{case.lines[1]}"
    return f"{case.path}{lines}" + (f" at {case.where[:10]}" if case.where else "")


def _outcome(runs: Sequence[Run]) -> str:
    """What became of a case with one model: how many runs came to what, then medians."""
    if not runs:
        return "not asked"
    good = [run for run in runs if not run.failed]
    said = [f"{len(good)} of {len(runs)} answered"]
    for word, values in (
        ("apply", [run.answered.applies for run in good]),
        ("pass tests", [run.answered.tests_passed for run in good]),
        ("as written", [run.answered.exact for run in good]),
    ):
        known = [one for one in values if one is not None]
        said += [f"{sum(known)} of {len(known)} {word}"] if known else []
    found = [len(run.answered.findings) for run in good if run.answered.findings]
    said += [f"{max(found)} findings at most"] if found else []
    seconds = sorted(run.seconds for run in good if run.seconds is not None)
    said += [render.duration(seconds[len(seconds) // 2])] if seconds else []
    return ", ".join([*said, figures.money(sum(run.cost_usd for run in runs))])


def _failures(compared: Compared) -> Iterator[str]:
    rows = [
        (one.label, code, f"{count}", next((r.said for r in compared.runs if r.error == code and r.said), ""))
        for one in compared.models
        for code, count in one.errors.items()
    ]
    if rows:
        shown = [(label, code, said, count) for label, code, count, said in rows]
        yield section("What failed", table(("model", "failure", "said", "runs"), shown, words=3, long=True))


def _metric(compared: Compared, name: str) -> Metric:
    return next(one for one in compared.metrics if one.name == name)


def _label(compared: Compared, model: str) -> str:
    return next((one.label for one in compared.models if one.model == model), model)
