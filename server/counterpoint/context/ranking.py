"""Ranking of files and functions: words and their parts, BM25 over postings, fusion of rankings. Pure."""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Hashable, Mapping, Sequence
from typing import TypeVar

from counterpoint.context.symbols import Mention

Item = TypeVar("Item", bound=Hashable)

IDENTIFIER = re.compile(r"[A-Za-z_$][A-Za-z0-9_$]*")
_PART = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
_PATH_PART = re.compile(r"[A-Za-z]+|\d+")

_STOP = """
    self cls this super return import from def class function const let var if else elif for while try except
    finally with as in is not and or None True False null true false undefined new async await public private
    protected static void int string str bool func fn pub use mut impl struct enum type interface export
    default package final extends implements throws raise yield lambda pass break continue match case select
    the a an of to it be by on that are was were will can may should would could has have had when what which
    there here then than but so do does did no yes any all some each other more most only very just also into
"""
STOP = frozenset(_STOP.split())
"""Keywords and the commonest English words: they tell no file from another."""

K1 = 1.2
B = 0.6


def subwords(name: str) -> list[str]:
    """The parts of an identifier in lower case: `parseHTTPHeader_v2` is parse, http, header, v, 2."""
    return [part.lower() for part in _PART.findall(name)]


def stem(word: str) -> str:
    """A word in lower case without the endings of plurals and verb forms: redirects, redirected: redirect."""
    if len(word) > 4 and word.endswith("ies"):
        return word[:-3] + "y"
    if len(word) > 5 and word.endswith(("ing", "ed")):
        return word[: -3 if word.endswith("ing") else -2].removesuffix("e")
    if len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us", "is")):
        word = word[:-1]
    return word.removesuffix("e") if len(word) > 4 else word


def path_words(path: str) -> frozenset[str]:
    """The words of a path's folders and name, in lower case, without the extension."""
    stem = path.rpartition(".")[0] or path
    return frozenset(word.lower() for part in _PATH_PART.findall(stem) for word in (part, *subwords(part)))


def inverse_frequency(containing: int, total: int) -> float:
    """How much a word tells: its BM25 inverse document frequency, above 0."""
    return math.log(1.0 + (total - containing + 0.5) / (containing + 0.5)) if total >= containing else 0.05


def saturated(times: float, length: float, average: float) -> float:
    """BM25's weight of a word that occurs so many times in a document of a length, below `K1 + 1`."""
    return times * (K1 + 1.0) / (times + K1 * (1.0 - B + B * length / max(average, 1.0)))


def file_scores(
    weights: Mapping[str, float],
    mentions: Mapping[str, Sequence[Mention]],
    lengths: Mapping[str, int],
    total: int,
) -> dict[str, float]:
    """BM25 of files for weighted words, from postings alone. Files of unknown length count as average."""
    average = sum(lengths.values()) / len(lengths) if lengths else 1.0
    scores: dict[str, float] = defaultdict(float)
    for word, weight in weights.items():
        found = mentions.get(word, ())
        rarity = weight * inverse_frequency(len(found), total)
        for mention in found:
            length = lengths.get(mention.path, average)
            scores[mention.path] += rarity * saturated(mention.times, length, average)
    return dict(scores)


def best_first(scores: Mapping[Item, float], most: int | None = None) -> list[Item]:
    """Keys by falling score, equal ones in their own order."""
    ordered = sorted(scores, key=lambda key: -scores[key])
    return ordered if most is None else ordered[:most]


def scaled(scores: Mapping[Item, float]) -> dict[Item, float]:
    """Scores divided by the greatest, so that it is 1."""
    greatest = max(scores.values(), default=0.0)
    return {key: score / greatest for key, score in scores.items()} if greatest > 0 else dict(scores)
