"""What was chosen a moment ago serves while nothing typed since could make other code matter."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from counterpoint.context import Snippet
from counterpoint.context.question import Question, Selection
from counterpoint.context.recent import SECONDS, Recent
from counterpoint.engine import Engine
from counterpoint.errors import NotSendable
from counterpoint.tasks import COMPLETE, EDIT
from counterpoint.text import Document, Situation, Span
from tests.asking import Said, engine

CHOSEN = Selection((Snippet("b.py", 1, 1, "b = 1", "named here", 2),))


def at(text: str) -> Situation:
    return Situation(Document.of("a.py", text, "python", len(text)), Span(len(text), len(text)))


@pytest.mark.parametrize(
    ("then", "now", "serves"),
    [
        ("x = ma", "x = make", True), ("x = make", "x = make ", True), ("x = ", "x = ", True),
        ("x = 1\n", "x = 1\ny = ", True), ("x = 1\n", "x = 1\n    return ", True),
        ("x = 1\n", "x = 1\n\n\nresult: float = su", True), ("x = 1", "x = 1\n", True),
        ("x = make", "x = make(", False), ("x = make", "x = make.", False), ("f(a", "f(a, b", False),
        ("x = 1\n", "x = 1\ny = other(", False), ("x = 1\n", "x = 1\nother.", False),
        ("x = 1\n", "x = 1\nfor row in rows", False), ("f(make", "f(ma", False),
        ("x = 1\n", "x = 1" + "\n" * 22 + "y = ", False), ("x = 1\ny = 2\n", "z = ", False),
    ],
)  # fmt: skip
def test_a_word_that_goes_on_and_a_statement_that_begins(then: str, now: str, serves: bool) -> None:
    held = Recent(lambda: 0.0)
    held.keep("k", at(then), CHOSEN)
    assert held.fitting("k", at(now)) == (CHOSEN if serves else None)
    assert held.fitting("other", at(now)) is None


def test_it_is_forgotten_soon_and_nothing_chosen_is_nothing_kept() -> None:
    now = [0.0]
    held = Recent(lambda: now[0])
    held.keep("empty", at("x"), Selection())
    assert held.fitting("empty", at("x")) is None
    for number in range(40):
        held.keep(number, at("x"), CHOSEN)
    assert held.fitting(0, at("x")) is None
    now[0] = SECONDS
    assert held.fitting(39, at("x")) == CHOSEN
    now[0] += 0.01
    assert held.fitting(39, at("x")) is None


class Asked:
    """A workspace that takes its time to choose, and counts how often it was asked."""

    def __init__(self, engine: Engine) -> None:
        self.texts: list[str] = []
        self.done = asyncio.Event()
        engine.ports = engine.ports.__class__(
            **{
                name: getattr(engine.ports, name)
                for name in ("usable", "endpoint", "open", "guard", "missing_consent", "judge")
            },
            gather=self.gather,
        )

    async def gather(self, question: Question, seconds: float) -> Selection:
        self.texts.append(question.text)
        await self.done.wait()
        number = len(self.texts)
        return Selection((Snippet("b.py", 1, 1, f"b = {number}", "named here", 2),))


@pytest.mark.asyncio
async def test_the_next_keys_do_not_wait(tmp_path: Path) -> None:
    asked = engine(Said([]), tmp_path)
    world = Asked(asked)
    world.done.set()
    first = await asked.plan(COMPLETE, at("x = ma"))
    world.done.clear()
    async with asyncio.timeout(5):
        second = await asked.plan(COMPLETE, at("x = make"))
    assert [one.text for one in second.snippets] == [one.text for one in first.snippets] == ["b = 1"]
    assert second.rendered.parts[1] == first.rendered.parts[1]
    assert world.texts == ["x = ma"]


@pytest.mark.asyncio
async def test_other_tasks_and_other_places_choose_anew(tmp_path: Path) -> None:
    asked = engine(Said([]), tmp_path)
    world = Asked(asked)
    world.done.set()
    for task, text in ((COMPLETE, "x = ma"), (COMPLETE, "x = make("), (EDIT, "x = "), (EDIT, "x = ")):
        await asked.plan(task, at(text))
    assert len(world.texts) == 4


@pytest.mark.asyncio
async def test_a_file_that_may_not_leave_any_more_is_told_at_once(tmp_path: Path) -> None:
    asked = engine(Said([]), tmp_path)
    world = Asked(asked)
    world.done.set()
    await asked.plan(COMPLETE, at("x = ma"))
    object.__setattr__(asked.ports, "guard", lambda path, text: "it is private")
    with pytest.raises(NotSendable, match="private"):
        await asked.plan(COMPLETE, at("x = make"))
