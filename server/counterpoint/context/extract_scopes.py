"""What is open at a place of a file while its definitions are gone through in the order of the text."""

from __future__ import annotations

from dataclasses import dataclass, field
from sys import maxsize

from counterpoint.context.facts import TYPES

Made = tuple[str, str, int, int, int, int, str, str, tuple[str, ...], bool]
"""The parts of a `Definition`, which costs five times as much to build."""


@dataclass(frozen=True, slots=True)
class Scope:
    """An open type, function or file. `owner` is what it gives its members, None if they are local to it."""

    owner: str | None
    exported: bool
    number: int = -1
    """Of the type among the definitions made."""
    module: bool = False
    """True for a namespace, whose functions are no methods."""
    strict: bool = False
    """True where members are visible only if they say so."""


_NO_VALUES = frozenset({"interface", "type"})
"""Kinds that may share their name with a value: `interface Kind {}` and `const Kind = ...` are two things."""
FILE = Scope("", True)
LOCAL = Scope(None, False)


@dataclass(slots=True)
class Scopes:
    """The open scopes, outermost first, with the bytes they end at."""

    ends: list[int] = field(default_factory=lambda: [maxsize])
    open: list[Scope] = field(default_factory=lambda: [FILE])

    def push(self, end: int, scope: Scope) -> None:
        """Open a scope up to a byte."""
        self.ends.append(end)
        self.open.append(scope)

    def type(self) -> Scope | None:
        """The innermost type that is open, also outside of a function."""
        return next((scope for scope in reversed(self.open) if scope.owner), None)


@dataclass(slots=True)
class Definitions:
    """The definitions made. A name that is set several times is one definition, at its first place."""

    made: list[Made] = field(default_factory=list)
    places: dict[tuple[str, str], int] = field(default_factory=dict)
    later: list[Made] = field(default_factory=list)
    """Fields that methods set: they give way to those that the type declares."""
    embedded: dict[int, list[str]] = field(default_factory=dict)
    """Bases that stand in the body of a type, by its number."""
    extended: dict[str, list[str]] = field(default_factory=dict)
    """Bases that are said outside of a type, by its name."""

    def add(self, one: Made) -> int:
        """Keep a definition; its number, -1 for one that has no name."""
        if not one[0]:
            return -1
        number = len(self.made)
        self.made.append(one)
        self.places.setdefault((one[6], one[0]), number)
        return number

    def value(self, one: Made) -> None:
        """Keep a variable, constant or field, or only its type if the name is there already."""
        if not one[0]:
            return
        key = one[6], one[0]
        number = self.places.setdefault(key, len(self.made))
        if number == len(self.made) or self.made[number][1] in _NO_VALUES:
            self.places[key] = len(self.made)
            self.made.append(one)
            return
        first = self.made[number]
        if one[7] and not first[7] and first[1] == one[1]:
            self.made[number] = (*first[:7], one[7], *first[8:])

    def finish(self) -> list[Made]:
        """All of them by the line of their name."""
        made = self.made
        for number, bases in self.embedded.items():
            made[number] = _based(made[number], bases)
        for one in self.later:
            self.value(one)
        if self.later:
            made.sort(key=lambda one: one[4])
        if self.extended:
            made = [
                _based(one, self.extended[one[0]]) if one[0] in self.extended and one[1] in TYPES else one
                for one in made
            ]
        return made


def _based(one: Made, bases: list[str]) -> Made:
    return (*one[:8], tuple(dict.fromkeys((*one[8], *bases))), one[9])
