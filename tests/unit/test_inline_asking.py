"""What answers a request, what is asked ahead of need, and why there is nothing."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from counterpoint.answers import Insertion
from counterpoint.context.judging import Judgement
from counterpoint.context.question import Question, Selection
from counterpoint.errors import BudgetExceeded, Overloaded
from counterpoint.flows.at_hand import by_pattern
from counterpoint.inline.patterns import Change
from counterpoint.providers.scripted import Play
from counterpoint.settings import Budget
from counterpoint.text import Document, Situation, Span
from tests.typist import Typist

pytestmark = pytest.mark.asyncio

SUM = "sum(rows)"


def certain(document: Document, offset: int, recent: Sequence[Change]) -> str | None:
    return "pattern()" if document.text[:offset].endswith("= ") else None


async def test_a_pattern_needs_no_model_and_can_be_switched_off(tmp_path: Path) -> None:
    user = Typist(tmp_path / "on", certain=certain)
    assert await user.text(user.ask(invoked=False)) == "pattern()"
    assert (user.last.source, user.last.cost_usd) == ("pattern", 0.0)
    await user.close()
    user = Typist(tmp_path / "off", SUM, certain=certain, patterns=False)
    assert await user.text(user.ask()) == SUM
    await user.close()


async def test_the_documents_own_pattern_is_offered(tmp_path: Path) -> None:
    lines = [f'parser.add_argument("--{name}", default=None)' for name in ("name", "size", "shape", "owner")]
    user = Typist(tmp_path, text="\n".join((*lines, "parser.|\nrun(parser)\n")), certain=by_pattern)
    assert (await user.text(user.ask(invoked=False))).startswith("add_argument")
    await user.close()


async def test_lines_typed_lately_are_remembered_once_they_are_left(tmp_path: Path) -> None:
    seen: list[Sequence[Change]] = []

    def heard(document: Document, offset: int, recent: Sequence[Change]) -> str | None:
        seen.append(recent)
        return "x"

    user = Typist(tmp_path, text="a = 1\nb = |\nc = 3\n", certain=heard)
    await user.text(user.ask())
    user.type("22")
    user.type("\n")
    user.type("new")
    user.offset = 5
    user.type("0")
    await user.text(user.ask())
    assert list(seen[-1]) == [Change("b = ", "b = 22"), Change("", "new")]
    await user.close()


async def test_nothing_to_show_is_not_asked_for_again_at_once_unless_by_hand(tmp_path: Path) -> None:
    user = Typist(tmp_path, "\n\n", SUM)
    assert await user.text(user.ask()) == ""
    assert user.last.reason
    assert await user.text(user.ask(invoked=False)) == ""
    assert len(user.model.history) == 1
    assert await user.text(user.ask()) == SUM
    await user.close()


async def test_where_it_is_not_worth_its_price_no_model_is_asked(tmp_path: Path) -> None:
    user = Typist(tmp_path, text="# a comment that goes o|\n", everywhere=False, mode="calm")
    assert await user.text(user.ask(invoked=False)) == ""
    assert user.last.reason == user.last.decision != ""
    assert user.model.history == ()
    await user.close()


async def test_why_nothing_was_looked_for_is_remembered(tmp_path: Path) -> None:
    user = Typist(tmp_path)
    user.completions.skipped(Situation(user.document, Span(8, 8)), "paused")
    assert (user.last.reason, user.last.line, user.last.source) == ("paused", 0, None)
    await user.close()


async def test_a_failure_reaches_who_waits_and_the_next_request_asks_again(tmp_path: Path) -> None:
    user = Typist(tmp_path, Play(error=Overloaded("busy", provider="scripted")), SUM)
    with pytest.raises(Overloaded):
        await user.ask()
    assert user.last.reason == "overloaded"
    assert await user.text(user.ask()) == SUM
    await user.close()


async def test_a_record_tells_where_the_time_went(tmp_path: Path) -> None:
    pieces = ("```python\n", "sum(", "rows)\n```")
    user = Typist(tmp_path, Play(pieces, first_token=0.05, between=0.03), debounce_ms=150)
    assert await user.text(user.ask(invoked=False)) == SUM
    told = user.last
    assert (told.path, told.line, told.reason, told.source) == ("shop.py", 0, "", "model")
    assert told.delay == pytest.approx(0.15, abs=0.02)
    assert told.total >= told.delay + told.first_token + told.stream
    assert told.first_token >= 0.05
    assert told.stream >= 0.05
    assert told.context > 0
    assert told.filters >= 0
    assert told.cost_usd > 0
    assert told.input_tokens > 0
    assert "fence" in told.fired
    await user.close()


async def test_context_that_comes_too_late_is_left_out_counted_and_logged(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async def late(question: Question, seconds: float) -> Selection:
        return Selection(left_out=(("workspace", "not found in time"),))

    user = Typist(tmp_path, SUM, ports={"gather": late})
    with caplog.at_level(logging.INFO):
        assert await user.text(user.ask()) == SUM
    assert user.last.late == "not found in time"
    assert user.completions.memory.late == 1
    assert "goes without context" in caplog.text
    await user.close()


@pytest.mark.parametrize(
    ("judgement", "by_hand", "by_itself", "reason", "fired"),
    [
        (Judgement(1, 0), "", "", "syntax", ("syntax",)),
        (Judgement(1, 3), "sum", "sum", "", ("syntax",)),
        (Judgement(0, 9, ("rows",)), SUM, SUM, "", ("unknown-name",)),
        (Judgement(0, 9), SUM, SUM, "", ()),
        (None, SUM, SUM, "", ()),
    ],
)
async def test_the_workspace_is_the_judge(
    tmp_path: Path,
    judgement: Judgement | None,
    by_hand: str,
    by_itself: str,
    reason: str,
    fired: tuple[str, ...],
) -> None:
    async def judge(document: Document, insertion: Insertion, seconds: float) -> Judgement | None:
        assert (document.text, insertion.text) == ("total = \n", SUM)
        return judgement

    user = Typist(tmp_path, SUM, ports={"judge": judge}, everywhere=False, mode="eager")
    assert await user.text(user.ask(invoked=False)) == by_itself
    assert (user.last.reason, user.last.fired) == (reason, fired)
    user.model.add(SUM)
    assert await user.text(user.ask()) == by_hand
    await user.close()


async def test_who_wants_an_answer_everywhere_sees_also_what_would_not_parse(tmp_path: Path) -> None:
    async def judge(document: Document, insertion: Insertion, seconds: float) -> Judgement | None:
        return Judgement(1, 0)

    user = Typist(tmp_path, SUM, ports={"judge": judge}, everywhere=True)
    assert await user.text(user.ask(invoked=False)) == SUM
    assert user.last.fired == ("syntax",)
    await user.close()


async def test_another_suggestion_goes_before_one_with_doubts(tmp_path: Path) -> None:
    unknown = iter((Judgement(0, 9, ("rows",)), Judgement(0, 1), Judgement(0, 9, ("rows",))))

    async def judge(document: Document, insertion: Insertion, seconds: float) -> Judgement | None:
        return next(unknown)

    user = Typist(tmp_path, "m(rows)", "max(known)", text="total = su|\n", ports={"judge": judge})
    assert await user.text(user.ask()) == "m(rows)"
    user.type("", take=2)
    assert await user.text(user.ask(invoked=False)) == "max(known)"
    user.model.add("max(rows)")
    user.type("", take=1)
    user.type(" ")
    assert await user.text(user.ask(invoked=False)) == "max(known)"
    await user.close()


async def test_what_was_typed_meanwhile_is_judged_with_the_rest(tmp_path: Path) -> None:
    seen = []

    async def judge(document: Document, insertion: Insertion, seconds: float) -> Judgement | None:
        seen.append((document.text, insertion.text))
        return Judgement(1, 5)

    user = Typist(tmp_path, Play(".join(a, b)", hold=True), text="os.pa|\n", ports={"judge": judge})
    request = user.ask(selected=(Span(3, 5), "path"))
    await user.asked(1)
    user.type("th.")
    user.model.release()
    assert await user.text(request) == "join("
    assert seen == [("os.path.\n", "join(a, b)")]
    await user.close()


async def test_what_was_just_deleted_is_not_offered_again(tmp_path: Path) -> None:
    user = Typist(tmp_path, SUM, text="total = sum(rows)|\n")
    user.completions.changed(user.document)
    await user.text(user.ask())
    user.type("", take=len(SUM))
    user.model.add(SUM)
    assert await user.text(user.ask()) == ""
    assert user.last.reason == "deleted"
    await user.close()


async def test_what_was_turned_down_is_not_offered_again(tmp_path: Path) -> None:
    user = Typist(tmp_path, SUM, SUM)
    await user.text(user.ask())
    user.completions.rejected(user.last.job)
    assert await user.text(user.ask()) == ""
    assert user.last.reason == "rejected"
    await user.close()


FOLLOWED: dict[str, Any] = {"follow_up": True}


@pytest.mark.parametrize("said", ["before", "after", "never"])
async def test_what_follows_an_accepted_text_is_asked_for_at_once(tmp_path: Path, said: str) -> None:
    user = Typist(tmp_path, SUM, "\nprint(total)", **FOLLOWED)
    await user.text(user.ask())
    job = user.last.job
    if said == "before":
        user.completions.accepted(job)
    user.type(SUM)
    if said == "after":
        user.completions.accepted(job)
    await user.asked(2)
    await user.idle()
    assert user.completions.memory.pace.kept_share is None
    assert await user.text(user.ask(invoked=False)) == "\nprint(total)"
    assert user.last.source == "ahead"
    assert user.last.job.startswith("ahead-")
    user.type("\n")
    assert await user.text(user.ask(invoked=False)) == "print(total)"
    assert len(user.model.history) == 2
    await user.close()


async def test_what_was_asked_for_ahead_is_waited_for_and_closed_where_it_does_not_fit(
    tmp_path: Path,
) -> None:
    user = Typist(tmp_path, SUM, Play(("\nprint", "(total)"), between=60.0), **FOLLOWED)
    await user.text(user.ask())
    user.type(SUM)
    await user.asked(2)
    await user.first_text()
    request = user.ask(invoked=False)
    await asyncio.sleep(0.02)
    assert len(user.model.history) == 2
    user.type(" + 1")
    await user.text(request)
    await user.idle()
    assert user.ends == ["done", "closed"]
    await user.close()


async def test_typing_a_suggestion_to_its_end_or_taking_a_part_asks_nothing_ahead(tmp_path: Path) -> None:
    user = Typist(tmp_path, SUM, **FOLLOWED)
    await user.text(user.ask())
    user.completions.accepted(user.last.job, "sum")
    user.type("sum")
    assert await user.text(user.ask(invoked=False)) == "(rows)"
    for typed in "(rows)":
        user.type(typed)
    await asyncio.sleep(0.05)
    assert len(user.model.history) == 1
    await user.close()


async def test_nothing_is_asked_ahead_where_the_budget_is_nearly_spent(tmp_path: Path) -> None:
    user = Typist(tmp_path, SUM, **FOLLOWED)
    engine = user.completions.engine
    await user.text(user.ask())
    spent = engine.ledger.spent_today("completion")
    engine.settings = replace(engine.settings, budget=Budget(completions_day_usd=spent))
    user.type(SUM)
    await user.idle()
    assert len(user.model.history) == 1
    with pytest.raises(BudgetExceeded):
        await user.ask()
    await user.close()


async def test_an_accepted_text_is_not_offered_at_its_place_again(tmp_path: Path) -> None:
    user = Typist(tmp_path, SUM, "max(rows)")
    await user.text(user.ask())
    user.completions.accepted(user.last.job)
    assert await user.text(user.ask()) == "max(rows)"
    await user.close()


async def test_the_rhythm_and_the_models_pace_are_learned(tmp_path: Path) -> None:
    user = Typist(tmp_path, *(Play("x", first_token=0.03) for _ in range(3)))
    for _ in range(3):
        await user.text(user.ask())
        user.type("y")
    pace = user.completions.pace
    assert pace.calls == 3
    assert 0.03 <= pace.first_token_seconds < 0.5
    assert user.completions.told("other.py") == ()
    assert user.document.text.count("y") == 3
    await user.close()


async def test_keys_in_documents_that_nobody_asked_about_cost_nothing(tmp_path: Path) -> None:
    user = Typist(tmp_path)
    user.type("x")
    assert user.completions.document("shop.py") is None
    user.completions.closed("shop.py")
    user.completions.accepted("no such job")
    await user.close()
