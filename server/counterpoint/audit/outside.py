"""Who else may rely on a definition: texts that name it, decorators, those who import it from outside of the
workspace. For these "callers intact" is not said.
"""

from __future__ import annotations

import json
import posixpath
import re
from collections.abc import Iterator, Mapping, Sequence

from counterpoint.audit.judging import harmless
from counterpoint.audit.library import Library
from counterpoint.audit.modules import module_of
from counterpoint.audit.scope import Both, Change
from counterpoint.context.languages import GRAMMARS
from counterpoint.context.signatures_read import LANGUAGES, interface_of
from counterpoint.text import Document

_NAMED = 3
_DISTRIBUTED = re.compile(r"^\s*(?:\[project\]|\[tool\.poetry\]|\[tool\.flit)", re.M)
_PUBLISHED = re.compile(r"distributionManagement|maven-publish|java-library|nexus|<packaging>maven-plugin")


def unread(before: Mapping[str, Document], after: Mapping[str, Document], both: Both) -> tuple[str, ...]:
    """Changed files of which nobody can say what they offer: no reader for the language, or new errors."""
    found = []
    for path, document in sorted({**before, **after}.items()):
        row = GRAMMARS.get(document.language)
        if document.language not in LANGUAGES:
            found += [f"{path} is not audited"] if row is not None and row.indexed else []
        elif path in after and both.after[path].broken and not (path in before and both.before[path].broken):
            found.append(f"{path} has errors")
    return tuple(found)


def notes(changes: Sequence[Change], texts: int, library: Library) -> tuple[str, ...]:
    """What is to be said beside the sites of some definitions that changed. `texts` is how many name them."""
    found = []
    if texts:
        found.append(f"named in {texts} text{'s' * (texts != 1)}")
    strange = dict.fromkeys(
        mark.partition(" (")[0].replace(" ", "")
        for change in changes
        for one in (*change.was, *change.now)
        for mark in one.decorators
        if not harmless(mark)
    )
    if strange:
        found.append("decorated by " + _listed([f"@{one}" for one in strange]))
    objects = [change.symbol for change in changes if _unnamed(change)]
    if objects:
        found.append(f"objects that are no named {_listed(objects)} may be one")
    exported = [change.symbol for change in changes if _exported(change, library)]
    if exported:
        found.append(f"{_listed(exported)} exported beyond the workspace")
    return tuple(found)


def _unnamed(change: Change) -> bool:
    """True for a type of objects of which some may not fit any more: others write them without its name."""
    if change.was[0].kind != "record" or not change.language.startswith("typescript") or not change.now:
        return False
    before = {one.name: one for one in change.was[0].parameters}
    after = {one.name: one for one in change.now[0].parameters}
    kept = all(after.get(name) == one for name, one in before.items())
    return not kept or any(one.required for name, one in after.items() if name not in before)


def _listed(names: Sequence[str]) -> str:
    named = ", ".join(list(dict.fromkeys(names))[:_NAMED])
    return f"{named} and {len(names) - _NAMED} more" if len(names) > _NAMED else named


def _exported(change: Change, library: Library) -> bool:
    """True if somebody outside of the workspace may import a definition."""
    name = change.name.partition(".")[0]
    one = change.was[0]
    if "private" in one.traits or any(part.startswith(("_", "#")) for part in change.name.split(".")):
        return False
    if change.language == "python":
        return _python(change.home, name, library)
    if change.language.startswith(("javascript", "typescript")):
        return _script(change.home, library)
    if change.language == "go":
        return _go(change.home, change.name, library)
    if change.language == "rust":
        return "exported" in one.traits and _rust(change.home, library)
    return change.language == "java" and "public" in one.traits and _java(library)


def _python(home: str, name: str, library: Library) -> bool:
    document = library.before.get(home)
    if document is not None and "__all__" in document.text and name in interface_of(document).listed:
        return True
    entry = re.compile(rf"[\w.]*\b{re.escape(module_of(home).rpartition('/')[2])}:{re.escape(name)}\b")
    if any(_says(library, path, entry) for path in ("pyproject.toml", "setup.cfg", "setup.py")):
        return True
    top = home.rpartition("/")[0]
    while "/" in top and library.exists(f"{top.rpartition('/')[0]}/__init__.py"):
        top = top.rpartition("/")[0]
    told = _says(library, "pyproject.toml", _DISTRIBUTED) or _any(library, ("setup.py", "setup.cfg"))
    if not top or not told:
        return False
    return _passed_on(home, name, f"{top}/__init__.py", library) if home != f"{top}/__init__.py" else True


def _passed_on(home: str, name: str, path: str, library: Library) -> bool:
    imports = library.imports(path)
    return any(one.name in (name, "*") and library.origin(path, one, home) != "other" for one in imports)


def _script(home: str, library: Library) -> bool:
    """True if the entry of a package that is not private reaches the file."""
    for path in (*_ancestors(home, "package.json"), "package.json"):
        document = library.document(path)
        if document is None:
            continue
        try:
            row = json.loads(document.text)
        except ValueError:
            return False
        if not isinstance(row, dict) or row.get("private") is True:
            return False
        entries = {posixpath.basename(one).partition(".")[0] for one in _entries(row)}
        folder = posixpath.dirname(path)
        starts = [
            each for each in library.all_paths
            if each.startswith(folder) and each.endswith((".ts", ".js", ".mjs", ".cjs", ".tsx", ".jsx"))
            and posixpath.basename(each).partition(".")[0] in entries and "node_modules" not in each
        ]  # fmt: skip
        return _reached(home, starts, library)
    return False


def _entries(row: object) -> Iterator[str]:
    """The files that a package offers."""
    if isinstance(row, dict) and ("name" in row or "main" in row or "exports" in row):
        for key in ("main", "module", "types", "browser", "bin", "exports"):
            yield from _texts(row.get(key))


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for one in value.values():
            yield from _texts(one)


def _reached(home: str, starts: Sequence[str], library: Library) -> bool:
    seen, waiting = set[str](), list(starts)
    while waiting:
        path = waiting.pop()
        if path == home:
            return True
        if path in seen:
            continue
        seen.add(path)
        for one in library.imports(path):
            if not one.exported:
                continue
            module = module_of(posixpath.normpath(posixpath.join(posixpath.dirname(path), one.module)))
            waiting += [each for each in library.all_paths if module_of(each) == module]
    return False


def _go(home: str, name: str, library: Library) -> bool:
    """True for a name that begins with a capital in a package others can import."""
    parts = name.split(".")
    document = library.before.get(home)
    main = document is not None and re.search(r"^package main\b", document.text, re.M)
    if main or "internal" in home.split("/") or not all(part[:1].isupper() for part in parts):
        return False
    return _says(library, "go.mod", re.compile(r"^module\s+[^\s/]+\.[^\s/]+/", re.M)) and not home.endswith(
        "_test.go"
    )


def _rust(home: str, library: Library) -> bool:
    for path in (*_ancestors(home, "Cargo.toml"), "Cargo.toml"):
        document = library.document(path)
        if document is not None:
            folder = posixpath.dirname(path)
            lib = library.exists(posixpath.join(folder, "src/lib.rs")) or "[lib]" in document.text
            return lib and "publish = false" not in document.text
    return False


def _java(library: Library) -> bool:
    names = ("pom.xml", "build.gradle", "build.gradle.kts")
    return any(_says(library, name, _PUBLISHED) for name in names)


def _ancestors(home: str, name: str) -> Iterator[str]:
    folder = posixpath.dirname(home)
    while folder:
        yield f"{folder}/{name}"
        folder = posixpath.dirname(folder)


def _says(library: Library, path: str, pattern: re.Pattern[str]) -> bool:
    document = library.document(path)
    return document is not None and bool(pattern.search(document.text))


def _any(library: Library, names: Sequence[str]) -> bool:
    return any(map(library.exists, names))
