"""The protocol with a list in place of a wire."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from lsprotocol import types
from pygls.exceptions import JsonRpcException

from counterpoint.errors import ConfigError
from counterpoint.lsp.protocol import Protocol, Server

pytestmark = pytest.mark.asyncio


EDIT = types.ApplyWorkspaceEditParams(edit=types.WorkspaceEdit())


class _Sent:
    """What would have gone to the client, decoded."""

    def __init__(self) -> None:
        self.messages: list[dict[str, Any]] = []

    def write(self, data: bytes) -> None:
        self.messages.append(json.loads(data.partition(b"\r\n\r\n")[2]))

    def close(self) -> None:
        return None


def _server() -> tuple[Server, Protocol, _Sent]:
    server, sent = Server("test", "1"), _Sent()
    server.protocol.set_writer(sent)
    server.protocol.handle_message(_request(0, "initialize", {"capabilities": {}, "processId": None}))
    sent.messages.clear()
    return server, server.protocol, sent


def _request(msg_id: Any, method: str, params: Any = None) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "id": msg_id, "method": method, "params": params}


async def test_a_question_is_answered_typed_or_plain() -> None:
    _, protocol, sent = _server()
    typed = asyncio.create_task(protocol.ask(types.WORKSPACE_APPLY_EDIT, EDIT))
    plain = asyncio.create_task(protocol.ask("test/question", {}))
    await asyncio.sleep(0)
    for message, result in zip(sent.messages, ({"applied": True}, {"a": 1}), strict=True):
        protocol.handle_message({"jsonrpc": "2.0", "id": message["id"], "result": result})
    assert (await typed).applied is True
    assert await plain == {"a": 1}
    assert not protocol._request_futures and not protocol._result_types


async def test_a_refused_or_unreadable_answer_is_an_error() -> None:
    _, protocol, sent = _server()
    refused = asyncio.create_task(protocol.ask("test/question", {}))
    unreadable = asyncio.create_task(protocol.ask(types.WORKSPACE_APPLY_EDIT, EDIT))
    await asyncio.sleep(0)
    first, second = (message["id"] for message in sent.messages)
    protocol.handle_message({"jsonrpc": "2.0", "id": first, "error": {"code": -5, "message": "no"}})
    protocol.handle_message({"jsonrpc": "2.0", "id": second, "result": 5})
    with pytest.raises(JsonRpcException, match="no"):
        await refused
    with pytest.raises(Exception, match=r"."):
        await unreadable


async def test_a_question_nobody_answers_ends() -> None:
    _, protocol, _ = _server()
    with pytest.raises(TimeoutError):
        await protocol.ask("test/question", {}, 0.01)
    assert not protocol._request_futures and not protocol._result_types


@pytest.mark.parametrize("message", [{"jsonrpc": "2.0"}, {"jsonrpc": "2.0", "id": "unknown", "result": 1}])
async def test_answers_to_nothing_are_ignored(message: dict[str, Any]) -> None:
    _, protocol, sent = _server()
    protocol.handle_message(message)
    assert sent.messages == []


async def test_a_request_needs_a_usable_id() -> None:
    _, protocol, sent = _server()
    protocol.handle_message(_request(None, "test/x"))
    protocol.handle_message(_request([], "test/x"))
    assert [message["error"]["code"] for message in sent.messages] == [-32600, -32600]


async def test_failing_notifications_are_only_logged(caplog: pytest.LogCaptureFixture) -> None:
    server, protocol, sent = _server()

    text = "user" + "code"

    @server.feature("test/now")
    def now(params: Any) -> None:
        raise ValueError(text)

    @server.feature("test/later")
    async def later(params: Any) -> None:
        raise ConfigError("Wrong.", fix="Mend it.")

    for method in ("test/now", "test/later", "test/unknown"):
        protocol.handle_message({"jsonrpc": "2.0", "method": method})
    protocol.handle_message({"jsonrpc": "2.0", "method": "$/cancelRequest", "params": {"id": []}})
    protocol.handle_message({"jsonrpc": "2.0", "method": "$/setTrace", "params": {"value": "verbose"}})
    await asyncio.sleep(0.01)
    assert sent.messages == [] and not protocol.background
    assert "ValueError" in caplog.text and text not in caplog.text
    assert "Mend it." in caplog.text
    assert protocol.trace == types.TraceValue.Verbose


async def test_a_result_that_cannot_be_sent_is_an_error() -> None:
    server, protocol, sent = _server()

    @server.feature("test/odd")
    def odd(params: Any) -> Any:
        return object()

    protocol.handle_message(_request(1, "test/odd"))
    assert sent.messages[0]["error"]["code"] == -32603
    protocol.notify("test/odd", {"value": object()})
    assert len(sent.messages) == 1


async def test_the_end_tells_its_code() -> None:
    _, protocol, sent = _server()
    codes: list[int] = []
    protocol.on_exit = codes.append
    protocol.handle_message({"jsonrpc": "2.0", "method": "exit"})
    protocol.handle_message(_request(1, "shutdown"))
    await asyncio.sleep(0.01)
    protocol.handle_message({"jsonrpc": "2.0", "method": "exit"})
    assert codes == [1, 0] and sent.messages[-1]["result"] is None
