"""The engine's promises: what is asked of whom, what is never sent, and that every call is in the books."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from counterpoint.answers import Dropped, Finding
from counterpoint.calls import Call
from counterpoint.errors import (
    BadAnswer,
    BillingRequired,
    BudgetExceeded,
    ConsentRequired,
    NotSendable,
    NoUsableRole,
    Overloaded,
    Refused,
    Unauthorized,
)
from counterpoint.flows.complete import complete
from counterpoint.flows.edit import edit
from counterpoint.flows.review import Options
from counterpoint.ledger import NotAtOnce
from counterpoint.models import Usage
from counterpoint.settings import Budget, Settings
from counterpoint.tasks import COMPLETE, EDIT, FIX, REVIEW
from counterpoint.text import Document, Problem, Situation, Span
from tests.asking import Said, engine, reviewed

DOCUMENT = Document.of("a.py", "x = 1\ny = 2\n", "python", 3)
WHOLE = Situation(DOCUMENT, Span(0, 12), instruction="Make x two")
CURSOR = Situation(DOCUMENT, Span(12, 12))
GOOD = '{"assumptions": [], "edits": [{"path":"a.py","line":1,"old":"x = 1","new":"x = 2","reason":"r"}]}'
FOUND = (
    '{"findings": [{"path":"a.py","line":1,"quote":"x = 1","severity":"P2","confidence":0.5,'
    '"category":"logic","title":"T","body":"B","evidence":[],"fix":null}]}'
)
DIRECT = Options(strategy="direct")


@pytest.mark.asyncio
async def test_writing_goes_to_the_fast_model_and_reviewing_to_the_deep_one(tmp_path: Path) -> None:
    said = Said([GOOD, FOUND])
    asked = engine(said, tmp_path)
    await edit(asked, WHOLE)
    await reviewed(asked, [WHOLE], DIRECT)
    assert [request.model.name for request in said.requests] == ["gpt-5.5", "claude-opus-4-7"]
    assert [request.effort for request in said.requests] == ["low", "high"]


@pytest.mark.asyncio
@pytest.mark.parametrize(("vendor", "model"), [("openai", "gpt-5.5"), ("anthropic", "claude-opus-4-7")])
async def test_one_key_is_enough_for_both_halves(tmp_path: Path, vendor: str, model: str) -> None:
    said = Said([GOOD, FOUND])
    asked = engine(said, tmp_path, usable=frozenset({vendor}))
    first = await edit(asked, WHOLE)
    second = await reviewed(asked, [WHOLE], DIRECT)
    assert {request.model.name for request in said.requests} == {model}
    assert "stands in" in first.notice + second.notice


@pytest.mark.asyncio
async def test_no_key_names_the_command_that_sets_one(tmp_path: Path) -> None:
    with pytest.raises(NoUsableRole, match="counterpoint keys set openai"):
        await edit(engine(Said([]), tmp_path, usable=frozenset()), WHOLE)


@pytest.mark.asyncio
async def test_without_a_key_only_completion_falls_to_the_model_on_this_machine(tmp_path: Path) -> None:
    said = Said(["z = 3"])
    asked = engine(said, tmp_path, usable=frozenset({"embedded"}))
    await complete(asked, CURSOR)
    assert said.requests[0].model.provider == "embedded"
    assert [part.text for part in said.requests[0].parts] == [DOCUMENT.text]
    with pytest.raises(NoUsableRole):
        await edit(asked, WHOLE)


@pytest.mark.asyncio
async def test_a_vendors_failure_moves_on_before_anything_was_said(tmp_path: Path) -> None:
    said = Said([Overloaded("busy", provider="openai"), GOOD])
    reply = await edit(engine(said, tmp_path), WHOLE)
    assert [call.outcome for call in reply.calls] == ["error", "ok"]
    assert [request.model.provider for request in said.requests] == ["openai", "anthropic"]


@pytest.mark.asyncio
async def test_where_both_vendors_fail_each_is_told_with_what_to_do(tmp_path: Path) -> None:
    spent = [
        BillingRequired(f"{name} has no credit left.", provider=name, fix=f"Add credit at {name}.")
        for name in ("openai", "anthropic")
    ]
    said = Said([*spent])
    with pytest.raises(BillingRequired) as told:
        await edit(engine(said, tmp_path), WHOLE)
    assert str(told.value) == (
        "anthropic has no credit left. Before that: openai has no credit left."
        " Add credit at anthropic. Add credit at openai."
    )
    assert told.value.provider == "anthropic"
    assert [str(one) for one in spent] == [
        "openai has no credit left. Add credit at openai.",
        "anthropic has no credit left. Add credit at anthropic.",
    ]


class Shared(list[Call]):
    """Calls of several asks: each time one is added, another ask's good call comes right behind it."""

    def append(self, call: Call) -> None:
        super().extend((call, replace(call, job="other", usage=Usage(output_tokens=9), outcome="ok")))


@pytest.mark.asyncio
async def test_calls_of_an_ask_beside_it_do_not_keep_a_failed_one_from_the_next_model(tmp_path: Path) -> None:
    said = Said([Overloaded("busy", provider="anthropic"), FOUND])
    shared = Shared()
    reply = await engine(said, tmp_path).ask(REVIEW, WHOLE, calls=shared)
    assert [call.outcome for call in reply.calls] == ["error", "ok"]
    assert {call.job for call in reply.calls} == {reply.job}
    assert set(reply.calls) <= set(shared)


@pytest.mark.asyncio
async def test_a_completion_is_never_asked_of_a_second_model(tmp_path: Path) -> None:
    said = Said([Overloaded("busy", provider="openai"), "x"])
    with pytest.raises(Overloaded):
        await complete(engine(said, tmp_path), CURSOR)
    assert len(said.requests) == 1


@pytest.mark.asyncio
async def test_nothing_is_sent_without_consent_or_against_the_guard(tmp_path: Path) -> None:
    said = Said([GOOD])
    with pytest.raises(ConsentRequired, match="openai"):
        await edit(engine(said, tmp_path, missing=("openai",)), WHOLE)
    with pytest.raises(NotSendable, match=r"a\.py.*secret-like"):
        await edit(engine(said, tmp_path, guard=lambda path, text: "secret-like name"), WHOLE)
    assert said.requests == []


@pytest.mark.asyncio
async def test_the_cap_refuses_before_anything_is_sent(tmp_path: Path) -> None:
    said = Said([GOOD])
    settings = Settings(budget=Budget(day_usd=0.0001))
    with pytest.raises(BudgetExceeded, match=r"budget\.day_usd"):
        await edit(engine(said, tmp_path, settings=settings), WHOLE)
    assert said.requests == []


@pytest.mark.asyncio
async def test_a_cancelled_call_closes_its_stream_and_is_in_the_ledger(tmp_path: Path) -> None:
    said = Said([GOOD], hold=True)
    asked = engine(said, tmp_path)
    task = asyncio.create_task(edit(asked, WHOLE, job="job-1"))
    while not said.requests:
        await asyncio.sleep(0.005)
    await asyncio.sleep(0.05)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await asked.close()
    assert said.closed == 1
    [row] = asked.ledger.job("job-1")
    assert row.outcome == "cancelled"
    assert row.usage.estimated
    assert row.cost_usd > 0


@pytest.mark.asyncio
async def test_a_call_cancelled_while_its_cost_is_set_aside_is_settled_at_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = Said([GOOD])
    asked = engine(said, tmp_path)
    entered, go_on = threading.Event(), threading.Event()
    reserve = asked.ledger.reserve

    def slowly(**row: Any) -> int:
        if row["at_once"]:
            raise NotAtOnce
        entered.set()
        assert go_on.wait(10)
        return reserve(**row)

    monkeypatch.setattr(asked.ledger, "reserve", slowly)
    task = asyncio.create_task(complete(asked, CURSOR, job="job-9"))
    assert await asyncio.to_thread(entered.wait, 10)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    go_on.set()
    await asked.close()
    [row] = asked.ledger.job("job-9")
    assert (row.outcome, row.error, row.cost_usd) == ("cancelled", "unsent", 0)
    assert said.requests == []


@pytest.mark.asyncio
async def test_a_watched_question_tells_its_plan_and_then_its_text(tmp_path: Path) -> None:
    heard: list[str] = []
    asked = engine(Said(["```python\nz = 3\n```"]), tmp_path)
    reply = await asked.ask(
        COMPLETE, CURSOR, on_plan=lambda plan: heard.append(plan.candidate.model.name), on_text=heard.append
    )
    assert heard[0] == "gpt-5.5"
    assert "".join(heard[1:]).startswith("```python\nz = 3")
    assert reply.answer.text == "z = 3"


@pytest.mark.asyncio
async def test_what_was_spent_is_what_the_ledger_says(tmp_path: Path) -> None:
    asked = engine(Said([GOOD]), tmp_path)
    reply = await edit(asked, WHOLE, job="job-2")
    [row] = asked.ledger.job("job-2")
    assert row.outcome == "ok"
    assert row.cost_usd == pytest.approx(reply.cost_usd)
    assert reply.cost_usd == pytest.approx((100 * 5 + 20 * 30) / 1e6)
    assert [sent.path for sent in asked.ledger.sent(row.id)] == ["a.py"]


@pytest.mark.asyncio
@pytest.mark.parametrize("stop", ["refusal", "filter"])
async def test_a_refusal_is_an_error_that_says_so(tmp_path: Path, stop: str) -> None:
    said = Said([GOOD, GOOD], stop=stop)
    calls: list[Call] = []
    with pytest.raises(Refused, match="declined"):
        await engine(said, tmp_path).ask(EDIT, WHOLE, calls=calls)
    assert [call.outcome for call in calls][:1] == ["refused"]


@pytest.mark.asyncio
async def test_an_answer_of_another_kind_is_a_bad_answer_that_was_paid_for(tmp_path: Path) -> None:
    asked = engine(Said(["I cannot do that, Dave."]), tmp_path, usable=frozenset({"openai"}))
    with pytest.raises(BadAnswer):
        await edit(asked, WHOLE, job="j")
    assert asked.ledger.job("j")[0].cost_usd > 0


@pytest.mark.asyncio
async def test_a_completion_is_cut_and_the_rest_not_bought(tmp_path: Path) -> None:
    said = Said(["z = 3\n" + "w = 4\n" * 200])
    reply = await complete(engine(said, tmp_path), Situation(DOCUMENT, Span(5, 5)))
    assert reply.calls[0].outcome == "cut"
    assert reply.calls[0].usage.output_tokens < 200
    assert said.closed == 1


@pytest.mark.asyncio
async def test_findings_are_shown_before_the_answer_ends(tmp_path: Path) -> None:
    seen: list[Finding | Dropped] = []
    said = Said([FOUND], hold=True)
    task = asyncio.create_task(engine(said, tmp_path).ask(REVIEW, WHOLE, on_item=seen.append))
    limit = time.monotonic() + 10
    while not seen and time.monotonic() < limit:
        await asyncio.sleep(0.005)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert [item.title for item in seen if isinstance(item, Finding)] == ["T"]


@pytest.mark.asyncio
async def test_a_review_whose_second_file_fails_keeps_the_first(tmp_path: Path) -> None:
    other = Situation(Document.of("b.py", "y = 2\n", "python"), Span(0, 6))
    said = Said([FOUND, Unauthorized("no", provider="anthropic"), Unauthorized("no", provider="openai")])
    result = await reviewed(engine(said, tmp_path), [WHOLE, other], DIRECT)
    assert [item.title for item in result.findings] == ["T"]
    assert [error.code for error in result.errors] == ["unauthorized"]
    assert not result.complete
    assert len(result.calls) == 3


@pytest.mark.asyncio
async def test_a_review_with_no_key_is_no_failure(tmp_path: Path) -> None:
    result = await reviewed(engine(Said([]), tmp_path, usable=frozenset()), [WHOLE])
    assert result.complete
    assert "counterpoint keys set anthropic" in result.notice


@pytest.mark.asyncio
async def test_a_problem_is_put_before_the_model(tmp_path: Path) -> None:
    said = Said([GOOD])
    problem = Problem("a.py", Span(0, 1), "x is unused", "ruff", "F841")
    await edit(engine(said, tmp_path), Situation(DOCUMENT, Span(0, 5), problems=(problem,)), task=FIX)
    assert "- line 1: x is unused (ruff F841)" in said.requests[0].parts[-1].text


@pytest.mark.asyncio
async def test_secrets_are_masked_on_the_way_out_and_put_back_on_the_way_in(tmp_path: Path) -> None:
    secret = "sk-" + "proj-" + "Ab3dEf6hIj9kLm2nOp5qRs8tUv1wXy4z" * 2
    document = Document.of("a.py", f'KEY = "{secret}"\nx = 1\n', "python")
    said = Said([])
    asked = engine(said, tmp_path)
    plan = await asked.plan(EDIT, Situation(document, Span(0, 0), instruction="i"))
    sent = "".join(plan.rendered.parts)
    assert secret not in sent
    [placeholder] = plan.secrets
    assert placeholder in sent
    said.answers.append(GOOD.replace("x = 2", f"x = '{placeholder}'"))
    reply = await edit(asked, Situation(document, Span(0, 0), instruction="i"))
    assert secret in reply.answer.files[0].edits[0].new
    assert secret not in "".join(part.text for part in said.requests[0].parts)


@pytest.mark.asyncio
async def test_an_estimate_brackets_the_cost_and_sends_nothing(tmp_path: Path) -> None:
    said = Said([])
    estimate = await engine(said, tmp_path).estimate(COMPLETE, CURSOR)
    assert 0 < estimate.cost_usd[0] < estimate.cost_usd[1] <= estimate.upper_usd
    assert said.requests == []


@pytest.mark.asyncio
async def test_a_pass_tells_the_model_what_to_look_for(tmp_path: Path) -> None:
    said = Said([FOUND])
    await reviewed(engine(said, tmp_path), [WHOLE], replace(DIRECT, passes=("concurrency", "api")))
    assert "missing awaits" in said.requests[0].system
    assert said.requests[0].system.count("the contract others rely on") == 1


@pytest.mark.asyncio
async def test_a_secret_with_a_backslash_comes_back_in_an_edit(tmp_path: Path) -> None:
    line = r'url = "postgres://admin:pa\ss1234w0rd@db.prod.net/x"'
    document = Document.of("a.py", f"{line}\n", "python", 1)
    situation = Situation(document, Span(0, len(line)), instruction="Rename")
    asked = engine(Said([]), tmp_path)
    shown = (await asked.plan(EDIT, situation)).rendered.parts[1].partition("1| ")[2].splitlines()[0]
    assert "SECRET_" in shown
    edits = [{"path": "a.py", "line": 1, "old": shown, "new": f"db_{shown}", "reason": "r"}]
    said = Said([json.dumps({"assumptions": [], "edits": edits})])
    reply = await edit(engine(said, tmp_path), situation)
    assert [one.new for change in reply.answer.files for one in change.edits] == [f"db_{line}"]


@pytest.mark.asyncio
async def test_a_minified_file_costs_no_more_than_another(tmp_path: Path) -> None:
    asked = engine(Said([]), tmp_path)
    sizes = []
    for unit in ("a" * 79 + "\n", "a" * 80):
        document = Document.of("a.js", unit * 5_000, "javascript", 1)
        plan = await asked.plan(COMPLETE, Situation(document, Span(200_000, 200_000)))
        sizes.append(plan.input_tokens)
    assert sizes[1] <= sizes[0] * 1.1


@pytest.mark.asyncio
async def test_what_does_not_fit_the_model_is_not_sent(tmp_path: Path) -> None:
    said = Said([])
    line = "x = 1  # " + "y" * 3_000_000
    large = Document.of("a.py", line, "python")
    with pytest.raises(NotSendable, match=r"tokens.*Opus 4\.7"):
        await engine(said, tmp_path).ask(REVIEW, Situation(large, Span(0, len(line))))
    assert said.requests == []
