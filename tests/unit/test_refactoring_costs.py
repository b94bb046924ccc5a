"""What all asks of a refactoring may cost together: none is made that could go beyond it."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from counterpoint.answers import ChangeSet
from counterpoint.engine import Reply
from counterpoint.flows.checked import NO_CHECKS
from counterpoint.flows.refactor import edited, refactor
from counterpoint.flows.refactoring.sites import Part
from counterpoint.flows.refactoring.values import Options, Refactored
from counterpoint.models import Usage
from counterpoint.plan import Plan
from counterpoint.providers import Chunk, Done, Request
from counterpoint.tasks import EDIT, REFACTOR, Task
from counterpoint.text import Situation
from tests.asking import Said, engine
from tests.refactoring import answer
from tests.unit.test_proving import outline
from tests.unit.test_refactoring import LIB, LIBRARY, Index, quote, tools

pytestmark = pytest.mark.asyncio

BROKEN = answer(quote("fetch(url)", "fetch((url"))
MENDED = answer(quote("fetch((url", "fetch(url, how)"))
FLOWS = [(refactor, REFACTOR), (edited, EDIT)]


class Wordy(Said):
    """Writes, or thinks, much more than what comes out."""

    tokens = 0

    async def stream(self, request: Request) -> AsyncGenerator[Chunk, None]:
        async for chunk in super().stream(request):
            wordy = isinstance(chunk, Done)
            yield replace(chunk, usage=Usage(100, self.tokens)) if wordy else chunk  # type: ignore[type-var]


def wordy(task: Task[ChangeSet], *answers: str) -> Wordy:
    """Writes most of what it may."""
    said = Wordy([*answers])
    said.tokens = task.max_output_tokens * 3 // 4
    return said


async def flow(root: Path, said: Said, which: Any, options: Options) -> Refactored:
    (root / "lib.py").write_text(LIBRARY)
    given = replace(tools(root, Index({}, {})), checks=replace(NO_CHECKS, outline=outline))
    found: Refactored = await which(engine(said, root), [Part(LIB)], "Change it", given, options)
    return found


async def upper(root: Path, which: Any, task: Task[ChangeSet]) -> float:
    """The most that the first ask can cost."""
    said = Said([answer()])
    found = await flow(root, said, which, Options(task))
    return (await engine(said, root).estimate(task, found.asked)).upper_usd


def spent(found: Refactored) -> float:
    return sum(call.cost_usd for call in found.reply.calls)


@pytest.mark.parametrize(("which", "task"), FLOWS)
async def test_what_does_not_parse_is_mended_within_what_is_left(
    which: Any, task: Task[ChangeSet], tmp_path: Path
) -> None:
    most = await upper(tmp_path, which, task)
    said = wordy(task, BROKEN, MENDED)
    found = await flow(tmp_path, said, which, Options(task, max_usd=most))
    assert len(said.requests) == 1 and spent(found) <= most
    [told] = [one for one in found.answer.dropped if one.reason == "not-repaired"]
    assert "more than is left of $" in told.detail
    plenty = wordy(task, BROKEN, MENDED)
    found = await flow(tmp_path, plenty, which, Options(task, max_usd=100.0))
    assert len(plenty.requests) == 2
    assert [one.path for one in found.answer.files] == ["lib.py"]


@pytest.mark.parametrize(("which", "task"), FLOWS)
async def test_a_question_of_the_models_is_answered_within_what_is_left(
    which: Any, task: Task[ChangeSet], tmp_path: Path
) -> None:
    async def answered(situation: Situation, reply: Reply[ChangeSet]) -> Situation:
        return replace(situation, earlier="The user answered: the first\n")

    most = await upper(tmp_path, which, task)
    said = wordy(task, answer(question="Which one?"), answer(quote("return url", "return url[1:]")))
    found = await flow(tmp_path, said, which, Options(task, max_usd=most, answered=answered))
    assert len(said.requests) == 1 and spent(found) <= most
    [told] = found.answer.dropped
    assert told.reason == "not-asked-again" and "more than is left of $" in told.detail
    assert found.answer.question == "Which one?"


@pytest.mark.parametrize(("which", "task"), FLOWS)
async def test_only_the_price_of_the_first_ask_is_agreed_to_beforehand(
    which: Any, task: Task[ChangeSet], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    agreed: list[bool] = []

    def noted(task: Task[Any], situation: Situation, plan: Plan, settings: object) -> None:
        agreed.append(situation.price_agreed)

    async def answered(situation: Situation, reply: Reply[ChangeSet]) -> Situation:
        return replace(situation, earlier="The user answered: the first\n")

    monkeypatch.setattr("counterpoint.engine.agreed_price", noted)
    said = Said([answer(question="Which one?"), BROKEN, MENDED])
    await flow(tmp_path, said, which, Options(task, price_agreed=True, answered=answered))
    assert agreed == [True, False, False]
