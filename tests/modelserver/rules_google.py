"""What Google rejects for Gemini 3.1 Pro on its form of the Chat Completions wire."""

from __future__ import annotations

from typing import Any

from .refusals import Refusal
from .rules import Ask, Check, Rule, dig, is_count, words
from .schemas import google_schema_problem

FIELDS = words(
    "model messages stream stream_options max_tokens max_completion_tokens reasoning_effort response_format "
    "temperature top_p stop n seed tools tool_choice extra_body"
)
_ROLES = ("system", "developer", "user", "assistant", "tool")
_KINDS = ("text", "json_object", "json_schema")


def known_fields(allowed: frozenset[str], holder: str = "") -> Check:
    """One word that no message of theirs has, and the whole request is refused."""

    def check(ask: Ask) -> Refusal | None:
        body = dig(ask.body, holder) if holder else ask.body
        name = next((name for name in body or () if name not in allowed), None)
        at = f" at '{holder}'" if holder else ""
        return _invalid(f'Invalid JSON payload received. Unknown name "{name}"{at}: Cannot find field.', name)

    return check


def _invalid(text: str, wrong: Any) -> Refusal | None:
    return Refusal(text) if wrong else None


def messages_shape(ask: Ask) -> Refusal | None:
    given = ask.body.get("messages")
    if not isinstance(given, list) or not given:
        return Refusal("contents is not specified")
    role = next((one["role"] for one in given if one["role"] not in _ROLES), None)
    return _invalid(f"Please use a valid role: user, model. Not {role!r}.", role)


def effort(ask: Ask) -> Refusal | None:
    value = ask.body.get("reasoning_effort")
    if value == "none":
        return Refusal("Budget 0 is invalid. This model only works in thinking mode.")
    wrong = value is not None and value not in (*ask.row.efforts, "minimal")
    return _invalid(f"Invalid value at 'reasoning_effort': {value!r}", wrong)


def output_limit(ask: Ask) -> Refusal | None:
    names = [name for name in ("max_tokens", "max_completion_tokens") if ask.body.get(name) is not None]
    if len(names) > 1:
        return Refusal("max_tokens and max_completion_tokens cannot both be set.")
    value = ask.body[names[0]] if names else 1
    most = ask.row.max_output
    return _invalid(
        f"Unable to submit request because it has a maxOutputTokens value of {value} but the supported range"
        f" is from 1 (inclusive) to {most + 1} (exclusive). Update the value and try again.",
        not is_count(value) or not 0 < value <= most,
    )


def format_shape(ask: Ask) -> Refusal | None:
    asked = ask.body.get("response_format")
    if asked is None:
        return None
    if asked["type"] not in _KINDS:
        return Refusal(f"Invalid value at 'response_format.type': {asked['type']!r}")
    if asked["type"] != "json_schema":
        return None
    problem = google_schema_problem(asked["json_schema"]["schema"])
    return _invalid(f"Invalid value at 'response_format.json_schema.schema': {problem}", problem)


def fits_window(ask: Ask) -> Refusal | None:
    count, most = ask.prompt.count, ask.row.max_input
    return _invalid(
        f"The input token count ({count}) exceeds the maximum number of tokens allowed ({most}).",
        count > most,
    )


GOOGLE_RULES: tuple[Rule, ...] = (
    Rule("unknown field", known_fields(FIELDS)),
    Rule("stream option", known_fields(frozenset({"include_usage"}), "stream_options")),
    Rule("messages shape", messages_shape),
    Rule("effort", effort),
    Rule("output limit", output_limit),
    Rule("format", format_shape),
    Rule("window", fits_window),
)
