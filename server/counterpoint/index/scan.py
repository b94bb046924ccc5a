"""Which files of a workspace are indexed, by what the file system says of them. Opens no file but those
that say what is ignored.

`walk` and `look` decide alike, so that an index kept up to date by events equals one built at once.
"""

from __future__ import annotations

import os
import stat
from collections import Counter
from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

from counterpoint.context.languages import GRAMMARS
from counterpoint.globs import Globs
from counterpoint.ignores import OWN_FILE, Ignores, Level
from counterpoint.index.reading import Stamp, absolute
from counterpoint.project import MAX_FILES, Project, is_generated, is_vendored
from counterpoint.text import LANGUAGES

_ENVIRONMENT = "pyvenv.cfg"
_VENDOR_MARKS = frozenset({"modules.txt", "autoload.php", "bundle"})
"""What a folder `vendor` of Go, PHP or Ruby holds. In one without, people keep code of their own."""

_NO_TEXT = "names that are not UTF-8"


class Source(NamedTuple):
    """A file to index. `stamp` is as the file system says."""

    path: str
    language: str
    stamp: Stamp


@cache
def languages() -> dict[str, str]:
    """The languages that are indexed, by file ending without its dot."""
    found = ((end, language) for end, language in LANGUAGES.items() if language in GRAMMARS)
    return {end.removeprefix("."): language for end, language in found if GRAMMARS[language].indexed}


def decides(path: str) -> bool:
    """True for files that decide what other files are seen at all."""
    name = path.rpartition("/")[2]
    return name in (".gitignore", _ENVIRONMENT) or path == OWN_FILE or name in _VENDOR_MARKS


class Scan:
    """One look at a workspace. `left_out` counts files and folders by why they were left out."""

    def __init__(self, project: Project, ignores: Ignores, limit: int = MAX_FILES) -> None:
        self._root = absolute(project.root)
        self.limit = limit
        self._max_bytes = project.max_file_bytes
        self._ignores = ignores
        self._own: Globs | None = ignores.own()
        self.left_out: Counter[str] = Counter()
        self.full = False
        """True once the walk met more files than it may."""

    def walk(self, folder: str = "") -> Iterator[list[Source]]:
        """The files below a folder, one list for each folder that is looked at."""
        levels = self._levels(folder)
        waiting = [(f"{folder}/" if folder else "", levels)] if levels is not None else []
        count = 0
        while waiting:
            inner, levels = waiting.pop()
            if not (entries := self._entries(inner)):
                continue
            if inner and any(entry.name == ".gitignore" for entry in entries):
                levels = self._ignores.entered(levels, inner)
            folders: list[str] = []
            found = [source for entry in entries if (source := self._source(entry, inner, levels, folders))]
            count += len(found)
            if count > self.limit:
                self.full = True
                yield found[: len(found) - (count - self.limit)]
                return
            waiting += [(f"{name}/", levels) for name in reversed(folders)]
            yield found

    def look(self, path: str) -> Source | str:
        """One file, or why it is left out; "folder" for a folder that may be walked."""
        folder, _, name = path.rpartition("/")
        levels = self._levels(folder)
        if levels is None:
            return "ignored"
        try:
            status = os.lstat(f"{self._root}/{path}")
        except (OSError, ValueError):
            return "absent"
        if stat.S_ISDIR(status.st_mode):
            return "folder" if _is_text(path) and self._levels(path) is not None else "ignored"
        language = _language(name)
        if language is None:
            return "no language"
        if not _is_text(path):
            return _NO_TEXT
        if is_generated(name):
            return "generated"
        if self._ignores.covered_with(self._own, levels, path, folder=False):
            return "ignored"
        return self._regular(path, language, status)

    def _entries(self, inner: str) -> list[os.DirEntry[str]]:
        try:
            with os.scandir(f"{self._root}/{inner}") as entries:
                found = sorted(entries, key=lambda entry: entry.name)
        except OSError:
            return []
        names = {entry.name for entry in found}
        if _ENVIRONMENT in names or (inner.endswith("vendor/") and _is_vendor(inner, names)):
            self.left_out["folders of others' code"] += 1
            return []
        return found

    def _source(
        self, entry: os.DirEntry[str], inner: str, levels: tuple[Level, ...], folders: list[str]
    ) -> Source | None:
        name = entry.name
        language = _language(name)
        if language is None:
            if entry.is_dir(follow_symlinks=False):
                self._folder(f"{inner}{name}", name, levels, folders)
            return None
        path = f"{inner}{name}"
        try:
            status = entry.stat(follow_symlinks=False)
        except OSError:
            return None
        if stat.S_ISDIR(status.st_mode):
            self._folder(path, name, levels, folders)
            return None
        if not _is_text(name):
            self.left_out[_NO_TEXT] += 1
            return None
        if is_generated(name):
            self.left_out["generated"] += 1
            return None
        if self._ignores.covered_with(self._own, levels, path, folder=False):
            self.left_out["ignored"] += 1
            return None
        found = self._regular(path, language, status)
        if isinstance(found, str):
            self.left_out[found] += 1
            return None
        return found

    def _folder(self, path: str, name: str, levels: tuple[Level, ...], folders: list[str]) -> None:
        if is_vendored(name):
            if name != ".git":
                self.left_out["folders of others' code"] += 1
        elif not _is_text(name):
            self.left_out[_NO_TEXT] += 1
        elif self._ignores.covered_with(self._own, levels, path, folder=True):
            self.left_out["ignored folders"] += 1
        else:
            folders.append(path)

    def _regular(self, path: str, language: str, status: os.stat_result) -> Source | str:
        if stat.S_ISLNK(status.st_mode):
            return "links"
        if not stat.S_ISREG(status.st_mode):
            return "not a regular file"
        if status.st_size > self._max_bytes:
            return "oversized"
        return Source(path, language, Stamp(status.st_size, status.st_mtime_ns))

    def _levels(self, folder: str) -> tuple[Level, ...] | None:
        """Ignore patterns in force in a folder; None for one whose files are not indexed."""
        levels = self._ignores.levels_at_root()
        if levels is None or self._foreign(""):
            return None
        parts = folder.split("/") if folder else []
        for count, name in enumerate(parts, 1):
            here = "/".join(parts[:count])
            if is_vendored(name) or not self._is_folder(here) or self._foreign(f"{here}/"):
                return None
            if self._ignores.covered_with(self._own, levels, here, folder=True):
                return None
            levels = self._ignores.entered(levels, f"{here}/")
        return levels

    def _is_folder(self, path: str) -> bool:
        try:
            return stat.S_ISDIR(os.lstat(f"{self._root}/{path}").st_mode)
        except (OSError, ValueError):
            return False

    def _foreign(self, inner: str) -> bool:
        base = f"{self._root}/{inner}"
        if os.path.lexists(f"{base}{_ENVIRONMENT}"):
            return True
        if not inner.endswith("vendor/"):
            return False
        return _is_vendor(inner, {name for name in _VENDOR_MARKS if os.path.lexists(f"{base}{name}")})


def _is_vendor(inner: str, names: set[str]) -> bool:
    return inner.split("/")[-2] == "vendor" and not _VENDOR_MARKS.isdisjoint(names)


def _is_text(name: str) -> bool:
    """False for a name whose bytes are no UTF-8: neither the store nor a model can be told of it."""
    return name.isascii() or name == name.encode("utf-8", "replace").decode("utf-8")


def _language(name: str) -> str | None:
    stem, _, end = name.rpartition(".")
    return languages().get(end.lower()) if stem else None
