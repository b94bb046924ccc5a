"""The page of a comparison: it says what was measured and nothing else, of any number of models and cases."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from counterpoint.cli.compare_page import page
from counterpoint.cli.compare_told import lines, shape
from counterpoint.cli.terminal import plain
from counterpoint.comparing.values import (
    METRICS,
    Answered,
    Case,
    Compared,
    Difference,
    Found,
    Measured,
    Run,
    Shared,
)
from tests.unit.test_costs_page import Read

CASE = Case("area", "edit", "shape.py", (1, 4))
MODELS = (
    Measured("gpt-5.5", "GPT-5.5", "low", 2, 0, 0.04, {}, {}),
    Measured("claude-opus-4-7", "Opus 4.7", "low", 2, 1, 0.06, {}, {}, {"overloaded": 1}),
)
GOOD = Answered(quotes=1, absent=0, applies=True, tests_passed=True)
RUNS = (
    Run("area", "gpt-5.5", "low", 1, 2.0, 0.5, 1_000, 0, 200, 0.02, answered=GOOD),
    Run(
        "area", "gpt-5.5", "low", 2, 4.0, 0.7, 1_000, 0, 240, 0.02, answered=replace(GOOD, tests_passed=False)
    ),
    Run("area", "claude-opus-4-7", "low", 1, 8.0, 1.0, 1_300, 0, 300, 0.06, answered=GOOD),
    Run("area", "claude-opus-4-7", "low", 2, outcome="error", error="overloaded", said="It is overloaded."),
)
SLOWER = Difference("seconds", "claude-opus-4-7", "gpt-5.5", 8, 2.5, 1.4, 4.0, "worse", 8)
FOUND = Found("f1", "shape.py", (2, 2), "logic", "It adds")
WHOLE = Compared(
    "edit", (CASE,), MODELS, (SLOWER,), METRICS, RUNS,
    (Shared("area", FOUND, {"gpt-5.5": 0.5, "claude-opus-4-7": 1.0}),), 2, job="j",
)  # fmt: skip


def text(compared: Compared) -> str:
    made = page(compared)
    read = Read()
    read.feed(made.replace("<", " <"))  # cells are words apart
    assert read.open == []
    assert not re.search(r"https?:|<script|<link|<img|@import|url\(", made)
    return " ".join(read.text.split())


def test_the_page_says_what_was_measured() -> None:
    said = text(WHOLE)
    for words in (
        "Compared: GPT-5.5 and Opus 4.7",
        "Task edit: 1 case, 2 runs of each with each model",
        "2.5x 1.4x to 4x",
        "GPT-5.5: median 3 s of 2, from 2 s to 4 s",
        "GPT-5.5: 1 of 2 (50%)",
        "Opus 4.7: 1 of 2 (50%)",
        "shape.py:2",
        "2 of 2 answered, 2 of 2 apply, 1 of 2 pass tests, 4.0 s, $0.04",
        "It is overloaded.",
    ):
        assert words in said, words


def test_what_is_not_judged_is_more_or_less_and_never_better_or_worse() -> None:
    longer = replace(SLOWER, metric="output_tokens")
    assert "Tokens out more" in text(replace(WHOLE, differences=(longer,)))
    assert "Tokens out less" in text(replace(WHOLE, differences=(replace(longer, estimate=0.4),)))


def test_too_few_cases_are_told_and_not_drawn() -> None:
    few = replace(SLOWER, estimate=None, low=None, high=None, word="too few cases", cases=1, needed=8)
    said = text(replace(WHOLE, differences=(few,)))
    assert "too few cases - - 1 of 8 needed" in said
    assert said.count("Opus 4.7 against GPT-5.5") == 1  # the table, and no plot


@pytest.mark.parametrize(
    ("metric", "low", "high", "wide", "cases", "said", "count"),
    [
        ("seconds", 0.7, 1.2, True, 74, "no difference shown, interval wide", "about 74 cases"),
        ("seconds", 0.96, 1.03, False, 740, "none of more than 4%", ""),
        (
            "done",
            -0.2,
            0.1,
            True,
            12_000,
            "no difference shown, interval wide",
            "over 10,000 cases",
        ),
        ("done", -0.03, 0.05, False, None, "none of more than 5 points", ""),
        ("done", -0.2, 0.2, True, None, "no difference shown, interval wide", ""),
        ("absent", -0.02, 0.06, False, None, "none of more than 0.06", ""),
    ],
)
def test_that_none_was_shown_is_not_that_there_is_none(
    metric: str, low: float, high: float, wide: bool, cases: int | None, said: str, count: str
) -> None:
    """A wide interval says so, and how many cases would show what was seen; a narrow one says how little it
    can be."""
    row = next(one for one in METRICS if one.name == metric)
    estimate = 0.92 if row.kind == "ratio" else 0.01 * bool(cases)
    one = Difference(
        metric, "claude-opus-4-7", "gpt-5.5", 20, estimate, low, high, "no difference", 8, wide, cases
    )
    found = replace(WHOLE, differences=(one,))
    printed = plain(lines(found))
    assert said in text(found) and said in printed
    assert (f"{count} would be likely to show one like that" in printed) == bool(count)
    assert not count or count in text(found)


def test_one_model_alone_is_shown_and_nothing_is_said_of_it() -> None:
    alone = replace(WHOLE, models=MODELS[:1], differences=(), runs=RUNS[:2], shared=())
    said = text(alone)
    assert "so nothing can be said" in said and "Findings in common" not in said


def test_a_comparison_that_ended_early_says_so() -> None:
    said = text(replace(WHOLE, complete=False, ended="the day's budget is spent.", runs=RUNS[:1]))
    assert "Not complete: the day's budget is spent." in said and "not asked" in said


def test_names_from_a_repository_are_text() -> None:
    bad = "<b onclick=x>&\"'"
    run = replace(RUNS[0], case=bad, error="e", said=bad)
    models = (replace(MODELS[0], label=bad, errors={"e": 1}),)
    made = page(
        replace(WHOLE, cases=(replace(CASE, name=bad, path=bad),), runs=(run,), models=models, task=bad,
                differences=(),
                shared=(Shared(bad, replace(FOUND, path=bad, title=bad), {"gpt-5.5": 1.0}),), notes=(bad,))
    )  # fmt: skip
    assert "<b onclick" not in made and made.count("&lt;b onclick") >= 8


def test_a_case_says_where_it_comes_from_and_what_its_tests_are_worth_in_every_form() -> None:
    told = "1f360d9abc 2026-11-21 An area is width by height <both>"
    note = "area: no evidence from tests, they pass without what was committed."
    found = replace(WHOLE, cases=(replace(CASE, told=told),), notes=(note,))
    page_says, printed = text(found), plain(lines(found))
    for said in (told, note):
        assert said in page_says and said in printed, said
    assert shape(found)["cases"][0]["told"] == told and shape(found)["notes"] == [note]
    assert "case where from GPT-5.5" in page_says and "case where GPT-5.5" in text(WHOLE)


def test_of_many_cases_the_first_are_told() -> None:
    cases = tuple(replace(CASE, name=f"c{at}", told=f"commit {at}") for at in range(23))
    printed = plain(lines(replace(WHOLE, cases=cases))).splitlines()
    assert "c19: commit 19" in printed and "and 3 more cases" in printed and "c20: commit 20" not in printed


def test_a_reader_is_told_in_80_columns_and_why_runs_failed() -> None:
    values = {one.name: 0.5 for one in METRICS}
    models = tuple(replace(one, values=values) for one in (*MODELS, *MODELS[:1]))
    printed = plain(lines(replace(WHOLE, models=models))).splitlines()
    table = printed[: printed.index(next(row for row in printed if row.startswith("usd per success"))) + 1]
    assert len(table) == 5 + len(METRICS) and max(map(len, table)) <= 80
    assert table[0].split() == ["GPT-5.5", "Opus", "4.7", "GPT-5.5"]
    assert "Opus 4.7: 1 of 2 runs failed: It is overloaded." in printed
