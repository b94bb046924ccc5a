"""Plots as inline SVG: strips of single runs, intervals, shares, stacked bars. Values in, text out. Pure.

Places along a plot are shares of its width and sizes are pixels, so that words keep their size in a narrow
window. Each plot says in a title and a description what a person sees; models differ by the shape of their
mark as well as by its color. All texts are escaped here.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from statistics import median, quantiles
from typing import TypeAlias

COLORS = 6
"""Colors and marks that differ; the next model begins again."""
Say: TypeAlias = Callable[[float], str]
Scale: TypeAlias = Callable[[float], float]
_MARKS = (
    "<circle r='4'/>",
    "<rect x='-4' y='-4' width='8' height='8'/>",
    "<path d='M0 -5.5L5 4H-5Z'/>",
    "<path d='M0 -5.5L5.5 0L0 5.5L-5.5 0Z'/>",
    "<path d='M0 5.5L5 -4H-5Z'/>",
    "<path d='M-5 -2H-2V-5H2V-2H5V2H2V5H-2V2H-5Z'/>",
)
_ROW, _TOP, _AXIS = 46, 6, 26
_LEFT, _RIGHT = 2.0, 96.0
"""Where the scale begins and ends, in percent: a mark at its end is not cut off."""


@dataclass(frozen=True, slots=True)
class Strip:
    """The single values of one row, each with what it is of; `at` is the row's color and mark."""

    label: str
    at: int
    values: Sequence[tuple[float, str]]


@dataclass(frozen=True, slots=True)
class Interval:
    """An estimate with the interval it lies in; None where there is none yet. `said` stands beside it."""

    label: str
    said: str
    estimate: float | None
    low: float | None
    high: float | None
    at: int = 0


@dataclass(frozen=True, slots=True)
class Share:
    """`count` of `whole`."""

    label: str
    at: int
    count: int
    whole: int


@dataclass(frozen=True, slots=True)
class Bar:
    """An amount."""

    label: str
    at: int
    amount: float


def mark(at: int) -> str:
    """A model's mark for a line of text."""
    return f"<svg class='mark c{at % COLORS}' viewBox='-7 -7 14 14' aria-hidden='true'>{_mark(at)}</svg>"


def key(names: Iterable[tuple[str, int]]) -> str:
    """Names with their marks."""
    return f"<p class='key'>{''.join(f'<span>{mark(at)}{escape(name)}</span>' for name, at in names)}</p>"


def strips(name: str, title: str, rows: Sequence[Strip], say: Say) -> str:
    """Every value as a mark, the middle half as a box, the median as a line with its figure."""
    shown = [row for row in rows if row.values]
    most = max((value for row in shown for value, _ in row.values), default=0.0) or 1.0
    ticks, scale = _ticks(0.0, most), _linear(0.0, most)
    marks = [*_grid(ticks, scale, len(shown), say)]
    told = []
    for number, row in enumerate(shown):
        figures = sorted(value for value, _ in row.values)
        marks += _strip(row, figures, _TOP + number * _ROW, scale, say)
        told.append(f"{row.label}: median {say(median(figures))} of {len(figures)}")
        told[-1] += f", from {say(figures[0])} to {say(figures[-1])}" if len(figures) > 1 else ""
    return _svg(name, title, ". ".join(told), marks, _TOP + len(shown) * _ROW + _AXIS)


def _strip(row: Strip, figures: Sequence[float], y: float, scale: Scale, say: Say) -> Iterator[str]:
    middle, line = median(figures), y + 30
    yield f"<text class='name' x='0' y='{y + 12}'>{escape(row.label)}</text>"
    yield f"<text class='end' x='100%' y='{y + 12}'>median {escape(say(middle))}</text>"
    if len(figures) > 2:
        low, _, high = quantiles(figures, n=4, method="inclusive")
        size = f"x='{scale(low):.2f}%' width='{max(0.1, scale(high) - scale(low)):.2f}%'"
        yield f"<rect class='box' {size} y='{line - 9}' height='18' rx='3'/>"
    for at, (value, title) in enumerate(row.values):
        yield _placed(row.at, scale(value), line + (0, -5, 5)[at % 3] * (len(row.values) > 1), title)
    place = f"{scale(middle):.2f}%"
    yield f"<line class='median' x1='{place}' x2='{place}' y1='{line - 13}' y2='{line + 13}'/>"


def forest(
    name: str, title: str, rows: Sequence[Interval], say: Say, *, ratio: bool, ends: tuple[str, str]
) -> str:
    """Estimates with their intervals about the line of no difference. Of ratios the scale is logarithmic:
    half as much lies as far off as twice as much. `ends` say what lies to the left and to the right."""
    none = 1.0 if ratio else 0.0
    figures = [one for row in rows for one in (row.estimate, row.low, row.high) if one is not None]
    scale, ticks = _about([one for one in figures if one > 0] if ratio else figures, ratio)
    marks = [*_grid(ticks, scale, len(rows), say)]
    bottom, place = _TOP + len(rows) * _ROW, f"{scale(none):.2f}%"
    marks.append(f"<line class='none' x1='{place}' x2='{place}' y1='{_TOP}' y2='{bottom}'/>")
    for number, row in enumerate(rows):
        marks += _interval(row, _TOP + number * _ROW, scale, positive=ratio)
    left, right = (escape(end) for end in ends)
    marks.append(f"<text x='0' y='{bottom + 36}'>← {left}</text>")
    marks.append(f"<text class='end' x='100%' y='{bottom + 36}'>{right} →</text>")
    told = ". ".join(f"{row.label}: {row.said}" for row in rows)
    return _svg(name, title, told, marks, bottom + _AXIS + 16)


def _interval(row: Interval, y: float, scale: Scale, *, positive: bool) -> Iterator[str]:
    line = y + 30
    yield f"<text class='name' x='0' y='{y + 12}'>{escape(row.label)}</text>"
    yield f"<text class='end' x='100%' y='{y + 12}'>{escape(row.said)}</text>"
    if row.estimate is None or (positive and row.estimate <= 0):
        return
    if row.low is not None and row.high is not None:
        low, high = (max(_LEFT - 2, min(_RIGHT + 2, scale(one))) for one in (row.low, row.high))
        yield f"<line class='reach' x1='{low:.2f}%' x2='{high:.2f}%' y1='{line}' y2='{line}'/>"
        for end in (low, high):
            yield f"<line class='reach' x1='{end:.2f}%' x2='{end:.2f}%' y1='{line - 5}' y2='{line + 5}'/>"
    yield _placed(row.at, scale(row.estimate), line, f"{row.label}: {row.said}")


def shares(name: str, title: str, rows: Sequence[Share]) -> str:
    """Counts of a whole as bars, each with its figures."""
    shown = []
    for row in rows:
        part = row.count / row.whole if row.whole else 0.0
        said = f"{row.count:,} of {row.whole:,}" + (f" ({part:.0%})" if row.whole else "")
        shown.append((row.label, row.at, part, said))
    return _bars(name, title, shown)


def bars(name: str, title: str, rows: Sequence[Bar], say: Say) -> str:
    """Amounts side by side, as shares of the greatest."""
    most = max((row.amount for row in rows), default=0.0) or 1.0
    return _bars(name, title, [(row.label, row.at, row.amount / most, say(row.amount)) for row in rows])


def _bars(name: str, title: str, rows: Sequence[tuple[str, int, float, str]]) -> str:
    """Rows of a label, a color, a length and its words."""
    marks: list[str] = []
    for number, (label, at, part, said) in enumerate(rows):
        y, color = _TOP + number * 40, f"c{at % COLORS}"
        place = f"x='8' y='{y + 8}' overflow='visible'"
        marks.append(f"<svg {place} class='{color}'>{_mark(at)}</svg>")
        marks.append(f"<text class='name' x='20' y='{y + 12}'>{escape(label)}</text>")
        marks.append(f"<text class='end' x='100%' y='{y + 12}'>{escape(said)}</text>")
        marks.append(f"<rect class='empty' x='0' y='{y + 20}' width='100%' height='10' rx='3'/>")
        if part:
            size = f"x='0' y='{y + 20}' width='{part * 100:.2f}%' height='10' rx='3'"
            marks.append(f"<rect class='{color}' {size}/>")
    told = ". ".join(f"{label}: {said}" for label, _, _, said in rows)
    return _svg(name, title, told, marks, _TOP + len(rows) * 40)


def stacked(
    name: str, title: str, columns: Sequence[tuple[str, Mapping[str, float]]], at: Mapping[str, int], say: Say
) -> str:
    """A bar for each column, its parts on top of one another; `at` has the colors, from below upwards."""
    height, above = 200.0, 12.0
    most = max((math.fsum(parts.values()) for _, parts in columns), default=0.0) or 1.0
    marks, told = [], []
    for part in (0.0, 0.5, 1.0):
        y = above + height * (1 - part)
        marks.append(f"<line class='grid' x1='0' x2='100%' y1='{y:.1f}' y2='{y:.1f}'/>")
        marks.append(f"<text x='0' y='{y - 3:.1f}'>{escape(say(most * part))}</text>")
    left, step = 12.0, 88.0 / max(1, len(columns))
    every = max(1, math.ceil(len(columns) / 6))
    for number, (label, parts) in enumerate(columns):
        x, y = left + number * step, above + height
        for one, color in at.items():
            size = parts.get(one, 0.0) / most * height
            if size <= 0:
                continue
            y -= size
            place = f"x='{x + step * 0.1:.2f}%' y='{y:.1f}' width='{step * 0.8:.2f}%' height='{size:.1f}'"
            what = escape(f"{label} {one}: {say(parts[one])}")
            marks.append(f"<rect class='c{color % COLORS}' {place}><title>{what}</title></rect>")
        if parts:
            told.append(f"{label}: {say(math.fsum(parts.values()))}")
        if number % every == 0:
            marks.append(f"<text x='{x:.2f}%' y='{above + height + 16:.0f}'>{escape(label)}</text>")
    return _svg(name, title, ". ".join(told), marks, above + height + 22)


def _linear(low: float, high: float) -> Scale:
    return lambda value: _LEFT + (value - low) / (high - low) * (_RIGHT - _LEFT)


def _about(figures: Sequence[float], ratio: bool) -> tuple[Scale, list[float]]:
    """A scale with the line of no difference in its middle, and its ticks."""
    if not ratio:
        reach = max([abs(one) for one in figures] or [1.0]) or 1.0
        ticks = [one for one in _ticks(0.0, reach) if one > 0][1::2]
        return _linear(-reach, reach), [*(-one for one in reversed(ticks)), 0.0, *ticks]
    # Beyond a factor of a hundred an interval says nothing; it is drawn to the edge.
    reach = min(100.0, max([max(one, 1 / one) for one in figures] or [2.0]))
    steps = [one for one in (1.25, 1.5, 2.0, 4.0, 10.0, 30.0, 100.0) if one <= reach * 1.001] or [1.25]
    steps = steps[-2:] if len(steps) > 2 else steps
    reach = math.log(max(reach, steps[-1]))
    line = _linear(-reach, reach)
    return (lambda value: line(math.log(value)) if value > 0 else _LEFT - 2), [
        *(1 / one for one in reversed(steps)),
        1.0,
        *steps,
    ]


def _ticks(low: float, high: float) -> list[float]:
    """At most six round figures from `low` on, up to `high`."""
    raw = (high - low) / 5
    power = 10.0 ** math.floor(math.log10(raw)) if raw > 0 else 1.0
    step = next(one * power for one in (1, 2, 2.5, 5, 10) if one * power >= raw * 0.999)
    return [low + step * number for number in range(math.floor((high - low) / step + 1e-9) + 1)]


def _grid(ticks: Sequence[float], scale: Scale, rows: int, say: Say) -> Iterator[str]:
    bottom = _TOP + rows * _ROW
    for tick in ticks:
        x = scale(tick)
        yield f"<line class='grid' x1='{x:.2f}%' x2='{x:.2f}%' y1='{_TOP + 16}' y2='{bottom + 4}'/>"
        side, place = ("mid", f"{x:.2f}%") if 8 < x < 92 else ("end", "100%") if x > 50 else ("", "0")
        yield f"<text class='{side}' x='{place}' y='{bottom + 18}'>{escape(say(tick))}</text>"


def _mark(at: int) -> str:
    return _MARKS[at % len(_MARKS)]


def _placed(at: int, x: float, y: float, title: str) -> str:
    what = f"<title>{escape(title)}</title>" if title else ""
    place = f"x='{x:.2f}%' y='{y:.0f}' overflow='visible'"
    return f"<svg {place} class='c{at % COLORS}'><g>{what}{_mark(at)}</g></svg>"


def _svg(name: str, title: str, told: str, marks: Iterable[str], height: float) -> str:
    """`name` makes the ids of the title and the description: it is ours, and stands once in a page."""
    head = f"<title id='{name}-t'>{escape(title)}</title><desc id='{name}-d'>{escape(told)}</desc>"
    size = f"width='100%' height='{height:.0f}'"
    said = f"role='img' aria-labelledby='{name}-t {name}-d'"
    return f"<svg class='plot' {size} {said}>{head}{''.join(marks)}</svg>"
