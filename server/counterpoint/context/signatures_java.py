"""What a Java file offers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from counterpoint.context.signatures import Name, Parameter, Signature
from counterpoint.context.signatures_nodes import Read, each, first, named, plain, text_of, tokens

if TYPE_CHECKING:
    from tree_sitter import Node

_TYPES = each(
    "class_declaration interface_declaration enum_declaration record_declaration annotation_type_declaration"
)
_MODIFIERS = frozenset({"abstract", "final", "sealed", "default"})
"""Words that change what others may do with a definition."""
_FUNCTIONS = frozenset({"method_declaration", "constructor_declaration"})


def read(root: Node, into: Read) -> None:
    """Read a compilation unit."""
    for child in named(root):
        if child.type in _TYPES:
            _type(child, "", into)
        elif child.type in _FUNCTIONS:  # as newer versions allow them outside of a class
            into.signatures.append(_signature(child, "", False))


def _type(node: Node, owner: str, into: Read) -> None:
    name_node = node.child_by_field_name("name")
    own = text_of(name_node)
    name = f"{owner}.{own}" if owner else own
    line = name_node.start_point.row if name_node is not None else 0
    words, marks = _modifiers(node)
    bases = tuple(_bases(node))
    traits = frozenset({"private"} if "private" in words else set())
    generics = plain(node.child_by_field_name("type_parameters"))
    into.names.append(Name(name, "type", line, " ".join(bases), generics, "private" not in words))
    makers: list[Signature] = []
    for one in _members(node):
        if one.type in _TYPES:
            _type(one, name, into)
        elif one.type in _FUNCTIONS:
            found = _signature(one, name, node.type == "interface_declaration")
            (makers if found.kind == "constructor" else into.signatures).append(found)
        elif one.type in ("field_declaration", "constant_declaration"):
            _field(one, name, into)
        elif one.type == "enum_constant":
            key = text_of(one.child_by_field_name("name"))
            value = plain(one.child_by_field_name("arguments"))
            into.names.append(Name(f"{name}.{key}", "member", one.start_point.row, value))
    if node.type == "record_declaration":
        fields = tuple(_parameters(node.child_by_field_name("parameters")))
        makers.append(
            Signature(name, "constructor", line, fields, traits=traits, decorators=marks, bases=bases)
        )
        into.signatures += [Signature(f"{name}.{one.name}", "method", line, (), one.type) for one in fields]
    elif node.type == "class_declaration" and not makers:
        makers.append(Signature(name, "constructor", line, decorators=marks, bases=bases))
    head = " ".join(sorted(words & _MODIFIERS))
    into.signatures += [replace(one, rest=f"{head} {one.rest}".strip(), bases=bases) for one in makers]


def _members(node: Node) -> Iterator[Node]:
    for one in named(node.child_by_field_name("body")):
        if one.type == "enum_body_declarations":
            yield from named(one)
        else:
            yield one


def _bases(node: Node) -> Iterator[str]:
    for kind in ("superclass", "super_interfaces", "extends_interfaces"):
        found = first(node, kind)
        for one in named(found):
            for inner in named(one) if one.type == "type_list" else [one]:
                yield text_of(inner).partition("<")[0]


def _modifiers(node: Node) -> tuple[set[str], tuple[str, ...]]:
    """Words and annotations."""
    found = first(node, "modifiers")
    if found is None:
        return set(), ()
    marks = tuple(plain(one)[1:].strip() for one in named(found) if one.type.endswith("annotation"))
    return {text_of(one) for one in found.children if not one.type.endswith("annotation")}, marks


def _signature(node: Node, owner: str, in_interface: bool) -> Signature:
    name_node = node.child_by_field_name("name")
    maker = node.type == "constructor_declaration"
    words, marks = _modifiers(node)
    traits = {"static"} & words
    visible = next(
        (one for one in ("public", "protected", "private") if one in words), "public" if in_interface else ""
    )
    traits.add({"public": "public", "private": "private", "protected": "protected"}.get(visible, "package"))
    own = text_of(name_node)
    body = node.child_by_field_name("body")
    rest = (
        " ".join(sorted(words & _MODIFIERS)),
        plain(node.child_by_field_name("type_parameters")),
        plain(first(node, "throws")),
    )
    qualified = f"{owner}.{own}" if owner else own
    return Signature(
        owner if maker else qualified,
        "constructor" if maker else "method" if owner else "function",
        name_node.start_point.row if name_node is not None else 0,
        tuple(_parameters(node.child_by_field_name("parameters"))),
        "" if maker else plain(node.child_by_field_name("type")),
        traits=frozenset(traits),
        decorators=marks,
        rest=" ".join(rest).strip(),
        body=tokens(body),
    )


def _parameters(node: Node | None) -> Iterator[Parameter]:
    for one in named(node):
        if one.type == "spread_parameter":
            parts = [part for part in named(one) if part.type != "modifiers"]
            yield Parameter(text_of(parts[-1].child_by_field_name("name")), "rest", plain(parts[0]))
        elif one.type == "formal_parameter":
            type_ = plain(one.child_by_field_name("type")) + plain(one.child_by_field_name("dimensions"))
            yield Parameter(text_of(one.child_by_field_name("name")), "place", type_)


def _field(node: Node, owner: str, into: Read) -> None:
    words, _ = _modifiers(node)
    type_ = plain(node.child_by_field_name("type"))
    for one in node.children_by_field_name("declarator"):
        name = f"{owner}.{text_of(one.child_by_field_name('name'))}"
        value = plain(one.child_by_field_name("value")) if "final" in words else ""
        into.names.append(Name(name, "field", one.start_point.row, value, type_, "private" not in words))
