"""What the file makes certain, as pages a person can read: `tests/cases/patterns`.

The fenced block with a path is the buffer, `║` its cursor. `text recent` are lines typed of late
elsewhere, `- ` before and `+ ` after. `text certain` is the kind and the inserted text between bars, or
`nothing`.
"""

from __future__ import annotations

import re
import time
from pathlib import Path

import pytest

from counterpoint.inline.patterns import Change, certain
from counterpoint.inline.patterns_tokens import Renaming, parts, tokens
from counterpoint.text import Document, language_of

PAGES = sorted((Path(__file__).parents[1] / "cases" / "patterns").glob("*.md"))
_BLOCK = re.compile(r"^```(\w+) (\S+)(?: (crlf))?\n(.*?)^```$", re.M | re.S)


def changes(block: str) -> list[Change]:
    """Lines of `text recent`."""
    found: list[Change] = []
    before = ""
    for line in block.splitlines():
        if line.startswith("- "):
            before = line[2:]
        else:
            found.append(Change(before, line[2:]))
            before = ""
    return found


def at_cursor(path: str, marked: str) -> tuple[Document, int]:
    before, _, after = marked.partition("║")
    return Document.of(path, before + after, language_of(path), 1), len(before)


def said(path: str, marked: str, recent: str = "") -> str:
    """The kind and the text between bars, or `nothing`."""
    document, offset = at_cursor(path, marked)
    found = certain(document, offset, recent=changes(recent))
    return f"{found.kind} |{found.text}|" if found else "nothing"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_pages(page: Path) -> None:
    found = _BLOCK.findall(page.read_text("utf-8"))
    path, crlf, buffer = next((name, crlf, body) for _, name, crlf, body in found if "." in name)
    blocks = {name: body for _, name, _, body in found}
    buffer = buffer.replace("\n", "\r\n") if crlf else buffer
    assert said(path, buffer, blocks.get("recent", "")) == blocks["certain"].strip("\n")


def test_there_are_pages_of_both_sorts() -> None:
    nothing = [page for page in PAGES if "```text certain\nnothing\n" in page.read_text("utf-8")]
    assert 10 <= len(nothing) <= len(PAGES) - 10


BOX = """\
class Box:
    def __init__(self, width, height, depth=None):
        self.width = width
        self.height = height
        self.║
"""


def test_what_is_offered_follows_from_lines_that_are_named() -> None:
    document, offset = at_cursor("a.py", "\n" * 900 + BOX)
    found = certain(document, offset)
    assert found is not None
    assert found.whole
    assert [document.line(at).strip() for at in found.evidence] == [
        "self.width = width", "self.height = height", "def __init__(self, width, height, depth=None):",
    ]  # fmt: skip


def certain_text(document: Document, offset: int) -> str | None:
    found = certain(document, offset)
    return found.text if found else None


def test_nothing_is_offered_where_nothing_is_certain() -> None:
    assert certain_text(*at_cursor("a.py", BOX)) == "depth = depth"
    assert certain_text(*at_cursor("a.py", "x = ║")) is None


def test_typing_along_never_changes_what_was_said() -> None:
    """Each key of an offered text leaves its rest, or nothing where too little is left."""
    document, offset = at_cursor("a.py", BOX)
    text = certain_text(document, offset)
    assert text
    rests = [
        certain_text(*at_cursor("a.py", BOX.replace("║", text[:typed] + "║"))) for typed in range(len(text))
    ]
    assert [rest for typed, rest in enumerate(rests) if rest not in (text[typed:], None)] == []
    assert rests[5] == text[5:]


@pytest.mark.parametrize("offset", [-5, 0, 3, 10_000])
def test_any_offset_of_any_text_is_answered(offset: int) -> None:
    for text in ("", "\n", "a", "\"'`\\", "x = \u2028\x0c\r\r\n\t'", "(" * 500, "a.b " * 200):
        certain(Document.of("a.py", text, "python", 1), offset)
        certain(Document.of("a.md", text, "markdown", 1), offset)


@pytest.mark.alone
def test_a_long_document_takes_no_longer_than_a_short_one() -> None:
    line = "    value_{0} = other.compute(first_{0}, second_{0}, key='name_{0}')\n"
    short, long = ("".join(line.format(at) for at in range(count)) for count in (900, 30_000))
    spent = []
    for text in (short, long):
        marked = text + "    value_x = other.║\n"
        document, offset = at_cursor("a.py", marked)
        document.position(offset)  # the starts of its lines are the document's own affair
        certain(document, offset)
        best = 1e9
        for _ in range(10):
            began = time.thread_time()
            certain(document, offset)
            best = min(best, time.thread_time() - began)
        spent.append(best)
    assert spent[1] < 3 * spent[0]


@pytest.mark.parametrize(
    ("old", "new", "token", "wanted"),
    [
        ("max_width", "min_height", "get_max_width", "get_min_height"),
        ("max_width", "max_height", "MAX_WIDTH", "MAX_HEIGHT"),
        ("width", "depth", "getWidth", "getDepth"),
        ("Width", "OuterDepth", "set_width", "set_outer_depth"),
        ("width", "outer_depth", "boxWidth", "boxOuterDepth"),
        ("width", "outer_depth", '"width"', '"outer_depth"'),
        ('"width"', '"depth"', "width", "depth"),
        ("a", "b", "other", "other"),
    ],
)
def test_a_renaming_is_carried_over_in_the_spelling_of_each_place(
    old: str, new: str, token: str, wanted: str
) -> None:
    renaming = Renaming()
    assert renaming.learn(old, new)
    assert renaming.of(token) == wanted


def test_what_became_two_things_is_known_for_neither() -> None:
    renaming = Renaming()
    assert renaming.learn("a", "b")
    assert renaming.learn("a", "c")
    assert renaming.of("a") is None
    assert not renaming.learn("(", "[")
    assert not renaming.learn("a", "1")


def test_tokens_give_the_line_back() -> None:
    for line in ("x = f('a b', \"c\\\"d\") # it's", "don't", "`a${b}`", "été = 1e5", "// it's a 'word"):
        assert "".join(tokens(line)) == line
    assert parts("maxHTTPSize_2") == ("max", "http", "size", "2")
