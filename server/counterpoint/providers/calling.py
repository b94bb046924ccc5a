"""One streamed call from request to `Done`: the total deadline, and retries before the first event.

The SDK opens the connection; the bytes are read here, because its typed events cost more time than
everything else on our side of a call.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager, AsyncExitStack, aclosing
from dataclasses import dataclass
from typing import Protocol

from counterpoint.errors import BrokenStream, ConnectionFailed
from counterpoint.providers import Chunk, Done, ModelNotice, Request
from counterpoint.providers.explaining import FAULTS, Sdk, explained
from counterpoint.providers.failures import Failure, Told, Who, failure, from_event
from counterpoint.providers.reading import Reader
from counterpoint.providers.sse import Event, EventReader

_FIRST_PAUSE_SECONDS = 0.5
_LONGEST_PAUSE_SECONDS = 8.0
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
    tries = 0
    while True:
        begun = False
        try:
            async with aclosing(_attempt(call, deadline)) as chunks:
                async for chunk in chunks:
                    begun = True
                    yield chunk
            return
        except (*FAULTS, call.sdk.error) as error:
            found = explained(error, call.who, call.sdk)
        # Raised outside of the handler: the SDK's exceptions hold the request, and with it the key.
        pause = None if begun else _pause(found, tries, call.request.retries, deadline)
        if pause is None:
            raise found.error
        await asyncio.sleep(pause)
        tries += 1


def _pause(found: Failure, tries: int, retries: int, deadline: float) -> float | None:
    """Seconds until the next try; None if there is none, or no time for it."""
    if not found.retry or tries >= retries:
        return None
    pause = found.error.retry_after
    if pause is None:
        longest = min(_FIRST_PAUSE_SECONDS * 2**tries, _LONGEST_PAUSE_SECONDS)
        pause = longest * (1 - 0.25 * random.random())
    return pause if pause < _left(deadline) else None


async def _attempt(call: Call, deadline: float) -> AsyncGenerator[Chunk, None]:
    events = EventReader()
    async with AsyncExitStack() as stack:
        # The limit stands around each wait and never around a yield: it would hit the consumer there.
        async with asyncio.timeout_at(deadline):
            response = await stack.enter_async_context(call.open(_left(deadline)))
        request_id = _checked(call.who, response.headers)
        reader = call.reader(call.request, request_id)
        body = response.iter_bytes()
        try:
            while (data := await _next(body, deadline)) is not None:
                for event in events.feed(data):
                    if call.tap is not None:
                        call.tap(event)
                    for chunk in reader.read(event):
                        if isinstance(chunk, Done):
                            await _drain(body, deadline)
                            yield chunk
                            return
                        yield chunk
        except Told as told:
            raise from_event(call.who, told, request_id) from None
    raise failure(
        call.who, ConnectionFailed, "the answer ended before it was complete", request_id=request_id
    )


def _checked(who: Who, headers: Mapping[str, str]) -> str | None:
    """The vendor's id of the call. Raises BrokenStream where the answer is no event stream."""
    request_id = headers.get("x-request-id") or headers.get("request-id")
    kind = headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind in ("", "text/event-stream"):
        return request_id
    detail = f"{kind[:60]} instead of an event stream"
    raise failure(who, BrokenStream, detail, request_id=request_id)


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
    """`input_tokens` of what `ask` answers; None where there is no such call. Raises ProviderError."""
    tokens = getattr(await answered(request.deadline, who, sdk, ask), "input_tokens", None)
    return tokens if isinstance(tokens, int) else None


async def described(deadline: float, who: Who, sdk: Sdk, ask: Awaitable[object]) -> ModelNotice | None:
    """What the vendor says of a model; None where there is no such call. Raises ProviderError."""
    found = await answered(deadline, who, sdk, ask)
    if found is None:
        return None
    shutdown = getattr(found, "shutdown_date", None)
    return ModelNotice(str(getattr(found, "id", "")), str(shutdown) if shutdown else None)


async def answered(deadline: float, who: Who, sdk: Sdk, ask: Awaitable[object]) -> object | None:
    """What a plain call answers; None where the endpoint has no such call. Raises ProviderError."""
    try:
        async with asyncio.timeout(deadline):
            return await ask
    except (*FAULTS, sdk.error) as error:
        found = explained(error, who, sdk)
    if found.error.status in _NO_SUCH_CALL:
        return None
    raise found.error


def _left(deadline: float) -> float:
    return max(0.001, deadline - asyncio.get_running_loop().time())
