"""Which model answers: a table of situations, and what holds in every other."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from counterpoint import policy
from counterpoint.answers import ChangeSet
from counterpoint.errors import NoUsableRole, PriceNotAgreed
from counterpoint.flows.edit import edit
from counterpoint.models import load_catalogue
from counterpoint.routing import route
from counterpoint.settings import Providers, Settings
from counterpoint.tasks import TASKS
from counterpoint.text import Document, Situation, Span
from tests.asking import Said, engine

CATALOGUE = load_catalogue()
VENDORS = {"o": "openai", "a": "anthropic", "g": "google", "e": "embedded"}
TABLE = Path(__file__).parents[1] / "cases" / "routes.md"


def rows() -> list[tuple[str, ...]]:
    found: list[tuple[str, ...]] = []
    for line in TABLE.read_text("utf-8").splitlines():
        cells = tuple(cell.strip() for cell in line.strip("|").split("|"))
        if len(cells) == 6 and cells[0] in TASKS:
            found.append(cells)
    assert len(found) >= 80
    return found


def vendors(letters: str) -> tuple[str, ...]:
    return () if letters == "none" else tuple(VENDORS[letter] for letter in letters)


@pytest.mark.parametrize("row", rows(), ids=lambda row: "-".join(row[:4]))
def test_a_situation_has_its_models(row: tuple[str, ...]) -> None:
    task, tokens, keys, allow, models, because = row
    chosen = replace(Settings(), providers=Providers(allow=vendors(allow)))
    size = int(tokens.replace(",", ""))
    if models == "-":
        with pytest.raises(NoUsableRole, match=because):
            route(TASKS[task], CATALOGUE, chosen, vendors(keys), size)
        return
    found = route(TASKS[task], CATALOGUE, chosen, vendors(keys), size)
    assert [one.model.name.removeprefix("claude-") for one in found.candidates] == models.split()
    assert because in found.first.reason


@settings(max_examples=300, deadline=None)
@given(
    st.sampled_from(sorted(TASKS)),
    st.integers(0, 1_200_000),
    st.sets(st.sampled_from(sorted(VENDORS.values()))),
    st.sets(st.sampled_from(sorted(VENDORS.values()))),
    st.lists(st.sampled_from(sorted(CATALOGUE.models)), max_size=6, unique=True),
)
def test_no_window_is_exceeded_and_no_vendor_asked_that_was_excluded(
    task: str, tokens: int, keys: set[str], allow: set[str], names: list[str]
) -> None:
    row = TASKS[task]
    catalogue = replace(CATALOGUE, roles={**CATALOGUE.roles, row.role: tuple(names)})
    chosen = replace(Settings(), providers=Providers(allow=tuple(allow)))
    try:
        found = route(row, catalogue, chosen, keys, tokens)
    except NoUsableRole as error:
        assert error.fix
        return
    asked = [one.model for one in found.candidates]
    assert asked and len({one.name for one in asked}) == len(asked)
    for one in asked:
        assert one.provider in keys and one.provider in allow
        assert one.provider == "embedded" or tokens <= one.max_input_tokens
    assert all(one.reason for one in found.candidates)


def test_the_policy_speaks_of_tasks_and_models_there_are() -> None:
    for rule in policy.rules():
        assert rule.tasks <= set(TASKS)
        assert rule.reason
    spoken_of = [*(one.tasks for one in policy.routines()), *(one.tasks for one in policy.escalations())]
    assert all(tasks <= set(TASKS) for tasks in spoken_of)
    assert policy.tried() <= set(TASKS)
    sizes = {name: policy.least_tokens(name) for name in ("edit", "ask", "tests", "document")}
    assert sizes == {"edit": 272_000, "ask": 512_000, "tests": 8_000, "document": 272_000}
    assert policy.least_tokens("complete") > 10_000_000


def test_only_small_things_are_routine_and_none_that_guards_others() -> None:
    tasks = frozenset().union(*(row.tasks for row in policy.routines()))
    assert not tasks & {"complete", "review", "draft", "verify", "rebut", "investigate", "refactor", "repair"}
    assert policy.routine("tests", 8_000) and not policy.routine("tests", 8_001)
    assert policy.routine("commit", 900_000) and not policy.routine("edit")


LONG = Document.of("a.py", "x = 1\n" + "y = 222222222\n" * 50_000, "python", 1)
GOOD = '{"assumptions": [], "edits": [{"path":"a.py","line":1,"old":"x = 1","new":"x = 2","reason":"r"}]}'


@pytest.mark.asyncio
async def test_a_long_edit_goes_to_the_model_whose_price_does_not_rise(tmp_path: Path) -> None:
    said = Said([GOOD])
    asked = engine(said, tmp_path)
    context = replace(asked.settings.context, review_tokens=200_000)
    asked.settings = replace(asked.settings, context=context)
    asked.planner._settings = asked.settings
    reply = await edit(asked, Situation(LONG, Span(0, 5), instruction="Two", price_agreed=True))
    assert isinstance(reply.answer, ChangeSet)
    assert [request.model.name for request in said.requests] == ["claude-opus-4-7"]
    assert [call.model for call in reply.calls] == ["claude-opus-4-7"]


@pytest.mark.asyncio
async def test_a_model_that_is_dear_asks_first(tmp_path: Path) -> None:
    said = Said([GOOD])
    asked = engine(said, tmp_path)
    asked.catalogue = replace(asked.catalogue, roles={"fast": ("gpt-5.5-pro",)})
    document = Document.of("a.py", "x = 1\n", "python", 1)
    place = Situation(document, Span(0, 5), instruction="Two")
    with pytest.raises(PriceNotAgreed, match=r"GPT-5\.5 pro"):
        await edit(asked, place)
    assert said.requests == []
    assert (await edit(asked, replace(place, price_agreed=True))).answer.files
