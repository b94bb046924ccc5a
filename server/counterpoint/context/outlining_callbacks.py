"""Statements that hand a function to somebody: tests, routes, listeners, modules of old. Each is a block."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from counterpoint.context.scope_nodes import first_named

if TYPE_CHECKING:
    from tree_sitter import Node

_GROUPS = frozenset(
    {"describe", "context", "suite", "fdescribe", "xdescribe", "feature", "shared_examples", "namespace"}
)
"""Calls whose function holds calls that are blocks of their own."""
_MODULES = frozenset({"", "define", "require", "requirejs"})
"""Calls whose function is only there to have names of its own."""
_FUNCTIONS = frozenset({"arrow_function", "function_expression", "generator_function"})
_LONGEST = 60
_SPACE = re.compile(r"[.\s]+")


@dataclass(frozen=True, slots=True)
class Callback:
    """`title` names the call with what it says first, `body` is the code of the function it is given."""

    title: str
    callee: str
    body: Node

    @property
    def is_group(self) -> bool:
        """True if the calls in it are blocks of their own."""
        return any(part in _GROUPS for part in self.callee.split("."))

    @property
    def is_module(self) -> bool:
        """True if what it defines is what its file defines."""
        return self.callee in _MODULES


def callback_of(statement: Node) -> Callback | None:
    """The call of a statement, if that hands over a function which has a body of its own."""
    call = first_named(statement) if statement.type == "expression_statement" else statement
    if call is None or call.type not in ("call_expression", "call"):
        return None
    callee = call.child_by_field_name("function") or call.child_by_field_name("method")
    arguments = call.child_by_field_name("arguments")
    given = arguments.named_children if arguments is not None else []
    if callee is None:
        return None
    body = _body(_unwrapped(callee))
    if body is not None:
        return Callback("", "", body)
    block = call.child_by_field_name("block")
    body = _body(given[-1]) if given and block is None else _ruby_body(block)
    name = _text(callee)
    return Callback(_title(name, given), name, body) if body is not None else None


def _unwrapped(node: Node) -> Node:
    inner = first_named(node) if node.type == "parenthesized_expression" else None
    return inner if inner is not None else node


def _body(node: Node) -> Node | None:
    body = node.child_by_field_name("body") if node.type in _FUNCTIONS else None
    return body if body is not None and body.type == "statement_block" else None


def _ruby_body(block: Node | None) -> Node | None:
    return block.child_by_field_name("body") if block is not None and block.type == "do_block" else None


def _title(name: str, given: list[Node]) -> str:
    said = next((_text(one).strip("\"'`") for one in given if "string" in one.type), "")
    return _SPACE.sub(" ", f"{name} {said}").strip()[:_LONGEST]


def _text(node: Node) -> str:
    return (node.text or b"").decode("utf-8", "replace")
