"""One call from request to Done, over connections played by hand: pauses, deadlines, ends."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, aclosing, asynccontextmanager
from dataclasses import dataclass, field, replace

import pytest

from counterpoint.errors import (
    BrokenStream,
    ConnectionFailed,
    ProviderError,
    ProviderTimeout,
)
from counterpoint.providers import Begun, Chunk, Done, Part, Request
from counterpoint.providers.calling import Call, Response, counted, play
from counterpoint.providers.chat import ChatReader
from counterpoint.providers.explaining import Sdk
from counterpoint.providers.failures import Who
from counterpoint.rates import Rate
from tests.unit.adapter_models import LOCAL

WHO = Who("openai", "OpenAI")
TEXT = b'data: {"choices": [{"delta": {"content": "hi"}}]}\n\n'
END = b'data: {"choices": [{"delta": {}, "finish_reason": "stop"}]}\n\ndata: [DONE]\n\n'
STREAM = {"content-type": "text/event-stream"}


class SdkError(Exception):
    pass


SDK = Sdk(SdkError, SdkError, SdkError)


@dataclass
class Wire:
    """A connection that says `pieces` (bytes, seconds of silence, or an error) and notes its end."""

    pieces: tuple[bytes | float | Exception, ...] = (TEXT, END)
    headers: Mapping[str, str] = field(default_factory=lambda: STREAM)
    closed: bool = False
    read_to_the_end: bool = False

    async def iter_bytes(self) -> AsyncIterator[bytes]:
        for piece in self.pieces:
            if isinstance(piece, bytes):
                yield piece
            elif isinstance(piece, Exception):
                raise piece
            else:
                await asyncio.sleep(piece)
        self.read_to_the_end = True


def call(opener: Callable[[], Wire], **changes: object) -> Call:
    request = replace(Request(LOCAL, "", (Part("x"),), 50, deadline=20.0), **changes)  # type: ignore[arg-type]

    @asynccontextmanager
    async def opened() -> AsyncGenerator[Response, None]:
        wire = opener()
        try:
            yield wire
        finally:
            wire.closed = True

    def open_(seconds: float) -> AbstractAsyncContextManager[Response]:
        assert 0 < seconds <= request.deadline
        return opened()

    return Call(request, WHO, SDK, open_, ChatReader)


async def chunks(one: Call) -> list[Chunk]:
    async with aclosing(play(one)) as stream:
        return [chunk async for chunk in stream]


@pytest.mark.asyncio
async def test_an_answer() -> None:
    wire = Wire()
    begun, text, done = await chunks(call(lambda: wire))
    assert isinstance(begun, Begun)
    assert text == "hi"
    assert isinstance(done, Done)
    assert wire.closed
    assert wire.read_to_the_end  # so that the connection can be used again


@pytest.mark.asyncio
async def test_an_answer_without_its_end_is_a_failure() -> None:
    wires = [Wire((TEXT,)), Wire()]
    with pytest.raises(ConnectionFailed, match="before it was complete"):
        await chunks(call(lambda: wires.pop(0)))
    assert len(wires) == 1


@pytest.mark.asyncio
async def test_what_the_headers_tell_of_the_limits_comes_with_the_first_event() -> None:
    told = {"x-ratelimit-limit-requests": "60", "x-ratelimit-remaining-requests": "59"}
    begun, *_ = await chunks(call(lambda: Wire(headers={**STREAM, **told})))
    assert isinstance(begun, Begun)
    assert begun.rates == (("requests", Rate(60.0, 59.0, 60.0)),)


@pytest.mark.alone
@pytest.mark.asyncio
async def test_a_server_that_keeps_the_line_after_the_end_delays_little() -> None:
    wire = Wire((TEXT, END, 60.0))
    started = time.monotonic()
    assert len(await chunks(call(lambda: wire))) == 3
    assert time.monotonic() - started < 15
    assert wire.closed
    assert not wire.read_to_the_end


@pytest.mark.asyncio
async def test_a_failure_after_the_end_is_none() -> None:
    assert len(await chunks(call(lambda: Wire((TEXT, END, ConnectionResetError()))))) == 3


@pytest.mark.asyncio
async def test_what_follows_the_end_is_not_read_as_answer() -> None:
    found = await chunks(call(lambda: Wire((TEXT, END + TEXT, TEXT))))
    assert [type(chunk) for chunk in found] == [Begun, str, Done]


@pytest.mark.asyncio
async def test_a_line_that_hangs_is_left_at_the_deadline() -> None:
    tries = []

    def hang() -> Wire:
        tries.append(1)
        return Wire((60.0,))

    with pytest.raises(ProviderTimeout):
        await chunks(call(hang, deadline=0.1))
    assert len(tries) == 1


@pytest.mark.asyncio
async def test_the_deadline_holds_before_the_headers_too() -> None:
    """The SDK's limits are for single steps; headers that drip would pass each of them."""

    @asynccontextmanager
    async def never() -> AsyncGenerator[Response, None]:
        await asyncio.sleep(60)
        yield Wire()

    one = replace(call(Wire, deadline=0.1), open=lambda _: never())
    with pytest.raises(ProviderTimeout):
        await asyncio.wait_for(chunks(one), 30)


@pytest.mark.asyncio
async def test_a_slow_consumer_is_not_interrupted() -> None:
    """The limit may strike only while we wait for the server, never inside the consumer."""
    seen = []
    async with aclosing(play(call(lambda: Wire((TEXT + END,)), deadline=0.05))) as stream:
        async for chunk in stream:
            await asyncio.sleep(0.1)
            seen.append(chunk)
    assert len(seen) == 3


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("headers", "good"),
    [
        ({"content-type": "text/event-stream; charset=utf-8"}, True),
        ({"content-type": "Text/Event-Stream"}, True),
        ({}, True),
        ({"content-type": "text/html"}, False),
        ({"content-type": "application/json"}, False),
    ],
)
async def test_only_event_streams_are_read(headers: dict[str, str], good: bool) -> None:
    one = call(lambda: Wire(headers=headers))
    if good:
        assert len(await chunks(one)) == 3
        return
    with pytest.raises(BrokenStream, match=headers["content-type"]):
        await chunks(one)


@pytest.mark.asyncio
async def test_closing_closes_the_connection() -> None:
    wire = Wire((TEXT, 60.0))
    async with aclosing(play(call(lambda: wire))) as stream:
        assert isinstance(await anext(stream), Begun)
        assert not wire.closed
    assert wire.closed


async def answer(value: object) -> object:
    await asyncio.sleep(0)
    if isinstance(value, Exception):
        raise value
    return value


@pytest.mark.asyncio
async def test_counts() -> None:
    @dataclass
    class Counted:
        input_tokens: object

    request = call(Wire).request
    assert await counted(request, WHO, SDK, answer(Counted(5))) == 5
    assert await counted(request, WHO, SDK, answer(Counted("5"))) is None
    assert await counted(request, WHO, SDK, answer(None)) is None
    for status, known in ((404, True), (405, True), (501, True), (500, False)):
        failing = counted(request, WHO, SDK, answer(ProviderError("m", status=status)))
        if known:
            assert await failing is None
        else:
            with pytest.raises(ProviderError):
                await failing
    with pytest.raises(ProviderTimeout):
        await counted(replace(request, deadline=0.01), WHO, SDK, asyncio.sleep(60))
