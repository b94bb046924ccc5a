"""Change sets as unified diffs that `git apply` and `patch` take. Values in, values out."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from counterpoint.answers import FileChange
from counterpoint.text import apply

FILE, PROGRAM = 0o100644, 0o100755
"""Modes as git writes them."""
_MARGIN = 16
"""Lines of what is the same on both sides that are compared with what differs: of several ways to tell a
change the one is told that a comparison of all lines tells."""
_RANGES = re.compile(r"@@ -(\d+)(,\d+)? \+(\d+)(,\d+)? @@\n")
_ODD = re.compile(r'[\x00-\x1f"\\\x7f]')
_ESCAPES = {"\n": "\\n", "\t": "\\t", "\r": "\\r", '"': '\\"', "\\": "\\\\"}


@dataclass(frozen=True, slots=True)
class FileDiff:
    """`after` is the whole new text, None for a file that is deleted; `before` None for a new file.
    `old_path` is where the file was, "" where it stays."""

    path: str
    before: str | None
    after: str | None
    diff: str
    old_path: str = ""


def diffs_of(changes: Iterable[FileChange]) -> tuple[FileDiff, ...]:
    """One diff for each file that really changes."""
    found = []
    for change in changes:
        after = None if change.deleted else apply(change.before or "", change.edits)
        moved = bool(change.moved_to) and change.moved_to != change.path and not change.deleted
        if after != change.before or moved:
            path, old = (change.moved_to, change.path) if moved else (change.path, "")
            found.append(FileDiff(path, change.before, after, "", old))
    # With one header of git's, all need theirs: what has none would be read as a part of what is before it.
    header = any(one.old_path or not (one.before or one.after) for one in found)
    return tuple(
        replace(one, diff=unified(one.path, one.before, one.after, old_path=one.old_path, header=header))
        for one in found
    )


def unified(
    path: str,
    before: str | None,
    after: str | None,
    *,
    old_path: str = "",
    mode: int = FILE,
    header: bool = False,
) -> str:
    """The diff of one file; None stands for a file that does not exist, `mode` is that of one which comes or
    goes.

    A `header` of git's own stands only where it must, or where it is asked for: with one, git reads the paths
    as seen from the top of the work tree, whatever folder it is called in. Lines end at LF alone, as patch
    tools have it; bytes decoded as Latin-1 come out as they went in.
    """
    old = old_path or path
    rows = _rows(_lines(before), _lines(after), _names(old, path, before, after))
    moved = old != path and before is not None and after is not None
    if not rows and not moved and None not in (before, after):
        return ""
    if header or moved or not rows or mode != FILE:
        rows = [*_head(old, path, before, after, mode), *rows]
    return "".join(_with_ends(rows))


def _rows(old: list[str], new: list[str], names: tuple[str, str]) -> list[str]:
    """The rows of a diff. What both sides begin and end with is not compared: that of a long file takes a
    time that grows faster than the file."""
    most = min(len(old), len(new))
    head = next((at for at in range(most) if old[at] != new[at]), most)
    tail = next((at for at in range(most - head) if old[-1 - at] != new[-1 - at]), most - head)
    head, tail = max(0, head - _MARGIN), max(0, tail - _MARGIN)
    cut = old[head : len(old) - tail], new[head : len(new) - tail]
    rows = list(difflib.unified_diff(*cut, *names))
    found = {at: row for at, row in enumerate(map(_RANGES.match, rows)) if row is not None}
    if any(_at_edge(row, head, tail, (len(cut[0]), len(cut[1]))) for row in found.values()):
        # A hunk that begins or ends with what was left out lacks lines round it that git looks for.
        return list(difflib.unified_diff(old, new, *names))
    for at, row in found.items():
        first, second = (int(row[side]) + head for side in (1, 3))
        rows[at] = f"@@ -{first}{row[2] or ''} +{second}{row[4] or ''} @@\n"
    return rows


def _at_edge(row: re.Match[str], head: int, tail: int, sizes: tuple[int, int]) -> bool:
    """Whether a hunk reaches an end of what was compared that is no end of the file."""
    for side, size in zip((1, 3), sizes, strict=True):
        start, length = int(row[side]), int((row[side + 1] or ",1")[1:])
        if (head and start <= 1) or (tail and start + max(length, 1) > size):
            return True
    return False


def _names(old: str, path: str, before: str | None, after: str | None) -> tuple[str, str]:
    names = ("/dev/null" if before is None else f"a/{old}", "/dev/null" if after is None else f"b/{path}")
    # Where a name ends is told by a tab, as git does: it may have spaces.
    first, second = (_quoted(name) + ("\t" if " " in name else "") for name in names)
    return first, second


def _head(old: str, path: str, before: str | None, after: str | None, mode: int) -> Iterator[str]:
    yield f"diff --git {_quoted(f'a/{old}')} {_quoted(f'b/{path}')}\n"
    if before is None:
        yield f"new file mode {mode:o}\n"
    elif after is None:
        yield f"deleted file mode {mode:o}\n"
    elif old != path:
        yield f"rename from {_quoted(old)}\nrename to {_quoted(path)}\n"


def _quoted(name: str) -> str:
    """As git writes a name with odd characters."""
    if not _ODD.search(name):
        return name
    return '"' + _ODD.sub(lambda found: _ESCAPES.get(found[0], f"\\{ord(found[0]):03o}"), name) + '"'


def _lines(text: str | None) -> list[str]:
    return re.findall(r"[^\n]*\n|[^\n]+", text or "")


def _with_ends(lines: Iterable[str]) -> Iterator[str]:
    """A last line without its end needs the note that patch tools expect."""
    for row in lines:
        yield row if row.endswith("\n") else f"{row}\n\\ No newline at end of file\n"
