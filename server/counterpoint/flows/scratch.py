"""Copies of a work tree for commands of the user's: made with a change, run in, and gone without a trace.

The command is the user's (its settings are protected), what it is run on is the repository's and the model's:
no shell reads any name, no secret is in its environment, and whatever it starts ends with it.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Coroutine, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from counterpoint.answers import FileChange
from counterpoint.disk import as_encoded
from counterpoint.errors import ConfigError, UsageError
from counterpoint.flows import scratch_environment, scratch_imports
from counterpoint.git import Git
from counterpoint.paths import program
from counterpoint.project import decode
from counterpoint.secret_names import is_gits
from counterpoint.text import apply

T = TypeVar("T")

_HALF = 100_000
"""Bytes kept of each end of what a command prints."""
_DRAIN = 2.0
"""Seconds that are waited for output after all processes we know of have ended."""


@dataclass(frozen=True, slots=True)
class Copy:
    """A folder that stands for the workspace, in a copy of its work tree. `root` is the workspace itself."""

    folder: Path
    root: Path


@dataclass(frozen=True, slots=True)
class Ran:
    """A command that has ended. `code` is None where it was ended for want of time. `output` is what it
    printed to stdout and stderr in order; of very much the beginning and the end, with a line between."""

    code: int | None
    output: str


@contextlib.asynccontextmanager
async def copied(root: Path, changes: Sequence[FileChange], revision: str = "") -> AsyncIterator[Copy | str]:
    """A copy of the work tree as it is now, or as it was at a revision, with the changes made; or why they
    cannot be made there.

    Raises UsageError where there is no work tree to copy. The copy is gone afterwards, also where we are
    cancelled while it is made.
    """
    home = Path(await asyncio.to_thread(tempfile.mkdtemp, prefix="counterpoint-copy-"))
    try:
        folder = await whole(asyncio.to_thread(_copied, root, home, changes, revision))
        yield folder if isinstance(folder, str) else Copy(folder, root)
    finally:
        await whole(asyncio.to_thread(_removed, root, home))


async def run(words: Sequence[str], copy: Copy, seconds: float, *, setting: str, keep: bool = False) -> Ran:
    """Run a command in a copy. `keep` keeps what it prints, `setting` names where the user can correct it.

    Raises ConfigError for a program that is not there. Cancelling ends what it started.
    """
    process = await _started(words, copy, setting, keep=keep)
    reading = asyncio.ensure_future(_read(process.stdout)) if process.stdout else None
    code: int | None = None
    try:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                code = await process.wait()
    finally:
        # Also what it left running when it ended: its folder is about to go.
        _end(process)
        await whole(process.wait())
        output = await _drained(reading) if reading else ""
    return Ran(code, output)


def words_of(command: str) -> list[str]:
    """A command line of the settings as a program and its arguments. Raises ValueError for a lone quote."""
    return shlex.split(command, posix=os.name != "nt") if command.strip() else []


async def _read(stream: asyncio.StreamReader) -> bytes:
    """Everything, or the two ends of it: whoever prints without end must not fill our memory."""
    head, tail, cut = bytearray(), bytearray(), False
    while chunk := await stream.read(65_536):
        room = _HALF - len(head)
        head += chunk[:room] if room > 0 else b""
        tail += chunk[max(0, room) :]
        if len(tail) > _HALF:
            cut = True
            del tail[:-_HALF]
    return bytes(head) + (b"\n... (left out)\n" if cut else b"") + bytes(tail)


async def _drained(reading: asyncio.Future[bytes]) -> str:
    """What was read. A process that left its group may hold the pipe open: it is not waited for."""
    with contextlib.suppress(TimeoutError):
        raw = await asyncio.wait_for(reading, _DRAIN)
        return raw.decode("utf-8", "replace").replace("\r\n", "\n")
    return ""


async def whole(step: Coroutine[Any, Any, T]) -> T:
    """A step that is waited for even where we are cancelled amid it: what comes after undoes it."""
    task = asyncio.ensure_future(step)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait([task])
        raise


async def _started(
    words: Sequence[str], copy: Copy, setting: str, *, keep: bool
) -> asyncio.subprocess.Process:
    # A bare name is looked up on the user's path alone: the repository must not bring the program along.
    first = words[0] if words else ""
    file = _named(first, copy) if "/" in first or os.sep in first else program(first) if first else None
    if file is None:
        raise ConfigError(f"{setting}: {first!r} is no program on your path.", fix="Correct the setting.")
    try:
        return await asyncio.create_subprocess_exec(
            file,
            *words[1:],
            cwd=copy.folder,
            env=await asyncio.to_thread(_environment, copy),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE if keep else subprocess.DEVNULL,
            stderr=subprocess.STDOUT if keep else subprocess.DEVNULL,
            start_new_session=True,
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        )
    except OSError as error:
        raise ConfigError(
            f"{setting}: {first!r} could not be started: {error.strerror}.", fix="Correct the setting."
        ) from None


def _named(first: str, copy: Copy) -> str:
    """A program named by its path. What git ignores, such as a virtual environment, is not in the copy: then
    the user's own is meant."""
    if Path(first).is_absolute() or (copy.folder / first).exists() or not (copy.root / first).is_file():
        return first
    return str(copy.root / first)


def _environment(copy: Copy) -> dict[str, str]:
    """The user's, without secrets, our settings, and what would point git at another repository."""
    own = scratch_environment.plain(os.environ)
    return {**own, **scratch_imports.variables(copy.folder, copy.root, own)}


def _end(process: asyncio.subprocess.Process) -> None:
    """End the process and all of its group. The group outlives its leader, and keeps its number."""
    if sys.platform == "win32":
        if process.returncode is None:
            process.kill()
        return
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)


def _copied(root: Path, home: Path, changes: Sequence[FileChange], revision: str) -> Path | str:
    """The folder that stands for the workspace in a copy of the work tree, with the changes made; or why they
    cannot be made there."""
    git = Git(root)
    git.check()
    tree = home / "tree"
    git.add_worktree(tree, git.commit(revision) if revision else "HEAD")
    folder = tree / git.prefix()
    folder.mkdir(parents=True, exist_ok=True)
    for path in () if revision else git.differing():
        _as_is(root / path, folder / path, folder)
    if why := make(changes, folder if revision else root, folder):
        return why
    scratch_imports.link_modules(folder, root)
    return folder


def make(changes: Sequence[FileChange], source: Path, folder: Path) -> str:
    """Make changes in the folder of a copy; says why one cannot be made, else "". How a file is encoded is
    seen at its place below `source`."""
    for change in changes:
        try:
            why = _made(change, source, folder)
        except OSError as error:
            why = f"{change.moved_to or change.path} cannot be made in a copy: {error.strerror}"
        if why:
            return why
    return ""


def put(texts: Mapping[str, bytes | None], folder: Path) -> str:
    """Make files of a copy what they are to be, None for one that is not to be there; says why one cannot."""
    for path, raw in texts.items():
        target = within(folder, path)
        if target is None:
            return f"{path} leads out of the copy"
        try:
            if target.is_symlink() or target.is_file():
                target.unlink()
            if raw is not None:
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(raw)
        except OSError as error:
            return f"{path} cannot be made in a copy: {error.strerror}"
    return ""


def _made(change: FileChange, root: Path, folder: Path) -> str:
    """Make one change in the copy; says why it cannot be made, else ""."""
    source, place = root / change.path, folder / change.path
    target = within(folder, change.moved_to or change.path)
    if target is None or within(folder, change.path) is None:
        return f"{change.moved_to or change.path} leads out of the copy"
    if change.deleted:
        place.unlink(missing_ok=True)
        return ""
    before = source.read_bytes() if change.before is not None and source.is_file() else b""
    known = decode(before)
    raw = as_encoded(apply(change.before or "", change.edits), known.encoding if known else "utf-8", before)
    target.parent.mkdir(parents=True, exist_ok=True)
    if change.moved_to and place.is_file():
        place.replace(target)  # with its mode
    target.write_bytes(raw)
    return ""


def _as_is(source: Path, target: Path, folder: Path) -> None:
    """Make a file of the copy as it is in the work tree, absent included. Links stay links."""
    if within(folder, target.relative_to(folder).as_posix()) is None:
        return
    if target.is_symlink() or target.is_file():
        target.unlink()
    if source.is_symlink() or source.is_file():
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(source, target, follow_symlinks=False)


def within(folder: Path, path: str) -> Path | None:
    """The place of a file in the copy; None where a link of the repository leads out of it, and for what is
    git's own: with another `.git` a later command of ours would work in another folder."""
    target, top = folder / path, folder.resolve()
    parent = target.parent.resolve()
    inside = parent.is_relative_to(top)
    place = target.resolve() if target.is_symlink() else parent / target.name
    if place.is_relative_to(top) and any(map(is_gits, place.relative_to(top).parts)):
        return None
    return target if inside and not (target.is_symlink() and not _stays(target, folder)) else None


def _stays(link: Path, folder: Path) -> bool:
    return link.resolve().is_relative_to(folder.resolve())


def _removed(root: Path, home: Path) -> None:
    with contextlib.suppress(UsageError):  # it was never made
        Git(root).remove_worktree(home / "tree")
    shutil.rmtree(home, ignore_errors=True)
