"""Which files a text speaks of: by postings of its words, by paths, by names they define. Pure."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from counterpoint.context.clues import Clues
from counterpoint.context.kin import is_aside
from counterpoint.context.ranking import best_first, file_scores, inverse_frequency, path_words, scaled, stem
from counterpoint.context.symbols import Mention, Place, Symbols

_WORDS = 150
_WEIGHTS = {"code": 1.2, "prose": 1.0, "defines": 1.0, "path": 0.8, "named": 2.0}
_ASIDE = 0.5


@dataclass(frozen=True, slots=True)
class FileEvidence:
    """Scores of files, each scaled so that the best is 1: words as written, plain words, names defined,
    words of the path, and paths or modules that the text names outright.
    """

    code: Mapping[str, float]
    prose: Mapping[str, float]
    defines: Mapping[str, float]
    path: Mapping[str, float]
    named: Mapping[str, float]

    def of(self, path: str) -> dict[str, float]:
        """The scores of one file by name."""
        return {
            "code": self.code.get(path, 0.0),
            "prose": self.prose.get(path, 0.0),
            "defines": self.defines.get(path, 0.0),
            "path": self.path.get(path, 0.0),
            "named": self.named.get(path, 0.0),
        }

    def best_first(self, paths: Iterable[str]) -> list[str]:
        """Files that anything speaks for, best first; tests and examples count less."""
        scores = {path: self._score(path) for path in paths}
        return best_first({path: score for path, score in scores.items() if score > -_ASIDE})

    def _score(self, path: str) -> float:
        found = self.of(path)
        return sum(_WEIGHTS[name] * value for name, value in found.items()) - _ASIDE * is_aside(path)


def file_evidence(clues: Clues, symbols: Symbols) -> FileEvidence:
    """What speaks for each file of the workspace."""
    paths = symbols.paths()
    code = dict(sorted(clues.code.items(), key=lambda item: -item[1])[:_WORDS])
    plain = dict(sorted(clues.prose.items(), key=lambda item: -item[1])[:_WORDS])
    forms = {form: 1.0 + math.log(count) for word, count in plain.items() for form in _forms(word)}
    mentions = symbols.mentions(dict.fromkeys((*code, *forms)))
    lengths = _lengths(mentions, symbols)
    total = len(paths)
    weights = {word: 1.0 + math.log(count) for word, count in code.items()}
    return FileEvidence(
        scaled(file_scores(weights, mentions, lengths, total)),
        scaled(file_scores(forms, mentions, lengths, total)),
        scaled(_defining(symbols.defined(code), code)),
        scaled(_by_path_words(clues, paths)),
        _named(clues, paths),
    )


def _forms(word: str) -> set[str]:
    """A plain word as it may stand in code or a comment."""
    return {word, word.capitalize(), word.upper(), word[:-1] if word.endswith("s") else word + "s"}


def _lengths(mentions: Mapping[str, Sequence[Mention]], symbols: Symbols) -> dict[str, int]:
    paths = {one.path for where in mentions.values() for one in where}
    return {path: facts.lines for path in paths if (facts := symbols.facts(path))}


def _defining(defined: Mapping[str, Sequence[Place]], code: Mapping[str, int]) -> dict[str, float]:
    found: dict[str, float] = defaultdict(float)
    for name, places in defined.items():
        for place in places:
            found[place.path] += (1.0 + math.log(code[name])) / len(places)
    return dict(found)


def _by_path_words(clues: Clues, paths: Sequence[str]) -> dict[str, float]:
    """Files whose path has words of the text; those of the name count thrice what those of folders do."""
    asked = {stem(word): 2.0 if word in clues.title else 1.0 for word in clues.prose}
    for option in clues.options:
        asked.update({stem(word): 1.5 for word in path_words(option + ".")})
    words = {path: (_stems(path.rpartition("/")[2]), _stems(path.rpartition("/")[0] + "/")) for path in paths}
    frequency: dict[str, int] = defaultdict(int)
    for name, folder in words.values():
        for word in name | folder:
            frequency[word] += 1
    found: dict[str, float] = {}
    for path, (name, folder) in words.items():
        score = sum(
            asked[word] * inverse_frequency(frequency[word], len(paths)) * (1.0 if word in name else 1 / 3)
            for word in name | folder
            if word in asked
        )
        if score:
            found[path] = score
    return found


def _stems(path: str) -> frozenset[str]:
    return frozenset(stem(word) for word in path_words(path))


def _named(clues: Clues, paths: Iterable[str]) -> dict[str, float]:
    """Files that the text names by path, or by the dotted name of their module or something in it."""
    found: dict[str, float] = {}
    written = [("/" + path.lstrip("./"), 1.0 if "/" in path else 0.6) for path in clues.paths]
    written += [("/" + frame.path.lstrip("./"), 1.0) for frame in clues.frames]
    modules = {name.replace("::", ".").replace("#", ".") for name in clues.dotted}
    for path in paths:
        whole = "/" + path
        best = max((weight for name, weight in written if same_file(whole, name)), default=0.0)
        dotted = path.rpartition(".")[0].removesuffix("/__init__").removesuffix("/index").replace("/", ".")
        for depth in range(dotted.count("."), 0, -1):
            part = ".".join(dotted.split(".")[-depth - 1 :])
            if any(name == part or name.startswith(part + ".") for name in modules):
                best = max(best, 0.8)
                break
        if best:
            found[path] = best
    return found


def same_file(path: str, written: str) -> bool:
    """True if a path of the workspace and a path from a text, both with a leading `/`, can be one file.

    A trace may have been made elsewhere: one has to end with the other, or with its last folder and name.
    """
    if path.endswith(written) or written.endswith(path):
        return True
    tail = "/".join(written.split("/")[-3:])
    return tail.count("/") == 2 and path.endswith("/" + tail)
