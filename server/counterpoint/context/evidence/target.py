"""The definition whose calls are looked for, and how many arguments it can take."""

from __future__ import annotations

from dataclasses import dataclass

from counterpoint.context.evidence.values import Value


@dataclass(frozen=True, slots=True)
class Shape:
    """How a callable can be called. `most` is -1 if there is no limit; `keywords` is None if any will do."""

    least: int = 0
    most: int = -1
    keywords: frozenset[str] | None = None


@dataclass(frozen=True, slots=True)
class Given:
    """The arguments of a call. `spread` is true where one is unpacked from a list or a table."""

    positional: int = 0
    keywords: frozenset[str] = frozenset()
    spread: bool = False


@dataclass(frozen=True, slots=True)
class Target:
    """A definition. `places` are path and 0-based line of its name: several where it is overloaded.

    `owner` is the class of a method. `nested` is true for a function inside a function. `wider` are the
    places of the members that a method implements or overrides. A `loose` one belongs to an object that may
    be passed as any type that has such a member.
    """

    name: str
    places: frozenset[tuple[str, int]]
    owner: Value | None = None
    nested: bool = False
    shape: Shape = Shape()
    wider: frozenset[tuple[str, int]] = frozenset()
    loose: bool = False

    def at(self, path: str, line: int) -> bool:
        return (path, line) in self.places


def fits(shape: Shape, given: Given) -> bool:
    """False if a call with these arguments would fail for certain."""
    if shape.keywords is not None and not given.keywords <= shape.keywords:
        return False
    if shape.most >= 0 and given.positional > shape.most:
        return False
    return given.spread or given.positional + len(given.keywords) >= shape.least
