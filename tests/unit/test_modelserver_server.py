"""The server as a tool: scripts, pace, log, bill, control over HTTP, the command."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx2
import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.modelserver import Fault, ModelServer, Usage, tokens
from tests.modelserver.asking import PATHS, ask, credentials, good
from tests.modelserver.catalog import MODELS, cost
from tests.modelserver.fixtures import model_server
from tests.modelserver.schemas import minimal_instance

__all__ = ["model_server"]

ROOT = Path(__file__).parents[2]


def said(server: ModelServer, prompt: str, wire: str = "responses", **more: Any) -> str:
    """What the server says to a prompt."""
    if wire == "messages":
        body = good("messages", messages=[{"role": "user", "content": prompt}], **more)
        return str(ask(server, wire, body).json()["content"][0]["text"])
    found = ask(server, wire, good(wire, input=prompt, **more)).json()
    return str(found["output"][0]["content"][0]["text"])


def test_answers_in_order_then_by_match_then_echo(model_server: ModelServer) -> None:
    model_server.answer("first")
    model_server.answer("second")
    model_server.answer("about cats", match="cat")
    model_server.answer("from opus", model="claude-opus-4-7", repeat=True)
    assert [said(model_server, t) for t in ("a dog", "a cat", "a cat", "a fish")] == [
        "first",
        "about cats",
        "second",
        "echo: a fish",
    ]
    assert [said(model_server, "x", "messages") for _ in range(2)] == ["from opus", "from opus"]


SCHEMA = {
    "type": "object",
    "properties": {
        "findings": {"type": "array", "items": {"$ref": "#/$defs/finding"}, "minItems": 1},
        "note": {"type": ["string", "null"]},
        "kind": {"enum": ["a", "b"]},
        "either": {"anyOf": [{"type": "integer"}, {"type": "null"}]},
        "sure": {"type": "boolean"},
        "version": {"const": 3},
    },
    "required": ["findings", "note", "kind", "either", "sure", "version"],
    "additionalProperties": False,
    "$defs": {
        "finding": {
            "type": "object",
            "properties": {"line": {"type": "integer"}, "title": {"type": "string"}},
            "required": ["line", "title"],
            "additionalProperties": False,
        }
    },
}


@pytest.mark.parametrize("wire", ["responses", "messages"])
def test_a_schema_is_filled_when_nothing_is_scripted(model_server: ModelServer, wire: str) -> None:
    asked: dict[str, Any] = (
        {"text": {"format": {"type": "json_schema", "name": "x", "schema": SCHEMA, "strict": True}}}
        if wire == "responses"
        else {"output_config": {"format": {"type": "json_schema", "schema": SCHEMA}}}
    )
    jsonschema.validate(json.loads(said(model_server, "x", wire, **asked)), SCHEMA)


def test_json_mode_is_answered_with_json(model_server: ModelServer) -> None:
    assert said(model_server, "as json", text={"format": {"type": "json_object"}}) == "{}"


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "string", "minLength": 3},
        {"type": "integer", "minimum": 5},
        {"type": "number", "exclusiveMinimum": 2},
        {"oneOf": [{"type": "string"}, {"type": "integer"}]},
        {"allOf": [{"type": "object"}, {"properties": {"a": {"type": "null"}}, "required": ["a"]}]},
        {"properties": {"a": {}}, "required": ["a"]},
        {"type": "array", "items": {"type": "array"}, "minItems": 2},
    ],
)
def test_minimal_instances_are_valid(schema: dict[str, Any]) -> None:
    jsonschema.validate(minimal_instance(schema), schema)


@given(st.text(), st.integers(1, 8))
def test_the_tokenizer_loses_nothing(text: str, width: int) -> None:
    assert "".join(tokens.split(text, width)) == text


def test_code_costs_about_the_tokens_it_does_at_the_vendors() -> None:
    code = (ROOT / "tests/modelserver/server.py").read_text("utf-8")
    per_token = {name: len(code) / tokens.count(code, row.width) for name, row in MODELS.items()}
    assert 3.0 < per_token["gpt-5.5"] < 4.2 and 2.3 < per_token["claude-opus-4-7"] < 3.3


def test_prices() -> None:
    gpt, opus = MODELS["gpt-5.5"], MODELS["claude-opus-4-7"]
    million = 1_000_000
    assert cost(gpt, Usage(input=100_000, cached=100_000, output=10_000), "default") == pytest.approx(
        0.5 + 0.05 + 0.3
    )
    long = Usage(input=272_001, output=1_000)
    assert cost(gpt, long, "default") == pytest.approx((272_001 * 10 + 1_000 * 45) / million)
    assert cost(gpt, Usage(input=272_000), "default") == pytest.approx(272_000 * 5 / million)
    assert cost(gpt, long, "flex") == pytest.approx((272_001 * 5 + 1_000 * 22.5) / million)
    assert cost(gpt, long, "priority") == pytest.approx((272_001 * 12.5 + 1_000 * 75) / million)
    assert cost(opus, Usage(million, million, million, million, million), "default") == pytest.approx(46.75)


def test_pace_and_an_answers_own_pace(model_server: ModelServer) -> None:
    model_server.pace(first_token=0.3, between=0.02)
    model_server.answer("a b c d e", repeat=True)
    model_server.answer("a b c d e", match="quick", first_token=0)
    said(model_server, "slow")
    said(model_server, "quick")
    slow, quick = model_server.log
    assert slow.seconds > 0.38 and slow.seconds > 2 * quick.seconds


def test_a_client_that_leaves_is_noticed_and_billed_for_what_it_got(model_server: ModelServer) -> None:
    model_server.pace(between=0.05)
    model_server.answer("word " * 400)
    url, headers = f"{model_server.url}{PATHS['messages']}", credentials(model_server, "messages")
    with httpx2.Client(trust_env=False) as client:
        body = good("messages", stream=True)
        with client.stream("POST", url, json=body, headers=headers) as response:
            for text in response.iter_text():
                if "text_delta" in text:
                    break
    model_server.wait_idle()
    record = model_server.log[0]
    assert record.closed_early and not record.finished
    assert 1 <= record.streamed_tokens == record.usage.output < 400
    assert record.cost_usd == pytest.approx((record.usage.input * 5 + record.usage.output * 25) / 1e6)
    assert record.closed_after is not None and 0 < record.closed_after <= record.seconds


def test_the_log_is_in_order_of_arrival_and_keeps_no_key(model_server: ModelServer) -> None:
    model_server.answer("late", match="slow", first_token=0.4)
    with ThreadPoolExecutor() as pool:
        slow = pool.submit(ask, model_server, "responses", good("responses", input="slow"))
        model_server.wait_arrived(1)
        ask(model_server, "messages", good("messages"))
        slow.result(10)
    first, second = model_server.log
    assert (first.number, first.answer, second.path) == (1, "late", "/v1/messages")
    everything = repr(model_server.log)
    assert model_server.openai_key not in everything and model_server.anthropic_key not in everything
    assert first.headers["authorization"] == second.headers["x-api-key"] == "[key]"
    assert first.body["input"] == "slow" and first.key == "good"
    assert model_server.bill == pytest.approx(first.cost_usd + second.cost_usd)


def test_reset_forgets_all_and_waits_time_out(model_server: ModelServer) -> None:
    model_server.answer("x", repeat=True)
    model_server.fault(Fault.OVERLOADED)
    model_server.shutdown_date("gpt-5.5", "2027-01-01")
    ask(model_server, "responses", good("responses"))
    model_server.reset()
    assert model_server.log == () and model_server.bill == 0
    assert said(model_server, "y") == "echo: y"
    with pytest.raises(TimeoutError):
        model_server.wait_arrived(2, timeout=0.05)


def test_a_request_open_over_a_reset_is_not_recorded(model_server: ModelServer) -> None:
    model_server.pace(first_token=0.3)
    with ThreadPoolExecutor() as pool:
        open_one = pool.submit(ask, model_server, "responses", good("responses"))
        model_server.wait_arrived(1)
        with pytest.raises(TimeoutError):
            model_server.wait_idle(timeout=0.01)
        model_server.reset()
        assert open_one.result(10).status_code == 200
    model_server.wait_idle()
    assert model_server.log == ()


def test_deprecated_models_say_so(model_server: ModelServer) -> None:
    model_server.shutdown_date("claude-opus-4-7", "2027-04-16")
    headers = credentials(model_server, "messages")
    with httpx2.Client(trust_env=False, base_url=model_server.url) as client:
        found = client.get("/v1/models/claude-opus-4-7", headers=headers).json()
        assert (found["lifecycle"], found["retires_at"]) == ("deprecated", "2027-04-16T00:00:00Z")
        assert client.get("/v1/models/claude-0", headers=headers).status_code == 404
        plain = client.get("/v1/models/local-model", headers=credentials(model_server, "chat")).json()
        assert "shutdown_date" not in plain


def test_a_clock_of_the_tests_own() -> None:
    now = [1000.0]
    body = good("responses", input="word " * 2_000)
    with ModelServer(clock=lambda: now[0]) as server:
        ask(server, "responses", body)
        now[0] += 3600
        ask(server, "responses", body)
        now[0] += 90_000
        ask(server, "responses", body)
        assert [record.usage.cached > 0 for record in server.log] == [False, True, False]


def test_a_taken_port_is_an_error(model_server: ModelServer) -> None:
    with pytest.raises(OSError, match="address already in use"), ModelServer(port=model_server.port):
        raise AssertionError("two servers on one port")


def test_the_body_may_come_in_chunks_and_rubbish_closes(model_server: ModelServer) -> None:
    data = json.dumps(good("responses")).encode()
    url, headers = f"{model_server.url}{PATHS['responses']}", credentials(model_server, "responses")
    with httpx2.Client(trust_env=False) as client:
        chunked = client.post(url, content=iter([data[:5], data[5:]]), headers=headers)
        assert chunked.status_code == 200
    with socket.create_connection(("127.0.0.1", model_server.port), timeout=5) as raw:
        raw.sendall(b"HELO there\r\n\r\n")
        assert raw.recv(100) == b""


def test_control_over_http(model_server: ModelServer) -> None:
    with httpx2.Client(trust_env=False, base_url=f"{model_server.url}/__control/") as control:
        control.post("answer", json={"text": {"a": 1}, "first_token": 0.0})
        control.post("fault", json={"fault": "rate_limited", "retry_after": 3, "match": "poison"})
        control.post("pace", json={"first_token": 0.01})
        control.post("advance", json={"seconds": 60})
        assert said(model_server, "x") == '{"a": 1}'
        assert ask(model_server, "chat", good("chat")).status_code == 200
        poisoned = ask(model_server, "responses", good("responses", input="poison"))
        assert poisoned.headers["retry-after"] == "3"
        log, bill = control.get("log").json(), control.get("bill").json()
        assert [r["status"] for r in log] == [200, 200, 429] and bill["requests"] == 3
        assert bill["usd"] == pytest.approx(model_server.bill) and bill["usd"] > 0
        assert control.post("fault", json={"fault": "no such"}).status_code == 400
        assert control.post("answer", json={}).status_code == 400
        assert control.post("nothing").status_code == control.get("answer").status_code == 404
        control.post("reset")
        assert control.get("log").json() == []


def test_the_command(tmp_path: Path) -> None:
    script = tmp_path / "script.json"
    orders = {
        "answers": [{"text": "scripted", "match": "x"}],
        "faults": [{"fault": "overloaded", "match": "bad"}],
        "pace": {"first_token": 0.0},
    }
    script.write_text(json.dumps(orders), "utf-8")
    command = [sys.executable, "-m", "tests.modelserver", "--script", str(script), "--until-eof"]
    environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(
        command, cwd=ROOT, env=environment, text=True,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    ) as process:  # fmt: skip
        assert process.stdout is not None and process.stdin is not None
        url = process.stdout.readline().strip()
        headers = {"authorization": f"Bearer {ModelServer.openai_key}"}
        with httpx2.Client(trust_env=False, headers=headers, timeout=10) as client:
            found = client.post(f"{url}/v1/responses", json=good("responses", input="x")).json()
            assert found["output"][0]["content"][0]["text"] == "scripted"
            assert client.post(f"{url}/v1/responses", json=good("responses", input="bad")).status_code == 529
        process.stdin.close()
        assert process.wait(timeout=20) == 0
