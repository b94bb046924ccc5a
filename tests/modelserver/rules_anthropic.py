"""What Anthropic rejects for Claude Opus 4.7 on the Messages wire."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from .refusals import Refusal
from .rules import Ask, Check, Rule, dig, is_count, words
from .schemas import anthropic_schema_problem

MESSAGES_FIELDS = words(
    "cache_control container inference_geo max_tokens messages metadata model output_config "
    "service_tier speed stop_sequences stream system thinking tool_choice tools temperature top_p top_k "
    "diagnostics user_profile_id workspace_id"
)
COUNT_FIELDS = words("cache_control messages model output_config speed system thinking tool_choice tools")
VERSIONS = ("2023-06-01", "2026-10-21")
_BREAKPOINTS = 4
_STRICT_TOOLS = 20


def extra_field(allowed: frozenset[str]) -> Check:
    def check(ask: Ask) -> Refusal | None:
        extra = next((name for name in ask.body if name not in allowed), None)
        return Refusal(f"{extra}: Extra inputs are not permitted") if extra else None

    return check


def sampling(name: str, default: float | None) -> Check:
    """Refused at any value; under the version of 2023 the default alone still passes."""

    def check(ask: Ask) -> Refusal | None:
        if name not in ask.body:
            return None
        if ask.headers.get("anthropic-version") == "2023-06-01" and ask.body[name] == default:
            return None
        return Refusal(f"`{name}` is deprecated for this model.")

    return check


def messages_shape(ask: Ask) -> Refusal | None:
    messages = ask.body.get("messages")
    if messages is None:
        return Refusal("messages: Field required")
    if not isinstance(messages, list) or not messages:
        return Refusal("messages: at least one message is required")
    for i, message in enumerate(messages):
        problem = _message_problem(message)
        if problem is not None:
            return Refusal(f"messages.{i}{problem}")
    return None


def _message_problem(message: Any) -> str | None:
    if not isinstance(message, dict):
        return ": Input should be a valid dictionary"
    if message.get("role") == "system":
        return '.role: Input should be "user" or "assistant"; use the top-level `system` parameter'
    if message.get("role") not in ("user", "assistant"):
        return '.role: Input should be "user" or "assistant"'
    extra = set(message) - {"role", "content"}
    if extra:
        return f".{sorted(extra)[0]}: Extra inputs are not permitted"
    return _content_problem(message.get("content"))


def _content_problem(content: Any) -> str | None:
    if content is None:
        return ".content: Field required"
    if isinstance(content, str):
        return None if content else ".content: text content blocks must be non-empty"
    for j, block in enumerate(content):
        if not isinstance(block, dict) or "type" not in block:
            return f".content.{j}.type: Field required"
        if block["type"] == "text" and not block.get("text"):
            return f".content.{j}: text content blocks must be non-empty"
    return None


def prefill(ask: Ask) -> Refusal | None:
    if ask.body["messages"][-1]["role"] != "assistant":
        return None
    text = "This model does not support assistant message prefill. "
    return Refusal(f"{text}The conversation must end with a user message.")


def first_is_user(ask: Ask) -> Refusal | None:
    if ask.body["messages"][0]["role"] == "user":
        return None
    return Refusal('messages: first message must use the "user" role')


def max_tokens(ask: Ask) -> Refusal | None:
    value = ask.body.get("max_tokens")
    if value is None:
        return Refusal("max_tokens: Field required")
    if not is_count(value):
        return Refusal("max_tokens: Input should be a valid integer")
    if value < 1:
        return Refusal("max_tokens: Input should be greater than or equal to 1")
    if value > ask.row.max_output:
        limit = ask.row.max_output
        text = f"max_tokens: {value} > {limit}, which is the maximum allowed number of output tokens for "
        return Refusal(text + ask.row.id)
    return None


def thinking(ask: Ask) -> Refusal | None:
    """Only `adaptive`, without a budget. `disabled` works at the vendor itself, but nowhere else: omit it."""
    value = ask.body.get("thinking")
    if value is None:
        return None
    kind = dig(value, "type")
    if "budget_tokens" in value or kind == "enabled":
        text = "thinking: type `enabled` with `budget_tokens` is not supported for this model; use `adaptive`"
        return Refusal(text)
    if kind != "adaptive":
        return Refusal("thinking.type: Input should be 'adaptive'")
    if value.get("display") not in (None, "omitted", "summarized"):
        return Refusal("thinking.display: Input should be 'omitted' or 'summarized'")
    extra = set(value) - {"type", "display"}
    return Refusal(f"thinking.{sorted(extra)[0]}: Extra inputs are not permitted") if extra else None


def output_config(ask: Ask) -> Refusal | None:
    value = ask.body.get("output_config") or {}
    extra = set(value) - {"effort", "format"}
    if extra:
        return Refusal(f"output_config.{sorted(extra)[0]}: Extra inputs are not permitted")
    effort = value.get("effort")
    if effort is not None and effort not in ask.row.efforts:
        listed = ", ".join(repr(e) for e in ask.row.efforts)
        return Refusal(f"output_config.effort: Input should be one of {listed}")
    return None


def output_format(ask: Ask) -> Refusal | None:
    asked = dig(ask.body, "output_config.format")
    if asked is None:
        return None
    if not isinstance(asked, dict) or asked.get("type") != "json_schema":
        return Refusal("output_config.format.type: Input should be 'json_schema'")
    if set(asked) != {"type", "schema"} or not isinstance(asked["schema"], dict):
        return Refusal("output_config.format: needs `schema` and permits no other inputs")
    problem = anthropic_schema_problem(asked["schema"])
    return Refusal(f"output_config.format.schema: {problem}") if problem else None


def format_with_citations(ask: Ask) -> Refusal | None:
    if dig(ask.body, "output_config.format") is None:
        return None
    if any(dig(block, "citations.enabled") for block in _blocks(ask.body)):
        return Refusal("output_config.format: citations cannot be used together with structured outputs")
    return None


def _blocks(body: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Everything that can carry a breakpoint, in the order of the prompt."""
    lists = [body.get("tools"), body.get("system")]
    lists += [message.get("content") for message in body.get("messages", ())]
    for found in lists:
        if isinstance(found, list):
            yield from (block for block in found if isinstance(block, dict))


def breakpoints(ask: Ask) -> Refusal | None:
    marks = [b["cache_control"] for b in _blocks(ask.body) if b.get("cache_control")]
    marks += [ask.body["cache_control"]] if ask.body.get("cache_control") else []
    for mark in marks:
        if mark.get("type") != "ephemeral" or mark.get("ttl", "5m") not in ("5m", "1h"):
            return Refusal("cache_control: Input should be type 'ephemeral' with ttl '5m' or '1h'")
    if len(marks) > _BREAKPOINTS:
        text = f"A maximum of {_BREAKPOINTS} blocks with cache_control may be provided. Found {len(marks)}."
        return Refusal(text)
    lives = [mark.get("ttl", "5m") for mark in marks]
    if lives != sorted(lives):
        # "1h" sorts before "5m", which is also the order the vendor asks for.
        return Refusal("a ttl='1h' cache_control block must not come after a ttl='5m' cache_control block")
    return None


def cached_text_is_not_empty(ask: Ask) -> Refusal | None:
    for block in _blocks(ask.body):
        if block.get("cache_control") and block.get("type") == "text" and not block.get("text"):
            return Refusal("cache_control cannot be set for empty text blocks")
    return None


def speed(ask: Ask) -> Refusal | None:
    return Refusal("speed: fast mode is not supported for this model") if "speed" in ask.body else None


def service_tier(ask: Ask) -> Refusal | None:
    if ask.body.get("service_tier") in (None, "auto", "standard_only"):
        return None
    return Refusal("service_tier: Input should be 'auto' or 'standard_only'")


def metadata(ask: Ask) -> Refusal | None:
    extra = set(ask.body.get("metadata") or {}) - {"user_id"}
    return Refusal(f"metadata.{sorted(extra)[0]}: Extra inputs are not permitted") if extra else None


def stop_sequences(ask: Ask) -> Refusal | None:
    if all(isinstance(s, str) and s.strip() for s in ask.body.get("stop_sequences") or ()):
        return None
    return Refusal("stop_sequences: each stop sequence must contain non-whitespace")


def strict_tools(ask: Ask) -> Refusal | None:
    count = sum(bool(tool.get("strict")) for tool in ask.body.get("tools") or ())
    return Refusal(f"tools: {count} strict tools, maximum {_STRICT_TOOLS}") if count > _STRICT_TOOLS else None


def fits_window(ask: Ask) -> Refusal | None:
    if ask.prompt.count <= ask.row.max_input:
        return None
    return Refusal(f"prompt is too long: {ask.prompt.count} tokens > {ask.row.max_input} maximum")


_SHAPE: tuple[Rule, ...] = (
    Rule("messages shape", messages_shape),
    Rule("first role", first_is_user),
    Rule("prefill", prefill),
    Rule("thinking", thinking),
    Rule("output config", output_config),
    Rule("format", output_format),
    Rule("format with citations", format_with_citations),
    Rule("breakpoints", breakpoints),
    Rule("empty cached text", cached_text_is_not_empty),
    Rule("speed", speed),
    Rule("strict tools", strict_tools),
)

MESSAGES_RULES: tuple[Rule, ...] = (
    Rule("unknown field", extra_field(MESSAGES_FIELDS)),
    Rule("temperature", sampling("temperature", 1)),
    Rule("top_p", sampling("top_p", 1)),
    Rule("top_k", sampling("top_k", None)),
    Rule("max_tokens", max_tokens),
    *_SHAPE,
    Rule("service tier", service_tier),
    Rule("metadata", metadata),
    Rule("stop sequences", stop_sequences),
    Rule("window", fits_window),
)

COUNT_RULES: tuple[Rule, ...] = (Rule("unknown field", extra_field(COUNT_FIELDS)), *_SHAPE)
