"""Pieces of files that belong to a question: in the prompt whatever the budget, and gathered code behind."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from counterpoint.context import Snippet
from counterpoint.context.question import Question, Selection
from counterpoint.engine import Engine
from counterpoint.plan import Plan
from counterpoint.settings import Context, Settings
from counterpoint.tasks import REFACTOR, REPAIR
from counterpoint.text import Document, Situation, Span
from tests.asking import Said, engine
from tests.casefiles import Held

CALLED = "".join(f"call_{number}()\n" for number in range(40))


def situation(*pieces: tuple[str, int, int], texts: Mapping[str, str] | None = None) -> Situation:
    document = Document.of("a.py", "def f():\n    return 1\n", "python")
    others = {"b.py": CALLED, "c.py": "other()\n" * 40, **(texts or {})}
    files = Held({path: Document.of(path, text, "python") for path, text in others.items()})
    return Situation(document, Span(0, 8), files, "Rename it", pieces=pieces)


def gathering(folder: Path, *snippets: Snippet, tokens: int = 16_000) -> tuple[Engine, list[Question]]:
    settings = replace(Settings(), context=Context(review_tokens=tokens))
    made = engine(Said([]), folder, settings=settings)
    asked: list[Question] = []

    async def gathered(question: Question, seconds: float) -> Selection:
        asked.append(question)
        return Selection(snippets)

    made.ports = replace(made.ports, gather=gathered)
    return made, asked


def text_of(plan: Plan) -> str:
    return "".join(plan.rendered.parts)


def similar(path: str, first: int, text: str) -> Snippet:
    return Snippet(path, first, first + text.count("\n"), text, "similar code", len(text) // 3)


@pytest.mark.asyncio
async def test_pieces_stand_in_front_of_what_was_gathered_with_their_lines_numbered(tmp_path: Path) -> None:
    asked, _ = gathering(tmp_path, similar("d.py", 7, "like_it()"))
    text = text_of(await asked.plan(REFACTOR, situation(("b.py", 4, 6))))
    assert "From b.py:5-7:\n5| call_4()\n6| call_5()\n7| call_6()\n" in text
    assert "From d.py:7-7 (similar code):\nlike_it()\n" in text
    assert text.index("From b.py") < text.index("From d.py") < text.index("1| def f():")


@pytest.mark.asyncio
async def test_no_budget_cuts_pieces_and_what_they_leave_is_the_others(tmp_path: Path) -> None:
    asked, questions = gathering(tmp_path, similar("d.py", 7, "like_it()" * 40), tokens=120)
    text = text_of(await asked.plan(REFACTOR, situation(("b.py", 0, 39), ("c.py", 0, 39))))
    assert "40| call_39()" in text and text.count("| other()") == 40
    assert "like_it" not in text
    assert questions == []
    await asked.plan(REFACTOR, situation(("b.py", 0, 2)))
    assert 0 < questions[0].budget_tokens < 120


@pytest.mark.asyncio
async def test_a_line_of_a_piece_is_not_gathered_again(tmp_path: Path) -> None:
    around = similar("b.py", 4, "call_3()\ncall_4()\ncall_5()")
    asked, _ = gathering(tmp_path, around)
    text = text_of(await asked.plan(REFACTOR, situation(("b.py", 4, 6))))
    assert text.count("call_4()") == text.count("call_5()") == 1
    assert "From b.py:4-4 (similar code):\ncall_3()\n" in text
    later = text_of(await asked.plan(REFACTOR, situation(("b.py", 3, 6))))
    assert later.count("call_3()") == 1, "nor is what was sent with the file before"


@pytest.mark.asyncio
async def test_a_piece_of_the_document_is_left_out_where_the_document_is_shown(tmp_path: Path) -> None:
    asked, _ = gathering(tmp_path)
    text = text_of(await asked.plan(REFACTOR, situation(("a.py", 0, 1), ("b.py", 0, 0))))
    assert "From a.py" not in text
    assert "From b.py:1-1:\n1| call_0()\n" in text


@pytest.mark.asyncio
async def test_what_may_not_be_sent_is_told(tmp_path: Path) -> None:
    asked, _ = gathering(tmp_path)
    asked.ports = replace(asked.ports, guard=lambda path, text: "local only" if path == "c.py" else None)
    plan = await asked.plan(REPAIR, situation(("c.py", 0, 1), ("gone.py", 2, 3), ("b.py", 0, 0)))
    assert "other()" not in text_of(plan) and "call_0()" in text_of(plan)
    assert plan.selection.left_out == (
        ("gone.py:3-4", "not read, or not sent to models"),
        ("c.py", "local only"),
    )
