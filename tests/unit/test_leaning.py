"""What tests of a commit need beside the code that is shown, as cases: told, or left out with the reason."""

from __future__ import annotations

from dataclasses import replace

import pytest

from counterpoint.comparing.commits import Change, Commit, Touched
from counterpoint.comparing.leaning import is_of_types
from counterpoint.comparing.messages import why_not
from counterpoint.comparing.mining import by_names, by_texts
from counterpoint.comparing.relied import fixed_by_tests
from tests.unit.test_posing import delta

MESSAGE = "Count the visits of guests even when the counter has not been started for the shop"
BEFORE = """\
import counters
import requests

HOST = "https://counters.shop/api"


def visit(counter, guests):
    rows = {"name": counter, "short": True}
    requests.post(HOST, rows)
    counters.note(guests)
"""
AFTER = BEFORE.replace("    counters.note(guests)\n", "    if counter:\n        counters.add(guests)\n")
HEAD = "from unittest import mock\n\nfrom visits import visit\n\n\n"
TEST = "def test_visit():\n    visit(counter, guests)\n    assert counter.guests == guests\n"


def change(after: str, test: str, *brought: str, message: str = MESSAGE, head: str = HEAD) -> Change:
    paths = ("visits.py", "tests/test_visits.py", *brought)
    made = Commit("c" * 40, ("p" * 40,), 1_700_000_000, message, tuple(Touched(one, "M") for one in paths))
    return Change(
        made,
        "p" * 40,
        (delta("visits.py", BEFORE, after),),
        (delta("tests/test_visits.py", head, head + test),),
    )


def test_tests_of_the_code_alone_are_fair() -> None:
    assert by_texts(change(AFTER.replace("counters.add", "counters.note"), TEST)) == ""


def test_words_of_assertions_are_no_words_of_what_is_tested() -> None:
    message = "Add guests to the counter unless it is missing: assertItemsEqual and assertCountEqual"
    other = "def test_other():\n    assertItemsEqual(1, 1)\n    assertCountEqual(1, 1)\n"
    asked = change(AFTER, other, message=message, head="import mock\n")
    assert by_texts(replace(asked, tests=(replace(asked.tests[0], path="tests/test_far.py"),))) == (
        "tests of something else"
    )


def test_a_file_that_came_along_and_that_the_tests_name_is_written_down() -> None:
    reads = TEST.replace("(counter, guests)", '(load("scans/many.json"), guests)')
    assert (
        by_texts(change(AFTER, reads, "data/scans/many.json"))
        == "tests that compare with what was written down"
    )
    assert by_texts(change(AFTER, reads, "data/scans/few.json")) == ""
    commit = change(AFTER, TEST, "unittests/scans/many.json").commit
    assert by_names(commit) == "tests that compare with what was written down"


@pytest.mark.parametrize(
    "replaces",
    [
        'with mock.patch("visits.counters.add"):',
        'with mock.patch.object(counters, "add"):',
        'monkeypatch.setattr(counters, "add", None)',
        'monkeypatch.setattr("visits.counters.add", None)',
        'jest.spyOn(counters, "add")',
        "sinon.stub(counters, 'add')",
    ],
)
def test_a_name_that_tests_replace_is_told_as_it_is_used(replaces: str) -> None:
    fixed = fixed_by_tests(change(AFTER, f"{replaces}\n{TEST}"))
    assert fixed is not None and fixed.names == ("counters.add",)
    known = fixed_by_tests(change(AFTER, f"{replaces.replace('add', 'note')}\n{TEST}"))
    assert known is not None and known.names == ()


def test_a_name_that_tests_replace_and_nothing_shows_cannot_be_told() -> None:
    asked = change(AFTER, f'with mock.patch("deep.inside.flushed"):\n{TEST}')
    assert by_texts(asked) == "tests that fix what nobody could guess"


def test_tests_that_ask_a_host_without_anything_in_its_place_are_left_out() -> None:
    bare = HEAD.replace("from unittest import mock\n\n", "")
    assert by_texts(change(AFTER, TEST, head=bare)) == "tests that ask other hosts"
    assert by_texts(change(AFTER, f"@responses.activate\n{TEST}", head=bare)) == ""


def test_a_key_that_goes_without_a_word_is_not_asked_where_tests_compare_the_whole() -> None:
    whole = TEST + '    post.assert_called_once_with(HOST, {"name": counter})\n'
    after = AFTER.replace(', "short": True', "")
    assert by_texts(change(after, whole)) == "tests that fix what nobody could guess"
    assert by_texts(change(after, TEST)) == ""
    assert by_texts(change(after, whole, message=f"{MESSAGE}\n\nWithout the short key.")) == ""


def test_a_text_that_the_message_tells_only_in_passing_is_told() -> None:
    after = AFTER.replace("counters.add(guests)", 'counters.note("not been started")')
    tests = TEST + '    assert log == ["not been started"]\n'
    fixed = fixed_by_tests(change(after, tests))
    assert fixed is not None and fixed.texts == ("not been started",)
    quoted = fixed_by_tests(
        change(after, tests, message=MESSAGE.replace("not been started", '"not been started"'))
    )
    assert quoted is not None and quoted.texts == ()


def test_a_condition_round_what_was_there_must_be_spoken_of() -> None:
    guarded = AFTER.replace("counters.add", "counters.note")
    vague = "Count the visits of guests by the counter of the shop"
    assert by_texts(change(guarded, TEST, message=vague)) == "a message that names nothing to be done"
    assert by_texts(change(guarded, TEST, message=f"{vague} unless there is none")) == ""


@pytest.mark.parametrize("end", ["…", "...", "… (#12)"])
def test_a_subject_that_is_cut_is_left_out(end: str) -> None:
    assert (
        why_not(f"Count the visits of guests even when the counter has not{end}")
        == "a message that is cut off"
    )
    assert why_not("Count the visits of guests even when the counter has not been started") == ""


@pytest.mark.parametrize(
    ("before", "after", "types"),
    [
        (
            "const first = (names: (string | number)[]) => names[0]",
            "const first = (names: Child[]) => names[0]",
            True,
        ),
        ("type One<T> = T extends A ? B : never", "type One<T> = T extends A ? B[] : never // a row", True),
        (
            "const first = (names: string[]) => names[0]",
            "const first = (names: string[]) => names.at(0)",
            False,
        ),
        ("const first = (names: string[]) => names[0]", "const first = (names: Child[]) => names[1]", False),
        (
            "export interface Made {\n  <S>(recipe: (state: S) => S): S\n}",
            "export interface Made {\n  <S>(recipe: (state: S) => S): S\n  <S>(first: S, ...rest: S[]): S\n}",
            True,
        ),
    ],
)
def test_types_are_looked_at_by_no_test_that_is_run(before: str, after: str, types: bool) -> None:
    made = change(AFTER, TEST)
    asked = replace(made, sources=(delta("first.ts", f"{before}\n", f"{after}\n"),))
    assert (by_texts(asked) == "types, which no test that is run looks at") is types
    assert (by_texts(asked, shown=True) == "types, which no test that is run looks at") is types
    assert not is_of_types(replace(made, sources=(delta("first.py", f"{before}\n", f"{after}\n"),)))


@pytest.mark.parametrize(
    ("row", "asks"),
    [
        ('    visit(requests.get("https://counters.shop/"), guests)\n', True),
        ('    visit(requests.get("https://counters.example/"), guests)\n', False),
        ('    visit(fake(requests.get("https://counters.shop/")), guests)\n', False),
        ('    visit("https://counters.shop/", guests)\n', False),
    ],
)
def test_a_test_that_asks_a_host_by_its_own_line_needs_the_network(row: str, asks: bool) -> None:
    test = TEST.replace("    visit(counter, guests)\n", row)
    made = change(AFTER.replace("counters.add", "counters.note"), test)
    assert (by_texts(made, shown=True) == "tests that ask other hosts") is asks


@pytest.mark.parametrize(
    ("row", "some"),
    [
        ('@pytest.mark.skipif(os.name != "nt", reason="drives")\n', True),
        ("", False),
    ],
)
def test_a_test_for_some_systems_tells_nothing_on_the_others(row: str, some: bool) -> None:
    after = AFTER.replace("counters.add", "counters.note")
    why = "what only some systems or versions show"
    made = change(after, row + TEST)
    assert [by_texts(made, shown=shown) for shown in (False, True)] == ([why, why] if some else ["", ""])
    versioned = change(f"import sys\n\nNEW = sys.version_info >= (3, 14)\n{after}", TEST)
    assert by_texts(versioned, asks=False) == why
