"""The readers of the three wires, fed by hand: odd servers, missing usage, torn characters."""

from __future__ import annotations

import json
from typing import Any

import pytest

from counterpoint.models import Usage
from counterpoint.providers import Begun, Chunk, Done, Part, Request
from counterpoint.providers.chat import ChatReader
from counterpoint.providers.failures import Told
from counterpoint.providers.messages import MessagesReader
from counterpoint.providers.reading import Reader
from counterpoint.providers.responses import ResponsesReader
from counterpoint.providers.sse import Event
from tests.unit.adapter_models import GPT, LOCAL, OPUS


def play(reader: Reader, *events: Any, name: str = "") -> list[Chunk]:
    texts = (event if isinstance(event, str) else json.dumps(event) for event in events)
    return [chunk for text in texts for chunk in reader.read(Event(name, text))]


def request(model: Any) -> Request:
    return Request(model, "s" * 30, (Part("p" * 60),), 100)


def responses() -> ResponsesReader:
    return ResponsesReader(request(GPT), "req_1")


def chat() -> ChatReader:
    return ChatReader(request(LOCAL), None)


def messages() -> MessagesReader:
    return MessagesReader(request(OPUS), "req_2")


def delta(text: Any) -> dict[str, Any]:
    return {"type": "response.output_text.delta", "delta": text}


def choice(finish: str | None = None, **fields: Any) -> dict[str, Any]:
    return {"choices": [{"index": 0, "delta": fields, "finish_reason": finish}]}


COMPLETED = {"type": "response.completed", "response": {"usage": {"input_tokens": 9, "output_tokens": 4}}}


def test_responses_without_details_or_id() -> None:
    begun, text, done = play(responses(), delta("hi"), COMPLETED)
    assert begun == Begun(request_id="req_1")
    assert text == "hi"
    assert done == Done("end", Usage(9, 4), "gpt-5.5", request_id="req_1")


def test_responses_without_usage_is_estimated() -> None:
    *_, done = play(responses(), delta("x" * 36), {"type": "response.completed", "response": {"usage": None}})
    assert isinstance(done, Done)
    assert done.usage == Usage(25, 10, estimated=True)  # 90 and 36 characters at 3.6 each


@pytest.mark.parametrize(
    ("reason", "stop"),
    [("max_output_tokens", "length"), ("content_filter", "filter"), ("new_reason", "length")],
)
def test_responses_incomplete(reason: str, stop: str) -> None:
    last = {"type": "response.incomplete", "response": {"incomplete_details": {"reason": reason}}}
    *_, done = play(responses(), last)
    assert isinstance(done, Done)
    assert (done.stop, done.detail) == (stop, reason)


def test_responses_tier_and_model_are_those_served() -> None:
    response = {"model": "gpt-5.5-2026-04-23", "service_tier": "priority", "usage": {}}
    *_, done = play(responses(), {"type": "response.completed", "response": response})
    assert isinstance(done, Done)
    assert (done.model, done.tier) == ("gpt-5.5-2026-04-23", "priority")


def test_what_comes_after_is_skipped() -> None:
    assert play(responses(), "[DONE]", {"type": "ping"}) == []
    assert play(responses(), delta(""), delta(None)) == [Begun(request_id="req_1")]


@pytest.mark.parametrize(
    ("event", "code"),
    [
        ({"type": "error", "code": "server_error", "message": "m"}, "server_error"),
        ({"type": "error", "error": {"type": "rate_limit_error", "message": "m"}}, "rate_limit_error"),
        (
            {"type": "response.failed", "response": {"error": {"code": "slow_down", "message": "m"}}},
            "slow_down",
        ),
        ({"type": "response.failed", "response": {"error": None}}, ""),
    ],
)
def test_responses_errors(event: dict[str, Any], code: str) -> None:
    with pytest.raises(Told) as told:
        play(responses(), event)
    assert told.value.code == code


@pytest.mark.parametrize("data", ["[1]", "null", "{", '"text"'])
def test_what_is_no_object_is_nonsense(data: str) -> None:
    for reader in (responses(), chat(), messages()):
        with pytest.raises(ValueError, match=r"\w"):
            play(reader, data)


def test_a_delta_that_is_not_text_is_nonsense() -> None:
    with pytest.raises(ValueError, match="not text"):
        play(responses(), delta(["a"]))


def test_a_torn_character_is_put_together() -> None:
    texts = play(responses(), '{"type": "response.output_text.delta", "delta": "a\\ud834"}',
                 '{"type": "response.output_text.delta", "delta": "\\udd1eb"}')[1:]  # fmt: skip
    assert texts == ["a", "𝄞b"]


def test_a_half_character_alone_is_replaced() -> None:
    texts = play(responses(), '{"type": "response.output_text.delta", "delta": "a\\udd1eb"}')[1:]
    assert texts == ["a�b"]


def test_chat_of_a_plain_server() -> None:
    usage = {"prompt_tokens": 7, "completion_tokens": 2, "prompt_tokens_details": None}
    chunks = play(chat(), choice(role="assistant"), choice(content="hi"), choice("stop"),
                  {"choices": [], "usage": usage}, "[DONE]")  # fmt: skip
    assert chunks == [Begun(), "hi", Done("end", Usage(7, 2), "local-model")]


def test_chat_without_usage_is_estimated() -> None:
    *_, done = play(chat(), choice(content="x" * 6), choice("length", content=None), "[DONE]")
    assert isinstance(done, Done)
    assert (done.stop, done.usage) == ("length", Usage(30, 2, estimated=True))


def test_chat_without_a_finish_reason_is_not_done() -> None:
    assert play(chat(), choice(content="x"), "[DONE]") == [Begun(), "x"]


def test_usage_that_a_chat_tells_from_its_first_piece_on_is_known_from_then_on() -> None:
    told = {"prompt_tokens": 70, "completion_tokens": 1, "prompt_tokens_details": {"cached_tokens": 64}}
    chunks = play(chat(), choice(content="x") | {"usage": told})
    assert chunks == [Begun(Usage(70, 1, cached_tokens=64)), "x"]


def test_chat_survives_odd_chunks() -> None:
    assert play(chat(), {"choices": None}, {"choices": ["x"]}, {"choices": [{"delta": None}]}) == [Begun()]


@pytest.mark.parametrize(
    ("event", "message"),
    [
        ({"error": {"message": "m", "code": 500}}, "m"),
        ({"error": "a sentence"}, "a sentence"),
    ],
)
def test_chat_errors(event: dict[str, Any], message: str) -> None:
    with pytest.raises(Told) as told:
        play(chat(), event)
    assert told.value.message == message


def test_chat_error_by_the_name_of_the_event() -> None:
    with pytest.raises(Told) as told:
        play(chat(), {"message": "m", "type": "overloaded_error"}, name="error")
    assert told.value.code == "overloaded_error"


def start(**usage: Any) -> dict[str, Any]:
    return {"type": "message_start", "message": {"model": "claude-opus-4-7", "usage": usage}}


def stop(reason: str | None, **more: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    return {"type": "message_delta", "delta": {"stop_reason": reason, **more}}, {"type": "message_stop"}


def test_messages_usage_counts_everything() -> None:
    details = {"ephemeral_5m_input_tokens": 100, "ephemeral_1h_input_tokens": 200}
    first = start(
        input_tokens=10,
        cache_creation_input_tokens=300,
        cache_read_input_tokens=4000,
        output_tokens=1,
        cache_creation=details,
    )
    later, end = stop("end_turn")
    later["usage"] = {
        "output_tokens": 55,
        "input_tokens": None,
        "output_tokens_details": {"thinking_tokens": 20},
    }
    begun, done = play(messages(), first, later, end)
    assert begun == Begun(Usage(4310, 1, 4000, 100, 200), request_id="req_2")
    assert isinstance(done, Done)
    assert done.usage == Usage(4310, 55, 4000, 100, 200, 20)


def test_messages_write_without_details_is_the_short_one() -> None:
    *_, done = play(messages(), start(input_tokens=1, cache_creation_input_tokens=50), *stop("end_turn"))
    assert isinstance(done, Done)
    assert (done.usage.written_5m_tokens, done.usage.written_1h_tokens) == (50, 0)


def test_messages_without_usage_is_estimated() -> None:
    begun, _, done = play(
        messages(),
        {"type": "content_block_delta", "delta": {"type": "text_delta", "text": "x" * 27}},
        *stop("end_turn"),
    )
    assert begun == Begun(request_id="req_2")
    assert isinstance(done, Done)
    assert done.usage == Usage(33, 10, estimated=True)  # 90 and 27 characters at 2.8 each


@pytest.mark.parametrize(
    ("reason", "expected"),
    [
        ("end_turn", "end"), ("stop_sequence", "end"), ("pause_turn", "end"), ("max_tokens", "length"),
        ("model_context_window_exceeded", "length"), ("refusal", "refusal"), ("brand_new", "end"),
    ],
)  # fmt: skip
def test_messages_stop_reasons(reason: str, expected: str) -> None:
    *_, done = play(messages(), start(), *stop(reason))
    assert isinstance(done, Done)
    assert done.stop == expected


def test_messages_refusal_tells_why() -> None:
    *_, done = play(
        messages(), start(), *stop("refusal", stop_details={"category": "cyber", "explanation": "No."})
    )
    assert isinstance(done, Done)
    assert done.detail == "cyber: No."


def test_messages_without_a_stop_reason_is_not_done() -> None:
    assert play(messages(), start(), *stop(None)) == [Begun(request_id="req_2")]


def test_messages_shows_no_thought() -> None:
    thought = {"type": "content_block_delta", "delta": {"type": "thinking_delta", "thinking": "hm"}}
    assert play(messages(), start(), thought, {"type": "ping"}) == [Begun(request_id="req_2")]


def test_messages_errors() -> None:
    with pytest.raises(Told) as told:
        play(messages(), {"type": "error", "error": {"type": "overloaded_error", "message": "m"}})
    assert (told.value.code, told.value.message) == ("overloaded_error", "m")
