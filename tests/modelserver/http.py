"""HTTP/1.1 over asyncio streams: enough to serve strictly, and to misbehave on purpose."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus

MAX_HEAD = 64 * 1024
MAX_BODY = 64 * 1024 * 1024


class ClientGone(Exception):
    """The client closed its socket before we were done."""


@dataclass(frozen=True, slots=True)
class HttpRequest:
    method: str
    target: str
    headers: Mapping[str, str]
    """Names in lower case."""
    body: bytes

    @property
    def path(self) -> str:
        return self.target.partition("?")[0]


class Connection:
    """One socket. A task reads all along, so a client that leaves is noticed at once, whatever we do."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer
        self._buffer = bytearray()
        self._arrived = asyncio.Event()
        self.closed = asyncio.Event()
        self._pump = asyncio.create_task(self._read_all())

    async def _read_all(self) -> None:
        try:
            while data := await self._reader.read(65_536):
                self._buffer += data
                self._arrived.set()
        except OSError:
            pass
        finally:
            self.closed.set()
            self._arrived.set()

    async def _take(self, size: int) -> bytes | None:
        while len(self._buffer) < size:
            if not await self._more():
                return None
        taken = bytes(self._buffer[:size])
        del self._buffer[:size]
        return taken

    async def _more(self) -> bool:
        """Wait for bytes; False when no more will come."""
        if self.closed.is_set():
            return False
        self._arrived.clear()
        await self._arrived.wait()
        return not self.closed.is_set() or bool(self._buffer)

    async def read_request(self) -> HttpRequest | None:
        """The next request, or None when the client has closed or talks something else."""
        while (end := self._buffer.find(b"\r\n\r\n")) < 0:
            if len(self._buffer) > MAX_HEAD or not await self._more():
                return None
        head = bytes(self._buffer[:end]).decode("latin-1").split("\r\n")
        del self._buffer[: end + 4]
        method, _, rest = head[0].partition(" ")
        target, _, version = rest.rpartition(" ")
        if not version.startswith("HTTP/1."):
            return None
        pairs = (line.partition(":") for line in head[1:])
        headers = {name.strip().lower(): value.strip() for name, _, value in pairs}
        body = await self._read_body(headers)
        return None if body is None else HttpRequest(method, target, headers, body)

    async def _read_body(self, headers: Mapping[str, str]) -> bytes | None:
        if headers.get("transfer-encoding", "").lower() == "chunked":
            return await self._read_chunks()
        size = headers.get("content-length", "0")
        return await self._take(int(size)) if size.isdecimal() and int(size) <= MAX_BODY else None

    async def _read_chunks(self) -> bytes | None:
        body = bytearray()
        while True:
            while (end := self._buffer.find(b"\r\n")) < 0:
                if not await self._more():
                    return None
            size = int(bytes(self._buffer[:end]).partition(b";")[0], 16)
            del self._buffer[: end + 2]
            chunk = await self._take(size + 2)
            if chunk is None or len(body) > MAX_BODY:
                return None
            if size == 0:
                return bytes(body)
            body += chunk[:-2]

    async def write_head(self, status: int, headers: Mapping[str, str], length: int | None = None) -> None:
        """The status line and headers; without `length` the body goes in chunks."""
        known = {s.value: s.phrase for s in HTTPStatus}
        framing = {"transfer-encoding": "chunked"} if length is None else {"content-length": str(length)}
        lines = [f"HTTP/1.1 {status} {known.get(status, 'Overloaded')}"]
        lines += [f"{name}: {value}" for name, value in {**headers, **framing}.items()]
        await self.write("\r\n".join([*lines, "", ""]).encode("latin-1"))

    async def write_chunk(self, data: bytes) -> None:
        if data:
            await self.write(b"%x\r\n%s\r\n" % (len(data), data))

    async def end_chunks(self) -> None:
        await self.write(b"0\r\n\r\n")

    async def write(self, data: bytes) -> None:
        if self.closed.is_set():
            raise ClientGone
        try:
            self._writer.write(data)
            await self._writer.drain()
        except OSError as error:
            raise ClientGone from error

    async def pause(self, seconds: float | None) -> None:
        """Wait (None: for ever), but no longer than the client stays: ClientGone then."""
        if seconds is not None and seconds <= 0:
            await asyncio.sleep(0)
        else:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    await self.closed.wait()
        if self.closed.is_set():
            raise ClientGone

    def reset(self) -> None:
        """End by a TCP reset instead of FIN."""
        raw = self._writer.get_extra_info("socket")
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._writer.transport.abort()

    def abandon(self) -> None:
        """Close at once, whatever is left to send."""
        self._pump.cancel()
        self._writer.transport.abort()

    async def close(self) -> None:
        """End by FIN."""
        self._writer.close()
        self._pump.cancel()
        await asyncio.wait({self._pump})
        with contextlib.suppress(OSError):
            await self._writer.wait_closed()
