"""A small editor with an exact memory: of every character it knows who wrote it, whatever happens to it.

This is the truth that tracking is measured against. It shares no code with what it measures: provenance is
kept character by character, and through a formatter it is taken token by token with Python's own tokenizer.
"""

from __future__ import annotations

import io
import subprocess
import tokenize
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from counterpoint.index.edits import LineEdit
from counterpoint.text import split_lines

HUMAN, ANYBODY = 0, -1
_SOFT = frozenset("(),;")
_LAYOUT = frozenset(
    (tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENCODING, tokenize.ENDMARKER)
)


@dataclass(frozen=True)
class Text:
    """A text and for each character who wrote it: HUMAN, a job of a model from 1, or ANYBODY for what a
    formatter put between two of them."""

    text: str
    who: tuple[int, ...]

    @classmethod
    def of(cls, text: str, who: int = HUMAN) -> Text:
        return cls(text, (who,) * len(text))

    def __add__(self, other: Text) -> Text:
        return Text(self.text + other.text, self.who + other.who)

    def cut(self, start: int, end: int) -> Text:
        return Text(self.text[start:end], self.who[start:end])

    def put(self, start: int, end: int, new: Text) -> Text:
        return self.cut(0, start) + new + self.cut(end, len(self.text))

    def lines(self) -> list[Text]:
        found, at = [], 0
        for line in split_lines(self.text):
            found.append(self.cut(at, at + len(line)))
            at += len(line)
        return found


def together(lines: Sequence[Text]) -> Text:
    return Text("".join(one.text for one in lines), tuple(who for one in lines for who in one.who))


def edit_of(text: str, start: int, end: int, new: str) -> LineEdit:
    """A change as the editor tells it."""
    return LineEdit(*_place(text, start), *_place(text, end), new)


def _place(text: str, offset: int) -> tuple[int, int]:
    lines = split_lines(text[:offset])
    if not lines:
        return 0, 0
    if lines[-1].endswith(("\n", "\r")):
        return len(lines), 0
    return len(lines) - 1, len(lines[-1])


# -- the formatter


def formatted(code: str, ruff: str, width: int) -> str | None:
    """What the formatter makes of code; None if it does not parse."""
    run = subprocess.run(
        [ruff, "format", "--isolated", "--line-length", str(width), "--stdin-filename", "a.py", "-"],
        input=code.encode(),
        capture_output=True,
        timeout=60,
        check=False,
    )
    return run.stdout.decode() if run.returncode == 0 else None


@dataclass(frozen=True)
class _Token:
    text: str
    start: int

    @property
    def soft(self) -> bool:
        return self.text in _SOFT


def _tokens(code: str) -> list[_Token]:
    starts = [0]
    for line in io.StringIO(code):
        starts.append(starts[-1] + len(line))
    found = []
    for one in tokenize.generate_tokens(io.StringIO(code).readline):
        if one.type not in _LAYOUT and one.string:
            found.append(_Token(one.string, starts[one.start[0] - 1] + one.start[1]))
    return found


def through(before: Text, after: str) -> Text | None:
    """Who wrote what after formatting: the tokens are the same in the same order, but for brackets and
    commas. None where they are not, as when strings were joined or lines with form feeds were read."""
    try:
        old, new = _tokens(before.text), _tokens(after)
    except (tokenize.TokenError, SyntaxError):
        return None
    a = [at for at, one in enumerate(old) if not one.soft]
    b = [at for at, one in enumerate(new) if not one.soft]
    if len(a) != len(b):
        return None
    who = [HUMAN] * len(after)
    owners: list[int | None] = [None] * len(new)
    for x, y in zip(a, b, strict=True):
        if not _same(old[x].text, new[y].text):
            return None
        owners[y] = _copied(before, old[x], new[y], who)
    ends = [(-1, -1), *zip(a, b, strict=True), (len(old), len(new))]
    for (x0, y0), (x1, y1) in pairwise(ends):
        left = list(range(x0 + 1, x1))
        for y in range(y0 + 1, y1):
            match = next((x for x in left if old[x].text == new[y].text), None)
            if match is not None:
                left = [x for x in left if x > match]
                owners[y] = who[new[y].start] = before.who[old[match].start]
    for y, one in enumerate(new):
        if owners[y] is None:
            above = next((owners[at] for at in range(y - 1, -1, -1) if owners[at] is not None), HUMAN)
            below = next((owners[at] for at in range(y + 1, len(new)) if owners[at] is not None), HUMAN)
            who[one.start] = above if above == below and above is not None else ANYBODY
    return Text(after, tuple(who))


def _same(old: str, new: str) -> bool:
    return _bare(old) == _bare(new) or (old[-1:] in "'\"" and new[-1:] in "'\"")


def _bare(token: str) -> str:
    return "".join(token.lower().split())


def _copied(before: Text, old: _Token, new: _Token, who: list[int]) -> int:
    """Give the characters of a token the authors of the same token before."""
    mine = [before.who[old.start + at] for at, letter in enumerate(old.text) if not letter.isspace()]
    theirs = [new.start + at for at, letter in enumerate(new.text) if not letter.isspace()]
    if len(mine) != len(theirs):
        most = max(set(mine), key=mine.count)
        mine = [most] * len(theirs)
    for at, author in zip(theirs, mine, strict=True):
        who[at] = author
    return mine[-1]


# -- the measure


@dataclass(frozen=True)
class Score:
    """Characters, white space aside: a model's by the truth, said to be a model's, and both with the same
    job."""

    truth: int = 0
    said: int = 0
    both: int = 0

    def __add__(self, other: Score) -> Score:
        return Score(self.truth + other.truth, self.said + other.said, self.both + other.both)

    @property
    def recall(self) -> float:
        return self.both / self.truth if self.truth else 1.0

    @property
    def precision(self) -> float:
        return self.both / self.said if self.said else 1.0

    @property
    def rightly(self) -> float:
        """Of the characters that either side calls a model's, the share on which both agree."""
        either = self.truth + self.said - self.both
        return self.both / either if either else 1.0


def scored(truth: Text, said: Sequence[tuple[int, int, int]]) -> Score:
    """Compare with runs (start, end, job)."""
    mine = [HUMAN] * len(truth.text)
    for start, end, job in said:
        mine[start:end] = [job] * (end - start)
    score = Score()
    for letter, who, one in zip(truth.text, truth.who, mine, strict=True):
        if letter.isspace() or who == ANYBODY:
            continue
        if who or one:
            score = replace(
                score,
                truth=score.truth + bool(who),
                said=score.said + bool(one),
                both=score.both + (who == one),
            )
    return score
