"""Plays a fault over real sockets through the real engine, and says what came of each kind of question.

A cell reads `<end> <requests>`. The end is `answered`, `other` where the other voice answered, or the code of
the error that the user is told; the requests are those that the failing vendor got.
"""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

from counterpoint import health, sending
from counterpoint.engine import Engine, Ports
from counterpoint.errors import CounterpointError
from counterpoint.ledger import Ledger
from counterpoint.models import Model, load_catalogue
from counterpoint.providers import Endpoint
from counterpoint.providers.opening import Providers, open_now
from counterpoint.settings import Settings
from counterpoint.tasks import COMPLETE, EDIT, REVIEW, Task
from counterpoint.text import Document, Situation, Span
from counterpoint.turns import Turns
from tests.modelserver import Fault, ModelServer

CATALOGUE = load_catalogue()
FIRST = {"openai": "gpt-5.5", "anthropic": "claude-opus-4-7", "google": "gemini-3.1-pro"}
GOOD = '{"assumptions": [], "edits": [{"path":"a.py","line":1,"old":"x = 1","new":"x = 2","reason":"r"}]}'
NOTHING = '{"findings": []}'
SECONDS = 1.5
"""What a call may take here, so that what hangs ends soon."""
ENDLESS = ("hang_before_headers", "hang_after_headers", "hang_mid_stream", "slow_drip")
OPTIONS: dict[str, dict[str, Any]] = {"rate_limited": {"retry_after": 0.2}, "slow_drip": {"between": 3.0}}
QUICKER = 10
"""Pauses of vendors that have too much to do, and those before the next try, are so much shorter here."""
ADDRESSES = {"refused_connection": "http://127.0.0.1:9", "no_such_host": "http://vendor.invalid"}
"""Faults that no server can have: nobody answers at all."""


@dataclass
class Clock:
    """Seconds, put forward at will; one that stands still moves in no other way."""

    stands: bool = False
    ahead: float = 0.0

    def __call__(self) -> float:
        return (1_000.0 if self.stands else time.monotonic()) + self.ahead


@dataclass(frozen=True)
class Drill:
    """A fault that the vendors `down` have, on one server and in one folder for ledgers."""

    fault: str
    down: tuple[str, ...]
    server: ModelServer
    folder: Path

    def begin(self) -> None:
        self.server.reset()
        self.server.answer(GOOD, match="Make x two", repeat=True)
        self.server.answer(NOTHING, match="You review code", repeat=True)
        self.server.answer("z = 3\n", repeat=True)
        if self.fault not in ADDRESSES:
            for name in self.down:
                options = OPTIONS.get(self.fault, {})
                model = CATALOGUE.model(FIRST[name]).id
                self.server.fault(Fault(self.fault), repeat=True, model=model, **options)

    def endpoint(self, name: str) -> Endpoint:
        urls = {"openai": self.server.openai_url, "anthropic": self.server.anthropic_url}
        urls["google"] = self.server.google_url
        keys = {"openai": self.server.openai_key, "anthropic": self.server.anthropic_key}
        keys["google"] = self.server.google_key
        broken = ADDRESSES.get(self.fault) if name in self.down else None
        return Endpoint(name, keys[name], broken or urls[name])

    @asynccontextmanager
    async def engine(
        self, vendors: Sequence[str], *, stands: bool = False
    ) -> AsyncIterator[tuple[Engine, Clock]]:
        """A new engine with keys for these vendors, and the clock of its turns."""
        providers, clock = Providers(open_now), Clock(stands)

        async def usable() -> frozenset[str]:
            return frozenset(vendors)

        async def endpoint(name: str) -> Endpoint:
            return self.endpoint(name)

        ports = Ports(usable, endpoint, providers.get, lambda path, text: None, lambda endpoint: ())
        ports = replace(ports, turns=Turns(clock))
        settings = Settings()
        settings = replace(
            settings,
            budget=replace(settings.budget, day_usd=100.0, completions_day_usd=50.0),
            providers=replace(settings.providers, allow=tuple(vendors)),
        )
        ledger = Ledger(self.folder / f"{time.monotonic_ns()}.sqlite3")
        engine = Engine(settings, CATALOGUE, ledger, ports)
        try:
            yield engine, clock
        finally:
            await engine.close()
            await providers.close()
            ledger.close()

    def requests(self) -> int:
        """How many requests the vendors that are down got. Each has one model here."""
        models = {CATALOGUE.model(FIRST[name]).id for name in self.down}
        with self.server.state.monitor:
            ended = sum(record.model in models for record in self.server.state.records)
            return ended + sum(one.row is not None and one.row.id in models for one in self.server.state.open)


def situation(instruction: str = "") -> Situation:
    document = Document.of("a.py", "x = 1\ny = 2\n", "python", 3)
    span = Span(0, 12) if instruction else Span(12, 12)
    trigger: Literal["invoked", "automatic"] = "invoked" if instruction else "automatic"
    return Situation(document, span, instruction=instruction, trigger=trigger)


def quick(task: Task[Any], fault: str) -> Task[Any]:
    return replace(task, deadline=SECONDS) if fault in ENDLESS else task


async def ended(
    engine: Engine, task: Task[Any], asked: Situation, first: Model
) -> tuple[str, CounterpointError | None]:
    """How a question ends."""
    try:
        reply = await engine.ask(task, asked)
    except CounterpointError as error:
        return error.code, error
    return ("answered" if reply.calls[-1].model == first.name else "other"), None


@dataclass(frozen=True)
class Seen:
    """What completions, an edit, a review, an edit with one key only, and one with both vendors down came to;
    for how long the model is left alone, in seconds; how a completion ends after that; what is told."""

    completion: str
    edit: str
    review: str
    alone: dict[str, str]
    both: str
    pause: float
    back: str
    said: str


async def question(drill: Drill, vendors: Sequence[str], task: Task[Any], first: str) -> tuple[str, str]:
    drill.begin()
    async with drill.engine(vendors) as (engine, _):
        asked = situation("Make x two" if task is EDIT else "Review")
        end, error = await ended(engine, quick(task, drill.fault), asked, CATALOGUE.model(first))
        return f"{end} {drill.requests()}", str(error or "")


async def completions(drill: Drill) -> tuple[str, float, str, str]:
    """Three completions at three keys, of which the last two end as the first; then the vendor is well again,
    and one follows as soon as the pause is over."""
    drill.begin()
    model = CATALOGUE.model("gpt-5.5")
    async with drill.engine(("openai", "anthropic"), stands=True) as (engine, clock):
        task = quick(COMPLETE, drill.fault)
        first, error = await ended(engine, task, situation(), model)
        second, _ = await ended(engine, task, situation(), model)
        cell = f"{first} {drill.requests()}"
        third, _ = await ended(engine, task, situation(), model)
        assert first == second == third
        closed = engine.health.closed(model)
        pause = closed.left if closed else 0.0
        told = pause * QUICKER if closed and closed.busy else pause
        if drill.fault in ADDRESSES:
            return cell, told, "answered", str(error or "")
        Drill("unknown_event", (), drill.server, drill.folder).begin()
        clock.ahead += pause
        back, _ = await ended(engine, COMPLETE, situation(), model)
        return cell, told, back, str(error or "")


@contextmanager
def quicker() -> Iterator[None]:
    """Pauses as `QUICKER` says."""
    busy, first = health._BUSY_SECONDS, sending._FIRST_PAUSE
    health._BUSY_SECONDS, sending._FIRST_PAUSE = busy / QUICKER, first / QUICKER
    try:
        yield
    finally:
        health._BUSY_SECONDS, sending._FIRST_PAUSE = busy, first


async def play(fault: str, server: ModelServer, folder: Path) -> Seen:
    """All that one fault does."""

    def one(*down: str) -> Drill:
        return Drill(fault, down, server, folder)

    cell, pause, back, said = await completions(one("openai"))
    edit, told = await question(one("openai"), ("openai", "anthropic"), EDIT, "gpt-5.5")
    review, _ = await question(one("anthropic"), ("openai", "anthropic"), REVIEW, "claude-opus-4-7")
    alone = {}
    for name in FIRST:
        alone[name], _ = await question(one(name), (name,), EDIT, FIRST[name])
    both, _ = await question(one("openai", "anthropic"), ("openai", "anthropic"), EDIT, "gpt-5.5")
    return Seen(cell, edit, review, alone, both, pause, back, said or told)
