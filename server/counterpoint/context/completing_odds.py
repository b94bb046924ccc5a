"""How likely a definition is to be named next: evidence turned into log-odds, added up.

Each piece of evidence has one weight. The weights were fitted by logistic regression over cursors in open
source repositories of five languages, and checked on repositories that were left out of the fit.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from math import log

from counterpoint.context.completing_buffer import FAR
from counterpoint.context.completing_imports import EXACT
from counterpoint.context.completing_pool import Candidate
from counterpoint.context.completing_scene import Scene
from counterpoint.context.facts import CALLABLES, TYPES
from counterpoint.context.similar import Likeness

Evidence = list[tuple[str, float]]

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


class Odds:
    """The odds of one question's candidates. What holds of a name or a file is found once."""

    def __init__(self, scene: Scene, like: Likeness, frequency: Mapping[str, int]) -> None:
        self.scene = scene
        self.like = like
        self.frequency = frequency
        self._all = log(2 + len(scene.symbols.paths()))
        self._words = [
            (weight, facts.words) for path, weight in like.files.items() if (facts := scene.facts_of(path))
        ]
        self._weights = OPEN_WEIGHTS if scene.open else WEIGHTS
        self._slack = self._most(_TOP, ("type", "function", "method", "constant"))
        self._stray = self._most(_STRAY, ("method", "field"))
        self._names: dict[str, float] = {}
        self._paths: dict[str, float] = {}

    def of(self, candidate: Candidate, least: float = -99.0) -> float:
        """Log-odds that the definition is named on the cursor's line; below `least` they may be too low."""
        name, path = candidate.place.definition.name, candidate.place.path
        total = self._names.get(name)
        if total is None:
            total = self._names[name] = self._sum(self.name_evidence(name))
        file = self._paths.get(path)
        if file is None:
            file = self._paths[path] = self._sum(self.file_evidence(path))
        total += self._weights["base"] + file
        if not candidate.member and self._hopeless(candidate, total, least):
            return total
        return total + self._sum(self.place_evidence(candidate))

    def _hopeless(self, candidate: Candidate, total: float, least: float) -> bool:
        """True if nothing of the definition itself could lift a name and a file so unlikely."""
        one = candidate.place.definition
        if one.owner and one.kind not in TYPES:
            return total + self._stray < least
        return total + self._slack < least and one.name not in self.scene.buffer.counts

    def _most(self, evidence: Iterable[str], kinds: Iterable[str]) -> float:
        """The most that pieces of evidence and one kind can add."""
        sure = (self._weights.get(name, 0.0) for name in evidence)
        kind = (self._weights.get(prefix + name, 0.0) for name in kinds for prefix in ("", "unseen-"))
        return max(kind) + sum([weight for weight in sure if weight > 0])

    def _sum(self, evidence: Evidence) -> float:
        weights = self._weights
        total = 0.0
        for name, value in evidence:
            total += weights.get(name, 0.0) * value
        return total

    def evidence(self, candidate: Candidate) -> Evidence:
        """All of it, as it is added up."""
        return [
            *self.name_evidence(candidate.place.definition.name),
            *self.file_evidence(candidate.place.path),
            *self.place_evidence(candidate),
        ]

    def name_evidence(self, name: str) -> Evidence:
        """From the name alone: where and how the buffer has it, and how much code like this uses it."""
        seen = name in self.scene.buffer.counts
        spread = log(1 + self.frequency.get(name, 0)) / self._all
        found = self._seen(name, spread) if seen else [("unseen-spread", spread)]
        if name in self.scene.own:
            found.append(("own" if seen else "own-unseen", 1.0))
        vote = self.like.votes.get(name)
        if vote:
            found.append(("vote" if seen else "unseen-vote", vote**0.5))
        mentioned = sum([weight for weight, words in self._words if name in words])
        if mentioned:
            found.append(("mentioned" if seen else "unseen-mentioned", mentioned))
            if not seen:
                found.append(("mentioned-by-all", mentioned**3))
        if name.startswith("_"):
            found.append(("dunder" if name.startswith("__") else "private", 1.0))
        if len(name) < 4:
            found.append(("short", 1.0))
        return found

    def _seen(self, name: str, spread: float) -> Evidence:
        buffer = self.scene.buffer
        found = [("seen", 1.0), ("count", log(buffer.counts[name])), ("seen-spread", spread)]
        before, after = buffer.before.get(name), buffer.after.get(name)
        if before is not None:
            found.append(("before", (FAR - before) / FAR))
            if before < 2:
                found.append(("just-before", 1.0))
        if after is not None:
            found.append(("after", (FAR - after) / FAR))
            if name in buffer.soon:
                found.append(("soon", 1.0))
        if name in buffer.called:
            found.append(("called", 1.0))
        if name in buffer.local and name in buffer.plain:
            found.append(("local", 1.0))
        return found

    def file_evidence(self, path: str) -> Evidence:
        """From the file: how it is imported, and where it is."""
        relation, _ = self.scene.file(path) or (0, 0.0)
        found: Evidence = []
        if relation:
            found.append(("imports-file" if relation == EXACT else "imports-near", 1.0))
        if path.rpartition("/")[0] == self.scene.folder:
            found.append(("package" if self.scene.package else "folder", 1.0))
        if self.scene.test(path):
            found.append(("test", 1.0))
        return found

    def place_evidence(self, candidate: Candidate) -> Evidence:
        """From the definition itself: its kind, its owner, its rivals, and what binds it here."""
        one = candidate.place.definition
        seen, top = one.name in self.scene.buffer.counts, not one.owner or one.kind in TYPES
        found = [(_kind(one.kind) if seen else "unseen-" + _kind(one.kind), 1.0)]
        found += self._bound(candidate) if top else self._owned(candidate)
        if candidate.rank:
            found.append(("rank", min(3.0, candidate.rank)))
        rivals = self.scene.rivals(one)
        if rivals > 1:
            found.append(("rivals", log(rivals)))
            if not candidate.member and _BINDING.isdisjoint(kind for kind, _ in found):
                found.append(("guess", 1.0))
        if not one.exported:
            found.append(("unexported", 1.0))
        return found

    def _bound(self, candidate: Candidate) -> Evidence:
        """Of what stands at the top of a file: how an import binds it, and whether the buffer uses it so."""
        scene, name, found = self.scene, candidate.place.definition.name, []
        buffer, count = scene.buffer, scene.buffer.counts.get(name, 0)
        imported = name in scene.imports.aliases
        bound = scene.imports.of_name(name, scene.parts(candidate.place.path)) if count and imported else 0
        if bound:
            found.append(("bound" if bound == EXACT else "bound-near", 1.0))
            if count <= 1:
                found.append(("bound-unused", 1.0))
        elif imported:
            found.append(("bound-elsewhere", 1.0))
        if candidate.member:
            found.append(("member" if count else "unseen-member", candidate.member))
        alias = scene.whole.get(candidate.place.path)
        if alias is not None:
            near = (FAR - buffer.ring(alias)) / FAR
            kind = "namespace" if count and name in buffer.members else "unseen-namespace"
            found += [(kind, 1.0), (f"{kind}-near", near)]
        elif count and name not in buffer.plain:
            found.append(("only-as-member", 1.0))
        return found

    def _owned(self, candidate: Candidate) -> Evidence:
        """Of a member: whether its type is in play, and whether the buffer uses the name as one."""
        one, buffer, found = candidate.place.definition, self.scene.buffer, []
        seen = one.name in buffer.counts
        if candidate.member:
            found.append(("member" if seen else "unseen-member", candidate.member))
        else:
            found.append(("stray" if seen else "unseen-stray", 1.0))
        if seen and one.name not in buffer.members:
            found.append(("not-as-member", 1.0))
        if one.owner.rpartition(".")[2] in buffer.counts:
            found.append(("owner-seen", 1.0))
        return found


_TOP = ("unexported", "bound-elsewhere", "guess", "unseen-namespace", "unseen-namespace-near")
"""What can raise the odds of a definition at the top of a file whose name the buffer has not."""
_STRAY = ("unexported", "owner-seen", "guess", "stray", "unseen-stray", "not-as-member")
"""What can raise the odds of a member whose type is not in play."""
_BINDING = frozenset({"bound", "bound-near"})


def _kind(kind: str) -> str:
    if kind in TYPES:
        return "type"
    if kind in CALLABLES:
        return "function" if kind == "function" else "method"
    return "field" if kind == "field" else "constant"
