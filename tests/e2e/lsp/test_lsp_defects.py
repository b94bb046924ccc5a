"""What stock pygls does wrong, and that our protocol and transport do not.

Every test runs against both. For stock it asserts the fault, so that a pygls that mends it is noticed.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
from collections.abc import AsyncIterator

import pytest

from tests.e2e.lsp.raw import Client, frame, running

BOTH = pytest.mark.parametrize("flavour", ["stock", "ours"])
SOON = 1.5
"""How long a reply that stock never sends is waited for."""

pytestmark = pytest.mark.asyncio


@contextlib.asynccontextmanager
async def server(flavour: str, *, initialize: bool = True) -> AsyncIterator[Client]:
    async with running("-m", "tests.e2e.lsp.fixture_server", flavour) as client:
        if initialize:
            await client.initialize()
        yield client


async def _silent(client: Client, msg_id: object) -> bool:
    """True if no reply comes, although the server is alive and has read the request."""
    try:
        await client.reply(msg_id, SOON)
    except TimeoutError:
        return True
    return False


def _popups(client: Client) -> int:
    return len(client.notices("window/showMessage"))


@BOTH
async def test_cancelling_a_command_ends_its_coroutine(flavour: str) -> None:
    async with server(flavour) as client:
        started = await client.start("workspace/executeCommand", {"command": "test.slow", "arguments": [{}]})
        async with asyncio.timeout(60):
            while await client.request("test/outcome", {}) != "started":
                await asyncio.sleep(0.01)
        await client.notify("$/cancelRequest", {"id": started})
        assert (await client.reply(started))["error"]["code"] == -32800
        async with asyncio.timeout(60):
            while (ended := await client.request("test/outcome", {})) == "started":
                await asyncio.sleep(0.01)
        assert ended == ("finished" if flavour == "stock" else "cancelled")


@BOTH
async def test_bad_parameters_are_answered(flavour: str) -> None:
    async with server(flavour) as client:
        request = await client.start("textDocument/hover", {"position": "nowhere"})
        if flavour == "stock":
            assert await _silent(client, request)
            assert _popups(client) == 1
            return
        error = (await client.reply(request))["error"]
        assert error["code"] == -32602
        assert "position" in error["message"]
        assert _popups(client) == 0


@BOTH
async def test_a_custom_request_without_parameters_is_answered(flavour: str) -> None:
    async with server(flavour) as client:
        request = await client.start("test/echo")
        if flavour == "stock":
            assert await _silent(client, request)
            return
        assert (await client.reply(request))["result"] == {}


@BOTH
async def test_custom_parameters_stay_plain_values(flavour: str) -> None:
    given = {"class": 1, "type_name": "kept", "deep": [{"a b": None}]}
    async with server(flavour) as client:
        message = await client.reply(await client.start("test/echo", given))
        assert (message.get("result") == given) == (flavour == "ours")


@BOTH
async def test_nothing_is_kept_of_what_has_finished(flavour: str) -> None:
    uri = "file:///a.py"
    async with server(flavour) as client:
        item = {"uri": uri, "languageId": "python", "version": 1, "text": "x\n"}
        await client.notify("textDocument/didOpen", {"textDocument": item})
        place = {"line": 0, "character": 0}
        change = {"range": {"start": place, "end": place}, "text": "a"}
        for version in range(2, 202):
            document = {"uri": uri, "version": version}
            await client.notify(
                "textDocument/didChange", {"textDocument": document, "contentChanges": [change]}
            )
        if flavour == "stock":
            assert await client.request("test/kept", {}) >= 200
            return
        async with asyncio.timeout(60):  # the last handlers may still be at work
            while await client.request("test/kept", {}) > 1:
                await asyncio.sleep(0.02)


@BOTH
async def test_lines_end_where_editors_end_them(flavour: str) -> None:
    text = "a\x0cb\u2028c\nsecond\n"
    async with server(flavour) as client:
        item = {"uri": "file:///a.py", "languageId": "python", "version": 1, "text": text}
        await client.notify("textDocument/didOpen", {"textDocument": item})
        start, end = {"line": 1, "character": 0}, {"line": 1, "character": 6}
        change = {"range": {"start": start, "end": end}, "text": "edited"}
        document = {"uri": "file:///a.py", "version": 2}
        await client.notify("textDocument/didChange", {"textDocument": document, "contentChanges": [change]})
        right = "a\x0cb\u2028c\nedited\n"
        assert (await client.request("test/text", {"uri": "file:///a.py"}) == right) == (flavour == "ours")


@pytest.mark.alone
@BOTH
async def test_reading_does_not_wait_for_workers(flavour: str) -> None:
    async with server(flavour) as client:
        await client.request("test/outcome", {})
        await client.request("test/busy", {})
        start = time.perf_counter()
        await client.request("test/outcome", {})
        waited = time.perf_counter() - start
        # The pool has several hundred milliseconds of work queued: stock reads the next line behind it.
        assert waited > 0.2 if flavour == "stock" else waited < 0.2


@BOTH
async def test_late_replies_to_cancelled_questions_are_ignored(flavour: str) -> None:
    async with server(flavour) as client:
        client.answers["test/never"] = lambda params: NotImplemented
        request = await client.start("test/ask", {})
        question = await client.until(lambda message: message.get("method") == "test/never")
        await client.notify("$/cancelRequest", {"id": request})
        await client.reply(request)
        await client.send({"jsonrpc": "2.0", "id": question["id"], "result": None})
        await client.request("test/outcome", {})
        assert _popups(client) == (1 if flavour == "stock" else 0)


@BOTH
async def test_exit_without_shutdown_is_a_failure(flavour: str) -> None:
    async with server(flavour) as client:
        await client.send({"jsonrpc": "2.0", "method": "exit"})
        if flavour == "stock":
            assert client.process.stdin is not None
            client.process.stdin.close()
        assert await client.gone() == (0 if flavour == "stock" else 1)


@BOTH
@pytest.mark.parametrize("body", [b"{broken", b"[]", b'{"jsonrpc":"1.0"}'])
async def test_protocol_errors_are_no_popups(flavour: str, body: bytes) -> None:
    async with server(flavour) as client:
        await client.send_bytes(frame(body))
        await client.request("test/outcome", {})
        if flavour == "ours":
            assert _popups(client) == 0
        elif body != b'{"jsonrpc":"1.0"}':
            assert _popups(client) == 1


@BOTH
async def test_requests_before_initialize_are_refused(flavour: str) -> None:
    async with server(flavour, initialize=False) as client:
        message = await client.reply(await client.start("test/outcome", {}))
        if flavour == "stock":
            assert message["result"] == "none"
            return
        assert message["error"]["code"] == -32002
        await client.notify("textDocument/didSave", {})
        await client.initialize()
        assert (await client.error("initialize", {"capabilities": {}}))["code"] == -32600


@BOTH
async def test_requests_after_shutdown_are_refused(flavour: str) -> None:
    async with server(flavour) as client:
        slow = await client.start("test/slow", {})
        await client.request("shutdown")
        assert (await client.reply(slow))["error"]["code"] == -32800
        late = await client.start("test/outcome", {})
        if flavour == "stock":
            assert await _silent(client, late)
            return
        assert (await client.reply(late))["error"]["code"] == -32600
        await client.send({"jsonrpc": "2.0", "method": "exit"})
        assert await client.gone() == 0


@BOTH
async def test_errors_carry_no_traceback(flavour: str) -> None:
    async with server(flavour) as client:
        error = json.dumps(await client.error("test/crash", {}))
        leaks = "fixture_server.py" in error or "def secret" in error
        assert leaks == (flavour == "stock")


@BOTH
async def test_headers_may_have_any_case(flavour: str) -> None:
    async with server(flavour) as client:
        request = {"jsonrpc": "2.0", "id": "lower", "method": "test/outcome", "params": {}}
        await client.send_bytes(frame(request, header="content-length"))
        if flavour == "stock":
            assert await _silent(client, "lower")
            return
        assert (await client.reply("lower"))["result"] == "none"


@BOTH
async def test_a_nested_key_named_jsonrpc_is_only_a_key(flavour: str) -> None:
    given = {"jsonrpc": "2.0", "method": "test/echo"}
    async with server(flavour) as client:
        request = await client.start("test/echo", {"inner": given})
        if flavour == "stock":
            assert await _silent(client, request)
            return
        assert (await client.reply(request))["result"] == {"inner": given}


@BOTH
async def test_stray_output_stays_out_of_the_stream(flavour: str) -> None:
    async with server(flavour) as client:
        await client.request("test/noise", {})
        await client.request("test/outcome", {})
        assert bool(client.garbage) == (flavour == "stock")
