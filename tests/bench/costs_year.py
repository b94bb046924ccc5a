"""What `counterpoint costs --since year` takes with a ledger of so many calls, past months moved out of it.

    python -m tests.bench.costs_year [--calls 1000000] [--folder FOLDER] [--rounds 3]

The first round makes the sums of all days, the others find them kept. A folder is filled once, and used again
the next time. Seconds of work are those of the process, which others on the machine add little to.
"""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path

from counterpoint.ledger import Ledger
from tests.varied_ledger import varied


def made(folder: Path, calls: int) -> Path:
    """The home of a user with that ledger, without sums of days."""
    file = folder / "home" / "state" / "ledger.sqlite3"
    if not file.exists():
        file.parent.mkdir(parents=True, mode=0o700)
        varied(file, calls, 364, date.today())
        ledger = Ledger(file)
        ledger.rotate()
        ledger.close()
    for one in file.parent.glob("ledger.sums.*"):
        one.unlink()
    return folder / "home"


def rounds(home: Path, count: int) -> Iterator[tuple[float, float]]:
    """Seconds by the clock and of work, of one command after another."""
    server = str(Path(__file__).parents[2] / "server")
    env = {**os.environ, "COUNTERPOINT_HOME": str(home), "PYTHONPATH": server}
    with tempfile.TemporaryDirectory() as here:
        for _ in range(count):
            begun, used = time.perf_counter(), _used()
            command = (sys.executable, "-m", "counterpoint", "costs", "--since", "year", "--format", "json")
            subprocess.run(command, cwd=here, env=env, stdout=subprocess.DEVNULL, check=True)
            yield time.perf_counter() - begun, _used() - used


def _used() -> float:
    found = resource.getrusage(resource.RUSAGE_CHILDREN)
    return found.ru_utime + found.ru_stime


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--calls", type=int, default=1_000_000)
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        for clock, work in rounds(made(given.folder or Path(folder), given.calls), given.rounds):
            print(f"{clock:6.1f} s by the clock, {work:6.1f} s of work", flush=True)


if __name__ == "__main__":
    main()
