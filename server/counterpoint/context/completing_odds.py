"""How likely a definition is to be named next: evidence turned into log-odds, added up.

Each piece of evidence has one weight. The weights were fitted by logistic regression over cursors in open
source repositories of five languages, and checked on repositories that were left out of the fit.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import log

from counterpoint.context.completing_buffer import FAR
from counterpoint.context.completing_imports import EXACT
from counterpoint.context.completing_pool import Candidate
from counterpoint.context.completing_scene import Scene
from counterpoint.context.facts import CALLABLES, TYPES
from counterpoint.context.similar import Likeness

Evidence = list[tuple[str, float]]

WEIGHTS: dict[str, float] = {
    "base": -9.44, "after": 1.23, "before": 2.3, "bound": 1.79, "bound-elsewhere": -0.53,
    "bound-near": 1.03, "bound-unused": 2.61, "called": -0.14, "constant": 0.17, "count": 0.05,
    "dunder": -1.26, "field": -0.63, "folder": -0.54, "function": 0.88, "guess": 0.1, "imports-file": 1.3,
    "imports-near": 0.91, "just-before": 0.39, "local": -1.18, "member": 2.42, "mentioned": -0.64,
    "method": 0.75, "not-as-member": -0.48, "only-as-member": -0.52, "own": 0.07, "owner-seen": -0.1,
    "private": -0.96, "rank": -0.55, "rivals": -0.07, "seen": 1.94, "seen-spread": -0.23, "short": 0.24,
    "soon": 0.24, "stray": -0.59, "test": -0.95, "type": 0.76, "unexported": -1.38,
    "unseen-constant": -0.59, "unseen-field": -1.11, "unseen-function": -0.8, "unseen-member": 2.35,
    "unseen-mentioned": 2.51, "unseen-method": 0.16, "unseen-spread": 0.69, "unseen-stray": -0.44,
    "unseen-type": 0.4, "unseen-vote": 3.04, "vote": 1.01,
}  # fmt: skip
OPEN_WEIGHTS: dict[str, float] = {
    "base": -5.66, "after": 1.89, "before": 2.62, "bound": -0.19, "bound-elsewhere": 0.44,
    "bound-near": 0.53, "bound-unused": 0.49, "constant": 0.45, "count": -0.05, "field": -0.47,
    "function": 0.54, "guess": -1.26, "imports-near": -0.36, "just-before": 0.12, "local": 0.95,
    "member": 0.5, "mentioned": -0.1, "method": 0.5, "not-as-member": 0.31, "only-as-member": -0.5,
    "own": 0.51, "owner-seen": -0.74, "package": -0.32, "rank": -0.28, "rivals": -4.49, "seen": 1.28,
    "seen-spread": -0.53, "short": -3.08, "soon": 0.26, "stray": 0.13, "test": 0.24, "type": 0.26,
    "unexported": 0.08, "unseen-constant": -0.1, "unseen-field": -1.07, "unseen-function": 0.17,
    "unseen-member": 0.61, "unseen-mentioned": 2.8, "unseen-method": -0.34, "unseen-spread": -0.52,
    "unseen-stray": -0.81, "unseen-type": 0.06, "unseen-vote": 4.25, "vote": 1.1,
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
        kinds = [self._weights.get(f"unseen-{kind}", 0.0) for kind in _KINDS]
        others = (self._weights.get(kind, 0.0) for kind in _SLACK)
        self._slack = max(kinds) + sum([weight for weight in others if weight > 0])
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
        if total + self._slack < least and not candidate.member and name not in self.scene.buffer.counts:
            return total
        return total + self._sum(self.place_evidence(candidate))

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
        if count and name not in buffer.plain:
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


_KINDS = ("type", "function", "method", "field", "constant")
_SLACK = ("unexported", "owner-seen", "bound-elsewhere", "unseen-stray", "guess")
"""What can raise the odds of a definition whose name the buffer has not, besides its kind."""
_BINDING = frozenset({"bound", "bound-near"})


def _kind(kind: str) -> str:
    if kind in TYPES:
        return "type"
    if kind in CALLABLES:
        return "function" if kind == "function" else "method"
    return "field" if kind == "field" else "constant"
