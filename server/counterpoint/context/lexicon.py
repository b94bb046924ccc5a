"""How common names are in the workspace: kept from one question to the next while nothing changes."""

from __future__ import annotations

from collections.abc import Iterable
from math import log
from typing import NamedTuple

from counterpoint.context.facts import TYPES
from counterpoint.context.symbols import Symbols

_MANY = log(100)
"""How many rivals a special method is said to have; they are not counted."""
_NAMES = 12_000


class Commonness(NamedTuple):
    """`files` have the name; `spread` is the logarithm of their number and one. `fields` and `others` are
    logarithms of how many definitions share it: for a field, and for what is none, which fields do not rival.
    """

    defined: bool
    fields: float
    others: float
    rivals: float
    """The least that any of its definitions has."""
    files: int
    spread: float
    type: bool
    """Whether a type is called so."""


class Lexicon:
    """What is known of names. Special methods come as members of types in play: hundreds of classes define
    each, and nobody looks where."""

    def __init__(self) -> None:
        self.names: dict[str, Commonness] = {}

    def learn(self, names: Iterable[str], symbols: Symbols) -> None:
        """Find in one go what is not yet known of names."""
        missing = [name for name in names if name not in self.names]
        if not missing:
            return
        if len(self.names) > _NAMES:
            self.names.clear()
        defined = symbols.defined([name for name in missing if name[:2] != "__"])
        frequency = symbols.frequency(missing)
        for name in missing:
            places, fields, others = defined.get(name, ()), 0.0, 0.0
            is_type = any(place.definition.kind in TYPES for place in places)
            if name[:2] == "__":
                fields = others = _MANY
            elif len(places) > 1:
                held = sum([place.definition.kind == "field" for place in places])
                fields, others = log(len(places)), log(len(places) - held or 1)
            files, rivals = frequency.get(name, 0), min(fields, others)
            self.names[name] = Commonness(
                bool(places), fields, others, rivals, files, log(1 + files), is_type
            )


def lexicon_of(symbols: Symbols) -> Lexicon:
    """What the last questions learned of names, if nothing has changed since."""
    mark = symbols.changes
    found: Lexicon | None = symbols.notes.get("lexicon", "", mark)
    if found is None:
        found = Lexicon()
        symbols.notes.put("lexicon", "", mark, found)
    return found
