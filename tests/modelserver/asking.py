"""Plain requests to the server, without any SDK: what a good request is, and what came back."""

from __future__ import annotations

import copy
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import httpx2

from .server import ModelServer

PATHS = {
    "responses": "/v1/responses",
    "chat": "/v1/chat/completions",
    "messages": "/v1/messages",
    "count": "/v1/messages/count_tokens",
    "count_input": "/v1/responses/input_tokens",
    "google": "/v1beta/openai/chat/completions",
    "completions": "/v1/completions",
}

_GOOD: dict[str, dict[str, Any]] = {
    "responses": {"model": "gpt-5.5", "input": "say hello", "reasoning": {"effort": "none"}},
    "chat": {
        "model": "gpt-5.5",
        "messages": [{"role": "user", "content": "say hello"}],
        "reasoning_effort": "none",
    },
    "messages": {
        "model": "claude-opus-4-7",
        "max_tokens": 1_000,
        "messages": [{"role": "user", "content": "say hello"}],
    },
    "count": {"model": "claude-opus-4-7", "messages": [{"role": "user", "content": "say hello"}]},
    "count_input": {"model": "gpt-5.5", "input": "say hello"},
    "google": {
        "model": "gemini-3.1-pro-preview",
        "messages": [{"role": "user", "content": "say hello"}],
        "reasoning_effort": "low",
    },
    "completions": {"model": "local-model", "prompt": "def add(a, b):"},
}


def good(wire: str, **changes: Any) -> dict[str, Any]:
    """A request body that the vendor takes, with changes; a change to `...` removes the field."""
    body = {**copy.deepcopy(_GOOD[wire]), **changes}
    return {name: value for name, value in body.items() if value is not ...}


def credentials(server: ModelServer, wire: str) -> dict[str, str]:
    if wire in ("messages", "count"):
        return {"x-api-key": server.anthropic_key, "anthropic-version": "2026-10-21"}
    key = server.google_key if wire == "google" else server.openai_key
    return {"authorization": f"Bearer {key}"}


def ask(
    server: ModelServer,
    wire: str,
    body: Any,
    headers: Mapping[str, str] | None = None,
    path: str | None = None,
) -> httpx2.Response:
    """POST `body` to the wire's path; `headers` replaces the right credentials."""
    sent = credentials(server, wire) if headers is None else headers
    with httpx2.Client(trust_env=False, timeout=20.0) as client:
        return client.post(f"{server.url}{path or PATHS[wire]}", json=body, headers=dict(sent))


@dataclass(frozen=True, slots=True)
class Event:
    name: str
    data: Any


def events(text: str) -> list[Event]:
    """The events of a well-formed stream; a chat chunk's name is its `object`."""
    found = []
    for block in text.strip().split("\n\n"):
        lines = dict(line.split(": ", 1) for line in block.split("\n"))
        data: Any = lines["data"] if lines["data"] == "[DONE]" else json.loads(lines["data"])
        name = lines.get("event") or (data if isinstance(data, str) else data["object"])
        found.append(Event(name, data))
    return found


def read(server: ModelServer, wire: str) -> tuple[int, bytes, bool]:
    """(status, bytes got, whether the body ended properly) of a streamed request."""
    got = b""
    body = good(wire, stream=True)
    url, headers = f"{server.url}{PATHS[wire]}", credentials(server, wire)
    with (
        httpx2.Client(trust_env=False, timeout=20.0) as client,
        client.stream("POST", url, json=body, headers=headers) as response,
    ):
        try:
            for data in response.iter_raw():
                got += data
        except httpx2.TransportError:
            return response.status_code, got, False
        return response.status_code, got, True
