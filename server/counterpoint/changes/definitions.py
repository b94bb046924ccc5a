"""The definitions of a text, and which lines of it each has."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from counterpoint.context.outlining_pieces import CALL, Piece, pieces
from counterpoint.context.parsing import encoded, has_grammar, parse_within, with_line_feeds

_STEPS = 3_000
"""Hundreds of parser steps: a text that takes more is treated as one of which nothing is known."""


@dataclass(frozen=True, slots=True)
class Definition:
    """`name` is qualified. Rows are 0-based and inclusive: `first` with the comments right above it, `start`
    without them but with decorators, which `decorated` tells of."""

    name: str
    first: int
    start: int
    name_row: int
    last: int
    members: tuple[str, ...] = ()
    inside: bool = False

    @property
    def decorated(self) -> bool:
        """True if it begins above the line of its name."""
        return self.start < self.name_row

    @property
    def short(self) -> str:
        """Its own name, without what it is in."""
        return self.name.rpartition(".")[2]


def definitions(text: str, language: str, *, sound: bool = False) -> tuple[Definition, ...]:
    """Those of a text, members right behind what they are in. Empty where no grammar knows the language, and
    with `sound` where the text does not parse."""
    if not has_grammar(language):
        return ()
    parsed = parse_within(language, with_line_feeds(encoded(text)), _STEPS)
    if parsed is None or (sound and parsed.tree.root_node.has_error):
        return ()
    return tuple(_all(pieces(parsed.tree.root_node, language), False))


def _all(found: Iterable[Piece], inside: bool) -> Iterator[Definition]:
    for piece in found:
        if piece.kind == CALL:
            continue
        start = min(
            (node.start_point.row for node in piece.outer if "comment" not in node.type), default=piece.first
        )
        names = tuple(member.name.rpartition(".")[2] for member in piece.members)
        yield Definition(piece.name, piece.first, start, piece.name_row, piece.last, names, inside)
        yield from _all(piece.members, True)
