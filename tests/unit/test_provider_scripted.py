"""The scripted provider keeps the contract of a provider, and plays what it is told to."""

from __future__ import annotations

import asyncio
import time
from contextlib import aclosing

import pytest

from counterpoint.errors import Overloaded, ProviderTimeout
from counterpoint.models import Usage
from counterpoint.providers import Begun, Part, Request
from counterpoint.providers.scripted import Play, ScriptedProvider, UnexpectedCall
from tests.unit.adapter_models import GPT
from tests.unit.adapter_subjects import reply


def ask(text: str = "x" * 36, deadline: float = 20.0) -> Request:
    return Request(GPT, "", (Part(text),), 100, deadline=deadline)


@pytest.mark.asyncio
async def test_plays_a_queue_in_order() -> None:
    provider = ScriptedProvider(["one", Play(("t", "wo"), stop="length")])
    provider.add("three")
    found = [await reply(provider, ask()) for _ in range(3)]
    assert [one.text for one in found] == ["one", "two", "three"]
    assert [one.done.stop for one in found] == ["end", "length", "end"]
    assert [call.ended for call in provider.history] == ["done"] * 3
    assert provider.requests == (ask(),) * 3
    with pytest.raises(UnexpectedCall, match="call 4"):
        await reply(provider, ask())


@pytest.mark.asyncio
async def test_answers_by_the_request() -> None:
    provider = ScriptedProvider(lambda request: f"you said {request.parts[0].text}")
    assert (await reply(provider, ask("hi"))).text == "you said hi"


@pytest.mark.asyncio
async def test_usage_is_reckoned_or_given() -> None:
    provider = ScriptedProvider(["x" * 72, Play("x", usage=Usage(5, 6, 4)), ""])
    found = await reply(provider, ask())
    assert found.begun.usage == Usage(10)
    assert found.done.usage == Usage(10, 20)
    assert (await reply(provider, ask())).done.usage == Usage(5, 6, 4)
    assert (await reply(provider, ask())).done.usage == Usage(10)
    assert await provider.count(ask()) == 10


@pytest.mark.alone
@pytest.mark.asyncio
async def test_keeps_the_pace() -> None:
    provider = ScriptedProvider(["x" * 12, Play("y")], pace=Play(first_token=0.1, between=0.05))
    started = time.monotonic()
    assert (await reply(provider, ask())).text == "x" * 12
    paced = time.monotonic() - started
    assert paced >= 0.2
    await reply(provider, ask())
    assert time.monotonic() - started - paced < paced


@pytest.mark.asyncio
async def test_fails_as_told() -> None:
    provider = ScriptedProvider([Overloaded("busy"), Play("some", error=Overloaded("busy"))])
    with pytest.raises(Overloaded):
        await reply(provider, ask())
    seen = []
    with pytest.raises(Overloaded):
        async for chunk in provider.stream(ask()):
            seen.append(chunk)
    assert isinstance(seen[0], Begun)
    assert seen[1:] == ["some"]
    assert [(call.ended, call.pieces) for call in provider.history] == [("failed", 0), ("failed", 1)]


@pytest.mark.asyncio
async def test_holds_until_released() -> None:
    provider = ScriptedProvider([Play("x", hold=True)])
    task = asyncio.create_task(reply(provider, ask()))
    await asyncio.sleep(0.05)
    assert not task.done()
    assert provider.history[0].ended == "running"
    provider.release()
    assert (await asyncio.wait_for(task, 20)).text == "x"


@pytest.mark.asyncio
async def test_the_deadline_holds() -> None:
    provider = ScriptedProvider([Play("x", hold=True), Play("xxxxx", between=30.0)])
    for _ in range(2):
        with pytest.raises(ProviderTimeout):
            await reply(provider, ask(deadline=0.1))
    assert [call.ended for call in provider.history] == ["failed", "failed"]


@pytest.mark.asyncio
async def test_a_cancelled_call_is_closed() -> None:
    provider = ScriptedProvider([Play("x", hold=True), "longer than four"])
    task = asyncio.create_task(reply(provider, ask()))
    await asyncio.sleep(0.02)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    async with aclosing(provider.stream(ask())) as stream:
        async for chunk in stream:
            if isinstance(chunk, str):
                break
    assert [call.ended for call in provider.history] == ["closed", "closed"]
    await provider.close()


@pytest.mark.asyncio
async def test_without_a_script_every_call_is_forbidden() -> None:
    provider = ScriptedProvider()
    with pytest.raises(UnexpectedCall):
        await reply(provider, ask())
    assert provider.history == ()
