"""What a row costs in CPU time, with the parse if it needs one, over parsing alone, of the same files.

    python -m tests.bench.extract_speed [--files 400] [--rounds 3] [--language python] [FOLDER]

Without a folder, the sources of this Python are read. Both are timed file by file in turns, so that a busy
machine slows both, and the best round of each file counts. Compare ratios, not seconds. The collector is off,
as it is in a worker that builds an index.
"""

from __future__ import annotations

import argparse
import gc
import sysconfig
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from counterpoint.context.extract import row_from
from counterpoint.context.parsing import parse

SUFFIXES = {"python": ".py", "typescript": ".ts", "go": ".go", "rust": ".rs", "java": ".java"}
LARGEST = 1_000_000


@dataclass(frozen=True)
class Cost:
    """CPU seconds of parsing alone, and of a row with what it takes."""

    parse: float
    both: float

    @property
    def ratio(self) -> float:
        """How many times as much as parsing."""
        return self.both / self.parse


def sources(folder: Path, suffix: str, most: int) -> list[bytes]:
    """Up to `most` files of a folder, evenly chosen."""
    paths = sorted(path for path in folder.rglob(f"*{suffix}") if "site-packages" not in path.parts)
    found = [path.read_bytes() for path in paths[:: max(1, len(paths) // most)] if path.is_file()]
    return [data for data in found if 0 < len(data) < LARGEST][:most]


def measure(language: str, files: Sequence[bytes], rounds: int = 3) -> Cost:
    """The best round of each file, summed."""
    parsing = both = 0.0
    enabled = gc.isenabled()
    gc.collect()
    gc.disable()
    try:
        for data in files:
            alone, whole = [], []
            for _ in range(rounds):
                start = time.process_time()
                parse(language, data)
                between = time.process_time()
                row_from("a", language, data)
                alone.append(between - start)
                whole.append(time.process_time() - between)
            parsing += min(alone)
            both += min(whole)
    finally:
        if enabled:
            gc.enable()
    return Cost(parsing, both)


def main() -> None:
    """Print the ratio."""
    reader = argparse.ArgumentParser(description=__doc__)
    reader.add_argument("folder", nargs="?", type=Path, default=Path(sysconfig.get_paths()["stdlib"]))
    reader.add_argument("--files", type=int, default=400)
    reader.add_argument("--rounds", type=int, default=3)
    reader.add_argument("--language", default="python", choices=sorted(SUFFIXES))
    options = reader.parse_args()
    files = sources(options.folder, SUFFIXES[options.language], options.files)
    cost = measure(options.language, files, options.rounds)
    size = sum(map(len, files)) / 1e6
    print(f"{len(files)} files, {size:.1f} MB: parse {cost.parse:.2f} s, row {cost.both:.2f} s")
    print(f"ratio {cost.ratio:.2f}, of parse-only speed {1 / cost.ratio:.2f}")


if __name__ == "__main__":
    main()
