"""Do true answers survive what models do to them, and does the truth pass untouched?

    python -m tests.bench.deformities REPO... [--places 500] [--seed 1] [--show 0] [--out figures.json]

A REPO is a folder, or a git directory whose HEAD is read. At each place the next statement, the rest of
one, or what stands between two brackets is masked; the true text goes through each deformity and, streamed
in small pieces cut where the server would cut them, through the filters and the trial in its document.

exact: the true text came out. nothing: no text. part: the first lines of the true text, whole. worse: all
else, that is, text that the user would have to undo. clean: the true text itself, unwrapped, came out.
"""

from __future__ import annotations

import argparse
import json
import random
import subprocess
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from counterpoint.answers import Insertion
from counterpoint.context.judging import Proposal, judge
from counterpoint.context.parsing import encoded, has_grammar, parse
from counterpoint.context.scope_nodes import BLOCKS, SCOPES
from counterpoint.insertion import insertion, judged, place_of, streamed_end
from counterpoint.text import language_of
from tests.bench.deforming import DEFORMITIES, Masked

ENDINGS = (".py", ".ts", ".tsx", ".go", ".rs", ".java")
MOST_LINES = 12
PIECE = 12
"""Characters in which an answer comes in."""
LARGEST = 200_000


def sources(repo: Path) -> Iterator[tuple[str, str]]:
    """Path and text of a repository's sources."""
    if (repo / "HEAD").is_file():
        listed = _git(repo, "ls-tree", "-r", "--name-only", "HEAD").split("\n")
        for path in filter(lambda name: name.endswith(ENDINGS), listed):
            try:
                yield path, _git(repo, "show", f"HEAD:{path}")
            except (subprocess.CalledProcessError, UnicodeDecodeError):
                continue  # a snapshot may list files that it does not hold
        return
    for file in sorted(repo.rglob("*")):
        if file.suffix in ENDINGS and file.is_file() and "node_modules" not in file.parts:
            yield str(file.relative_to(repo)), file.read_text("utf-8", "replace")


def _git(repo: Path, *words: str) -> str:
    done = subprocess.run(
        ["git", "--git-dir", str(repo), *words], capture_output=True, check=True, timeout=60
    )
    return done.stdout.decode("utf-8")


def statements(path: str, text: str) -> Iterator[tuple[int, int]]:
    """Spans of the statements and members that have their lines to themselves."""
    language = language_of(path)
    if not has_grammar(language) or len(text) > LARGEST or not text.isascii() or "\r" in text:
        return
    waiting = [parse(language, encoded(text)).tree.root_node]
    while waiting:
        node = waiting.pop()
        waiting.extend(node.children)
        if node.parent is None or node.parent.type not in BLOCKS or not node.is_named or node.has_error:
            continue
        if (
            "comment" in node.type
            or node.type in BLOCKS
            or (node.type in SCOPES and node.end_point.row - node.start_point.row > 6)
        ):
            continue
        start, end = node.start_byte, node.end_byte
        while text[end : end + 1] in (";", ","):
            end += 1
        line = text.rfind("\n", 0, start) + 1
        alone = not text[line:start].strip() and text[end : end + 1] == "\n"
        said = text[start:end]
        if alone and said == said.strip() and said.count("\n") < MOST_LINES and len(said) > 5:
            yield start, end


def masks(repos: Iterable[Path], count: int, rng: random.Random) -> list[Masked]:
    """Places of a seeded draw, as many of each repository; half at the beginning of a statement."""
    found: list[Masked] = []
    repos = list(repos)
    for repo in repos:
        files = [(path, text) for path, text in sources(repo) if len(text) > 400]
        rng.shuffle(files)
        mine: list[Masked] = []
        for path, text in files * 3:
            spans = list(statements(path, text))
            for start, end in rng.sample(spans, min(3, len(spans))):
                mine.append(_masked(path, text, start, end, rng))
            if len(mine) >= -(-count // len(repos)):
                break
        found += mine[: -(-count // len(repos))]
    return found[:count]


def _masked(path: str, text: str, start: int, end: int, rng: random.Random) -> Masked:
    kind = rng.random()
    said = text[start:end]
    first = said.partition("\n")[0]
    if kind < 0.35 and first[0] not in "@#":
        cuts = [at for at in range(3, len(first)) if first[at - 1] in " (=.," and first[at] not in " )"]
        cuts += [at for at in range(3, len(first)) if first[at - 1] in "=n" and first[at] == " "]
        marks = [first.find(mark) for mark in ("//", " #", "/*", '"""', "`") if mark in first]
        cuts = [at for at in cuts if not marks or at < min(marks)]
        if cuts:
            return Masked(path, text, start + rng.choice(cuts), end)
    elif kind < 0.5 and "\n" not in said:
        pairs = [(at + 1, close) for at, close in _pairs(said) if close > at + 1]
        if pairs:
            inner = rng.choice(pairs)
            return Masked(path, text, start + inner[0], start + inner[1])
    return Masked(path, text, start, end)


def _pairs(line: str) -> Iterator[tuple[int, int]]:
    opened: list[int] = []
    if any(quote in line for quote in "\"'`"):
        return
    for at, character in enumerate(line):
        if character in "([{":
            opened.append(at)
        elif character in ")]}" and opened:
            yield opened.pop(), at


def shown(one: Masked, raw: str) -> str:
    """What is offered of a raw answer that comes in pieces: filtered, then tried in its document."""
    place = place_of(one.situation)
    so_far = raw
    for end in range(PIECE, len(raw), PIECE):
        if streamed_end(raw[:end], place) is not None:
            so_far = raw[:end]
            break
    return tried(one, insertion(so_far, one.situation)).text


def tried(one: Masked, found: Insertion) -> Insertion:
    """An insertion after its judgement, names left aside."""
    document = one.situation.document
    if not found.text:
        return found
    at = document.position(found.span.start)
    proposal = Proposal(at.line, at.column, at.line, at.column, found.text)
    return judged(found, judge(document.language, document.lines, proposal, frozenset, lambda: False))


def verdict(truth: str, text: str) -> str:
    """One of exact, nothing, part and worse."""
    if text == truth:
        return "exact"
    if not text:
        return "nothing"
    cut = truth.startswith(text) and truth[len(text) :].startswith("\n")
    return "part" if cut else "worse"


def measured(places: Sequence[Masked], seed: int, names: Iterable[str] = DEFORMITIES) -> dict[str, Any]:
    """Counts of verdicts by deformity, with an example of each that is not exact."""
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    examples: list[tuple[str, str, Masked, str, str]] = []
    for number, one in enumerate(places):
        for name in ("clean", *names):
            rng = random.Random(f"{seed} {number} {name}")
            raw = one.truth if name == "clean" else DEFORMITIES[name](one, rng)
            if raw is None or (raw == one.truth and name != "clean"):
                continue
            text = shown(one, raw)
            said = verdict(one.truth, text)
            counts[name][said] += 1
            if said != "exact":
                examples.append((name, said, one, raw, text))
    return {"counts": counts, "examples": examples}


def figures(counts: Mapping[str, Counter[str]]) -> dict[str, Any]:
    """Shares over all deformities, those of each, and the share of clean truths that came out exact."""
    total = sum((counts[name] for name in counts if name != "clean"), Counter())
    asked = max(1, total.total())
    return {
        "deformities": len(counts) - 1,
        "answers": total.total(),
        "exact": total["exact"] / asked,
        "nothing": total["nothing"] / asked,
        "part": total["part"] / asked,
        "worse": total["worse"],
        "clean": counts["clean"]["exact"] / max(1, counts["clean"].total()),
        "clean_worse": counts["clean"]["worse"],
        "each": {name: dict(found) for name, found in counts.items()},
    }


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("repos", nargs="+", type=Path)
    parser.add_argument("--places", type=int, default=500)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--show", type=int, default=0)
    parser.add_argument("--only", default="")
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    places = masks(options.repos, options.places, random.Random(options.seed))
    names = options.only.split(",") if options.only else DEFORMITIES
    found = measured(places, options.seed, names)
    result = {"places": len(places), "seed": options.seed, **figures(found["counts"])}
    order = {"worse": 0, "part": 1, "nothing": 2}
    examples = sorted(found["examples"], key=lambda row: (row[0] != "clean", order[row[1]]))
    for name, said, one, raw, text in examples[: options.show]:
        print(f"=== {name}: {said}  {one.path} {one.line_before!r} then {one.after[:40]!r}")
        print(f"raw  {raw!r}\ntrue {one.truth!r}\ngot  {text!r}\n")
    print(json.dumps(result, indent=1))
    if options.out:
        options.out.write_text(json.dumps(result, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
