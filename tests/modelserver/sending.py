"""Sends a planned reply at its pace, and misbehaves where a fault says so."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from . import sse
from .calls import Call, Frame, Reply
from .faults import Fault, Trouble
from .http import Connection
from .records import Exchange
from .script import Pace

_MID_STREAM = frozenset(
    {Fault.HANG_MID_STREAM, Fault.DROP_MID_STREAM, Fault.RESET_MID_STREAM, Fault.EARLY_END}
    | {Fault.ERROR_EVENT, Fault.FAILED_EVENT}
)
_HTML = b"<!doctype html><html><head><title>Sign in</title></head><body>Sign in to the network</body></html>"
_AFTER_TOKENS = 3
_DRIP = 0.25
_SETTLE = 0.05
"""Seconds given to the client to read what was sent before a reset, which may throw it away."""


@dataclass(slots=True)
class Sending:
    """One reply on its way to one client."""

    connection: Connection
    exchange: Exchange
    call: Call
    reply: Reply
    headers: dict[str, str]
    pace: Pace
    trouble: Trouble | None
    on_begun: Callable[[], None]
    error_frame: Callable[[Fault, str, str], Frame]
    """(fault, code, message) -> the wire's error event."""
    _waited: bool = field(default=False)

    @property
    def fault(self) -> Fault | None:
        return self.trouble.fault if self.trouble else None

    async def stream(self, frames: Iterator[Frame]) -> bool:
        """Send frames as an event stream. True when the connection can be used again."""
        kind = {"content-type": "text/event-stream; charset=utf-8", "cache-control": "no-cache"}
        self.exchange.status = 200
        await self.connection.write_head(200, {**self.headers, **kind})
        if self.fault is Fault.HANG_AFTER_HEADERS:
            await self.connection.pause(None)
        if self.fault is not Fault.NO_BODY:
            for frame in frames:
                if self._is_time(frame):
                    return await self._misbehave()
                await self._send(frame)
            self.exchange.complete = True
        self.exchange.finished = True
        await self.connection.end_chunks()
        return True

    def _is_time(self, frame: Frame) -> bool:
        if self.trouble is None or self.fault not in _MID_STREAM:
            return False
        after = min(self.trouble.option("after_tokens", _AFTER_TOKENS), len(self.reply.pieces))
        started = frame.tokens > 0 or self.exchange.streamed > 0 or not self.reply.pieces
        return started and self.exchange.streamed >= after and self.exchange.begun

    async def _send(self, frame: Frame) -> None:
        if frame.tokens:
            await self._wait_for_token()
        if self.fault is Fault.UNKNOWN_EVENT and frame.tokens:
            await self.connection.write_chunk(sse.encode(sse.unknown(self.call.wire)))
        data = sse.encode(frame, self.fault)
        if self.fault is Fault.SPLIT_UTF8:
            for i in range(len(data)):
                await self.connection.write_chunk(data[i : i + 1])
        else:
            await self.connection.write_chunk(data)
        self._begin()
        self.exchange.streamed += frame.tokens

    def _begin(self) -> None:
        if not self.exchange.begun:
            self.exchange.begun = True
            self.on_begun()

    async def _wait_for_token(self) -> None:
        if not self._waited:
            await self._held()
        seconds = self.pace.between if self._waited else self.pace.first_token
        if self.trouble is not None and self.fault is Fault.SLOW_DRIP:
            seconds = self.trouble.option("between", _DRIP)
        self._waited = True
        await self.connection.pause(seconds)

    async def _held(self) -> None:
        """Until the test lets the answer go."""
        while self.pace.until is not None and not self.pace.until.is_set():
            await self.connection.pause(0.01)

    async def _misbehave(self) -> bool:
        assert self.trouble is not None
        if self.fault is Fault.HANG_MID_STREAM:
            await self.connection.pause(None)
        if self.fault is Fault.RESET_MID_STREAM:
            await self.connection.pause(_SETTLE)
            self.connection.reset()
            return False
        if self.fault is Fault.DROP_MID_STREAM:
            return False
        if self.fault in (Fault.ERROR_EVENT, Fault.FAILED_EVENT):
            message = self.trouble.option("message", "The server had an error in the middle of the answer.")
            frame = self.error_frame(self.trouble.fault, self.trouble.option("code", ""), message)
            await self.connection.write_chunk(sse.encode(frame))
        self.exchange.finished = True
        await self.connection.end_chunks()
        return True

    async def whole(self, answer: dict[str, object]) -> bool:
        """Send the reply as one JSON object."""
        await self._held()
        await self.connection.pause(self.pace.first_token + self.pace.between * len(self.reply.pieces))
        data = json.dumps(answer, ensure_ascii=False).encode("utf-8", "replace")
        data = self._spoiled(data)
        self.exchange.status = 200
        kind = {"content-type": "application/json"}
        await self.connection.write_head(200, {**self.headers, **kind}, len(data))
        if self.fault is Fault.HANG_AFTER_HEADERS:
            await self.connection.pause(None)
        self._begin()
        if self.fault in _MID_STREAM:
            await self.connection.write(data[: len(data) // 2])
            self.exchange.streamed = len(self.reply.pieces)
            return self.fault is not Fault.EARLY_END and await self._misbehave_whole()
        self.exchange.streamed = len(self.reply.pieces)
        self.exchange.complete = self.exchange.finished = True
        await self._write_pieces(data)
        return True

    async def _misbehave_whole(self) -> bool:
        if self.fault is Fault.HANG_MID_STREAM:
            await self.connection.pause(None)
        if self.fault is Fault.RESET_MID_STREAM:
            await self.connection.pause(_SETTLE)
            self.connection.reset()
        return False

    def _spoiled(self, data: bytes) -> bytes:
        if self.fault is Fault.BROKEN_JSON:
            return data[: len(data) // 2]
        if self.fault is Fault.INVALID_UTF8:
            return data.replace(b'"', b'"\xff', 1)
        return b"" if self.fault is Fault.NO_BODY else data

    async def _write_pieces(self, data: bytes) -> None:
        step = 1 if self.fault is Fault.SPLIT_UTF8 else len(data) or 1
        for i in range(0, len(data), step):
            await self.connection.write(data[i : i + step])


async def html(connection: Connection, status: int, headers: dict[str, str]) -> None:
    """The page of some proxy or captive portal."""
    await connection.write_head(status, {**headers, "content-type": "text/html"}, len(_HTML))
    await connection.write(_HTML)
