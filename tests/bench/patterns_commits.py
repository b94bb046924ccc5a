"""Real commits typed back: what stood in a file at each key, and what was typed next.

A commit's files are taken hunk by hunk, top to bottom. A line that replaced one like it is edited in its
place; other removed lines go at once, and added ones are typed one by one below what stands already. An
editor's indentation is guessed from the lines above, so that a line which turns out to be blank or less
indented counts against whoever offered something there.
"""

from __future__ import annotations

import random
import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from pathlib import Path

from counterpoint.text import language_of

_HUNK = re.compile(r"@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@")
_OPENS = (":", "{", "(", "[", "=>")
_SKIPPED = re.compile(
    r"(?:^|/)(?:node_modules|vendor|third_party|dist|build|locale)/|\.min\.|lock\b|\.lock$|\.svg$|\.po$"
)
MOST_LINES, MOST_ADDED = 5_000, 150


@dataclass(frozen=True, slots=True)
class Typed:
    """One line typed: the file's lines without ends while it happens, its number, and what becomes of it.

    `start` is the column typing begins at, `line` the line as it ends, `kept` what stood behind the cursor
    from the beginning, `guess` the indentation an editor would have put, `before` the line that was replaced.
    """

    path: str
    language: str
    lines: list[str]
    number: int
    start: int
    line: str
    kept: str
    guess: str
    before: str | None


@dataclass(frozen=True, slots=True)
class Hunk:
    """Old lines `first..first+removed` (0-based) become `added`."""

    first: int
    removed: int
    added: tuple[str, ...]


def git(repo: Path, *arguments: str, given: bytes | None = None) -> bytes:
    """Output of git in a repository."""
    return subprocess.run(
        ["git", "-C", str(repo), *arguments], input=given, capture_output=True, timeout=300, check=True
    ).stdout


def commits(repo: Path, count: int, seed: int) -> list[str]:
    """A seeded sample of the commits that are no merges."""
    every = git(repo, "rev-list", "--no-merges", "HEAD").decode().split()
    return random.Random(f"{seed} {repo.parent.name}").sample(every, min(count, len(every)))


def hunks_of(diff: str) -> dict[str, list[Hunk]]:
    """Hunks by path of a diff without context lines; files that were deleted or are binary are left out."""
    found: dict[str, list[Hunk]] = {}
    path = ""
    first = removed = 0
    added: list[str] = []
    for line in diff.split("\n"):
        if line.startswith("diff --git "):
            path = ""
        elif line.startswith("+++ "):
            path = line[6:].rstrip("\t") if line.startswith("+++ b/") else ""
        elif (match := _HUNK.match(line)) and path:
            removed = int(match[2] or "1")
            first = int(match[1]) - (1 if removed else 0)
            added = []
            found.setdefault(path, []).append(Hunk(first, removed, ()))
        elif line.startswith("+") and path in found:
            added.append(line[1:])
            found[path][-1] = Hunk(first, removed, tuple(added))
    return found


def typed_in(repo: Path, commit: str) -> Iterator[Typed]:
    """What one commit typed, line by line. The lists of lines are alive: read them before going on."""
    try:
        shown = git(repo, "show", "--format=", "-U0", "--no-renames", "--no-ext-diff", commit)
    except subprocess.CalledProcessError:  # a clone without some of its objects
        return
    diff = shown.decode("utf-8", "replace")
    for path, hunks in hunks_of(diff).items():
        language = language_of(path)
        if language == "plaintext" or _SKIPPED.search(path):
            continue
        if sum(len(hunk.added) for hunk in hunks) > MOST_ADDED:
            continue
        old = _old(repo, commit, path)
        if old is not None and len(old) <= MOST_LINES:
            yield from _file(path, language, old, hunks)


def _old(repo: Path, commit: str, path: str) -> list[str] | None:
    asked = subprocess.run(
        ["git", "-C", str(repo), "show", f"{commit}^:{path}"], capture_output=True, timeout=60, check=False
    )
    if asked.returncode:
        return []
    try:
        text = asked.stdout.decode("utf-8")
    except UnicodeDecodeError:
        return None
    return [line.rstrip("\r") for line in text.split("\n")]


def _file(path: str, language: str, lines: list[str], hunks: list[Hunk]) -> Iterator[Typed]:
    moved = 0
    for hunk in hunks:
        at = hunk.first + moved
        old = lines[at : at + hunk.removed]
        pairs = bool(old) and len(old) == len(hunk.added) and all(map(_alike, old, hunk.added))
        if not pairs:
            del lines[at : at + hunk.removed]
        for count, line in enumerate(hunk.added):
            number = at + count
            if pairs:
                yield from _edited(path, language, lines, number, line.rstrip("\r"))
            else:
                lines.insert(number, "")
                yield from _added(path, language, lines, number, line.rstrip("\r"))
            lines[number] = line.rstrip("\r")
        moved += len(hunk.added) - hunk.removed


def _alike(old: str, new: str) -> bool:
    return old == new or SequenceMatcher(None, old.strip(), new.strip(), autojunk=False).ratio() >= 0.6


def _edited(path: str, language: str, lines: list[str], number: int, new: str) -> Iterator[Typed]:
    old = lines[number]
    shorter = min(len(old), len(new))
    start = next((at for at in range(shorter) if old[at] != new[at]), shorter)
    kept = next((at for at in range(shorter - start) if old[-1 - at] != new[-1 - at]), shorter - start)
    if len(new) - kept > start:
        behind = new[len(new) - kept :]
        yield Typed(path, language, lines, number, start, new, behind, new[:start], old)


def _added(path: str, language: str, lines: list[str], number: int, new: str) -> Iterator[Typed]:
    above = next((line for line in reversed(lines[max(0, number - 30) : number]) if line.strip()), "")
    guess = above[: len(above) - len(above.lstrip())]
    if above.rstrip().endswith(_OPENS):
        guess += "\t" if guess.startswith("\t") or language == "go" else _unit(lines)
    start = len(new) - len(new.lstrip())
    yield Typed(path, language, lines, number, start, new, "", guess, None)


def _unit(lines: list[str]) -> str:
    widths = [len(line) - len(line.lstrip(" ")) for line in lines[:200] if line.strip()]
    return " " * min((width for width in widths if width >= 2), default=4)
