"""What verbs print: frames, diffs, reports, tables. Values in, text out."""

from __future__ import annotations

import subprocess
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from counterpoint.answers import Dropped, FileChange, Finding, Fix
from counterpoint.calls import Call
from counterpoint.cli import costs, costs_text, estimated, render, shapes
from counterpoint.cli.compare_cases import drawn
from counterpoint.cli.frame import worst
from counterpoint.cli.review import exit_code
from counterpoint.cli.terminal import clean, plain
from counterpoint.comparing.values import Case
from counterpoint.diffs import diffs_of, unified
from counterpoint.errors import UsageError
from counterpoint.flows.expecting import Expected
from counterpoint.flows.mined import Mined
from counterpoint.flows.review import Priced, Review, StageError, Told
from counterpoint.ledger import Precision, Total
from counterpoint.models import Usage
from counterpoint.plan import Estimate
from counterpoint.text import Document, Edit, Position, Span
from tests.unit.test_cli_verbs import valid

DOCUMENT = Document.of("src/a.py", "def f(x):\n\treturn x == 1  \n\nend\n", "python")
FOUND = Finding(
    id="f1",
    path="src/a.py",
    start=Position(1, 8),
    end=Position(1, 14),
    severity="P1",
    confidence=0.75,
    category="logic",
    lens="correctness",
    title="Wrong, 50% of the time: always",
    body="First line\nof a paragraph.\n\n- kept\n- as it is",
    status="unverified",
    model="Opus 4.7",
    fix=Fix("Mend it", ()),
)
STATIC = replace(FOUND, status="static", lens="static", rule="py-x", model="", fix=None)
CALL = Call(
    "j", "review", "deep", "claude-opus-4-7", "anthropic", Usage(1200, 30, 200), 0.0123, 2.5, 0.4, "ok"
)


def test_a_frame_marks_the_place_under_tabs() -> None:
    rows = plain(render.frame(FOUND, DOCUMENT, "src/a.py")).splitlines()
    assert rows[0] == " P1  Wrong, 50% of the time: always"
    assert rows[1] == "  src/a.py:2:9  correctness/logic, Opus 4.7, unverified, confidence 75%, id f1"
    assert rows[2] == "  2 | \treturn x == 1"
    assert rows[3] == "    | \t       ^^^^^^"
    assert rows[4:] == [
        "    First line of a paragraph.",
        "",
        "    - kept",
        "    - as it is",
        "    Fix: Mend it",
        "",
    ]


def test_a_frame_of_many_lines_is_cut_and_one_without_text_has_no_code() -> None:
    long = Document.of("b.py", "x = 1\n" * 40, "python")
    rows = plain(render.frame(replace(STATIC, start=Position(0, 0), end=Position(20, 0)), long, "b.py"))
    assert rows.count("x = 1") == render.MOST_LINES
    assert "... 14 more lines" in rows
    assert "py-x, static rule" in rows
    assert "x = 1" not in plain(render.frame(FOUND, None, "gone.py"))
    wide = Document.of("c.py", "y" * 500, "python")
    row = plain(render.frame(replace(FOUND, start=Position(0, 400), end=Position(0, 410)), wide, "c.py"))
    assert all(len(one) < 130 for one in row.splitlines())


def test_what_others_wrote_cannot_drive_the_terminal() -> None:
    evil = replace(FOUND, title="\x1b]0;owned\x07 \x9b31m", body="\x1b[2J")
    text = plain(render.frame(evil, DOCUMENT, "a\x1b.py"))
    assert "\x1b" not in text
    assert "\x9b" not in text
    assert "\\x1b" in text
    assert clean("ok\tok") == "ok\tok"


def test_a_review_ends_with_a_sum() -> None:
    review = Review(
        "j",
        (FOUND, STATIC),
        dropped=(Dropped("absent", "a.py: gone"),),
        skipped=(("b.bin", "binary"),),
        errors=(StageError("review", "overloaded", "a.py: too busy.", "anthropic", "Try later."),),
        calls=(CALL,),
    )
    text = plain(render.review(review, lambda path: DOCUMENT, lambda path: path))
    assert text.endswith("2 findings: 2 P1\n")
    for part in (
        "skipped b.bin: binary",
        "dropped (absent): a.py: gone",
        "failed: a.py: too busy. Try later.",
    ):
        assert part in text
    assert plain(render.review(Review("j", ()), lambda path: None, str)) == "No findings.\n"
    shape = shapes.review(review)
    assert shape["complete"] is False
    assert shape["cost_usd"] == 0.0123
    assert shape["findings"][0]["start"] == {"line": 2, "column": 9}


@pytest.mark.parametrize(
    ("findings", "errors", "fail_on", "code"),
    [
        ((), (), "P2", 0),
        ((FOUND,), (), "P3", 0),  # what a model alone says does not count
        ((STATIC,), (), "P2", 1),
        ((STATIC,), (), "P0", 0),
        ((replace(FOUND, status="verified"),), (), "P1", 1),
        ((), ("overloaded",), "P2", 3),
        ((), ("budget",), "P2", 4),
        ((), ("overloaded", "budget"), "P2", 4),
        ((STATIC,), ("overloaded", "budget"), "P2", 1),
        ((STATIC,), ("overloaded", "interrupted"), "P2", 130),
    ],
)
def test_the_exit_code_of_a_review(
    findings: tuple[Finding, ...], errors: tuple[str, ...], fail_on: str, code: int
) -> None:
    failed = tuple(StageError("review", error, "m") for error in errors)
    assert exit_code(Review("j", findings, errors=failed), fail_on) == code


def test_exit_codes_have_an_order() -> None:
    assert worst([]) == 0
    assert worst([0, 3]) == 3
    assert worst([3, 4]) == 4
    assert worst([4, 1]) == 1
    assert worst([1, 2]) == 2
    assert worst([2, 130]) == 130


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("a\nb\nc\n", "a\nB\nc\n"),
        ("a\r\nb\r\n", "a\r\nB\r\n"),
        ("a\nb", "a\nB"),
        ("a\nb\n", "a\nb"),
        (None, "new\n"),
        ("gone\n", None),
        ("a\fb\nc\u2028d\n", "a\fb\nC\u2028d\n"),
    ],
)
def test_git_applies_our_diffs(before: str | None, after: str | None, tmp_path: Path) -> None:
    file = tmp_path / "x.py"
    if before is not None:
        file.write_bytes(before.encode())
    patch = unified("x.py", before, after)
    subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True, timeout=30)
    subprocess.run(
        ["git", "-c", "core.autocrlf=false", "apply", "-"],
        cwd=tmp_path,
        input=patch.encode(),
        check=True,
        timeout=30,
    )
    assert (file.read_bytes().decode() if file.exists() else None) == after


def test_only_files_that_change_have_a_diff() -> None:
    same = FileChange("a.py", "x", (Edit(Span(0, 1), "x"),))
    new = FileChange("b.py", None, (Edit(Span(0, 0), "y\n"),))
    found = diffs_of([same, new])
    assert [one.path for one in found] == ["b.py"]
    assert found[0].diff == "--- /dev/null\n+++ b/b.py\n@@ -0,0 +1 @@\n+y\n"
    assert plain(render.diff(found[0].diff)).splitlines()[-1] == "+y"


def test_an_estimate_sums_up_and_runs_three_at_a_time() -> None:
    one = Estimate("Opus 4.7", 1000, (100, 200), (0.1, 0.2), (3.0, 6.0), 0.5)
    less = replace(one, cost_usd=(0.05, 0.1))
    found = shapes.estimate(Priced(9, 3, (one,) * 4, (), (less,) * 4), 3)
    assert found.pop("expected_usd") == {
        "alone": {"low": 0.2, "high": 0.4},
        "with_second_looks": {"low": 0.4, "high": 0.8},
    }
    assert found == {
        "schema": 1,
        "units": 9,
        "known": 3,
        "requests": 4,
        "input_tokens": 4000,
        "output_tokens": {"low": 400, "high": 800},
        "cost_usd": {"low": 0.4, "high": 2.0},
        "seconds": {"low": 6.0, "high": 12.0},
    }
    assert shapes.estimate(Priced(1, 1), 3)["cost_usd"] == {"low": 0, "high": 0}


def test_money_and_time_are_short() -> None:
    assert [render.usd(x) for x in (0, 0.00001, 0.0123, 0.5, 12.345)] == [
        "$0",
        "$0",
        "$0.0123",
        "$0.50",
        "$12.35",
    ]
    assert render.usd_range(0.05, 0.2) == "$0.05-0.20"
    assert render.usd_range(0.001, 0.002) == "under $0.01"
    assert [render.duration(x) for x in (0.0004, 0.25, 1.26, 150)] == ["0 ms", "250 ms", "1.3 s", "2.5 min"]


def test_the_cost_of_a_call_is_one_line() -> None:
    assert (
        plain(render.costs([CALL]))
        == "claude-opus-4-7: 1,200 tokens in (200 cached), 30 out, $0.0123, 2.5 s\n"
    )
    local = replace(CALL, provider="embedded", model="smol", cost_usd=0.0, usage=Usage(9, 2, estimated=True))
    assert plain(render.costs([local])) == "smol: about 9 tokens in, 2 out, free, on this machine, 2.5 s\n"
    refused = replace(CALL, usage=Usage(estimated=True), cost_usd=0.0, outcome="error", error="unauthorized")
    assert plain(render.costs([refused])) == "claude-opus-4-7: failed (unauthorized), $0, 2.5 s\n"
    broken = replace(CALL, usage=Usage(1_116, 14, estimated=True), outcome="error", error="connection")
    told = "failed (connection), about 1,116 tokens in, 14 out, up to $0.0123, 2.5 s"
    assert plain(render.costs([broken])) == f"claude-opus-4-7: {told}\n"


def test_costs_are_a_table() -> None:
    total = Total("claude-opus-4-7", "review", 3, 1, 0.25, 12000, 4000, 300, 2.0, None)
    rows = plain(costs_text.lines(date(2026, 11, 1), [total], 0.1, 5.0)).splitlines()
    assert rows[0].split() == [
        "model",
        "task",
        "calls",
        "failed",
        "in",
        "cached",
        "out",
        "cost",
        "first",
        "token",
        "median",
    ]
    assert rows[1].split() == [
        "claude-opus-4-7",
        "review",
        "3",
        "1",
        "12,000",
        "4,000",
        "300",
        "$0.25",
        "-",
        "2.0",
        "s",
    ]
    assert rows[2:] == ["$0.25 since 2026-11-01.", "Today $0.10 of $5.00 is spent or reserved."]
    assert "No calls since" in plain(costs_text.lines(date(2026, 11, 1), [], 0, 5.0))


def test_days_are_named_in_few_ways() -> None:
    today = date(2026, 11, 21)
    assert costs.since_day("2026-01-02", today) == date(2026, 1, 2)
    assert costs.since_day("today", today) == today
    assert costs.since_day("week", today) == date(2026, 11, 15)
    assert costs.since_day("1d", today) == today
    assert costs.since_day("3d", today) == date(2026, 11, 19)
    assert costs.since_day("2w", today) == date(2026, 11, 8)
    assert costs.since_day("yesterday", today) == date(2026, 11, 20)
    assert costs.since_day("month", today) == date(2026, 10, 23)
    assert costs.since_day("year", today) == date(2025, 11, 22)
    assert costs.since_day("2026-10", today) == date(2026, 10, 1)
    assert costs.since_day("all", today) < date(2020, 1, 1)
    for text in ("", "tomorrow", "99999999d", "2026-13-01", "2026-13", "w", "-3d", "3x"):
        with pytest.raises(UsageError):
            costs.since_day(text, today)


def test_what_became_of_findings_is_a_table() -> None:
    model = Precision("correctness", "logic", "", "Opus 4.7", 8, 2, 1, 3, 2, 0)
    absent = Precision("", "", "", "Opus 4.7", 0, 0, 0, 0, 0, 2)
    rule = Precision("static", "injection", "py-x", "", 4, 0, 0, 0, 0, 0)
    found = plain(costs_text.finding_lines([model, rule, absent])).splitlines()
    assert found[0] == "" and found[1].split()[-4:] == ["of", "use", "made", "up"]
    assert [row.split() for row in found[2:]] == [
        ["correctness/logic", "Opus", "4.7", *"82213", "50%"],
        ["py-x", "rule", *"40000", "-"],
        ["all", "together", "Opus", "4.7", *"82213", "50%", "20%"],
    ]
    assert costs_text.finding_lines([]) == []
    assert costs_text.absent_share(absent) == 1.0
    assert costs_text.absent_share(rule) is None


@pytest.mark.parametrize(
    ("task", "further", "usual", "without"),
    [
        ("edit", "with_repairs", "$0.10-0.60", "; $0.10-0.20 without repairs"),
        ("refactor", "with_repairs", "$0.10-0.60", "; $0.10-0.20 without repairs"),
        ("investigate", "with_second_looks", "$0.10-0.60", "; $0.10-0.20 without second look and repair"),
        ("ask", "", "$0.10-0.20", ""),
    ],
)
def test_an_estimate_of_one_question_says_what_may_follow(
    task: str, further: str, usual: str, without: str, capsys: pytest.CaptureFixture[str]
) -> None:
    alone = Estimate("Opus 4.7", 1000, (100, 200), (0.1, 0.2), (3.0, 6.0), 0.5)
    whole = replace(alone, cost_usd=(0.1, 0.6), seconds=(3.0, 30.0), upper_usd=2.5) if further else alone
    assert estimated.printed(task, Expected(alone, whole), "json") == 0
    found = valid(capsys.readouterr().out, "estimate")
    more = {further: {"low": 0.1, "high": 0.6}} if further else {}
    assert found["expected_usd"] == {"alone": {"low": 0.1, "high": 0.2}, **more}
    assert (found["task"], found["requests"], found["cost_usd"]["high"]) == (task, 1, whole.upper_usd)
    assert estimated.printed(task, Expected(alone, whole), "text") == 0
    most, seconds = ("2.50", "30.0") if further else ("0.50", "6.0")
    assert capsys.readouterr().out == (
        f"{task} to Opus 4.7: about 1,000 tokens, {usual} (at most ${most}{without}),"
        f" 3.0 s to {seconds} s. Nothing was sent.\n"
    )


def test_what_became_of_the_parts_of_a_file_is_said_once() -> None:
    told = [
        Told("a.py", "f", 1, 4, "named by you", "asked"),
        Told("a.py", "g", 5, 9, "named by you", "asked"),
        Told("a.py", "h", 10, 12, "named by you", "failed", "budget"),
        Told("b.py", "", 1, 3, "changed", "known"),
    ]
    assert render.parts(told) == [
        "a.py: 2 parts asked, named by you",
        "a.py:10-12 h: failed, named by you (budget)",
        "b.py:1-3 the rest: known, changed",
    ]
    assert render.parts([]) == []


@pytest.mark.parametrize(
    ("cases", "looked", "left_out", "said"),
    [
        (3, 9, {}, "3 cases drawn from 9 that make one, of 9 commits."),
        (3, 3, {}, "3 cases out of 3 commits."),
        (1, 4, {"a merge": 3}, "1 case out of 4 commits; left out: 3 (a merge)."),
        (
            5,
            11,
            {"a merge": 1, "the first commit": 1},
            "5 cases drawn from 9 that make one, of 11 commits; left out: 1 (a merge), 1 (the first commit).",
        ),
    ],
)
def test_cases_out_of_the_history_and_what_is_left_out_add_up(
    cases: int, looked: int, left_out: dict[str, int], said: str
) -> None:
    found = Mined(tuple(Case(f"{at}", "edit", "a.py") for at in range(cases)), looked, left_out)
    assert drawn(found) == said
