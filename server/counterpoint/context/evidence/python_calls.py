"""Calls of Python: what they give, with the arguments seen."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from counterpoint.context.evidence import python_outside as outside
from counterpoint.context.evidence.generics import has_variables, settled, solve
from counterpoint.context.evidence.library import Source, text_of
from counterpoint.context.evidence.python_attributes import Attributes
from counterpoint.context.evidence.values import UNKNOWN, Types, Value, joined, made

if TYPE_CHECKING:
    from tree_sitter import Node

_OVER_ITEMS = outside.SEQUENCES | {"enumerate", "sorted", "next", "max", "min", "iter"}


class PythonWorld(Attributes):
    """Everything that is known of the Python files of one question."""

    def call(self, source: Source, node: Node) -> Types:
        """What a call gives."""
        function, listed = node.child_by_field_name("function"), node.child_by_field_name("arguments")
        if function is None or listed is None:
            return UNKNOWN
        arguments = [one for one in listed.named_children if one.type != "comment"]
        if function.type == "identifier" and text_of(function) == "super":
            return self._super(source, node)
        found: list[Types] = []
        for value in self.infer(source, function):
            if value.kind == "foreign" and outside.plain(value.name) == "cast" and len(arguments) == 2:
                found.append(self.annotation(source, arguments[0], node))
            elif value.kind == "foreign" and value.name == "builtins.type" and len(arguments) == 1:
                found.append(
                    joined(self.attribute(one, "__class__") for one in self.infer(source, arguments[0]))
                )
            elif value.kind == "foreign":
                found.append(self._outside(source, value, arguments))
            else:
                found.append(self._given(source, value, arguments))
        return joined(found)

    def _given(self, source: Source, value: Value, arguments: list[Node]) -> Types:
        """What calling a value of ours gives, its type variables replaced by what the arguments are."""
        if value.kind != "function" or value.node is None or not has_variables(self.returned(value)):
            return self.result(value)
        positional = [self.infer(source, one) for one in arguments if one.type != "keyword_argument"]
        keywords = {}
        for one in arguments:
            name, given = one.child_by_field_name("name"), one.child_by_field_name("value")
            if one.type == "keyword_argument" and name is not None and given is not None:
                keywords[text_of(name)] = self.infer(source, given)
        return self._settled(value, positional, keywords)

    def _settled(self, value: Value, positional: list[Types], keywords: dict[str, Types]) -> Types:
        found = self.returned(value)
        if value.node is None or not has_variables(found):
            return found
        me = value.args[:1] if value.args and not self.is_static(value.node) else ()
        solved = self.arguments_of(me[0][0]) if me else {}
        return settled(
            found, solved | solve(value.node, [*me, *positional], keywords, self.result, outside.element)
        )

    def _super(self, source: Source, node: Node) -> Types:
        parent, child = node.parent, node
        while parent is not None and not (parent.type == "class_definition" and child.type == "block"):
            if parent.type == "function_definition" and (owner := self.class_round(source, parent)):
                here = replace(owner, kind="class" if self.is_classmethod(parent) else "object")
                return (replace(owner, kind="super", args=((here,),)),)
            child, parent = parent, parent.parent
        return UNKNOWN

    def _outside(self, source: Source, value: Value, arguments: list[Node]) -> Types:
        """A call of something from outside. What it may hand on of ours is followed or unknown."""
        if (
            value.args
            and (found := outside.method(value.args[0][0], value.name.rpartition(".")[2])) is not None
        ):
            return found
        plain = [
            one for one in arguments if one.type not in ("keyword_argument", "list_splat", "dictionary_splat")
        ]
        given = [self.infer(source, one) for one in plain]
        if outside.plain(value.name) in _OVER_ITEMS:
            given = [_sequence(self, types) for types in given]
        handed = outside.called(value.name, given)
        if handed is not None:
            return handed
        if value.name == "builtins.super":
            return UNKNOWN
        last = value.name.rpartition(".")[2]
        if (
            outside.holds(value)
            or last[:1].isupper()
            or (value.name.startswith("builtins.") and value.name.count(".") == 1)
        ):
            return made(value.name)
        # A function that is given a function or an object of ours may return it, or what it returns.
        passed = any(one.kind in ("class", "function", "lambda") or (one.kind == "object" and one.ours)
                     for types in given for one in types)  # fmt: skip
        return UNKNOWN if passed else made(f"{value.name}()")

    def result(self, value: Value) -> Types:
        """What calling a value of ours gives."""
        if value.kind == "class":
            return (replace(value, kind="object", exact=True),)
        if value.kind == "function":
            return self._settled(value, [], {})
        if value.kind == "lambda" and value.node is not None:
            body = value.node.child_by_field_name("body")
            return self.infer(self.source_of(value), body) if body is not None else UNKNOWN
        if value.kind == "object" and value.ours:
            return self.call_value((value,), "__call__")
        if value.kind == "object" and outside.plain(value.name) == "Callable":
            return value.args[0] if value.args else UNKNOWN
        if value.kind == "foreign":
            if value.args and (found := outside.method(value.args[0][0], value.name.rpartition(".")[2])):
                return found
            return made(f"{value.name}()")
        return UNKNOWN


def _sequence(world: PythonWorld, types: Types) -> Types:
    """A value of ours that is iterated by a function from outside, as a list of what it yields."""
    return joined(
        made("builtins.list", world.iterated((value,))) if value.ours else (value,) for value in types
    )
