"""Workspaces for the tests of the index, and all that an index answers, to be compared."""

from __future__ import annotations

import random
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from counterpoint.context.extract import facts_of
from counterpoint.context.symbols import Held, Symbols
from counterpoint.index.common import COMMON
from counterpoint.index.indexer import Indexer
from counterpoint.index.scan import languages
from counterpoint.project import Project

_WORDS = (
    "apple", "basket", "cherry", "dune", "ember", "falcon", "garnet", "harbor", "iris", "jasper", "kettle",
    "lagoon", "meadow",
)  # fmt: skip


def python(seed: int) -> str:
    """A small module; another for each seed."""
    chance = random.Random(seed)
    one, two, three = chance.sample(_WORDS, 3)
    return (
        f"from {one} import {two.title()}, {three}\n\n\nclass {one.title()}({two.title()}):\n"
        f"    def {two}(self, {three}):\n        return self.{three}_{seed}({three}) + {one}()\n\n\n"
        f"def {three}():\n    # {chance.choice(_WORDS)}, {chance.choice(_WORDS)}\n    return {two}({seed})\n"
    )


def script(seed: int) -> str:
    """A small TypeScript module."""
    one, two = random.Random(seed).sample(_WORDS, 2)
    return f"export class {one.title()} {{\n  {two}(): number {{ return {one}({seed}) }}\n}}\n"


def write(root: Path, files: Mapping[str, str | bytes]) -> None:
    """Write files with their folders."""
    for name, text in files.items():
        file = root / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(text if isinstance(text, bytes) else text.encode())


def plenty(root: Path, count: int) -> None:
    """So many modules, in folders of ten."""
    write(root, {f"pkg{at // 10}/mod{at}.py": python(at) for at in range(count)})


def opened(root: Path, home: Path, **options: Any) -> Indexer:
    """An index of a root, which reads in this process if nothing else is said."""
    indexer = Indexer(Project(root), environ={"COUNTERPOINT_HOME": str(home)}, **{"jobs": 1, **options})
    indexer.open()
    return indexer


def built(root: Path, home: Path, **options: Any) -> Indexer:
    """An index that is up to date."""
    indexer = opened(root, home, **options)
    indexer.sweep()
    finish(indexer)
    return indexer


def finish(indexer: Indexer, seconds: float = 60.0) -> None:
    """Work until nothing is left to do."""
    until = time.monotonic() + seconds
    indexer.run(cancelled=lambda: time.monotonic() > until)
    assert time.monotonic() < until, "the index did not come to rest"


def held(root: Path, paths: Iterable[str]) -> Held:
    """What the files say by themselves, with no index."""
    found = []
    for path in paths:
        data = (root / path).read_bytes()
        lines = data.decode().splitlines()
        found.append((facts_of(path, languages()[path.rpartition(".")[2]], data), lines))
    return Held(found)


def dump(symbols: Symbols) -> dict[str, Any]:
    """Everything that can be asked, in an order of its own."""
    paths = sorted(symbols.paths())
    facts = {path: symbols.facts(path) for path in paths}
    words = sorted({word for one in facts.values() if one is not None for word in one.words} - COMMON)
    names = [*words, "absent", "class"]
    rows = {path: (one.language, one.lines, one.definitions, one.imports, one.calls, one.shared, one.package,
                   dict(one.words)) for path, one in facts.items() if one is not None}  # fmt: skip
    return {
        "paths": paths,
        "facts": rows,
        "folders": {
            path.rpartition("/")[0]: sorted(symbols.folder(path.rpartition("/")[0])) for path in paths
        },
        "lines": {path: list(symbols.lines(path) or ()) for path in paths},
        "defined": {name: sorted(found) for name, found in symbols.defined(names).items()},
        "mentions": {name: sorted(found) for name, found in symbols.mentions(words).items()},
        "frequency": dict(symbols.frequency(words)),
    }
