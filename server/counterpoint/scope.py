"""Which files and lines a review is about: paths as given, or what git says has changed."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from counterpoint.errors import UsageError
from counterpoint.git import Changed, Git
from counterpoint.places import Place, span_of
from counterpoint.project import Decoded, Project, decode
from counterpoint.text import LANGUAGES, Document, Situation, language_of


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the user asked for; at most one of the fields is set, none means the uncommitted changes."""

    places: tuple[Place, ...] = ()
    workspace: bool = False
    staged: bool = False
    diff: str | None = None
    base: str | None = None
    commit: str | None = None

    def __post_init__(self) -> None:
        given = [self.places, self.workspace, self.staged, self.diff, self.base, self.commit]
        if sum(bool(one) for one in given) > 1:
            raise UsageError(
                "Paths, --diff, --base, --commit, --staged and --workspace exclude one another.",
                fix="Give one of them.",
            )


@dataclass
class Scope:
    """The units, and what was left out with the reason. `title` says in words what is reviewed."""

    title: str
    units: list[Situation] = field(default_factory=list)
    skipped: list[tuple[str, str]] = field(default_factory=list)

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
        self.units.append(Situation(document, span, project, hunks=hunks, diff=diff))


def scope_of(wanted: Wanted, project: Project) -> Scope:
    """Find the units. Reads files and runs git: call it in a thread. Raises UsageError."""
    if wanted.places:
        return _of_places(wanted.places, project)
    if wanted.workspace:
        return _of_paths("the workspace", project, project.walk().paths)
    git = Git(project.root)
    git.check()
    if wanted.commit:
        return _of_commit(git, wanted.commit, project)
    if wanted.staged:
        return _of_blobs("what is staged", git, "", git.changed("--cached"), project)
    if wanted.diff:
        return _of_changes(f"what differs from {wanted.diff}", git, git.commit(wanted.diff), project)
    if wanted.base:
        return _of_changes(f"this branch since {wanted.base}", git, git.merge_base(wanted.base), project)
    return _of_plain(git, project)


def _of_plain(git: Git, project: Project) -> Scope:
    """Uncommitted changes; in a clean tree, the branch against its base."""
    head = git.commit("HEAD")
    scope = _of_changes("the uncommitted changes", git, head, project)
    if scope.units or scope.skipped:
        return scope
    base = git.base_branch()
    if base is None or git.merge_base(base) == head:
        return scope
    return _of_changes(f"this branch since {base}", git, git.merge_base(base), project)


def _of_changes(title: str, git: Git, against: str, project: Project) -> Scope:
    """The work tree against a commit, with files git does not know yet."""
    scope = Scope(title)
    for change in (*git.changed(against), *(Changed(path, None) for path in git.untracked())):
        if _is_source(change.path):
            scope.add(project, change.path, project.load(change.path), change.lines, change)
    return scope


def _of_commit(git: Git, reference: str, project: Project) -> Scope:
    commit = git.commit(reference)
    changes = git.changed(git.parent(commit), commit)
    return _of_blobs(f"commit {reference}", git, commit, changes, project)


def _of_blobs(title: str, git: Git, revision: str, changes: Iterable[Changed], project: Project) -> Scope:
    """Files as they stand in a commit or in the index, which may differ from the work tree."""
    scope = Scope(title)
    for change in changes:
        if _is_source(change.path):
            scope.add(project, change.path, _blob(git, revision, change.path, project), change.lines, change)
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
