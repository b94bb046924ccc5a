"""What `isinstance` says of a name in the branch it guards."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from counterpoint.context.evidence.library import Source, text_of
from counterpoint.context.evidence.values import Types, Value, joined, made

if TYPE_CHECKING:
    from tree_sitter import Node

_STOPS = frozenset({"function_definition", "class_definition", "module", "lambda"})
_LEAVES = frozenset({"return_statement", "raise_statement", "continue_statement", "break_statement"})


class Inferring(Protocol):
    """What narrowing needs of the resolver."""

    def infer(self, source: Source, node: Node) -> Types: ...


def narrowed(world: Inferring, source: Source, node: Node, types: Types) -> Types:
    """The types of a name or attribute at its use, given the tests that lead there."""
    if b"isinstance(" not in source.data:
        return types
    wanted = text_of(node)
    child, parent = node, node.parent
    denied: list[Node] = []
    while parent is not None and parent.type not in _STOPS:
        test = _guard(parent, child, wanted)
        if test is not None:
            return _of_classes(world.infer(source, test)) or types
        denied += _denials(parent, child, wanted)
        child, parent = parent, parent.parent
    for test in denied:
        types = _without(types, _of_classes(world.infer(source, test)))
    return types


def _denials(parent: Node, child: Node, wanted: str) -> list[Node]:
    """The classes that a name is not of: those tested by the branches before, or by an early exit."""
    found = []
    if parent.type == "if_statement" and child.type in ("elif_clause", "else_clause"):
        for branch in (parent, *parent.named_children):
            if branch.end_byte > child.start_byte and branch != parent:
                break
            condition = branch.child_by_field_name("condition")
            found.append(_tested_alone(condition, wanted) if condition is not None else None)
    elif parent.type == "block":
        for statement in parent.named_children:
            if statement.end_byte > child.start_byte:
                break
            if statement.type == "if_statement" and _always_leaves(statement):
                condition = statement.child_by_field_name("condition")
                found.append(_tested_alone(condition, wanted) if condition is not None else None)
            elif statement.type == "expression_statement" and text_of(statement).startswith(wanted + " ="):
                found.clear()
    return [one for one in found if one is not None]


def _always_leaves(statement: Node) -> bool:
    body = statement.child_by_field_name("consequence")
    return body is not None and bool(body.named_children) and body.named_children[-1].type in _LEAVES


def _tested_alone(condition: Node, wanted: str) -> Node | None:
    """As `_tested`, where the test is the whole condition and so its failure says something."""
    return _tested(condition, wanted) if condition.type == "call" else None


def _without(types: Types, tested: Types) -> Types:
    """The types but those of the tested classes; where nothing would be left, the types."""
    names = {(value.path, value.start, value.name) for value in tested}
    kept = tuple(one for one in types if (one.path, one.start, one.name) not in names)
    return kept or types


def _guard(parent: Node, child: Node, wanted: str) -> Node | None:
    """The class that guards `child` within `parent`: of an `if`, an `and`, an `assert` or early exit."""
    kind = parent.type
    if kind in ("if_statement", "elif_clause", "while_statement"):
        condition = parent.child_by_field_name("condition")
        inside = child in (parent.child_by_field_name("consequence"), parent.child_by_field_name("body"))
        return _tested(condition, wanted) if condition is not None and inside else None
    if (
        kind == "boolean_operator"
        and text_of(parent.children[1]) == "and"
        and child == parent.named_children[-1]
    ):
        return _tested(parent.named_children[0], wanted)
    if kind == "conditional_expression" and child == parent.named_children[0]:
        return _tested(parent.named_children[1], wanted)
    return _earlier(parent, child, wanted) if kind == "block" else None


def _earlier(block: Node, child: Node, wanted: str) -> Node | None:
    for statement in reversed([one for one in block.named_children if one.end_byte <= child.start_byte]):
        if statement.type == "assert_statement" and statement.named_children:
            if found := _tested(statement.named_children[0], wanted):
                return found
        elif statement.type == "if_statement":
            if found := _left_otherwise(statement, wanted):
                return found
        elif statement.type == "expression_statement" and text_of(statement).startswith(wanted + " ="):
            return None
    return None


def _left_otherwise(statement: Node, wanted: str) -> Node | None:
    """`if not isinstance(x, A): return` leaves an A behind it."""
    condition, body = statement.child_by_field_name("condition"), statement.child_by_field_name("consequence")
    if condition is None or body is None or condition.type != "not_operator" or not _always_leaves(statement):
        return None
    return _tested(condition.named_children[0], wanted)


def _tested(condition: Node, wanted: str) -> Node | None:
    """The second argument of `isinstance(wanted, ...)`, alone or within an `and`."""
    if condition.type == "parenthesized_expression" and condition.named_children:
        return _tested(condition.named_children[0], wanted)
    if condition.type == "boolean_operator" and text_of(condition.children[1]) == "and":
        return _tested(condition.named_children[0], wanted) or _tested(condition.named_children[-1], wanted)
    if condition.type != "call":
        return None
    function, arguments = (
        condition.child_by_field_name("function"),
        condition.child_by_field_name("arguments"),
    )
    given = arguments.named_children if arguments is not None else []
    if (
        function is None
        or text_of(function) != "isinstance"
        or len(given) != 2
        or text_of(given[0]) != wanted
    ):
        return None
    return given[1]


def _of_classes(types: Types) -> Types:
    found: list[Types] = []
    for value in types:
        if value.kind == "class":
            found.append((Value("object", value.path, value.start, value.name, node=value.node),))
        elif value.kind == "foreign":
            found.append(made(value.name))
        elif value.kind == "object" and value.name == "builtins.tuple":
            found += [_of_classes(part) for part in value.args]
        else:
            return ()
    return joined(found) if found and all(found) else ()
