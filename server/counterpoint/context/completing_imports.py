"""How the imports of a file relate to other files, judged by paths and module names alone.

No module system is imitated in full: a module's parts are compared with a path's. That also meets barrels,
`__init__` files and namespaces, whose names are defined somewhere below the folder that is imported from.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from counterpoint.context.facts import Import

EXACT, WITHIN, NONE = 2, 1, 0
"""The imported module itself; something below it, or likely so; no relation."""
_STEMS = frozenset({"__init__", "index", "mod", "lib"})
_FOLDERS = frozenset({"go"})
_PART = re.compile(r"[^./:\\]+")
_VERSION = re.compile(r"v\d+$")
_RELATIVE = re.compile(r"^(\.*)(/?)")
_NAMING_FILES = (".c", ".h", ".cc", ".cpp", ".cxx", ".hh", ".hpp", ".hxx", ".sh", ".bash")
"""Files whose imports name a file, extension and all."""
_FILE_END = re.compile(r"\.\w{1,4}$")
_VARIABLE = re.compile(r"^.*[$)}\"][^/]*/")
"""A folder that a script only knows when it runs, most often its own: `$(dirname "$0")/`."""
_DROPPED = frozenset({"crate", "self", "super", "@", "~", "src", "js", "ts", "mjs", "tsx", "jsx"})


class Bound(NamedTuple):
    """An import with its module's parts. `anchored`: they start at the workspace's root."""

    parts: tuple[str, ...]
    anchored: bool
    name: str
    alias: str
    line: int


def parts_of(path: str, language: str) -> tuple[str, ...]:
    """What a path is called as a module."""
    parts = path.split("/")
    stem = parts.pop().partition(".")[0]
    if stem not in _STEMS and language not in _FOLDERS:
        parts.append(stem)
    return tuple(part.replace("-", "_") for part in parts if part != "src")


def bound(imported: Import, path: str) -> Bound:
    """The import as a file at `path` means it."""
    module = imported.module
    if path.endswith(_NAMING_FILES):
        module = _FILE_END.sub("", _VARIABLE.sub("./", module))
    dots, slash = _RELATIVE.match(module).groups()  # type: ignore[union-attr]
    parts = tuple(p.replace("-", "_") for p in _PART.findall(module) if p not in _DROPPED)
    if not dots:
        if len(parts) > 1 and _VERSION.match(parts[-1]):
            parts = parts[:-1]
        return Bound(parts, False, imported.name, imported.alias, imported.line)
    folders = [part.replace("-", "_") for part in path.split("/")[:-1] if part != "src"]
    ups = module.count("../") if slash else len(dots) - 1
    base = folders[: len(folders) - ups] if ups else folders
    return Bound((*base, *parts), True, imported.name, imported.alias, imported.line)


def relation(one: Bound, parts: tuple[str, ...]) -> int:
    """How a file with these `parts` relates to an import."""
    module = one.parts
    if one.anchored:
        if parts == module or parts == (*module, one.name):
            return EXACT
        return WITHIN if parts[: len(module)] == module else NONE
    if not module or not parts:
        return NONE
    size = len(module)
    if parts[-size:] == module or parts[-size - 1 :] == (*module, one.name):
        return EXACT
    if size > 1 and len(parts) > 1 and parts[-2:] == module[-2:]:
        return EXACT
    if one.name and parts[-1] == one.name and len(parts) > 1 and parts[-2] == module[-1]:
        return EXACT
    if module[-1] == parts[-1]:
        return WITHIN if size > 1 else EXACT
    if module[-1] in parts or (size == 1 and module[0].rpartition("_")[2] in parts):
        return WITHIN
    return NONE


def homes(one: Bound, path: str) -> Iterator[tuple[str, frozenset[str]]]:
    """(folder, stems) pairs: where the file may be that an import takes in as a whole. No stems stand for
    every file of the folder."""
    whole = one.name in ("", "*")
    if path.endswith(".go"):
        for start in range(max(0, len(one.parts) - 4), len(one.parts)):
            yield "/".join(one.parts[start:]), frozenset()
        yield "", frozenset()
        return
    if (
        path.endswith((".java", ".cs", ".kt"))
        or not one.parts
        or not (whole or one.anchored or path.endswith(".py"))
    ):
        return
    parts = one.parts if whole else (*one.parts, one.name)
    for root in ("src/",) if one.anchored and path.startswith("src/") else ("", "src/"):
        yield (root + "/".join(parts[:-1])).rstrip("/"), frozenset({parts[-1]})
        yield root + "/".join(parts), _STEMS


class Imports:
    """The imports of one file, quickly asked about many others."""

    def __init__(self, imports: Iterable[Import], path: str) -> None:
        self.bound = [bound(one, path) for one in imports]
        self.aliases: dict[str, list[Bound]] = defaultdict(list)
        self._ends: dict[str, list[Bound]] = defaultdict(list)
        for one in self.bound:
            self.aliases[one.alias].append(one)
            end = one.parts[-1] if one.parts else ""
            self._ends[end].append(one)
            if not one.anchored and len(one.parts) == 1 and "_" in end:
                self._ends[end.rpartition("_")[2]].append(one)
            if one.name:
                self._ends[one.name].append(one)

    def of_file(self, parts: tuple[str, ...]) -> int:
        """The closest relation any import has to a file."""
        ends, found = self._ends, NONE
        if not ends.keys().isdisjoint(parts):
            for part in parts:
                for one in ends.get(part, ()):
                    found = max(found, relation(one, parts))
        return found

    def of_name(self, name: str, parts: tuple[str, ...]) -> int:
        """The closest relation to a file of the imports that bind a name."""
        return max((relation(one, parts) for one in self.aliases.get(name, ())), default=NONE)
