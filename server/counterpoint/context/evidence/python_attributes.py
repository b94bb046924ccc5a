"""Attributes and parameters of Python: what a member of a value is."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from counterpoint.context.evidence.generics import Solved, has_variables, settled
from counterpoint.context.evidence.library import Source, text_of
from counterpoint.context.evidence.python_classes import Member, class_value, function_value
from counterpoint.context.evidence.python_names import is_overload
from counterpoint.context.evidence.python_outside import holds
from counterpoint.context.evidence.python_scopes import Binding, seen
from counterpoint.context.evidence.python_values import Values
from counterpoint.context.evidence.values import (
    NOTHING,
    UNKNOWN,
    Types,
    Value,
    foreign,
    joined,
    known,
    made,
    union,
)  # fmt: skip

if TYPE_CHECKING:
    from tree_sitter import Node


class Attributes(Values):
    """Members."""

    def defined(self, source: Source, node: Node) -> Types:
        """The class or function of a definition."""
        value = class_value(source, node) if node.type == "class_definition" else function_value(source, node)
        return (value,)

    def attribute(self, value: Value, name: str) -> Types:
        """What an attribute of a value is."""
        if value.kind == "module":
            return self.typed_all(self.member_of_module(value.path, name))
        if value.kind == "foreign":
            return (Value("foreign", name=f"{value.name}.{name}"),)
        if value.kind == "object" and not value.ours:
            return (Value("foreign", name=f"{value.name}.{name}", args=((value,),)),)
        if value.kind in ("object", "class", "super"):
            return self._member_value(value, name)
        return UNKNOWN

    def _member_value(self, value: Value, name: str) -> Types:
        member, stranger = self.member_of(value, name)
        if name == "__class__" and value.kind == "object":
            return (replace(value, kind="class", exact=False),)
        if member is None and name == "__dict__":
            return made("builtins.dict")
        if member is None and stranger is not None and stranger.kind == "foreign" and not holds(stranger):
            return foreign(f"{stranger.name}.{name}")
        if member is None or stranger is not None:
            return UNKNOWN
        me = value.args[0] if value.kind == "super" else (value,)
        overloads = [one for one in member.bindings if one.kind == "def" and is_overload(one)]
        found = joined(self._of_member(binding, me) for binding in overloads or seen(member.bindings))
        return settled(found, self.arguments_of(value)) if has_variables(found) else found

    def arguments_of(self, value: Value) -> Solved:
        """What the type variables of a generic class stand for in an object of it."""
        listed = value.node.child_by_field_name("superclasses") if value.node is not None else None
        if value.kind != "object" or not value.args:
            return {}
        for base in listed.named_children if listed is not None else ():
            if base.type == "subscript":
                names = [text_of(one) for one in base.children_by_field_name("subscript")]
                return dict(zip(names, value.args, strict=False))
        own = value.node.child_by_field_name("type_parameters") if value.node is not None else None
        names = [text_of(one).partition(":")[0] for one in own.named_children] if own is not None else []
        return dict(zip(names, value.args, strict=False))

    def member_of(self, value: Value, name: str) -> tuple[Member | None, Value | None]:
        """The member that an attribute of a value names, and what may stand before it."""
        owner = replace(value, kind="class", args=(), exact=False)
        return self.member(owner, name, owner if value.kind == "super" else None)

    def _of_member(self, binding: Binding, me: Types) -> Types:
        node = binding.value
        if binding.kind != "def" or node is None:
            return self._constant(binding, me)
        function = function_value(binding.source, node, me)
        if self.is_property(node) and not (me and me[0].kind == "class"):
            return self.result(function)
        return (function,)

    def _constant(self, binding: Binding, me: Types) -> Types:
        found = self.typed(binding)
        owner = me[0] if me else NOTHING
        if owner.kind == "class" and any(
            value.kind == "foreign" and "Enum" in value.name for value in self.order(owner)
        ):
            return (replace(owner, kind="object"),)
        return joined(self._described(value) for value in found)

    def _described(self, value: Value) -> Types:
        """An object with `__get__` stands for what that returns."""
        plain = value.kind != "object" or not value.ours
        if plain or self.member_of(value, "__get__")[0] is None:
            return (value,)
        return settled(self.call_value((value,), "__get__"), {})

    def parameter(self, binding: Binding) -> Types:
        """What a parameter is: by its annotation, its place, the overridden method, or its default."""
        function = binding.node.parent
        while function is not None and function.type not in ("function_definition", "lambda"):
            function = function.parent
        if function is None or function.type == "lambda":
            return UNKNOWN
        source = binding.source
        if (me := self.self_of(source, function, binding.name)) is not None:
            return me
        if binding.note is not None:
            return self._starred_parameter(
                binding,
                settled(self.annotation(source, binding.note, function, self._own(source, function)), {}),
            )
        inherited = self._inherited(source, function, binding.name)
        if known(inherited):
            return inherited
        default = self.infer(source, binding.value) if binding.value is not None else UNKNOWN
        return union(default, UNKNOWN)

    def _own(self, source: Source, function: Node) -> Types:
        owner = self.class_round(source, function)
        return (replace(owner, kind="object"),) if owner else UNKNOWN

    def _starred_parameter(self, binding: Binding, types: Types) -> Types:
        holder = binding.node.parent
        kind = holder.type if holder is not None else ""
        if kind == "list_splat_pattern":
            return made("builtins.list", types)
        return (
            made("builtins.dict", made("builtins.str"), types)
            if kind == "dictionary_splat_pattern"
            else types
        )

    def _inherited(self, source: Source, function: Node, name: str) -> Types:
        """The annotation of the same parameter in the method that this one overrides."""
        owner, own = self.class_round(source, function), function.child_by_field_name("name")
        if owner is None or own is None:
            return UNKNOWN
        member, _ = self.member(owner, text_of(own), after=owner)
        for binding in member.bindings if member else ():
            if binding.kind == "def" and binding.value is not None:
                for one in self.table(binding.source, binding.value).names.get(name, ()):
                    if one.kind == "parameter" and one.note is not None:
                        return self.annotation(binding.source, one.note, binding.value)
        return UNKNOWN
