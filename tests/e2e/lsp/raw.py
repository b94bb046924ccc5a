"""A client that speaks bytes: it can send what no editor would, and sees all that comes back."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import sys
from collections.abc import AsyncIterator, Callable, Mapping
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[3]
SECONDS = 60.0
"""Nothing here takes more than some seconds; where ten processes want two cores a review took over twenty."""

Message = dict[str, Any]


def frame(message: Any, header: str = "Content-Length") -> bytes:
    body = message if isinstance(message, bytes) else json.dumps(message).encode()
    return f"{header}: {len(body)}\r\n\r\n".encode() + body


class Client:
    """One server process. Everything received is kept in `seen`, in order."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process
        self.seen: list[Message] = []
        self.garbage: list[bytes] = []
        self.answers: dict[str, Callable[[Any], Any]] = {}
        """What this client answers to the server's requests, by method; others get an error."""
        self._news = asyncio.Condition()
        self._last = 0
        self._reader = asyncio.create_task(self._read())

    async def _read(self) -> None:
        stream = self.process.stdout
        assert stream is not None
        length = 0
        while line := await stream.readline():
            name, _, value = line.decode("utf-8", "replace").partition(":")
            if name == "Content-Length":
                length = int(value)
            elif line == b"\r\n" and length:
                message = json.loads(await stream.readexactly(length))
                length = 0
                await self._take(message)
            elif name != "Content-Type":
                self.garbage.append(line)

    async def _take(self, message: Message) -> None:
        async with self._news:
            self.seen.append(message)
            self._news.notify_all()
        method = message.get("method")
        if method is not None and "id" in message:
            answer = self.answers.get(method)
            if answer is None:
                error = {"code": -32601, "message": "not here"}
                await self.send({"jsonrpc": "2.0", "id": message["id"], "error": error})
            elif (result := answer(message.get("params"))) is not NotImplemented:
                await self.send({"jsonrpc": "2.0", "id": message["id"], "result": result})

    async def send(self, message: Any) -> None:
        await self.send_bytes(frame(message))

    async def send_bytes(self, data: bytes) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(data)
        with contextlib.suppress(ConnectionError):
            await self.process.stdin.drain()

    async def start(self, method: str, *params: Any) -> int:
        """Send a request and return its id. Without `params` the member is left out."""
        self._last += 1
        extra = {"params": params[0]} if params else {}
        await self.send({"jsonrpc": "2.0", "id": self._last, "method": method, **extra})
        return self._last

    async def notify(self, method: str, params: Any) -> None:
        await self.send({"jsonrpc": "2.0", "method": method, "params": params})

    async def reply(self, msg_id: Any, seconds: float = SECONDS) -> Message:
        """The reply to a request, error or not."""
        return await self.until(lambda m: m.get("id") == msg_id and "method" not in m, seconds)

    async def request(self, method: str, *params: Any) -> Any:
        """The result; an error fails the test."""
        message = await self.reply(await self.start(method, *params))
        assert "error" not in message, message
        return message["result"]

    async def error(self, method: str, *params: Any) -> Message:
        message = await self.reply(await self.start(method, *params))
        assert "error" in message, message
        error: Message = message["error"]
        return error

    async def until(self, wanted: Callable[[Message], bool], seconds: float = SECONDS) -> Message:
        """The first message, past or to come, that fits."""

        def found() -> Message | None:
            return next((message for message in self.seen if wanted(message)), None)

        async with asyncio.timeout(seconds), self._news:
            while (message := found()) is None:
                await self._news.wait()
        return message

    def notices(self, method: str) -> list[Message]:
        return [message["params"] for message in self.seen if message.get("method") == method]

    async def command(self, name: str, argument: Any) -> Any:
        return await self.request("workspace/executeCommand", {"command": name, "arguments": [argument]})

    async def initialize(self, **extra: Any) -> Any:
        params = {"processId": None, "rootUri": None, "capabilities": {}, **extra}
        result = await self.request("initialize", params)
        await self.notify("initialized", {})
        return result

    async def leave(self) -> int:
        """`shutdown`, `exit`, and the exit code. stdin stays open, as with a real editor."""
        await self.request("shutdown")
        await self.send({"jsonrpc": "2.0", "method": "exit"})
        return await self.gone()

    async def gone(self, seconds: float = SECONDS) -> int:
        return await asyncio.wait_for(self.process.wait(), seconds)

    async def close(self) -> None:
        """End the server as an editor's host would, so that it can save what measures it."""
        with contextlib.suppress(TimeoutError, ProcessLookupError):
            if self.process.returncode is None:
                self.process.terminate()
                await self.gone(30)
        if self.process.returncode is None:
            self.process.kill()
        await self.process.wait()
        assert self.process.stdin is not None
        self.process.stdin.close()
        self._reader.cancel()
        await asyncio.gather(self._reader, return_exceptions=True)
        await asyncio.sleep(0)


def environment(extra: Mapping[str, str] | None = None) -> dict[str, str]:
    path = os.pathsep.join((str(ROOT / "server"), str(ROOT)))
    return {**os.environ, "PYTHONPATH": path, "PYTHONUNBUFFERED": "1", **(extra or {})}


@contextlib.asynccontextmanager
async def running(
    *command: str, env: Mapping[str, str] | None = None, kind: type[Client] | None = None
) -> AsyncIterator[Client]:
    """Start `python COMMAND...` and talk to it; it is killed at the end if it is still there."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *command,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=None if os.environ.get("LSP_TRACE") else asyncio.subprocess.DEVNULL,
        env=environment(env),
        cwd=ROOT,
        limit=2**26,
    )
    client = (kind or Client)(process)
    try:
        yield client
    finally:
        await client.close()


SERVE = ("-c", "import sys; from counterpoint.lsp.serve import main; sys.exit(main(sys.argv[1:]))", "--stdio")
