"""At the budget's edge: the same for less, told step by step; then nothing."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from counterpoint.choosing import cheaper
from counterpoint.context.question import Question, Selection
from counterpoint.context.snippet import Snippet
from counterpoint.engine import Engine
from counterpoint.errors import BudgetExceeded
from counterpoint.flows.complete import complete
from counterpoint.flows.edit import edit
from counterpoint.models import load_catalogue
from counterpoint.routing import route
from counterpoint.settings import Budget, Settings
from counterpoint.tasks import DOCUMENT as TO_DOCUMENT
from counterpoint.tasks import REVIEW
from counterpoint.text import Document, Situation, Span
from tests.asking import Said, engine

GOOD = '{"assumptions": [], "edits": [{"path":"a.py","line":1,"old":"x = 1","new":"x = 2","reason":"r"}]}'
DOCUMENT = Document.of("a.py", "x = 1\n", "python", 3)
WHOLE = Situation(DOCUMENT, Span(0, 6), instruction="Make x two")
OUTPUT = 6_000 * 30 / 1e6
"""What GPT-5.5 can write of a short edit, in USD; as many tokens of Sonnet 4.6 are half of it."""


def asked(said: Said, folder: Path, day_usd: float) -> Engine:
    """An engine with a budget, and much code in the workspace: so much that it decides."""

    async def gathered(question: Question, seconds: float) -> Selection:
        text = "value = compute_something(1, 2, 3)\n" * 20
        many = tuple(Snippet(f"m{at}.py", 1, 20, text, "named here", 200) for at in range(60))
        fitting = many[: question.budget_tokens // 200]
        return Selection(fitting)

    settings = replace(Settings(), budget=Budget(day_usd=day_usd))
    made = engine(said, folder, settings=settings)
    made.ports = replace(made.ports, gather=gathered)
    return made


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("day_usd", "model", "told", "context"),
    [
        (5.0, "gpt-5.5", "", True),
        (OUTPUT + 0.3, "gpt-5.5", "a short answer only", True),
        (OUTPUT + 0.04, "gpt-5.5", "little context", False),
        (OUTPUT - 0.03, "claude-sonnet-4-6", "cheaper model", False),
    ],
)
async def test_a_short_answer_comes_first_then_less_context_then_a_cheaper_model(
    tmp_path: Path, day_usd: float, model: str, told: str, context: bool
) -> None:
    said = Said([GOOD])
    reply = await edit(asked(said, tmp_path, day_usd), WHOLE)
    (request,) = said.requests
    assert request.model.name == model
    assert told in reply.notice and bool(reply.notice) == bool(told)
    assert ("m30.py" in "".join(part.text for part in request.parts)) == context
    assert reply.answer.files


@pytest.mark.asyncio
async def test_what_even_the_cheapest_would_exceed_is_refused_and_nothing_is_sent(tmp_path: Path) -> None:
    said = Said([])
    with pytest.raises(BudgetExceeded, match=r"today's \$0\.02"):
        await edit(asked(said, tmp_path, 0.02), WHOLE)
    assert said.requests == []


@pytest.mark.asyncio
async def test_a_cheaper_model_that_may_not_see_the_file_leaves_the_refusal_of_the_budget(
    tmp_path: Path,
) -> None:
    said = Said([])
    made = asked(said, tmp_path, OUTPUT - 0.03)
    made.ports = replace(made.ports, barred=lambda path, who: "kept from it" if who == "anthropic" else None)
    with pytest.raises(BudgetExceeded):
        await edit(made, WHOLE)
    assert said.requests == []


@pytest.mark.asyncio
async def test_completions_pause_and_reviews_are_refused_rather_than_made_by_another(tmp_path: Path) -> None:
    said = Said([])
    made = asked(said, tmp_path, 0.001)
    with pytest.raises(BudgetExceeded):
        await complete(made, replace(WHOLE, span=Span(6, 6)))
    with pytest.raises(BudgetExceeded):
        await made.ask(REVIEW, WHOLE)
    assert said.requests == []


def test_a_task_with_models_of_its_own_keeps_them_at_every_step_in_its_role() -> None:
    catalogue = load_catalogue({"roles": {"document": ["claude-sonnet-4-6"]}})
    steps = [less for less, _, _ in cheaper(TO_DOCUMENT, WHOLE)]
    asked = [route(less, catalogue, Settings(), ("openai", "anthropic")).candidates for less in steps]
    assert [[one.model.name for one in some] for some in asked[:-1]] == [["claude-sonnet-4-6"]] * 3
