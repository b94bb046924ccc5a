"""The contract of the adapters: what is sent, what is counted, what it costs, and that connections last."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from dataclasses import replace
from typing import Any

import anyio
import pytest

from counterpoint.errors import ConnectionFailed, ProviderError, Unauthorized
from counterpoint.models import cost_of
from counterpoint.providers import Begun, Part
from counterpoint.providers.opening import open_now
from tests.modelserver import Fault, ModelServer
from tests.unit.adapter_models import GPT, LOCAL, OPUS
from tests.unit.adapter_subjects import (
    SUBJECTS,
    Subject,
    ask,
    endpoint,
    opened,
    reply,
    running,
    seen,
    server,
    subjects,
)

__all__ = ["running", "server"]  # fixtures

PRICED = [subject for subject in SUBJECTS if subject.strict]
ANSWER = "def add(a, b):\n    return a + b\n"
STABLE = Part("".join(f"line {number} of a stable file\n" for number in range(900)), cache=True)
SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {"edits": {"type": "array", "maxItems": 9, "items": {"type": "string", "minLength": 1}},
                   "note": {"type": "string", "default": ""}},
    "required": ["edits"],
}  # fmt: skip


@pytest.mark.asyncio
@subjects
async def test_an_answer_is_streamed_whole(subject: Subject, server: ModelServer) -> None:
    server.answer(ANSWER)
    async with opened(subject, server) as provider:
        assert provider.name == subject.model.provider
        found = await reply(provider, ask(subject))
    assert found.text == ANSWER
    assert found.done.stop == "end"
    assert found.done.model == subject.model.id
    assert found.done.request_id == found.begun.request_id
    assert (found.done.request_id is not None) == (subject.strict and subject.numbered)
    assert not found.done.usage.estimated


@pytest.mark.asyncio
@subjects
async def test_text_comes_as_the_model_writes_it(subject: Subject, server: ModelServer) -> None:
    server.answer(ANSWER, first_token=0.0, between=0.02)
    async with opened(subject, server) as provider, aclosing(provider.stream(ask(subject))) as stream:
        texts = [chunk async for chunk in stream if isinstance(chunk, str)]
    assert len(texts) > 5
    assert "".join(texts) == ANSWER


@pytest.mark.asyncio
@subjects
@pytest.mark.parametrize("effort", [None, "none", "low", "medium", "high", "xhigh", "max"])
@pytest.mark.parametrize("schema", [None, SCHEMA], ids=["text", "schema"])
async def test_no_request_is_refused_by_a_strict_vendor(
    subject: Subject, effort: str | None, schema: dict[str, Any] | None, server: ModelServer
) -> None:
    request = ask(
        subject,
        effort=effort,
        schema=schema,
        parts=(
            Part("\n"),
            STABLE,
            Part("a", cache=True),
            Part("b", cache=True),
            Part("c", cache=True),
            Part("d"),
        ),
        cache_key="workspace-" * 10,
        tier="fast",
        max_output_tokens=10**7,
    )
    async with opened(subject, server) as provider:
        found = await reply(provider, request)
    assert found.done.stop == "end"
    (record,) = await seen(server)
    assert record.status == 200
    assert record.rule == ""
    assert ("schema" in str(record.body)) == (schema is not None and subject.strict)


@pytest.mark.asyncio
@subjects
async def test_usage_is_the_servers_and_the_cost_its_bill(subject: Subject, server: ModelServer) -> None:
    requests = [
        ask(subject, parts=(STABLE, Part("first"))),
        ask(subject, parts=(STABLE, Part("second")), effort="high", max_output_tokens=4_000),
        ask(subject, parts=(STABLE, Part("second")), tier="fast"),
        ask(subject, parts=(STABLE, Part("third")), max_output_tokens=16),
    ]
    cost = 0.0
    async with opened(subject, server) as provider:
        for request in requests:
            found = await reply(provider, request)
            usage, billed = found.done.usage, (await seen(server))[-1].usage
            assert usage.input_tokens == billed.total_input
            assert usage.output_tokens == billed.output
            assert usage.cached_tokens == billed.cached
            assert (usage.written_5m_tokens, usage.written_1h_tokens) == (billed.write_5m, billed.write_1h)
            assert usage.reasoning_tokens == billed.reasoning
            cost += cost_of(subject.model, usage, found.done.tier)
    assert cost == pytest.approx(server.bill, rel=1e-9)
    assert (cost > 0) == subject.strict


@pytest.mark.asyncio
@pytest.mark.parametrize("subject", PRICED, ids=lambda subject: subject.name)
async def test_a_second_call_with_the_same_stable_text_is_cheaper(
    subject: Subject, server: ModelServer
) -> None:
    costs = []
    async with opened(subject, server) as provider:
        for question in ("first", "second"):
            found = await reply(provider, ask(subject, parts=(STABLE, Part(question)), cache_key="k"))
            costs.append(cost_of(subject.model, found.done.usage, found.done.tier))
    assert found.done.usage.cached_tokens > subject.model.cache_min_tokens
    assert costs[1] < costs[0] / 2


@pytest.mark.asyncio
async def test_opus_says_its_input_up_front(server: ModelServer) -> None:
    provider = open_now(endpoint(server, "anthropic"))
    subject = Subject("messages", OPUS, lambda _: provider)
    found = await reply(provider, ask(subject, parts=(STABLE, Part("first"))))
    assert found.begun.usage.input_tokens == found.done.usage.input_tokens > 0
    assert found.begun.usage.written_5m_tokens == found.done.usage.written_5m_tokens > 0
    await provider.close()


@pytest.mark.asyncio
@subjects
async def test_connections_are_used_again(
    subject: Subject, server: ModelServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    connect, connected = anyio.connect_tcp, []

    async def counting(*args: Any, **options: Any) -> Any:
        connected.append(args)
        return await connect(*args, **options)

    monkeypatch.setattr(anyio, "connect_tcp", counting)
    async with opened(subject, server) as provider:
        for _ in range(3):
            await reply(provider, ask(subject))
    assert len(connected) == 1


@pytest.mark.asyncio
@subjects
async def test_counting(subject: Subject, server: ModelServer) -> None:
    request = ask(subject, parts=(STABLE, Part("x")), schema=SCHEMA, effort="low")
    async with opened(subject, server) as provider:
        found = await provider.count(request)
        if subject.model.wire == "chat":
            assert found is None
            assert await seen(server) == ()
        else:
            used = await reply(provider, request)
            assert found == used.done.usage.input_tokens


@pytest.mark.asyncio
@pytest.mark.parametrize("model", [GPT, OPUS], ids=["responses", "messages"])
async def test_counting_where_it_is_not_served(model: Any, server: ModelServer) -> None:
    provider = open_now(endpoint(server, model.provider))
    request = ask(Subject("x", model, lambda _: provider))
    path = "/v1/responses/input_tokens" if model is GPT else "/v1/messages/count_tokens"
    server.fault(Fault.NOT_FOUND, path=path)
    assert await provider.count(request) is None
    server.fault(Fault.UNAUTHORIZED, path=path)
    with pytest.raises(Unauthorized):
        await provider.count(request)
    cannot = replace(request, model=replace(model, abilities=frozenset({"stream"})))
    assert await provider.count(cannot) is None
    await provider.close()


@pytest.mark.asyncio
@subjects
async def test_calls_run_side_by_side(subject: Subject, server: ModelServer) -> None:
    for number in range(8):
        server.answer(f"answer {number}", match=f"question {number};", first_token=0.05)
    async with opened(subject, server) as provider:
        found = await asyncio.gather(*(reply(provider, ask(subject, f"question {n};")) for n in range(8)))
    assert [one.text for one in found] == [f"answer {n}" for n in range(8)]


@pytest.mark.asyncio
@subjects
async def test_a_wrong_key_is_refused_and_not_repeated(subject: Subject, server: ModelServer) -> None:
    provider = open_now(endpoint(server, subject.model.provider, key="sk-wrong-key-1234567890"))
    with pytest.raises(Unauthorized) as caught:
        await reply(provider, ask(subject))
    assert "1234567890" not in str(caught.value)
    assert "counterpoint keys set" in str(caught.value)
    await provider.close()


@pytest.mark.asyncio
@subjects
async def test_headers_for_a_gateway_are_sent(subject: Subject, server: ModelServer) -> None:
    headers = {"x-team": "tools"}
    provider = open_now(endpoint(server, subject.model.provider, headers=headers))
    await reply(provider, ask(subject))
    await provider.close()
    (record,) = await seen(server)
    assert record.headers["x-team"] == "tools"
    assert record.key == "good"


@pytest.mark.asyncio
@subjects
async def test_a_closed_adapter_says_so(subject: Subject, server: ModelServer) -> None:
    provider = subject.open(server)
    await provider.close()
    await provider.close()
    with pytest.raises(ConnectionFailed):
        await reply(provider, ask(subject))


@pytest.mark.asyncio
async def test_the_key_stays_out_of_errors_and_their_causes(server: ModelServer) -> None:
    """An SDK's exception holds the request with its headers; ours must not carry it along."""
    provider = open_now(endpoint(server, "openai"))
    server.fault(Fault.UNAUTHORIZED)
    with pytest.raises(ProviderError) as caught:
        await reply(provider, ask(Subject("responses", GPT, lambda _: provider)))
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None
    await provider.close()


@pytest.mark.asyncio
async def test_a_server_that_ignores_what_it_does_not_know(server: ModelServer) -> None:
    """The local model asked over the Responses wire too: no usage details, no request id."""
    provider = open_now(endpoint(server, "openai"))
    model = replace(LOCAL, wire="responses")
    found = await reply(provider, ask(Subject("local", model, lambda _: provider)))
    assert isinstance(found.begun, Begun)
    assert found.done.usage.input_tokens > 0
    await provider.close()
