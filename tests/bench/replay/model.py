"""The scripted model: it answers with the true text, up to the first token it does not know.

Each token of a passage is known or not, drawn once: white space, signs and names that stand in the file are
mostly known, new names and words of prose less often; some lines are harder than others. With more of a token
typed it is known more often. At a token that is not known another name stands instead, and the line goes on.
So the share of first lines that are exact is known, and the same for every policy that asks at a place.
"""

from __future__ import annotations

import random
import re
from dataclasses import dataclass
from functools import cached_property
from math import exp, log

from counterpoint.inline.place import KEYWORDS, comment_or_string
from tests.bench.replay.commits import Passage

_TOKEN = re.compile(r"[^\W\d]\w*|\d+|\n[ \t]*|[ \t]+|.", re.DOTALL)
_KNOWN = {
    "blank": 0.99, "line": 0.95, "sign": 0.965, "keyword": 0.95, "name": 0.90, "new": 0.45, "word": 0.72,
    "number": 0.60,
}  # fmt: skip
"""Probability that a token is known, by what it is."""
_HARD = 0.8
"""Spread between lines, in logits."""
_OPENS = (":", "{", "(", "[", "=>")
_LINES = 6


@dataclass(frozen=True)
class Scripted:
    """The model for one passage."""

    passage: Passage
    seed: int

    @cached_property
    def _tokens(self) -> list[tuple[int, str, float, float]]:
        """Of each token: where it begins, its text, how likely it is known, and what was drawn."""
        chance = random.Random(f"{self.seed}:{self.passage.key}:tokens")
        seen = set(re.findall(r"[^\W\d]\w*", self.passage.before + self.passage.after))
        found, at, hard = [], 0, chance.gauss(0, _HARD)
        for token in _TOKEN.findall(self.passage.text):
            if token.startswith("\n"):
                hard = chance.gauss(0, _HARD)
            prior = _KNOWN[self._what(token, at, seen)]
            known = 1 / (1 + exp(-(log(prior / (1 - prior)) - hard)))
            found.append((at, token, known, chance.random()))
            seen.add(token)
            at += len(token)
        return found

    def _what(self, token: str, at: int, seen: set[str]) -> str:
        if token.startswith("\n"):
            return "line"
        if token.isspace():
            return "blank"
        if token.isdigit():
            return "number"
        if not (token[0].isalpha() or token[0] == "_"):
            return "sign"
        before = self.passage.text[:at]
        prose = self.passage.language == "markdown" or comment_or_string(before) != "code"
        if prose:
            return "word"
        return "keyword" if token.lower() in KEYWORDS else "name" if token in seen else "new"

    @cached_property
    def _names(self) -> list[str]:
        return sorted(set(re.findall(r"[^\W\d]\w{2,}", self.passage.before[-3000:]))) or ["value"]

    def answer(self, typed: int) -> str:
        """What the model writes after so much of the passage: a line, or a block where one may stand."""
        whole = self._extent(typed)
        if not whole:
            return "\n" + self._wrong(typed)
        end = typed + len(whole)
        for at, token, known, drawn in self._tokens:
            if at + len(token) <= typed:
                continue
            if at >= end:
                break
            ahead = max(0, typed - at) / len(token)
            if drawn > known + (1 - known) * ahead**0.7:
                cut = max(at, typed)
                wrong = self._wrong(at) if token[0].isalnum() or token[0] == "_" else " " + self._wrong(at)
                after = whole[at + len(token) - typed :].partition("\n")[0]
                return whole[: cut - typed] + wrong + after
        return whole

    def _wrong(self, at: int) -> str:
        return random.Random(f"{self.seed}:{self.passage.key}:{at}").choice(self._names) + "_"

    def _extent(self, typed: int) -> str:
        """The true text up to the end of the line, of the next line, or of the block."""
        rest = self.passage.text[typed:]
        line = (self.passage.before[-400:] + self.passage.text[:typed]).rpartition("\n")[2]
        first, _, more = rest.partition("\n")
        if not first:
            return "\n" + more.partition("\n")[0] if more else ""
        if line.strip() and not (line.rstrip().endswith(_OPENS) and not first.strip()):
            return first
        lines = rest.split("\n")[:_LINES]
        size = next((n for n, one in enumerate(lines) if n and not one.strip()), len(lines))
        return "\n".join(lines[:size])


def first_line_right(text: str, true: str) -> bool:
    """Whether the first line that is shown is the one that is typed."""
    first = text.lstrip("\n").partition("\n")[0]
    lead = text[: len(text) - len(text.lstrip("\n"))]
    shown = lead + first
    return bool(first.strip()) and true.startswith(shown) and true[len(shown) : len(shown) + 1] in ("", "\n")
