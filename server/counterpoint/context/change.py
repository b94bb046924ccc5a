"""What a change says: the words of its lines, the definitions it touches. Pure."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from counterpoint.context.facts import CALLABLES, TYPES, Definition, Facts
from counterpoint.context.question import Question
from counterpoint.context.ranking import IDENTIFIER, STOP

_HUNK = re.compile(r"@@ -\S+ \+\S+ @@ ?(.*)")
_AROUND = 3


@dataclass(frozen=True, slots=True)
class Change:
    """`words` are weights of identifiers on added and removed lines, `near` of those on the lines around;
    `gone` are those of `words` that are removed more often than added.

    `symbols` are the definitions that contain a changed line, innermost first; `names` their names and
    those of definitions on removed lines.
    """

    words: dict[str, float]
    near: dict[str, float]
    gone: dict[str, float]
    symbols: tuple[Definition, ...]
    names: tuple[str, ...]


def change_of(question: Question, facts: Facts | None) -> Change:
    """Read the change out of a question's diff, or where there is none out of its hunks."""
    changed, around = _lines(question)
    words, near = _weights(changed), _weights(around)
    symbols = _touched(question.hunks, facts) if facts else ()
    own = {definition.name for definition in symbols}
    removed = (match[1] for line in changed if (match := _DEFINES.match(line)))
    names = (*(definition.name for definition in symbols), *(name for name in removed if name not in own))
    return Change(
        words,
        {word: weight for word, weight in near.items() if word not in words},
        _gone(question.diff),
        symbols,
        tuple(dict.fromkeys(names)),
    )


_DEFINES = re.compile(
    r"\s*(?:(?:export|default|public|private|protected|static|final|async|pub|abstract)\s+)*"
    r"(?:def|class|function|func|fn|type|interface|struct|enum|trait|const)\s+(?:\([^)]*\)\s*)?([A-Za-z_]\w*)"
)


def _lines(question: Question) -> tuple[list[str], list[str]]:
    """The changed lines and those around them."""
    if question.diff:
        changed, around = [], []
        for line in question.diff.split("\n"):
            if line.startswith(("+++", "---", "diff ", "index ")):
                continue
            if line[:1] in ("+", "-"):
                changed.append(line[1:])
            elif match := _HUNK.match(line):
                around.append(match[1])
            elif line.startswith(" "):
                around.append(line[1:])
        return changed, around
    lines = question.text.split("\n")
    inside = {number for first, last in question.hunks for number in range(first, last + 1)}
    beside = {n for first, last in question.hunks for n in range(first - _AROUND, last + _AROUND + 1)}
    pick = [lines[number] for number in sorted(inside) if 0 <= number < len(lines)]
    return pick, [lines[number] for number in sorted(beside - inside) if 0 <= number < len(lines)]


def _gone(diff: str) -> dict[str, float]:
    balance: Counter[str] = Counter()
    for line in diff.split("\n"):
        if line[:1] in ("+", "-") and not line.startswith(("+++", "---")):
            words = [word for word in IDENTIFIER.findall(line[1:]) if word not in STOP and len(word) > 1]
            balance.update(dict.fromkeys(words, 1 if line[0] == "-" else -1))
    return {word: 1.0 for word, count in balance.items() if count > 0}


def _weights(lines: Iterable[str]) -> dict[str, float]:
    counts: Counter[str] = Counter()
    for line in lines:
        counts.update(word for word in IDENTIFIER.findall(line) if word not in STOP and len(word) > 1)
    return {word: 1.0 + math.log(count) for word, count in counts.items()}


def _touched(hunks: Sequence[tuple[int, int]], facts: Facts) -> tuple[Definition, ...]:
    found = {
        definition
        for definition in facts.definitions
        for first, last in hunks
        if definition.first_line <= last and first <= definition.last_line
    }
    kinds = CALLABLES | TYPES
    ordered = sorted(found, key=lambda d: (d.kind not in kinds, d.last_line - d.first_line))
    return tuple(ordered)
