"""From a name in a JavaScript or TypeScript file to what binds it: blocks, imports, barrels."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable
from typing import TYPE_CHECKING

from counterpoint.context.evidence.library import Library, Source, text_of
from counterpoint.context.evidence.script_bindings import (
    FUNCTIONS,
    TYPE_KINDS,
    VALUE_KINDS,
    Bound,
    Step,
    block_bindings,
    exports,
    parameters,
    pattern,
)  # fmt: skip
from counterpoint.context.evidence.script_modules import Specifiers
from counterpoint.context.evidence.values import NOTHING, UNKNOWN, Types, Value, foreign

if TYPE_CHECKING:
    from tree_sitter import Node

Origin = Bound | Value
Names = dict[str, list[Bound]]
_BLOCKS = frozenset({"statement_block", "program", "switch_body"})
_HEADS = frozenset({"for_in_statement", "for_statement", "catch_clause"})
DEEPEST = 36


class ScriptNames(ABC):
    """Names of one question's files. Tables and values are kept for as long as the object lives."""

    def __init__(self, library: Library) -> None:
        self.library = library
        self.specifiers = Specifiers(library)
        self._tables: dict[tuple[str, int, str], Names] = {}
        self._origins: dict[tuple[str, int, int], list[Origin]] = {}
        self._exports: dict[str, list[Bound]] = {}
        self._values: dict[tuple[object, ...], Types] = {}
        self._running: set[tuple[object, ...]] = set()

    @abstractmethod
    def infer(self, source: Source, node: Node) -> Types:
        """What an expression can be."""

    @abstractmethod
    def annotation(self, source: Source, node: Node, me: Types = UNKNOWN) -> Types:
        """The objects that a type admits."""

    @abstractmethod
    def follow(self, types: Types, steps: tuple[Step, ...]) -> Types:
        """The part of a value that a destructuring pattern takes."""

    @abstractmethod
    def returned(self, function: Value) -> Types:
        """What calling a function of ours gives."""

    @abstractmethod
    def expected(self, source: Source, node: Node) -> Types:
        """What the place of an expression expects it to be."""

    def source_of(self, value: Value) -> Source:
        """The file that defines a value of ours."""
        source = self.library.source(value.path)
        assert source is not None, "a value of the workspace comes from a parsed file"
        return source

    def table(self, source: Source, node: Node) -> Names:
        """The names that a block, or the head of a function or loop, binds."""
        key = (source.path, node.start_byte, node.type)
        if key not in self._tables:
            names: Names = {}
            for bound in _bindings(source, node):
                names.setdefault(bound.name, []).append(bound)
            self._tables[key] = names
        return self._tables[key]

    def lookup(self, source: Source, node: Node, name: str, types: bool = False) -> list[Bound]:
        """The bindings of the innermost scope that binds a name where `node` stands."""
        wanted = TYPE_KINDS if types else VALUE_KINDS
        parent: Node | None = node
        while parent is not None:
            kind = parent.type
            if kind in _BLOCKS or kind in FUNCTIONS or kind in _HEADS:
                found = [one for one in self.table(source, parent).get(name, ()) if one.kind in wanted]
                if found:
                    return found
            if types and (listed := parent.child_by_field_name("type_parameters")) is not None:
                for one in listed.named_children:
                    own = one.child_by_field_name("name")
                    if own is not None and text_of(own) == name:
                        return [Bound("type_parameter", name, source, own, note=one)]
            parent = parent.parent
        return []

    def origins(
        self, bindings: Iterable[Bound], seen: frozenset[tuple[str, str]] = frozenset(), types: bool = False
    ) -> list[Origin]:
        """Follow imports to what they import."""
        found: list[Origin] = []
        for bound in bindings:
            if bound.kind not in ("import", "from"):
                found.append(bound)
                continue
            place = self.specifiers.file(bound.module, bound.source.path)
            if place is None:
                # A module that is no file of the workspace is built or installed: it is not written here.
                known = self.specifiers.outside(bound.module)
                found.append(foreign(f"{bound.module}.{bound.imported}")[0] if known else NOTHING)
            elif bound.imported == "*":
                found.append(Value("module", place))
            else:
                found += self.member_of_module(place, bound.imported, seen, types) or [NOTHING]
        return list(dict.fromkeys(found)) if len(found) > 1 else found

    def exported(self, source: Source) -> list[Bound]:
        """The export clauses of a module."""
        if source.path not in self._exports:
            self._exports[source.path] = list(exports(source))
        return self._exports[source.path]

    def member_of_module(
        self, path: str, name: str, seen: frozenset[tuple[str, str]] = frozenset(), types: bool = False
    ) -> list[Origin]:
        """Where an exported name comes from; empty if the module does not have it."""
        source = self.library.source(path)
        if (path, name) in seen or source is None:
            return []
        seen = seen | {(path, name)}
        wanted = TYPE_KINDS if types else VALUE_KINDS
        own = [one for one in self.table(source, source.root).get(name, ()) if one.kind in wanted]
        if own and name != "default":
            return self.origins(own, seen, types)
        for bound in self.exported(source):
            if bound.name == name and (found := self._clause(source, bound, seen, types)):
                return found
        for bound in self.exported(source):
            if bound.name == "*" and name != "default":
                place = self.specifiers.file(bound.module, path)
                if place is not None and (found := self.member_of_module(place, name, seen, types)):
                    return found
        return []

    def _clause(
        self, source: Source, bound: Bound, seen: frozenset[tuple[str, str]], types: bool
    ) -> list[Origin]:
        if bound.kind == "export":
            return self._default(source, bound, seen, types)
        if bound.module:
            return self.origins([bound], seen, types)
        wanted = TYPE_KINDS if types else VALUE_KINDS
        local = [one for one in self.table(source, source.root).get(bound.imported, ()) if one.kind in wanted]
        return self.origins(local, seen, types)

    def _default(
        self, source: Source, bound: Bound, seen: frozenset[tuple[str, str]], types: bool
    ) -> list[Origin]:
        value = bound.value
        if value is None:
            return []
        if value.type == "identifier":
            wanted = TYPE_KINDS if types else VALUE_KINDS
            local = [
                one for one in self.table(source, source.root).get(text_of(value), ()) if one.kind in wanted
            ]
            return self.origins(local, seen, types)
        name = value.child_by_field_name("name")
        if name is not None and value.type != "member_expression":
            local = self.table(source, source.root).get(text_of(name), [])
            if local:
                return self.origins(local, seen, types)
        return [Bound("variable", "default", source, value, value)]


def _bindings(source: Source, node: Node) -> Iterable[Bound]:
    if node.type in _BLOCKS:
        return block_bindings(source, node)
    if node.type in FUNCTIONS:
        return _of_function(source, node)
    if node.type == "for_in_statement":
        left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
        return pattern(Bound("iterated", "", source, left, right), left) if left is not None else ()
    if node.type == "for_statement":
        return block_bindings(source, node)
    caught = node.child_by_field_name("parameter")
    return pattern(Bound("parameter", "", source, caught), caught) if caught is not None else ()


def _of_function(source: Source, node: Node) -> Iterable[Bound]:
    yield from parameters(source, node)
    name = node.child_by_field_name("name")
    if node.type in ("function_expression", "generator_function") and name is not None:
        yield Bound("function", text_of(name), source, name, node)
