"""A hundred true and a hundred false findings before a verifier that is wrong in one of five."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from counterpoint.flows.verify import Looked, verify
from counterpoint.settings import Verify
from tests.asking import engine
from tests.drill import Drill, Wrong, planted


async def _drilled(drill: Drill, seed: int, folder: Path, cunning: bool = False) -> tuple[Looked, Wrong]:
    wrong = Wrong(drill, seed, cunning)
    asked = engine(wrong, folder)
    try:
        looking = verify(asked, drill.groups, Verify(by="other"), job="drill")
        return await asyncio.wait_for(looking, 60), wrong
    finally:
        await asked.close()


@pytest.mark.asyncio
@pytest.mark.parametrize("cunning", [False, True])
@pytest.mark.parametrize("seed", range(6))
async def test_no_grave_truth_is_hidden_and_few_falsehoods_are_verified(
    seed: int, cunning: bool, tmp_path: Path
) -> None:
    drill = planted()
    assert sum(one.true for one in drill.planted.values()) == 100
    assert sum(not one.true for one in drill.planted.values()) == 100
    looked, wrong = await _drilled(drill, seed, tmp_path, cunning)
    assert len(wrong.wrong) == 40
    now = {one.title: one for one in looked.findings}
    for title, one in drill.planted.items():
        if one.true and one.found.severity in ("P0", "P1"):
            assert title in now
    verified = {title for title, one in now.items() if one.status == "verified"}
    assert len([title for title in verified if not drill.planted[title].true]) <= 25
    assert len([title for title in verified if drill.planted[title].true]) == 80
    assert len(now) + len(looked.refuted) == 200
    assert len([one for one in looked.dropped if one.reason == "refuted"]) == len(looked.refuted)
    assert all(one.verifier == "GPT-5.5" and one.said for one in (*looked.findings, *looked.refuted))
    hidden = [one for one in looked.refuted if drill.planted[one.title].true]
    assert all(one.severity in ("P2", "P3") for one in hidden)
    slight = [t for t in wrong.wrong if drill.planted[t].true and drill.planted[t].found.severity > "P1"]
    assert len(hidden) <= (len(slight) if cunning else len(slight) - 3)  # those that were quoted well
    gone = [one for one in looked.refuted if not drill.planted[one.title].true]
    assert len(gone) >= 35


@pytest.mark.asyncio
async def test_a_part_of_the_file_is_shown_and_the_asks_are_few(tmp_path: Path) -> None:
    drill = planted()
    looked, wrong = await _drilled(drill, 1, tmp_path)
    verifying = [one for one in wrong.asked if one.model.name == "gpt-5.5"]
    assert len(verifying) == 20  # five files of forty findings, at most twelve an ask
    assert len(looked.calls) == len(wrong.asked)
    for request in verifying:
        text = "".join(part.text for part in request.parts)
        document = next(g.situation.document for g in drill.groups if g.situation.document.path in text)
        assert len(text) < 1.2 * len(document.text)
