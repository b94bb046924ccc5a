"""The user's tests on a change, in a copy of the work tree: which of them, what they say, whose fault it is.

A failure is told apart before anybody mends anything: what failed without the change, and what passes when it
is run again, is nothing of the change's. Each is looked at only where there is a failure.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from counterpoint.answers import FileChange
from counterpoint.context.impact import Impact, Touched
from counterpoint.context.kin import is_test
from counterpoint.disk import Disk, Local
from counterpoint.errors import ConfigError, CounterpointError
from counterpoint.flows.doubts import why_runs
from counterpoint.flows.refactoring.mending import May, unsaid
from counterpoint.flows.refactoring.values import Receipt, Step
from counterpoint.flows.scratch import Copy, Ran, copied, run, words_of
from counterpoint.testruns.category import categorised
from counterpoint.testruns.command import Narrowed, narrowed, runner_of
from counterpoint.testruns.read import read_run
from counterpoint.testruns.values import Failure, Run
from counterpoint.text import Document, Files

SETTING = "--test or refactor.test_command"
SECONDS = 900.0
_CHOOSING = 10.0
"""Seconds to find out which tests a change may break."""

Impacted = Callable[[Touched, float], Awaitable[Impact]]
"""As `Surroundings.impacted`."""


@dataclass(frozen=True)
class Tests:
    """The user's test command for one workspace. One run at a time: it is the user's machine.

    What cannot be run is told in the receipt. Nothing runs of a change of what runs by itself: that is the
    user's to agree to first. Cancelling ends what was started.
    """

    root: Path
    command: str
    impacted: Impacted
    files: Local
    """What may be looked at on this machine."""
    seconds: float = SECONDS
    turn: asyncio.Lock = field(default_factory=asyncio.Lock, repr=False, compare=False)

    async def __call__(self, changes: Sequence[FileChange], step: Step) -> Receipt:
        if not self.command.strip():
            return Receipt()
        try:
            if why := await asyncio.to_thread(self._held, changes):
                return Receipt(self.command, why=f"the tests were not run: {why}", started=False)
            async with self.turn:
                return await self._receipt(changes, step)
        except CounterpointError as error:
            return Receipt(self.command, why=str(error))
        except (OSError, ValueError) as error:
            # The change was paid for: a full disk must not lose it.
            said = (error.strerror if isinstance(error, OSError) else "") or str(error)
            return Receipt(self.command, why=f"the tests could not be run: {said}", started=False)

    def _held(self, changes: Sequence[FileChange]) -> str:
        """Why the user has to be asked before anything of the change runs, else "". Reads the disk."""
        disk = Disk(self.files.project)
        for one in changes:
            if why := why_runs(one, disk):
                return f"{one.moved_to or one.path} is the user's to agree to first ({why})"
        return ""

    async def _receipt(self, changes: Sequence[FileChange], step: Step) -> Receipt:
        chosen = await self._chosen(changes)
        now = moved(chosen, changes)
        number = len(chosen.tests)
        step(f"Running {number} of {chosen.total} tests" if number else f"Running `{self.command}`")
        async with copied(self.root, changes) as copy:
            if isinstance(copy, str):
                return Receipt(self.command, why=copy)
            ran = await self._run(now, copy)
            if ran.code is None:
                return Receipt(self.command, why=f"they were not done within {self.seconds:g} s")
            found = await self._read(ran, copy, changes)
            before = again = None
            if found.failures:
                step(f"{len(found.failures)} tests fail; running them without the change")
                before = await self._before(chosen)
                found = await self._sorted(found, copy, changes, before, None)
            if any(one.category not in ("failed before", "environment") for one in found.failures):
                step("Running the failing tests again")
                again = await self._read(await self._run(now, copy), copy, changes)
                found = await self._sorted(found, copy, changes, before, again)
        return self._made(found, ran, chosen)

    def _made(self, found: Run, ran: Ran, chosen: Narrowed) -> Receipt:
        flaky = sum(one.category == "flaky" for one in found.failures)
        return Receipt(
            self.command,
            passed=found.passed + flaky,
            total=found.total,
            chosen=len(chosen.tests),
            of=chosen.total,
            why=chosen.why if found.understood else _last_words(ran),
            failures=found.failures,
            understood=found.understood and found.total > 0,
        )

    async def _chosen(self, changes: Sequence[FileChange]) -> Narrowed:
        """The command that runs the tests which the changes may break."""
        try:
            words = words_of(self.command)
        except ValueError:
            raise ConfigError(f"{SETTING}: a quote is not closed.", fix="Correct the setting.") from None
        impact = await self.impacted(touched(changes), _CHOOSING)
        return await asyncio.to_thread(narrowed, words, impact, self._text)

    def _text(self, path: str) -> str | None:
        try:
            return (self.root / path).read_text("utf-8")
        except (OSError, ValueError):
            return None

    async def _run(self, chosen: Narrowed, copy: Copy) -> Ran:
        return await run(chosen.words, copy, self.seconds, setting=SETTING, keep=True)

    async def _before(self, chosen: Narrowed) -> Run | None:
        """The same tests without the change; None where that tells nothing."""
        async with copied(self.root, ()) as copy:
            if isinstance(copy, str):
                return None
            return await self._read(await self._run(chosen, copy), copy, ())

    async def _read(self, ran: Ran, copy: Copy, changes: Sequence[FileChange]) -> Run:
        paths = await asyncio.to_thread(self._paths, changes)
        return await asyncio.to_thread(read_run, ran.output, ran.code, paths, str(copy.folder))

    async def _sorted(
        self, found: Run, copy: Copy, changes: Sequence[FileChange], before: Run | None, again: Run | None
    ) -> Run:
        """The run with the category of each failure."""

        def read(path: str) -> str | None:
            try:
                return (copy.folder / path).read_text("utf-8", "replace")
            except (OSError, ValueError):
                return None

        def told() -> Run:
            paths = self._paths(changes)
            names = [name for one in changes for name in (one.path, one.moved_to) if name]
            return categorised(found, paths=paths, changed=names, before=before, again=again, read=read)

        return await asyncio.to_thread(told)

    def _paths(self, changes: Sequence[FileChange]) -> frozenset[str]:
        """The files there are with the changes made. Reads folders."""
        gone = {one.path for one in changes if one.deleted or one.moved_to}
        made = {one.moved_to or one.path for one in changes if not one.deleted}
        return frozenset((set(self.files.paths()) - gone) | made)


def touched(changes: Sequence[FileChange]) -> dict[str, list[tuple[int, int]]]:
    """The lines that changes touch, of the text as it was; a file that moves or goes is touched whole."""
    found: dict[str, list[tuple[int, int]]] = {}
    for one in changes:
        if one.before is None:
            continue
        document = Document.of(one.path, one.before, "plaintext")
        spans = () if one.deleted or one.moved_to else tuple(edit.span for edit in one.edits)
        found[one.path] = [
            (document.position(span.start).line, document.position(span.end).line) for span in spans
        ]
    return found


def moved(chosen: Narrowed, changes: Sequence[FileChange]) -> Narrowed:
    """The command for the tree with the changes made: tests are where they are then, new ones included."""
    words = list(chosen.words)
    for one in changes:
        if one.deleted:
            words = [word for word in words if word.partition("::")[0] != one.path]
        elif one.moved_to:
            words = [
                one.moved_to + word[len(one.path) :] if word.partition("::")[0] == one.path else word
                for word in words
            ]
        elif one.before is None and chosen.tests and is_test(one.path) and runner_of(words)[0] != "go":
            words.append(one.path)
    return replace(chosen, words=tuple(words))


def _last_words(ran: Ran) -> str:
    """What a run that nobody understands ended with."""
    said = next((line.strip() for line in reversed(ran.output.split("\n")) if line.strip()), "")
    return f"the command ended with {ran.code}" + (f" ({said[:120]})" if said else "")


def worded(failures: Sequence[Failure], local: Files, may: May) -> str:
    """Failures as a list for a model, but for those in files that `may` not be told of; "" for none. What is
    known to be from no file is told without its words: they may be any file's."""
    rows = []
    for one in failures:
        # The test and who calls what fails may be elsewhere, and what fails says what they gave it.
        others = {one.test.partition("::")[0], *(frame.path for frame in one.frames)} - {one.path}
        if (one.path and not may(one.path)) or any(local.read(path) and not may(path) for path in others):
            continue
        said = f" at {one.path}:{one.line} ({one.category}): {one.error}: {one.message[:1_500]}"
        rows.append(f"- test {one.test} fails{said if one.path else f' ({one.category}): {one.error}'}\n")
    return "".join(rows) + unsaid(len(failures) - len(rows), "failure") if rows else ""
