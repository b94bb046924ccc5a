"""Faults of the model rather than of the wire, and which request a fault is for."""

from __future__ import annotations

from typing import Any

import httpx2
import pytest

from tests.modelserver import Fault, ModelServer
from tests.modelserver.asking import ask, credentials, good, read
from tests.modelserver.fixtures import model_server

__all__ = ["model_server"]

WIRES = ("responses", "chat", "messages")
TEXT = "one two three four five six seven ümlaut"
TERMINAL = {"responses": "response.completed", "chat": "[DONE]", "messages": "message_stop"}

STOP_AT: dict[str, list[str | int]] = {
    "responses": ["incomplete_details", "reason"],
    "chat": ["choices", 0, "finish_reason"],
    "messages": ["stop_reason"],
}
TEXT_AT: dict[str, list[str | int]] = {
    "responses": ["output", 0, "content", 0, "text"],
    "chat": ["choices", 0, "message", "content"],
    "messages": ["content"],
}
STOPS = {
    "responses": {Fault.TRUNCATED: "max_output_tokens", Fault.CONTENT_FILTER: "content_filter"},
    "chat": {Fault.TRUNCATED: "length", Fault.CONTENT_FILTER: "content_filter"},
    "messages": {Fault.TRUNCATED: "max_tokens", Fault.CONTENT_FILTER: "refusal"},
}


def at(value: Any, path: list[str | int]) -> Any:
    for step in path:
        value = value[step]
    return value


@pytest.mark.parametrize("wire", WIRES)
@pytest.mark.parametrize("fault", [Fault.TRUNCATED, Fault.CONTENT_FILTER])
def test_cut_answers(model_server: ModelServer, wire: str, fault: Fault) -> None:
    model_server.answer(TEXT, repeat=True)
    model_server.fault(fault, repeat=True)
    body = ask(model_server, wire, good(wire)).json()
    assert at(body, STOP_AT[wire]) == STOPS[wire][fault]
    streamed = read(model_server, wire)[1].decode()
    assert STOPS[wire][fault] in streamed and "seven" not in streamed and "one" in streamed
    assert model_server.log[0].usage.output == model_server.log[1].usage.output > 0


@pytest.mark.parametrize("wire", WIRES)
@pytest.mark.parametrize("after", [0, 3])
def test_refusals(model_server: ModelServer, wire: str, after: int) -> None:
    model_server.answer(TEXT, repeat=True)
    model_server.fault(Fault.REFUSAL, repeat=True, after_tokens=after)
    whole = ask(model_server, wire, good(wire)).text
    streamed = read(model_server, wire)[1].decode()
    for seen in (whole, streamed):
        assert "refusal" in seen and "can't help" in seen
        assert ('"one' in seen) is (after == 3)
    free = wire == "messages" and after == 0
    assert (model_server.bill == 0) is free


@pytest.mark.parametrize("wire", WIRES)
def test_empty_answers(model_server: ModelServer, wire: str) -> None:
    model_server.fault(Fault.EMPTY, repeat=True)
    assert TERMINAL[wire].encode() in read(model_server, wire)[1]
    body = ask(model_server, wire, good(wire)).json()
    assert at(body, TEXT_AT[wire]) == ([] if wire == "messages" else "")
    assert model_server.log[1].usage.output == 0


def test_a_bad_request_does_not_use_up_a_fault(model_server: ModelServer) -> None:
    model_server.fault(Fault.OVERLOADED)
    assert ask(model_server, "messages", good("messages", temperature=1)).status_code == 400
    assert ask(model_server, "count", good("count")).status_code == 200
    assert ask(model_server, "messages", good("messages")).status_code == 529


def test_faults_by_condition(model_server: ModelServer) -> None:
    model_server.fault(Fault.SERVER_ERROR, match="poison", repeat=True)
    model_server.fault(Fault.NOT_FOUND, path="/v1/responses/input_tokens")
    model_server.fault(Fault.UNAVAILABLE, model="claude-opus-4-7")
    model_server.fault(Fault.UNAUTHORIZED, path="/v1/models/gpt-5.5")
    statuses = [
        ask(model_server, "responses", good("responses", input="a poison pill")).status_code,
        ask(model_server, "responses", good("responses", input="a poison pill")).status_code,
        ask(model_server, "responses", good("responses")).status_code,
        ask(model_server, "count_input", good("count_input")).status_code,
        ask(model_server, "messages", good("messages")).status_code,
    ]
    assert statuses == [500, 500, 200, 404, 503]
    headers = credentials(model_server, "chat")
    found = httpx2.get(f"{model_server.openai_url}/models/gpt-5.5", headers=headers, trust_env=False)
    assert found.status_code == 401


def test_unknown_options_are_refused(model_server: ModelServer) -> None:
    with pytest.raises(ValueError, match="retry_afer"):
        model_server.fault(Fault.RATE_LIMITED, retry_afer=1)
