"""A routine task goes to a cheaper model where that was measured to be as good here, and nowhere else."""

from __future__ import annotations

import logging
import random
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from counterpoint import choosing, stepping
from counterpoint.ledger import Caps, JobOutcome, JudgedJob, Ledger
from counterpoint.ledger_trials import VOICES, Pair
from counterpoint.models import Usage, load_catalogue
from counterpoint.routing import escalated, route
from counterpoint.settings import Providers, Routing, Settings
from counterpoint.tasks import (
    COMMIT,
    COMPLETE,
    DOCUMENT,
    EDIT,
    EXPLAIN,
    REVIEW,
    TASKS,
    TESTS,
    VERIFY,
    AnyTask,
    Task,
)
from counterpoint.text import Document, Situation, Span
from tests.asking import Said, engine

CATALOGUE = load_catalogue()
VALUE, FIRST = "claude-sonnet-4-6", "gpt-5.5"
BOTH = ("openai", "anthropic")


def jobs(model: str, good: int, of: int, usd: float, task: str = "document") -> list[JudgedJob]:
    draw = random.Random(f"{model}{good}")
    return [
        JudgedJob(
            f"{model}{nth}",
            task,
            "kept" if nth < good else "undone",
            model,
            "python",
            0.0,
            1.0,
            1,
            usd * draw.uniform(0.8, 1.2),
            3.0,
        )
        for nth in range(of)
    ]


def measured(*some: Sequence[JudgedJob]) -> stepping.Evidence:
    return stepping.evidence([job for one in some for job in one], (), {VALUE})


GOOD = measured(jobs(VALUE, 61, 64, 0.006), jobs(FIRST, 60, 66, 0.02))


def test_a_model_as_good_and_cheaper_goes_first_with_what_was_measured() -> None:
    found = route(DOCUMENT, CATALOGUE, Settings(), BOTH, 0, GOOD)
    assert [one.model.name for one in found.candidates] == [VALUE, FIRST, "claude-opus-4-7"]
    assert found.first.role == "value"
    said = (
        "Sonnet 4.6 goes first: measured on your code: kept 61 of 64 (GPT-5.5: 60 of 66) for 0.3 of the price"
    )
    assert found.first.reason == said
    assert "fills the role fast" in found.candidates[1].reason


def test_jobs_without_calls_show_no_lower_price_and_what_was_kept_all_the_same() -> None:
    dear = jobs(VALUE, 61, 64, 0.02)
    free = [replace(one, job=f"{one.job}-0", calls=0, cost_usd=0.0) for one in dear]
    assert not measured(dear, free, jobs(FIRST, 60, 66, 0.02))
    cheap = jobs(VALUE, 61, 64, 0.006)
    (one,), (both,) = (measured(cheap, more, jobs(FIRST, 60, 66, 0.02)).values() for more in ([], free))
    assert (both.price, both.of) == (one.price, 128)
    assert not measured(cheap[:3], free, jobs(FIRST, 60, 66, 0.02))  # three prices are too few


def test_a_model_that_is_worse_by_the_margin_seldom_steps_in_however_often_it_is_looked_at() -> None:
    draw = random.Random(3)
    wrong = 0
    for _ in range(200):
        ours: list[JudgedJob] = []
        others: list[JudgedJob] = []
        for of in range(5, 401, 5):
            ours += jobs(VALUE, sum(draw.random() < 0.70 for _ in range(5)), 5, 0.006)
            others += jobs(FIRST, sum(draw.random() < 0.80 for _ in range(5)), 5, 0.02)
            if of >= 40 and measured(ours, others):
                wrong += 1
                break
    assert wrong <= 0.1 * 200


@pytest.mark.parametrize(
    ("what", "found"),
    [
        ("too few of the value", measured(jobs(VALUE, 39, 39, 0.006), jobs(FIRST, 60, 66, 0.02))),
        ("too few of the role's", measured(jobs(VALUE, 61, 64, 0.006), jobs(FIRST, 30, 39, 0.02))),
        ("worse", measured(jobs(VALUE, 45, 64, 0.006), jobs(FIRST, 60, 66, 0.02))),
        ("perhaps worse", measured(jobs(VALUE, 54, 64, 0.006), jobs(FIRST, 60, 66, 0.02))),
        ("not cheaper", measured(jobs(VALUE, 61, 64, 0.02), jobs(FIRST, 60, 66, 0.02))),
        ("another task", measured(jobs(VALUE, 61, 64, 0.006, "edit"), jobs(FIRST, 60, 66, 0.02, "edit"))),
        ("against another model", measured(jobs(VALUE, 61, 64, 0.006), jobs("gpt-5.4", 60, 66, 0.02))),
        ("nothing", {}),
    ],
)
def test_without_such_a_measurement_nothing_steps_down(what: str, found: stepping.Evidence) -> None:
    assert route(DOCUMENT, CATALOGUE, Settings(), BOTH, 0, found).first.model.name == FIRST, what


def everywhere(task: str) -> stepping.Evidence:
    """As if a value model had been as good at everything."""
    shown = next(iter(GOOD.values()))
    firsts = (FIRST, "claude-opus-4-7")
    return {(task, VALUE, first): replace(shown, task=task, other=first) for first in firsts}


@pytest.mark.parametrize("task", [task for name, task in TASKS.items()], ids=list(TASKS))
def test_only_routine_tasks_step_down_whatever_was_measured(task: AnyTask) -> None:
    first = route(task, CATALOGUE, Settings(), BOTH, 2_000, everywhere(task.name)).first
    assert (first.role == "value") is (task.name in ("document", "commit", "explain", "tests"))


@pytest.mark.parametrize(
    ("task", "tokens", "settings", "usable"),
    [
        (TESTS, 8_001, Settings(), BOTH),
        (DOCUMENT, 0, replace(Settings(), routing=Routing(step_down="never")), BOTH),
        (DOCUMENT, 0, replace(Settings(), providers=Providers(allow=("openai",))), BOTH),
        (DOCUMENT, 0, Settings(), ("openai",)),
        (DOCUMENT, 900_000, Settings(), BOTH),
        (replace(DOCUMENT, role="deep"), 0, Settings(), BOTH),
        (replace(DOCUMENT, model=FIRST), 0, Settings(), BOTH),
        (replace(DOCUMENT, because="the first answer could not be used"), 0, Settings(), BOTH),
        (replace(DOCUMENT, vendor="openai"), 0, Settings(), BOTH),
    ],
    ids=["large", "never", "not allowed", "no key", "window", "other voice", "named", "once more", "eyes"],
)
def test_what_the_user_said_outweighs_what_was_measured(
    task: AnyTask, tokens: int, settings: Settings, usable: tuple[str, ...]
) -> None:
    found = route(task, CATALOGUE, settings, usable, tokens, everywhere(task.name))
    assert all(one.role != "value" for one in found.candidates)


def pairs(gained: int, lost: int, of: int, price: float = 0.3, task: str = "tests") -> list[Pair]:
    draw = random.Random(3)
    found = []
    for nth in range(of):
        usd = draw.lognormvariate(-4, 0.4)
        mine, theirs = nth >= lost, nth < of - gained
        found.append(
            Pair(
                "t",
                f"j{nth}",
                f"shadow-j{nth}",
                task,
                "python",
                {"model": FIRST, "cost_usd": usd, "done": float(theirs)},
                {"model": VALUE, "cost_usd": price * usd * draw.uniform(0.9, 1.1), "done": float(mine)},
            )
        )
    return found


def test_a_trial_shows_it_too_where_answers_tell_by_themselves() -> None:
    found = stepping.evidence((), pairs(2, 1, 64), {VALUE})
    first = route(TESTS, CATALOGUE, Settings(), BOTH, 500, found).first
    assert first.model.name == VALUE
    assert first.reason.endswith(
        "measured on your code: of use 63 of 64 (GPT-5.5: 62 of 64) for 0.3 of the price"
    )
    assert stepping.evidence((), pairs(2, 1, 39), {VALUE}) == {}
    assert stepping.evidence((), pairs(0, 12, 64), {VALUE}) == {}
    assert stepping.evidence((), pairs(2, 1, 64, price=1.1), {VALUE}) == {}
    assert stepping.evidence((), pairs(2, 1, 64, task="commit"), {VALUE}) == {}
    assert stepping.evidence((), [replace(one, trial=VOICES) for one in pairs(2, 1, 64)], {VALUE}) == {}
    lacking = [replace(one, other={"model": VALUE, "done": 1.0, "cost_usd": None}) for one in pairs(2, 1, 64)]
    assert stepping.evidence((), lacking, {VALUE}) == {}


def test_what_users_kept_outweighs_what_a_trial_saw() -> None:
    bad = [*jobs(VALUE, 40, 64, 0.006, "tests"), *jobs(FIRST, 60, 66, 0.02, "tests")]
    assert stepping.evidence(bad, pairs(2, 1, 64), {VALUE}) == {}
    few = [*jobs(VALUE, 4, 6, 0.006, "tests"), *jobs(FIRST, 60, 66, 0.02, "tests")]
    assert [one.in_trial for one in stepping.evidence(few, pairs(2, 1, 64), {VALUE}).values()] == [True]


@pytest.mark.parametrize(
    ("kept", "other"), [(0.70, 0.90), (0.60, 0.75)], ids=["much worse", "worse by more than the margin"]
)
def test_a_model_that_is_worse_seldom_steps_in(kept: float, other: float) -> None:
    draw = random.Random(11)
    stepped = 0
    for _ in range(300):
        good, other_good = (sum(draw.random() < share for _ in range(60)) for share in (kept, other))
        stepped += bool(measured(jobs(VALUE, good, 60, 0.006), jobs(FIRST, other_good, 60, 0.02)))
    assert stepped <= 0.025 * 300 + 3


def test_a_model_that_is_as_good_steps_in_once_there_is_enough() -> None:
    draw = random.Random(12)
    stepped = 0
    for _ in range(200):
        good, other_good = (sum(draw.random() < 0.9 for _ in range(300)) for _ in range(2))
        stepped += bool(measured(jobs(VALUE, good, 300, 0.006), jobs(FIRST, other_good, 300, 0.02)))
    assert stepped >= 0.9 * 200


# -- from the ledger, through the engine


def fill(ledger: Ledger, task: str = "commit") -> None:
    for model, usd, good in ((VALUE, 0.005, 60), (FIRST, 0.02, 58)):
        for nth in range(64):
            job = f"{model}{nth}"
            call = ledger.reserve(
                job=job, task=task, role="fast", provider="x", model=model, kind="other", upper_usd=usd,
                caps=Caps(1_000.0, 1_000.0),
            )  # fmt: skip
            ledger.settle(
                call, usage=Usage(100, 10), cost_usd=usd * (0.9 + nth % 3 / 10), seconds=1.0, outcome="ok"
            )
            ledger.judged(JobOutcome(job, task, "kept" if nth < good else "rewritten", model))


@pytest.mark.asyncio
async def test_the_engine_reads_what_was_measured_now_and_then_and_never_for_completions(
    tmp_path: Path,
) -> None:
    asked = engine(Said([]), tmp_path)
    clock = [0.0]
    asked.evidence = choosing.Measured(asked.ledger, asked.catalogue, lambda: clock[0])
    assert (await asked.route(COMMIT)).first.model.name == FIRST
    fill(asked.ledger)
    assert (await asked.route(COMMIT)).first.model.name == FIRST
    clock[0] = 301.0
    for task in (COMPLETE, EDIT, REVIEW, VERIFY):
        assert (await asked.route(task)).first.role == task.role
    assert asked.evidence.now == {}
    found = await asked.route(COMMIT)
    assert found.first.model.name == VALUE and "kept 60 of 64 (GPT-5.5: 58 of 64)" in found.first.reason
    assert (await asked.route(EXPLAIN)).first.model.name == FIRST


@pytest.mark.asyncio
async def test_tests_for_much_code_do_not_step_down_once_it_is_known_how_much(tmp_path: Path) -> None:
    asked = engine(Said([]), tmp_path)
    fill(asked.ledger, "tests")
    small = Document.of("a.py", "x = 1\n" * 100, "python")
    large = Document.of("a.py", "value = compute(1234567)\n" * 3_000, "python")
    plans = [await asked.plan(TESTS, Situation(one, Span(0, 5))) for one in (small, large)]
    assert [plan.candidate.model.name for plan in plans] == [VALUE, FIRST]
    assert plans[1].input_tokens > 8_000


@pytest.mark.asyncio
async def test_a_call_s_line_in_the_log_says_who_why_and_what_it_came_to(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    asked = engine(Said(["Say what changed, secretly"]), tmp_path)
    fill(asked.ledger)
    situation = Situation(
        Document.of("a.py", "password = 'hunter22'\n", "python"), Span(0, 0), instruction="Tell it"
    )
    with caplog.at_level(logging.INFO, logger="counterpoint.calls"):
        await asked.ask(COMMIT, situation)
    (line,) = [one.getMessage() for one in caplog.records if one.name == "counterpoint.calls"]
    assert line.startswith(
        "commit: claude-sonnet-4-6 (Sonnet 4.6 goes first: measured on your code: kept 60 of 64"
    )
    assert "ok, 100 tokens in of which 0 cached, 20 out, $0.000600" in line
    assert not any(word in line for word in ("hunter22", "Tell it", "secretly"))


@pytest.mark.asyncio
async def test_a_ledger_that_cannot_be_read_shows_nothing(tmp_path: Path) -> None:
    asked = engine(Said([]), tmp_path)
    asked.ledger.file.mkdir()
    assert (await asked.route(COMMIT)).first.model.name == FIRST


# -- once more


def task_of(name: str) -> Task[Any]:
    return TASKS[name]


@pytest.mark.parametrize("name", ["edit", "fix", "implement", "tests", "document", "simplify"])
def test_an_answer_that_cannot_be_used_is_asked_for_once_more_of_the_deep_role(name: str) -> None:
    task = escalated(task_of(name), Settings())
    assert task is not None and (task.role, task.effort) == ("deep", "high")
    first = route(task, CATALOGUE, Settings(), BOTH).first
    assert first.model.name == "claude-opus-4-7"
    assert first.reason == "Opus 4.7 fills the role deep: the first answer could not be used"
    assert escalated(task, Settings()) is None


@pytest.mark.parametrize(
    "name", ["complete", "review", "verify", "refactor", "repair", "explain", "commit", "ask"]
)
def test_others_are_not(name: str) -> None:
    assert escalated(task_of(name), Settings()) is None


def test_nothing_escalates_where_the_user_said_so_or_named_a_model() -> None:
    assert escalated(EDIT, replace(Settings(), routing=Routing(escalate=False))) is None
    assert escalated(replace(EDIT, model=FIRST), Settings()) is None


def test_a_task_has_models_of_its_own_where_the_user_names_them() -> None:
    catalogue = load_catalogue({"roles": {"edit": ["claude-opus-4-7", "gpt-5.5"]}})
    assert [one.model.name for one in route(EDIT, catalogue, Settings(), BOTH).candidates] == [
        "claude-opus-4-7",
        "gpt-5.5",
    ]
    assert route(TASKS["fix"], catalogue, Settings(), BOTH).first.model.name == FIRST
    assert route(replace(EDIT, role="deep"), catalogue, Settings(), BOTH).first.role == "deep"
