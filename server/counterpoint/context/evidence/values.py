"""The values that evidence is made of: what an expression can be, and what that says of a call."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from tree_sitter import Node

Kind = Literal[
    "module", "class", "object", "function", "super", "foreign", "lambda", "variable", "none", "unknown"
]


@dataclass(frozen=True, slots=True, eq=False)
class Value:
    """One thing an expression can be.

    With a `path` it is of the workspace: a module, or the class or function whose node starts at byte
    `start`, or an object of such a class. Without one it comes from outside; `name` is then its dotted name.
    `args` are type arguments: of a container what it holds, of a bound method the receiver. `exact` objects
    are of the class itself, not of a class below it. A `variable` is a type variable; `args` hold its bound.
    """

    kind: Kind
    path: str = ""
    start: int = -1
    name: str = ""
    args: tuple[tuple[Value, ...], ...] = ()
    exact: bool = False
    node: Node | None = field(default=None, repr=False)
    _key: tuple[object, ...] = field(init=False, repr=False)
    _hash: int = field(init=False, repr=False)

    def __post_init__(self) -> None:
        # Values are keys everywhere and hold values: the hash is taken once, while those of `args` are known.
        key = (self.kind, self.path, self.start, self.name, self.args, self.exact)
        object.__setattr__(self, "_key", key)
        object.__setattr__(self, "_hash", hash(key))

    def __hash__(self) -> int:
        return self._hash

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        return isinstance(other, Value) and self._hash == other._hash and self._key == other._key

    @property
    def ours(self) -> bool:
        """True if the workspace defines it."""
        return bool(self.path)


Types = tuple[Value, ...]
"""What an expression can be, in no order. An empty tuple means that nothing is known, as UNKNOWN does."""

NOTHING = Value("unknown")
UNKNOWN: Types = (NOTHING,)
NONE: Types = (Value("none"),)
_MOST = 12
"""So many kinds of value at most are followed; an expression that can be more is unknown."""


def union(*parts: Types) -> Types:
    """All values of the parts, each once."""
    seen = dict.fromkeys(value for part in parts for value in (part or UNKNOWN))
    return tuple(seen) if len(seen) <= _MOST else UNKNOWN


def joined(parts: Iterable[Types]) -> Types:
    """The union of any number of parts, unknown if there are none."""
    return union(*parts) or UNKNOWN


def made(name: str, *args: Types) -> Types:
    """An object of a class from outside, such as `builtins.list` of something."""
    return (Value("object", name=name, args=args),)


def foreign(name: str) -> Types:
    """A name from outside of the workspace."""
    return (Value("foreign", name=name),)


def known(types: Types) -> bool:
    """True if nothing else than the values named is possible."""
    return bool(types) and all(value.kind != "unknown" for value in types)


def without_none(types: Types) -> Types:
    """The values of an expression that is used as if it were not None."""
    return tuple(value for value in types if value.kind != "none") or types


@dataclass(frozen=True, slots=True)
class Verdict:
    """What evidence says of one call, and which evidence that is."""

    kind: Literal["certain", "possible", "excluded"]
    why: str


def certain(why: str) -> Verdict:
    return Verdict("certain", why)


def possible(why: str) -> Verdict:
    return Verdict("possible", why)


def excluded(why: str) -> Verdict:
    return Verdict("excluded", why)
