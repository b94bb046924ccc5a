"""Every place that uses a shared name that changed."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Collection, Iterator

from counterpoint.audit.library import Library
from counterpoint.audit.meaning import means
from counterpoint.audit.naming import HOLE, OUTSIDE, Naming
from counterpoint.audit.values import Site, State
from counterpoint.audit.verdicts import INTACT, Verdict, broken, unknown
from counterpoint.context.signatures import Name, Signature
from counterpoint.context.signatures_read import LANGUAGES
from counterpoint.context.uses import Use

_PROSE = frozenset({"markdown", "plaintext", "html", "css"})
_HOST = re.compile(r"^\w+://[^/]*")
_SQL = r"(?i:\b(?:from|into|update|join|table|truncate)\s+)[\"`\[]?"


def sites_of(one: Naming, library: Library, paths: Collection[str]) -> Iterator[Site]:
    """The uses of a name in some files."""
    for path in paths:
        if one.name.kind in OUTSIDE:
            yield from _outside(one, path, library)
        elif one.name.kind == "text":
            yield from _texts(one, one.name.name, path, library)
        else:
            yield from _inside(one, path, library)
            if one.old_text:
                yield from _texts(one, one.old_text, path, library)


def _site(one: Naming, path: str, line: int, verdict: Verdict, *, certain: bool, use: str = "name") -> Site:
    state: State = verdict.state
    site = Site(path, line, one.name.name, True, state, verdict.why, use)  # type: ignore[arg-type]
    return site if certain else site.unsure()


# -- names that mean something outside of the language


def _outside(one: Naming, path: str, library: Library) -> Iterator[Site]:
    if one.was is None and path == one.home:
        return
    kind = one.name.kind
    if one.was is None:
        verdict = INTACT
    elif one.now is not None:
        verdict = unknown(f"it answers to {one.now.rest or 'nothing'} now")
    elif one.renamed:
        verdict = broken(f"the {kind} {one.name.name} is {one.renamed} now")
    else:
        verdict = unknown(f"{one.home} has the {kind} {one.name.name} no more")
    for line in sorted(set(_lines_with(one.name, one.word, path, library))):
        yield _site(one, path, line, verdict, certain=True, use="string")


def _lines_with(name: Name, word: str, path: str, library: Library) -> Iterator[int]:
    document = library.document(path)
    if document is None or word not in document.text:
        return
    if document.language not in LANGUAGES:
        if name.kind == "environment" and document.language not in _PROSE:
            whole = re.compile(rf"(?<!\w){re.escape(name.name)}(?!\w)")
            yield from (number for number, line in enumerate(document.lines) if whole.search(line))
        return
    for use in library.uses(path, word):
        read = name.kind == "environment" and use.receiver.rpartition(".")[2] == "env"
        if read or (use.role == "string" and _says(name, use.says)):
            yield use.line


def _says(name: Name, says: str) -> bool:
    """True if a text names an environment variable, a route or a table."""
    if name.kind == "route":
        return _route(says) == _route(name.name)
    if name.kind == "table":
        return says.strip() == name.name or bool(re.search(_SQL + re.escape(name.name) + r"\b", says))
    return says.strip() == name.name


def _route(text: str) -> tuple[str, ...]:
    plain = _HOST.sub("", text.strip()).partition("?")[0]
    return tuple("*" if HOLE.search(part) else part for part in plain.strip("/").split("/"))


# -- texts of types


def _texts(one: Naming, text: str, path: str, library: Library) -> Iterator[Site]:
    word = max(re.findall(r"\w+", text), key=len, default="")
    for use in library.uses(path, word) if word else ():
        if use.role != "string" or use.says != text or (path == one.at and not use.compared):
            continue
        if one.now is not None and one.name.kind == "text":
            if use.compared:
                yield _site(one, path, use.line, INTACT, certain=True)
        elif use.compared:
            yield _site(one, path, use.line, broken(f"{text!r} is no value of it any more"), certain=True)
        else:
            yield _site(one, path, use.line, unknown(f"{text!r} is no value of it any more"), certain=False)


# -- names of the language


def _inside(one: Naming, path: str, library: Library) -> Iterator[Site]:
    name = one.name
    if path != one.home and not name.owner:
        yield from _imports(one, path, library)
    for use in library.uses(path, one.word):
        if use.role in ("bound", "key", "definition", "string"):
            continue
        certain = _means(one, path, use, library)
        if certain is None:
            continue
        verdict = _verdict(one, path, use, library)
        if verdict is not None:
            yield _site(one, path, use.line, verdict, certain=certain)


def _means(one: Naming, path: str, use: Use, library: Library) -> bool | None:
    name = one.name
    if not name.owner:
        stands_in = Signature(name.name, "function", name.line)
        return means((stands_in,), one.home, one.at, path, use, library)
    owner = name.owner.rpartition(".")[2]
    last = use.receiver.replace("::", ".").rpartition(".")[2]
    if last == owner or (last in ("self", "cls", "this", "Self") and use.within == owner):
        return True
    document = library.document(path)
    same = one.now is not None and one.was is not None and one.now.rest == one.was.rest
    if document is None or owner not in document.text or (same and not one.gone):
        return None
    if name.kind == "field":
        return False if use.receiver else None
    return False if not use.receiver and path != one.home else None


def _verdict(one: Naming, path: str, use: Use, library: Library) -> Verdict | None:
    name, now = one.name, one.now
    if one.was is None:
        return INTACT
    if now is None:
        if one.offered:
            return unknown(f"{name.symbol} is imported now")
        return broken(
            f"{name.symbol} is {one.renamed.rpartition('.')[2]} now"
            if one.renamed
            else f"{name.symbol} is gone"
        )
    if one.gone and not _found(one, path, use, library):
        return broken(f"{name.symbol} has moved to {one.at}")
    if name.exported and not now.exported and path != one.at:
        return broken(f"{name.symbol} is no longer exported")
    return _changed(one, name, now, path, use)


def _changed(one: Naming, name: Name, now: Name, path: str, use: Use) -> Verdict | None:
    if name.kind == "type":
        builds = use.role in ("call", "new", "literal")
        kept = set(name.rest.split()) <= set(now.rest.split())
        changed = name.value != now.value or (one.language == "rust" and not kept)
        return unknown(f"{name.symbol} is something else now") if changed and not builds else None
    if path == one.at and (name.value, name.rest) != (now.value, now.rest):
        return None  # no other part shares it there, and who changed it saw it
    if name.value != now.value:
        return unknown(
            f"{name.symbol} was {name.value or 'without a value'} and is {now.value or 'without one'} now"
        )
    if name.rest != now.rest:
        return unknown(f"{name.symbol} was {name.rest or 'plain'} and is {now.rest or 'plain'} now")
    if one.gained and use.role == "pattern" and one.language == "rust" and not use.whole:
        return unknown("there are more members now, and this match may not know them")
    return INTACT


def _found(one: Naming, path: str, use: Use, library: Library) -> bool:
    """True if a use still finds a name that has moved."""
    if one.offered or path == one.at:
        return True
    if one.language in ("go", "java") and posixpath.dirname(one.home) == posixpath.dirname(one.at):
        return True
    first = use.receiver.partition(".")[0].partition("::")[0] or use.word
    imports = [each for each in library.imports(path) if each.alias == first]
    return any(library.origin(path, each, one.at) == "ours" for each in imports)


def _imports(one: Naming, path: str, library: Library) -> Iterator[Site]:
    name = one.name
    for each in library.imports(path):
        if each.name != name.name:
            continue
        old = library.origin(path, each, one.home)
        if old == "other":
            if one.gone and one.at and library.origin(path, each, one.at) == "ours":
                yield _site(one, path, each.line, INTACT, certain=True, use="import")
            continue
        hidden = one.now is not None and name.exported and not one.now.exported
        if one.was is None or one.offered or not (one.gone or hidden):
            continue
        why = (
            f"{name.symbol} is no longer exported" if not one.gone else f"{name.symbol} is not there any more"
        )
        yield _site(one, path, each.line, broken(why), certain=old == "ours", use="import")
