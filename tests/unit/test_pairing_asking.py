"""Questions about no file: no file is guarded, what is typed is masked, the ledger names no file."""

from __future__ import annotations

from pathlib import Path

import pytest

from counterpoint.errors import UsageError
from counterpoint.flows.pairing import tell
from counterpoint.plan import NO_FILE, sent_of
from counterpoint.tasks import ASK, EXPLAIN, TESTS
from counterpoint.text import Document, Situation, Span
from tests.asking import Said, engine
from tests.casefiles import Held

KEY = "sk-ant-api03-" + "A1b2C3d4E5" * 9
NOWHERE = Document.of("", "", "plaintext")
SHOP = Document.of("shop.py", "def total(items):\n    return sum(items)\n", "python")


@pytest.mark.asyncio
async def test_a_question_about_no_file_is_asked_and_its_secrets_stay(tmp_path: Path) -> None:
    asked: list[str] = []

    def guard(path: str, text: str) -> str | None:
        asked.append(path)
        return None

    asking = engine(Said([]), tmp_path, guard=guard)
    situation = Situation(
        NOWHERE, Span(0, 0), Held({}), f"What is token = {KEY} for?\npassword: hunter2Hunter2"
    )
    plan = await asking.plan(ASK, situation)
    sent = "".join(plan.rendered.parts)
    assert asked == [] and KEY not in sent and "What is token = SECRET_" in sent
    assert "It was asked in" not in sent
    assert [one.path for one in sent_of(situation, plan)] == [NO_FILE]


@pytest.mark.asyncio
async def test_a_question_at_a_place_shows_it(tmp_path: Path) -> None:
    asking = engine(Said([]), tmp_path)
    situation = Situation(SHOP, Span(0, 5), Held({"shop.py": SHOP}), "What is it?")
    plan = await asking.plan(ASK, situation)
    sent = "".join(plan.rendered.parts)
    assert (
        "It was asked in shop.py, at lines 1 to 1:\n1| def total(items):\n2|     return sum(items)\n" in sent
    )
    assert [one.path for one in sent_of(situation, plan)] == ["shop.py"]


@pytest.mark.asyncio
async def test_an_answer_may_cite_what_it_was_shown(tmp_path: Path) -> None:
    asking = engine(Said(["It adds, shop.py:2."]), tmp_path)
    found = await tell(asking, EXPLAIN, Situation(SHOP, Span(0, 5), Held({"shop.py": SHOP})))
    assert [(one.path, one.first, one.shown) for one in found.citations] == [("shop.py", 2, True)]
    assert found.calls[0].task == "explain"


@pytest.mark.asyncio
async def test_a_question_needs_words(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no question"):
        await tell(engine(Said([]), tmp_path), ASK, Situation(NOWHERE, Span(0, 0)))


@pytest.mark.asyncio
async def test_what_may_not_be_sent_is_no_evidence_of_tests(tmp_path: Path) -> None:
    """The words that go along name no file whose text could not go."""
    held = Held(
        {"shop.py": SHOP, "test_shop.py": Document.of("test_shop.py", "def test_a():\n    1\n", "python")}
    )
    asking = engine(Said([]), tmp_path, guard=lambda path, text: "local only" if "test" in path else None)
    from counterpoint.flows.pairing import prepared

    situation = await prepared(TESTS, Situation(SHOP, Span(0, 5), held))
    plan = await asking.plan(TESTS, situation)
    assert "def test_a" not in "".join(plan.rendered.parts)
    assert ("test_shop.py", "local only") in plan.selection.left_out
