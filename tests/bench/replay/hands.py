"""How a passage is typed: keys, and the gaps between them. Modelled, not measured; the same for each policy.

Gaps amid typing are log-normal round 0.12 s in a word, longer at the start of a word, at signs and at Enter.
By chance, more likely where a thought ends, a pause for thinking comes instead, log-normal round 1.1 s, or a
short hesitation round 0.35 s. One word in 30 has a slip: a wrong character that is taken away at once. Enter
brings the indentation of the next line along, as editors do. Brackets are not closed by the editor.
"""

from __future__ import annotations

import random
import re
from dataclasses import dataclass
from math import exp, log

_KEY = re.compile(r"\n[ \t]*|.", re.DOTALL)
_WORD_MEDIAN, _BEGIN_MEDIAN, _SIGN_MEDIAN, _ENTER_MEDIAN = 0.12, 0.16, 0.18, 0.22
_SPREAD = 0.35
_PAUSE_MEDIAN, _PAUSE_SPREAD, _SHORTEST_PAUSE = 1.1, 0.8, 0.5
_HESITATION = 0.35
_SLIPS = 1 / 30
_THINKING = {
    "line": 0.35, "assigned": 0.25, "annotated": 0.12, "operator": 0.18, "opened": 0.18, "separated": 0.12,
    "dot": 0.12, "keyword": 0.12, "end": 0.10, "boundary": 0.06, "word": 0.012,
}  # fmt: skip
"""Share of keys of each kind that a thinking pause follows."""


@dataclass(frozen=True, slots=True)
class Key:
    """A key: how much of the passage is there after it, a slip besides, and the gap to the next."""

    typed: int
    gap: float
    slip: str = ""
    thinking: bool = False


def keys_of(text: str, seed: str) -> list[Key]:
    """The keys of a passage. The same seed gives the same keys."""
    chance = random.Random(seed)
    found: list[Key] = []
    at = 0
    for key in _KEY.findall(text):
        at += len(key)
        rest = text[at : at + 1]
        if key.isalpha() and chance.random() < _SLIPS / 4:
            found.append(Key(at - 1, _gap(chance, _WORD_MEDIAN * 2.5), slip=chance.choice("aeqxtn")))
            found.append(Key(at - 1, _gap(chance, _WORD_MEDIAN * 1.5)))
        kind = _kind(text, at, key, rest)
        thinking = chance.random() < _THINKING[kind]
        gap = _gap(chance, _median(key, rest))
        if thinking:
            gap = max(_SHORTEST_PAUSE, exp(chance.gauss(log(_PAUSE_MEDIAN), _PAUSE_SPREAD)))
        elif kind != "word" and chance.random() < 0.08:
            gap = _gap(chance, _HESITATION)
        found.append(Key(at, gap, thinking=thinking))
    return found


def _gap(chance: random.Random, median: float) -> float:
    return exp(chance.gauss(log(median), _SPREAD))


def _median(key: str, rest: str) -> float:
    if rest == "\n":
        return _ENTER_MEDIAN
    if rest and not rest.isalnum() and rest not in " _":
        return _SIGN_MEDIAN
    return _WORD_MEDIAN if key.isalnum() or rest == " " else _BEGIN_MEDIAN


def _kind(text: str, at: int, key: str, rest: str) -> str:
    if key.startswith("\n"):
        return "line"
    if rest in ("\n", ""):
        return "end"
    line = text[max(0, at - 20) : at].rpartition("\n")[2]
    last = line.rstrip()[-1:] if key in " \t" else ""
    if last and last in "=:<>+-*/|&":
        return {"=": "assigned", ":": "annotated"}.get(last, "operator")
    if key in "([{":
        return "opened"
    if last and last in ",;":
        return "separated"
    if key == ".":
        return "dot"
    if key in " \t":
        return (
            "keyword"
            if re.search(r"\b(return|if|for|while|import|def|class|await|in)\s\Z", line)
            else "boundary"
        )
    return "word" if key.isalnum() and (rest.isalnum() or rest == "_") else "boundary"
