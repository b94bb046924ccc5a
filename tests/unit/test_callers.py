"""The calls of a definition: one page for each kind of evidence.

A page holds files. A comment at the end of a line says what the line is: the `definition`, or a call that is
`certain`, `possible` or `excluded`. Lines without a comment are no calls of that name.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import pytest

from counterpoint.context.callers import Definition, call_sites
from counterpoint.context.extract import facts_of
from counterpoint.context.facts import Facts
from counterpoint.context.languages import GRAMMARS
from counterpoint.context.parsing import encoded
from counterpoint.context.question import Site
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
