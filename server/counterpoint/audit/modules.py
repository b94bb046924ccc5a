"""Whether an import is of a certain file: by the names of modules, as languages write them."""

from __future__ import annotations

import posixpath
from collections.abc import Collection
from typing import Literal

from counterpoint.context.facts import Import

Origin = Literal["ours", "other", "maybe"]
_SCRIPTS = (".ts", ".tsx", ".js", ".jsx", ".mjs", ".cjs", ".mts", ".cts", ".d.ts")


def origin(one: Import, path: str, home: str, language: str, paths: Collection[str]) -> Origin:
    """Whether an import in the file `path` is of `home`: "maybe" where another module may pass it on."""
    if language == "python":
        return _python(one, path, home, paths)
    if language.startswith(("javascript", "typescript")):
        return _script(one, path, home, paths)
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


def _python(one: Import, path: str, home: str, paths: Collection[str]) -> Origin:
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
        return (
            "maybe" if f"{module}/__init__.py".lstrip("/") in paths and wanted.startswith(module) else "other"
        )
    for module in (named, f"{named}/{one.name}"):
        if module and (wanted == module or wanted.endswith("/" + module)):
            return "ours"
    package = any(each.endswith(f"{named}/__init__.py") for each in paths) if named else False
    inside = f"/{wanted}/".find(f"/{named}/") >= 0
    return "maybe" if package and inside else "other"


def _script(one: Import, path: str, home: str, paths: Collection[str]) -> Origin:
    wanted = module_of(home)
    if not one.module.startswith("."):
        tail = module_of(one.module).lstrip("@~#/")
        known = bool(tail) and (wanted == tail or wanted.endswith("/" + tail))
        return "ours" if known and "/" in one.module else "maybe" if known else "other"
    module = posixpath.normpath(posixpath.join(posixpath.dirname(path), one.module))
    module = module_of("" if module == "." else module)
    if module == wanted:
        return "ours"
    barrel = any(f"{module}/index{ending}".lstrip("/") in paths for ending in _SCRIPTS)
    return "maybe" if barrel or any(module + ending in paths for ending in _SCRIPTS) else "other"


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
