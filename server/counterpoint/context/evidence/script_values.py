"""What an expression of a JavaScript or TypeScript file can be."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable
from typing import TYPE_CHECKING

from counterpoint.context.evidence import script_outside as outside
from counterpoint.context.evidence.generics import settled
from counterpoint.context.evidence.library import Source, text_of
from counterpoint.context.evidence.script_bindings import FUNCTIONS, Bound, Step
from counterpoint.context.evidence.script_members import CLASSES
from counterpoint.context.evidence.script_names import DEEPEST, Origin
from counterpoint.context.evidence.script_narrow import narrowed
from counterpoint.context.evidence.script_self import ScriptSelf, class_of
from counterpoint.context.evidence.script_types import standard
from counterpoint.context.evidence.values import (
    NONE,
    UNKNOWN,
    Types,
    Value,
    foreign,
    joined,
    known,
    made,
    union,
    without_none,
)  # fmt: skip

if TYPE_CHECKING:
    from tree_sitter import Node

_LITERALS = {
    "string": "string", "template_string": "string", "number": "number", "regex": "RegExp", "true": "boolean",
    "false": "boolean", "unary_expression": "boolean", "update_expression": "number",
}  # fmt: skip


class ScriptValues(ScriptSelf):
    """Expressions."""

    @abstractmethod
    def call(self, source: Source, node: Node) -> Types:
        """What a call gives."""

    @abstractmethod
    def parameter(self, bound: Bound) -> Types:
        """What a parameter is, before it is destructured."""

    def infer(self, source: Source, node: Node) -> Types:
        """What an expression can be."""
        key = ("value", source.path, node.start_byte, node.end_byte, node.type)
        if key not in self._values:
            if key in self._running or len(self._running) > DEEPEST:
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
            return made(_LITERALS[kind])
        if kind in FUNCTIONS:
            return (Value("function", source.path, node.start_byte, "", node=node),)
        if kind in CLASSES:
            return (class_of(source, node),)
        reader = _READERS.get(kind)
        return reader(self, source, node) if reader else UNKNOWN

    def none(self, source: Source, node: Node) -> Types:
        return NONE

    def identifier(self, source: Source, node: Node) -> Types:
        name = text_of(node)
        if name == "undefined":
            return NONE
        found = self.lookup(source, node, name)
        if not found:
            return foreign(name) if standard(name) else UNKNOWN
        types = joined(self.typed(one) for one in self.origins(found))
        return narrowed(self, source, node, types)

    def typed(self, origin: Origin) -> Types:
        """What an origin is as a value."""
        if isinstance(origin, Value):
            return (origin,)
        key = ("name", origin.source.path, origin.node.start_byte, origin.name)
        if key not in self._values:
            if key in self._running or len(self._running) > DEEPEST:
                return UNKNOWN
            self._running.add(key)
            try:
                self._values[key] = self._typed(origin)
            finally:
                self._running.discard(key)
        return self._values[key]

    def _typed(self, bound: Bound) -> Types:
        source, value = bound.source, bound.value
        if bound.kind == "parameter":
            return self.follow(self.parameter(bound), bound.steps)
        if bound.note is not None:
            return self.follow(settled(self.annotation(source, bound.note), {}), bound.steps)
        if value is None:
            return self._assigned(bound)
        if bound.kind == "function":
            return (Value("function", source.path, value.start_byte, bound.name, node=value),)
        if bound.kind == "class":
            return (class_of(source, value),)
        if bound.kind == "namespace":
            return (Value("object", source.path, value.start_byte, bound.name, node=value),)
        if bound.kind == "iterated":
            return self.follow(self.iterated(self.infer(source, value)), bound.steps)
        if bound.kind == "variable":
            return self.follow(self.infer(source, value), bound.steps)
        return made("enum") if bound.kind == "enum" else UNKNOWN

    def _assigned(self, bound: Bound) -> Types:
        """What a variable declared with neither type nor value is assigned somewhere in its file."""
        data = bound.source.data
        found: list[Types] = []
        wanted = bound.name.encode() + b" ="
        start = data.find(wanted, bound.node.end_byte)
        while start >= 0 and len(found) < 8:
            node = bound.source.root.descendant_for_byte_range(start, start + len(bound.name.encode()))
            parent = node.parent if node is not None else None
            if parent is not None and parent.type == "assignment_expression" and node is not None:
                right = parent.child_by_field_name("right")
                if right is not None and bound in self.lookup(bound.source, node, bound.name):
                    found.append(self.infer(bound.source, right))
            start = data.find(wanted, start + len(wanted))
        return joined(found)

    def member(self, source: Source, node: Node) -> Types:
        holder, name = node.child_by_field_name("object"), node.child_by_field_name("property")
        if holder is None or name is None:
            return UNKNOWN
        types = joined(self.attribute(one, text_of(name)) for one in without_none(self.infer(source, holder)))
        return narrowed(self, source, node, types)

    def attribute(self, value: Value, name: str) -> Types:
        """What a member of a value is."""
        if value.kind == "module":
            origins = self.member_of_module(value.path, name)
            return joined(self.typed(one) for one in origins) if origins else UNKNOWN
        if value.kind == "foreign":
            return foreign(f"{value.name}.{name}")
        if value.kind in ("object", "class") and value.ours:
            return self._member_of_ours(value, name)
        if value.kind == "object" and value.name in outside.RECORDS:
            return outside.item(value, name)
        if value.kind == "object":
            return (Value("foreign", name=f"{value.name}.{name}", args=((value,),)),)
        if value.kind == "variable":
            return joined(self.attribute(one, name) for one in value.args[0])
        return UNKNOWN

    def _member_of_ours(self, value: Value, name: str) -> Types:
        if value.node is not None and value.node.type in ("internal_module", "module"):
            found = self.table(self.source_of(value), value.node.child_by_field_name("body") or value.node)
            return joined(self.typed(one) for one in self.origins(found.get(name, ())))
        declared, _ = self.members(value, name)
        return joined(self.member_type(one, value) for one in declared)

    def follow(self, types: Types, steps: tuple[Step, ...]) -> Types:
        """The part of a value that a destructuring pattern takes."""
        for step in steps:
            if step == "...":
                return UNKNOWN
            found = []
            for value in without_none(types):
                if value.kind == "object" and not value.ours and (isinstance(step, int) or value.args):
                    found.append(outside.item(value, step))
                else:
                    found.append(self.attribute(value, step) if isinstance(step, str) else UNKNOWN)
            types = joined(found)
        return types

    def iterated(self, types: Types) -> Types:
        """What a loop over a value yields."""
        return joined(
            outside.element(value) if value.kind == "object" and not value.ours else UNKNOWN
            for value in without_none(types)
        )

    def subscript(self, source: Source, node: Node) -> Types:
        holder, index = node.child_by_field_name("object"), node.child_by_field_name("index")
        if holder is None or index is None:
            return UNKNOWN
        types = self.infer(source, holder)
        text = text_of(index)
        if index.type == "string":
            return self.follow(types, (text[1:-1],))
        step: Step = int(text) if text.isdigit() else "[]"
        return joined(
            outside.item(one, step) if one.kind == "object" and not one.ours else UNKNOWN
            for one in without_none(types)
        )

    def inner(self, source: Source, node: Node) -> Types:
        return self.infer(source, node.named_children[0]) if node.named_children else UNKNOWN

    def cast(self, source: Source, node: Node) -> Types:
        parts = node.named_children
        if len(parts) < 2:
            return self.inner(source, node)
        value, note = (parts[1], parts[0]) if node.type == "type_assertion" else (parts[0], parts[1])
        if node.type == "type_assertion" and note.named_children:
            note = note.named_children[0]
        return self.annotation(source, note) if text_of(note) != "const" else self.infer(source, value)

    def ternary(self, source: Source, node: Node) -> Types:
        parts = [node.child_by_field_name("consequence"), node.child_by_field_name("alternative")]
        return joined(self.infer(source, one) for one in parts if one is not None)

    def right(self, source: Source, node: Node) -> Types:
        value = node.child_by_field_name("right")
        return self.infer(source, value) if value is not None else UNKNOWN

    def binary(self, source: Source, node: Node) -> Types:
        left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
        operator = text_of(node.children[1]) if len(node.children) == 3 else ""
        if left is None or right is None:
            return UNKNOWN
        if operator in ("??", "||"):
            first = tuple(one for one in self.infer(source, left) if one.kind != "none")
            return union(first, self.infer(source, right)) if first else self.infer(source, right)
        if operator == "&&":
            return self.infer(source, right)
        return (
            made("number")
            if operator in ("-", "*", "/", "%", "**", "&", "|", "<<", ">>")
            else made("literal")
        )

    def object_(self, source: Source, node: Node) -> Types:
        return (Value("object", source.path, node.start_byte, "", exact=True, node=node),)

    def array(self, source: Source, node: Node) -> Types:
        parts = [one for one in node.named_children if one.type != "comment"][:40]
        held = [
            self.iterated(self.infer(source, one.named_children[0])) if one.type == "spread_element"
            else self.infer(source, one)
            for one in parts
        ]  # fmt: skip
        if held and not known(joined(held)) and len(held) > 1:
            return made("tuple", *held)
        return made("Array", joined(held)) if held else made("Array")

    def awaiting(self, source: Source, node: Node) -> Types:
        found = self.inner(source, node)
        return joined(
            outside.awaited(one) if one.kind == "object" and not one.ours else (one,) for one in found
        )

    def calling(self, source: Source, node: Node) -> Types:
        return self.call(source, node)


_READERS: dict[str, Callable[[ScriptValues, Source, Node], Types]] = {
    "identifier": ScriptValues.identifier, "shorthand_property_identifier": ScriptValues.identifier,
    "this": ScriptValues.this, "super": ScriptValues.super_, "null": ScriptValues.none,
    "undefined": ScriptValues.none, "member_expression": ScriptValues.member,
    "subscript_expression": ScriptValues.subscript, "call_expression": ScriptValues.calling,
    "new_expression": ScriptValues.calling, "await_expression": ScriptValues.awaiting,
    "as_expression": ScriptValues.cast, "type_assertion": ScriptValues.cast,
    "satisfies_expression": ScriptValues.inner, "non_null_expression": ScriptValues.inner,
    "parenthesized_expression": ScriptValues.inner, "ternary_expression": ScriptValues.ternary,
    "assignment_expression": ScriptValues.right, "augmented_assignment_expression": ScriptValues.right,
    "binary_expression": ScriptValues.binary, "object": ScriptValues.object_, "array": ScriptValues.array,
}  # fmt: skip
