"""The audit of a change: every place that relies on what it changed, and what became of it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

from counterpoint.audit import places, shared
from counterpoint.audit.importing import imports_of_gone
from counterpoint.audit.library import Library
from counterpoint.audit.modules import module_of
from counterpoint.audit.naming import Naming, namings, word_of
from counterpoint.audit.outside import notes, unread
from counterpoint.audit.scope import changes, read
from counterpoint.audit.values import Audit, CallSite, Site
from counterpoint.text import Document, Files

_ORDER = ("intact", "updated", "unknown", "broken")


def audit(
    before: Mapping[str, Document],
    after: Mapping[str, Document],
    sites: Sequence[CallSite],
    files: Files,
    paths: Collection[str] | None = None,
) -> Audit:
    """Audit a change. `before` and `after` are the changed files by path: one that was made stands only in
    `after`, one that was deleted only in `before`, a renamed one in each under its path.

    `sites` are the calls that the index found in the workspace as it was, for `targets` and `changed`.
    `files` is the workspace as it was. `paths` are the files that have one of `words`; None: all are read.
    Parses: not for an event loop.
    """
    both = read(before, after)
    found, names = changes(both), namings(both)
    library = Library(before, after, files, paths)
    by_target: dict[tuple[str, str], list[CallSite]] = {}
    for one in sites:
        by_target.setdefault((one.home, one.symbol), []).append(one)
    called: list[Site] = []
    for change in found:
        given = by_target.get((change.home, change.name), [])
        if not change.untouched or given:
            called += places.sites_of(change, given, library, library.paths)
    for path in before.keys() - after.keys():
        called += imports_of_gone(path, library)
    used = [site for one in names for site in shared.sites_of(one, library, _paths(one, library))]
    listed = _once(called)
    texts = {(site.path, site.line) for site in listed if site.use == "string"}
    touched = [change for change in found if not change.untouched]
    said = {(site.path, site.line, site.symbol) for site in listed}
    others = [site for site in _once(used) if (site.path, site.line, site.symbol) not in said]
    told = (*unread(before, after, both), *notes(touched, len(texts), library))
    return Audit(listed, tuple(others), told)


def _paths(one: Naming, library: Library) -> Collection[str]:
    """The files that may use a name: the settings of programs speak of the environment too."""
    if one.name.kind != "environment":
        return library.paths
    return sorted({*library.paths, *(path for path in library.configured if path not in library.before)})


def words(before: Mapping[str, Document], after: Mapping[str, Document]) -> frozenset[str]:
    """The words of what a change changed: only files that have one of them may rely on it."""
    both = read(before, after)
    touched = [one for one in changes(both) if not one.untouched]
    found = {word for one in touched for word in (one.symbol, one.word)}
    # A default export has the name that each file gives it, a file that is gone only its own.
    whole = before.keys() - after.keys() | {one.home for one in touched if "default" in one.was[0].traits}
    found |= {module_of(path).rpartition("/")[2] for path in whole}
    return frozenset(found | set(_named(namings(both)))) - {""}


def _named(names: Iterable[Naming]) -> Iterable[str]:
    for one in names:
        yield one.word
        if one.old_text:
            yield word_of(one.old_text)


def _once(sites: Iterable[Site]) -> tuple[Site, ...]:
    """One site for each line and definition, the worst; a text only where there is nothing else."""
    found: dict[tuple[str, int, str], Site] = {}
    for site in sites:
        key = (site.path, site.line, site.symbol)
        held = found.get(key)
        if held is None or _rank(site) > _rank(held):
            found[key] = site
    return tuple(sorted(found.values(), key=lambda one: (one.path, one.line, one.symbol)))


def _rank(site: Site) -> tuple[bool, int]:
    return site.use != "string", _ORDER.index(site.state)
