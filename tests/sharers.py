"""Real processes that share a vendor: each asks the model server by itself and tells how its questions ended.

python -m tests.sharers     (started by `processes`; a round is a line of JSON, and so is what it tells)

A round is `edits`, so many at once; or `completions`, one after another at so many keys, until one is
answered. The clock of pauses runs so much `quicker`; how long a question may try a vendor is real time, since
a busy machine is no quicker.
"""

from __future__ import annotations

import asyncio
import json
import select
import subprocess
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from counterpoint import health, sharing
from counterpoint.board import Board
from counterpoint.engine import Engine, Ports
from counterpoint.errors import CounterpointError
from counterpoint.flows.edit import edit
from counterpoint.ledger import Ledger
from counterpoint.models import load_catalogue
from counterpoint.providers import Endpoint
from counterpoint.providers.opening import Providers, open_now
from counterpoint.settings import Settings
from counterpoint.sharing import SharedWays
from counterpoint.tasks import COMPLETE
from counterpoint.text import Document, Situation, Span
from counterpoint.turns import Turns

_BETWEEN = 0.02
_PATIENCE = 120.0
_ROOT = Path(__file__).parents[1]


@asynccontextmanager
async def _engine(url: str, key: str, folder: Path, quicker: float) -> AsyncIterator[Engine]:
    providers, file = Providers(open_now), folder / "vendors.sqlite3"
    board = Board(file, lambda: time.monotonic() * quicker, lambda: time.monotonic() * quicker)
    for module in (health, sharing):
        vars(module)["PROBE_SECONDS"] = 10.0 * quicker

    async def usable() -> frozenset[str]:
        return frozenset({"openai"})

    async def endpoint(name: str) -> Endpoint:
        return Endpoint("openai", key, url)

    ports = Ports(
        usable, endpoint, providers.get, lambda path, text: None, lambda endpoint: (),
        turns=Turns(ways=SharedWays(board)),
    )  # fmt: skip
    settings = Settings()
    budget = replace(settings.budget, day_usd=100.0, completions_day_usd=50.0)
    ledger = Ledger(folder / "ledger.sqlite3")
    engine = Engine(replace(settings, budget=budget), load_catalogue(), ledger, ports)
    try:
        yield engine
    finally:
        await engine.close()
        ports.turns.ways.close()
        await providers.close()
        ledger.close()


def _asked(instruction: str = "") -> Situation:
    document = Document.of("a.py", "x = 1\ny = 2\n", "python", 3)
    if instruction:
        return Situation(document, Span(0, 12), instruction=instruction)
    return Situation(document, Span(12, 12), trigger="automatic")


async def _edits(engine: Engine, count: int) -> Counter[str]:
    async def one() -> str:
        try:
            await edit(engine, _asked("Make x two"))
        except CounterpointError as error:
            return error.code
        return "answered"

    return Counter(await asyncio.gather(*(one() for _ in range(count))))


async def _completions(engine: Engine, keys: int) -> Counter[str]:
    """The time between two keys is real time."""
    ended: Counter[str] = Counter()
    while not ended["answered"] and ended.total() < keys:
        try:
            await engine.ask(COMPLETE, _asked())
            ended["answered"] += 1
        except CounterpointError as error:
            ended[error.code] += 1
            await asyncio.sleep(_BETWEEN)
    return ended


@dataclass(frozen=True)
class Ended:
    """How the questions of a process ended, and how long that took by the clock of pauses."""

    how: Mapping[str, int]
    seconds: float


async def _main() -> None:
    while line := await asyncio.to_thread(sys.stdin.readline):
        asked = json.loads(line)
        async with _engine(asked["url"], asked["key"], Path(asked["folder"]), asked["quicker"]) as engine:
            began = engine.ports.turns.clock()
            round_of = _edits if asked["what"] == "edits" else _completions
            how = await round_of(engine, asked["count"])
            print(json.dumps({"how": how, "seconds": engine.ports.turns.clock() - began}), flush=True)


class Processes:
    """Processes that play round after round, all at once."""

    def __init__(self, running: Sequence[subprocess.Popen[str]]) -> None:
        self._running = running

    def play(
        self, url: str, key: str, folder: Path, what: str, count: int, quicker: float = 1.0
    ) -> list[Ended]:
        """How it ended for each."""
        asked = {"url": url, "key": key, "folder": str(folder), "what": what, "count": count}
        for one in self._running:
            assert one.stdin is not None
            one.stdin.write(json.dumps({**asked, "quicker": quicker}) + "\n")
            one.stdin.flush()
        return [Ended(**json.loads(_line(one))) for one in self._running]


def _line(one: subprocess.Popen[str]) -> str:
    """Its next line, waited for as long as a test may take."""
    assert one.stdout is not None
    ready, _, _ = select.select([one.stdout], [], [], _PATIENCE)
    return one.stdout.readline() if ready else "nothing came"


@contextmanager
def processes(number: int) -> Iterator[Processes]:
    """So many, ended with this."""
    words = (sys.executable, "-m", "tests.sharers")
    running = [
        subprocess.Popen(words, cwd=_ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for _ in range(number)
    ]
    try:
        yield Processes(running)
    finally:
        for one in running:
            one.kill()
            one.communicate()


if __name__ == "__main__":
    asyncio.run(_main())
