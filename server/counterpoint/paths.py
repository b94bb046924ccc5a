"""Where Counterpoint keeps its own files: config, state and cache folders of the user."""

from __future__ import annotations

import contextlib
import os
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from counterpoint.errors import ConfigError

_APP = "counterpoint"


@dataclass(frozen=True, slots=True)
class Folders:
    """The three folders, absolute. None of them need exist yet."""

    config: Path
    state: Path
    cache: Path

    @property
    def config_file(self) -> Path:
        return self.config / "config.toml"


def folders(environ: Mapping[str, str] = os.environ) -> Folders:
    """The folders of this user; `COUNTERPOINT_HOME` puts all three under one. Creates nothing.

    Raises ConfigError where the user has no home folder.
    """
    try:
        if home := environ.get("COUNTERPOINT_HOME"):
            one = Path(home).expanduser().absolute()
            return Folders(one, one / "state", one / "cache")
        return _of_platform()
    except RuntimeError as error:
        raise _homeless() from error


def _of_platform() -> Folders:
    import platformdirs

    found = Folders(
        platformdirs.user_config_path(_APP, appauthor=False),
        platformdirs.user_state_path(_APP, appauthor=False),
        platformdirs.user_cache_path(_APP, appauthor=False),
    )
    if not (found.config.is_absolute() and found.state.is_absolute() and found.cache.is_absolute()):
        raise _homeless()
    return found


def _homeless() -> ConfigError:
    return ConfigError(
        "This user has no home folder, so there is no place for Counterpoint's own files.",
        fix="Set COUNTERPOINT_HOME (or XDG_STATE_HOME, XDG_CONFIG_HOME and XDG_CACHE_HOME) to a folder.",
    )


def policy_file(environ: Mapping[str, str] = os.environ) -> Path:
    """The machine's policy, which an administrator writes and which outranks every other source."""
    if sys.platform == "win32":
        return Path(environ.get("PROGRAMDATA", r"C:\ProgramData"), "Counterpoint", "policy.toml")
    if sys.platform == "darwin":
        return Path("/Library/Application Support/Counterpoint/policy.toml")
    return Path("/etc/counterpoint/policy.toml")


def private_folder(path: Path) -> Path:
    """Create the folder, and the missing ones above it, readable by this user only. Returns it.

    Raises ConfigError if it cannot be made.
    """
    try:
        missing = [folder for folder in (path, *path.parents) if not folder.exists()]
        for folder in reversed(missing):
            folder.mkdir(mode=0o700, exist_ok=True)
        if not path.is_dir():
            raise NotADirectoryError(f"{path} is not a folder")
    except OSError as error:
        raise ConfigError(
            f"The folder {path} cannot be made: {error.strerror or error}.",
            fix="Give this user the right to write there, or set COUNTERPOINT_HOME to another folder.",
        ) from error
    return path


def write_private(path: Path, text: str | bytes) -> None:
    """Write a file of ours as a whole or not at all, readable by this user only.

    Raises ConfigError if it cannot be written.
    """
    folder = private_folder(path.parent)
    temporary = ""
    try:
        handle, temporary = tempfile.mkstemp(prefix=f".{path.name}.", dir=folder)
        with os.fdopen(handle, "wb") as stream:
            stream.write(text if isinstance(text, bytes) else text.encode())
        Path(temporary).replace(path)
    except OSError as error:
        if temporary:
            with contextlib.suppress(OSError):
                Path(temporary).unlink()
        raise ConfigError(
            f"{path} cannot be written: {error.strerror or error}.",
            fix="Free some space or give this user the right to write there.",
        ) from error


@contextlib.contextmanager
def guarded(file: Path, suffix: str = ".lock", seconds: float = 10.0) -> Iterator[None]:
    """One process at a time, by a file beside `file` that whoever holds it removes.

    One that is still there after so many seconds was left by a process that was killed. Raises OSError where
    none can be made.
    """
    guard = file.with_name(file.name + suffix)
    until = time.monotonic() + seconds
    while True:
        try:
            os.close(os.open(guard, os.O_CREAT | os.O_EXCL, 0o600))
            break
        except FileExistsError:
            if time.monotonic() > until:
                guard.unlink(missing_ok=True)
        time.sleep(0.02)
    try:
        yield
    finally:
        guard.unlink(missing_ok=True)


def program(name: str) -> str | None:
    """A program of the user's, from the absolute folders of PATH only; None if it is not there.

    An empty or relative entry, and on Windows any search by the system, may mean the current folder: a
    repository must not get to bring the program along that we run on it.
    """
    file = f"{name}.exe" if sys.platform == "win32" else name
    places = (Path(folder) / file for folder in os.get_exec_path() if Path(folder).is_absolute())
    return next((str(one) for one in places if one.is_file() and os.access(one, os.X_OK)), None)


def is_too_wide(root: Path) -> bool:
    """True for the user's home folder and all above it, up to a whole disk: no project, whatever it holds."""
    try:
        home = Path.home().resolve()
    except (OSError, RuntimeError):
        return root == root.parent
    return root == root.parent or home.is_relative_to(root)
