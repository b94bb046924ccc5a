"""What `instanceof` says of a name in the branch it guards."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from counterpoint.context.evidence.library import Source, text_of
from counterpoint.context.evidence.python_narrow import Inferring
from counterpoint.context.evidence.values import Types, joined, made

if TYPE_CHECKING:
    from tree_sitter import Node

_STOPS = frozenset({"function_declaration", "method_definition", "program", "class_body"})


def narrowed(world: Inferring, source: Source, node: Node, types: Types) -> Types:
    """The types of a name or member at its use, given the tests that lead there."""
    if b" instanceof " not in source.data:
        return types
    wanted = text_of(node)
    child, parent = node, node.parent
    while parent is not None and parent.type not in _STOPS:
        test = _guard(parent, child, wanted)
        if test is not None:
            classes = world.infer(source, test)
            found = joined(
                (replace(one, kind="object"),) if one.kind == "class" else made(one.name)
                for one in classes
                if one.kind in ("class", "foreign")
            )
            return found if classes and all(one.kind in ("class", "foreign") for one in classes) else types
        child, parent = parent, parent.parent
    return types


def _guard(parent: Node, child: Node, wanted: str) -> Node | None:
    """The class that guards `child` within `parent`: of an `if`, a `? :` or an `&&`."""
    if parent.type in ("if_statement", "ternary_expression"):
        condition, inside = parent.child_by_field_name("condition"), parent.child_by_field_name("consequence")
        return _tested(condition, wanted) if condition is not None and inside == child else None
    if parent.type == "binary_expression" and text_of(parent.children[1]) == "&&":
        left = parent.child_by_field_name("left")
        return _tested(left, wanted) if left is not None and left != child else None
    return None


def _tested(condition: Node, wanted: str) -> Node | None:
    if condition.type == "parenthesized_expression" and condition.named_children:
        return _tested(condition.named_children[0], wanted)
    if condition.type != "binary_expression":
        return None
    left, right = condition.child_by_field_name("left"), condition.child_by_field_name("right")
    operator = text_of(condition.children[1])
    if left is None or right is None:
        return None
    if operator == "&&":
        return _tested(left, wanted) or _tested(right, wanted)
    return right if operator == "instanceof" and text_of(left) == wanted else None
