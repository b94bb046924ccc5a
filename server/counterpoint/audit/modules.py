"""Whether an import is of a certain file: by the names of modules, as languages write them."""

from __future__ import annotations

import posixpath
from collections.abc import Callable
from typing import Literal

from counterpoint.context.facts import Import

Origin = Literal["ours", "other", "maybe"]
Exists = Callable[[str], bool]
"""Whether the workspace has a file."""
_SCRIPTS = (".ts", ".tsx", ".js", ".jsx", ".mjs", ".cjs", ".mts", ".cts", ".d.ts")


def origin(one: Import, path: str, home: str, language: str, exists: Exists) -> Origin:
    """Whether an import in the file `path` is of `home`: "maybe" where another module may pass it on."""
    if language == "python":
        return _python(one, path, home, exists)
    if language.startswith(("javascript", "typescript")):
        return _script(one, path, home, exists)
    if language == "go":
        folder = posixpath.dirname(home)
        last = posixpath.basename(folder)
        return (
            "ours"
            if folder and one.module.rpartition("/")[2] == last and one.module.endswith(folder[-len(last) :])
            else "other"
        )
    if language == "java":
        return _java(one, home)
    return _rust(one, home)


def module_of(path: str) -> str:
    """The name of a file as a module, with `/`."""
    stem = path
    for ending in (".py", ".pyi", ".rs", ".java", ".go", *sorted(_SCRIPTS, key=len, reverse=True)):
        if stem.endswith(ending):
            stem = stem[: -len(ending)]
            break
    for last in ("__init__", "index", "mod"):
        if stem.rpartition("/")[2] == last:
            stem = stem.rpartition("/")[0]
    return stem


def _python(one: Import, path: str, home: str, exists: Exists) -> Origin:
    wanted = module_of(home)
    dots = len(one.module) - len(one.module.lstrip("."))
    named = one.module.lstrip(".").replace(".", "/")
    if dots:
        base = path
        for _ in range(dots):
            base = base.rpartition("/")[0]
        module = "/".join(part for part in (base, named) if part)
        candidates = (module, f"{module}/{one.name}" if module else one.name)
        if wanted in candidates:
            return "ours"
        inside = wanted.startswith(module) and exists(f"{module}/__init__.py".lstrip("/"))
        return "maybe" if inside else "other"
    for module in (named, f"{named}/{one.name}"):
        if module and (wanted == module or wanted.endswith("/" + module)):
            return "ours"
    at = f"/{wanted}/".find(f"/{named}/") if named else -1
    package = f"{wanted[: at + len(named)]}/__init__.py".lstrip("/")
    return "maybe" if at >= 0 and exists(package) else "other"


def _script(one: Import, path: str, home: str, exists: Exists) -> Origin:
    wanted = module_of(home)
    if not one.module.startswith("."):
        tail = module_of(one.module).lstrip("@~#/")
        known = bool(tail) and (wanted == tail or wanted.endswith("/" + tail))
        return "ours" if known and "/" in one.module else "maybe" if known else "other"
    module = posixpath.normpath(posixpath.join(posixpath.dirname(path), one.module))
    module = module_of("" if module == "." else module)
    if module == wanted:
        return "ours"
    barrels = (f"{module}{middle}{ending}".lstrip("/") for ending in _SCRIPTS for middle in ("", "/index"))
    return "maybe" if any(map(exists, barrels)) else "other"


def _java(one: Import, home: str) -> Origin:
    folder, _, last = module_of(home).rpartition("/")
    whole = one.module.replace(".", "/")
    package = whole if one.name in ("*", last) else whole.rpartition("/")[0]
    return "ours" if package and (folder == package or folder.endswith("/" + package)) else "other"


def _rust(one: Import, home: str) -> Origin:
    parts = [part for part in one.module.split("::") if part not in ("crate", "self", "super")]
    wanted = module_of(home)
    if wanted.rpartition("/")[2] in ("lib", "main"):
        return "ours" if not parts else "maybe"
    last = wanted.rpartition("/")[2]
    if last in parts or one.name == last:
        return "ours"
    return "maybe"
