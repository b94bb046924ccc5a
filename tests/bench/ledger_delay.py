"""By how much a router and a ledger delay a completion: from its question to its first byte on the socket.

    python -m tests.bench.ledger_delay [--calls 100000] [--rounds 3000] [--idle 8] [--gap 0.01]

The same engine asks with them and without, in turns: the other times it is given its route, makes no entry in
any book and asks nobody whose turn it is. All else is the same: the plan and its thread, the SDK, the loop of
the calls, a real socket. The server is a process of its own, which tells the moment at which the first byte
of each question was there, by a clock that all processes share. The ledger is as full and as busy as in
`ledger_speed`. Settlements are written before the next question begins, but in nobody's time.

Each round asks once with them and twice without, in an order that changes. What the two add is the difference
of quantiles, with an interval from resampled stretches of rounds, for noise comes in stretches; the same
difference of the two times without is noise alone, and says whether the figure can be trusted. Beside the
clock stands the work of this process up to the first event, which others on the machine do not add to. What
the route, the turn and the entry took within the questions is measured by itself as well.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median, quantiles
from typing import Any

from counterpoint.booking import Books
from counterpoint.calls import Meter
from counterpoint.engine import Engine
from counterpoint.routing import Route
from counterpoint.tasks import COMPLETE, Task
from counterpoint.text import Situation
from counterpoint.workspace import open_workspace
from tests.bench import ledger_world as world
from tests.bench.ledger_speed import Took

_STRETCH, _DRAWS = 50, 1_000
"""Rounds that are drawn together, and how often."""
_SERVER = r"""
import asyncio, json, time
def event(kind, **data): return "event: %s\ndata: %s\n\n" % (kind, json.dumps({"type": kind, **data}))
USAGE = {"input_tokens": 100, "output_tokens": 3, "total_tokens": 103,
         "input_tokens_details": {"cached_tokens": 0}, "output_tokens_details": {"reasoning_tokens": 0}}
MODEL = {"id": "resp_1", "model": "gpt-5.5-2026-04-23", "output": [], "service_tier": "default"}
BODY = (event("response.created", response={**MODEL, "status": "in_progress", "usage": None})
        + event("response.output_text.delta", item_id="m", output_index=0, content_index=0, delta="found")
        + event("response.completed", response={**MODEL, "status": "completed", "usage": USAGE})).encode()
HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ncontent-length: %d\r\n\r\n" % len(BODY)
async def serve(reader, writer):
    try:
        while first := await reader.read(1):
            at = time.monotonic()
            head = first + await reader.readuntil(b"\r\n\r\n")
            lines = head.decode("latin-1").lower().split("\r\n")
            size = next(int(line[15:]) for line in lines if line.startswith("content-length:"))
            await reader.readexactly(size)
            print(at, flush=True)
            writer.write(HEAD + BODY)
    except (OSError, asyncio.IncompleteReadError):
        pass
    finally:
        writer.close()
async def main():
    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()
asyncio.run(main())
"""


Series = Sequence[float]


@dataclass(frozen=True)
class Delays:
    """Of each round: with router and ledger, twice without, and what they themselves took within `full`."""

    full: Sequence[Took]
    bare: Sequence[Took]
    again: Sequence[Took]
    inside: Sequence[Took]

    def lines(self) -> Iterator[str]:
        names = ("with", "without", "without, again", "route, turn and entry")
        for clock, of in _CLOCKS.items():
            yield f"{clock}, ms:"
            full, bare, again, inside = (
                [of(one) for one in some] for some in (self.full, self.bare, self.again, self.inside)
            )
            for name, some in zip(names, (full, bare, again, inside), strict=True):
                yield _row(name, some)
            for percent in (50, 90, 99):
                found, noise = _added(full, bare, percent), _added(again, bare, percent)
                yield f"  added at p{percent:<2} {found}; of noise alone {noise}"
            yield _row("pairs, with - without", [one - other for one, other in zip(full, bare, strict=True)])
            yield _row("pairs of noise alone", [one - other for one, other in zip(again, bare, strict=True)])


_CLOCKS: dict[str, Callable[[Took], float]] = {
    "by the clock": lambda one: one.wall,
    "of work": lambda one: one.work,
}


def _row(name: str, some: Series) -> str:
    return f"  {name:22} median {median(some):7.3f}, p90 {_p(some, 90):7.3f}, p99 {_p(some, 99):7.3f}"


def _p(some: Series, percent: int) -> float:
    return quantiles(some, n=100)[percent - 1]


@dataclass(frozen=True)
class Interval:
    """A difference, and where 95 % of those of resampled rounds lie."""

    value: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.value:6.3f} ({self.low:6.3f} to {self.high:6.3f})"


def _added(some: Series, others: Series, percent: int) -> Interval:
    """By how much a quantile of some rounds is above that of the same rounds of others."""
    dice, count = random.Random(1), len(some)
    stretches = [range(at, min(at + _STRETCH, count)) for at in range(0, count, _STRETCH)]
    found = []
    for _ in range(_DRAWS):
        drawn = [at for one in dice.choices(stretches, k=len(stretches)) for at in one]
        found.append(
            _rank([some[at] for at in drawn], percent) - _rank([others[at] for at in drawn], percent)
        )
    return Interval(_p(some, percent) - _p(others, percent), _rank(found, 2.5), _rank(found, 97.5))


def _rank(some: list[float], percent: float) -> float:
    some.sort()
    return some[min(len(some) - 1, int(len(some) * percent / 100))]


class _NoBooks(Books):
    """Nothing is set aside, nothing settled."""

    async def entered(self, *_: Any) -> int:
        return 0

    def settled(self, entry: int, meter: Meter) -> asyncio.Task[None]:
        return asyncio.create_task(asyncio.sleep(0))


class _Free:
    """Nobody has to wait for a turn. Stands for `Turns` and for each turn of it."""

    def __init__(self, turns: Any) -> None:
        self.health, self.clock, self.ways = turns.health, turns.clock, turns.ways

    async def take(self, wish: object) -> _Free:
        self.sent = self.clock()
        return self

    def begun(self, rates: object) -> None: ...
    def worked(self) -> None: ...
    def left(self) -> None: ...
    def failed(self, error: Exception) -> None:
        raise error


class _Bare(Engine):
    """Always the same route, no books, no turns."""

    known: Route

    @classmethod
    async def of(cls, engine: Engine) -> _Bare:
        turns: Any = _Free(engine.ports.turns)
        bare = cls(engine.settings, engine.catalogue, engine.ledger, replace(engine.ports, turns=turns))
        books = _NoBooks(lambda: bare.settings, engine.ledger, lambda: bare.ports)
        bare._books = bare._sender._books = books
        bare.known = await engine.route(COMPLETE)
        return bare

    async def route(self, task: Task[Any], input_tokens: int = 0) -> Route:
        return self.known

    async def _begun(self, task: Task[Any], situation: Situation, kind: object) -> Any:
        return self.known, await self.planner.plan(self.ports, task, situation, self.known.first)


@contextlib.asynccontextmanager
async def _server() -> AsyncIterator[tuple[int, asyncio.StreamReader]]:
    """The server's port, and the moments it tells."""
    running = await asyncio.create_subprocess_exec(sys.executable, "-c", _SERVER, stdout=subprocess.PIPE)
    assert running.stdout is not None
    try:
        yield int(await running.stdout.readline()), running.stdout
    finally:
        running.kill()
        await running.wait()


class _Watch:
    """What some steps of a question take together."""

    def __init__(self) -> None:
        self.sum = Took(0.0, 0.0)

    def around(self, step: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
        async def timed(*given: Any) -> Any:
            wall, work = time.perf_counter(), time.thread_time()
            try:
                return await step(*given)
            finally:
                took = Took((time.perf_counter() - wall) * 1000, (time.thread_time() - work) * 1000)
                self.sum += took

        return timed


def _watched(engine: Engine) -> _Watch:
    """The engine's route, turn and entry from now on."""
    watch = _Watch()
    for one, name in ((engine, "route"), (engine.ports.turns, "take"), (engine._books, "entered")):
        setattr(one, name, watch.around(getattr(one, name)))
    return watch


async def measured(folder: Path, rounds: int, gap: float) -> Delays:
    async with _server() as (port, told):
        environ = world.environ(folder, f"http://127.0.0.1:{port}/v1")
        workspace = await open_workspace(folder / "code", environ=environ)
        bare, situation = await _Bare.of(workspace.engine), world.situation()
        engines = (workspace.engine, bare, bare)
        watch = _watched(workspace.engine)

        async def delay(engine: Engine) -> Took:
            await asyncio.sleep(gap)
            done: list[float] = []
            began, work = time.monotonic(), time.process_time()
            await engine.ask(COMPLETE, situation, on_begun=lambda: done.append(time.process_time()))
            arrived = float(await told.readline())
            await engine.close()
            return Took((arrived - began) * 1000, (done[0] - work) * 1000)

        found: tuple[list[Took], list[Took], list[Took]] = ([], [], [])
        inside: list[Took] = []
        for number in range(-20, rounds):
            for at in range(3):
                which = (number + at) % 3 if number % 2 else (number - at) % 3
                watch.sum = Took(0.0, 0.0)
                took = await delay(engines[which])
                if number < 0:  # connections are opened and modules brought in
                    continue
                found[which].append(took)
                if which == 0:
                    inside.append(watch.sum)
        await workspace.close()
        return Delays(*found, inside)


if __name__ == "__main__":
    world.main(__doc__, measured, rounds=3_000, gap=0.01)
