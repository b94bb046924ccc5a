"""What OpenAI rejects for GPT-5.5 on the Responses wire and, where it differs, on Chat Completions."""

from __future__ import annotations

import json
import re
from typing import Any

from .checks_openai import (
    effort,
    known_fields,
    one_of,
    output_limit,
    required,
    string_length,
    unsupported,
    wrong_value,
)
from .refusals import Refusal
from .rules import Ask, Check, Rule, dig, words
from .schemas import openai_schema_problem

RESPONSES_FIELDS = words(
    "include input instructions max_output_tokens metadata model parallel_tool_calls prompt_cache_key "
    "prompt_cache_retention reasoning safety_identifier service_tier store stream stream_options text "
    "tool_choice tools truncation user max_tool_calls temperature top_p top_logprobs "
    "prompt_cache_options moderation access_programs background context_management conversation image "
    "previous_response_id prompt"
)
CHAT_FIELDS = words(
    "frequency_penalty logit_bias logprobs max_completion_tokens max_tokens messages metadata model n "
    "parallel_tool_calls prediction presence_penalty prompt_cache_key prompt_cache_options "
    "prompt_cache_retention reasoning_effort response_format safety_identifier seed service_tier stop "
    "store stream stream_options temperature tool_choice tools top_logprobs top_p user verbosity "
    "modalities"
)
COUNT_INPUT_FIELDS = words(
    "conversation input instructions model parallel_tool_calls personality previous_response_id "
    "reasoning text tool_choice tools truncation"
)
_MINIMUM_OUTPUT = 16
_TIERS = ("auto", "default", "flex", "priority", "fast")


def fits_window(ask: Ask) -> Refusal | None:
    if ask.prompt.count <= ask.row.max_input:
        return None
    text = "Your input exceeds the context window of this model. Please adjust your input and try again."
    return Refusal(text, param="input", code="context_length_exceeded")


def no_cache_breakpoint(ask: Ask) -> Refusal | None:
    if '"prompt_cache_breakpoint"' not in json.dumps(ask.body):
        return None
    text = "Unsupported parameter: 'prompt_cache_breakpoint' is not supported with this model."
    return Refusal(text, param="prompt_cache_breakpoint", code="unsupported_parameter")


def retention(ask: Ask) -> Refusal | None:
    if ask.body.get("prompt_cache_retention") in (None, "24h"):
        return None
    text = "Unsupported value: 'prompt_cache_retention' must be '24h' with this model."
    return Refusal(text, param="prompt_cache_retention", code="unsupported_value")


def stream_options_need_stream(ask: Ask) -> Refusal | None:
    if ask.body.get("stream_options") is None or ask.body.get("stream"):
        return None
    text = "The 'stream_options' parameter is only allowed when 'stream' is enabled."
    return Refusal(text, param="stream_options", code=None)


def input_shape(ask: Ask) -> Refusal | None:
    """`input` is a string, or a list of message items with role and content."""
    given = ask.body["input"]
    if isinstance(given, str):
        return None
    if not isinstance(given, list):
        return Refusal("Invalid type for 'input'.", param="input", code="invalid_type")
    return _message_problem("input", given, ("input_text", "output_text", "input_image", "input_file"))


def messages_shape(ask: Ask) -> Refusal | None:
    given = ask.body["messages"]
    if not isinstance(given, list):
        return Refusal("Invalid type for 'messages'.", param="messages", code="invalid_type")
    return _message_problem("messages", given, ("text", "image_url", "input_audio", "file", "refusal"))


def _message_problem(name: str, items: list[Any], part_types: tuple[str, ...]) -> Refusal | None:
    for i, item in enumerate(items):
        if not isinstance(item, dict):
            return Refusal(f"Invalid type for '{name}[{i}]'.", param=f"{name}[{i}]", code="invalid_type")
        role = item.get("role")
        if role not in ("user", "assistant", "system", "developer"):
            return wrong_value(f"{name}[{i}].role", role, ("assistant", "system", "developer", "user"))
        if isinstance(item.get("content"), str):
            continue
        for j, part in enumerate(item.get("content") or ()):
            kind = part.get("type") if isinstance(part, dict) else None
            if kind not in part_types:
                return wrong_value(f"{name}[{i}].content[{j}].type", kind, part_types)
    return None


def _format_of(ask: Ask, wire: str) -> tuple[str, Any]:
    """(path, {type, name, schema, strict}) of the format asked for, on either wire."""
    if wire == "responses":
        return "text.format", dig(ask.body, "text.format")
    asked = ask.body.get("response_format")
    if isinstance(asked, dict) and asked.get("type") == "json_schema":
        return "response_format", {"type": "json_schema", **(asked.get("json_schema") or {})}
    return "response_format", asked


def format_shape(wire: str) -> Check:
    def check(ask: Ask) -> Refusal | None:
        path, asked = _format_of(ask, wire)
        if asked is None:
            return None
        if not isinstance(asked, dict) or asked.get("type") not in ("text", "json_object", "json_schema"):
            kind = asked.get("type") if isinstance(asked, dict) else asked
            return wrong_value(f"{path}.type", kind, ("text", "json_object", "json_schema"))
        if asked["type"] != "json_schema":
            return None
        if not re.fullmatch(r"[a-zA-Z0-9_-]{1,64}", str(asked.get("name", ""))):
            text = f"Invalid '{path}.name': expected a string that matches '^[a-zA-Z0-9_-]+$'."
            return Refusal(text, param=f"{path}.name", code="invalid_value")
        if not isinstance(asked.get("schema"), dict):
            text = f"Missing required parameter: '{path}.schema'."
            return Refusal(text, param=f"{path}.schema", code="missing_required_parameter")
        return None

    return check


def strict_schema(wire: str) -> Check:
    """Under `strict`, the schema must keep to the subset of structured outputs."""

    def check(ask: Ask) -> Refusal | None:
        path, asked = _format_of(ask, wire)
        if not asked or asked.get("type") != "json_schema" or not asked.get("strict"):
            return None
        problem = openai_schema_problem(asked["schema"])
        if problem is None:
            return None
        text = f"Invalid schema for response_format '{asked['name']}': {problem}"
        return Refusal(text, param=f"{path}.schema", code="invalid_json_schema")

    return check


def json_mode_says_json(wire: str) -> Check:
    def check(ask: Ask) -> Refusal | None:
        path, asked = _format_of(ask, wire)
        if not asked or asked.get("type") != "json_object" or "json" in ask.prompt.text.lower():
            return None
        text = (
            f"Input messages must contain the word 'json' in some form to use '{path}' of type 'json_object'."
        )
        return Refusal(text, param="input")

    return check


def not_played(ask: Ask) -> Refusal | None:
    """What the vendor has and this server does not: said plainly, not answered wrongly."""
    for name in ("background", "conversation", "previous_response_id", "prompt"):
        if ask.body.get(name):
            text = f"The test server does not play '{name}'."
            return Refusal(text, status=501, type="server_error", param=name, code="not_played")
    return None


def not_a_completion_model(ask: Ask) -> Refusal | None:
    text = "This is not supported in the v1/completions endpoint. Did you mean to use v1/chat/completions?"
    return Refusal(text, status=404, param="model")


_SHARED: tuple[Rule, ...] = (
    Rule("cache options", unsupported("prompt_cache_options")),
    Rule("cache breakpoint", no_cache_breakpoint),
    Rule("cache retention", retention),
    Rule("service tier", one_of("service_tier", _TIERS)),
    Rule("stream options without stream", stream_options_need_stream),
    Rule("safety identifier too long", string_length("safety_identifier", 128)),
    Rule("cache key too long", string_length("prompt_cache_key", 64)),
)

RESPONSES_RULES: tuple[Rule, ...] = (
    Rule("unknown field", known_fields(RESPONSES_FIELDS)),
    Rule("missing input", required("input")),
    Rule("input shape", input_shape),
    Rule("not played here", not_played),
    Rule("temperature", unsupported("temperature")),
    Rule("top_p", unsupported("top_p")),
    Rule("top_logprobs", unsupported("top_logprobs")),
    Rule("reasoning fields", known_fields(frozenset({"effort", "summary", "mode", "context"}), "reasoning")),
    Rule("reasoning mode", unsupported("reasoning.mode")),
    Rule("effort", effort("reasoning.effort")),
    Rule("text fields", known_fields(frozenset({"format", "verbosity"}), "text")),
    Rule("verbosity", one_of("text.verbosity", ("low", "medium", "high"))),
    Rule("format", format_shape("responses")),
    Rule("strict schema", strict_schema("responses")),
    Rule("json mode", json_mode_says_json("responses")),
    Rule("output limit", output_limit("max_output_tokens", _MINIMUM_OUTPUT)),
    Rule("stream option", known_fields(frozenset({"include_obfuscation"}), "stream_options")),
    Rule("truncation", one_of("truncation", ("auto", "disabled"))),
    *_SHARED,
    Rule("window", fits_window),
)

CHAT_RULES: tuple[Rule, ...] = (
    Rule("unknown field", known_fields(CHAT_FIELDS)),
    Rule("missing messages", required("messages")),
    Rule("messages shape", messages_shape),
    *(Rule(n, unsupported(n)) for n in ("temperature", "top_p", "logprobs", "top_logprobs", "logit_bias")),
    *(Rule(n, unsupported(n)) for n in ("frequency_penalty", "presence_penalty", "stop", "prediction")),
    Rule("max_tokens", unsupported("max_tokens", " Use 'max_completion_tokens' instead.")),
    Rule("effort", effort("reasoning_effort")),
    Rule("verbosity", one_of("verbosity", ("low", "medium", "high"))),
    Rule("format", format_shape("chat")),
    Rule("strict schema", strict_schema("chat")),
    Rule("json mode", json_mode_says_json("chat")),
    Rule("output limit", output_limit("max_completion_tokens", 1)),
    Rule(
        "stream option", known_fields(frozenset({"include_usage", "include_obfuscation"}), "stream_options")
    ),
    *_SHARED,
    Rule("window", fits_window),
)

COMPATIBLE_RULES: tuple[Rule, ...] = (
    # Compatible servers ignore what they do not know; they still need a prompt that fits.
    Rule("window", fits_window),
)

COUNT_INPUT_RULES: tuple[Rule, ...] = (
    Rule("unknown field", known_fields(COUNT_INPUT_FIELDS)),
    Rule("missing input", required("input")),
    Rule("input shape", input_shape),
    Rule("effort", effort("reasoning.effort")),
)

COMPLETIONS_RULES: tuple[Rule, ...] = (Rule("chat model", not_a_completion_model),)
