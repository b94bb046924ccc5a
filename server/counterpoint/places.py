"""Places as users write them, 1-based with columns in characters, and the workspace they belong to."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from counterpoint.errors import UsageError
from counterpoint.text import Document, Position, Span

_POSITION = re.compile(r"(?P<path>.+):(?P<line>\d+):(?P<column>\d+)", re.DOTALL)
_LINES = re.compile(r"(?P<path>.+):(?P<first>\d+)(?:-(?P<last>\d+))?", re.DOTALL)
_MARKS = (".git", ".counterpoint", ".hg", ".jj")


@dataclass(frozen=True, slots=True)
class Place:
    """A file or folder as given, and 1-based lines first..last, None for all of it."""

    path: Path
    lines: tuple[int, int] | None = None


def position(text: str) -> tuple[Path, Position]:
    """`FILE:LINE:COL`, read from the right, as a path and a 0-based position. Raises UsageError."""
    found = _POSITION.fullmatch(text)
    if found is None:
        raise UsageError(f"{text} is no place in a file.", fix="Give FILE:LINE:COL, such as src/app.py:12:5.")
    line, column = int(found["line"]), int(found["column"])
    if line < 1 or column < 1:
        raise UsageError(f"{text}: lines and columns count from 1.", fix="Give FILE:LINE:COL.")
    return _existing(Path(found["path"])), Position(line - 1, column - 1)


def place(text: str) -> Place:
    """`PATH`, `PATH:L` or `PATH:L1-L2`; a file whose own name looks like that wins. Raises UsageError."""
    whole = Path(text)
    found = _LINES.fullmatch(text)
    if found is None or whole.exists():
        return Place(_existing(whole))
    first = int(found["first"])
    last = int(found["last"] or first)
    if first < 1 or last < first:
        raise UsageError(f"{text}: lines count from 1, the first one first.", fix="Give PATH:L1-L2.")
    path = _existing(Path(found["path"]))
    if path.is_dir():
        raise UsageError(f"{text}: a folder has no lines.", fix="Name a file, or leave the lines out.")
    return Place(path, (first, last))


def span_of(document: Document, lines: tuple[int, int] | None) -> Span:
    """The span of 1-based lines, or of the whole document. Raises UsageError past its end."""
    if lines is None:
        return Span(0, len(document.text))
    if lines[0] > max(1, len(document.lines)):
        raise UsageError(
            f"{document.path} has {len(document.lines)} lines, not {lines[0]}.", fix="Name lines it has."
        )
    return document.span_of_lines(lines[0] - 1, lines[1] - 1)


def workspace_root(paths: Sequence[Path], folder: Path) -> Path:
    """The workspace of these paths, or of `folder` (the current one) if there are none.

    The nearest folder above all of them that a version control system or `.counterpoint` marks; else
    `folder` if they lie in it; else what they have in common.
    """
    folder = folder.resolve()
    found = [path.resolve() for path in paths] or [folder]
    common = found[0] if found[0].is_dir() else found[0].parent
    while not all(path.is_relative_to(common) for path in found):
        common = common.parent
    for above in (common, *common.parents):
        if any((above / mark).exists() for mark in _MARKS):
            return above
    return folder if common.is_relative_to(folder) else common


def _existing(path: Path) -> Path:
    try:
        if path.exists():
            return path
    except (OSError, ValueError):
        pass
    raise UsageError(f"{path} does not exist.", fix="Give the path of a file or folder that does.")
