"""What scope `machine` sends, and whether it holds what is wrong.

    python -m tests.bench.machine_commits REPO... --commits 500

The text that real commits add is taken as machine-written. It is written down as the product does it, the
files are closed, formatted or edited by a human elsewhere, and found again by hashes. Then

- the tokens of the review's prompts for scope `machine` are compared with those for reviewing the touched
  files: of code, of whole prompts, each with no context of other files, which both have alike;
- faults are planted in added lines before all of this: how many lie in a unit that is reviewed.
"""

from __future__ import annotations

import argparse
import random
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from counterpoint.context.blocks import Outline
from counterpoint.context.outlining import outline_of
from counterpoint.context.parsing import encoded, has_grammar, parse, with_line_feeds
from counterpoint.context.question import Selection
from counterpoint.flows.remembering import remember, written_in
from counterpoint.machine_store import MachineStore
from counterpoint.models import Model, load_catalogue
from counterpoint.prompt import render
from counterpoint.reviewing.groups import grouped
from counterpoint.reviewing.machine import Origin, Run
from counterpoint.reviewing.machine.units import written_units
from counterpoint.reviewing.unit import Unit
from counterpoint.reviewing.units import asked
from counterpoint.tasks import REVIEW
from counterpoint.text import Document, Situation, Span, language_of, split_lines
from tests.bench.machine_world import HUMAN, Text, formatted, through, together
from tests.bench.patterns_commits import MOST_LINES, commits, git, hunks_of

_MOST_TOKENS = 200_000
_FAULTS = (
    (re.compile(r"=="), "!="),
    (re.compile(r"<="), "<"),
    (re.compile(r"\b0\b"), "1"),
    (re.compile(r"\band\b"), "or"),
    (re.compile(r"\bnot "), ""),
    (re.compile(r"\bTrue\b"), "False"),
    (re.compile(r" \+ "), " - "),
    (re.compile(r"\bNone\b"), "0"),
    (re.compile(r"\bself\."), "cls."),
)
_FAULT = 2


@dataclass
class Sums:
    """Commits and files looked at, tokens of the two scopes, faults and those within a unit."""

    commits: int = 0
    files: int = 0
    code: list[int] = field(default_factory=lambda: [0, 0])
    prompts: list[int] = field(default_factory=lambda: [0, 0])
    shares: list[float] = field(default_factory=list)
    planted: int = 0
    within: int = 0
    changed: int = 0
    lost: list[str] = field(default_factory=list)


def added(repo: Path, commit: str) -> Iterator[tuple[str, Text]]:
    """The files a commit touched as they are after it, the added lines by job 1."""
    try:
        shown = git(repo, "show", "--format=", "-U0", "--no-renames", "--no-ext-diff", commit)
    except subprocess.CalledProcessError:  # a clone without some of its objects
        return
    for path, hunks in hunks_of(shown.decode("utf-8", "replace")).items():
        if not has_grammar(language_of(path)):
            continue
        try:
            lines = split_lines(git(repo, "show", f"{commit}:{path}").decode("utf-8"))
        except (subprocess.CalledProcessError, UnicodeDecodeError):
            continue
        if not lines or len(lines) > MOST_LINES:
            continue
        mine: set[int] = set()
        moved = 0
        for hunk in hunks:
            mine |= set(range(hunk.first + moved, hunk.first + moved + len(hunk.added)))
            moved += len(hunk.added) - hunk.removed
        yield path, together([Text.of(line, int(at in mine)) for at, line in enumerate(lines)])


def outline(document: Document) -> Outline | None:
    if not has_grammar(document.language):
        return None
    return outline_of(parse(document.language, with_line_feeds(encoded(document.text))))


def with_fault(truth: Text, rng: random.Random) -> Text | None:
    """A fault in one machine-written line; None where nothing of it can be made wrong."""
    lines = truth.lines()
    places = [at for at, line in enumerate(lines) if line.text.strip() and line.who[0] != HUMAN]
    for at in rng.sample(places, len(places)):
        for pattern, wrong in rng.sample(_FAULTS, len(_FAULTS)):
            if (match := pattern.search(lines[at].text)) is not None and wrong.strip():
                lines[at] = lines[at].put(match.start(), match.end(), Text.of(wrong, _FAULT))
                return together(lines)
    return None


def afterwards(truth: Text, path: str, ruff: str, rng: random.Random) -> Text:
    """The file after something else has happened to it while it was closed."""
    if path.endswith(".py") and rng.random() < 0.5:
        text = formatted(truth.text, ruff, rng.choice((79, 100, 120)))
        return (through(truth, text) if text is not None else None) or truth
    lines = truth.lines()
    places = [at for at, line in enumerate(lines) if line.text.strip() and set(line.who) == {HUMAN}]
    if not places:
        return truth
    at = rng.choice(places)
    return (
        together([*lines[:at], lines[at], *lines[at:]])
        if rng.random() < 0.5
        else together([*lines[:at], *lines[at + 1 :]])
    )


def tokens(units: Sequence[Unit], model: Model) -> tuple[int, int]:
    """Tokens of the code of units as it is shown, and of the prompts, without context of other files."""
    code = prompts = 0
    for group in grouped(units, int(_MOST_TOKENS * model.characters_per_token)).groups:
        ranges = group.ranges
        hull = Span(ranges[0].start, ranges[-1].end)
        situation = Situation(group.document, hull, hunks=group.hunks, ranges=ranges)
        found = render(REVIEW, situation, Selection(), model, _MOST_TOKENS)
        text = "".join((found.system, *found.parts))
        prompts += model.tokens_in(len(text))
        rows = re.findall(r"^\d+\| .*\n", text, re.MULTILINE)
        code += model.tokens_in(sum(map(len, rows)))
    return code, prompts


def kept(truth: Text, path: str, store: MachineStore) -> None:
    """Write down what is machine-written, as when the file is saved."""
    origin = Origin("1", "GPT-5.5", "complete", 0.0)
    runs, at = [], 0
    for line in truth.lines():
        if line.text.strip() and line.who[0] != HUMAN:
            runs.append(Run(at, at + len(line.text), origin))
        at += len(line.text)
    remember(store, "/bench", Document.of(path, truth.text, language_of(path)), runs)


def look(
    repo: Path, commit: str, sums: Sums, ruff: str, model: Model, rng: random.Random, faults: int
) -> None:
    """One commit: compare the two scopes, with faults planted while more are wanted."""
    totals = [0, 0, 0, 0]
    with tempfile.TemporaryDirectory() as folder:
        store = MachineStore(Path(folder) / "machine.sqlite3")
        for path, truth in added(repo, commit):
            if all(who == HUMAN for who in truth.who):
                continue
            faulty = with_fault(truth, rng) if sums.planted < faults else None
            kept(faulty or truth, path, store)
            after = afterwards(faulty or truth, path, ruff, rng)
            sums.changed += after != (faulty or truth)
            now = Document.of(path, after.text, language_of(path))
            known = outline(now)
            spans = written_in(store, "/bench", [now]).get(path, ())
            units = written_units(now, known, spans)
            for at, amount in enumerate((*tokens(units, model), *tokens(asked(now, known), model))):
                totals[at] += amount
            sums.files += 1
            if _FAULT in after.who:
                _judge(sums, now, after, units, f"{repo.parent.name} {commit[:10]} {path}")
    if totals[2]:
        sums.commits += 1
        sums.code = [sums.code[0] + totals[0], sums.code[1] + totals[2]]
        sums.prompts = [sums.prompts[0] + totals[1], sums.prompts[1] + totals[3]]
        sums.shares.append(totals[0] / totals[2])


def _judge(sums: Sums, now: Document, truth: Text, units: Sequence[Unit], name: str) -> None:
    sums.planted += 1
    line = now.position(truth.who.index(_FAULT)).line
    if any(unit.block.meets(line, line) for unit in units):
        sums.within += 1
    else:
        sums.lost.append(f"{name}:{line + 1}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("repositories", nargs="+", type=Path, help="git repositories, bare or not")
    parser.add_argument("--commits", type=int, default=500, help="of all repositories together")
    parser.add_argument("--faults", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    ruff = shutil.which("ruff") or str(Path(sys.executable).with_name("ruff"))
    model = next(iter(load_catalogue().for_role("deep")))
    rng, sums = random.Random(options.seed), Sums()
    queues = [(repo, commits(repo, options.commits, options.seed)) for repo in options.repositories]
    while sums.commits < options.commits and any(names for _, names in queues):
        for repo, names in queues:
            if names and sums.commits < options.commits:
                look(repo, names.pop(), sums, ruff, model, rng, options.faults)
    shares = sorted(sums.shares)
    print(f"{sums.commits} commits, {sums.files} files, {sums.changed} of them changed while closed")
    print(f"code: {sums.code[0]:,} of {sums.code[1]:,} tokens, {sums.code[0] / sums.code[1]:.3f}")
    print(f"prompts: {sums.prompts[0]:,} of {sums.prompts[1]:,}, {sums.prompts[0] / sums.prompts[1]:.3f}")
    print(f"code of a commit: median {shares[len(shares) // 2]:.3f}")
    print(f"faults within a reviewed unit: {sums.within} of {sums.planted}")
    for name in sums.lost:
        print(f"  lost: {name}")


if __name__ == "__main__":
    main()
