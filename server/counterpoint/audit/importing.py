"""What becomes of the imports of a definition that changed."""

from __future__ import annotations

from collections.abc import Iterator

from counterpoint.audit.library import Library
from counterpoint.audit.scope import Change
from counterpoint.audit.values import Site
from counterpoint.audit.verdicts import INTACT, Verdict, broken, unknown


def imports_of(change: Change, path: str, library: Library) -> Iterator[Site]:
    """What becomes of the imports of a definition."""
    if change.was[0].owner or path == change.home:
        return
    for one in library.imports(path):
        if one.name not in (change.symbol, change.word, "default"):
            continue
        here = {library.origin(path, one, place) for place in (change.home, change.at) if place}
        if here == {"other"}:
            continue
        verdict = _imported(change, path, one.name, library.origin(path, one, change.home), library, one.line)
        if verdict is not None:
            yield Site(path, one.line, change.name, True, verdict.state, verdict.why, "import")


def _imported(change: Change, path: str, name: str, old: str, library: Library, line: int) -> Verdict | None:
    """The verdict on an import; None where nothing happened that imports could feel."""
    if name == "default":
        lost = "default" in change.was[0].traits and not (change.now and "default" in change.now[0].traits)
        return broken("it is no longer the default export") if lost and old == "ours" else None
    if old != "ours":
        return INTACT if change.moved else unknown("it may have come by here") if not change.now else None
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
