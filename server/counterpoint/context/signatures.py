"""What a file offers to others, as its syntax shows it: signatures, and names with their values. Values only.

`signatures_read` makes them from a tree. Texts of types, defaults and values are the tokens with one blank
between each, so that neither white space nor comments count.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from counterpoint.context.facts import Import

Kind = Literal["place", "either", "name", "rest", "named rest"]
"""How a parameter is given: by place only, by place or name, by name only; or it takes what is left."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """`default` is None where there is none, and "" for one that may be left out without a value for it.

    `keys` are those of an object that the parameter takes apart.
    """

    name: str
    kind: Kind = "place"
    type: str = ""
    default: str | None = None
    keys: tuple[str, ...] | None = None

    @property
    def required(self) -> bool:
        """True if a call must give it."""
        return self.default is None and self.kind not in ("rest", "named rest")


@dataclass(frozen=True, slots=True)
class Signature:
    """Something that can be called or built. `name` is qualified; a constructor is named as its class.

    `line` is the 0-based line of the name that calls have. `result` is the declared type of what comes back,
    `shapes` what its `return` statements show: "nothing", "tuple N names", "keys a,b", "list", "value", ...
    `traits`: "async", "generator", "static", "class", "property", "private", "exported", "default",
    "unsafe", "arguments" (it reads what it does not declare), "inherits" (parameters of a base come first),
    "settable" (of a property), "__enter__/0" and the like (what the language calls, of a class).
    `rest` is what else stands in its head, `body` the tokens of its code.
    """

    name: str
    kind: Literal["function", "method", "constructor", "record"]
    line: int
    parameters: tuple[Parameter, ...] = ()
    result: str = ""
    shapes: frozenset[str] = frozenset()
    traits: frozenset[str] = frozenset()
    decorators: tuple[str, ...] = ()
    rest: str = ""
    body: tuple[str, ...] = ()
    bases: tuple[str, ...] = ()

    @property
    def symbol(self) -> str:
        """The name that calls have."""
        return self.name.rpartition(".")[2]

    @property
    def owner(self) -> str:
        """The type it belongs to, "" at top level."""
        return self.name.rpartition(".")[0]

    @property
    def contract(self) -> tuple[object, ...]:
        """All of it that callers may rely on."""
        head = (self.name, self.kind, self.parameters, self.result, self.shapes, self.traits)
        return (*head, self.decorators, self.rest, self.bases)


@dataclass(frozen=True, slots=True)
class Name:
    """A name that others use without calling it. `name` is qualified.

    `kind` is "constant", "member" (of an enum), "text" (one of a type's texts), "field", "type", or
    "environment", "route", "table". `value` is its value where it is written down, `rest` its type and
    modifiers; of a type, what it is made of.
    """

    name: str
    kind: str
    line: int
    value: str = ""
    rest: str = ""
    exported: bool = True

    @property
    def symbol(self) -> str:
        """Its last part."""
        return self.name.rpartition(".")[2] if self.kind not in ("text", "route") else self.name

    @property
    def owner(self) -> str:
        """The type it belongs to, "" at top level."""
        return self.name.rpartition(".")[0] if self.kind not in ("text", "route") else ""


@dataclass(frozen=True, slots=True)
class Interface:
    """What a file offers. `listed` are the names it says it exports, where it says so: `__all__`,
    `module.exports`, `export {...}`."""

    path: str
    language: str
    signatures: tuple[Signature, ...] = ()
    names: tuple[Name, ...] = ()
    imports: tuple[Import, ...] = ()
    listed: frozenset[str] = frozenset()
    package: str = ""
    broken: bool = False
    """True if the text has errors: what is missing may only have been misread."""
