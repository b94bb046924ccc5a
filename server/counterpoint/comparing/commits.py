"""Commits as git's log tells them, and what each of them changed. Values and their readers; pure.

A log is read with `--raw -z` and `FORMAT`, a change with `--unified=0`: so many commits are looked at for
each that becomes a question that none is read whole before its message and its names have been.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from counterpoint.text import split_lines

FORMAT = "tformat:%x01%H%x00%P%x00%ct%x00%B"
_LINK = "120000"
_MODULE = "160000"
_HUNK = re.compile(r"@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@")


_LONGEST = 4_000
"""Characters of a message that are read: nobody asks for something in more, and to look for phrases in one
that is made to be long would take hours."""


@dataclass(frozen=True, slots=True)
class Touched:
    """A file of a commit. `status` is git's letter: A, M, D or T. `plain` False: a link or a module."""

    path: str
    status: str
    plain: bool = True


@dataclass(frozen=True, slots=True)
class Commit:
    """A commit by its message and the names of what it touched. `time` is in Unix seconds."""

    id: str
    parents: tuple[str, ...]
    time: int
    message: str
    files: tuple[Touched, ...]

    @property
    def subject(self) -> str:
        """The message's first line."""
        return self.message.strip().split("\n", 1)[0].strip()


@dataclass(frozen=True, slots=True)
class Hunk:
    """Lines that were taken out and put in. `old` and `new` are the 0-based lines they stand at, before and
    after; where nothing was taken out `old` is the line they were put in front of."""

    old: int
    removed: tuple[str, ...]
    new: int
    added: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Delta:
    """What a commit did to one file. `before` is None for a new one."""

    path: str
    before: str | None
    after: str
    hunks: tuple[Hunk, ...]

    @property
    def added(self) -> tuple[str, ...]:
        """All lines that were put in."""
        return tuple(line for hunk in self.hunks for line in hunk.added)

    @property
    def removed(self) -> tuple[str, ...]:
        """All lines that were taken out."""
        return tuple(line for hunk in self.hunks for line in hunk.removed)

    @property
    def lines(self) -> int:
        """How many lines were taken out and put in."""
        return len(self.added) + len(self.removed)


@dataclass(frozen=True, slots=True)
class Change:
    """A commit whose texts have been read: of its files of code those that do not test, and those that do."""

    commit: Commit
    parent: str
    sources: tuple[Delta, ...]
    tests: tuple[Delta, ...]


def commits_in(log: str) -> Iterator[Commit]:
    """Read a log as git prints it with `--raw -z` and `FORMAT`."""
    for part in f"\0{log}".split("\0\x01")[1:]:
        fields = part.split("\0")
        if len(fields) < 4:
            continue
        name, parents, time, message, *rest = fields
        if time.isdigit():
            yield Commit(name, tuple(parents.split()), int(time), message[:_LONGEST], tuple(_touched(rest)))


def _touched(fields: Sequence[str]) -> Iterator[Touched]:
    rows = iter(fields)
    for row in rows:
        facts = row.lstrip("\n").split()
        if len(facts) == 5 and facts[0].startswith(":"):
            modes = {facts[0].removeprefix(":"), facts[1]}
            yield Touched(next(rows, ""), facts[4][:1], not modes & {_LINK, _MODULE})


def hunks_of(diff: str, before: str, after: str) -> tuple[Hunk, ...]:
    """The hunks of one file's diff without context. The lines are those of the texts, without their ends."""
    old, new = (tuple(line.rstrip("\r\n") for line in split_lines(text)) for text in (before, after))
    found = []
    for row in diff.split("\n"):
        if match := _HUNK.match(row):
            gone, come = _range(match[1], match[2]), _range(match[3], match[4])
            found.append(Hunk(gone[0], old[gone[0] : gone[1]], come[0], new[come[0] : come[1]]))
    return tuple(found)


def _range(first: str, count: str | None) -> tuple[int, int]:
    """Lines as git numbers them, from 0 and without the last; of none, git names the line before."""
    many = 1 if count is None else int(count)
    start = int(first) - 1 if many else int(first)
    return start, start + many
