"""The contract of the adapters: what may be tried again, and how a call is let go."""

from __future__ import annotations

import asyncio
from contextlib import aclosing

import pytest

from counterpoint.errors import ProviderError
from tests.modelserver import Fault, ModelServer
from tests.unit.adapter_subjects import Subject, ask, failing, opened, reply, running, seen, server, subjects

__all__ = ["running", "server"]  # fixtures

ANSWER = "def add(a, b):\n    return a + b\n"


@pytest.mark.asyncio
@subjects
@pytest.mark.parametrize(
    "fault",
    [Fault.SERVER_ERROR, Fault.OVERLOADED, Fault.RATE_LIMITED, Fault.DROP_BEFORE_HEADERS, Fault.NO_BODY],
)
async def test_a_failure_that_may_be_chance_says_so_and_is_one_request(
    subject: Subject, fault: Fault, server: ModelServer
) -> None:
    server.fault(fault)
    error, _ = await failing(subject, server)
    assert error.retry
    assert len(await seen(server)) == 1


@pytest.mark.asyncio
@subjects
@pytest.mark.parametrize("fault", [Fault.UNAUTHORIZED, Fault.QUOTA, Fault.BAD_REQUEST, Fault.HTML_OK])
async def test_hopeless_calls_say_so(subject: Subject, fault: Fault, server: ModelServer) -> None:
    server.fault(fault)
    error, _ = await failing(subject, server)
    assert not error.retry


@pytest.mark.asyncio
@subjects
async def test_cancelling_while_the_model_thinks_closes_the_socket(
    subject: Subject, server: ModelServer
) -> None:
    think = 60.0
    server.pace(first_token=think)
    async with opened(subject, server) as provider:
        task = asyncio.create_task(reply(provider, ask(subject, deadline=120.0)))
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
