"""The contract of the adapters: when a call is tried again, and how it is let go."""

from __future__ import annotations

import asyncio
import time
from contextlib import aclosing

import pytest

from counterpoint import errors
from counterpoint.errors import ProviderError
from tests.modelserver import Fault, ModelServer
from tests.unit.adapter_subjects import Subject, ask, failing, opened, reply, running, seen, server, subjects

__all__ = ["running", "server"]  # fixtures

pytestmark = pytest.mark.usefixtures("short_pauses")

ANSWER = "def add(a, b):\n    return a + b\n"


@pytest.fixture
def short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("counterpoint.providers.calling._FIRST_PAUSE_SECONDS", 0.01)


@pytest.mark.asyncio
@subjects
@pytest.mark.parametrize(
    "fault", [Fault.SERVER_ERROR, Fault.OVERLOADED, Fault.DROP_BEFORE_HEADERS, Fault.NO_BODY]
)
async def test_tries_again_before_the_first_event(
    subject: Subject, fault: Fault, server: ModelServer
) -> None:
    server.fault(fault)
    server.answer(ANSWER, repeat=True)
    async with opened(subject, server) as provider:
        found = await reply(provider, ask(subject, retries=1))
    assert found.text == ANSWER
    assert len(await seen(server)) == 2


@pytest.mark.asyncio
@subjects
async def test_tries_no_more_often_than_asked(subject: Subject, server: ModelServer) -> None:
    server.fault(Fault.SERVER_ERROR, repeat=True)
    error, _ = await failing(subject, server, retries=1)
    assert type(error) is errors.ServerFault
    assert len(await seen(server)) == 2


@pytest.mark.asyncio
@subjects
async def test_waits_as_long_as_the_server_asks(subject: Subject, server: ModelServer) -> None:
    server.fault(Fault.RATE_LIMITED, retry_after=1)
    server.answer(ANSWER)
    started = time.monotonic()
    async with opened(subject, server) as provider:
        found = await reply(provider, ask(subject, retries=1))
    assert found.text == ANSWER
    assert time.monotonic() - started >= 1.0


@pytest.mark.asyncio
@subjects
async def test_a_pause_past_the_deadline_is_not_waited_for(subject: Subject, server: ModelServer) -> None:
    server.fault(Fault.RATE_LIMITED, retry_after=600)
    started = time.monotonic()
    error, _ = await failing(subject, server, retries=1, deadline=60.0)
    assert type(error) is errors.RateLimited
    assert error.retry_after == 600
    assert time.monotonic() - started < 30


@pytest.mark.asyncio
@subjects
@pytest.mark.parametrize("fault", [Fault.UNAUTHORIZED, Fault.QUOTA, Fault.BAD_REQUEST, Fault.HTML_OK])
async def test_hopeless_calls_are_not_repeated(subject: Subject, fault: Fault, server: ModelServer) -> None:
    server.fault(fault)
    await failing(subject, server, retries=2)
    assert len(await seen(server)) == 1


@pytest.mark.asyncio
@subjects
async def test_cancelling_while_the_model_thinks_closes_the_socket(
    subject: Subject, server: ModelServer
) -> None:
    think = 60.0
    server.pace(first_token=think)
    async with opened(subject, server) as provider:
        task = asyncio.create_task(reply(provider, ask(subject, deadline=120.0, retries=2)))
        await asyncio.to_thread(server.wait_arrived, 1)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await seen(server)
    (record,) = await seen(server)
    assert record.closed_early
    assert record.closed_after is not None
    assert record.closed_after < think / 6
    assert record.streamed_tokens == 0


@pytest.mark.asyncio
@subjects
async def test_leaving_amid_the_answer_closes_the_socket(subject: Subject, server: ModelServer) -> None:
    server.answer(ANSWER, first_token=0.0, between=60.0)
    async with opened(subject, server) as provider:
        async with aclosing(provider.stream(ask(subject, deadline=120.0))) as stream:
            async for chunk in stream:
                if isinstance(chunk, str):
                    break
        await seen(server)
    (record,) = await seen(server)
    assert record.closed_early
    assert record.streamed_tokens == 1


@pytest.mark.asyncio
@subjects
async def test_the_connection_survives_one_bad_call(subject: Subject, server: ModelServer) -> None:
    async with opened(subject, server) as provider:
        for fault in (Fault.SERVER_ERROR, Fault.DROP_MID_STREAM, Fault.BROKEN_JSON):
            server.fault(fault)
            with pytest.raises(ProviderError):
                await reply(provider, ask(subject))
        server.answer(ANSWER)
        assert (await reply(provider, ask(subject))).text == ANSWER
