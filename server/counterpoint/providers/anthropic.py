"""Anthropic, and every gateway that speaks its Messages wire. Alone imports `anthropic`."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractAsyncContextManager
from typing import Any, cast

import anthropic

from counterpoint.errors import ConnectionFailed
from counterpoint.models import Model
from counterpoint.providers import Chunk, Endpoint, ModelNotice, Request, messages
from counterpoint.providers.calling import Call, Response, counted, described, play
from counterpoint.providers.cassette import Recorder
from counterpoint.providers.explaining import Sdk
from counterpoint.providers.failures import Who, failure
from counterpoint.providers.network import Line, api_key, http_client, rehearse, timeouts, title
from counterpoint.providers.sse import Event

_BASE_URL = "https://api.anthropic.com"
_SDK = Sdk(anthropic.AnthropicError, anthropic.APIStatusError, anthropic.APITimeoutError)


class AnthropicProvider:
    """One client for one endpoint; its connections stay open between calls.

    Building it reads certificates from disk (some 20 ms). Raises ConfigError for a network setting that
    cannot be used, Unauthorized where the vendor itself is to be asked without a key. `recorder` takes
    down every call in redacted form.
    """

    name = "anthropic"

    def __init__(self, endpoint: Endpoint, recorder: Recorder | None = None) -> None:
        self._recorder = recorder
        self._key = endpoint.key
        self._title = title("Anthropic", endpoint)
        address = endpoint.base_url or _BASE_URL
        http = http_client(endpoint)
        # Key and address are always given: without them the SDK would look into profiles and files.
        self._client = anthropic.AsyncAnthropic(
            api_key=api_key("Anthropic", endpoint),
            base_url=address,
            default_headers=dict(endpoint.headers),
            max_retries=0,
            http_client=http,
        )
        self._line = Line(http, address)
        rehearse()

    def stream(self, request: Request) -> AsyncGenerator[Chunk, None]:
        """See `Provider`."""
        self._line.used()
        fields = messages.body(request)
        create: Any = self._client.messages.with_streaming_response.create

        def open_(seconds: float) -> AbstractAsyncContextManager[Response]:
            self._check_open(request)
            return cast(AbstractAsyncContextManager[Response], create(**fields, timeout=timeouts(seconds)))

        return play(
            Call(
                request, self._who(request), _SDK, open_, messages.MessagesReader, self._tap(request, fields)
            )
        )

    async def count(self, request: Request) -> int | None:
        """See `Provider`."""
        if not request.model.can("count"):
            return None
        self._check_open(request)
        ask: Any = self._client.messages.count_tokens
        call = ask(**messages.prompt(request), timeout=timeouts(request.deadline))
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

    def _tap(self, request: Request, fields: dict[str, Any]) -> Callable[[Event], None] | None:
        return self._recorder.start(request.model.wire, fields) if self._recorder else None

    def _check_open(self, request: Request) -> None:
        """Raises ConnectionFailed after `close`, where the SDK would raise a bare RuntimeError."""
        if self._client.is_closed():
            raise failure(self._who(request), ConnectionFailed, "it was closed")

    def _who(self, request: Request) -> Who:
        sent = tuple(piece.text for piece in request.parts)
        return Who("anthropic", self._title, self._key, sent, bare_429_is_money=True)
