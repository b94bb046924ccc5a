"""What an editor's changes do to the service's trees, through the real documents and the real pipe."""

from __future__ import annotations

import asyncio
import json
import random
import re
import sys
from pathlib import Path
from typing import Any

import pytest

from counterpoint.context.parsing import encoded, parse, with_line_feeds
from counterpoint.context.question import Question
from counterpoint.index.client import Index
from counterpoint.index.edits import ALL, LineEdit
from counterpoint.index.live import LiveDocument
from counterpoint.lsp.documents import Change, Documents
from counterpoint.lsp.positions import ENCODINGS, units_of
from counterpoint.text import Document
from tests.unit.live_samples import SAMPLES
from tests.unit.live_service import dumped

SERVICE = (sys.executable, str(Path(__file__).with_name("live_service.py")))
SCRIPTS = 1000

PIECES = [
    "x", "a.b", "(", ")", "{", "}", '"', '"""', "'", "`", "\n", "\r\n", "\r", "    ", "😀", "é", "\t", "# c",
    "/* ", "*/", "// c\n", "foo(bar)", " = 1", "[", "]", "0", "${", "\u2028", "\n\n", "",
    "def f(a):\n    return a\n",
]  # fmt: skip
WORD = re.compile(r"[a-z]{3,}")


def _change(chance: random.Random, document: Document) -> tuple[str, tuple[int, int], tuple[int, int]]:
    """A replacement in code points: mostly typing inside a word, else anything anywhere."""
    lines = [n for n in range(len(document.lines)) if WORD.search(document.line(n))]
    if lines and chance.random() < 0.7:
        line = chance.choice(lines)
        at = chance.choice(list(WORD.finditer(document.line(line)))).start() + 1
        text = chance.choice(["a", "bc", "", "é"])
        return text, (line, at), (line, at + (not text or chance.random() < 0.3))
    start = chance.randrange(len(document.lines) + 1), chance.randrange(50)
    end = min(start[0] + chance.choice((0, 0, 0, 1, 3)), len(document.lines) + 1), chance.randrange(50)
    return chance.choice(PIECES), min(start, end), max(start, end)


def _whole(document: Document, place: tuple[int, int]) -> tuple[int, int]:
    return place[0], min(place[1], len(document.line(place[0])))


async def _script(index: Index, seed: int) -> tuple[dict[str, Any], Document]:
    """Open a document, change it some times as a client would, and ask the service what it has."""
    chance = random.Random(seed)
    language = chance.choice(list(SAMPLES))
    text = SAMPLES[language]
    end = chance.choice(("\n", "\n", "\n", "\r\n", "\r"))
    encoding = chance.choice(ENCODINGS)
    documents = Documents(lambda uri: uri, encoding)
    path = f"{seed}.x"
    document = documents.open(path, language, 0, text.replace("\n", end))
    index.opened(path, language, document.text, 0)
    for version in range(1, chance.randrange(2, 7)):
        changes, now = [], document
        for _ in range(chance.choice((1, 1, 2))):
            new, start, stop = _change(chance, now)
            places = [_whole(now, place) for place in (start, stop)]
            units = [(line, units_of(now.line(line), column, encoding)) for line, column in places]
            change = Change(new, (units[0], units[1])) if chance.random() < 0.95 else Change(now.text + new)
            changes.append(change)
            probe = Documents(lambda uri: uri, encoding)
            probe.open(path, language, 0, now.text)
            now = probe.change(path, version, [change]) or now
        edits: list[LineEdit] = []
        changed = documents.change(path, version, changes, edits)
        assert changed is not None and changed.text == now.text
        document = changed
        index.changed(path, version, edits)
        if chance.random() < 0.3:
            await index.syntax(path, version, 3, 3, 20)  # a tree in between
    question = Question("review", path, language, document.text, version=document.version)
    selection = await index.select(question, 30)
    index.closed(path)
    assert selection.source == "tree", selection.left_out
    return json.loads(selection.snippets[0].text), document


@pytest.mark.asyncio
async def test_random_edit_scripts_leave_the_services_tree_equal_to_a_fresh_parse(tmp_path: Path) -> None:
    index = Index(tmp_path, command=SERVICE)
    index.start()
    try:
        await index.syntax("none", 1, 0, 0, 30)
        for seed in range(SCRIPTS):
            told, document = await _script(index, seed)
            assert told["text"] == document.text, seed
            assert told["tree"] == dumped(
                parse(document.language, with_line_feeds(encoded(document.text)))
            ), seed
    finally:
        await asyncio.wait_for(index.close(), 20)


@pytest.mark.parametrize("language", SAMPLES)
def test_typing_keeps_the_tree_and_an_error_costs_one_fresh_parse(language: str) -> None:
    live = LiveDocument(language, SAMPLES[language], 0)
    first = live.parsed()
    assert first is not None and not first.tree.root_node.has_error
    for version, text in enumerate(("(", "[", ")"), 1):
        live.edit([LineEdit(4, 0, 4, 0, text)], version)
        parsed = live.parsed()
        assert parsed is not None
        assert dumped(parsed) == dumped(parse(language, live.data))
    live.edit([LineEdit(4, 0, 4, 3, "")], 9)
    assert live.text == SAMPLES[language]
    again = live.parsed()
    assert again is not None and dumped(again) == dumped(first)


def test_a_parse_that_takes_too_long_is_given_up_and_done_when_there_is_time() -> None:
    live = LiveDocument("python", "x = [1, 2]\n" * 5000, 1)
    assert live.parsed(lambda: True) is None
    assert live.parsed() is not None
    live.edit([LineEdit(0, 0, 0, 0, "y")], 2)
    assert live.parsed(lambda: True) is None
    parsed = live.parsed()
    assert parsed is not None and parsed.data == live.data
    assert LiveDocument("plaintext", "x", 1).parsed() is None


@pytest.mark.parametrize(
    ("text", "edit", "expected"),
    [
        ("", LineEdit(0, 0, 0, 0, "a"), "a"),
        ("a\r", LineEdit(1, 0, 1, 0, "\nb"), "a\r\nb"),
        ("a\r\nb", LineEdit(0, 9, 0, 9, "x"), "ax\r\nb"),
        ("a\nb", LineEdit(0, 0, ALL, 0, "c"), "c"),
        ("a\nb", LineEdit(ALL, 0, ALL, 0, "c"), "a\nbc"),
        ("é😀x\n", LineEdit(0, 1, 0, 2, ""), "éx\n"),
        ("a\udc80b", LineEdit(0, 2, 0, 3, "c"), "a\udc80c"),
        ("abc", LineEdit(-1, 0, 0, 1, ""), "bc"),
        ("abc", LineEdit(0, 2, 0, 1, "x"), "abxc"),
    ],
)
def test_places_are_clamped_into_the_text(text: str, edit: LineEdit, expected: str) -> None:
    live = LiveDocument("python", text, 1)
    live.edit([edit], 2)
    assert live.text == expected
    assert live.lines() == [
        line.rstrip("\r\n").encode("utf-8", "surrogatepass").decode("utf-8", "replace")
        for line in Document.of("a", expected, "python").lines
    ]


def test_facts_may_lag_behind_the_text_where_nobody_waits_for_them() -> None:
    live = LiveDocument("python", "def first():\n    pass\n", 1)

    def names(*, at_once: bool = True) -> list[str]:
        facts = live.facts("a.py", at_once=at_once)
        assert facts is not None
        return [one.name for one in facts.definitions]

    assert live.facts_lag(1e9) == 0
    assert names(at_once=False) == ["first"]
    assert live.facts_lag(1e9) == 0
    live.edit([LineEdit(0, 4, 0, 9, "other")], 2)
    assert names(at_once=False) == ["first"]
    assert live.facts_lag(1e9) > 0
    assert names() == ["other"]
    live.edit([LineEdit(0, 0, 0, 0, "def more():\r    pass\r\r")], 3)
    assert names() == ["more", "other"]
    assert LiveDocument("markdown", "x", 1).facts("a.md") is None
