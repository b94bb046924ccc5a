"""Who calls what a refactoring is about, asked of the index before any model is: definitions, call sites."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from counterpoint.audit import CallSite, Target, targets
from counterpoint.context.blocks import Outline
from counterpoint.context.question import Selection
from counterpoint.flows.proving import Outlines
from counterpoint.reviewing.contracts import Select
from counterpoint.text import Document, Span

SECONDS = 20.0
"""For finding all call sites: a model that does not know of one costs more."""
_MOST = 80
"""Definitions whose callers are looked for."""
_AT_ONCE = 4
_POLL = 0.05


@dataclass(frozen=True, slots=True)
class Part:
    """Some of what a refactoring is about: a document, or the lines of a span of it."""

    document: Document
    span: Span | None = None

    @property
    def lines(self) -> tuple[int, int] | None:
        """Its first and last line, 0-based; None for all."""
        if self.span is None:
            return None
        first, end = self.document.position(self.span.start), self.document.position(self.span.end)
        last = end.line - 1 if end.line > first.line and end.column == 0 else end.line
        return first.line, last


@dataclass(frozen=True, slots=True)
class Lookup:
    """What knows of call sites: `select`, `outline` and `mentioning` as `Index` has them; `ready` says
    whether it has read all files by now, `start` has it begin."""

    select: Select
    outline: Outlines
    mentioning: Callable[[Sequence[str], float], Awaitable[Sequence[str] | None]]
    ready: Callable[[], bool] = lambda: True
    start: Callable[[], None] = lambda: None

    async def wait(self, seconds: float) -> None:
        """Until all files have been read, or for so many seconds."""
        self.start()
        until = asyncio.get_running_loop().time() + seconds
        while not self.ready() and asyncio.get_running_loop().time() < until:  # noqa: ASYNC110 many events end it
            await asyncio.sleep(_POLL)


@dataclass(frozen=True, slots=True)
class Known:
    """`calls` are the call sites of `targets` as the index knows them; `partial` says why there may be
    more."""

    targets: tuple[Target, ...] = ()
    calls: tuple[CallSite, ...] = ()
    partial: tuple[str, ...] = ()

    def paths(self) -> tuple[str, ...]:
        """The files with a call site."""
        return tuple(dict.fromkeys(call.path for call in self.calls))


async def known(parts: Sequence[Part], lookup: Lookup, seconds: float = SECONDS) -> Known:
    """The definitions in these parts with all their call sites, as far as they are found in time."""
    until = asyncio.get_running_loop().time() + seconds
    documents = [part.document for part in parts]
    outlines = await lookup.outline(documents, seconds / 2)
    defined = await asyncio.to_thread(lambda: [targets(one) for one in documents])
    found: dict[Target, None] = {}
    for part, outline, here in zip(parts, outlines, defined, strict=True):
        found.update((one, None) for one in here if _meant(one, part, outline))
    partial = []
    if len(found) > _MOST:
        partial.append(f"the callers of {_MOST} of {len(found)} definitions were looked for")
    wanted = tuple(found)[:_MOST]
    left = max(0.0, until - asyncio.get_running_loop().time())
    calls, unread = await called(wanted, lookup, left)
    return Known(wanted, calls, (*partial, *unread))


def _meant(target: Target, part: Part, outline: Outline | None) -> bool:
    """Whether a part is about a definition: lines amid its body are."""
    lines = part.lines
    if lines is None or outline is None:
        return True
    return any(block.meets(target.line, target.line) and block.meets(*lines) for block in outline.blocks)


async def called(
    wanted: Sequence[Target], lookup: Lookup, seconds: float
) -> tuple[tuple[CallSite, ...], tuple[str, ...]]:
    """The call sites of definitions as the index knows them now, and why there may be more."""
    until = asyncio.get_running_loop().time() + seconds
    await lookup.wait(seconds / 2 if wanted else 0.0)
    gate = asyncio.Semaphore(_AT_ONCE)  # each question carries a text through the pipe

    async def ask(target: Target) -> Selection:
        async with gate:
            left = until - asyncio.get_running_loop().time()
            late = Selection(left_out=(("workspace", "not found in time"),))
            return await lookup.select(target.question, left) if left > 0 else late

    found = await asyncio.gather(*map(ask, wanted))
    calls: dict[CallSite, None] = {}
    partial: dict[str, None] = {}
    for target, selection in zip(wanted, found, strict=True):
        for site in selection.sites:
            calls[CallSite(site.path, site.line, target.document.path, target.name, site.certain)] = None
        for name, why in selection.left_out:
            if name == "workspace":
                partial[f"the callers of {target.name} are not known: {why}"] = None
            elif ":" not in name:  # else a call site that is known, and was not quoted
                partial[f"{name}: {why}"] = None
    if wanted and not lookup.ready():
        partial["the workspace is still being indexed"] = None
    return tuple(sorted(calls, key=lambda one: (one.path, one.line))), tuple(partial)
