"""What callers of a definition rely on, as its syntax shows it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from counterpoint.context.outlining_forms import Forms
from counterpoint.context.outlining_pieces import FUNCTIONS, Piece, ids_of
from counterpoint.context.outlining_tokens import Tokens
from counterpoint.context.scope_nodes import body_of, first_named

if TYPE_CHECKING:
    from tree_sitter import Node

_WHOLE = frozenset({"interface", "enum", "struct", "trait", "record", "union", "type"})
"""Kinds of types of which everything but methods with bodies is seen from outside."""
_UNTYPED = frozenset({"python", "script", "ruby", "php", "lua"})
_RETURN_TYPES = ("return_type", "result", "returns", "type")
_VALUES = ("value", "right", "default_value")
_NOTHING = frozenset({"none", "null", "nil", "undefined"})
_TUPLES = frozenset({"expression_list", "tuple", "array", "list"})
_PAIRS = frozenset({"pair", "shorthand_property_identifier", "method_definition"})


def contract_of(piece: Piece, tokens: Tokens, data: bytes, forms: Forms) -> Sequence[bytes]:
    """The tokens of a contract. `tokens` are those of the whole definition, members left out.

    Of a function: all before its body, decorators without their arguments, whether it generates, and the
    shape of what it returns where nothing declares it. Of a class: its head, and the names and types of its
    fields; of other types, everything.
    """
    if piece.kind in _WHOLE and piece.inner.type != "impl_item":
        return tokens.out
    body = body_of(piece.inner)
    skip = ids_of(piece.members) | {node.id for node in _decorator_arguments(piece.outer[-1])}
    if body is not None:
        skip.add(body.id)
    head = Tokens(forms, data, skip)
    for node in piece.outer:
        head.walk(node)
    found = head.out
    if piece.kind in FUNCTIONS:
        found.append(b"yields" if tokens.yields else b"")
        if forms.family in _UNTYPED and not _is_typed(piece.inner):
            found += sorted({_shape(node) for node in tokens.returns})
    elif body is not None:
        found += _fields(body, data, forms, skip - {body.id})
    return found


def _decorator_arguments(outer: Node) -> Iterator[Node]:
    for child in outer.named_children:
        if child.type == "decorator" and (call := first_named(child)) is not None:
            arguments = call.child_by_field_name("arguments")
            if arguments is not None:
                yield arguments


def _is_typed(function: Node) -> bool:
    return any(function.child_by_field_name(name) is not None for name in _RETURN_TYPES)


def _shape(node: Node) -> bytes:
    """What a statement returns: nothing, so many values, a mapping with these keys, or some value."""
    value = next((child for child in node.named_children if "comment" not in child.type), None)
    while value is not None and value.type in ("parenthesized_expression", "argument_list"):
        value = first_named(value)
    if value is None or value.type in _NOTHING or (value.text or b"").lower() in (b"null", b"undefined"):
        return b"nothing"
    if value.type in _TUPLES and value.type != "list":
        return b"%d values" % sum("comment" not in child.type for child in value.named_children)
    if value.type in ("dictionary", "object", "hash"):
        pairs = [child for child in value.named_children if "comment" not in child.type]
        if pairs and all(child.type in _PAIRS for child in pairs):
            return b"keys " + b" ".join(sorted(map(_key, pairs)))
    return b"value"


def _key(pair: Node) -> bytes:
    key = pair.child_by_field_name("key") or pair.child_by_field_name("name") or pair
    return (key.text or b"").strip(b"\"':")


def _fields(body: Node, data: bytes, forms: Forms, skip: set[int]) -> list[bytes]:
    """Names and types of the fields of a class that others may use."""
    found: list[bytes] = []
    for child in body.named_children:
        if child.id in skip or "comment" in child.type:
            continue
        inner = first_named(child) if child.type == "expression_statement" else child
        if inner is None or inner.type == "string":
            continue
        values = {node.id for node in _values(inner)}
        one = Tokens(forms, data, values)
        one.walk(inner)
        if not any(token == b"private" or token.startswith((b"_", b"#")) for token in one.out[:4]):
            found += one.out
    return found


def _values(node: Node) -> Iterator[Node]:
    for name in _VALUES:
        yield from node.children_by_field_name(name)
    for child in node.named_children:
        if child.type in ("variable_declarator", "property_element", "variable_declaration"):
            yield from _values(child)
