"""Fixes that are proven before they are offered: made on a scratch copy, and looked at as code would be.

An unproven fix is taken away, with the reason; its finding stays.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from typing import Protocol, TypeAlias

from counterpoint.answers import Dropped, FileChange, Finding
from counterpoint.context.blocks import Outline
from counterpoint.context.question import Question, Selection
from counterpoint.edits import change_set
from counterpoint.errors import CounterpointError
from counterpoint.reviewing.contracts import Broken, Select, broken, callers_of
from counterpoint.reviewing.unit import Unit
from counterpoint.static.checker import NO_RULES, StaticResult
from counterpoint.text import Document, Files, Situation, apply, language_of

SECONDS = 5.0
"""For taking the files of one fix apart."""

Outlines: TypeAlias = Callable[[Sequence[Document], float], Awaitable[tuple[Outline | None, ...]]]
"""As `Index.outline`."""
Static: TypeAlias = Callable[[Sequence[Document]], Awaitable[StaticResult]]
Callers: TypeAlias = Callable[[Sequence[Broken]], Awaitable[Sequence[Unit]]]
"""The blocks that call what is broken, as `reviewing.contracts.callers_of`."""
OnDropped: TypeAlias = Callable[[Dropped], None]


class Command(Protocol):
    """A command of the user's, as `proof_command.ProofCommand`."""

    @property
    def label(self) -> str:
        """The proof in the words of a title."""
        ...

    async def __call__(self, changes: Sequence[FileChange]) -> str | None:
        """Why the changes do not pass, or None."""
        ...


class _Unproven(Exception):
    """A proof that failed, by one of few words, with the place."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(reason)
        self.reason, self.detail = reason, detail


@dataclass(frozen=True, slots=True)
class _Pair:
    """A file before the fix and after it; `before` None for a new one."""

    before: Document | None
    after: Document


async def prove(
    finding: Finding,
    files: Files,
    *,
    outline: Outlines | None,
    static: Static | None,
    command: Command | None = None,
    callers: Callers | None = None,
    on_dropped: OnDropped = lambda dropped: None,
) -> Finding:
    """The finding with the proofs of its fix, or without the fix, for which `on_dropped` is told one of

    `fix-does-not-apply`, `fix-unread` (nobody could take the files apart in time), `fix-parses-worse`,
    `fix-raises-rule`, `fix-breaks-callers`, `fix-fails-command`.

    `files` reads the documents as they are in the editor. Without `callers` any change of a contract breaks
    them. A language without grammar is proven to apply, and to pass the command. Raises nothing of ours.
    """
    if finding.fix is None:
        return finding
    try:
        changes = _changes(finding, files)
        pairs = [_pair(change, files) for change in changes]
        proof = [
            "applies",
            *await _parsed(pairs, outline, callers),
            *await _ruled(pairs, static),
            *await _passed(changes, command),
        ]
    except _Unproven as error:
        on_dropped(Dropped(error.reason, f"{finding.title}: {error.detail}"))
        return replace(finding, fix=None)
    return replace(finding, fix=replace(finding.fix, proof=tuple(proof)))


@dataclass(frozen=True)
class Proofs:
    """`prove` over the findings of one ask, as a review calls it."""

    outline: Outlines | None
    static: Static | None
    command: Command | None = None
    callers: Callers | None = None

    async def __call__(
        self,
        findings: Sequence[Finding],
        situation: Situation,
        on_dropped: OnDropped = lambda dropped: None,
    ) -> tuple[Finding, ...]:
        """The findings in their order."""
        files = _With(situation.document, situation.files)
        proved = []
        for finding in findings:
            proved.append(
                await prove(
                    finding,
                    files,
                    outline=self.outline,
                    static=self.static,
                    command=self.command,
                    callers=self.callers,
                    on_dropped=on_dropped,
                )
            )
        return tuple(proved)


def proofs_over(
    outline: Outlines,
    select: Select,
    files: Files,
    static: Static | None,
    command: Command | None,
    ready: Callable[[], bool] = lambda: True,
) -> Proofs:
    """Proofs that find callers through the index: `outline` and `select` as `Index` has them, `ready` says
    whether it knows all files by now."""

    async def callers(changed: Sequence[Broken]) -> Sequence[Unit]:
        unknown: list[str] = []

        async def noted(question: Question, seconds: float) -> Selection:
            found = await select(question, seconds)
            unknown.extend(path for path, _ in found.left_out if ":" not in path)
            return found

        found = await callers_of(changed, noted, outline, files, SECONDS)
        if unknown or not ready():
            # An index that does not answer, or has not read all, knows of no callers either.
            raise _Unproven("fix-unread", f"not all callers are known ({', '.join(unknown) or 'indexing'})")
        return found

    return Proofs(outline, static, command, callers)


@dataclass(frozen=True, slots=True)
class _With:
    """Files, and one document as it was when it was asked about."""

    document: Document
    files: Files

    def read(self, path: str) -> Document | None:
        return self.document if path == self.document.path else self.files.read(path)

    def paths(self) -> Sequence[str]:
        return self.files.paths()


def _changes(finding: Finding, files: Files) -> tuple[FileChange, ...]:
    """All edits of the fix, or none: half of a fix proves nothing."""
    assert finding.fix is not None
    document = files.read(finding.path)
    if document is None:
        raise _Unproven("fix-does-not-apply", f"{finding.path} cannot be read")
    made = change_set(finding.fix.edits, document, files)
    if made.dropped:
        raise _Unproven("fix-does-not-apply", f"{made.dropped[0].reason}: {made.dropped[0].detail}")
    if not made.files:
        raise _Unproven("fix-does-not-apply", "it changes nothing")
    return made.files


def _pair(change: FileChange, files: Files) -> _Pair:
    before = files.read(change.path) if change.before is not None else None
    language = before.language if before is not None else language_of(change.path)
    return _Pair(before, Document.of(change.path, apply(change.before or "", change.edits), language))


async def _parsed(pairs: Sequence[_Pair], outline: Outlines | None, callers: Callers | None) -> list[str]:
    if outline is None:
        raise _Unproven("fix-unread", "nothing takes files apart here")
    old = [pair.before for pair in pairs if pair.before is not None]
    known = await outline([*old, *(pair.after for pair in pairs)], SECONDS)
    before = dict(zip((one.path for one in old), known[: len(old)], strict=True))
    trees: list[bool] = []
    changed: list[Broken] = []
    for pair, now in zip(pairs, known[len(old) :], strict=True):
        was = before.get(pair.after.path, Outline(()))
        if now is None or was is None:
            raise _Unproven("fix-unread", f"{pair.after.path} was not taken apart in time")
        if now.errors > was.errors:
            raise _Unproven("fix-parses-worse", f"{pair.after.path} does not parse afterwards")
        trees.append(now.source == "tree")
        changed += _broken(pair, was, now)
    if not all(trees):
        return []
    return ["parses", await _kept(pairs, changed, callers)]


def _broken(pair: _Pair, was: Outline, now: Outline) -> list[Broken]:
    if pair.before is None:
        return []
    names = {block.name for block in now.blocks}
    return [
        Broken(pair.before, block, gone=block.name not in names)
        for block in broken(was, now)
        if block.contract
    ]


async def _kept(pairs: Sequence[_Pair], changed: Sequence[Broken], callers: Callers | None) -> str:
    """The proof that whoever calls what the fix changes still may. Callers that the fix changes too are its
    own business: they were written with it."""
    if not changed:
        return "callers intact"
    names = ", ".join(dict.fromkeys(one.block.name for one in changed))
    if callers is None:
        raise _Unproven("fix-breaks-callers", f"the contract of {names} changes")
    touched = {pair.after.path: pair for pair in pairs}
    units = [one for one in await callers(changed) if not _changes_block(one, touched)]
    if units:
        places = ", ".join(f"{one.path}:{one.block.first_line + 1}" for one in units[:3])
        raise _Unproven("fix-breaks-callers", f"{names} is called at {places}")
    return "no callers left behind"


def _changes_block(unit: Unit, touched: dict[str, _Pair]) -> bool:
    pair = touched.get(unit.path)
    if pair is None:
        return False
    lines = range(unit.block.first_line, unit.block.last_line + 1)
    return "\n".join(unit.document.line(at) for at in lines) not in pair.after.text


async def _ruled(pairs: Sequence[_Pair], static: Static | None) -> list[str]:
    if static is None:
        return []
    before = await static([pair.before for pair in pairs if pair.before is not None])
    after = await static([pair.after for pair in pairs])
    spoilt = [one for one in after.skipped if one[1] != NO_RULES and one not in before.skipped]
    if spoilt:
        raise _Unproven("fix-unread", f"{spoilt[0][0]}: {spoilt[0][1]}")
    new = _kinds(after) - _kinds(before)
    if new:
        path, rule = next(iter(new))
        raise _Unproven("fix-raises-rule", f"{rule} in {path}")
    checked = {pair.after.path for pair in pairs} - {path for path, _ in after.skipped}
    return ["no new rule"] if checked else []


def _kinds(result: StaticResult) -> Counter[tuple[str, str]]:
    return Counter((one.path, one.rule) for one in result.findings)


async def _passed(changes: Sequence[FileChange], command: Command | None) -> list[str]:
    if command is None:
        return []
    try:
        why = await command(changes)
    except CounterpointError as error:
        why = str(error)
    if why is not None:
        raise _Unproven("fix-fails-command", why)
    return [command.label]
