"""What a file of JavaScript or TypeScript offers."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from counterpoint.context.signatures import Name, Signature
from counterpoint.context.signatures_nodes import (
    Read,
    each,
    first,
    has,
    inside,
    named,
    plain,
    quoted,
    settable,
    text_of,
)
from counterpoint.context.signatures_script_parts import qualified, signature
from counterpoint.context.signatures_script_types import alias, enum, interface

if TYPE_CHECKING:
    from tree_sitter import Node

_FUNCTIONS = each(
    "function_declaration generator_function_declaration function_signature function_expression"
    " generator_function arrow_function method_definition method_signature abstract_method_signature"
)
_CLASSES = frozenset({"class_declaration", "abstract_class_declaration", "class"})
_THROUGH = frozenset({"ambient_declaration", "expression_statement"})


def read(root: Node, into: Read) -> None:
    """Read a program."""
    for child in named(root):
        _statement(child, "", frozenset(), into)


def _statement(node: Node, owner: str, traits: frozenset[str], into: Read) -> None:
    kind = node.type
    if kind in _FUNCTIONS:
        into.signatures.append(signature(node, owner, node, traits))
    elif kind in _THROUGH:
        for child in named(node):
            _statement(child, owner, traits, into)
    elif kind in _CLASSES:
        _class(node, owner, traits, into)
    elif kind == "export_statement":
        _export(node, owner, into)
    elif kind == "assignment_expression" and not owner:
        _assigned(node, into)
    elif kind in _DECLARED:
        _DECLARED[kind](node, owner, traits, into)


def _variables(node: Node, owner: str, traits: frozenset[str], into: Read) -> None:
    for one in named(node):
        if one.type == "variable_declarator":
            _variable(one, owner, traits, into)


def _module(node: Node, owner: str, traits: frozenset[str], into: Read) -> None:
    name = qualified(owner, text_of(node.child_by_field_name("name")))
    for child in named(node.child_by_field_name("body")):
        _statement(child, name, frozenset(), into)


def _export(node: Node, owner: str, into: Read) -> None:
    traits = frozenset({"exported", "default"} if has(node, "default") else {"exported"})
    inner = node.child_by_field_name("declaration") or node.child_by_field_name("value")
    if inner is not None and inner.type == "identifier":
        into.listed.add("default:" + text_of(inner))
    elif inner is not None:
        _statement(inner, owner, traits, into)
    elif node.child_by_field_name("source") is None:
        for one in named(first(node, "export_clause")):
            own, alias = one.child_by_field_name("name"), one.child_by_field_name("alias")
            into.listed.add(
                text_of(own) if alias is None or own == alias else f"{text_of(alias)}:{text_of(own)}"
            )


def _assigned(node: Node, into: Read) -> None:
    """`module.exports = {...}`, `exports.x = ...`."""
    left, right = text_of(node.child_by_field_name("left")), node.child_by_field_name("right")
    if right is None:
        return
    if left in ("module.exports", "exports"):
        for one in named(right) if right.type == "object" else [right]:
            key = one.child_by_field_name("key") or one.child_by_field_name("name") or one
            value = one.child_by_field_name("value")
            into.listed.add(text_of(key))
            if value is not None and value.type in _FUNCTIONS:
                into.signatures.append(signature(value, "", key, frozenset({"exported"}), text_of(key)))
    elif left.startswith(("exports.", "module.exports.")):
        name = left.rpartition(".")[2]
        into.listed.add(name)
        if right.type in _FUNCTIONS:
            into.signatures.append(signature(right, "", node, frozenset({"exported"}), name))


def _class(node: Node, owner: str, traits: frozenset[str], into: Read, name: str = "") -> None:
    named_by = node.child_by_field_name("name")
    own = qualified(owner, name or (text_of(named_by) if named_by is not None else "default"))
    line = (named_by or node).start_point.row
    heritage = first(node, "class_heritage")
    bases = tuple(
        text_of(one) for one in inside(heritage, "identifier", "type_identifier", "member_expression")
    )
    decorators = tuple(plain(one)[1:].strip() for one in node.children if one.type == "decorator")
    abstract = "abstract " if node.type.startswith("abstract") else ""
    rest = f"{abstract}{plain(node.child_by_field_name('type_parameters'))}".strip()
    into.names.append(Name(own, "type", line, rest=" ".join(bases), exported="exported" in traits))
    made: Signature | None = None
    above: list[str] = []
    for one in named(node.child_by_field_name("body")):
        if one.type == "decorator":
            above.append(plain(one)[1:].strip())
            continue
        marks, above = tuple(above), []
        if one.type in _FUNCTIONS:
            if has(one, "set"):
                settable(f"{own}.{text_of(one.child_by_field_name('name'))}", into)
                continue
            found = signature(one, own, one, frozenset(), decorators=marks)
            if found.kind == "constructor":
                made = made or found
            else:
                into.signatures.append(found)
        elif one.type in ("public_field_definition", "field_definition"):
            _member(one, own, marks, into)
    inherits = bool(first(heritage, "extends_clause")) or (
        bool(bases) and heritage is not None and not has(heritage, "implements_clause")
    )
    found_traits = traits | ({"inherits"} if made is None and inherits else frozenset())
    if made is not None:
        found_traits |= made.traits
    into.signatures.append(
        Signature(
            own, "constructor", line, made.parameters if made else (), traits=frozenset(found_traits),
            decorators=decorators, rest=rest, body=made.body if made else (), bases=bases,
        )
    )  # fmt: skip


def _member(node: Node, owner: str, marks: tuple[str, ...], into: Read) -> None:
    key = node.child_by_field_name("name") or node.child_by_field_name("property")
    value = node.child_by_field_name("value")
    if key is None:
        return
    if value is not None and value.type in _FUNCTIONS:
        traits = {trait for token, trait in (("static", "static"),) if has(node, token)}
        if text_of(first(node, "accessibility_modifier")) in ("private", "protected"):
            traits.add("private")
        into.signatures.append(signature(value, owner, key, frozenset(traits), text_of(key), marks))
        return
    rest = plain(node.child_by_field_name("type"))
    hidden = text_of(first(node, "accessibility_modifier")) == "private"
    name = f"{owner}.{text_of(key)}"
    into.names.append(Name(name, "field", key.start_point.row, plain(value), rest, not hidden))


def _variable(node: Node, owner: str, traits: frozenset[str], into: Read) -> None:
    target, value = node.child_by_field_name("name"), node.child_by_field_name("value")
    if target is None or target.type != "identifier":
        return
    name, line = text_of(target), target.start_point.row
    if value is not None and value.type in _FUNCTIONS:
        into.signatures.append(signature(value, owner, target, traits, name))
        return
    if value is not None and value.type in _CLASSES:
        _class(value, owner, traits, into, name)
        return
    if value is not None and value.type == "call_expression" and text_of(value).startswith("require("):
        return
    whole = qualified(owner, name)
    rest = plain(node.child_by_field_name("type"))
    into.names.append(Name(whole, "constant", line, plain(value), rest, "exported" in traits))
    inner = value
    while inner is not None and inner.type in (
        "as_expression",
        "satisfies_expression",
        "parenthesized_expression",
    ):
        inner = named(inner)[0]
    if inner is not None and inner.type == "object":
        _object(inner, whole, traits, into)


def _object(node: Node, owner: str, traits: frozenset[str], into: Read) -> None:
    """The functions and plain values of an object that has a name."""
    for one in named(node):
        key = one.child_by_field_name("key") or one.child_by_field_name("name")
        value = one.child_by_field_name("value")
        if key is None:
            continue
        if one.type == "method_definition" or (value is not None and value.type in _FUNCTIONS):
            inner = one if value is None else value
            into.signatures.append(signature(inner, owner, key, traits | {"static"}, text_of(key)))
        elif value is not None:
            name = f"{owner}.{quoted(text_of(key))}"
            into.names.append(
                Name(name, "member", key.start_point.row, plain(value), "", "exported" in traits)
            )


_DECLARED: dict[str, Callable[[Node, str, frozenset[str], Read], None]] = {
    "lexical_declaration": _variables,
    "variable_declaration": _variables,
    "interface_declaration": interface,
    "type_alias_declaration": alias,
    "enum_declaration": enum,
    "internal_module": _module,
    "module": _module,
}
