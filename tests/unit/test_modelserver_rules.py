"""Each rule of the model server refuses what the vendor refuses, and lets the right request through."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.modelserver import ModelServer
from tests.modelserver.asking import ask, good
from tests.modelserver.routes import ROUTES
from tests.modelserver.rule_cases import CASES, Case
from tests.modelserver.rules_openai import COMPATIBLE_RULES


@pytest.fixture(scope="module")
def server() -> Iterator[ModelServer]:
    with ModelServer() as running:
        yield running


def message_of(case: Case, body: Any) -> str:
    if case.wire == "google":
        error = body[0]["error"]
        assert error["code"] == case.status and error["status"] == "INVALID_ARGUMENT"
        return str(error["message"])
    error = body["error"]
    if case.wire in ("messages", "count"):
        assert body["type"] == "error" and error["type"] == "invalid_request_error"
    else:
        assert set(error) == {"message", "type", "param", "code"}
    return str(error["message"])


@pytest.mark.parametrize("case", CASES, ids=lambda c: f"{c.wire}-{c.rule}-{c.says[:24]}")
def test_refused_and_the_right_form_passes(server: ModelServer, case: Case) -> None:
    refused = ask(server, case.wire, good(case.wire, **case.bad))
    assert refused.status_code == case.status, refused.text
    assert case.says in message_of(case, refused.json())
    server.wait_idle()
    assert server.log[-1].rule == case.rule and server.log[-1].cost_usd == 0
    passed = ask(server, case.wire, good(case.wire, **case.fine))
    assert passed.status_code == 200, passed.text


def test_no_rule_is_without_a_case() -> None:
    wires = {"/v1/responses": "responses", "/v1/chat/completions": "chat", "/v1/messages": "messages",
             "/v1/messages/count_tokens": "count", "/v1/responses/input_tokens": "count_input",
             "/v1/completions": "completions", "/v1beta/openai/chat/completions": "google"}  # fmt: skip
    rules = {(wires[path], rule.name) for path, route in ROUTES.items() for rule in route.rules}
    assert rules == {(case.wire, case.rule) for case in CASES}


def test_compatible_servers_are_lenient_but_have_a_window(server: ModelServer) -> None:
    lenient = good("chat", model="local-model", temperature=0.2, stop=["\n"], seed=1, anything=True)
    assert ask(server, "chat", lenient).status_code == 200
    long = good("chat", model="local-model", messages=[{"role": "user", "content": "a " * 40_000}])
    assert ask(server, "chat", long).status_code == 400
    server.wait_idle()
    assert server.log[-1].rule == COMPATIBLE_RULES[-1].name == "window"


def test_the_old_version_takes_sampling_at_its_default_only(server: ModelServer) -> None:
    old = {"x-api-key": server.anthropic_key, "anthropic-version": "2023-06-01"}
    assert ask(server, "messages", good("messages", temperature=1.0), old).status_code == 200
    assert ask(server, "messages", good("messages", temperature=0.5), old).status_code == 400
    assert ask(server, "messages", good("messages", top_k=5), old).status_code == 400


GATE = [
    # wire, path (None: the right one), headers, status, rule
    ("responses", None, {}, 401, "missing key"),
    ("responses", None, {"authorization": "Bearer sk-wrong"}, 401, "wrong key"),
    ("responses", None, {"x-api-key": "OPENAI"}, 401, "missing key"),
    ("responses", None, {"authorization": "OPENAI"}, 401, "missing key"),
    ("responses", "/v1/v1/responses", {"authorization": "Bearer OPENAI"}, 404, "doubled base path"),
    ("responses", "/responses", {"authorization": "Bearer OPENAI"}, 404, "unknown path"),
    ("messages", None, {"anthropic-version": "2026-10-21"}, 401, "missing key"),
    ("messages", None, {"anthropic-version": "2026-10-21", "x-api-key": "wrong"}, 401, "wrong key"),
    ("messages", None, {"x-api-key": "ANTHROPIC"}, 400, "missing version"),
    ("messages", None, {"x-api-key": "ANTHROPIC", "anthropic-version": "2024-01-01"}, 400, "wrong version"),
    ("messages", "/v1/v1/messages", {"x-api-key": "ANTHROPIC"}, 404, "doubled base path"),
]


@pytest.mark.parametrize(("wire", "path", "headers", "status", "rule"), GATE)
def test_the_gate(
    server: ModelServer, wire: str, path: str | None, headers: dict[str, str], status: int, rule: str
) -> None:
    keys = {"OPENAI": server.openai_key, "ANTHROPIC": server.anthropic_key}
    sent = {
        n: v.replace("OPENAI", keys["OPENAI"]).replace("ANTHROPIC", keys["ANTHROPIC"])
        for n, v in headers.items()
    }
    assert ask(server, wire, good(wire), sent, path).status_code == status
    server.wait_idle()
    assert server.log[-1].rule == rule


@pytest.mark.parametrize("wire", ["responses", "chat", "messages"])
def test_models(server: ModelServer, wire: str) -> None:
    assert ask(server, wire, good(wire, model="gpt-0")).status_code == 404
    assert ask(server, wire, good(wire, model=...)).status_code == 400
    assert ask(server, wire, ["not an object"]).status_code == 400
    other = "gpt-5.5" if wire == "messages" else "claude-opus-4-7"
    assert ask(server, wire, good(wire, model=other)).status_code == 404


def test_anthropic_takes_either_way_of_sending_the_key(server: ModelServer) -> None:
    bearer = {"authorization": f"Bearer {server.anthropic_key}", "anthropic-version": "2026-10-21"}
    assert ask(server, "messages", good("messages"), bearer).status_code == 200


@pytest.mark.parametrize(
    ("wire", "bad"),
    [
        ("responses", {"reasoning": "high"}),
        (
            "responses",
            {"text": {"format": {"type": "json_schema", "name": "x", "schema": {"type": 7}, "strict": True}}},
        ),
        ("responses", {"input": [{"role": "user", "content": 7}]}),
        ("chat", {"messages": [{"role": "user", "content": 7}]}),
        ("messages", {"thinking": "adaptive"}),
        ("messages", {"output_config": ["high"]}),
        ("messages", {"messages": [{"role": "user", "content": 7}]}),
        ("messages", {"system": 7}),
        ("count", {"tools": 7}),
    ],
)
def test_values_of_a_wrong_type_are_refused_not_a_crash(
    server: ModelServer, wire: str, bad: dict[str, Any]
) -> None:
    refused = ask(server, wire, good(wire, **bad))
    assert refused.status_code == server.log[-1].status == 400, refused.text


def test_anthropic_takes_32_megabytes_at_most(server: ModelServer) -> None:
    large = good("messages", system="x" * (32 * 1024 * 1024))
    assert ask(server, "messages", large).status_code == 413
    assert server.log[-1].rule == "too large"
