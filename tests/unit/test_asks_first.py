"""A model that costs six times as much as another is asked only where the user put it first, and agreed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from counterpoint.errors import NoUsableRole, Overloaded, PriceNotAgreed
from counterpoint.flows.edit import edit
from counterpoint.models import Catalogue, load_catalogue
from counterpoint.routing import route
from counterpoint.settings import Settings
from counterpoint.tasks import COMPLETE, EDIT, REVIEW, AnyTask
from counterpoint.text import Document, NoFiles, Situation, Span
from tests.asking import Said, engine

PRO, GPT, OPUS = "gpt-5.5-pro", "gpt-5.5", "claude-opus-4-7"
QUESTION = Situation(Document.of("a.py", "x = 1\n", "python", 1), Span(0, 6), NoFiles(), instruction="Two")
GOOD = json.dumps({
    "assumptions": [], "question": "",
    "edits": [{"path": "a.py", "line": 1, "old": "x = 1", "new": "x = 2", "reason": ""}],
})  # fmt: skip


def catalogue(**roles: tuple[str, ...]) -> Catalogue:
    known = load_catalogue()
    return replace(known, roles={**known.roles, **roles})


@pytest.mark.parametrize(
    ("task", "roles", "asked"),
    [
        (EDIT, {"fast": (PRO, GPT)}, [PRO, GPT]),
        (EDIT, {"fast": (GPT, PRO)}, [GPT]),
        (EDIT, {"fast": (GPT, PRO, OPUS)}, [GPT, OPUS]),
        (COMPLETE, {"fast": (PRO, GPT)}, [GPT]),
        (REVIEW, {"deep": (PRO, OPUS)}, [PRO, OPUS]),
        (replace(EDIT, model=PRO), {}, [PRO]),
    ],
)
def test_it_answers_where_it_was_put_first(
    task: AnyTask, roles: Mapping[str, tuple[str, ...]], asked: list[str]
) -> None:
    found = route(task, catalogue(**roles), Settings(), {"openai", "anthropic"})
    assert [one.model.name for one in found.candidates] == asked


@pytest.mark.parametrize("task", [EDIT, REVIEW])
def test_it_stands_in_for_nobody(task: AnyTask) -> None:
    rows = catalogue(fast=(OPUS, PRO), deep=(OPUS, PRO))
    with pytest.raises(NoUsableRole, match="No key for the role"):
        route(task, rows, Settings(), {"openai"})


@pytest.mark.asyncio
async def test_nothing_is_sent_before_the_price_was_agreed_to(tmp_path: Path) -> None:
    said = Said([GOOD])
    made = engine(said, tmp_path)
    made.catalogue = catalogue(fast=(PRO, GPT))
    with pytest.raises(
        PriceNotAgreed, match=r"GPT-5\.5 pro, whose price is asked first, for \$0\.\d\d to"
    ) as told:
        await edit(made, QUESTION)
    assert said.requests == [] and 0 < told.value.low_usd < told.value.high_usd
    asked: list[PriceNotAgreed] = []

    async def yes(error: PriceNotAgreed) -> bool:
        asked.append(error)
        return True

    reply = await edit(made, QUESTION, agree=yes)
    assert reply.answer.files and len(asked) == 1
    assert [one.model.name for one in said.requests] == [PRO]


@pytest.mark.asyncio
async def test_who_agreed_to_a_price_has_not_agreed_to_another_model(tmp_path: Path) -> None:
    down = Overloaded("OpenAI is overloaded.")
    said = Said([down, down, down])
    made = engine(said, tmp_path)
    made.catalogue = catalogue(fast=(GPT, PRO))
    with pytest.raises(Overloaded):
        await edit(made, replace(QUESTION, price_agreed=True))
    assert {one.model.name for one in said.requests} == {GPT}
