"""Opens adapters on first need: each import runs in a worker thread, and one at a time.

A vendor's SDK takes up to a second and 40 MiB to import, and reading certificates takes some 20 ms, so
neither happens at start-up nor on the event loop.
"""

from __future__ import annotations

import asyncio
import gc
import time
from collections.abc import Callable, Iterable, Mapping
from typing import TypeAlias

from counterpoint.errors import ConfigError
from counterpoint.providers import Connects, Endpoint, Provider
from counterpoint.providers.cassette import Recorder

_IDLE_SECONDS = 40.0

Opener: TypeAlias = Callable[[Endpoint], Provider]


def open_now(endpoint: Endpoint) -> Provider:
    """Import and build the adapter in this thread. Raises ConfigError or Unauthorized."""
    return open_recorded(endpoint, None)


def open_recorded(endpoint: Endpoint, recorder: Recorder | None) -> Provider:
    """As `open_now`, with a recorder that takes down every call, if the adapter's wire can be recorded."""
    try:
        opener = _OPENERS[endpoint.provider]
    except KeyError:
        known = ", ".join(sorted(_OPENERS))
        raise ConfigError(
            f"No provider is called {endpoint.provider!r}.", fix=f"Use one of: {known}."
        ) from None
    return opener(endpoint, recorder)


class Providers:
    """The adapters that are open, one for each endpoint. Belongs to one event loop; end it by `close`."""

    def __init__(self, opener: Opener = open_now) -> None:
        self._opener = opener
        self._turn = asyncio.Lock()
        self._open: dict[object, asyncio.Task[Provider]] = {}
        self._asked = float("-inf")

    async def get(self, endpoint: Endpoint) -> Provider:
        """The adapter of an endpoint, opened if need be. Raises ConfigError or Unauthorized.

        Cancelling the caller does not stop an import that has begun: the next caller finds it done.
        """
        return await asyncio.shield(self.begin(endpoint))

    def begin(self, endpoint: Endpoint) -> asyncio.Task[Provider]:
        """Begin to open an adapter that a question being made will need. What fails, `get` raises again."""
        self._asked = time.monotonic()
        key = _key(endpoint)
        task = self._open.get(key)
        if task is None or _failed(task):
            task = asyncio.create_task(self._opened(endpoint))
            task.add_done_callback(_failed)
            self._open[key] = task
        return task

    def idle(self) -> bool:
        """True if nobody has asked for an adapter for so long that its connection may be closed by now."""
        return time.monotonic() - self._asked > _IDLE_SECONDS

    async def warm(self, endpoints: Iterable[Endpoint]) -> None:
        """Open adapters and their connections ahead of use. What fails here is raised by `get` later."""
        await asyncio.gather(*(self._warm(endpoint) for endpoint in endpoints), return_exceptions=True)

    async def close(self) -> None:
        """Close all adapters and their connections."""
        tasks = list(self._open.values())
        self._open.clear()
        if tasks:
            await asyncio.wait(tasks)
        await asyncio.gather(*(task.result().close() for task in tasks if not _failed(task)))

    async def _warm(self, endpoint: Endpoint) -> None:
        provider = await self.get(endpoint)
        if isinstance(provider, Connects):
            await provider.connect()

    async def _opened(self, endpoint: Endpoint) -> Provider:
        async with self._turn:
            provider = await asyncio.to_thread(self._opener, endpoint)
        gc.freeze()  # a full collection over an SDK would hold up a key press for a tenth of a second
        return provider


def _failed(task: asyncio.Task[Provider]) -> bool:
    """True if opening has failed. Looking at the exception also tells asyncio that it was seen."""
    return task.done() and (task.cancelled() or task.exception() is not None)


def _key(endpoint: Endpoint) -> object:
    headers = tuple(sorted(endpoint.headers.items()))
    return (endpoint.provider, endpoint.key, endpoint.base_url, endpoint.proxy, endpoint.ca_file, headers)


def _openai(endpoint: Endpoint, recorder: Recorder | None) -> Provider:
    from counterpoint.providers.openai import OpenAIProvider

    return OpenAIProvider(endpoint, recorder)


def _anthropic(endpoint: Endpoint, recorder: Recorder | None) -> Provider:
    from counterpoint.providers.anthropic import AnthropicProvider

    return AnthropicProvider(endpoint, recorder)


def _google(endpoint: Endpoint, recorder: Recorder | None) -> Provider:
    from counterpoint.providers.google import GoogleProvider

    return GoogleProvider(endpoint, recorder)


def _embedded(endpoint: Endpoint, recorder: Recorder | None) -> Provider:
    from counterpoint.providers.embedded import open_embedded

    return open_embedded(endpoint)


_OPENERS: Mapping[str, Callable[[Endpoint, Recorder | None], Provider]] = {
    "openai": _openai,
    "anthropic": _anthropic,
    "google": _google,
    "embedded": _embedded,
}
