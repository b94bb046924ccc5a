"""Measured figures and differences as a person reads them. Pure."""

from __future__ import annotations

from counterpoint.cli import render
from counterpoint.cli.plots import Say
from counterpoint.comparing.values import Difference, Metric

_MOST = 10_000


def money(amount: float) -> str:
    """Money also where a run costs less than a hundredth of a cent."""
    return render.usd(amount) if amount >= 0.001 or amount == 0 else f"${amount:.2g}"


def of(metric: Metric) -> Say:
    """How a figure of the metric is said."""
    return {"s": seconds, "USD": money, "share": share}.get(metric.unit, figure)


def by(metric: Metric) -> Say:
    """How a difference in the metric is said."""
    if metric.kind == "ratio":
        return times
    return (lambda value: f"{value * 100:+.0f} points") if metric.unit == "share" else more


def seconds(value: float) -> str:
    """Whole seconds without a fraction: ticks of a scale are."""
    return f"{value:g} s" if value == int(value) < 100 else render.duration(value)


def share(value: float) -> str:
    """A share in percent."""
    return f"{value:.0%}"


def figure(value: float) -> str:
    """A count, or the mean of counts."""
    return f"{value:,.0f}" if value >= 10 or value == int(value) else f"{value:.3g}"


def times(value: float) -> str:
    """A ratio."""
    return f"{value:.3g}x" if value < 1000 else "over 1000x"


def more(value: float) -> str:
    """A difference."""
    return f"{value:+.2g}" if value else "0"


def verdict(metric: Metric, one: Difference) -> str:
    """The word of a difference. That none was shown is one thing, that there is none that matters another."""
    if one.word != "no difference" or one.low is None or one.high is None:
        return one.word
    if one.wide:
        return "no difference shown, interval wide"
    if metric.kind == "ratio":
        return f"none of more than {max(one.high, 1 / one.low) - 1:.0%}"
    most = max(one.high, -one.low)
    return f"none of more than {f'{most * 100:.0f} points' if metric.unit == 'share' else more(most)[1:]}"


def to_show(one: Difference) -> str:
    """How many cases would show what was seen, "" where that is no question."""
    if one.word != "no difference" or not one.wide:
        return ""
    if one.to_show is None:
        return "none was seen"
    return f"over {_MOST:,} cases" if one.to_show > _MOST else f"about {one.to_show:,} cases"
