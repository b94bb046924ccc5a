"""How sure it is that what a sister line says comes next: what speaks for and against it, weighed. Pure.

The weights were fitted on commits of some repositories and measured on others by `tests/bench/patterns.py`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import exp, log1p

from counterpoint.inline.patterns_siblings import Lines, Prefix, Voice, agreement, held_out
from counterpoint.inline.patterns_tokens import is_name, tokens
from counterpoint.inline.patterns_weights import BIAS, WEIGHTS

END = "\n"
"""Stands after the last token: that the line ends here."""
_PROSE = frozenset({"markdown", "yaml", "json", "toml", "html", "css"})
_COMMENTS = ("#", "//", "*", "/*", '"""')
_SEEN_AT_MOST = 24
_STEM = 60


@dataclass(frozen=True, slots=True)
class Heard:
    """The leading voice and its peers: how many tokens each agrees on, what of it they tell."""

    best: Voice
    peers: tuple[Voice, ...]
    agreed: tuple[int, ...]
    held: tuple[int, ...]
    nearest: int


def is_prose(text: str, language: str) -> bool:
    """True where names and signs foretell less: comments, documents, data."""
    return language in _PROSE or text.startswith(_COMMENTS)


def heard(lines: Lines, prefix: Prefix, found: Sequence[Voice]) -> Heard:
    """Weigh the first of the voices against the next six."""
    best, peers = found[0], tuple(found[1:7])
    agreed = tuple(agreement(best, peer) for peer in peers)
    held = (held_out(lines, prefix, best.line, peer.line) for peer in peers[:3])
    close = min(range(len(peers)), key=lambda at: abs(peers[at].line - lines.at), default=-1)
    nearest = agreed[close] if close >= 0 else -1
    return Heard(best, peers, agreed, tuple(right for right in held if right >= 0), nearest)


def chances(lines: Lines, prefix: Prefix, known: Heard, language: str) -> Iterator[tuple[str, float]]:
    """Each token the leading voice says, and the chance that it is right if those before it are."""
    for token, facts in evidence(lines, prefix, known, language):
        yield token, 1 / (1 + exp(-BIAS - sum(WEIGHTS[name] * value for name, value in facts.items())))


def evidence(
    lines: Lines, prefix: Prefix, known: Heard, language: str
) -> Iterator[tuple[str, dict[str, float]]]:
    """Each token the leading voice says, END where it says that the line ends, and what speaks for it."""
    place = _place(lines, prefix, known.best, language)
    rest = known.best.rest
    said = (*rest, END) if known.best.known == len(rest) else rest[: known.best.known]
    stem = prefix.text
    for at, token in enumerate(said):
        yield token, _crossed(place | _votes(known, at) | _token(lines, stem, prefix, token, at))
        stem += token


def _place(lines: Lines, prefix: Prefix, best: Voice, language: str) -> dict[str, float]:
    beside = [lines.text[at] for at in (lines.at - 1, lines.at + 1) if 0 <= at < len(lines.text)]
    text = prefix.text
    longer = odd = False
    if best.novel:
        word = re.escape(prefix.part)
        longer = re.search(rf"\b{word}\w", lines.whole) is not None
        odd = re.search(rf"\b{word}\b", lines.whole) is None
    return {
        "start": not text,
        "lead": log1p(len(text)),
        "whole": min(6, len(prefix.whole)),
        "novel": best.novel,
        "novel_longer": longer,
        "novel_odd": odd,
        "alike": best.alike,
        "fore": best.foretold,
        "foreall": best.foretold == 3,
        "renamed": min(3, best.renamed),
        "dist": log1p(abs(best.line - lines.at)),
        "adjacent": abs(best.line - lines.at) == 1,
        "dup": text + "".join(best.rest) in beside,
        "indent": lines.indent(best.line) == len(prefix.indent),
        "prose": is_prose(text, language),
    }


def _votes(known: Heard, at: int) -> dict[str, float]:
    """How the other voices stand to the leading one's token `at`."""
    best, ballots = known.best, list(zip(known.agreed, known.peers, strict=True))
    yes = sum(agreed > at for agreed in known.agreed)
    no = sum(agreed == at for agreed in known.agreed)
    hits = sum(right > at for right in known.held)
    return {
        "yes": log1p(yes),
        "no": log1p(no),
        "any_no": no > 0,
        "yes0": yes == 0,
        "early": log1p(len(ballots) - yes - no),
        "strong_no": min(2, sum(n == at and peer.foretold >= best.foretold for n, peer in ballots)),
        "near_yes": known.nearest > at,
        "hits": min(2, hits),
        "miss": len(known.held) - hits,
    }


def _token(lines: Lines, stem: str, prefix: Prefix, token: str, at: int) -> dict[str, float]:
    short_yes = short_no = long_yes = long_no = 0
    if token.strip() or token == END:
        tail = tokens(stem[-_STEM:])
        short_yes, short_no = follow(lines.whole, "".join(tail[-3:]), token)
        long_yes, long_no = follow(lines.whole, "".join(tail[-6:]), token)
    return {
        "empty": not token,
        "end": token == END,
        "short": len(token) <= 1,
        "name": is_name(token),
        "number": token[:1].isdigit(),
        "string": len(token) > 1 and token[0] in "\"'`",
        "mark": len(token) == 1 and not token.isalnum() and not token.isspace(),
        "t": log1p(at),
        "first": at == 0,
        "seen": bool(token.strip()) and token.strip() in prefix.text,
        "g_yes": log1p(short_yes),
        "g_no": log1p(short_no),
        "g_share": (short_yes + 1) / (short_yes + short_no + 2),
        "h_yes": log1p(long_yes),
        "h_no": log1p(long_no),
        "h_share": (long_yes + 1) / (long_yes + long_no + 2),
    }


def _crossed(facts: dict[str, float]) -> dict[str, float]:
    """The facts, and those products of two that say more than both."""
    first, name, yes, hits = facts["first"], facts["name"], facts["yes"], facts["hits"]
    facts.update(
        yes_hits=yes * hits,
        yes_fore=yes * (facts["fore"] > 0),
        alone_fore=facts["yes0"] * facts["fore"],
        first_name=first * name,
        first_yes=first * yes,
        first_hits=first * hits,
        first_fore=first * facts["fore"],
        name_start=name * facts["start"],
        name_share=name * facts["h_share"],
        prose_yes=facts["prose"] * yes,
        end_share=facts["end"] * facts["h_share"],
        end_yes=facts["end"] * yes,
        end_hits=facts["end"] * hits,
    )
    return facts


def follow(text: str, stem: str, token: str) -> tuple[int, int]:
    """How often the token stands behind the stem in a text, and how often something else does."""
    if len(stem.strip()) < 2:
        return 0, 0
    same = other = 0
    at = text.find(stem)
    while at >= 0 and same + other < _SEEN_AT_MOST:
        if text.startswith(token, at + len(stem)):
            same += 1
        else:
            other += 1
        at = text.find(stem, at + 1)
    return same, other
