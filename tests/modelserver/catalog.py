"""The server's own models and price table. It shares no figure and no code with the product on purpose:
a wrong price there must not agree with a wrong price here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Vendor = Literal["openai", "anthropic", "google", "compatible"]


@dataclass(frozen=True, slots=True)
class Price:
    """USD per million tokens. `above` is the total input from which the row holds for the whole request."""

    input: float
    cached: float
    output: float
    write_5m: float = 0.0
    write_1h: float = 0.0
    tier: str = "default"
    above: int = 0


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens of one call. `input` is what was neither read from nor written to a cache."""

    input: int = 0
    cached: int = 0
    write_5m: int = 0
    write_1h: int = 0
    output: int = 0
    reasoning: int = 0
    """Part of `output`."""

    @property
    def total_input(self) -> int:
        return self.input + self.cached + self.write_5m + self.write_1h


@dataclass(frozen=True, slots=True)
class ModelRow:
    id: str
    vendor: Vendor
    window: int
    max_input: int
    max_output: int
    efforts: tuple[str, ...]
    default_effort: str
    width: int
    """Longest word piece of the tokenizer, in characters."""
    prices: tuple[Price, ...]
    created: str
    shutdown_date: str | None = None


_GPT_5_5_PRICES = (
    Price(5.0, 0.5, 30.0),
    Price(10.0, 1.0, 45.0, above=272_000),
    Price(12.5, 1.25, 75.0, tier="priority"),
    Price(2.5, 0.25, 15.0, tier="flex"),
    Price(5.0, 0.5, 22.5, tier="flex", above=272_000),
)
_GPT_EFFORTS = ("none", "low", "medium", "high", "xhigh")
_CLAUDE_EFFORTS = ("low", "medium", "high", "xhigh", "max")


def _gpt_5_5(name: str) -> ModelRow:
    return ModelRow(
        name, "openai", 1_050_000, 922_000, 128_000, _GPT_EFFORTS, "medium", 6, _GPT_5_5_PRICES, "2026-04-23"
    )


MODELS: dict[str, ModelRow] = {
    row.id: row
    for row in (
        _gpt_5_5("gpt-5.5"),
        _gpt_5_5("gpt-5.5-2026-04-23"),
        ModelRow(
            "claude-opus-4-7",
            "anthropic",
            1_000_000,
            1_000_000,
            128_000,
            _CLAUDE_EFFORTS,
            "high",
            4,
            (Price(5.0, 0.5, 25.0, 6.25, 10.0),),
            "2026-04-16",
        ),
        ModelRow(
            "gpt-5.5-pro",
            "openai",
            1_050_000,
            922_000,
            128_000,
            ("medium", "high", "xhigh"),
            "high",
            6,
            (Price(30.0, 30.0, 180.0), Price(60.0, 60.0, 270.0, above=272_000)),
            "2026-04-23",
        ),
        ModelRow(
            "gpt-5.4-mini",
            "openai",
            400_000,
            272_000,
            128_000,
            _GPT_EFFORTS,
            "none",
            6,
            (
                Price(0.75, 0.075, 4.5),
                Price(1.5, 0.15, 9.0, tier="priority"),
                Price(0.375, 0.0375, 2.25, tier="flex"),
            ),
            "2026-03-17",
        ),
        ModelRow(
            "claude-sonnet-4-6",
            "anthropic",
            1_000_000,
            1_000_000,
            128_000,
            ("low", "medium", "high", "max"),
            "high",
            5,
            (Price(3.0, 0.3, 15.0, 3.75, 6.0),),
            "2026-02-17",
        ),
        ModelRow(
            "gemini-3.1-pro-preview",
            "google",
            1_048_576,
            1_048_576,
            65_536,
            ("low", "medium", "high"),
            "high",
            5,
            (
                Price(2.0, 0.2, 12.0),
                Price(4.0, 0.4, 18.0, above=200_000),
                Price(3.6, 0.36, 21.6, tier="priority"),
                Price(7.2, 0.72, 32.4, tier="priority", above=200_000),
            ),
            "2026-02-19",
        ),
        # What Ollama, vLLM or llama.cpp serve: lenient, free, without usage details or rate headers.
        ModelRow(
            "local-model",
            "compatible",
            32_768,
            32_768,
            8_192,
            ("none", "low", "medium", "high"),
            "none",
            5,
            (Price(0.0, 0.0, 0.0),),
            "2026-01-01",
        ),
    )
}


def price(row: ModelRow, tier: str, total_input: int) -> Price:
    """The price in force: the row of the tier with the highest threshold that was passed."""
    tiers = [p for p in row.prices if p.tier == tier] or [p for p in row.prices if p.tier == "default"]
    return max((p for p in tiers if total_input > p.above or p.above == 0), key=lambda p: p.above)


def cost(row: ModelRow, usage: Usage, tier: str) -> float:
    """USD for one call."""
    p = price(row, tier, usage.total_input)
    per_million = (
        usage.input * p.input
        + usage.cached * p.cached
        + usage.write_5m * p.write_5m
        + usage.write_1h * p.write_1h
        + usage.output * p.output
    )
    return per_million / 1_000_000
