"""Places that an answer cites: kept where the line is there, marked and counted where it is not."""

from __future__ import annotations

import time

import pytest

from counterpoint.answers import Dropped
from counterpoint.pairing.citing import Citation, checked, linked
from counterpoint.text import Document
from tests.casefiles import Held

FILES = Held(
    {
        path: Document.of(path, "line\n" * count, "python")
        for path, count in (
            ("shop/orders.py", 40),
            ("shop/stock.py", 10),
            ("web/stock.py", 5),
            ("Makefile", 9),
            ("app/(site)/[id].py", 3),
        )
    }
)
SHOWN = (("shop/orders.py", 1, 20),)


@pytest.mark.parametrize(
    ("said", "made", "citation"),
    [
        ("See shop/orders.py:12.", "See shop/orders.py:12.", Citation("shop/orders.py", 12, 12, True)),
        ("(shop/orders.py:3)", "(shop/orders.py:3)", Citation("shop/orders.py", 3, 3, True)),
        ("app/(site)/[id].py:1", "app/(site)/[id].py:1", Citation("app/(site)/[id].py", 1, 1, False)),
        ("(`shop/orders.py:3-20`)", "(`shop/orders.py:3-20`)", Citation("shop/orders.py", 3, 20, True)),
        ("shop/orders.py:30, later", "shop/orders.py:30, later", Citation("shop/orders.py", 30, 30, False)),
        ("in ./shop/orders.py#L4-L6", "in ./shop/orders.py#L4-L6", None),
        ("orders.py:12 does", "shop/orders.py:12 does", Citation("shop/orders.py", 12, 12, True)),
        ("shop/orders.py#L4-L6", "shop/orders.py:4-6", Citation("shop/orders.py", 4, 6, True)),
        ("Makefile:2 runs it", "Makefile:2 runs it", Citation("Makefile", 2, 2, False)),
    ],
)
def test_what_is_there_is_kept(said: str, made: str, citation: Citation | None) -> None:
    found = checked(said, FILES, SHOWN)
    if citation is None:  # a path told from the current folder is the same path
        assert found.citations == (Citation("shop/orders.py", 4, 6, True),)
        return
    assert (found.text, found.citations, found.dropped) == (made, (citation,), ())


@pytest.mark.parametrize(
    ("said", "made", "dropped"),
    [
        (
            "shop/orders.py:41",
            "shop/orders.py:41 (no such line)",
            Dropped("no-such-line", "shop/orders.py:41"),
        ),
        ("shop/orders.py:0", "shop/orders.py:0 (no such line)", Dropped("no-such-line", "shop/orders.py:0")),
        (
            "`shop/orders.py:9-4`",
            "`shop/orders.py:9-4 (no such line)`",
            Dropped("no-such-line", "shop/orders.py:9-4"),
        ),
        (
            "shop/gone.py:1 says",
            "shop/gone.py:1 (no such file) says",
            Dropped("no-such-file", "shop/gone.py:1"),
        ),
        ("stock.py:3", "stock.py:3 (no such file)", Dropped("no-such-file", "stock.py:3")),
        ("/etc/../a/b.py:3", "/etc/../a/b.py:3", None),
    ],
)
def test_what_is_not_there_is_marked_and_counted(said: str, made: str, dropped: Dropped | None) -> None:
    found = checked(said, FILES, SHOWN)
    assert found.text == made and found.citations == ()
    assert found.dropped == ((dropped,) if dropped else ())


@pytest.mark.parametrize(
    "said",
    ["at 12:30 it ran", "db.example.com:5432", "https://example.com/a.py:3", "v1.2.3:4", "a::b:3", "x.y:z"],
)
def test_what_cites_no_file_is_left_alone(said: str) -> None:
    found = checked(said, FILES, SHOWN)
    assert (found.text, found.citations, found.dropped) == (said, (), ())


def test_each_is_counted_once() -> None:
    found = checked("shop/gone.py:1 and shop/gone.py:1, shop/orders.py:2, shop/orders.py:2", FILES, SHOWN)
    assert len(found.dropped) == len(found.citations) == 1


def test_citations_become_links_but_not_inside_code() -> None:
    found = checked(
        "See `shop/orders.py:12` and shop/stock.py:3.\n```\nshop/orders.py:12\n```\n", FILES, SHOWN
    )
    text = linked(found.text, found.citations, lambda path: f"file:///w/{path}")
    first, *rest = text.split("\n")
    assert first == (
        "See [`shop/orders.py:12`](file:///w/shop/orders.py#L12)"
        " and [shop/stock.py:3](file:///w/shop/stock.py#L3)."
    )
    assert rest == ["```", "shop/orders.py:12", "```", ""]
    assert linked("`go shop/orders.py:12`", found.citations, lambda path: "x") == "`go shop/orders.py:12`"


@pytest.mark.alone
def test_odd_text_takes_no_longer_than_plain_text() -> None:
    times = {}
    for text in ("word " * 8_000, "a-" * 20_000, "a/" * 20_000):
        begun = time.perf_counter()
        checked(text, FILES, SHOWN)
        times[text[:2]] = time.perf_counter() - begun
    assert max(times.values()) < 100 * times["wo"]
