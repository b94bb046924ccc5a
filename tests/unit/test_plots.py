"""Plots say what they show in a title and a description, and draw it where it belongs."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import pytest

from counterpoint.cli import plots
from counterpoint.cli.plots import Interval, Share, Strip


def drawn(svg: str) -> ElementTree.Element:
    """The plot, read by a reader of XML: whatever does not close or is not escaped fails here."""
    return ElementTree.fromstring(svg)


def percent(node: ElementTree.Element, name: str) -> float:
    return float(node.attrib[name].removesuffix("%"))


def said(svg: str) -> str:
    return drawn(svg).findtext("desc") or ""


def seconds(value: float) -> str:
    return f"{value:g} s"


def test_a_strip_shows_every_value_the_median_and_the_middle_half() -> None:
    values = [(value, f"run {value:g}") for value in (10.0, 0.0, 5.0, 4.0, 6.0)]
    svg = plots.strips("t", "Seconds", [Strip("One", 0, values)], seconds)
    root = drawn(svg)
    marks = [node for node in root.findall("svg") if node.attrib["class"] == "c0"]
    places = sorted(percent(node, "x") for node in marks)
    assert len(places) == 5 and places[0] == 2.0 and places[-1] == 96.0
    (line,) = [node for node in root.findall("line") if node.attrib["class"] == "median"]
    assert percent(line, "x1") == pytest.approx(49.0)
    (box,) = [node for node in root.findall("rect") if node.attrib["class"] == "box"]
    assert percent(box, "x") == pytest.approx(39.6)
    assert percent(box, "width") == pytest.approx(18.8)
    assert said(svg) == "One: median 5 s of 5, from 0 s to 10 s"


def test_a_row_without_values_is_left_out_and_one_value_is_its_own_median() -> None:
    svg = plots.strips("t", "Seconds", [Strip("None", 0, ()), Strip("Single", 1, [(3.0, "")])], seconds)
    assert said(svg) == "Single: median 3 s of 1"
    assert "None" not in svg


def test_half_as_much_lies_as_far_from_no_difference_as_twice_as_much() -> None:
    rows = [Interval("Half", "0.5x", 0.5, 0.4, 0.6), Interval("Twice", "2x", 2.0, 1.5, 2.5, 1)]
    root = drawn(plots.forest("t", "Ratios", rows, lambda x: f"{x:g}x", ratio=True, ends=("less", "more")))
    half, twice = (percent(node, "x") for node in root.findall("svg"))
    (none,) = [node for node in root.findall("line") if node.attrib["class"] == "none"]
    assert percent(none, "x1") - half == pytest.approx(twice - percent(none, "x1"), abs=0.02)
    assert half < percent(none, "x1") < twice


@pytest.mark.parametrize("ratio", [True, False])
def test_an_interval_ends_where_it_ends_and_an_unknown_one_is_words_only(ratio: bool) -> None:
    rows = [Interval("Known", "+2", 2.0, 1.5, 4.0), Interval("Unknown", "too few cases", None, None, None)]
    root = drawn(plots.forest("t", "T", rows, str, ratio=ratio, ends=("less", "more")))
    (line,) = [
        n for n in root.findall("line") if n.attrib["class"] == "reach" and n.attrib["y1"] == n.attrib["y2"]
    ]
    (mark,) = root.findall("svg")
    assert percent(line, "x1") < percent(mark, "x") < percent(line, "x2") == pytest.approx(96.0)
    assert "too few cases" in (root.findtext("desc") or "")


def test_an_endless_interval_stays_inside_the_plot() -> None:
    rows = [Interval("Wide", "", 1.1, 0.000001, 1e9)]
    root = drawn(plots.forest("t", "T", rows, str, ratio=True, ends=("less", "more")))
    places = [percent(n, name) for n in root.findall("line") for name in ("x1", "x2")]
    assert min(places) >= 0 and max(places) <= 100


def test_shares_say_their_counts_and_nothing_known_is_no_bar() -> None:
    svg = plots.shares("t", "Tests", [Share("One", 0, 3, 4), Share("Other", 1, 0, 0)])
    bars = [n for n in drawn(svg).findall("rect") if n.attrib["class"].startswith("c")]
    assert [percent(one, "width") for one in bars] == [75.0]
    assert said(svg) == "One: 3 of 4 (75%). Other: 0 of 0"


def test_parts_of_a_bar_stand_on_one_another() -> None:
    svg = plots.stacked("t", "Days", [("11-20", {"a": 3.0, "b": 1.0}), ("11-21", {})], {"a": 0, "b": 1}, str)
    lower, upper = drawn(svg).findall("rect")
    assert float(upper.attrib["y"]) + float(upper.attrib["height"]) == pytest.approx(float(lower.attrib["y"]))
    assert float(lower.attrib["height"]) == pytest.approx(3 * float(upper.attrib["height"]))
    assert said(svg) == "11-20: 4.0"


def test_texts_from_data_are_text() -> None:
    bad = "<script>x('&\")</script>"
    made = [
        plots.strips("t", bad, [Strip(bad, 0, [(1.0, bad)])], lambda value: bad),
        plots.forest(
            "t", bad, [Interval(bad, bad, 1.0, 0.5, 2.0)], lambda x: bad, ratio=True, ends=(bad, bad)
        ),
        plots.shares("t", bad, [Share(bad, 0, 1, 2)]),
        plots.stacked("t", bad, [(bad, {bad: 1.0})], {bad: 0}, lambda value: bad),
        plots.key([(bad, 0)]),
    ]
    for one in made:
        drawn(one)
        assert "<script" not in one and "&lt;script" in one


def test_models_differ_by_mark_and_not_by_color_alone() -> None:
    marks = {re.sub(r"class='[^']*'", "", plots.mark(at)) for at in range(plots.COLORS)}
    assert len(marks) == plots.COLORS
