"""What models wrote in a workspace and users kept: followed while documents are open, found again on disk.

`Machine` is told of every change of an open document and of every text of ours. `spans` tells what of a
document is machine-written, `written_in` the same of any documents, `machine_units` what of them is to be
reviewed. What is remembered over restarts are hashes; they are written a moment after a change, when a
document is saved, and when it is closed.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from counterpoint.answers import FileChange
from counterpoint.context.blocks import Outline
from counterpoint.errors import ConfigError
from counterpoint.flows.remembering import Read, found_in, nothing, remember, written_in
from counterpoint.flows.tracking import Tracked, Tracking, authored, with_found
from counterpoint.index.edits import LineEdit
from counterpoint.machine_store import MachineStore
from counterpoint.reviewing.machine.carry import Change
from counterpoint.reviewing.machine.span import MachineSpan, Offered, Origin, Run
from counterpoint.reviewing.machine.units import digests_in, offered, spans_of, written_units
from counterpoint.reviewing.unit import Unit
from counterpoint.text import Document, Edit, apply

logger = logging.getLogger(__name__)

Outlines = Callable[[Sequence[Document], float], Awaitable[tuple[Outline | None, ...]]]
"""As `Index.outline`."""


_SETTLES = 2.0
"""Seconds after a change at which what it left is written down."""


@dataclass(frozen=True, slots=True)
class MachineScope:
    """What models wrote, as units to review, and what of it there is to offer."""

    units: tuple[Unit, ...]
    offered: Offered | None


class Machine:
    """The machine-written text of one workspace. Touched by the event loop only; it works in threads."""

    def __init__(
        self, store: MachineStore, root: str, read: Read | None = None, *, settles: float = _SETTLES
    ) -> None:
        """`read` gives files on disk, in a thread."""
        self._store = store
        self._root = root
        self._read = read or nothing
        self._settles = settles
        self._tracking = Tracking()
        self._reviewed: frozenset[str] = frozenset()
        self._key = b""
        self._tasks: set[asyncio.Task[None]] = set()
        self._due: dict[str, asyncio.Task[None]] = {}
        self._order = asyncio.Lock()
        """What is written down is there for whoever looks it up next, as when a file is renamed."""

    # -- what happens in the editor

    def opened(self, document: Document) -> None:
        """A document was opened: what models wrote in it is looked up."""
        self._tracking.opened(document)
        self._spawn(self._look_up(document))

    def changed(self, before: Document, after: Document, edits: Sequence[LineEdit] = ()) -> None:
        """A document has changed, by `edits` one after the other if they are known."""
        tracked = self._tracking.documents.get(after.path)
        if tracked is None:
            self.opened(before)
        had = tracked.runs if tracked else ()
        if self._tracking.changed(before, after, edits):
            self._spawn(self._settle(after.path))
        tracked = self._tracking.documents[after.path]
        if tracked.runs or had:
            self._keep_soon(after.path)

    def saved(self, document: Document) -> None:
        """A document was saved."""
        self._keep_soon(document.path, now=True)

    def closed(self, path: str) -> None:
        """A document was closed. What it held is found again from now on."""
        tracked = self._tracking.documents.get(path)
        if tracked is None:
            return
        self._tracking.settle(path)
        if (due := self._due.pop(path, None)) is not None:
            due.cancel()
        if tracked.known:
            self._spawn(self._keep(tracked.at, tracked.runs))
        elif tracked.runs:
            self._spawn(self._work(self._keep_late, tracked))
        self._tracking.closed(path)

    def wrote(self, document: Document, start: int, end: int, origin: Origin) -> None:
        """A model's text stands at these offsets of an open document."""
        if document.path not in self._tracking.documents:
            self.opened(document)
        self._tracking.wrote(document, start, end, origin)
        self._keep_soon(document.path)

    def applying(self, changes: Iterable[FileChange], origin: Origin) -> None:
        """An edit of ours goes to the editor, which may apply it or not: its text is ours once it comes."""
        for change in changes:
            self._tracking.applying(change.path, change.before or "", change.edits, origin)

    async def applied(self, changes: Iterable[FileChange], origin: Origin) -> None:
        """An edit of ours was written to files on disk."""
        for change in changes:
            before = change.before or ""
            await self._work(self._write_down, change.path, before, change.edits, origin)

    # -- what is known

    def spans(self, document: Document) -> tuple[MachineSpan, ...]:
        """What of an open document is machine-written, in its order. Nothing while it is being looked up."""
        runs = self._tracking.runs(document)
        return spans_of(document, runs, self._reviewed, self._key) if runs else ()

    def offered(self, documents: Sequence[Document] = ()) -> Offered | None:
        """What there is to review in open documents, by default in all of them; None if it is nothing."""
        some = documents or [one.now for one in self._tracking.documents.values()]
        return offered([(document, self.spans(document)) for document in some])

    async def written_in(self, documents: Sequence[Document]) -> dict[str, tuple[MachineSpan, ...]]:
        """By path what of documents is machine-written, open or not. Raises ConfigError."""
        known = {one.path: self.spans(one) for one in documents if self._tracking.runs(one) is not None}
        others = [one for one in documents if one.path not in known]
        if not others:
            return known
        found = await asyncio.to_thread(written_in, self._store, self._root, others, self._read)
        return {one.path: found.get(one.path) or known.get(one.path, ()) for one in documents}

    async def written_here(self, documents: Sequence[Document]) -> dict[str, tuple[MachineSpan, ...]]:
        """The same of those documents only that last held some: what was moved to another file is not looked
        for, which takes long in many. Raises ConfigError."""
        paths = frozenset(await self.paths())
        return await self.written_in([one for one in documents if one.path in paths])

    async def paths(self) -> tuple[str, ...]:
        """Files that hold, or last held, text of a model. Raises ConfigError."""
        passages = await asyncio.to_thread(self._store.passages, self._root)
        now = (path for path, one in self._tracking.documents.items() if one.runs)
        return tuple(dict.fromkeys((*now, *(one.path for one in passages))))

    async def documents(self, read: Read, others: Iterable[str] = ()) -> tuple[Document, ...]:
        """The files to look at for text of models: those that last held some, and `others`, such as changed
        and new ones, into which it may have been moved."""
        paths = dict.fromkeys((*await self.paths(), *others))
        found = await asyncio.to_thread(lambda: [read(path) for path in paths])
        return tuple(one for one in found if one is not None)

    async def reviewed(self, units: Sequence[Unit]) -> None:
        """A review of these units has ended: what models wrote in them is not offered again as it is."""
        documents = tuple({unit.path: unit.document for unit in units}.values())
        try:
            found = await self.written_in(documents)
            if not any(found.values()):
                return
            self._key = key = await asyncio.to_thread(lambda: self._store.key)
            digests = frozenset(one for unit in units for one in digests_in(unit, found[unit.path], key))
            self._reviewed |= digests
            await asyncio.to_thread(self._store.note_reviewed, self._root, digests)
        except ConfigError as error:
            logger.warning("What has been reviewed was not remembered: %s", error)

    async def close(self) -> None:
        """Write down what is known and end."""
        for path in tuple(self._tracking.documents):
            self.closed(path)
        while self._tasks:
            await asyncio.gather(*self._tasks, return_exceptions=True)

    # -- work that takes time

    async def _look_up(self, document: Document) -> None:
        try:
            async with self._order:
                self._key, self._reviewed, runs = await asyncio.to_thread(self._found, document)
        except ConfigError as error:
            logger.warning("What models wrote is not known: %s", error)
            runs = ()
        self._tracking.found(document, runs)
        await self._settle(document.path)

    def _found(self, document: Document) -> tuple[bytes, frozenset[str], tuple[Run, ...]]:
        runs = found_in(self._store, self._root, (document,), self._read)[document.path]
        key = self._store.key if self._store.file.exists() else b""
        return key, self._store.reviewed(self._root) | self._reviewed, runs

    async def _settle(self, path: str) -> None:
        while (work := self._tracking.unsettled(path)) is not None:
            self._tracking.settled(work, await asyncio.to_thread(work.runs))

    def _keep_soon(self, path: str, *, now: bool = False) -> None:
        if path in self._due and not now:
            return
        if (due := self._due.pop(path, None)) is not None:
            due.cancel()
        self._due[path] = self._spawn(self._kept(path, 0.0 if now else self._settles))

    async def _kept(self, path: str, after: float) -> None:
        await asyncio.sleep(after)
        self._due.pop(path, None)
        tracked = self._tracking.documents.get(path)
        if tracked is not None and tracked.known:
            self._tracking.settle(path)
            await self._keep(tracked.at, tracked.runs)

    async def _keep(self, document: Document, runs: tuple[Run, ...]) -> None:
        await self._work(remember, self._store, self._root, document, runs)

    def _keep_late(self, tracked: Tracked) -> None:
        """Of a document that was closed before it was looked up what stood in it."""
        runs = with_found(tracked, self._found(tracked.first or tracked.at)[2])
        remember(self._store, self._root, tracked.at, runs)

    def _write_down(self, path: str, before: str, edits: Sequence[Edit], origin: Origin) -> None:
        old = Document.of(path, before, "plaintext")
        had = found_in(self._store, self._root, (old,), self._read)[path]
        changes = [Change(one.span.start, one.span.end, one.new) for one in edits]
        now = Document.of(path, apply(before, edits), "plaintext")
        remember(self._store, self._root, now, authored(before, had, changes, origin))

    async def _work(self, work: Callable[..., None], *arguments: Any) -> None:
        try:
            async with self._order:
                await asyncio.to_thread(work, *arguments)
        except ConfigError as error:
            logger.warning("What a model wrote was not remembered: %s", error)

    def _spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task


async def machine_units(
    machine: Machine,
    outlines: Outlines,
    documents: Sequence[Document],
    *,
    seconds: float = 10.0,
    again: bool = False,
) -> MachineScope:
    """The units of scope `machine`: the blocks of these documents that hold text of models, `again` those
    that were reviewed as they are now. Raises ConfigError."""
    found = await machine.written_in(documents)
    mine = [one for one in documents if any(again or not span.reviewed for span in found[one.path])]
    known = await outlines(mine, seconds) if mine else ()
    units = tuple(
        unit
        for document, outline in zip(mine, known, strict=True)
        for unit in written_units(document, outline, found[document.path], again=again)
    )
    return MachineScope(units, offered([(one, found[one.path]) for one in mine]))
