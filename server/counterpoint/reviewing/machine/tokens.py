"""Text as tokens that formatting leaves alone: white space, quote style and line ends do not count. Pure."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass

from counterpoint.reviewing.machine.span import Origin, Run, joined

_TOKEN = re.compile(r"\w+|[^\w\s]")
SOFT = frozenset(",;()\"'`\\")
"""What a formatter puts in or takes out by itself."""
_LIKE = {"'": '"', "`": '"'}


@dataclass(frozen=True, slots=True)
class Tokens:
    """Tokens of a text with the characters each covers: `starts` and `ends` are offsets."""

    words: tuple[str, ...]
    starts: tuple[int, ...]
    ends: tuple[int, ...]

    def __len__(self) -> int:
        return len(self.words)


def tokens_of(text: str, start: int = 0, end: int | None = None) -> Tokens:
    """The tokens of a range of a text, by offsets of the whole text."""
    found = list(_TOKEN.finditer(text, start, len(text) if end is None else end))
    words = tuple(_LIKE.get(word, word) for word in (one.group() for one in found))
    return Tokens(words, tuple(one.start() for one in found), tuple(one.end() for one in found))


Owners = list[Origin | None]
"""For each token who wrote it; None for a human."""


def owners_of(tokens: Tokens, runs: Sequence[Run]) -> Owners:
    """A token belongs to the run that covers most of it, to nobody if less than half of it is covered."""
    owners: Owners = [None] * len(tokens)
    for run in runs:
        at = bisect_left(tokens.ends, run.start + 1)
        while at < len(tokens) and tokens.starts[at] < run.end:
            start, end = tokens.starts[at], tokens.ends[at]
            if 2 * (min(end, run.end) - max(start, run.start)) > end - start:
                owners[at] = run.origin
            at += 1
    return owners


def runs_of(tokens: Tokens, owners: Sequence[Origin | None]) -> tuple[Run, ...]:
    """Runs of tokens with one owner; white space between two of them belongs to the run."""
    found: list[Run] = []
    last = -2
    for at, owner in enumerate(owners):
        if owner is None:
            continue
        if last == at - 1 and found[-1].origin == owner:
            found[-1] = Run(found[-1].start, tokens.ends[at], owner)
        else:
            found.append(Run(tokens.starts[at], tokens.ends[at], owner))
        last = at
    return joined(found)
