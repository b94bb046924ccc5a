"""What a Rust file offers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from counterpoint.context.signatures import Name, Parameter, Signature
from counterpoint.context.signatures_nodes import Read, first, named, plain, text_of, tokens

if TYPE_CHECKING:
    from tree_sitter import Node

_FUNCTIONS = frozenset({"function_item", "function_signature_item"})


def read(root: Node, into: Read) -> None:
    """Read a source file."""
    _items(root, "", "", into)


def _items(node: Node, owner: str, around: str, into: Read) -> None:
    """`around` is what stands in the head of the `impl` or `trait`."""
    marks: list[str] = []
    for child in named(node):
        if child.type == "attribute_item":
            marks.append(plain(child)[3:-1].strip())
            continue
        above, marks = tuple(marks), []
        if child.type in _FUNCTIONS:
            into.signatures.append(_function(child, owner, around, above))
        elif child.type == "impl_item":
            type_ = plain(child.child_by_field_name("type")).partition(" <")[0]
            trait = plain(child.child_by_field_name("trait"))
            _items(child.child_by_field_name("body") or child, type_, f"impl {trait}".strip(), into)
        elif child.type == "trait_item":
            name = text_of(child.child_by_field_name("name"))
            body = child.child_by_field_name("body")
            into.names.append(
                Name(name, "type", child.start_point.row, plain(child), exported=_visible(child))
            )
            if body is not None:
                _items(body, name, "trait", into)
        elif child.type == "mod_item" and (body := child.child_by_field_name("body")) is not None:
            _items(body, owner, around, into)
        else:
            _value(child, above, into)


def _visible(node: Node) -> bool:
    return first(node, "visibility_modifier") is not None


def _function(node: Node, owner: str, around: str, marks: tuple[str, ...]) -> Signature:
    name_node = node.child_by_field_name("name")
    name = text_of(name_node)
    words = text_of(first(node, "function_modifiers")).split()
    traits: set[str] = {word for word in ("async", "unsafe") if word in words}
    visible = text_of(first(node, "visibility_modifier"))
    if visible == "pub" or around.startswith("trait") or len(around) > len("impl"):
        traits.add("exported")
    elif not visible:
        traits.add("private")
    receiver = first(node.child_by_field_name("parameters"), "self_parameter")
    if owner and receiver is None:
        traits.add("static")
    body = node.child_by_field_name("body")
    last = named(body)[-1] if named(body) else None
    values = named(last) if last is not None and last.type == "tuple_expression" else []
    names = ",".join(text_of(one) for one in values if one.type == "identifier")
    rest = (
        around, plain(receiver), plain(node.child_by_field_name("type_parameters")),
        plain(first(node, "where_clause")), " ".join(word for word in words if word not in traits), visible,
    )  # fmt: skip
    return Signature(
        f"{owner}.{name}" if owner else name,
        "method" if owner else "function",
        name_node.start_point.row if name_node is not None else 0,
        tuple(_parameters(node.child_by_field_name("parameters"))),
        plain(node.child_by_field_name("return_type")),
        shapes=frozenset({f"tuple {len(values)} {names}"} if values else set()),
        traits=frozenset(traits),
        decorators=marks,
        rest=" ; ".join(rest[:-1]),
        body=tokens(body),
    )


def _parameters(node: Node | None) -> Iterator[Parameter]:
    for one in named(node):
        if one.type == "parameter":
            name = plain(one.child_by_field_name("pattern")).removeprefix("mut ")
            yield Parameter(name, "place", plain(one.child_by_field_name("type")))


def _value(node: Node, marks: tuple[str, ...], into: Read) -> None:
    name_node = node.child_by_field_name("name")
    if name_node is None:
        return
    name, line, exported = text_of(name_node), name_node.start_point.row, _visible(node)
    generics = plain(node.child_by_field_name("type_parameters"))
    derived = sorted(" ".join(marks).replace("derive", "").replace(",", " ").strip("() ").split())
    head = " ".join((generics, *derived)).strip()
    if node.type in ("const_item", "static_item"):
        value, type_ = plain(node.child_by_field_name("value")), plain(node.child_by_field_name("type"))
        into.names.append(Name(name, "constant", line, value, type_, exported))
    elif node.type in ("struct_item", "union_item"):
        body = node.child_by_field_name("body")
        fields = tuple(_fields(body))
        into.names.append(Name(name, "type", line, "struct", head, exported))
        into.names += [Name(f"{name}.{one.name}", "field", line, "", one.type) for one in fields if one.name]
        into.signatures.append(Signature(name, "record", line, fields, rest=generics))
    elif node.type == "enum_item":
        into.names.append(Name(name, "type", line, "enum", head, exported))
        for one in named(node.child_by_field_name("body")):
            if one.type == "enum_variant":
                key, value = text_of(one.child_by_field_name("name")), plain(one.child_by_field_name("value"))
                held = plain(one.child_by_field_name("body"))
                into.names.append(Name(f"{name}.{key}", "member", one.start_point.row, value, held, exported))
    elif node.type == "type_item":
        into.names.append(Name(name, "type", line, plain(node.child_by_field_name("type")), head, exported))


def _fields(body: Node | None) -> Iterator[Parameter]:
    if body is not None and body.type == "ordered_field_declaration_list":
        for one in body.children_by_field_name("type"):
            yield Parameter("", "place", plain(one))
        return
    for one in named(body):
        if one.type == "field_declaration":
            type_ = plain(one.child_by_field_name("type"))
            hidden = "" if _visible(one) else "private "
            yield Parameter(text_of(one.child_by_field_name("name")), "name", hidden + type_)
