"""Questions about the code of another day: a copy of the tree that goes from commit to commit.

What is shown with such a question comes from the copy alone. Of today's files nothing is: they hold the
answer. Whatever today's settings and ignore files keep back is kept back of the copy as well, also where it
was called otherwise then. The user's own work tree is neither read nor changed.
"""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import tempfile
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from counterpoint import paths
from counterpoint.comparing.values import Case
from counterpoint.disk import Disk
from counterpoint.engine import Engine
from counterpoint.errors import NotSendable, UsageError
from counterpoint.flows import scratch
from counterpoint.flows.checked import Checks
from counterpoint.flows.since import Followed, Guard, Since
from counterpoint.git import Git
from counterpoint.index.client import Index
from counterpoint.index.schema import index_file
from counterpoint.places import span_of
from counterpoint.project import Overlay, Project
from counterpoint.settings import Settings
from counterpoint.surroundings import Surroundings
from counterpoint.tasks import FIX, AnyTask
from counterpoint.text import Document, Files, Problem, Situation, Span, language_of

_PATIENCE = 60.0
"""Seconds that are waited for the index of a copy: without it the question would be another one."""


@dataclass(frozen=True, slots=True)
class Then:
    """`Files` of a copy: what is there and may be sent, by its own rules and by those of the workspace, which
    `kept` says why not by."""

    there: Project
    kept: Guard

    def read(self, path: str) -> Document | None:
        """As `Files.read`."""
        found = self.there.read(path)
        return None if found is None or self.kept(path, found.text) else found

    def paths(self) -> Sequence[str]:
        """As `Files.paths`."""
        return tuple(path for path in self.there.paths() if self.kept(path, "") is None)


@dataclass(frozen=True, slots=True)
class Standing:
    """A case in the files it is about. `engine` finds context in these only; `index` knows them, None where
    no copy was made."""

    engine: Engine
    situation: Situation
    checks: Checks
    index: Index | None = None


@dataclass
class Stand:
    """The copy. It is made when it is first needed; `close` takes it away. One case stands at a time."""

    engine: Engine
    project: Project
    _home: Path | None = field(default=None, init=False)
    _followed: Followed | None = field(default=None, init=False)
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock, init=False, repr=False)

    @contextlib.asynccontextmanager
    async def at(self, case: Case, task: AnyTask) -> AsyncIterator[Standing]:
        """A case in the tree of its revision, with its own texts put over it. Raises NotSendable where its
        file may not be sent or is not there, UsageError where git has no such revision."""
        async with self._turn:
            if not case.where and not await asyncio.to_thread(self._in_git):
                yield await asyncio.to_thread(self._here, case, task)
                return
            folder, since = await scratch.whole(asyncio.to_thread(self._moved, case))
            settings = self.engine.settings
            index = Index(
                folder,
                max_file_bytes=settings.privacy.max_file_bytes,
                local_only=settings.privacy.local_only,
                watch=False,
            )
            surroundings = Surroundings(folder, index, patience=_PATIENCE)
            was, there = self.engine.ports, _project(folder, settings)
            guard, barred = _linked(there, since.guard(was.guard)), _linked(there, since.barred(was.barred))
            ports = replace(was, guard=guard, barred=barred, gather=surroundings.gather, judge=index.judge)
            engine = Engine(settings, self.engine.catalogue, self.engine.ledger, ports)
            kept = _linked(there, since.guard(self.project.why_not_sent_text))
            try:
                situation = await asyncio.to_thread(_situation, case, task, Then(there, kept))
                situation = replace(situation, passes=tuple(settings.review.passes))
                checks = Checks(Disk(there), index.outline, settings.refactor.extras)
                yield Standing(engine, situation, checks, index)
            finally:
                await engine.close()
                await index.close()

    def _in_git(self) -> bool:
        with contextlib.suppress(UsageError):
            Git(self.project.root).check()
            return True
        return False

    def _here(self, case: Case, task: AnyTask) -> Standing:
        """A case with its own texts over the files as they are, where there is no git to make a copy."""
        texts = {path: Document.of(path, text, language_of(path)) for path, text in case.overlay}
        files = Overlay(self.project, texts)
        settings = self.engine.settings
        situation = replace(_situation(case, task, files), passes=tuple(settings.review.passes))
        return Standing(self.engine, situation, Checks(Disk(self.project), None, settings.refactor.extras))

    async def close(self) -> None:
        """Take the copy and its index away."""
        if self._home is not None:
            await scratch.whole(asyncio.to_thread(self._removed, self._home))
            self._home = None

    def _moved(self, case: Case) -> tuple[Path, Since]:
        """The folder that stands for the workspace, as it was at the case's revision, and what became of its
        files. Runs git."""
        git = Git(self.project.root)
        git.check()
        commit = git.commit(case.where) if case.where else git.head()
        if self._home is None:
            self._home = Path(tempfile.mkdtemp(prefix="counterpoint-then-")).resolve()
            git.add_worktree(self._home / "tree", commit)
        tree = self._home / "tree"
        Git(tree).stand_on(commit)
        folder = tree / git.prefix()
        folder.mkdir(parents=True, exist_ok=True)
        if why := scratch.put(
            {path: text.encode("utf-8", "surrogatepass") for path, text in case.overlay}, folder
        ):
            raise UsageError(f"{case.name}: {why}.", fix="Correct the case.")
        self._followed = self._followed or Followed(self.project.root)
        return folder, self._followed.since(commit)

    def _removed(self, home: Path) -> None:
        git = Git(self.project.root)
        with contextlib.suppress(UsageError):
            folder = home / "tree" / git.prefix()
            file = index_file(folder.resolve(), paths.folders().cache)
            for kept in file.parent.glob(f"{file.name}*"):
                kept.unlink(missing_ok=True)
            git.remove_worktree(home / "tree")
        shutil.rmtree(home, ignore_errors=True)


def _project(folder: Path, settings: Settings) -> Project:
    return Project(
        folder, max_file_bytes=settings.privacy.max_file_bytes, local_only=settings.privacy.local_only
    )


def _linked(there: Project, inner: Guard) -> Guard:
    """The guard asked also of what a path is a link to in the copy: today it may be none, or another one."""
    return lambda path, about: next((why for name in there.names(path) if (why := inner(name, about))), None)


def _situation(case: Case, task: AnyTask, files: Files) -> Situation:
    """The question itself. Reads files."""
    document = files.read(case.path)
    if document is None:
        raise NotSendable(
            f"{case.name}: {case.path} is not there, or may not be sent.", fix="Leave the case out."
        )
    span = span_of(document, case.lines)
    if case.column is not None and case.lines:
        row = case.lines[0] - 1
        at = document.start_of(row) + min(case.column - 1, len(document.line(row)))
        span = Span(at, at)
    pieces = tuple((path, first - 1, last - 1) for path, first, last in case.pieces)
    problems = (Problem(case.path, span, case.instruction),) if task is FIX else ()
    return Situation(document, span, files, case.instruction, problems, pieces=pieces)
