"""A piece of context."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Snippet:
    """Lines of a file, 1-based and inclusive, with the reason they were chosen and their size in tokens."""

    path: str
    first_line: int
    last_line: int
    text: str
    why: str
    tokens: int
