"""Which names a scope of a Python file binds, statement by statement."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from counterpoint.context.evidence.library import Source, text_of
from counterpoint.context.evidence.python_scopes import Binding, BindingKind, Range, Table

if TYPE_CHECKING:
    from tree_sitter import Node


def table_of(source: Source, scope: Node) -> Table:
    """The bindings of a module, function, class or lambda, without those of scopes inside it."""
    table = Table()
    whole = (scope.start_byte, scope.end_byte)
    if scope.type in ("function_definition", "lambda"):
        parameters = scope.child_by_field_name("parameters")
        for parameter in parameters.named_children if parameters else ():
            _parameter(table, source, parameter, whole)
    if scope.type != "lambda":
        body = scope if scope.type == "module" else scope.child_by_field_name("body")
        if body is not None:
            _block(table, source, body, whole)
            if b":=" in source.data[body.start_byte : body.end_byte]:
                _walruses(table, source, body, whole)
    return table


def _parameter(table: Table, source: Source, node: Node, block: Range) -> None:
    name = node if node.type == "identifier" else node.child_by_field_name("name") or _first_name(node)
    if name is None:
        return
    table.add(
        Binding(
            "parameter", text_of(name), source, name, block[0], block,
            node.child_by_field_name("value"), node.child_by_field_name("type"),
        )
    )  # fmt: skip


def _first_name(node: Node) -> Node | None:
    while node.named_children and node.type != "identifier":
        node = node.named_children[0]
    return node if node.type == "identifier" else None


def _block(table: Table, source: Source, block: Node, span: Range) -> None:
    for statement in block.named_children:
        _statement(table, source, statement, span)


def _statement(table: Table, source: Source, node: Node, block: Range) -> None:
    _READERS.get(node.type, _compound)(table, source, node, block)


def _expression(table: Table, source: Source, node: Node, block: Range) -> None:
    for child in node.named_children:
        if child.type in ("assignment", "augmented_assignment"):
            _assignment(table, source, child, block)


def _decorated(table: Table, source: Source, node: Node, block: Range) -> None:
    inner = node.child_by_field_name("definition")
    if inner is not None:
        _definition(table, source, inner, block)


def _import(table: Table, source: Source, node: Node, block: Range) -> None:
    for binding in imports(source, node, block):
        (table.stars.append if binding.kind == "star" else table.add)(binding)


def _elsewhere(table: Table, source: Source, node: Node, block: Range) -> None:
    for name in node.named_children:
        table.elsewhere[text_of(name)] = node.type.partition("_")[0]


def _alias(table: Table, source: Source, node: Node, block: Range) -> None:
    left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
    if left is not None and right is not None and (name := _first_name(left)):
        value = right.named_children[0] if right.named_children else right
        table.add(Binding("assign", text_of(name), source, name, node.end_byte, block, value))


def _definition(table: Table, source: Source, node: Node, block: Range) -> None:
    name = node.child_by_field_name("name")
    if name is not None:
        kind: BindingKind = "class" if node.type == "class_definition" else "def"
        table.add(Binding(kind, text_of(name), source, name, name.end_byte, block, value=node))


def _assignment(table: Table, source: Source, node: Node, block: Range) -> None:
    left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
    note = node.child_by_field_name("type")
    while right is not None and right.type == "assignment":
        _assignment(table, source, right, block)
        right = right.child_by_field_name("right")
    if left is not None and node.type == "assignment":
        base = Binding("assign", "", source, left, node.end_byte, block, right, note)
        for binding in _targets(base, left):
            table.add(binding)


def _targets(base: Binding, target: Node, index: tuple[int, ...] = ()) -> Iterator[Binding]:
    """One binding for every plain name of an assignment's target."""
    if target.type == "identifier":
        yield replace(base, name=text_of(target), node=target, index=index)
    elif target.type in (
        "pattern_list",
        "tuple_pattern",
        "list_pattern",
        "as_pattern_target",
        "parenthesized_expression",
    ):
        nested = target.type in ("as_pattern_target", "parenthesized_expression")
        for number, child in enumerate(target.named_children):
            # After a starred name the places are counted from the end, which no index says.
            if child.type == "list_splat_pattern":
                break
            yield from _targets(base, child, index if nested else (*index, number))


def imports(source: Source, node: Node, block: Range) -> Iterator[Binding]:
    """The bindings of an import statement. `module` keeps its leading dots."""
    module_node = node.child_by_field_name("module_name")
    module = text_of(module_node) if module_node is not None else ""
    for child in node.named_children:
        if child == module_node:
            continue
        if child.type == "wildcard_import":
            yield Binding("star", "*", source, child, node.end_byte, block, module=module)
            continue
        plain = child.child_by_field_name("name") if child.type == "aliased_import" else child
        alias = child.child_by_field_name("alias") if child.type == "aliased_import" else None
        if plain is None:
            continue
        name = text_of(plain)
        if module:
            bound = text_of(alias) if alias is not None else name
            yield Binding(
                "from", bound, source, alias or plain, node.end_byte, block, module=module, imported=name
            )
        elif alias is not None:
            yield Binding("import", text_of(alias), source, alias, node.end_byte, block, module=name)
        else:
            top = name.partition(".")[0]
            yield Binding("import", top, source, plain, node.end_byte, block, module=top, imported=name)


def _compound(table: Table, source: Source, node: Node, block: Range) -> None:
    """Statements that hold others. Whatever stands in a branch can be passed by."""
    kind = node.type
    if kind in ("for_statement", "while_statement"):
        table.loops.append((node.start_byte, node.end_byte))
    if kind == "for_statement":
        _for(table, source, node)
    elif kind == "with_statement":
        _with(table, source, node, block)
    elif kind == "except_clause":
        _except(table, source, node)
    elif kind == "case_clause":
        _case(table, source, node)
    static = kind == "if_statement" and _for_types_only(node)
    for child in node.named_children:
        if static and child.type == "else_clause":
            table.unseen.append((child.start_byte, child.end_byte))
        if child.type == "block":
            _block(
                table,
                source,
                child,
                block if kind == "with_statement" else (child.start_byte, child.end_byte),
            )
        elif child.type in _HOLDERS:
            _compound(table, source, child, (child.start_byte, child.end_byte))


def _for_types_only(node: Node) -> bool:
    condition = node.child_by_field_name("condition")
    return condition is not None and text_of(condition).endswith("TYPE_CHECKING")


_HOLDERS = frozenset(
    {
        "elif_clause",
        "else_clause",
        "except_clause",
        "except_group_clause",
        "finally_clause",
        "case_clause",
        "block",
    }
)


def _for(table: Table, source: Source, node: Node) -> None:
    left, right, body = (node.child_by_field_name(field_) for field_ in ("left", "right", "body"))
    if left is not None and right is not None and body is not None:
        base = Binding("for", "", source, left, left.end_byte, (body.start_byte, body.end_byte), right)
        for binding in _targets(base, left):
            table.add(binding)


def _with(table: Table, source: Source, node: Node, block: Range) -> None:
    for clause in node.named_children:
        if clause.type != "with_clause":
            continue
        for item in clause.named_children:
            held = item.child_by_field_name("value") or item
            if held.type == "as_pattern" and len(held.named_children) == 2:
                value, target = held.named_children
                base = Binding("with", "", source, target, target.end_byte, block, value)
                for binding in _targets(base, target):
                    table.add(binding)


def _except(table: Table, source: Source, node: Node) -> None:
    span = (node.start_byte, node.end_byte)
    for child in node.named_children:
        if child.type == "as_pattern" and len(child.named_children) == 2:
            value, target = child.named_children
            for binding in _targets(
                Binding("except", "", source, target, target.end_byte, span, value), target
            ):
                table.add(binding)


def _case(table: Table, source: Source, node: Node) -> None:
    span = (node.start_byte, node.end_byte)
    stack = [child for child in node.named_children if child.type == "case_pattern"]
    while stack:
        inner = stack.pop()
        for name in _captured(inner):
            table.add(Binding("other", text_of(name), source, name, name.end_byte, span))
        # What stands first in a class pattern is the class, which the pattern does not bind.
        stack.extend(inner.named_children[inner.type == "class_pattern" :])


def _captured(node: Node) -> list[Node]:
    """The names that a pattern binds itself: a plain name, or what follows `as`."""
    names = node.named_children
    if node.type == "case_pattern" and len(names) == 1 and names[0].type == "dotted_name":
        return names[0].named_children if len(names[0].named_children) == 1 else []
    if node.type == "as_pattern" and names:
        return [names[-1]] if names[-1].type == "identifier" else names[-1].named_children[:1]
    return names[:1] if node.type == "splat_pattern" else []


def _walruses(table: Table, source: Source, body: Node, block: Range) -> None:
    stack = [body]
    while stack:
        node = stack.pop()
        if node.type == "named_expression":
            name, value = node.child_by_field_name("name"), node.child_by_field_name("value")
            if name is not None:
                table.add(Binding("assign", text_of(name), source, name, node.end_byte, block, value))
        if node.type not in ("function_definition", "class_definition", "lambda"):
            stack.extend(node.named_children)


_READERS: dict[str, Callable[[Table, Source, Node, Range], None]] = {
    "expression_statement": _expression, "function_definition": _definition, "class_definition": _definition,
    "decorated_definition": _decorated, "import_statement": _import, "import_from_statement": _import,
    "global_statement": _elsewhere, "nonlocal_statement": _elsewhere, "type_alias_statement": _alias,
}  # fmt: skip
