"""Where words stand in the files of a workspace, and in which definition. Kept for one search. Pure."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import accumulate
from typing import NamedTuple

from counterpoint.context.facts import CALLABLES, Facts
from counterpoint.context.impact_units import MODULE
from counterpoint.context.languages import family_of
from counterpoint.context.symbols import Symbols

_MOST_FILES = 300
"""A word that stands in more files tells nothing of any of them."""


class Use(NamedTuple):
    """A mention. `holder` is the number of the definition it stands in. `dotted` says that a dot precedes
    it, and `receiver` the word before that dot."""

    path: str
    line: int
    holder: int
    dotted: bool
    receiver: str


@dataclass(slots=True)
class _File:
    facts: Facts
    text: str
    ends: list[int]
    holders: list[int]
    imported: Mapping[str, tuple[str, str]]
    """By the name in this file: the module and the name there."""
    import_lines: frozenset[int]


@dataclass(slots=True)
class Uses:
    """The texts of a workspace, read when they are first asked for."""

    symbols: Symbols
    _files: dict[str, _File | None] = field(default_factory=dict)

    def holder(self, path: str, line: int) -> int:
        """The number of the innermost function a line is in, else of the innermost other definition."""
        found = self._file(path)
        if found is None or not 0 <= line < len(found.holders):
            return MODULE
        return found.holders[line]

    def imported(self, path: str) -> Mapping[str, tuple[str, str]]:
        """What a file imports."""
        found = self._file(path)
        return found.imported if found is not None else {}

    def says(self, path: str, word: str) -> bool:
        """True if a file has a word."""
        found = self._file(path)
        return found is not None and word in found.facts.words

    def says_within(self, path: str, number: int, word: str) -> bool:
        """True if a definition's lines have a word."""
        found = self._file(path)
        if found is None or number == MODULE:
            return False
        one = found.facts.definitions[number]
        start = found.ends[one.first_line - 1] if one.first_line else 0
        end = found.ends[min(one.last_line, len(found.ends) - 1)]
        return _word(word).search(found.text, start, end) is not None

    def of(self, word: str, family: str) -> Iterator[Use]:
        """The mentions of a word outside of imports, in files of a family of languages."""
        paths = self.symbols.files([word]).get(word, ())
        if len(paths) > _MOST_FILES:
            return
        for path in sorted(paths):
            found = self._file(path)
            if found is not None and family_of(found.facts.language) == family:
                yield from _uses(path, found, word)

    def _file(self, path: str) -> _File | None:
        if path not in self._files:
            self._files[path] = self._read(path)
        return self._files[path]

    def _read(self, path: str) -> _File | None:
        facts, lines = self.symbols.facts(path), self.symbols.lines(path)
        if facts is None or lines is None:
            return None
        return _File(
            facts,
            "\n".join(lines),
            [end + at + 1 for at, end in enumerate(accumulate(map(len, lines)))],
            _holders(facts, len(lines)),
            {one.alias: (one.module, one.name) for one in facts.imports},
            frozenset(one.line for one in facts.imports),
        )


def _holders(facts: Facts, count: int) -> list[int]:
    """For each line the definition it is in. Decorators are taken for a part of what they stand before."""
    found = [MODULE] * count
    numbered = sorted(
        enumerate(facts.definitions),
        key=lambda item: (item[1].kind in CALLABLES, item[1].first_line - item[1].last_line),
    )
    for number, one in numbered:
        for line in range(max(0, one.first_line), min(one.last_line + 1, count)):
            found[line] = number
    return found


def _uses(path: str, found: _File, word: str) -> Iterator[Use]:
    seen: set[tuple[int, bool]] = set()
    for match in _word(word).finditer(found.text):
        line = bisect_right(found.ends, match.start())
        holder = found.holders[line] if line < len(found.holders) else MODULE
        if line in found.import_lines:
            continue
        if (
            holder != MODULE
            and (one := found.facts.definitions[holder]).name == word
            and line == one.name_line
        ):
            continue
        before = _BEFORE.search(found.text, max(0, match.start() - 60), match.start())
        dotted = before is not None
        if (holder, dotted) in seen and holder != MODULE:
            continue
        seen.add((holder, dotted))
        yield Use(path, line, holder, dotted, before[1] or "" if before is not None else "")


_BEFORE = re.compile(r"([\w$]*)[)\]]?\??\.$")


@lru_cache(maxsize=2000)
def _word(word: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![\w$]){re.escape(word)}(?![\w$])")
