"""What an answer is worth, counted; and what single runs come to."""

from __future__ import annotations

from dataclasses import replace

import pytest

from counterpoint.answers import (
    ChangeSet,
    Dropped,
    FileChange,
    Finding,
    Findings,
    Insertion,
    Prose,
    Verdict,
    Verdicts,
)
from counterpoint.calls import Call
from counterpoint.comparing.judging import judged
from counterpoint.comparing.measures import answered, known_of, measured, nothing, of_use, same, took
from counterpoint.comparing.values import Answered, Case, Compared, Found, Run
from counterpoint.models import Usage
from counterpoint.text import Document, Edit, Position, Span

DOCUMENT = Document.of("a.py", "one\ntwo\nthree\n", "python")


def finding(line: int, *, ident: str = "", category: str = "logic", path: str = "a.py") -> Finding:
    return Finding(ident, path, Position(line - 1, 0), Position(line, 0), "P1", 0.9, category, "correctness",
                   "Wrong", "b", "unverified")  # fmt: skip


def found(line: int, ident: str = "", category: str = "logic") -> Found:
    return Found(ident, "a.py", (line, line), category, "Wrong", "P1")


def test_a_change_set_counts_what_applies_and_what_is_not_there() -> None:
    change = FileChange("a.py", DOCUMENT.text, (Edit(Span(0, 3), "uno"), Edit(Span(4, 7), "dos\nbis")))
    whole = answered(ChangeSet((change,)), DOCUMENT)
    assert (whole.edits, whole.dropped, whole.applies, whole.absent, whole.changed_lines) == (
        2,
        0,
        True,
        0,
        5,
    )
    assert "+dos" in whole.text
    part = answered(ChangeSet((change,), (Dropped("absent", "x"), Dropped("ambiguous", "y"))), DOCUMENT)
    assert (part.edits, part.dropped, part.applies, part.absent) == (4, 2, False, 1)


@pytest.mark.parametrize("reason", ["no-change", "not-asked", "outside", "ignored", "cut-off"])
def test_what_is_left_out_for_other_reasons_could_be_applied(reason: str) -> None:
    change = FileChange("a.py", DOCUMENT.text, (Edit(Span(0, 3), "uno"),))
    assert answered(ChangeSet((change,), (Dropped(reason),)), DOCUMENT).applies is True


def test_an_answer_that_changes_nothing_is_of_no_use() -> None:
    empty = answered(ChangeSet((), question="Which one?"), DOCUMENT)
    assert empty.applies is False and empty.text == "Which one?"
    assert not of_use(Run("c", "m", "", 1, answered=empty))


def test_findings_are_known_by_place_and_their_absent_quotes_counted() -> None:
    dropped = (Dropped("absent"), Dropped("evidence-absent"), Dropped("fix-absent"), Dropped("duplicate"))
    made = answered(Findings((finding(2, ident="f1"),), dropped), DOCUMENT)
    assert made.findings == (Found("f1", "a.py", (2, 2), "logic", "Wrong", "P1"),)
    assert (made.absent, made.quotes) == (3, 4)


def test_words_and_insertions_have_their_measures() -> None:
    prose = answered(Prose("It adds.", (Dropped("no-such-line"), Dropped("no-such-file"))), DOCUMENT)
    assert prose.absent == 2 and prose.applies is None
    put = answered(Insertion("2", Span(3, 3)), DOCUMENT)
    assert put.applies is True and put.changed_lines == 2
    assert answered(Insertion("", Span(3, 3)), DOCUMENT).applies is False
    seen = answered(Verdicts((Verdict(1, "confirmed", "so"),), (Dropped("support-absent"),)), DOCUMENT)
    assert seen.absent == 1 and "1: confirmed: so" in seen.text


def test_what_a_case_knows_is_held_against_the_answer() -> None:
    case = Case("c", "review", "a.py", faults=(("a.py", 2, 2), ("b.py", 9, 9)), expected="  x = 1\n")
    made = known_of(case, Findings((finding(3),)), answered(Findings((finding(3),)), DOCUMENT))
    assert made.faults_found == 0.5
    put = Insertion("x  = 1\ny = 2", Span(0, 0))
    assert known_of(case, put, Answered()).as_committed is True
    assert known_of(case, Insertion("x = 2", Span(0, 0)), Answered()).as_committed is False
    lost = nothing(case, tests=True)
    assert (lost.exact, lost.line_prefix, lost.similarity) == (False, 0.0, 0.0)
    assert (lost.faults_found, lost.as_committed, lost.tests_passed) == (0.0, False, False)
    assert nothing(Case("d", "edit"), tests=False) == Answered()


@pytest.mark.parametrize(
    ("text", "exact", "line", "prefix", "similarity"),
    [
        ("total += 1\nreturn total", True, True, 1.0, 1.0),
        ("total += 1  \nreturn total\n", True, True, 1.0, 1.0),
        ("total  +=  1\nreturn total", False, True, 1.0, 0.96),
        ("total += 1", False, True, 1.0, 0.61),
        ("total -= 1\nreturn total", False, False, 0.6, 0.96),
        ("print(3)", False, False, 0.0, 0.19),
        ("total += 10\nreturn total", False, False, 1.0, 0.98),
    ],
)
def test_a_completion_is_held_against_what_was_written_there(
    text: str, exact: bool, line: bool, prefix: float, similarity: float
) -> None:
    case = Case("c", "complete", "a.py", expected="total += 1\nreturn total\n")
    found = known_of(case, Insertion(text, Span(0, 0)), Answered())
    assert (found.exact, found.as_committed) == (exact, line)
    assert found.line_prefix == pytest.approx(prefix)
    assert found.similarity == pytest.approx(similarity, abs=0.01)


def test_two_findings_are_one_by_id_or_by_place_and_category() -> None:
    one = Found("f", "a.py", (4, 8), "logic")
    assert same(one, Found("f", "b.py", (1, 1), "docs"))
    assert same(one, Found("g", "a.py", (8, 12), "logic"))
    assert not same(one, Found("g", "a.py", (9, 12), "logic"))
    assert not same(one, Found("g", "a.py", (4, 8), "types"))
    assert not same(Found("", "a.py", (1, 1), "logic"), Found("", "a.py", (5, 5), "logic"))


def call(outcome: str, seconds: float, cost: float) -> Call:
    return Call("j", "edit", "fast", "m", "openai", Usage(100, 10, 50), cost, seconds, seconds / 2, outcome)


def test_a_run_costs_all_its_calls_and_took_the_one_that_was_answered() -> None:
    calls = [call("error", 9.0, 0.0), call("ok", 2.0, 0.02)]
    run = measured(Run("c", "m", "", 1), calls)
    assert (run.seconds, run.first_token_seconds, run.cost_usd) == (2.0, 1.0, 0.02)
    assert (run.input_tokens, run.cached_tokens, run.output_tokens) == (200, 100, 20)
    lost = measured(Run("c", "m", "", 1, error="timeout"), calls)
    assert lost.seconds is None and lost.cost_usd == 0.02


def runs(model: str, seconds: list[float], cases: int = 10, **fields: object) -> list[Run]:
    """Runs of a model in so many cases, `seconds` being those of each case's runs."""
    made = []
    for case in range(cases):
        for number, one in enumerate(seconds, 1):
            run = Run(f"c{case}", model, "low", number, one * (case + 1), one, 10, 0, 5, 0.01)
            made.append(replace(run, **fields))  # type: ignore[arg-type]
    return made


def of(made: list[Run]) -> Compared:
    cases = tuple(Case(name, "edit") for name in dict.fromkeys(run.case for run in made))
    return judged(Compared("edit", cases, (), (), (), tuple(made)), {"a": "A", "b": "B"})


def test_one_odd_run_of_a_case_does_not_count() -> None:
    done = of(runs("a", [1.0, 1.1, 90.0]) + runs("b", [2.0, 2.1, 2.2]))
    seconds = next(one for one in done.differences if one.metric == "seconds")
    assert seconds.word == "better" and seconds.estimate == pytest.approx(1.1 / 2.1)
    assert done.models[0].values["seconds"] == pytest.approx(1.1 * 5.5)
    assert done.models[0].cases["seconds"] == 10


def test_a_failed_run_has_no_time_but_counts_as_of_no_use() -> None:
    lost = [replace(run, error="timeout", seconds=None) for run in runs("a", [1.0])]
    done = of(lost + runs("b", [2.0], answered=Answered(applies=True)))
    first, second = done.models
    assert first.failed == 10 and first.errors == {"timeout": 10} and first.values["seconds"] is None
    assert first.usd_per_completed is None and second.usd_per_completed == pytest.approx(0.01)
    words = {one.metric: one.word for one in done.differences}
    assert words["done"] == "worse" and words["seconds"] == "too few cases"


def test_only_what_was_measured_is_looked_at_and_divides_the_chance_of_error() -> None:
    plain = of(runs("a", [1.0]) + runs("b", [1.0]))
    assert {one.metric for one in plain.differences} == {"seconds", "first_token_seconds", "cost_usd", "done"}
    assert {one.needed for one in plain.differences} == {8}
    tested = of(runs("a", [1.0], answered=Answered(tests_passed=True, absent=0)) + runs("b", [1.0]))
    assert {one.metric for one in tested.differences} > {"tests_passed", "absent"}


def test_findings_in_common_are_told_once_with_who_reports_them_how_often() -> None:
    made = runs("a", [1.0, 1.0], 1, answered=Answered(findings=(found(4, "f"), found(9))))
    made += [Run("c0", "b", "low", 1, answered=Answered(findings=(found(4, "f"),))), Run("c0", "b", "low", 2)]
    done = of(made)
    assert [(one.found.lines, dict(one.share)) for one in done.shared] == [
        ((4, 4), {"a": 1.0, "b": 0.5}), ((9, 9), {"a": 1.0, "b": 0.0})]  # fmt: skip
    assert done.models[0].values["found"] == 1.0 and done.models[1].values["found"] == 0.25


def test_the_time_of_a_job_is_that_in_which_one_of_its_calls_was_under_way() -> None:
    """Two calls side by side, a pause in which nobody was asked, one more; the one that failed takes none."""
    run = Run("c", "m", "high", 1)
    calls = [
        replace(call("ok", 4.0, 0.1), began=10.0),
        replace(call("ok", 3.0, 0.1), began=12.0),
        replace(call("ok", 2.0, 0.1), began=40.0),
        replace(call("failed", 9.0, 0.1), began=20.0),
    ]
    found = took(run, calls)
    assert (found.seconds, found.first_token_seconds) == (7.0, 2.0)
    assert found.cost_usd == pytest.approx(0.4) and found.input_tokens == 400
    assert took(replace(run, error="refused"), calls).seconds is None
    assert took(run, calls[3:]).seconds is None
