"""Selections of review and locate as pages a person can read: `tests/cases/context/{review,locate}`.

In a page each fenced block with a path is a file; the first is the changed one of a review. `text want` lists
pieces in the order in which they must come, `path:what reason`: for a review a line that the piece holds (or
nothing: the file comes at that place, or is left out), for a search the function. Others may stand between.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import pytest

from counterpoint.context.extract import facts_of
from counterpoint.context.question import Question, Selection
from counterpoint.context.select import select
from counterpoint.context.snippet import Snippet
from counterpoint.context.symbols import Held
from counterpoint.text import language_of

CASES = Path(__file__).parents[1] / "cases" / "context"
_BLOCK = re.compile(r"^```(\w+) (\S+)\n(.*?)^```$", re.M | re.S)
_HUNK = re.compile(r"^@@ -\S+ \+(\d+)(?:,(\d+))? @@", re.M)


@dataclass(frozen=True)
class Page:
    files: dict[str, str]
    blocks: dict[str, str]

    @property
    def symbols(self) -> Held:
        return Held(
            (facts_of(path, language_of(path), text.encode()), text.split("\n"))
            for path, text in self.files.items()
        )

    @property
    def wanted(self) -> list[str]:
        return self.blocks["want"].splitlines()


def read_page(file: Path) -> Page:
    found = _BLOCK.findall(file.read_text("utf-8"))
    names = {"query", "change", "history", "want"}
    return Page(
        {name: body for _, name, body in found if name not in names},
        {name: body for _, name, body in found if name in names},
    )


def pages(kind: str) -> list[Path]:
    return sorted((CASES / kind).glob("*.md"))


def in_order(wanted: list[str], got: list[str]) -> bool:
    """True if all that is wanted comes, in its order, whatever stands between."""
    rest = iter(got)
    return all(one in rest for one in wanted)


def review(page: Page, budget: int = 2000) -> Selection:
    path, text = next(iter(page.files.items()))
    change = page.blocks["change"]
    hunks = [(int(first) - 1, int(first) + int(count or 1) - 2) for first, count in _HUNK.findall(change)]
    history = (line.split() for line in page.blocks.get("history", "").splitlines())
    question = Question(
        task="review",
        path=path,
        language=language_of(path),
        text=text,
        budget_tokens=budget,
        hunks=tuple(hunks),
        diff=change,
        history={other: float(weight) for other, weight in history},
    )
    return select(question, page.symbols)


def locate(page: Page, budget: int = 4000) -> Selection:
    question = Question("locate", "", "plaintext", "", budget_tokens=budget, query=page.blocks["query"])
    return select(question, page.symbols)


@pytest.mark.parametrize("file", pages("review"), ids=lambda file: file.stem)
def test_what_a_reviewer_is_shown(file: Path) -> None:
    page = read_page(file)
    shown = review(page).snippets

    def fits(wanted: str, one: Snippet) -> bool:
        place, _, why = wanted.partition(" ")
        path, _, line = place.partition(":")
        holds = not line or one.first_line <= int(line) <= one.last_line
        return one.path == path and holds and (not why or one.why == why)

    told = [next((wanted for wanted in page.wanted if fits(wanted, one)), f"{one}") for one in shown]
    assert in_order(page.wanted, told), "\n".join(told)
    assert shown[0].path == page.wanted[0].partition(":")[0]
    assert all(one.path != next(iter(page.files)) for one in shown)


@pytest.mark.parametrize("file", pages("locate"), ids=lambda file: file.stem)
def test_what_a_text_speaks_of(file: Path) -> None:
    page = read_page(file)
    symbols = page.symbols
    told = []
    for one in locate(page).snippets:
        facts = symbols.facts(one.path)
        assert facts is not None
        name = next((d.name for d in facts.definitions if d.first_line == one.first_line - 1), "")
        told.append(f"{one.path}:{name} {one.why}")
    for wanted, got in zip(page.wanted, told, strict=False):
        assert got.startswith(wanted), "\n".join(told)
    assert len(told) >= len(page.wanted)


@pytest.mark.parametrize("budget", [100, 300, 1000])
@pytest.mark.parametrize("file", [*pages("review"), *pages("locate")], ids=lambda file: file.stem)
def test_a_selection_keeps_to_its_budget_and_to_the_files(file: Path, budget: int) -> None:
    page = read_page(file)
    shown = (locate if "query" in page.blocks else review)(page, budget).snippets
    assert sum(one.tokens for one in shown) <= budget
    lines: set[tuple[str, int]] = set()
    for one in shown:
        text = page.files[one.path].split("\n")[one.first_line - 1 : one.last_line]
        assert one.text == "\n".join(text)
        own = {(one.path, line) for line in range(one.first_line, one.last_line + 1)}
        assert not own & lines
        lines |= own
