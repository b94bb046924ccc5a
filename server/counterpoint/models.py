"""The catalogue of models, and what a call costs. Rows come from `models.toml` and the user's settings."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace
from datetime import date
from functools import cached_property
from importlib.resources import files
from math import ceil, inf
from typing import Any, Literal, TypeAlias

from counterpoint.errors import ConfigError

Wire: TypeAlias = Literal["responses", "chat", "messages", "completions"]
WIRES: tuple[Wire, ...] = ("responses", "chat", "messages", "completions")

_THOUGHT = 4_096
"""Tokens that thinking at the least effort may take."""


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens of one call. `input_tokens` counts everything read, cached and written parts included."""

    input_tokens: int = 0
    output_tokens: int = 0
    cached_tokens: int = 0
    written_5m_tokens: int = 0
    written_1h_tokens: int = 0
    reasoning_tokens: int = 0
    estimated: bool = False
    """True where the vendor sent no figures: a cancelled call, a server that reports none."""


@dataclass(frozen=True, slots=True)
class Price:
    """USD per million tokens, valid above `above_input_tokens` and for the service tier named."""

    input: float
    output: float
    cached: float
    write_5m: float = 0.0
    write_1h: float = 0.0
    above_input_tokens: int = 0
    tier: str = "default"


@dataclass(frozen=True)
class Model:
    """A row of the catalogue; token counts are the vendor's own."""

    name: str
    label: str
    provider: str
    wire: Wire
    id: str
    context_tokens: int
    max_output_tokens: int
    max_input_tokens: int
    characters_per_token: float
    efforts: tuple[str, ...]
    abilities: frozenset[str]
    cache_min_tokens: int
    as_of: date
    prices: tuple[Price, ...]
    prior_first_token: tuple[float, float] = (0.5, 5.0)
    """Seconds to the first token, low and high, assumed until the ledger knows better."""
    retrieval_at_1m: float = 0.0
    """Share of eight hidden passages a model finds among a million tokens, as published; 0 where unknown."""
    prior_tokens_per_second: tuple[float, float] = (30.0, 90.0)
    bucket: str = ""
    """Models of a vendor with the same one share its limits of requests and tokens; "" has its own."""

    def can(self, ability: str) -> bool:
        return ability in self.abilities

    def room_for(self, tokens: int) -> int:
        """The limit of an answer of so many tokens: where thinking cannot be left out, with room for it."""
        return tokens + _THOUGHT if self.thinks_always and tokens < _THOUGHT else tokens

    @property
    def thinks_always(self) -> bool:
        """Whether thinking cannot be left out. It counts against the limit of what may be written."""
        return bool(self.efforts) and not self.can("thinking") and "none" not in self.efforts

    def tokens_in(self, characters: int) -> int:
        """Estimate, rounded up, from the row's characters per token."""
        return ceil(round(characters / self.characters_per_token, 6))


def calibrated(model: Model, characters_per_token: float | None) -> Model:
    """The row with a figure that was measured, kept within 0.6 and 1.6 of its own; None changes nothing."""
    if characters_per_token is None:
        return model
    prior = model.characters_per_token
    return replace(model, characters_per_token=min(max(characters_per_token, 0.6 * prior), 1.6 * prior))


@dataclass(frozen=True)
class Catalogue:
    """All rows, and which of them fill each role, best first."""

    models: Mapping[str, Model]
    roles: Mapping[str, tuple[str, ...]]

    @cached_property
    def providers(self) -> tuple[str, ...]:
        return tuple(sorted({model.provider for model in self.models.values()}))

    def model(self, name: str) -> Model:
        """The row called `name`. Raises ConfigError naming the known rows."""
        try:
            return self.models[name]
        except KeyError:
            known = ", ".join(sorted(self.models))
            raise ConfigError(f"No model is called {name!r}.", fix=f"Use one of: {known}.") from None

    def for_role(self, role: str) -> tuple[Model, ...]:
        return tuple(self.model(name) for name in self.roles.get(role, ()))


def price_of(model: Model, input_tokens: int, tier: str | None = None) -> Price:
    """The price row in force: the tier the vendor says it served, and the step the input has reached.

    A tier with no row of its own is billed as the default one.
    """
    named = {"fast": "priority"}.get(tier or "", tier or "default")
    rows = [row for row in model.prices if row.tier == named]
    rows = rows or [row for row in model.prices if row.tier == "default"]
    reached = [row for row in rows if input_tokens > row.above_input_tokens or not row.above_input_tokens]
    return max(reached, key=lambda row: row.above_input_tokens)


def cost_of(model: Model, usage: Usage, tier: str | None = None) -> float:
    """USD for one call. Sources: the vendors' price pages, as of the row's date."""
    price = price_of(model, usage.input_tokens, tier)
    written = usage.written_5m_tokens + usage.written_1h_tokens
    plain = max(0, usage.input_tokens - usage.cached_tokens - written)
    return (
        plain * price.input
        + usage.cached_tokens * price.cached
        + usage.written_5m_tokens * (price.write_5m or price.input)
        + usage.written_1h_tokens * (price.write_1h or price.input)
        + usage.output_tokens * price.output
    ) / 1_000_000


def load_catalogue(extra: Mapping[str, Any] | None = None) -> Catalogue:
    """Read the shipped rows; `extra` has the same form (`models`, `roles`) and comes from the user only.

    A table under an existing name replaces just the fields it gives.
    """
    shipped = tomllib.loads((files("counterpoint") / "models.toml").read_text("utf-8"))
    given = extra or {}
    rows: dict[str, dict[str, Any]] = {name: dict(row) for name, row in shipped["models"].items()}
    for name, row in given.get("models", {}).items():
        if not isinstance(row, Mapping):
            raise ConfigError(f"models.{name} is {row!r}.", fix="Give a table of its fields.")
        rows[name] = {**rows.get(name, {}), **row}
    roles = {**shipped["roles"], **given.get("roles", {})}
    for role, names in roles.items():
        if not _list_of(names, str):
            raise ConfigError(f"roles.{role} is {names!r}.", fix='Give a list of models, as in ["gpt-5.5"].')
    models = {name: _row(name, row) for name, row in rows.items()}
    catalogue = Catalogue(models, {role: tuple(names) for role, names in roles.items()})
    for names in catalogue.roles.values():
        for name in names:
            catalogue.model(name)
    return catalogue


_OPTIONAL: dict[str, Any] = {
    "max_input_tokens": None, "characters_per_token": 3.0, "efforts": (), "abilities": ("stream",),
    "cache_min_tokens": 0, "as_of": date(1970, 1, 1), "label": None, "id": None, "wire": "chat",
    "prices": None, "provider": "openai", "max_output_tokens": 4_096, "context_tokens": None,
    "retrieval_at_1m": 0.0, "prior_first_token": (0.5, 5.0), "prior_tokens_per_second": (30.0, 90.0),
    "bucket": "",
}  # fmt: skip

_EFFORTS = ("none", "minimal", "low", "medium", "high", "xhigh", "max")
_FORMS: tuple[tuple[str, Callable[[Any], bool], tuple[str, ...]], ...] = (
    (
        "text in quotation marks", lambda it: isinstance(it, str),
        ("label", "provider", "wire", "id", "bucket"),
    ),
    ("a date without quotation marks, as in 2026-11-21", lambda it: type(it) is date, ("as_of",)),
    ("a list of texts", lambda it: _list_of(it, str), ("abilities",)),
    (
        f"a list of some of {', '.join(_EFFORTS)}",
        lambda it: _list_of(it, str) and set(it) <= {*_EFFORTS}, ("efforts",),
    ),
    (
        "a number, not below 0", lambda it: _number(it),
        ("context_tokens", "max_output_tokens", "max_input_tokens", "cache_min_tokens", "retrieval_at_1m"),
    ),
    ("a number above 0", lambda it: _number(it) and it > 0, ("characters_per_token",)),
    ("a list of tables", lambda it: _list_of(it, Mapping), ("prices",)),
    (
        "two numbers, low and high",
        lambda it: _list_of(it, object) and [*map(_number, it)] == [True, True],
        ("prior_first_token", "prior_tokens_per_second"),
    ),
)  # fmt: skip
"""What a field of a row has to be, in words, and whether it is."""


def _list_of(value: Any, kind: type) -> bool:
    return isinstance(value, list | tuple) and all(isinstance(one, kind) for one in value)


def _number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < inf


def _formed(name: str, row: Mapping[str, Any]) -> None:
    """Raises ConfigError for a field that is not what it has to be."""
    for words, holds, keys in _FORMS:
        for key in keys:
            if key in row and not holds(row[key]):
                raise ConfigError(f"models.{name}.{key} is {row[key]!r}.", fix=f"Give {words}.")


def _row(name: str, row: Mapping[str, Any]) -> Model:
    known = {item.name for item in fields(Model)} - {"name"}
    for key in row:
        if key not in known:
            raise ConfigError(
                f"models.{name}.{key} is not a field of a model.", fix=f"Known: {sorted(known)}."
            )
    _formed(name, row)
    values = {**_OPTIONAL, **row}
    if values["prices"] is None or values["context_tokens"] is None:
        raise ConfigError(
            f"models.{name} needs context_tokens and prices.",
            fix="A model without a price could spend without limit: give prices, 0 for a local one.",
        )
    if values["wire"] not in WIRES:
        raise ConfigError(
            f"models.{name}.wire is {values['wire']!r}.", fix=f"Use one of: {', '.join(WIRES)}."
        )
    window = int(values["context_tokens"])
    return Model(
        name=name,
        label=values["label"] or name,
        provider=values["provider"],
        wire=values["wire"],
        id=values["id"] or name,
        context_tokens=window,
        max_output_tokens=int(values["max_output_tokens"]),
        max_input_tokens=int(values["max_input_tokens"] or window - int(values["max_output_tokens"])),
        characters_per_token=float(values["characters_per_token"]),
        efforts=tuple(values["efforts"]),
        abilities=frozenset(values["abilities"]),
        cache_min_tokens=int(values["cache_min_tokens"]),
        as_of=values["as_of"],
        prices=tuple(_price(name, price) for price in values["prices"]),
        retrieval_at_1m=float(values["retrieval_at_1m"]),
        prior_first_token=tuple(values["prior_first_token"]),
        prior_tokens_per_second=tuple(values["prior_tokens_per_second"]),
        bucket=str(values["bucket"]),
    )


def _price(name: str, price: Mapping[str, Any]) -> Price:
    for key, value in price.items():
        if key != "tier" and not _number(value):
            raise ConfigError(f"models.{name}.prices: {key} is {value!r}.", fix="Give USD a million tokens.")
    try:
        return Price(**{"cached": price.get("input", 0.0), **price})
    except TypeError as error:
        raise ConfigError(f"models.{name}.prices: {error}.", fix="Give at least input and output.") from None
