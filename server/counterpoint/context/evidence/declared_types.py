"""The type of a receiver in languages whose declarations say it, or whose constructions do.

Syntax alone, language by language the same: the declaration of a name is a node that holds the name and a
type, or a value that constructs one. What stands in other files is taken from their facts.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from counterpoint.context.evidence.library import Library, Source, text_of
from counterpoint.context.facts import TYPES, Definition
from counterpoint.context.languages import family_of

if TYPE_CHECKING:
    from tree_sitter import Node

RECEIVERS = ("operand", "object", "receiver", "argument", "expression", "path", "scope", "value")
"""The fields that hold what stands before a called name."""
_ROUND = re.compile(r"func|method|constructor|closure|lambda|singleton_method")
_INFERRED = frozenset({"implicit_type", "placeholder_type_specifier"})
_VALUES = ("value", "right", "initializer")
_UNWRAPPED = frozenset(
    {
        "parenthesized_expression", "await_expression", "try_expression", "unary_expression",
        "reference_expression", "expression_list", "pointer_expression",
    }
)  # fmt: skip
_CREATIONS = frozenset(
    {"object_creation_expression", "new_expression", "composite_literal", "struct_expression"}
)
_CALLS = re.compile(r"call|invocation")
_NO_DECLARATION = re.compile(
    r"selector|member|field_expr|index|subscript|call|argument|invocation|binary|literal|creation"
)
"""Nodes between a name and a declaration round it, which then declares something else."""
_MAKERS = frozenset({"new", "default", "make_unique", "make_shared", "builder"})
_WRAPPED = frozenset(
    {
        "Option", "Box", "Rc", "Arc", "RefCell", "Mutex", "RwLock", "Result", "Optional", "unique_ptr",
        "shared_ptr", "Ref", "RefMut", "Task", "Cow",
    }
)  # fmt: skip
_SELF = frozenset({"self", "this", "$this", "Self", "static", "base", "super", "parent"})


def base_name(written: str) -> str:
    """The plain name of a type as it is written: `*render.R` is R, `Option<Box<Foo>>` is Foo."""
    text = re.sub(
        r"\b(?:mut|const|struct|class|final|dyn|impl|ref|out|in|unsafe|enum|union)\b|'\w+", " ", written
    )
    text = text.replace("*", " ").replace("&", " ").replace("?", " ").strip()
    outer = re.match(r"([\w.:\\$]+)\s*<(.*)>$", text, re.S)
    if outer and re.split(r"[.:\\]+", outer[1])[-1] in _WRAPPED:
        return base_name(outer[2].partition(",")[0])
    found = re.match(r"[\w.:\\$]+", text)
    return re.split(r"[.:\\]+", found[0])[-1] if found else ""


class DeclaredTypes:
    """Types by declaration, for the files of one question."""

    def __init__(self, library: Library, family: str) -> None:
        self.library, self.family = library, family
        self._found: dict[tuple[str, int, int], str] = {}

    def types_named(self, name: str) -> list[tuple[str, Definition]]:
        """The types of the workspace with a name, in this family of languages."""
        places = self.library.symbols.defined([name]).get(name, ())
        return [
            (one.path, one.definition)
            for one in places
            if one.definition.kind in TYPES and self._near(one.path)
        ]

    def _near(self, path: str) -> bool:
        return family_of(self.library.language(path)) == self.family

    def owner_at(self, source: Source, line: int) -> str:
        """The type in whose body, or in whose method, a line stands; "" if there is none."""
        facts = self.library.symbols.facts(source.path)
        found = ""
        for one in facts.definitions if facts is not None else ():
            if one.first_line <= line <= one.last_line:
                if one.owner:
                    found = base_name(one.owner.rpartition(".")[2])
                elif one.kind in TYPES:
                    found = one.name
        return found

    def bases(self, name: str, seen: frozenset[str] = frozenset()) -> frozenset[str]:
        """The names of a type and of all that it extends or implements."""
        if name in seen:
            return seen
        seen = seen | {name}
        for _, definition in self.types_named(name):
            for base in definition.bases:
                seen = self.bases(base_name(base), seen)
        return seen

    def of(self, source: Source, node: Node, depth: int = 0) -> str:
        """The name of an expression's type, "" if it is unknown."""
        key = (source.path, node.start_byte, node.end_byte)
        if key not in self._found:
            self._found[key] = ""
            self._found[key] = self._of(source, node, depth) if depth < 6 else ""
        return self._found[key]

    def _of(self, source: Source, node: Node, depth: int) -> str:
        kind, text = node.type, text_of(node)
        if text in _SELF:
            return self.owner_at(source, int(node.start_point[0]))
        if kind in _UNWRAPPED and node.named_children:
            return self.of(source, node.named_children[0], depth + 1)
        if kind in _CREATIONS:
            made = (
                node.child_by_field_name("type") or node.child_by_field_name("name") or node.named_children[0]
            )
            return base_name(text_of(made))
        if _CALLS.search(kind):
            return self._returned(source, node, depth)
        inner = receiver_in(node)
        if inner is not None:
            member = re.split(r"\.|->|::", text)[-1].strip()
            return self._field(self.of(source, inner, depth + 1), member)
        own = self.owner_at(source, int(node.start_point[0]))
        return self._declared(source, node, text, depth) or self._field(own, text.lstrip("@$"))

    def _returned(self, source: Source, node: Node, depth: int) -> str:
        """What a call returns, if all functions it can mean return the same."""
        callee = node.child_by_field_name("function") or node
        while callee.type in ("generic_function", "template_function") and callee.named_children:
            callee = callee.named_children[0]
        receiver = receiver_in(callee)
        end = callee.child_by_field_name("name") or callee.child_by_field_name("field") or callee
        name = text_of(end if end is not callee else callee.child_by_field_name("method") or callee)
        if name == "new" and receiver is None:
            listed = node.child_by_field_name("arguments")
            return base_name(text_of(listed.named_children[0])) if listed and listed.named_children else ""
        owners = self._owners(source, receiver, depth)
        if owners is None:
            return ""
        types = set()
        for place in self.library.symbols.defined([name]).get(name, ()):
            held = place.definition
            owner = base_name(held.owner.rpartition(".")[2]) if held.owner else place.path.rpartition("/")[0]
            if held.kind in ("function", "method") and self._near(place.path) and owner in owners:
                written = held.type.strip("()").partition(",")[0] if self.family == "go" else held.type
                types.add(owner if base_name(written) in ("Self", "static", "self") else base_name(written))
        if not types and name in _MAKERS and receiver is not None:
            return base_name(text_of(receiver))
        return next(iter(types)) if len(types) == 1 else ""

    def _owners(self, source: Source, receiver: Node | None, depth: int) -> frozenset[str] | None:
        """The types, or the folder, in which a called function is to be looked for; None if unknown."""
        if receiver is None:
            own = self.owner_at(source, int(source.root.start_point[0]))
            return frozenset({own, source.path.rpartition("/")[0]})
        text = text_of(receiver)
        facts = self.library.symbols.facts(source.path)
        for one in facts.imports if facts is not None and self.family == "go" else ():
            if one.alias == text:
                parts = [part for part in one.module.split("/") if part]
                near = (
                    folder
                    for folder in self.library.folders
                    if folder.split("/") == parts[-len(folder.split("/")) :]
                )
                return frozenset(near)
        last = base_name(text)
        kind = last if last[:1].isupper() and self.types_named(last) else self.of(source, receiver, depth + 1)
        return self.bases(kind) if kind else None

    def _field(self, owner: str, name: str) -> str:
        """The type of a field of a type."""
        for one in (
            self.library.symbols.defined([name]).get(name, ()) if owner and name.isidentifier() else ()
        ):
            held = one.definition
            if (
                held.kind in ("field", "variable", "constant")
                and base_name(held.owner.rpartition(".")[2]) == owner
            ):
                return base_name(held.type)
        return ""

    def _declared(self, source: Source, node: Node, name: str, depth: int) -> str:
        """By the last declaration of the name before the use, in the function round it."""
        found = ""
        for place in _occurrences(source, node, name):
            parent, child = place.parent, place
            for _ in range(4):
                if parent is None or _is_function(parent) or _NO_DECLARATION.search(parent.type):
                    break
                if (given := self._by(source, parent, child, depth)) is not None:
                    found = given
                    break
                child, parent = parent, parent.parent
        return found

    def _by(self, source: Source, parent: Node, child: Node, depth: int) -> str | None:
        """The type that a node declares for a name in it; None if the node is no declaration of it."""
        kind = parent.child_by_field_name("type")
        inferred = kind is None or kind.type in _INFERRED or text_of(kind) == "var"
        if kind is not None and kind != child and not inferred:
            return base_name(text_of(kind))
        for field in _VALUES:
            value = parent.child_by_field_name(field)
            if value is not None and value != child and value.start_byte > child.start_byte:
                inner = (
                    value.named_children[0]
                    if value.type == "expression_list" and value.named_children
                    else value
                )
                return self.of(source, inner, depth + 1)
        last = parent.named_children[-1] if parent.named_children else None
        if parent.type == "variable_declarator" and last is not None and last != child:
            return self.of(source, last, depth + 1)
        return None


def receiver_in(node: Node) -> Node | None:
    """What stands before the last name of a chain of members."""
    for field in RECEIVERS:
        found = node.child_by_field_name(field)
        if found is not None and found.start_byte == node.start_byte:
            return found
    first = node.children[0] if node.children else None
    return first if first is not None and first.type in ("this", "base", "super", "self") else None


def _occurrences(source: Source, use: Node, name: str) -> Iterator[Node]:
    """Where a name stands before its use in the same function."""
    holder = use.parent
    while holder is not None and holder.parent is not None and not _is_function(holder):
        holder = holder.parent
    if holder is None or not name:
        return
    wanted = name.encode()
    at = source.data.find(wanted, holder.start_byte, use.start_byte)
    while at >= 0:
        node = source.root.descendant_for_byte_range(at, at + len(wanted))
        if node is not None and node.start_byte == at and node.end_byte == at + len(wanted):
            yield node
        at = source.data.find(wanted, at + len(wanted), use.start_byte)


def _is_function(node: Node) -> bool:
    return bool(_ROUND.search(node.type)) and node.child_by_field_name("body") is not None
