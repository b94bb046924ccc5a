"""How well the tests that a change breaks are chosen: real mistakes in real repositories whose tests are run.

    python -m tests.bench.impacted REPOSITORY... [--python PYTHON] [--mutants N] [--seed N] [--out FILE]
    python -m tests.bench.impacted --again FILE...

A repository is a checkout with a pytest suite, as FOLDER or as FOLDER:OPTIONS, the options being for pytest;
PYTHON is an interpreter that has what the suites need. Each mistake is made in a copy, the whole suite runs,
and the tests that fail by it are compared with those chosen from the facts of the unchanged files and the
repository's own git history. `--again` reads what `--out` has written and chooses anew, without a test run.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from counterpoint.context.extract import facts_of
from counterpoint.context.impact import Impact, impact_of
from counterpoint.context.kin import is_aside
from counterpoint.context.symbols import Held
from counterpoint.history import History, read_history
from counterpoint.testruns.command import SHARE
from tests.bench.mutating import Mutant, mutants_in

_SECONDS = 60.0


@dataclass(frozen=True)
class Repository:
    """A checkout with what is known of it before any mistake."""

    root: Path
    options: tuple[str, ...]
    held: Held
    past: History
    collected: tuple[str, ...]

    @property
    def name(self) -> str:
        return self.root.name


def main() -> None:
    """Run it, and print one line of JSON a repository and one for all."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("repositories", nargs="*")
    parser.add_argument("--python", default=sys.executable)
    parser.add_argument("--mutants", type=int, default=34, help="mistakes a repository that break a test")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path)
    parser.add_argument("--again", nargs="*", type=Path, default=[])
    given = parser.parse_args()
    rows: list[dict[str, Any]] = []
    for file in given.again:
        rows += json.loads(file.read_text("utf-8"))
    for place in given.repositories:
        rows += _broken(place, given.python, given.mutants, given.seed)
        if given.out:
            given.out.write_text(json.dumps(rows), "utf-8")
    _report(rows)


def _opened(place: str, python: str, collected: Sequence[str] = ()) -> Repository:
    folder, _, options = place.partition(":")
    root = Path(folder).resolve()
    words = tuple(options.split())
    listed = tuple(collected) or tuple(_collected(root, words, python))
    return Repository(root, words, _held(root), read_history(root), listed)


def _held(root: Path) -> Held:
    names = subprocess.run(
        ["git", "ls-files", "-z", "*.py"], cwd=root, capture_output=True, text=True, check=True
    ).stdout.split("\0")
    files = []
    for name in filter(None, names):
        data = (root / name).read_bytes()
        files.append((facts_of(name, "python", data), data.decode("utf-8", "replace").split("\n")))
    return Held(files)


def _pytest(root: Path, words: Sequence[str], python: str) -> tuple[int | None, str]:
    sources = [str(root), str(root / "src")]
    process = subprocess.Popen(
        [python, "-m", "pytest", "-q", "--tb=no", "-p", "no:cacheprovider", f"--rootdir={root}", *words],
        cwd=root,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sources), "PYTHONDONTWRITEBYTECODE": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    try:
        output, _ = process.communicate(timeout=_SECONDS)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        return None, ""
    return process.returncode, output


def _collected(root: Path, words: Sequence[str], python: str) -> Iterator[str]:
    _, output = _pytest(root, (*words, "--collect-only"), python)
    for line in output.split("\n"):
        if "::" in line and not line.startswith(("ERROR", "FAILED")):
            yield line.strip()


def _failing(root: Path, words: Sequence[str], python: str) -> frozenset[str] | None:
    """The tests that fail; None for a run that did not end or did not begin."""
    code, output = _pytest(root, (*words, "-rfE"), python)
    if code not in (0, 1):
        return None
    found = set()
    for line in output.split("\n"):
        if line.startswith(("FAILED ", "ERROR ")) and "::" in line:
            at = line.find(" - ")
            while at >= 0 and line.count("[", 0, at) > line.count("]", 0, at):
                at = line.find(" - ", at + 1)
            found.add(line[: at if at >= 0 else None].split(" ", 1)[1])
    return frozenset(found)


def _broken(place: str, python: str, wanted: int, seed: int) -> Iterator[dict[str, Any]]:
    """So many mistakes that break something, each with the tests it breaks."""
    repository = _opened(place, python)
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / repository.name
        shutil.copytree(repository.root, copy, ignore=shutil.ignore_patterns(".git"))
        already = _failing(copy, repository.options, python)
        again = _failing(copy, repository.options, python)
        if already is None or again is None:
            raise SystemExit(f"The suite of {place} does not run.")
        already |= again
        found = 0
        for path, mutant in _mistakes(repository, seed):
            text = (repository.root / path).read_text("utf-8")
            (copy / path).write_text(mutant.applied(text), "utf-8")
            failing = _failing(copy, repository.options, python)
            (copy / path).write_text(text, "utf-8")
            broken = sorted((failing or frozenset()) - already)
            print(
                f"{repository.name} {path}:{mutant.line} {mutant.kind}: {len(broken)}",
                file=sys.stderr,
                flush=True,
            )
            if broken:
                found += 1
                yield {
                    "place": place, "path": path, "line": mutant.line, "kind": mutant.kind, "broken": broken,
                    "collected": list(repository.collected) if found == 1 else [],
                }  # fmt: skip
            if found == wanted:
                break


def _mistakes(repository: Repository, seed: int) -> Iterator[tuple[str, Mutant]]:
    """Mistakes drawn by lot, no two in one function's line."""
    drawn = random.Random(seed)
    pool = []
    for path in sorted(repository.held.paths()):
        if not is_aside(path) and "/" in path:
            text = (repository.root / path).read_text("utf-8")
            pool += [(path, one) for one in mutants_in(text)]
    drawn.shuffle(pool)
    seen = set()
    for path, mutant in pool:
        if (path, mutant.line) not in seen:
            seen.add((path, mutant.line))
            yield path, mutant


def _chosen(impact: Impact, collected: Sequence[str]) -> frozenset[str]:
    """Of the collected tests those that are chosen, at most the share of them that may be run."""
    by_test: dict[str, list[str]] = {}
    for test in collected:
        path, _, name = test.partition("::")
        plain = name.partition("[")[0].replace("::", ".")
        by_test.setdefault(f"{path}::{plain}", []).append(test)
    found: list[str] = []
    most = int(SHARE * len(collected))
    for one in impact.tests:
        tests = by_test.get(f"{one.path}::{one.name}", [])
        if len(found) + len(tests) <= most:
            found += tests
    return frozenset(found)


def _report(rows: Sequence[dict[str, Any]]) -> None:
    known: dict[str, Repository] = {}
    totals: list[tuple[float, float, int, int]] = []
    by_place: dict[str, list[tuple[float, float, int, int]]] = {}
    for row in rows:
        place = row["place"]
        if place not in known:
            known[place] = _opened(place, "", row["collected"])
        repository = known[place]
        line = row["line"] - 1
        past = repository.past.with_path(row["path"])
        impact = impact_of({row["path"]: [(line, line)]}, repository.held, past)
        chosen = _chosen(impact, repository.collected)
        hit = len(chosen.intersection(row["broken"]))
        one = hit / len(row["broken"]), len(chosen) / len(repository.collected), hit, len(row["broken"])
        totals.append(one)
        by_place.setdefault(place, []).append(one)
    for place, found in (*by_place.items(), ("all", totals)):
        print(json.dumps({"repository": place, **_figures(found)}))


def _figures(found: Sequence[tuple[float, float, int, int]]) -> dict[str, float]:
    count = max(1, len(found))
    return {
        "mutants": len(found),
        "recall": round(sum(one[0] for one in found) / count, 3),
        "pooled_recall": round(sum(one[2] for one in found) / max(1, sum(one[3] for one in found)), 3),
        "found_by_a_test": round(sum(one[2] > 0 for one in found) / count, 3),
        "share": round(sum(one[1] for one in found) / count, 3),
        "most_share": round(max((one[1] for one in found), default=0.0), 3),
    }


if __name__ == "__main__":
    main()
