"""Pieces of code with their weights, as they are found on the way from a failure. Values, and one store."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

_TOLD = 2


@dataclass(slots=True)
class Piece:
    """Lines of a file, 0-based and inclusive. `focus` are lines that matter where not all can be shown."""

    path: str
    first: int
    last: int
    weight: float
    whys: list[str] = field(default_factory=list)
    focus: set[int] = field(default_factory=set)

    @property
    def why(self) -> str:
        """The reasons of the most weight, in words."""
        return "; ".join(self.whys[:_TOLD])


class Pieces:
    """Each piece once, with the greatest of its weights."""

    def __init__(self) -> None:
        self._held: dict[tuple[str, int, int], Piece] = {}

    def add(
        self, path: str, first: int, last: int, weight: float, why: str, focus: int | None = None
    ) -> None:
        """Take a piece; one that is there grows heavier if this is heavier, and has one reason more."""
        one = self._held.setdefault((path, first, last), Piece(path, first, last, 0.0))
        if why not in one.whys:
            one.whys.insert(0 if weight > one.weight else len(one.whys), why)
        one.weight = max(one.weight, weight)
        if focus is not None:
            one.focus.add(focus)

    def heaviest(self, most: int) -> Sequence[Piece]:
        """The heaviest first; of equal ones in the order they were found."""
        return sorted(self._held.values(), key=lambda one: -one.weight)[:most]
