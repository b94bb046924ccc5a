"""Change sets of a session that may still be kept, taken back or refined, followed as their texts change."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any, TypeAlias

from counterpoint.answers import FileChange, Finding
from counterpoint.flows.applied import Applied, AppliedFile, arrived, covers, follow, stands
from counterpoint.flows.became import Written
from counterpoint.flows.conversing import Conversation, Told, Turn, became, turn_of, words
from counterpoint.flows.endings import Endings
from counterpoint.index.edits import LineEdit
from counterpoint.ledger_judged import JobOutcome
from counterpoint.ledger_outcomes import Choice, EditOutcome
from counterpoint.lsp.session import Session
from counterpoint.lsp.work import new_job
from counterpoint.lsp.writes import Writes
from counterpoint.tasks import FIX
from counterpoint.text import Document, Problem, Situation, Span, language_of

if TYPE_CHECKING:
    from counterpoint.workspace import Workspace

_MOST = 30
"""Change sets that are followed, the newest."""
_CHOICES = 200
REVERTING = "reverting"
"""A choice under way: that the text goes back is no undo of the user's."""
_Change: TypeAlias = Callable[[AppliedFile], AppliedFile]


@dataclass(frozen=True, slots=True)
class Kept:
    """A change set and the folder its paths are relative to. `alive` says that some of it stands in an open
    document."""

    root: str
    applied: Applied
    alive: bool = False


class AppliedSets:
    """Touched by the event loop only. By job, the oldest first."""

    def __init__(self) -> None:
        self._sets: dict[str, Kept] = {}
        self.choices: dict[str, str] = {}
        """What was last done with an edit, by job."""
        self._earlier: dict[str, tuple[Turn, ...]] = {}
        self.conversations: dict[str, Conversation] = {}
        self.pages: dict[str, str] = {}
        """Conversations that are documents, by the document's key."""
        self.writes = Writes()

    def add(self, root: str, applied: Applied) -> None:
        """Follow a change set that an editor is about to apply. One that did the very same before, and was
        undone, would come back with it."""
        does = _does(applied)
        for job in [
            job for job, kept in self._sets.items() if job == applied.job or _does(kept.applied) == does
        ]:
            del self._sets[job]
        self._sets[applied.job] = Kept(root, applied)
        while len(self._sets) > _MOST:
            del self._sets[next(iter(self._sets))]

    def drop(self, job: str) -> None:
        self._sets.pop(job, None)

    def get(self, job: str) -> Applied | None:
        """The change set of a job, as it stands now."""
        kept = self._sets.get(job)
        return kept.applied if kept else None

    def root(self, job: str) -> str:
        """The folder the paths of a change set are relative to; "" where it is not followed."""
        kept = self._sets.get(job)
        return kept.root if kept else ""

    def chose(self, job: str, choice: str) -> None:
        """Remember what was done with an edit."""
        _put(self.choices, job, choice)

    def continues(self, job: str, turns: Sequence[Turn]) -> None:
        """An edit comes after these turns of a conversation."""
        _put(self._earlier, job, tuple(turns))

    def refined(self, job: str) -> bool:
        """Whether an edit is one that came of another."""
        return bool(self._earlier.get(job))

    def holds(self, conversation: Conversation) -> None:
        """Keep a conversation as it is now."""
        _put(self.conversations, conversation.id, conversation)

    async def turns(self, applied: Applied) -> tuple[Turn, ...]:
        """The conversation an edit stands in, with the edit as its last turn."""
        return (*self._earlier.get(applied.job, ()), await asyncio.to_thread(turn_of, applied))

    def told(self, turns: Iterable[Turn]) -> tuple[str, Told]:
        """A conversation in words, with what became of each edit by now, and where files are told of."""
        return words([(one, became(self.get(one.job), self.choices.get(one.job, ""))) for one in turns])

    def here(self, root: str, path: str, span: Span) -> Applied | None:
        """The newest change set that changed lines of a place."""
        for kept in reversed(self._sets.values()):
            file = kept.applied.file(path) if kept.root == root else None
            if file is not None and covers(file, span):
                return kept.applied
        return None

    def opened(self, root: str, document: Document) -> list[Applied]:
        """A document was opened. Returns the change sets that have just come to stand somewhere."""
        return self._update(root, document.path, lambda file: arrived(replace(file, at=None), document))[0]

    def changed(
        self, root: str, before: Document, after: Document, edits: Sequence[LineEdit]
    ) -> tuple[list[Applied], list[Applied]]:
        """A document has changed. Returns the change sets that have come, and those that are gone."""
        return self._update(root, after.path, lambda file: follow(file, before, after, edits))

    def closed(self, root: str, path: str) -> None:
        """A document was closed. Opened again with the same text, it has the same edits."""
        self._update(root, path, lambda file: replace(file, at=None))

    def back(self, was: Applied, now: Document) -> None:
        """A change set stands again in a document as it did before another version took its place."""
        kept = self._sets.get(was.job)
        if kept is None:
            return
        files = tuple(
            replace(old, at=now)
            if old.at is not None and (old.path, old.at.text) == (now.path, now.text)
            else new
            for old, new in zip(was.files, kept.applied.files, strict=True)
        )
        alive = any(True for file in files for _ in stands(file))
        self._sets[was.job] = Kept(kept.root, replace(kept.applied, files=files), alive)

    def _update(self, root: str, path: str, change: _Change) -> tuple[list[Applied], list[Applied]]:
        came, gone = [], []
        for job, kept in self._sets.items():
            if kept.root != root or kept.applied.file(path) is None:
                continue
            files = tuple(change(file) if file.path == path else file for file in kept.applied.files)
            now = replace(kept.applied, files=files)
            alive = any(True for file in files for _ in stands(file))
            self._sets[job] = Kept(root, now, alive)
            if alive and not kept.alive:
                came.append(now)
            elif kept.alive and not alive:
                gone.append(now)
        return came, gone


def _does(applied: Applied) -> list[tuple[str, str | None, str | None]]:
    """What a change set makes of which texts."""
    return [(file.path, file.before, file.after) for file in applied.files]


def _put(known: dict[str, Any], name: str, value: Any) -> None:
    """Keep the newest of so many."""
    known.pop(name, None)
    known[name] = value
    while len(known) > _CHOICES:
        del known[next(iter(known))]


def opened(session: Session, uri: str, document: Document) -> None:
    """A document was opened: it may be one of those that an edit was applied to."""
    if "applied" in vars(session):
        for applied in session.applied.opened(session.root_of(uri), document):
            _came(session, uri, applied)


def changed(session: Session, uri: str, before: Document, after: Document, edits: Sequence[LineEdit]) -> None:
    """A document has changed: an edit of ours has come, has been undone, or stands somewhere else."""
    if "applied" not in vars(session):
        return
    came, gone = session.applied.changed(session.root_of(uri), before, after, edits)
    for applied in came:
        _came(session, uri, applied)
    for applied in gone:
        file = applied.file(after.path)
        if file is None or not file.came_from(after.text):
            continue
        note(session, uri, applied, "undone")
        if applied.instead is not None and file.brings_back(after.text):
            session.applied.back(applied.instead, after)
            note(session, uri, applied.instead, "applied")


def _came(session: Session, uri: str, applied: Applied) -> None:
    """An edit has come to stand; a version whose place it took is gone."""
    note(session, uri, applied, "applied")
    if applied.instead is not None:
        note(session, uri, applied.instead, "other")


def replaced(session: Session, uri: str, first: Applied, by: str) -> None:
    """The version of the job `by` took the place of another, unless its documents told since that it was
    undone."""
    if session.applied.choices.get(by) != "undone":
        note(session, uri, first, "other")


def closed(session: Session, uri: str, document: Document | None) -> None:
    """A document was closed."""
    if document is None:
        return
    if (workspace := session.opened(uri)) is not None:
        workspace.endings.closed(document.path)
    if "applied" in vars(session):
        session.applied.closed(session.root_of(uri), document.path)


def fixing(
    session: Session, workspace: Workspace, uri: str, changes: Iterable[FileChange], ids: Iterable[object]
) -> None:
    """The editor is about to be handed fixes of findings, which it may apply: then they may be taken back."""
    document = session.documents.get(uri)
    found = [one for name in ids if isinstance(name, str) and (one := session.shown.find(name)) is not None]
    if document is None or not found:
        return
    problems = tuple(
        Problem(one.path, _span_of(document, one), f"{one.title}. {one.body}", "counterpoint", one.category)
        for one in found
    )
    rows = workspace.catalogue.models.items()
    model = next((name for name, row in rows if found[0].model in (name, row.label)), "")
    deep = [row.name for row in workspace.catalogue.for_role("deep")[:1]]
    task = replace(FIX, role="deep" if model in deep else "fast")
    root = session.root_of(uri)
    files = session.overlay(workspace, root)
    asked = Situation(document, _span_of(document, found[0]), files, problems=problems)
    done = tuple(map(AppliedFile.of, changes))
    session.applied.add(root, Applied(new_job(), task, model, asked, done))


def _span_of(document: Document, finding: Finding) -> Span:
    """Where a finding was found; the beginning of the document for one of another file."""
    if finding.path != document.path:
        return Span(0, 0)
    return Span(document.offset(finding.start), document.offset(finding.end))


def note(session: Session, uri: str, applied: Applied, choice: Choice) -> None:
    """Write down, in the background, what was done with an edit."""
    known = session.applied.choices.get(applied.job, "")
    if known == choice or (choice == "undone" and known in (REVERTING, "reverted", "other")):
        return
    if choice != "applied" or known in ("", "undone", "reverted", "other"):
        session.applied.chose(applied.job, choice)
    root = session.root_of(uri)
    session.applied.writes.add(session, root, partial(_write, session, root, applied, choice))


def _write(session: Session, root: str, applied: Applied, choice: Choice, endings: Endings) -> None:
    """Write down a choice, and what it means for how the job ends: what an editor undoes it may do again."""
    language = applied.asked.document.language
    endings.chose(EditOutcome(applied.job, applied.task.name, choice, applied.model, language))
    job = JobOutcome(applied.job, applied.task.name, "kept", applied.model, language)
    if choice in ("applied", "kept"):

        def written() -> list[Written]:
            found = session.applied.get(applied.job) or applied
            return [Written.of(file, language_of(file.path)) for file in found.files]

        endings.wrote(job, written, lambda path: session.now(root, path))
    elif choice in ("undone", "reverted", "other"):
        gone = replace(job, outcome="undone", changed=1.0)
        endings.said(gone, final=choice != "undone")
