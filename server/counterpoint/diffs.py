"""Change sets as unified diffs that `git apply` and `patch` take. Values in, values out."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from counterpoint.answers import FileChange
from counterpoint.text import apply, split_lines


@dataclass(frozen=True, slots=True)
class FileDiff:
    """`after` is the whole new text, `before` None for a new file."""

    path: str
    before: str | None
    after: str
    diff: str


def diffs_of(changes: Iterable[FileChange]) -> tuple[FileDiff, ...]:
    """One diff for each file that really changes."""
    found = []
    for change in changes:
        after = apply(change.before or "", change.edits)
        if after != change.before:
            found.append(
                FileDiff(change.path, change.before, after, unified(change.path, change.before, after))
            )
    return tuple(found)


def unified(path: str, before: str | None, after: str | None) -> str:
    """The diff of one file; None stands for a file that does not exist."""
    old = split_lines(before or "")
    new = split_lines(after or "")
    head = (
        "/dev/null" if before is None else f"a/{path}",
        "/dev/null" if after is None else f"b/{path}",
    )
    return "".join(_with_ends(difflib.unified_diff(old, new, *head)))


def _with_ends(lines: Iterable[str]) -> Iterator[str]:
    """A last line without its end needs the note that patch tools expect."""
    for row in lines:
        # A lone CR ends a line for editors, but not for patch tools.
        yield row if row.endswith("\n") else f"{row}\n\\ No newline at end of file\n"
