"""What becomes of the imports of a definition that changed."""

from __future__ import annotations

from collections.abc import Iterator

from counterpoint.audit.library import Library
from counterpoint.audit.modules import module_of
from counterpoint.audit.scope import Change
from counterpoint.audit.values import Site
from counterpoint.audit.verdicts import INTACT, Verdict, broken


def imports_of(change: Change, path: str, library: Library) -> Iterator[Site]:
    """What becomes of the imports of a definition."""
    if change.was[0].owner or path == change.home:
        return
    by_default = "default" in change.was[0].traits
    words = dict.fromkeys((change.symbol, change.word))
    near = (one for word in words for one in library.imports_with(path, word))
    for one in dict.fromkeys(library.imports(path) if by_default else near):
        if one.name not in (change.symbol, change.word, "default"):
            continue
        old = library.origin(path, one, change.home)
        new = library.origin(path, one, change.at) if change.at else "other"
        if old == "other" and new == "other":
            continue
        verdict = _imported(change, one.name, reached=old == "ours" or (old == "maybe" and new != "ours"))
        if verdict is not None:
            site = Site(path, one.line, change.name, True, verdict.state, verdict.why, "import")
            yield site if "ours" in (old, new) else site.unsure()


def _imported(change: Change, name: str, *, reached: bool) -> Verdict | None:
    """The verdict on an import; None where nothing happened that imports could feel. `reached`: it is of the
    file that the definition stood in."""
    if name == "default":
        lost = "default" in change.was[0].traits and not (change.now and "default" in change.now[0].traits)
        return broken("it is no longer the default export") if lost and reached else None
    if not reached:
        return INTACT if change.moved else None
    if change.offered:
        return INTACT
    if not change.now:
        return broken(f"{name} is gone")
    if change.renamed:
        return broken(f"{change.symbol} is {change.word} now") if name == change.symbol else INTACT
    if change.moved:
        return broken(f"{name} has moved to {change.at}")
    before, after = change.was[0].traits, change.now[0].traits
    if "default" in after and "default" not in before:
        return broken("it is the default export now")
    if "exported" in before and "exported" not in after:
        return broken("it is no longer exported")
    return None


def imports_of_gone(home: str, library: Library) -> Iterator[Site]:
    """The imports of a module whose file is gone, in files that import the module itself."""
    stem = module_of(home).rpartition("/")[2]
    for path in library.paths:
        for one in library.imports_with(path, stem):
            whole = one.name == "" or (one.name == stem and not one.module.endswith(stem))
            if whole and library.origin(path, one, home) == "ours":
                yield Site(path, one.line, stem, True, "broken", f"{home} is gone", "import")
