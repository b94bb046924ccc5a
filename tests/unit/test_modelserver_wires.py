"""The wires in the vendors' event order, and the vendors' own SDKs reading them to the end."""

from __future__ import annotations

from itertools import groupby
from typing import Any

import anthropic
import openai
import pytest

from tests.modelserver import Fault, ModelServer
from tests.modelserver.asking import ask, events, good
from tests.modelserver.fixtures import model_server

__all__ = ["model_server"]

TEXT = "return a + b  # ümläut, ∑ and 🎈"


def order(names: list[str]) -> list[str]:
    """The names with repetitions folded."""
    return [name for name, _ in groupby(names)]


def test_responses_order_and_usage(model_server: ModelServer) -> None:
    model_server.answer(TEXT)
    found = events(ask(model_server, "responses", good("responses", stream=True)).text)
    assert order([e.name for e in found]) == [
        "response.created",
        "response.in_progress",
        "response.output_item.added",
        "response.content_part.added",
        "response.output_text.delta",
        "response.output_text.done",
        "response.content_part.done",
        "response.output_item.done",
        "response.completed",
    ]
    assert "".join(e.data["delta"] for e in found if e.name == "response.output_text.delta") == TEXT
    assert [e.data["sequence_number"] for e in found] == list(range(len(found)))
    assert all(e.data["type"] == e.name for e in found)
    assert found[-1].data["response"]["output"][0]["content"][0]["text"] == TEXT
    assert "obfuscation" in found[4].data


def test_reasoning_is_an_item_of_its_own_and_billed(model_server: ModelServer) -> None:
    body = good("responses", stream=True, reasoning={"effort": "low"})
    found = events(ask(model_server, "responses", body).text)
    added = [e.data["item"]["type"] for e in found if e.name == "response.output_item.added"]
    usage = found[-1].data["response"]["usage"]
    assert added == ["reasoning", "message"]
    assert 0 < usage["output_tokens_details"]["reasoning_tokens"] < usage["output_tokens"]


def test_a_low_limit_under_reasoning_leaves_no_text(model_server: ModelServer) -> None:
    body = good("responses", stream=True, reasoning={"effort": "high"}, max_output_tokens=64)
    found = events(ask(model_server, "responses", body).text)
    last = found[-1]
    assert last.name == "response.incomplete"
    assert last.data["response"]["incomplete_details"] == {"reason": "max_output_tokens"}
    assert last.data["response"]["usage"]["output_tokens"] == 64
    assert not any(e.name == "response.output_text.delta" for e in found)


@pytest.mark.parametrize("thinks", [False, True])
def test_messages_order_and_usage(model_server: ModelServer, thinks: bool) -> None:
    model_server.answer(TEXT)
    thinking = {"thinking": {"type": "adaptive"}} if thinks else {}
    found = events(ask(model_server, "messages", good("messages", stream=True, **thinking)).text)
    block = ["content_block_start", "content_block_delta", "content_block_stop"]
    assert order([e.name for e in found]) == [
        "message_start",
        "ping",
        *(block if thinks else []),
        *block,
        "message_delta",
        "message_stop",
    ]
    deltas = [e.data["delta"] for e in found if e.name == "content_block_delta"]
    assert "".join(d.get("text", "") for d in deltas) == TEXT
    start, end = found[0].data["message"]["usage"], found[-2].data["usage"]
    assert start["input_tokens"] == end["input_tokens"] > 0 and end["output_tokens"] > 0
    assert found[-2].data["delta"]["stop_reason"] == "end_turn"


def test_summarized_thinking_is_text(model_server: ModelServer) -> None:
    shown = {"thinking": {"type": "adaptive", "display": "summarized"}}
    whole = ask(model_server, "messages", good("messages", **shown)).json()
    assert [b["type"] for b in whole["content"]] == ["thinking", "text"]
    assert whole["content"][0]["thinking"] and whole["content"][0]["signature"]


@pytest.mark.parametrize("counted", [False, True])
def test_chat_order_and_usage(model_server: ModelServer, counted: bool) -> None:
    model_server.answer(TEXT)
    options = {"stream_options": {"include_usage": True}} if counted else {}
    found = events(ask(model_server, "chat", good("chat", stream=True, **options)).text)
    chunks = [e.data for e in found[:-1]]
    assert found[-1].data == "[DONE]"
    assert "".join(c["choices"][0]["delta"].get("content") or "" for c in chunks if c["choices"]) == TEXT
    assert [c["choices"][0]["finish_reason"] for c in chunks if c["choices"]][-1] == "stop"
    assert bool(chunks[-1].get("usage")) is counted


def test_raw_completions_of_a_compatible_server(model_server: ModelServer) -> None:
    model_server.answer(" return a + b", repeat=True)
    whole = ask(model_server, "completions", good("completions")).json()
    found = events(ask(model_server, "completions", good("completions", stream=True)).text)
    streamed = "".join(e.data["choices"][0]["text"] for e in found[:-1])
    assert whole["choices"][0]["text"] == streamed == " return a + b"


def test_compatible_servers_send_neither_details_nor_rate_headers(model_server: ModelServer) -> None:
    answer = ask(model_server, "responses", good("responses", model="local-model"))
    assert set(answer.json()["usage"]) == {"input_tokens", "output_tokens", "total_tokens"}
    assert not [name for name in answer.headers if "ratelimit" in name or "request-id" in name]
    assert ask(model_server, "count_input", good("count_input", model="local-model")).status_code == 404


def test_headers_of_both_vendors(model_server: ModelServer) -> None:
    openai_headers = ask(model_server, "responses", good("responses")).headers
    assert openai_headers["x-request-id"].startswith("req_")
    assert {f"x-ratelimit-{kind}-{what}" for kind in ("limit", "remaining", "reset")
            for what in ("requests", "tokens")} <= set(openai_headers)  # fmt: skip
    anthropic_headers = ask(model_server, "messages", good("messages")).headers
    assert anthropic_headers["request-id"].startswith("req_")
    assert anthropic_headers["anthropic-ratelimit-input-tokens-reset"].endswith("Z")


@pytest.mark.parametrize(("asked", "named"), [("fast", "priority"), ("flex", "flex"), (..., "default")])
def test_the_tier_in_the_response_is_the_one_billed(
    model_server: ModelServer, asked: Any, named: str
) -> None:
    model_server.answer("x " * 100)
    body = ask(model_server, "responses", good("responses", service_tier=asked)).json()
    assert body["service_tier"] == named
    model_server.wait_idle()
    usage = model_server.log[0].usage
    rates = {"default": (5.0, 30.0), "priority": (12.5, 75.0), "flex": (2.5, 15.0)}[named]
    assert model_server.bill == pytest.approx((usage.input * rates[0] + usage.output * rates[1]) / 1e6)


def test_token_counts_equal_what_is_billed(model_server: ModelServer) -> None:
    counted = ask(model_server, "count_input", good("count_input")).json()["input_tokens"]
    assert ask(model_server, "responses", good("responses")).json()["usage"]["input_tokens"] == counted
    counted = ask(model_server, "count", good("count")).json()["input_tokens"]
    assert ask(model_server, "messages", good("messages")).json()["usage"]["input_tokens"] == counted


@pytest.mark.asyncio
async def test_openai_sdk_streams_responses_to_the_end(model_server: ModelServer) -> None:
    model_server.answer(TEXT)
    async with openai.AsyncOpenAI(
        api_key=model_server.openai_key, base_url=model_server.openai_url, max_retries=0
    ) as client:
        stream = await client.responses.create(
            model="gpt-5.5", input="say it", reasoning={"effort": "low"}, store=False, stream=True
        )
        seen = [event async for event in stream]
    last = seen[-1]
    assert isinstance(last, openai.types.responses.ResponseCompletedEvent)
    assert last.response.output_text == TEXT and last.response.usage is not None
    model_server.wait_idle()
    record = model_server.log[0]
    assert last.response.usage.input_tokens == record.usage.total_input
    assert last.response.usage.output_tokens == record.usage.output
    assert last.response.usage.output_tokens_details.reasoning_tokens == record.usage.reasoning
    assert record.finished and not record.closed_early


@pytest.mark.asyncio
async def test_openai_sdk_streams_chat_counts_and_looks_up(model_server: ModelServer) -> None:
    model_server.answer(TEXT)
    model_server.shutdown_date("gpt-5.5", "2027-06-01")
    async with openai.AsyncOpenAI(
        api_key=model_server.openai_key, base_url=model_server.openai_url, max_retries=0
    ) as client:
        stream = await client.chat.completions.create(
            model="gpt-5.5",
            messages=[{"role": "user", "content": "say it"}],
            stream=True,
            stream_options={"include_usage": True},
        )
        seen = [chunk async for chunk in stream]
        assert (await client.models.retrieve("gpt-5.5")).shutdown_date == "2027-06-01"
        assert (await client.responses.input_tokens.count(model="gpt-5.5", input="x")).input_tokens > 0
    assert "".join(c.choices[0].delta.content or "" for c in seen if c.choices) == TEXT
    usage = seen[-1].usage
    assert usage is not None
    assert (usage.prompt_tokens, usage.completion_tokens) == (
        model_server.log[0].usage.total_input,
        model_server.log[0].usage.output,
    )


@pytest.mark.asyncio
async def test_anthropic_sdk_streams_messages_to_the_end(model_server: ModelServer) -> None:
    model_server.answer(TEXT)
    async with anthropic.AsyncAnthropic(
        api_key=model_server.anthropic_key, base_url=model_server.anthropic_url, max_retries=0
    ) as client:
        messages: list[anthropic.types.MessageParam] = [{"role": "user", "content": "say it"}]
        async with client.messages.stream(
            model="claude-opus-4-7", max_tokens=2_000, messages=messages, thinking={"type": "adaptive"}
        ) as stream:
            final = await stream.get_final_message()
            request_id = stream.response.headers["request-id"]
        counted = await client.messages.count_tokens(model="claude-opus-4-7", messages=messages)
        model = await client.models.retrieve("claude-opus-4-7")
    record = model_server.log[0]
    assert final.content[-1].type == "text" and final.content[-1].text == TEXT
    assert final.usage.input_tokens == record.usage.input == counted.input_tokens
    assert final.usage.output_tokens == record.usage.output
    assert final.stop_reason == "end_turn" and request_id.startswith("req_")
    assert model.max_tokens == 128_000


@pytest.mark.asyncio
@pytest.mark.parametrize("fault", [Fault.ODD_FRAMING, Fault.SPLIT_UTF8, Fault.UNKNOWN_EVENT])
async def test_the_sdks_read_through_odd_but_right_streams(model_server: ModelServer, fault: Fault) -> None:
    model_server.answer(TEXT, repeat=True)
    model_server.fault(fault, repeat=True)
    async with anthropic.AsyncAnthropic(
        api_key=model_server.anthropic_key, base_url=model_server.anthropic_url, max_retries=0
    ) as client, openai.AsyncOpenAI(
        api_key=model_server.openai_key, base_url=model_server.openai_url, max_retries=0
    ) as other:  # fmt: skip
        async with client.messages.stream(
            model="claude-opus-4-7", max_tokens=999, messages=[{"role": "user", "content": "x"}]
        ) as stream:
            assert "".join([text async for text in stream.text_stream]) == TEXT
        found = await other.responses.create(model="gpt-5.5", input="x", stream=True)
        deltas = [getattr(e, "delta", "") async for e in found if e.type == "response.output_text.delta"]
    assert "".join(deltas) == TEXT
