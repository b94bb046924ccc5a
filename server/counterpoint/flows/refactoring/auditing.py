"""The audit of a change set: its files before and after, and who calls what changed in them."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from counterpoint.answers import ChangeSet, FileChange
from counterpoint.audit import Audit, CallSite, audit, changed, words
from counterpoint.flows.doubts import document_after
from counterpoint.flows.refactoring.sites import SECONDS, Known, Lookup, called
from counterpoint.flows.refactoring.values import Tools
from counterpoint.text import Document, language_of

UNKNOWN = "not all callers are known"


@dataclass(frozen=True, slots=True)
class Audited:
    """An audit, and all call sites that it was given."""

    audit: Audit
    known: Known


async def audited(answer: ChangeSet, known: Known, tools: Tools) -> Audited:
    """What became of everybody who relies on what a change set changes. `known` are the call sites found
    before the ask; those of what it changes beyond that are looked for now."""
    before, after = before_and_after(answer.files)
    targets, names = await asyncio.to_thread(lambda: (changed(before, after), words(before, after)))
    asked = {(one.document.path, one.name) for one in known.targets}
    more = [one for one in targets if (one.document.path, one.name) not in asked]
    calls, partial = await called(more, tools.lookup, SECONDS)
    held = dict.fromkeys((*known.targets, *more))
    everyone: Sequence[CallSite] = tuple(dict.fromkeys((*known.calls, *calls)))
    now = Known(tuple(held), tuple(everyone), tuple(dict.fromkeys((*known.partial, *partial))))
    paths = await _using(names, tools.lookup)
    files = tools.local
    if paths is not None:
        files = replace(files, indexed=frozenset(paths))
        paths = sorted({*paths, *(call.path for call in everyone)})
    found = await asyncio.to_thread(audit, before, after, everyone, files, paths)
    if now.partial:
        found = replace(found, notes=(*found.notes, UNKNOWN))
    return Audited(found, now)


async def _using(names: Collection[str], lookup: Lookup) -> Sequence[str] | None:
    """The files that have one of these words; None, which means all, while the index has not read them."""
    if not names:
        return ()
    await lookup.wait()
    return await lookup.mentioning(sorted(names), SECONDS) if lookup.ready() else None


def before_and_after(files: Sequence[FileChange]) -> tuple[dict[str, Document], dict[str, Document]]:
    """The changed files by path, as they were and as they will be."""
    before = {
        one.path: Document.of(one.path, one.before, language_of(one.path))
        for one in files
        if one.before is not None
    }
    after = {
        document.path: document for one in files if not one.deleted for document in (document_after(one),)
    }
    return before, after
