"""What the place of an expression expects of it, and what that says of the parameters of callbacks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from counterpoint.context.evidence import script_outside as outside
from counterpoint.context.evidence.generics import settled
from counterpoint.context.evidence.library import Source, text_of
from counterpoint.context.evidence.script_bindings import FUNCTIONS, Bound
from counterpoint.context.evidence.script_values import ScriptValues
from counterpoint.context.evidence.values import (
    UNKNOWN,
    Types,
    Value,
    joined,
    known,
    made,
    union,
    without_none,
)

if TYPE_CHECKING:
    from tree_sitter import Node

_ELEMENT_CALLBACKS = frozenset(
    {
        "map",
        "filter",
        "forEach",
        "find",
        "findIndex",
        "findLast",
        "some",
        "every",
        "flatMap",
        "sort",
        "toSorted",
    }
)


class Contexts(ScriptValues):
    """Parameters."""

    def signatures(self, value: Value) -> list[Value]:
        """The functions that a callable value can be called as."""
        if value.kind == "function":
            return [value]
        body = value.node
        if value.kind != "object" or body is None or not value.ours:
            return []
        if body.type == "interface_declaration":
            body = body.child_by_field_name("body") or body
        me = ((value,),)
        return [
            Value("function", value.path, one.start_byte, "", me, node=one)
            for one in body.named_children
            if one.type == "call_signature"
        ]

    def parameter(self, bound: Bound) -> Types:
        """What a parameter is: by its type, what its function is passed to, or its default."""
        source = bound.source
        if bound.note is not None:
            return self._rest(bound, settled(self.annotation(source, bound.note), {}))
        function, number = _function_of(bound.node)
        if function is None:
            return UNKNOWN
        found = self._contextual(source, function, number)
        if known(found):
            return found
        default = self.infer(source, bound.value) if bound.value is not None else UNKNOWN
        return union(default, UNKNOWN) if bound.value is not None else found

    def _rest(self, bound: Bound, types: Types) -> Types:
        return types

    def _contextual(self, source: Source, function: Node, number: int) -> Types:
        """What the place of a function expression says of its parameter."""
        found: list[Types] = []
        for value in self.expected(source, function):
            for one in self.signatures(value) if value.ours else ():
                found.append(self._parameter_type(one, number))
            if not value.ours and value.kind == "object" and value.name == "callback":
                found.append(value.args[number] if number < len(value.args) else UNKNOWN)
        plain = [one for one in found if known(one)]
        return joined(plain) if plain else UNKNOWN

    def _parameter_type(self, function: Value, number: int) -> Types:
        node = function.node
        listed = node.child_by_field_name("parameters") if node is not None else None
        if listed is None:
            return UNKNOWN
        given = [
            one for one in listed.named_children if one.type in ("required_parameter", "optional_parameter")
        ]
        source = self.source_of(function)
        for place, one in enumerate(given):
            pattern, note = one.child_by_field_name("pattern"), one.child_by_field_name("type")
            rest = pattern is not None and pattern.type == "rest_pattern"
            if note is None or not (place == number or (rest and place <= number)):
                continue
            types = self.annotation(source, note)
            types = (
                joined(outside.item(v, number - place) if not v.ours else (v,) for v in types)
                if rest
                else types
            )
            me = function.args[0][0] if function.args and function.args[0] else None
            return settled(types, self.arguments_of(me) if me is not None else {})
        return UNKNOWN

    def expected(self, source: Source, node: Node) -> Types:
        """What the place of an expression expects it to be; unknown if the place says nothing."""
        key = ("expected", source.path, node.start_byte, node.end_byte, node.type)
        if key not in self._values:
            if key in self._running or len(self._running) > 36:
                return UNKNOWN
            self._running.add(key)
            try:
                self._values[key] = self._expected(source, node)
            finally:
                self._running.discard(key)
        return self._values[key]

    def _expected(self, source: Source, node: Node) -> Types:
        parent = node.parent
        if parent is None:
            return UNKNOWN
        kind = parent.type
        if kind == "arguments":
            return self._argument(source, parent, node)
        if kind in (
            "variable_declarator",
            "public_field_definition",
            "required_parameter",
            "optional_parameter",
        ):
            note = parent.child_by_field_name("type")
            return self.annotation(source, note) if note is not None else UNKNOWN
        if kind == "pair":
            key = parent.child_by_field_name("key")
            holder = parent.parent
            types = self.expected(source, holder) if holder is not None else UNKNOWN
            return self.follow(types, (text_of(key).strip("'\""),)) if key is not None else UNKNOWN
        if kind in ("parenthesized_expression", "await_expression"):
            return self.expected(source, parent)
        if kind in ("satisfies_expression", "as_expression"):
            return self.annotation(source, parent.named_children[-1])
        if kind == "assignment_expression":
            left = parent.child_by_field_name("left")
            return self.infer(source, left) if left is not None and left != node else UNKNOWN
        return self._of_return(source, parent, node)

    def _of_return(self, source: Source, parent: Node, node: Node) -> Types:
        """What a function must return, for the expression it returns."""
        holder: Node | None = parent
        if parent.type == "return_statement":
            while holder is not None and holder.type not in FUNCTIONS:
                holder = holder.parent
        elif parent.type != "arrow_function" or parent.child_by_field_name("body") != node:
            return UNKNOWN
        if holder is None:
            return UNKNOWN
        note = holder.child_by_field_name("return_type")
        if note is not None:
            found = self.annotation(source, note)
        else:
            wanted = [one for value in self.expected(source, holder) for one in self.signatures(value)]
            found = joined(self.returned(one) for one in wanted)
        return joined(
            outside.awaited(one) if not one.ours and one.kind == "object" else (one,) for one in found
        )

    def _argument(self, source: Source, listed: Node, node: Node) -> Types:
        call = listed.parent
        number = [one for one in listed.named_children if one.type != "comment"].index(node)
        if call is None:
            return UNKNOWN
        if call.type == "new_expression":
            return self._constructor_argument(source, call, number)
        function = call.child_by_field_name("function")
        found: list[Types] = []
        for value in without_none(self.infer(source, function)) if function is not None else ():
            if value.kind == "foreign" and value.args and value.args[0][0].kind == "object":
                holder, name = value.args[0][0], value.name.rpartition(".")[2]
                if name in _ELEMENT_CALLBACKS:
                    element = outside.element(holder)
                    found.append(made("callback", element, element if "ort" in name else made("number")))
                elif name == "then":
                    found.append(made("callback", outside.awaited(holder)))
                elif name in ("reduce", "reduceRight"):
                    found.append(made("callback", UNKNOWN, outside.element(holder)))
            for one in self.signatures(value):
                found.append(self._parameter_type(one, number))
        return joined(found)

    def _constructor_argument(self, source: Source, call: Node, number: int) -> Types:
        function = call.child_by_field_name("constructor")
        found: list[Types] = []
        for value in self.infer(source, function) if function is not None else ():
            if value.kind != "class":
                continue
            for one in self.members(value, "constructor")[0]:
                built = Value("function", one.source.path, one.node.start_byte, "", node=one.node)
                found.append(self._parameter_type(built, number))
        return joined(found)


def _function_of(node: Node) -> tuple[Node | None, int]:
    """The function of a parameter, and the parameter's place in it."""
    child, parent = node, node.parent
    while parent is not None and parent.type not in (
        "formal_parameters",
        "arrow_function",
        "statement_block",
    ):
        child, parent = parent, parent.parent
    if parent is not None and parent.type == "arrow_function":
        return parent, 0
    if parent is None or parent.type != "formal_parameters":
        return None, 0
    number = [one for one in parent.named_children if one.type != "comment"].index(child)
    return parent.parent, number
