"""Whether the ledger's sums are the vendors' bill: many processes, faults, broken-off calls, killed clients.

    python -m tests.bench.money [--calls 10000] [--processes 8] [--kills 24] [--cap USD] [--seed 1]

Processes ask the strict model server, which keeps its own bill with prices of its own, as engineers' editors
would: completions, edits, questions, reviews, a share of them faulty or broken off. Now and then one is
killed (SIGKILL) and another takes its place. In the end the ledger, opened an hour later, is held against the
bill, question by question.

What the server bills of a call that is broken off is a guess of ours, since no vendor tells: the whole
input once a byte of the answer was sent, also if nobody has read it, and all tokens that were sent until it
saw that the client had gone, with the thoughts before the first of them, which take it no time. A vendor may
bill less, nothing for instance of what was ended before an answer; or more, if it writes on for a while.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import re
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from counterpoint.cli.costs_unheard import is_unheard
from counterpoint.ledger import Call, Ledger
from tests.bench.money_worker import FAULTS, SHORT, word
from tests.modelserver import Fault, ModelServer, Record

_HOUR = 3_600.0
_HERE = Path(__file__).parents[2]
_WORD = re.compile(word(r"(\w+?)"))
TOLD, LOST = "told by the vendor", "client killed"
UNREAD = "ended before an answer"
WINDOW = 50
"""So many questions that ended the same way, one after another, may not be booked below their bill."""


@dataclass(frozen=True)
class Job:
    """One question: its calls in the ledger, and what the vendor has in its log."""

    calls: tuple[Call, ...]
    records: tuple[Record, ...]

    @property
    def kind(self) -> str:
        """What is said of the job as a whole: the least certain of its calls."""
        estimated = [one for one in self.calls if one.usage.estimated]
        if any(one.outcome == "lost" for one in self.calls):
            return LOST
        broken = [one.outcome for one in estimated if one.cost_usd and not is_unheard(one)]
        if broken:
            return broken[0] or LOST
        return UNREAD if any(is_unheard(one) for one in estimated) else TOLD

    @property
    def booked(self) -> float:
        return sum(one.cost_usd for one in self.calls)

    @property
    def billed(self) -> float:
        return sum(one.cost_usd for one in self.records)

    @property
    def below(self) -> bool:
        """The bill is above what was shown."""
        return self.booked < self.billed - 1e-9


def worst_window(jobs: Sequence[Job], size: int = WINDOW) -> float:
    """The least that was booked of a bill, as its share, over so many in a row; of fewer over all."""
    starts = range(max(1, len(jobs) - size + 1))
    sums = [
        (sum(one.booked for one in some), sum(one.billed for one in some))
        for some in (jobs[at : at + size] for at in starts)
    ]
    return min((booked / billed for booked, billed in sums if billed), default=1.0)


@dataclass(frozen=True)
class Result:
    jobs: tuple[Job, ...]
    killed: int
    cap: float
    worst: float
    """The most that was spent or reserved at any time, in USD."""
    most_reserved: float
    """The largest reserve of one call."""

    @property
    def calls(self) -> int:
        return sum(len(one.calls) for one in self.jobs)

    def of(self, *kinds: str) -> list[Job]:
        return [one for one in self.jobs if one.kind in kinds]

    def lines(self) -> Iterable[str]:
        yield f"{self.calls:,} calls of {len(self.jobs):,} questions; {self.killed} processes killed"
        heads = ("questions", "ledger", "bill", "difference", "share", "largest", "below", f"worst {WINDOW}")
        yield f"{'':24}" + "".join(f"{head:>12}" for head in heads)
        for kind in sorted({one.kind for one in self.jobs}):
            yield self._line(kind, self.of(kind))
        yield self._line("all", self.jobs)
        yield (
            f"day: at most ${self.worst:.6f} spent or reserved of ${self.cap:.2f};"
            f" largest reserve ${self.most_reserved:.6f}"
        )

    @staticmethod
    def _line(name: str, jobs: Sequence[Job]) -> str:
        booked, billed = sum(one.booked for one in jobs), sum(one.billed for one in jobs)
        largest = max((abs(one.booked - one.billed) for one in jobs), default=0.0)
        share = f"{booked / billed - 1:+.1%}" if billed else "-"
        sums = f"{booked:>12.6f}{billed:>12.6f}{booked - billed:>+12.6f}{share:>12}{largest:>12.6f}"
        below = f"{sum(one.below for one in jobs):>12,}{worst_window(jobs):>12.3f}"
        return f"{name:24}{len(jobs):>12,}{sums}{below}"


def run(
    folder: Path,
    calls: int,
    processes: int,
    kills: int,
    cap: float,
    seed: int = 1,
    seconds: float = float("inf"),
) -> Result:
    """Spend until the server has seen so many requests, or for so long since the first one; everything lies
    in `folder`."""
    (folder / "code").mkdir(parents=True)
    dice = random.Random(seed)
    with ModelServer() as server:
        for name in FAULTS:
            server.fault(Fault(name), match=f"fault_{name}_now", repeat=True)
        server.answer("line_1(1)", match=SHORT, repeat=True)
        server.pace(0.01, 0.001)
        env = {
            **os.environ,
            **environment(server, folder, cap),
            "PYTHONPATH": os.pathsep.join((str(_HERE / "server"), str(_HERE))),
        }
        running = [_started(folder, env, seed * 1000 + n) for n in range(processes)]
        killed, started = 0, time.monotonic()
        begun = started
        try:
            while server.state.arrived < calls and time.monotonic() - begun < seconds:
                time.sleep(0.05)
                if not server.state.arrived:
                    begun = time.monotonic()
                if any(one.poll() is not None for one in running):
                    raise RuntimeError("a process that spends has ended by itself")
                if killed < kills and server.state.arrived > (killed + 1) * calls / (kills + 1):
                    at = dice.randrange(processes)
                    running[at].send_signal(signal.SIGKILL)
                    running[at].wait(60)
                    _over(running[at])
                    running[at] = _started(folder, env, seed * 1000 + processes + killed)
                    killed += 1
                if time.monotonic() - started > 1.5 * calls + 60:
                    raise TimeoutError(f"{server.state.arrived} of {calls} requests arrived")
        finally:
            for one in running:
                _over(one)
            for one in running:
                one.wait(60)
        records = server.log
    return judged(folder, records, killed, cap)


def environment(server: ModelServer, folder: Path, cap: float) -> dict[str, str]:
    return {
        "OPENAI_API_KEY": server.openai_key,
        "OPENAI_BASE_URL": server.openai_url,
        "ANTHROPIC_API_KEY": server.anthropic_key,
        "ANTHROPIC_BASE_URL": server.url,
        "COUNTERPOINT_HOME": str(folder / "home"),
        "COUNTERPOINT__BUDGET__DAY_USD": str(cap),
        "COUNTERPOINT__BUDGET__COMPLETIONS_DAY_USD": str(cap),
        "COUNTERPOINT__KEYS__KEYRING": "false",
    }


def _started(folder: Path, env: dict[str, str], seed: int) -> subprocess.Popen[bytes]:
    command = (sys.executable, "-m", "tests.bench.money_worker", str(folder / "code"), str(seed))
    return subprocess.Popen(command, env=env, stdin=subprocess.PIPE)


def _over(process: subprocess.Popen[bytes]) -> None:
    if process.stdin is not None:
        process.stdin.close()


def judged(folder: Path, records: Sequence[Record], killed: int, cap: float) -> Result:
    """The ledger as whoever opens it an hour later finds it, against the log."""
    file = next((folder / "home").rglob("ledger.sqlite3"))
    ledger = Ledger(file, clock=lambda: time.time() + _HOUR)
    calls = ledger.calls(date(2020, 1, 1))
    ledger.close()
    mine, theirs = defaultdict(list), defaultdict(list)
    for call in calls:
        mine[call.job].append(call)
    for record in records:
        text = json.dumps(record.body)
        named = (found[1] for found in _WORD.finditer(text) if found[1] in mine)
        theirs[next(named, "")].append(record)
    assert "" not in theirs, "the vendor was asked what is not in the ledger"
    jobs = tuple(Job(tuple(some), tuple(theirs[job])) for job, some in mine.items())
    worst, most = extremes(file)
    return Result(jobs, killed, cap, worst, most)


def extremes(file: Path) -> tuple[float, float]:
    """The most that was spent or reserved at any time, by the order of the rows, and the largest reserve."""
    rows = sqlite3.connect(file)
    events = [
        (at, 0, call, nano) for call, at, nano in rows.execute("SELECT id, at, reserved_nano FROM calls")
    ]
    settled = "SELECT call_id, at, cost_nano FROM settlements WHERE outcome != 'lost'"
    events += [(at, 1, call, nano) for call, at, nano in rows.execute(settled)]
    rows.close()
    held: Counter[int] = Counter()
    worst = now = 0
    for _, _, call, nano in sorted(events):
        now += nano - held[call]
        held[call] = nano
        worst = max(worst, now)
    return worst / 1e9, max((nano for _, kind, _, nano in events if kind == 0), default=0) / 1e9


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--calls", type=int, default=10_000)
    parser.add_argument("--processes", type=int, default=8)
    parser.add_argument("--kills", type=int, default=24)
    parser.add_argument("--cap", type=float, default=1_000.0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", type=Path, help="a folder that is not there yet, and stays")
    parser.add_argument("--seconds", type=float, default=float("inf"), help="the longest to spend")
    given = parser.parse_args()
    begun = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        where = given.keep or Path(folder)
        found = run(where, given.calls, given.processes, given.kills, given.cap, given.seed, given.seconds)
    print("\n".join(found.lines()))
    print(f"{time.monotonic() - begun:.0f} s")


if __name__ == "__main__":
    main()
