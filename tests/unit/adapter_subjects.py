"""What the contract suite is run over: each adapter with a model it serves, and how to ask it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any

import pytest

from counterpoint.errors import ProviderError
from counterpoint.models import Model
from counterpoint.providers import Begun, Chunk, Done, Endpoint, Part, Provider, Request
from counterpoint.providers.opening import open_now
from tests.modelserver import ModelServer, Record
from tests.unit.adapter_models import GEMINI, GPT, GPT_CHAT, LOCAL, OPUS


@dataclass(frozen=True)
class Subject:
    """`name` names the parametrised case; `strict` is False for a lenient compatible server."""

    name: str
    model: Model
    open: Callable[[ModelServer], Provider]
    strict: bool = True
    numbered: bool = True
    """Whether the vendor gives each call an id, and says how much of its pace is left."""

    @property
    def anthropic(self) -> bool:
        return self.model.provider == "anthropic"

    @property
    def google(self) -> bool:
        return self.model.provider == "google"


def endpoint(server: ModelServer, provider: str, **changes: Any) -> Endpoint:
    if provider == "openai":
        found = Endpoint("openai", server.openai_key, server.openai_url)
    elif provider == "google":
        found = Endpoint("google", server.google_key, server.google_url)
    else:
        found = Endpoint("anthropic", server.anthropic_key, server.anthropic_url)
    return replace(found, **changes)


def _openai(server: ModelServer) -> Provider:
    return open_now(endpoint(server, "openai"))


def _anthropic(server: ModelServer) -> Provider:
    return open_now(endpoint(server, "anthropic"))


def _google(server: ModelServer) -> Provider:
    return open_now(endpoint(server, "google"))


SUBJECTS = (
    Subject("responses", GPT, _openai),
    Subject("chat", GPT_CHAT, _openai),
    Subject("chat-local", LOCAL, _openai, strict=False),
    Subject("messages", OPUS, _anthropic),
    Subject("gemini", GEMINI, _google, numbered=False),
)


subjects = pytest.mark.parametrize("subject", SUBJECTS, ids=lambda subject: subject.name)


@pytest.fixture(scope="module")
def running() -> Iterator[ModelServer]:
    with ModelServer() as server:
        yield server


@pytest.fixture
def server(running: ModelServer) -> Iterator[ModelServer]:
    running.reset()
    yield running
    running.wait_idle()


@asynccontextmanager
async def opened(subject: Subject, server: ModelServer) -> AsyncGenerator[Provider, None]:
    provider = subject.open(server)
    try:
        yield provider
    finally:
        await provider.close()


def ask(subject: Subject, text: str = "Say something.", **changes: Any) -> Request:
    request = Request(subject.model, "You finish code.", (Part(text),), 256, effort="none", deadline=30.0)
    return replace(request, **changes)


@dataclass(frozen=True)
class Reply:
    begun: Begun
    text: str
    done: Done


async def reply(provider: Provider, request: Request) -> Reply:
    """The whole answer; checks the order the contract promises: Begun once, text, Done once and last."""
    async with aclosing(provider.stream(request)) as stream:
        chunks = [chunk async for chunk in stream]
    begun, texts, done = chunks[0], chunks[1:-1], chunks[-1]
    assert isinstance(begun, Begun)
    assert isinstance(done, Done)
    assert all(isinstance(text, str) and text for text in texts)
    return Reply(begun, "".join(str(text) for text in texts), done)


async def failing(subject: Subject, server: ModelServer, **changes: Any) -> tuple[ProviderError, list[Chunk]]:
    """The error of one call, and what came before it."""
    chunks: list[Chunk] = []
    async with opened(subject, server) as provider:
        with pytest.raises(ProviderError) as caught:
            async with aclosing(provider.stream(ask(subject, **changes))) as stream:
                async for chunk in stream:
                    chunks.append(chunk)
    await seen(server)
    return caught.value, chunks


async def seen(server: ModelServer) -> tuple[Record, ...]:
    """The server's log once no request is open any more: it writes a request down when it is over."""
    await asyncio.to_thread(server.wait_idle)
    return server.log
