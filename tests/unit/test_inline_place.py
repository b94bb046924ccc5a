"""What kind of place the cursor stands at, and the chance there, as tables."""

from __future__ import annotations

import pytest

from counterpoint.inline.chance import ROWS, WEIGHTS, chance, features
from counterpoint.inline.place import Kind, comment_or_string, kind_of
from counterpoint.inline.when import Moment

ABOVE = "def load(path):\n    items = read(path)\n"


@pytest.mark.parametrize(
    ("before", "kind"),
    [
        ("", "line start"),
        (ABOVE, "indenting"),
        (ABOVE + "  ", "indenting"),
        (ABOVE + "    ", "line start"),
        (ABOVE + "\n", "line start"),
        ("def load():\n    ", "line start"),
        ("def load():\n  ", "indenting"),
        ("fn a() {\n  let b = 1;\n  if b {\n    ", "line start"),
        ("def a():\n    return 1\n", "line start"),
        (ABOVE + "    total(", "opened"),
        (ABOVE + "    rows = [", "opened"),
        (ABOVE + "    total(items, ", "separated"),
        ("for (let i = 0; ", "separated"),
        (ABOVE + "    total(items,", "comma"),
        (ABOVE + "    items.", "dot"),
        ("let a = Vec::", "dot"),
        ("p->", "dot"),
        (ABOVE + "    total = ", "assigned"),
        ("load(path=", "assigned"),
        ("x: ", "annotated"),
        ("const f = (a) => ", "assigned"),
        ("total := ", "assigned"),
        (ABOVE + "    if items == ", "operator"),
        (ABOVE + "    a + ", "operator"),
        ("a != ", "operator"),
        ("a <= ", "operator"),
        (ABOVE + "    a +", "sign"),
        (ABOVE + "    a =", "sign"),
        ("return ", "after keyword"),
        ("public static ", "after keyword"),
        ("some words ", "after word"),
        ("total(items) ", "after word"),
        (ABOVE + "    total(items)", "closed"),
        ("if a:", "ended"),
        ("if (a) {", "ended"),
        ("a();", "ended"),
        ("print('", "quote"),
        (ABOVE + "    t", "word begun"),
        (ABOVE + "    tot", "in word"),
        (ABOVE + "    items", "whole word"),
        (ABOVE + "    item", "in word"),
        (ABOVE + "    return", "whole word"),
        ("a = 12", "number"),
        ("@", "mark"),
    ],
)
def test_the_kind_of_a_place(before: str, kind: Kind) -> None:
    assert kind_of(before, "") == kind


@pytest.mark.parametrize(
    ("before", "after", "kind"),
    [
        ("d = {a:", " 1}", "sign"),
        ("d = {", "}\n", "ended"),
        ("f(a;", " b)", "sign"),
        ("if a:", ")\n", "ended"),
    ],
)
def test_a_line_ends_where_no_more_than_brackets_follow(before: str, after: str, kind: Kind) -> None:
    assert kind_of(before, after) == kind


@pytest.mark.parametrize(
    ("before", "inside"),
    [
        ("a = 1", "code"),
        ("# so it is", "comment"),
        ("    // so", "comment"),
        (" * so", "comment"),
        ('"""So', "comment"),
        ("a = 'so", "string"),
        ("a = 'so'", "code"),
        (r"a = 'so\'", "string"),
        ("a = \"it's", "string"),
        ("x = 1\n# a\nb = ", "code"),
    ],
)
def test_a_comment_or_a_string_is_guessed_from_the_line(before: str, inside: str) -> None:
    assert comment_or_string(before) == inside


def moment(before: str = "a = ", after: str = "", language: str = "python", **more: object) -> Moment:
    return Moment(before, after, language, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("where", "names"),
    [
        (moment(), {"base"}),
        (moment(inside="string"), {"base", "string"}),
        (moment("# a "), {"base", "comment"}),
        (moment("# a ", inside="code"), {"base"}),
        (moment("so it ", language="markdown"), {"base", "prose"}),
        (moment("a: ", language="yaml"), {"base", "configuration"}),
        (moment(after=")\nb"), {"base", "closing follows"}),
        (moment(after="b)\n"), {"base", "text follows"}),
        (moment(after="\nb"), {"base"}),
        (moment(last_outcome="accepted"), {"base", "accepted here"}),
    ],
)
def test_what_holds_at_a_place(where: Moment, names: set[str]) -> None:
    kind, found = features(where)
    assert kind in ROWS
    assert set(found) == names <= set(WEIGHTS)
    assert all(0.0 < much <= 1.0 for much in found.values())


@pytest.mark.parametrize(
    ("better", "worse"),
    [
        (moment(), moment(last_outcome="ignored")),
        (moment(last_outcome="ignored"), moment(last_outcome="rejected")),
        (moment(), moment("# a ", inside="comment")),
        (moment(), moment(language="markdown")),
        (moment(last_outcome="rejected", since_seconds=120.0), moment(last_outcome="rejected")),
    ],
)
def test_one_place_is_better_than_another(better: Moment, worse: Moment) -> None:
    assert chance(*features(better)) > chance(*features(worse))


def test_the_share_a_user_keeps_moves_the_chance_within_bounds() -> None:
    here = features(moment())
    low, some, high = (chance(*here, kept_share=share) for share in (0.0, 0.25, 1.0))
    assert low < some < high
    assert some == pytest.approx(chance(*here))
    assert low == chance(*here, kept_share=0.1)  # a user who has kept nothing yet may still keep something


def test_every_row_is_a_share_and_a_size() -> None:
    assert all(0.0 < row.pauses < 1.0 and row.characters >= 3 for row in ROWS.values())
