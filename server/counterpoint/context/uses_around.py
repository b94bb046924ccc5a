"""What stands round a use: the type and the function it is in, what it is compared with or looked up by."""

from __future__ import annotations

from typing import TYPE_CHECKING

from counterpoint.context import uses_tables as tables
from counterpoint.context.signatures_nodes import first, has, named, text_of

if TYPE_CHECKING:
    from tree_sitter import Node


def function(node: Node) -> Node | None:
    """The function round a node."""
    up = node.parent
    while up is not None and up.type not in tables.FUNCTIONS:
        up = up.parent
    return up


def whole(node: Node) -> bool:
    """True if the match a pattern stands in has an arm for all else."""
    up: Node | None = node
    while up is not None and not up.type.startswith(
        ("match_block", "match_statement", "switch", "match_expression")
    ):
        up = up.parent
    text = text_of(up)
    return "_ =>" in text or "case _" in text or "default" in text


def compared(node: Node) -> bool:
    """True if something is compared with a text, or matched with it."""
    above = node.parent
    while above is not None and above.type in (
        "parenthesized_expression",
        "tuple",
        "list",
        "set",
        "expression_list",
    ):
        above = above.parent
    return above is not None and above.type in tables.COMPARING


def looked(node: Node) -> bool:
    """True for a key in brackets, but for those of the tables in which a language keeps its own names."""
    above = node.parent
    if above is None or above.type not in ("subscript", "subscript_expression", "index_expression"):
        return False
    of = text_of(named(above)[0])
    return (
        named(above)[0] != node
        and not of.startswith(("globals(", "vars(", "locals(", "window"))
        and (not of.endswith(("__dict__", "exports", "modules")))
    )


def within(node: Node) -> str:
    """The name of the innermost type round a node."""
    up = node.parent
    while up is not None:
        if up.type in tables.TYPES:
            found = up.child_by_field_name("name") or up.child_by_field_name("type")
            if found is not None and found != node:
                return text_of(found).partition("<")[0]
        up = up.parent
    return ""


def bases(node: Node) -> tuple[str, ...]:
    """The names in the head of the innermost type round a definition, but for its own."""
    up = node.parent.parent if node.parent is not None else None
    if node.parent is not None and node.parent.type == "method_elem":
        return ("interface",)
    while up is not None and up.type not in tables.TYPES:
        up = up.parent
    body = up.child_by_field_name("body") if up is not None else None
    if up is None or body is None:
        return ()
    head = (up.text or b"")[: body.start_byte - up.start_byte].decode("utf-8", "replace")
    return tuple(tables.NAME.findall(head))[1:]


def asynchronous(node: Node) -> bool:
    """True in a function that may await."""
    up = function(node)
    return up is not None and (has(up, "async") or "async" in text_of(first(up, "function_modifiers")))
