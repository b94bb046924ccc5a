"""What the buffer says round the cursor: which names stand how near, how they are used, what encloses it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

from counterpoint.context.facts import CALLABLES, TYPES, Definition, Facts
from counterpoint.context.keywords import COMMON, KEYWORDS
from counterpoint.context.languages import family_of
from counterpoint.context.question import Question
from counterpoint.context.symbols import Notes

WORD = re.compile(r"[A-Za-z_$][A-Za-z0-9_$]*")
# Each of these begins with one set of characters: only so does the search skip what cannot begin a match.
_USE = re.compile(
    r"[.:>A-Za-z_$](?:(?<=[A-Za-z_$])|(?:(?<=\.)|(?<=::)|(?<=->))(?=[A-Za-z_$]))[A-Za-z0-9_$]*(?:!?\()?"
)
_DOUBLE, _SINGLE = r"[^\"\\\n]*(?:\\.[^\"\\\n]*)*\"", r"[^'\\\n]*(?:\\.[^'\\\n]*)*'"
_STRING = re.compile(rf"[\"'fF](?:(?<=\"){_DOUBLE}|(?<='){_SINGLE}|(?<=[fF])(?:\"{_DOUBLE}|'{_SINGLE}))")
_CHARACTER = re.compile(r"\"[^\"\\\n]*(?:\\.[^\"\\\n]*)*\"|'\\?[^'\n]'")
_BLOCK = re.compile(r"/\*[^*]*(?:\*(?!/)[^*]*)*(?:\*/)?")
_SLASHES = re.compile(r"//[^\n]*")
_HASH = re.compile(r"#[^\n]*")
_BOUND = re.compile(
    r"([A-Za-z_$](?<![.\w$].)[\w$]*)\s*(?:=(?![=>])|:=|:(?!:)|\bin\b|,[^()\n]*(?:=(?![=>])|:=))"
)
_OVER_LINES = re.compile(r"\"\"\"|'''|/\*|\*/|`")
"""What begins or ends a comment or a string of several lines."""
_RINGS = (1, 3, 7, 15, 31, 63, 127)
"""Distance from the cursor, in lines, is told in rings of double width; the last ring is the rest."""
FAR = len(_RINGS) + 1
_REACH = 1_500
"""Lines on either side that are looked at."""
SOON = 20
"""Lines after the cursor whose names are sure to matter: what is being written leads up to them."""


@dataclass(frozen=True, slots=True)
class Buffer:
    """`before` and `after` give the ring in which a name stands nearest to the cursor on that side;
    rings count from 0, a name that is not there has none; `rings` has the nearer of both. `counts` are
    occurrences in all. Names in comments and strings count nowhere.
    """

    lines: Sequence[str]
    line: int
    before: Mapping[str, int]
    after: Mapping[str, int]
    rings: Mapping[str, int]
    counts: Mapping[str, int]
    called: frozenset[str]
    members: frozenset[str]
    plain: frozenset[str]
    soon: frozenset[str]
    local: frozenset[str]
    function: Definition | None
    type: Definition | None

    def ring(self, name: str) -> int:
        """The nearest ring of a name on either side, FAR if it is nowhere."""
        return self.rings.get(name, FAR)


class _Uses:
    """Names as they are met, ring by ring."""

    def __init__(self) -> None:
        self._words: dict[str, str] = {}
        self.counts: dict[str, int] = {}
        self.called: set[str] = set()
        self.members: set[str] = set()
        self.plain: set[str] = set()

    def rings(self, parts: Iterable[Sequence[str]], keywords: frozenset[str]) -> dict[str, int]:
        """The first ring of each name."""
        found: dict[str, int] = {}
        words, counts = self._words, self.counts
        for number, part in enumerate(parts):
            for use, times in Counter(_USE.findall("\n".join(part))).items():
                word = words.get(use)
                if word is None:
                    word = self._take(use)
                counts[word] += times
                if word not in found:
                    found[word] = number
        for word in keywords:
            found.pop(word, None)
        return found

    def _take(self, use: str) -> str:
        """The word of a use that is met for the first time."""
        word = self._words[use] = use.lstrip(".:->").rstrip("(!")
        self.counts.setdefault(word, 0)
        if use[-1] == "(":
            self.called.add(word)
        (self.members if use[0] in ".:>" else self.plain).add(word)
        return word


def buffer_of(question: Question, facts: Facts | None, notes: Notes) -> Buffer:
    """`read_buffer`, or what it gave for the last key: what is written on the cursor's line changes nothing
    about the lines round it, unless a comment or a string over several lines begins or ends there."""
    path, mark = question.path, surroundings(question)
    known: tuple[Facts | None, Buffer] | None = notes.get("buffer", path, mark)
    if known is not None and known[0] is facts:
        lines = list(known[1].lines)
        lines[known[1].line] = mark.line
        return replace(known[1], lines=lines)
    found = read_buffer(question, facts)
    notes.put("buffer", path, mark, (facts, found))
    return found


@dataclass(frozen=True, slots=True)
class Surroundings:
    """A text but for what is written on the cursor's line, `line`, which does not count in comparisons."""

    language: str
    number: int
    before: str
    after: str
    marks: tuple[str, ...]
    line: str = field(compare=False)


def surroundings(question: Question) -> Surroundings:
    """The surroundings of the cursor."""
    text = question.text
    start = _start_of(text, question.line)
    end = text.find("\n", start)
    line, after = (text[start:end], text[end:]) if end >= 0 else (text[start:], "")
    marks = tuple(_OVER_LINES.findall(line))
    return Surroundings(question.language, question.line, text[:start], after, marks, line)


def _start_of(text: str, line: int) -> int:
    return len(text) - len(text.split("\n", line)[-1])


def read_buffer(question: Question, facts: Facts | None) -> Buffer:
    """Read the text of a question; `facts` are the file's own, perhaps of a moment ago."""
    lines = question.text.split("\n")
    here = min(question.line, len(lines) - 1)
    code = code_of(question.language, question.text).split("\n")
    edges = (0, *_RINGS, _REACH)
    spans = list(pairwise(edges))
    uses, keywords = _Uses(), KEYWORDS.get(family_of(question.language), COMMON)
    before = uses.rings((code[max(0, here - far) : max(0, here - near)] for near, far in spans), keywords)
    after = uses.rings((code[here + 1 + near : here + 1 + far] for near, far in spans), keywords)
    for word in keywords:
        uses.counts.pop(word, None)
    function, owner = enclosing(facts, here, len(lines)) if facts else (None, None)
    first = function.first_line if function else max(0, here - 30)
    return Buffer(
        lines,
        here,
        before,
        after,
        _nearer(before, after),
        uses.counts,
        frozenset(uses.called),
        frozenset(uses.members),
        frozenset(uses.plain),
        frozenset(WORD.findall("\n".join(code[here + 1 : here + 1 + SOON]))) - keywords,
        frozenset(_BOUND.findall("\n".join(code[max(first, here - 150) : here]))),
        function,
        owner,
    )


def _nearer(before: Mapping[str, int], after: Mapping[str, int]) -> dict[str, int]:
    found = {**after, **before}
    for word in before.keys() & after.keys():
        found[word] = min(before[word], after[word])
    return found


def code_of(language: str, text: str) -> str:
    """The text with comments and strings taken out, roughly, and its lines kept in place."""
    family = family_of(language)
    if family == "python" or '"""' in text:
        for mark in ('"""', "'''"):
            parts = text.split(mark)
            parts[1::2] = ["\n" * part.count("\n") for part in parts[1::2]]
            text = "".join(parts)
    if family in ("python", "ruby", "shell"):
        return _HASH.sub("", _STRING.sub(_kept, text))
    text = (_STRING if family in ("script", "php") else _CHARACTER).sub("", text)
    return _SLASHES.sub("", _BLOCK.sub(lambda found: "\n" * found[0].count("\n"), text))


def _kept(found: re.Match[str]) -> str:
    # A formatted string names what it prints.
    return found[0] if found[0][0] in "fF" else ""


def enclosing(facts: Facts, line: int, lines: int) -> tuple[Definition | None, Definition | None]:
    """The innermost function and the innermost type round a line.

    The facts may be older than the text: where the file has grown since, ends have moved down by as much.
    """
    grown = max(0, lines - facts.lines)
    function = owner = None
    for one in facts.definitions:
        if one.first_line <= line <= one.last_line + grown:
            if one.kind in CALLABLES and (function is None or one.first_line >= function.first_line):
                function = one
            elif one.kind in TYPES and (owner is None or one.first_line >= owner.first_line):
                owner = one
    return function, owner
