"""Members of Python classes, their own and inherited."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from counterpoint.context.evidence.library import Library, Source, text_of
from counterpoint.context.evidence.python_notes import Notes
from counterpoint.context.evidence.python_scopes import Binding
from counterpoint.context.evidence.values import Types, Value

if TYPE_CHECKING:
    from tree_sitter import Node

_NOT_BASES = frozenset({"Generic", "Protocol", "object", "ABC", "NamedTuple", "TypedDict"})


@dataclass(frozen=True, slots=True)
class Member:
    """What a class says of a name: the class that has it, and the bindings there."""

    owner: Value
    bindings: tuple[Binding, ...]


class Classes(Notes):
    """Class hierarchies across files."""

    def __init__(self, library: Library) -> None:
        super().__init__(library)
        self._members: dict[tuple[str, int], dict[str, list[Binding]]] = {}
        self._orders: dict[tuple[str, int], tuple[Value, ...]] = {}

    def source_of(self, value: Value) -> Source:
        """The file that defines a value of ours."""
        source = self.library.source(value.path)
        assert source is not None, "a value of the workspace comes from a parsed file"
        return source

    def own_members(self, owner: Value) -> dict[str, list[Binding]]:
        """Bindings of the class body, and of `self.name = ...` in its methods."""
        key = (owner.path, owner.start)
        if key not in self._members and owner.node is not None:
            source = self.source_of(owner)
            members = {name: list(found) for name, found in self.table(source, owner.node).names.items()}
            self._members[key] = members
            body = owner.node.child_by_field_name("body")
            for statement in body.named_children if body is not None else ():
                inner = (
                    statement.child_by_field_name("definition")
                    if statement.type.startswith("deco")
                    else statement
                )
                if inner is not None and inner.type == "function_definition":
                    _assigned(source, inner, members)
        return self._members.get(key, {})

    def order(self, owner: Value) -> tuple[Value, ...]:
        """The class and those it inherits from, in the order of resolution (each as late as it comes)."""
        key = (owner.path, owner.start)
        if key not in self._orders:
            self._orders[key] = (owner,)
            line = [owner]
            for base in self._bases(owner):
                line += self.order(base) if base.kind == "class" and base.ours else (base,)
            last = {value: number for number, value in enumerate(line)}
            self._orders[key] = tuple(value for number, value in enumerate(line) if last[value] == number)
        return self._orders[key]

    def _bases(self, owner: Value) -> list[Value]:
        node = owner.node
        listed = node.child_by_field_name("superclasses") if node is not None else None
        if listed is None:
            return []
        source, found = self.source_of(owner), []
        for base in listed.named_children:
            if base.type in ("keyword_argument", "comment"):
                continue
            if base.type == "subscript":
                base = base.child_by_field_name("value") or base
            for value in self.infer(source, base):
                if value.name.rpartition(".")[2] not in _NOT_BASES or value.ours:
                    found.append(value)
        return found

    def member(
        self, owner: Value, name: str, after: Value | None = None
    ) -> tuple[Member | None, Value | None]:
        """The nearest class of the hierarchy that has the name, and the first base before it that is unknown
        or from outside. With `after` the search begins behind that class, as `super()` does.
        """
        stranger = None
        line = self.order(owner)
        if after is not None and after in line:
            line = line[line.index(after) + 1 :]
        for value in line:
            if value.kind == "class" and value.ours:
                if bindings := self.own_members(value).get(name):
                    return Member(value, tuple(bindings)), stranger
            else:
                stranger = stranger or value
        return None, stranger

    def below(self, owner: Value, base: Value) -> bool:
        """True if a class is another or inherits from it."""
        return base in self.order(owner)

    def class_round(self, source: Source, node: Node) -> Value | None:
        """The class in whose body a function stands directly."""
        child, parent = node, node.parent
        while parent is not None and parent.type in (
            "decorated_definition",
            "block",
            "if_statement",
            "else_clause",
        ):
            child, parent = parent, parent.parent
        if parent is None or parent.type != "class_definition" or child.type != "block":
            return None
        return class_value(source, parent)

    def decorators(self, node: Node) -> list[str]:
        """The dotted names of a definition's decorators, without arguments."""
        parent = node.parent
        if parent is None or parent.type != "decorated_definition":
            return []
        return [
            text_of(child).lstrip("@").partition("(")[0].strip()
            for child in parent.named_children
            if child.type == "decorator"
        ]


def class_value(source: Source, node: Node) -> Value:
    """The class that a `class_definition` defines."""
    name = node.child_by_field_name("name")
    return Value("class", source.path, node.start_byte, text_of(name) if name else "", node=node)


def function_value(source: Source, node: Node, me: Types = ()) -> Value:
    """The function that a `function_definition` defines, bound to `me` if it is a method."""
    name = node.child_by_field_name("name")
    args = (me,) if me else ()
    return Value("function", source.path, node.start_byte, text_of(name) if name else "", args, node=node)


def first_parameter(node: Node) -> str:
    """The name of a function's first parameter."""
    parameters = node.child_by_field_name("parameters")
    first = parameters.named_children[0] if parameters is not None and parameters.named_children else None
    while first is not None and first.type != "identifier":
        first = first.named_children[0] if first.named_children else None
    return text_of(first) if first is not None else ""


def _assigned(source: Source, function: Node, members: dict[str, list[Binding]]) -> None:
    """Add what a method assigns to attributes of its first parameter."""
    me = first_parameter(function)
    body = function.child_by_field_name("body")
    if body is None or not me or (me + ".").encode() not in source.data[body.start_byte : body.end_byte]:
        return
    stack = [body]
    while stack:
        node = stack.pop()
        if node.type == "assignment":
            _attribute(source, node, me, members)
        if node.type not in _LEAVES:
            stack.extend(reversed(node.named_children))


_LEAVES = frozenset(
    {"call", "string", "attribute", "identifier", "class_definition", "return_statement", "comment"}
)


def _attribute(source: Source, node: Node, me: str, members: dict[str, list[Binding]]) -> None:
    left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
    targets = [(left, ())] if left is not None and left.type == "attribute" else []
    if left is not None and left.type == "pattern_list":
        targets = [(one, (number,)) for number, one in enumerate(left.named_children)]  # type: ignore[misc]
    for target, index in targets:
        holder, name = target.child_by_field_name("object"), target.child_by_field_name("attribute")
        if target.type == "attribute" and holder is not None and name is not None and text_of(holder) == me:
            span = (node.start_byte, node.end_byte)
            binding = Binding(
                "assign", text_of(name), source, name, node.end_byte, span, right,
                node.child_by_field_name("type"), index,
            )  # fmt: skip
            members.setdefault(binding.name, []).append(binding)
