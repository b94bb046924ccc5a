"""The scene of a completion: the buffer, its imports, and which definitions a name can mean there."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from counterpoint.context.completing_buffer import Buffer, read_buffer
from counterpoint.context.completing_imports import EXACT, Imports, homes, parts_of
from counterpoint.context.facts import TYPES, Definition, Facts
from counterpoint.context.languages import GRAMMARS, family_of
from counterpoint.context.question import Question
from counterpoint.context.symbols import Place, Symbols

_TEST = re.compile(
    r"(?:^|/)(?:tests?|testing|__tests__|spec|bench(?:es|marks?)?|docs?|examples?)/|[._-](?:test|spec)\.|(?:^|/)test_|Test\.java$"
)


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
        self._tests: dict[str, bool] = {}
        self._parts: dict[str, tuple[str, ...]] = {}
        self._defined: dict[str, Sequence[Place]] = {}
        self._meant: dict[str, list[tuple[float, Place]]] = {}

    def facts_of(self, path: str) -> Facts | None:
        """The facts of a file."""
        if path not in self._facts:
            self._facts[path] = self.symbols.facts(path)
        return self._facts[path]

    def file(self, path: str) -> tuple[int, float] | None:
        """How a file is imported here, and how likely it is to matter; None if another language's."""
        if path not in self._files:
            self._files[path] = self._file(path)
        return self._files[path]

    def test(self, path: str) -> bool:
        """True for a test's file, asked from one that is none."""
        if path not in self._tests:
            self._tests[path] = not self.in_test and is_test(path)
        return self._tests[path]

    def _file(self, path: str) -> tuple[int, float] | None:
        language = _language(path)
        if language is not None and family_of(language) != self._family:
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

    def parts(self, path: str) -> tuple[str, ...]:
        """A path as a module of this question's language."""
        if path not in self._parts:
            self._parts[path] = parts_of(path, self.question.language)
        return self._parts[path]

    def look_up(self, names: Iterable[str]) -> Mapping[str, Sequence[Place]]:
        """Where names are defined, asked in one go for what is not yet known."""
        wanted = list(names)
        missing = [name for name in wanted if name not in self._defined]
        if missing:
            found = self.symbols.defined(missing)
            for name in missing:
                self._defined[name] = found.get(name, ())
        return {name: self._defined[name] for name in wanted if self._defined[name]}

    def meant(self, name: str) -> list[tuple[float, Place]]:
        """The places a name can mean here with their credit, best first; those of this file included."""
        found = self._meant.get(name)
        if found is None:
            places = self.look_up((name,)).get(name, ())
            found = [
                (self._credit(place, len(places)), place)
                for place in places
                if self.file(place.path) is not None
            ]
            found.sort(key=lambda one: (-one[0], one[1].path, one[1].number))
            self._meant[name] = found
        return found

    def _credit(self, place: Place, rivals: int) -> float:
        path, _, one = place
        if path == self.path:
            return 5.0
        file = self.file(path)
        credit = file[1] if file else -9.0
        if not one.owner or one.kind in TYPES:
            credit += 2.0 * self.imports.of_name(one.name, self.parts(path))
        elif one.owner.rpartition(".")[2] in self.buffer.counts:
            credit += 1.0
        if rivals == 1:
            credit += 1.0
        if one.kind == "field":
            credit -= 0.4
        if not one.exported or (one.name.startswith("_") and not one.owner):
            credit -= 1.0
        return credit

    def rivals(self, one: Definition) -> int:
        """How many definitions share a definition's name; fields do not rival what can be called."""
        places = self._defined.get(one.name) or self.look_up((one.name,)).get(one.name, ())
        if one.kind == "field" or len(places) == 1:
            return len(places) or 1
        return sum(place.definition.kind != "field" for place in places) or 1

    def imported_files(self) -> list[str]:
        """Files that are imported as a whole: modules, namespaces, packages."""
        found: dict[str, None] = {}
        for one in self.imports.bound:
            for folder, stem in homes(one, self.path):
                for path in self.symbols.folder(folder):
                    if stem in ("", path.rpartition("/")[2].partition(".")[0].replace("-", "_")):
                        found[path] = None
        return list(found)

    def types_meant(self, name: str) -> list[Place]:
        """The types a name most likely means: the best place, and others as good."""
        meant = [(credit, place) for credit, place in self.meant(name) if place.definition.kind in TYPES]
        return [place for credit, place in meant[:3] if credit >= meant[0][0] - 0.25 and credit > -1.5]


def is_test(path: str) -> bool:
    """True for tests, benchmarks, documentation and examples, by the path."""
    return _TEST.search(path) is not None


def _language(path: str) -> str | None:
    from counterpoint.text import language_of

    found = language_of(path)
    return None if found == "plaintext" else found


__all__ = ["EXACT", "Definition", "Scene", "is_test"]
