"""What is asked of the workspace's folder on this machine. Reads it: for threads."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from counterpoint.project import Project, decode
from counterpoint.text import Document, language_of


def as_encoded(text: str, encoding: str, before: bytes) -> bytes:
    """The text as a file was encoded, in UTF-8 where that has no room for it. `before` are its bytes so far,
    which tell the order of UTF-16."""
    if encoding == "utf-16":  # which would write the mark and the order of this machine
        big = before.startswith(b"\xfe\xff")
        mark = b"\xfe\xff" if big else b"\xff\xfe"
        return mark + text.encode("utf-16-be" if big else "utf-16-le", "surrogatepass")
    try:
        return text.encode(encoding, "surrogatepass")
    except UnicodeEncodeError:
        return text.encode("utf-8", "surrogatepass")


@dataclass(frozen=True, slots=True)
class Disk:
    """A workspace's folder. Paths are relative to it, with `/`."""

    project: Project

    def why_not(self, path: str) -> str | None:
        """Why nothing is made, changed or moved there, or None: it lies outside, is ignored, or is secret."""
        return self.project.why_not_sent_text(path, "")

    def exists(self, path: str) -> bool:
        """Whether anything is there, a link to nothing included."""
        inner = self.project.relative(path)
        return inner is not None and os.path.lexists(self.project.root / inner)

    def names(self, path: str) -> tuple[str, ...]:
        """The path, and what it is a link to."""
        return self.project.names(path)

    def is_link(self, path: str) -> bool:
        """Whether the path itself is a link."""
        inner = self.project.relative(path)
        return inner is not None and (self.project.root / inner).is_symlink()

    def runs(self, path: str) -> bool:
        """Whether the file is marked to be run as a program."""
        inner = self.project.relative(path)
        file = self.project.root / inner if inner is not None else None
        return file is not None and os.name != "nt" and file.is_file() and os.access(file, os.X_OK)


@dataclass(frozen=True, slots=True)
class Local:
    """`Files` of what may be looked at on this machine, whether or not it may be sent: the editor's unsaved
    text over the disk. `documents` has workspace-relative keys. Files of `indexed` have been looked at by the
    index: these are source files that nothing ignores, and no links."""

    project: Project
    documents: Mapping[str, Document] = field(default_factory=dict)
    indexed: frozenset[str] = frozenset()

    def read(self, path: str) -> Document | None:
        """As `Files.read`."""
        if path in self.documents:
            return self.documents[path]
        if path not in self.indexed:
            return self.documents.get(self.project.relative(path) or path) or self.project.read_local(path)
        try:
            found = decode((self.project.root / path).read_bytes())
        except OSError:
            return None
        return None if found is None else Document.of(path, found.text, language_of(path))

    def paths(self) -> Sequence[str]:
        """As `Files.paths`."""
        return tuple(dict.fromkeys((*self.project.walk().paths, *self.documents)))
