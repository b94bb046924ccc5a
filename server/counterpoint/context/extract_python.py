"""Definitions and imports of a Python file, by a walk over its statements outside of functions.

Most of a file is inside of functions, where only imports, nested definitions and `self.x = ...` tell anything
to others. Their words are looked for in the bytes, and what the tree has at that place decides: this costs a
third of a query, which looks at every node. A file with syntax errors is left to the query.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

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

_NESTED = re.compile(rb"\b(?:def|class)\b")
_SET = {
    word: re.compile(word.encode() + rb"\.(\w+)[ \t]*(?:=(?!=)|:(?=[ \t]*[^\s\\])|,[^=\n()]*=(?!=))")
    for word in ("self", "cls")
}
_HIDDEN = Scope("", False)
"""Of what stands in a function."""
_BASES = 4_000
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


_NAMED = frozenset({"dotted_name", "relative_import", "aliased_import", "wildcard_import"})
"""The parts of an import statement, besides comments and ends of lines."""


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
    bodies: list[tuple[Node, Scope | None]] = field(default_factory=list)
    """Of functions that are in no other, with the innermost type they are in."""
    statements: Counter[str] = field(default_factory=Counter)
    """How many there were of those that a word tells."""
    definitions: Definitions = field(default_factory=Definitions)
    imports: list[Import] = field(default_factory=list)
    numbers: _Grammar = field(default_factory=_numbers)

    def through(self, node: Node, scope: Scope, around: Scope | None) -> None:
        """Take the statements in a node. `scope` is theirs, `around` the innermost type they are in."""
        kinds, seen = self.numbers.kinds, self.statements
        stack: list[tuple[Node, Scope, Scope | None]]
        stack = [(child, scope, around) for child in reversed(node.named_children)]
        while stack:
            node, scope, around = stack.pop()
            what = kinds.get(node.kind_id)
            if what is None:
                continue
            if what == "open":
                stack += [(child, scope, around) for child in reversed(node.named_children)]
            elif what == "value":
                self._values(node, scope)
            elif what == "class":
                seen[what] += 1
                inside, block = self._class(node, scope)
                if block is not None:
                    stack += [(child, inside, inside) for child in reversed(block.named_children)]
            elif what == "function":
                seen["def"] += 1
                self._function(node, scope, around)
            elif what == "import":
                seen[what] += 1
                self._import(node)
            elif what == "type":
                self._type(node, scope)

    def _values(self, statement: Node, scope: Scope) -> None:
        node: Node | None = statement.named_child(0)
        while node is not None and self.numbers.kinds.get(node.kind_id) == "assignment":
            node = self._assigned(node, scope)

    def _function(self, node: Node, scope: Scope, around: Scope | None) -> None:
        source, numbers = self.source, self.numbers
        returns: Node | None = None
        inside: list[Node | None] = [*node.named_children]
        if len(inside) == 3:
            named, _, body = inside
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
            self.bodies.append((body, around))

    def _class(self, node: Node, scope: Scope) -> tuple[Scope, Node | None]:
        """Take a class; the scope of its members and its body."""
        source, numbers = self.source, self.numbers
        named, body = node.child_by_field_id(numbers.name), node.child_by_field_id(numbers.body)
        if named is None or body is None:
            return scope, None
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
        words, seen, data = self.words, self.statements, self.source.data
        imports = words.get("import", 0) > seen["import"]
        nested = words.get("def", 0) > seen["def"] or words.get("class", 0) > seen["class"]
        patterns = [pattern for word, pattern in _SET.items() if word in words]
        bodies, self.bodies = self.bodies, []
        for body, around in bodies:
            start, end = body.start_byte, body.end_byte
            if imports:
                self._imported(body, start, end)
            pieces = [(start, end)]
            if nested and (data.find(b"def ", start, end) >= 0 or data.find(b"class ", start, end) >= 0):
                pieces = list(self._nested(body, start, end))
            if around is not None:
                for pattern in patterns:
                    for first, last in pieces:
                        self._set(pattern, body, first, last, around)
        if self.bodies:
            self.inside()

    def _imported(self, body: Node, start: int, end: int) -> None:
        data = self.source.data
        at = data.find(b"import ", start, end)
        while at >= 0:
            found = body.named_descendant_for_byte_range(at, at + 6)
            if found is not None and self.numbers.kinds.get(found.kind_id) == "import":
                self._import(found)
            at = data.find(b"import ", at + 7, end)

    def _nested(self, body: Node, start: int, end: int) -> Iterator[tuple[int, int]]:
        """Take the functions and classes of a function; the pieces of it that are in no class."""
        data, kinds = self.source.data, self.numbers.kinds
        for match in _NESTED.finditer(data, start, end):
            at = match.start()
            if at < start:
                continue
            node = body.named_descendant_for_byte_range(at, match.end())
            what = kinds.get(node.kind_id) if node is not None else None
            if node is None or what not in ("function", "class"):
                continue
            if what == "function":
                self._function(node, _HIDDEN, None)
                continue
            inside, block = self._class(node, _HIDDEN)
            if block is not None:
                yield start, at
                start = node.end_byte
                self.through(block, inside, inside)
        yield start, end

    def _set(self, pattern: re.Pattern[bytes], body: Node, start: int, end: int, owner: Scope) -> None:
        """`self.x = ...` in a method is a field of its type; one that the type declares counts more."""
        data, into = self.source.data, self.definitions.later
        for match in pattern.finditer(data, start, end):
            at = match.start()
            node = body.named_descendant_for_byte_range(at, match.end())
            if node is None or node.start_byte != at or self.numbers.kinds.get(node.kind_id) != "assignment":
                continue
            row, name = node.start_point.row, match[1].decode("utf-8", "replace")
            type_ = self._type_of(node, match.end(1))
            if name.isidentifier():
                last = node.end_point.row
                into.append(
                    (name, "field", row, last, row, row, owner.owner or "", type_, (), owner.exported)
                )

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

    def _import(self, node: Node) -> None:
        """Take an import statement, whose first part is the module if it is one of names."""
        parts = [part for part in node.named_children if part.type in _NAMED]
        data, into = self.source.data, self.imports
        module = None
        if parts and data.startswith(b"from", node.start_byte):
            module = _text(data, parts.pop(0))
        for part in parts:
            row, alias, kind = part.start_point.row, "", part.type
            name = _text(data, part)
            if kind == "aliased_import":
                name, alias = (_text(data, one) for one in (part.named_children[0], part.named_children[-1]))
            if module is None:
                into.append(Import(name, "", alias or name.partition(".")[0], row, True))
            else:
                into.append(Import(module, name, alias or name, row, True))


def _text(data: bytes, node: Node) -> str:
    return data[node.start_byte : node.end_byte].decode("utf-8", "replace")
