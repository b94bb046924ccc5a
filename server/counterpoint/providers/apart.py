"""An adapter whose calls run on an event loop of their own, in a thread.

A call takes some 5 ms of work in small pieces: building the request, TLS, one step for each piece of the
answer. On the loop that answers the editor each of them could be what a key has to wait for. Here it gets
what has come in since it last looked, and nothing else.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections import deque
from collections.abc import AsyncGenerator, Callable, Coroutine
from contextlib import aclosing
from typing import Any, TypeVar

from counterpoint.errors import BrokenStream
from counterpoint.models import Model
from counterpoint.providers import Chunk, Endpoint, ModelNotice, Provider, Request

T = TypeVar("T")
_END_SECONDS = 1.0


def apart(opener: Callable[[Endpoint], Provider]) -> Callable[[Endpoint], Provider]:
    """The opener, with adapters to vendors put apart. The model on this machine is a process already."""

    def opened(endpoint: Endpoint) -> Provider:
        provider = opener(endpoint)
        return provider if endpoint.provider == "embedded" else Apart(provider)

    return opened


class Apart:
    """A `Provider` around another one, which must be used by nobody else. Belongs to one event loop."""

    def __init__(self, inner: Provider) -> None:
        self.name = inner.name
        self._inner = inner
        self._side: _Side | None = None

    async def stream(self, request: Request) -> AsyncGenerator[Chunk, None]:
        """See `Provider`. The socket is closed soon after this is, not before it returns."""
        feed = _Feed(asyncio.get_running_loop(), self.name)
        call = self._there().start(lambda: _played(self._inner, request, feed), feed.lost)
        try:
            while (chunk := await feed.next()) is not None:
                yield chunk
        finally:
            if not feed.ended:
                call.cancel()

    async def connect(self) -> None:
        """Open a connection ahead of need, where the adapter can."""
        connect = getattr(self._inner, "connect", None)
        if connect is not None:
            await self._there().result(connect())

    async def count(self, request: Request) -> int | None:
        """See `Provider`."""
        return await self._there().result(self._inner.count(request))

    async def describe(self, model: Model, deadline: float) -> ModelNotice | None:
        """See `Describes`; None where the adapter cannot."""
        describe = getattr(self._inner, "describe", None)
        found = None if describe is None else await self._there().result(describe(model, deadline))
        return found if isinstance(found, ModelNotice) else None

    async def close(self) -> None:
        """See `Provider`. Ends the thread."""
        side, self._side = self._side, None
        if side is None:
            await self._inner.close()
            return
        try:
            await side.result(self._inner.close())
        finally:
            await asyncio.to_thread(side.end)

    def _there(self) -> _Side:
        if self._side is None:
            self._side = _Side(f"calls-{self.name}")
        return self._side


async def _played(inner: Provider, request: Request, feed: _Feed) -> None:
    try:
        async with aclosing(inner.stream(request)) as chunks:
            async for chunk in chunks:
                feed.put(chunk)
    except Exception as error:  # noqa: BLE001 -- raised again where the answer is read
        feed.put(error)
    else:
        feed.put(None)


class _Feed:
    """What one call has said, on its way from loop to loop. It wakes the reader once for all it missed."""

    def __init__(self, reader: asyncio.AbstractEventLoop, name: str) -> None:
        self._reader = reader
        self._name = name
        self._waiting: asyncio.Future[None] | None = None
        self._told = False
        self._whole = False
        self.ended = False
        """True once the call has said its last."""
        self._said: deque[Chunk | Exception | None] = deque()

    def put(self, said: Chunk | Exception | None) -> None:
        """From the other thread."""
        self._whole = said is None or isinstance(said, Exception)
        self._said.append(said)
        if not self._told:
            self._told = True
            with contextlib.suppress(RuntimeError):  # the reader's loop has closed: nobody reads any more
                self._reader.call_soon_threadsafe(self._wake)

    def lost(self) -> None:
        """From the other thread: the call is over. Who still reads must not wait for what it left unsaid."""
        if not self._whole:
            self.put(BrokenStream("The connection was closed amid an answer.", provider=self._name))

    def _wake(self) -> None:
        self._told = False  # before the reader looks: what comes now wakes it again
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_result(None)

    async def next(self) -> Chunk | None:
        """What was said next; None at the end. Raises what the call has raised."""
        while not self._said:
            self._waiting = self._reader.create_future()
            await self._waiting
        said = self._said.popleft()
        self.ended = said is None or isinstance(said, Exception)
        if isinstance(said, Exception):
            raise said
        return said


class _Call:
    """A task of the other loop, seen from this one."""

    def __init__(
        self, side: _Side, make: Callable[[], Coroutine[Any, Any, None]], over: Callable[[], None]
    ) -> None:
        self._side = side
        self._make = make
        self._over = over
        self._task: asyncio.Task[None] | None = None
        self._ended = False

    def begin(self) -> None:
        if not self._ended:
            self._task = asyncio.ensure_future(self._make())
            self._side.tasks.add(self._task)
            self._task.add_done_callback(self._side.tasks.discard)
            self._task.add_done_callback(lambda _: self._over())

    def cancel(self) -> None:
        """From this thread, also where it has not begun or is over."""
        self._ended = True
        self._side.soon(self._stop)

    def _stop(self) -> None:
        if self._task is not None:
            self._task.cancel()


class _Side:
    """An event loop in a thread."""

    def __init__(self, name: str) -> None:
        self.tasks: set[asyncio.Task[None]] = set()
        """Calls under way. Touched by the thread only."""
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    def start(self, make: Callable[[], Coroutine[Any, Any, None]], over: Callable[[], None]) -> _Call:
        """`over` is called by the thread once the call has ended, however it did."""
        call = _Call(self, make, over)
        self.soon(call.begin)
        return call

    def soon(self, callback: Callable[[], None]) -> None:
        with contextlib.suppress(RuntimeError):  # it has ended, and with it all calls
            self._loop.call_soon_threadsafe(callback)

    async def result(self, work: Coroutine[Any, Any, T]) -> T:
        return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(work, self._loop))

    def end(self) -> None:
        """Cancel what runs, and wait a moment for its clean-up."""
        self.soon(self._loop.stop)
        self._thread.join(_END_SECONDS)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        try:
            self._loop.run_forever()
            for task in self.tasks:
                task.cancel()
            self._loop.run_until_complete(asyncio.gather(*self.tasks, return_exceptions=True))
            self._loop.run_until_complete(self._loop.shutdown_asyncgens())
        finally:
            self._loop.close()
