"""Which files a reviewer of a change wants to see: a sum of weighted evidence for each file. Pure.

The weights were fitted on what real commits of many repositories changed together, and moved little from
one set of repositories to another.
"""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from counterpoint.context.change import Change
from counterpoint.context.facts import Facts
from counterpoint.context.kin import is_test, kinship, stem_of, subject
from counterpoint.context.question import Question
from counterpoint.context.ranking import file_scores, inverse_frequency, path_words, scaled
from counterpoint.context.symbols import Mention, Symbols


class Evidence(NamedTuple):
    """What speaks for a file, each about 0..1. The defaults are the weights.

    `company` and `share` are of having changed together in git: by order of magnitude, and against the best
    companion. `words` is BM25 of the changed lines' words, `near` of the lines' around them, `gone` of the
    words that the change takes away; `cover` is the share of the words that the file has at all.
    """

    company: float = 1.8
    share: float = 1.2
    kin: float = 0.2
    kin_test: float = 1.6
    words: float = 1.7
    near: float = 1.1
    gone: float = 0.9
    cover: float = 0.75
    uses: float = 0.8
    defines: float = 0.3
    importer: float = 0.3
    folder: float = 0.15
    test: float = 0.9
    path: float = 0.6
    shared: float = 2.0


WEIGHTS = Evidence()
_TOLD = 2
_FAINT = 0.25
_FAINT_COMPANY = 0.008
"""Company below this is that of files which changed lately, with whatever."""
_UNIT = 1e-4
"""The history weight that counts as none; each tenfold above it counts a quarter."""
_WEAKER = 0.3
_SHARED = {"route": "same route", "table": "same table", "environment": "same environment variable"}
_SHARED_AMONG = 80
"""Shared names are compared with those of the best so many files."""


@dataclass(frozen=True, slots=True)
class Ranked:
    """A file with its score and the reasons that made most of it. `shared` are the places (kind, name, line)
    of names that mean the same as in the changed lines.
    """

    path: str
    score: float
    reasons: tuple[str, ...]
    shared: tuple[tuple[str, str, int], ...] = ()


@dataclass(frozen=True, slots=True)
class _Asked:
    """The question with what its words were found in, the changed file itself left out."""

    question: Question
    change: Change
    facts: Facts | None
    symbols: Symbols
    mentions: Mapping[str, Sequence[Mention]]
    lengths: Mapping[str, int]
    total: int

    def rarity(self, word: str) -> float:
        return inverse_frequency(len(self.mentions.get(word, ())), self.total)

    def scores(self, weights: Mapping[str, float]) -> dict[str, float]:
        """BM25 of files, the best 1."""
        return scaled(file_scores(weights, self.mentions, self.lengths, self.total))


def ranked_files(
    question: Question, change: Change, facts: Facts | None, symbols: Symbols
) -> tuple[Ranked, ...]:
    """Every other file of the workspace, best first."""
    evidence = evidence_for(question, change, facts, symbols)
    scores = {path: _score(found) for path, found in evidence.items()}
    order = sorted(scores, key=lambda path: -scores[path])
    shared = _shared(question, facts, order[:_SHARED_AMONG], symbols)
    for path in shared:
        evidence[path] = evidence[path]._replace(shared=1.0)
        scores[path] = _score(evidence[path])
    order.sort(key=lambda path: -scores[path])
    return tuple(
        Ranked(
            path,
            scores[path],
            _reasons(question, path, evidence[path], shared.get(path, ())),
            shared.get(path, ()),
        )
        for path in order
    )


def evidence_for(
    question: Question, change: Change, facts: Facts | None, symbols: Symbols
) -> dict[str, Evidence]:
    """The evidence for every file but the changed one."""
    paths = [path for path in symbols.paths() if path != question.path]
    asked = _asked(question, change, facts, symbols, len(paths) + 1)
    columns = _columns(asked, paths)
    return {path: Evidence(*(column(path) for column in columns)) for path in paths}


def _asked(question: Question, change: Change, facts: Facts | None, symbols: Symbols, total: int) -> _Asked:
    own = (stem_of(question.path), subject(question.path))
    found = symbols.mentions(dict.fromkeys((*change.words, *change.near, *change.names, *own)))
    mentions = {word: [one for one in where if one.path != question.path] for word, where in found.items()}
    paths = {one.path for where in mentions.values() for one in where}
    lengths = {path: one.lines for path in paths if (one := symbols.facts(path))}
    return _Asked(question, change, facts, symbols, mentions, lengths, total)


Column = Callable[[str], float]


def _columns(asked: _Asked, paths: Sequence[str]) -> tuple[Column, ...]:
    """For each field of `Evidence`, in order, what gives it for a path."""
    change, history = asked.change, asked.question.history
    best = max((history.get(path, 0.0) for path in paths), default=0.0) or 1.0
    kin = kinship(asked.question.path, paths)
    words, near, gone = (asked.scores(some) for some in (change.words, change.near, change.gone))
    cover, uses, defines, importer = _cover(asked), _users(asked), _definers(asked), _importers(asked)
    folder = asked.question.path.split("/")[:-1]
    parts = {part.lower() for part in change.words}
    return (
        lambda path: _magnitude(history.get(path, 0.0)),
        lambda path: history.get(path, 0.0) / best,
        lambda path: 0.0 if is_test(path) else kin.get(path, 0.0),
        lambda path: kin.get(path, 0.0) if is_test(path) else 0.0,
        lambda path: words.get(path, 0.0),
        lambda path: near.get(path, 0.0),
        lambda path: gone.get(path, 0.0),
        lambda path: cover.get(path, 0.0),
        lambda path: uses.get(path, 0.0),
        lambda path: defines.get(path, 0.0),
        lambda path: importer.get(path, 0.0),
        lambda path: _nearness(folder, path.split("/")[:-1]),
        lambda path: float(is_test(path)),
        lambda path: _share(path_words(path.rpartition("/")[2]), parts),
        lambda path: 0.0,
    )


def _score(evidence: Evidence) -> float:
    return sum(weight * value for weight, value in zip(WEIGHTS, evidence, strict=True))


def _magnitude(weight: float) -> float:
    return max(0.0, 1.0 + math.log10(weight + _UNIT) / -math.log10(_UNIT)) if weight > 0 else 0.0


def _share(words: frozenset[str], among: set[str]) -> float:
    return len(words & among) / len(words) if words else 0.0


def _nearness(folder: Sequence[str], other: Sequence[str]) -> float:
    """1 in the same folder, less with each step up or down between the two."""
    common = 0
    while common < min(len(folder), len(other)) and folder[common] == other[common]:
        common += 1
    steps = len(folder) + len(other) - 2 * common
    return 0.8 * 0.7**steps if steps else 1.0


def _cover(asked: _Asked) -> dict[str, float]:
    """The share of the changed lines' words that a file has, rare words counting more."""
    found: dict[str, float] = defaultdict(float)
    whole = 0.0
    for word in asked.change.words:
        if where := asked.mentions.get(word):
            rarity = asked.rarity(word)
            whole += rarity
            for one in where:
                found[one.path] += rarity
    return {path: value / whole for path, value in found.items()} if whole else {}


def _users(asked: _Asked) -> dict[str, float]:
    """Files that name what changed: its innermost definition counts most, names defined often less."""
    found: dict[str, float] = defaultdict(float)
    defined = asked.symbols.defined(asked.change.names)
    most = math.log(asked.total + 1)
    for rank, name in enumerate(asked.change.names):
        weight = asked.rarity(name) / most / max(1, len(defined.get(name, ()))) / (1.0 + _WEAKER * rank)
        for one in asked.mentions.get(name, ()):
            found[one.path] += weight
    return {path: min(1.5, value) for path, value in found.items()}


def _definers(asked: _Asked) -> dict[str, float]:
    """Files that define what the changed lines name and this file does not define."""
    found: dict[str, float] = defaultdict(float)
    for places in asked.symbols.defined(asked.change.words).values():
        files = {place.path for place in places}
        if asked.question.path not in files:
            for path in files:
                found[path] += 1.0 / len(places)
    return {path: min(1.5, value) for path, value in found.items()}


def _importers(asked: _Asked) -> dict[str, float]:
    """Files that have the changed file's name as a word, as an import of it would."""
    found: dict[str, float] = {}
    most = math.log(asked.total + 1)
    for name in {stem_of(asked.question.path), subject(asked.question.path)}:
        weight = asked.rarity(name) / most
        for one in asked.mentions.get(name, ()):
            found[one.path] = max(found.get(one.path, 0.0), weight)
    return found


def _shared(
    question: Question, facts: Facts | None, paths: Iterable[str], symbols: Symbols
) -> dict[str, tuple[tuple[str, str, int], ...]]:
    """Files that name the same route, table or environment variable as the changed lines, and where."""
    if facts is None:
        return {}
    own = {
        (kind, name)
        for kind, name, line in facts.shared
        if any(first <= line <= last for first, last in question.hunks)
    }
    if not own:
        return {}
    # A name with a word in it that is rare enough finds its file even where nothing else points there.
    parts = {part for _, name in own for part in re.findall(r"[A-Za-z_]\w{2,}", name)}
    more = {one.path for where in symbols.mentions(parts).values() for one in where[:_SHARED_AMONG]}
    found: dict[str, tuple[tuple[str, str, int], ...]] = {}
    for path in dict.fromkeys((*paths, *sorted(more))):
        other = symbols.facts(path) if path != question.path else None
        same = tuple(one for one in other.shared if one[:2] in own) if other else ()
        if same:
            found[path] = same
    return found


def _reasons(
    question: Question, path: str, evidence: Evidence, shared: Iterable[tuple[str, str, int]]
) -> tuple[str, ...]:
    """The reasons that made most of a file's score, in words; which lines and names, its pieces say."""
    name = question.path.rpartition("/")[2]
    told = [f"{_SHARED.get(kind, kind)} {value}" for kind, value, _ in shared]
    values = {
        f"test of {name}": evidence.kin_test * WEIGHTS.kin_test,
        _together(name, question.together.get(path)): (
            evidence.company * WEIGHTS.company + evidence.share * WEIGHTS.share
            if path in question.together
            or (not question.together and evidence.company >= _magnitude(_FAINT_COMPANY))
            else 0.0
        ),
        f"named like {name}": evidence.kin * 5 * WEIGHTS.kin,
    }
    best = sorted(values, key=lambda reason: -values[reason])
    return (*told, *(reason for reason in best if values[reason] > _FAINT))[:_TOLD]


def _together(name: str, commits: int | None) -> str:
    """How often a file changed together with another of a name; None: nobody counted."""
    often = "" if commits is None else f" in {commits} commit{'s' if commits > 1 else ''}"
    return f"changed together with {name}{often}"
