"""Which file of the workspace a Python module is."""

from __future__ import annotations

import sys

from counterpoint.context.evidence.library import Library

_INIT = "__init__.py"


def module_path(library: Library, dotted: str, path: str) -> str | None:
    """The file that `dotted`, written in the file `path`, names; a folder with a slash at its end if the
    package has no `__init__`; None if it is not of the workspace.
    """
    level = len(dotted) - len(dotted.lstrip("."))
    parts = [part for part in dotted.lstrip(".").split(".") if part]
    if level:
        folder = path.rpartition("/")[0]
        for _ in range(level - 1):
            folder = folder.rpartition("/")[0]
        return _below(library, folder, parts)
    return _absolute(library, parts, path) if parts else None


def _absolute(library: Library, parts: list[str], path: str) -> str | None:
    roots = ["", "src"]
    if parts[0] not in sys.stdlib_module_names:
        folder = path.rpartition("/")[0]
        while folder:
            roots.append(folder)
            folder = folder.rpartition("/")[0]
        roots += _roots(library, parts[0])
    # A folder without `__init__` is a package only where no other root has a real one.
    found = [place for root in roots if (place := _below(library, root, parts))]
    return next((place for place in found if not place.endswith("/")), found[0] if found else None)


def _roots(library: Library, top: str) -> list[str]:
    """Folders below which a package of that name lies, if the name is not found where it should be."""
    return library.parents_of(top, _INIT)


def _below(library: Library, root: str, parts: list[str]) -> str | None:
    base = "/".join(part for part in (root, *parts) if part)
    for place in (f"{base}/{_INIT}" if base else _INIT, f"{base}.py", f"{base}.pyi"):
        if place in library.paths:
            return place
    return f"{base}/" if base in library.folders else None


def submodule(library: Library, path: str, name: str) -> str | None:
    """The module `name` inside the package whose file or folder is `path`."""
    if not path.endswith((f"/{_INIT}", "/")) and path != _INIT:
        return None
    return _below(library, path.rstrip("/") if path.endswith("/") else path.rpartition("/")[0], [name])
