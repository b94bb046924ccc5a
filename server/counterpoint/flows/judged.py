"""Whether an answer to a question out of the history does what its commit did: its tests are run.

The command is the user's. The tests are those that came with the commit, in a copy of the tree as it was,
with the answer's changes made. First it is seen once for each case that they tell right from wrong: they pass
with what was committed, and fail without. Where they do not, they say nothing of an answer either.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from counterpoint.answers import FileChange
from counterpoint.comparing.commits import Touched
from counterpoint.comparing.mining import is_source
from counterpoint.comparing.values import Case
from counterpoint.context.impact import Impact, Impacted
from counterpoint.context.kin import is_test
from counterpoint.disk import Disk
from counterpoint.errors import ConfigError
from counterpoint.flows import scratch
from counterpoint.flows.doubts import why_runs
from counterpoint.flows.scratch import Copy, copied, words_of
from counterpoint.git import Git
from counterpoint.project import Project
from counterpoint.tasks import TESTS
from counterpoint.testruns.command import narrowed

SETTING = "--test or compare.test_command"
SECONDS = 600.0
_MANY = 10_000
"""As many tests are said to be there, so that all of a case's own are run, and only these."""
_GO_TEST = re.compile(r"^func (Test\w+)\(", re.MULTILINE)
_Texts = Mapping[str, bytes | None]


@dataclass(frozen=True)
class Trial:
    """The tests of one case. One run at a time: it is the user's machine. Cancelling ends what is started."""

    project: Project
    command: str
    case: Case
    turn: asyncio.Lock
    seconds: float = SECONDS
    _known: list[str] = field(default_factory=list, init=False, repr=False, compare=False)

    @property
    def said(self) -> str:
        """What `evidence` said, if it has been asked."""
        return self._known[0] if self._known else ""

    async def evidence(self) -> str:
        """Why the tests tell nothing of this case, in words for a user; "" where they tell right from wrong.

        Raises ConfigError for a command that cannot be started.
        """
        if not self._known:
            self._known.append(await self._evidence())
        return self._known[0]

    async def passed(self, changes: Sequence[FileChange]) -> bool | None:
        """Whether an answer's changes do what the commit did; None where the tests cannot tell."""
        held = await asyncio.to_thread(self._held, changes)
        if held or await self.evidence():
            return None
        if self.case.task == TESTS.name:
            return await self._tests_tell(changes)
        tests = await asyncio.to_thread(self._tests)
        return await self._runs(self.case.where, self._overlay(), changes, tests, list(tests))

    async def _evidence(self) -> str:
        if not self.case.change or not self.case.tests:
            return "it has no tests of its own"
        tests = await asyncio.to_thread(self._tests)
        paths = [path for path, raw in tests.items() if raw is not None]
        done = await self._runs(self.case.change, {}, (), {}, paths)
        if not done:
            return "its tests do not pass with what was committed"
        as_answer = {} if self.case.task == TESTS.name else await asyncio.to_thread(self._sources)
        if as_answer and not await self._runs(self.case.where, self._overlay() | as_answer, (), tests, paths):
            return "its tests need more of the commit than its code"
        undone = {} if self.case.task == TESTS.name else self._overlay()
        if await self._runs(self.case.where, undone, (), tests, paths) is not False:
            return "its tests pass without what was committed"
        return ""

    async def _tests_tell(self, changes: Sequence[FileChange]) -> bool | None:
        """Whether tests that were written pass with what was committed and fail without it."""
        paths = [one.moved_to or one.path for one in changes if is_test(one.moved_to or one.path)]
        if not paths:
            return False
        if not await self._runs(self.case.where, self._overlay(), changes, {}, paths):
            return False
        return await self._runs(self.case.where, {}, changes, {}, paths) is False

    async def _runs(
        self,
        revision: str,
        before: _Texts,
        changes: Sequence[FileChange],
        after: _Texts,
        tests: Sequence[str],
    ) -> bool | None:
        """Whether the command ends well in a copy of a revision with texts put there before the changes are
        made and after; None where that is not known."""
        async with self.turn, copied(self.project.root, (), revision) as copy:
            if isinstance(copy, str):
                return None
            why, words = await asyncio.to_thread(self._ready, copy, before, changes, after, tests)
            if why:
                return None
            ran = await scratch.run(words, copy, self.seconds, setting=SETTING)
        return None if ran.code is None else ran.code == 0

    def _ready(
        self, copy: Copy, before: _Texts, changes: Sequence[FileChange], after: _Texts, tests: Sequence[str]
    ) -> tuple[str, Sequence[str]]:
        folder = copy.folder
        why = (
            scratch.put(before, folder) or scratch.make(changes, folder, folder) or scratch.put(after, folder)
        )
        return why, () if why else self._words(folder, tests)

    def _words(self, folder: Path, tests: Sequence[str]) -> Sequence[str]:
        """The command with the tests it is to run, where its runner takes them."""

        def read(path: str) -> str | None:
            try:
                return (folder / path).read_text("utf-8")
            except (OSError, ValueError):
                return None

        try:
            words = words_of(self.command)
        except ValueError:
            raise ConfigError(f"{SETTING}: a quote is not closed.", fix="Correct the setting.") from None
        impact = Impact(
            tuple(one for path in tests for one in _tests_of(path, read(path) or "")),
            {path.rpartition(".")[2]: _MANY for path in tests},
        )
        return narrowed(words, impact, read).words

    def _tests(self) -> dict[str, bytes | None]:
        """The tests as the commit left them. Runs git."""
        git = Git(self.project.root)
        return {path: git.read(self.case.change, path) for path in self.case.tests}

    def _sources(self) -> dict[str, bytes | None]:
        """The code as the commit left it, as a right answer would. Runs git."""
        git = Git(self.project.root)
        changed = (one.path for one in git.changed("--no-renames", self.case.where, self.case.change))
        wanted = (path for path in changed if is_source(Touched(path, "M")))
        return {path: git.read(self.case.change, path) for path in wanted}

    def _overlay(self) -> dict[str, bytes | None]:
        return {path: text.encode("utf-8", "surrogatepass") for path, text in self.case.overlay}

    def _held(self, changes: Sequence[FileChange]) -> bool:
        """Whether something of the change would run by itself: that is the user's to agree to first."""
        disk = Disk(self.project)
        return any(bool(why_runs(one, disk)) for one in changes)


def _tests_of(path: str, text: str) -> Iterator[Impacted]:
    """What of a file can be run: the file, or in Go its functions."""
    names = _GO_TEST.findall(text) if path.endswith(".go") else [""]
    for name in names:
        yield Impacted(path, name, 0, 1.0, "came with the change")
