"""The chance that a suggestion is kept, by what the place is like: a table, and how it is read. Pure.

The table is made by `python -m tests.bench.replay.fit` from 480 commits of six public repositories (httpx,
zod, fd, gin, gson, seaborn), typed again key by key: the texts are real, the typing and the model are
scripted. What the replay does not do is set by hand: to reject, to take a part, to type the blanks of an
indentation, and where something ends.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import exp, log
from typing import TYPE_CHECKING, Literal

from counterpoint.inline.place import Kind, comment_or_string, kind_of

if TYPE_CHECKING:
    from counterpoint.inline.when import Moment


@dataclass(frozen=True, slots=True)
class Row:
    """A kind of place: its weight in the chance, the share of keys there that a pause follows, and how many
    characters a suggestion that is kept saves. `ends` is what ends here: a thought, at which people look up
    for what comes next; a word; or nothing."""

    weight: float
    pauses: float
    characters: float
    ends: Literal["thought", "word", ""] = ""


ROWS: Mapping[Kind, Row] = {
    "line start": Row(0.18, 0.34, 41, "thought"),
    "indenting": Row(0.0, 0.05, 33),
    "opened": Row(0.13, 0.16, 28, "thought"),
    "separated": Row(-0.16, 0.10, 28, "thought"),
    "comma": Row(0.67, 0.04, 23),
    "dot": Row(0.21, 0.08, 26, "thought"),
    "assigned": Row(-0.07, 0.14, 35, "thought"),
    "annotated": Row(0.39, 0.07, 33, "thought"),
    "operator": Row(-0.18, 0.17, 44, "thought"),
    "sign": Row(0.27, 0.06, 27),
    "after keyword": Row(-0.09, 0.08, 44, "word"),
    "after word": Row(-0.24, 0.06, 42),
    "closed": Row(-0.01, 0.04, 24),
    "ended": Row(0.57, 0.03, 27, "word"),
    "quote": Row(-0.13, 0.04, 24),
    "word begun": Row(0.05, 0.02, 25, "word"),
    "in word": Row(-0.10, 0.02, 34),
    "whole word": Row(0.02, 0.05, 33, "word"),
    "number": Row(0.00, 0.04, 16),
    "mark": Row(0.77, 0.10, 29),
}
WEIGHTS: Mapping[str, float] = {
    "base": -0.99,
    "comment": -0.57,
    "string": -0.28,
    "text follows": 0.15,
    "closing follows": 0.15,
    "prose": -1.07,
    "configuration": -0.43,
    "accepted here": -0.04,
    "partly here": 0.1,
    "ignored here": -0.47,
    "rejected here": -2.0,
}
RECENT = 0.5
"""Weight of how the share of the last suggestions that were kept differs, in logits, from that in general."""
GENERAL = 0.25
_PROSE = frozenset({"markdown", "mdx", "plaintext", "restructuredtext", "quarto", "asciidoc", "latex"})
_CONFIGURATION = frozenset({"json", "jsonc", "yaml", "toml", "ini", "dockerfile", "properties", "xml"})
_FADES = 60.0
"""Seconds after which what happened at a place counts half."""


def features(moment: Moment) -> tuple[Kind, Mapping[str, float]]:
    """The kind of place, and the names of what holds there with how much each counts, from 0 to 1."""
    kind = kind_of(moment.before, moment.after)
    found = {"base": 1.0}
    inside = moment.inside or comment_or_string(moment.before)
    if moment.language in _PROSE:
        found["prose"] = 1.0
    elif inside != "code":
        found[inside] = 1.0
    if moment.language in _CONFIGURATION:
        found["configuration"] = 1.0
    follows = moment.after.partition("\n")[0].strip()
    if follows:
        found["closing follows" if not follows.strip(")]};,:'\"`> ") else "text follows"] = 1.0
    if moment.last_outcome:
        found[f"{moment.last_outcome} here"] = 0.5 ** (max(0.0, moment.since_seconds) / _FADES)
    return kind, found


def chance(kind: Kind, found: Mapping[str, float], kept_share: float | None = None) -> float:
    """Probability that what is shown here is kept. `kept_share` is the user's own of late, if known."""
    score = ROWS[kind].weight + sum(WEIGHTS[name] * much for name, much in found.items())
    if kept_share is not None:
        share = min(0.9, max(0.1, kept_share))
        score += RECENT * (_logit(share) - _logit(GENERAL))
    return 1.0 / (1.0 + exp(-score))


def _logit(share: float) -> float:
    return log(share / (1.0 - share))
