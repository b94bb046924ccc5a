"""What a Go file offers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from counterpoint.context.signatures import Name, Parameter, Signature
from counterpoint.context.signatures_nodes import Read, inside, named, plain, text_of, tokens

if TYPE_CHECKING:
    from tree_sitter import Node


def read(root: Node, into: Read) -> None:
    """Read a source file."""
    for child in named(root):
        if child.type in ("function_declaration", "method_declaration"):
            into.signatures.append(_signature(child, _receiver(child)))
        elif child.type == "type_declaration":
            for one in named(child):
                _type(one, into)
        elif child.type in ("const_declaration", "var_declaration"):
            _values(child, into)


def _receiver(node: Node) -> tuple[str, str]:
    """The type a method belongs to, and how it takes it: "" or "*"."""
    for one in named(node.child_by_field_name("receiver")):
        type_ = plain(one.child_by_field_name("type"))
        return type_.lstrip("* ").partition(" [")[0], "*" if type_.startswith("*") else "value"
    return "", ""


def _signature(node: Node, receiver: tuple[str, str]) -> Signature:
    owner, taken = receiver
    name_node = node.child_by_field_name("name")
    name = text_of(name_node)
    result = node.child_by_field_name("result")
    results = _types(result) if result is not None and result.type == "parameter_list" else [plain(result)]
    body = node.child_by_field_name("body")
    order = frozenset() if len(results) < 2 else _order(result, body)
    generics = plain(node.child_by_field_name("type_parameters"))
    return Signature(
        f"{owner}.{name}" if owner else name,
        "method" if owner else "function",
        name_node.start_point.row if name_node is not None else 0,
        tuple(_parameters(node.child_by_field_name("parameters"))),
        " , ".join(one for one in results if one),
        shapes=order,
        traits=frozenset({"exported"} if name[:1].isupper() else set()),
        rest=f"{taken} {generics}".strip(),
        body=tokens(body),
    )


def _order(result: Node | None, body: Node | None) -> frozenset[str]:
    """The names of several results in their order: as they are declared, or as they are returned."""
    declared = [one.name for one in _parameters(result)]
    found = [declared] if all(declared) else []
    for one in inside(body, "return_statement") if not found else ():
        values = named(one)
        names = [text_of(each) for each in named(values[0]) if each.type == "identifier"] if values else []
        found += [names] if len(names) == len(declared) else []
    return frozenset(f"tuple {len(names)} {','.join(names)}" for names in found)


def _types(node: Node) -> list[str]:
    return [one.type for one in _parameters(node)]


def _parameters(node: Node | None) -> Iterator[Parameter]:
    for one in named(node):
        type_ = plain(one.child_by_field_name("type"))
        kind = "rest" if one.type.startswith("variadic") else "place"
        names = [text_of(name) for name in one.children_by_field_name("name")]
        for name in names or [""]:
            yield Parameter(name, kind, type_)  # type: ignore[arg-type]


def _type(node: Node, into: Read) -> None:
    name_node, value = node.child_by_field_name("name"), node.child_by_field_name("type")
    if name_node is None or value is None:
        return
    name, line = text_of(name_node), name_node.start_point.row
    exported = name[:1].isupper()
    generics = plain(node.child_by_field_name("type_parameters"))
    if value.type == "struct_type":
        fields = []
        for one in inside(value, "field_declaration"):
            type_ = plain(one.child_by_field_name("type"))
            names = [text_of(key) for key in one.children_by_field_name("name")]
            for key in names or [type_.lstrip("* ").rpartition(" ")[2]]:
                fields.append(Parameter(key, "either", type_, ""))
                into.names.append(
                    Name(f"{name}.{key}", "field", one.start_point.row, "", type_, key[:1].isupper())
                )
        into.names.append(Name(name, "type", line, "struct", generics, exported))
        into.signatures.append(Signature(name, "record", line, tuple(fields), rest=generics))
    elif value.type == "interface_type":
        methods = [_signature(one, (name, "interface")) for one in inside(value, "method_elem")]
        into.signatures += methods
        into.names.append(Name(name, "type", line, plain(value), generics, exported))
    else:
        into.names.append(Name(name, "type", line, plain(value), generics, exported))


def _values(node: Node, into: Read) -> None:
    """Constants and variables. One without a value takes the expression of the one before, counted on."""
    before = ""
    specs = list(inside(node, "const_spec", "var_spec"))
    for number, one in enumerate(specs):
        given = plain(one.child_by_field_name("value"))
        before = given or before
        value = f"{before} # {number}" if "iota" in before else before
        type_ = plain(one.child_by_field_name("type"))
        for key in one.children_by_field_name("name"):
            name = text_of(key)
            into.names.append(Name(name, "constant", key.start_point.row, value, type_, name[:1].isupper()))
