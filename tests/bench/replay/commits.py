"""What commits added, as passages to be typed: a place in a file and the text that came there."""

from __future__ import annotations

import random
import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from counterpoint.text import language_of

_LANGUAGES = frozenset({
    "python", "javascript", "javascriptreact", "typescript", "typescriptreact", "go", "rust", "java", "c",
    "cpp", "csharp", "ruby", "php", "kotlin", "swift", "lua", "scala", "shellscript", "markdown",
    "yaml", "toml",
})  # fmt: skip
_GENERATED = re.compile(
    r"(lock|\.min\.|vendor/|third_party/|snap|generated|dist/|fixtures?/|CHANGELOG|testdata)", re.I
)
_HUNK = re.compile(r"^@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@", re.MULTILINE)
_BEFORE, _AFTER = 8_000, 3_000
_PASSAGE, _COMMIT, _LARGEST = 2_500, 4_000, 300_000


@dataclass(frozen=True)
class Passage:
    """`text` is typed between `before` and `after`, which are cut to what lies near."""

    commit: str
    path: str
    language: str
    before: str
    text: str
    after: str

    @property
    def key(self) -> str:
        return f"{self.commit}:{self.path}:{len(self.before)}:{self.text[:40]}"


def passages_of(repository: Path, commits: int, seed: int) -> list[list[Passage]]:
    """Passages of so many commits, drawn at random from the whole history: one list for each commit."""
    names = _git(repository, "rev-list", "--no-merges", "HEAD").split()
    random.Random(seed).shuffle(names)
    found: list[list[Passage]] = []
    for name in names:
        if len(found) == commits:
            break
        passages = list(_of_commit(repository, name))
        if passages:
            found.append(passages)
    return found


def _git(repository: Path, *words: str) -> str:
    done = subprocess.run(
        ["git", "-C", str(repository), *words], capture_output=True, timeout=60, check=False
    )
    return done.stdout.decode("utf-8", "replace").replace("\r\n", "\n")


def _of_commit(repository: Path, name: str) -> Iterator[Passage]:
    diff = _git(repository, "show", "--format=", "--no-color", "--no-renames", "-U0", "--no-ext-diff", name)
    files = re.split(r"^diff --git ", diff, flags=re.MULTILINE)[1:]
    if len(files) > 20 or len(diff) > 200_000:
        return
    left = _COMMIT
    for file in files:
        path = re.search(r"^\+\+\+ b/(.+)$", file, re.MULTILINE)
        hunks = list(_HUNK.finditer(file))
        if path is None or not hunks or language_of(path[1]) not in _LANGUAGES or _GENERATED.search(path[1]):
            continue
        new = _git(repository, "show", f"{name}:{path[1]}")
        old = "" if "\n--- /dev/null" in file else _git(repository, "show", f"{name}^:{path[1]}")
        if not new or len(new) > _LARGEST or (hunks[0][1] != "0" and not old):
            continue
        for passage in _of_file(name, path[1], old.split("\n"), new.split("\n"), hunks):
            if left <= 0:
                return
            left -= len(passage.text)
            yield passage


def _of_file(
    commit: str, path: str, old: list[str], new: list[str], hunks: list[re.Match[str]]
) -> Iterator[Passage]:
    """The hunks from the top down: what is above is as it became, what is below as it was."""
    for hunk in hunks:
        old_first, old_count = int(hunk[1]), int(hunk[2] or 1)
        new_first, new_count = int(hunk[3]), int(hunk[4] or 1)
        if not new_count or new_count > 80:
            continue
        added = "\n".join(new[new_first - 1 : new_first - 1 + new_count])
        removed = "\n".join(old[old_first - 1 : old_first - 1 + old_count]) if old_count else None
        above = "\n".join(new[: new_first - 1])
        below = "\n".join(old[old_first - 1 + old_count :] if old_count else old[old_first:])
        before, text, after = _typed(above, added, removed, below, new_first > 1)
        if len(text.strip()) >= 3:
            yield Passage(commit, path, language_of(path), before[-_BEFORE:], text[:_PASSAGE], after[:_AFTER])


def _typed(above: str, added: str, removed: str | None, below: str, has_above: bool) -> tuple[str, str, str]:
    """New lines are begun at the end of the line above; of changed ones only what differs is typed."""
    if removed is None:
        return (above, f"\n{added}", f"\n{below}") if has_above else ("", added, f"\n{below}")
    head = 0
    while head < min(len(added), len(removed)) and added[head] == removed[head]:
        head += 1
    tail = 0
    while tail < min(len(added), len(removed)) - head and added[-1 - tail] == removed[-1 - tail]:
        tail += 1
    text = added[head : len(added) - tail]
    lead = f"{above}\n" if has_above else ""
    return lead + added[:head], text, f"{added[len(added) - tail :] if tail else ''}\n{below}"
