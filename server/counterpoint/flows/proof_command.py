"""The user's own proof of a fix: a command that must pass in a copy of the work tree with the change made.

The command is the user's (`review.proof_command` is protected), what it is run on is the repository's and the
model's: no shell reads any name, no key is in its environment, and whatever it starts ends with it.
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
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from counterpoint.answers import FileChange
from counterpoint.errors import ConfigError, UsageError
from counterpoint.git import Git
from counterpoint.paths import program
from counterpoint.project import decode
from counterpoint.text import apply

T = TypeVar("T")

SECONDS = 120.0
_SECRETS = ("_API_KEY", "_TOKEN", "_SECRET", "_PASSWORD", "_CREDENTIALS")
_OURS = ("COUNTERPOINT_", "GIT_")
_SETTING = "review.proof_command"


@dataclass(frozen=True)
class ProofCommand:
    """`review.proof_command` for one workspace. One run at a time: it is the user's machine.

    Called with the changes of a fix it says why they did not pass, or None. Raises UsageError where there is
    no work tree to copy, ConfigError for a command that cannot be started. Cancelling ends what it started.
    """

    root: Path
    command: str
    seconds: float = SECONDS
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock, repr=False, compare=False)

    @property
    def label(self) -> str:
        """The proof in the words of a title."""
        return f"passes `{self.command}`"

    async def __call__(self, changes: Sequence[FileChange]) -> str | None:
        async with self._turn:
            home = Path(await asyncio.to_thread(tempfile.mkdtemp, prefix="counterpoint-proof-"))
            try:
                folder = await _whole(asyncio.to_thread(_copied, self.root, home, changes))
                return folder if isinstance(folder, str) else await self._run(folder)
            finally:
                await _whole(asyncio.to_thread(_removed, self.root, home))

    async def _run(self, folder: Path) -> str | None:
        process = await _started(self.command, folder)
        try:
            async with asyncio.timeout(self.seconds):
                code = await process.wait()
        except TimeoutError:
            return f"`{self.command}` was not done within {self.seconds:g} s"
        finally:
            # Also what it left running when it ended: its folder is about to go.
            _end(process)
            await _whole(process.wait())
        return None if code == 0 else f"`{self.command}` ended with {code}"


async def _whole(step: Coroutine[Any, Any, T]) -> T:
    """A step that is waited for even where we are cancelled amid it: what comes after undoes it."""
    task = asyncio.ensure_future(step)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait([task])
        raise


async def _started(command: str, folder: Path) -> asyncio.subprocess.Process:
    words = shlex.split(command, posix=os.name != "nt") if command.strip() else []
    # A bare name is looked up on the user's path alone: the repository must not bring the program along.
    first = words[0] if words else ""
    file = first if "/" in first or os.sep in first else program(first) if first else None
    if file is None:
        raise ConfigError(f"{_SETTING}: {first!r} is no program on your path.", fix="Correct the setting.")
    try:
        return await asyncio.create_subprocess_exec(
            file,
            *words[1:],
            cwd=folder,
            env=_environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        )
    except OSError as error:
        raise ConfigError(
            f"{_SETTING}: {first!r} could not be started: {error.strerror}.", fix="Correct the setting."
        ) from None


def _environment() -> dict[str, str]:
    """The user's, without keys, without our settings, without what would point git at another repository."""
    return {
        name: value
        for name, value in os.environ.items()
        if not name.upper().endswith(_SECRETS) and not name.upper().startswith(_OURS)
    }


def _end(process: asyncio.subprocess.Process) -> None:
    """End the process and all of its group. The group outlives its leader, and keeps its number."""
    if sys.platform == "win32":
        if process.returncode is None:
            process.kill()
        return
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)


def _copied(root: Path, home: Path, changes: Sequence[FileChange]) -> Path | str:
    """The folder that stands for the workspace in a copy of the work tree as it is, with the changes made; or
    why they cannot be made there."""
    git = Git(root)
    git.check()
    tree = home / "tree"
    git.add_worktree(tree)
    folder = tree / git.prefix()
    folder.mkdir(parents=True, exist_ok=True)
    for path in git.differing():
        _as_is(root / path, folder / path, folder)
    for change in changes:
        target = _within(folder, change.path)
        if target is None:
            return f"{change.path} leads out of the copy"
        source = root / change.path
        known = decode(source.read_bytes()) if change.before is not None and source.is_file() else None
        text = apply(change.before or "", change.edits)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(text.encode(known.encoding if known else "utf-8", "surrogatepass"))
    return folder


def _as_is(source: Path, target: Path, folder: Path) -> None:
    """Make a file of the copy as it is in the work tree, absent included. Links stay links."""
    if _within(folder, target.relative_to(folder).as_posix()) is None:
        return
    if target.is_symlink() or target.is_file():
        target.unlink()
    if source.is_symlink() or source.is_file():
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(source, target, follow_symlinks=False)


def _within(folder: Path, path: str) -> Path | None:
    """The place of a file in the copy; None where a link of the repository leads out of it."""
    target = folder / path
    inside = target.parent.resolve().is_relative_to(folder.resolve())
    return target if inside and not (target.is_symlink() and not _stays(target, folder)) else None


def _stays(link: Path, folder: Path) -> bool:
    return link.resolve().is_relative_to(folder.resolve())


def _removed(root: Path, home: Path) -> None:
    with contextlib.suppress(UsageError):  # it was never made
        Git(root).remove_worktree(home / "tree")
    shutil.rmtree(home, ignore_errors=True)
