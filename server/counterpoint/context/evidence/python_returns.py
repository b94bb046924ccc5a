"""What calling a Python function gives."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from counterpoint.context.evidence.library import Source, text_of
from counterpoint.context.evidence.python_classes import Classes, first_parameter
from counterpoint.context.evidence.values import NONE, UNKNOWN, Types, Value, joined, made

if TYPE_CHECKING:
    from tree_sitter import Node

_STATIC = frozenset({"staticmethod", "abc.abstractstaticmethod"})
_CLASS = frozenset({"classmethod", "abc.abstractclassmethod"})
_PROPERTIES = frozenset({"property", "cached_property", "functools.cached_property", "abc.abstractproperty"})
_MANAGERS = frozenset({"contextmanager", "asynccontextmanager"})


class Returns(Classes):
    """Return types, declared or read from the `return` statements."""

    def is_property(self, node: Node) -> bool:
        """True if reading the attribute calls the function."""
        return any(
            one in _PROPERTIES or one.endswith((".setter", "_property", ".cached_property"))
            for one in self.decorators(node)
        )

    def is_static(self, node: Node) -> bool:
        return any(one in _STATIC for one in self.decorators(node))

    def is_classmethod(self, node: Node) -> bool:
        name = node.child_by_field_name("name")
        implied = name is not None and text_of(name) in ("__new__", "__init_subclass__", "__class_getitem__")
        return implied or any(one in _CLASS for one in self.decorators(node))

    def returned(self, function: Value) -> Types:
        """What a call of a function of ours returns."""
        node = function.node
        if node is None:
            return UNKNOWN
        me = function.args[0] if function.args else UNKNOWN
        key = (function.path, function.start, me)
        if key not in self._values:
            if key in self._running or len(self._running) > 36:
                return UNKNOWN
            self._running.add(key)
            try:
                self._values[key] = self._returned(self.source_of(function), node, me)
            finally:
                self._running.discard(key)
        return self._values[key]

    def _returned(self, source: Source, node: Node, me: Types) -> Types:
        note = node.child_by_field_name("return_type")
        manager = any(one.rpartition(".")[2] in _MANAGERS for one in self.decorators(node))
        if note is not None:
            found = self.annotation(source, note, node, _instances(me))
            if manager:
                yielded = joined(value.args[0] if value.args else UNKNOWN for value in found)
                return made("contextlib.AbstractContextManager", yielded)
        else:
            found = self._inferred(source, node, manager)
        generates = any(value.name.endswith(("Iterator", "Generator", "Iterable")) for value in found)
        if node.children[0].type == "async" and not (generates and b"yield" in (node.text or b"")):
            return made("typing.Awaitable", found)
        return found

    def _inferred(self, source: Source, node: Node, manager: bool) -> Types:
        body = node.child_by_field_name("body")
        if body is None:
            return UNKNOWN
        yields, returns, raises = _leaving(body)
        if yields:
            given = joined(self.infer(source, one) if one is not None else NONE for one in yields)
            return made("contextlib.AbstractContextManager" if manager else "typing.Generator", given)
        if not returns:
            return UNKNOWN if raises else NONE
        return joined(self.infer(source, one) if one is not None else NONE for one in returns)

    def self_of(self, source: Source, function: Node, name: str) -> Types | None:
        """What a method's first parameter is; None if the name is not that parameter or there is no class."""
        owner = self.class_round(source, function)
        if owner is None or self.is_static(function) or first_parameter(function) != name:
            return None
        if self.is_classmethod(function):
            return (owner,)
        return (Value("object", owner.path, owner.start, owner.name, node=owner.node),)


def _instances(types: Types) -> Types:
    """Self is an object of the class, also where the receiver is the class itself."""
    return tuple(
        Value("object", value.path, value.start, value.name, exact=value.exact, node=value.node)
        if value.kind == "class" and value.ours
        else value
        for value in types
    )


def _leaving(body: Node) -> tuple[list[Node | None], list[Node | None], bool]:
    """The expressions that a body yields and returns, and whether it raises at its end."""
    yields: list[Node | None] = []
    returns: list[Node | None] = []
    for node in _inside(body):
        if node.type == "yield":
            if node.children[1:2] and node.children[1].type == "from":
                yields.append(None)
            else:
                yields.append(node.named_children[0] if node.named_children else None)
        elif node.type == "return_statement":
            returns.append(node.named_children[0] if node.named_children else None)
    last = body.named_children[-1] if body.named_children else None
    return yields, returns, last is not None and last.type == "raise_statement"


def _inside(body: Node) -> Iterator[Node]:
    stack = [body]
    while stack:
        node = stack.pop()
        yield node
        if node.type not in ("function_definition", "class_definition", "lambda", "string", "identifier"):
            stack.extend(node.named_children)
