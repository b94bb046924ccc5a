"""Where the benches of the ledger measure: a workspace with a full ledger that other processes have open."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Coroutine, Iterable, Iterator
from datetime import date
from pathlib import Path
from typing import Any, Protocol, TypeVar

from counterpoint.text import Document, Situation, Span
from tests.bench.ledger_rows import filled

_TEXT = "def total(rows):\n    found = 0\n    for row in rows:\n        found += row.price\n    return "
_OTHER = """
import sys, time
from pathlib import Path
from counterpoint.ledger import Caps, Ledger
from counterpoint.models import Usage
ledger, busy = Ledger(Path(sys.argv[1])), sys.argv[2] == "busy"
ledger.spent_today()
print("ready", flush=True)
while busy:
    call = ledger.reserve(job="busy", task="complete", role="fast", provider="openai", model="gpt-5.5",
                          kind="completion", upper_usd=0.001, caps=Caps(1e6, 1e6))
    ledger.settle(call, usage=Usage(100, 10), cost_usd=0.0001, seconds=1.0, outcome="ok")
    time.sleep(0.05)
sys.stdin.read()
"""


class Told(Protocol):
    """What was measured."""

    def lines(self) -> Iterable[str]:
        """The same to be read."""


T = TypeVar("T")
L = TypeVar("L", bound=Told)


def situation() -> Situation:
    """A place to complete at."""
    return Situation(Document.of("a.py", _TEXT, "python", 1), Span(len(_TEXT), len(_TEXT)))


def environ(folder: Path, url: str) -> dict[str, str]:
    """The variables of a workspace there whose only vendor answers at an address, with no cap in sight."""
    return {
        **os.environ,
        "COUNTERPOINT_HOME": str(folder / "home"),
        "OPENAI_API_KEY": "sk-none",
        "OPENAI_BASE_URL": url,
        "COUNTERPOINT__KEYS__KEYRING": "false",
        "COUNTERPOINT__BUDGET__DAY_USD": "1000000",
        "COUNTERPOINT__BUDGET__COMPLETIONS_DAY_USD": "1000000",
        "COUNTERPOINT__BUDGET__MONTH_USD": "10000000",
    }


def run(folder: Path, calls: int, idle: int, measured: Callable[[Path], Coroutine[Any, Any, T]]) -> T:
    """In a folder that is also the user's own: COUNTERPOINT_HOME says where consent is kept."""
    file = folder / "home" / "state" / "ledger.sqlite3"
    (folder / "code").mkdir(parents=True)
    filled(file, calls, 90, date.today())
    with others(file, idle):
        return asyncio.run(measured(folder))


def main(
    doc: str | None, measured: Callable[[Path, int, float], Coroutine[Any, Any, L]], rounds: int, gap: float
) -> None:
    """Measure as the command line says, by default so many rounds with such a gap, and print it."""
    parser = argparse.ArgumentParser(description=doc)
    parser.add_argument("--calls", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=rounds)
    parser.add_argument("--idle", type=int, default=8)
    parser.add_argument("--gap", type=float, default=gap, help="seconds between two questions")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        os.environ["COUNTERPOINT_HOME"] = str(Path(folder) / "home")
        work = lambda place: measured(place, given.rounds, given.gap)  # noqa: E731 - its type is told by `run`
        print("\n".join(run(Path(folder), given.calls, given.idle, work).lines()))


@contextlib.contextmanager
def others(file: Path, idle: int) -> Iterator[None]:
    """So many processes that have the ledger open and rest, and one that spends."""
    kinds = [*["idle"] * idle, "busy"]
    env = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2] / "server")}
    running = [
        subprocess.Popen(
            (sys.executable, "-c", _OTHER, str(file), kind),
            env=env,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        for kind in kinds
    ]
    try:
        for one in running:
            assert one.stdout is not None and one.stdout.readline() == b"ready\n"
        yield
    finally:
        for one in running:
            one.kill()
            one.communicate(timeout=20)
