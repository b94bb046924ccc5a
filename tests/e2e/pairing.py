"""What the played models say where a user pairs with them, for the tests of each editor."""

from __future__ import annotations

import json
from importlib.resources import files
from typing import Any

PATH, OTHER = "orders/payments.py", "orders/status.py"
INSTRUCTION, BOTH = "Say it shorter, twice", "Say it shorter in both files"
LOUDER, GREET, FRENCH = "Make it louder", "Say hello in the docstring", "In French"
SECOND = '    """The signature the provider puts into `X-Signature`."""'
SHORT, SHORT_SECOND = '"""Money in and out."""', '    """What the provider signs with."""'
LOUD, OTHERS = '"""MONEY IN AND OUT."""', '"""Payments, and events about them."""'
HELLO, BONJOUR = '"""Hello, money."""', '"""Bonjour, argent."""'
SHORT_OTHER = '"""States of an order."""'
MESSAGE, QUESTION = "Greet in the docstring of payments", "Where is the signature checked?"
SAID = "It is checked in `on_event`"
ASSUMED = "Docstrings may be short"


def text_of(path: str = PATH) -> str:
    """A file of the sample."""
    return files("counterpoint").joinpath("sample", *path.split("/")).read_text(encoding="utf-8")


def first_of(path: str = PATH) -> str:
    """Its first line."""
    return text_of(path).partition("\n")[0]


def _answer(*edits: tuple[str, str, str], assumed: str = "") -> str:
    made = [
        {
            "path": path,
            "line": text_of(path).partition(old)[0].count("\n") + 1,
            "old": old,
            "new": new,
            "reason": "Say it shorter",
            "extra": False,
        }
        for path, old, new in edits
    ]
    return json.dumps({"assumptions": [assumed] if assumed else [], "question": "", "edits": made})


def answers() -> list[dict[str, Any]]:
    """By what is asked; what is asked later in a conversation comes first."""
    first = (PATH, first_of(), SHORT)
    found = (
        (f"Request: {FRENCH}", "", _answer((PATH, HELLO, BONJOUR))),
        (f"Request: {GREET}", "", _answer((PATH, first_of(), HELLO), assumed=ASSUMED)),
        (f"Request: {LOUDER}", "", _answer((PATH, SHORT, LOUD))),
        (f"Request: {BOTH}", "", _answer(first, (OTHER, first_of(OTHER), SHORT_OTHER))),
        (f"Request: {INSTRUCTION}", "claude-opus-4-7", _answer((PATH, first_of(), OTHERS))),
        (f"Request: {INSTRUCTION}", "", _answer(first, (PATH, SECOND, SHORT_SECOND))),
    )
    words = (
        ("You write the message of a commit", "", MESSAGE),
        ("You answer a question about a code base", "", f"{SAID} (orders/payments.py:31)."),
    )
    return [
        {"text": text, "match": match, "repeat": True, **({"model": model} if model else {})}
        for match, model, text in (*words, *found)
    ]
