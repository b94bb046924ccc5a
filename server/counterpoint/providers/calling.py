"""One streamed call from request to `Done`, within its deadline. Others decide whether it is tried again.

The SDK opens the connection; the bytes are read here, because its typed events cost more time than
everything else on our side of a call.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import AbstractAsyncContextManager, AsyncExitStack, aclosing
from dataclasses import dataclass, replace
from typing import Protocol

from counterpoint.errors import BrokenStream, ConnectionFailed
from counterpoint.providers import Begun, Chunk, Done, ModelNotice, Request, Seen
from counterpoint.providers.explaining import FAULTS, Sdk, explained
from counterpoint.providers.failures import Told, Who, failure, from_event
from counterpoint.providers.network import watched
from counterpoint.providers.reading import Reader
from counterpoint.providers.sse import Event, EventReader
from counterpoint.rates import rates_of

_DRAIN_SECONDS = 0.1
_NO_SUCH_CALL = (404, 405, 501)


class Response(Protocol):
    """What both SDKs hand out: headers, and the body as it comes."""

    @property
    def headers(self) -> Mapping[str, str]: ...

    def iter_bytes(self) -> AsyncIterator[bytes]: ...


@dataclass(frozen=True, slots=True)
class Call:
    """`open` starts the request, given a limit in seconds for each step; `reader` reads one reply.

    `tap`, where there is one, sees every event before the reader does.
    """

    request: Request
    who: Who
    sdk: Sdk
    open: Callable[[float], AbstractAsyncContextManager[Response]]
    reader: Callable[[Request, str | None], Reader]
    tap: Callable[[Event], None] | None = None


async def play(call: Call) -> AsyncGenerator[Chunk, None]:
    """The chunks of one answer. Raises ProviderError; cancelling or closing it closes the socket."""
    deadline = asyncio.get_running_loop().time() + call.request.deadline
    try:
        async with aclosing(_attempt(call, deadline)) as chunks:
            async for chunk in chunks:
                yield chunk
        return
    except (*FAULTS, call.sdk.error) as error:
        found = explained(error, call.who, call.sdk)
    # Raised outside of the handler: the SDK's exceptions hold the request, and with it the key.
    found.error.retry = found.retry
    raise found.error


async def _attempt(call: Call, deadline: float) -> AsyncGenerator[Chunk, None]:
    events, seen = EventReader(), call.request.seen or Seen()
    async with AsyncExitStack() as stack:
        # The limit stands around each wait and never around a yield: it would hit the consumer there.
        async with asyncio.timeout_at(deadline):
            with watched(seen):
                response = await stack.enter_async_context(call.open(_left(deadline)))
        seen.read = time.monotonic()
        request_id = _checked(call.who, response.headers)
        reader = call.reader(call.request, request_id)
        body = response.iter_bytes()
        try:
            while (data := await _next(body, deadline)) is not None:
                seen.read = time.monotonic()
                chunks = _chunks(call, reader, events.feed(data))
                for chunk in chunks:
                    if isinstance(chunk, Begun):
                        chunk = replace(chunk, rates=rates_of(response.headers))
                    if isinstance(chunk, Done):
                        await _drain(body, deadline)
                        yield chunk
                        return
                    try:
                        yield chunk
                    except GeneratorExit:
                        seen.rest.extend(_untaken(chunks))
                        await _untaken_bytes(call, reader, events, body, seen)
                        raise
        except Told as told:
            raise from_event(call.who, told, request_id) from None
    raise failure(
        call.who, ConnectionFailed, "the answer ended before it was complete", request_id=request_id
    )


def _chunks(call: Call, reader: Reader, events: list[Event]) -> Iterator[Chunk]:
    for event in events:
        if call.tap is not None:
            call.tap(event)
        yield from reader.read(event)


def _untaken(chunks: Iterator[Chunk]) -> Iterator[Chunk]:
    try:
        yield from chunks
    except (Told, ValueError):
        return  # nobody waits for what is wrong with it


def _checked(who: Who, headers: Mapping[str, str]) -> str | None:
    """The vendor's id of the call. Raises BrokenStream where the answer is no event stream."""
    request_id = headers.get("x-request-id") or headers.get("request-id")
    kind = headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind in ("", "text/event-stream"):
        return request_id
    detail = f"{kind[:60]} instead of an event stream"
    raise failure(who, BrokenStream, detail, request_id=request_id)


async def _untaken_bytes(
    call: Call, reader: Reader, events: EventReader, body: AsyncIterator[bytes], seen: Seen
) -> None:
    """Take down what the HTTP library holds already, as far as it can be had without waiting: what has come
    is billed, and the end of the answer with its figures may be among it."""
    now = asyncio.get_running_loop().time()
    try:
        while (data := await _next(body, now)) is not None:
            seen.rest.extend(_untaken(_chunks(call, reader, events.feed(data))))
    except FAULTS:
        return  # there is no more


async def _next(body: AsyncIterator[bytes], deadline: float) -> bytes | None:
    async with asyncio.timeout_at(deadline):
        return await anext(body, None)


async def _drain(body: AsyncIterator[bytes], deadline: float) -> None:
    """Read to the body's end, which is due at once: a connection left before it cannot be used again."""
    loop = asyncio.get_running_loop()
    try:
        while await _next(body, min(deadline, loop.time() + _DRAIN_SECONDS)) is not None:
            pass
    except FAULTS:
        return  # the answer is whole; only the connection is lost


async def counted(request: Request, who: Who, sdk: Sdk, ask: Awaitable[object]) -> int | None:
    """`input_tokens` of what `ask` answers; None where there is no such call. Raises ProviderError, of which
    NotFound where there is one and the model is unknown to it."""
    found = await answered(request.deadline, who, sdk, ask, request.model.id)
    tokens = getattr(found, "input_tokens", None)
    return tokens if isinstance(tokens, int) else None


async def described(deadline: float, who: Who, sdk: Sdk, ask: Awaitable[object]) -> ModelNotice | None:
    """What the vendor says of a model; None where there is no such call. Raises ProviderError."""
    found = await answered(deadline, who, sdk, ask)
    if found is None:
        return None
    shutdown = getattr(found, "shutdown_date", None)
    return ModelNotice(str(getattr(found, "id", "")), str(shutdown) if shutdown else None)


async def answered(
    deadline: float, who: Who, sdk: Sdk, ask: Awaitable[object], model: str = ""
) -> object | None:
    """What a plain call answers; None where the endpoint has no such call. Raises ProviderError, also for a
    refusal that names the `model`: there is such a call then."""
    try:
        async with asyncio.timeout(deadline):
            return await ask
    except (*FAULTS, sdk.error) as error:
        found = explained(error, who, sdk)
    named = bool(model) and model in found.error.message
    if found.error.status in _NO_SUCH_CALL and not named:
        return None
    raise found.error


def _left(deadline: float) -> float:
    return max(0.001, deadline - asyncio.get_running_loop().time())
