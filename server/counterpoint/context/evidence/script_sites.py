"""Whether a call in a JavaScript or TypeScript file reaches a definition."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING

from counterpoint.context.evidence.library import Library, Source, definition_at, text_of
from counterpoint.context.evidence.script_bindings import FUNCTIONS, Bound
from counterpoint.context.evidence.script_calls import ScriptWorld
from counterpoint.context.evidence.script_members import CLASSES, METHODS, Declared
from counterpoint.context.evidence.script_names import Origin
from counterpoint.context.evidence.script_self import class_of
from counterpoint.context.evidence.script_types import standard
from counterpoint.context.evidence.target import Given, Shape, Target, fits
from counterpoint.context.evidence.values import (
    Value,
    Verdict,
    certain,
    excluded,
    known,
    possible,
    without_none,
)

if TYPE_CHECKING:
    from tree_sitter import Node

_SIGNATURES = frozenset({"method_signature", "property_signature", "abstract_method_signature"})
_NAMED = FUNCTIONS | CLASSES | {"variable_declarator", "public_field_definition", "pair"}


class ScriptSites:
    """Judges calls in JavaScript and TypeScript files."""

    def __init__(self, library: Library) -> None:
        self.world = ScriptWorld(library)

    def target(self, source: Source, line: int, name: str) -> Target | None:
        """The definition whose name stands at a 0-based line."""
        node = definition_at(source, line, name, _NAMED)
        if node is None:
            return None
        owner = self._owner(source, node)
        if owner is not None:
            return self._method(source, node, line, name, owner)
        found = self.world.lookup(source, node.parent or node, name)
        places = {(source.path, one.line) for one in found} | {(source.path, line)}
        nested = not (node.parent is not None and _at_top(node))
        shape = Shape() if len(places) > 1 or node.type not in FUNCTIONS else _shape(node)
        return Target(name, frozenset(places), nested=nested, shape=shape)

    def _owner(self, source: Source, node: Node) -> Value | None:
        parent = node.parent
        if parent is None or node.type not in METHODS | {"pair", "public_field_definition"}:
            return None
        if parent.type == "class_body" and parent.parent is not None:
            static = any(one.type == "static" for one in node.children)
            return replace(class_of(source, parent.parent), kind="class" if static else "object")
        if parent.type in ("interface_body", "object_type") and parent.parent is not None:
            shape = parent if parent.type == "object_type" else parent.parent
            return Value("object", source.path, shape.start_byte, "", node=shape)
        if parent.type == "object":
            return Value("object", source.path, parent.start_byte, "", node=parent)
        return None

    def _method(self, source: Source, node: Node, line: int, name: str, owner: Value) -> Target:
        if name == "constructor" and owner.node is not None and owner.node.type in CLASSES:
            own = owner.node.child_by_field_name("name") if owner.node is not None else None
            places = frozenset({(source.path, int(own.start_point[0]) if own is not None else line)})
            return Target(owner.name, places)
        same = self.world.own(owner, name)
        wider = {place for one in same for place in self.world.related(one)} - {one.place for one in same}
        shape = _shape(node) if len(same) == 1 and node.type in FUNCTIONS else Shape()
        places = frozenset({(source.path, line), *(one.place for one in same)})
        loose = owner.node is not None and owner.node.type == "object"
        loose = loose and not known(self.world.expected(source, owner.node or node))
        return Target(name, places, owner, False, shape, frozenset(wider), loose)

    def hints(self, source: Source, target: Target) -> list[str]:
        """The words of the module's path, if it exports the target as its default."""
        path = source.path
        found = self.world.member_of_module(path, "default")
        if not any(isinstance(one, Bound) and target.at(path, one.line) for one in found):
            return []
        parts = path.partition(".")[0].split("/")
        stem = parts[-2] if parts[-1] == "index" and len(parts) > 1 else parts[-1]
        return [word for word in re.split(r"\W+", stem) if word][:1]

    def renamed(self, source: Source, target: Target, name: str) -> set[str]:
        """Other names under which a file imports what is called `name`, if it is the target."""
        if target.owner is not None or target.nested:
            return set()
        found = set()
        for alias, bounds in self.world.table(source, source.root).items():
            for bound in bounds:
                if bound.kind == "from" and alias != name and self._is_it(bound, target, name):
                    found.add(alias)
        for bound in self.world.exported(source):
            if (
                bound.kind == "from"
                and bound.name not in (name, "default")
                and self._is_it(bound, target, name)
            ):
                found.add(bound.name)
        return found

    def _is_it(self, bound: Bound, target: Target, name: str) -> bool:
        if bound.imported not in (name, "default"):
            return False
        local = self.world.table(bound.source, bound.source.root).get(bound.imported, [])
        origins = self.world.origins([bound] if bound.module else local)
        return any(isinstance(one, Bound) and target.at(one.source.path, one.line) for one in origins)

    def judge(self, source: Source, name: Node, target: Target) -> Verdict:
        """What evidence says of a call whose called name is `name`."""
        holder = name.parent
        if (
            holder is not None
            and holder.type == "member_expression"
            and holder.child_by_field_name("property") == name
        ):
            receiver = holder.child_by_field_name("object")
            if receiver is not None:
                types = without_none(self.world.infer(source, receiver))
                return _best([self._of_value(one, source, receiver, name, target) for one in types])
        return self._bare(source, name, target)

    def _bare(self, source: Source, name: Node, target: Target) -> Verdict:
        word = text_of(name)
        found = self.world.lookup(source, name, word)
        if found:
            return self._of_origins(self.world.origins(found), target, source)
        if target.owner is not None or target.nested or standard(word):
            return excluded("a bare name cannot reach it")
        return possible("a name that nothing here binds")

    def _of_origins(self, origins: Iterable[Origin], target: Target, source: Source) -> Verdict:
        verdicts = [self._of_origin(origin, target, source) for origin in origins]
        return _best(verdicts) if verdicts else possible("a name of unknown origin")

    def _of_origin(self, origin: Origin, target: Target, source: Source) -> Verdict:
        if isinstance(origin, Value):
            if origin.kind == "unknown":
                return possible("an import that does not resolve")
            return excluded(f"imported from {origin.name or origin.path}")
        if target.at(origin.source.path, origin.line):
            here = origin.source.path == source.path
            return certain("defined in this file" if here else f"imported from {origin.source.path}")
        if origin.kind in ("variable", "parameter", "iterated"):
            return self._variable(origin, target)
        return excluded(f"another definition, in {origin.source.path}")

    def _variable(self, bound: Bound, target: Target) -> Verdict:
        """A name taken out of an object, or a variable that happens to have the name."""
        if bound.steps and isinstance(bound.steps[-1], str):
            whole = self._whole(bound)
            types = without_none(self.world.follow(whole, bound.steps[:-1]))
            verdicts = [self._of_member(one, bound.steps[-1], target) for one in types]
            return _best(verdicts)
        types = self.world.typed(bound)
        for value in types:
            if value.kind in ("function", "class") and value.node is not None:
                name = value.node.child_by_field_name("name")
                if name is not None and target.at(value.path, int(name.start_point[0])):
                    return possible("a variable that holds it")
        if target.owner is None or known(types):
            return excluded("a variable of that name")
        return (
            excluded("a parameter of that name")
            if bound.kind == "parameter"
            else possible("a variable of that name")
        )

    def _whole(self, bound: Bound) -> tuple[Value, ...]:
        if bound.kind == "parameter":
            return self.world.parameter(bound)
        if bound.note is not None:
            return self.world.annotation(bound.source, bound.note)
        whole = self.world.infer(bound.source, bound.value) if bound.value is not None else ()
        return self.world.iterated(whole) if bound.kind == "iterated" else whole

    def _of_value(self, value: Value, source: Source, receiver: Node, name: Node, target: Target) -> Verdict:
        if value.kind in ("unknown", "variable"):
            bound = value.args[0] if value.kind == "variable" else ()
            if bound and known(bound):
                return _best([self._of_value(one, source, receiver, name, target) for one in bound])
            return self._untyped(source, receiver, name, target)
        if value.kind == "module":
            origins = self.world.member_of_module(value.path, text_of(name))
            if origins:
                return self._of_origins(origins, target, source)
            return excluded(f"{value.path} has no such name")
        return self._of_member(value, text_of(name), target)

    def _of_member(self, value: Value, word: str, target: Target) -> Verdict:
        if value.kind in ("unknown", "variable"):
            return possible("taken out of an object of unknown type")
        if not value.ours or value.kind not in ("object", "class"):
            return excluded(f"the receiver is {value.name or value.kind}")
        if value.node is not None and value.node.type in ("internal_module", "module"):
            declared = self.world.in_namespace(value, word)
            return self._of_declared(declared, value, target, False)
        declared, unsure = self.world.members(value, word)
        return self._of_declared(declared, value, target, unsure)

    def _of_declared(self, declared: list[Declared], value: Value, target: Target, unsure: bool) -> Verdict:
        called = value.name or "an object"
        for one in declared:
            if target.at(*one.place):
                return certain(f"the receiver is {called}")
        for one in declared:
            if one.place in target.wider:
                return certain(f"declared by {called}, which it implements or overrides")
        for one in declared:
            if self.world.related(one) & (target.wider | target.places):
                return possible(f"{called} shares the member's declaration")
        if declared and target.loose and all(one.node.type in _SIGNATURES for one in declared):
            return possible(f"{called} declares such a member, and the object may be passed as one")
        if declared:
            return excluded(f"the receiver is {called}")
        return (
            possible(f"{called} has a base of unknown type")
            if unsure
            else excluded(f"{called} has no such member")
        )

    def _untyped(self, source: Source, receiver: Node, name: Node, target: Target) -> Verdict:
        if target.nested:
            return excluded("a function inside a function has no receiver")
        call = name.parent.parent if name.parent is not None else None
        if call is not None and call.type == "call_expression" and not fits(target.shape, _given(call)):
            return excluded("its parameters do not take these arguments")
        if target.owner is None and not self._may_be_module(source, receiver):
            return excluded("a function of a module, called on an object")
        return possible("a receiver of unknown type")

    def _may_be_module(self, source: Source, receiver: Node) -> bool:
        if receiver.type != "identifier":
            return False
        found = self.world.lookup(source, receiver, text_of(receiver))
        return not found or any(one.kind in ("from", "import") for one in found)


def _best(verdicts: list[Verdict]) -> Verdict:
    for kind in ("certain", "possible"):
        for verdict in verdicts:
            if verdict.kind == kind:
                return verdict
    return verdicts[0] if verdicts else possible("a receiver of unknown type")


def _at_top(node: Node) -> bool:
    parent = node.parent
    while parent is not None:
        if parent.type in FUNCTIONS or parent.type in CLASSES:
            return False
        parent = parent.parent
    return True


def _shape(node: Node) -> Shape:
    listed = node.child_by_field_name("parameters")
    least = most = 0
    for one in listed.named_children if listed is not None else ():
        pattern = one.child_by_field_name("pattern")
        target = pattern if pattern is not None else one
        if target.type == "this" or one.type == "comment":
            continue
        if target.type == "rest_pattern":
            return Shape(least, -1)
        most += 1
        typed = one.type == "required_parameter" and one.child_by_field_name("value") is None
        least += typed and one.child_by_field_name("type") is not None
    return Shape(least, most)


def _given(call: Node) -> Given:
    listed = call.child_by_field_name("arguments")
    if listed is None or listed.type != "arguments":
        return Given(spread=True)
    given = [one for one in listed.named_children if one.type != "comment"]
    spread = any(one.type == "spread_element" for one in given)
    return Given(len(given) - spread, frozenset(), spread)
