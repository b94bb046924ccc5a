"""Type variables: what a generic function returns, given what it is called with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from counterpoint.context.evidence.library import text_of
from counterpoint.context.evidence.values import UNKNOWN, Types, Value, joined

if TYPE_CHECKING:
    from tree_sitter import Node

Solved = dict[str, Types]


def settled(types: Types, solved: Solved) -> Types:
    """The types with their variables replaced: by what they stand for, else by their bound."""
    return joined(_settled(value, solved) for value in types) if types else UNKNOWN


def _settled(value: Value, solved: Solved) -> Types:
    if value.kind == "variable":
        return solved.get(value.name) or (value.args[0] if value.args else UNKNOWN)
    if value.kind == "object" and value.args:
        return (replace(value, args=tuple(settled(part, solved) for part in value.args)),)
    return (value,)


def has_variables(types: Types) -> bool:
    """True if a variable stands somewhere in the types."""
    return any(
        value.kind == "variable" or any(has_variables(part) for part in value.args)
        for value in types
        if value.kind in ("variable", "object")
    )


def solve(
    function: Node,
    positional: list[Types],
    keywords: dict[str, Types],
    returned: Callable[[Value], Types],
    element: Callable[[Value], Types],
) -> Solved:
    """What the variables of a function's annotations stand for in a call with these arguments.

    `returned` says what a function returns, `element` what a container from outside holds.
    """
    solved: Solved = {}
    listed = function.child_by_field_name("parameters")
    number = 0
    for parameter in listed.named_children if listed is not None else ():
        if parameter.type in ("keyword_separator", "positional_separator", "comment"):
            continue
        name = parameter.child_by_field_name("name") or (parameter.named_children or [parameter])[0]
        note = parameter.child_by_field_name("type")
        given = keywords.get(text_of(name)) or (positional[number] if number < len(positional) else None)
        number += 1
        if given and note is not None:
            _match(note, given, solved, lambda value: _inside(value, returned, element))
    return solved


def _match(note: Node, given: Types, solved: Solved, inside: Callable[[Value], Types]) -> None:
    words = _words(note)
    plain = note.named_children[0] if note.named_children else note
    direct = plain.type in ("identifier", "type_identifier", "binary_operator", "union_type", "string")
    for word in words:
        if word in solved:
            continue
        if direct or words[0] == "Optional":
            solved[word] = given
        else:
            solved[word] = joined(inside(value) for value in given)


def _inside(value: Value, returned: Callable[[Value], Types], element: Callable[[Value], Types]) -> Types:
    """What `type[T]`, `Callable[..., T]` or a container of T says of T."""
    if value.kind == "class":
        return (replace(value, kind="object", exact=True),)
    if value.kind in ("function", "lambda"):
        return returned(value)
    if value.kind == "object" and not value.ours:
        return element(value)
    return UNKNOWN


def _words(note: Node) -> list[str]:
    found, stack = [], [note]
    while stack:
        node = stack.pop()
        if node.type in ("identifier", "type_identifier"):
            found.append(text_of(node))
        stack.extend(reversed(node.named_children))
    return found
