"""What every change set goes through before anybody sees it, whichever task it answers.

Nothing outside the workspace, nothing ignored, no file over another. What was not asked for, or decides what
runs by itself, is marked for the user to agree to. A file that would parse worse goes back to the model once,
and is left out if that does not help.
"""

from __future__ import annotations

import asyncio
from collections.abc import Container, Sequence
from dataclasses import dataclass, replace

from counterpoint.answers import ChangeSet, Dropped, FileChange, joined
from counterpoint.calls import Call
from counterpoint.composing import merged
from counterpoint.context.blocks import Outline
from counterpoint.disk import Disk
from counterpoint.engine import Engine, Reply
from counterpoint.errors import CounterpointError
from counterpoint.flows.doubts import INCOMPLETE, Extras, Scope, document_after, doubted
from counterpoint.flows.price import NO_LIMIT, Agree, Limit, ask, nobody
from counterpoint.flows.proving import SECONDS, Outlines
from counterpoint.tasks import REPAIR, Task
from counterpoint.text import Document, Files, Situation, Span, language_of


@dataclass(frozen=True, slots=True)
class Checks:
    """`outline` takes files apart, as `Index.outline`; without it nothing is known to parse worse."""

    disk: Disk | None = None
    outline: Outlines | None = None
    extras: Extras = "flag"


NO_CHECKS = Checks()


@dataclass(frozen=True, slots=True)
class With:
    """Files, with the text that a change set leads to over them."""

    files: Files
    changes: Sequence[FileChange] = ()

    def read(self, path: str) -> Document | None:
        """As `Files.read`."""
        for change in self.changes:
            if path == (change.moved_to or change.path):
                return None if change.deleted else document_after(change)
            if path == change.path:
                return None
        return self.files.read(path)

    def paths(self) -> Sequence[str]:
        """As `Files.paths`."""
        gone = {one.path for one in self.changes if one.deleted or one.moved_to}
        made = [one.moved_to or one.path for one in self.changes if not one.deleted]
        known = [path for path in self.files.paths() if path not in gone]
        return [*known, *(path for path in made if path not in known)]


async def checked(changes: ChangeSet, scope: Scope, checks: Checks) -> ChangeSet:
    """The change set without what may not be written, `dropped` as `outside`, `ignored`, `exists` or
    `not-asked`, and with the doubts that belong to what stays."""
    return await asyncio.to_thread(doubted, changes, scope, checks.disk, checks.extras)


async def sound(
    engine: Engine,
    situation: Situation,
    reply: Reply[ChangeSet],
    scope: Scope,
    checks: Checks,
    *,
    agree: Agree = nobody,
    limit: Limit = NO_LIMIT,
) -> Reply[ChangeSet]:
    """A reply whose change set is `checked` and parses no worse than the files did: what does is asked about
    once, and dropped as `parses-worse` if that does not help. A repair that fails loses nothing else, and is
    not made where it could go beyond the limit, of which the reply's own calls are not spent yet."""
    answer, calls = await checked(reply.answer, scope, checks), reply.calls
    worse = await parsing_worse(answer.files, checks.outline)
    if worse:
        broken = "".join(f"- {one.moved_to or one.path} does not parse any more.\n" for one in worse)
        made: list[Call] = []
        left = limit.after(calls)
        mended = await repaired(engine, situation, answer, broken, worse[0], reply.job, made, agree, left)
        calls = (*calls, *made)
        answer = await checked(mended, scope, checks)
        still = {one.path for one in await parsing_worse(answer.files, checks.outline)}
        answer = without(answer, still, "parses-worse")
    return replace(reply, answer=answer, calls=calls)


async def repaired(
    engine: Engine,
    situation: Situation,
    answer: ChangeSet,
    broken: str,
    first: FileChange,
    job: str,
    calls: list[Call],
    agree: Agree = nobody,
    limit: Limit = NO_LIMIT,
    task: Task[ChangeSet] = REPAIR,
) -> ChangeSet:
    """The change set with what a model mends of it: `broken` lists what is wrong, `first` is the file to show
    whole. `calls` takes what that cost. The same change set where the model fails or mends nothing, or where
    it could cost more than is left of the limit."""
    files = With(situation.files, answer.files)
    document = document_after(first)
    asked = replace(
        situation,
        document=document,
        span=Span(0, len(document.text)),
        files=files,
        claims=broken,
        problems=(),
        hunks=(),
        ranges=(),
    )
    try:
        await limit.check(engine, task, asked, "A repair")
        reply = await ask(engine, task, asked, agree=agree, job=job, calls=calls)
    except CounterpointError as error:
        return replace(answer, dropped=(*answer.dropped, Dropped("not-repaired", str(error))))
    told = dict.fromkeys((*answer.assumptions, *reply.answer.assumptions))
    return replace(
        answer, files=merged(answer.files, reply.answer.files), assumptions=tuple(told), question=""
    )


def without(answer: ChangeSet, paths: Container[str], reason: str) -> ChangeSet:
    """The change set without some files; what stays of it is the user's to agree to."""
    gone = tuple(Dropped(reason, one.path) for one in answer.files if one.path in paths)
    if not gone:
        return answer
    stay = (one for one in answer.files if one.path not in paths)
    files = tuple(replace(one, doubt=joined(one.doubt, INCOMPLETE)) for one in stay)
    return replace(answer, files=files, dropped=(*answer.dropped, *gone))


async def parsing_worse(files: Sequence[FileChange], outline: Outlines | None) -> tuple[FileChange, ...]:
    """The files that have more syntax errors than they had. None of those nobody could take apart in time."""
    if outline is None:
        return ()
    kept = [one for one in files if not one.deleted]
    before = [
        Document.of(one.path, one.before, language_of(one.path)) for one in kept if one.before is not None
    ]
    known = await outline([*before, *map(document_after, kept)], SECONDS)
    had = dict(zip((one.path for one in before), known[: len(before)], strict=True))
    pairs = zip(kept, known[len(before) :], strict=True)
    return tuple(one for one, now in pairs if now and now.errors > _errors(had.get(one.path)))


def _errors(outline: Outline | None) -> int:
    return outline.errors if outline is not None else 0
