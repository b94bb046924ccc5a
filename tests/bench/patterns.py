"""What the file makes certain, over real commits: how often it is offered, and how often it is right.

    python -m tests.bench.patterns REPOSITORY... [--commits 300] [--seed 1] [--lines 1500] [--wrong 20]

Each added or changed line is typed character by character, and `certain` is asked at each key. An offer is
right if it is exactly what was typed next; then it is taken, as a user would. One that is wrong stays until a
key contradicts it, and counts once. At an indentation the editor guessed and the user corrected, and on lines
that stay blank, any offer is wrong. `whole` are right offers after which the line was done.
"""

from __future__ import annotations

import argparse
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from counterpoint.inline.patterns import Certain, Change, certain
from counterpoint.text import Document
from tests.bench.patterns_commits import Typed, commits, typed_in

_RECENT = 40
BLANK = "\0"
"""Stands for what follows where nothing that could be offered would be right."""


@dataclass
class Sums:
    """Offers by kind, language and repository; lines, keys, and CPU time of each call in seconds."""

    shown: Counter[str] = field(default_factory=Counter)
    right: Counter[str] = field(default_factory=Counter)
    whole: Counter[str] = field(default_factory=Counter)
    characters: Counter[str] = field(default_factory=Counter)
    lines: Counter[str] = field(default_factory=Counter)
    keys: Counter[str] = field(default_factory=Counter)
    seconds: list[float] = field(default_factory=list)
    wrong: list[tuple[str, str, str, str, str]] = field(default_factory=list)

    def add(self, names: Sequence[str], said: Certain, true: str, before: str, path: str) -> bool:
        """Count one offer. True if it is right."""
        right = true.startswith(said.text)
        for name in (*names, said.kind):
            self.shown[name] += 1
            self.right[name] += right
            self.whole[name] += said.text == true
            self.characters[name] += len(said.text) if right else 0
        if not right:
            self.wrong.append((path, said.kind, before, said.text, true))
        return right


def keys_of(typed: Typed) -> Iterator[tuple[int, str, str]]:
    """Column, the line before the cursor and what is typed next, for each key of a line."""
    end = len(typed.line) - len(typed.kept)
    if typed.before is None and typed.guess != typed.line[: typed.start]:
        yield -1, typed.guess, BLANK if typed.line.strip() else ""
    for column in range(typed.start, end):
        yield column, typed.line[:column], typed.line[column:end]


def play(typed: Typed, recent: Sequence[Change], sums: Sums, names: Sequence[str]) -> None:
    """Type one line."""
    until, live = -1, ""
    lines = [f"{line}\n" for line in typed.lines]
    for name in names:
        sums.lines[name] += 1
    for column, before, true in keys_of(typed):
        if column >= 0 and column < until:
            continue
        for name in names:
            sums.keys[name] += 1
        if live and live.startswith(before):
            continue
        lines[typed.number] = f"{before}{typed.kept}\n"
        document = Document(typed.path, typed.language, tuple(lines))
        offset = document.starts[typed.number] + len(before)
        began = time.thread_time()
        said = certain(document, offset, recent=recent)
        sums.seconds.append(time.thread_time() - began)
        live = ""
        if said is None:
            continue
        if sums.add(names, said, true, before, typed.path):
            until = column + len(said.text)
        else:
            live = before + said.text


def measured(repositories: Sequence[Path], count: int, seed: int, most: int) -> Sums:
    """Play so many commits of each repository, up to `most` lines of each."""
    sums = Sums()
    for repository in repositories:
        name = repository.name if repository.name != "repo" else repository.parent.name
        left = most
        for commit in commits(repository, count, seed):
            recent: list[Change] = []
            for typed in typed_in(repository, commit):
                if left <= 0:
                    break
                left -= 1
                play(typed, recent, sums, ("all", name, typed.language))
                recent = [*recent[1 - _RECENT :], Change(typed.before or "", typed.line)]
    return sums


def table(sums: Sums) -> Iterator[str]:
    """The figures as a Markdown table."""
    yield "| what | lines | shown | per 100 lines | right | whole lines | characters per line |"
    yield "| --- | --- | --- | --- | --- | --- | --- |"
    for name, shown in sums.shown.most_common():
        lines = sums.lines[name] or sums.lines["all"]
        right, whole = sums.right[name] / shown, sums.whole[name] / shown
        yield (
            f"| {name} | {lines} | {shown} | {100 * shown / lines:.1f} | {right:.3f} | {whole:.2f} "
            f"| {sums.characters[name] / lines:.2f} |"
        )
    spent = sorted(sums.seconds)
    p50, p95, p99 = (1e6 * spent[int(len(spent) * part)] for part in (0.5, 0.95, 0.99))
    yield f"\n{len(spent)} calls, {sums.keys['all']} keys"
    yield f"CPU of a call in us: p50 {p50:.0f}, p95 {p95:.0f}, p99 {p99:.0f}"


def main() -> None:
    """Run."""
    parser = argparse.ArgumentParser(description="Patterns over real commits.")
    parser.add_argument("repositories", nargs="+", type=Path)
    parser.add_argument("--commits", type=int, default=300)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--lines", type=int, default=1_500)
    parser.add_argument("--wrong", type=int, default=0, help="show so many of the wrong offers")
    given = parser.parse_args()
    sums = measured(given.repositories, given.commits, given.seed, given.lines)
    print("\n".join(table(sums)))
    step = max(1, len(sums.wrong) // max(1, given.wrong))
    for path, kind, before, text, true in sums.wrong[::step][: given.wrong]:
        print(f"{path} {kind}: {before!r} + {text!r}, was {true!r}")


if __name__ == "__main__":
    main()
