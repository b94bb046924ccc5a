"""Documents taken apart by the service: in time, in pieces, and never in the way of whoever types."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from counterpoint.context.blocks import Block, Outline
from counterpoint.context.outlining import outline_of
from counterpoint.context.parsing import encoded, parse
from counterpoint.context.question import Question
from counterpoint.index.client import Index
from counterpoint.index.crashes import Crashes
from counterpoint.index.outlines import Outlines, outline_row, read_outline
from counterpoint.text import Document
from tests.unit.test_live_trees import SERVICE

SECONDS = 30.0
TEXT = "import os\n\n\ndef f(a):\n    return os.path(a)\n\n\nx = f(1)\n"


@pytest_asyncio.fixture
async def index(tmp_path: Path) -> AsyncIterator[Index]:
    found = Index(tmp_path, command=SERVICE)
    yield found
    await asyncio.wait_for(found.close(), SECONDS)


def document(text: str, path: str = "a.py", language: str = "python") -> Document:
    return Document.of(path, text, language)


def test_an_outline_survives_the_wire() -> None:
    outline = outline_of(parse("python", encoded(TEXT)))
    assert read_outline(outline_row(outline)) == outline
    assert outline.blocks[1].rest == ((0, 0), (7, 7))


@pytest.mark.asyncio
async def test_documents_need_not_be_open(index: Index) -> None:
    texts = [TEXT.replace("f", f"f{number}") for number in range(12)]
    found = await index.outline([document(text) for text in texts], SECONDS)
    assert found == tuple(outline_of(parse("python", encoded(text))) for text in texts)


@pytest.mark.asyncio
async def test_every_text_has_an_outline(index: Index) -> None:
    lone = "def f():\r    return '\ud800'\r"
    empty, plain, cut = await index.outline(
        [document(" \n"), document("a\n", "a.txt", "plaintext"), document(lone)], SECONDS
    )
    assert empty == Outline(())
    assert plain is not None and plain.source == "words"
    assert cut is not None and cut.blocks[0].pieces == ((0, 1),)


@pytest.mark.alone
@pytest.mark.asyncio
async def test_what_takes_too_long_is_none_and_the_service_goes_on(index: Index) -> None:
    long = document("".join(f"def f{number}(a):\n    return a + {number}\n" for number in range(20_000)))
    started = time.monotonic()
    assert await index.outline([document(TEXT)], SECONDS)
    assert (await index.outline([long, long], 0.05)) == (None, None)
    (found,) = await index.outline([document(TEXT)], SECONDS)
    assert found is not None
    assert time.monotonic() - started < SECONDS


@pytest.mark.asyncio
async def test_nothing_is_known_where_no_service_may_run(tmp_path: Path) -> None:
    index = Index(tmp_path, command=SERVICE)
    index.enabled = False
    assert await index.outline([document(TEXT)], 0.2) == (None,)
    assert await index.defining("f", 0.2) == ()
    assert await index.mentioning(["f"], 0.2) is None
    await index.close()


@pytest.mark.asyncio
async def test_files_that_have_a_word_are_known_by_it(tmp_path: Path) -> None:
    for name, text in (("a.py", "fetch(1)\n"), ("b.py", "s = 'call fetch here'\n"), ("c.py", "g = 1\n")):
        (tmp_path / name).write_text(text)
    index = Index(tmp_path, watch=False)
    async with asyncio.timeout(SECONDS):
        while await index.mentioning(["fetch"], SECONDS) != ("a.py", "b.py"):
            await asyncio.sleep(0.05)
    index.opened("c.py", "python", "g = fetch\n", 1)
    assert await index.mentioning(["fetch", "nowhere"], SECONDS) == ("a.py", "b.py", "c.py")
    assert await index.mentioning([], SECONDS) == ()
    await index.close()


@pytest.mark.alone
@pytest.mark.asyncio
async def test_a_completion_does_not_wait_for_outlines(index: Index) -> None:
    many = [document("".join(f"def f{k}_{n}(a):\n    return a\n" for n in range(900))) for k in range(8)]
    (first,) = await index.outline(many[:1], SECONDS)
    assert first is not None
    task = asyncio.ensure_future(index.outline(many[1:], SECONDS))
    await asyncio.sleep(0.01)
    waits: list[float] = []
    while not task.done() and len(waits) < 5:
        started = time.monotonic()
        assert (await index.select(Question("completion", "b.py", "python", "x"), SECONDS)).snippets
        waits.append(time.monotonic() - started)
    assert None not in await task
    assert len(waits) == 5, "all outlines came before five questions were answered"
    assert min(waits) < SECONDS / 10


# -- the work itself, by a clock of its own


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        self.now += 0.001
        return self.now


def message(text: str, seconds: float, language: str = "python") -> dict[str, Any]:
    return {"op": "outline", "id": 1, "language": language, "text": text, "seconds": seconds}


def worked(text: str, seconds: float, language: str = "python") -> tuple[int, list[dict[str, Any]]]:
    sent: list[dict[str, Any]] = []
    outlines = Outlines(sent.append, Clock())
    outlines.add(0.0, message(text, seconds, language))
    steps = 0
    while outlines.step():
        steps += 1
    return steps, sent


def test_the_work_is_done_in_slices_and_given_up_in_time() -> None:
    text = "".join(f"def f{number}(): pass\n" for number in range(100))
    steps, sent = worked(text, 1000.0)
    assert steps > 10
    assert len(sent[0]["outline"][2]) == 100
    steps, sent = worked(text, 0.05)
    assert sent == [{"id": 1, "late": True}]
    assert worked("", 1.0, "plaintext") == (1, [{"id": 1, "outline": ["words", 0, []]}])
    assert worked(text * 50, -1.0)[1] == [{"id": 1, "late": True}]


def test_a_text_that_was_taken_apart_is_known() -> None:
    sent: list[dict[str, Any]] = []
    outlines = Outlines(sent.append, Clock())
    steps = []
    for _ in range(2):
        outlines.add(0.0, message("".join(f"def f{number}(): pass\n" for number in range(100)), 1e6))
        steps.append(0)
        while outlines.step():
            steps[-1] += 1
    assert steps[1] == 1 < steps[0]
    assert sent[0] == sent[1]


def test_a_fault_is_told_and_ends_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(parsed: object) -> list[Block]:
        raise ZeroDivisionError

    monkeypatch.setattr("counterpoint.context.outlining.blocks", fail)
    assert worked("x = 1\n", 1000.0)[1] == [{"id": 1, "error": "ZeroDivisionError"}]


def test_a_service_that_crashes_often_is_left_alone() -> None:
    crashes = Crashes()
    for _ in range(2):
        crashes.add()
        assert not crashes.too_many
    crashes.add()
    assert crashes.too_many
