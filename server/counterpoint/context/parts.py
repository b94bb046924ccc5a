"""Kinds of context, by the reason it was chosen for: for whoever counts what prompts are made of."""

from __future__ import annotations

from functools import lru_cache

from counterpoint.context.instructions import is_instruction
from counterpoint.context.snippet import Snippet

INSTRUCTIONS, NAMED, OTHER = "instructions", "named", "other"
_BEGINNINGS: tuple[tuple[str, str], ...] = (
    ("edited ", "recent"),
    ("similar code", "similar"),
    ("shares words ", "similar"),
    ("named like ", "similar"),
    ("certain: ", "callers"),
    ("possible: ", "callers"),
    ("calls ", "callers"),
    ("also calls ", "callers"),
    ("uses ", "callers"),
    ("also uses ", "callers"),
    ("imports ", "callers"),
    ("tests ", "tests"),
    ("test of ", "tests"),
    ("the fixture ", "tests"),
    ("runs before ", "tests"),
    ("changed together ", "history"),
    ("same ", "shared"),
    ("in the stack trace", "trace"),
    ("member of ", "definitions"),
    ("defines ", "definitions"),
    ("also defines ", "definitions"),
    ("the type of ", "definitions"),
    ("in a module imported here", "definitions"),
    ("in the same folder", "definitions"),
    ("named by code like this", "definitions"),
    ("called by code like this", "definitions"),
    ("named in this file", "definitions"),
)
"""How a reason begins, and the kind that it makes."""


def part_of(snippet: Snippet) -> str:
    """The kind of a snippet: by the first of its reasons that is known. One without any was named by whoever
    asked."""
    return INSTRUCTIONS if is_instruction(snippet) else _part(snippet.why)


@lru_cache(maxsize=2_048)
def _part(whys: str) -> str:
    """Of reasons in words, which are the same for many snippets and again with the next key."""
    if not whys:
        return NAMED
    for why in whys.split("; "):
        for beginning, part in _BEGINNINGS:
            if why.startswith(beginning):
                return part
    return OTHER
