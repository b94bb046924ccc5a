"""What a file sees of the workspace wherever the cursor stands in it: its imports, and how near other files
are. Kept from one question to the next."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from counterpoint.context.completing_imports import EXACT, Bound, Imports, bound, homes, parts_of
from counterpoint.context.facts import Facts, Import
from counterpoint.context.languages import GRAMMARS, family_of
from counterpoint.context.symbols import Place, Symbols
from counterpoint.text import language_of

_TEST = re.compile(
    r"(?:^|/)(?:tests?|testing|__tests__|spec|bench(?:es|marks?)?|docs?|examples?)/|[._-](?:test|spec)\.|(?:^|/)test_|Test\.java$"
)
_FEWEST, _MOST, _KNOWN = 16, 64, 100_000
"""So many standpoints are kept, and of so many files they know, each for itself."""
_HANDED_ON = 40
"""So many files at most are followed through barrels."""


class Standpoint:
    """Good for as long as the file's imports and the workspace's files are what they were."""

    def __init__(self, path: str, language: str, imports: Sequence[Import]) -> None:
        self.path = path
        self.language = language
        self.folder = path.rpartition("/")[0]
        self.imports = Imports(imports, path)
        self.in_test = is_test(path)
        row = GRAMMARS.get(language)
        self.package = bool(row and row.package_is_folder)
        self.family = family_of(language)
        self.near: dict[str, tuple[int, float] | None] = {}
        self._same: dict[tuple[int, float] | None, tuple[int, float] | None] = {}
        """Of equal values one is kept."""
        self.parts: dict[str, tuple[str, ...]] = {}
        self.crowds: dict[str, tuple[Sequence[Place], Sequence[Place]]] = {}
        """Of names with many definitions: all of these, and those in the nearest files."""
        self._seen: object = None
        self._whole: dict[str, str] = {}
        self._exact: frozenset[str] = frozenset()

    def file(self, path: str, symbols: Symbols) -> tuple[int, float] | None:
        """How a file is imported here, and how likely it is to matter; None if another language's."""
        try:
            return self.near[path]
        except KeyError:
            found = self._file(path, symbols)
            found = self.near[path] = self._same.setdefault(found, found)
            return found

    def _file(self, path: str, symbols: Symbols) -> tuple[int, float] | None:
        its_family, folder, parts, test = _about(path, self.language)
        if its_family is not None and its_family != self.family:
            return None
        relation = self.imports.of_file(parts or self.parts_of(path, symbols))
        near = 0.6 * relation
        if folder == self.folder:
            near += 2.0 if self.package else 0.5
        elif self.folder.startswith(folder) or folder.startswith(self.folder):
            near += 0.2
        if test and not self.in_test:
            near -= 2.5
        return relation, near

    def parts_of(self, path: str, symbols: Symbols) -> tuple[str, ...]:
        """A path as a module of this file's language."""
        found = self.parts.get(path)
        if found is None:
            found = _about(path, self.language)[2]
            if not found:  # the root folder, whose package is named in its files
                facts = symbols.facts(path)
                found = (facts.package,) if facts else ()
            self.parts[path] = found
        return found

    def taken_whole(self, symbols: Symbols) -> dict[str, str]:
        """Files that are imported as a whole, and those they hand on, with the name they go by here."""
        self._look(symbols)
        return self._whole

    def exactly(self, symbols: Symbols) -> frozenset[str]:
        """Files that are imported, of those that define an imported name or stand beside this one."""
        self._look(symbols)
        return self._exact

    def _look(self, symbols: Symbols) -> None:
        if self._seen is not None and self._seen == symbols.changes:
            return
        self._whole = _Whole(self, symbols).found
        names = symbols.defined([name for name in self.imports.aliases if name[:2] != "__"])
        paths = {place.path for places in names.values() for place in places}
        paths.update(symbols.folder(self.folder))
        near = ((path, self.file(path, symbols)) for path in paths)
        self._exact = frozenset(path for path, file in near if file is not None and file[0] == EXACT)
        self._seen = symbols.changes


class _Whole:
    """The files imported as a whole, as they are found."""

    def __init__(self, standpoint: Standpoint, symbols: Symbols) -> None:
        self._symbols = symbols
        self.found: dict[str, str] = {}
        for one in standpoint.imports.bound:
            self._homes(one, standpoint.path, one.alias)
        for path, alias in list(self.found.items()):
            facts = symbols.facts(path)
            for handed in facts.imports if facts and len(self.found) < _HANDED_ON else ():
                if handed.exported and handed.name in ("*", "") and handed.module.startswith("."):
                    self._homes(bound(handed, path), path, alias)
        self.found.pop(standpoint.path, None)

    def _homes(self, one: Bound, path: str, alias: str) -> None:
        for folder, stems in homes(one, path):
            for other in self._symbols.folder(folder):
                if other not in self.found and self._is_home(one, folder, stems, other):
                    self.found[other] = alias

    def _is_home(self, one: Bound, folder: str, stems: frozenset[str], path: str) -> bool:
        if stems:
            return path.rpartition("/")[2].partition(".")[0].replace("-", "_") in stems
        if folder:
            return True
        facts: Facts | None = self._symbols.facts(path)
        return facts is not None and bool(one.parts) and facts.package == one.parts[-1]


def standpoint_of(path: str, language: str, facts: Facts | None, symbols: Symbols) -> Standpoint:
    """The standpoint of a file, as it was for the last question if nothing has changed since."""
    imports = facts.imports if facts else ()
    about, mark = (path, language), (imports, symbols.saved)
    found: Standpoint | None = symbols.notes.get("standpoint", about, mark)
    if found is None:
        found = Standpoint(path, language, imports)
        # Each comes to know of most files: in a large workspace there is room for fewer.
        most = max(_FEWEST, min(_MOST, _KNOWN // (1 + len(symbols.paths()))))
        symbols.notes.put("standpoint", about, mark, found, most)
    return found


@lru_cache(maxsize=20_000)
def is_test(path: str) -> bool:
    """True for tests, benchmarks, documentation and examples, by the path."""
    return _TEST.search(path) is not None


@lru_cache(maxsize=20_000)
def _about(path: str, language: str) -> tuple[str | None, str, tuple[str, ...], bool]:
    """What a path says by itself: the family of its language, None if its ending is unknown; its folder; its
    parts as a module; whether it is a test's."""
    found = language_of(path)
    family = None if found == "plaintext" else family_of(found)
    return family, path.rpartition("/")[0], parts_of(path, language), is_test(path)
