"""Which files and lines a review is about: paths as given, or what git says has changed."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from counterpoint.errors import UsageError
from counterpoint.git import Changed, Git
from counterpoint.places import Place, span_of
from counterpoint.project import Decoded, Project, decode
from counterpoint.text import LANGUAGES, Document, Situation, Span, language_of


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the user asked for; at most one of the fields is set, none means the uncommitted changes."""

    places: tuple[Place, ...] = ()
    workspace: bool = False
    staged: bool = False
    diff: str | None = None
    base: str | None = None
    commit: str | None = None
    machine: bool = False

    def __post_init__(self) -> None:
        given = [self.places, self.workspace, self.staged, self.diff, self.base, self.commit, self.machine]
        if sum(bool(one) for one in given) > 1:
            raise UsageError(
                "Paths, --diff, --base, --commit, --staged, --workspace and --machine exclude one another.",
                fix="Give one of them.",
            )


@dataclass
class OtherSide:
    """What a change is compared with: a commit, and what the files that were renamed were called there."""

    git: Git
    commit: str
    project: Project
    compared: tuple[str, ...]
    """The arguments of `git diff` that tell the two sides."""
    names: dict[str, str] = field(default_factory=dict)
    _texts: dict[str, str | None] = field(default_factory=dict)

    def text(self, path: str) -> str | None:
        """See `Scope.before`."""
        if path not in self._texts:
            name = self.names.get(path, path)
            found = _blob(self.git, self.commit, name, self.project) if name else "absent"
            self._texts[path] = found.text if isinstance(found, Decoded) else None
        return self._texts[path]

    def gone(self) -> tuple[str, ...]:
        """See `Scope.gone`."""
        return tuple(path for path in self.git.deleted(*self.compared) if _is_source(path))


@dataclass
class Scope:
    """The units, and what was left out with the reason. `title` says in words what is reviewed."""

    title: str
    units: list[Situation] = field(default_factory=list)
    skipped: list[tuple[str, str]] = field(default_factory=list)
    other: OtherSide | None = None

    def before(self, path: str) -> str | None:
        """The text of a file on the other side of the change, under the name it had there.

        None for a new file, for one that may not be read, and where nothing is compared. Runs git when a
        file is first asked for: call it in a thread.
        """
        return self.other.text(path) if self.other else None

    def gone(self) -> tuple[str, ...]:
        """Source files that the change deletes; `before` has their texts. Runs git: call it in a thread."""
        return self.other.gone() if self.other else ()

    def add(
        self,
        project: Project,
        path: str,
        found: Decoded | str,
        lines: tuple[int, int] | None,
        change: Changed | None = None,
    ) -> None:
        """Take a file, or note why not. `change` is what git says of it."""
        if isinstance(found, str):
            self.skipped.append((path, found))
            return
        document = Document.of(path, found.text, language_of(path))
        # Between reading the diff and reading the file, the file may have shrunk.
        last = max(1, len(document.lines))
        span = span_of(document, (min(lines[0], last), lines[1]) if lines else None)
        hunks = tuple((first - 1, max(first, end) - 1) for first, end in change.hunks) if change else ()
        diff = change.diff if change else ""
        if change and self.other and change.old_path != path:
            self.other.names[path] = change.old_path
        self.units.append(Situation(document, span, project, hunks=hunks, diff=diff))


Written = Callable[[], Iterable[tuple[Document, Sequence[Span]]]]
"""Finds the documents of the workspace in which a model wrote something that stands, and where."""


def _nothing() -> Iterable[tuple[Document, Sequence[Span]]]:
    return ()


def scope_of(wanted: Wanted, project: Project, written: Written = _nothing) -> Scope:
    """Find the units. Reads files and runs git: call it in a thread. Raises UsageError."""
    if wanted.machine:
        return _of_written(written(), project)
    if wanted.places:
        return _of_places(wanted.places, project)
    if wanted.workspace:
        return _of_paths("the workspace", project, project.walk().paths)
    git = Git(project.root)
    git.check()
    if wanted.commit:
        return _of_commit(git, wanted.commit, project)
    if wanted.staged:
        other = OtherSide(git, git.head(), project, ("--cached",))
        return _of_blobs("what is staged", other, "", project)
    if wanted.diff:
        return _of_changes(f"what differs from {wanted.diff}", git, git.commit(wanted.diff), project)
    if wanted.base:
        return _of_changes(f"this branch since {wanted.base}", git, git.merge_base(wanted.base), project)
    return _of_plain(git, project)


def _of_plain(git: Git, project: Project) -> Scope:
    """Uncommitted changes; in a clean tree, the branch against its base."""
    head = git.head()
    scope = _of_changes("the uncommitted changes", git, head, project)
    if scope.units or scope.skipped:
        return scope
    base = git.base_branch()
    if base is None or git.merge_base(base) == head:
        return scope
    return _of_changes(f"this branch since {base}", git, git.merge_base(base), project)


def _of_changes(title: str, git: Git, against: str, project: Project) -> Scope:
    """The work tree against a commit, with files git does not know yet."""
    scope = Scope(title, other=OtherSide(git, against, project, (against,)))
    for change in (*git.changed(against), *(Changed(path, None) for path in git.untracked())):
        if _is_source(change.path):
            scope.add(project, change.path, project.load(change.path), change.lines, change)
    return scope


def _of_commit(git: Git, reference: str, project: Project) -> Scope:
    commit = git.commit(reference)
    parent = git.parent(commit)
    other = OtherSide(git, parent, project, (parent, commit))
    return _of_blobs(f"commit {reference}", other, commit, project)


def _of_blobs(title: str, other: OtherSide, revision: str, project: Project) -> Scope:
    """Files as they stand in a commit or in the index, which may differ from the work tree."""
    scope = Scope(title, other=other)
    for change in other.git.changed(*other.compared):
        if _is_source(change.path):
            found = _blob(other.git, revision, change.path, project)
            scope.add(project, change.path, found, change.lines, change)
    return scope


def _blob(git: Git, revision: str, path: str, project: Project) -> Decoded | str:
    raw = git.read(revision, path)
    if raw is None:
        return "absent"
    if len(raw) > project.max_file_bytes:
        return f"larger than {project.max_file_bytes:,} bytes"
    found = decode(raw)
    if found is None:
        return "binary"
    return project.why_not_sent_text(path, found.text) or found


def _is_source(path: str) -> bool:
    return Path(path).suffix.lower() in LANGUAGES


def _of_written(found: Iterable[tuple[Document, Sequence[Span]]], project: Project) -> Scope:
    """The spans, compared with the last commit where there is one."""
    scope = Scope("what models wrote here")
    git = Git(project.root)
    with contextlib.suppress(UsageError):  # what was written can be reviewed where there is no git
        git.check()
        head = git.head()
        scope.other = OtherSide(git, head, project, (head,))
    for document, spans in found:
        if not spans:
            continue
        hull = Span(min(span.start for span in spans), max(span.end for span in spans))
        scope.units.append(Situation(document, hull, project, ranges=tuple(sorted(spans))))
    return scope


def _of_places(places: Sequence[Place], project: Project) -> Scope:
    scope = Scope(", ".join(str(place.path) for place in places))
    seen: set[tuple[str, tuple[int, int] | None]] = set()
    for place, inner in _files_of(places, project):
        key = (inner or str(place.path), place.lines)
        if key in seen:
            continue
        seen.add(key)
        if inner is None:
            scope.skipped.append((str(place.path), "outside the workspace"))
            continue
        found = project.load(inner)
        if not isinstance(found, str) and place.lines:
            span_of(Document.of(str(place.path), found.text, ""), place.lines)
        scope.add(project, inner, found, place.lines)
    return scope


def _files_of(places: Sequence[Place], project: Project) -> Iterator[tuple[Place, str | None]]:
    walked: tuple[str, ...] | None = None
    for place in places:
        whole = os.path.realpath(place.path)
        inner = project.relative(whole)
        top = Path(whole) == project.root
        if not Path(whole).is_dir() or (inner is None and not top):
            yield place, inner
            continue
        walked = project.walk().paths if walked is None else walked
        prefix = "" if top else f"{inner}/"
        for path in walked:
            if path.startswith(prefix):
                yield place, path


def _of_paths(title: str, project: Project, paths: Iterable[str]) -> Scope:
    scope = Scope(title)
    for path in paths:
        scope.add(project, path, project.load(path), None)
    return scope


def reader(units: Iterable[Situation], project: Project) -> Callable[[str], Document | None]:
    """Documents by path, as they were reviewed."""
    known = {unit.document.path: unit.document for unit in units}
    return lambda path: known.get(path) or project.read_local(path)
