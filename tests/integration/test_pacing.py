"""Many questions at once over real sockets and the real SDKs: vendors that limit, and what is left unsaid."""

from __future__ import annotations

import asyncio
import statistics
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from counterpoint.admitting import Asker, Wish
from counterpoint.engine import Engine, Ports
from counterpoint.errors import CounterpointError
from counterpoint.flows.edit import edit
from counterpoint.ledger import Ledger
from counterpoint.models import load_catalogue
from counterpoint.pacing import Need
from counterpoint.providers import Endpoint
from counterpoint.providers.opening import Providers, open_now
from counterpoint.rates import Rate
from counterpoint.settings import Settings
from counterpoint.tasks import REVIEW
from counterpoint.text import Document, Situation, Span
from counterpoint.turns import Turns
from tests.modelserver import Fault, ModelServer

GOOD = '{"assumptions": [], "edits": [{"path":"a.py","line":1,"old":"x = 1","new":"x = 2","reason":"r"}]}'
NOTHING = '{"findings": []}'
ALL = 60.0
"""Seconds within which everything here must have ended."""


def asked(number: int = 0) -> Situation:
    document = Document.of("a.py", f"x = 1\ny = {number}\n", "python", 3)
    return Situation(document, Span(0, len(document.text)), instruction="Make x two")


@asynccontextmanager
async def engine_on(
    server: ModelServer, folder: Path, *, vendors: frozenset[str] = frozenset({"openai"}), parallel: int = 8
) -> AsyncIterator[Engine]:
    """A real engine with real adapters, asking the model server."""
    providers = Providers(open_now)
    addresses: Mapping[str, Endpoint] = {
        "openai": Endpoint("openai", server.openai_key, server.openai_url),
        "anthropic": Endpoint("anthropic", server.anthropic_key, server.anthropic_url),
    }

    async def usable() -> frozenset[str]:
        return vendors

    async def endpoint(name: str) -> Endpoint:
        return addresses[name]

    ports = Ports(usable, endpoint, providers.get, lambda path, text: None, lambda endpoint: ())
    settings = Settings()
    settings = replace(
        settings,
        providers=replace(settings.providers, parallel=parallel),
        budget=replace(settings.budget, day_usd=100.0),
    )
    engine = Engine(settings, load_catalogue(), Ledger(folder / "ledger.sqlite3"), ports)
    try:
        yield engine
    finally:
        await engine.close()
        await providers.close()
        engine.ledger.close()


@pytest.fixture
def server() -> Iterator[ModelServer]:
    with ModelServer() as found:
        yield found


async def outcomes(engine: Engine, count: int) -> Counter[str]:
    """How so many edits asked for at once end."""

    async def one(number: int) -> str:
        try:
            await edit(engine, asked(number))
        except CounterpointError as error:
            return error.code
        return "answered"

    async with asyncio.timeout(ALL):
        return Counter(await asyncio.gather(*(one(number) for number in range(count))))


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("fault", "options"),
    [
        (Fault.RATE_LIMITED, {"retry_after": 0.3}),
        (Fault.RATE_LIMITED, {"retry_after": 600}),
        (Fault.RATE_LIMITED_BARE, {}),
        (Fault.OVERLOADED, {}),
        (Fault.UNAVAILABLE, {}),
        (Fault.QUOTA, {}),
        (Fault.UNAUTHORIZED, {}),
    ],
)
async def test_forty_questions_to_a_vendor_that_takes_none_are_few_requests(
    fault: Fault, options: dict[str, Any], server: ModelServer, tmp_path: Path
) -> None:
    """Without pacing they would be 120: three for each question."""
    server.fault(fault, repeat=True, **options)
    async with engine_on(server, tmp_path) as engine:
        ended = await outcomes(engine, 40)
        await engine.close()
        booked = engine.ledger.spent_today()
    assert sum(ended.values()) == 40 and "answered" not in ended
    # Seven at a time until the first refusal is heard, and one after each pause: these double, and a question
    # waits twenty seconds for its vendor and no longer.
    assert len(server.log) <= 7 + 6
    assert (server.bill, booked) == (0.0, 0.0)


@pytest.mark.asyncio
async def test_where_both_vendors_take_none_forty_questions_are_few_requests_to_each(
    server: ModelServer, tmp_path: Path
) -> None:
    server.fault(Fault.RATE_LIMITED, repeat=True, retry_after=30)
    async with engine_on(server, tmp_path, vendors=frozenset({"openai", "anthropic"})) as engine:
        ended = await outcomes(engine, 40)
    assert ended == {"rate-limited": 40}
    asked_of = Counter(record.model for record in server.log)
    assert set(asked_of) == {"gpt-5.5", "claude-opus-4-7"}
    assert max(asked_of.values()) <= 7


@pytest.mark.asyncio
@pytest.mark.parametrize("refused", [1, 7, 10])
async def test_forty_questions_are_all_answered_by_a_vendor_that_had_too_much_for_a_moment(
    refused: int, server: ModelServer, tmp_path: Path
) -> None:
    for _ in range(refused):
        server.fault(Fault.RATE_LIMITED, retry_after=0.2)
    server.answer(GOOD, repeat=True)
    async with engine_on(server, tmp_path) as engine:
        ended = await outcomes(engine, 40)
    assert ended == {"answered": 40}
    assert len(server.log) == 40 + refused


@pytest.mark.asyncio
async def test_limits_that_a_vendor_tells_are_kept_to_before_it_refuses(
    server: ModelServer, tmp_path: Path
) -> None:
    """The account takes 8 requests in 8 seconds. Asked at once without pacing, half would be refused."""
    server.limit("openai", span=8.0, requests=8)
    server.answer(GOOD, repeat=True)
    async with engine_on(server, tmp_path) as engine:
        told: list[str] = []
        engine.ports.turns.on_wait = lambda job, said: told.append(said)
        await edit(engine, asked())
        ended = await outcomes(engine, 13)
    assert ended == {"answered": 13}
    assert [record.status for record in server.log] == [200] * 14
    assert [said for said in told if said.startswith("OpenAI lets us go on in ")]


@pytest.mark.asyncio
async def test_who_waits_holds_no_money(server: ModelServer, tmp_path: Path) -> None:
    server.answer(NOTHING, repeat=True)
    server.limit("anthropic", span=60.0, requests=6)
    async with engine_on(server, tmp_path, vendors=frozenset({"anthropic"})) as engine:
        for _ in range(4):
            await engine.ask(REVIEW, asked())
        await engine.close()
        before = engine.ledger.spent_today()
        waiting = [asyncio.create_task(engine.ask(REVIEW, asked(n))) for n in range(5)]
        await asyncio.sleep(1.0)
        assert not any(task.done() for task in waiting)
        assert engine.ledger.spent_today() == before
        assert len(server.log) == 4
        for task in waiting:
            task.cancel()
        await asyncio.wait(waiting, timeout=60)
        assert all(task.cancelled() for task in waiting)
        await engine.close()
        assert engine.ledger.spent_today() == before


@pytest.mark.asyncio
async def test_the_next_model_answers_where_the_wait_is_too_long_and_the_reply_says_why(
    server: ModelServer, tmp_path: Path
) -> None:
    server.answer(GOOD, repeat=True)
    server.limit("openai", span=600.0, requests=2)
    async with engine_on(server, tmp_path, vendors=frozenset({"openai", "anthropic"})) as engine:
        first, second, third = [await edit(engine, asked(n)) for n in range(3)]
    assert [one.calls[-1].provider for one in (first, second, third)] == ["openai", "openai", "anthropic"]
    assert third.notice.startswith("Opus 4.7 stands in for GPT-5.5: OpenAI lets us go on in ")
    assert len(third.calls) == 1
    assert [record.status for record in server.log] == [200] * 3


@pytest.mark.asyncio
async def test_so_many_requests_at_a_time_and_no_more(server: ModelServer, tmp_path: Path) -> None:
    server.pace(first_token=0.15)
    server.answer(GOOD, repeat=True)
    async with engine_on(server, tmp_path, parallel=3) as engine:
        running = asyncio.create_task(outcomes(engine, 12))
        most = 0
        while not running.done():
            most = max(most, len(server.state.open))
            await asyncio.sleep(0.01)
        assert (await running) == {"answered": 12}
    assert most == 2  # the third place is for who types


@pytest.mark.alone
@pytest.mark.asyncio
async def test_a_turn_costs_a_completion_next_to_nothing() -> None:
    """Where nothing is limited: a turn is taken, told of limits and given back in less than one wake-up of a
    thread costs, of which a completion takes several; also where each line is counted for coverage."""
    turns, model = Turns(), load_catalogue().model("gpt-5.5")
    rates = tuple((name, Rate(2e6, 1.9e6, 3.0)) for name in ("requests", "tokens"))
    need, now = Need(2_000, 60, 256), time.monotonic()
    wish = Wish(Asker("key", "j", now, now + 8.0), model, need, 8, True)
    mine, threads = [], []
    for _ in range(400):
        began = time.perf_counter()
        turn = await turns.take(wish)
        turn.begun(rates)
        turn.worked()
        turn.left()
        mine.append(time.perf_counter() - began)
        began = time.perf_counter()
        await asyncio.to_thread(time.monotonic)
        threads.append(time.perf_counter() - began)
    p99 = statistics.quantiles(mine, n=100)[98]
    assert p99 < max(0.001, statistics.quantiles(threads, n=100)[98])
    assert statistics.median(mine) < statistics.median(threads)
