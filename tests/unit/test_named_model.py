"""A task that names its model: nobody stands in, nothing cheaper is asked, and the effort is the task's."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from counterpoint.errors import BudgetExceeded, ConfigError, NoUsableRole, Unauthorized
from counterpoint.models import load_catalogue
from counterpoint.routing import route
from counterpoint.settings import Budget, Providers, Review, Settings
from counterpoint.tasks import COMPLETE, EDIT, REVIEW, A, Task
from counterpoint.text import Document, Situation, Span
from tests.asking import Said, engine

CATALOGUE = load_catalogue()
BOTH = ("openai", "anthropic")
ASKED = Situation(Document.of("a.py", "x = 1\n", "python"), Span(0, 6), instruction="Make x two")


def named(task: Task[A], model: str) -> Task[A]:
    return replace(task, model=model)


@pytest.mark.parametrize("model", ["claude-opus-4-7", "gpt-5.4-mini", "claude-sonnet-4-6"])
def test_it_alone_is_asked_whatever_the_role(model: str) -> None:
    found = route(named(EDIT, model), CATALOGUE, Settings(), BOTH, 200_000)
    assert [one.model.name for one in found.candidates] == [model]
    assert "is named" in found.first.reason and not found.notice


def test_the_effort_is_the_task_s_also_of_a_review() -> None:
    settings = replace(Settings(), review=replace(Review(), effort="xhigh"))
    bound = replace(named(REVIEW, "gpt-5.5"), effort="low")
    assert route(bound, CATALOGUE, settings, BOTH).first.effort == "low"


@pytest.mark.parametrize(
    ("model", "usable", "allow", "tokens", "told"),
    [
        ("gpt-5.5", ("anthropic",), BOTH, 0, "No key for the model gpt-5.5"),
        ("gpt-5.5", BOTH, ("anthropic",), 0, "No vendor is allowed for the model gpt-5.5"),
        ("gpt-5.5", BOTH, BOTH, 9_000_000, "gpt-5.5 does not take 9,000,000 tokens"),
    ],
)
def test_where_it_cannot_be_asked_nobody_is(
    model: str, usable: tuple[str, ...], allow: tuple[str, ...], tokens: int, told: str
) -> None:
    settings = replace(Settings(), providers=Providers(allow=allow))
    with pytest.raises(NoUsableRole, match=told):
        route(named(EDIT, model), CATALOGUE, settings, usable, tokens)


def test_the_model_on_this_machine_does_not_step_in() -> None:
    with pytest.raises(NoUsableRole):
        route(named(COMPLETE, "gpt-5.5"), CATALOGUE, Settings(), ("embedded",))


def test_a_name_that_is_none_is_told_with_those_that_are() -> None:
    with pytest.raises(ConfigError, match=r"gpt-9.*gpt-5\.5"):
        route(named(EDIT, "gpt-9"), CATALOGUE, Settings(), BOTH)


@pytest.mark.asyncio
async def test_a_failure_and_the_budget_s_edge_are_its_own(tmp_path: Path) -> None:
    said = Said([Unauthorized("revoked")])
    with pytest.raises(Unauthorized):
        await engine(said, tmp_path).ask(named(EDIT, "gpt-5.5"), ASKED)
    assert [one.model.name for one in said.requests] == ["gpt-5.5"]
    said = Said([])
    poor = replace(Settings(), budget=Budget(day_usd=0.2))
    with pytest.raises(BudgetExceeded):
        await engine(said, tmp_path, settings=poor).ask(named(EDIT, "gpt-5.5"), ASKED)
    assert not said.requests
