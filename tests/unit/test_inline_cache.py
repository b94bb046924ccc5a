"""What was suggested where is found again: at the same place, behind what was typed, indented anew."""

from __future__ import annotations

import pytest

from counterpoint.inline.cache import Cache, Entry, Kin
from counterpoint.text import Document

KIN = Kin("gpt-5.5", "p1")


def entry(text: str, job: str = "j", reason: str = "") -> Entry:
    return Entry("", text, job, "M", 0.0, reason)


def at(marked: str, language: str = "python", path: str = "a.py") -> tuple[Document, int]:
    """A document and the offset of the `|` in it."""
    offset = marked.index("|")
    return Document.of(path, marked.replace("|", "", 1), language), offset


def left(cache: Cache, marked: str, language: str = "python", kin: Kin = KIN, now: float = 1.0) -> str | None:
    found = cache.get(kin, *at(marked, language), now)
    return None if found is None else found.text


def cached(marked: str, text: str, language: str = "python") -> Cache:
    cache = Cache()
    cache.put(KIN, *at(marked, language), entry(text), 0.0)
    return cache


@pytest.mark.parametrize(
    ("now", "text"),
    [
        ("x = 1\ny = |\nz\n", "sum(rows)\nprint(y)"),
        ("x = 1\ny = su|\nz\n", "m(rows)\nprint(y)"),
        ("x = 1\ny = sum(rows)\npri|\nz\n", "nt(y)"),
        ("x = 1\ny = t|\nz\n", None),
        ("x = 1\ny =|\nz\n", None),
        ("x = 2\ny = |\nz\n", None),
        ("x = 1\ny = |\nzz\n", None),
        ("x = 1\ny = sum(rows)\nprint(y)|\nz\n", None),
    ],
)
def test_a_place_is_known_by_the_code_round_it(now: str, text: str | None) -> None:
    assert left(cached("x = 1\ny = |\nz\n", "sum(rows)\nprint(y)"), now) == text


def test_other_models_prompts_files_and_languages_have_answers_of_their_own() -> None:
    cache = cached("y = |\n", "1")
    assert left(cache, "y = |\n") == "1"
    assert left(cache, "y = |\n", kin=Kin("other", "p1")) is None
    assert left(cache, "y = |\n", kin=Kin("gpt-5.5", "p2")) is None
    assert left(cache, "y = |\n", "go") is None
    assert cache.get(KIN, *at("y = |\n", path="b.py"), 1.0) is None


def test_code_indented_anew_keeps_its_answer() -> None:
    cache = cached("if a:\n    b\n    |\n", "c()\n    d()")
    assert left(cache, "while True:\n    if a:\n        b\n        |\n") is None, "another line above"
    assert left(cache, "if a:\n        b\n        |\n") == "c()\n        d()"
    assert left(cache, "if a:\n        b\n        c(|\n") == ")\n        d()"
    assert left(cache, "if a:\n    b\n        |\n") is None, "deeper than the code above: another block"


def test_where_braces_tell_blocks_any_indentation_will_do() -> None:
    cache = cached("if (a) {\n|\n}\n", "b();", "go")
    assert left(cache, "if (a) {\n\t|\n}\n", "go") == "b();"


def test_nothing_to_show_is_remembered_for_a_moment() -> None:
    cache = Cache()
    cache.put(KIN, *at("y = |\n"), entry("", reason="echo"), 0.0)
    found = cache.get(KIN, *at("y = |\n"), 1.0)
    assert found is not None
    assert found.reason == "echo"
    assert left(cache, "y = 1|\n") is None
    assert left(cache, "y = |\n", now=6.0) is None


def test_what_is_old_forgotten_or_too_much_goes() -> None:
    cache = Cache(most=3)
    for n in range(5):
        cache.put(KIN, *at(f"a{n} = |\n\nend{n}"), entry("1", f"j{n}"), 0.0)
    assert len(cache) == 3
    assert left(cache, "a0 = |\n\nend0") is None
    assert left(cache, "a4 = |\n\nend4") == "1"
    cache.forget("j4")
    assert left(cache, "a4 = |\n\nend4") is None
    assert left(cache, "a3 = |\n\nend3", now=601.0) is None
    cache.clear()
    assert len(cache) == 0


def test_two_answers_of_one_line_stand_side_by_side() -> None:
    cache = cached("y = |\n", "sum(rows)")
    cache.put(KIN, *at("y = m|\n"), entry("ax(rows)", "other"), 0.0)
    assert left(cache, "y = |\n") == "sum(rows)"
    assert left(cache, "y = ma|\n") == "x(rows)"
    cache.forget("other")
    assert left(cache, "y = ma|\n") is None
    assert left(cache, "y = s|\n") == "um(rows)"


def test_a_long_document_is_looked_at_round_the_place_only() -> None:
    filler = "value = compute(1)\n" * 400
    cache = cached(f"first\n{filler}y = |\n{filler}last\n", "1")
    assert left(cache, f"other\n{filler}y = |\n{filler}changed\n") == "1"
