"""The reply of a second look: one verdict a claim, each with quotes that really stand in the code."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Literal

from counterpoint.answers import Dropped, Verdict, Verdicts
from counterpoint.errors import BadAnswer
from counterpoint.jsonscan import scan
from counterpoint.quoted import QUOTE_SCHEMA, quotes_of
from counterpoint.scales import plain
from counterpoint.text import Situation

VERDICTS_SCHEMA: Mapping[str, Any] = {
    "type": "object",
    "properties": {
        "verdicts": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    "claim": {"type": "integer"},
                    "quotes": {"type": "array", "items": QUOTE_SCHEMA},
                    "why": {"type": "string"},
                    "holds": {"type": "string", "enum": ["confirmed", "refuted", "unsure"]},
                },
                "required": ["claim", "quotes", "why", "holds"],
                "additionalProperties": False,
            },
        }
    },
    "required": ["verdicts"],
    "additionalProperties": False,
}

_YES = frozenset({"confirmed", "confirm", "confirms", "true", "valid", "holds", "yes", "verified", "stands"})
_NO = frozenset({"refuted", "refute", "refutes", "false", "invalid", "no", "rejected", "withdrawn"})


def read_verdicts(raw: str, situation: Situation) -> Verdicts:
    """All verdicts of a finished or broken-off reply. Raises BadAnswer if it holds no list of verdicts.

    Dropped are `malformed` ones, a `duplicate` for a claim, `cut-off` for what is missing at the end, and
    `quote-...` for every quote that stands nowhere, or in no file.
    """
    objects, state = scan(raw, "verdicts")
    if not state.begun:
        raise BadAnswer("The second look holds no list of verdicts.", fix="Run the review again.")
    kept: dict[int, Verdict] = {}
    dropped = [Dropped("malformed", "a verdict was no JSON object")] * state.broken
    for item in objects:
        number = _number(item.get("claim"))
        if number is None:
            dropped.append(Dropped("malformed", "a verdict without the number of its claim"))
        elif number in kept:
            dropped.append(Dropped("duplicate", f"claim {number}"))
        else:
            kept[number] = _verdict(number, item, situation, dropped)
    if not state.ended:
        dropped.append(Dropped("cut-off", "the answer ended amid the list of verdicts"))
    return Verdicts(tuple(kept.values()), tuple(dropped))


def _verdict(number: int, item: Mapping[str, Any], situation: Situation, dropped: list[Dropped]) -> Verdict:
    located = quotes_of(item.get("quotes"), situation, dropped, kind="quote-")
    holds, why = _holds(item.get("holds")), plain(item.get("why"), 1_000)
    if holds == "refuted":
        return Verdict(number, holds, why, against=located)
    return Verdict(number, holds, why, support=located)


def _number(value: object) -> int | None:
    if isinstance(value, str):
        found = re.search(r"\d{1,6}", value)
        return int(found[0]) if found else None
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _holds(value: object) -> Literal["confirmed", "refuted", "unsure"]:
    word = str(value).strip().lower()
    return "confirmed" if word in _YES else "refuted" if word in _NO else "unsure"
