"""Ids of findings that survive edits elsewhere, and what a place in code is remembered by. Values only.

An id is a hash of the kind (rule id, or pass and category), the enclosing symbol's qualified name, the
normalised tokens of the code it points at, and an ordinal among findings equal in all three. Paths,
line numbers and a model's words are no part of it, so reformatting, moving the function or renaming the
file keeps the id.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from counterpoint.answers import Finding

_TOKEN = re.compile(r"\w+|[^\w\s]")
_TRAILING_COMMA = re.compile(r", (?=[)\]}])")
_LENGTH = 16


@dataclass(frozen=True, slots=True)
class Anchor:
    """What a place in a file is found again by, whatever happened to the file meanwhile.

    `tokens` are those of the code pointed at, the first of them the `nth` (from 0) of its line; the place
    begins `lead` characters into the first and ends `trail` before the end of the last. `before` and `after`
    are the tokens next to it. `print` holds four bytes for each line of the file as it was, or of the piece
    of it that was reviewed, a hash that no formatting changes; `line` (from 0) counts from its first.
    `more` lines follow the first. `symbol` is the qualified name of what it lay in.
    """

    symbol: str
    tokens: tuple[str, ...]
    line: int
    more: int = 0
    nth: int = 0
    lead: int = 0
    trail: int = 0
    before: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    print: bytes = b""


@dataclass(frozen=True, slots=True)
class Anchored:
    """A finding and what its place is found again by; its own positions are those it was found at."""

    finding: Finding
    anchor: Anchor


def kind_of(finding: Finding) -> str:
    """What a finding is one of: its rule's id, or `pass/category`."""
    return finding.rule or f"{finding.lens}/{finding.category}"


def normalise(code: str) -> str:
    """Tokens of `code` joined by one space: white space, quote style and trailing commas do not count."""
    tokens = ('"' if token in "'`" else token for token in _TOKEN.findall(code))
    return _TRAILING_COMMA.sub("", " ".join(tokens))


def tokens_in(line: str) -> list[tuple[int, int, str]]:
    """Tokens of one line with where they start and end; every kind of quote is one."""
    found = []
    for match in _TOKEN.finditer(line):
        token = match.group()
        found.append((match.start(), match.end(), '"' if token in "'`" else token))
    return found


def finding_id(kind: str, symbol: str, anchor_text: str, ordinal: int = 0) -> str:
    """Sixteen hex digits.

    `kind` is a rule id or `pass/category`; `symbol` the enclosing symbol's qualified name, empty at module
    level; `anchor_text` the code pointed at; `ordinal` counts from 0 among equals in document order.
    """
    parts = (kind, symbol, normalise(anchor_text), str(ordinal))
    return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:_LENGTH]


def assign_ids(anchors: Iterable[tuple[str, str, str]]) -> tuple[str, ...]:
    """Ids for (kind, symbol, anchor text) of one file in document order; equals get ordinals 0, 1, ..."""
    seen: Counter[tuple[str, str, str]] = Counter()
    ids = []
    for kind, symbol, text in anchors:
        key = (kind, symbol, normalise(text))
        ids.append(finding_id(kind, symbol, text, seen[key]))
        seen[key] += 1
    return tuple(ids)
