"""A change of model in words, as JSON and as a page: the same figures everywhere, only those there are."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import jsonschema
import pytest

from counterpoint.cli import migrate_told
from counterpoint.cli.migrate_page import page
from counterpoint.cli.migrate_shape import shape
from counterpoint.cli.terminal import plain
from counterpoint.comparing.migration import Migration, tokens_of
from counterpoint.comparing.values import Compared
from tests.e2e.pages import samples
from tests.unit.test_costs_page import Read

SCHEMA = Path(__file__).parents[1] / "contract" / "compare_migrate.json"
FOUND = samples.migration()
BARE = replace(FOUND, replays=(), cold=None, changes=(), texts=(), roles=(), notes=())


def told(found: Migration, reviews: Compared | None = None) -> str:
    return plain(migrate_told.lines(found, reviews))


def shown(found: Migration, reviews: Compared | None = None) -> str:
    made = page(found, reviews)
    read = Read()
    read.feed(made.replace("<", " <"))
    assert read.open == [] and not re.search(r"https?:|<script|<link|<img|@import|url\(", made)
    return " ".join(read.text.split())


def test_words_page_and_json_tell_the_same_figures() -> None:
    value = shape(FOUND, None)
    jsonschema.validate(json.loads(json.dumps(value)), json.loads(SCHEMA.read_text("utf-8")))
    whole, replay = FOUND.tokens[-1], FOUND.replays[-1]
    assert value["tokens"][-1]["ratio"] == whole.ratio
    assert value["ledger"][-1]["cost_usd"] == {"old": replay.usd[0], "new": replay.usd[1]}
    for text in (told(FOUND), shown(FOUND)):
        assert f"{whole.same:,}" in text and f"{whole.new:,}" in text
        assert migrate_told.change(replay.usd) in text
        assert f"${replay.usd[1]:.2f}" in text and ".counterpoint/passes/money.md" in text
        assert "line 3: says too much" in text and 'fast = ["claude-opus-4-7"]' in text
        assert "effort of complete" in text


def test_what_there_is_not_is_not_told() -> None:
    for text in (told(BARE), shown(BARE)):
        for words in ("again", "cold", "not as it was", "go along", "config.toml", "Notes"):
            assert words not in text, words
        assert "Tokens of this repository" in text or "tokens now" in text


def test_a_model_that_ends_is_told_at_once() -> None:
    text = told(replace(FOUND, shutdown="2027-04-16"))
    assert "Its vendor ends Opus 4.7 on 2027-04-16." in text.split("\n\n")[0]


def test_a_change_in_tokens_that_is_partly_estimated_is_told_as_an_estimate() -> None:
    *parts, whole = FOUND.tokens
    for old, new in ((True, True), (False, True), (True, False)):
        found = replace(FOUND, tokens=(*parts, replace(whole, exact_old=old, exact_new=new)))
        for text in (told(found), shown(found)):
            assert ("take the change in tokens as an estimate" in text) == (not (old and new))


@pytest.mark.parametrize(("old", "new"), [(False, False), (True, False), (False, True)])
def test_a_change_in_tokens_that_nobody_counted_is_not_told_as_one(old: bool, new: bool) -> None:
    """Estimates from characters differ by what we assume of each model, not by what the model does."""
    counted = tuple(replace(one, exact_old=old, exact_new=new) for one in FOUND.counted)
    found = replace(FOUND, counted=counted, tokens=tokens_of(counted))
    change = migrate_told.times(found.tokens[-1].ratio)
    assert change in told(FOUND) and change in shown(FOUND)
    for text in (told(found), shown(found)):
        assert "was not measured" in text and "not counted" in text
        assert (
            "95 %)" not in text
            and change not in text.partition("Price of one call")[0].partition("one call")[0]
        )


def test_findings_are_told_by_who_has_them() -> None:
    reviews = samples.compared()
    both, old, new = migrate_told.findings_of(FOUND, reviews)
    assert (len(both), len(old), len(new)) == (2, 0, 1)
    assert "2 of both, 0 only of GPT-5.5, 1 only of Opus 4.7" in told(FOUND, reviews)
    assert "only Opus 4.7: shop/orders/basket_1.py:4" in told(FOUND, reviews)
    value = shape(FOUND, reviews)
    jsonschema.validate(json.loads(json.dumps(value)), json.loads(SCHEMA.read_text("utf-8")))
    assert len(value["findings"]["both"]) == 2


@pytest.mark.parametrize(
    ("ratio", "word"), [(1.0, "+0%"), (0.8, "-20%"), (1.35, "+35%"), (4.0, "x4.0"), (None, "-")]
)
def test_a_factor_is_said_as_a_change(ratio: float | None, word: str) -> None:
    assert migrate_told.times(ratio) == word


def test_less_money_is_said_as_less() -> None:
    assert migrate_told.money(-0.5) == "-$0.50"
    assert migrate_told.money(0.5, sign=True) == "+$0.50"
    replay = replace(FOUND.replays[-1], saved=(0.1, 0.3))
    more = replace(FOUND, replays=(*FOUND.replays[:-1], replay))
    assert "a day more than those of GPT-5.5" in told(more)


def test_texts_of_a_repository_are_text() -> None:
    bad = "<b onclick=x>&\"'"
    one = replace(FOUND.texts[0], name=bad, advice=(bad,))
    spoilt = replace(FOUND, texts=(one,), notes=(bad,), roles=(bad,), old=replace(FOUND.old, label=bad))
    made = page(spoilt)
    assert "<b onclick" not in made and made.count("&lt;b onclick") >= 8
