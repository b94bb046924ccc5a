"""From what was asked for to units: documents are taken apart, and callers of broken contracts are found."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from counterpoint.context.blocks import Block, Outline, whole
from counterpoint.reviewing import contracts
from counterpoint.reviewing.contracts import Broken, Outlines, Select
from counterpoint.reviewing.unit import Unit
from counterpoint.reviewing.units import ASKED, asked, changed, touching
from counterpoint.text import Document, Files, NoFiles, Situation, Span, language_of

_SECONDS, _EACH = 20.0, 0.05
"""How long it may take to take documents apart, and again to find callers; and how much longer for each."""

Before = Callable[[str], str | None]
"""The text of a path on the other side of a change; None for a new file. It may run git: in a thread."""


def nothing(path: str) -> str | None:
    """Where nothing is compared."""
    return None


@dataclass(frozen=True, slots=True)
class Apart:
    """What takes documents apart: `Index.outline` and `Index.select`, over some files."""

    outlines: Outlines
    select: Select
    files: Files = field(default_factory=NoFiles)


async def units_of(
    scope: Sequence[Situation],
    apart: Apart,
    *,
    before: Before | None = None,
    gone: Sequence[str] = (),
    why: str = ASKED,
) -> tuple[Unit, ...]:
    """The units of a scope, each once.

    A situation with `hunks` is a change: its units are the blocks that say something else than `before`, and
    the callers of contracts it broke, wherever they are. One with `ranges` is about these lines, for the
    reason `why`. Any other is about all blocks of its span. `gone` are deleted files.
    """
    documents = [one.document for one in scope]
    now = await apart.outlines(documents, _SECONDS + _EACH * len(documents))
    old = await _old(scope, apart, before or nothing)
    units: list[Unit] = []
    broken: list[Broken] = []
    for situation, outline in zip(scope, now, strict=True):
        document = situation.document
        older, was = old.get(document.path, (None, None))
        units += _units(situation, outline, was, why)
        broken += contracts.broken_in(document, outline, older, was)
    broken += await _deleted(apart, before or nothing, gone)
    if broken:
        units += await _callers(broken, apart, {one.document.path: one for one in scope})
    paths = [one.path for one in documents]
    outlines = {path: outline for path, outline in zip(paths, now, strict=True) if outline is not None}
    first = {(one.path, one.block.name, one.block.first_line): one for one in reversed(units)}
    return tuple(await asyncio.to_thread(_with_contracts, [*first.values()][::-1], outlines))


def unit_of(situation: Situation) -> Unit:
    """A situation as one unit, where nobody takes documents apart: the lines of its span."""
    document = situation.document
    part = document.text[situation.span.start : situation.span.end]
    first = document.position(situation.span.start).line
    last = max(first, document.position(max(situation.span.start, situation.span.end - 1)).line)
    outline = whole(part) if part.strip() else whole(".")
    block = replace(outline.blocks[0], first_line=first, last_line=last)
    return Unit(document, block, ASKED, situation.hunks, situation.diff)


def _units(situation: Situation, outline: Outline | None, was: Outline | None, why: str) -> tuple[Unit, ...]:
    document = situation.document
    if situation.ranges:
        lines = [_lines(document, span) for span in situation.ranges]
        return touching(document, outline, lines, why)
    if situation.hunks:
        return changed(document, outline, situation.hunks, was, situation.diff)
    span = situation.span
    return asked(document, outline, None if span == Span(0, len(document.text)) else span)


def _lines(document: Document, span: Span) -> tuple[int, int]:
    first = document.position(span.start).line
    return first, max(first, document.position(max(span.start, span.end - 1)).line)


def _with_contracts(units: Sequence[Unit], outlines: Mapping[str, Outline]) -> list[Unit]:
    """The units with the contracts they refer to: of their own files, and of others where the name means but
    one definition among all that are known. A verdict holds while these do."""
    defined: dict[str, list[tuple[str, Block]]] = {}
    for path, outline in outlines.items():
        for block in outline.blocks:
            if block.contract and block.name:
                defined.setdefault(block.name.rpartition(".")[2], []).append((path, block))
    made = []
    for unit in units:
        relies, beyond = set(unit.relies), dict(unit.beyond)
        for name in {name.rpartition(".")[2] for name in unit.block.calls}:
            known = defined.get(name, ())
            own = [block for path, block in known if path == unit.path]
            relies |= {(block.name, block.contract) for block in own if block.name != unit.block.name}
            if not own and len(known) == 1:
                path, block = known[0]
                beyond.setdefault(f"{path}:{block.name}", block.contract)
        made.append(replace(unit, relies=tuple(sorted(relies)), beyond=tuple(sorted(beyond.items()))))
    return made


async def _old(
    scope: Sequence[Situation], apart: Apart, before: Before
) -> Mapping[str, tuple[Document, Outline | None]]:
    """The other side of changes, with its outlines."""
    paths = [one.document.path for one in scope if one.hunks]
    documents = await asyncio.to_thread(_documents, paths, before)
    found = await apart.outlines(documents, _SECONDS + _EACH * len(documents)) if documents else ()
    pairs = zip(documents, found, strict=True)
    return {document.path: (document, outline) for document, outline in pairs}


def _documents(paths: Sequence[str], before: Before) -> list[Document]:
    texts = ((path, before(path)) for path in paths)
    return [Document.of(path, text, language_of(path)) for path, text in texts if text is not None]


async def _deleted(apart: Apart, before: Before, gone: Sequence[str]) -> list[Broken]:
    documents = await asyncio.to_thread(_documents, gone, before)
    found = await apart.outlines(documents, _SECONDS + _EACH * len(documents)) if documents else ()
    broken: list[Broken] = []
    for document, outline in zip(documents, found, strict=True):
        broken += contracts.broken_in(document, Outline(()), document, outline)
    return broken


async def _callers(broken: Sequence[Broken], apart: Apart, scope: Mapping[str, Situation]) -> list[Unit]:
    """Callers of what is broken, each with the contract for which it is reviewed."""
    found = await contracts.callers_of(broken, apart.select, apart.outlines, apart.files, _SECONDS)
    named = {one.why: one for one in broken}
    units = []
    for unit in found:
        reason = next((one for why, one in named.items() if unit.why.startswith(why)), None)
        # A document of the scope is one object, so that its units are asked about together.
        document = scope[unit.path].document if unit.path in scope else unit.document
        unit = replace(unit, document=document)
        if reason is not None:
            name = f"{reason.document.path}:{reason.block.name}"
            unit = replace(unit, beyond=((name, "" if reason.gone else reason.block.contract),), because=name)
        units.append(unit)
    return units
