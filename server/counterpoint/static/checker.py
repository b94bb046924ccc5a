"""`StaticChecker`: the static rules behind a worker process of its own.

The process is started when first needed, fed over its own pipes (never the server's stdin or stdout),
ends when its stdin closes, and is started anew after a crash or a missed deadline.
"""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from counterpoint.answers import Evidence, Finding, Fix, QuoteEdit
from counterpoint.text import Document, Files, Position

NO_RULES = "no static rules for its language"
"""Why a document was skipped that no rule could have looked at: no loss a user needs to hear of."""
_COMMAND = (sys.executable, "-P", "-m", "counterpoint.static.worker")
_MAX_CHARACTERS = 1_000_000
_MAX_REPLY = 1 << 26
_GOODBYE = 2.0
_STARTING = 60.0
_NOT_FOR_IT = ("_API_KEY", "_TOKEN", "_SECRET", "_PASSWORD")


@dataclass(frozen=True, slots=True)
class StaticResult:
    """`skipped`: (path, reason) of documents that were not checked; `errors`: rules that cannot be used.

    `evidence` is what is too often wrong to be shown: a model that reviews the code is told of it.
    """

    findings: tuple[Finding, ...]
    skipped: tuple[tuple[str, str], ...] = ()
    errors: tuple[str, ...] = ()
    evidence: tuple[Finding, ...] = ()


class StaticChecker:
    """The owner of one worker process. Use it from one event loop; close it before the loop ends."""

    def __init__(
        self, rules: Sequence[str] = (), *, command: Sequence[str] = _COMMAND, starting: float = _STARTING
    ) -> None:
        """`rules` are YAML texts of further rules, in ast-grep's format; `starting` is how many seconds a
        worker may take to say that it has read them."""
        self._rules = tuple(rules)
        self._command = tuple(command)
        self._starting = starting
        self._late = f"the static checker did not start within {starting:g} s"
        self._process: asyncio.subprocess.Process | None = None
        self._up = False
        """Whether the process has said its first word."""
        self._lock = asyncio.Lock()
        self._number = 0
        self._errors: tuple[str, ...] = ()

    @property
    def pid(self) -> int | None:
        """Process id of the worker, or None while there is none."""
        return self._process.pid if self._process is not None else None

    async def check(
        self,
        documents: Sequence[Document],
        files: Files,
        *,
        disabled: Collection[str] = (),
        deadline: float = 10.0,
    ) -> StaticResult:
        """Check documents, one after the other; other calls get their turn between two documents.

        `files` is asked, in a thread, for what the documents import. `disabled` are rule ids. `deadline` is
        in seconds for each document, from when the worker is up; one that misses it, or crashes the worker,
        is skipped with a reason and the others are still checked. Where no worker comes up in time, the rest
        is skipped too. Cancelling leaves the worker in a usable state.
        """
        findings: list[Finding] = []
        evidence: list[Finding] = []
        skipped: list[tuple[str, str]] = []
        found: dict[str, Any] | str = ""
        for document in documents:
            if len(document.text) > _MAX_CHARACTERS:
                skipped.append((document.path, f"larger than {_MAX_CHARACTERS:,} characters"))
                continue
            if found != self._late:
                async with self._lock:
                    found = await self._one(document, files, sorted(disabled), deadline)
            if isinstance(found, str):
                skipped.append((document.path, found))
            else:
                findings += map(_finding, found["findings"])
                evidence += map(_finding, found["evidence"])
        return StaticResult(tuple(findings), tuple(skipped), self._errors, tuple(evidence))

    async def close(self) -> None:
        """End the worker; it may be started again by a later `check`."""
        async with self._lock:
            await self._stop()

    async def _one(
        self, document: Document, files: Files, disabled: list[str], deadline: float
    ) -> dict[str, Any] | str:
        self._number += 1
        question = {"id": self._number, "document": _row(document), "disabled": disabled}
        try:
            line = orjson.dumps(question) + b"\n"
        except TypeError:
            return "not valid Unicode"
        if why := await self._started():
            return why
        try:
            async with asyncio.timeout(deadline):
                return await self._exchange(self._number, line, files)
        except TimeoutError:
            await self._stop(at_once=True)
            return f"not finished within {deadline:g} s"
        except (EOFError, OSError, ValueError):
            await self._stop(at_once=True)
            return "the static checker crashed on it"

    async def _started(self) -> str:
        """Have a worker that has said its first word; why there is none, else "". A loaded machine may take
        longer for that than for any document."""
        if self._process is not None and self._process.returncode is not None:
            await self._stop(at_once=True)
        if self._up:
            return ""
        try:
            async with asyncio.timeout(self._starting):
                _, stdout = await self._pipes()
                first = await stdout.readline()
            self._errors = tuple(orjson.loads(first)["errors"])
        except TimeoutError:
            await self._stop(at_once=True)
            return self._late
        except (OSError, ValueError, LookupError, TypeError):
            await self._stop(at_once=True)
            return "the static checker could not be started"
        self._up = True
        return ""

    async def _exchange(self, number: int, line: bytes, files: Files) -> dict[str, Any] | str:
        stdin, stdout = await self._pipes()
        stdin.write(line)
        await stdin.drain()
        while True:
            answer = await stdout.readline()
            if not answer:
                raise EOFError
            reply: dict[str, Any] = orjson.loads(answer)
            if reply["id"] != number:
                continue  # of a document that was given up
            if "read" in reply:
                document = await asyncio.to_thread(_first, files, reply["read"])
                stdin.write(_file(number, document))
                await stdin.drain()
            elif "findings" in reply:
                return reply
            elif "unsupported" in reply:
                return NO_RULES
            else:
                return f"a static rule failed on it ({reply['error']})"

    async def _pipes(self) -> tuple[asyncio.StreamWriter, asyncio.StreamReader]:
        if self._process is None:
            self._process = await asyncio.create_subprocess_exec(
                *self._command,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.DEVNULL,
                env={name: value for name, value in os.environ.items() if not name.endswith(_NOT_FOR_IT)},
                limit=_MAX_REPLY,
                creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
            )
            assert self._process.stdin is not None
            self._process.stdin.write(orjson.dumps({"rules": self._rules}) + b"\n")
        assert self._process.stdin is not None and self._process.stdout is not None
        return self._process.stdin, self._process.stdout

    async def _stop(self, *, at_once: bool = False) -> None:
        process, self._process, self._up = self._process, None, False
        if process is None:
            return
        if process.stdin is not None:
            process.stdin.close()
        try:
            async with asyncio.timeout(0 if at_once else _GOODBYE):
                await process.wait()
        except TimeoutError:
            if process.returncode is None:
                process.kill()
            await process.wait()


def _row(document: Document) -> dict[str, str]:
    return {"path": document.path, "language": document.language, "text": document.text}


def _first(files: Files, paths: Sequence[str]) -> Document | None:
    found = (files.read(path) for path in paths)
    return next((document for document in found if document is not None), None)


def _file(number: int, document: Document | None) -> bytes:
    row = _row(document) if document is not None and len(document.text) <= _MAX_CHARACTERS else None
    try:
        return orjson.dumps({"id": number, "file": row}) + b"\n"
    except TypeError:  # a lone surrogate: as good as unreadable
        return orjson.dumps({"id": number, "file": None}) + b"\n"


def _finding(row: Mapping[str, Any]) -> Finding:
    fix = row["fix"]
    return Finding(
        **{
            **row,
            "start": Position(**row["start"]),
            "end": Position(**row["end"]),
            "evidence": tuple(Evidence(**item) for item in row["evidence"]),
            "fix": Fix(fix["title"], tuple(QuoteEdit(**edit) for edit in fix["edits"])) if fix else None,
        }
    )
