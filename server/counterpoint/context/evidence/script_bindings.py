"""Which names a block of JavaScript or TypeScript binds."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from counterpoint.context.evidence.library import Source, text_of

if TYPE_CHECKING:
    from tree_sitter import Node

ScriptKind = Literal[
    "variable", "parameter", "function", "class", "interface", "alias", "enum", "namespace", "import", "from",
    "type_parameter", "iterated", "export",
]  # fmt: skip
Step = str | int
"""A step of a destructuring pattern: a property's name, or a place in an array."""
TYPE_KINDS = frozenset(
    {"class", "interface", "alias", "enum", "from", "import", "type_parameter", "namespace"}
)
VALUE_KINDS = frozenset(
    {"variable", "parameter", "function", "class", "enum", "namespace", "import", "from", "iterated"}
)
_DECLARED: dict[str, ScriptKind] = {
    "function_declaration": "function", "generator_function_declaration": "function",
    "function_signature": "function", "class_declaration": "class", "abstract_class_declaration": "class",
    "interface_declaration": "interface", "type_alias_declaration": "alias", "enum_declaration": "enum",
    "internal_module": "namespace", "module": "namespace",
}  # fmt: skip
FUNCTIONS = frozenset(
    {
        "function_declaration", "generator_function_declaration", "method_definition", "arrow_function",
        "function_expression", "generator_function", "function_signature", "method_signature",
        "function_type", "abstract_method_signature", "call_signature", "construct_signature",
        "constructor_type",
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Bound:
    """A name bound by `node`: to the declaration or expression `value`, of the type `note`.

    `steps` lead from the value to the name where it is destructured. An import has its `module` and the
    name it has there, "*" for the module itself.
    """

    kind: ScriptKind
    name: str
    source: Source
    node: Node
    value: Node | None = None
    note: Node | None = None
    steps: tuple[Step, ...] = ()
    module: str = ""
    imported: str = ""

    @property
    def line(self) -> int:
        """The 0-based line of the bound name."""
        return int(self.node.start_point[0])


def block_bindings(source: Source, block: Node) -> Iterator[Bound]:
    """The names that the statements of a block or program bind."""
    for statement in block.named_children:
        yield from _statement(source, statement)


def _statement(source: Source, node: Node) -> Iterator[Bound]:
    kind = node.type
    if kind in ("lexical_declaration", "variable_declaration"):
        for declarator in node.named_children:
            if declarator.type == "variable_declarator":
                yield from _declarator(source, declarator)
    elif kind in _DECLARED:
        name = node.child_by_field_name("name")
        if name is not None:
            yield Bound(_DECLARED[kind], text_of(name).strip("'\""), source, name, node)
    elif kind == "import_statement":
        yield from _import(source, node)
    else:
        yield from _holder(source, node)


def _holder(source: Source, node: Node) -> Iterator[Bound]:
    """Statements that hold a declaration."""
    if node.type == "export_statement":
        declaration = node.child_by_field_name("declaration")
        if declaration is not None:
            yield from _statement(source, declaration)
    elif node.type in ("ambient_declaration", "switch_body", "switch_case", "switch_default"):
        for child in node.named_children:
            yield from _statement(source, child)
    elif node.type == "expression_statement" and node.named_children[0].type == "internal_module":
        yield from _statement(source, node.named_children[0])


def _declarator(source: Source, node: Node) -> Iterator[Bound]:
    name, value = node.child_by_field_name("name"), node.child_by_field_name("value")
    if name is not None:
        yield from pattern(Bound("variable", "", source, name, value, node.child_by_field_name("type")), name)


def pattern(base: Bound, target: Node, steps: tuple[Step, ...] = ()) -> Iterator[Bound]:
    """One binding for every name of a destructuring pattern."""
    kind = target.type
    if kind == "identifier":
        yield replace(base, name=text_of(target), node=target, steps=steps)
    elif kind == "shorthand_property_identifier_pattern":
        yield replace(base, name=text_of(target), node=target, steps=(*steps, text_of(target)))
    elif kind in ("assignment_pattern", "object_assignment_pattern"):
        left = target.child_by_field_name("left")
        if left is not None:
            yield from pattern(base, left, steps)
    elif kind in ("object_pattern", "array_pattern", "rest_pattern"):
        for number, child in enumerate(target.named_children):
            inside: tuple[Step, ...] = (number,) if kind == "array_pattern" else ()
            inside = ("...",) if kind == "rest_pattern" else inside
            yield from pattern(base, child, (*steps, *inside))
    elif kind == "pair_pattern":
        key, value = target.child_by_field_name("key"), target.child_by_field_name("value")
        if key is not None and value is not None:
            yield from pattern(base, value, (*steps, text_of(key).strip("'\"")))


def _import(source: Source, node: Node) -> Iterator[Bound]:
    where = node.child_by_field_name("source")
    module = text_of(where)[1:-1] if where is not None else ""
    for clause in node.named_children:
        if clause.type == "import_require_clause":
            name, place = clause.named_children[0], clause.child_by_field_name("source")
            specifier = text_of(place)[1:-1] if place is not None else ""
            yield Bound("import", text_of(name), source, name, module=specifier, imported="*")
        for part in clause.named_children if clause.type == "import_clause" else ():
            if part.type == "identifier":
                yield Bound("from", text_of(part), source, part, module=module, imported="default")
            elif part.type == "namespace_import":
                name = part.named_children[0]
                yield Bound("import", text_of(name), source, name, module=module, imported="*")
            else:
                yield from _specifiers(source, part, module)


def _specifiers(source: Source, clause: Node, module: str) -> Iterator[Bound]:
    for one in clause.named_children:
        name, alias = one.child_by_field_name("name"), one.child_by_field_name("alias")
        if name is not None:
            bound = alias if alias is not None else name
            imported = text_of(name).strip("'\"")
            yield Bound("from", text_of(bound).strip("'\""), source, bound, module=module, imported=imported)


def parameters(source: Source, function: Node) -> Iterator[Bound]:
    """The parameters of a function, each with its annotation and default."""
    single = function.child_by_field_name("parameter")
    if single is not None:
        yield Bound("parameter", text_of(single), source, single)
    listed = function.child_by_field_name("parameters")
    for parameter in listed.named_children if listed is not None else ():
        target = parameter.child_by_field_name("pattern") or parameter
        if parameter.type == "assignment_pattern":
            target = parameter.child_by_field_name("left") or parameter
        base = Bound(
            "parameter", "", source, parameter,
            parameter.child_by_field_name("value") or parameter.child_by_field_name("right"),
            parameter.child_by_field_name("type"),
        )  # fmt: skip
        if target.type != "this":
            yield from pattern(base, target)


def exports(source: Source) -> Iterator[Bound]:
    """What a module exports under a name that is not, or not only, a declaration of that name.

    `imported` is the name in `module`, or in this file where there is no module; "*" is everything.
    """
    for node in source.root.named_children:
        if node.type != "export_statement":
            continue
        where = node.child_by_field_name("source")
        module = text_of(where)[1:-1] if where is not None else ""
        value = node.child_by_field_name("value")
        declared = node.child_by_field_name("declaration")
        if any(child.type == "default" for child in node.children):
            yield Bound("export", "default", source, node, value if value is not None else declared)
        clause = next((one for one in node.named_children if one.type == "export_clause"), None)
        if clause is not None:
            yield from _specifiers(source, clause, module)
        for one in node.named_children:
            if one.type == "namespace_export":
                yield Bound(
                    "import", text_of(one.named_children[0]), source, one, module=module, imported="*"
                )
        if (
            module
            and clause is None
            and not any(one.type == "namespace_export" for one in node.named_children)
        ):
            yield Bound("export", "*", source, node, module=module, imported="*")
