"""Work that takes longer than a key may wait is done by threads, not by the event loop."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest

from counterpoint.context.question import Question, Selection
from counterpoint.history import History
from counterpoint.index.client import Index
from counterpoint.prompt import render
from counterpoint.surroundings import Surroundings
from counterpoint.tasks import REVIEW
from counterpoint.text import Document, Situation, Span
from tests.asking import Said, engine


@pytest.mark.asyncio
async def test_a_file_is_rendered_by_a_thread(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    threads: list[int] = []

    def noted(*arguments: Any) -> Any:
        threads.append(threading.get_ident())
        return render(*arguments)

    monkeypatch.setattr("counterpoint.planner.render", noted)
    asked = engine(Said([]), tmp_path)
    for text in ("x = 1\n", "x = 1\n" * 20_000):
        situation = Situation(Document.of("a.py", text, "python", 1), Span(0, len(text)))
        plan = await asked.plan(REVIEW, situation)
        assert plan.rendered.characters > len(text)
    assert len(threads) == 2
    assert threading.get_ident() not in threads


@pytest.mark.asyncio
async def test_history_is_weighed_by_a_thread(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    threads: list[int] = []
    asked: list[Question] = []

    def weighed(self: History, path: str) -> dict[str, float]:
        threads.append(threading.get_ident())
        return {"b.py": 0.5}

    async def select(self: Index, question: Question, deadline: float) -> Selection:
        asked.append(question)
        return Selection()

    monkeypatch.setattr(History, "with_path", weighed)
    monkeypatch.setattr(Index, "select", select)
    surroundings = Surroundings(tmp_path, Index(tmp_path))
    await surroundings.gather(Question("review", "a.py", "python", "x = 1\n"), 10.0)
    assert asked[0].history == {"b.py": 0.5}
    assert threads and threading.get_ident() not in threads
