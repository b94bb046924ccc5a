"""The names that declarators of C and C++ declare: `*x`, `(*f)(int)`, `A<T>::b(int)`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tree_sitter import Node

_DEPTH = 40
_QUALIFIED = frozenset({"qualified_identifier", "template_function", "template_type", "dependent_name"})
_TEMPLATE = re.compile(r"<[^<>]*>")


def named(declarator: Node) -> tuple[Node, bool]:
    """The node of the name, and whether it is that of a function."""
    node, wrapper = declarator, ""
    for _ in range(_DEPTH):
        inner = node.child_by_field_name("declarator")
        if inner is None and node.type in (
            "parenthesized_declarator",
            "reference_declarator",
            "attributed_declarator",
        ):
            inner = node.named_child(0) if node.named_child_count else None
            inner = _last_declarator(node) or inner
        if inner is None:
            break
        if node.type != "parenthesized_declarator":
            wrapper = node.type
        node = inner
    return node, wrapper == "function_declarator"


def innermost(name: Node) -> Node:
    """The last part of a qualified name."""
    node = name
    for _ in range(_DEPTH):
        inner = node.child_by_field_name("name") if node.type in _QUALIFIED else None
        if inner is None:
            break
        node = inner
    return node


def _last_declarator(node: Node) -> Node | None:
    found = [
        child for child in node.named_children if "declarator" in child.type or "identifier" in child.type
    ]
    return found[-1] if found else None


def qualifier(name: str) -> str:
    """The type of a qualified name: "A" of `ns::A<T>::b`."""
    plain = name
    while plain != (shorter := _TEMPLATE.sub("", plain)):
        plain = shorter
    owner = plain.rpartition("::")[0].rpartition("::")[2].split()
    return owner[-1] if owner and owner[-1].isidentifier() else ""
