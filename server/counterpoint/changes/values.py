"""What a reply says is to be done to files. Plain values; nothing here touches a file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from counterpoint.answers import Dropped

NO_NEWLINE = "\\ No newline at end of file"
"""What diffs write where the last line has no end. Understood as the last line of any new text."""

Sign: TypeAlias = Literal[" ", "-", "+"]


@dataclass(frozen=True, slots=True)
class Whole:
    """The whole text of a file, by a form that says so."""

    path: str
    text: str


@dataclass(frozen=True, slots=True)
class Fence:
    """Code between fences: a file, a piece of one, a quote of what is there, or no part of the change.

    `path` is "" where nothing names one. `headed` is true where a path stands right with this fence, false
    where it only follows another under the same heading. `intro` is the line of prose above.
    """

    path: str
    text: str
    info: str = ""
    headed: bool = False
    explicit: bool = False
    intro: str = ""
    soft: bool = False
    """The path stands in a sentence."""


@dataclass(frozen=True, slots=True)
class Swap:
    """Old text quoted, and what stands there instead. `by_lines` where the form quotes whole lines.

    `others` are further ways to read the same block, where its text holds the marks that divide it.
    """

    path: str
    old: str
    new: str
    near: int | None = None
    reason: str = ""
    extra: bool = False
    by_lines: bool = True
    others: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a hunk, without its LF; a CR before it is kept. `bare`: it is said to have no end."""

    sign: Sign
    text: str
    bare: bool = False


@dataclass(frozen=True, slots=True)
class Hunk:
    """A hunk as written. `old_start` is the 1-based line it is said to begin at, or None.

    `exact` is true where all numbers of its file's hunks agree with their lines and with one another.
    """

    lines: tuple[Line, ...]
    old_start: int | None = None
    exact: bool = False
    heads: tuple[str, ...] = ()
    """Lines of code that the `@@` names, each to be found below the one before."""
    at_end: bool = False


@dataclass(frozen=True, slots=True)
class Patch:
    """Hunks for one file. `source` is another path for `rename` and `copy`."""

    path: str
    hunks: tuple[Hunk, ...]
    kind: Literal["edit", "create", "delete", "rename", "copy"] = "edit"
    source: str = ""


@dataclass(frozen=True, slots=True)
class Remove:
    """`told` in prose: where there is no such file, it was about something else."""

    path: str
    told: bool = False


@dataclass(frozen=True, slots=True)
class Move:
    """`told` as for `Remove`."""

    path: str
    to: str
    told: bool = False


Operation: TypeAlias = Whole | Swap | Patch | Remove | Move


@dataclass(frozen=True, slots=True)
class Parsed:
    """What a reply says. With anything in `refused` nothing of it may be applied."""

    operations: tuple[Operation, ...] = ()
    fences: tuple[Fence, ...] = ()
    refused: tuple[Dropped, ...] = ()
    assumptions: tuple[str, ...] = ()
    question: str = ""
    empty: bool = False
    """It says in so many words that nothing is to be changed."""


class Refused(Exception):
    """One part of a reply cannot be applied, so nothing of it is. `reason` is one of these:

    `none` (no edit in it), `malformed`, `cut-off`, `elided`, `partial` (a piece of a file that has no certain
    place in it), `outside`, `absent`, `ambiguous`, `overlap`, `exists`, `no-change`, `no-path`, `mixed` (two
    forms for one file), `unsupported`.
    """

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(f"{reason}: {detail}")
        self.dropped = Dropped(reason, detail)


def head_of(text: str) -> str:
    """The first line that says anything, short enough for a list."""
    line = next((line.strip() for line in text.splitlines() if line.strip()), "(nothing quoted)")
    return line if len(line) <= 60 else f"{line[:57]}..."
