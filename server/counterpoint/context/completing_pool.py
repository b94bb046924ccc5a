"""The definitions that may be named next, each with the evidence for it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from counterpoint.context.completing_imports import EXACT
from counterpoint.context.completing_scene import Scene
from counterpoint.context.facts import TYPES
from counterpoint.context.similar import Likeness
from counterpoint.context.symbols import Place
from counterpoint.context.types_near import Active

_PLACES = 6
"""So many definitions of one name are considered, besides members of types in play."""
_VOTED = 120
_OUTLINED = 400


@dataclass(slots=True)
class Candidate:
    """A definition with the evidence that it is named next; `why` is the strongest road it came by."""

    place: Place
    why: str
    member: float = 0.0
    rank: int = 0
    rivals: int = 0
    credit: float = 0.0


class Pool:
    """Candidates, one for each definition. Definitions of the buffer's own file never enter."""

    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        self.found: dict[tuple[str, int], Candidate] = {}

    def add(self, place: Place, why: str) -> Candidate | None:
        """Enter a definition, or find it."""
        if place.path == self.scene.path:
            return None
        key = (place.path, place.number)
        candidate = self.found.get(key)
        if candidate is None and self.scene.file(place.path) is not None:
            candidate = self.found[key] = Candidate(place, why, rivals=self.scene.rivals(place.definition))
        return candidate


def gather(
    scene: Scene, actives: Sequence[Active], members: Iterable[tuple[Place, Active]], like: Likeness
) -> Pool:
    """Walk every road from the cursor to a definition."""
    pool = Pool(scene)
    for place, active in members:
        candidate = pool.add(place, f"member of {active.place.definition.name}, {active.how}")
        if candidate is not None and active.weight > candidate.member:
            candidate.member = active.weight
    _by_name(scene, pool, (word for word in scene.buffer.counts if len(word) > 1), "named in this file")
    voted = sorted(like.votes, key=lambda word: -like.votes[word])[:_VOTED]
    _by_name(scene, pool, voted, "called by code like this")
    for active in actives:
        pool.add(active.place, f"type in play: {active.how}")
    _outlines(scene, pool)
    return pool


def _by_name(scene: Scene, pool: Pool, names: Iterable[str], why: str) -> None:
    wanted = list(names)
    for word in scene.look_up(wanted):
        meant = scene.meant(word)
        for rank, (credit, place) in enumerate(meant[:_PLACES]):
            candidate = pool.add(place, why)
            if candidate is not None:
                candidate.rank, candidate.credit = rank, credit


def _outlines(scene: Scene, pool: Pool) -> None:
    """What stands at the top of imported modules, and of the package where that needs no import."""
    left = _OUTLINED
    whole = scene.imported_files()
    paths = {*whole, *(scene.symbols.folder(scene.folder) if scene.package else ())}
    paths.update(path for path, file in scene._files.items() if file and file[0] == EXACT)
    for path in sorted(
        paths, key=lambda path: (path not in whole, -(scene.file(path) or (0, -9.0))[1], path)
    ):
        if path == scene.path or scene.test(path):
            continue
        facts = scene.facts_of(path)
        for number, one in enumerate(facts.definitions if facts and scene.file(path) else ()):
            if (not one.owner or one.kind in TYPES) and left > 0:
                left -= 1
                imported = (scene.file(path) or (0, 0.0))[0] == EXACT
                pool.add(
                    Place(path, number, one),
                    "in a module imported here" if imported else "in the same folder",
                )
