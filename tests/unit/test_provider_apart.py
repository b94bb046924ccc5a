"""Calls run on a loop of their own; what they say, raise and hold open is the same as without it."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing

import pytest

from counterpoint.errors import BrokenStream, ProviderTimeout
from counterpoint.models import Usage, load_catalogue
from counterpoint.providers import Begun, Chunk, Done, Endpoint, Part, Provider, Request
from counterpoint.providers.apart import Apart, apart

REQUEST = Request(load_catalogue({}).for_role("fast")[0], "system", (Part("text"),), 100)
SAID: tuple[Chunk, ...] = (Begun(), "a", "b", Done("end", Usage(1, 1), "m"))


class Inner:
    """Says what it is given, then does `at_end`. Notes what becomes of it, and where."""

    name = "inner"

    def __init__(self, at_end: Callable[[], object] | None = None, hang: bool = False) -> None:
        self.at_end, self.hang = at_end, hang
        self.threads: set[int] = set()
        self.begun, self.ended = threading.Event(), threading.Event()
        self.closed = 0

    async def stream(self, request: Request) -> AsyncGenerator[Chunk, None]:
        self.threads.add(threading.get_ident())
        try:
            for chunk in SAID[:-1]:
                await asyncio.sleep(0)
                yield chunk
            self.begun.set()
            if self.hang:
                await asyncio.sleep(60)
            if self.at_end:
                self.at_end()
            yield SAID[-1]
        finally:
            self.ended.set()

    async def count(self, request: Request) -> int | None:
        self.threads.add(threading.get_ident())
        return 7

    async def close(self) -> None:
        self.closed += 1


async def told(provider: Provider) -> tuple[Chunk, ...]:
    async with aclosing(provider.stream(REQUEST)) as chunks:
        return tuple([chunk async for chunk in chunks])


async def ended(inner: Inner) -> bool:
    return await asyncio.to_thread(inner.ended.wait, 5)


@pytest.mark.asyncio
async def test_all_is_said_in_order_by_another_thread() -> None:
    inner = Inner()
    provider: Provider = Apart(inner)
    answers = await asyncio.gather(*(told(provider) for _ in range(20)))
    assert answers == [SAID] * 20
    assert await provider.count(REQUEST) == 7
    assert len(inner.threads) == 1
    assert threading.get_ident() not in inner.threads
    await provider.close()


@pytest.mark.asyncio
async def test_what_a_call_raises_is_raised_where_it_is_read() -> None:
    def fail() -> None:
        raise ProviderTimeout("too late", provider="inner")

    provider = Apart(Inner(fail))
    heard: list[Chunk] = []
    with pytest.raises(ProviderTimeout, match="too late"):
        async with aclosing(provider.stream(REQUEST)) as chunks:
            async for chunk in chunks:
                heard.append(chunk)
    assert heard == list(SAID[:-1])
    await provider.close()


@pytest.mark.asyncio
async def test_closing_the_answer_ends_the_call() -> None:
    inner = Inner(hang=True)
    provider = Apart(inner)
    async with aclosing(provider.stream(REQUEST)) as chunks:
        assert await anext(chunks) == SAID[0]
    assert await ended(inner)
    await provider.close()


@pytest.mark.asyncio
async def test_cancelling_the_reader_ends_the_call() -> None:
    inner = Inner(hang=True)
    provider = Apart(inner)
    reading = asyncio.create_task(told(provider))
    assert await asyncio.to_thread(inner.begun.wait, 5)
    reading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reading
    assert await ended(inner)
    await provider.close()


@pytest.mark.asyncio
async def test_closing_ends_calls_and_thread() -> None:
    inner = Inner(hang=True)
    provider = Apart(inner)
    chunks = provider.stream(REQUEST)
    await anext(chunks)
    before = threading.active_count()
    await provider.close()
    assert inner.ended.is_set()
    assert inner.closed == 1
    assert threading.active_count() <= before
    await chunks.aclose()
    unused = Apart(inner)
    await unused.close()
    assert inner.closed == 2


@pytest.mark.asyncio
@pytest.mark.parametrize("begun", [True, False])
async def test_who_still_reads_when_all_is_closed_is_told(begun: bool) -> None:
    inner = Inner(hang=True)
    provider = Apart(inner)
    reader = asyncio.create_task(told(provider))
    await (asyncio.to_thread(inner.begun.wait, 5) if begun else asyncio.sleep(0))
    await provider.close()
    with pytest.raises(BrokenStream):
        async with asyncio.timeout(5):
            await reader


@pytest.mark.alone
@pytest.mark.asyncio
async def test_a_slow_call_does_not_hold_the_readers_loop() -> None:
    provider = Apart(Inner(lambda: time.sleep(0.3)))
    reading = asyncio.create_task(told(provider))
    longest = 0.0
    while not reading.done():
        began = time.monotonic()
        await asyncio.sleep(0.01)
        longest = max(longest, time.monotonic() - began)
    assert await reading == SAID
    assert longest < 0.25
    await provider.close()


@pytest.mark.asyncio
async def test_a_connection_is_opened_ahead_where_the_adapter_can() -> None:
    class Connecting(Inner):
        connected = 0

        async def connect(self) -> None:
            self.connected = threading.get_ident()

    can, cannot = Connecting(), Inner()
    for inner in (can, cannot):
        provider = Apart(inner)
        await provider.connect()
        await provider.close()
    assert can.connected not in (0, threading.get_ident())


def test_only_adapters_to_vendors_are_put_apart() -> None:
    opened = apart(lambda endpoint: Inner())
    assert isinstance(opened(Endpoint("openai")), Apart)
    assert isinstance(opened(Endpoint("embedded")), Inner)
