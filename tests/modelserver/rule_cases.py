"""One case per rule: what the vendor refuses beside what it takes."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

OBJECT: dict[str, Any] = {
    "type": "object",
    "properties": {"a": {"type": "string"}},
    "required": ["a"],
    "additionalProperties": False,
}
EPHEMERAL = {"type": "ephemeral"}
HOUR = {"type": "ephemeral", "ttl": "1h"}


def user(*content: Any) -> list[dict[str, Any]]:
    return [{"role": "user", "content": list(content)}]


def text(words: str = "hello", **more: Any) -> dict[str, Any]:
    return {"type": "text", "text": words, **more}


def prop(**schema: Any) -> dict[str, Any]:
    """An object schema with one property of this schema."""
    return {**OBJECT, "properties": {"a": schema}}


def responses_format(schema: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "text": {"format": {"type": "json_schema", "name": "x", "schema": schema, "strict": True, **more}}
    }


def chat_format(schema: dict[str, Any], **more: Any) -> dict[str, Any]:
    named = {"name": "x", "schema": schema, "strict": True, **more}
    return {"response_format": {"type": "json_schema", "json_schema": named}}


def messages_format(schema: dict[str, Any]) -> dict[str, Any]:
    return {"output_config": {"format": {"type": "json_schema", "schema": schema}}}


def optional(count: int) -> dict[str, Any]:
    """An object schema with so many optional properties."""
    return {**OBJECT, "properties": {f"p{i}": {"type": "null"} for i in range(count)}, "required": []}


@dataclass(frozen=True)
class Case:
    """`bad` is refused by `rule` with `says` in the message; `fine` (default: nothing changed) passes."""

    wire: str
    rule: str
    bad: dict[str, Any]
    says: str
    fine: dict[str, Any] = field(default_factory=dict)
    status: int = 400


RESPONSES = [
    Case("responses", "unknown field", {"stop": ["\n"]}, "Unknown parameter: 'stop'"),
    Case("responses", "unknown field", {"seed": 1}, "Unknown parameter: 'seed'"),
    Case("responses", "unknown field", {"n": 1}, "Unknown parameter: 'n'"),
    Case("responses", "unknown field", {"prediction": {}}, "Unknown parameter: 'prediction'"),
    Case("responses", "unknown field", {"speed": "fast"}, "Unknown parameter: 'speed'"),
    Case("responses", "unknown field", {"max_tokens": 9}, "moved to 'max_output_tokens'",
         {"max_output_tokens": 99}),
    Case("responses", "unknown field", {"response_format": {}}, "moved to 'text.format'"),
    Case("responses", "missing input", {"input": ...}, "Missing required parameter: 'input'"),
    Case("responses", "input shape", {"input": 7}, "Invalid type"),
    Case("responses", "input shape", {"input": ["x"]}, "Invalid type for 'input[0]'"),
    Case("responses", "input shape", {"input": [{"role": "tool", "content": "x"}]}, "Invalid value: 'tool'",
         {"input": [{"role": "developer", "content": "x"}]}),
    Case("responses", "input shape", {"input": user(text())}, "Invalid value: 'text'",
         {"input": user({"type": "input_text", "text": "hello"})}),
    Case("responses", "not played here", {"previous_response_id": "resp_1"}, "does not play", status=501),
    Case("responses", "temperature", {"temperature": 1}, "'temperature' is not supported with this model"),
    Case("responses", "top_p", {"top_p": 1}, "'top_p' is not supported"),
    Case("responses", "top_logprobs", {"top_logprobs": 2}, "'top_logprobs' is not supported"),
    Case("responses", "reasoning fields", {"reasoning": {"budget": 1}},
         "Unknown parameter: 'reasoning.budget'"),
    Case("responses", "reasoning mode", {"reasoning": {"mode": "pro"}}, "'reasoning.mode' is not supported"),
    Case("responses", "effort", {"reasoning": {"effort": "minimal"}}, "'minimal' is not supported"),
    Case("responses", "effort", {"reasoning": {"effort": "max"}}, "'max' is not supported",
         {"reasoning": {"effort": "xhigh"}}),
    Case("responses", "text fields", {"text": {"schema": {}}}, "Unknown parameter: 'text.schema'"),
    Case("responses", "verbosity", {"text": {"verbosity": "terse"}}, "'terse'",
         {"text": {"verbosity": "low"}}),
    Case("responses", "format", {"text": {"format": {"type": "json"}}}, "'json'"),
    Case("responses", "format", responses_format(OBJECT, name="a b"), "name", responses_format(OBJECT)),
    Case("responses", "format", {"text": {"format": {"type": "json_schema", "name": "x"}}},
         "text.format.schema"),
    Case("responses", "strict schema", responses_format({**OBJECT, "additionalProperties": True}),
         "'additionalProperties' is required", responses_format(OBJECT)),
    Case("responses", "strict schema", responses_format({**OBJECT, "required": []}), "Missing 'a'"),
    Case("responses", "strict schema", responses_format({"type": "array", "items": OBJECT}), "'array'"),
    Case("responses", "strict schema", responses_format(prop(allOf=[OBJECT])), "'allOf' is not permitted"),
    Case("responses", "strict schema", responses_format(prop(type="string", minLength=1)), "'minLength'",
         responses_format(prop(type=["string", "null"], pattern="^x"))),
    Case("responses", "strict schema", responses_format(prop(type="string", default="x")), "'default'",
         responses_format(prop(type="integer", minimum=1, maximum=9))),
    Case("responses", "json mode", {"text": {"format": {"type": "json_object"}}}, "the word 'json'",
         {"text": {"format": {"type": "json_object"}}, "input": "say it in JSON"}),
    Case("responses", "output limit", {"max_output_tokens": 15}, "Expected a value >= 16",
         {"max_output_tokens": 16}),
    Case("responses", "output limit", {"max_output_tokens": 128_001}, "<= 128000",
         {"max_output_tokens": 128_000}),
    Case("responses", "output limit", {"max_output_tokens": "64"}, "expected an integer"),
    Case("responses", "stream option", {"stream": True, "stream_options": {"include_usage": True}},
         "include_usage",
         {"stream": True, "stream_options": {"include_obfuscation": False}}),
    Case("responses", "truncation", {"truncation": "middle"}, "'middle'", {"truncation": "disabled"}),
    Case("responses", "cache options", {"prompt_cache_options": {"mode": "explicit"}}, "not supported"),
    Case("responses", "cache breakpoint",
         {"input": user({"type": "input_text", "text": "x", "prompt_cache_breakpoint": True})}, "breakpoint"),
    Case("responses", "cache retention", {"prompt_cache_retention": "in_memory"}, "must be '24h'",
         {"prompt_cache_retention": "24h"}),
    Case("responses", "service tier", {"service_tier": "slow"}, "'slow'", {"service_tier": "fast"}),
    Case("responses", "stream options without stream", {"stream_options": {"include_obfuscation": False}},
         "only allowed when 'stream'"),
    Case("responses", "safety identifier too long", {"safety_identifier": "x" * 129}, "maximum length 128",
         {"safety_identifier": "x" * 128}),
    Case("responses", "cache key too long", {"prompt_cache_key": "x" * 65}, "maximum length 64",
         {"prompt_cache_key": "x" * 64}),
    Case("responses", "window", {"input": "a " * 922_001}, "exceeds the context window"),
]  # fmt: skip

CHAT = [
    Case("chat", "unknown field", {"input": "x"}, "Unknown parameter: 'input'"),
    Case("chat", "missing messages", {"messages": []}, "Missing required parameter: 'messages'"),
    Case("chat", "messages shape", {"messages": "x"}, "Invalid type"),
    Case("chat", "messages shape", {"messages": user({"type": "input_text", "text": "x"})}, "'input_text'",
         {"messages": user(text())}),
    *(Case("chat", name, {name: value}, f"'{name}' is not supported") for name, value in (
        ("temperature", 0.2), ("top_p", 0.9), ("logprobs", True), ("top_logprobs", 3), ("logit_bias",
         {"1": 1}),
        ("frequency_penalty", 0.5), ("presence_penalty", 0.5), ("stop", ["\n"]), ("prediction",
         {"type": "content"}),
    )),
    Case("chat", "max_tokens", {"max_tokens": 64}, "Use 'max_completion_tokens'",
         {"max_completion_tokens": 64}),
    Case("chat", "effort", {"reasoning_effort": "minimal"}, "'minimal'", {"reasoning_effort": "xhigh"}),
    Case("chat", "verbosity", {"verbosity": "none"}, "'none'", {"verbosity": "high"}),
    Case("chat", "format", {"response_format": {"type": "xml"}}, "'xml'",
         {"response_format": {"type": "text"}}),
    Case("chat", "strict schema", chat_format({"type": "object"}), "'additionalProperties'",
         chat_format(OBJECT)),
    Case("chat", "json mode", {"response_format": {"type": "json_object"}}, "the word 'json'"),
    Case("chat", "output limit", {"max_completion_tokens": 128_001}, "<= 128000"),
    Case("chat", "stream option", {"stream": True, "stream_options": {"usage": True}}, "stream_options.usage",
         {"stream": True, "stream_options": {"include_usage": True}}),
    Case("chat", "cache options", {"prompt_cache_options": {}}, "not supported"),
    Case("chat", "cache breakpoint", {"messages": user(text(prompt_cache_breakpoint=True))}, "breakpoint"),
    Case("chat", "cache retention", {"prompt_cache_retention": "in_memory"}, "24h"),
    Case("chat", "service tier", {"service_tier": "scale9"}, "'scale9'"),
    Case("chat", "stream options without stream", {"stream_options": {"include_usage": True}},
         "only allowed"),
    Case("chat", "safety identifier too long", {"safety_identifier": "x" * 129}, "128"),
    Case("chat", "cache key too long", {"prompt_cache_key": "x" * 65}, "64"),
    Case("chat", "window", {"messages": user(text("a " * 922_001))}, "exceeds the context window"),
]  # fmt: skip

SHAPE: list[tuple[str, dict[str, Any], str, dict[str, Any]]] = [
    ("messages shape", {"messages": ...}, "messages: Field required", {}),
    ("messages shape", {"messages": []}, "at least one message", {}),
    ("messages shape", {"messages": ["x"]}, "valid dictionary", {}),
    ("messages shape", {"messages": [{"role": "user", "content": ""}]}, "must be non-empty", {}),
    ("messages shape", {"messages": user(text(""))}, "must be non-empty", {"messages": user(text("x"))}),
    ("messages shape", {"messages": user({"text": "x"})}, "type: Field required", {}),
    ("messages shape", {"messages": [{"role": "user"}]}, "content: Field required", {}),
    ("messages shape", {"messages": [{"role": "user", "content": "x", "name": "y"}]}, "name: Extra inputs",
     {}),
    ("messages shape", {"messages": [{"role": "system", "content": "x"}]}, "top-level `system`",
     {"system": "x"}),
    ("messages shape", {"messages": [{"role": "tool", "content": "x"}]}, '"user" or "assistant"', {}),
    ("first role", {"messages": [{"role": "assistant", "content": "x"}, *user(text())]}, "first message", {}),
    ("prefill", {"messages": [*user(text()), {"role": "assistant", "content": "{"}]}, "prefill",
     {"messages": [*user(text()), {"role": "assistant", "content": "{"}, *user(text())]}),
    ("thinking", {"thinking": {"type": "enabled", "budget_tokens": 1024}}, "not supported",
     {"thinking": {"type": "adaptive"}}),
    ("thinking", {"thinking": {"type": "adaptive", "budget_tokens": 1024}}, "budget_tokens", {}),
    ("thinking", {"thinking": {"type": "disabled"}}, "adaptive", {}),
    ("thinking", {"thinking": {"type": "adaptive", "display": "full"}}, "display",
     {"thinking": {"type": "adaptive", "display": "summarized"}}),
    ("thinking", {"thinking": {"type": "adaptive", "depth": 1}}, "thinking.depth: Extra", {}),
    ("output config", {"output_config": {"effort": "none"}}, "output_config.effort",
     {"output_config": {"effort": "max"}}),
    ("output config", {"output_config": {"effort": "minimal"}}, "output_config.effort", {}),
    ("output config", {"output_config": {"verbosity": "low"}}, "verbosity: Extra", {}),
    ("format", {"output_config": {"format": {"type": "json_object"}}}, "json_schema",
     messages_format(OBJECT)),
    ("format", {"output_config": {"format": {"type": "json_schema", "schema": OBJECT, "name": "x"}}},
     "no other", {}),
    ("format", messages_format({"type": "object", "properties": {}}), "'additionalProperties' must be", {}),
    ("format", messages_format(prop(type="integer", minimum=1)), "'minimum' is not supported", {}),
    ("format", messages_format(prop(type="string", maxLength=9)), "'maxLength' is not supported", {}),
    ("format", messages_format(prop(type="array", items={"type": "string"}, minItems=2)), "'minItems'",
     messages_format(prop(type="array", items={"type": "string"}, minItems=1))),
    ("format", messages_format(prop(type="string", pattern="(?=x)")), "lookaround",
     messages_format(prop(type="string", pattern="^x+$"))),
    ("format", messages_format(prop(**{"$ref": "http://x/y"})), "external", {}),
    ("format", messages_format(prop(**{"$ref": "#"})), "Recursive", {}),
    ("format",
     messages_format({**prop(**{"$ref": "#/$defs/n"}), "$defs": {"n": prop(**{"$ref": "#/$defs/n"})}}),
     "Recursive", messages_format({**prop(**{"$ref": "#/$defs/n"}), "$defs": {"n": OBJECT}})),
    ("format",
     messages_format(optional(25)),
     "too many optional",
     messages_format(optional(24))),
    ("format",
     messages_format({**OBJECT, "properties": {f"p{i}": {"type": ["null", "string"]} for i in range(17)},
                                "required": [f"p{i}" for i in range(17)]}), "union types", {}),
    ("format with citations",
     {**messages_format(OBJECT), "messages": user(text(citations={"enabled": True}))},
     "citations", {"messages": user(text(citations={"enabled": True}))}),
    ("breakpoints", {"messages": user(*(text(cache_control=EPHEMERAL) for _ in range(5)))}, "maximum of 4",
     {"messages": user(*(text(cache_control=EPHEMERAL) for _ in range(4)))}),
    ("breakpoints",
     {"messages": user(*(text(cache_control=EPHEMERAL) for _ in range(4))), "cache_control": EPHEMERAL},
     "Found 5", {"cache_control": EPHEMERAL}),
    ("breakpoints", {"messages": user(text(cache_control={"type": "ephemeral", "ttl": "2h"}))}, "ttl", {}),
    ("breakpoints", {"messages": user(text(cache_control=EPHEMERAL), text(cache_control=HOUR))},
     "must not come after",
     {"messages": user(text(cache_control=HOUR), text(cache_control=EPHEMERAL))}),
    ("empty cached text", {"system": [text("", cache_control=EPHEMERAL)]}, "empty text blocks",
     {"system": [text("x", cache_control=EPHEMERAL)]}),
    ("speed", {"speed": "fast"}, "fast mode is not supported", {}),
    ("strict tools",
     {"tools": [{"name": f"t{i}", "input_schema": OBJECT, "strict": True} for i in range(21)]}, "21",
     {"tools": [{"name": f"t{i}", "input_schema": OBJECT, "strict": True} for i in range(20)]}),
]  # fmt: skip

MESSAGES = [
    Case("messages", "unknown field", {"reasoning": {}}, "reasoning: Extra inputs are not permitted"),
    Case("messages", "temperature", {"temperature": 1}, "`temperature` is deprecated"),
    Case("messages", "top_p", {"top_p": 0.9}, "`top_p` is deprecated"),
    Case("messages", "top_k", {"top_k": 5}, "`top_k` is deprecated"),
    Case("messages", "max_tokens", {"max_tokens": ...}, "max_tokens: Field required"),
    Case("messages", "max_tokens", {"max_tokens": 0}, "greater than or equal to 1", {"max_tokens": 1}),
    Case("messages", "max_tokens", {"max_tokens": "9"}, "valid integer"),
    Case("messages", "max_tokens", {"max_tokens": 128_001}, "maximum allowed", {"max_tokens": 128_000}),
    Case("messages", "service tier", {"service_tier": "priority"}, "standard_only", {"service_tier": "auto"}),
    Case("messages", "metadata", {"metadata": {"user": "x"}}, "metadata.user",
         {"metadata": {"user_id": "x"}}),
    Case("messages", "stop sequences", {"stop_sequences": ["\n"]}, "non-whitespace",
         {"stop_sequences": ["END"]}),
    Case("messages", "window", {"messages": user(text("a " * 1_000_001))}, "prompt is too long"),
]  # fmt: skip

COUNTS = [
    Case("count", "unknown field", {"max_tokens": 9}, "max_tokens: Extra inputs"),
    Case("count_input", "unknown field", {"stream": True}, "Unknown parameter: 'stream'"),
    Case("count_input", "missing input", {"input": ...}, "Missing required parameter: 'input'"),
    Case("count_input", "input shape", {"input": 7}, "Invalid type"),
    Case("count_input", "effort", {"reasoning": {"effort": "max"}}, "'max'",
         {"reasoning": {"effort": "none"}}),
    Case("completions", "chat model", {"model": "gpt-5.5"}, "Did you mean", {}, 404),
]  # fmt: skip

SAY = {"role": "user", "content": "hello"}
GOOGLE = [
    Case("google", "unknown field", {"store": False}, 'Unknown name "store": Cannot find field'),
    Case("google", "unknown field", {"prompt_cache_key": "x"}, 'Unknown name "prompt_cache_key"'),
    Case("google", "unknown field", {"verbosity": "low"}, 'Unknown name "verbosity"'),
    Case("google", "stream option", {"stream_options": {"include_obfuscation": False}},
         "at 'stream_options'", {"stream": True, "stream_options": {"include_usage": True}}),
    Case("google", "messages shape", {"messages": []}, "contents is not specified"),
    Case("google", "messages shape", {"messages": [{**SAY, "role": "tester"}]}, "valid role"),
    Case("google", "effort", {"reasoning_effort": "none"}, "only works in thinking mode",
         {"reasoning_effort": "medium"}),
    Case("google", "effort", {"reasoning_effort": "xhigh"}, "'xhigh'", {"reasoning_effort": "high"}),
    Case("google", "output limit", {"max_completion_tokens": 65_537}, "maxOutputTokens value of 65537",
         {"max_completion_tokens": 65_536}),
    Case("google", "output limit", {"max_tokens": 9, "max_completion_tokens": 9}, "cannot both",
         {"max_tokens": 9}),
    Case("google", "format", {"response_format": {"type": "yaml"}}, "'yaml'",
         {"response_format": {"type": "json_object"}}),
    Case("google", "format", chat_format(prop(type="string", pattern="a+")), 'Unknown name "pattern"',
         chat_format(prop(type=["string", "null"], enum=["a", None]))),
    Case("google", "window", {"messages": [{**SAY, "content": "a " * 1_048_600}]}, "exceeds the maximum"),
]  # fmt: skip

CASES = [
    *GOOGLE,
    *RESPONSES,
    *CHAT,
    *MESSAGES,
    *(Case("messages", rule, bad, says, fine) for rule, bad, says, fine in SHAPE),
    *(Case("count", rule, bad, says, fine) for rule, bad, says, fine in SHAPE),
    *COUNTS,
]
