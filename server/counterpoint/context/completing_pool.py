"""The definitions that may be named next, each with the evidence for it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Iterable, Sequence
from itertools import chain, islice
from operator import itemgetter

from counterpoint.context.completing_odds import Candidate, Odds
from counterpoint.context.completing_scene import Scene
from counterpoint.context.similar import Likeness
from counterpoint.context.symbols import Notes, Place
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
_NEIGHBOURS, _OFTEN, _MOSTLY = 6, 3, 5
"""Of the six files most like this one, so many must mention a name; more where names are imported: what
stands in an imported file is found without."""
_NAMED = "named by code like this"


class Pool:
    """Candidates, one for each definition. Definitions of the buffer's own file never enter, and none that
    cannot be likely enough whatever its own evidence says."""

    def __init__(self, scene: Scene, odds: Odds) -> None:
        self.scene = scene
        self.odds = odds
        self.found: dict[tuple[str, int], Candidate] = {}
        self._near: dict[str, bool] = {}

    def add(self, place: Place, why: str, member: float = 0.0) -> Candidate | None:
        """Enter a definition whose name's odds are known, or find it."""
        path, number, _ = place
        candidate = self.found.get((path, number))
        if candidate is None:
            near = self._near.get(path)
            if near is None:
                near = self._near[path] = path != self.scene.path and self.scene.file(path) is not None
            if not near or self.odds.hopeless(place, member):
                return None
            candidate = self.found[path, number] = Candidate(place, why)
        return candidate


def gather(
    scene: Scene, odds: Odds, actives: Sequence[Active], members: Sequence[tuple[Place, Active]]
) -> Pool:
    """Walk every road from the cursor to a definition."""
    pool, like = Pool(scene, odds), odds.like
    odds.known({place.definition.name for place, _ in members})
    whys = {id(active): f"member of {active.place.definition.name}, {active.how}" for active in actives}
    for place, active in members:
        candidate = pool.add(place, whys[id(active)], active.weight)
        if candidate is not None and active.weight > candidate.member:
            candidate.member = active.weight
    _by_name(scene, pool, (word for word in scene.buffer.counts if len(word) > 1), "named in this file")
    voted = sorted(like.votes, key=lambda word: -like.votes[word])[:_VOTED]
    _by_name(scene, pool, voted, "called by code like this")
    odds.known([active.place.definition.name for active in actives])
    for active in actives:
        pool.add(active.place, active.how)
    _mentioned(scene, pool, like)
    _outlines(scene, pool, like)
    return pool


def _by_name(scene: Scene, pool: Pool, names: Iterable[str], why: str) -> None:
    wanted, odds, soon = scene.look_up(names), pool.odds, scene.buffer.soon
    odds.known(wanted)
    for word, places in wanted.items():
        if odds.hopeless_name(word):
            odds.hopeless_ones += 1
            continue
        if len(places) == 1:
            pool.add(places[0], why)
            continue
        most = _PLACES_SOON if word in soon else _PLACES
        for rank, (_, place) in enumerate(scene.meant(word)[:most]):
            candidate = pool.add(place, why)
            if candidate is not None:
                candidate.rank = rank


def _mentioned(scene: Scene, pool: Pool, like: Likeness) -> None:
    """What most of the files like this one mention and this one does not yet."""
    outlines = map(scene.outline, list(like.files)[:_NEIGHBOURS])
    near = [outline.words for outline in outlines if outline is not None]
    words = _likely(
        shared_words(scene.symbols.notes, near, _OFTEN if scene.open else _MOSTLY), scene.buffer.counts
    )
    scene.lexicon.learn(words, scene.symbols)
    defined = [word for word in words if scene.common(word).defined]
    likely = [word for word in defined if not pool.odds.too_common(word)]
    pool.odds.hopeless_ones += len(defined) - len(likely)
    _by_name(scene, pool, likely[: scene.question.budget_tokens // _EACH], _NAMED)


def shared_words(notes: Notes, near: Sequence[frozenset[str]], often: int) -> Sequence[str]:
    """Words that so many of the files have, those first that more of them do: kept for the next place that is
    like the same files."""
    about = tuple(sorted(map(hash, near)))
    known: Sequence[str] | None = notes.get("shared", about, often)
    if known is None:
        # What so many have, one of the smallest has that are left when all but one of these are taken away.
        few = sorted(near, key=len)[: max(0, len(near) - often + 1)]
        some = frozenset[str]().union(*few)
        times = Counter(chain.from_iterable([some & words for words in near]))
        words = sorted([word for word, time in times.items() if time >= often])
        known = sorted(words, key=times.__getitem__, reverse=True)
        notes.put("shared", about, often, known)
    return known


def _likely(words: Iterable[str], counts: Container[str]) -> list[str]:
    """The first that the buffer has not."""
    return list(islice([word for word in words if word not in counts], _LOOKED_UP))


def _outlines(scene: Scene, pool: Pool, like: Likeness) -> None:
    """What stands at the top of imported modules, and of the package where that needs no import."""
    whole, budget = scene.whole, scene.question.budget_tokens
    paths = {*whole, *(scene.symbols.folder(scene.folder) if scene.package else ())}
    paths.update(scene.standpoint.exactly(scene.symbols))
    # Where little is at hand there is room for what nobody mentions yet.
    scarce = (len(pool.found) + pool.odds.hopeless_ones) * _EACH * _SCARCE < budget
    everything = scene.package or scarce or budget >= _AMPLE
    close = list(like.files)[:_NEIGHBOURS]
    near = [facts.words for path in close if (facts := scene.facts_of(path))]
    found = []
    for path in paths:
        file = scene.file(path)
        outline = scene.outline(path) if file and path != scene.path and not scene.test(path) else None
        if outline is None or file is None:
            continue
        for number, one in outline.top:
            used = sum([one.name in words for words in near])
            if used or everything or path in whole:
                found.append((-used - 2 * (path in whole), -file[1], path, number, one))
    found.sort(key=itemgetter(0, 1, 2, 3))
    del found[budget // _EACH :]
    pool.odds.known({one.name for *_, one in found})
    for _, _, path, number, one in found:
        beside = path.rpartition("/")[0] == scene.folder and path not in whole
        pool.add(Place(path, number, one), "in the same folder" if beside else "in a module imported here")
