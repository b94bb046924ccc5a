"""Whoever is asked in a terminal while something runs sees the whole question, and nothing over it."""

from __future__ import annotations

import asyncio
import io
import sys
import time
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from counterpoint.answers import ChangeSet
from counterpoint.cli import changing, opened, terminal
from counterpoint.engine import Reply
from counterpoint.errors import PriceNotAgreed
from counterpoint.text import Document, NoFiles, Situation, Span

pytestmark = pytest.mark.asyncio

ABOUT = Situation(Document.of("a.py", "x\n", "python"), Span(0, 1), NoFiles(), instruction="Rename it")
BACK = Reply(ChangeSet((), question="To what?"), (), "j")


class Screen(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


async def _price() -> object:
    return await opened.long_prompt(PriceNotAgreed("It costs $1.", low_usd=1.0, high_usd=1.0))


async def _back() -> object:
    return await changing._answered(ABOUT, BACK)


@pytest.mark.parametrize(
    ("asks", "asking"), [("click.confirm", _price), ("click.prompt", _back)], ids=["price", "model"]
)
async def test_no_bar_moves_over_a_question_and_it_moves_on_after_the_answer(
    asks: str, asking: Callable[[], Awaitable[object]], monkeypatch: pytest.MonkeyPatch
) -> None:
    screen = Screen()
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setattr(sys, "stderr", screen)
    monkeypatch.setattr(sys, "stdin", Screen())
    seen: list[Any] = []

    def answered(question: str, **more: object) -> str:
        seen.append((sys.stderr is screen, screen.tell()))
        time.sleep(0.5)  # a bar moves ten times a second
        seen.append((sys.stderr is screen, screen.tell()))
        return "y"

    monkeypatch.setattr(asks, answered)
    with terminal.progress("Working"):
        assert await asking()
        after = screen.tell()
    assert seen == [(True, seen[0][1])] * 2, "the bar was drawn over the question, or took it in"
    assert after > seen[0][1], "the bar did not come back"
    assert not terminal._BAR.get()


class Heard(io.StringIO):
    """No terminal, and an event once something was written."""

    def __init__(self) -> None:
        super().__init__()
        self.something = asyncio.Event()

    def write(self, text: str) -> int:
        self.something.set()
        return super().write(text)


async def test_in_a_pipe_it_is_said_once_who_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    pipe = Heard()
    monkeypatch.setattr(sys, "stderr", pipe)
    monkeypatch.setattr(terminal, "PATIENCE", 0.0)
    with terminal.waiting_told("GPT-5.5"):
        async with asyncio.timeout(60):
            await pipe.something.wait()
        await asyncio.sleep(0)
    assert pipe.getvalue() == "Waiting for GPT-5.5 to answer. Ctrl-C ends it.\n"


async def test_who_answers_in_time_is_not_said_to_be_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    pipe = Heard()
    monkeypatch.setattr(sys, "stderr", pipe)
    monkeypatch.setattr(terminal, "PATIENCE", 0.0)
    with terminal.waiting_told("GPT-5.5"):
        pass
    await asyncio.sleep(0.05)  # what was not taken back would be said now
    assert pipe.getvalue() == ""


async def test_where_a_bar_moves_it_says_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = Screen()
    monkeypatch.setattr(sys, "stderr", screen)
    monkeypatch.setattr(terminal, "PATIENCE", 0.0)
    with terminal.waiting_told("GPT-5.5"):
        await asyncio.sleep(0.05)
    assert screen.getvalue() == ""
