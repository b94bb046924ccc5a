"""The bindings of a scope of a Python file, and which of them reach a use."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal

from counterpoint.context.evidence.library import Source

if TYPE_CHECKING:
    from tree_sitter import Node

BindingKind = Literal[
    "parameter", "assign", "for", "with", "except", "import", "from", "star", "def", "class", "other"
]
Range = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Binding:
    """A name bound by `node` of a scope.

    `value` is the expression it is bound to (of a `for` what is iterated, of a `with` what is entered),
    `note` its annotation, `index` the way down into the value where the target is a tuple. It holds from byte
    `after` on and cannot be passed by within `block`. An `unseen` one is for run time only: a type checker
    goes by the other branch.
    """

    kind: BindingKind
    name: str
    source: Source
    node: Node
    after: int
    block: Range
    value: Node | None = None
    note: Node | None = None
    index: tuple[int, ...] = ()
    module: str = ""
    imported: str = ""
    unseen: bool = False

    @property
    def line(self) -> int:
        """The 0-based line of the bound name."""
        return int(self.node.start_point[0])


@dataclass(slots=True)
class Table:
    """The bindings of one scope by name, in the order of the text."""

    names: dict[str, list[Binding]] = field(default_factory=dict)
    stars: list[Binding] = field(default_factory=list)
    elsewhere: dict[str, str] = field(default_factory=dict)
    """Names declared `global` or `nonlocal`."""
    loops: list[Range] = field(default_factory=list)

    unseen: list[Range] = field(default_factory=list)

    def add(self, binding: Binding) -> None:
        at = binding.node.start_byte
        if any(first <= at <= last for first, last in self.unseen):
            binding = replace(binding, unseen=True)
        self.names.setdefault(binding.name, []).append(binding)


def reaching(bindings: list[Binding], table: Table, use: int) -> list[Binding]:
    """The bindings of a name that can hold at byte `use` of the same scope; all if none comes before."""
    found: list[Binding] = []
    sure = -1
    for binding in sorted(bindings, key=lambda one: one.after, reverse=True):
        if binding.after > use:
            continue
        found.append(binding)
        if binding.block[0] <= use <= binding.block[1]:
            sure = binding.after
            break
    for first, last in table.loops:
        if first <= use <= last and sure < first:
            found += [b for b in bindings if use < b.after <= last and b not in found]
    return found or bindings


def seen(bindings: Sequence[Binding]) -> Sequence[Binding]:
    """The bindings that a type checker goes by."""
    return [one for one in bindings if not one.unseen] or bindings
