"""What an annotation in a Python file says."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from counterpoint.context.evidence.library import Source, text_of
from counterpoint.context.evidence.python_names import Names
from counterpoint.context.evidence.python_outside import plain
from counterpoint.context.evidence.python_scopes import Binding
from counterpoint.context.evidence.values import NONE, UNKNOWN, Types, Value, joined, made, union
from counterpoint.context.parsing import parse

if TYPE_CHECKING:
    from tree_sitter import Node

_WRAPPERS = frozenset(
    {
        "Annotated",
        "ClassVar",
        "Final",
        "Required",
        "NotRequired",
        "ReadOnly",
        "InitVar",
        "Unpack",
        "TypeGuard",
    }
)
_ANYTHING = frozenset(
    {"Any", "object", "TypeVar", "ParamSpec", "Protocol", "Generic", "TypeAlias", "LiteralString"}
)


class Notes(Names):
    """Annotations. `at` is the node whose scopes the names are looked up in, `me` what Self means there."""

    def annotation(self, source: Source, node: Node, at: Node, me: Types = UNKNOWN) -> Types:
        """The objects that an annotation admits."""
        kind = node.type
        if kind in ("type", "parenthesized_expression") and node.named_children:
            return self.annotation(source, node.named_children[0], at, me)
        if kind == "none":
            return NONE
        if kind == "string":
            return self._quoted(source, node, at, me)
        if kind in ("binary_operator", "union_type"):
            return joined(self.annotation(source, child, at, me) for child in node.named_children)
        if kind in ("identifier", "attribute"):
            return self._simple(source, node, at, me)
        if kind in ("generic_type", "subscript"):
            return self._generic(source, node, at, me)
        return UNKNOWN

    def _quoted(self, source: Source, node: Node, at: Node, me: Types) -> Types:
        text = text_of(node).strip("\"'").encode()
        tree = parse("python", text)
        inner = tree.tree.root_node
        while inner.type in ("module", "expression_statement") and inner.named_children:
            inner = inner.named_children[0]
        # The names of the text inside the quotes are looked up where the quotes stand.
        return UNKNOWN if inner.type == "module" else self.annotation(source, inner, at, me)

    def _meaning(self, source: Source, node: Node, at: Node) -> Types:
        if node.type == "attribute":
            inside, name = node.child_by_field_name("object"), node.child_by_field_name("attribute")
            if inside is None or name is None:
                return UNKNOWN
            return joined(self.attribute(value, text_of(name)) for value in self._meaning(source, inside, at))
        return self.named(source, at, text_of(node))

    def _simple(self, source: Source, node: Node, at: Node, me: Types) -> Types:
        if node.type == "identifier":
            found = self.lookup(source, at, text_of(node))
            if found is None and (own := self._parameter_of(source, at, text_of(node))):
                return own
            origins = self.origins(found[0]) if found else []
            aliases = [
                one for one in origins if isinstance(one, Binding) and one.kind == "assign" and one.value
            ]
            if aliases and len(aliases) == len(origins):
                return joined(self._alias(one, me) for one in aliases)
        return joined(self._instance(value, me) for value in self._meaning(source, node, at))

    def _parameter_of(self, source: Source, at: Node, name: str) -> Types:
        """A type parameter of a function or class round `at`, as in `def f[T: Base]`."""
        parent: Node | None = at
        while parent is not None:
            listed = parent.child_by_field_name("type_parameters")
            for one in listed.named_children if listed is not None else ():
                inner = one.named_children[0] if one.named_children else one
                parts = inner.named_children if inner.type == "constrained_type" else [one]
                if text_of(parts[0]) == name:
                    bound = self.annotation(source, parts[1], parent) if len(parts) > 1 else UNKNOWN
                    return (Value("variable", name=name, args=(bound,)),)
            parent = parent.parent
        return ()

    def _alias(self, binding: Binding, me: Types) -> Types:
        """An annotation that names another: an alias, or a variable for types with its bound."""
        value = binding.value
        key = (binding.source.path, binding.node.start_byte, "alias")
        if value is None or key in self._running:
            return UNKNOWN
        self._running.add(key)
        try:
            if value.type != "call":
                return self.annotation(binding.source, value, value, me)
            return self._variable(binding, value, me)
        finally:
            self._running.discard(key)

    def _variable(self, binding: Binding, value: Node, me: Types) -> Types:
        arguments, bound = value.child_by_field_name("arguments"), UNKNOWN
        for argument in arguments.named_children if arguments else ():
            name, given = argument.child_by_field_name("name"), argument.child_by_field_name("value")
            if argument.type == "keyword_argument" and name and given and text_of(name) == "bound":
                bound = self.annotation(binding.source, given, value, me)
        return (Value("variable", name=binding.name, args=(bound,)),)

    def _instance(self, value: Value, me: Types) -> Types:
        if value.kind == "class" and value.ours:
            return (Value("object", value.path, value.start, value.name, node=value.node),)
        if value.kind != "foreign":
            return UNKNOWN
        last = plain(value.name)
        if last == "Self":
            return me
        if last == "None":
            return NONE
        return UNKNOWN if last in _ANYTHING else made(value.name)

    def _generic(self, source: Source, node: Node, at: Node, me: Types) -> Types:
        base = node.child_by_field_name("value") or node.named_children[0]
        last = plain(text_of(base))
        if last == "Literal":
            return made("builtins.str")
        inside = node.named_children[1:]
        if inside and inside[0].type == "type_parameter":
            inside = inside[0].named_children
        if last == "Callable":
            result = self.annotation(source, inside[-1], at, me) if inside else UNKNOWN
            return made("typing.Callable", result)
        given = [self.annotation(source, one, at, me) for one in inside]
        if last in ("Optional", "Union"):
            return union(*given, NONE) if last == "Optional" else joined(given)
        if last in _WRAPPERS:
            return given[0] if given else UNKNOWN
        if last in ("type", "Type"):
            return joined(_class_of(value) for value in given[0]) if given else UNKNOWN
        if last == "tuple" and len(inside) == 2 and text_of(inside[1]) == "...":
            given = given[:1]
        return joined(self._with(value, given) for value in self._simple(source, base, at, me))

    def _with(self, value: Value, given: list[Types]) -> Types:
        if value.kind == "object" and not value.ours:
            return made(value.name, *given)
        return (replace(value, args=tuple(given)),) if value.kind == "object" else (value,)


def _class_of(value: Value) -> Types:
    if value.kind != "object":
        return UNKNOWN
    if not value.ours:
        return (Value("foreign", name=value.name),)
    return (Value("class", value.path, value.start, value.name, node=value.node),)
