"""Members of the shapes of JavaScript and TypeScript: classes, interfaces, type literals, object literals."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from counterpoint.context.evidence.generics import Solved, has_variables, settled
from counterpoint.context.evidence.library import Source, text_of
from counterpoint.context.evidence.script_bindings import VALUE_KINDS
from counterpoint.context.evidence.script_types import ScriptTypes
from counterpoint.context.evidence.values import UNKNOWN, Types, Value

if TYPE_CHECKING:
    from tree_sitter import Node

CLASSES = frozenset({"class_declaration", "abstract_class_declaration", "class"})
METHODS = frozenset({"method_definition", "method_signature", "abstract_method_signature"})
Place = tuple[str, int]


@dataclass(frozen=True, slots=True)
class Declared:
    """A member: the node that declares it, and where its name stands."""

    source: Source
    node: Node
    name: Node
    owner: Value

    @property
    def place(self) -> Place:
        """Path and 0-based line of the name."""
        return self.source.path, int(self.name.start_point[0])


class ScriptMembers(ScriptTypes):
    """Member tables and hierarchies."""

    def own(self, value: Value, name: str) -> list[Declared]:
        """What a shape itself declares under a name."""
        if value.node is None:
            return []
        source = self.source_of(value)
        found = []
        for shape in self._merged(source, value):
            for node, key in _declarations(shape):
                if _plain(key) == name and _belongs(node, shape, value, name):
                    found.append(Declared(source, node, key, value))
        return found

    def _merged(self, source: Source, value: Value) -> list[Node]:
        """A class or interface together with others of its name in the same block."""
        node = value.node
        if node is None:
            return []
        if node.type not in CLASSES and node.type != "interface_declaration":
            return [node]
        name = node.child_by_field_name("name")
        if name is None:
            return [node]
        others = self.lookup(source, node, text_of(name), types=True)
        same = [one.value for one in others if one.kind in ("class", "interface") and one.value is not None]
        return [node, *(one for one in same if one != node)]

    def bases(self, value: Value) -> list[Value]:
        """The types that a class or interface names as its own, extended first."""
        node = value.node
        found: list[Value] = []
        if node is None:
            return []
        source = self.source_of(value)
        for shape in self._merged(source, value):
            for child in shape.named_children:
                if child.type == "class_heritage":
                    clauses = child.named_children
                    if clauses and clauses[0].type not in ("extends_clause", "implements_clause"):
                        found += _instances(self.infer(source, clauses[0]))
                    for clause in clauses:
                        found += self._heritage(source, clause)
                elif child.type == "extends_type_clause":
                    for one in child.named_children:
                        found += self.annotation(source, one)
        return found

    def _heritage(self, source: Source, clause: Node) -> Types:
        if clause.type == "extends_clause":
            value = clause.child_by_field_name("value")
            given = clause.child_by_field_name("type_arguments")
            found = _instances(self.infer(source, value)) if value is not None else UNKNOWN
            if given is not None:
                args = tuple(self.annotation(source, one) for one in given.named_children)
                found = tuple(replace(one, args=args) if one.ours else one for one in found)
            return found
        if clause.type == "implements_clause":
            return tuple(value for one in clause.named_children for value in self.annotation(source, one))
        return ()

    def members(self, value: Value, name: str, depth: int = 0) -> tuple[list[Declared], bool]:
        """The declarations of the nearest shape that has the name; true if an unknown base may have it."""
        found = self.own(value, name)
        if found or depth > 12:
            return found, False
        if value.node is not None and value.node.type == "object":
            return self._spread(value, name, depth)
        if value.node is not None and value.node.type == "generic_type":
            return self._picked(value, name, depth)
        unsure = False
        for base in self.bases(value):
            if base.ours and base.kind in ("object", "class"):
                base = replace(base, kind=value.kind)
                inherited, open_ = self.members(base, name, depth + 1)
                found += inherited
                unsure = unsure or open_
            elif base.kind in ("unknown", "variable") or not base.ours:
                unsure = True
            if found:
                return found, False
        return found, unsure

    def _picked(self, value: Value, name: str, depth: int) -> tuple[list[Declared], bool]:
        """The members that `Pick` and `Omit` leave."""
        found, unsure = [], False
        for one in self._left(value, name):
            if one.ours and one.kind == "object":
                found += self.members(one, name, depth + 1)[0]
            else:
                unsure = True
        return found, unsure

    def _left(self, value: Value, name: str) -> list[Value]:
        """What `Pick` or `Omit` is of, unless it leaves out the name."""
        listed = value.node.named_children[-1].named_children if value.node is not None else []
        if len(listed) != 2:
            return []
        quoted = f"'{name}'" in text_of(listed[1]).replace('"', "'")
        if quoted != (value.name == "Pick") and listed[1].type in ("union_type", "literal_type"):
            return []
        return list(self.annotation(self.source_of(value), listed[0]))

    def _spread(self, value: Value, name: str, depth: int) -> tuple[list[Declared], bool]:
        source, found, unsure = self.source_of(value), [], False
        for child in value.node.named_children if value.node is not None else ():
            if child.type == "spread_element" and child.named_children:
                for one in self.infer(source, child.named_children[0]):
                    if one.ours and one.kind == "object":
                        found += self.members(one, name, depth + 1)[0]
                    else:
                        unsure = unsure or one.kind != "none"
        return found, unsure

    def related(self, declared: Declared) -> set[Place]:
        """The places of a member and of those it implements or overrides, in every base."""
        places, name = {declared.place}, _plain(declared.name)
        stack = [declared.owner]
        seen: set[tuple[str, int]] = set()
        while stack:
            owner = stack.pop()
            key = (owner.path, owner.start)
            if key in seen or len(seen) > 60:
                continue
            seen.add(key)
            for base in self._wider(owner, name):
                if base.ours and base.kind == "object":
                    places |= {one.place for one in self.own(base, name)}
                    stack.append(base)
        return places

    def _wider(self, owner: Value, name: str) -> list[Value]:
        node = owner.node
        if node is not None and node.type == "generic_type":
            return self._left(owner, name)
        if node is not None and node.type == "object":
            return list(self.expected(self.source_of(owner), node))
        return self.bases(owner)

    def arguments_of(self, value: Value) -> Solved:
        """What the type parameters of a generic shape stand for in an object of it."""
        listed = value.node.child_by_field_name("type_parameters") if value.node is not None else None
        if listed is None or not value.args:
            return {}
        names = [text_of(one.child_by_field_name("name") or one) for one in listed.named_children]
        return dict(zip(names, value.args, strict=False))

    def member_type(self, declared: Declared, me: Value) -> Types:
        """What a member is when it is read."""
        found = self._member_type(declared, me)
        return settled(found, self.arguments_of(me)) if has_variables(found) else found

    def _member_type(self, declared: Declared, me: Value) -> Types:
        node, source = declared.node, declared.source
        here = (replace(me, kind="object"),)
        if node.type in METHODS:
            function = Value(
                "function", source.path, node.start_byte, text_of(declared.name), (here,), node=node
            )
            getter = any(child.type == "get" for child in node.children)
            return self.returned(function) if getter else (function,)
        note, value = node.child_by_field_name("type"), node.child_by_field_name("value")
        if note is not None:
            return self.annotation(source, note, here)
        if node.type == "shorthand_property_identifier":
            return self.infer(source, node)
        if node.type == "assignment_expression":
            value = node.child_by_field_name("right")
        if value is not None:
            return self.infer(source, value)
        return UNKNOWN

    def in_namespace(self, value: Value, name: str) -> list[Declared]:
        """The declarations of a namespace."""
        body = value.node.child_by_field_name("body") if value.node is not None else None
        if body is None:
            return []
        source = self.source_of(value)
        bounds = [one for one in self.table(source, body).get(name, ()) if one.kind in VALUE_KINDS]
        return [Declared(source, one.value, one.node, value) for one in bounds if one.value is not None]


def _instances(types: Types) -> Types:
    return tuple(replace(one, kind="object", exact=False) if one.kind == "class" else one for one in types)


def _belongs(node: Node, shape: Node, value: Value, name: str) -> bool:
    """False for a static member of an object, and for a member of objects that is asked of the class."""
    if shape.type not in CLASSES or name == "constructor":
        return True
    return any(child.type == "static" for child in node.children) == (value.kind == "class")


def _plain(key: Node) -> str:
    return text_of(key).strip("'\"")


def _declarations(shape: Node) -> Iterator[tuple[Node, Node]]:
    """The members of a shape, each with the node of its name."""
    body = shape if shape.type in ("object_type", "object") else shape.child_by_field_name("body")
    for node in body.named_children if body is not None else ():
        if node.type == "shorthand_property_identifier":
            yield node, node
            continue
        key = (
            node.child_by_field_name("name")
            or node.child_by_field_name("key")
            or node.child_by_field_name("property")
        )
        if key is None:
            continue
        yield node, key
        if node.type == "method_definition" and text_of(key) == "constructor":
            yield from _of_constructor(node)


def _of_constructor(node: Node) -> Iterator[tuple[Node, Node]]:
    """Parameters that are fields, and in plain JavaScript what is assigned to `this`."""
    listed, body = node.child_by_field_name("parameters"), node.child_by_field_name("body")
    for parameter in listed.named_children if listed is not None else ():
        name = parameter.child_by_field_name("pattern")
        if name is not None and any(
            one.type in ("accessibility_modifier", "readonly") for one in parameter.children
        ):
            yield parameter, name
    for statement in body.named_children if body is not None else ():
        inner = statement.named_children[0] if statement.named_children else None
        if inner is None or inner.type != "assignment_expression":
            continue
        left = inner.child_by_field_name("left")
        holder = (
            left.child_by_field_name("object")
            if left is not None and left.type == "member_expression"
            else None
        )
        name = left.child_by_field_name("property") if left is not None and holder is not None else None
        if name is not None and holder is not None and holder.type == "this":
            yield inner, name
