"""Refactorings that are asked for by name. A new one is a row."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from counterpoint.errors import UsageError

Kind = Literal["extract", "rewrite"]


@dataclass(frozen=True, slots=True)
class Operation:
    """`instruction` is what the model is asked to do; where `asks` is set, the user's own words follow it,
    and are needed. `fits` says where editors list it."""

    name: str
    title: str
    instruction: str
    asks: str = ""
    kind: Kind = "rewrite"
    fits: Literal["selection", "symbol", "anywhere"] = "symbol"


OPERATIONS: dict[str, Operation] = {
    one.name: one
    for one in (
        Operation(
            "extract",
            "Extract into a function",
            "Extract the selected lines into a function of their own, named for what it does, in the"
            " closest fitting place, and call it where they stood. Behaviour, order of effects, errors"
            " raised and names in use afterwards stay the same.",
            kind="extract",
            fits="selection",
        ),
        Operation(
            "inline",
            "Inline this",
            "Inline the definition at the selected lines into every place that uses it, and remove it."
            " Each argument is still evaluated once and in its order; no name captures another.",
        ),
        Operation(
            "signature",
            "Change the signature...",
            "Change the signature of the definition at the selected lines as said below, and update every"
            " call site, override and implementation of it. Calls from outside of this workspace still"
            " work where a default or an alias allows that.",
            asks="How should the signature change?",
        ),
        Operation(
            "move",
            "Move to another module...",
            "Move the definitions at the selected lines to the module named below, with what only they"
            " use, and update every import and every qualified use. Nothing is imported in a circle.",
            asks="Which module should it move to?",
        ),
        Operation(
            "split",
            "Split this module",
            "Split this module into several by responsibility, each named for what it owns. Its importers"
            " still work: what they import stays importable from where they import it.",
            fits="anywhere",
        ),
        Operation(
            "decompose",
            "Decompose by responsibility",
            "Decompose the definition at the selected lines into parts with one responsibility each. Its"
            " callers stay as they are: its name, signature, returned shape and errors do not change.",
        ),
        Operation(
            "replace",
            "Replace an API...",
            "Replace the API named below by the other one everywhere in what is shown, each use by what"
            " means the same, arguments, defaults and errors included. A use with no counterpart stays,"
            " and is told.",
            asks="Which API should be replaced by which?",
            fits="anywhere",
        ),
    )
}


def instruction_for(name: str, words: str) -> str:
    """What is asked for: a standard operation with the user's own words, or these alone for "".

    Raises UsageError for an operation nobody knows, and where words are needed and missing.
    """
    words = words.strip()
    if not name:
        if not words:
            raise UsageError(
                "A refactoring needs an instruction.", fix="Say in a sentence what should change."
            )
        return words
    if name not in OPERATIONS:
        raise UsageError(f"No refactoring is called {name!r}.", fix=f"Use one of: {', '.join(OPERATIONS)}.")
    row = OPERATIONS[name]
    if row.asks and not words:
        raise UsageError(row.asks, fix="Say so in the instruction.")
    return f"{row.instruction}\n{words}".strip()
