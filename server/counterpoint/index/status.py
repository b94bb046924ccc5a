"""What the server tells the index, and hears of it, as values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple

State = Literal["off", "starting", "building", "ready", "failed", "closed"]


class OpenText(NamedTuple):
    """An open document as the editor has it now."""

    path: str
    language: str
    text: str
    version: int | None


@dataclass(frozen=True, slots=True)
class Progress:
    """Files done of those known so far; `stage` is "idle" when the index is as the files are."""

    done: int
    total: int
    stage: str
