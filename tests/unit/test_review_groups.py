"""What is asked about together, what is shown of a file, and what no model is asked about."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from counterpoint.answers import Evidence, Finding
from counterpoint.context.blocks import Block
from counterpoint.context.windows import windows
from counterpoint.flows.review import Tools, review
from counterpoint.reviewing.groups import grouped, most_characters, why_minified
from counterpoint.reviewing.keys import Reading, keys_of
from counterpoint.reviewing.owners import owner_of
from counterpoint.reviewing.unit import Unit
from counterpoint.settings import Settings
from counterpoint.text import Document, Position, Span
from tests.asking import engine
from tests.unit.test_review_flow import DIRECT, Played, item, said, ways

READING = Reading("words", ("correctness",), "m", "high", "direct")


def document(lines: int, width: int = 20, path: str = "a.py") -> Document:
    return Document.of(path, "".join(f"x{n} = {'y' * width}\n" for n in range(lines)), "python")


def unit(of: Document, first: int, last: int, name: str = "f", **more: object) -> Unit:
    block = Block(name, "function", first, last, f"{name}{first}", **more)  # type: ignore[arg-type]
    return Unit(of, block, "named by you")


def test_units_of_one_file_go_together_as_far_as_one_prompt_holds_them() -> None:
    one, other = document(100), document(10, path="b.py")
    units = [unit(one, n * 10, n * 10 + 9, f"f{n}") for n in range(10)]
    found = grouped([*units[5:], unit(other, 0, 9), *units[:5]], 1_000_000)
    assert [[item.block.name for item in group.units] for group in found.groups] == [
        [f"f{n}" for n in range(10)],
        ["f"],
    ]
    small = grouped(units, 1_500)
    assert len(small.groups) > 2 and sum(len(group.units) for group in small.groups) == 10
    assert found.groups[0].ranges == (Span(0, len(one.text)),)


def test_a_unit_longer_than_a_group_stands_alone_and_is_not_cut() -> None:
    long = document(5_000)
    found = grouped([unit(long, 0, 4_899, "long"), unit(long, 4_900, 4_999, "short")], 50_000)
    assert [[one.block.name for one in group.units] for group in found.groups] == [["long"], ["short"]]
    assert found.groups[0].ranges[0].end - found.groups[0].ranges[0].start > 100_000


def test_minified_text_and_endless_lines_are_skipped_with_the_reason() -> None:
    minified = Document.of("a.min.js", "var a=1;" * 5_000, "javascript")
    assert why_minified(minified).startswith("minified: 40,000 characters")
    data = Document.of("a.py", "a = 1\n" * 4_000 + f"b = '{'z' * 1_000_000}'\n" + "c = 2\n" * 4_000, "python")
    units = [unit(minified, 0, 0), unit(data, 4_000, 4_000, "b"), unit(data, 0, 10, "a")]
    found = grouped(units, 100_000)
    assert [(one.block.name, why.split(":")[0]) for one, why in found.skipped] == [
        ("f", "minified"),
        ("b", "a line of 1,000,007 characters"),
    ]
    assert [group.path for group in found.groups] == ["a.py"]
    assert not why_minified(document(2_000))


@pytest.mark.asyncio
async def test_huge_inputs_are_no_error(tmp_path: Path) -> None:
    played = Played({})
    long = document(5_000, 30, "long.py")
    line = Document.of("line.py", f"data = '{'z' * 1_000_000}'\n", "python")
    minified = Document.of("all.min.js", "function a(){};" * 20_000, "javascript")
    units = [unit(long, 0, 4_999), unit(line, 0, 0), unit(minified, 0, 0)]
    found = await review(engine(played, tmp_path), units, DIRECT, Tools())
    assert found.complete
    assert sorted(ways(found)) == [("all.min.js", "skipped"), ("line.py", "skipped"), ("long.py", "asked")]
    assert sorted(path for path, _ in found.skipped) == ["all.min.js", "line.py"]


@pytest.mark.asyncio
async def test_a_long_line_beside_what_is_asked_about_is_left_out_of_the_prompt(tmp_path: Path) -> None:
    rows = ["def f(a):\n", "    return a / 0\n", f"data = '{'z' * 100_000}'\n", *["pass\n"] * 3_000]
    held = Document.of("a.py", "".join(rows), "python")
    played = Played({("review", "a.py"): said(item("a.py", 2, "a / 0"))})
    made = engine(played, tmp_path)
    found = await review(made, [unit(held, 0, 1)], DIRECT, Tools())
    assert [one.start.line for one in found.findings] == [1]
    assert len(played.prompts[0]) < 2_000 and "2|     return a / 0" in played.prompts[0]
    assert "Scope: lines 1 to 2; the rest of the file is context only." in played.prompts[0]


def test_of_a_long_file_the_pieces_are_shown_with_its_head() -> None:
    held = document(1_000)
    spans = windows(held, (held.span_of_lines(500, 509),), 1_000_000)
    rows = [(held.position(span.start).line, held.position(span.end).line) for span in spans]
    assert rows == [(0, 21), (494, 516)]
    assert windows(held, (Span(0, len(held.text)),), 1_000_000) == (Span(0, len(held.text)),)
    assert windows(document(50), (Span(0, 5),), 1_000_000) == (Span(0, len(document(50).text)),)


def test_the_limit_of_a_group_is_far_below_what_is_asked_about_first() -> None:
    assert 50_000 < most_characters(Settings()) < 200_000 * 2.5


def test_a_key_holds_what_changes_a_verdict_and_nothing_else() -> None:
    held = document(30)
    one = unit(held, 0, 9, calls=("g",))
    keys = keys_of(one, READING)
    moved = replace(one, block=replace(one.block, first_line=5, last_line=14), why="changed", hunks=((6, 6),))
    assert keys_of(moved, READING) == keys
    assert len({keys.exact, keys.anywhere, keys.drafts}) == 3
    others = [
        keys_of(replace(one, block=replace(one.block, digest="other")), READING),
        keys_of(replace(one, relies=(("g", "contract"),)), READING),
        keys_of(one, READING, 1),
        keys_of(one, replace(READING, words="w")),
        keys_of(one, replace(READING, passes=("security",))),
        keys_of(one, replace(READING, model="n")),
        keys_of(one, replace(READING, effort="low")),
        keys_of(one, replace(READING, strategy="s")),
    ]
    assert len({key.exact for key in (keys, *others)}) == len(others) + 1
    elsewhere = keys_of(replace(one, document=document(30, path="b.py")), READING)
    assert elsewhere.exact != keys.exact and elsewhere.anywhere == keys.anywhere


def test_a_finding_belongs_to_the_unit_it_lies_in_speaks_of_or_calls() -> None:
    held = document(30)
    one, two = unit(held, 0, 9, "one"), unit(held, 10, 19, "two", calls=("pool.give_back",))
    base = Finding(
        "i",
        "a.py",
        Position(12, 0),
        Position(12, 3),
        "P1",
        0.9,
        "logic",
        "correctness",
        "T",
        "B",
        "unverified",
    )
    assert owner_of(base, [one, two]) is two
    assert owner_of(replace(base, start=Position(25, 0), end=Position(25, 1)), [one, two]) is two
    away = replace(base, path="pool.py")
    assert owner_of(replace(away, symbol="Pool.give_back"), [one, two]) is two
    assert (
        owner_of(replace(away, evidence=(Evidence("a.py", 3, "x2"),), symbol="give_back"), [one, two]) is one
    )
    assert owner_of(away, [one, two]) is one
