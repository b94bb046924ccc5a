"""How far the index is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Stage = Literal["idle", "looking", "reading", "tidying"]


@dataclass(frozen=True, slots=True)
class Progress:
    """Files done of those that are to be read, since the index was last up to date."""

    done: int = 0
    total: int = 0
    stage: Stage = "idle"
