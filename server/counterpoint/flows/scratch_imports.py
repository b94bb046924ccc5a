"""What a copy of a work tree needs so that its tests run its own code: import paths and linked packages.

A package that was installed to be edited is imported from the user's own folder, whatever folder the tests
run in: they would pass without having seen the change. And what git ignores, such as `node_modules`, is not
in a copy at all.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator, Mapping
from pathlib import Path

_SOURCES = ("src", "lib", "python")
"""Folders that packages are often kept in, apart from the top."""
_MODULES = "node_modules"


def variables(folder: Path, root: Path, environment: Mapping[str, str]) -> dict[str, str]:
    """Variables that make interpreters look into the copy before they look into the workspace."""
    given = [part for part in environment.get("PYTHONPATH", "").split(os.pathsep) if part]
    ours = [part for part in map(str, _homes(folder)) if part not in given]
    moved = [_moved(part, folder, root) for part in given]
    found = list(dict.fromkeys([*moved, *ours]))
    return {"PYTHONPATH": os.pathsep.join(found)} if found else {}


def _homes(folder: Path) -> Iterator[Path]:
    """Folders of the copy that hold packages of Python."""
    for name in (*_SOURCES, ""):
        home = folder / name
        if home.is_dir() and any(home.glob("*/__init__.py")):
            yield home


def _moved(part: str, folder: Path, root: Path) -> str:
    """An entry of a search path, in the copy where it means the workspace."""
    place = Path(part)
    if place.is_absolute() and place.is_relative_to(root):
        return str(folder / place.relative_to(root))
    return part


def link_modules(folder: Path, root: Path) -> None:
    """Make the packages that the workspace has installed for Node there in the copy as well.

    They are linked one by one: a package that is a folder of the workspace itself is that of the copy then,
    and what tools write beside the packages stays in the copy.
    """
    source, target = root / _MODULES, folder / _MODULES
    if not source.is_dir() or source.is_symlink() or os.path.lexists(target):
        return
    target.mkdir()
    for entry in sorted(source.iterdir()):
        if entry.name.startswith("@") and entry.is_dir() and not entry.is_symlink():
            (target / entry.name).mkdir()
            for inner in sorted(entry.iterdir()):
                _link(inner, target / entry.name / inner.name, folder, root)
        elif not entry.name.startswith(".") or entry.name == ".bin":
            _link(entry, target / entry.name, folder, root)


def _link(entry: Path, target: Path, folder: Path, root: Path) -> None:
    real = entry.resolve()
    own = real.is_relative_to(root) and _MODULES not in real.relative_to(root).parts
    with contextlib.suppress(OSError):  # where links may not be made, the package is missing, as it was
        target.symlink_to(folder / real.relative_to(root) if own else entry, entry.is_dir())
