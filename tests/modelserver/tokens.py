"""A tokenizer of our own: whole words up to a width, punctuation by twos, runs of blanks.

It is not any vendor's. It is deterministic, loses no character (the pieces joined are the text), and its
width per model is chosen so that code comes out near the real figures: about 3.6 characters a token for
GPT models, 2.8 for Claude.
"""

from __future__ import annotations

import re
from functools import cache

_SPECIAL_WIDTH = 16


@cache
def _pattern(width: int) -> re.Pattern[str]:
    return re.compile(rf" ?\w{{1,{width}}}| ?[^\w\s]{{1,2}}|\s{{1,{_SPECIAL_WIDTH}}}")


def split(text: str, width: int) -> tuple[str, ...]:
    """The pieces of `text`; `"".join(split(t, w)) == t` for every text."""
    return tuple(_pattern(width).findall(text))


def count(text: str, width: int) -> int:
    return len(split(text, width))
