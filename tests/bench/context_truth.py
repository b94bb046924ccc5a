"""What is defined, bound and named in a text, told by other means than those under test.

Python is read with `ast` and `tokenize`, TypeScript with queries of this file.
"""

from __future__ import annotations

import ast
import io
import tokenize
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from keyword import iskeyword
from typing import NamedTuple

import tree_sitter
import tree_sitter_typescript

Lined = Sequence[tuple[str, int]]
"""Names, each with its 1-based line."""


class Reader(NamedTuple):
    """Of one language: its definitions, its other bindings (parameters, locals, attributes), the identifiers
    of each line without those of strings and comments, and the calls by the name that is called."""

    definitions: Callable[[str], Lined]
    bound: Callable[[str], Sequence[str]]
    names: Callable[[str], Mapping[int, Sequence[str]]]
    calls: Callable[[str], Lined]


_TYPESCRIPT_DEFINITIONS = """
[(function_declaration name: (_) @name) (class_declaration name: (_) @name)
 (abstract_class_declaration name: (_) @name) (interface_declaration name: (_) @name)
 (type_alias_declaration name: (_) @name) (enum_declaration name: (_) @name)
 (method_definition name: (property_identifier) @name)
 (export_statement (lexical_declaration (variable_declarator name: (identifier) @name)))]
"""
_TYPESCRIPT_BOUND = """
[(required_parameter pattern: (identifier) @name) (optional_parameter pattern: (identifier) @name)
 (statement_block (lexical_declaration (variable_declarator name: (identifier) @name)))
 (property_signature name: (property_identifier) @name)
 (public_field_definition name: (property_identifier) @name)
 (pair key: (property_identifier) @name) (shorthand_property_identifier_pattern) @name]
"""
_TYPESCRIPT_CALLS = """
[(call_expression function: [(identifier) @name (member_expression property: (property_identifier) @name)])
 (new_expression constructor: (identifier) @name)]
"""
_LEAVES = "[(identifier) (type_identifier) (property_identifier)] @name"


def _python_definitions(text: str) -> list[tuple[str, int]]:
    """(name, 1-based line) of functions, classes and names assigned in a module or class body."""
    found: list[tuple[str, int]] = []
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            found.append((node.name, node.lineno))
        if isinstance(node, ast.Module | ast.ClassDef):
            for statement in node.body:
                found += [(name.id, name.lineno) for name in _assigned(statement)]
    return found


def _python_bound(text: str) -> list[str]:
    """Parameters, and locals and attributes that are assigned."""
    found: list[str] = []
    defining: set[int] = set()
    for node in ast.walk(ast.parse(text)):  # bodies come before what is in them
        if isinstance(node, ast.Module | ast.ClassDef):
            defining.update(id(name) for statement in node.body for name in _assigned(statement))
        elif isinstance(node, ast.arg):
            found.append(node.arg)
        elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
            found.append(node.attr)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store) and id(node) not in defining:
            found.append(node.id)
    return found


def _assigned(statement: ast.stmt) -> list[ast.Name]:
    targets: list[ast.expr] = []
    if isinstance(statement, ast.Assign):
        targets = statement.targets
    elif isinstance(statement, ast.AnnAssign):
        targets = [statement.target]
    return [target for target in targets if isinstance(target, ast.Name)]


def _python_calls(text: str) -> list[tuple[str, int]]:
    """(name, 1-based line of the name) of every call whose function is a name or an attribute."""
    found = []
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            found.append((node.func.id, node.func.lineno))
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            found.append((node.func.attr, node.func.end_lineno or node.func.lineno))
    return found


def _python_names(text: str) -> dict[int, list[str]]:
    """Identifiers by line, none from strings and comments."""
    names: dict[int, list[str]] = defaultdict(list)
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.NAME and not iskeyword(token.string):
            names[token.start[0]].append(token.string)
    return names


def _captured(text: str, query: str) -> list[tuple[str, int]]:
    language = tree_sitter.Language(tree_sitter_typescript.language_typescript())
    tree = tree_sitter.Parser(language).parse(text.encode())
    nodes = tree_sitter.QueryCursor(tree_sitter.Query(language, query)).captures(tree.root_node)
    return [((node.text or b"").decode(), node.start_point.row + 1) for node in nodes.get("name", ())]


def _typescript_definitions(text: str) -> list[tuple[str, int]]:
    return _captured(text, _TYPESCRIPT_DEFINITIONS)


def _typescript_bound(text: str) -> list[str]:
    return [name for name, _ in _captured(text, _TYPESCRIPT_BOUND)]


def _typescript_calls(text: str) -> list[tuple[str, int]]:
    return _captured(text, _TYPESCRIPT_CALLS)


def _typescript_names(text: str) -> dict[int, list[str]]:
    names: dict[int, list[str]] = defaultdict(list)
    for name, line in _captured(text, _LEAVES):
        names[line].append(name)
    return names


READERS = {
    "python": Reader(_python_definitions, _python_bound, _python_names, _python_calls),
    "typescript": Reader(_typescript_definitions, _typescript_bound, _typescript_names, _typescript_calls),
}
