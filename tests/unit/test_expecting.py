"""What a question comes to with all that may follow: held against the requests that were really made."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from counterpoint.flows.edit import edit
from counterpoint.flows.expecting import asked, expected
from counterpoint.settings import Routing, Settings, Verify
from counterpoint.tasks import ASK, EDIT, INVESTIGATE, REFACTOR, REPAIR, AnyTask
from tests.asking import Said, engine
from tests.unit.test_escalating import BROKEN, CHECKS, DEEP, FAST, QUESTION

pytestmark = pytest.mark.asyncio

ALONE = Settings(routing=Routing(escalate=False))


async def test_an_edit_of_which_everything_fails_stays_within_the_most_it_was_said_to_cost(
    tmp_path: Path,
) -> None:
    said = Said([BROKEN] * 4)
    asking = engine(said, tmp_path)
    before = await expected(asking, EDIT, QUESTION)
    assert said.requests == []
    reply = await edit(asking, QUESTION, checks=CHECKS)
    rows = asking.ledger.job(reply.job)
    assert [(one.task, one.model) for one in rows] == [
        ("edit", FAST),
        ("repair", DEEP),
        ("edit", DEEP),
        ("repair", DEEP),
    ], "all that may follow has followed"
    reserved = sum(one.reserved_usd for one in rows)
    assert 0.9 * before.whole.upper_usd < reserved <= before.whole.upper_usd
    assert rows[0].reserved_usd == pytest.approx(before.alone.upper_usd)
    assert before.alone.cost_usd[0] == before.whole.cost_usd[0], "what may follow need not follow"


async def test_an_edit_that_is_never_asked_for_again_elsewhere_has_one_repair_in_it(tmp_path: Path) -> None:
    asking = engine(Said([]), tmp_path, settings=ALONE)
    found, both = (
        await expected(asking, EDIT, QUESTION),
        await expected(engine(Said([]), tmp_path), EDIT, QUESTION),
    )
    words = replace(QUESTION, claims="word " * EDIT.output_prior[1])
    repair = await asked(asking, REPAIR, words)
    assert found.whole.cost_usd[1] == pytest.approx(found.alone.cost_usd[1] + repair.cost_usd[1])
    assert found.whole.seconds[1] == pytest.approx(found.alone.seconds[1] + repair.seconds[1])
    assert both.whole.cost_usd[1] > found.whole.cost_usd[1]
    named = await expected(engine(Said([]), tmp_path), replace(EDIT, because="--role fast"), QUESTION)
    assert named.whole == found.whole, "who names a role gets it"


@pytest.mark.parametrize(("tested", "most"), [(False, 3), (True, 5)])
async def test_a_refactoring_is_expected_with_two_repairs_and_bounded_by_all(
    tested: bool, most: int, tmp_path: Path
) -> None:
    asking = engine(Said([]), tmp_path)
    found = await expected(asking, REFACTOR, QUESTION, tested=tested)
    words = replace(QUESTION, claims="word " * REFACTOR.output_prior[1])
    repair = await asked(asking, REPAIR, words)
    assert found.whole.cost_usd[1] == pytest.approx(found.alone.cost_usd[1] + 2 * repair.cost_usd[1])
    assert found.whole.upper_usd == pytest.approx(found.alone.upper_usd + most * repair.upper_usd)


async def test_an_investigation_is_expected_with_a_repair_and_its_second_looks(tmp_path: Path) -> None:
    asking = engine(Said([]), tmp_path)
    bare = await expected(asking, INVESTIGATE, QUESTION, how=Verify(by="none"))
    once = await expected(asking, INVESTIGATE, QUESTION)
    thrice = await expected(asking, INVESTIGATE, QUESTION, how=Verify(votes=3))
    assert bare.alone.cost_usd[1] < bare.whole.cost_usd[1] < once.whole.cost_usd[1] < thrice.whole.cost_usd[1]


@pytest.mark.parametrize("usable", [frozenset[str](), frozenset({"anthropic"})])
@pytest.mark.parametrize("task", [ASK, EDIT, REFACTOR, INVESTIGATE])
async def test_no_key_and_no_request_is_needed(usable: frozenset[str], task: AnyTask, tmp_path: Path) -> None:
    said = Said([])
    asking = engine(said, tmp_path, usable=usable)
    found = await expected(asking, task, QUESTION)
    assert 0 < found.alone.cost_usd[0] < found.whole.cost_usd[1] < found.whole.upper_usd
    assert (found.alone == found.whole) is (task is ASK)
    assert said.requests == [] and not asking.ledger.file.exists()
