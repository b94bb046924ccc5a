"""`Index`: the service process as the server and the command line see it.

It is started when first needed, fed over its own pipes (never the server's stdin or stdout), ends when its
stdin closes or when nothing was asked of it for some minutes, and is started anew when it is needed again or
has crashed. Nothing here parses, reads a file or waits without a limit.
"""

from __future__ import annotations

import asyncio
import itertools
import logging
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from counterpoint.answers import Insertion
from counterpoint.context.blocks import Outline
from counterpoint.context.impact import Impact, Touched
from counterpoint.context.judging import Judgement
from counterpoint.context.question import Question, Selection
from counterpoint.context.scopes import Syntax
from counterpoint.index import impacts, outlines, wire
from counterpoint.index.child import COMMAND, Child
from counterpoint.index.crashes import Crashes
from counterpoint.index.edits import LineEdit
from counterpoint.index.status import OpenText, Progress, State
from counterpoint.text import Document

logger = logging.getLogger(__name__)

_STUCK = 30.0
"""Seconds of silence since a question was not answered, after which a service is taken for dead."""


class Index:
    """One workspace root's index. Use it from one event loop; close it before the loop ends."""

    def __init__(
        self,
        root: Path,
        *,
        max_file_bytes: int = 1_000_000,
        local_only: Sequence[str] = (),
        watch: bool = True,
        idle_seconds: float = 600.0,
        command: Sequence[str] = COMMAND,
    ) -> None:
        """`watch` says that the service watches files itself: False where the editor's client does.

        `documents` may be set to list the open documents, for a service that starts or lost track;
        `on_progress` may be set as well. Paths are workspace-relative with `/`.
        """
        self.documents: Callable[[], Iterable[OpenText]] = lambda: ()
        self.on_progress: Callable[[Progress], None] = lambda progress: None
        self.progress = Progress(0, 0, "")
        self.watch = watch
        self.enabled = True
        """False for a root that is no folder of the user's choice: nothing is started there."""
        self._hello = {
            "op": "hello",
            "root": str(root),
            "max_file_bytes": max_file_bytes,
            "local_only": list(local_only),
        }
        self._command = tuple(command)
        self._idle_seconds = idle_seconds
        self._child: Child | None = None
        self._starting: asyncio.Task[None] | None = None
        self._closed = False
        self._versions: dict[str, int | None] = {}
        self._numbers = itertools.count(1)
        self._replies: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self._crashes = Crashes()
        self._used = time.monotonic()
        self._missing: float | None = None
        self._idle: asyncio.TimerHandle | None = None
        self._ending: asyncio.Task[None] | None = None

    @property
    def pid(self) -> int | None:
        """Process id of the service, or None while there is none."""
        return self._child.pid if self._child is not None else None

    @property
    def state(self) -> State:
        """ "off" means that the service is started when next needed."""
        if self._closed:
            return "closed"
        if self._child is None:
            return "starting" if self._starting else "failed" if self._crashes.too_many else "off"
        return "ready" if self.progress.stage == "idle" else "building"

    # -- what happened; none of these waits

    def opened(self, path: str, language: str, text: str, version: int | None) -> None:
        """A document was opened. Starts the service."""
        if self._wake():
            self._open(OpenText(path, language, text, version))

    def changed(self, path: str, version: int | None, edits: Iterable[LineEdit]) -> None:
        """A document was changed. Edits that the service cannot keep up with are dropped: it gets the whole
        text when it is next asked."""
        if not self._wake() or path not in self._versions:
            return
        row = {"op": "edit", "path": path, "version": version, "edits": [[*edit] for edit in edits]}
        if self._send(row):
            self._versions[path] = version
        else:
            del self._versions[path]

    def closed(self, path: str) -> None:
        """A document was closed."""
        if self._versions.pop(path, self) is not self:
            self._send({"op": "close", "path": path})

    def touched(self, paths: Iterable[str]) -> None:
        """Files were made, changed or removed; a service that is not running finds out when it starts."""
        self._send({"op": "touched", "paths": list(paths)})

    def swept(self) -> None:
        """Look for changed files where nobody tells of them: the window has the focus, a file was saved."""
        self._send({"op": "sweep"})

    def start(self) -> None:
        """Start the service ahead of need."""
        self._wake()

    async def select(self, question: Question, deadline: float) -> Selection:
        """What belongs in front of the model, within `deadline` seconds.

        Else an empty selection that says why in `left_out`. The answer to a missed one is thrown away when
        it comes; the service goes on. A question without a `version` carries its text along.
        """
        until = time.monotonic() + deadline
        reply = await self._ask(lambda: self._select_row(question), until)
        if reply.get("unknown"):
            self._again(question.path)
            reply = await self._ask(lambda: self._select_row(question, with_text=True), until)
        if "selection" in reply:
            return wire.read_selection(reply["selection"])
        return Selection(left_out=(("workspace", wire.reason(reply)),))

    async def syntax(self, path: str, version: int | None, line: int, column: int, deadline: float) -> Syntax:
        """What the tree of an open document says of a place; one of source "words" if not known in time."""
        row = {"op": "syntax", "path": path, "version": version, "line": line, "column": column}
        reply = await self._ask(lambda: row, time.monotonic() + deadline)
        if reply.get("unknown"):
            self._again(path)
        return wire.read_syntax(reply["syntax"]) if "syntax" in reply else Syntax()

    async def judge(self, document: Document, insertion: Insertion, seconds: float) -> Judgement | None:
        """What an insertion would do to an open document; None if that is not known within some seconds."""
        reply = await self._ask(lambda: wire.judge_row(document, insertion), time.monotonic() + seconds)
        if reply.get("unknown"):
            self._again(document.path)
        return wire.read_judgement(reply["judgement"]) if "judgement" in reply else None

    async def outline(self, documents: Sequence[Document], seconds: float) -> tuple[Outline | None, ...]:
        """The blocks of each document, open or not; None for one that is not known within some seconds."""
        return await outlines.asked(self._ask, documents, seconds)

    async def defining(self, name: str, seconds: float) -> tuple[str, ...]:
        """The files that define the last part of a qualified name, as far as known within some seconds."""
        return await outlines.asked_defining(self._ask, name, seconds)

    async def mentioning(self, names: Sequence[str], seconds: float) -> tuple[str, ...] | None:
        """The files that have any of some words, in code, comments or strings; None if not known in time."""
        return await outlines.asked_mentioning(self._ask, names, seconds)

    async def impacted(self, touched: Touched, past: Mapping[str, float], seconds: float) -> Impact:
        """The tests that a change of these lines may break; see `context.impact`."""
        return await impacts.asked(self._ask, touched, past, seconds)

    async def close(self) -> None:
        """End the service for good, one that is being started too: once it is there."""
        self._closed = True
        if self._idle is not None:
            self._idle.cancel()
        if self._starting is not None:
            await asyncio.wait([self._starting])
        child, self._child = self._child, None
        self._forget("the server is closing")
        if child is not None:
            await child.end()
        await (self._ending or asyncio.sleep(0))

    def _wake(self) -> bool:
        """True if the service runs; starts it otherwise."""
        self._used = time.monotonic()
        wanted = self.enabled and not self._closed and not self._crashes.too_many
        if self._child is None and self._starting is None and wanted:
            self._starting = asyncio.get_running_loop().create_task(self._start())
            self._starting.add_done_callback(self._started)
        return self._child is not None

    def _started(self, task: asyncio.Task[None]) -> None:
        self._starting = None
        if not task.cancelled() and (error := task.exception()) is not None:
            self._crashes.add()
            logger.warning("The index service could not be started: %s", type(error).__name__)

    async def _start(self) -> None:
        child = await Child.start(self._command, self._heard_of, self._ended)
        if self._closed:
            await child.end()
            return
        self._child, self._missing = child, None
        self.progress = Progress(0, 0, "")
        self._send({**self._hello, "watch": self.watch})
        for document in self.documents():
            self._open(document)
        self._look_idle()

    def _ended(self) -> None:
        """The process has ended without having been asked to."""
        self._child = None
        self._crashes.add()
        self._forget("the index service has ended")
        logger.warning("The index service has ended by itself")

    def _forget(self, why: str) -> None:
        self._versions.clear()
        replies, self._replies = self._replies, {}
        for reply in (one for one in replies.values() if not one.done()):
            reply.set_result({"why": why})

    def _look_idle(self) -> None:
        """End a service of which nothing was asked for long; it comes back when it is needed."""
        if self._child is None:
            return
        left = self._used + self._idle_seconds - time.monotonic()
        if left > 0 or self.state == "building":
            self._idle = asyncio.get_running_loop().call_later(max(1.0, left), self._look_idle)
            return
        child, self._child = self._child, None
        self._forget("the index service was idle")
        self._ending = asyncio.get_running_loop().create_task(child.end())

    def _open(self, document: OpenText) -> None:
        if self._send({"op": "open", **document._asdict()}):
            self._versions[document.path] = document.version

    def _again(self, path: str) -> None:
        """Tell of a document anew, whole."""
        self._versions.pop(path, None)
        document = next((one for one in self.documents() if one.path == path), None)
        if document is not None:
            self._open(document)

    def _send(self, row: dict[str, Any]) -> bool:
        return self._child is not None and self._child.send(wire.packed(row))

    def _select_row(self, question: Question, *, with_text: bool = False) -> dict[str, Any]:
        if question.version is not None and question.path not in self._versions:
            self._again(question.path)
        known = question.version is not None and self._versions.get(question.path) == question.version
        return wire.select_row(question, with_text=with_text or not known)

    async def _ask(self, row: Callable[[], dict[str, Any]], until: float) -> dict[str, Any]:
        """The reply to a question, whose row is made once the service runs; {"why"} if there is none."""
        number = next(self._numbers)
        try:
            async with asyncio.timeout(max(0.0, until - time.monotonic())):
                if not self._wake() and self._starting is not None:
                    await asyncio.shield(self._starting)
                if self._child is None:
                    return {"why": "the index is not running"}
                reply: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()
                self._replies[number] = reply
                left = max(0.0, until - time.monotonic())
                if not self._send({**row(), "id": number, "seconds": left}):
                    return {"why": "the index is busy"}
                return await reply
        except TimeoutError:
            self._missed()
            return {"why": "the index is starting" if self._child is None else "not found in time"}
        except OSError:
            return {"why": "the index could not be started"}
        finally:
            self._replies.pop(number, None)

    def _missed(self) -> None:
        now = time.monotonic()
        self._missing = now if self._missing is None else self._missing
        if self._child is not None and now - self._missing > _STUCK:
            self._child.kill()

    def _heard_of(self, message: dict[str, Any]) -> None:
        self._missing = None
        if (number := message.get("id")) is not None:
            reply = self._replies.get(number)
            if reply is not None and not reply.done():
                reply.set_result(message)
        elif "progress" in message:
            self.progress = Progress(*message["progress"])
            self.on_progress(self.progress)
        elif "notice" in message:
            logger.warning("%s", message["notice"])
