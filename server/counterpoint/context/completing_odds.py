"""How likely a definition is to be named next: evidence turned into log-odds, added up.

Each piece of evidence has one weight. The weights were fitted by logistic regression over cursors in open
source repositories of five languages, and checked on repositories that were left out of the fit.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import inf, log

from counterpoint.context.completing_buffer import FAR
from counterpoint.context.completing_imports import EXACT
from counterpoint.context.completing_scene import Scene
from counterpoint.context.facts import CALLABLES, TYPES, Definition
from counterpoint.context.similar import Likeness
from counterpoint.context.symbols import Place

WEIGHTS: dict[str, float] = {
    "base": -9.35, "after": 1.04, "before": 2.61, "bound": 1.39, "bound-elsewhere": -0.44,
    "bound-near": 0.45, "bound-unused": 2.22, "dunder": -0.87, "field": -0.48, "folder": -0.35,
    "function": 0.74, "guess": -0.68, "imports-file": 1.66, "imports-near": 0.99, "local": -0.58,
    "member": 2.26, "mentioned": -0.78, "mentioned-by-all": 0.26, "method": 0.51, "namespace-near": 1.19,
    "not-as-member": -0.7, "only-as-member": 0.79, "own": 0.48, "owner-seen": -0.37, "private": -0.64,
    "rank": -0.35, "rivals": -0.27, "seen": 1.54, "seen-spread": 0.59, "short": 0.24, "soon": 0.34,
    "test": -0.81, "type": 0.64, "unexported": -1.57, "unseen-constant": -0.55, "unseen-field": -1.37,
    "unseen-function": 0.4, "unseen-member": 2.47, "unseen-mentioned": 2.04, "unseen-method": -0.48,
    "unseen-namespace": 0.68, "unseen-namespace-near": 0.49, "unseen-spread": 1.53, "unseen-stray": -0.61,
    "unseen-type": 0.45, "unseen-vote": 4.06, "vote": 0.94,
}  # fmt: skip
OPEN_WEIGHTS: dict[str, float] = {
    "base": -6.23, "after": 1.84, "before": 2.59, "bound": 0.18, "bound-elsewhere": 0.43,
    "bound-near": 0.23, "bound-unused": 0.47, "constant": 0.7, "field": -0.39, "function": 0.47,
    "guess": -1.05, "imports-near": -0.44, "just-before": 0.19, "local": 0.59, "member": 0.15,
    "mentioned-by-all": -0.34, "method": 0.5, "namespace": -0.22, "namespace-near": -0.37,
    "not-as-member": 0.61, "own": 0.51, "owner-seen": -0.65, "package": -0.26, "rank": -0.21,
    "rivals": -4.35, "seen": 1.64, "seen-spread": -0.38, "short": -2.73, "soon": 0.17, "test": -0.24,
    "type": 0.35, "unexported": 0.19, "unseen-constant": -0.55, "unseen-field": -1.19,
    "unseen-member": 0.86, "unseen-mentioned": 3.22, "unseen-namespace": 1.4,
    "unseen-namespace-near": -0.17, "unseen-spread": -0.19, "unseen-stray": -0.63, "unseen-vote": 4.31,
    "vote": 1.4,
}  # fmt: skip


_KINDS = ("type", "function", "method", "field", "constant")
_SAID = {
    **dict.fromkeys(CALLABLES, "method"), "function": "function", "field": "field",
    **dict.fromkeys(TYPES, "type"),
}  # fmt: skip
"""What the weights call a kind of definition; the others are constants."""
_WEIGHED = frozenset(
    {*WEIGHTS, *OPEN_WEIGHTS, "called", "count", "own-unseen", "namespace", "just-before", "stray", "method"}
) | {f"{prefix}{kind}" for kind in _KINDS for prefix in ("", "unseen-")}


def _full(weights: Mapping[str, float]) -> dict[str, float]:
    return {**dict.fromkeys(_WEIGHED, 0.0), **weights}


_FULL = _full(WEIGHTS), _full(OPEN_WEIGHTS)
Lifts = tuple[dict[bool, float], float, float]


def _lifts(weights: Mapping[str, float], whole: bool) -> Lifts:
    """The most that a definition's own evidence can add to that of its name, if that is seen and if not;
    what being bound by an import can add; and what its file can."""
    w = {name: max(0.0, weight) for name, weight in weights.items()}
    found = {}
    for seen, prefix in ((True, ""), (False, "unseen-")):
        spaces = (prefix + "namespace", "unseen-namespace")
        namespace = max(w[space] + w[f"{space}-near"] for space in spaces)
        top = max(namespace if whole else 0.0, w["only-as-member"] if seen else 0.0)
        owned = w[prefix + "stray"] + w["not-as-member"] + w["owner-seen"]
        kind = max(weights[prefix + kind] for kind in _KINDS)
        found[seen] = kind + max(top, owned) + w["unexported"] + w["guess"]
    bound = w["bound-unused"] + max(w["bound"], w["bound-near"], w["bound-elsewhere"])
    file = max(w["imports-file"], w["imports-near"]) + w["package"] + w["folder"] + w["test"]
    return found, bound, file


_LIFTS = {(open_, whole): _lifts(_FULL[open_], whole) for open_ in (False, True) for whole in (False, True)}


@dataclass(slots=True)
class Candidate:
    """A definition with the evidence that it is named next; `why` is the strongest road it came by."""

    place: Place
    why: str
    member: float = 0.0
    rank: int = 0


class Odds:
    """The odds of one question's candidates. What holds of a name or a file is found once."""

    def __init__(
        self, scene: Scene, like: Likeness, least: float, weights: Mapping[str, float] | None = None
    ) -> None:
        """What is surely below `least` is hopeless."""
        self.scene = scene
        self.like = like
        self.least = least
        self.hopeless_ones = 0
        self._all = log(2 + len(scene.symbols.paths()))
        self._words = [
            (weight, facts.words) for path, weight in like.files.items() if (facts := scene.facts_of(path))
        ]
        self._weights = w = _FULL[scene.open] if weights is None else _full(weights)
        self._kinds = {kind: w[kind] for kind in _KINDS}, {kind: w["unseen-" + kind] for kind in _KINDS}
        self._member = max(0.0, w["unseen-member"]), max(0.0, w["member"])
        self._names: dict[str, float] = {}
        self._needs: dict[str, float] = {}
        self._paths: dict[str, float] = {}
        whole = bool(scene.whole)
        self._lift = _LIFTS[scene.open, whole] if weights is None else _lifts(w, whole)

    # -- what can be dropped unweighed

    def known(self, names: Iterable[str]) -> None:
        """Find in one go what holds of names."""
        fresh = [name for name in names if name not in self._names]
        if not fresh:
            return
        scene = self.scene
        scene.lexicon.learn(fresh, scene.symbols)
        mentioned = dict.fromkeys(fresh, 0.0)
        for weight, words in self._words:
            for name in filter(words.__contains__, fresh):
                mentioned[name] += weight
        (lift, bound, _), rivals, counts = self._lift, self._weights["rivals"], scene.buffer.counts
        soon, aliases, learnt = scene.buffer.soon, scene.imports.aliases, scene.lexicon.names
        for name, much in mentioned.items():
            common, count = learnt.get(name) or scene.common(name), counts.get(name, 0)
            found = self._names[name] = self._name(name, count, common.spread / self._all, much)
            most = found + lift[count > 0] + rivals * common.rivals
            if name in aliases:
                most += bound
            self._needs[name] = -inf if name in soon else self.least - most

    def too_common(self, name: str) -> bool:
        """True if a name that the buffer has not is defined so often that none of its definitions can be
        likely enough, even if all code like this mentions it."""
        w, (lift, bound, file) = self._weights, self._lift
        most = w["base"] + max(0.0, w["unseen-spread"]) + w["unseen-mentioned"] + w["mentioned-by-all"]
        most += lift[False] + bound + file + w["rivals"] * self.scene.common(name).rivals
        return most < self.least and name not in self.like.votes

    def hopeless_name(self, name: str) -> bool:
        """True if no definition of a name that is known can be likely enough, unless as a member in play."""
        return self._lift[2] < self._needs[name]

    def hopeless(self, place: Place, member: float) -> bool:
        """The same of one definition of a name that is known."""
        path, _, one = place
        most = self._paths.get(path)
        if most is None:
            most = self._file(path)
        if member:
            most += self._member[one.name in self.scene.buffer.counts] * member
        if most >= self._needs[one.name]:
            return False
        self.hopeless_ones += 1
        return True

    # -- what is weighed

    def of(self, candidate: Candidate) -> float:
        """Log-odds that the definition is named on the cursor's line."""
        place = candidate.place
        return self._names[place.definition.name] + self._file(place.path) + self._place(candidate)

    def _name(self, name: str, count: int, spread: float, mentioned: float) -> float:
        """From the name alone: where and how the buffer has it, and how much code like this uses it."""
        w, vote = self._weights, self.like.votes.get(name)
        total = w["base"] + (self._seen(name, count, spread) if count else w["unseen-spread"] * spread)
        if name in self.scene.own:
            total += w["own" if count else "own-unseen"]
        if vote:
            total += w["vote" if count else "unseen-vote"] * vote**0.5
        if mentioned and count:
            total += w["mentioned"] * mentioned
        elif mentioned:
            total += w["unseen-mentioned"] * mentioned + w["mentioned-by-all"] * mentioned**3
        if name[0] == "_":
            total += w["dunder" if name[:2] == "__" else "private"]
        return total + w["short"] if len(name) < 4 else total

    def _seen(self, name: str, count: int, spread: float) -> float:
        buffer, w = self.scene.buffer, self._weights
        total = w["seen"] + w["count"] * log(count) + w["seen-spread"] * spread
        before, after = buffer.before.get(name), buffer.after.get(name)
        if before is not None:
            total += w["before"] * (FAR - before) / FAR
            if before < 2:
                total += w["just-before"]
        if after is not None:
            total += w["after"] * (FAR - after) / FAR
            if name in buffer.soon:
                total += w["soon"]
        if name in buffer.called:
            total += w["called"]
        if name in buffer.local and name in buffer.plain:
            total += w["local"]
        return total

    def _file(self, path: str) -> float:
        """From the file: how it is imported, and where it is."""
        total = self._paths.get(path)
        if total is None:
            w, scene, total = self._weights, self.scene, 0.0
            relation, _ = scene.file(path) or (0, 0.0)
            if relation:
                total += w["imports-file" if relation == EXACT else "imports-near"]
            if path.rpartition("/")[0] == scene.folder:
                total += w["package" if scene.package else "folder"]
            if scene.test(path):
                total += w["test"]
            self._paths[path] = total
        return total

    def _place(self, candidate: Candidate) -> float:
        """From the definition itself: its kind, its owner, its rivals, and what binds it here."""
        one, member, w = candidate.place.definition, candidate.member, self._weights
        seen = one.name in self.scene.buffer.counts
        total, bound = self._kinds[not seen][_SAID.get(one.kind, "constant")], False
        if not one.owner or one.kind in TYPES:
            top, bound = self._bound(candidate.place, one)
            total += top
        else:
            total += self._owned(one, seen, member)
        if member:
            total += w["member" if seen else "unseen-member"] * member
        if candidate.rank:
            total += w["rank"] * min(3.0, candidate.rank)
        common = self.scene.lexicon.names.get(one.name) or self.scene.common(one.name)
        rivals = common.fields if one.kind == "field" else common.others
        if rivals > 0:
            total += w["rivals"] * rivals
            if not member and not bound:
                total += w["guess"]
        return total if one.exported else total + w["unexported"]

    def _bound(self, place: Place, one: Definition) -> tuple[float, bool]:
        """Of what stands at the top of a file: how an import binds it, and whether the buffer uses it so."""
        scene, name, w, total = self.scene, one.name, self._weights, 0.0
        buffer, count, bound = scene.buffer, scene.buffer.counts.get(name, 0), 0
        if name in scene.imports.aliases:
            bound = scene.imports.of_name(name, scene.parts(place.path)) if count else 0
            if bound:
                total += w["bound" if bound == EXACT else "bound-near"]
                if count <= 1:
                    total += w["bound-unused"]
            else:
                total += w["bound-elsewhere"]
        alias = scene.whole.get(place.path)
        if alias is not None:
            kind = "namespace" if count and name in buffer.members else "unseen-namespace"
            total += w[kind] + w[f"{kind}-near"] * (FAR - buffer.ring(alias)) / FAR
        elif count and name not in buffer.plain:
            total += w["only-as-member"]
        return total, bound > 0

    def _owned(self, one: Definition, seen: bool, member: float) -> float:
        """Of a member: whether its type is in play, and whether the buffer uses the name as one."""
        buffer, w, total = self.scene.buffer, self._weights, 0.0
        if not member:
            total += w["stray" if seen else "unseen-stray"]
        if seen and one.name not in buffer.members:
            total += w["not-as-member"]
        if one.owner.rpartition(".")[2] in buffer.counts:
            total += w["owner-seen"]
        return total
