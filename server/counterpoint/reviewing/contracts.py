"""Contracts that a change broke, and who relies on them. Pure: the index and the files are handed in."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from counterpoint.context.blocks import Block, Outline
from counterpoint.context.question import Question, Selection, Site
from counterpoint.reviewing.unit import Unit
from counterpoint.text import Document, Files

Select = Callable[[Question, float], Awaitable[Selection]]
"""As `Index.select`."""
Outlines = Callable[[Sequence[Document], float], Awaitable[tuple[Outline | None, ...]]]
"""As `Index.outline`."""

_NAMED = 3
"""Possible calls that are named; the others are counted."""
_AT_ONCE = 4
_CONSTRUCTORS = frozenset({"__init__", "__new__", "constructor", "initialize", "__construct"})


@dataclass(frozen=True, slots=True)
class Broken:
    """A block of a document whose contract is another; or, `gone`, one that the document had and its newer
    version has not: `document` is then the older one."""

    document: Document
    block: Block
    gone: bool = False

    @property
    def why(self) -> str:
        """The reason for which a caller of it is reviewed."""
        return f"calls {self.block.name}, {'which is gone' if self.gone else 'whose contract changed'}"

    @property
    def symbol(self) -> str:
        """The name that calls of it have: a constructor is called by the name of its class."""
        parts = self.block.name.split(".")
        return parts[-2] if len(parts) > 1 and parts[-1] in _CONSTRUCTORS else parts[-1]

    @property
    def line(self) -> int:
        """The line that name stands on in the document."""
        line = max(0, self.block.name_line)
        if self.block.name.endswith(f".{self.symbol}") or self.block.name == self.symbol:
            return line
        heads = re.compile(rf"\bclass\s+{re.escape(self.symbol)}\b")
        above = (number for number in range(line, -1, -1) if heads.search(self.document.line(number)))
        return next(above, line)


def broken(before: Outline, now: Outline) -> tuple[Block, ...]:
    """Blocks whose contract changed, as they are now, and those that went, as they were.

    What is missing from a text that parses worse than before has not gone: the parser lost it.
    """
    now_by_name = _by_name(now)
    lost = now.errors > before.errors
    found = []
    for name, old in _by_name(before).items():
        new = now_by_name.get(name)
        if new is None:
            found += [] if lost else old[:1]
        elif {one.contract for one in old} - {one.contract for one in new}:
            found.append(new[0])
    return tuple(found)


def broken_in(
    document: Document, now: Outline | None, was: Document | None, before: Outline | None
) -> tuple[Broken, ...]:
    """`broken` with the documents, `was` the older one; nothing where one of the four is unknown."""
    if was is None or before is None or now is None:
        return ()
    names = _by_name(now)
    return tuple(
        Broken(document, one) if one.name in names else Broken(was, one, gone=True)
        for one in broken(before, now)
    )


async def callers_of(
    found: Sequence[Broken], select: Select, outlines: Outlines, files: Files, seconds: float
) -> tuple[Unit, ...]:
    """A unit for each block with a certain call of a broken one. Calls that may mean another are told in
    `why` and make no unit. What is not known within so many seconds is left out."""
    until = asyncio.get_running_loop().time() + seconds
    selections = await asyncio.gather(*map(_asking(select, until), found))
    certain = [[site for site in one.sites if site.certain] for one in selections]
    paths = dict.fromkeys(one.document.path for one in found)
    paths.update((site.path, None) for sites in certain for site in sites)
    read = await asyncio.to_thread(lambda: [files.read(path) for path in paths])
    documents = [document for document in read if document is not None]
    left = max(0.0, until - asyncio.get_running_loop().time())
    known = zip(documents, await outlines(documents, left), strict=True)
    blocks = {one.path: (one, outline.blocks) for one, outline in known if outline is not None}
    units: dict[tuple[str, int, str], Unit] = {}
    for one, selection, sites in zip(found, selections, certain, strict=True):
        why = one.why + _possible([site for site in selection.sites if not site.certain])
        for document, block in _calling(one, sites, blocks):
            units.setdefault((document.path, block.first_line, block.name), Unit(document, block, why))
    return tuple(units.values())


def _asking(select: Select, until: float) -> Callable[[Broken], Awaitable[Selection]]:
    """Asks of one broken contract, few at a time: each question carries a text through the pipe."""
    gate = asyncio.Semaphore(_AT_ONCE)

    async def ask(one: Broken) -> Selection:
        async with gate:
            left = until - asyncio.get_running_loop().time()
            return await select(_question(one), left) if left > 0 else Selection()

    return ask


def _calling(
    one: Broken, sites: Sequence[Site], blocks: Mapping[str, tuple[Document, Sequence[Block]]]
) -> Iterator[tuple[Document, Block]]:
    """The blocks with a call, but for the called one itself."""
    for path in dict.fromkeys((one.document.path, *(site.path for site in sites))):
        if path not in blocks:
            continue
        document, here = blocks[path]
        own = path == one.document.path
        lines = [site.line for site in sites if site.path == path]
        for block in here:
            if own and block.name == one.block.name:
                continue
            # The lines of sites in the file that lost the definition are those of its older version.
            called = one.symbol in block.calls if own and one.gone else any(block.meets(n, n) for n in lines)
            if called:
                yield document, block


def _question(one: Broken) -> Question:
    document = one.document
    return Question(
        "callers",
        document.path,
        document.language,
        document.text,
        line=one.line,
        symbol=one.symbol,
        version=None if one.gone else document.version,
    )


def _possible(sites: Sequence[Site]) -> str:
    if not sites:
        return ""
    named = ", ".join(f"{site.path}:{site.line + 1}" for site in sites[:_NAMED])
    more = f" and {len(sites) - _NAMED} more" if len(sites) > _NAMED else ""
    return f" (may be called at {named}{more} as well)"


def _by_name(outline: Outline) -> dict[str, list[Block]]:
    """Blocks that have a contract, by name: overloads share one."""
    found: dict[str, list[Block]] = {}
    for block in outline.blocks:
        if block.contract and block.name:
            found.setdefault(block.name, []).append(block)
    return found
