"""The service's process and its pipes, seen from the event loop."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from typing import Any

from counterpoint.index.wire import MAX_LINE, unpacked

COMMAND = (sys.executable, "-P", "-m", "counterpoint.index.service")
_NOT_FOR_IT = ("_API_KEY", "_TOKEN", "_SECRET", "_PASSWORD")
_GOODBYE = 2.0
_FULL = 16 << 20
"""Bytes that may wait to be written to a process which does not read."""


class Child:
    """A running service."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self._reading: asyncio.Task[None] | None = None

    @classmethod
    async def start(
        cls, command: Sequence[str], heard: Callable[[dict[str, Any]], None], ended: Callable[[], None]
    ) -> Child:
        """Start the process; `heard` gets each message, `ended` is called if it ends by itself.

        Raises OSError.
        """
        process = await asyncio.create_subprocess_exec(
            *command,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            env={name: value for name, value in os.environ.items() if not name.endswith(_NOT_FOR_IT)},
            limit=MAX_LINE,
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        )
        child = cls(process)
        child._reading = asyncio.create_task(child._read(heard, ended))
        return child

    @property
    def pid(self) -> int:
        return self._process.pid

    def send(self, line: bytes) -> bool:
        """Hand a line to the transport; False if too much waits there already, or the process has ended."""
        stdin = self._process.stdin
        assert stdin is not None
        if stdin.is_closing() or stdin.transport.get_write_buffer_size() > _FULL:
            return False
        stdin.write(line)
        return True

    async def _read(self, heard: Callable[[dict[str, Any]], None], ended: Callable[[], None]) -> None:
        stdout = self._process.stdout
        assert stdout is not None
        try:
            while line := await stdout.readline():
                heard(unpacked(line))
        except (ValueError, ConnectionError):
            self.kill()
        await self._process.wait()
        ended()

    def kill(self) -> None:
        """End it at once; what it kept on disk stays whole."""
        if self._process.returncode is None:
            self._process.kill()

    async def end(self) -> None:
        """Close its stdin and wait a moment; then end it."""
        if self._reading is not None:
            self._reading.cancel()
        if self._process.stdin is not None:
            self._process.stdin.close()
        try:
            async with asyncio.timeout(_GOODBYE):
                await self._drained()
        except TimeoutError:
            self.kill()
            await self._process.wait()

    async def _drained(self) -> None:
        """Read to the end what it still has to say, lest it blocks on a full pipe."""
        assert self._process.stdout is not None
        if self._reading is not None:
            await asyncio.wait([self._reading])
        while await self._process.stdout.read(1 << 16):
            pass
        await self._process.wait()
