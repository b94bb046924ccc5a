"""What a completion is given, as pages a person can read: `tests/cases/context/completion`.

Each fenced block with a path is a file; the first is the buffer, `║` its cursor. `text want` lists what must
come in its order, `path:line reason`, others may stand between; `text also` what must come anywhere;
`text recent` the edits of a moment ago, `path:first-last seconds`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from counterpoint.context.extract import facts_of
from counterpoint.context.question import Question, RecentEdit, Selection
from counterpoint.context.select import select
from counterpoint.context.snippet import Snippet
from counterpoint.context.symbols import Held
from counterpoint.text import language_of

CASES = Path(__file__).parents[1] / "cases" / "context" / "completion"
PAGES = sorted(CASES.glob("*.md"))
_BLOCK = re.compile(r"^```(\w+) (\S+)\n(.*?)^```$", re.M | re.S)
_RECENT = re.compile(r"(\S+):(\d+)-(\d+) (\d+)")


@dataclass(frozen=True)
class Page:
    files: dict[str, str]
    blocks: dict[str, str]
    question: Question

    @property
    def symbols(self) -> Held:
        return held(self.files)

    def wanted(self, block: str) -> list[str]:
        return self.blocks.get(block, "").splitlines()


def held(files: dict[str, str]) -> Held:
    return Held(
        (facts_of(path, language_of(path), text.encode()), text.split("\n")) for path, text in files.items()
    )


def asked(path: str, marked: str, budget: int = 2000) -> tuple[str, Question]:
    before, _, after = marked.partition("║")
    text = before + after
    line, column = before.count("\n"), len(before) - before.rfind("\n") - 1
    return text, Question("completion", path, language_of(path), text, line, column, budget)


def read_page(file: Path) -> Page:
    found = _BLOCK.findall(file.read_text("utf-8"))
    files = {name: body for _, name, body in found if "." in name}
    path = next(iter(files))
    files[path], question = asked(path, files[path])
    blocks = {name: body for _, name, body in found if "." not in name}
    recent = tuple(
        RecentEdit(other, int(first) - 1, int(last) - 1, float(seconds))
        for other, first, last, seconds in _RECENT.findall(blocks.get("recent", ""))
    )
    return Page(files, blocks, replace(question, recent=recent))


def fits(wanted: str, one: Snippet) -> bool:
    place, _, why = wanted.partition(" ")
    path, _, line = place.partition(":")
    return one.path == path and one.first_line <= int(line) <= one.last_line and one.why.startswith(why)


def told(selection: Selection) -> str:
    return "\n".join(f"{one.path}:{one.first_line}-{one.last_line} {one.why}" for one in selection.snippets)


@pytest.mark.parametrize("file", PAGES, ids=lambda file: file.stem)
def test_what_a_completion_is_given(file: Path) -> None:
    page = read_page(file)
    selection = select(page.question, page.symbols)
    rest = iter(selection.snippets)
    for wanted in page.wanted("want"):
        assert any(fits(wanted, one) for one in rest), f"{wanted}\n\nin\n{told(selection)}"
    for wanted in page.wanted("also"):
        assert any(fits(wanted, one) for one in selection.snippets), f"{wanted}\n\nin\n{told(selection)}"


@pytest.mark.parametrize("budget", [0, 20, 100, 500, 8000])
@pytest.mark.parametrize("file", PAGES, ids=lambda file: file.stem)
def test_what_is_sent_is_whole_lines_of_other_files_within_the_budget(file: Path, budget: int) -> None:
    page = read_page(file)
    selection = select(replace(page.question, budget_tokens=budget), page.symbols)
    assert sum(one.tokens for one in selection.snippets) <= budget
    for one in selection.snippets:
        assert one.path != page.question.path
        lines = page.files[one.path].split("\n")
        assert one.text == "\n".join(lines[one.first_line - 1 : one.last_line])
        assert one.tokens == -(-len(one.text) // 4)
        assert one.why


@pytest.mark.parametrize("file", PAGES, ids=lambda file: file.stem)
def test_the_buffer_need_not_be_indexed(file: Path) -> None:
    page = read_page(file)
    others = {path: text for path, text in page.files.items() if path != page.question.path}
    selection = select(page.question, held(others))
    assert selection.source == "words"
    assert all(one.path in others for one in selection.snippets)


def test_a_name_of_another_language_is_another_thing() -> None:
    text, question = asked("app.py", "def main():\n    gross(1)\n    ║\n")
    symbols = held(
        {"app.py": text, "prices.go": "package prices\n\nfunc gross(net int) int { return net }\n"}
    )
    assert not select(question, symbols).snippets


def test_names_in_comments_and_strings_are_not_at_hand() -> None:
    marked = '"""Total of it."""\n# total\nx = "total"\n\n\ndef main():\n    ║\n'
    text, question = asked("app.py", marked)
    symbols = held({"app.py": text, "lib/totals.py": "def total():\n    return 0\n"})
    assert not select(question, symbols).snippets


def test_a_nearer_name_comes_before_a_farther_one() -> None:
    far = "".join(f"x{number} = {number}\n" for number in range(100))
    marked = f"import lib\n\nlib.far_away()\n{far}\nlib.near_by()\n║\n"
    text, question = asked("app.py", marked)
    lib = "def far_away():\n    return 0\n\n\ndef near_by():\n    return 0\n"
    found = select(question, held({"app.py": text, "lib.py": lib})).snippets
    assert [one.first_line for one in found if one.why == "named in this file"] == [5, 1]


def test_a_small_budget_takes_what_is_worth_most_for_its_length() -> None:
    names = [f"price_of_{number}" for number in range(40)]
    text, question = asked(
        "app.py", "import lib\n" + "".join(f"lib.{name}()\n" for name in names) + "║\n", 60
    )
    lib = "".join(f"def {name}():\n    return 0\n\n\n" for name in names)
    found = select(question, held({"app.py": text, "lib.py": lib})).snippets
    assert 3 <= len(found) <= 12
    assert "price_of_39" in found[0].text


def test_whole_signatures_are_sent_where_there_is_room() -> None:
    lib = "def gross(\n    net: int,\n    rate: float = 0.2,\n) -> float:\n    return net * (1 + rate)\n"
    text, question = asked("app.py", "from lib import gross\n\n\ndef main():\n    ║\n    gross(3)\n")
    symbols = held({"app.py": text, "lib.py": lib})
    wide = select(question, symbols).snippets[0]
    assert (wide.first_line, wide.last_line) == (1, 4)
    short = select(replace(question, budget_tokens=10), symbols).snippets[0]
    assert (short.first_line, short.last_line) == (1, 1)


def test_recent_edits_that_are_gone_are_left_out() -> None:
    text, question = asked("app.py", "║\n")
    edits = (RecentEdit("lib.py", 40, 50), RecentEdit("gone.py", 0, 1), RecentEdit("app.py", 0, 0))
    selection = select(replace(question, recent=edits), held({"app.py": text, "lib.py": "x = 1\n"}))
    assert not selection.snippets
