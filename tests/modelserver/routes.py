"""The paths served, and how a body on each becomes a Call."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from . import wire_chat, wire_messages, wire_responses
from .calls import Call, Frame, Reply
from .faults import Fault
from .prompts import Prompt, chat_prompt, completions_prompt, messages_prompt, responses_prompt
from .rules import Ask, Rule, dig
from .rules_anthropic import COUNT_RULES, MESSAGES_RULES
from .rules_google import GOOGLE_RULES
from .rules_openai import CHAT_RULES, COMPATIBLE_RULES, COMPLETIONS_RULES, COUNT_INPUT_RULES, RESPONSES_RULES

_TIERS = {"fast": "priority", "priority": "priority", "flex": "flex"}


@dataclass(frozen=True, slots=True)
class Route:
    wire: str
    rules: tuple[Rule, ...]
    read_prompt: Callable[[dict[str, Any], int], Prompt]
    counts: bool = False
    """Only counts tokens."""


ROUTES: dict[str, Route] = {
    "/v1/responses": Route("responses", RESPONSES_RULES, responses_prompt),
    "/v1/responses/input_tokens": Route("responses", COUNT_INPUT_RULES, responses_prompt, counts=True),
    "/v1/chat/completions": Route("chat", CHAT_RULES, chat_prompt),
    "/v1beta/openai/chat/completions": Route("chat", GOOGLE_RULES, chat_prompt),
    "/v1/completions": Route("completions", COMPLETIONS_RULES, completions_prompt),
    "/v1/messages": Route("messages", MESSAGES_RULES, messages_prompt),
    "/v1/messages/count_tokens": Route("messages", COUNT_RULES, messages_prompt, counts=True),
}


@dataclass(frozen=True, slots=True)
class Wire:
    frames: Callable[[Call, Reply], Iterator[Frame]]
    whole: Callable[[Call, Reply], dict[str, Any]]


WIRES: dict[str, Wire] = {
    "responses": Wire(wire_responses.frames, wire_responses.whole),
    "chat": Wire(wire_chat.frames, wire_chat.whole),
    "completions": Wire(wire_chat.raw_frames, wire_chat.raw_whole),
    "messages": Wire(wire_messages.frames, wire_messages.whole),
}


def rules_for(route: Route, vendor: str) -> tuple[Rule, ...]:
    return COMPATIBLE_RULES if vendor == "compatible" else route.rules


def call_from(route: Route, ask: Ask) -> Call:
    """The call in an ask that every rule has let pass."""
    body, row = ask.body, ask.row
    effort_path, limit_names, schema_path = _PLACES[route.wire]
    effort = dig(body, effort_path) or row.default_effort
    limit = next((body[name] for name in limit_names if body.get(name) is not None), None)
    schema = dig(body, schema_path)
    return Call(
        wire=route.wire,
        row=row,
        body=body,
        prompt=ask.prompt,
        stream=bool(body.get("stream")),
        limit=limit,
        effort=effort,
        thinks="thinking" in body if route.wire == "messages" else effort != "none",
        schema=schema if isinstance(schema, dict) else None,
        tier=_TIERS.get(str(body.get("service_tier")), "default") if row.vendor == "openai" else "default",
    )


_PLACES: dict[str, tuple[str, tuple[str, ...], str]] = {
    # wire: where the effort stands, names of the output limit, where the schema stands
    "responses": ("reasoning.effort", ("max_output_tokens",), "text.format.schema"),
    "chat": (
        "reasoning_effort",
        ("max_completion_tokens", "max_tokens"),
        "response_format.json_schema.schema",
    ),
    "completions": ("", ("max_tokens",), ""),
    "messages": ("output_config.effort", ("max_tokens",), "output_config.format.schema"),
}


def error_frame(call: Call, reply: Reply, fault: Fault, code: str, message: str) -> Frame:
    """The event by which the wire says that the answer has failed."""
    if call.wire == "messages":
        return wire_messages.error_frame(code or "overloaded_error", message)
    if call.row.vendor == "google":
        return wire_chat.google_error_frame(code or "UNAVAILABLE", message)
    if call.wire != "responses":
        return wire_chat.error_frame(code or "server_error", message)
    if fault is Fault.FAILED_EVENT:
        return wire_responses.failed_frame(call, reply, code or "server_error", message)
    return wire_responses.error_frame(code or "server_error", message)
