"""Prompts above 200,000 tokens are sent only once the user has agreed to their price."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from counterpoint.errors import Forbidden, PriceNotAgreed
from counterpoint.flows.edit import edit
from counterpoint.settings import Budget, Context, Settings
from counterpoint.text import Document, Situation, Span
from tests.asking import Said, engine, reviewed

LONG = Document.of("long.py", "value = 'one two three four'\n" * 32_000, "python")
SITUATION = Situation(LONG, Span(0, len(LONG.text)), instruction="Rename it.")
RICH = Settings(budget=Budget(day_usd=100.0))
NO_EDITS = '{"assumptions": [], "edits": []}'
NO_FINDINGS = '{"findings": []}'


class Asked:
    """A user who says yes or no, and what they were told."""

    def __init__(self, answer: bool) -> None:
        self.answer = answer
        self.prices: list[tuple[float, float]] = []

    async def __call__(self, error: PriceNotAgreed) -> bool:
        self.prices.append((error.low_usd, error.high_usd))
        return self.answer


@pytest.mark.asyncio
async def test_an_edit_is_sent_after_a_yes_and_the_price_was_told(tmp_path: Path) -> None:
    said, asked = Said([NO_EDITS]), Asked(True)
    reply = await edit(engine(said, tmp_path, settings=RICH), SITUATION, agree=asked)
    assert len(said.requests) == 1 and reply.answer.files == ()
    low, high = asked.prices[0]
    assert 0.5 < low <= high


@pytest.mark.asyncio
async def test_an_edit_is_not_sent_after_a_no(tmp_path: Path) -> None:
    said = Said([NO_EDITS])
    with pytest.raises(PriceNotAgreed):
        await edit(engine(said, tmp_path, settings=RICH), SITUATION, agree=Asked(False))
    assert said.requests == []


@pytest.mark.asyncio
async def test_a_review_asks_as_well_and_a_no_is_an_error_of_its_stage(tmp_path: Path) -> None:
    said, asked = Said([NO_FINDINGS]), Asked(True)
    found = await reviewed(engine(said, tmp_path / "yes", settings=RICH), [SITUATION], agree=asked)
    assert found.complete and len(said.requests) == len(asked.prices) == 1
    said = Said([NO_FINDINGS])
    found = await reviewed(engine(said, tmp_path / "no", settings=RICH), [SITUATION])
    assert said.requests == [] and [error.code for error in found.errors] == ["price"]


@pytest.mark.asyncio
async def test_no_dearer_model_stands_in_for_the_one_whose_price_was_agreed_to(tmp_path: Path) -> None:
    said, asked = Said([Forbidden("busy"), NO_FINDINGS]), Asked(True)
    text = LONG.text * 2
    situation = Situation(Document.of("long.py", text, "python"), Span(0, len(text)))
    wide = replace(RICH, context=Context(review_tokens=250_000))
    found = await reviewed(engine(said, tmp_path, settings=wide), [situation], agree=asked)
    assert len(said.requests) == len(asked.prices) == 1
    assert [error.code for error in found.errors] == [Forbidden("busy").code]
