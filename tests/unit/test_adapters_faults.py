"""The contract of the adapters: every fault of the wire is one documented error, in bounded time."""

from __future__ import annotations

import time

import pytest

from counterpoint import errors
from counterpoint.errors import ProviderError
from counterpoint.providers import Begun
from tests.modelserver import Fault, ModelServer
from tests.unit.adapter_subjects import Subject, ask, failing, opened, reply, running, seen, server, subjects

__all__ = ["running", "server"]  # fixtures

ANSWER = "def add(a, b):\n    return a + b  # naïve ✓ 𝄞\n"
DEADLINE = 0.3
"""Seconds, for the faults that never end by themselves."""

BY_STATUS: dict[Fault, tuple[type[ProviderError], int]] = {
    Fault.BAD_REQUEST: (errors.BadRequest, 400),
    Fault.CONTEXT_TOO_LONG: (errors.PromptTooLong, 400),
    Fault.UNAUTHORIZED: (errors.Unauthorized, 401),
    Fault.PAYMENT: (errors.BillingRequired, 402),
    Fault.FORBIDDEN: (errors.Forbidden, 403),
    Fault.NOT_FOUND: (errors.NotFound, 404),
    Fault.REQUEST_TIMEOUT: (errors.ProviderTimeout, 408),
    Fault.CONFLICT: (errors.ServerFault, 409),
    Fault.TOO_LARGE: (errors.PromptTooLong, 413),
    Fault.UNPROCESSABLE: (errors.BadRequest, 422),
    Fault.RATE_LIMITED: (errors.RateLimited, 429),
    Fault.RATE_LIMITED_BARE: (errors.RateLimited, 429),
    Fault.QUOTA: (errors.BillingRequired, 429),
    Fault.SERVER_ERROR: (errors.ServerFault, 500),
    Fault.BAD_GATEWAY: (errors.ServerFault, 502),
    Fault.UNAVAILABLE: (errors.Overloaded, 503),
    Fault.GATEWAY_TIMEOUT: (errors.ServerFault, 504),
    Fault.OVERLOADED: (errors.Overloaded, 529),
    Fault.REDIRECT: (errors.NotFound, 307),
}
BEFORE_BEGUN: dict[Fault, type[ProviderError]] = {
    Fault.DROP_BEFORE_HEADERS: errors.ConnectionFailed,
    Fault.NO_BODY: errors.ConnectionFailed,
    Fault.HTML_OK: errors.BrokenStream,
}
AMID: dict[Fault, type[ProviderError]] = {
    Fault.DROP_MID_STREAM: errors.ConnectionFailed,
    Fault.RESET_MID_STREAM: errors.ConnectionFailed,
    Fault.EARLY_END: errors.ConnectionFailed,
    Fault.BROKEN_JSON: errors.BrokenStream,
    Fault.INVALID_UTF8: errors.BrokenStream,
    Fault.ERROR_EVENT: errors.ServerFault,
    Fault.FAILED_EVENT: errors.ServerFault,
}
ENDLESS = (Fault.HANG_BEFORE_HEADERS, Fault.HANG_AFTER_HEADERS, Fault.HANG_MID_STREAM, Fault.SLOW_DRIP)
HARMLESS = (Fault.SPLIT_UTF8, Fault.ODD_FRAMING, Fault.UNKNOWN_EVENT)
REPLIES = (Fault.REFUSAL, Fault.TRUNCATED, Fault.CONTENT_FILTER, Fault.EMPTY)


def test_every_fault_is_covered() -> None:
    assert {*BY_STATUS, *BEFORE_BEGUN, *AMID, *ENDLESS, *HARMLESS, *REPLIES} == set(Fault)


def check_words(error: ProviderError, subject: Subject, server: ModelServer) -> None:
    """Plain words: who failed, and what to do; no key, no question."""
    assert error.provider == subject.model.provider
    assert error.message.endswith(".")
    assert "127.0.0.1" in error.message
    assert error.fix and error.fix.endswith(".")
    for secret in (server.openai_key, server.anthropic_key, server.google_key, "Say something"):
        assert secret not in f"{error} {error!r}"


@pytest.mark.asyncio
@subjects
@pytest.mark.parametrize("fault", BY_STATUS)
async def test_error_status(subject: Subject, fault: Fault, server: ModelServer) -> None:
    server.fault(fault)
    error, chunks = await failing(subject, server)
    kind, status = BY_STATUS[fault]
    if fault is Fault.UNAUTHORIZED and subject.google:
        status = 400  # a wrong key is a wrong argument there
    if fault is Fault.RATE_LIMITED_BARE and subject.anthropic:
        kind = errors.BillingRequired  # without retry-after it is a spending cap there
    assert type(error) is kind
    assert error.status == status
    assert chunks == []
    assert error.retry_after == (1.0 if fault is Fault.RATE_LIMITED else None)
    assert len(await seen(server)) == 1  # neither tried again nor sent elsewhere
    check_words(error, subject, server)


@pytest.mark.asyncio
@subjects
@pytest.mark.parametrize("fault", BEFORE_BEGUN)
async def test_no_stream_at_all(subject: Subject, fault: Fault, server: ModelServer) -> None:
    server.fault(fault)
    error, chunks = await failing(subject, server)
    assert type(error) is BEFORE_BEGUN[fault]
    assert chunks == []
    check_words(error, subject, server)


@pytest.mark.asyncio
@subjects
@pytest.mark.parametrize("fault", AMID)
async def test_the_stream_breaks(subject: Subject, fault: Fault, server: ModelServer) -> None:
    server.answer(ANSWER)
    server.fault(fault)
    error, chunks = await failing(subject, server)
    kind = AMID[fault]
    if fault in (Fault.ERROR_EVENT, Fault.FAILED_EVENT) and subject.anthropic:
        kind = errors.Overloaded  # the type its event names
    if fault in (Fault.ERROR_EVENT, Fault.FAILED_EVENT) and subject.google:
        kind = errors.Overloaded
    assert type(error) is kind
    assert isinstance(chunks[0], Begun)
    text = "".join(chunk for chunk in chunks if isinstance(chunk, str))
    assert ANSWER.startswith(text)
    assert text != ANSWER
    assert len(await seen(server)) == 1  # once begun, a call is billed and never tried again by itself
    check_words(error, subject, server)


@pytest.mark.alone
@pytest.mark.asyncio
@subjects
@pytest.mark.parametrize("fault", ENDLESS)
async def test_the_deadline_is_for_the_whole_answer(
    subject: Subject, fault: Fault, server: ModelServer
) -> None:
    server.answer(ANSWER * 40)
    server.fault(fault)
    async with opened(subject, server):
        pass  # whoever comes first imports an SDK, which is no part of the answer
    started = time.monotonic()
    error, _ = await failing(subject, server, deadline=DEADLINE)
    elapsed = time.monotonic() - started
    assert type(error) is errors.ProviderTimeout
    assert DEADLINE * 0.9 <= elapsed <= DEADLINE * 20
    (record,) = await seen(server)
    assert record.closed_early  # the socket is closed, so the vendor stops working
    assert not record.finished
    check_words(error, subject, server)


@pytest.mark.asyncio
@subjects
@pytest.mark.parametrize("fault", HARMLESS)
async def test_odd_but_right_streams_are_read(subject: Subject, fault: Fault, server: ModelServer) -> None:
    server.answer(ANSWER)
    server.fault(fault)
    async with opened(subject, server) as provider:
        found = await reply(provider, ask(subject))
    assert found.text == ANSWER
    assert found.done.stop == "end"


@pytest.mark.asyncio
@subjects
async def test_a_refusal_is_said(subject: Subject, server: ModelServer) -> None:
    server.answer(ANSWER)
    server.fault(Fault.REFUSAL, message="Not this one.")
    async with opened(subject, server) as provider:
        found = await reply(provider, ask(subject))
    if subject.google:
        assert found.done.stop == "filter"  # its models decline by a filter, without a word
    else:
        assert found.done.stop == "refusal"
        assert "Not this one." in found.done.detail
    assert found.text == ""


@pytest.mark.asyncio
@subjects
@pytest.mark.parametrize("fault", [Fault.TRUNCATED, Fault.CONTENT_FILTER])
async def test_a_cut_answer_says_so(subject: Subject, fault: Fault, server: ModelServer) -> None:
    server.answer(ANSWER)
    server.fault(fault)
    async with opened(subject, server) as provider:
        found = await reply(provider, ask(subject))
    filtered = "refusal" if subject.anthropic else "filter"
    assert found.done.stop == ("length" if fault is Fault.TRUNCATED else filtered)
    assert 0 < len(found.text) < len(ANSWER)
    assert ANSWER.startswith(found.text)


@pytest.mark.asyncio
@subjects
async def test_an_empty_answer_is_an_answer(subject: Subject, server: ModelServer) -> None:
    server.fault(Fault.EMPTY)
    async with opened(subject, server) as provider:
        found = await reply(provider, ask(subject))
    assert (found.text, found.done.stop) == ("", "end")


@pytest.mark.asyncio
@subjects
async def test_a_redirect_does_not_carry_the_key_away(subject: Subject, server: ModelServer) -> None:
    with ModelServer() as elsewhere:
        server.fault(Fault.REDIRECT, location=f"{elsewhere.url}/v1/responses")
        error, _ = await failing(subject, server)
        assert "redirect" in error.message
        assert error.fix is not None
        assert f"endpoints.{subject.model.provider}.base_url" in error.fix
        assert elsewhere.log == ()
    assert len(await seen(server)) == 1
