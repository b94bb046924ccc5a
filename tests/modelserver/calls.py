"""A validated model call, and the reply planned for it. The wires turn both into bytes."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import Any, Literal

from . import tokens
from .catalog import ModelRow, Usage
from .faults import Fault, Trouble
from .prompts import Prompt
from .schemas import minimal_json

Stop = Literal["end", "length", "refusal", "filter"]

REASONING = {"none": 0, "low": 16, "medium": 64, "high": 256, "xhigh": 1_024, "max": 2_048}
"""Tokens thought before the answer, by effort. Small beside the vendors', but billed and limited alike."""

REFUSED = "I can't help with that."
_ECHOED = 400


@dataclass(frozen=True, slots=True)
class Call:
    wire: str
    row: ModelRow
    body: dict[str, Any]
    prompt: Prompt
    stream: bool
    limit: int | None
    """Most output tokens, thought included."""
    effort: str
    thinks: bool
    schema: dict[str, Any] | None
    tier: str
    """The tier that will be billed and named in the response."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What the model says: `"".join(pieces)`, one piece a token."""

    id: str
    pieces: tuple[str, ...]
    stop: Stop
    usage: Usage
    tier: str
    refusal: str = ""
    """Set when `stop` is `refusal`; `pieces` is then the part said before."""

    @property
    def text(self) -> str:
        return "".join(self.pieces)


@dataclass(frozen=True, slots=True)
class Frame:
    """One event of a stream. `tokens` counts the answer's tokens it carries (0 or 1)."""

    event: str | None
    data: dict[str, Any] | str
    tokens: int = 0


def default_text(call: Call) -> str:
    """A minimal instance of the schema asked for, else an echo of the last user text."""
    if call.schema is not None:
        return minimal_json(call.schema)
    if '"json_object"' in json.dumps(call.body.get("text") or call.body.get("response_format") or {}):
        return "{}"
    return f"echo: {call.prompt.last_user[-_ECHOED:]}"


def plan(call: Call, reply_id: str, text: str, trouble: Trouble | None, input_side: Usage) -> Reply:
    """The reply to `call` under its output limit and the fault drawn for it, with its full usage."""
    reasoning = REASONING[call.effort] if call.thinks else 0
    pieces, stop, refusal = _under_fault(tokens.split(text, call.row.width), trouble)
    if call.limit is not None and reasoning + len(pieces) > call.limit:
        reasoning = min(reasoning, call.limit)
        pieces, stop, refusal = pieces[: call.limit - reasoning], "length", ""
    usage = replace(input_side, output=reasoning + len(pieces), reasoning=reasoning)
    return Reply(reply_id, pieces, stop, usage, call.tier, refusal)


def _under_fault(pieces: tuple[str, ...], trouble: Trouble | None) -> tuple[tuple[str, ...], Stop, str]:
    fault = trouble.fault if trouble else None
    if trouble is None or fault is None:
        return pieces, "end", ""
    if fault is Fault.EMPTY:
        return (), "end", ""
    if fault is Fault.REFUSAL:
        return pieces[: trouble.option("after_tokens", 0)], "refusal", trouble.option("message", REFUSED)
    if fault in (Fault.TRUNCATED, Fault.CONTENT_FILTER):
        cut = trouble.option("after_tokens", len(pieces) // 2)
        return pieces[:cut], "length" if fault is Fault.TRUNCATED else "filter", ""
    return pieces, "end", ""
