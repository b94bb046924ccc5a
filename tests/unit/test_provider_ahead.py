"""A connection is opened ahead of the first call, and says nothing of the user."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from counterpoint.errors import ProviderError
from counterpoint.models import Model
from counterpoint.providers import Connects, Endpoint, Part, Request
from counterpoint.providers.opening import Providers
from tests.unit.adapter_models import GPT, OPUS

ADAPTERS = pytest.mark.parametrize(
    ("vendor", "model", "path"), [("openai", GPT, "/v1"), ("anthropic", OPUS, "")]
)


class Proxy:
    """Notes the heads of all requests, by connection, and answers that there is no such page."""

    def __init__(self) -> None:
        self.heads: list[tuple[int, str]] = []
        self.refuses = False
        self._connections = 0
        self.port = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._connections += 1
        number = self._connections
        try:
            while not self.refuses:
                head = (await reader.readuntil(b"\r\n\r\n")).decode()
                self.heads.append((number, head))
                if "content-length" in head.lower():
                    length = int(head.lower().partition("content-length:")[2].partition("\r\n")[0])
                    await reader.readexactly(length)
                writer.write(b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n")
        except asyncio.IncompleteReadError:
            pass
        finally:
            writer.close()


@asynccontextmanager
async def proxied() -> AsyncIterator[Proxy]:
    proxy = Proxy()
    server = await asyncio.start_server(proxy.serve, "127.0.0.1", 0)
    proxy.port = server.sockets[0].getsockname()[1]
    try:
        yield proxy
    finally:
        server.close()


def endpoint(vendor: str, path: str, proxy: Proxy) -> Endpoint:
    return Endpoint(
        vendor,
        "k-123",
        f"http://models.test{path}",
        f"http://127.0.0.1:{proxy.port}",
        headers={"x-who": "me"},
    )


async def called(providers: Providers, where: Endpoint, model: Model) -> None:
    provider = await providers.get(where)
    request = Request(model, "", (Part("secret text"),), 100, deadline=5.0)
    with pytest.raises(ProviderError):
        async for _ in provider.stream(request):
            pass


@pytest.mark.asyncio
@ADAPTERS
async def test_the_first_call_finds_an_open_connection(vendor: str, model: Model, path: str) -> None:
    async with proxied() as proxy:
        providers, where = Providers(), endpoint(vendor, path, proxy)
        await providers.warm([where])
        assert len(proxy.heads) == 1
        number, head = proxy.heads[0]
        assert head.startswith("HEAD http://models.test/ HTTP/1.1\r\n")
        assert not any(word in head for word in ("k-123", "uthorization", "x-who", "x-api-key"))
        await providers.warm([where])
        assert len(proxy.heads) == 1
        await called(providers, where, model)
        assert [one for one, _ in proxy.heads] == [number, number]
        await providers.close()


@pytest.mark.asyncio
@ADAPTERS
async def test_a_used_connection_is_opened_anew_once_it_may_be_closed(
    vendor: str, model: Model, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with proxied() as proxy:
        providers, where = Providers(), endpoint(vendor, path, proxy)
        assert providers.idle()
        await called(providers, where, model)
        assert not providers.idle()
        await providers.warm([where])
        assert len(proxy.heads) == 1
        monkeypatch.setattr("counterpoint.providers.network._FRESH_SECONDS", -1.0)
        monkeypatch.setattr("counterpoint.providers.opening._IDLE_SECONDS", -1.0)
        assert providers.idle()
        await providers.warm([where])
        assert [head.partition(" ")[0] for _, head in proxy.heads] == ["POST", "HEAD"]
        await providers.close()


@pytest.mark.asyncio
async def test_what_stands_in_the_way_is_no_error_ahead_and_asked_again() -> None:
    async with proxied() as proxy:
        proxy.refuses = True
        providers, where = Providers(), endpoint("openai", "/v1", proxy)
        await providers.warm([where])
        proxy.refuses = False
        await providers.warm([where])
        assert len(proxy.heads) == 1
        await providers.close()


@pytest.mark.asyncio
async def test_nothing_is_asked_on_this_machine() -> None:
    async with proxied() as proxy:
        providers = Providers()
        where = Endpoint("openai", "k", f"http://127.0.0.1:{proxy.port}/v1")
        provider = await providers.get(where)
        assert isinstance(provider, Connects)
        await providers.warm([where])
        assert proxy.heads == []
        await providers.close()
