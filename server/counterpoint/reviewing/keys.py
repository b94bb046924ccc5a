"""Under which name a unit's verdict is kept: a hash of everything that could change it, and of nothing else.

What formatting, comments and moves change is no part of it, since it is no part of a block's digest. The
file's path is, so that equal code of two files is not taken for the same; `anywhere` leaves it out, for a
file that was renamed or code that was moved.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

from counterpoint.reviewing.unit import Unit


@dataclass(frozen=True, slots=True)
class Reading:
    """How a unit is read: the words of prompt and passes, the model with its effort, and the strategy."""

    words: str
    passes: tuple[str, ...]
    model: str
    effort: str
    strategy: str


@dataclass(frozen=True, slots=True)
class Keys:
    """`exact` is of this file, `anywhere` of the code wherever it stands, `drafts` of what a verdict starts
    from, `brief` of what was found with little context. Each is 32 hex digits."""

    exact: str
    anywhere: str
    drafts: str
    brief: str


def keys_of(unit: Unit, reading: Reading, ordinal: int = 0) -> Keys:
    """The keys of a unit; `ordinal` tells equal blocks of one file apart."""
    block = unit.block
    relied = (f"{name}={contract}" for name, contract in sorted(unit.relies))
    about = (block.name, block.kind, block.digest, str(ordinal), *block.calls, "", *relied)
    how = (reading.words, *reading.passes, reading.model, reading.effort, reading.strategy)
    base = _digest((*about, "", *how))
    drafts, brief = (_digest((unit.path, base, kind)) for kind in ("drafts", "brief"))
    return Keys(_digest((unit.path, base)), base, drafts, brief)


def _digest(parts: Iterable[str]) -> str:
    text = "\0".join(parts)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]
