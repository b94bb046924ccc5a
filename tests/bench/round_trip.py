"""Round trip: real commits, written down as models write changes, applied to the parent, give the commit.

    python -m tests.bench.round_trip REPOSITORY... [--commits 500]

Each repository is a folder with a clone, bare or not; ROUND_TRIP_REPOSITORIES, separated as PATH is, stands
in for the arguments. Commits are taken from the newest back, the same number of each, as far as they touch
only regular UTF-8 text; the others are counted by reason. Prints a table per form, and what failed.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from counterpoint.answers import ChangeSet
from counterpoint.changes import read_reply
from counterpoint.changes.elided import elision
from counterpoint.text import Document, apply, language_of
from tests.bench.renderings import Change, blocks, schema, whole_files

_LARGEST = 1_000_000
ZERO = "0" * 40


class Repository:
    """Reads objects of one repository through one process of git."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.reader = subprocess.Popen(
            ["git", "-C", str(path), "cat-file", "--batch"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )

    def __enter__(self) -> Repository:
        return self

    def __exit__(self, *_: object) -> None:
        assert self.reader.stdin is not None
        self.reader.stdin.close()
        self.reader.wait(30)
        if self.reader.stdout is not None:
            self.reader.stdout.close()

    def git(self, *words: str) -> bytes:
        command = ["git", "-C", str(self.path), "-c", "core.quotePath=true", *words]
        return subprocess.run(command, capture_output=True, check=True, timeout=120).stdout

    def blob(self, name: str) -> bytes | None:
        assert self.reader.stdin is not None
        assert self.reader.stdout is not None
        self.reader.stdin.write(f"{name}\n".encode())
        self.reader.stdin.flush()
        head = self.reader.stdout.readline().split()
        if head[-1] == b"missing":
            return None
        data = self.reader.stdout.read(int(head[2]))
        self.reader.stdout.read(1)
        return data

    def commits(self) -> list[str]:
        return (
            self.git("rev-list", "--no-merges", "--max-parents=1", "--min-parents=1", "HEAD").decode().split()
        )


@dataclass
class Tree:
    """The parent's files, as the core reads them."""

    repository: Repository
    commit: str
    read_before: dict[str, Document | None] = field(default_factory=dict)
    names: list[str] = field(default_factory=list)

    def read(self, path: str) -> Document | None:
        if path not in self.read_before:
            data = self.repository.blob(f"{self.commit}:{path}")
            text = None if data is None else data.decode("utf-8", "replace")
            self.read_before[path] = None if text is None else Document.of(path, text, language_of(path))
        return self.read_before[path]

    def paths(self) -> Sequence[str]:
        if not self.names:
            listed = self.repository.git("ls-tree", "-r", "--name-only", "-z", self.commit)
            self.names = listed.decode("utf-8", "replace").rstrip("\0").split("\0")
        return self.names


def excluded_or(repository: Repository, commit: str) -> Change | str:
    """What a commit changes, or why it is left out."""
    raw = repository.git("diff-tree", "-r", "-z", "-M", "--no-commit-id", commit).decode("utf-8", "replace")
    fields = iter(raw.rstrip("\0").split("\0"))
    before: dict[str, str] = {}
    after: dict[str, str] = {}
    moved: dict[str, str] = {}
    for head in fields:
        if not head:
            return "changes no file"
        old_mode, new_mode, old, new, status = head.lstrip(":").split()
        path = next(fields)
        target = next(fields) if status[0] in "RC" else path
        modes = {mode for mode in (old_mode, new_mode) if mode != "000000"}
        if not modes <= {"100644", "100755"}:
            return "a link or a submodule"
        if len(modes) > 1:
            return "a change of mode"
        if status[0] != "A":
            why = _text_into(before, path, repository, old)
            if why:
                return why
        if status[0] != "D":
            why = _text_into(after, target, repository, new)
            if why:
                return why
        if status[0] == "R":
            moved[path] = target
    change = Change(before, after, moved)
    return _unwritable(change) or change


def _text_into(texts: dict[str, str], path: str, repository: Repository, name: str) -> str:
    data = repository.blob(name)
    if data is None:
        return "an object is not there"
    if len(data) > _LARGEST:
        return "a file of more than a megabyte"
    if b"\0" in data:
        return "a binary file"
    try:
        texts[path] = data.decode("utf-8")
    except UnicodeDecodeError:
        return "not UTF-8"
    return ""


def _unwritable(change: Change) -> str:
    """Why a commit is no change of text in the sense of this product: it changes how lines end."""
    for _, before, after in change.written:
        kinds = [_ends(text) for text in (before, after) if text]
        if len(kinds) == 2 and kinds[0] != kinds[1]:
            return "changes line ends"
        if "mixed" in kinds:
            return "mixed line ends"
        if before is not None and before.startswith("\ufeff") != after.startswith("\ufeff"):
            return "changes the byte-order mark"
    return ""


def _ends(text: str) -> str:
    breaks, pairs, returns = text.count("\n"), text.count("\r\n"), text.count("\r")
    if not breaks and not returns:
        return "LF"
    return "LF" if not returns else "CRLF" if pairs == breaks == returns else "mixed"


def seems_elided(change: Change) -> bool:
    """True where a line that is really meant says that something is left out."""
    return any(elision(after, before or "", path) for path, before, after in change.written)


def forms(repository: Repository, commit: str) -> dict[str, Callable[[Change], str]]:
    """Each form by its name."""

    def diff(context: int) -> Callable[[Change], str]:
        return lambda change: repository.git("diff", f"-U{context}", f"{commit}^", commit).decode("utf-8")

    return {
        "whole files": whole_files,
        "search/replace": blocks,
        "diff -U0": diff(0),
        "diff -U1": diff(1),
        "diff -U3": diff(3),
        "schema": schema,
    }


def wrong(change: Change, made: ChangeSet) -> str:
    """Why a change set is not the commit; "" if it is, byte for byte."""
    if made.dropped and not made.files:
        return f"{made.dropped[0].reason}: {made.dropped[0].detail}"
    result = dict(change.before)
    for file in made.files:
        text = result.pop(file.path, None)
        if text != file.before:
            return f"{file.path}: another text before"
        if not file.deleted:
            result[file.moved_to or file.path] = apply(file.before or "", file.edits)
    if result != dict(change.after):
        bad = sorted(path for path in {*result, *change.after} if result.get(path) != change.after.get(path))
        return f"differs: {', '.join(bad[:3])}"
    return ""


@dataclass
class Tally:
    """What came out: commits tried, right by form, excluded by reason, and each failure."""

    tried: int = 0
    right: Counter[str] = field(default_factory=Counter)
    excluded: Counter[str] = field(default_factory=Counter)
    failures: list[str] = field(default_factory=list)


def run(repository: Repository, wanted: int, tally: Tally) -> None:
    """Take so many commits of a repository through every form."""
    done = 0
    for commit in repository.commits():
        if done == wanted:
            return
        change = excluded_or(repository, commit)
        if isinstance(change, str):
            tally.excluded[change] += 1
            continue
        if seems_elided(change):
            tally.excluded["a new line reads as one for text left out"] += 1
            continue
        done += 1
        tally.tried += 1
        for name, why in tried(repository, commit, change):
            if why:
                tally.failures.append(f"{repository.path.parent.name} {commit[:10]} {name}: {why}")
            else:
                tally.right[name] += 1


def tried(repository: Repository, commit: str, change: Change) -> Iterator[tuple[str, str]]:
    """Each form by name, and what is wrong with what was read from it."""
    tree = Tree(repository, f"{commit}^")
    own = next(iter(change.before), next(iter(change.after), ""))
    document = tree.read(own) or Document.of("", "", "plaintext")
    for name, render in forms(repository, commit).items():
        yield name, wrong(change, read_reply(render(change), document, tree))


def report(tally: Tally) -> str:
    """The table."""
    lines = [f"{tally.tried} commits", ""]
    for name in ("whole files", "search/replace", "diff -U0", "diff -U1", "diff -U3", "schema"):
        lines.append(f"{name:<16} {tally.right[name]:>5} of {tally.tried}")
    lines += ["", "left out:"]
    lines += [f"  {count:>5}  {reason}" for reason, count in tally.excluded.most_common()]
    lines += ["", *tally.failures[:60]]
    return "\n".join(lines)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("repositories", nargs="*", type=Path)
    parser.add_argument("--commits", type=int, default=500)
    options = parser.parse_args()
    named = os.environ.get("ROUND_TRIP_REPOSITORIES", "").split(os.pathsep)
    paths = options.repositories or [Path(name) for name in named if name]
    if not paths:
        parser.error("name at least one repository")
    tally = Tally()
    for number, path in enumerate(paths):
        share = (options.commits - tally.tried) // (len(paths) - number)
        with Repository(path) as repository:
            run(repository, share, tally)
    print(report(tally))
    return 1 if tally.failures else 0


if __name__ == "__main__":
    sys.exit(main())
