"""The types of a file of TypeScript: interfaces, aliases, enums."""

from __future__ import annotations

from typing import TYPE_CHECKING

from counterpoint.context.signatures import Name, Parameter, Signature
from counterpoint.context.signatures_nodes import Read, first, has, inside, named, plain, quoted, text_of
from counterpoint.context.signatures_script_parts import qualified, signature

if TYPE_CHECKING:
    from tree_sitter import Node


def interface(node: Node, owner: str, traits: frozenset[str], into: Read) -> None:
    """An interface."""
    name = qualified(owner, text_of(node.child_by_field_name("name")))
    _typed(node, name, node.child_by_field_name("body"), traits, into)


def _typed(node: Node, name: str, body: Node | None, traits: frozenset[str], into: Read) -> None:
    """A type made of fields."""
    fields, rest, line = [], [], node.child_by_field_name("name").start_point.row  # type: ignore[union-attr]
    for one in named(body):
        key = one.child_by_field_name("name")
        if one.type == "method_signature":
            into.signatures.append(signature(one, name, one, frozenset()))
        if key is not None and one.type in ("property_signature", "method_signature"):
            type_ = plain(one.child_by_field_name("type")).removeprefix(": ")
            fields.append(Parameter(quoted(text_of(key)), "name", type_, "" if has(one, "?") else None))
        else:
            rest.append(plain(one))
    heritage = plain(first(node, "extends_type_clause", "extends_clause"))
    into.names.append(Name(name, "type", line, " ".join((heritage, *rest)).strip(), "", "exported" in traits))
    marks = traits | ({"inherits"} if heritage else frozenset())
    head = plain(node.child_by_field_name("type_parameters"))
    into.signatures.append(Signature(name, "record", line, tuple(fields), traits=frozenset(marks), rest=head))


def alias(node: Node, owner: str, traits: frozenset[str], into: Read) -> None:
    """A name for a type: for an object, a union of texts, anything."""
    name = qualified(owner, text_of(node.child_by_field_name("name")))
    value, line = node.child_by_field_name("value"), node.child_by_field_name("name").start_point.row  # type: ignore[union-attr]
    if value is not None and value.type == "object_type":
        _typed(node, name, value, traits, into)
        return
    texts = list(inside(value, "string"))
    if value is not None and value.type == "literal_type":
        texts = [one for one in named(value) if one.type == "string"]
    into.names.append(Name(name, "type", line, plain(value), "", "exported" in traits))
    into.names += [Name(quoted(text_of(one)), "text", line, "", name, "exported" in traits) for one in texts]


def enum(node: Node, owner: str, traits: frozenset[str], into: Read) -> None:
    """An enum with its members."""
    name = qualified(owner, text_of(node.child_by_field_name("name")))
    line, exported = node.start_point.row, "exported" in traits
    into.names.append(Name(name, "type", line, exported=exported))
    value: str = ""
    for number, one in enumerate(named(node.child_by_field_name("body"))):
        key = one.child_by_field_name("name") or one
        given = plain(one.child_by_field_name("value"))
        # One without a number is counted on from the last that has one.
        value = given or (str(int(value) + 1) if value.isdigit() else str(number))
        into.names.append(
            Name(f"{name}.{quoted(text_of(key))}", "member", one.start_point.row, value, "", exported)
        )
