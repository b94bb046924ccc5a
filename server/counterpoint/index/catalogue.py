"""The files of an index by path, by folder and by id, held in memory."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from typing import NamedTuple

from counterpoint.index.reading import Stamp


class Known(NamedTuple):
    """A file that is indexed. `number` is its id, which stands for its content."""

    number: int
    language: str
    stamp: Stamp
    digest: bytes
    lines: int


class Catalogue:
    """What the table of files says. Whoever changes the table changes this too."""

    def __init__(self, rows: Iterable[tuple[int, str | None, str, int, int, bytes, int]] = ()) -> None:
        self.files: dict[str, Known] = {}
        self.names: dict[int, str] = {}
        """Paths by id; those of files that are gone stay."""
        self.live: set[int] = set()
        self.gone: dict[tuple[bytes, str], int] = {}
        """Ids of contents that no file has now, by digest and language."""
        self.gone_lines: dict[int, int] = {}
        self.left_out: dict[str, tuple[Stamp, str]] = {}
        """Files that were opened and left out, with the reason."""
        self._folders: dict[str, dict[str, None]] = {}
        self._sorted: tuple[str, ...] | None = None
        self._sorted_folders: dict[str, tuple[str, ...]] = {}
        self._above: set[str] | None = None
        for number, path, language, size, mtime_ns, digest, lines in rows:
            if path is None:
                self.gone[digest, language] = number
                self.gone_lines[number] = lines
            else:
                self.put(path, Known(number, language, Stamp(size, mtime_ns), digest, lines))

    @classmethod
    def of(cls, connection: sqlite3.Connection) -> Catalogue:
        """Read the tables. Raises sqlite3.Error."""
        sql = "SELECT id, path, language, size, mtime_ns, digest, lines FROM files ORDER BY id"
        found = cls(connection.execute(sql))
        for path, size, mtime_ns, reason in connection.execute("SELECT * FROM left_out"):
            found.left_out[path] = (Stamp(size, mtime_ns), reason)
        return found

    def put(self, path: str, known: Known) -> None:
        """Take a file up, or what it is now."""
        if path not in self.files:
            folder = path.rpartition("/")[0]
            if folder not in self._folders:
                self._folders[folder], self._above = {}, None
            self._folders[folder][path] = None
            self._sorted = None
            self._sorted_folders.pop(folder, None)
        else:
            self.live.discard(self.files[path].number)
        self.files[path] = known
        self.names[known.number] = path
        self.live.add(known.number)

    def drop(self, path: str) -> Known:
        """Forget that a path has a file. The content is remembered. Raises KeyError."""
        known = self.files.pop(path)
        self.live.discard(known.number)
        self.remember(known)
        folder = path.rpartition("/")[0]
        del self._folders[folder][path]
        if not self._folders[folder]:
            del self._folders[folder]
            self._above = None
        self._sorted = None
        self._sorted_folders.pop(folder, None)
        return known

    def has(self, path: str) -> bool:
        """True for a file that is indexed, or was opened and left out."""
        return path in self.files or path in self.left_out

    def remember(self, known: Known) -> None:
        """Keep a content that no path has now."""
        self.gone[known.digest, known.language] = known.number
        self.gone_lines[known.number] = known.lines

    def paths(self) -> tuple[str, ...]:
        """All files, sorted."""
        if self._sorted is None:
            self._sorted = tuple(sorted(self.files))
        return self._sorted

    def folder(self, folder: str) -> tuple[str, ...]:
        """Files directly in a folder, sorted."""
        found = self._sorted_folders.get(folder)
        if found is None:
            found = self._sorted_folders[folder] = tuple(sorted(self._folders.get(folder, ())))
        return found

    def folders(self) -> set[str]:
        """Every folder that holds a file, indexed or left out, at any depth; not the root."""
        if self._above is None:
            self._above = set()
            _add_above(self._above, self._folders)
        if not self.left_out:
            return self._above
        found = set(self._above)
        _add_above(found, {path.rpartition("/")[0] for path in self.left_out})
        return found

    def below(self, folder: str) -> list[str]:
        """Files anywhere in a folder; "" is the root."""
        start = f"{folder}/"
        folders = [name for name in self._folders if not folder or name == folder or name.startswith(start)]
        return [path for name in folders for path in self._folders[name]]


def _add_above(found: set[str], folders: Iterable[str]) -> None:
    """Add folders and those they are in."""
    for folder in folders:
        while folder and folder not in found:
            found.add(folder)
            folder = folder.rpartition("/")[0]
