"""Every row of the catalogue is one that could be true, and fits the others."""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime
from itertools import pairwise
from typing import Any, get_args

import pytest

from counterpoint.errors import ConfigError
from counterpoint.models import WIRES, Model, Price, Usage, cost_of, load_catalogue, price_of
from counterpoint.providers.opening import _OPENERS
from counterpoint.settings import Settings
from counterpoint.tasks import Role

CATALOGUE = load_catalogue()
ROWS = tuple(CATALOGUE.models.values())
VENDORS = tuple(row for row in ROWS if row.provider != "embedded")
EFFORTS = ("none", "minimal", "low", "medium", "high", "xhigh", "max")
ABILITIES = {
    "stream", "schema", "verbosity", "count", "cache-key", "thinking", "breakpoints", "asks-first",
    "raw-continuation", "max-completion-tokens",
}  # fmt: skip
WIRE_OF = {"openai": "responses", "anthropic": "messages", "google": "chat", "embedded": "completions"}

rows = pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
vendors = pytest.mark.parametrize("row", VENDORS, ids=lambda row: row.name)


def steps(row: Model, tier: str) -> list[Price]:
    return sorted((one for one in row.prices if one.tier == tier), key=lambda one: one.above_input_tokens)


@rows
def test_the_limits_of_a_row_fit_each_other(row: Model) -> None:
    assert row.max_input_tokens > 0 and row.max_output_tokens > 0
    assert row.max_input_tokens + row.max_output_tokens <= row.context_tokens
    assert row.cache_min_tokens <= row.max_input_tokens
    assert 1.5 < row.characters_per_token < 6.0
    assert 0.0 <= row.retrieval_at_1m <= 1.0


@rows
def test_a_row_speaks_a_wire_that_its_adapter_has(row: Model) -> None:
    assert row.provider in _OPENERS
    assert row.wire in WIRES and row.wire == WIRE_OF[row.provider]
    assert row.abilities <= ABILITIES
    assert row.can("breakpoints") == (row.provider == "anthropic")
    assert row.can("cache-key") == (row.provider == "openai")


@rows
def test_efforts_are_known_and_rise(row: Model) -> None:
    order = [EFFORTS.index(effort) for effort in row.efforts]
    assert order == sorted(set(order))
    assert bool(order) == (row.provider != "embedded")


@rows
def test_there_is_one_price_for_each_tier_and_size(row: Model) -> None:
    places = Counter((one.tier, one.above_input_tokens) for one in row.prices)
    assert set(places.values()) == {1}
    assert {one.tier for one in row.prices} <= {"default", "priority", "flex"}
    for tier in {one.tier for one in row.prices}:
        assert steps(row, tier)[0].above_input_tokens == 0, f"{tier} has no price for a short prompt"


@vendors
def test_prices_are_prices(row: Model) -> None:
    for one in row.prices:
        assert 0 < one.cached <= one.input < one.output
        assert one.write_5m == 0 or one.input < one.write_5m < one.output * 2
        assert one.write_1h == 0 or one.write_5m < one.write_1h
        assert bool(one.write_1h) == (row.provider == "anthropic")
        assert one.above_input_tokens < row.max_input_tokens


@vendors
def test_longer_prompts_and_faster_answers_are_not_cheaper(row: Model) -> None:
    for tier in {one.tier for one in row.prices}:
        for low, high in pairwise(steps(row, tier)):
            assert low.input < high.input and low.output < high.output and low.cached < high.cached
    for size in (1, row.max_input_tokens):
        usual, fast, slow = (price_of(row, size, tier) for tier in (None, "priority", "flex"))
        assert fast.input >= usual.input >= slow.input
        assert fast.output >= usual.output >= slow.output


@vendors
def test_a_call_costs_more_past_a_step_and_nothing_for_nothing(row: Model) -> None:
    assert cost_of(row, Usage()) == 0.0
    for one in row.prices:
        if one.above_input_tokens and one.tier == "default":
            below, above = (cost_of(row, Usage(one.above_input_tokens + more, 10)) for more in (0, 1))
            assert above > below * 1.2


@rows
def test_a_row_says_when_it_was_looked_at(row: Model) -> None:
    assert date(2026, 1, 1) <= row.as_of <= date.today()


def test_every_role_names_rows_and_none_twice() -> None:
    assert set(CATALOGUE.roles) == {*get_args(Role), "embedded"}
    for role, names in CATALOGUE.roles.items():
        assert names and len(set(names)) == len(names)
        models = CATALOGUE.for_role(role)
        assert not any(one.can("asks-first") for one in models), "nobody is asked for so much unasked"
        assert all((one.provider == "embedded") == (role == "embedded") for one in models)


def test_each_vendor_fills_each_role_so_that_one_key_is_enough() -> None:
    for role in ("fast", "deep", "value"):
        assert {one.provider for one in CATALOGUE.for_role(role)} == {"openai", "anthropic", "google"}


def test_labels_and_ids_tell_rows_apart() -> None:
    assert max(Counter(row.label for row in ROWS).values()) == 1
    assert max(Counter((row.provider, row.id) for row in ROWS).values()) == 1


def test_the_cheap_role_is_cheaper_than_the_others() -> None:
    dear = min(one.prices[0].output for role in ("fast", "deep") for one in CATALOGUE.for_role(role)[:2])
    assert all(one.prices[0].output < dear for one in CATALOGUE.for_role("value"))


def test_the_rows_that_were_asked_for_are_there() -> None:
    assert {
        "gpt-5.5", "gpt-5.5-pro", "gpt-5.4", "gpt-5.4-mini", "claude-opus-4-7", "claude-opus-4-6",
        "claude-sonnet-4-6", "gemini-3.1-pro",
    } <= set(CATALOGUE.models)  # fmt: skip
    assert CATALOGUE.model("gpt-5.5-pro").can("asks-first")


def test_a_vendor_that_is_not_allowed_by_default_is_last_where_it_stands_in() -> None:
    allowed = Settings().providers.allow
    for role in ("fast", "deep"):
        outside = [one.provider not in allowed for one in CATALOGUE.for_role(role)]
        assert outside == sorted(outside)


@pytest.mark.parametrize(
    ("field", "value", "wanted"),
    [
        ("as_of", "2026-11-21", "a date without quotation marks"),
        ("as_of", datetime(2026, 11, 21), "a date without quotation marks"),
        ("efforts", "low", "a list of some of none, minimal, low"),
        ("efforts", ["hard"], "a list of some of none, minimal, low"),
        ("abilities", "stream", "a list of texts"),
        ("id", 7, "text in quotation marks"),
        ("context_tokens", "1M", "a number"),
        ("max_output_tokens", -1, "a number"),
        ("max_input_tokens", True, "a number"),
        ("characters_per_token", 0, "a number above 0"),
        ("prior_first_token", [1], "two numbers"),
        ("prices", {"input": 1, "output": 2}, "a list of tables"),
        ("prices", ["free"], "a list of tables"),
    ],
)
def test_a_field_of_your_own_row_that_cannot_be_is_named_with_what_it_has_to_be(
    field: str, value: Any, wanted: str
) -> None:
    with pytest.raises(ConfigError) as told:
        load_catalogue({"models": {"gpt-5.5": {field: value}}})
    assert told.value.message == f"models.gpt-5.5.{field} is {value!r}."
    assert (told.value.fix or "").startswith(f"Give {wanted}")


@pytest.mark.parametrize("price", ["5.00", -1, True, float("nan")])
def test_a_price_is_a_number(price: Any) -> None:
    with pytest.raises(ConfigError, match=r"models\.mine\.prices: output is"):
        row = {"context_tokens": 8_000, "prices": [{"input": 1, "output": price}]}
        load_catalogue({"models": {"mine": row}})


@pytest.mark.parametrize(
    ("extra", "said"),
    [
        ({"models": {"mine": "gpt-5.5"}}, "models.mine is 'gpt-5.5'."),
        ({"roles": {"edit": "gpt-5.4"}}, "roles.edit is 'gpt-5.4'."),
    ],
)
def test_a_row_is_a_table_and_a_role_a_list(extra: dict[str, Any], said: str) -> None:
    with pytest.raises(ConfigError) as told:
        load_catalogue(extra)
    assert told.value.message == said
