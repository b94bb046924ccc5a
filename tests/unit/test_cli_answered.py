"""What a user answers to a model's question in a terminal, as the model is told of it."""

from __future__ import annotations

import pytest

from counterpoint.answers import ChangeSet
from counterpoint.cli import changing
from counterpoint.engine import Reply
from counterpoint.text import Document, NoFiles, Situation, Span

pytestmark = pytest.mark.asyncio

ASKED = Situation(Document.of("a.py", "x\n", "python"), Span(0, 1), NoFiles(), instruction="Rename it")
REPLY = Reply(ChangeSet((), question="To what?"), (), "j")


async def test_the_question_and_the_answer_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("click.prompt", lambda *given, **more: " y ")
    told = await changing._answered(ASKED, REPLY)
    assert told is not None
    assert told.earlier == "Request: Rename it\nYou asked: To what?\nThe user answered: y\n"


async def test_saying_nothing_asks_nothing_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("click.prompt", lambda *given, **more: "")
    assert await changing._answered(ASKED, REPLY) is None
