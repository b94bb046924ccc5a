"""Definitions and imports of a Python file, by a walk over its statements outside of functions.

Most of a file is inside of functions, where only imports, nested definitions and `self.x = ...` tell anything
to others. Their words are looked for in the bytes, and what the tree has at that place decides: this costs a
third of a query, which looks at every node. A file with syntax errors is left to the query.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from counterpoint.context.extract_imports import python_imports
from counterpoint.context.extract_scopes import FILE, Definitions, Made, Scope
from counterpoint.context.extract_source import TYPE, Source
from counterpoint.context.extract_sweep import CONSTRUCTORS
from counterpoint.context.extract_values import VALUE
from counterpoint.context.facts import Import
from counterpoint.context.languages import grammar
from counterpoint.context.parsing import Parsed
from counterpoint.context.values import bases_in, constructed, type_text

if TYPE_CHECKING:
    from tree_sitter import Node

_IMPORT = re.compile(rb"import\b")
_NESTED = re.compile(rb"\b(?:def|class)\b")
_SET = {
    word: re.compile(word.encode() + rb"\.(\w+)[ \t]*(?:=(?!=)|:(?=[ \t]*[^\s\\])|,[^=\n()]*=(?!=))")
    for word in ("self", "cls")
}
_HIDDEN = Scope("", False)
"""Of what stands in a function."""
_BASES = 4_000
_DEPTH = 20
"""How many functions may stand in each other."""
_OPENED = (
    "block if_statement elif_clause else_clause for_statement while_statement with_statement try_statement"
    " except_clause except_group_clause finally_clause match_statement case_clause decorated_definition"
)
"""Statements that hold statements of the same scope."""
_OTHERS = {
    "expression_statement": "value",
    "function_definition": "function",
    "class_definition": "class",
    "import_statement": "import",
    "import_from_statement": "import",
    "type_alias_statement": "type",
    "assignment": "assignment",
}


Body = tuple[int, int, "Node", Scope | None]
"""Of a function: where it starts and ends, its node, and the innermost type round it."""


class _Grammar(NamedTuple):
    """`kinds` says what is done with a node, by the number of its kind; the others are numbers of fields."""

    kinds: dict[int, str]
    name: int
    body: int
    returns: int
    bases: int
    type: int


@cache
def _numbers() -> _Grammar:
    language = grammar("python")
    wanted = {**dict.fromkeys(_OPENED.split(), "open"), **_OTHERS}
    kinds = {language.id_for_node_kind(name, True) or -1: what for name, what in wanted.items()}
    fields = ("name", "body", "return_type", "superclasses", "type")
    return _Grammar(kinds, *(language.field_id_for_name(name) or 0 for name in fields))


def in_python(parsed: Parsed, words: Mapping[str, int]) -> tuple[list[Made], list[Import]]:
    """The definitions and imports of a Python file without syntax errors, by line. `words` are its counts."""
    walk = _Walk(Source("python", parsed.data), words)
    walk.through(parsed.tree.root_node, FILE, None)
    walk.inside()
    walk.imports.sort(key=lambda one: one.line)
    made = walk.definitions.finish()
    made.sort(key=lambda one: one[4])
    return made, walk.imports


@dataclass(slots=True)
class _Walk:
    """`through`, and what it has found so far."""

    source: Source
    words: Mapping[str, int]
    bodies: list[Body] = field(default_factory=list)
    """Of functions that are in no other, and of methods."""
    known: set[int] = field(default_factory=set)
    """Where functions and classes begin that were taken."""
    deep: bool = False
    """True if a method stands in a function."""
    statements: Counter[str] = field(default_factory=Counter)
    """How many there were of those that a word tells."""
    definitions: Definitions = field(default_factory=Definitions)
    imports: list[Import] = field(default_factory=list)
    numbers: _Grammar = field(default_factory=_numbers)

    def through(self, node: Node, scope: Scope, around: Scope | None) -> None:
        """Take the statements in a node. `scope` is theirs, `around` the innermost type they are in."""
        kinds, seen = self.numbers.kinds, self.statements
        stack = [(iter(node.named_children), scope, around)]
        while stack:
            children, scope, around = stack[-1]
            for child in children:
                what = kinds.get(child.kind_id)
                if what is None:
                    continue
                if what == "value":
                    self._values(child, scope)
                elif what == "function":
                    seen["def"] += 1
                    self._function(child, scope, around)
                elif what == "open":
                    stack.append((iter(child.named_children), scope, around))
                    break
                elif what == "class":
                    seen[what] += 1
                    inside, block = self._class(child, scope)
                    stack.append((iter(block.named_children if block is not None else ()), inside, inside))
                    break
                else:
                    self._other(what, child, scope)
            else:
                stack.pop()

    def _other(self, what: str, node: Node, scope: Scope) -> None:
        if what == "import":
            self.statements[what] += 1
            self.imports += python_imports(self.source.data, node)
        elif what == "type":
            self._type(node, scope)

    def _values(self, statement: Node, scope: Scope) -> None:
        node: Node | None = statement.named_child(0)
        while node is not None and self.numbers.kinds.get(node.kind_id) == "assignment":
            node = self._assigned(node, scope)

    def _function(self, node: Node, scope: Scope, around: Scope | None) -> None:
        source, numbers = self.source, self.numbers
        named: Node | None
        body: Node | None
        returns: Node | None = None
        inside = node.named_children
        if len(inside) == 3:
            named, body = inside[0], inside[2]
        else:
            named, body = node.child_by_field_id(numbers.name), node.child_by_field_id(numbers.body)
            returns = node.child_by_field_id(numbers.returns)
        if named is None or body is None:
            return
        name, at, owner = source.name(named), named.start_point.row, scope.owner or ""
        kind = "function" if not owner else "constructor" if name in CONSTRUCTORS else "method"
        last, column = node.end_point
        if column == 0 and last > at:
            last -= 1
        signature = at + source.header(named.end_byte, body.start_byte)
        type_ = type_text(source.text(returns, TYPE)) if returns is not None else ""
        first = node.start_point.row
        self.definitions.add((name, kind, first, last, at, signature, owner, type_, (), scope.exported))
        if scope is not _HIDDEN:
            self.bodies.append((body.start_byte, body.end_byte, body, around))
            self.known.add(node.start_byte)

    def _class(self, node: Node, scope: Scope) -> tuple[Scope, Node | None]:
        """Take a class; the scope of its members and its body."""
        source, numbers = self.source, self.numbers
        named, body = node.child_by_field_id(numbers.name), node.child_by_field_id(numbers.body)
        if named is None or body is None:
            return scope, None
        self.known.add(node.start_byte)
        name, at, owner = source.name(named), named.start_point.row, scope.owner or ""
        list_ = node.child_by_field_id(numbers.bases)
        bases = bases_in(source.text(list_, _BASES)) if list_ is not None else ()
        signature = at + source.header(named.end_byte, body.start_byte)
        last = node.end_point.row
        made = (name, "class", at, last, at, signature, owner, "", bases, scope.exported)
        number = self.definitions.add(made)
        return Scope(f"{owner}.{name}" if owner else name, scope.exported, number), body

    def inside(self) -> None:
        """What functions tell others. A word that occurs no more often than statements outside of functions
        have it is not looked for."""
        words, seen = self.words, self.statements
        if words.get("import", 0) > seen["import"]:
            for match, (_, _, body, _) in self._bodies_at(_IMPORT):
                node = body.named_descendant_for_byte_range(match.start(), match.end())
                if node is not None and self.numbers.kinds.get(node.kind_id) == "import":
                    self.imports += python_imports(self.source.data, node)
        if words.get("def", 0) > seen["def"] or words.get("class", 0) > seen["class"]:
            self._nested()
        for word, pattern in _SET.items():
            if word in words:
                self._set(pattern)

    def _bodies_at(self, pattern: re.Pattern[bytes]) -> Iterator[tuple[re.Match[bytes], Body]]:
        """Where a pattern stands in a function, with the innermost one whose body is known."""
        bodies = sorted(self.bodies, key=lambda one: one[0])
        starts = [body[0] for body in bodies]
        depth = _DEPTH if self.deep else 1
        for match in pattern.finditer(self.source.data):
            at = match.start()
            last = bisect_right(starts, at) - 1
            for number in range(last, max(-1, last - depth), -1):
                if at < bodies[number][1]:
                    yield match, bodies[number]
                    break

    def _nested(self) -> None:
        """Take the functions and classes that stand in functions."""
        data, bodies = self.source.data, self.bodies
        self.bodies = list(bodies)
        self.known = set()
        for start, end, body, _ in bodies:
            if data.find(b"def ", start, end) >= 0 or data.find(b"class ", start, end) >= 0:
                self._nested_in(body, _NESTED.finditer(data, start, end))

    def _nested_in(self, body: Node, places: Iterator[re.Match[bytes]]) -> None:
        for match in places:
            node = body.named_descendant_for_byte_range(match.start(), match.end())
            what = self.numbers.kinds.get(node.kind_id) if node is not None else None
            if node is None or node.start_byte in self.known:
                continue
            if what == "function":
                self._function(node, _HIDDEN, None)
            elif what == "class":
                inside, block = self._class(node, _HIDDEN)
                if block is not None:
                    self.deep = True
                    self.through(block, inside, inside)

    def _set(self, pattern: re.Pattern[bytes]) -> None:
        """`self.x = ...` in a method is a field of its type; one that the type declares counts more."""
        into = self.definitions.later
        for match, (_, _, body, owner) in self._bodies_at(pattern):
            if owner is None:
                continue
            at = match.start()
            node = body.named_descendant_for_byte_range(at, match.end())
            if node is None or node.start_byte != at or self.numbers.kinds.get(node.kind_id) != "assignment":
                continue
            row, name = node.start_point.row, match[1].decode("utf-8", "replace")
            type_ = self._type_of(node, match.end(1))
            if name.isidentifier():
                last, of = node.end_point.row, owner.owner or ""
                into.append((name, "field", row, last, row, row, of, type_, (), owner.exported))

    def _assigned(self, node: Node, scope: Scope) -> Node | None:
        """Take an assignment: `x = ...`, `x: T = ...`, `a, b = ...`. What it assigns, if anything."""
        target = node.named_child(0)
        at, last, owner = target.start_point.row, node.end_point.row, scope.owner or ""
        names = self.source.text(target).strip(b"()[]").decode("utf-8", "replace")
        type_ = self._type_of(node, target.end_byte)
        for part in names.split(","):
            name = part.strip()
            if name.isidentifier():
                kind = "field" if owner else "constant" if name.isupper() else "variable"
                self.definitions.value((name, kind, at, last, at, at, owner, type_, (), scope.exported))
        count = node.named_child_count
        return node.named_child(count - 1) if count > 1 else None

    def _type_of(self, node: Node, end: int) -> str:
        """The type an assignment declares or constructs, whose target ends there."""
        rest = self.source.data[end : min(node.end_byte, end + VALUE)].lstrip()
        if rest.startswith(b":"):
            annotation = node.child_by_field_id(self.numbers.type)
            return type_text(self.source.text(annotation, TYPE)) if annotation is not None else ""
        return constructed("python", rest.removeprefix(b"=").lstrip())

    def _type(self, node: Node, scope: Scope) -> None:
        left = node.child_by_field_name("left")
        name = self.source.name(left) if left is not None else ""
        if left is not None and name:
            at, last, owner = left.start_point.row, node.end_point.row, scope.owner or ""
            first = node.start_point.row
            self.definitions.add((name, "type", first, last, at, at, owner, "", (), scope.exported))
