"""Names that a Python function, lambda or comprehension binds, and by what."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ast_grep_py import SgNode

from counterpoint.static import python_facts, syntax
from counterpoint.static.python_facts import Def, Import
from counterpoint.text import Document

_BINDERS = (
    "assignment", "augmented_assignment", "for_statement", "as_pattern", "named_expression",
    "import_statement", "import_from_statement", "function_definition", "class_definition",
    "global_statement", "nonlocal_statement",
)  # fmt: skip
_PATTERNS = ("pattern_list", "tuple_pattern", "list_pattern", "list_splat_pattern", "as_pattern_target")


@dataclass(frozen=True, slots=True)
class Local:
    """A name bound by its type's text, by an import, by a nested `def`; all empty if that is unknown.

    `entered` means: the name is what entering an object of that type gives.
    """

    type: str = ""
    entered: bool = False
    imported: Import | None = None
    defined: Def | None = None


UNKNOWN = Local()


def bindings(document: Document, scope: SgNode) -> dict[str, Local]:
    """Names bound by a function, lambda or comprehension. Two different bindings of one name are unknown."""
    if scope.kind() == "function_definition":
        return _of_function(document, scope)
    found = scope.find_all(any=[{"kind": "lambda_parameters"}, {"kind": "for_in_clause"}])
    names: dict[str, Local] = {}
    for node in found:
        target = node if node.kind() == "lambda_parameters" else node.field("left")
        if target is not None and node.parent() == scope:
            names.update(dict.fromkeys(_identifiers(target), UNKNOWN))
    return names


def _of_function(document: Document, scope: SgNode) -> dict[str, Local]:
    parameters = python_facts.parameter_types(scope)
    names = {name: Local(type=text) for name, text in parameters.items()}
    outer: set[str] = set()
    for node in scope.find_all(any=[{"kind": kind} for kind in _BINDERS]):
        if node == scope or syntax.enclosing(node, syntax.FUNCTIONS) != scope:
            continue
        if node.kind() in ("global_statement", "nonlocal_statement"):
            outer.update(child.text() for child in node.named_children())
            continue
        for name, local in _bound(document, node, parameters):
            names[name] = local if names.get(name, local) == local else UNKNOWN
    return {name: local for name, local in names.items() if name not in outer}


def _bound(document: Document, node: SgNode, parameters: dict[str, str]) -> Iterator[tuple[str, Local]]:
    kind = node.kind()
    if kind in ("import_statement", "import_from_statement"):
        for name, wanted in python_facts.imports(node):
            yield name, Local(imported=wanted)
    elif kind in ("function_definition", "class_definition"):
        name_node = node.field("name")
        if name_node is not None:
            yield name_node.text(), _defined(document, node)
    elif kind == "as_pattern":
        yield from _entered(node)
    elif kind == "assignment":
        yield from _assigned(node, parameters)
    else:
        target = node.field("left") or node.field("name")
        for name in _identifiers(target) if target is not None else ():
            yield name, UNKNOWN


def _defined(document: Document, node: SgNode) -> Local:
    if node.kind() == "class_definition":
        return UNKNOWN
    return Local(defined=python_facts.definition(node, document))


def _entered(node: SgNode) -> Iterator[tuple[str, Local]]:
    value, *_ = node.named_children()
    callee = value.field("function") if value.kind() == "call" else None
    for name in _identifiers(node.named_children()[-1]):
        yield name, Local(type=callee.text(), entered=True) if callee is not None else UNKNOWN


def _assigned(node: SgNode, parameters: dict[str, str]) -> Iterator[tuple[str, Local]]:
    left = node.field("left")
    if left is None:
        return
    if left.kind() != "identifier":
        for name in _identifiers(left):
            yield name, UNKNOWN
        return
    statement = node.parent()
    for name, text, value in python_facts.targets(statement, parameters) if statement is not None else ():
        if name == left.text() and value != "None":
            yield name, Local(type=text)


def _identifiers(pattern: SgNode) -> Iterator[str]:
    if pattern.kind() == "identifier":
        yield pattern.text()
    elif pattern.kind() in (*_PATTERNS, "lambda_parameters"):
        for child in pattern.named_children():
            yield from _identifiers(child)
    elif pattern.kind() == "default_parameter":
        name = pattern.field("name")
        if name is not None:
            yield name.text()
