"""Change sets written to disk: whole or not at all, byte for byte as files were encoded, with an undo patch.

Nothing is written before everything has been looked at; where writing fails half-way, what was written is put
back.
"""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from counterpoint import paths
from counterpoint.answers import FileChange
from counterpoint.diffs import FILE, PROGRAM, unified
from counterpoint.disk import as_encoded
from counterpoint.errors import CounterpointError, UsageError
from counterpoint.git import Git
from counterpoint.project import Project
from counterpoint.text import apply

_ANEW = "Nothing was written; ask anew."


@dataclass(frozen=True, slots=True)
class Undo:
    """A patch that `git apply` takes in `folder`."""

    patch: Path
    folder: Path

    @property
    def command(self) -> str:
        """What to run, and where."""
        # Git would bring the line ends of a whole file to its own idea of them; the patch has them all.
        apply = "git -c core.autocrlf=false apply --whitespace=nowarn"
        return f"{apply} '{self.patch}' (in {self.folder})"


@dataclass(frozen=True, slots=True)
class _Step:
    """A file from `before` at `old` to `after` at `new`, as bytes; None where there is none."""

    old: Path
    new: Path
    before: bytes | None
    after: bytes | None
    mode: int


def write(project: Project, changes: Sequence[FileChange], job: str) -> Undo:
    """Write the changes; returns how to take them back.

    Raises UsageError if a file is no longer what the change was made for, or cannot be written; nothing has
    been changed then.
    """
    steps = [_step(project, one) for one in changes]
    undo = _kept(project, [_turned(one) for one in steps], "undo", job)
    done: list[_Step] = []
    try:
        for one in steps:
            done.append(one)
            _do(one)
    except OSError as error:
        for one in reversed(done):
            _do(_turned(one))
        raise UsageError(f"{error.filename or 'A file'}: {error.strerror}.", fix=_ANEW) from None
    return undo


def keep(project: Project, changes: Sequence[FileChange], job: str) -> Undo:
    """Write no file, but the changes as a patch: they were paid for. Raises UsageError as `write`."""
    return _kept(project, [_step(project, one) for one in changes], "proposed", job)


def _kept(project: Project, steps: Sequence[_Step], kind: str, job: str) -> Undo:
    top, prefix = project.root, ""
    try:
        prefix = Git(project.root).prefix()
    except CounterpointError:
        prefix = ""  # git applies patches where there is no repository too
    for _ in Path(prefix).parts:
        top = top.parent
    file = paths.folders().state / kind / f"{job}.patch"
    rows = (_patch(one, top) for one in steps)
    paths.write_private(file, "".join(rows).encode("latin-1"))
    return Undo(file, top)


def _patch(step: _Step, top: Path) -> str:
    """The bytes of a step's patch, as Latin-1."""
    old, new = (one.relative_to(top).as_posix() for one in (step.old, step.new))
    before, after = (None if raw is None else raw.decode("latin-1") for raw in (step.before, step.after))
    names = [name.encode("utf-8", "surrogateescape").decode("latin-1") for name in (new, old)]
    return unified(names[0], before, after, old_path=names[1], mode=step.mode, header=True)


def _turned(step: _Step) -> _Step:
    return _Step(step.new, step.old, step.after, step.before, step.mode)


def _step(project: Project, change: FileChange) -> _Step:
    old = _place(project, change.path)
    new = _place(project, change.moved_to) if change.moved_to else old
    if change.before is None or (change.moved_to and not _same(old, new)):
        _free(project, change.moved_to or change.path)
    if change.before is None:
        return _Step(new, new, None, apply("", change.edits).encode("utf-8", "surrogatepass"), FILE)
    found = project.load(change.path)
    if isinstance(found, str) or found.text != change.before:
        raise UsageError(f"{change.path} has changed meanwhile.", fix=_ANEW)
    before = old.read_bytes()
    mode = PROGRAM if old.stat().st_mode & 0o100 else FILE
    if change.deleted:
        return _Step(old, old, before, None, mode)
    after = as_encoded(apply(change.before, change.edits), found.encoding, before)
    return _Step(old, new, before, after, mode)


def _place(project: Project, path: str) -> Path:
    """Where a file of the workspace really lies: links within the workspace are followed."""
    inner = project.relative(path)
    place = None if inner is None else Path(os.path.realpath(project.root / inner))
    if place is None or not place.is_relative_to(project.root):
        raise UsageError(f"{path} lies outside the workspace.", fix=_ANEW)
    return place


def _free(project: Project, path: str) -> None:
    if os.path.lexists(project.root / path):
        raise UsageError(f"{path} exists by now.", fix=_ANEW)


def _same(old: Path, new: Path) -> bool:
    """A new spelling of a name may be the same file on some disks."""
    return old != new and new.exists() and old.exists() and old.samefile(new)


def _do(step: _Step) -> None:
    """Make a step so, whatever of it is done already."""
    if step.after is not None:
        if step.old != step.new and step.old.exists():
            step.new.parent.mkdir(parents=True, exist_ok=True)
            step.old.replace(step.new)  # with all its rights
        _replace(step.new, step.after, step.mode)
    elif step.new.exists():
        step.new.unlink()


def _replace(file: Path, raw: bytes, mode: int) -> None:
    """Put the whole new content in place at once, with the rights it had."""
    file.parent.mkdir(parents=True, exist_ok=True)
    rights = file.stat().st_mode & 0o777 if file.exists() else mode & 0o777
    head = re.sub(r"\s", "_", file.name)[:60]
    descriptor, name = tempfile.mkstemp(dir=file.parent, prefix=f".{head}.")
    try:
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(raw)
        Path(name).chmod(rights)
        Path(name).replace(file)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
