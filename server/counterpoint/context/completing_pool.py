"""The definitions that may be named next, each with the evidence for it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain

from counterpoint.context.completing_imports import EXACT
from counterpoint.context.completing_scene import Scene
from counterpoint.context.facts import TYPES
from counterpoint.context.similar import Likeness
from counterpoint.context.symbols import Place
from counterpoint.context.types_near import Active

_PLACES, _PLACES_SOON = 5, 12
"""So many definitions of one name are considered, besides members of types in play; of a name that the lines
after the cursor use, more: they will be read together with what is written."""
_VOTED = 80
_LOOKED_UP = 400
_AMPLE = 4000
"""Tokens from which on also what nobody like this file mentions is considered."""
_EACH = 14
"""Tokens a definition costs at the least: more than the budget could hold are not considered."""
_SCARCE = 4
"""Candidates that take less than one in so many of the tokens are few."""
_NEIGHBOURS, _OFTEN = 6, 3
"""Of the six files most like this one, so many must mention a name."""
_NAMED = "named by code like this"


@dataclass(slots=True)
class Candidate:
    """A definition with the evidence that it is named next; `why` is the strongest road it came by."""

    place: Place
    why: str
    member: float = 0.0
    rank: int = 0
    credit: float = 0.0


class Pool:
    """Candidates, one for each definition. Definitions of the buffer's own file never enter."""

    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        self.found: dict[tuple[str, int], Candidate] = {}

    def add(self, place: Place, why: str) -> Candidate | None:
        """Enter a definition, or find it."""
        key = (place.path, place.number)
        candidate = self.found.get(key)
        if candidate is None and place.path != self.scene.path and self.scene.file(place.path) is not None:
            candidate = self.found[key] = Candidate(place, why)
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
        pool.add(active.place, active.how)
    _mentioned(scene, pool, like)
    _outlines(scene, pool, like)
    return pool


def _by_name(scene: Scene, pool: Pool, names: Iterable[str], why: str) -> None:
    wanted = list(names)
    for word in scene.look_up(wanted):
        meant = scene.meant(word)
        most = _PLACES_SOON if word in scene.buffer.soon else _PLACES
        for rank, (credit, place) in enumerate(meant[:most]):
            candidate = pool.add(place, why)
            if candidate is not None:
                candidate.rank, candidate.credit = rank, credit


def _mentioned(scene: Scene, pool: Pool, like: Likeness) -> None:
    """What most of the files like this one mention and this one does not yet."""
    counts, near = scene.buffer.counts, list(like.files)[:_NEIGHBOURS]
    words = chain.from_iterable(facts.words for path in near if (facts := scene.facts_of(path)))
    likely = [
        (-files, word)
        for word, files in Counter(words).items()
        if files >= _OFTEN and word not in counts and len(word) > 3
    ]
    likely.sort()
    defined = scene.look_up([word for _, word in likely[:_LOOKED_UP]])
    _by_name(scene, pool, list(defined)[: scene.question.budget_tokens // _EACH], _NAMED)


def _outlines(scene: Scene, pool: Pool, like: Likeness) -> None:
    """What stands at the top of imported modules, and of the package where that needs no import."""
    whole = scene.whole
    paths = {*whole, *(scene.symbols.folder(scene.folder) if scene.package else ())}
    paths.update(path for path, file in scene._files.items() if file and file[0] == EXACT)
    # Where little is at hand there is room for what nobody mentions yet.
    scarce = len(pool.found) * _EACH * _SCARCE < scene.question.budget_tokens
    everything = scene.package or scarce or scene.question.budget_tokens >= _AMPLE
    near = [facts.words for path in like.files if (facts := scene.facts_of(path))]
    found = []
    for path in paths:
        file = scene.file(path)
        facts = scene.facts_of(path) if file and path != scene.path and not scene.test(path) else None
        for number, one in enumerate(facts.definitions if facts and file else ()):
            if not one.owner or one.kind in TYPES:
                used = sum([one.name in words for words in near])
                if used or everything or path in whole:
                    found.append(
                        (used + 2 * (path in whole), file[1] if file else 0.0, Place(path, number, one))
                    )
    found.sort(key=lambda one: (-one[0], -one[1], one[2].path, one[2].number))
    for _, _, place in found[: scene.question.budget_tokens // _EACH]:
        beside = place.path.rpartition("/")[0] == scene.folder and place.path not in whole
        pool.add(place, "in the same folder" if beside else "in a module imported here")
