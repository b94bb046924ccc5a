"""What `this` and `super` are."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from counterpoint.context.evidence.library import Source, text_of
from counterpoint.context.evidence.script_members import CLASSES, ScriptMembers
from counterpoint.context.evidence.values import UNKNOWN, Types, Value

if TYPE_CHECKING:
    from tree_sitter import Node


class ScriptSelf(ScriptMembers):
    """Receivers that have no name."""

    def this(self, source: Source, node: Node) -> Types:
        """The object of the class, or the object literal, in whose method `this` stands."""
        parent: Node | None = node.parent
        while parent is not None and parent.type != "program":
            if parent.type in (
                "function_declaration",
                "function_expression",
                "generator_function_declaration",
            ):
                return self._this_parameter(source, parent)
            if parent.type in CLASSES:
                here = class_of(source, parent)
                static = _in_static(node, parent)
                return (here,) if static else (replace(here, kind="object"),)
            if parent.type == "object" and _in_method(node, parent):
                return (Value("object", source.path, parent.start_byte, "", node=parent),)
            parent = parent.parent
        return UNKNOWN

    def _this_parameter(self, source: Source, function: Node) -> Types:
        listed = function.child_by_field_name("parameters")
        for one in listed.named_children if listed is not None else ():
            pattern, note = one.child_by_field_name("pattern"), one.child_by_field_name("type")
            if pattern is not None and pattern.type == "this" and note is not None:
                return self.annotation(source, note)
        return UNKNOWN

    def super_(self, source: Source, node: Node) -> Types:
        for value in self.this(source, node):
            if value.ours:
                return tuple(self.bases(value)[:1]) or UNKNOWN
        return UNKNOWN


def class_of(source: Source, node: Node) -> Value:
    """The class that a class node defines."""
    name = node.child_by_field_name("name")
    return Value("class", source.path, node.start_byte, text_of(name) if name is not None else "", node=node)


def _member_round(node: Node, shape: Node) -> Node | None:
    """The member of a class or object literal in which a node stands."""
    child = node
    while child.parent is not None and child.parent != shape and child.parent.parent != shape:
        child = child.parent
    return child


def _in_static(node: Node, shape: Node) -> bool:
    member = _member_round(node, shape)
    return member is not None and any(one.type == "static" for one in member.children)


def _in_method(node: Node, shape: Node) -> bool:
    child: Node | None = node
    while child is not None and child != shape:
        if child.type in ("method_definition", "function_expression"):
            return True
        child = child.parent
    return False
