"""From the argument of `counterpoint.review` to what is reviewed: files as the editor has them, unsaved text
over the disk. Git and the disk are read in threads."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any, TypeAlias

from pygls.exceptions import JsonRpcInvalidParams

from counterpoint.errors import UsageError
from counterpoint.lsp import from_lsp
from counterpoint.lsp.session import Session
from counterpoint.lsp.work import document_of, whole_of
from counterpoint.text import LANGUAGES, Document, Situation, Span, split_lines

if TYPE_CHECKING:
    from counterpoint.project import Overlay
    from counterpoint.reviewing.unit import Unit
    from counterpoint.scope import Scope, Wanted
    from counterpoint.workspace import Workspace

Argument: TypeAlias = Mapping[str, Any]

SCOPES = ("symbol", "file", "changes", "staged", "branch", "commit", "workspace", "machine")
WIDE = frozenset({"branch", "commit", "workspace"})
"""What may be large: its price is asked before anything is sent."""
_WORK_TREE = frozenset({"changes", "branch", "workspace"})
"""Scopes that read files as they are now; the others are about the index or a commit."""
_MOST_COMPARED = 4_000_000
"""Pairs of lines beyond which what changed is taken as one piece."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What a command asks for, checked. `uri` is "" where the scope needs none."""

    scope: str
    uri: str
    ref: str = ""
    range: Any = None

    @classmethod
    def of(cls, argument: Argument) -> Asked:
        """Raises JsonRpcInvalidParams naming what is wrong."""
        scope = from_lsp.text_of(argument, "scope") or "file"
        if scope not in SCOPES:
            raise JsonRpcInvalidParams(f"scope must be one of: {', '.join(SCOPES)}.")
        uri = from_lsp.text_of(argument, "uri", required=scope in ("symbol", "file"))
        range_ = from_lsp.argument_range(argument)
        if scope == "symbol" and range_ is None:
            raise JsonRpcInvalidParams("scope symbol needs a range.")
        return cls(scope, uri, from_lsp.text_of(argument, "ref"), range_)


@dataclass(frozen=True, slots=True)
class Found:
    """A scope; `units` where it is known already what of it is asked about, None where it is to be taken
    apart first."""

    scope: Scope
    units: tuple[Unit, ...] | None = None


async def units_in(workspace: Workspace, found: Found, files: Overlay) -> tuple[Unit, ...]:
    """The units of a scope."""
    from counterpoint.flows.review import units_of

    if found.units is not None:
        return found.units
    scope, apart = found.scope, workspace.apart(files)
    if scope.other is None:
        return await units_of(scope.units, apart)
    gone = await asyncio.to_thread(scope.gone)
    return await units_of(scope.units, apart, before=scope.before, gone=gone)


async def scope_for(session: Session, workspace: Workspace, asked: Asked) -> Found:
    """What a review is about. Raises UsageError."""
    from counterpoint.scope import Scope

    root = session.root_of(asked.uri) if asked.uri else workspace.root.as_posix()
    files = session.overlay(workspace, root)
    if asked.scope in ("symbol", "file"):
        document = await document_of(session, asked.uri)
        span = whole_of(document)
        if asked.scope == "symbol":
            span = from_lsp.span(document, asked.range, session.client.encoding)
        return Found(Scope(document.path, [Situation(document, span, files)]))
    if asked.scope == "machine":
        return await _written(workspace, files)
    return Found(await asyncio.to_thread(_found, asked, workspace, files))


async def _written(workspace: Workspace, files: Overlay) -> Found:
    """What models wrote that nobody has reviewed as it is now, in files open or not."""
    from counterpoint.flows.machine import machine_units
    from counterpoint.scope import Scope

    machine = workspace.machine
    documents = await machine.documents(files.read)
    found = await machine_units(machine, workspace.index.outline, documents)
    spans = [
        Situation(
            unit.document,
            unit.document.span_of_lines(unit.block.first_line, unit.block.last_line),
            files,
            hunks=unit.hunks,
        )
        for unit in found.units
    ]
    return Found(Scope("what models wrote here", spans), found.units)


def _found(asked: Asked, workspace: Workspace, files: Overlay) -> Scope:
    from counterpoint.scope import Wanted, scope_of

    try:
        scope = scope_of(_wanted(asked, workspace), workspace.project)
    except UsageError:
        if asked.scope != "changes":
            raise
        scope = scope_of(Wanted(), workspace.project)  # before the first commit there is no HEAD
    if asked.scope == "changes":
        scope.title = "the uncommitted changes"
    if asked.scope in _WORK_TREE:
        scope.units[:] = _as_seen(scope, files)
    scope.units[:] = [replace(unit, files=files) for unit in scope.units]
    return scope


def _wanted(asked: Asked, workspace: Workspace) -> Wanted:
    from counterpoint.git import Git
    from counterpoint.scope import Wanted

    if asked.scope == "changes":
        return Wanted(diff=asked.ref or "HEAD")
    if asked.scope == "branch":
        base = asked.ref or Git(workspace.root).base_branch()
        if base is None:
            raise UsageError("Nothing tells what this branch left.", fix="Name its base as `ref`.")
        return Wanted(base=base)
    if asked.scope == "commit":
        return Wanted(commit=asked.ref or "HEAD")
    return Wanted(
        workspace=asked.scope == "workspace",
        staged=asked.scope == "staged",
    )


def _as_seen(scope: Scope, files: Overlay) -> Iterator[Situation]:
    """The units with unsaved text in place of the disk's, and those that only unsaved text makes one."""
    seen = set()
    for unit in list(scope.units):
        seen.add(unit.document.path)
        now = files.documents.get(unit.document.path)
        if now is None or now.lines == unit.document.lines:
            yield unit
        elif scope.other is None:
            yield Situation(now, Span(0, now.starts[-1]))
        else:
            yield from _changed(now, scope.before(now.path) or "")
    if scope.other is None:
        return
    for path, now in files.documents.items():
        if path in seen or PurePosixPath(path).suffix.lower() not in LANGUAGES:
            continue
        before = scope.before(path)
        if before is not None and files.read(path) is not None:
            yield from _changed(now, before)


def _changed(now: Document, before: str) -> Iterator[Situation]:
    """A document as a unit, with the lines that differ from what it was; none if nothing does."""
    hunks = hunks_between(split_lines(before), now.lines)
    if hunks:
        yield Situation(now, now.span_of_lines(hunks[0][0], hunks[-1][1]), hunks=hunks)


def hunks_between(before: Sequence[str], now: Sequence[str]) -> tuple[tuple[int, int], ...]:
    """The lines of `now` that differ, 0-based and inclusive; where lines are gone, the one above them."""
    if tuple(before) == tuple(now):
        return ()
    most = min(len(before), len(now))
    head = next((at for at in range(most) if before[at] != now[at]), most)
    left = most - head
    tail = next((at for at in range(left) if before[-1 - at] != now[-1 - at]), left)
    old, new = before[head : len(before) - tail], now[head : len(now) - tail]
    if len(old) * len(new) > _MOST_COMPARED:
        return (_lines(head, head + len(new), len(now)),)
    codes = SequenceMatcher(None, old, new, autojunk=False).get_opcodes()
    return tuple(
        _lines(head + start, head + end, len(now)) for tag, _, _, start, end in codes if tag != "equal"
    )


def _lines(start: int, end: int, count: int) -> tuple[int, int]:
    if start == end:
        start = max(0, start - 1)
    return start, min(max(start, end - 1), max(0, count - 1))
