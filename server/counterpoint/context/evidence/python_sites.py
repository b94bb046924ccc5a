"""Whether a call in a Python file reaches a definition."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING

from counterpoint.context.evidence.library import Library, Source, definition_at, text_of
from counterpoint.context.evidence.python_calls import PythonWorld
from counterpoint.context.evidence.python_fixtures import GuessingWorld
from counterpoint.context.evidence.python_names import BUILTINS, Origin
from counterpoint.context.evidence.python_scopes import Binding
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

_DEFINITIONS = frozenset({"function_definition", "class_definition"})
_KEEPS = frozenset(
    {
        "staticmethod", "classmethod", "abstractmethod", "abc.abstractmethod", "override", "overload",
        "contextmanager", "asynccontextmanager", "lru_cache", "cache", "wraps", "final", "property",
    }
)  # fmt: skip
"""Decorators that leave the arguments of what they decorate as they are."""


class PythonSites:
    """Judges calls in Python files."""

    def __init__(self, library: Library) -> None:
        self.world = PythonWorld(library)
        self.guesses = GuessingWorld(library)

    def target(self, source: Source, line: int, name: str) -> Target | None:
        """The definition whose name stands at a 0-based line."""
        node = definition_at(source, line, name, _DEFINITIONS)
        if node is None:
            return None
        world = self.world
        owner = world.class_round(source, node)
        found = world.lookup(source, node, name) if owner is None else None
        bindings = found[0] if found else world.own_members(owner).get(name, []) if owner else []
        same = {(source.path, one.line) for one in bindings if one.kind in ("def", "class")}
        if node.type == "class_definition":
            return Target(name, frozenset({(source.path, line), *same}), None, _in_function(node))
        if owner is not None and name in ("__init__", "__new__"):
            return Target(owner.name, frozenset({(source.path, line_of_name(owner))}))
        places = frozenset({(source.path, line), *same})
        return Target(name, places, owner, _in_function(node), self._shape(node, owner))

    def _shape(self, node: Node, owner: Value | None) -> Shape:
        if any(one.rpartition(".")[2] not in _KEEPS for one in self.world.decorators(node)):
            return Shape()
        shape = _parameters(node)
        if owner is None or self.world.is_static(node):
            return shape
        most = shape.most - 1 if shape.most > 0 else shape.most
        return replace(shape, least=max(0, shape.least - 1), most=most)

    def hints(self, source: Source, target: Target) -> list[str]:
        """None: every import of Python has the name."""
        return []

    def renamed(self, source: Source, target: Target, name: str) -> set[str]:
        """Other names under which a file imports what is called `name`, if it is the target."""
        found = set()
        for binding in self.world.local_imports(source, name):
            if any(isinstance(one, Binding) and target.at(one.source.path, one.line)
                   for one in self.world.origins([binding])):  # fmt: skip
                found.add(binding.name)
        return found

    def judge(self, source: Source, name: Node, target: Target) -> Verdict:
        """What evidence says of a call whose called name is `name`."""
        holder = name.parent
        if (
            holder is not None
            and holder.type == "attribute"
            and holder.child_by_field_name("attribute") == name
        ):
            receiver = holder.child_by_field_name("object")
            if receiver is not None:
                return self._on(source, receiver, name, target)
        return self._bare(source, name, target)

    def _bare(self, source: Source, name: Node, target: Target) -> Verdict:
        word = text_of(name)
        found = self.world.lookup(source, name, word)
        if found is not None:
            return self._of_origins(self.world.origins(found[0]), target, source)
        origins = self.world._starred(source, word, frozenset())
        if origins:
            return self._of_origins(origins, target, source)
        if word in BUILTINS:
            return excluded("a built-in function")
        if target.owner is not None or target.nested:
            return excluded("a bare name cannot reach it")
        strange = self.world.table(source, source.root).stars
        return (
            possible("a name that nothing here binds") if strange else excluded("nothing here binds the name")
        )

    def _of_origins(self, origins: Iterable[Origin], target: Target, source: Source) -> Verdict:
        verdicts = [self._of_origin(origin, target, source) for origin in origins]
        return _best(verdicts) if verdicts else possible("a name of unknown origin")

    def _of_origin(self, origin: Origin, target: Target, source: Source) -> Verdict:
        if isinstance(origin, Value):
            if origin.kind == "unknown":
                return possible("an import that does not resolve")
            return excluded(f"imported from {origin.name or origin.path}")
        if target.at(origin.source.path, origin.line) and origin.kind in ("def", "class"):
            here = origin.source.path == source.path
            return certain("defined in this file" if here else f"imported from {origin.source.path}")
        if origin.kind in ("def", "class"):
            return excluded(f"another definition, in {origin.source.path}")
        if origin.kind == "parameter":
            return excluded("a parameter of that name")
        types = self.world.typed(origin)
        if any(self._is_target(value, target) for value in types):
            return possible("a variable that holds it")
        return excluded("a variable of that name") if known(types) else possible("a variable of that name")

    def _is_target(self, value: Value, target: Target) -> bool:
        if value.kind not in ("function", "class") or value.node is None:
            return False
        return target.at(value.path, line_of_name(value))

    def _on(self, source: Source, receiver: Node, name: Node, target: Target) -> Verdict:
        types = without_none(self.world.infer(source, receiver))
        return _best([self._of_value(value, source, receiver, name, target) for value in types])

    def _of_value(self, value: Value, source: Source, receiver: Node, name: Node, target: Target) -> Verdict:
        word = text_of(name)
        if value.kind == "module":
            origins = self.world.member_of_module(value.path, word)
            if origins:
                return self._of_origins(origins, target, source)
            return excluded(f"{value.path} has no such name")
        if value.kind in ("object", "class", "super") and value.ours:
            return self._member(value, word, target)
        if value.kind in ("unknown", "variable"):
            return self._untyped(source, receiver, name, target)
        return excluded(f"the receiver is {value.name or value.kind}")

    def _member(self, value: Value, word: str, target: Target) -> Verdict:
        member, stranger = self.world.member_of(value, word)
        owner = replace(value, kind="class", args=(), exact=False)
        overridden = (
            target.owner is not None and target.owner != owner and not value.exact and value.kind != "super"
            and self.world.below(target.owner, owner)
        )  # fmt: skip
        if member is not None and any(target.at(one.source.path, one.line) for one in member.bindings):
            if stranger is not None:
                return possible(f"{value.name} has a base from outside before it")
            return certain(f"the receiver is {value.name}")
        if member is not None and any(
            self._is_target(held, target)
            for one in member.bindings
            if one.kind == "assign"
            for held in self.world.typed(one)
        ):
            return possible(f"an attribute of {value.name} that holds it")
        if overridden:
            return possible(
                f"{value.name} may be {target.owner.name if target.owner else ''}, which overrides it"
            )
        if member is not None or stranger is not None or value.exact or target.owner is None:
            return excluded(f"the receiver is {value.name}")
        return self._missing(value, target)

    def _missing(self, value: Value, target: Target) -> Verdict:
        return possible(f"{value.name} has no such member; a class below it may")

    def _untyped(self, source: Source, receiver: Node, name: Node, target: Target) -> Verdict:
        if target.nested:
            return excluded("a function inside a function has no receiver")
        call = name.parent.parent if name.parent is not None else None
        given = _given(call) if call is not None and call.type == "call" else Given(spread=True)
        if text_of(receiver)[:1].isupper() and given.positional:
            given = replace(given, positional=given.positional - 1)
        if not fits(target.shape, given):
            return excluded("its parameters do not take these arguments")
        if target.owner is None and not self._may_be_module(source, receiver):
            return excluded("a function of a module, called on an object")
        return self._guessed(source, receiver, name, target)

    def _guessed(self, source: Source, receiver: Node, name: Node, target: Target) -> Verdict:
        """By the fixtures of tests: they can speak against a call, and never make it certain."""
        types = without_none(self.guesses.infer(source, receiver))
        if not known(types) or any(value.kind == "variable" for value in types):
            return possible("a receiver of unknown type")
        found = _best([self._of_value(value, source, receiver, name, target) for value in types])
        return possible(f"by a fixture, {found.why}") if found.kind == "certain" else found

    def _may_be_module(self, source: Source, receiver: Node) -> bool:
        if receiver.type != "identifier":
            return False
        found = self.world.lookup(source, receiver, text_of(receiver))
        return found is None or any(one.kind in ("from", "import", "assign") for one in found[0])


def line_of_name(value: Value) -> int:
    """The line of a definition's name."""
    name = value.node.child_by_field_name("name") if value.node is not None else None
    return int(name.start_point[0]) if name is not None else -1


def _best(verdicts: list[Verdict]) -> Verdict:
    for kind in ("certain", "possible"):
        for verdict in verdicts:
            if verdict.kind == kind:
                return verdict
    return verdicts[0]


def _in_function(node: Node) -> bool:
    parent = node.parent
    while parent is not None and parent.type != "class_definition":
        if parent.type == "function_definition":
            return True
        parent = parent.parent
    return False


def _parameters(node: Node) -> Shape:
    listed = node.child_by_field_name("parameters")
    least = most = 0
    keywords: set[str] | None = set()
    limited, only = True, False
    for one in listed.named_children if listed is not None else ():
        star = (
            one.named_children[0].type if one.type == "typed_parameter" and one.named_children else one.type
        )
        if star in ("list_splat_pattern", "keyword_separator"):
            limited = limited and star == "keyword_separator"
            only = True
        elif star == "dictionary_splat_pattern":
            keywords = None
        elif one.type not in ("positional_separator", "comment"):
            name = (
                one
                if one.type == "identifier"
                else one.child_by_field_name("name") or (one.named_children or [one])[0]
            )
            if keywords is not None:
                keywords.add(text_of(name))
            most += not only
            least += one.type in ("identifier", "typed_parameter")
    return Shape(least, most if limited else -1, frozenset(keywords) if keywords is not None else None)


def _given(call: Node) -> Given:
    listed = call.child_by_field_name("arguments")
    positional, keywords, spread = 0, set(), False
    if listed is not None and listed.type == "generator_expression":
        return Given(1)
    for one in listed.named_children if listed is not None else ():
        if one.type in ("list_splat", "dictionary_splat"):
            spread = True
        elif one.type == "keyword_argument":
            name = one.child_by_field_name("name")
            keywords.add(text_of(name) if name is not None else "")
        elif one.type != "comment":
            positional += 1
    return Given(positional, frozenset(keywords), spread)
