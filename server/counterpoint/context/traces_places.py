"""Which file of the workspace a frame means, though the trace was made elsewhere or by a bundler. Pure."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias
from urllib.parse import unquote

from counterpoint.context.clues import Frame

Unresolved: TypeAlias = Literal["", "outside", "several", "unknown"]
"""Why a frame has no file: code of somebody else, several files it may mean, a name no file has."""

_INSTALLED = re.compile(r"(?:^|/)(?:site-packages|dist-packages|node_modules)/((?:@[\w.-]+/)?[^/]+/.+)$")
_OUTSIDE = re.compile(
    r"(?:^|/)(?:site-packages|dist-packages|node_modules|\.venv|\.cargo/registry|go/pkg/mod|usr/lib)/|/rustc/"
    r"|/lib/python3|/go/src/(?:runtime|testing|net|os|sync|reflect)/|^node:|^internal/|^<|/\.rustup/|/pyenv/"
)
_SCHEME = re.compile(
    r"^(?:file|webpack|webpack-internal|vite-node|rsc|app)://(?:\([\w-]+\))?/*(?=/)|^[a-z-]+://[^/]*(?=/)"
)
_BUILT = re.compile(r"(?:^|/)(?:dist|build|out|lib|\.next|\.output|\.nuxt|esm|cjs|compiled|target)/(.+)$")
_SOURCES = (".ts", ".tsx", ".mts", ".js", ".jsx", ".mjs", ".vue", ".svelte")


@dataclass(frozen=True, slots=True)
class Resolved:
    """A frame and its file. `path` is workspace-relative, or "" where `why` says why there is none.

    `likely` are files that the frame may mean, where only its function or its text can tell. `built` says
    that the frame lies in what a tool made of the file: its line is none of the file's.
    """

    frame: Frame
    path: str
    why: Unresolved = ""
    likely: tuple[str, ...] = ()
    built: bool = False


class Places:
    """The files of a workspace by their names. `root` is where it lies, as traces made here write it."""

    def __init__(self, paths: Collection[str], root: str = "") -> None:
        self._paths = frozenset(paths)
        self._root = root.replace("\\", "/").rstrip("/")
        self._named: dict[str, list[str]] = defaultdict(list)
        for path in sorted(paths):
            self._named[path.rpartition("/")[2]].append(path)

    def resolved(self, frames: Iterable[Frame]) -> tuple[Resolved, ...]:
        """Every frame with its file, in the same order."""
        return tuple(self._one(frame) for frame in frames)

    def of(self, written: str) -> str:
        """The file that a written path means, or ""."""
        return self._one(Frame(written, 0, "", 0)).path

    def _one(self, frame: Frame) -> Resolved:
        path = _plain(frame.path)
        if self._root and path.startswith(self._root + "/"):
            path = path[len(self._root) + 1 :]
        if path in self._paths:
            return Resolved(frame, path)
        if _OUTSIDE.search(path):
            own = self._installed(path)
            return Resolved(frame, own) if own else Resolved(frame, "", "outside")
        found = self._longest(path.lstrip("/").split("/"))
        if len(found) == 1:
            return Resolved(frame, found[0])
        if found:
            return Resolved(frame, "", "several", tuple(found))
        if sources := self._sources(path):
            one = sources[0] if len(sources) == 1 else ""
            return Resolved(frame, one, "" if one else "several", () if one else sources, built=True)
        return Resolved(frame, "", "unknown", tuple(self._named.get(path.rpartition("/")[2], ())))

    def _installed(self, path: str) -> str:
        """The workspace's own package, where it was installed and run from there."""
        found = _INSTALLED.search(path)
        own = self._ending(found[1]) if found else []
        return own[0] if len(own) == 1 else ""

    def _ending(self, tail: str) -> list[str]:
        return [one for one in self._named.get(tail.rpartition("/")[2], ()) if f"/{one}".endswith(f"/{tail}")]

    def _sources(self, path: str) -> tuple[str, ...]:
        """What a built file was likely made of: the same path below another folder, with another ending."""
        found = _BUILT.search(path)
        stem, dot, ending = (found[1] if found else path).rpartition(".")
        if not dot or f".{ending}" not in (".js", ".mjs", ".cjs"):
            return ()
        tails = [stem + one for one in _SOURCES]
        return tuple(path for tail in tails for path in self._ending(tail))

    def _longest(self, parts: Sequence[str]) -> list[str]:
        """Files with the longest common end. A name alone counts only where one of both has no more."""
        best: list[str] = []
        longest = 0
        for path in self._named.get(parts[-1], ()):
            own = path.split("/")
            same = 0
            for mine, theirs in zip(reversed(own), reversed(parts), strict=False):
                if mine != theirs:
                    break
                same += 1
            whole = same in (len(own), len(parts))
            if (same < 2 and not whole) or same < longest:
                continue
            best = [*best, path] if same == longest else [path]
            longest = same
        return best


def _plain(written: str) -> str:
    path = unquote(written.replace("\\", "/")).partition("?")[0]
    path = _SCHEME.sub("", path)
    parts: list[str] = []
    for part in path.split("/"):
        if part == ".." and parts and parts[-1] not in ("", ".."):
            parts.pop()
        elif part not in (".", "..") and (part or not parts):
            parts.append(part)
    return "/".join(parts)
