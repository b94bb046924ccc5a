"""From a name in a Python file to what binds it: scopes, imports, re-exports, star imports."""

from __future__ import annotations

import builtins
from abc import ABC, abstractmethod
from collections.abc import Iterable
from typing import TYPE_CHECKING

from counterpoint.context.evidence.library import Library, Source, text_of
from counterpoint.context.evidence.python_bindings import imports, table_of
from counterpoint.context.evidence.python_modules import module_path, submodule
from counterpoint.context.evidence.python_scopes import Binding, Table, reaching
from counterpoint.context.evidence.values import NOTHING, UNKNOWN, Types, Value, foreign, joined

if TYPE_CHECKING:
    from tree_sitter import Node

Origin = Binding | Value
"""Where a name comes from in the end: a binding that is no import, a module, or something from outside."""

_SCOPES = frozenset({"function_definition", "class_definition", "lambda", "module"})
_COMPREHENSIONS = frozenset(
    {"list_comprehension", "set_comprehension", "dictionary_comprehension", "generator_expression"}
)
BUILTINS = frozenset(dir(builtins)) | {"reveal_type", "__file__", "__name__", "__doc__"}
_DEEPEST = 36


class Names(ABC):
    """Names of one question's files. Tables and values are kept for as long as the object lives."""

    def __init__(self, library: Library) -> None:
        self.library = library
        self._tables: dict[tuple[str, int], Table] = {}
        self._values: dict[tuple[object, ...], Types] = {}
        self._running: set[object] = set()

    @abstractmethod
    def infer(self, source: Source, node: Node) -> Types:
        """What an expression can be."""

    @abstractmethod
    def bound(self, binding: Binding) -> Types:
        """What a name is by a binding that is no import."""

    @abstractmethod
    def attribute(self, value: Value, name: str) -> Types:
        """What an attribute of a value is."""

    @abstractmethod
    def call(self, source: Source, node: Node) -> Types:
        """What a call gives."""

    @abstractmethod
    def defined(self, source: Source, node: Node) -> Types:
        """The class or function of a definition."""

    @abstractmethod
    def parameter(self, binding: Binding) -> Types:
        """What a parameter is."""

    @abstractmethod
    def result(self, value: Value) -> Types:
        """What calling a value gives."""

    def table(self, source: Source, scope: Node) -> Table:
        """The bindings of a scope."""
        key = (source.path, -1 if scope.type == "module" else scope.start_byte)
        if key not in self._tables:
            self._tables[key] = table_of(source, scope)
            if scope.type == "module" and b"global " in source.data:
                self._add_globals(source, self._tables[key])
        return self._tables[key]

    def _add_globals(self, source: Source, module: Table) -> None:
        """Assignments of functions to names that they declare global bind the module's names."""
        stack = [source.root]
        while stack:
            node = stack.pop()
            if node.type == "function_definition":
                inner = self.table(source, node)
                for name in (name for name, where in inner.elsewhere.items() if where == "global"):
                    for binding in inner.names.get(name, ()):
                        module.add(binding)
            if node.type in ("module", "block") or "definition" in node.type:
                stack.extend(node.named_children)

    def lookup(self, source: Source, node: Node, name: str) -> tuple[list[Binding], Table, bool] | None:
        """The bindings of the innermost scope that binds `name` where `node` stands, that scope's table, and
        whether the node stands in the scope itself and not in a function inside it.
        """
        child, parent = node, node.parent
        crossed = False
        while parent is not None:
            kind = parent.type
            if kind in _SCOPES and (
                kind in ("module", "lambda") or child == parent.child_by_field_name("body")
            ):
                table = self.table(source, parent)
                bindings = table.names.get(name, [])
                if kind == "class_definition":
                    # A class body sees its own names only once they are bound, and hides them from functions.
                    bindings = [one for one in bindings if not crossed and one.after <= node.start_byte]
                if bindings and name not in table.elsewhere:
                    return bindings, table, not crossed
                crossed = crossed or kind in ("function_definition", "lambda")
            elif kind in _COMPREHENSIONS:
                found = self._comprehended(source, parent, node, name)
                if found:
                    return [found], Table(), True
            child, parent = parent, parent.parent
        return None

    def _comprehended(self, source: Source, node: Node, use: Node, name: str) -> Binding | None:
        for clause in node.named_children:
            left, right = clause.child_by_field_name("left"), clause.child_by_field_name("right")
            if clause.type != "for_in_clause" or left is None or right is None:
                continue
            if right.start_byte <= use.start_byte <= right.end_byte:
                return None
            stack: list[tuple[Node, tuple[int, ...]]] = [(left, ())]
            while stack:
                target, index = stack.pop()
                if target.type == "identifier" and text_of(target) == name:
                    span = (node.start_byte, node.end_byte)
                    return Binding("for", name, source, target, span[0], span, right, index=index)
                stack += [(one, (*index, number)) for number, one in enumerate(target.named_children)]
        return None

    def named(self, source: Source, node: Node, name: str) -> Types:
        """What a name can be where `node` stands."""
        found = self.lookup(source, node, name)
        if found is None:
            return self._unbound(source, name)
        bindings, table, direct = found
        if direct:
            bindings = reaching(bindings, table, node.start_byte)
        return self.typed_all(self.origins(bindings))

    def _unbound(self, source: Source, name: str) -> Types:
        stars = self._starred(source, name, frozenset())
        if stars:
            return self.typed_all(stars)
        return foreign(f"builtins.{name}") if name in BUILTINS else UNKNOWN

    def typed_all(self, origins: Iterable[Origin]) -> Types:
        """What a name of these origins is, for a type checker."""
        listed = list(origins)
        kept = [one for one in listed if isinstance(one, Value) or not one.unseen]
        return joined(self.typed(one) for one in kept or listed)

    def typed(self, origin: Origin) -> Types:
        """What an origin is."""
        if isinstance(origin, Value):
            return (origin,)
        key = (origin.source.path, origin.node.start_byte, origin.kind)
        if key not in self._values:
            if key in self._running or len(self._running) > _DEEPEST:
                return UNKNOWN
            self._running.add(key)
            try:
                self._values[key] = self.bound(origin)
            finally:
                self._running.discard(key)
        return self._values[key]

    def origins(
        self, bindings: Iterable[Binding], seen: frozenset[tuple[str, str]] = frozenset()
    ) -> list[Origin]:
        """Follow imports to what they import."""
        found: list[Origin] = []
        for binding in bindings:
            if binding.kind == "import":
                found.append(self._module(binding.module, binding.source.path))
            elif binding.kind == "from":
                found += self._imported(binding, seen)
            else:
                found.append(binding)
        found = _overloads(found)
        return list(dict.fromkeys(found)) if len(found) > 1 else found

    def _module(self, dotted: str, path: str) -> Value:
        place = module_path(self.library, dotted, path)
        return Value("module", place) if place else foreign(dotted)[0]

    def _imported(self, binding: Binding, seen: frozenset[tuple[str, str]]) -> list[Origin]:
        place = module_path(self.library, binding.module, binding.source.path)
        if place is None:
            # A relative module that is no file of the workspace is built: what it has is not written here.
            return [foreign(f"{binding.module}.{binding.imported}")[0]]
        return self.member_of_module(place, binding.imported, seen) or [NOTHING]

    def member_of_module(
        self, path: str, name: str, seen: frozenset[tuple[str, str]] = frozenset()
    ) -> list[Origin]:
        """Where a name of a module or package comes from; empty if the module does not have it."""
        if (path, name) in seen:
            return []
        seen = seen | {(path, name)}
        source = None if path.endswith("/") else self.library.source(path)
        if source is not None:
            table = self.table(source, source.root)
            if bindings := table.names.get(name):
                real = [b for b in bindings if not _itself(b)]
                if found := self.origins(real, seen):
                    return found
        place = submodule(self.library, path, name)
        if place is not None:
            return [Value("module", place)]
        return self._starred(source, name, seen) if source is not None else []

    def _starred(self, source: Source, name: str, seen: frozenset[tuple[str, str]]) -> list[Origin]:
        for star in self.table(source, source.root).stars:
            place = module_path(self.library, star.module, source.path)
            if place is None:
                continue
            if not name.startswith("_") and (found := self.member_of_module(place, name, seen)):
                return found
        return []

    def local_imports(self, source: Source, name: str) -> list[Binding]:
        """Every import of `name` under another name, in any scope of a file."""
        found: list[Binding] = []
        word = name.encode()
        start = source.data.find(word)
        while start >= 0:
            node = source.root.descendant_for_byte_range(start, start + len(word))
            statement = node.parent if node is not None else None
            while statement is not None and statement.type in ("dotted_name", "aliased_import"):
                statement = statement.parent
            if statement is not None and statement.type == "import_from_statement":
                span = (statement.start_byte, statement.end_byte)
                found += [
                    b for b in imports(source, statement, span) if b.imported == name and b.name != name
                ]
            start = source.data.find(word, start + len(word))
        return found


def _overloads(origins: list[Origin]) -> list[Origin]:
    """Without the body of a function whose overloads say what it takes and returns."""
    listed = [one for one in origins if isinstance(one, Binding) and one.kind == "def" and is_overload(one)]
    others = [one for one in origins if not (isinstance(one, Binding) and one.kind == "def")]
    return [*listed, *others] if listed else origins


def is_overload(binding: Binding) -> bool:
    """True for a definition decorated with `overload`."""
    holder = binding.value.parent if binding.value is not None else None
    if holder is None or holder.type != "decorated_definition":
        return False
    return any(text_of(one).endswith("overload") for one in holder.named_children if one.type == "decorator")


def _itself(binding: Binding) -> bool:
    """`from . import x` in a package names the module x, not the name it binds."""
    return binding.kind == "from" and binding.module == "." and binding.imported == binding.name
