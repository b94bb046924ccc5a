"""Coming and going: arguments, signals, a lost editor, hostile bytes."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.lsp.raw import SERVE, environment, frame, running

pytestmark = pytest.mark.asyncio

posix = pytest.mark.skipif(sys.platform == "win32", reason="signals and process groups of POSIX")


async def test_a_session_ends_with_zero() -> None:
    async with running(*SERVE) as client:
        result = await client.initialize()
        assert result["serverInfo"]["name"] == "counterpoint"
        assert await client.leave() == 0


async def test_the_end_of_stdin_ends_the_server() -> None:
    async with running(*SERVE) as client:
        await client.initialize()
        assert client.process.stdin is not None
        client.process.stdin.close()
        assert await client.gone() == 1


@pytest.mark.alone
@posix
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
async def test_signals_end_it_promptly_while_stdin_is_open(number: int) -> None:
    async with running("-m", "tests.e2e.lsp.fixture_server", "ours") as client:
        await client.initialize()
        slow = await client.start("test/slow", {})
        await client.request("test/outcome", {})
        start = time.perf_counter()
        client.process.send_signal(number)
        assert await client.gone() == 128 + number
        assert time.perf_counter() - start < 3
        assert (await client.reply(slow))["error"]["code"] == -32800


@posix
async def test_a_signal_lets_the_interpreter_clean_up(tmp_path: Path) -> None:
    """Coverage and others save their data at exit: `os._exit` would lose it."""
    mark = tmp_path / "left"
    code = (
        "import atexit, pathlib, sys; from counterpoint.lsp.serve import main;"
        f"atexit.register(lambda: pathlib.Path({str(mark)!r}).write_text('cleanly'));"
        "sys.exit(main([]))"
    )
    async with running("-c", code) as client:
        await client.initialize()
        client.process.send_signal(signal.SIGTERM)
        assert await client.gone() == 128 + signal.SIGTERM
    assert mark.read_text() == "cleanly"


@posix
async def test_a_busy_thread_does_not_keep_it_alive() -> None:
    """A library's thread that never ends is joined by the interpreter: the last resort is ours."""
    code = (
        "import sys, threading, time; from counterpoint.lsp.serve import main;"
        "threading.Thread(target=time.sleep, args=(60,)).start();"
        "sys.exit(main([]))"
    )
    async with running("-c", code) as client:
        await client.initialize()
        client.process.send_signal(signal.SIGTERM)
        assert await client.gone() == 128 + signal.SIGTERM


@posix
async def test_it_leaves_when_its_editor_has_gone() -> None:
    editor = await asyncio.create_subprocess_exec(sys.executable, "-c", "import time; time.sleep(60)")
    async with running(*SERVE) as client:
        await client.initialize(processId=editor.pid)
        editor.kill()
        await editor.wait()
        assert await client.gone() == 1


async def test_an_editor_that_was_never_seen_is_not_missed() -> None:
    gone = await asyncio.create_subprocess_exec(sys.executable, "-c", "")
    await gone.wait()
    async with running(*SERVE) as client:
        await client.initialize(processId=gone.pid)
        await asyncio.sleep(2.5)
        assert await client.leave() == 0


async def test_a_slow_reader_does_not_block_the_loop(tmp_path: Path) -> None:
    """Replies larger than any pipe wait in the writer while other requests are worked on."""
    async with running("-m", "tests.e2e.lsp.fixture_server", "ours") as client:
        await client.initialize()
        pipe: Any = client.process._transport.get_pipe_transport(1)  # type: ignore[attr-defined]
        pipe.pause_reading()
        big = {"text": "x" * 4_000_000}
        for number in range(3):
            message = {"jsonrpc": "2.0", "id": f"big{number}", "method": "test/echo", "params": big}
            await client.send(message)
        mark = tmp_path / "finished"
        command = {"command": "test.slow", "arguments": [{"mark": str(mark)}]}
        started = {"jsonrpc": "2.0", "id": "c", "method": "workspace/executeCommand", "params": command}
        await client.send(started)
        async with asyncio.timeout(60):
            while not mark.exists():
                await asyncio.sleep(0.05)
        assert not any(one.get("id") == "big0" for one in client.seen), "nothing is read meanwhile"
        pipe.resume_reading()
        assert len((await client.reply("big2"))["result"]["text"]) == 4_000_000


async def test_unknown_arguments_are_named() -> None:
    for arguments, word in ((["--sdtio"], "--sdtio"), (["--tcp", "0.0.0.0:99"], "0.0.0.0")):
        process = await asyncio.create_subprocess_exec(
            sys.executable, *SERVE[:2], *arguments, stderr=asyncio.subprocess.PIPE, env=environment()
        )
        _, said = await asyncio.wait_for(process.communicate(), 60)
        assert process.returncode == 2
        assert word in said.decode() and said.count(b"\n") == 1


async def _serve_tcp() -> tuple[asyncio.subprocess.Process, int]:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *(*SERVE[:2], "--tcp", "localhost:0"),
        stdin=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
        env=environment(),
    )
    assert process.stderr is not None
    line = await asyncio.wait_for(process.stderr.readline(), 60)
    return process, int(line.rsplit(None, 1)[-1])


def _talk(port: int, data: bytes) -> bytes:
    with socket.create_connection(("127.0.0.1", port), timeout=60) as connection:
        connection.sendall(data)
        received = b""
        while b"counterpoint" not in received and (more := connection.recv(65536)):
            received += more
        return received


async def test_tcp_serves_one_client_on_loopback() -> None:
    process, port = await _serve_tcp()
    request = {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {"capabilities": {}}}
    received = await asyncio.to_thread(_talk, port, frame(request))
    assert json.loads(received.partition(b"\r\n\r\n")[2])["id"] == 1
    assert await asyncio.wait_for(process.wait(), 60) == 1
    await process.communicate()


async def test_a_web_page_cannot_post_to_the_port() -> None:
    process, port = await _serve_tcp()
    body = frame({"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {"capabilities": {}}})
    received = await asyncio.to_thread(_talk, port, b"POST / HTTP/1.1\r\nHost: a\r\n" + body)
    assert received == b""
    assert await asyncio.wait_for(process.wait(), 60) == 1
    await process.communicate()


async def test_nothing_heavy_is_loaded_before_the_reply(tmp_path: Path) -> None:
    """The reply to `initialize` needs no SDK, no parser and no database."""
    report = tmp_path / "modules"
    code = (
        "import sys; before = set(sys.modules);"  # a coverage tool brings modules of its own
        "import pathlib; from counterpoint.lsp import transport, serve;"
        "from counterpoint.lsp.protocol import Protocol;"
        "reply = Protocol._reply;"
        f"report = pathlib.Path({str(report)!r});"
        "note = lambda self, i, r: (reply(self, i, r), report.write_text(' '.join({*sys.modules} - before)),"
        " setattr(Protocol, '_reply', reply));"
        "setattr(Protocol, '_reply', note); sys.exit(serve.main([]))"
    )
    async with running("-c", code) as client:
        await client.initialize(rootUri=tmp_path.as_uri())
        assert await client.leave() == 0
    loaded = {name.partition(".")[0] for name in report.read_text().split()}
    heavy = {"openai", "anthropic", "httpx2", "pydantic", "tree_sitter", "rich", "click", "keyring"}
    heavy |= {"watchdog", "sqlite3", "ast_grep_py", "yaml", "xllamacpp"}
    assert "pygls" in loaded
    assert not loaded & heavy
    assert os.environ.get("COUNTERPOINT_HOME")
