"""Every place that uses a definition that changed, and whether it means that definition."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Sequence

from counterpoint.audit.importing import imports_of
from counterpoint.audit.judging import judge
from counterpoint.audit.library import Library
from counterpoint.audit.making import made_in
from counterpoint.audit.meaning import known_as, means
from counterpoint.audit.scope import Change
from counterpoint.audit.values import CallSite, Site
from counterpoint.audit.verdicts import Verdict, broken, unknown
from counterpoint.context.facts import Import
from counterpoint.context.uses import Use

_BUILT = ("call", "new", "literal")


def sites_of(
    change: Change, given: Sequence[CallSite], library: Library, paths: Sequence[str]
) -> Iterator[Site]:
    """The sites of a definition in some files. `given` are the calls of it that the index found."""
    if change.untouched:
        given_paths = {one.path for one in given}
        yield from (_untouched(one) for one in given if not library.changed(one.path))
        paths = [path for path in given_paths if path in library.after]
    for path in paths:
        here = [one for one in given if one.path == path]
        for word in _words(change, path, library):
            for number, use in enumerate(library.uses(path, word)):
                site = _site(change, path, use, number, here, library)
                if site is not None:
                    yield site
        if not change.untouched:
            yield from made_in(change, path, library)
            yield from imports_of(change, path, library)


def _untouched(one: CallSite) -> Site:
    site = Site(one.path, one.line, one.symbol, True, "intact")
    return site if one.certain else site.unsure()


def _words(change: Change, path: str, library: Library) -> tuple[str, ...]:
    """The names that a definition has in a file: its own, old and new, and those it is imported under."""
    own = dict.fromkeys((change.symbol, change.word))
    if library.document(path) is None:
        return ()
    by_default = "default" in change.was[0].traits
    for one in library.imports(path) if by_default else _naming(change, path, library):
        named = one.name in own or (by_default and one.name == "default")
        if named and one.alias != one.name and library.origin(path, one, change.home) != "other":
            own[one.alias] = None
    return tuple(own)


def _naming(change: Change, path: str, library: Library) -> tuple[Import, ...]:
    """The imports of a file that have the name of a definition, old or new."""
    words = dict.fromkeys((change.symbol, change.word))
    return tuple(one for word in words for one in library.imports_with(path, word))


def _site(
    change: Change, path: str, use: Use, number: int, given: Sequence[CallSite], library: Library
) -> Site | None:
    if use.role in ("bound", "key"):
        return None
    if use.role == "definition":
        return _override(change, path, use, library)
    if use.role == "string":
        return _string(change, path, use, library)
    line, edited = _before(path, use.line, library)
    certain = _certain(change, path, use, line, given, library)
    if certain is None or (change.untouched and certain is not True and not _listed(line, given)):
        return None
    earlier = _earlier(change, path, use, library) if edited else None
    verdict = _verdict(change, path, use, earlier, library)
    if verdict is None:
        return None
    state = "updated" if edited and verdict.state == "intact" else verdict.state
    kind = "call" if use.role in _BUILT or use.role == "macro" else "reference"
    site = Site(path, use.line, change.name, True, state, verdict.why, kind)  # type: ignore[arg-type]
    return site if certain else site.unsure()


def _before(path: str, line: int, library: Library) -> tuple[int | None, bool]:
    """The line a place had before the change, and whether the change wrote it."""
    if not library.changed(path):
        return line, False
    was = library.moves(path).before(line)
    return was, was is None


def _listed(line: int | None, given: Sequence[CallSite]) -> CallSite | None:
    found = [one for one in given if one.line == line]
    return max(found, key=lambda one: one.certain, default=None)


def _certain(
    change: Change, path: str, use: Use, line: int | None, given: Sequence[CallSite], library: Library
) -> bool | None:
    """Whether a use means the definition; None if it means something else."""
    listed = _listed(line, given) if line is not None else None
    if listed is not None:
        return listed.certain
    if line is None:
        replaced = library.moves(path).replaced(use.line)
        near = [one for one in given if one.line in replaced]
        if near and (use.role in _BUILT or use.role == "macro"):
            return any(one.certain for one in near)
    elif use.role in ("call", "new") and not change.renamed:
        return None  # the index has seen this call and knows that it means something else
    found = means(change.was, change.home, change.at, path, use, library)
    if found is not True and change.was[0].kind == "method" and use.receiver and not change.same:
        return _alike(change, use, given, path, library) or found
    return found


def _alike(change: Change, use: Use, given: Sequence[CallSite], path: str, library: Library) -> bool | None:
    """A method of something that has the name of the type, or of which the index knows what it is."""
    known = {one.line for one in given if one.certain}
    earlier = library.changed(path) and path in library.before
    calls = library.uses(path, change.symbol, earlier=earlier)
    if any(one.receiver == use.receiver and one.line in known for one in calls):
        return True
    owner = change.was[0].owner.rpartition(".")[2]
    return False if known or owner.lower() in use.receiver.lower() else None


def _earlier(change: Change, path: str, use: Use, library: Library) -> Use | None:
    """The use in the stead of which a line was written: the only one, or the one of the same rank."""
    replaced = library.moves(path).replaced(use.line)
    was = [one for one in library.uses(path, change.symbol, earlier=True) if one.line in replaced]
    was = [one for one in was if one.role in (*_BUILT, "reference")]
    moves = library.moves(path)
    now = [
        one
        for word in dict.fromkeys((change.symbol, change.word))
        for one in library.uses(path, word)
        if one.role in (*_BUILT, "reference")
        and moves.replaced(one.line) == replaced
        and moves.before(one.line) is None
    ]
    return was[now.index(use)] if len(was) == len(now) and use in now else None


def _verdict(change: Change, path: str, use: Use, earlier: Use | None, library: Library) -> Verdict | None:
    if not change.now:
        return (
            broken(f"{change.symbol} is gone")
            if not change.offered
            else unknown(f"{change.symbol} is imported now")
        )
    if change.renamed and use.word == change.symbol and not _by_default(change, path, use, library):
        return broken(f"{change.symbol} is {change.word} now")
    if change.moved and not _reaches(change, path, use, library):
        return broken(f"{change.symbol} has moved to {change.at}")
    verdict = judge(use, change.was, change.now, change.language, earlier)
    if verdict.state != "broken" and (hidden := _hidden(change, path, use)) is not None:
        return hidden
    return verdict


def _by_default(change: Change, path: str, use: Use, library: Library) -> bool:
    """True for a name that a file gave to a default export, whatever that is called at home."""
    if "default" not in change.now[0].traits:
        return False
    return any(one.alias == use.word and one.name == "default" for one in library.imports(path))


def _reaches(change: Change, path: str, use: Use, library: Library) -> bool:
    """True if a use still finds a definition that has moved."""
    if change.offered or path == change.at:
        return True
    together = posixpath.dirname(change.home) == posixpath.dirname(change.at)
    if change.language in ("go", "java") and together:
        return True
    first = use.receiver.partition(".")[0].partition("::")[0] or use.word
    imports = [one for one in library.imports(path) if one.alias == first]
    return any(library.origin(path, one, change.at) == "ours" for one in imports)


def _hidden(change: Change, path: str, use: Use) -> Verdict | None:
    """Whether a definition may no longer be used from a place."""
    before, after = change.was[0].traits, change.now[0].traits
    if "private" in after and "private" not in before:
        inside = use.within == change.now[0].owner.rpartition(".")[2]
        near = path == change.at and (change.language == "rust" or inside)
        return None if near else broken("it is private now")
    if change.language == "java" and ("package" in after or "protected" in after) and "public" in before:
        together = posixpath.dirname(path) == posixpath.dirname(change.at)
        return None if together else unknown("it is no longer public")
    if "exported" in before and "exported" not in after and path != change.at:
        return None if change.language == "go" else broken("it is no longer exported")
    return None


def _override(change: Change, path: str, use: Use, library: Library) -> Site | None:
    """A definition of the same name in a type that extends the one this belongs to, or that this extends."""
    one = change.was[0]
    owner = one.owner.rpartition(".")[2]
    if not owner or change.same or one.kind != "method" or use.within == owner:
        return None
    below = owner in use.bases or (use.bases == ("interface",) and change.language == "go")
    above = use.within in {base.partition("<")[0].rpartition(".")[2] for base in change.bases}
    if below and change.language != "go" and not known_as(owner, change.home, change.at, path, library):
        return None
    if not (below or above) or (change.now and _follows(change, path, use.within, library)):
        return None
    why = f"it stands for {change.name} elsewhere, which takes or gives something else now"
    return Site(path, use.line, change.name, True, "unknown", why, "reference")


def _follows(change: Change, path: str, owner: str, library: Library) -> bool:
    """True if the method of another type takes and gives what this one does now."""
    now = change.now[0]
    group = library.group(path, f"{owner}.{change.word}")
    taken = now.parameters, now.result, "async" in now.traits
    return any((one.parameters, one.result, "async" in one.traits) == taken for one in group)


def _string(change: Change, path: str, use: Use, library: Library) -> Site | None:
    """A text that names the definition, by which somebody may find it."""
    if change.untouched or use.compared or use.looked or not names(use.says, use.word):
        return None
    gone = not change.now or change.renamed
    if use.says == change.symbol and library.lists(path, use.says):
        return (
            Site(path, use.line, change.name, True, "broken", "__all__ lists it", "reference")
            if gone
            else None
        )
    why = f"a text names it{', and it is gone' if gone else ''}"
    return Site(path, use.line, change.name, False, "unknown", why, "string")


def names(says: str, word: str) -> bool:
    """True if a text is a name, a path of names or a call; not if it is a sentence that has the word."""
    plain = says.strip()
    if f"{word}(" in plain and "{" not in plain:
        return True
    return plain == word or (" " not in plain and any(mark + word in plain for mark in (".", ":", "#")))
