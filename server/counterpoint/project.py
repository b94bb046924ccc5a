"""The files of a workspace on disk: what may be read, and what of it may leave this machine.

Everything here is synchronous and does I/O: callers on an event loop use threads. No link is followed out
of the root. Two levels: a *local* reader (static rules) sees every source file that is not ignored; the
`Files` interface, from which models are fed, also leaves out secret-like and local-only files.
"""

from __future__ import annotations

import os
import posixpath
import re
import stat
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from counterpoint.errors import ConfigError
from counterpoint.globs import parsed
from counterpoint.ignores import Ignores, Level, compiled
from counterpoint.secret_names import is_gits, looks_secret
from counterpoint.text import LANGUAGES, Document, language_of

MAX_FILES = 50_000
_VENDORED = frozenset(
    {
        ".git", ".hg", ".svn", ".jj", "node_modules", "bower_components", "jspm_packages", "__pycache__",
        ".venv", ".tox", ".nox", "site-packages", ".mypy_cache", ".pytest_cache", ".ruff_cache", ".gradle",
        ".next", ".nuxt", ".terraform", ".yarn", ".pnpm-store",
    }
)  # fmt: skip
_GENERATED = re.compile(
    r".*(\.min\.(js|css)|\.(js|css)\.map|_pb2(_grpc)?\.pyi?|\.pb\.go|\.g\.dart|\.designer\.cs)"
    r"|package-lock\.json|npm-shrinkwrap\.json|pnpm-lock\.yaml|composer\.lock|go\.sum|.*\.lock",
    re.IGNORECASE,
)
_CONTROL = bytes(set(range(32)) - {9, 10, 12, 13, 27})


@dataclass(frozen=True, slots=True)
class Decoded:
    """Text of a file and the Python name of its encoding, for writing it back as it was."""

    text: str
    encoding: str


@dataclass(frozen=True, slots=True)
class Walk:
    """Source files found, sorted by folder; `stopped` says why the rest was left out, else it is empty."""

    paths: tuple[str, ...]
    stopped: str = ""


def decode(raw: bytes) -> Decoded | None:
    """Bytes of a text file: by its byte order mark, else UTF-8, else Latin-1. None if it is binary."""
    for mark, encoding in ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16")):
        if raw.startswith(mark):
            try:
                return Decoded(raw.decode(encoding), encoding)
            except UnicodeDecodeError:
                return None
    if b"\0" in raw:
        return None
    try:
        return Decoded(raw.decode("utf-8"), "utf-8")
    except UnicodeDecodeError:
        start = raw[:8192]
        odd = len(start) - len(start.translate(None, _CONTROL))
        return None if odd > len(start) // 50 else Decoded(raw.decode("latin-1"), "latin-1")


def is_vendored(folder: str) -> bool:
    """True for the name of a folder of others' code or of generated files. Some disks know no case."""
    return folder.lower() in _VENDORED or is_gits(folder)


def is_generated(name: str) -> bool:
    """True for the name of a file that a tool writes."""
    return _GENERATED.fullmatch(name) is not None


class Project:
    """One workspace folder. Implements `text.Files` with what may be sent."""

    def __init__(
        self, root: Path, *, max_file_bytes: int = 1_000_000, local_only: Sequence[str] = ()
    ) -> None:
        """`local_only` are globs in gitignore form, seen from the root; a leading `~/` means the home folder.

        A glob that begins with `!` is left out: these may only narrow what is sent. Raises ConfigError for
        one that cannot be read, since to leave it out would send what was meant to stay.
        """
        self.root = root.resolve()
        self.max_file_bytes = max_file_bytes
        self._ignores = Ignores(self.root)
        globs = [glob for glob in local_only if not glob.startswith("!")]
        for glob in globs:
            if parsed(glob) is None:
                raise ConfigError(f"privacy.local_only: {glob!r} is no glob.", fix="Correct it.")
        self._local = compiled([glob for glob in globs if not glob.startswith("~")])
        self._local_absolute = compiled(
            ["/" + Path(glob).expanduser().as_posix().lstrip("/") for glob in globs if glob.startswith("~/")]
        )

    def relative(self, path: str) -> str | None:
        """The path, relative or absolute, as workspace-relative with `/`; None if it lies outside."""
        if "\0" in path:
            return None
        if sys.platform == "win32":
            path = path.replace("\\", "/")
        if Path(path).is_absolute():
            return self._below(path) or self._below(os.path.realpath(path))
        inner = posixpath.normpath(path)
        outside = inner in (".", "..") or inner.startswith(("../", "/"))
        return None if outside or (sys.platform == "win32" and ":" in inner) else inner

    def _below(self, path: str) -> str | None:
        """Absolute to relative, with the system's own idea of case; None for the root and what is outside."""
        root, whole = os.path.normcase(self.root), os.path.normcase(os.path.normpath(path))
        if not whole.startswith(root.rstrip(os.sep) + os.sep):
            return None
        return os.path.normpath(path)[len(root.rstrip(os.sep)) + 1 :].replace(os.sep, "/")

    def why_not(self, path: str) -> str | None:
        """Why a file is not read at all, or None. Does not open it; see `read_local` for binary ones."""
        inner = self.relative(path)
        if inner is None:
            return "outside the workspace"
        if reason := self._why_not_named(inner):
            return reason
        try:
            status = (self.root / inner).stat()
        except (OSError, ValueError):
            return "absent or unreadable"
        if not stat.S_ISREG(status.st_mode):
            return "not a regular file"
        if status.st_size > self.max_file_bytes:
            return f"larger than {self.max_file_bytes:,} bytes"
        return None

    def why_not_sent(self, path: str) -> str | None:
        """Why a file on disk is never sent to a vendor, or None. Includes the reasons of `why_not`."""
        return self.why_not(path) or self.why_private(self.relative(path) or path)

    def why_not_sent_text(self, path: str, text: str) -> str | None:
        """The same for text of the editor, which need not be on disk: its name and its own size decide."""
        inner = self.relative(path)
        if inner is None:
            return "outside the workspace"
        if reason := self._why_not_named(inner) or self.why_private(inner):
            return reason
        if len(text.encode("utf-8", "surrogatepass")) > self.max_file_bytes:
            return f"larger than {self.max_file_bytes:,} bytes"
        return "holds a private key" if _holds_key(inner, text) else None

    def names(self, path: str) -> tuple[str, ...]:
        """The path as workspace-relative, and what it is a link to; as it is where it lies outside."""
        return (self._names(inner) or (inner,)) if (inner := self.relative(path)) else (path,)

    def _names(self, inner: str) -> tuple[str, ...] | None:
        """The path, and what it is a link to if that differs; None if the link leads out of the root."""
        real = os.path.realpath(self.root / inner)
        target = self._below(real)
        if target is None:
            return None
        return (inner,) if target == inner else (inner, target)

    def _why_not_named(self, inner: str) -> str | None:
        names = self._names(inner)
        if names is None:
            return "a link out of the workspace"
        for name in names:
            parts = name.split("/")
            if any(map(is_vendored, parts[:-1])):
                return "in a folder of generated or vendored files"
            if ignored := self._ignores.ignored(name):
                return f"ignored by {ignored}"
            if is_gits(parts[-1]) or _GENERATED.fullmatch(parts[-1]):
                return "git's own" if is_gits(parts[-1]) else "generated"
        return None

    def why_private(self, inner: str) -> str | None:
        """Why a file, absolute where it lies outside of the workspace, never leaves this machine; or None."""
        for name in self._names(inner) or (inner,):
            if looks_secret(name):
                return "its name is that of a file of secrets"
            absolute = (self.root / name).as_posix().lstrip("/")
            if self._local.covers(name) or self._local_absolute.covers(absolute):
                return "local only by privacy.local_only"
        return None

    def load(self, path: str) -> Decoded | str:
        """Text of a file for local use, or the reason why there is none."""
        if reason := self.why_not(path):
            return reason
        try:
            raw = _read_capped(self.root / (self.relative(path) or path), self.max_file_bytes)
        except OSError as error:
            return f"cannot be read: {error.strerror}"
        if raw is None:
            return f"larger than {self.max_file_bytes:,} bytes"
        return decode(raw) or "binary"

    def read_local(self, path: str) -> Document | None:
        """A file for checks on this machine: also secret-like and local-only ones, never ignored ones."""
        found = self.load(path)
        inner = self.relative(path)
        return None if isinstance(found, str) or inner is None else _document(inner, found.text)

    def read(self, path: str) -> Document | None:
        """A file that may be sent, or None."""
        if self.why_not_sent(path):
            return None
        document = self.read_local(path)
        return None if document is None or _holds_key(document.path, document.text) else document

    def paths(self) -> Sequence[str]:
        """Source files that may be sent. Walks the folders anew each time."""
        return tuple(path for path in self.walk().paths if self.why_private(path) is None)

    def walk(self, limit: int = MAX_FILES) -> Walk:
        """Source files that are not ignored, at most `limit` of them. Links are left out."""
        found = tuple(islice(self._sources(), limit + 1))
        stopped = f"only the first {limit:,} files of the workspace are read" if len(found) > limit else ""
        return Walk(found[:limit], stopped)

    def _sources(self) -> Iterator[str]:
        levels = self._ignores.levels_at_root()
        waiting: list[tuple[str, tuple[Level, ...]]] = [] if levels is None else [("", levels)]
        while waiting:
            folder, levels = waiting.pop()
            folders: list[str] = []
            for entry in _entries(self.root / folder):
                path = f"{folder}{entry.name}"
                if entry.is_dir(follow_symlinks=False):
                    if not (is_vendored(entry.name) or self._ignores.covered(levels, path, folder=True)):
                        folders.append(f"{path}/")
                elif self._is_source(entry) and not self._ignores.covered(levels, path, folder=False):
                    yield path
            waiting += [(inner, self._ignores.entered(levels, inner)) for inner in reversed(folders)]

    def _is_source(self, entry: os.DirEntry[str]) -> bool:
        if Path(entry.name).suffix.lower() not in LANGUAGES or _GENERATED.fullmatch(entry.name):
            return False
        try:
            status = entry.stat(follow_symlinks=False)
        except OSError:
            return False
        return stat.S_ISREG(status.st_mode) and status.st_size <= self.max_file_bytes


@dataclass(frozen=True)
class Overlay:
    """`Files` with the editor's unsaved text over the disk. `documents` has workspace-relative keys."""

    project: Project
    documents: Mapping[str, Document]

    def read(self, path: str) -> Document | None:
        document = self.documents.get(self.project.relative(path) or path)
        if document is None:
            return self.project.read(path)
        return None if self.project.why_not_sent_text(document.path, document.text) else document

    def paths(self) -> Sequence[str]:
        on_disk = self.project.paths()
        known = frozenset(on_disk)
        return (*on_disk, *(path for path in self.documents if path not in known and self.read(path)))


def _document(path: str, text: str) -> Document:
    return Document.of(path, text, language_of(path))


def _holds_key(path: str, text: str) -> bool:
    """A cloud vendor's service-account file may have any name."""
    return path.lower().endswith(".json") and '"private_key"' in text and '"type"' in text


def _entries(folder: Path) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            found = sorted(entries, key=lambda entry: entry.name)
    except OSError:
        return []
    # A virtual environment of any name is someone else's code.
    return [] if any(entry.name == "pyvenv.cfg" for entry in found) else found


def _read_capped(file: Path, limit: int) -> bytes | None:
    """Contents, or None beyond the limit. Never blocks on a pipe that took the file's place meanwhile."""
    descriptor = os.open(file, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    with os.fdopen(descriptor, "rb") as stream:
        raw = stream.read(limit + 1) or b""
    return None if len(raw) > limit else raw
