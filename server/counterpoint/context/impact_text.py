"""Where words stand in the files of a workspace, and in which definition. Kept for one search. Pure."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import accumulate
from typing import NamedTuple

from counterpoint.context.facts import CALLABLES, Facts
from counterpoint.context.impact_units import MODULE
from counterpoint.context.kin import is_aside, is_test
from counterpoint.context.languages import family_of
from counterpoint.context.ranking import IDENTIFIER, STOP, subwords
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
    _found: dict[tuple[str, str], tuple[Use, ...]] = field(default_factory=dict)

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
        return next(_places(found.text, word, *_span(found, number)), None) is not None

    def matches(self, path: str, number: int, shape: re.Pattern[str]) -> bool:
        """True if a definition's lines have something of a shape."""
        found = self._file(path)
        if found is None or number == MODULE:
            return False
        return shape.search(found.text, *_span(found, number)) is not None

    def spoken(self, path: str, number: int) -> frozenset[str]:
        """The words that a definition's identifiers are made of, in lower case; of the file for `MODULE`."""
        found = self._file(path)
        if found is None:
            return frozenset()
        if number == MODULE:
            return _parts(found.facts.words)
        return _parts(IDENTIFIER.findall(found.text, *_span(found, number)))

    def of(self, word: str, family: str) -> Sequence[Use]:
        """The mentions of a word outside of imports, in files of a family of languages."""
        if (word, family) not in self._found:
            self._found[word, family] = tuple(self._search(word, family))
        return self._found[word, family]

    def _search(self, word: str, family: str) -> Iterator[Use]:
        paths = self.symbols.files([word]).get(word, ())
        if len(paths) > _MOST_FILES:
            return
        for path in sorted(paths):
            found = self._file(path)
            if found is not None and family_of(found.facts.language) == family and not _is_idle(path):
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


def _is_idle(path: str) -> bool:
    """True for examples, documentation and benchmarks, on which no test depends."""
    return is_aside(path) and not is_test(path)


def _span(found: _File, number: int) -> tuple[int, int]:
    """The offsets of a definition's lines."""
    one = found.facts.definitions[number]
    start = found.ends[one.first_line - 1] if one.first_line else 0
    return start, found.ends[min(one.last_line, len(found.ends) - 1)]


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
    for at in _places(found.text, word, 0, len(found.text)):
        line = bisect_right(found.ends, at)
        holder = found.holders[line] if line < len(found.holders) else MODULE
        if line in found.import_lines:
            continue
        if (
            holder != MODULE
            and (one := found.facts.definitions[holder]).name == word
            and line == one.name_line
        ):
            continue
        dotted = at > 0 and found.text[at - 1] == "."
        if (holder, dotted) in seen and holder != MODULE:
            continue
        seen.add((holder, dotted))
        before = _BEFORE.search(found.text, max(0, at - 60), at) if dotted else None
        yield Use(path, line, holder, dotted, before[1] or "" if before is not None else "")


def _places(text: str, word: str, start: int, end: int) -> Iterator[int]:
    """Where a word stands whole between two places of a text."""
    at = text.find(word, start, end)
    while at >= 0:
        after = at + len(word)
        if not (at and _is_letter(text[at - 1])) and not (after < len(text) and _is_letter(text[after])):
            yield at
        at = text.find(word, after, end)


def _is_letter(character: str) -> bool:
    return character.isalnum() or character in "_$"


def _parts(names: Iterable[str]) -> frozenset[str]:
    return frozenset(part for name in set(names) if name not in STOP for part in _split(name))


@lru_cache(maxsize=20_000)
def _split(name: str) -> tuple[str, ...]:
    return tuple(part for part in subwords(name) if len(part) > 2)


_BEFORE = re.compile(r"([\w$]*)[)\]]?\??\.$")
