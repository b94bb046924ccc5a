"""Calls of JavaScript and TypeScript: what they give."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from counterpoint.context.evidence import script_outside as outside
from counterpoint.context.evidence.generics import has_variables, settled, solve
from counterpoint.context.evidence.library import Source, text_of
from counterpoint.context.evidence.script_bindings import FUNCTIONS
from counterpoint.context.evidence.script_context import Contexts
from counterpoint.context.evidence.values import NONE, UNKNOWN, Types, Value, joined, made, without_none

if TYPE_CHECKING:
    from tree_sitter import Node


class ScriptWorld(Contexts):
    """Everything that is known of the JavaScript and TypeScript files of one question."""

    def call(self, source: Source, node: Node) -> Types:
        """What a call or `new` gives."""
        if node.type == "new_expression":
            return self._new(source, node)
        function, listed = node.child_by_field_name("function"), node.child_by_field_name("arguments")
        if function is None or listed is None:
            return UNKNOWN
        arguments = [one for one in listed.named_children if one.type != "comment"]
        if function.type == "import" or text_of(function) == "require":
            return self._module(source, arguments, function.type == "import")
        found = [
            self._result(source, one, arguments, node) for one in without_none(self.infer(source, function))
        ]
        return joined(found)

    def _module(self, source: Source, arguments: list[Node], promised: bool) -> Types:
        specifier = text_of(arguments[0])[1:-1] if arguments else ""
        place = self.specifiers.file(specifier, source.path)
        found: Types = (Value("module", place),) if place else UNKNOWN
        return made("Promise", found) if promised else found

    def _new(self, source: Source, node: Node) -> Types:
        function, given = node.child_by_field_name("constructor"), node.child_by_field_name("type_arguments")
        found: list[Types] = []
        args = (
            tuple(self.annotation(source, one) for one in given.named_children) if given is not None else ()
        )
        for value in self.infer(source, function) if function is not None else ():
            if value.kind == "class":
                found.append((replace(value, kind="object", exact=True, args=args),))
            elif value.kind == "foreign":
                found.append(made(value.name.rpartition(".")[2], *args))
            else:
                found.append(UNKNOWN)
        return joined(found)

    def _result(self, source: Source, value: Value, arguments: list[Node], call: Node) -> Types:
        if value.kind == "function":
            return self._settled(source, value, arguments, call)
        if value.kind == "foreign":
            return self._outside(source, value, arguments)
        if value.kind == "object" and value.ours:
            found = [self._settled(source, one, arguments, call) for one in self.signatures(value)]
            return joined(found)
        return UNKNOWN

    def _settled(self, source: Source, value: Value, arguments: list[Node], call: Node) -> Types:
        found = self.returned(value)
        if value.node is None or not has_variables(found):
            return found
        solved = self.arguments_of(value.args[0][0]) if value.args and value.args[0] else {}
        explicit, own = (
            call.child_by_field_name("type_arguments"),
            value.node.child_by_field_name("type_parameters"),
        )
        if explicit is not None and own is not None:
            for one, given in zip(own.named_children, explicit.named_children, strict=False):
                solved[text_of(one.child_by_field_name("name") or one)] = self.annotation(source, given)
        positional = [self.infer(source, one) for one in arguments]
        return settled(found, solve(value.node, positional, {}, self.returned, outside.element) | solved)

    def _outside(self, source: Source, value: Value, arguments: list[Node]) -> Types:
        """A call of something from outside. What it may hand on of ours is followed or unknown."""
        given = [self.infer(source, one) for one in arguments]
        name = value.name.rpartition(".")[2]
        if value.args:
            holder = value.args[0][0]
            handed = outside.method(holder, name, given, self.returned)
            return handed if handed is not None else made(f"{value.name}()")
        handed = outside.called(value.name, given)
        if handed is not None:
            return handed
        passed = any(
            one.kind in ("class", "function", "object") and one.ours for types in given for one in types
        )
        return UNKNOWN if passed else made(f"{value.name}()")

    def returned(self, function: Value) -> Types:
        """What calling a function of ours gives, type variables left in it."""
        node = function.node
        if node is None or node.type not in FUNCTIONS:
            return UNKNOWN
        me = function.args[0] if function.args else UNKNOWN
        note = node.child_by_field_name("return_type")
        source = self.source_of(function)
        if note is not None:
            return self.annotation(source, note, me)
        body = node.child_by_field_name("body")
        if body is None:
            return UNKNOWN
        if body.type != "statement_block":
            found = self.infer(source, body)
        else:
            found = (
                joined([self.infer(source, one) for one in _given_back(body)]) if _has_return(body) else NONE
            )
        if any(child.type == "*" for child in node.children):
            return made("Generator", UNKNOWN)
        if any(child.type == "async" for child in node.children):
            flat = joined(
                outside.awaited(one) if not one.ours and one.kind == "object" else (one,) for one in found
            )
            return made("Promise", flat)
        return found


def _given_back(body: Node) -> Iterator[Node]:
    stack = [body]
    while stack:
        node = stack.pop()
        if node.type == "return_statement":
            if node.named_children:
                yield node.named_children[0]
        elif node.type not in FUNCTIONS and node.type not in (
            "class_declaration",
            "class",
            "expression_statement",
        ):
            stack.extend(node.named_children)


def _has_return(body: Node) -> bool:
    return next(_given_back(body), None) is not None
