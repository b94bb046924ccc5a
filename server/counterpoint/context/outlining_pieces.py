"""The definitions of a tree that become blocks, found from the top: what lies in a function belongs to it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from counterpoint.context.languages import family_of
from counterpoint.context.outlining_callbacks import Callback, callback_of
from counterpoint.context.scope_nodes import SCOPES, body_of, first_child, first_named, last_row, name_of

if TYPE_CHECKING:
    from tree_sitter import Node

_WRAPPERS = frozenset(
    [
        "decorated_definition",
        "export_statement",
        "template_declaration",
        "ambient_declaration",
        "type_declaration",
        "type_definition",
    ]
)
"""Statements that hold a definition and belong to it."""
_NAMESPACES = frozenset(
    ["namespace_definition", "namespace_declaration", "file_scoped_namespace_declaration", "package_object"]
)
_THROUGH = frozenset(
    [
        "linkage_specification",
        "preproc_ifdef",
        "preproc_if",
        "preproc_else",
        "preproc_elif",
        "if_statement",
        "try_statement",
        "else_clause",
        "elif_clause",
        "except_clause",
        "finally_clause",
        "block",
        "declaration_list",
        "statement_block",
        "class_body",
        "body_statement",
        "field_declaration_list",
        "enum_body",
        "enum_body_declarations",
        "interface_body",
        "template_body",
        "compound_statement",
        "enum_class_body",
        "protocol_body",
        "type_declaration",
    ]
)
"""Nodes that are looked through for definitions."""
CALL = "call"
"""The kind of a statement that is a block though it defines nothing."""
FUNCTIONS = frozenset({"function", "method", "constructor"})
_BODILESS = frozenset({"ruby", "lua", "python", "shell", "swift", "jvm"})
"""Families in whose grammars a definition may have its code elsewhere than in a field `body`."""
_VALUES = frozenset(
    [
        "arrow_function",
        "function_expression",
        "generator_function",
        "class",
        "func_literal",
        "lambda_expression",
    ]
)
_CALLING = frozenset({"script", "ruby"})
"""Families whose files often do no more than hand functions to a framework."""
_DEEPEST = 20
"""Definitions are looked for so many levels deep: chains of `else if` are as long as somebody wants."""
_CLOSED = frozenset(["method_declaration", "abstract_method_declaration", "function_signature_item"])


@dataclass
class Piece:
    """A definition. `outer` are the nodes it is all of, `inner` the one that defines.

    `first` and `last` are its rows, decorators and comments above included. `members` are its own pieces,
    where it is a type with methods.
    """

    outer: tuple[Node, ...]
    inner: Node
    kind: str
    name: str
    first: int
    last: int
    name_row: int
    members: list[Piece] = field(default_factory=list)


def pieces(root: Node, language: str) -> list[Piece]:
    """The definitions of a tree in order, types with their members. One that begins on a line on which
    something else is, as in minified code, is left to what surrounds it."""
    return list(_found(root, family_of(language), "", -1))


def ids_of(found: Iterable[Piece]) -> set[int]:
    """The nodes of some pieces."""
    return {node.id for piece in found for node in piece.outer}


def _found(node: Node, family: str, owner: str, taken: int, depth: int = 0) -> Iterator[Piece]:
    """`taken` is the last row that is somebody else's."""
    before = _Before()
    for child in node.children:
        if "comment" in child.type or child.type == "attribute_item":
            before.add(child, taken)
            continue
        deeper = depth + 1 if depth < _DEEPEST else 0
        for piece in _pieces_of(child, family, owner, before, taken, deeper):
            yield piece
            taken = max(taken, piece.last)
        if child.is_named:
            taken = max(taken, child.start_point.row if child.type in _THROUGH else last_row(child))
        before = _Before()


@dataclass
class _Before:
    """Comments and attributes, one right below the other, that what comes next may own."""

    first: int = -1
    last: int = -1
    attributes: list[Node] = field(default_factory=list)

    def add(self, node: Node, taken: int) -> None:
        row = node.start_point.row
        if not self.attributes and not (self.first >= 0 and row <= self.last + 1):
            self.first = row if row > taken else -1
        self.last = last_row(node)
        if "comment" not in node.type:
            self.attributes.append(node)

    def start(self, node: Node, taken: int) -> int:
        """The first row of a node with what belongs to it."""
        row = node.start_point.row
        owned = self.first >= 0 and (row <= self.last + 1 or bool(self.attributes))
        return self.first if owned and self.first > taken else row


def _pieces_of(
    child: Node, family: str, owner: str, before: _Before, taken: int, deeper: int
) -> Iterator[Piece]:
    """The definitions of a child; what it holds is looked into unless `deeper` is 0."""
    inner = _defining(child)
    kind = SCOPES.get(inner.type, "function") if inner is not None else ""
    if inner is None:
        if child.type in _THROUGH and deeper:
            yield from _found(child, family, owner, taken, deeper)
        elif family in _CALLING and deeper and (call := callback_of(child)) is not None:
            yield from _called(child, call, family, owner, before, taken, deeper)
        return
    if kind == "module" or inner.type in _NAMESPACES:
        if deeper and (body := body_of(inner)) is not None:
            within = owner if inner.type in _NAMESPACES else _qualified(owner, name_of(inner))
            yield from _found(body, family, within, _head_row(body), deeper)
        return
    start = before.start(child, taken)
    if start <= taken or (kind in FUNCTIONS and not _has_body(inner, family)):
        return
    found = _piece(child, inner, kind, family, owner, start, tuple(before.attributes))
    if deeper and kind not in FUNCTIONS and (body := body_of(inner)) is not None:
        found.members = list(_found(body, family, found.name, _head_row(body), deeper))
    yield found


def _called(
    child: Node, call: Callback, family: str, owner: str, before: _Before, taken: int, deeper: int
) -> Iterator[Piece]:
    if call.is_module:
        yield from _found(call.body, family, owner, _head_row(call.body), deeper)
        return
    start = before.start(child, taken)
    if start > taken:
        row = child.start_point.row
        piece = Piece((child,), child, CALL, _qualified(owner, call.title), start, last_row(child), row)
        if call.is_group:
            piece.members = list(_found(call.body, family, piece.name, _head_row(call.body), deeper))
        yield piece


def _piece(
    outer: Node, inner: Node, kind: str, family: str, owner: str, start: int, lead: tuple[Node, ...]
) -> Piece:
    name, name_row = _name(outer, inner, family)
    if kind == "function" and owner:
        kind = "method"
    return Piece((*lead, outer), inner, kind, _qualified(owner, name), start, last_row(outer), name_row)


def _head_row(body: Node) -> int:
    """The last row of what stands before a body: what shares a line with it is no piece of its own."""
    first = first_child(body)
    return body.start_point.row - (0 if first is not None and first.type == "{" else 1)


def _defining(child: Node) -> Node | None:
    """The node of a statement that defines something, if there is one."""
    if child.is_named and child.type in SCOPES:
        return child
    if child.type in _WRAPPERS:
        inner = [one for one in child.named_children if "comment" not in one.type]
        found = [one for one in map(_defining, inner) if one is not None]
        return found[0] if len(found) == 1 else None
    value = _value(child)
    return value if value is not None and value.type in _VALUES else None


def _value(child: Node) -> Node | None:
    """What a statement assigns, where it assigns one thing."""
    if child.type in ("lexical_declaration", "variable_declaration"):
        inner = [one for one in child.named_children if one.type == "variable_declarator"]
        return inner[0].child_by_field_name("value") if len(inner) == 1 else None
    if child.type in ("field_definition", "public_field_definition"):
        return child.child_by_field_name("value")
    first = first_named(child) if child.type == "expression_statement" else None
    assigned = first is not None and first.type == "assignment_expression"
    return first.child_by_field_name("right") if first is not None and assigned else None


def _name(outer: Node, inner: Node, family: str) -> tuple[str, int]:
    """The name of a definition, with what it belongs to where it says so itself, and its row."""
    name, row = name_of(inner), inner.start_point.row
    if inner.type in _VALUES and inner.parent is not None:
        target = next(
            (
                found
                for key in ("name", "left", "property")
                if (found := inner.parent.child_by_field_name(key))
            ),
            None,
        )
        if target is not None:
            return (target.text or b"").decode("utf-8", "replace")[:120], target.start_point.row
    node = inner.child_by_field_name("name")
    if node is not None:
        row = node.start_point.row
    if inner.type == "impl_item" and (of := inner.child_by_field_name("type")) is not None:
        name = (of.text or b"").decode("utf-8", "replace").partition("<")[0]
    if family == "go" and (receiver := inner.child_by_field_name("receiver")) is not None:
        words = (receiver.text or b"").decode("utf-8", "replace").strip("() ").replace("*", " ").split()
        name = f"{words[-1].partition('[')[0]}.{name}" if words else name
    if family == "c":
        name = name.replace("::", ".")
        row = _declarator_row(inner)
    if not name and (declared := outer.child_by_field_name("declarator")) is not None:
        name = (declared.text or b"").decode("utf-8", "replace")
    return name or ("default" if outer.type == "export_statement" else ""), row


def _declarator_row(inner: Node) -> int:
    found, row = inner, inner.start_point.row
    while (below := found.child_by_field_name("declarator")) is not None:
        found, row = below, below.start_point.row
    return row


def _qualified(owner: str, name: str) -> str:
    name = name.strip("\"'`")
    return f"{owner}.{name}" if owner and name else name or owner


def _has_body(inner: Node, family: str) -> bool:
    if inner.type == "property_declaration":
        accessors = inner.child_by_field_name("accessors")
        return accessors is not None and any(
            one.child_by_field_name("body") is not None for one in accessors.named_children
        )
    if body_of(inner) is not None:
        return True
    return family in _BODILESS and not (inner.type in _CLOSED and _ends_at_once(inner))


def _ends_at_once(inner: Node) -> bool:
    return (inner.text or b"").rstrip().endswith(b";")
