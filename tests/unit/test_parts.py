"""What the ledger keeps of what a prompt was made of."""

from __future__ import annotations

import json
import time
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from counterpoint.booking import parts_of
from counterpoint.context import Snippet
from counterpoint.context.instructions import WHY
from counterpoint.context.parts import part_of
from counterpoint.context.question import Question, Selection
from counterpoint.engine import Engine
from counterpoint.tasks import COMMIT, COMPLETE, EDIT, REVIEW, VERIFY, Task
from counterpoint.text import Document, Situation, Span
from tests.asking import Said, engine
from tests.unit.test_engine import GOOD


@pytest.mark.parametrize(
    ("why", "part"),
    [
        (WHY, "instructions"),
        ("", "named"),
        ("edited 4 s ago", "recent"),
        ("similar code: load calls the same functions", "similar"),
        ("certain: called through the import", "callers"),
        ("calls settle", "callers"),
        ("tests settle; changed together with a.py in 3 commits", "tests"),
        ("changed together with a.py in 3 commits; calls settle", "history"),
        ("defines Total", "definitions"),
        ("member of Ledger, the type of totals", "definitions"),
        ("shares words with the change", "similar"),
        ("in a module imported here", "definitions"),
        ("same route /pay", "shared"),
        ("in the stack trace", "trace"),
        ("for a reason of its own; imports Total", "callers"),
        ("for a reason of its own", "other"),
    ],
)
def test_each_reason_belongs_to_a_part(why: str, part: str) -> None:
    assert part_of(Snippet("a.py", 1, 1, "x", why, 1)) == part


def asked_about(folder: Path, *snippets: Snippet) -> Engine:
    async def gathered(question: Question, seconds: float) -> Selection:
        return Selection(snippets)

    asked = engine(Said([GOOD]), folder)
    asked.ports = replace(asked.ports, gather=gathered)
    return asked


def situation(text: str, **more: Any) -> Situation:
    return Situation(Document.of("a.py", text, "python"), Span(0, len(text)), **more)


SNIPPETS = (
    Snippet("AGENTS.md", 1, 1, "Use tabs.", WHY, 3),
    Snippet("b.py", 1, 1, "settle(1)", "calls settle", 3),
    Snippet("c.py", 5, 6, "def f():\n    pass", "similar code: f calls the same functions", 5),
)


@pytest.mark.asyncio
@pytest.mark.parametrize("task", [EDIT, REVIEW, COMPLETE])
async def test_the_parts_add_up_to_what_is_sent(tmp_path: Path, task: Task[Any]) -> None:
    given = situation("x = 1\ny = 2\n", instruction="Make x two" if task is EDIT else "")
    plan = await asked_about(tmp_path, *SNIPPETS).plan(task, given)
    found = parts_of(task, given, plan)
    assert sum(found.values()) == plan.rendered.characters
    assert (found["instructions"], found["callers"], found["similar"]) == (9, 9, 17)
    assert found["system"] == len(plan.rendered.system)
    assert found.get("request", 0) == len(given.instruction)
    assert found["document"] > len("x = 1\ny = 2\n")


@pytest.mark.asyncio
async def test_claims_and_what_was_said_before_are_told_apart(tmp_path: Path) -> None:
    given = situation("x = 1\n", claims="1. x is two")
    found = parts_of(VERIFY, given, await asked_about(tmp_path).plan(VERIFY, given))
    assert found["claims"] == 11
    given = situation("x = 1\n", instruction="And y?", earlier="You asked for x.")
    found = parts_of(EDIT, given, await asked_about(tmp_path).plan(EDIT, given))
    assert (found["earlier"], found["request"]) == (16, 6)


@pytest.mark.asyncio
async def test_what_a_commit_message_is_about_is_a_diff(tmp_path: Path) -> None:
    given = replace(situation("x = 1\n"), pieces=(("a.py", 0, 0),), claims="- Add x", instruction="- a.py")
    found = parts_of(COMMIT, given, await asked_about(tmp_path).plan(COMMIT, given))
    assert "diff" in found and "document" not in found and "named" not in found


@pytest.mark.asyncio
async def test_the_ledger_has_the_parts_of_each_call_and_none_of_their_text(tmp_path: Path) -> None:
    asked = asked_about(tmp_path, *SNIPPETS)
    await asked.ask(EDIT, situation("x = 1\ny = 2\n", instruction="Make x two"))
    await asked.close()
    (call,) = asked.ledger.calls(date(2020, 1, 1))
    parts = json.loads(call.parts)
    assert parts["callers"] == 9 and parts["request"] == 10
    assert all(isinstance(size, int) for size in parts.values())
    assert len(call.parts) < 200


@pytest.mark.alone
@pytest.mark.asyncio
async def test_counting_the_parts_takes_next_to_no_time(tmp_path: Path) -> None:
    many = tuple(replace(SNIPPETS[number % 3], path=f"{number}.py") for number in range(60))
    given = situation("x = 1\n" * 500)
    asked = asked_about(tmp_path, *many)
    plan = await asked.plan(REVIEW, given)
    begun = time.process_time()
    for _ in range(100):
        parts_of(REVIEW, given, plan)
    counting = (time.process_time() - begun) / 100
    begun = time.process_time()
    await asked.plan(REVIEW, given)
    assert counting < (time.process_time() - begun) / 10
