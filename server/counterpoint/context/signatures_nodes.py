"""Reading the nodes of a tree for signatures: their tokens, fields and what they return."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from counterpoint.context.signatures import Name, Signature

if TYPE_CHECKING:
    from tree_sitter import Node


def each(names: str) -> frozenset[str]:
    """The words of a text: a table of names."""
    return frozenset(names.split())


_WHOLE = each(
    "string string_literal interpreted_string_literal raw_string_literal char_literal rune_literal"
    " character_literal"
)
"""Texts, which are one token each."""
_NESTED = each(
    "function_definition lambda class_definition function_declaration function_expression"
    " arrow_function method_definition generator_function generator_function_declaration class"
    " class_declaration func_literal lambda_expression class_body function_item closure_expression"
    " async_block"
)
"""What has returns and yields of its own."""


@dataclass(slots=True)
class Read:
    """What is found in a file, in order."""

    signatures: list[Signature] = field(default_factory=list)
    names: list[Name] = field(default_factory=list)
    listed: set[str] = field(default_factory=set)


def settable(name: str, into: Read) -> None:
    """Mark the property that has a setter."""
    for number, one in enumerate(into.signatures):
        if one.name == name:
            into.signatures[number] = replace(one, traits=one.traits | {"settable"})


def text_of(node: Node | None) -> str:
    """The source text of a node, "" for none."""
    return (node.text or b"").decode("utf-8", "replace") if node is not None else ""


def named(node: Node | None) -> list[Node]:
    """The named children that are no comments."""
    return [one for one in node.named_children if "comment" not in one.type] if node is not None else []


def tokens(node: Node | None, skip: frozenset[int] = frozenset()) -> tuple[str, ...]:
    """The texts of the leaves, comments and the nodes of `skip` left out."""
    return tuple(_leaves(node, skip)) if node is not None else ()


def _leaves(node: Node, skip: frozenset[int]) -> Iterator[str]:
    if node.id in skip or "comment" in node.type:
        return
    if not node.child_count or node.type in _WHOLE:
        if text := text_of(node).strip():
            yield text
        return
    for child in node.children:
        yield from _leaves(child, skip)


def plain(node: Node | None) -> str:
    """The tokens of a node with one blank between each."""
    return " ".join(tokens(node))


def has(node: Node, *kinds: str) -> bool:
    """True if a child, tokens included, is of one of the kinds."""
    return any(child.type in kinds for child in node.children)


def first(node: Node | None, *kinds: str) -> Node | None:
    """The first child of one of the kinds."""
    if node is None:
        return None
    return next((child for child in node.children if child.type in kinds), None)


def inside(node: Node | None, *kinds: str) -> Iterator[Node]:
    """The nodes of the kinds in the code of a function, those of functions in it left out."""
    if node is None:
        return
    for child in node.children:
        if child.type in kinds:
            yield child
        if child.type not in _NESTED:
            yield from inside(child, *kinds)


def shapes(body: Node | None, shape: Callable[[Node], str]) -> frozenset[str]:
    """The shapes of what the `return` statements of a body give back."""
    found = set()
    for one in inside(body, "return_statement"):
        values = named(one)
        found.add(shape(values[0]) if values else "nothing")
    return frozenset(found)


def quoted(text: str) -> str:
    """What a text literal says: its quotes and what stands before them taken away."""
    start = text.lstrip("rRbBuUfF")
    for quotes in ('"""', "'''"):
        if start.startswith(quotes) and start.endswith(quotes) and len(start) >= 6:
            return start[3:-3]
    return start[1:-1] if len(start) >= 2 and start[0] in "\"'`" and start[-1] == start[0] else text
