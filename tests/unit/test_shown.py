"""Findings on show while somebody edits: every edit goes through the documents of the language server."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import counterpoint
from counterpoint.answers import Finding
from counterpoint.findings.coding import decoded, encoded
from counterpoint.index.edits import LineEdit
from counterpoint.lsp.documents import Change, Documents
from counterpoint.lsp.findings import Shown
from counterpoint.reviewing.anchoring import anchors_of
from counterpoint.reviewing.homes import home
from counterpoint.text import Document
from tests.bench.anchors import corpus, run

URI, KEY = "file:///w/a.py", "k"
TEXT = """def first(rows):
    total = 0
    for row in rows:
        total += row.price
    return total


def second(rows):
    total = 0
    for row in rows:
        total += row.count
    return total
"""


class Bench:
    """A document, the findings on show in it, and what a person does."""

    def __init__(self, text: str = TEXT) -> None:
        self.documents, self.shown = Documents(lambda uri: "a.py", "utf-32"), Shown()
        self.base = self.documents.open(URI, "python", 1, text)
        self.shown.opened(KEY, self.base)

    @property
    def now(self) -> Document:
        found = self.documents.get(URI)
        assert found is not None
        return found

    def finding(self, quote: str, nth: int = 0, name: str = "f1") -> Finding:
        at = -1
        for _ in range(nth + 1):
            at = self.now.text.index(quote, at + 1)
        start, end = self.now.position(at), self.now.position(at + len(quote))
        made: dict[str, Any] = {
            "id": name, "path": "a.py", "start": start, "end": end, "severity": "P1", "confidence": 0.9,
            "category": "logic", "lens": "correctness", "title": "Wrong", "body": "", "status": "verified",
        }  # fmt: skip
        return Finding(**made)

    def show(self, quote: str, nth: int = 0) -> None:
        self.shown.put(KEY, "review", self.now, [self.finding(quote, nth)])

    def edit(self, *changes: tuple[int, int, str]) -> None:
        before = self.now
        log: list[LineEdit] = []
        told = []
        for start, end, text in changes:
            ends = [before.position(one) for one in (start, end)]
            told.append(Change(text, ((ends[0].line, ends[0].column), (ends[1].line, ends[1].column))))
        after = self.documents.change(URI, (before.version or 0) + 1, told, log)
        assert after is not None
        self.shown.follow(KEY, before, after, log)

    def all(self, text: str) -> None:
        before = self.now
        log: list[LineEdit] = []
        after = self.documents.change(URI, (before.version or 0) + 1, [Change(text)], log)
        assert after is not None
        self.shown.follow(KEY, before, after, log)

    def swap(self, old: str, new: str, nth: int = 0) -> None:
        at = -1
        for _ in range(nth + 1):
            at = self.now.text.index(old, at + 1)
        self.edit((at, at + len(old), new))

    def seen(self) -> list[tuple[str, str, int]]:
        """Status, text and line of what is shown."""
        placed = self.shown.placed(KEY, self.now)
        return [
            (one.finding.status, one.document.text[one.span.start : one.span.end],
             one.document.position(one.span.start).line)
            for one in placed
        ]  # fmt: skip


@pytest.fixture
def bench() -> Bench:
    return Bench()


def test_typing_above_and_behind_moves_it_along(bench: Bench) -> None:
    bench.show("return total", 1)
    for at, char in enumerate("import os\n"):
        bench.edit((at, at, char))
    bench.edit((len(bench.now.text), len(bench.now.text), "# more"))
    assert bench.seen() == [("verified", "return total", 12)]


def test_of_two_equal_lines_the_deleted_one_is_gone_and_the_other_stays(bench: Bench) -> None:
    bench.show("    return total\n", 0)
    bench.swap("    return total\n", "", 0)
    assert bench.seen() == []
    other = Bench()
    other.show("return total", 1)
    other.swap("    return total\n", "", 0)
    assert other.seen() == [("verified", "return total", 10)]


def test_adjacent_twins_are_told_apart() -> None:
    for nth, rest in ((0, []), (1, [("verified", "twin()", 0)])):
        bench = Bench("twin()\ntwin()\n")
        bench.show("twin()", nth)
        bench.edit((0, 7, ""))
        assert bench.seen() == rest


def test_a_piece_of_a_row_of_equals_stays_itself() -> None:
    bench = Bench("f(X, X, X)\nrest = 1\n")
    bench.show("X, X", 1)
    bench.swap("f(X, X, X)\n", "")
    bench.edit((0, 0, "f(X, X, X)\n"))
    (one,) = bench.shown.placed(KEY, bench.now)
    assert (one.finding.status, one.span.start) == ("verified", 5)


def test_undo_brings_back_what_was_deleted(bench: Bench) -> None:
    bench.show("total += row.count")
    bench.swap("        total += row.count\n", "")
    assert bench.seen() == []
    at = bench.now.text.rindex("    return total")
    bench.edit((at, at, "        total += row.count\n"))
    assert bench.seen() == [("verified", "total += row.count", 10)]


def test_what_is_cut_is_known_where_it_is_pasted(bench: Bench) -> None:
    bench.show("return total", 0)
    block = bench.now.text[: bench.now.text.index("\n\ndef second")]
    bench.swap(block, "")
    assert bench.seen() == []
    bench.edit((len(bench.now.text), len(bench.now.text), "\n\n" + block))
    assert bench.seen() == []  # white space came along in front: not what was cut
    bench.all(TEXT)
    assert bench.seen() == [("verified", "return total", 4)]


def test_pasted_with_another_indentation_it_is_known(bench: Bench) -> None:
    bench.show("row.price")
    block = "    for row in rows:\n        total += row.price\n"
    bench.swap(block, "")
    bench.edit((0, 0, block.replace("    ", "  ")))
    assert bench.seen() == [("verified", "row.price", 1)]


def test_code_that_was_changed_is_stale_until_it_is_as_it_was(bench: Bench) -> None:
    bench.show("total += row.price")
    bench.swap("price", "cost")
    assert bench.seen() == [("stale", "total += row.cost", 3)]
    bench.swap("cost", "price")
    assert bench.seen() == [("verified", "total += row.price", 3)]
    bench.swap("row.price", "row.price2")
    assert bench.seen() == [("stale", "total += row.price2", 3)]


def test_what_grows_in_place_of_the_deleted_is_not_taken_for_it(bench: Bench) -> None:
    bench.show("row.price")
    bench.swap("total += row.price", "")
    at = bench.now.text.index("    return total")
    for step, char in enumerate("other(name)"):
        bench.edit((at + step, at + step, char))
    assert bench.seen() == []


def test_a_formatter_that_replaces_the_document_moves_nothing(bench: Bench) -> None:
    bench.show("total += row.count")
    bench.all(TEXT.replace("    ", "  ").replace("row.count", "(\n      row.count\n    )"))
    status, text, line = bench.seen()[0]
    assert (status, line) == ("stale", 10) and text.startswith("total += ")
    bench.all(TEXT.replace("    ", "  "))
    assert bench.seen() == [("verified", "total += row.count", 10)]


def test_on_another_branch_it_is_hidden_and_on_its_own_it_is_back(bench: Bench) -> None:
    bench.show("row.price")
    bench.all("print('another branch')\n")
    assert bench.seen() == []
    bench.edit((0, 0, "# edited there\n"))
    assert bench.seen() == []
    bench.all("# new\n" + TEXT)
    assert bench.seen() == [("verified", "row.price", 4)]


def test_a_review_that_ends_late_finds_its_text_through_all_edits(bench: Bench) -> None:
    finding, base = bench.finding("return total", 1), bench.now
    bench.swap("    return total\n", "", 0)
    bench.edit((0, 0, "import os\n"), (0, 0, "import re\n"))
    bench.shown.put(KEY, "review", base, [finding])
    assert bench.seen() == [("verified", "return total", 12)]


def test_several_edits_in_one_change_are_followed_in_turn(bench: Bench) -> None:
    bench.show("row.count")
    at = bench.now.text.index("row.count")
    bench.edit((at, at, "2 * "), (0, 0, "# a\n"))
    assert bench.seen() == [("verified", "row.count", 11)]


def test_what_was_kept_is_restored_after_a_restart_and_saved_again(bench: Bench) -> None:
    kept = decoded(encoded(anchors_of([bench.finding("row.count")], bench.now)))
    later = Bench("# new\n" + TEXT.replace("first", "sum_up"))
    later.shown.restore(KEY, "review", kept, later.now)
    assert later.seen() == [("verified", "row.count", 11)]
    (again,) = later.shown.kept(KEY, "review")
    assert (again.finding.id, again.finding.start.line, again.anchor.line) == ("f1", 11, 11)
    assert again.anchor == anchors_of([again.finding], later.now)[0].anchor
    later.swap("row.count", "row.size")
    (stale,) = later.shown.kept(KEY, "review")
    assert stale == kept[0]
    later.swap("row.size", "row.count")
    later.shown.restore(KEY, "review", kept, later.now)
    assert len(later.seen()) == 1
    later.edit((0, 0, "# newer\n"))
    assert later.seen() == [("verified", "row.count", 12)]
    assert later.shown.keys() == (KEY,) and Shown().kept(KEY, "review") == ()


def test_a_finding_handed_back_as_stale_keeps_the_text_it_was_found_in(bench: Bench) -> None:
    bench.show("total += row.price")
    bench.swap("price", "cost")
    (one,) = bench.shown.placed(KEY, bench.now)
    start, end = (bench.now.position(at) for at in (one.span.start, one.span.end))
    bench.shown.put(KEY, "review", bench.now, [replace(one.finding, start=start, end=end)])
    bench.swap("cost", "price")
    assert bench.seen() == [("verified", "total += row.price", 3)]


def test_what_a_session_asks_of_its_findings(bench: Bench) -> None:
    bench.show("row.count")
    assert bench.shown.base(KEY, "review") is bench.now and bench.shown.base("other", "review") is None
    assert bench.shown.find("f1") == bench.finding("row.count") and bench.shown.find("f2") is None
    at = bench.now.text.index("row.count")
    assert [one.id for one in bench.shown.at(KEY, bench.now, at)] == ["f1"]
    assert bench.shown.at(KEY, bench.now, 0) == ()
    bench.shown.dismiss("f1")
    assert bench.seen() == []
    bench.shown.forget(KEY, "review")
    bench.shown.forget("other", "review")
    assert bench.shown.keys() == ()


def test_a_document_opened_anew_is_looked_through(bench: Bench) -> None:
    bench.show("row.count")
    document = bench.documents.open(URI, "python", 1, "# changed on disk\n" + TEXT)
    assert [one.span for one in bench.shown.placed(KEY, None)] == [
        one.span for one in bench.shown.placed(KEY, bench.base)
    ]
    bench.shown.opened(KEY, document)
    assert bench.seen() == [("verified", "row.count", 11)]


def test_a_change_nobody_told_of_is_found_out(bench: Bench) -> None:
    bench.show("row.count")
    unknown = Document.of("a.py", "# unknown\n" + bench.now.text, "python", 7)
    after = Document.of("a.py", "# more\n# unknown\n" + bench.now.text, "python", 8)
    bench.shown.follow(KEY, unknown, after, [])
    (one,) = bench.shown.placed(KEY, after)
    assert after.text[one.span.start : one.span.end] == "row.count"


def test_very_many_versions_are_not_kept(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("counterpoint.lsp.findings._JOURNAL", 100)
    finding, base = bench.finding("row.count"), bench.now
    for _ in range(40):
        bench.edit((0, 0, "# a\n"))
    bench.shown.put(KEY, "review", base, [finding])
    assert bench.seen() == [("verified", "row.count", 50)]


def test_findings_of_a_renamed_file_go_where_its_code_went(bench: Bench) -> None:
    kept = anchors_of([bench.finding("row.count"), bench.finding("row.price", name="f2")], bench.now)
    files = {
        "b.py": Document.of("b.py", "import os\n" + TEXT, "python"),
        "c.py": Document.of("c.py", "def second():\n    pass\n", "python"),
    }
    asked: list[str] = []

    def defining(name: str) -> list[str]:
        asked.append(name)
        return ["c.py", "missing.py", "b.py"]

    assert home(kept, defining, files.get) == "b.py"
    assert sorted(set(asked)) == ["first", "second"]
    assert home(kept, lambda name: ["c.py"], files.get) is None
    assert home([], defining, files.get) is None


def test_a_part_of_a_word_that_was_typed_over_is_back_when_it_is_put_back(bench: Bench) -> None:
    bench.show("cond")
    bench.swap("cond", "name")
    assert bench.seen() == []
    bench.edit((0, 0, "# above\n"))
    bench.swap("name", "cond")
    assert bench.seen() == [("verified", "cond", 8)]


def test_what_is_put_elsewhere_is_not_taken_for_what_was_typed_over(bench: Bench) -> None:
    bench.show("row.count")
    bench.swap("row.count", "other.thing")
    bench.edit((0, 0, "row.count\n"))
    assert bench.seen() == []


@pytest.mark.parametrize("seed", range(24))
def test_random_edits_leave_every_finding_on_its_node(seed: int) -> None:
    """Live, none is ever shown at another place, and at most one is lost of these files, which change from
    day to day; at rest the history is not known, and twins may be taken for each other."""
    files = corpus([Path(counterpoint.__file__).parent, Path(__file__).parent])
    donors = TEXT.split("\n")
    live, rest = run(files[seed % len(files)], seed, [line for line in donors if line.strip()])
    assert {what for what in live if not what.endswith((": ok", ": lost"))} == set()
    assert sum(count for what, count in live.items() if what.endswith(": lost")) <= 1
    assert sum(count for what, count in rest.items() if "wrong" in what) <= 1
