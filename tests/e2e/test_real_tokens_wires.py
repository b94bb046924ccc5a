"""Real tokens through the vendors' own wires and SDKs, from a model on this machine."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import aclosing

import pytest
import pytest_asyncio

from counterpoint.models import Model, Wire, load_catalogue
from counterpoint.providers import Begun, Chunk, Done, Endpoint, Part, Request
from counterpoint.providers.embedded import embedded_available, weights_file
from counterpoint.providers.embedded_process import Child, start_child
from counterpoint.providers.opening import open_now
from counterpoint.settings import Settings

MISSING = embedded_available(Settings())
pytestmark = [
    pytest.mark.tokens,
    pytest.mark.alone,
    pytest.mark.skipif(MISSING is not None and not os.environ.get("CI"), reason=str(MISSING)),
]


@pytest_asyncio.fixture
async def local() -> AsyncIterator[Child]:
    child = await start_child(weights_file(), 2048)
    yield child
    await child.close()


def row(provider: str, wire: Wire) -> Model:
    """The same model behind another wire, as a user of a compatible server would add it."""
    given = {
        "provider": provider, "wire": wire, "id": "embedded", "context_tokens": 2048,
        "max_output_tokens": 256, "abilities": ["stream"], "prices": [{"input": 0.0, "output": 0.0}],
    }  # fmt: skip
    return load_catalogue({"models": {"local": given}}).model("local")


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("provider", "wire", "suffix"),
    [("openai", "responses", "/v1"), ("openai", "chat", "/v1"), ("anthropic", "messages", "")],
)
async def test_a_wire_carries_real_tokens(local: Child, provider: str, wire: Wire, suffix: str) -> None:
    endpoint = Endpoint(provider, key=local.key, base_url=f"{local.url}{suffix}")
    opened = await asyncio.to_thread(open_now, endpoint)
    request = Request(
        row(provider, wire), "You answer in one word.", (Part("Say hello."),), 24, deadline=90.0
    )
    try:
        async with aclosing(opened.stream(request)) as stream:
            chunks: list[Chunk] = [chunk async for chunk in stream]
    finally:
        await opened.close()
    assert isinstance(chunks[0], Begun)
    text = "".join(chunk for chunk in chunks if isinstance(chunk, str))
    assert text.strip()
    done = chunks[-1]
    assert isinstance(done, Done)
    assert done.stop in ("end", "length")
    assert 0 < done.usage.output_tokens <= 24
    assert done.usage.input_tokens > 5
