"""Who calls what a refactoring is about, asked of the index before any model is: definitions, call sites."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice

from counterpoint.audit import CallSite, Target, targets
from counterpoint.context.blocks import Outline
from counterpoint.context.question import Selection
from counterpoint.context.signatures_read import interface_of
from counterpoint.flows.proving import Outlines
from counterpoint.reviewing.contracts import Select
from counterpoint.text import Document, Files, Span

SECONDS = 20.0
"""For finding all call sites: a model that does not know of one costs more."""
_MOST = 80
"""Definitions whose callers are looked for."""
_AT_ONCE = 4
_LEAST = 3
"""Characters of a name by which lines are looked for: shorter ones are everywhere."""
_MOST_NAMED = 300
_NAMES = ("constant", "type")
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
    whether it has read all files by now, `building` whether it is about to, `start` has it begin. For
    `patience` seconds that is waited for."""

    select: Select
    outline: Outlines
    mentioning: Callable[[Sequence[str], float], Awaitable[Sequence[str] | None]]
    ready: Callable[[], bool] = lambda: True
    building: Callable[[], bool] = lambda: False
    start: Callable[[], None] = lambda: None
    patience: float = 10.0

    async def wait(self) -> None:
        """Until all files have been read or never will be, or there is no more patience."""
        self.start()
        until = asyncio.get_running_loop().time() + self.patience
        while self.building() and asyncio.get_running_loop().time() < until:  # noqa: ASYNC110 many events end it
            await asyncio.sleep(_POLL)


@dataclass(frozen=True, slots=True)
class Known:
    """`calls` are the call sites of `targets` as the index knows them; `partial` says why there may be more.

    `shared` are names that others use without calling them: constants, enumerations, types; `named` are the
    lines of other files that have them, or have a target that nobody calls.
    """

    targets: tuple[Target, ...] = ()
    calls: tuple[CallSite, ...] = ()
    partial: tuple[str, ...] = ()
    shared: tuple[Target, ...] = ()
    named: tuple[CallSite, ...] = ()

    def paths(self) -> tuple[str, ...]:
        """The files with a call site, or a line that names a definition."""
        return tuple(dict.fromkeys(one.path for one in (*self.calls, *self.named)))

    @property
    def uncalled(self) -> tuple[Target, ...]:
        """Names and definitions without a call site."""
        called = {(one.home, one.symbol) for one in self.calls}
        return (*(one for one in self.targets if (one.document.path, one.name) not in called), *self.shared)


async def known(parts: Sequence[Part], lookup: Lookup, seconds: float = SECONDS) -> Known:
    """The definitions in these parts with all their call sites, as far as they are found in time."""
    documents = [part.document for part in parts]
    outlines = await lookup.outline(documents, seconds / 2)
    defined = await asyncio.to_thread(lambda: [targets(one) for one in documents])
    names = await asyncio.to_thread(lambda: [tuple(_shared(part)) for part in parts])
    found: dict[Target, None] = {}
    for part, outline, here in zip(parts, outlines, defined, strict=True):
        found.update((one, None) for one in here if _meant(one, part, outline))
    partial = []
    if len(found) > _MOST:
        partial.append(f"the callers of {_MOST} of {len(found)} definitions were looked for")
    wanted = tuple(found)[:_MOST]
    calls, unread = await called(wanted, lookup, seconds)
    own = {one.name for one in wanted}
    shared: dict[tuple[str, str], Target] = {}
    for one in (one for some in names for one in some if one.name not in own):
        shared.setdefault((one.document.path, one.name), one)
    return Known(wanted, calls, (*partial, *unread), tuple(shared.values()))


def _shared(part: Part) -> Iterator[Target]:
    """The names in a part that others may use without calling them; of a type's members its own."""
    document, lines = part.document, part.lines
    for one in interface_of(document).names:
        word = one.owner.rpartition(".")[2] or (one.symbol if one.kind in _NAMES else "")
        if word and (lines is None or lines[0] <= one.line <= lines[1]):
            yield Target(document, word, word, one.line)


def _meant(target: Target, part: Part, outline: Outline | None) -> bool:
    """Whether a part is about a definition: lines amid its body are."""
    lines = part.lines
    if lines is None or outline is None:
        return True
    return any(block.meets(target.line, target.line) and block.meets(*lines) for block in outline.blocks)


async def named(known: Known, lookup: Lookup, files: Files) -> Known:
    """The same with the lines that name what nobody calls. `files` has what may be sent."""
    wanted = [one for one in known.uncalled if len(one.symbol) >= _LEAST]
    paths = await lookup.mentioning([one.symbol for one in wanted], SECONDS) if wanted else ()
    lines = await asyncio.to_thread(lambda: tuple(islice(_naming(wanted, paths or (), files), _MOST_NAMED)))
    return replace(known, named=lines)


def _naming(wanted: Sequence[Target], paths: Sequence[str], files: Files) -> Iterator[CallSite]:
    words = {one.symbol: re.compile(rf"\b{re.escape(one.symbol)}\b") for one in wanted}
    for path in paths:
        document = files.read(path)
        for one in wanted if document is not None else ():
            if path == one.document.path or document is None or one.symbol not in document.text:
                continue
            for number in range(len(document.lines)):
                if words[one.symbol].search(document.line(number)):
                    yield CallSite(path, number, one.document.path, one.name, certain=False)


async def called(
    wanted: Sequence[Target], lookup: Lookup, seconds: float
) -> tuple[tuple[CallSite, ...], tuple[str, ...]]:
    """The call sites of definitions as the index knows them now, and why there may be more."""
    if not wanted:
        return (), ()
    await lookup.wait()
    until = asyncio.get_running_loop().time() + seconds
    ready = lookup.ready()  # what it has read by now it does not forget while it looks at a file again
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
    if not ready:
        partial["the workspace is still being indexed"] = None
    return tuple(sorted(calls, key=lambda one: (one.path, one.line))), tuple(partial)
