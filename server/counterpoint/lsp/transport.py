"""The connection: a thread that reads, a thread that writes, and the loop between them.

The reader shares no pool with anything, so no amount of work can keep a cancellation from being read.
Each message costs one hop to the loop. The loop never waits for a client that is slow to read.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import logging
import os
import queue
import select
import signal
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from counterpoint.lsp.framing import Corrupt, Frames, decode
from counterpoint.lsp.parent import Parent
from counterpoint.lsp.protocol import Server

logger = logging.getLogger(__name__)

SMALL = getattr(select, "PIPE_BUF", 512)
"""A pipe that is ready for writing takes this many bytes at once."""

_CHUNK = 64 * 1024
_PARENT_SECONDS = 2.0
_CLOSE_SECONDS = 2.0
_LAST_RESORT_SECONDS = 6.0


@dataclass(frozen=True, slots=True)
class Channel:
    """Two ends of a byte stream. `read` gives b"" at the end; `write` takes all it is given."""

    read: Callable[[], bytes]
    write: Callable[[bytes], None]
    ready: Callable[[], bool] = lambda: False
    """True if `SMALL` bytes can be written at once without waiting."""
    strict: bool = False


def claim_stdio() -> Channel:
    """Take stdin and stdout for the protocol and leave harmless ones in their place.

    Afterwards nothing else in this process, nor a child of it, can read the client's bytes or put its
    own among ours: descriptor 0 is empty and descriptor 1 is stderr.
    """
    source, sink = os.dup(0), os.dup(1)
    if sys.platform == "win32":
        import msvcrt

        msvcrt.setmode(source, os.O_BINARY)
        msvcrt.setmode(sink, os.O_BINARY)
    nothing = os.open(os.devnull, os.O_RDWR)
    os.dup2(nothing, 0)
    try:
        os.dup2(2, 1)
    except OSError:  # started without a stderr
        os.dup2(nothing, 1)
        os.dup2(nothing, 2)
    os.close(nothing)
    sys.stdout = sys.stderr
    return Channel(lambda: _read(source), lambda data: _write(sink, data), _ready(sink))


def _read(descriptor: int) -> bytes:
    try:
        return os.read(descriptor, _CHUNK)
    except OSError:
        return b""


def _write(descriptor: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]


def _ready(descriptor: int) -> Callable[[], bool]:
    if not hasattr(select, "poll"):
        return lambda: False
    poll = select.poll()
    poll.register(descriptor, select.POLLOUT)
    return lambda: poll.poll(0) == [(descriptor, select.POLLOUT)]


def accept_one(host: str, port: int, announce: Callable[[int], None]) -> Channel:
    """Wait for one client on a loopback address. `announce` gets the port in use, for port 0."""
    with socket.create_server((host, port), family=_family(host)) as listener:
        announce(listener.getsockname()[1])
        connection, _ = listener.accept()
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def read() -> bytes:
        try:
            return connection.recv(_CHUNK)
        except OSError:
            return b""

    return Channel(read, connection.sendall, strict=True)


def _family(host: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in host else socket.AF_INET


class Writer:
    """Sends frames in order and never makes the loop wait. A broken pipe is the reader's to notice.

    A small frame goes out at once where the client can take it; all others go through a thread.
    """

    def __init__(self, channel: Channel) -> None:
        self._send = channel.write
        self._ready = channel.ready
        self._waiting = 0
        self._lock = threading.Lock()
        self._queue: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="lsp-writer", daemon=True)
        self._thread.start()

    def write(self, data: bytes) -> None:
        with self._lock:
            idle = self._waiting == 0
            if not idle or len(data) > SMALL or not self._ready():
                self._waiting += 1
                self._queue.put(data)
                return
        with contextlib.suppress(OSError):
            self._send(data)

    def close(self) -> None:
        """Send what is left, but wait only so long for a client that does not read."""
        self._queue.put(None)
        self._thread.join(_CLOSE_SECONDS)

    def _run(self) -> None:
        with contextlib.suppress(OSError):
            while (data := self._queue.get()) is not None:
                self._send(data)
                with self._lock:
                    self._waiting -= 1


def converse(server: Server, channel: Channel) -> int:
    """Serve one client until it leaves, dies or a signal comes. Returns the process's exit code."""
    gc.freeze()  # a full collection over all imported classes would hold up a key press
    return asyncio.run(_converse(server, channel))


async def _converse(server: Server, channel: Channel) -> int:
    loop = asyncio.get_running_loop()
    finished: asyncio.Future[int] = loop.create_future()

    def finish(code: int) -> None:
        if not finished.done():
            finished.set_result(code)

    writer = Writer(channel)
    server.protocol.set_writer(writer)
    server.protocol.on_exit = finish
    watches: set[asyncio.Task[None]] = set()
    server.protocol.on_parent = lambda pid: watches.add(loop.create_task(_watch_parent(Parent(pid), finish)))
    _start_reader(loop, channel, server, finish)
    with _signals(loop, finish):
        code = await finished
        _leave_at_last(code)
        for watch in watches:
            watch.cancel()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(server.close(), _CLOSE_SECONDS)
    writer.close()
    return code


def _start_reader(
    loop: asyncio.AbstractEventLoop, channel: Channel, server: Server, finish: Callable[[int], None]
) -> None:
    protocol = server.protocol

    def end() -> None:
        finish(0 if protocol.shut_down else 1)

    def run() -> None:
        frames = Frames(strict=channel.strict)
        with contextlib.suppress(RuntimeError):  # the loop has closed: nobody listens any more
            try:
                while data := channel.read():
                    for body in frames.feed(data):
                        _deliver(loop, protocol.handle_message, body)
            except Corrupt as error:
                logger.error("Lost the client's stream: %s", error)
            loop.call_soon_threadsafe(end)

    threading.Thread(target=run, name="lsp-reader", daemon=True).start()


def _deliver(loop: asyncio.AbstractEventLoop, handle: Callable[[Any], None], body: bytes) -> None:
    try:
        message = decode(body)
    except ValueError:
        message = None
    loop.call_soon_threadsafe(handle, message)


async def _watch_parent(parent: Parent, finish: Callable[[int], None]) -> None:
    try:
        while not parent.gone():  # noqa: ASYNC110 -- not every system tells of a process that ends
            await asyncio.sleep(_PARENT_SECONDS)
    finally:
        parent.close()
    logger.warning("The editor has gone; leaving")
    finish(1)


@contextlib.contextmanager
def _signals(loop: asyncio.AbstractEventLoop, finish: Callable[[int], None]) -> Iterator[None]:
    """Leave on SIGTERM, SIGINT and SIGHUP as on any other end: with clean-up, and with 128 + number."""
    names = [name for name in ("SIGTERM", "SIGINT", "SIGHUP") if hasattr(signal, name)]
    for name in names:
        number = getattr(signal, name)
        try:
            loop.add_signal_handler(number, finish, 128 + number)
        except NotImplementedError:  # Windows
            signal.signal(number, lambda got, _: loop.call_soon_threadsafe(finish, 128 + got))
    try:
        yield
    finally:
        for name in names:
            with contextlib.suppress(NotImplementedError):
                loop.remove_signal_handler(getattr(signal, name))


def _leave_at_last(code: int) -> None:
    """A thread of some library may keep the interpreter from ending; the editor must not wait for it."""
    timer = threading.Timer(_LAST_RESORT_SECONDS, os._exit, (code,))
    timer.daemon = True
    timer.start()
