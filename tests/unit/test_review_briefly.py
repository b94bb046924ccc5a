"""Where the budget leaves no room for a whole look: one with little context, which is never taken for it."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from pathlib import Path

import pytest

from counterpoint.errors import BudgetExceeded
from counterpoint.flows.review import Options, Review, Store, Tools, review
from counterpoint.providers import Chunk, Request
from counterpoint.settings import Budget, Settings
from counterpoint.tasks import REVIEW, short
from tests.asking import engine
from tests.unit.test_review_flow import DIRECT, Played, item, said, stored, unit, ways

pytestmark = pytest.mark.asyncio

OUT = 25 / 1e6
"""USD for a token that Opus 4.7 writes."""
BRIEF, WHOLE = short(REVIEW).max_output_tokens, REVIEW.max_output_tokens
STEP = "The budget leaves room for little context and a short answer only."
ROOM = (BRIEF + 4_000) * OUT
"""USD that a short answer fits in, and no other."""
DRAFTED = Options(strategy="draft-verify", verify="none")


class Measured(Played):
    """Notes how long an answer may be as well."""

    limits: tuple[int, ...] = ()

    async def stream(self, request: Request) -> AsyncGenerator[Chunk, None]:
        self.limits += (request.max_output_tokens,)
        async for chunk in super().stream(request):
            yield chunk


def played() -> Measured:
    brief, whole = item("a.py", 2, "a / 0"), item("a.py", 6, "b / 0")
    return Measured({("review", "a.py"): said(brief), ("review", "b.py"): said({**whole, "path": "b.py"})})


async def looked(
    model: Played, folder: Path, usd: float, store: Store, options: Options = DIRECT, *paths: str
) -> Review:
    settings = Settings(budget=Budget(day_usd=usd))
    units = [unit(path) for path in paths or ("a.py",)]
    return await review(engine(model, folder, settings=settings), units, options, Tools(store=store))


async def test_what_the_budget_refuses_is_looked_at_with_little_context_and_it_is_said(
    tmp_path: Path,
) -> None:
    model = played()
    found = await looked(model, tmp_path, ROOM, stored(tmp_path))
    assert model.limits == (BRIEF,) and WHOLE > BRIEF
    assert [one.start.line for one in found.findings] == [1]
    assert {call.model for call in found.calls} == {"claude-opus-4-7"}, "no other model stands in"
    assert found.complete and found.brief and found.notice == STEP
    assert [(row.how, row.brief) for row in found.told] == [("asked", True)]


async def test_with_room_for_a_whole_look_nothing_is_said(tmp_path: Path) -> None:
    model = played()
    found = await looked(model, tmp_path, 5.0, stored(tmp_path))
    assert model.limits == (WHOLE,) and not found.brief and found.notice == ""


async def test_a_brief_look_is_bought_once_and_a_whole_one_all_the_same(tmp_path: Path) -> None:
    model, store = played(), stored(tmp_path)
    await looked(model, tmp_path, ROOM, store)
    again = await looked(model, tmp_path, ROOM, store)
    assert [*model.limits] == [BRIEF], "what it said is told again, and nothing is paid"
    assert ways(again) == [("a.py", "known")] and len(again.findings) == 1
    assert again.brief and again.notice == STEP and again.calls == ()
    model.answers["review", "a.py"] = said(item("a.py", 2, "a / 0"), item("a.py", 6, "b / 0"))
    whole = await looked(model, tmp_path, 5.0, store)
    assert [*model.limits] == [BRIEF, WHOLE], "a look with little context is no verdict"
    assert ways(whole) == [("a.py", "asked")] and not whole.brief and len(whole.findings) == 2
    after = await looked(model, tmp_path, ROOM, store)
    assert [*model.limits] == [BRIEF, WHOLE] and ways(after) == [("a.py", "known")]
    assert not after.brief and after.notice == "" and len(after.findings) == 2


async def test_where_nothing_fits_the_refusal_is_told_and_no_brief_look(tmp_path: Path) -> None:
    model = played()
    found = await looked(model, tmp_path, 0.01, stored(tmp_path))
    assert model.limits == () and not found.brief and found.notice == ""
    assert [one.code for one in found.errors] == [BudgetExceeded.code] and ways(found) == [("a.py", "failed")]


async def test_an_answer_that_breaks_off_is_no_verdict_of_either_kind(tmp_path: Path) -> None:
    model, store = played(), stored(tmp_path)
    answer = model.answers["review", "a.py"]
    assert isinstance(answer, str)
    model.answers["review", "a.py"] = answer[:-3]
    await looked(model, tmp_path, ROOM, store)
    model.answers["review", "a.py"] = answer
    await looked(model, tmp_path, 5.0, store)
    assert model.limits[0] == BRIEF and model.limits[-1] == WHOLE


async def test_of_several_files_each_is_told_by_itself(tmp_path: Path) -> None:
    model = played()
    store = stored(tmp_path)
    await looked(model, tmp_path, 5.0, store, DIRECT, "b.py")
    found = await looked(model, tmp_path, ROOM, store, DIRECT, "a.py", "b.py")
    assert {(row.path, row.how, row.brief) for row in found.told} == {
        ("a.py", "asked", True),
        ("b.py", "known", False),
    }


async def test_drafts_of_which_the_rest_does_not_fit_are_no_verdict(tmp_path: Path) -> None:
    model, store = played(), stored(tmp_path)
    model.answers["draft", "a.py"] = said(item("a.py", 6, "b / 0"))
    found = await looked(model, tmp_path, ROOM, store, DRAFTED)
    assert found.brief and found.notice == STEP and model.asked[-1] == ("review", "a.py")
    calls = len(model.asked)
    again = await looked(model, tmp_path, ROOM, store, DRAFTED)
    assert ways(again) == [("a.py", "known")] and not any(
        one == ("review", "a.py") for one in model.asked[calls:]
    )
    whole = await looked(model, tmp_path, 5.0, store, DRAFTED)
    assert ways(whole) == [("a.py", "asked")] and not whole.brief
