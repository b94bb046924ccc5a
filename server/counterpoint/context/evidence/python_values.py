"""What an expression of a Python file can be."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from counterpoint.context.evidence import python_outside as outside
from counterpoint.context.evidence.library import Source, text_of
from counterpoint.context.evidence.python_narrow import narrowed
from counterpoint.context.evidence.python_returns import Returns
from counterpoint.context.evidence.python_scopes import Binding
from counterpoint.context.evidence.values import (
    NONE,
    UNKNOWN,
    Types,
    Value,
    joined,
    known,
    made,
    union,
    without_none,
)  # fmt: skip

if TYPE_CHECKING:
    from tree_sitter import Node

_LITERALS = {
    "string": "builtins.str", "concatenated_string": "builtins.str", "integer": "builtins.int",
    "float": "builtins.float", "true": "builtins.bool", "false": "builtins.bool",
    "comparison_operator": "builtins.bool", "not_operator": "builtins.bool", "ellipsis": "builtins.ellipsis",
}  # fmt: skip
_HELD = {
    "list": "list", "set": "set", "tuple": "tuple", "list_comprehension": "list", "set_comprehension": "set",
    "generator_expression": "Generator", "expression_list": "tuple", "dictionary": "dict",
    "dictionary_comprehension": "dict",
}  # fmt: skip
_READ = 60
"""Of a long list or table so many members are read."""


class Values(Returns):
    """Expressions."""

    def infer(self, source: Source, node: Node) -> Types:
        """What an expression can be."""
        key = (source.path, node.start_byte, f"{node.type}{node.end_byte}")
        if key not in self._values:
            if key in self._running or len(self._running) > 36:
                return UNKNOWN
            self._running.add(key)
            try:
                self._values[key] = self._infer(source, node)
            finally:
                self._running.discard(key)
        return self._values[key]

    def _infer(self, source: Source, node: Node) -> Types:
        kind = node.type
        if kind in _LITERALS:
            name = _LITERALS[kind]
            return (
                made("builtins.bytes") if name.endswith("str") and text_of(node)[:1] in "bB" else made(name)
            )
        if kind in _HELD:
            return self._container(source, node)
        reader = _READERS.get(kind)
        return reader(self, source, node) if reader else UNKNOWN

    def identifier(self, source: Source, node: Node) -> Types:
        types = self.named(source, node, text_of(node))
        return narrowed(self, source, node, types)

    def none(self, source: Source, node: Node) -> Types:
        return NONE

    def inner(self, source: Source, node: Node) -> Types:
        value = node.child_by_field_name("value") or (
            node.named_children[-1] if node.named_children else None
        )
        return self.infer(source, value) if value is not None else UNKNOWN

    def conditional(self, source: Source, node: Node) -> Types:
        parts = node.named_children
        return (
            union(self.infer(source, parts[0]), self.infer(source, parts[-1])) if len(parts) == 3 else UNKNOWN
        )

    def boolean(self, source: Source, node: Node) -> Types:
        left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
        if left is None or right is None:
            return UNKNOWN
        first = self.infer(source, left)
        kept = (
            tuple(value for value in first if value.kind != "none")
            if text_of(node.children[1]) == "or"
            else first
        )
        return union(kept, self.infer(source, right)) if kept else self.infer(source, right)

    def binary(self, source: Source, node: Node) -> Types:
        left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
        if left is None or right is None:
            return UNKNOWN
        first = self.infer(source, left)
        if not all(value.kind == "object" for value in first):
            return UNKNOWN
        name = _OPERATORS.get(text_of(node.children[1]), "")
        return joined(self._operated(value, name) for value in first)

    def _operated(self, value: Value, name: str) -> Types:
        return self.call_value((value,), name) if value.ours else (value,)

    def call_value(self, receiver: Types, name: str) -> Types:
        """What calling a method of a receiver gives, arguments unseen."""
        return joined(self.result(one) for value in receiver for one in self.attribute(value, name))

    def awaiting(self, source: Source, node: Node) -> Types:
        found = self.infer(source, node.named_children[0]) if node.named_children else UNKNOWN
        return joined(
            outside.awaited(value) if value.kind == "object" and not value.ours
            else self.call_value((value,), "__await__") if value.kind == "object" else UNKNOWN
            for value in found
        )  # fmt: skip

    def lambda_(self, source: Source, node: Node) -> Types:
        return (Value("lambda", source.path, node.start_byte, node=node),)

    def _container(self, source: Source, node: Node) -> Types:
        name, parts = _HELD[node.type], node.named_children[:_READ]
        body = node.child_by_field_name("body")
        pairs = [one for one in ([body] if body is not None else parts) if one.type == "pair"]
        if name == "dict":
            keys = [self._field(source, one, "key") for one in pairs]
            values = [self._field(source, one, "value") for one in pairs]
            return made("builtins.dict", joined(keys), joined(values)) if pairs else made("builtins.dict")
        parts = [body] if body is not None else [one for one in parts if one.type != "comment"]
        held = [self.infer(source, one) for one in parts]
        if name == "tuple":
            return made("builtins.tuple", *held)
        return made(f"builtins.{name}", joined(held)) if held else made(f"builtins.{name}")

    def _field(self, source: Source, node: Node, name: str) -> Types:
        child = node.child_by_field_name(name)
        return self.infer(source, child) if child is not None else UNKNOWN

    def subscript(self, source: Source, node: Node) -> Types:
        index = node.child_by_field_name("subscript")
        found: list[Types] = []
        for value in without_none(self._field(source, node, "value")):
            if value.kind in ("class", "foreign"):
                found.append((value,))
            elif value.kind == "object" and value.ours:
                found.append(self.call_value((value,), "__getitem__"))
            elif value.kind == "object" and index is not None:
                text = text_of(index)
                number = int(text) if text.lstrip("-").isdigit() else None
                found.append((value,) if index.type == "slice" else outside.item(value, number))
            else:
                found.append(UNKNOWN)
        return joined(found)

    def iterated(self, types: Types) -> Types:
        """What a loop over a value yields."""
        found: list[Types] = []
        for value in without_none(types):
            if value.kind == "object" and value.ours:
                items = union(self.call_value((value,), "__iter__"), self.call_value((value,), "__aiter__"))
                given = [outside.element(one) for one in items if one.kind == "object" and not one.ours]
                nexts = [
                    self.call_value((one,), "__next__") for one in items if one.kind == "object" and one.ours
                ]
                found += given + nexts or [UNKNOWN]
            elif value.kind == "object":
                found.append(outside.element(value))
            elif value.kind == "class" and value.ours:
                found.append((Value("object", value.path, value.start, value.name, node=value.node),))
            else:
                found.append(UNKNOWN)
        return joined(found)

    def entered(self, types: Types) -> Types:
        """What `with` binds."""
        found: list[Types] = []
        for value in without_none(types):
            if value.kind != "object":
                found.append(UNKNOWN)
            elif not value.ours:
                found.append(outside.entered(value))
            else:
                sync = self.member(
                    Value("class", value.path, value.start, value.name, node=value.node), "__enter__"
                )[0]
                given = self.call_value((value,), "__enter__" if sync else "__aenter__")
                found.append(
                    joined(
                        outside.awaited(one) if one.name == "typing.Awaitable" else (one,) for one in given
                    )
                )
        return joined(found)

    def parts(self, types: Types, index: tuple[int, ...]) -> Types:
        """The part of a value that a tuple of targets takes."""
        for number in index:
            found = [
                outside.item(value, number)
                if value.kind == "object" and not value.ours
                else self.iterated((value,))
                for value in types
            ]
            types = joined(found)
        return types

    def bound(self, binding: Binding) -> Types:
        """What a name is by its binding."""
        source, value = binding.source, binding.value
        if binding.kind in ("def", "class") and value is not None:
            return self.defined(source, value)
        if binding.kind == "parameter":
            return self.parameter(binding)
        declared = (
            self.annotation(source, binding.note, binding.note) if binding.note is not None else UNKNOWN
        )
        given = self.infer(source, value) if value is not None else UNKNOWN
        if binding.kind == "for":
            given = self.iterated(given)
        elif binding.kind == "with":
            given = self.entered(given)
        elif binding.kind == "except":
            given = _objects(given)
        given = self.parts(given, binding.index)
        if binding.note is None:
            return given
        narrow = known(given) and all(value.ours for value in given)
        return union(given, declared) if narrow else declared if known(declared) else union(declared, given)


def _objects(types: Types) -> Types:
    flat = [part for value in types for part in (joined(value.args) if plain_tuple(value) else (value,))]
    return joined(
        (Value("object", one.path, one.start, one.name, node=one.node),) if one.kind == "class"
        else made(one.name) if one.kind == "foreign" else UNKNOWN
        for one in flat
    )  # fmt: skip


def plain_tuple(value: Value) -> bool:
    return value.kind == "object" and value.name == "builtins.tuple"


_OPERATORS = {
    "+": "__add__", "-": "__sub__", "*": "__mul__", "/": "__truediv__", "//": "__floordiv__", "%": "__mod__",
    "|": "__or__", "&": "__and__", "@": "__matmul__", ">>": "__rshift__", "<<": "__lshift__", "**": "__pow__",
}  # fmt: skip


def _attribute(world: Values, source: Source, node: Node) -> Types:
    holder, name = node.child_by_field_name("object"), node.child_by_field_name("attribute")
    if holder is None or name is None:
        return UNKNOWN
    found = without_none(world.infer(source, holder))
    types = joined(world.attribute(value, text_of(name)) for value in found)
    return narrowed(world, source, node, types)


def _call(world: Values, source: Source, node: Node) -> Types:
    return world.call(source, node)


_READERS: dict[str, Callable[[Values, Source, Node], Types]] = {
    "identifier": Values.identifier, "none": Values.none, "attribute": _attribute, "call": _call,
    "parenthesized_expression": Values.inner, "named_expression": Values.inner, "await": Values.awaiting,
    "conditional_expression": Values.conditional, "boolean_operator": Values.boolean,
    "binary_operator": Values.binary, "subscript": Values.subscript, "lambda": Values.lambda_,
}  # fmt: skip
