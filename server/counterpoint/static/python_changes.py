"""Where Python code changes what a container holds, and whether a lock is held meanwhile."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ast_grep_py import SgNode

from counterpoint.static import syntax

_MUTATES = re.compile(
    r"\.(pop|popitem|update|clear|append|appendleft|popleft|remove|add|discard|extend|insert)$"
)
_LOCK = re.compile(r"(?i)lock|mutex|sem(?:aphore)?\b|guard|condition|transaction|atomic")
_CHANGES = [
    {"kind": "assignment"},
    {"kind": "augmented_assignment"},
    {"kind": "delete_statement"},
    {"kind": "call"},
]


def mutations(root: SgNode) -> Iterator[tuple[SgNode, SgNode]]:
    """(container, statement or call) wherever an item of a container is set, deleted, added or taken out."""
    for node in syntax.search(root, {"rule": {"any": _CHANGES}}):
        for container in changed_by(node):
            yield container, node


def changed_by(node: SgNode) -> Iterator[SgNode]:
    """The containers of which one statement or call sets, deletes, adds or takes out an item."""
    kind = node.kind()
    if kind == "call":
        callee = node.field("function")
        owner = callee.field("object") if callee is not None and callee.kind() == "attribute" else None
        if callee is not None and owner is not None and _MUTATES.search(callee.text()):
            yield owner
        return
    left = node.field("left")
    items = node.named_children() if kind == "delete_statement" else [left] if left is not None else []
    for item in items:
        if item.kind() == "subscript" and (value := item.field("value")) is not None:
            yield value


def guarded(node: SgNode) -> bool:
    """True inside a `with` whose subject is called like a lock."""
    for parent in syntax.ancestors(node):
        if parent.kind() in syntax.FUNCTIONS:
            return False
        if parent.kind() == "with_statement":
            clause = next((child for child in parent.children() if child.kind() == "with_clause"), None)
            if clause is not None and _LOCK.search(clause.text()):
                return True
    return False
