"""Documents taken apart by the service, a few milliseconds at a time: whoever types goes first.

    in   {"op": "outline", "id", "language", "text", "seconds"}
    out  {"id", "outline": [source, errors, [block, ...]]}     or {"id", "late": true}

A document need not be open. What was taken apart lately is known by its text.
"""

from __future__ import annotations

import hashlib
import time
from collections import deque
from collections.abc import Awaitable, Callable, Generator, Iterator, Mapping, Sequence
from dataclasses import fields
from typing import Any

from counterpoint.context.blocks import Block, Outline, whole
from counterpoint.context.parsing import encoded, has_grammar, parse_until, with_line_feeds
from counterpoint.context.symbols import Symbols
from counterpoint.index.caches import Recent
from counterpoint.text import Document

Ask = Callable[[Callable[[], dict[str, Any]], float], Awaitable[dict[str, Any]]]
"""A row for the service and the time, of the monotonic clock, until which its reply is waited for."""

_SLICE = 0.002
"""Seconds of work before messages are looked at again."""
_KEPT = 4_000_000
_AT_ONCE = 4
"""Documents on their way at a time, so that the pipe has room for other questions."""
_NAMES = tuple(one.name for one in fields(Block))


class Outlines:
    """The documents that wait to be taken apart, in the order in which they came."""

    def __init__(self, send: Callable[[Any], None], clock: Callable[[], float] = time.monotonic) -> None:
        self._send = send
        self._clock = clock
        self._waiting: deque[tuple[float, Mapping[str, Any]]] = deque()
        self._work: Iterator[None] | None = None
        self._kept: Recent[bytes, list[Any]] = Recent(_KEPT)

    def add(self, at: float, message: Mapping[str, Any]) -> None:
        """A document that came in at a time of the clock."""
        self._waiting.append((at + message["seconds"], message))

    def step(self) -> bool:
        """Do some of the work. False if there is none."""
        if self._work is None:
            if not self._waiting:
                return False
            self._work = self._one(*self._waiting.popleft())
        until = self._clock() + _SLICE
        while next(self._work, self) is not self:
            if self._clock() >= until:
                break
        else:
            self._work = None
        time.sleep(0)  # the thread that reads would else wait for the interpreter's own switch, 5 ms
        return True

    def _one(self, deadline: float, message: Mapping[str, Any]) -> Iterator[None]:
        """Take one document apart and tell its outline, or that there was no time for it."""
        number = message["id"]
        try:
            language, text = message["language"], encoded(message["text"])
            key = hashlib.sha256(language.encode() + b"\0" + text).digest()
            row = self._kept.get(key)
            if row is None:
                yield
                row = yield from self._row(deadline, language, text)
            if row is None:
                self._send({"id": number, "late": True})
                return
            self._kept.put(key, row, 200 * len(row[2]) + 100)
            self._send({"id": number, "outline": row})
        except Exception as error:  # noqa: BLE001 the edge of this process: one bad text must not end it
            self._send({"id": number, "error": type(error).__name__})

    def _row(self, deadline: float, language: str, text: bytes) -> Generator[None, None, list[Any] | None]:
        if not has_grammar(language):
            return outline_row(whole(text.decode("utf-8", "surrogatepass")))
        from counterpoint.context.outlining import blocks, errors

        parsed = parse_until(language, with_line_feeds(text), lambda at, error: self._clock() > deadline)
        if parsed is None:
            return None
        yield
        found: list[Block] = []
        for block in blocks(parsed):
            found.append(block)
            if self._clock() > deadline:
                return None
            yield
        return outline_row(Outline(tuple(found), "tree", errors(parsed)))


def outline_row(outline: Outline) -> list[Any]:
    """An outline as plain values."""
    rows = [[getattr(block, name) for name in _NAMES] for block in outline.blocks]
    return [outline.source, outline.errors, rows]


def read_outline(row: Sequence[Any]) -> Outline:
    """The outline of a row."""
    source, errors, blocks = row
    found = []
    for values in blocks:
        one = dict(zip(_NAMES, values, strict=True))
        one["calls"] = tuple(one["calls"])
        one["rest"] = tuple((first, last) for first, last in one["rest"])
        found.append(Block(**one))
    return Outline(tuple(found), source, errors)


def defining(message: Mapping[str, Any], symbols: Symbols) -> dict[str, Any]:
    """The files that define the last part of a qualified name."""
    name = message["name"].rpartition(".")[2]
    places = symbols.defined([name]).get(name, ())
    return {"paths": sorted({place.path for place in places})}


def mentioning(message: Mapping[str, Any], symbols: Symbols) -> dict[str, Any]:
    """The files that have any of some words, in code, comments or strings."""
    found = symbols.files(message["names"])
    return {"paths": sorted({path for paths in found.values() for path in paths})}


# -- the other end of the pipe


async def asked(ask: Ask, documents: Sequence[Document], seconds: float) -> tuple[Outline | None, ...]:
    """The outlines of documents, None for each that is not known within so many seconds."""
    import asyncio  # here: the service at the other end has no event loop

    until = time.monotonic() + seconds
    gate = asyncio.Semaphore(_AT_ONCE)

    async def one(document: Document) -> Outline | None:
        if not document.text.strip():
            return Outline(())
        async with gate:
            if time.monotonic() >= until:
                return None
            row = {"op": "outline", "language": document.language, "text": document.text}
            reply = await ask(lambda: row, until)
            return read_outline(reply["outline"]) if "outline" in reply else None

    return tuple(await asyncio.gather(*map(one, documents)))


async def asked_defining(ask: Ask, name: str, seconds: float) -> tuple[str, ...]:
    """The files that define a name; none if that is not known within so many seconds."""
    reply = await ask(lambda: {"op": "defining", "name": name}, time.monotonic() + seconds)
    return tuple(reply.get("paths", ()))


async def asked_mentioning(ask: Ask, names: Sequence[str], seconds: float) -> tuple[str, ...] | None:
    """The files that have any of some words; None if that is not known within so many seconds."""
    reply = await ask(lambda: {"op": "mentioning", "names": [*names]}, time.monotonic() + seconds)
    return tuple(reply["paths"]) if "paths" in reply else None
