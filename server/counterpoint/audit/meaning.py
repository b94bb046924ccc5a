"""Whether a use means a definition: by imports, receivers and what its file defines itself."""

from __future__ import annotations

import posixpath

from counterpoint.audit.library import Library
from counterpoint.audit.scope import Group
from counterpoint.context.uses import Use

_SELVES = frozenset({"self", "cls", "this", "super()", "super", "Self"})


def known_as(name: str, home: str, at: str, path: str, library: Library) -> bool:
    """True if a type of `home` may have its name in a file: it is its own, is imported, or not defined."""
    if path in (home, at):
        return True
    near = [one for one in library.imports_with(path, name) if name in (one.alias, one.name)]
    if near:
        return any(
            library.origin(path, one, place) != "other" for one in near for place in (home, at) if place
        )
    return not any(one.role == "definition" for one in library.uses(path, name))


def means(was: Group, home: str, at: str, path: str, use: Use, library: Library) -> bool | None:
    """Whether a use means a definition, by imports, receivers and what its file defines."""
    one = was[0]
    if one.owner and one.kind not in ("constructor", "record"):
        return _member(one.owner.rpartition(".")[2], home, path, use, library)
    first = use.receiver.partition(".")[0].partition("::")[0]
    near = library.imports(path) if first else library.imports_with(path, use.word)
    imports = [each for each in near if each.alias == (first or use.word)]
    if imports:
        origins = {library.origin(path, each, place) for each in imports for place in (home, at) if place}
        return True if "ours" in origins else False if "maybe" in origins else None
    if first:
        return False if one.kind in ("constructor", "record") else None
    if path in (home, at):
        return True
    if any(each.role in ("bound", "definition") for each in library.uses(path, use.word)):
        return None
    return _bare(home, path, library)


def _bare(home: str, path: str, library: Library) -> bool | None:
    """Whether a bare name that a file neither binds nor imports may be one of `home`."""
    document = library.document(path)
    language = document.language if document is not None else ""
    together = posixpath.dirname(home) == posixpath.dirname(path)
    if language in ("go", "java"):
        return True if together else None
    stars = [one for one in library.imports(path) if one.name == "*"]
    if stars:
        return any(library.origin(path, one, home) == "ours" for one in stars)
    return True


def _member(owner: str, home: str, path: str, use: Use, library: Library) -> bool | None:
    last = use.receiver.replace("::", ".").rpartition(".")[2]
    if last == owner or (last in _SELVES and use.within == owner):
        return True
    document = library.document(path)
    if not use.receiver:
        return True if use.within == owner else None
    named = document is not None and owner in document.text
    return False if named or path == home else None
