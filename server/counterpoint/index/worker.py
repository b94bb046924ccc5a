"""A worker process of the index: reads and parses files for `workers.Pool`.

It lives as long as its stdin is open, so it ends with its parent. Messages are frames: four bytes of length,
then `marshal`, since both ends are the same Python.

    in   (root, largest file in bytes, [(digest, language), ...] that need no parse)      once, first
    in   [(path, language, digest or b""), ...]            files; the digest is that of what is known of it
    out  [(path, entry or reason), ...]                    in the order asked for
"""

from __future__ import annotations

import contextlib
import faulthandler
import gc
import marshal
import os
import signal
import sys
import time
from typing import IO, Any

from counterpoint.index.reading import Entry, Packed, Stamp, examine

_LENGTH = 4


def send(stream: IO[bytes], message: Any) -> None:
    """Write a frame. Raises OSError if the other end is gone."""
    data = marshal.dumps(message)
    stream.write(len(data).to_bytes(_LENGTH, "little") + data)
    stream.flush()


def receive(stream: IO[bytes]) -> Any:
    """Read a frame; None if the other end is gone."""
    head = stream.read(_LENGTH)
    if len(head) < _LENGTH:
        return None
    size = int.from_bytes(head, "little")
    data = stream.read(size)
    return marshal.loads(data) if len(data) == size else None


def plain(entry: Entry | str) -> Any:
    """What `marshal` can write."""
    if isinstance(entry, str):
        return entry
    packed = None if entry.packed is None else tuple(entry.packed)
    return (entry.path, entry.language, tuple(entry.stamp), entry.digest, entry.lines, packed, entry.terms)


def entry_of(row: Any) -> Entry | str:
    """The inverse of `plain`."""
    if isinstance(row, str):
        return row
    path, language, stamp, digest, lines, packed, terms = row
    return Entry(path, language, Stamp(*stamp), digest, lines, packed and Packed(*packed), terms)


def serve(source: IO[bytes], sink: IO[bytes]) -> None:
    """Answer until the parent closes its end."""
    hello = receive(source)
    if hello is None:
        return
    root, limit, known = hello
    remembered = frozenset(known)
    while (asked := receive(source)) is not None:
        answer = []
        started = time.process_time()
        for path, language, digest in asked:
            known = remembered | {(digest, language)} if digest else remembered
            found = examine(root, path, language, limit, lambda *content, known=known: content in known)
            answer.append((path, plain(found)))
        send(sink, (time.process_time() - started, answer))


def main() -> None:
    """Take stdin and stdout for the conversation, so that nothing else can write into it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent decides, by closing its end
    if hasattr(os, "nice"):
        with contextlib.suppress(OSError):
            os.nice(10)
    sink = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    faulthandler.disable()
    # Facts hold no cycles; looking for some costs a tenth of the time.
    gc.disable()
    with contextlib.suppress(OSError):
        serve(sys.stdin.buffer, sink)


if __name__ == "__main__":
    main()
