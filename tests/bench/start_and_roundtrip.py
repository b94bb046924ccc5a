"""How long until `initialize` is answered, and how long a trivial request takes: ours beside stock pygls.

    python -m tests.bench.start_and_roundtrip [--starts 20] [--requests 2000]

Both servers run in turns within one run, so that a busy machine slows both. Times are wall time; compare
ratios, not figures.
"""

from __future__ import annotations

import gc
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]

STOCK = """
from lsprotocol import types
from pygls.lsp.server import LanguageServer
server = LanguageServer("stock", "1")
@server.feature(types.TEXT_DOCUMENT_HOVER)
def hover(params: types.HoverParams):
    return types.Hover(contents="hello")
server.start_io()
"""
OURS = "import sys; from counterpoint.lsp.serve import main; sys.exit(main(['--log-level', 'warning']))"
# The same handler on our protocol and transport, for the round trip.
OURS_HOVER = """
from lsprotocol import types
from counterpoint.lsp.protocol import Server
from counterpoint.lsp.transport import claim_stdio, converse
channel = claim_stdio()
server = Server("ours", "1")
@server.feature(types.TEXT_DOCUMENT_HOVER)
def hover(params: types.HoverParams):
    return types.Hover(contents="hello")
converse(server, channel)
"""


class Peer:
    """A server process and the plainest client: blocking pipes, one request at a time."""

    def __init__(self, code: str) -> None:
        path = os.pathsep.join((str(ROOT / "server"), os.environ.get("PYTHONPATH", "")))
        self._home = tempfile.TemporaryDirectory()
        self.began = time.perf_counter()
        self._process = subprocess.Popen(
            [sys.executable, "-c", code],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={**os.environ, "PYTHONPATH": path, "COUNTERPOINT_HOME": self._home.name},
        )

    def ask(self, msg_id: int, method: str, params: Any) -> None:
        """Send a request and wait for its reply."""
        self.send({"jsonrpc": "2.0", "id": msg_id, "method": method, "params": params})
        out = self._process.stdout
        assert out is not None
        while True:
            length = 0
            while (line := out.readline()) != b"\r\n":
                assert line, "the server has gone"
                if line.startswith(b"Content-Length: "):
                    length = int(line[16:])
            if json.loads(out.read(length)).get("id") == msg_id:
                return

    def send(self, message: Any) -> None:
        body = json.dumps(message).encode()
        assert self._process.stdin is not None
        self._process.stdin.write(b"Content-Length: %d\r\n\r\n%b" % (len(body), body))
        self._process.stdin.flush()

    def initialize(self) -> float:
        """Seconds from the spawn to the reply."""
        self.ask(0, "initialize", {"processId": None, "rootUri": None, "capabilities": {}})
        took = time.perf_counter() - self.began
        self.send({"jsonrpc": "2.0", "method": "initialized", "params": {}})
        return took

    def close(self) -> None:
        self._process.kill()
        self._process.communicate()
        self._home.cleanup()


@dataclass(frozen=True)
class Pair:
    """A figure of both servers, in milliseconds."""

    stock: float
    ours: float

    @property
    def ratio(self) -> float:
        return self.ours / self.stock


def starts(count: int) -> Pair:
    """Median time from spawn to the reply to `initialize`; one warm-up each, then in turns."""
    taken: dict[str, list[float]] = {STOCK: [], OURS: []}
    for _ in range(count + 1):
        for code, times in taken.items():
            peer = Peer(code)
            times.append(peer.initialize() * 1000)
            peer.close()
    return Pair(*(statistics.median(times[1:]) for times in taken.values()))


def round_trips(count: int, batch: int = 100) -> tuple[Pair, Pair]:
    """p50 and p99 of a hover, the servers taking turns every `batch` requests.

    p99 is that of the middle batch: over all requests it would be the machine's one hiccup, which hits either
    server by chance.
    """
    peers = [Peer(STOCK), Peer(OURS_HOVER)]
    taken: list[list[float]] = [[], []]
    gc.disable()  # the client's own pauses are not the question
    params = {"textDocument": {"uri": "file:///a.py"}, "position": {"line": 1, "character": 2}}
    try:
        for peer in peers:
            peer.initialize()
            for number in range(1, 50):
                peer.ask(number, "textDocument/hover", params)
        for start in range(0, count, batch):
            for peer, times in zip(peers, taken, strict=True):
                for number in range(start, start + batch):
                    begun = time.perf_counter()
                    peer.ask(1000 + number, "textDocument/hover", params)
                    times.append((time.perf_counter() - begun) * 1000)
    finally:
        gc.enable()
        for peer in peers:
            peer.close()
    p99 = (
        statistics.median(_at(times[start : start + batch], 0.99) for start in range(0, count, batch))
        for times in taken
    )
    return Pair(*(_at(times, 0.5) for times in taken)), Pair(*p99)


def _at(times: Sequence[float], share: float) -> float:
    return sorted(times)[int(share * (len(times) - 1))]


def main() -> None:
    given = dict(zip(sys.argv[1::2], sys.argv[2::2], strict=True))
    p50, p99 = round_trips(int(given.get("--requests", 2000)))
    rows = (("spawn to initialize", starts(int(given.get("--starts", 20)))), ("p50", p50), ("p99", p99))
    for name, pair in rows:
        print(f"{name:20} stock {pair.stock:8.3f} ms   ours {pair.ours:8.3f} ms   ratio {pair.ratio:.2f}")


if __name__ == "__main__":
    main()
