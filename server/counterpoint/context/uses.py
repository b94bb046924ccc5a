"""Where and how a file uses some words: calls with their arguments and what becomes of the result,
references, definitions, texts. Values only; `uses_read` makes them from a tree.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Role = Literal[
    "call",
    "new",
    "literal",
    "reference",
    "type",
    "base",
    "pattern",
    "macro",
    "string",
    "definition",
    "bound",
    "key",
]
"""How a word stands in the code. `new` builds with a word of its own; `literal` builds by naming fields;
`type` is part of a type; `base` is extended; `pattern` is matched against; `macro` stands in tokens that
nobody can read; `bound` is a parameter or variable of that name; `key` names a keyword, field or key, and
refers to nothing."""


@dataclass(frozen=True, slots=True)
class Argument:
    """`literal`: "text", "number", "truth", "nothing", "list", "mapping", "function", or "" for all else."""

    text: str
    literal: str = ""
    keys: tuple[str, ...] | None = None
    """Of an object written down, where all its keys are."""


@dataclass(frozen=True, slots=True)
class Arguments:
    """`spread` is how many arguments stand before one that is spread, None where none is."""

    positional: tuple[Argument, ...] = ()
    named: tuple[tuple[str, Argument], ...] = ()
    spread: int | None = None
    named_spread: bool = False

    @property
    def open(self) -> bool:
        """True if the syntax does not show all that is given."""
        return self.spread is not None or self.named_spread


@dataclass(frozen=True, slots=True)
class Result:
    """What becomes of what a call gives back.

    `kind`: "dropped", "bound" (`detail` is the declared type), "unpacked" into `count` names (-1: as many as
    there are), "keys" taken out (`keys`), "indexed" (`detail` is the index), "member" (`detail`), "iterated",
    "given" as the only or one of several arguments to `detail`, "returned", "compared" with a literal of
    the shape `detail`, or "value" for all else.
    """

    kind: str = "value"
    detail: str = ""
    count: int = 0
    keys: tuple[str, ...] = ()
    awaited: bool = False
    tried: bool = False


@dataclass(frozen=True, slots=True)
class Use:
    """One use. `line` is 0-based. `receiver` is what stands before the dot. `says` is the whole text a string
    says; `looked` is true for a key that something is looked up by, `compared` for a string or name that
    something is compared with, or that is matched.

    `later` is what becomes of the variable a result is bound to, where its function sets it only there.
    `within` is the name of the type round it, `asynchronous` is true in a function that may await,
    `bases` are those of the type round a definition or a call of what it extends; `whole` is true for
    a pattern in a match that has an arm for all else.
    """

    word: str
    line: int
    role: Role
    receiver: str = ""
    arguments: Arguments = Arguments()
    result: Result = Result()
    says: str = ""
    compared: bool = False
    looked: bool = False
    within: str = ""
    asynchronous: bool = False
    later: tuple[Result, ...] = ()
    bases: tuple[str, ...] = ()
    whole: bool = False
