"""The exact fields of a request on each wire; what the row cannot is not sent."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from counterpoint.providers import Part, Request, chat, messages, responses
from tests.unit.adapter_models import GPT, LOCAL, OPUS

SCHEMA = {"type": "object", "properties": {"a": {"type": "string"}}, "required": ["a"]}
CLOSED = {**SCHEMA, "additionalProperties": False}
PARTS = (Part("stable\n", cache=True), Part("now"))
EPHEMERAL = {"type": "ephemeral"}


def ask(model: Any, **changes: Any) -> Request:
    return replace(Request(model, "Be brief.", PARTS, 300), **changes)


def test_responses_sends_exactly_this() -> None:
    request = ask(GPT, effort="none", schema=SCHEMA, schema_name="edits", cache_key="k" * 80, tier="fast")
    assert responses.body(request) == {
        "model": "gpt-5.5",
        "instructions": "Be brief.",
        "input": [{"role": "user", "content": "stable\nnow"}],
        "stream": True,
        "stream_options": {"include_obfuscation": False},
        "store": False,
        "reasoning": {"effort": "none"},
        "text": {
            "verbosity": "low",
            "format": {"type": "json_schema", "name": "edits", "schema": CLOSED, "strict": True},
        },
        "max_output_tokens": 300,
        "prompt_cache_key": "k" * 64,
        "service_tier": "fast",
    }


def test_responses_leaves_out_what_is_not_asked_for() -> None:
    plain = replace(GPT, efforts=(), abilities=frozenset({"stream"}))
    assert responses.body(ask(plain, system="", effort="high", schema=SCHEMA, cache_key="k")) == {
        "model": "gpt-5.5",
        "input": [{"role": "user", "content": "stable\nnow"}],
        "stream": True,
        "stream_options": {"include_obfuscation": False},
        "store": False,
        "max_output_tokens": 300,
    }


@pytest.mark.parametrize(("asked", "sent"), [(1, 16), (16, 16), (10**9, 128_000)])
def test_output_limits_stay_within_the_vendors(asked: int, sent: int) -> None:
    assert responses.body(ask(GPT, max_output_tokens=asked))["max_output_tokens"] == sent


def test_chat_to_a_server_of_ones_own() -> None:
    assert chat.body(ask(LOCAL, effort="low", schema=SCHEMA, cache_key="k")) == {
        "model": "local-model",
        "messages": [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "stable\nnow"}],
        "stream": True,
        "stream_options": {"include_usage": True},
        "max_tokens": 300,
    }


def test_chat_to_openai_itself() -> None:
    request = ask(GPT, system="", effort="low", schema=SCHEMA, cache_key="k", tier="flex")
    assert chat.body(request, vendor=True) == {
        "model": "gpt-5.5",
        "messages": [{"role": "user", "content": "stable\nnow"}],
        "stream": True,
        "stream_options": {"include_usage": True},
        "max_completion_tokens": 300,
        "store": False,
        "reasoning_effort": "low",
        "verbosity": "low",
        "response_format": {
            "type": "json_schema",
            "json_schema": {"name": "answer", "schema": CLOSED, "strict": True},
        },
        "prompt_cache_key": "k",
        "service_tier": "flex",
    }


def test_messages_sends_exactly_this() -> None:
    request = ask(OPUS, effort="xhigh", schema=SCHEMA, cache_key="k", tier="fast")
    assert messages.body(request) == {
        "model": "claude-opus-4-7",
        "system": [{"type": "text", "text": "Be brief.", "cache_control": EPHEMERAL}],
        "messages": [
            {
                "role": "user",
                "content": [
                    {"type": "text", "text": "stable\n", "cache_control": EPHEMERAL},
                    {"type": "text", "text": "now"},
                ],
            }
        ],
        "stream": True,
        "max_tokens": 300,
        "thinking": {"type": "adaptive"},
        "output_config": {"effort": "xhigh", "format": {"type": "json_schema", "schema": CLOSED}},
    }


@pytest.mark.parametrize("effort", [None, "none"])
def test_messages_without_thought(effort: str | None) -> None:
    body = messages.body(ask(OPUS, effort=effort, system=""))
    assert "thinking" not in body
    assert "output_config" not in body
    assert "system" not in body


def test_messages_to_a_gateway_without_abilities() -> None:
    plain = replace(OPUS, abilities=frozenset({"stream"}))
    body = messages.body(ask(plain, effort="high", schema=SCHEMA))
    assert "thinking" not in body
    assert "output_config" not in body
    assert "cache_control" not in str(body)


def test_never_more_than_four_breakpoints_and_the_longest_prefixes_win() -> None:
    parts = tuple(Part(f"part {number}", cache=True) for number in range(6))
    body = messages.body(ask(OPUS, parts=parts))
    marked = [block["text"] for block in body["messages"][0]["content"] if "cache_control" in block]
    assert marked == ["part 3", "part 4", "part 5"]
    assert "cache_control" in body["system"][0]
    assert len([b for b in messages.body(ask(OPUS, parts=parts, system=""))["messages"][0]["content"]
                if "cache_control" in b]) == 4  # fmt: skip


def test_blank_parts_join_their_neighbours() -> None:
    parts = (Part("\n"), Part("a"), Part(" ", cache=True), Part(""), Part("b"))
    content = messages.body(ask(OPUS, parts=parts))["messages"][0]["content"]
    assert content == [
        {"type": "text", "text": "\na ", "cache_control": EPHEMERAL},
        {"type": "text", "text": "b"},
    ]


@pytest.mark.parametrize(
    ("asked", "known", "sent"),
    [
        (None, ("low", "high"), "low"),
        (None, ("none", "high"), None),
        (None, ("odd",), None),
        ("low", (), None),
        ("low", ("low", "high"), "low"),
        ("max", ("none", "low", "xhigh"), "xhigh"),
        ("medium", ("none", "low", "high"), "low"),
        ("low", ("medium", "high"), "medium"),
        ("none", ("low", "high"), "low"),
        ("odd", ("low",), None),
        ("low", ("odd",), None),
    ],
)
def test_an_effort_the_model_lacks_becomes_the_next_lower_one(
    asked: str | None, known: tuple[str, ...], sent: str | None
) -> None:
    body = responses.body(ask(replace(GPT, efforts=known), effort=asked))
    assert body.get("reasoning", {}).get("effort") == sent


def test_counting_asks_about_what_the_model_reads() -> None:
    request = ask(GPT, effort="low", schema=SCHEMA)
    assert set(responses.prompt(request)) == {"model", "instructions", "input", "reasoning", "text"}
    assert set(messages.prompt(ask(OPUS, effort="low"))) == {
        "model", "system", "messages", "thinking", "output_config",
    }  # fmt: skip
