"""A trial of another model on live questions: unseen, within its own cap, never to whom the user excluded."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from counterpoint.answers import Insertion
from counterpoint.comparing.values import Found
from counterpoint.engine import Engine
from counterpoint.errors import BadAnswer, CounterpointError, Overloaded, ProviderError
from counterpoint.flows.shadow import Patience, Shadow, drawn, other_model
from counterpoint.flows.trying import shared, stands
from counterpoint.inline.held import Suggestion
from counterpoint.ledger import Caps
from counterpoint.models import Usage
from counterpoint.ports import Asked
from counterpoint.project import Project
from counterpoint.providers import Begun, Chunk, Done, Request
from counterpoint.routing import Candidate
from counterpoint.settings import Budget, Compare, Providers, Settings
from counterpoint.tasks import COMPLETE, EDIT, REVIEW, TASKS, Task
from counterpoint.text import Document, Situation, Span
from counterpoint.vendors import vendors_of
from counterpoint.workspace import open_workspace
from tests.asking import engine

EDITED = '{"assumptions": [], "edits": [{"path":"a.py","line":1,"old":"x = 1","new":"x = 2","reason":"r"}]}'
ABSENT = '{"assumptions": [], "edits": [{"path":"a.py","line":1,"old":"nowhere","new":"x = 2","reason":"r"}]}'
FINDING = {
    "path": "a.py", "quote": "x = 1", "line": 1, "severity": "P1", "confidence": 0.9, "category": "logic",
    "title": "One is two", "body": "b", "evidence": [], "fix": None,
}  # fmt: skip
PLACE = Situation(Document.of("a.py", "x = 1\n", "python", 1), Span(0, 5), instruction="Two")
TRIED = replace(Settings(), compare=Compare(shadow=1.0))
AT_ONCE = Patience(quiet=0.0, look=0.01, kept=0.02)
LIVE, OTHER = "gpt-5.5", "claude-opus-4-7"


@dataclass
class Voices:
    """Each model says what it is told to, whoever is asked first; `gate` holds the other one back."""

    says: dict[str, str | ProviderError]
    name: str = "voices"
    requests: list[Request] = field(default_factory=list)
    gate: asyncio.Event | None = None
    closed: int = 0

    async def stream(self, request: Request) -> AsyncGenerator[Chunk, None]:
        self.requests.append(request)
        said = self.says[request.model.name]
        try:
            if isinstance(said, ProviderError):
                raise said
            yield Begun(Usage(input_tokens=100), "req")
            if self.gate is not None and request.model.name != LIVE:
                await self.gate.wait()
            yield said
            yield Done("end", Usage(input_tokens=100, output_tokens=20), request.model.id)
        finally:
            self.closed += 1

    async def count(self, request: Request) -> int | None:
        return None

    async def close(self) -> None:
        return None

    def asked(self, model: str) -> int:
        return sum(one.model.name == model for one in self.requests)


def both(answer: str = EDITED, other: str | ProviderError | None = None) -> Voices:
    theirs = answer if other is None else other
    return Voices({LIVE: answer, OTHER: theirs, "claude-sonnet-4-6": theirs, "gpt-5.4-mini": theirs})


def trying(voices: Voices, folder: Path, settings: Settings = TRIED, **more: Any) -> tuple[Engine, Shadow]:
    asked = engine(voices, folder, settings=settings, **more)
    shadow = Shadow(asked, None, lambda path: None, patience=AT_ONCE)
    asked.heard = shadow.heard
    return asked, shadow


async def until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not true():
            await asyncio.sleep(0.01)


async def settled(shadow: Shadow) -> None:
    """Nothing is under way any more."""
    await until(lambda: not shadow._tasks)


def pairs(asked: Engine) -> list[Any]:
    return [pair for trial in asked.ledger.trials.all() for pair in asked.ledger.trials.pairs(trial.name)]


# -- what it is


@pytest.mark.asyncio
async def test_the_other_model_is_asked_the_same_unseen_and_both_are_measured(tmp_path: Path) -> None:
    voices = both(EDITED, ABSENT)
    asked, shadow = trying(voices, tmp_path)
    reply = await asked.ask(EDIT, PLACE, job="live1")
    assert [call.model for call in reply.calls] == [LIVE] and voices.asked(OTHER) == 0
    await settled(shadow)
    assert [one.model.name for one in voices.requests] == [LIVE, OTHER]
    assert "Two" in str(voices.requests[1].parts)
    (pair,) = pairs(asked)
    assert (pair.job, pair.other_job, pair.task, pair.language) == ("live1", "shadow-live1", "edit", "python")
    assert (pair.model["model"], pair.model["done"], pair.model["absent"]) == (LIVE, 1.0, 0.0)
    assert (pair.other["model"], pair.other["done"], pair.other["absent"]) == (OTHER, 0.0, 1.0)
    assert pair.model["cost_usd"] == pytest.approx(0.0011) and pair.other["cost_usd"] == pytest.approx(0.001)
    assert pair.model["seconds"] > 0 and pair.model["first_token_seconds"] > 0
    (trial,) = asked.ledger.trials.all()
    assert (trial.model, trial.other, trial.share, trial.days) == (LIVE, OTHER, 1.0, 14)
    (call,) = asked.ledger.job("shadow-live1")
    assert call.model == OTHER and call.outcome == "ok"


@pytest.mark.asyncio
async def test_findings_of_both_are_laid_side_by_side(tmp_path: Path) -> None:
    more = {**FINDING, "category": "types", "title": "Another"}
    mine, theirs = ({"findings": found} for found in ([FINDING], [FINDING, more]))
    voices = Voices({OTHER: json.dumps(mine), LIVE: json.dumps(theirs)})
    asked, shadow = trying(voices, tmp_path)
    await asked.ask(REVIEW, PLACE, job="r")
    await settled(shadow)
    (pair,) = pairs(asked)
    assert (pair.model["model"], pair.other["model"]) == (OTHER, LIVE)
    assert (pair.model["found"], pair.other["found"]) == (0.5, 1.0)


def test_what_both_have_found_is_shared() -> None:
    one, two = Found("", "a.py", (1, 3), "logic"), Found("", "a.py", (9, 9), "logic")
    assert shared((one,), (one, two)) == (0.5, 1.0)
    assert shared((one,), (two,)) == (0.5, 0.5)
    assert shared((), ()) == (None, None) == shared(None, (one,))


@pytest.mark.asyncio
async def test_an_answer_of_the_other_model_that_is_none_is_measured_as_that(tmp_path: Path) -> None:
    asked, shadow = trying(both(EDITED, "I would rather not say."), tmp_path)
    await asked.ask(EDIT, PLACE)
    await settled(shadow)
    (pair,) = pairs(asked)
    assert pair.other["done"] == 0.0 and pair.other["seconds"] is None and pair.other["cost_usd"] > 0


@pytest.mark.asyncio
async def test_so_is_one_of_the_user_s_own_model(tmp_path: Path) -> None:
    asked, shadow = trying(both("I would rather not say.", EDITED), tmp_path)
    with pytest.raises(BadAnswer):
        await asked.ask(EDIT, PLACE)
    await settled(shadow)
    (pair,) = pairs(asked)
    assert (pair.model["done"], pair.other["done"]) == (0.0, 1.0)


# -- which questions


def test_the_share_is_by_the_job_s_name_and_always_the_same() -> None:
    jobs = [f"{number:012x}" for number in range(20_000)]
    share = sum(drawn(job, 0.1) for job in jobs) / len(jobs)
    assert 0.09 < share < 0.11
    assert [drawn(job, 0.1) for job in jobs[:50]] == [drawn(job, 0.1) for job in jobs[:50]]
    assert not any(drawn(job, 0.0) for job in jobs) and all(drawn(job, 1.0) for job in jobs)
    assert all(drawn(job, 0.3) for job in jobs if drawn(job, 0.1))


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("task", "job", "settings"),
    [
        (EDIT, "live", Settings()),
        (EDIT, "auto-1", TRIED),
        (EDIT, "shadow-1", TRIED),
        (replace(EDIT, model=LIVE), "compared", TRIED),
        (replace(EDIT, because="the other voice was asked for"), "voice", TRIED),
        (replace(EDIT, name="my-own"), "own", TRIED),
        (TASKS["repair"], "repair", TRIED),
    ],
    ids=["no share", "nobody asked", "a trial", "a comparison", "another role", "own task", "repair"],
)
async def test_only_ordinary_questions_of_the_user_are_tried(
    tmp_path: Path, task: Task[Any], job: str, settings: Settings
) -> None:
    voices = both()
    asked, shadow = trying(voices, tmp_path, settings)
    if task.name == "my-own":
        task = replace(task, prompt="edit")
    await asked.ask(task, PLACE, job=job)
    await settled(shadow)
    assert len(voices.requests) == 1 and pairs(asked) == []


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("task", "setting", "usable", "found"),
    [
        (EDIT, "", ("openai", "anthropic"), OTHER),
        (REVIEW, "", ("openai", "anthropic"), LIVE),
        (COMPLETE, "", ("openai", "anthropic"), OTHER),
        (EDIT, "claude-sonnet-4-6", ("openai", "anthropic"), "claude-sonnet-4-6"),
        (EDIT, "claude-sonnet-4-6", ("openai",), None),
        (EDIT, LIVE, ("openai", "anthropic"), None),
        (EDIT, "gpt-5.5-pro", ("openai", "anthropic"), None),
        (EDIT, "smollm2-135m", ("openai", "embedded"), None),
        (EDIT, "", ("openai",), None),
    ],
)
async def test_the_other_model_is_the_named_one_or_the_other_role_s(
    tmp_path: Path, task: Task[Any], setting: str, usable: tuple[str, ...], found: str | None
) -> None:
    settings = replace(TRIED, compare=Compare(shadow=1.0, shadow_model=setting))
    asked = engine(both(), tmp_path, settings=settings, usable=frozenset(usable))
    answered = OTHER if task.role == "deep" else LIVE
    other = await other_model(asked, task, answered)
    assert (other.name if other else None) == found


# -- never to whom the user has excluded


@pytest.mark.asyncio
@pytest.mark.parametrize(
    "how", ["allow", "paths", "local-only", "consent", "no key", "named and not allowed"]
)
async def test_no_vendor_and_no_path_that_the_user_excluded(tmp_path: Path, how: str) -> None:
    voices = both()
    settings = TRIED
    asked, shadow = trying(voices, tmp_path)
    (tmp_path / "a.py").write_text("x = 1\n")
    project = Project(tmp_path, local_only=())
    ports = asked.ports
    if how == "allow":
        settings = replace(TRIED, providers=Providers(allow=("openai",)))
    elif how == "named and not allowed":
        settings = replace(
            TRIED, providers=Providers(allow=("openai",)), compare=Compare(shadow=1.0, shadow_model=OTHER)
        )
    elif how == "paths":
        rules = {"*.py": ("openai",)}
        settings = replace(TRIED, providers=Providers(paths=rules))
        ports = replace(ports, barred=vendors_of(project, rules, ("openai", "anthropic")).barred)
    elif how == "local-only":
        seen: list[str] = []  # the file became local-only once the answer was there

        def guard(path: str, text: str) -> str | None:
            seen.append(path)
            return "it is local-only" if voices.requests else None

        ports = replace(ports, guard=guard)
    elif how == "consent":
        ports = replace(
            ports, missing_consent=lambda at: ("Anthropic",) if at.provider == "anthropic" else ()
        )
    elif how == "no key":

        async def usable() -> frozenset[str]:
            return frozenset({"openai"})

        ports = replace(ports, usable=usable)
    await shadow.close()
    asked = Engine(settings, asked.catalogue, asked.ledger, ports)
    shadow = Shadow(asked, None, lambda path: None, patience=AT_ONCE)
    asked.heard = shadow.heard
    await asked.ask(EDIT, PLACE, job="live")
    await settled(shadow)
    assert [one.model.name for one in voices.requests] == [LIVE]
    assert pairs(asked) == [] and asked.ledger.trials.all() == ()
    assert sum(shadow.left_out.values()) == 1


@pytest.mark.asyncio
async def test_a_secret_is_masked_for_the_other_model_too(tmp_path: Path) -> None:
    voices = both()
    asked, shadow = trying(voices, tmp_path)
    key = "sk-ant-api03-" + "aB3dE5gH7jK9" * 8
    document = Document.of("a.py", f'x = 1\nkey = "{key}"\n', "python", 1)
    await asked.ask(EDIT, replace(PLACE, document=document))
    await settled(shadow)
    assert voices.asked(OTHER) == 1
    assert not any(key in str(one.parts) for one in voices.requests)


# -- never in the way


@pytest.mark.asyncio
async def test_it_begins_only_when_nobody_waits(tmp_path: Path) -> None:
    voices = both()
    asked, shadow = trying(voices, tmp_path)
    waits = [True]
    shadow.busy = lambda: waits[0]
    await asked.ask(EDIT, PLACE)
    await asyncio.sleep(0.1)
    assert voices.asked(OTHER) == 0
    waits[0] = False
    await settled(shadow)
    assert voices.asked(OTHER) == 1


@pytest.mark.asyncio
async def test_it_is_one_at_a_time_and_the_oldest_are_left_out(tmp_path: Path) -> None:
    voices = both()
    asked, shadow = trying(voices, tmp_path)
    voices.gate = asyncio.Event()
    for number in range(24):
        await asked.ask(EDIT, PLACE, job=f"live{number}")
        if number == 0:
            await until(lambda: voices.asked(OTHER) == 1)
    assert voices.asked(OTHER) == 1
    voices.gate.set()
    await settled(shadow)
    assert voices.asked(OTHER) == 21 and shadow.left_out["too many"] == 3


@pytest.mark.asyncio
async def test_not_while_its_vendor_has_little_left_or_has_failed(tmp_path: Path) -> None:
    voices = both()
    asked, shadow = trying(voices, tmp_path)
    model = asked.catalogue.model(OTHER)
    asked.ports.turns.health.failed(model, Overloaded("busy"))
    await asked.ask(EDIT, PLACE)
    await asyncio.sleep(0.1)
    assert voices.asked(OTHER) == 0
    asked.ports.turns.health.forget()
    await settled(shadow)
    assert voices.asked(OTHER) == 1


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("share", "asks"), [(0.5, False), (0.7, True), (1.0, True), (1.5, True), (2.0, False)]
)
async def test_a_prompt_of_quite_another_length_is_no_like_question(
    share: float, asks: bool, tmp_path: Path
) -> None:
    """Such as the first of a session, which was asked before the workspace's code was known."""
    voices = both()
    asked, shadow = trying(voices, tmp_path)
    heard: list[Asked] = []
    asked.heard = heard.append
    await asked.ask(EDIT, PLACE)
    assert heard[0].characters > len(PLACE.document.text)
    shadow.heard(replace(heard[0], characters=round(heard[0].characters * share)))
    await settled(shadow)
    assert voices.asked(OTHER) == int(asks) == len(pairs(asked))
    assert shadow.left_out == ({} if asks else {"another context": 1})
    assert asked.ledger.spent().kinds.get("shadow", 0) == 0 or asks
    await shadow.close()


@pytest.mark.asyncio
async def test_its_failures_are_nobody_else_s_and_end_in_a_pause(tmp_path: Path) -> None:
    voices = both(EDITED, Overloaded("busy", retry_after=0.0))
    asked, shadow = trying(voices, tmp_path)
    await asked.ask(EDIT, PLACE, job="one")
    await until(lambda: shadow.left_out["overloaded"] == 1)
    tried = voices.asked(OTHER)
    await asked.ask(EDIT, PLACE, job="two")
    await asyncio.sleep(0.1)
    assert voices.asked(OTHER) == tried <= 3
    assert asked.health.closed(asked.catalogue.model(OTHER)) is None
    assert pairs(asked) == []
    await shadow.close()


@pytest.mark.asyncio
async def test_the_server_s_end_ends_it_and_the_ledger_has_what_it_cost(tmp_path: Path) -> None:
    voices = both()
    asked, shadow = trying(voices, tmp_path)
    voices.gate = asyncio.Event()
    await asked.ask(EDIT, PLACE, job="live")
    await until(lambda: voices.asked(OTHER) == 1)
    async with asyncio.timeout(10):
        await shadow.close()
    assert voices.closed == 2
    (call,) = asked.ledger.job("shadow-live")
    assert call.outcome == "cancelled" and 0 < call.cost_usd < call.reserved_usd


@pytest.mark.asyncio
async def test_its_own_cap_is_never_passed_and_refuses_in_silence(tmp_path: Path) -> None:
    voices = both()
    budget = Budget(shadow_day_usd=0.1)
    asked, shadow = trying(voices, tmp_path, replace(TRIED, budget=budget))
    for number in range(4):
        await asked.ask(EDIT, PLACE, job=f"live{number}")
        await settled(shadow)
    assert voices.asked(LIVE) == 4
    asked.settings = replace(asked.settings, budget=replace(budget, shadow_day_usd=0.01))
    shadow._apart.settings = asked.settings
    before = voices.asked(OTHER)
    assert before == 4
    reply = await asked.ask(EDIT, PLACE, job="live9")
    await settled(shadow)
    assert reply.answer.files and voices.asked(OTHER) == before
    assert shadow.left_out["budget"] == 1


@pytest.mark.asyncio
@pytest.mark.parametrize(
    "budget",
    [
        Budget(day_usd=0.9),
        Budget(month_usd=0.9),
        Budget(session_usd=0.9),
        Budget(roles={"fast": 0.9}),
    ],
    ids=["day", "month", "session", "role"],
)
async def test_the_second_half_of_every_budget_is_the_user_s(tmp_path: Path, budget: Budget) -> None:
    voices = both()
    asked, shadow = trying(voices, tmp_path, replace(TRIED, budget=budget))
    await asked.ask(replace(EDIT, max_output_tokens=2_000), PLACE, job="one")
    await settled(shadow)
    assert voices.asked(OTHER) == 1
    spent = asked.ledger.reserve(
        job="x", task="edit", role="fast", provider="x", model=LIVE, kind="other", upper_usd=0.46,
        caps=Caps(9.0, 9.0),
    )  # fmt: skip
    asked.ledger.settle(spent, usage=Usage(), cost_usd=0.46, seconds=1.0, outcome="ok")
    await asked.ask(replace(EDIT, max_output_tokens=2_000), PLACE, job="two")
    await settled(shadow)
    assert voices.asked(OTHER) == 1 and shadow.left_out["short of money"] == 1


@pytest.mark.asyncio
async def test_a_price_that_was_agreed_to_was_agreed_to_for_one_model(tmp_path: Path) -> None:
    asked, shadow = trying(
        both(), tmp_path, replace(TRIED, compare=Compare(shadow=1.0, shadow_model="gpt-5.4"))
    )
    pro = replace(asked.catalogue.model("gpt-5.4"), abilities=frozenset({"stream", "schema"}))
    asked.catalogue = replace(asked.catalogue, models={**asked.catalogue.models, "gpt-5.4": pro})
    plans: list[Candidate] = []
    situation = replace(PLACE, price_agreed=True)
    await asked.ask(EDIT, situation, on_plan=lambda plan: plans.append(plan.candidate))
    (question,) = shadow._waiting
    told: list[Situation] = []

    async def ask(task: Any, asked_about: Situation, **more: Any) -> None:
        told.append(asked_about)
        raise CounterpointError("no", fix="x")

    shadow._apart.ask = ask  # type: ignore[assignment,method-assign]
    await settled(shadow)
    assert question.asked.situation.price_agreed and [one.price_agreed for one in told] == [False]


# -- when it is over


@pytest.mark.asyncio
async def test_a_trial_ends_once_in_a_verdict_and_asks_no_more(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    voices = both()
    asked, shadow = trying(voices, tmp_path)
    told: list[str] = []
    shadow.told = told.append
    monkeypatch.setattr("counterpoint.trials.ENOUGH", 22)
    for number in range(24):
        await asked.ask(EDIT, PLACE, job=f"live{number}")
        await settled(shadow)
    assert voices.asked(OTHER) == 22 and shadow.left_out["trial over"] == 2
    (verdict,) = told
    assert verdict.startswith(
        "Over 1 day and 22 questions, Opus 4.7 answered at 0.91 of the price of GPT-5.5 (0.91-"
    )
    assert "answers of use as often" in verdict
    (trial,) = asked.ledger.trials.all()
    assert trial.verdict == verdict and trial.ended is not None


@pytest.mark.asyncio
async def test_on_other_terms_another_trial_begins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked, shadow = trying(both(), tmp_path)
    monkeypatch.setattr("counterpoint.trials.ENOUGH", 1)
    await asked.ask(EDIT, PLACE, job="one")
    await settled(shadow)
    asked.settings = replace(asked.settings, compare=Compare(shadow=1.0, shadow_days=7))
    await asked.ask(EDIT, PLACE, job="two")
    await settled(shadow)
    assert [one.days for one in asked.ledger.trials.all()] == [7, 14]
    assert len(pairs(asked)) == 2


# -- completions


@pytest.mark.asyncio
async def test_suggestions_are_measured_by_what_stands_there_later(tmp_path: Path) -> None:
    voices = Voices({LIVE: "a + b", OTHER: "a * b"})
    asked, shadow = trying(voices, tmp_path)
    before = Document.of("a.py", "def add(a, b):\n    return \n", "python", 1)
    after = Document.of("a.py", "def add(a, b):\n    return a + b\n", "python", 2)
    shadow._now = {"a.py": after}.get
    place = before.text.index("return ") + len("return ")
    reply = await asked.ask(COMPLETE, Situation(before, Span(place, place)), job="typed")
    assert reply.answer.text == "a + b"
    await asyncio.sleep(0.1)
    assert voices.asked(OTHER) == 0
    shadow.ended("typed")
    shadow.ended("another")
    await settled(shadow)
    (pair,) = pairs(asked)
    assert pair.task == "complete" and pair.model["similar"] == 1.0
    assert 0.5 < pair.other["similar"] < 1.0
    (call,) = asked.ledger.job("shadow-typed")
    assert call.kind == "completion"
    assert asked.ledger.spent_today() > 0


def shown(before: str, text: str = "a + b") -> Asked:
    at = before.index("|")
    document = Document.of("a.py", before.replace("|", ""), "python", 1)
    situation = Situation(document, Span(at, at))
    return Asked(COMPLETE, situation, "j", (), Insertion(text, Span(at, at)))


@pytest.mark.parametrize(
    ("before", "now", "kept"),
    [
        ("x = |\ny = 2\n", "x = a + b\ny = 2\n", "a + b"),
        ("x = |\ny = 2\n", "x = \ny = 2\n", ""),
        ("first = 1\nx = |\ny = 2\n", "import a\nfirst = 1\nx = a\ny = 2\n", "a"),
        ("x = |\ny = 2\n", "x = q\ny = 3\n", "q\ny = 3\n"),
        ("x = |\ny = 2\n", "x = q\ny = 2\nz = 3\n", "q"),
        ("x = |", "x = q\nmore\n", "q\nmore\n"),
        ("x = |\n", "gone\n", None),
    ],
)
def test_what_stands_at_a_place_is_found_while_the_rest_moves(
    before: str, now: str, kept: str | None
) -> None:
    assert stands(shown(before), Document.of("a.py", now, "python", 2)) == kept


def test_where_no_document_is_open_nothing_is_known() -> None:
    assert stands(shown("x = |"), None) is None
    assert stands(replace(shown("x = |"), answer=None), Document.of("a.py", "", "python")) is None


@pytest.mark.asyncio
async def test_of_a_suggestion_nobody_knows_the_end_of_only_price_and_time_are_measured(
    tmp_path: Path,
) -> None:
    asked, shadow = trying(Voices({LIVE: "a + b", OTHER: "a * b"}), tmp_path)
    await asked.ask(COMPLETE, Situation(Document.of("a.py", "x = ", "python", 1), Span(4, 4)), job="typed")
    shadow.ended("typed")
    await settled(shadow)
    (pair,) = pairs(asked)
    assert pair.model["similar"] is None and pair.other["cost_usd"] > 0


@pytest.mark.asyncio
async def test_a_workspace_has_a_trial_hear_of_answers_and_ends_and_ends_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace = await open_workspace(tmp_path, environ={"COUNTERPOINT_HOME": str(tmp_path / "home")})
    heard: list[str] = []
    over = Suggestion(PLACE.document, Insertion("1", Span(0, 0)), "typed", "GPT-5.5")
    workspace.completions.memory._ended(over, "accepted", 1)
    assert "shadow" not in vars(workspace), "nobody has asked for a trial"
    monkeypatch.setattr(workspace.shadow, "ended", heard.append)
    assert workspace.engine.heard == workspace.shadow.heard
    workspace.completions.memory._ended(over, "part", 1)
    workspace.completions.memory._ended(over, "rejected", 1)
    assert heard == ["typed"]
    workspace.shadow._spawn(asyncio.sleep(600))
    async with asyncio.timeout(20):
        await workspace.close()
    assert not workspace.shadow._tasks
