"""What a type annotation in a TypeScript file says."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from counterpoint.context.evidence import script_outside as outside
from counterpoint.context.evidence.generics import settled
from counterpoint.context.evidence.library import Source, text_of
from counterpoint.context.evidence.script_bindings import TYPE_KINDS, Bound
from counterpoint.context.evidence.script_names import DEEPEST, Origin, ScriptNames
from counterpoint.context.evidence.values import NONE, UNKNOWN, Types, Value, joined, made

if TYPE_CHECKING:
    from tree_sitter import Node

_INNER = frozenset(
    {"type_annotation", "parenthesized_type", "readonly_type", "optional_type", "rest_type", "constraint",
     "default_type", "asserts_annotation"}
)  # fmt: skip
_BOTH = frozenset({"union_type", "intersection_type"})
_PLAIN = {"literal_type": "literal", "template_literal_type": "string", "index_type_query": "string",
          "type_predicate_annotation": "boolean", "type_predicate": "boolean"}  # fmt: skip
_ANYTHING = frozenset({"any", "unknown", "object"})
_NOTHING = frozenset({"void", "null", "undefined", "never"})
_STANDARD = frozenset(
    {
        "Promise", "PromiseLike", "Array", "ReadonlyArray", "Map", "Set", "WeakMap", "WeakSet", "Record",
        "Date", "RegExp", "Error", "String", "Number", "Boolean", "Function", "Object", "Symbol", "URL",
        "URLSearchParams", "Request", "Response", "Headers", "FormData", "Blob", "File", "ArrayBuffer",
        "Uint8Array", "ReadableStream", "WritableStream", "TransformStream", "AbortSignal",
        "AbortController", "TextEncoder", "TextDecoder", "Math", "JSON", "console", "Buffer", "process",
        "globalThis", "window", "document", "navigator", "Reflect", "Proxy", "Intl", "crypto",
        "performance", "setTimeout", "setInterval", "clearTimeout", "clearInterval", "fetch",
        "queueMicrotask", "structuredClone", "parseInt", "parseFloat", "isNaN", "isFinite",
        "encodeURIComponent", "decodeURIComponent", "encodeURI", "decodeURI", "BigInt", "Infinity", "NaN",
        "Int8Array", "DataView", "Iterable", "Iterator", "AsyncIterable", "Generator", "AsyncGenerator",
        "TypeError", "RangeError", "require", "module", "exports", "Event", "EventTarget", "WebSocket",
        "Element", "HTMLElement", "Node", "MessagePort", "Uint16Array", "Uint32Array", "Int16Array",
        "Int32Array", "Float32Array", "Float64Array", "Atomics", "SharedArrayBuffer", "localStorage",
        "sessionStorage", "alert", "location", "history", "atob", "btoa",
    }
)  # fmt: skip
"""What the language and its usual surroundings define."""


class ScriptTypes(ScriptNames):
    """Types as written."""

    def annotation(self, source: Source, node: Node, me: Types = UNKNOWN) -> Types:
        """The objects that a type admits. `me` is what `this` means there."""
        me = me if b"this" in (node.text or b"") else UNKNOWN
        key = ("type", source.path, node.start_byte, node.end_byte, me)
        if key not in self._values:
            if key in self._running or len(self._running) > DEEPEST:
                return UNKNOWN
            self._running.add(key)
            try:
                self._values[key] = self._annotation(source, node, me)
            finally:
                self._running.discard(key)
        return self._values[key]

    def _annotation(self, source: Source, node: Node, me: Types) -> Types:
        kind = node.type
        if kind in _INNER and node.named_children:
            return self.annotation(source, node.named_children[-1], me)
        if kind in _BOTH:
            return joined(self.annotation(source, one, me) for one in node.named_children)
        if kind in _PLAIN:
            return NONE if text_of(node) in _NOTHING else made(_PLAIN[kind])
        reader = _TYPES.get(kind)
        return reader(self, source, node, me) if reader else UNKNOWN

    def predefined(self, source: Source, node: Node, me: Types) -> Types:
        name = text_of(node)
        if name in _NOTHING:
            return NONE
        return UNKNOWN if name in _ANYTHING else made(name)

    def this_type(self, source: Source, node: Node, me: Types) -> Types:
        return me

    def shape(self, source: Source, node: Node, me: Types) -> Types:
        """A type literal. One that maps over another is taken for that other if it keeps its members."""
        for one in node.named_children:
            if one.type == "index_signature" and one.named_children[0].type == "mapped_type_clause":
                over = one.named_children[0].child_by_field_name("type")
                note = one.child_by_field_name("type")
                keeps = note is not None and note.named_children[-1].type == "lookup_type"
                if over is not None and over.type == "index_type_query" and keeps:
                    return self.annotation(source, over.named_children[0], me)
                return UNKNOWN
        return (Value("object", source.path, node.start_byte, "", node=node),)

    def function_type(self, source: Source, node: Node, me: Types) -> Types:
        return (Value("function", source.path, node.start_byte, "", node=node),)

    def array_type(self, source: Source, node: Node, me: Types) -> Types:
        return made("Array", self.annotation(source, node.named_children[0], me))

    def tuple_type(self, source: Source, node: Node, me: Types) -> Types:
        return made("tuple", *(self.annotation(source, _labelled(one), me) for one in node.named_children))

    def lookup_type(self, source: Source, node: Node, me: Types) -> Types:
        """`A['b']` is what the member b of A is."""
        holder = self.annotation(source, node.named_children[0], me)
        key = text_of(node.named_children[-1])
        if key.isidentifier() or not key[1:-1]:
            return joined(outside.element(one) if not one.ours else UNKNOWN for one in holder)
        return self.follow(holder, (key[1:-1],))

    def type_query(self, source: Source, node: Node, me: Types) -> Types:
        """`typeof x` is what x is."""
        return self.infer(source, node.named_children[0]) if node.named_children else UNKNOWN

    def conditional(self, source: Source, node: Node, me: Types) -> Types:
        parts = [node.child_by_field_name("consequence"), node.child_by_field_name("alternative")]
        return joined([*(self.annotation(source, one, me) for one in parts if one is not None), UNKNOWN])

    def simple(self, source: Source, node: Node, me: Types) -> Types:
        """A type by its name, which may be one of a namespace or module."""
        found = self._origins_of(source, node)
        name = text_of(node)
        if not found:
            return made(name) if name in _STANDARD else UNKNOWN
        return joined(self._of_origin(one, me) for one in found)

    def _origins_of(self, source: Source, node: Node) -> list[Origin]:
        """Where the name of a type comes from."""
        key = (source.path, node.start_byte, node.end_byte)
        if key not in self._origins:
            self._origins[key] = self._find_origins(source, node)
        return self._origins[key]

    def _find_origins(self, source: Source, node: Node) -> list[Origin]:
        module, name = node.child_by_field_name("module"), node.child_by_field_name("name")
        if module is None or name is None:
            return self.origins(self.lookup(source, node, text_of(node), types=True), types=True)
        found: list[Origin] = []
        for value in self.infer(source, module):
            if value.kind == "module":
                found += self.member_of_module(value.path, text_of(name), types=True)
            elif value.kind == "foreign":
                found.append(replace(value, name=f"{value.name}.{text_of(name)}"))
            elif value.kind == "object" and value.node is not None:
                body = value.node.child_by_field_name("body")
                inside = (
                    self.table(self.source_of(value), body).get(text_of(name), []) if body is not None else []
                )
                found += self.origins((one for one in inside if one.kind in TYPE_KINDS), types=True)
        return found

    def _of_origin(self, origin: Origin, me: Types) -> Types:
        if isinstance(origin, Value):
            return made(origin.name) if origin.kind == "foreign" else UNKNOWN
        if origin.kind == "type_parameter":
            return self._variable(origin, me)
        node = origin.value
        if node is None:
            return UNKNOWN
        if origin.kind == "alias":
            value = node.child_by_field_name("value")
            return self.annotation(origin.source, value, me) if value is not None else UNKNOWN
        if origin.kind == "enum":
            return made("enum")
        return (Value("object", origin.source.path, node.start_byte, origin.name, node=node),)

    def _variable(self, origin: Bound, me: Types) -> Types:
        node = origin.note
        limit = node.child_by_field_name("constraint") if node is not None else None
        bound = self.annotation(origin.source, limit, me) if limit is not None else UNKNOWN
        return (Value("variable", name=origin.name, args=(bound,)),)

    def generic(self, source: Source, node: Node, me: Types) -> Types:
        """A type with arguments."""
        name = node.child_by_field_name("name") or node.named_children[0]
        listed = node.child_by_field_name("type_arguments") or node.named_children[-1]
        word = text_of(name)
        origins = self._origins_of(source, name)
        if not origins:
            if word in ("ReturnType", "InstanceType", "ConstructorParameters", "Parameters", "ThisType"):
                return self._derived(source, word, listed, me)
            given = [self.annotation(source, one, me) for one in listed.named_children]
            if word in ("Omit", "Pick"):
                return (Value("object", source.path, node.start_byte, word, node=node),)
            if word in outside.SAME:
                return given[0] if given else UNKNOWN
            return made(word, *given) if word in _STANDARD else UNKNOWN
        found = self.annotation(source, name, me)
        if aliased := _alias_parameters(origins):
            given = [self.annotation(source, one, me) for one in listed.named_children]
            return settled(found, dict(zip(aliased, given, strict=False)))
        given = [self.annotation(source, one, me) for one in listed.named_children]
        return _with(found, given)

    def _derived(self, source: Source, word: str, listed: Node, me: Types) -> Types:
        inner = self.annotation(source, listed.named_children[0], me) if listed.named_children else UNKNOWN
        if word == "ReturnType":
            return joined(self.returned(one) if one.kind == "function" else UNKNOWN for one in inner)
        if word == "InstanceType":
            return joined((replace(one, kind="object"),) if one.kind == "class" else UNKNOWN for one in inner)
        return UNKNOWN


def _alias_parameters(origins: list[Origin]) -> list[str]:
    """The type parameters of a type alias; empty for every other type."""
    for one in origins:
        if isinstance(one, Bound) and one.kind == "alias" and one.value is not None:
            listed = one.value.child_by_field_name("type_parameters")
            parameters = listed.named_children if listed is not None else []
            return [text_of(each.child_by_field_name("name") or each) for each in parameters]
    return []


def _with(found: Types, given: list[Types]) -> Types:
    return tuple(
        replace(value, args=tuple(given)) if value.kind == "object" and not value.args else value
        for value in found
    )


def _labelled(node: Node) -> Node:
    return node.child_by_field_name("type") or node


def standard(name: str) -> bool:
    """True if the language or its usual surroundings define the name."""
    return name in _STANDARD


_TYPES: dict[str, Callable[[ScriptTypes, Source, Node, Types], Types]] = {
    "predefined_type": ScriptTypes.predefined, "type_identifier": ScriptTypes.simple,
    "identifier": ScriptTypes.simple, "nested_type_identifier": ScriptTypes.simple,
    "generic_type": ScriptTypes.generic, "array_type": ScriptTypes.array_type,
    "tuple_type": ScriptTypes.tuple_type,
    "object_type": ScriptTypes.shape, "function_type": ScriptTypes.function_type,
    "constructor_type": ScriptTypes.function_type, "lookup_type": ScriptTypes.lookup_type,
    "type_query": ScriptTypes.type_query, "this_type": ScriptTypes.this_type,
    "conditional_type": ScriptTypes.conditional,
}  # fmt: skip
