"""The scene of a completion: the buffer, its imports, and which definitions a name can mean there."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property, lru_cache

from counterpoint.context.completing_buffer import Buffer, read_buffer
from counterpoint.context.completing_imports import EXACT, Bound, Imports, bound, homes, parts_of
from counterpoint.context.facts import TYPES, Definition, Facts
from counterpoint.context.languages import GRAMMARS, family_of
from counterpoint.context.question import Question
from counterpoint.context.symbols import Place, Symbols
from counterpoint.text import language_of

_TEST = re.compile(
    r"(?:^|/)(?:tests?|testing|__tests__|spec|bench(?:es|marks?)?|docs?|examples?)/|[._-](?:test|spec)\.|(?:^|/)test_|Test\.java$"
)


_MANY = 100
"""How many rivals a special method is said to have; they are not counted."""
_HANDED_ON = 40
"""So many files at most are followed through barrels."""


class Scene:
    """One question's world. Answers are kept while the question is being answered."""

    def __init__(self, question: Question, symbols: Symbols) -> None:
        self.question = question
        self.symbols = symbols
        self.path = question.path
        self.facts: Facts | None = symbols.facts(question.path)
        self.buffer: Buffer = read_buffer(question, self.facts)
        self.imports = Imports(self.facts.imports if self.facts else (), question.path)
        self.folder = question.path.rpartition("/")[0]
        self.in_test = is_test(question.path)
        row = GRAMMARS.get(question.language)
        self.package = bool(row and row.package_is_folder)
        self.own = frozenset(one.name for one in self.facts.definitions) if self.facts else frozenset()
        self.open = family_of(question.language) not in ("python", "script")
        self._family = family_of(question.language)
        self._files: dict[str, tuple[int, float] | None] = {}
        self._facts: dict[str, Facts | None] = {}
        self._lines: dict[str, Sequence[str] | None] = {}
        self._tests: dict[str, bool] = {}
        self._parts: dict[str, tuple[str, ...]] = {}
        self._defined: dict[str, Sequence[Place]] = {}
        self._rivals: dict[str, tuple[int, int]] = {}
        self._meant: dict[str, list[tuple[float, Place]]] = {}

    def facts_of(self, path: str) -> Facts | None:
        """The facts of a file."""
        if path not in self._facts:
            self._facts[path] = self.symbols.facts(path)
        return self._facts[path]

    def lines_of(self, path: str) -> Sequence[str] | None:
        """The lines of a file, or None if it cannot be read."""
        if path not in self._lines:
            self._lines[path] = self.symbols.lines(path)
        return self._lines[path]

    def file(self, path: str) -> tuple[int, float] | None:
        """How a file is imported here, and how likely it is to matter; None if another language's."""
        try:
            return self._files[path]
        except KeyError:
            found = self._files[path] = self._file(path)
            return found

    def test(self, path: str) -> bool:
        """True for a test's file, asked from one that is none."""
        if path not in self._tests:
            self._tests[path] = not self.in_test and is_test(path)
        return self._tests[path]

    def _file(self, path: str) -> tuple[int, float] | None:
        if _family(path) not in (self._family, None):
            return None
        relation = self.imports.of_file(self.parts(path))
        near = 0.6 * relation
        folder = path.rpartition("/")[0]
        if folder == self.folder:
            near += 2.0 if self.package else 0.5
        elif self.folder.startswith(folder) or folder.startswith(self.folder):
            near += 0.2
        if self.test(path):
            near -= 2.5
        return relation, near

    def look_up(self, names: Iterable[str]) -> Mapping[str, Sequence[Place]]:
        """Where names are defined, asked in one go for what is not yet known."""
        wanted = list(names)
        # Special methods come as members of types in play: hundreds of classes define each.
        missing = [name for name in wanted if name not in self._defined and name[:2] != "__"]
        if missing:
            found = self.symbols.defined(missing)
            for name in missing:
                self._defined[name] = found.get(name, ())
        return {name: places for name in wanted if (places := self._defined.get(name))}

    def _places(self, name: str) -> Sequence[Place]:
        known = self._defined.get(name)
        return self.look_up((name,)).get(name, ()) if known is None else known

    def meant(self, name: str) -> list[tuple[float, Place]]:
        """The places a name can mean here with their credit, best first; those of this file included."""
        found = self._meant.get(name)
        if found is None:
            places = self._places(name)
            bound = name in self.imports.aliases
            only = 1.0 if len(places) == 1 else 0.0
            found = []
            for place in places:
                file = self.file(place.path)
                if file is not None:
                    found.append((file[1] + only + self._credit(place, bound), place))
            if len(found) > 1:
                found.sort(key=_best)
            self._meant[name] = found
        return found

    def _credit(self, place: Place, bound: bool) -> float:
        path, _, one = place
        if path == self.path:
            return 5.0
        credit = 0.0
        if not one.owner or one.kind in TYPES:
            if bound:
                credit = 2.0 * self.imports.of_name(one.name, self.parts(path))
            if one.name[0] == "_":
                credit -= 1.0
        elif one.owner.rpartition(".")[2] in self.buffer.counts:
            credit = 1.0
        if one.kind == "field":
            credit -= 0.4
        if not one.exported:
            credit -= 1.0
        return credit

    def rivals(self, one: Definition) -> int:
        """How many definitions share a definition's name; fields do not rival what can be called."""
        if one.name[:2] == "__":
            return _MANY
        found = self._rivals.get(one.name)
        if found is None:
            places = self._places(one.name)
            fields = sum([place.definition.kind == "field" for place in places]) if len(places) > 1 else 0
            found = self._rivals[one.name] = len(places) or 1, len(places) - fields or 1
        return found[one.kind != "field"]

    @cached_property
    def whole(self) -> dict[str, str]:
        """Files that are imported as a whole, and those they hand on, with the name they go by here."""
        found: dict[str, str] = {}
        for one in self.imports.bound:
            self._homes(one, self.path, one.alias, found)
        for path, alias in list(found.items()):
            facts = self.facts_of(path)
            for handed in facts.imports if facts and len(found) < _HANDED_ON else ():
                if handed.exported and handed.name in ("*", "") and handed.module.startswith("."):
                    self._homes(bound(handed, path), path, alias, found)
        found.pop(self.path, None)
        return found

    def _homes(self, one: Bound, path: str, alias: str, found: dict[str, str]) -> None:
        for folder, stems in homes(one, path):
            for other in self.symbols.folder(folder):
                if other not in found and self._is_home(one, folder, stems, other):
                    found[other] = alias

    def _is_home(self, one: Bound, folder: str, stems: frozenset[str], path: str) -> bool:
        if stems:
            return path.rpartition("/")[2].partition(".")[0].replace("-", "_") in stems
        if folder:
            return True
        facts = self.facts_of(path)
        return facts is not None and bool(one.parts) and facts.package == one.parts[-1]

    def parts(self, path: str) -> tuple[str, ...]:
        """A path as a module of this question's language."""
        if path not in self._parts:
            parts = _parts(path, self.question.language)
            if not parts:  # the root folder, whose package is named in its files
                facts = self.facts_of(path)
                parts = (facts.package,) if facts else ()
            self._parts[path] = parts
        return self._parts[path]

    def types_meant(self, name: str) -> list[Place]:
        """The types a name most likely means: the best place, and others as good."""
        meant = [(credit, place) for credit, place in self.meant(name) if place.definition.kind in TYPES]
        return [place for credit, place in meant[:3] if credit >= meant[0][0] - 0.25 and credit > -1.5]


def _best(one: tuple[float, Place]) -> tuple[float, str, int]:
    return -one[0], one[1].path, one[1].number


@lru_cache(maxsize=20_000)
def is_test(path: str) -> bool:
    """True for tests, benchmarks, documentation and examples, by the path."""
    return _TEST.search(path) is not None


_parts = lru_cache(maxsize=20_000)(parts_of)


@lru_cache(maxsize=20_000)
def _family(path: str) -> str | None:
    """The family of a path's language, None if its ending is unknown."""
    found = language_of(path)
    return None if found == "plaintext" else family_of(found)


__all__ = ["EXACT", "Definition", "Scene", "is_test"]
