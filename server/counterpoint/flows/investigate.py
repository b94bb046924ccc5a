"""Investigate: what a program printed becomes causes, ranked, and one change set that removes them.

    situation = question(text, files, root, instruction)
    found = await investigate(engine, situation, how=settings.verify, checks=..., agree=...)

The printed text is what the question is about; it is no file of the workspace, and nothing in it is an
instruction. Code is gathered by `context.tracing`.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import IO

from counterpoint.answers import ChangeSet, Dropped, Finding, QuoteEdit
from counterpoint.calls import Call
from counterpoint.context.printed import printed
from counterpoint.edits import change_set
from counterpoint.engine import Engine, Reply, new_job
from counterpoint.errors import CounterpointError, NoUsableRole, UsageError
from counterpoint.flows import price
from counterpoint.flows.checked import NO_CHECKS, Checks, sound
from counterpoint.flows.doubts import Scope
from counterpoint.flows.expecting import expected
from counterpoint.flows.verify import Group, verify
from counterpoint.project import Project, decode
from counterpoint.settings import Verify
from counterpoint.tasks import INVESTIGATE
from counterpoint.text import Document, Files, Situation, Span

OnCause = Callable[[Finding], None]
_READ = 8_000_000
"""Bytes of what was printed that are read, a quarter of them from its beginning."""
_SECOND_LOOK = {"verified": 0, "unverified": 1, "static": 1, "contested": 2, "stale": 3}


@dataclass(frozen=True, slots=True)
class Investigation:
    """`causes` are ranked, the likeliest first. `reply` has the change set that removes them together; its
    `dropped` tell what was left out, causes and fixes. `failures` are second looks that came to nothing."""

    causes: tuple[Finding, ...]
    reply: Reply[ChangeSet]
    failures: tuple[tuple[str, CounterpointError], ...] = ()

    @property
    def changes(self) -> ChangeSet:
        return self.reply.answer

    @property
    def calls(self) -> tuple[Call, ...]:
        return self.reply.calls


@dataclass
class _Run:
    """What an investigation has cost, and lost."""

    job: str
    calls: list[Call] = field(default_factory=list)
    dropped: list[Dropped] = field(default_factory=list)
    failures: list[tuple[str, CounterpointError]] = field(default_factory=list)
    notice: str = ""


def read_printed(stream: IO[bytes], source: str) -> str:
    """All that was printed, or the beginning and the end of very much. Reads the stream; raises UsageError
    for what is no text."""
    raw = stream.read(_READ)
    if len(raw) == _READ:
        raw, tail = raw[: _READ // 4], raw[_READ // 4 :]
        while chunk := stream.read(_READ):
            tail = (tail + chunk)[-_READ * 3 // 4 :]
        raw += b"\n" + tail
    found = decode(raw.replace(b"\0", b""))
    if found is None:
        raise UsageError(f"{source} is no text.", fix="Give what was printed as text.")
    return found.text


def read_file(project: Project, path: str) -> str:
    """What was printed into a file, of the workspace or not, ignored or not: the user has named it. Reads it;
    raises UsageError for one that cannot be read, or holds what never leaves this machine."""
    if why := project.why_private(source_in(project, path) or os.path.realpath(path)):
        raise UsageError(f"{path} is not sent to a model: {why}.", fix="Copy what may be sent of it.")
    try:
        with Path(path).open("rb") as stream:
            return read_printed(stream, path)
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror}.", fix="Name a file that can be read.") from None


def source_in(project: Project, path: str) -> str:
    """A file, absolute or relative to where we are, as the workspace names it; "" where it lies outside."""
    return project.relative(str(Path(path).absolute())) or ""


def question(
    text: str, files: Files, roots: Iterable[str] = (), instruction: str = "", *, source: str = ""
) -> Situation:
    """The question about a printed text of any length. `roots` are the workspace's folder as traces write it;
    `instruction` is what the user adds, `source` the file of the workspace that the text is from. Raises
    UsageError for a text that says nothing."""
    if not text.strip():
        raise UsageError(
            "There is nothing to investigate.", fix="Give a traceback, the output of a test run or a log."
        )
    shown = printed(text, roots)
    document = Document.of("", shown, "plaintext")
    said = instruction.strip() or "Find the causes of this failure."
    return Situation(document, Span(0, len(shown)), files, instruction=said, claims=shown, source=source)


async def investigate(
    engine: Engine,
    situation: Situation,
    *,
    job: str | None = None,
    how: Verify | None = None,
    checks: Checks = NO_CHECKS,
    agree: price.Agree = price.nobody,
    on_cause: OnCause | None = None,
    max_usd: float | None = None,
) -> Investigation:
    """The causes of what was printed. `how` has them looked at once more; without it they stay unverified.
    `on_cause` is told of each as it is found, without its id. `max_usd` bounds what follows the first ask,
    whose price is the caller's to look at: all of it together. Raises as `Engine.ask`."""
    run = _Run(job or new_job())

    def told(item: object) -> None:
        if on_cause is not None and isinstance(item, Finding) and item.path:
            on_cause(item)

    reply = await price.ask(
        engine, INVESTIGATE, situation, agree=agree, job=run.job, on_item=told, calls=run.calls
    )
    run.notice, run.dropped = reply.notice, [*reply.answer.dropped]
    limit, situation = price.Limit(max_usd), replace(situation, price_agreed=False)
    causes = _in_code(reply.answer.kept, run)
    if how is not None and how.by != "none" and causes:
        causes = await _looked_at(engine, situation, causes, how, run, agree, limit)
    causes = ranked(causes)
    limit = limit.after(run.calls)
    made = await removed(engine, situation, causes, run.job, checks=checks, agree=agree, limit=limit)
    answer = replace(made.answer, dropped=(*run.dropped, *made.answer.dropped))
    calls = (*run.calls, *made.calls)
    return Investigation(causes, Reply(answer, calls, run.job, run.notice), tuple(run.failures))


async def removed(
    engine: Engine,
    situation: Situation,
    causes: Sequence[Finding],
    job: str,
    *,
    checks: Checks = NO_CHECKS,
    agree: price.Agree = price.nobody,
    limit: price.Limit = price.NO_LIMIT,
) -> Reply[ChangeSet]:
    """The one change set that removes the causes, located in the files as they are now and checked."""
    changes = await asyncio.to_thread(together, causes, situation)
    reply, scope = Reply(changes, (), job), Scope(situation.document, None, None)
    return await sound(engine, situation, reply, scope, checks, agree=agree, limit=limit)


async def upper_usd(engine: Engine, situation: Situation, how: Verify) -> float:
    """The most an investigation can cost, with the second look that may follow, the finder's answer to it and
    a repair of what does not parse. Sends nothing; raises as `Engine.plan`.

    Causes count as long as they rarely are; what is longer is looked at again when it is about to go out.
    """
    return (await expected(engine, INVESTIGATE, situation, how=how)).whole.upper_usd


def _in_code(found: Sequence[Finding], run: _Run) -> tuple[Finding, ...]:
    """The causes that lie in a file; quotes of the printed text are no evidence in code, and no edit of it
    mends anything."""
    kept = []
    for one in found:
        if not one.path:
            run.dropped.append(Dropped("outside", f"the printed text: {one.title}"))
            continue
        evidence = tuple(quote for quote in one.evidence if quote.path)
        fix = one.fix if one.fix is None or all(edit.path.strip() for edit in one.fix.edits) else None
        if fix is not one.fix:
            run.dropped.append(Dropped("fix-outside", f"{one.path}: {one.title}"))
        kept.append(replace(one, evidence=evidence, fix=fix, lens=INVESTIGATE.name, job=run.job))
    return tuple(kept)


async def _looked_at(
    engine: Engine,
    situation: Situation,
    causes: tuple[Finding, ...],
    how: Verify,
    run: _Run,
    agree: price.Agree,
    limit: price.Limit,
) -> tuple[Finding, ...]:
    """The causes after a second look: those that were refuted are gone, the others have their status."""
    # One at a time where there is a limit: what is under way is not spent yet.
    places = None if limit.most is None else asyncio.Semaphore(1)
    left = limit.after(run.calls)
    groups = [Group(situation, causes)]
    looked = await verify(engine, groups, how, job=run.job, places=places, agree=agree, limit=left)
    run.calls += looked.calls
    run.dropped += looked.dropped
    run.notice = run.notice or looked.notice
    for path, error in looked.failures:
        if isinstance(error, NoUsableRole):  # nobody is there to look: told once, and no failure
            run.notice = run.notice or str(error)
        else:
            run.failures.append((path, error))
    return looked.findings


def ranked(causes: Sequence[Finding]) -> tuple[Finding, ...]:
    """The likeliest first: what a second look contests comes last, whatever its finder believes."""
    return tuple(sorted(causes, key=lambda one: (_SECOND_LOOK[one.status] > 1, -one.confidence)))


def together(causes: Sequence[Finding], situation: Situation) -> ChangeSet:
    """The fixes of the causes as one change set. Each goes whole or not at all, the likelier first; dropped
    as `contested`, or as `conflict` where it touches what another one changes."""
    taken: list[QuoteEdit] = []
    dropped: list[Dropped] = []
    for one in causes:
        if one.fix is None:
            continue
        where = f"{one.path}: {one.fix.title}"
        if one.status in ("contested", "stale"):
            dropped.append(Dropped("fix-contested", where))
            continue
        known = {(edit.path, edit.old, edit.new) for edit in taken}
        new = [
            replace(edit, reason=edit.reason or one.fix.title)
            for edit in one.fix.edits
            if (edit.path, edit.old, edit.new) not in known
        ]
        tried = change_set([*taken, *new], situation.document, situation.files)
        if tried.dropped:
            dropped.append(Dropped("fix-conflict", where))
        else:
            taken += new
    made = change_set(taken, situation.document, situation.files)
    return replace(made, dropped=(*made.dropped, *dropped))
