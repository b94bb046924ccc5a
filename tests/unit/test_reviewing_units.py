"""From a change to units: which blocks are reviewed, with which lines and which part of the diff."""

from __future__ import annotations

from counterpoint.context.outlining import outline_of
from counterpoint.context.parsing import encoded, parse
from counterpoint.reviewing.unit import Unit
from counterpoint.reviewing.units import asked, changed, touching
from counterpoint.text import Document, Span

BEFORE = """import os


def a(x):
    return x


class C:
    y = 1

    def m(self):
        return a(2)

    def n(self):
        return 3
"""


def taken(text: str) -> tuple[Document, object]:
    return Document.of("a.py", text, "python"), outline_of(parse("python", encoded(text)))


def units_of(text: str, hunks: tuple[tuple[int, int], ...] = (), diff: str = "") -> dict[str, Unit]:
    document, before = Document.of("a.py", text, "python"), outline_of(parse("python", encoded(BEFORE)))
    now = outline_of(parse("python", encoded(text)))
    return {unit.block.name: unit for unit in changed(document, now, hunks, before, diff)}


def names(units: tuple[Unit, ...]) -> list[str]:
    return [unit.block.name for unit in units]


def test_only_what_says_something_else_is_changed() -> None:
    found = units_of(BEFORE.replace("return a(2)", "return a(4)"), ((11, 11),))
    assert list(found) == ["C.m"]
    assert found["C.m"].why == "changed"
    assert found["C.m"].hunks == ((11, 11),)
    assert found["C.m"].path == "a.py"


def test_formatting_comments_moves_and_renaming_elsewhere_make_no_unit() -> None:
    first, _, second = BEFORE.partition("class C")
    assert units_of(BEFORE.replace("a(2)", "(a( 2 ))  # two"), ((11, 11),)) == {}
    assert units_of(f"import os\n\n\nclass C{second}\n\n{first.removeprefix('import os')}") == {}
    assert list(units_of(BEFORE.replace("(x):\n    return x", "(x):\n    z = x\n    return z"))) == ["a"]


def test_a_deletion_inside_a_block_is_a_change_of_it() -> None:
    text = BEFORE.replace("        return 3\n", "        pass\n")
    assert list(units_of(text, ((12, 12),))) == ["C.n"]


def test_a_second_copy_is_new() -> None:
    text = f"{BEFORE}\n\ndef a(x):\n    return x\n"
    found = units_of(text, ((17, 18),))
    assert [(unit.block.name, unit.block.first_line) for unit in found.values()] == [("a", 17)]


def test_each_unit_has_its_part_of_the_diff() -> None:
    text = BEFORE.replace("return x", "return -x").replace("return 3", "return 4").replace("y = 1", "")
    diff = (
        "diff --git a.py a.py\n--- a.py\n+++ a.py\n"
        "@@ -5 +5 @@ def a(x):\n-    return x\n+    return -x\n"
        "@@ -9 +9 @@ class C:\n-    y = 1\n+    \n"
        "@@ -15 +15 @@ class C:\n-        return 3\n+        return 4\n"
    )
    found = units_of(text, ((4, 4), (8, 8), (14, 14)), diff)
    assert {name: unit.diff.count("@@ -") for name, unit in found.items()} == {"a": 1, "C": 0, "C.n": 1}
    assert found["a"].diff.endswith("+    return -x")
    assert found["C.n"].hunks == ((14, 14),)


def test_without_the_text_before_the_hunks_decide() -> None:
    document, outline = Document.of("a.py", BEFORE, "python"), outline_of(parse("python", encoded(BEFORE)))
    assert names(changed(document, outline, [(4, 4), (14, 14)])) == ["a", "C.n"]
    assert names(changed(document, outline)) == ["a", "C", "C.m", "C.n", ""]


def test_a_document_that_nobody_took_apart_is_one_block() -> None:
    document = Document.of("a.yaml", "a: 1\nb: 2\n", "yaml")
    (unit,) = changed(document, None, [(1, 1)])
    assert (unit.block.kind, unit.block.pieces, unit.hunks) == ("module", ((0, 1),), ((1, 1),))
    assert asked(Document.of("a.yaml", "\n", "yaml"), None) == ()


def test_what_is_asked_for() -> None:
    document, outline = Document.of("a.py", BEFORE, "python"), outline_of(parse("python", encoded(BEFORE)))

    def at(first: int, last: int | None = None) -> list[str]:
        end = document.starts[first] if last is None else document.starts[last + 1]
        return names(asked(document, outline, Span(document.starts[first], end)))

    assert at(11) == ["C.m"]
    assert at(7) == ["C", "C.m", "C.n"], "a class is asked for on its head"
    assert at(8) == ["C", "C.m", "C.n"]
    assert at(5) == ["a"], "between two the nearest"
    assert at(4, 11) == ["a", "C", "C.m"]
    assert at(0, 0) == [""]
    assert len(asked(document, outline)) == 5


def test_lines_of_a_machine_make_units_of_what_they_touch() -> None:
    document, outline = Document.of("a.py", BEFORE, "python"), outline_of(parse("python", encoded(BEFORE)))
    (unit,) = touching(document, outline, [(10, 10)], "written by GPT-5.5")
    assert (unit.block.name, unit.why, unit.hunks) == ("C.m", "written by GPT-5.5", ((10, 10),))
