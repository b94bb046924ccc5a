"""The flow of a comparison: who is asked when, what a failure is, what ends it, and what it may cost."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from counterpoint.answers import FileChange
from counterpoint.cli.comparing import given, live, task_of
from counterpoint.comparing.values import Case, Compared
from counterpoint.engine import Engine
from counterpoint.errors import (
    BillingRequired,
    BudgetExceeded,
    NotSendable,
    ProviderError,
    RateLimited,
    ServerFault,
    UsageError,
)
from counterpoint.flows.compare import Opened, Question, Told, Wanted, compare, compared, labels_of
from counterpoint.flows.compare_price import affordable, priced
from counterpoint.ledger import Caps, Ledger
from counterpoint.models import Usage
from counterpoint.pairing import own
from counterpoint.project import Project
from counterpoint.settings import Budget, Settings, Verify
from counterpoint.tasks import ASK, COMPLETE, EDIT, REVIEW, AnyTask
from counterpoint.text import Document, Situation, Span
from counterpoint.workspace import open_workspace
from tests.asking import Said, engine
from tests.row_by_row import jobs_of

ONE, TWO = "gpt-5.5", "claude-opus-4-7"
DOCUMENT = Document.of("a.py", "x = 1\n", "python")
GOOD = json.dumps({"assumptions": [], "edits": [{"path": "a.py", "line": 1, "old": "x = 1", "new": "x = 2"}]})
CASES = (Case("first", "edit", "a.py", instruction="two"), Case("second", "edit", "a.py", instruction="two"))


def opening(asking: Engine, tests: list[bool] | None = None, unsendable: str = "") -> Opened:
    @asynccontextmanager
    async def opened(case: Case) -> AsyncIterator[Question]:
        if case.name == unsendable:
            raise NotSendable(f"{case.name} is not sent.")

        async def tested(changes: Sequence[FileChange]) -> bool:
            assert tests is not None
            return tests.pop(0)

        situation = Situation(DOCUMENT, Span(0, 6), instruction=case.instruction)
        yield Question(case, asking, situation, tested=tested if tests is not None else None)

    return opened


async def made(
    said: Said, folder: Path, *, runs: int = 1, task: AnyTask = EDIT, tests: list[bool] | None = None,
    cases: Sequence[Case] = CASES, **fields: object,
) -> tuple[Compared, Told]:  # fmt: skip
    asking = engine(said, folder)
    wanted = replace(Wanted(task, (ONE, TWO), runs), **fields)  # type: ignore[arg-type]
    told = Told()
    assert await compare(cases, opening(asking, tests), wanted, told)
    found = compared(cases, wanted, told, labels_of(asking, wanted.models))
    await asking.close()
    return found, told


@pytest.mark.asyncio
async def test_each_round_asks_every_model_once_in_an_order_that_a_seed_draws(tmp_path: Path) -> None:
    orders: list[list[tuple[str, int, str]]] = []
    for seed in (1, 1, 2, 3):
        said = Said([GOOD] * 16)
        found, _ = await made(said, tmp_path / str(len(orders)), runs=4, seed=seed)
        turns = [(run.case, run.number, run.model) for run in found.runs]
        for at in range(0, 16, 2):
            assert turns[at][:2] == turns[at + 1][:2] and {turns[at][2], turns[at + 1][2]} == {ONE, TWO}
        assert [one.model.name for one in said.requests] == [one[2] for one in turns]
        orders.append(turns)
    assert orders[0] == orders[1] and orders[0] != orders[2] and orders[2] != orders[3]


@pytest.mark.asyncio
async def test_a_comparison_is_one_job_and_none_of_the_task_s(tmp_path: Path) -> None:
    found, told = await made(Said([GOOD] * 4), tmp_path)
    calls = Ledger(tmp_path / "ledger.sqlite3").job(told.job)
    assert len(calls) == 4 and found.job == told.job
    (job,) = jobs_of(calls)
    assert (job.task, job.calls, job.models) == (
        "compare",
        4,
        tuple(dict.fromkeys(one.model for one in calls)),
    )
    assert found.cost_usd == pytest.approx(job.cost_usd)


@pytest.mark.asyncio
async def test_the_effort_is_stated_and_fitted_to_each_model(tmp_path: Path) -> None:
    said = Said([GOOD] * 4)
    found, _ = await made(said, tmp_path, effort="max")
    assert {one.model: one.effort for one in found.models} == {ONE: "xhigh", TWO: "max"}
    assert {one.model.name: one.effort for one in said.requests} == {ONE: "xhigh", TWO: "max"}
    said = Said(['{"findings": []}'] * 4)
    found, _ = await made(said, tmp_path / "r", task=REVIEW)
    assert {one.effort for one in found.models} == {Settings().review.effort}


@pytest.mark.asyncio
async def test_a_vendor_that_says_when_to_come_back_is_waited_for(tmp_path: Path) -> None:
    busy = RateLimited("later", retry_after=0.05)
    said = Said([GOOD, busy, GOOD, GOOD, GOOD])
    found, _ = await made(said, tmp_path)
    assert [run.error for run in found.runs] == [""] * 4 and len(said.requests) == 5


@pytest.mark.asyncio
async def test_a_failure_is_a_run_and_passes_no_tests(tmp_path: Path) -> None:
    said = Said(["no edits at all", *[GOOD] * 3])
    found, _ = await made(said, tmp_path, tests=[True] * 3)
    failed, *others = found.runs
    assert failed.error == "bad-answer" and failed.said and failed.seconds is None
    assert failed.cost_usd > 0 and failed.answered.tests_passed is False
    assert all(run.answered.tests_passed for run in others)
    assert found.complete and sum(one.failed for one in found.models) == 1


@pytest.mark.asyncio
@pytest.mark.parametrize("error", [BillingRequired("no credit"), ServerFault("down")])
async def test_no_credit_ends_it_and_a_fault_does_not(tmp_path: Path, error: ProviderError) -> None:
    said = Said([GOOD, error, *[error] * 2, *[GOOD] * 4])
    found, _ = await made(said, tmp_path)
    ends = isinstance(error, BillingRequired)
    assert found.complete is not ends
    assert len(found.runs) == (1 if ends else 4)
    assert ("no credit" in found.ended) == ends and [one.name for one in found.cases]


@pytest.mark.asyncio
@pytest.mark.parametrize("why", ["", "its tests pass without what was committed"])
async def test_tests_that_tell_nothing_judge_no_answer_and_no_failure(tmp_path: Path, why: str) -> None:
    asking, looked = engine(Said(["nothing", GOOD, GOOD, GOOD]), tmp_path), 0

    async def evidence() -> str:
        nonlocal looked
        looked += 1
        return why

    @asynccontextmanager
    async def opened(case: Case) -> AsyncIterator[Question]:
        async with opening(asking, [True] * 4)(case) as question:
            yield replace(question, evidence=evidence)

    told = Told()
    wanted = Wanted(EDIT, (ONE, TWO), 2)
    assert (await priced(CASES[:1], opened, wanted)).requests == 4
    assert looked == 0  # an estimate runs nothing
    assert await compare(CASES[:1], opened, wanted, told)
    assert looked == 1
    passed = [run.answered.tests_passed for run in told.runs]
    assert passed == ([None] * 4 if why else [False, True, True, True])
    assert told.notes == ([f"first: no evidence from tests, {why}."] if why else [])


@pytest.mark.asyncio
async def test_a_case_that_may_not_be_sent_is_left_out_for_every_model(tmp_path: Path) -> None:
    said = Said([GOOD] * 4)
    asking = engine(said, tmp_path)
    wanted, told = Wanted(EDIT, (ONE, TWO), 2), Told()
    opened = opening(asking, unsendable="first")
    price = await priced(CASES, opened, wanted)
    assert [one.name for one in price.cases] == ["second"] and price.requests == 4
    assert price.left_out == (("first", "first is not sent."),)
    assert await compare(CASES, opened, wanted, told)
    assert {run.case for run in told.runs} == {"second"}
    assert told.notes == ["first was left out: first is not sent."]


FINDS = json.dumps({"findings": [{
    "path": "a.py", "line": 1, "quote": "1", "severity": "P2", "confidence": 0.9, "category": "logic",
    "title": "One", "body": "b", "evidence": [], "fix": None,
}]})  # fmt: skip
REFUTES = json.dumps({"verdicts": [{
    "claim": 1, "quotes": [{"path": "a.py", "line": 1, "quote": "x = 1"}], "why": "w", "holds": "refuted",
}]})  # fmt: skip


@pytest.mark.asyncio
async def test_a_review_is_looked_at_again_by_the_model_that_made_it_and_by_no_other(tmp_path: Path) -> None:
    """Also where the settings want the other vendor's eyes: it is one model's review that is measured."""
    for at, by in enumerate(("same", "other")):
        said = Said([FINDS, REFUTES] * 2)
        asking = engine(said, tmp_path / str(at), settings=replace(Settings(), verify=Verify(by=by)))  # type: ignore[arg-type]
        told, wanted = Told(), Wanted(REVIEW, (ONE, TWO), 1)
        assert await compare(CASES[:1], opening(asking), wanted, told)
        assert all(not run.error and not run.answered.findings for run in told.runs)
        asked = [one.model.name for one in said.requests]
        assert asked[0] == asked[1] != asked[2] == asked[3] and {*asked} == {ONE, TWO}
        found = compared(CASES[:1], wanted, told, labels_of(asking, wanted.models))
        assert "second look by the same model" in found.what
        await asking.close()


@pytest.mark.asyncio
async def test_a_review_whose_second_look_fails_is_not_complete_and_has_failed(tmp_path: Path) -> None:
    found, _ = await made(
        Said([FINDS, "no verdict at all", FINDS, REFUTES]), tmp_path, task=REVIEW, cases=CASES[:1]
    )
    failed, whole = found.runs
    assert (failed.error, failed.seconds, failed.answered.findings) == ("bad-answer", None, ())
    assert failed.cost_usd == pytest.approx(whole.cost_usd, rel=0.5) and not whole.error
    assert [one.failed for one in found.models if one.model == failed.model] == [1]


@pytest.mark.asyncio
async def test_no_credit_and_no_money_end_reviews_too(tmp_path: Path) -> None:
    found, told = await made(Said([BillingRequired("no credit")] * 2), tmp_path, task=REVIEW)
    assert not found.complete and "no credit" in found.ended and not found.runs
    said = Said([])
    found, told = await made(said, tmp_path / "less", task=REVIEW, max_usd=0.01)
    assert isinstance(told.ended, BudgetExceeded) and not said.requests and not found.runs


@pytest.mark.asyncio
async def test_a_review_costs_no_more_than_was_agreed_to(tmp_path: Path) -> None:
    """As many runs as there is money for: each begins only where it will not be cut short."""
    found, told = await made(Said([FINDS, REFUTES] * 60), tmp_path, task=REVIEW, runs=30, max_usd=1.3)
    assert isinstance(told.ended, BudgetExceeded) and 0 < len(found.runs) < 120
    assert found.cost_usd <= 1.3


@pytest.mark.asyncio
@pytest.mark.parametrize("answer", ["findings", "edits", "prose"])
async def test_a_task_that_finds_says_that_nobody_looks_a_second_time(tmp_path: Path, answer: str) -> None:
    """Its figures beside those of a review, whose findings are looked at again, would mislead."""
    file = tmp_path / ".counterpoint" / "tasks" / "look.md"
    file.parent.mkdir(parents=True)
    file.write_text(f"---\nanswer: {answer}\n---\nLook at money.")
    task = own.known(Project(tmp_path)).named("look").task
    said = Said([{"findings": json.dumps({"findings": []}), "edits": GOOD, "prose": "Fine."}[answer]] * 2)
    case = Case("first", "look", "a.py", instruction="look")
    found, _ = await made(said, tmp_path / "state", task=task, cases=(case,))
    assert len(said.requests) == 2 and found.what.startswith("Each answer is one model's own")
    assert ("nobody takes a second look at them" in found.what) == (answer == "findings")
    asking = engine(Said([]), tmp_path / "state")
    price = await priced((case,), opening(asking), Wanted(task, (ONE, TWO)))
    assert price.what == found.what
    await asking.close()


@pytest.mark.asyncio
async def test_what_was_measured_stays_when_it_is_cancelled(tmp_path: Path) -> None:
    said = Said([GOOD] * 8)
    asking, told, begun = engine(said, tmp_path), Told(), asyncio.Event()

    def step(text: str, done: int, total: int) -> None:
        if done == 3:
            begun.set()

    told.step = step
    work = asyncio.create_task(compare(CASES, opening(asking), Wanted(EDIT, (ONE, TWO), 2), told))
    await asyncio.wait_for(begun.wait(), 20)
    work.cancel()
    with pytest.raises(asyncio.CancelledError):
        await work
    assert 3 <= len(told.runs) < 8 and told.ended is None
    await asking.close()


@pytest.mark.asyncio
async def test_places_that_words_cite_are_looked_for(tmp_path: Path) -> None:
    said = Said(["It is in gone.py:3."] * 2)
    found, _ = await made(said, tmp_path, task=ASK, cases=CASES[:1])
    assert [run.answered.absent for run in found.runs] == [1, 1]
    assert [run.answered.quotes for run in found.runs] == [1, 1]


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("budget", "most", "told"),
    [
        (Budget(day_usd=0.03), None, "budget.day_usd"),
        (Budget(month_usd=0.03), None, "budget.month_usd"),
        (Budget(session_usd=0.03), None, "budget.session_usd"),
        (Budget(day_usd=0.001), None, r"of the \$0\.001 of budget\.day_usd"),
        (Budget(), 0.002, "--max-cost"),
        (Budget(), None, ""),
    ],
)
async def test_a_cap_that_could_be_passed_is_told_before_anything_is_sent(
    tmp_path: Path, budget: Budget, most: float | None, told: str
) -> None:
    said = Said([])
    asking = engine(said, tmp_path, settings=replace(Settings(), budget=budget))
    spent = asking.ledger.reserve(
        job="j", task="edit", role="fast", provider="openai", model=ONE, kind="other", upper_usd=0.02,
        caps=Caps(5.0, 2.0),
    )  # fmt: skip
    asking.ledger.settle(
        spent, usage=Usage(), cost_usd=0.02, seconds=1.0, first_token_seconds=None, outcome="ok", error="",
        tier=None, request_id=None, vendor_model=None,
    )  # fmt: skip
    wanted = Wanted(EDIT, (ONE, TWO), 1, max_usd=most)
    price = await priced(CASES, opening(asking), wanted)
    assert 0 < price.cost_usd[0] < price.cost_usd[1]
    if not told:
        await affordable(asking, price, wanted)
        return
    with pytest.raises(BudgetExceeded, match=told):
        await affordable(asking, price, wanted)
    assert not said.requests


@pytest.mark.asyncio
async def test_a_model_that_is_dear_is_agreed_to_first(tmp_path: Path) -> None:
    asking = engine(Said([]), tmp_path)
    cheap = await priced(CASES, opening(asking), Wanted(EDIT, (ONE, TWO), 1))
    dear = await priced(CASES, opening(asking), Wanted(EDIT, (ONE, "gpt-5.5-pro"), 1))
    assert not cheap.asks_first and dear.asks_first


@pytest.mark.asyncio
async def test_every_task_has_its_question(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.py").write_text("def area(w, h):\n    return w + h\n")
    (tmp_path / "log.txt").write_text('Traceback:\n  File "a.py", line 2, in area\nValueError: no\n')
    (tmp_path / "bin.py").write_bytes(b"\x00\x01\x02\xff")
    monkeypatch.chdir(tmp_path)
    workspace = await open_workspace(tmp_path, environ={"COUNTERPOINT_HOME": str(tmp_path / "home")})
    try:
        for name, target in (
            ("complete", "a.py:2:8"), ("edit", "a.py:1-2"), ("fix", "a.py:2"), ("tests", "a.py"),
            ("review", "a.py"), ("refactor", "a.py:1-2"), ("investigate", "log.txt"), ("ask", "a.py"),
        ):  # fmt: skip
            task = task_of(name)
            (case,) = given(workspace, task, (target,), "Do it")
            async with live(workspace, task, "")(case) as question:
                asked = question.situation
            if name == "complete":
                assert asked.span == Span(23, 23) and task is COMPLETE
            elif name == "investigate":
                assert "ValueError" in asked.document.text
            else:
                assert asked.document.path == "a.py"
            if name == "fix":
                (problem,) = asked.problems
                assert problem.message == "Do it" and problem.span == asked.span
        (case,) = given(workspace, ASK, (), "Where is it?")
        async with live(workspace, ASK, "")(case) as question:
            assert question.situation.instruction == "Where is it?" and not question.situation.document.path
        for name, target, told in (("edit", "a.py:90", "2 lines"), ("edit", "bin.py", "binary")):
            task = task_of(name)
            (case,) = given(workspace, task, (target,), "Do it")
            with pytest.raises((UsageError, NotSendable), match=told):
                async with live(workspace, task, "")(case):
                    pass
    finally:
        await workspace.close()
