"""What the index costs beside parsing, in CPU time; how large it is; how quickly it answers.

    python -m tests.bench.index_speed [--rounds 3] [--language python] [FOLDER]

Without a folder, the library of this Python is indexed, without its tests and installed packages. Parsing
alone and a cold build in one process (walk, read, hash, parse, extract, SQLite) run in turns of some thirty
files, so that a busy machine slows both; the ratios are medians. Compare ratios, not seconds.
"""

from __future__ import annotations

import argparse
import gc
import random
import shutil
import statistics
import sysconfig
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path

from counterpoint.context.parsing import parse
from counterpoint.ignores import Ignores
from counterpoint.index.indexer import Indexer
from counterpoint.index.scan import Scan, Source
from counterpoint.project import Project
from counterpoint.text import language_of

NAMES = 300


def copied(folder: Path, to: Path, language: str = "") -> Path:
    """The library of this Python, or another folder, in a place of our own: files are changed below.

    Of a folder with code in several languages, that of one if it is given.
    """
    leave = shutil.ignore_patterns("site-packages", "dist-packages", "test", "tests", "__pycache__", ".git")

    def ignored(inner: str, names: list[str]) -> set[str]:
        others = {name for name in names if language and language_of(name) not in (language, "plaintext")}
        return leave(inner, names) | others

    shutil.copytree(folder, to, ignore=ignored, symlinks=True)
    return to


def sources(project: Project) -> list[Source]:
    """What is indexed of a folder."""
    walk = Scan(project, Ignores(project.root, {})).walk()
    return [source for found in walk for source in found]


def cpu(work: Callable[[], object]) -> float:
    """CPU seconds of this process."""
    start = time.process_time()
    work()
    return time.process_time() - start


@contextmanager
def uncollected() -> Iterator[None]:
    """The collector rests meanwhile, as it does in a worker."""
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def opened(project: Project, home: Path, jobs: int = 1) -> Indexer:
    """An index that is up to date."""
    indexer = Indexer(project, environ={"COUNTERPOINT_HOME": str(home)}, jobs=jobs)
    indexer.open()
    indexer.sweep()
    indexer.run()
    return indexer


def cold(project: Project, home: Path) -> tuple[float, float]:
    """CPU seconds to build an index from nothing and close it, and those of only parsing the same files.

    Both go on in turns, some thirty files at a time: what was written since is then parsed, read before.
    """
    shutil.rmtree(home, ignore_errors=True)
    indexer = Indexer(project, environ={"COUNTERPOINT_HOME": str(home)}, jobs=1)
    build, parsing, seen = cpu(lambda: _begin(indexer)), 0.0, 0
    more = True
    while more or indexer.due() is not None:
        took, more = _some(indexer)
        build += took
        paths = list(islice(indexer.files().items(), seen, None))
        seen += len(paths)
        texts = [(known.language, (project.root / path).read_bytes()) for path, known in paths]
        parsing += cpu(lambda: _parsed(texts)) if texts else 0.0  # noqa: B023
    return build + cpu(indexer.close), parsing


def _begin(indexer: Indexer) -> None:
    indexer.open()
    indexer.sweep()


def _some(indexer: Indexer) -> tuple[float, bool]:
    """Steps until some more files are in the index, or none is left: CPU seconds, and whether any is."""
    more, before = True, len(indexer.files())

    def steps() -> None:
        nonlocal more
        while more and len(indexer.files()) == before:
            more = indexer.step()

    return cpu(steps), more


def _parsed(texts: Sequence[tuple[str, bytes]]) -> None:
    for language, data in texts:
        parse(language, data)


def changed(indexer: Indexer, root: Path, found: Sequence[Source], chance: random.Random) -> list[float]:
    """CPU time to take up one changed file, in times of its parse, which is measured in turns with it."""
    ratios = []
    for source in chance.sample(list(found), min(40, len(found))):
        takes, parses = [], []
        for _ in range(3):
            data = (root / source.path).read_bytes() + b"\n"
            (root / source.path).write_bytes(data)
            indexer.touched([source.path])
            while (seconds := indexer.due()) not in (0, None):
                time.sleep(seconds or 0)
            takes.append(cpu(indexer.run))
            parses.append(cpu(lambda: parse(source.language, data)))  # noqa: B023
        ratios.append(sum(takes) / sum(parses))
    return ratios


def asked(indexer: Indexer, chance: random.Random) -> tuple[list[float], list[float]]:
    """Milliseconds for definitions and counts of 300 names of a file and its neighbours: first, and again."""
    first: list[float] = []
    again: list[float] = []
    paths = list(indexer.symbols.paths())
    for _ in range(30):
        names: list[str] = []
        for path in chance.sample(paths, min(3, len(paths))):
            facts = indexer.symbols.facts(path)
            names += list(facts.words) if facts is not None else []
        chosen = chance.sample(names, min(NAMES, len(names)))
        for times in (first, again):
            start = time.perf_counter()
            indexer.symbols.defined(chosen)
            indexer.symbols.frequency(chosen)
            times.append(1000 * (time.perf_counter() - start))
    return first, again


def main() -> None:
    """Measure and print."""
    options = argparse.ArgumentParser()
    options.add_argument("folder", type=Path, nargs="?", default=Path(sysconfig.get_path("stdlib")))
    options.add_argument("--rounds", type=int, default=3)
    options.add_argument("--language", default="python", help='index only files of it; "": of all')
    given = options.parse_args()
    with tempfile.TemporaryDirectory() as name, uncollected():
        root, home = copied(given.folder, Path(name) / "work", given.language), Path(name) / "home"
        project = Project(root)
        found = sources(project)
        times, warms = [], []
        for _ in range(given.rounds):
            gc.collect()
            build, parsing = cold(project, home)
            times.append((build, parsing))
            warms.append(cpu(lambda: opened(project, home).close()) / build)
        indexer = opened(project, home)
        lines, size = sum(one.lines for one in indexer.files().values()), indexer.bytes_on_disk
        chance = random.Random(7)
        first, again = asked(indexer, chance)
        one = changed(indexer, root, found, chance)
        indexer.close()
    ratio = statistics.median(build / parsing for build, parsing in times)
    print(f"{len(found):,} files, {lines:,} lines; parsing alone {min(times)[1]:.2f} s of CPU")
    print(f"cold build, one process  {ratio:.2f} x parsing alone ({1 / ratio:.2f} of its speed)")
    print(f"warm start               {statistics.median(warms):.3f} x cold")
    print(
        f"one changed file         {statistics.median(one):.2f} x its parse (median),"
        f" {statistics.fmean(one):.2f} on average, {max(one):.1f} at most"
    )
    print(f"index file               {size / max(1, lines):.1f} bytes a line")
    print(f"300 names                {statistics.median(first):.1f} ms, again {statistics.median(again):.2f}")


if __name__ == "__main__":
    main()
