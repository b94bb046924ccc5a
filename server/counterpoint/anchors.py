"""Ids of findings that survive edits elsewhere: pure functions of what was found, never of where.

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

_TOKEN = re.compile(r"\w+|[^\w\s]")
_TRAILING_COMMA = re.compile(r", (?=[)\]}])")
_LENGTH = 16


def normalise(code: str) -> str:
    """Tokens of `code` joined by one space: white space, quote style and trailing commas do not count."""
    tokens = ('"' if token in "'`" else token for token in _TOKEN.findall(code))
    return _TRAILING_COMMA.sub("", " ".join(tokens))


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
