"""What the router and the ledger add to a completion, on a ledger of a hundred thousand calls.

    python -m tests.bench.ledger_speed [--calls 100000] [--rounds 2000] [--idle 8] [--gap 0]

In a real workspace, with a real file that other processes hold open: some are idle, one reserves and settles
twenty times a second. A round is what stands between a completion's question and its request: its route, and
its entry in the books. The settlement, which nobody waits for, is measured by itself. Beside each time stands
that of one empty transaction of a new file in a thread. A gap lets the processor forget, as between two keys.
"""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median, quantiles

from counterpoint import consent
from counterpoint.calls import Meter
from counterpoint.tasks import COMPLETE
from counterpoint.workspace import open_workspace
from tests.bench import ledger_world as world


@dataclass(frozen=True)
class Took:
    """Milliseconds by the clock, and of this process's work, which a busy machine does not add to."""

    wall: float
    work: float

    def __add__(self, other: Took) -> Took:
        return Took(self.wall + other.wall, self.work + other.work)


@dataclass(frozen=True)
class Speed:
    """Of each round; `floor` is of a thread with the empty transaction. `first` is of the first entry of a
    process, which opens the file."""

    route: Sequence[Took]
    entry: Sequence[Took]
    settle: Sequence[Took]
    floor: Sequence[Took]
    first: Took

    @property
    def added(self) -> list[Took]:
        """Of each round, what a completion waits for."""
        return [one + other for one, other in zip(self.route, self.entry, strict=True)]

    def lines(self) -> Iterator[str]:
        rows = {"route": self.route, "entry": self.entry, "both": self.added, "settlement": self.settle}
        for name, some in {**rows, "floor": self.floor}.items():
            yield f"{name:12}{_figures([one.wall for one in some])} by the clock"
            yield f"{'':12}{_figures([one.work for one in some])} of work"
        yield f"first entry {self.first.wall:7.1f} ms by the clock, {self.first.work:.1f} ms of work"


def _figures(some: Sequence[float]) -> str:
    return f"median {median(some):7.3f} ms, p99 {quantiles(some, n=100)[98]:7.3f} ms"


async def timed(work: Callable[[], Awaitable[object]]) -> Took:
    wall, used = time.perf_counter(), time.process_time()
    await work()
    return Took((time.perf_counter() - wall) * 1000, (time.process_time() - used) * 1000)


async def measured(folder: Path, rounds: int, gap: float) -> Speed:
    workspace = await open_workspace(
        folder / "code", environ=world.environ(folder, "https://models.example/v1")
    )
    engine, situation = workspace.engine, world.situation()
    plan = await engine.plan(COMPLETE, situation)
    endpoint = await workspace.reach.endpoint("openai")
    consent.grant(workspace.root, engine.ports.missing_consent(endpoint))
    floor = sqlite3.connect(folder / "floor.sqlite3", isolation_level=None, check_same_thread=False)
    floor.execute("PRAGMA journal_mode = WAL")
    floor.execute("PRAGMA synchronous = NORMAL")
    floor.execute("CREATE TABLE t (x)")

    def empty() -> None:
        floor.execute("BEGIN IMMEDIATE")
        floor.execute("INSERT INTO t VALUES (1)")
        floor.execute("COMMIT")

    async def entered() -> None:
        entries.append(await engine._books.entered(meter, COMPLETE, situation, plan, "job", endpoint))

    async def settled() -> None:
        await engine._books.settled(entries[-1], meter)

    entries: list[int] = []
    times: list[list[Took]] = [[], [], [], []]
    meter = Meter(plan.candidate.model, plan.input_tokens)
    first = await timed(entered)
    for _ in range(rounds):
        await asyncio.sleep(gap)
        meter = Meter(plan.candidate.model, plan.input_tokens)
        times[0].append(await timed(lambda: engine.route(COMPLETE)))
        times[1].append(await timed(entered))
        times[2].append(await timed(settled))
        times[3].append(await timed(lambda: asyncio.to_thread(empty)))
    await workspace.close()
    floor.close()
    return Speed(times[0], times[1], times[2], times[3], first)


def run(folder: Path, calls: int, rounds: int, idle: int, gap: float = 0.0) -> Speed:
    return world.run(folder, calls, idle, lambda place: measured(place, rounds, gap))


if __name__ == "__main__":
    world.main(__doc__, measured, rounds=2_000, gap=0.0)
