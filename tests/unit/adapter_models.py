"""The models the adapters' tests ask: those of the catalogue, and one of a server of one's own."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from counterpoint.models import Model, Price, load_catalogue

GPT = load_catalogue().model("gpt-5.5")
GPT_CHAT = replace(GPT, wire="chat", abilities=GPT.abilities | {"max-completion-tokens"})
GEMINI = load_catalogue().model("gemini-3.1-pro")
OPUS = load_catalogue().model("claude-opus-4-7")
LOCAL = Model(
    name="local", label="Local", provider="openai", wire="chat", id="local-model",
    context_tokens=32_768, max_output_tokens=8_192, max_input_tokens=24_576, characters_per_token=3.0,
    efforts=(), abilities=frozenset({"stream"}), cache_min_tokens=0, as_of=date(2026, 11, 21),
    prices=(Price(0.0, 0.0, 0.0),),
)  # fmt: skip
