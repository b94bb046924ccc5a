"""Makers of checks for OpenAI's wires, with the vendor's wording and codes."""

from __future__ import annotations

from typing import Any

from .refusals import Refusal
from .rules import Ask, Check, dig, is_count

MOVED = {
    "response_format": "text.format",
    "reasoning_effort": "reasoning.effort",
    "messages": "input",
    "max_tokens": "max_output_tokens",
    "max_completion_tokens": "max_output_tokens",
    "verbosity": "text.verbosity",
}
"""Chat Completions' names, and where the Responses wire has them."""


def wrong_value(param: str, value: Any, allowed: tuple[str, ...]) -> Refusal:
    listed = ", ".join(repr(a) for a in allowed)
    text = f"Invalid value: {value!r}. Supported values are: {listed}."
    return Refusal(text, param=param, code="invalid_value")


def one_of(path: str, allowed: tuple[str, ...]) -> Check:
    """The value at `path`, where given, must be one of `allowed`."""

    def check(ask: Ask) -> Refusal | None:
        value = dig(ask.body, path)
        return wrong_value(path, value, allowed) if value is not None and value not in allowed else None

    return check


def unsupported(path: str, hint: str = "") -> Check:
    """The field exists in the API, but not for this model, whatever its value."""

    def check(ask: Ask) -> Refusal | None:
        if dig(ask.body, path) is None:
            return None
        text = f"Unsupported parameter: '{path}' is not supported with this model.{hint}"
        return Refusal(text, param=path, code="unsupported_parameter")

    return check


def known_fields(allowed: frozenset[str], holder: str = "") -> Check:
    def check(ask: Ask) -> Refusal | None:
        body = dig(ask.body, holder) if holder else ask.body
        if body is not None and not isinstance(body, dict):
            return Refusal(f"Invalid type for '{holder}'.", param=holder, code="invalid_type")
        for name in body if isinstance(body, dict) else ():
            if name not in allowed:
                return _unknown(f"{holder}.{name}" if holder else name, name if not holder else "")
        return None

    return check


def _unknown(path: str, moved: str) -> Refusal:
    if moved in MOVED:
        text = f"Unsupported parameter: '{path}'. In the Responses API, this parameter has moved to "
        return Refusal(f"{text}'{MOVED[moved]}'.", param=path, code="unsupported_parameter")
    return Refusal(f"Unknown parameter: '{path}'.", param=path, code="unknown_parameter")


def required(name: str) -> Check:
    def check(ask: Ask) -> Refusal | None:
        if ask.body.get(name) in (None, "", []):
            text = f"Missing required parameter: '{name}'."
            return Refusal(text, param=name, code="missing_required_parameter")
        return None

    return check


def effort(path: str) -> Check:
    def check(ask: Ask) -> Refusal | None:
        value = dig(ask.body, path)
        if value is None or value in ask.row.efforts:
            return None
        listed = ", ".join(repr(e) for e in ask.row.efforts)
        text = f"Unsupported value: {value!r} is not supported with the '{ask.row.id}' model. "
        return Refusal(f"{text}Supported values are: {listed}.", param=path, code="unsupported_value")

    return check


def output_limit(path: str, minimum: int) -> Check:
    """The limit, where given, lies between the vendor's minimum and the model's most."""

    def check(ask: Ask) -> Refusal | None:
        value = dig(ask.body, path)
        if value is None:
            return None
        if not is_count(value):
            return Refusal(
                f"Invalid type for '{path}': expected an integer.", param=path, code="invalid_type"
            )
        if value < minimum:
            text = f"Invalid '{path}': integer below minimum value. Expected a value >= {minimum}."
            return Refusal(text, param=path, code="integer_below_min_value")
        if value > ask.row.max_output:
            text = f"Invalid '{path}': integer above maximum value. Expected a value <= {ask.row.max_output}."
            return Refusal(text, param=path, code="integer_above_max_value")
        return None

    return check


def string_length(path: str, most: int) -> Check:
    def check(ask: Ask) -> Refusal | None:
        value = dig(ask.body, path)
        if value is None or (isinstance(value, str) and len(value) <= most):
            return None
        text = f"Invalid '{path}': string too long. Expected a string with maximum length {most}."
        return Refusal(text, param=path, code="string_above_max_length")

    return check
