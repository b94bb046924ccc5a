"""A small editor: starts the real server as a process and speaks JSON-RPC with it. Writes no file."""

from __future__ import annotations

import asyncio
import contextlib
import json
import sys
import time
from collections import deque
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from counterpoint.errors import CounterpointError
from counterpoint.text import Document, language_of

SECONDS = 30.0
_END_SECONDS = 5.0

CAPABILITIES: dict[str, Any] = {
    "general": {"positionEncodings": ["utf-32", "utf-16"]},
    "window": {"workDoneProgress": True, "showMessage": {}},
    "workspace": {
        "applyEdit": True,
        "diagnostics": {"refreshSupport": True},
        "workspaceEdit": {
            "documentChanges": True,
            "resourceOperations": ["create"],
            "changeAnnotationSupport": {},
        },
    },
    "textDocument": {
        "diagnostic": {"relatedInformation": True},
        "inlineCompletion": {},
        "codeAction": {
            "codeActionLiteralSupport": {
                "codeActionKind": {"valueSet": ["", "quickfix", "refactor", "source"]}
            },
            "dataSupport": True,
            "disabledSupport": True,
            "resolveSupport": {"properties": ["edit"]},
        },
    },
}


class ServerFailed(CounterpointError):
    """The server refused a request, or went away."""

    code = "server"
    exit_code = 3


class Editor:
    """One open workspace. `edits` are those the server had us apply."""

    def __init__(self, process: asyncio.subprocess.Process, root: Path) -> None:
        self.root = root
        self.process = process
        self.edits: list[dict[str, Any]] = []
        self.answer: Callable[[dict[str, Any]], str] = lambda params: "Not now"
        """Chooses one of the titles when the server asks the user something."""
        self._waiting: dict[int, asyncio.Future[Any]] = {}
        self._number = 0
        self._tasks = [asyncio.create_task(self._read()), asyncio.create_task(self._read_log())]
        self.log: deque[str] = deque(maxlen=30)

    async def request(self, method: str, params: Any, *, seconds: float = SECONDS) -> Any:
        """Ask the server; raises ServerFailed for an error or no answer in time."""
        self._number += 1
        number = self._number
        future: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._waiting[number] = future
        try:
            self._send({"id": number, "method": method, "params": params})
            async with asyncio.timeout(seconds):
                return await future
        except TimeoutError:
            raise ServerFailed(f"The server did not answer {method} within {seconds:.0f} s.") from None
        finally:
            self._waiting.pop(number, None)

    def notify(self, method: str, params: Any) -> None:
        self._send({"method": method, "params": params})

    async def command(self, name: str, argument: Mapping[str, Any], *, seconds: float = 300.0) -> Any:
        """Run one of the server's commands."""
        params = {"command": f"counterpoint.{name}", "arguments": [argument]}
        return await self.request("workspace/executeCommand", params, seconds=seconds)

    def uri(self, path: str) -> str:
        return (self.root / path).as_uri()

    def path(self, uri: str) -> str:
        """The workspace-relative path of a URI of ours."""
        from urllib.parse import urlsplit
        from urllib.request import url2pathname

        file = Path(url2pathname(urlsplit(uri).path))
        return file.relative_to(self.root).as_posix() if file.is_relative_to(self.root) else str(file)

    def open(self, path: str, text: str, version: int = 1) -> Document:
        """Open a file with a text of the editor's own."""
        language = language_of(path)
        item = {"uri": self.uri(path), "languageId": language, "version": version, "text": text}
        self.notify("textDocument/didOpen", {"textDocument": item})
        return Document.of(path, text, language, version)

    def change(self, path: str, text: str, version: int) -> Document:
        """Replace the whole text of an open file."""
        self.notify(
            "textDocument/didChange",
            {
                "textDocument": {"uri": self.uri(path), "version": version},
                "contentChanges": [{"text": text}],
            },
        )
        return Document.of(path, text, language_of(path), version)

    async def diagnostics(self, path: str, *, seconds: float = SECONDS) -> list[dict[str, Any]]:
        """What the server says of an open file."""
        params = {"textDocument": {"uri": self.uri(path)}}
        found = await self.request("textDocument/diagnostic", params, seconds=seconds)
        return list(found.get("items") or [])

    async def leave(self) -> int:
        """Shut the server down as the protocol says; returns its exit code."""
        if self.process.returncode is None:
            with contextlib.suppress(ServerFailed):
                await self.request("shutdown", None, seconds=_END_SECONDS)
                self.notify("exit", None)
        assert self.process.stdin is not None
        self.process.stdin.close()
        try:
            async with asyncio.timeout(_END_SECONDS):
                code = await self.process.wait()
        except TimeoutError:
            self.process.kill()
            code = await self.process.wait()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        return code

    def _send(self, message: dict[str, Any]) -> None:
        if self.process.returncode is not None or self.process.stdin is None:
            raise self._gone()
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        self.process.stdin.write(b"Content-Length: %d\r\n\r\n%b" % (len(body), body))

    def _gone(self) -> ServerFailed:
        last = f" It said: {self.log[-1]}" if self.log else ""
        return ServerFailed(f"The server ended.{last}", fix="Run `counterpoint doctor`.")

    async def _read(self) -> None:
        stream = self.process.stdout
        assert stream is not None
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                head = await stream.readuntil(b"\r\n\r\n")
                fields = dict(row.split(b": ", 1) for row in head.lower().split(b"\r\n") if b": " in row)
                self._take(json.loads(await stream.readexactly(int(fields[b"content-length"]))))
        for future in self._waiting.values():
            if not future.done():
                future.set_exception(self._gone())

    async def _read_log(self) -> None:
        assert self.process.stderr is not None
        while row := await self.process.stderr.readline():
            self.log.append(row.decode("utf-8", "replace").strip())

    def _take(self, message: dict[str, Any]) -> None:
        if "method" in message:
            self._asked(message)
            return
        future = self._waiting.get(message["id"])
        if future is None or future.done():
            return
        if error := message.get("error"):
            data = error.get("data")
            fix = data.get("fix") if isinstance(data, dict) else None
            future.set_exception(ServerFailed(str(error.get("message")), fix=fix))
        else:
            future.set_result(message.get("result"))

    def _asked(self, message: dict[str, Any]) -> None:
        method, params = message["method"], message.get("params") or {}
        if "id" not in message:
            return
        result: Any = None
        if method == "workspace/applyEdit":
            self.edits.append(params["edit"])
            result = {"applied": True}
        elif method == "window/showMessageRequest":
            chosen = self.answer(params)
            result = next((one for one in params.get("actions") or [] if one["title"] == chosen), None)
        elif method == "workspace/configuration":
            result = [None for _ in params["items"]]
        self._send({"id": message["id"], "result": result})


@asynccontextmanager
async def editor(
    root: Path, environ: Mapping[str, str]
) -> AsyncIterator[tuple[Editor, dict[str, Any], float]]:
    """Start the server on a folder; yields the editor, the server's answer and the seconds it took."""
    started = time.monotonic()
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-P", "-m", "counterpoint", "serve", "--stdio"),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env=dict(environ),
        cwd=root,
        limit=1 << 24,
    )
    client = Editor(process, root)
    try:
        folder = {"uri": root.as_uri(), "name": root.name}
        hello = await client.request(
            "initialize",
            {
                "processId": None,
                "clientInfo": {"name": "counterpoint demo"},
                "rootUri": folder["uri"],
                "workspaceFolders": [folder],
                "capabilities": CAPABILITIES,
            },
        )
        seconds = time.monotonic() - started
        client.notify("initialized", {})
        yield client, hello, seconds
    finally:
        await client.leave()
