"""The calls of a definition: one page for each kind of evidence.

A page holds files. A comment at the end of a line says what the line is: the `definition`, or a call that is
`certain`, `possible` or `excluded`. Lines without a comment are no calls of that name.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from counterpoint.context.callers import Definition, Sites, call_sites, for_callers
from counterpoint.context.evidence.library import Library
from counterpoint.context.extract import facts_of
from counterpoint.context.facts import Facts
from counterpoint.context.languages import GRAMMARS
from counterpoint.context.parsing import encoded, parse
from counterpoint.context.question import Question, Site
from counterpoint.context.symbols import Held
from counterpoint.text import language_of

PAGES = sorted((Path(__file__).parents[1] / "cases" / "context" / "callers").glob("*.md"))
FILE = re.compile(r"^`([^`]+)`\n\n```\w+\n(.*?)^```$", re.M | re.S)
SAID = re.compile(r"(?:#|//)\s*(definition|certain|possible|excluded)$")
NAME = {
    "python": r"(?:def|class) (\w+)", "typescript": r"(?:function\s+)?(\w+)\(", "javascript": r"(\w+)\(",
    "go": r"(\w+)\(n", "rust": r"fn (\w+)", "java": r"(\w+)\(", "csharp": r"(\w+)\(", "c": r"(\w+)\(",
    "cpp": r"(\w+)\(", "ruby": r"def (\w+)", "php": r"function (\w+)", "shellscript": r"(\w+)\(",
}  # fmt: skip


@dataclass(frozen=True)
class Page:
    definition: Definition
    symbols: Held
    said: dict[tuple[str, int], str]
    texts: dict[str, str]


def held(texts: dict[str, str]) -> Held:
    files = []
    for path, text in texts.items():
        language = language_of(path)
        known = language in GRAMMARS
        facts = facts_of(path, language, encoded(text)) if known else Facts(path, language, text.count("\n"))
        files.append((facts, text.split("\n")))
    return Held(files)


def read(page: Path) -> Page:
    texts = dict(FILE.findall(page.read_text("utf-8")))
    said: dict[tuple[str, int], str] = {}
    definition = None
    for path, text in texts.items():
        for number, line in enumerate(text.split("\n")):
            if found := SAID.search(line):
                if found[1] == "definition":
                    language = language_of(path)
                    name = re.search(NAME[language], line)
                    assert name is not None, line
                    definition = Definition(name[1], path, number, language)
                else:
                    said[path, number] = found[1]
    assert definition is not None and said, page
    return Page(definition, held(texts), said, texts)


def places(sites: tuple[Site, ...]) -> set[tuple[str, int]]:
    return {(site.path, site.line) for site in sites}


def expected(page: Page, kind: str) -> set[tuple[str, int]]:
    return {place for place, said in page.said.items() if said == kind}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_each_call_is_what_its_page_says(page: Path) -> None:
    case = read(page)
    sites = call_sites(case.definition, case.symbols)
    assert places(sites.certain) == expected(case, "certain")
    assert places(sites.possible) == expected(case, "possible")
    assert sum(sites.excluded.values()) >= len(expected(case, "excluded"))
    assert not sites.unread
    assert all(site.why for site in (*sites.certain, *sites.possible))


def test_every_page_is_read() -> None:
    assert len(PAGES) >= 25


SOURCE = {
    "a.py": "def run():\n    pass\n\n\nrun()\n",
    "b.py": "from a import run\n\nrun()\nrun()\n",
    "c.py": "from a import run\n\nrun()\n",
}
RUN = Definition("run", "a.py", 0, "python")


def asked(budget: int) -> Question:
    return Question("callers", "a.py", "python", SOURCE["a.py"], 0, 0, budget, symbol="run")


def test_a_selection_has_a_snippet_for_each_site_with_its_certainty_and_evidence() -> None:
    selection = for_callers(asked(1000), held(SOURCE), parse("python", encoded(SOURCE["a.py"])))
    assert [(one.path, one.first_line, one.last_line, one.text) for one in selection.snippets] == [
        ("a.py", 5, 5, "run()"), ("b.py", 3, 3, "run()"), ("b.py", 4, 4, "run()"), ("c.py", 3, 3, "run()"),
    ]  # fmt: skip
    assert selection.snippets[1].why == "certain: imported from a.py"
    assert selection.source == "tree" and len(selection.sites) == 4 and not selection.left_out


def test_what_the_budget_cuts_is_named_and_stays_a_site() -> None:
    selection = for_callers(asked(5), held(SOURCE))
    assert len(selection.sites) == 4 and len(selection.snippets) == 2
    assert [place for place, _ in selection.left_out] == ["b.py:4", "c.py:3"]


def test_the_buffer_is_searched_as_it_stands() -> None:
    text = "\n\n" + SOURCE["a.py"]
    question = replace(asked(1000), text=text, line=2)
    selection = for_callers(question, held(SOURCE), parse("python", encoded(text)))
    assert ("a.py", 6) in {(site.path, site.line) for site in selection.sites}
    assert selection.snippets[0].text == "run()"


def test_files_past_the_limit_are_named() -> None:
    library = Library(held(SOURCE), most=2)
    for path in SOURCE:
        library.source(path)
    assert library.refused == {"c.py": "more files than one search reads"}


class Unreadable(Held):
    """A workspace in which one file has changed since it was indexed."""

    def lines(self, path: str) -> tuple[str, ...] | None:
        found = super().lines(path)
        return tuple(found) if found is not None and path != "c.py" else None


def unreadable() -> Unreadable:
    return Unreadable(
        [(facts_of(path, "python", encoded(text)), text.split("\n")) for path, text in SOURCE.items()]
    )


def test_a_file_that_cannot_be_read_makes_the_list_partial_and_says_so() -> None:
    sites = call_sites(RUN, unreadable())
    assert places(sites.certain) == {("a.py", 4), ("b.py", 2), ("b.py", 3)}
    assert sites.unread == (("c.py", "the file has changed or cannot be read"),)
    assert for_callers(asked(1000), unreadable()).left_out == sites.unread


def test_what_is_no_definition_has_no_calls() -> None:
    assert call_sites(replace(RUN, line=4), held(SOURCE)) == Sites()
    assert call_sites(replace(RUN, path="none.py"), held(SOURCE)) == Sites()


def test_two_calls_on_a_line_are_one_site_and_the_certain_one_counts() -> None:
    texts = {"a.py": "class A:\n    def go(self): ...\n\n\ndef f(x):\n    x.go(), A().go()\n"}
    sites = call_sites(Definition("go", "a.py", 1, "python"), held(texts))
    assert places(sites.certain) == {("a.py", 5)} and not sites.possible


BROKEN = [
    ("a.py", "def f(a\n  f(((\nclass :\n  def f(self\n f(1)\nx = f(\n"),
    ("a.ts", "function f(a: {\n f((\nclass { f(\n}}} f<(>)\nconst {f, = f(\n"),
    ("a.go", "package a\nfunc f(\n f((\ntype x struct { f\n"),
    ("a.py", "def f():\n    return f()\n\nx = f\nf = x\nx = f()\ny = y.f()\nclass f(f): pass\nf().f()\n"),
    ("a.ts", "function f() { return f }\nlet x = y, y = x\nx.f()\ntype A = B\ntype B = A\nz.f()\n"),
    ("a.ts", "interface A extends A { f(): A }\nclass B extends B {}\nnew B().f().f()\nfunction f() {}\n"),
]  # fmt: skip


@pytest.mark.parametrize(("path", "text"), BROKEN)
def test_broken_and_circular_files_are_searched_to_the_end(path: str, text: str) -> None:
    for line in range(text.count("\n")):
        sites = call_sites(Definition("f", path, line, language_of(path)), held({path: text}))
        assert not sites.unread
