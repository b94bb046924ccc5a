"""Every fault on every wire: what the client gets, and what the log and the bill say of it."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

from tests.modelserver import Fault, ModelServer
from tests.modelserver.asking import PATHS, ask, credentials, events, good, read
from tests.modelserver.faults import STATUS_FAULTS
from tests.modelserver.fixtures import model_server

__all__ = ["model_server"]

WIRES = ("responses", "chat", "messages")
TEXT = "one two three four five six seven ümlaut"
TERMINAL = {"responses": "response.completed", "chat": "[DONE]", "messages": "message_stop"}


@pytest.fixture
def client() -> Iterator[httpx2.Client]:
    with httpx2.Client(trust_env=False, timeout=10.0) as running:
        yield running


@pytest.mark.parametrize("wire", WIRES)
@pytest.mark.parametrize("fault", STATUS_FAULTS)
def test_status_faults(model_server: ModelServer, wire: str, fault: Fault) -> None:
    model_server.fault(fault)
    answer = ask(model_server, wire, good(wire))
    assert answer.status_code == STATUS_FAULTS[fault]
    assert answer.json()["error"]["message"]
    assert ("retry-after" in answer.headers) is (fault is Fault.RATE_LIMITED)
    record = model_server.log[0]
    assert (record.fault, record.cost_usd, record.finished) == (fault, 0, True)
    assert ask(model_server, wire, good(wire)).status_code == 200


def test_rate_limit_says_when(model_server: ModelServer) -> None:
    model_server.fault(Fault.RATE_LIMITED, retry_after=7)
    model_server.fault(Fault.RATE_LIMITED, retry_after=None)
    assert ask(model_server, "chat", good("chat")).headers["retry-after"] == "7"
    assert "retry-after" not in ask(model_server, "chat", good("chat")).headers


@pytest.mark.parametrize(
    ("wire", "kind"), [("responses", "insufficient_quota"), ("messages", "rate_limit_error")]
)
def test_quota_is_told_from_rate(model_server: ModelServer, wire: str, kind: str) -> None:
    model_server.fault(Fault.QUOTA)
    assert ask(model_server, wire, good(wire)).json()["error"]["type"] == kind


@pytest.mark.parametrize(("fault", "status"), [(Fault.HTML_OK, 200), (Fault.BAD_GATEWAY, 502)])
def test_html(model_server: ModelServer, fault: Fault, status: int) -> None:
    model_server.fault(fault)
    answer = ask(model_server, "messages", good("messages", stream=True))
    assert answer.status_code == status and answer.text.startswith("<!doctype html>")
    assert model_server.bill == 0


@pytest.mark.parametrize("wire", WIRES)
def test_redirect_to_another_origin(model_server: ModelServer, wire: str) -> None:
    model_server.fault(Fault.REDIRECT)
    answer = ask(model_server, wire, good(wire))
    assert answer.status_code == 307
    assert answer.headers["location"] == f"http://localhost:{model_server.port}{PATHS[wire]}"
    model_server.fault(Fault.REDIRECT, location="http://example.invalid/")
    assert ask(model_server, wire, good(wire)).headers["location"] == "http://example.invalid/"


@pytest.mark.parametrize("stream", [True, False])
@pytest.mark.parametrize("wire", WIRES)
@pytest.mark.parametrize(
    "fault", [Fault.HANG_BEFORE_HEADERS, Fault.HANG_AFTER_HEADERS, Fault.HANG_MID_STREAM]
)
def test_hangs_until_the_client_leaves(
    model_server: ModelServer, client: httpx2.Client, wire: str, fault: Fault, stream: bool
) -> None:
    model_server.fault(fault, after_tokens=2)
    model_server.answer(TEXT)
    body, url = good(wire, stream=stream), f"{model_server.url}{PATHS[wire]}"
    with pytest.raises(httpx2.ReadTimeout):
        client.post(url, json=body, headers=credentials(model_server, wire), timeout=0.3)
    model_server.wait_idle()
    record = model_server.log[0]
    assert record.closed_early and not record.finished and record.closed_after is not None
    assert (record.status is None) is (fault is Fault.HANG_BEFORE_HEADERS)
    assert (record.cost_usd > 0) is (fault is Fault.HANG_MID_STREAM)
    if stream:
        assert record.streamed_tokens == (2 if fault is Fault.HANG_MID_STREAM else 0)


@pytest.mark.parametrize("wire", WIRES)
def test_drop_before_headers(model_server: ModelServer, wire: str) -> None:
    model_server.fault(Fault.DROP_BEFORE_HEADERS)
    with pytest.raises(httpx2.RemoteProtocolError):
        ask(model_server, wire, good(wire))
    assert model_server.log[0].status is None and model_server.bill == 0


@pytest.mark.parametrize("wire", WIRES)
@pytest.mark.parametrize("fault", [Fault.DROP_MID_STREAM, Fault.RESET_MID_STREAM])
def test_drop_and_reset_amid_the_stream(
    model_server: ModelServer, client: httpx2.Client, wire: str, fault: Fault
) -> None:
    model_server.answer(TEXT)
    model_server.fault(fault, after_tokens=4)
    status, got, proper = read(model_server, wire)
    assert status == 200 and not proper and TERMINAL[wire].encode() not in got
    record = model_server.log[0]
    assert (record.streamed_tokens, record.finished, record.closed_early) == (4, False, False)
    assert record.usage.output >= 4 and record.cost_usd > 0


def test_a_reset_is_a_reset_and_a_drop_is_not(model_server: ModelServer) -> None:
    def end_of(fault: Fault) -> str:
        model_server.fault(fault)
        data = json.dumps(good("responses", stream=True)).encode()
        head = f"POST /v1/responses HTTP/1.1\r\nauthorization: Bearer {model_server.openai_key}\r\n"
        with socket.create_connection(("127.0.0.1", model_server.port), timeout=5) as raw:
            raw.sendall(f"{head}content-length: {len(data)}\r\n\r\n".encode() + data)
            try:
                while raw.recv(4096):
                    pass
            except ConnectionResetError:
                return "reset"
            return "end"

    assert [end_of(f) for f in (Fault.RESET_MID_STREAM, Fault.DROP_MID_STREAM)] == ["reset", "end"]


@pytest.mark.parametrize("wire", WIRES)
@pytest.mark.parametrize("fault", [Fault.DROP_MID_STREAM, Fault.RESET_MID_STREAM, Fault.EARLY_END])
def test_a_whole_answer_torn_in_two(model_server: ModelServer, wire: str, fault: Fault) -> None:
    model_server.fault(fault)
    with pytest.raises(httpx2.TransportError):
        ask(model_server, wire, good(wire))
    assert not model_server.log[0].finished


@pytest.mark.parametrize("wire", WIRES)
def test_early_end(model_server: ModelServer, client: httpx2.Client, wire: str) -> None:
    model_server.answer(TEXT)
    model_server.fault(Fault.EARLY_END)
    status, got, proper = read(model_server, wire)
    found = events(got.decode())
    assert status == 200 and proper and found[-1].name != TERMINAL[wire]
    assert model_server.log[0].streamed_tokens == 3


@pytest.mark.parametrize("wire", WIRES)
def test_no_body(model_server: ModelServer, client: httpx2.Client, wire: str) -> None:
    model_server.fault(Fault.NO_BODY)
    assert read(model_server, wire) == (200, b"", True)
    assert model_server.bill == 0


@pytest.mark.parametrize("wire", WIRES)
@pytest.mark.parametrize("fault", [Fault.ERROR_EVENT, Fault.FAILED_EVENT])
def test_error_events(model_server: ModelServer, client: httpx2.Client, wire: str, fault: Fault) -> None:
    model_server.answer(TEXT)
    model_server.fault(fault, code="overloaded_error", message="too much")
    block = read(model_server, wire)[1].decode().strip().split("\n\n")[-1]
    data = json.loads(block.partition("data: ")[2])
    if wire == "responses":
        error = data["response"]["error"] if fault is Fault.FAILED_EVENT else data
        assert data["type"] == ("response.failed" if fault is Fault.FAILED_EVENT else "error")
        assert (error["code"], error["message"]) == ("overloaded_error", "too much")
    else:
        assert data["error"]["type"] == "overloaded_error"
        assert block.startswith("event: error") is (wire == "messages")
    assert model_server.log[0].streamed_tokens == 3 and model_server.bill > 0


@pytest.mark.parametrize("wire", WIRES)
def test_broken_json(model_server: ModelServer, client: httpx2.Client, wire: str) -> None:
    model_server.fault(Fault.BROKEN_JSON, repeat=True)
    with pytest.raises(json.JSONDecodeError):
        events(read(model_server, wire)[1].decode())
    with pytest.raises(json.JSONDecodeError):
        ask(model_server, wire, good(wire)).json()


@pytest.mark.parametrize("wire", WIRES)
def test_invalid_utf8(model_server: ModelServer, client: httpx2.Client, wire: str) -> None:
    model_server.fault(Fault.INVALID_UTF8, repeat=True)
    got = read(model_server, wire)[1]
    with pytest.raises(UnicodeDecodeError):
        got.decode()
    assert TERMINAL[wire].encode() in got
    assert b"\xff" in ask(model_server, wire, good(wire)).content


@pytest.mark.parametrize("wire", WIRES)
def test_split_utf8_is_the_same_bytes_torn(
    model_server: ModelServer, client: httpx2.Client, wire: str
) -> None:
    model_server.answer(TEXT, repeat=True)
    model_server.fault(Fault.SPLIT_UTF8)
    url, headers = f"{model_server.url}{PATHS[wire]}", credentials(model_server, wire)
    body = good(wire, stream=True)
    with client.stream("POST", url, json=body, headers=headers) as response:
        pieces = list(response.iter_raw())
    whole = read(model_server, wire)[1]
    assert "ü".encode() in whole and "ü".encode() not in pieces
    assert len(b"".join(pieces)) == len(whole)


@pytest.mark.parametrize("wire", WIRES)
def test_odd_framing_and_unknown_events(model_server: ModelServer, client: httpx2.Client, wire: str) -> None:
    model_server.fault(Fault.ODD_FRAMING)
    model_server.fault(Fault.UNKNOWN_EVENT)
    odd = read(model_server, wire)[1].decode()
    assert "\r\n: a comment\r\n" in odd and "\n\n" not in odd and "\r\ndata:{\r\ndata: " in odd
    assert "news" in read(model_server, wire)[1].decode()
    assert all(record.finished for record in model_server.log)


@pytest.mark.parametrize("wire", WIRES)
def test_slow_drip(model_server: ModelServer, wire: str) -> None:
    model_server.answer("a b c d e f", repeat=True)
    model_server.fault(Fault.SLOW_DRIP, between=0.05)
    ask(model_server, wire, good(wire, stream=True))
    ask(model_server, wire, good(wire, stream=True))
    slow, fast = model_server.log
    assert slow.seconds > 0.3 and slow.seconds > 2 * fast.seconds


def test_no_fault_is_without_a_test() -> None:
    source = "".join(p.read_text("utf-8") for p in Path(__file__).parent.glob("test_modelserver_*.py"))
    assert [f for f in Fault if f not in STATUS_FAULTS and f"Fault.{f.name}" not in source] == []
