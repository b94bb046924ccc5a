"""The index service: a process with the trees of open documents and the workspace's symbols.

It reads messages from stdin (see `wire`), answers on stdout, and lives as long as its stdin is open, so that
it dies with its parent. One thread reads, one works. The work's order: what came in, in order, then one small
piece of indexing at a time. Of completions in one document only the newest is answered.
"""

from __future__ import annotations

import contextlib
import faulthandler
import os
import queue
import signal
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import IO, Any, Protocol

from counterpoint.context.parsing import Parsed, encoded, has_grammar, parse_until
from counterpoint.context.question import Question, Selection
from counterpoint.context.symbols import Symbols
from counterpoint.index import impacts
from counterpoint.index.desk import Desk, same_text
from counterpoint.index.edits import LineEdit
from counterpoint.index.outlines import Outlines, defining, mentioning
from counterpoint.index.places import answered
from counterpoint.index.wire import packed, read_question, selection_row, unpacked

_PARSING_SHARE = 0.5
"""Of the time a question has, as much may go into its tree."""
_QUIET = 1.0
"""Seconds without a message before facts of changed documents are taken anew."""
_LAG = 4.0
"""Seconds after which that is done between two messages."""
_EVERY, _PLACES = 150, 16
"""A document just opened is looked at every so many lines, in so many places at most."""
_COLD = 64

Selecting = Callable[[Question, Symbols, Parsed | None], Selection]
Message = dict[str, Any]


class Indexing(Protocol):
    """What the service needs of `indexer.Indexer`."""

    @property
    def symbols(self) -> Symbols: ...
    def open(self) -> None: ...
    def sweep(self) -> None: ...
    def touched(self, paths: list[str]) -> None: ...
    def watch(self) -> bool: ...
    @property
    def watching(self) -> bool: ...
    def step(self, wait: float = 0.0) -> bool: ...
    @property
    def progress(self) -> Any: ...
    def due(self) -> float | None: ...
    def notices(self) -> list[str]: ...
    def close(self) -> None: ...


class Service:
    """The working thread's state."""

    def __init__(
        self, root: Path, indexing: Indexing, send: Callable[[Any], None], select: Selecting
    ) -> None:
        self._desk = Desk(root)
        self._indexing = indexing
        self._send = send
        self._select = select
        self._waiting: deque[tuple[float, Message]] = deque()
        self._cold: deque[tuple[str, int]] = deque(maxlen=_COLD)
        self._heard = time.monotonic()
        self._told: tuple[int, int, str] | None = None
        self._outlines = Outlines(send)

    def run(self, inbox: queue.SimpleQueue[tuple[float, Message] | None]) -> None:
        """Work until the inbox says that the parent has gone. None in it only wakes."""
        while True:
            self._collect(inbox, self._pause())
            while self._waiting:
                at, message = self._waiting.popleft()
                if message.get("op") == "bye":
                    return
                self._handle(at, message)
                self._collect(inbox, 0.0)

    def _pause(self) -> float | None:
        """Do a piece of work in the background; seconds to wait for a message, None for without end."""
        busy = self._outlines.step() or self._indexing.step()
        self._tell()
        if busy:
            return 0.0
        due = self._indexing.due()
        left = self._heard + _QUIET - time.monotonic()
        if self._desk.tidy(_LAG if left > 0 else 0.0) or self._warm(left <= 0):
            return 0.0
        if left > 0:
            return left if due is None else min(left, due)
        return due

    def _warm(self, quiet: bool) -> bool:
        """Ask about a place in a document just opened, so that the names in it, and the files like it, are
        known at the first key there: its beginning at once, the others while nobody types."""
        path = self._desk.opened_since()
        if path is not None and (live := self._desk.get(path)) is not None:
            step = max(_EVERY, live.data.count(b"\n") // _PLACES + 1)
            self._cold.extendleft((path, line) for line in range(0, live.data.count(b"\n") + 1, step)[::-1])
        elif not quiet or not self._cold:
            return False
        path, line = self._cold.popleft()
        live = self._desk.get(path)
        if live is None:
            return True
        question = Question("completion", path, live.language, live.text, line)
        try:
            self._select(question, self._desk.over(self._indexing.symbols, path, at_once=False), None)
        except Exception:  # noqa: BLE001 whoever asks in earnest will be told
            return True
        return True

    def _collect(self, inbox: queue.SimpleQueue[tuple[float, Message] | None], seconds: float | None) -> None:
        """Move all that has come in to the waiting ones, after waiting for the first."""
        try:
            item = inbox.get(timeout=seconds) if seconds != 0.0 else inbox.get_nowait()
            while True:
                if item is not None:
                    self._heard = time.monotonic()
                    self._waiting.append(item)
                item = inbox.get_nowait()
        except queue.Empty:
            return

    def _tell(self) -> None:
        progress = self._indexing.progress
        now = (progress.done, progress.total, progress.stage)
        if now != self._told:
            self._told = now
            self._send({"progress": now})
        for notice in self._indexing.notices():
            self._send({"notice": notice})

    # -- messages

    def _handle(self, at: float, message: Message) -> None:
        number = message.get("id")
        if number is None:
            self._note(message)
            return
        if message["op"] == "outline":
            self._outlines.add(at, message)
            return
        try:
            late = time.monotonic() > at + message["seconds"] or self._superseded(message)
            reply = {"late": True} if late else self._answer(at, message)
        except Exception as error:  # noqa: BLE001 the edge of this process: one bad question must not end it
            reply = {"error": type(error).__name__}
        self._send({"id": number, **reply})

    def _note(self, message: Mapping[str, Any]) -> None:
        match message["op"]:
            case "open":
                self._desk.open(message["path"], message["language"], message["text"], message["version"])
            case "edit":
                edits = (LineEdit(*edit) for edit in message["edits"])
                self._desk.change(message["path"], message["version"], edits)
            case "close":
                self._desk.close(message["path"])
            case "touched":
                self._desk.saved(message["paths"])
                self._indexing.touched(message["paths"])
            case "sweep" if not self._indexing.watching:
                self._indexing.sweep()

    def _superseded(self, message: Mapping[str, Any]) -> bool:
        if message["op"] != "select" or message["question"]["task"] != "completion":
            return False
        path = message["question"]["path"]
        return any(
            later["op"] == "select"
            and later["question"]["task"] == "completion"
            and later["question"]["path"] == path
            for _, later in self._waiting
        )

    def _answer(self, at: float, message: Mapping[str, Any]) -> dict[str, Any]:
        deadline = at + message["seconds"] * _PARSING_SHARE
        if message["op"] in ("syntax", "judge"):
            return answered(message, self._desk, self._indexing.symbols, _after(deadline))
        if message["op"] == "defining":
            return defining(message, self._desk.over(self._indexing.symbols))
        if message["op"] == "mentioning":
            return mentioning(message, self._desk.over(self._indexing.symbols))
        if message["op"] == "impacted":
            return impacts.answered(message, self._desk.over(self._indexing.symbols))
        row = message["question"]
        live = self._desk.get(row["path"])
        known = live is not None and message["version"] is not None and live.version == message["version"]
        text = row["text"]
        if message["length"] is not None:
            if live is None or not known or not same_text(live, message["length"]):
                return {"unknown": True}
            text = live.text
        question = read_question(row, text, self._desk.recent())
        at_once = question.task != "completion"
        parsed: Parsed | None = None
        if at_once:  # a completion goes by the document's facts: while a bracket is open a tree costs 20 ms
            parsed = live.parsed(_after(deadline)) if live and known else _once(row, text, deadline)
        symbols = self._desk.over(self._indexing.symbols, row["path"], at_once=at_once)
        selection = self._select(question, symbols, parsed)
        source = selection.source if parsed is None else "tree"
        return {"selection": selection_row(replace(selection, source=source))}


def _once(row: Mapping[str, Any], text: str, deadline: float) -> Parsed | None:
    """The tree of a text that is not an open document's newest version."""
    if not text or not has_grammar(row["language"]):
        return None
    stop = _after(deadline)
    return parse_until(row["language"], encoded(text), lambda offset, error: stop())


def _after(deadline: float) -> Callable[[], bool]:
    return lambda: time.monotonic() > deadline


def receive(source: IO[bytes], inbox: queue.SimpleQueue[tuple[float, Message] | None]) -> None:
    """Read messages until the parent closes its end, or sends what is none."""
    try:
        for line in source:
            inbox.put((time.monotonic(), unpacked(line)))
    except ValueError:
        pass
    inbox.put((time.monotonic(), {"op": "bye"}))


def main() -> None:
    """Take stdin and stdout for the conversation, so that nothing else can write into it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent decides, by closing its end
    _be_polite()
    source, sink = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    faulthandler.disable()
    first = source.readline()
    if not first:
        return
    hello = unpacked(first)
    inbox: queue.SimpleQueue[tuple[float, Message] | None] = queue.SimpleQueue()
    indexing = _indexing(hello, lambda: inbox.put(None))
    try:
        from counterpoint.context.select import select

        service = Service(Path(hello["root"]), indexing, lambda message: _write(sink, message), select)
        threading.Thread(target=receive, args=(source, inbox), daemon=True).start()
        service.run(inbox)
    except BrokenPipeError:
        pass
    finally:
        indexing.close()


def _be_polite() -> None:
    """Let a waking service not push the server off its core: each of its writes to us would cost that."""
    if sys.platform == "linux":
        with contextlib.suppress(OSError):
            os.sched_setscheduler(0, os.SCHED_BATCH, os.sched_param(0))


def _indexing(hello: Mapping[str, Any], wake: Callable[[], None]) -> Indexing:
    from counterpoint.index.indexer import Indexer
    from counterpoint.project import Project

    project = Project(
        Path(hello["root"]), max_file_bytes=hello["max_file_bytes"], local_only=hello["local_only"]
    )
    indexer: Indexing = Indexer(project, wake=wake)
    indexer.open()
    if hello["watch"]:
        indexer.watch()
    indexer.sweep()
    return indexer


def _write(sink: IO[bytes], message: Any) -> None:
    sink.write(packed(message))
    sink.flush()


if __name__ == "__main__":
    main()
