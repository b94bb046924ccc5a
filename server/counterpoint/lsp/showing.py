"""What a review finds, brought to the editor while it runs: in the file that was reviewed and in any other.

What was found earlier stays on show where this review has not looked, or looked for something else.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from counterpoint.answers import Finding
from counterpoint.errors import ConfigError
from counterpoint.ledger_looks import Look
from counterpoint.lsp import diagnostics, remembering
from counterpoint.lsp.findings import Placed
from counterpoint.lsp.session import Session
from counterpoint.lsp.uris import key_of
from counterpoint.text import Document

if TYPE_CHECKING:
    from counterpoint.flows.review import Review
    from counterpoint.workspace import Workspace


class Showing:
    """One review's findings on their way to the editor. Touched by the event loop only."""

    def __init__(
        self, session: Session, workspace: Workspace, root: str, documents: Mapping[str, Document]
    ) -> None:
        """`documents` are those that are reviewed, by path, as they are reviewed."""
        self._session = session
        self._workspace = workspace
        self._root = root
        self._bases = dict(documents)
        self._found: dict[str, tuple[Finding, ...]] = {}
        self._earlier: dict[str, tuple[Finding, ...]] = {}
        self._reading: set[asyncio.Task[None]] = set()

    def found(self, path: str, findings: tuple[Finding, ...]) -> None:
        """All findings of a path so far. One of a file that nobody has read yet is shown once it is read."""
        self._found[path] = tuple(item for item in findings if not item.rule)
        if path in self._bases:
            self._show(path)
            return
        task = asyncio.ensure_future(self._read(path))
        self._reading.add(task)
        task.add_done_callback(self._reading.discard)

    async def ended(self, result: Review, passes: Iterable[str]) -> None:
        """The final word: what this review looked for in vain where it looked is gone."""
        if self._reading:
            await asyncio.wait(self._reading)
        names = frozenset(passes)
        looks: list[Look] = []
        root = self._workspace.root.as_posix()
        looked_at = {row.path for row in result.told if row.how in ("asked", "known")}
        for path in dict.fromkeys((*self._found, *looked_at)):
            if path not in self._bases:
                continue
            earlier = self._earlier_of(path)
            gone = [one for one in earlier if one.lens in names and _looked_at(result, path, one)]
            ids = {item.id for item in self._found.get(path, ())}
            looks += [Look.of(one, "resolved", root) for one in gone if one.id not in ids]
            self._earlier[path] = tuple(one for one in earlier if one not in gone)
            self._show(path)
        shown = [item for found in self._found.values() for item in found]
        looks += [Look.of(one, "shown", root) for one in shown]
        await self._write(looks)
        folder = self._session.folder(self._root)
        await remembering.keep(self._session, folder, self._workspace, self._earlier)

    async def _write(self, looks: list[Look]) -> None:
        """What became of findings; that it cannot be written down is no reason to lose them."""
        if not looks:
            return
        try:
            await asyncio.to_thread(self._workspace.ledger.looked, looks)
        except ConfigError as error:
            self._session.server.protocol.log_failure(error, "the ledger")

    async def _read(self, path: str) -> None:
        base = self._session.now(self._session.folder(self._root), path)
        base = base or await asyncio.to_thread(self._workspace.project.read_local, path)
        if base is not None:
            self._bases.setdefault(path, base)
            self._show(path)

    def _uri(self, path: str) -> str:
        return self._session.uri_for(self._session.folder(self._root), path)

    def _show(self, path: str) -> None:
        uri, mine = self._uri(path), self._found.get(path, ())
        ids = {item.id for item in mine}
        others = tuple(item for item in self._earlier_of(path) if item.id not in ids)
        self._session.shown.put(key_of(uri), remembering.REVIEW, self._bases[path], (*mine, *others))
        diagnostics.show(self._session, uri)

    def _earlier_of(self, path: str) -> tuple[Finding, ...]:
        """What was on show before this review began, with places in the document it looks at."""
        if path not in self._earlier:
            placed = self._session.shown.placed(key_of(self._uri(path)), self._bases[path])
            self._earlier[path] = tuple(_rebased(one) for one in placed if not one.finding.rule)
        return self._earlier[path]


def _rebased(one: Placed) -> Finding:
    document = one.document
    return replace(one.finding, start=document.position(one.span.start), end=document.position(one.span.end))


def _looked_at(result: Review, path: str, finding: Finding) -> bool:
    """Whether a review that ended has bought or recalled a verdict on the lines of a finding."""
    line = finding.start.line + 1
    return any(
        row.path == path and row.how in ("asked", "known") and row.first_line <= line <= row.last_line
        for row in result.told
    )
