"""OpenAI, and every server that speaks its Responses or Chat Completions wire. Alone imports `openai`.

`google` builds on it: Google answers on the Chat Completions wire too, with rules of its own.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from typing import Any

import openai

from counterpoint.errors import ConnectionFailed
from counterpoint.models import Model
from counterpoint.providers import Chunk, Endpoint, ModelNotice, Request, chat, responses
from counterpoint.providers.calling import Call, Response, counted, described, play
from counterpoint.providers.cassette import Recorder
from counterpoint.providers.explaining import Sdk
from counterpoint.providers.failures import Who, failure
from counterpoint.providers.network import Line, api_key, http_client, rehearse, timeouts, title
from counterpoint.providers.reading import Reader

_STREAMED = {"X-Stainless-Raw-Response": "stream"}
"""What `with_streaming_response` adds: the SDK hands out the body unread."""
_SDK = Sdk(openai.OpenAIError, openai.APIStatusError, openai.APITimeoutError)


@dataclass(frozen=True, slots=True)
class Wire:
    """How a request is put: where it goes, with which fields, and who reads the answer."""

    name: str
    path: str
    fields: dict[str, Any]
    reader: Callable[[Request, str | None], Reader]


class OpenAIProvider:
    """One client for one endpoint; its connections stay open between calls.

    Building it reads certificates from disk (some 20 ms). Raises ConfigError for a network setting that
    cannot be used, Unauthorized where the vendor itself is to be asked without a key. `recorder` takes
    down every call in redacted form.
    """

    name = "openai"
    vendor = "OpenAI"
    base_url = "https://api.openai.com/v1"

    def __init__(self, endpoint: Endpoint, recorder: Recorder | None = None) -> None:
        self._recorder = recorder
        self._key = endpoint.key
        self._own = endpoint.base_url is None
        self._title = title(self.vendor, endpoint)
        address = endpoint.base_url or self.base_url
        http = http_client(endpoint)
        self._client = openai.AsyncOpenAI(
            api_key=api_key(self.vendor, endpoint),
            base_url=address,
            default_headers=dict(endpoint.headers),
            max_retries=0,
            http_client=http,
        )
        self._line = Line(http, address)
        rehearse()

    def stream(self, request: Request) -> AsyncGenerator[Chunk, None]:
        """See `Provider`. The wire is that of the request's model: `chat`, else `responses`."""
        self._line.used()
        wire = self._wire(request)

        def open_(seconds: float) -> AbstractAsyncContextManager[Response]:
            self._check_open(request)
            return self._open(wire.path, wire.fields, seconds)

        tap = self._recorder.start(wire.name, wire.fields) if self._recorder else None
        return play(Call(request, self._who(request), _SDK, open_, wire.reader, tap))

    def _wire(self, request: Request) -> Wire:
        if request.model.wire == "chat":
            return Wire("chat", "/chat/completions", chat.body(request, self._own), chat.ChatReader)
        return Wire("responses", "/responses", responses.body(request), responses.ResponsesReader)

    @asynccontextmanager
    async def _open(self, path: str, fields: dict[str, Any], seconds: float) -> AsyncIterator[Response]:
        """The call as the SDK's typed `create` makes it, without its walk through the types of all fields:
        that takes four times as long as all the rest, and a key typed waits for it."""
        response: Any = await self._client.post(
            path,
            cast_to=object,
            body=fields,
            options={"headers": _STREAMED, "timeout": timeouts(seconds)},
            stream=True,
            stream_cls=openai.AsyncStream[object],
        )
        try:
            yield response
        finally:
            await response.close()

    async def count(self, request: Request) -> int | None:
        """See `Provider`. The Chat Completions wire has no such call."""
        if request.model.wire != "responses" or not request.model.can("count"):
            return None
        self._check_open(request)
        fields = responses.prompt(request)
        # Its first use imports for a third of a second, for which no key typed should wait.
        typed: Any = await asyncio.to_thread(lambda: self._client.responses)
        call = typed.input_tokens.count(**fields, timeout=timeouts(request.deadline))
        return await counted(request, self._who(request), _SDK, call)

    async def describe(self, model: Model, deadline: float) -> ModelNotice | None:
        """See `Describes`."""
        ask = self._client.models.retrieve(model.id, timeout=timeouts(deadline))
        return await described(deadline, Who(self.name, self._title, self._key, ()), _SDK, ask)

    async def connect(self) -> None:
        """See `Connects`."""
        await self._line.connect()

    async def close(self) -> None:
        await self._client.close()

    def _check_open(self, request: Request) -> None:
        """Raises ConnectionFailed after `close`, where the SDK would raise a bare RuntimeError."""
        if self._client.is_closed():
            raise failure(self._who(request), ConnectionFailed, "it was closed")

    def _who(self, request: Request) -> Who:
        sent = tuple(piece.text for piece in request.parts)
        return Who(self.name, self._title, self._key, sent)
