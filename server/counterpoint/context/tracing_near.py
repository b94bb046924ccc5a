"""What a name in a file most likely means, by imports and by what lies near. Pure.

Call sites are proven elsewhere (`callers`); here every name of a failing function is to be followed within
milliseconds, and a wrong guess costs some lines of a prompt.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Sequence

from counterpoint.context.completing_imports import EXACT, Bound, bound, parts_of, relation
from counterpoint.context.facts import CALLABLES, TYPES
from counterpoint.context.languages import GRAMMARS, family_of
from counterpoint.context.symbols import Place, Symbols
from counterpoint.text import language_of

_FILES = 60
_MEANT = 3
_FAR = 9
_IMPORTED = 8
_RARE = 4


class Near:
    """The files round a failure, and how far each is from it: 0 for those of its frames, one more for each
    import on the way."""

    def __init__(self, paths: Collection[str], symbols: Symbols) -> None:
        self._symbols = symbols
        self._by_end: dict[str, list[tuple[str, tuple[str, ...]]]] = {}
        self.distance: dict[str, int] = {}
        self._families = {family_of(language_of(path)) for path in paths}
        waiting = deque((path, 0) for path in dict.fromkeys(paths))
        while waiting and len(self.distance) < _FILES:
            path, far = waiting.popleft()
            if path in self.distance or symbols.facts(path) is None:
                continue
            self.distance[path] = far
            if far < 3:
                waiting += ((one, far + 1) for one in self._beside(path))

    def _beside(self, path: str) -> list[str]:
        """The files that a file imports from, as its imports read, and those of its package."""
        facts = self._symbols.facts(path)
        assert facts is not None
        family = family_of(facts.language)
        found: dict[str, None] = {}
        for one in dict.fromkeys(bound(imported, path) for imported in facts.imports):
            found |= dict.fromkeys(self._meant_by(one, path, family))
        row = GRAMMARS.get(facts.language)
        if row is not None and row.package_is_folder:
            found |= dict.fromkeys(self._symbols.folder(path.rpartition("/")[0]))
        return [one for one in found if one != path and self._same_family(one, family)]

    def _meant_by(self, one: Bound, importer: str, family: str) -> list[str]:
        """The files of an import. A module of one word may be anybody's: it is one of a folder above."""
        ends = dict.fromkeys((*one.parts[-1:], one.name))
        likely = [
            path
            for end in ends
            for path, parts in self._ending(end)
            if relation(one, parts) == EXACT
            and (one.anchored or len(one.parts) > 1 or _is_above(path, importer))
            and self._same_family(path, family)
        ]
        best = max((_common(path, importer) for path in likely), default=0)
        return [path for path in dict.fromkeys(likely) if _common(path, importer) == best][:_IMPORTED]

    def _ending(self, name: str) -> Sequence[tuple[str, tuple[str, ...]]]:
        """The files whose names as modules end with a name."""
        if not self._by_end:
            for path in self._symbols.paths():
                parts = parts_of(path, language_of(path))
                self._by_end.setdefault(parts[-1] if parts else "", []).append((path, parts))
        return self._by_end.get(name, ())

    def _same_family(self, path: str, family: str) -> bool:
        return family_of(language_of(path)) == family

    def meant(self, name: str, path: str, owner: str = "") -> list[Place]:
        """The functions and types that a name in a file may mean, the likeliest first: those of `owner`, of
        the file, of files near it; others only where they are few."""
        family = family_of(language_of(path))
        places = [one for one in self._callable(name) if self._same_family(one.path, family)]
        if owner and (own := [one for one in places if one.definition.owner == owner and one.path == path]):
            return own
        here = [one for one in places if one.path == path and one.definition.owner in ("", owner)]
        if here:
            return here[:_MEANT]
        ranked = sorted(places, key=lambda one: (self._far(one.path), -_common(one.path, path)))
        return self._likely(ranked)

    def named(self, name: str) -> list[Place]:
        """The functions and types of a name near the failure, or anywhere if these are few."""
        return self._likely(sorted(self._callable(name), key=lambda one: self._far(one.path)))

    def _callable(self, name: str) -> list[Place]:
        found = self._symbols.defined([name]).get(name, ())
        return [one for one in found if one.definition.kind in CALLABLES | TYPES]

    def _likely(self, ranked: Sequence[Place]) -> list[Place]:
        within = [one for one in ranked if self._far(one.path) < _FAR]
        return within[:_MEANT] or (list(ranked) if len(ranked) <= _MEANT else [])

    def _far(self, path: str) -> int:
        return self.distance.get(path, _FAR)

    def files_with(self, name: str, most: int) -> list[str]:
        """The nearest files that have a word; also those far off, if few have it at all."""
        found = self._symbols.files([name]).get(name, ())
        far = [
            path
            for path in found
            if path not in self.distance and family_of(language_of(path)) in self._families
        ]
        near = [path for path in found if path in self.distance]
        return [*sorted(near, key=self._far), *(sorted(far) if len(far) <= _RARE else ())][:most]


def _is_above(path: str, importer: str) -> bool:
    """Whether the importer lies in the folder of a file, or below it."""
    folder = path.rpartition("/")[0].removesuffix("src").rstrip("/")
    return not folder or importer.startswith(folder + "/")


def _common(path: str, importer: str) -> int:
    """How many folders two files share from the root."""
    same = 0
    for one, other in zip(path.split("/")[:-1], importer.split("/")[:-1], strict=False):
        if one != other:
            break
        same += 1
    return same
