"""What one file says of itself: definitions, imports, calls, words. Values only; `extract` makes them.

Lines are 0-based here. Names are as written. The shapes are tuples of plain values so that an index can
keep them as they are.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

TYPES = frozenset({"class", "interface", "enum", "struct", "trait", "type", "union", "record", "module"})
"""Kinds of definition that can own members."""
CALLABLES = frozenset({"function", "method", "macro", "constructor"})


class Definition(NamedTuple):
    """One definition. Its signature is the lines `first_line` .. `signature_line`, without decorators.

    `kind` is one of TYPES, CALLABLES, "constant", "variable", "field", "route", "environment", "table".
    `owner` is the name of the type it belongs to ("" at top level; "Outer.Inner" if nested): in Go that of
    the receiver, in Rust that of the `impl`, also where the type stands in another file.
    `type` is the declared or plainly constructed type: of a function what it returns, of a field or variable
    its annotation or the class it is built from; "" if unknown. At most 120 characters, as written.
    `bases` are the types a type extends or implements, as written and without arguments.
    """

    name: str
    kind: str
    first_line: int
    last_line: int
    name_line: int
    signature_line: int
    owner: str = ""
    type: str = ""
    bases: tuple[str, ...] = ()
    exported: bool = True


class Import(NamedTuple):
    """One imported name. `module` is as written: "." and ".." kept, `/`, `::` or `.` between its parts.

    `name` is "" for the module itself and "*" for everything in it. `alias` is the name in this file, by
    default `name`, for a module its last part. `exported` is true for what other files can import from here:
    `export ... from`, `pub use`, and every import of a Python file.
    """

    module: str
    name: str
    alias: str
    line: int
    exported: bool = False


class Call(NamedTuple):
    """One call, constructor call, decorator or macro. `line` is where the called name stands.

    `receiver` is the text before the name's dot, at most 80 characters, "" if there is none.
    """

    name: str
    line: int
    receiver: str = ""


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything the index keeps of a file. `words` counts the file's identifiers, also those in comments
    and strings. `shared` are names that several files use to mean one thing outside of the language: routes,
    tables, environment variables; each with its line.
    """

    path: str
    language: str
    lines: int
    definitions: tuple[Definition, ...] = ()
    imports: tuple[Import, ...] = ()
    calls: Sequence[Call] = ()
    """Those of a Python file are read from its text when they are first asked for."""
    words: Mapping[str, int] = field(default_factory=dict)
    shared: tuple[tuple[str, str, int], ...] = ()
    package: str = ""
    """The package or namespace the file declares, "" if its language or the file has none."""
