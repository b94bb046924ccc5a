"""Small questions about a syntax tree of ast-grep, asked the same way by all rules."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, cast

from ast_grep_py import Config, SgNode, SgRoot

from counterpoint.answers import Evidence
from counterpoint.text import Document, Span

# LSP language id -> ast-grep's. ast-grep panics past `except Exception` on any other name, so this
# table is asked first, always.
_LANGUAGES = {
    "python": "python", "javascript": "javascript", "javascriptreact": "javascript",
    "typescript": "typescript", "typescriptreact": "tsx", "go": "go", "rust": "rust", "java": "java",
    "c": "c", "cpp": "cpp", "csharp": "csharp", "ruby": "ruby", "php": "php", "shellscript": "bash",
    "kotlin": "kotlin", "swift": "swift", "lua": "lua", "scala": "scala", "html": "html", "css": "css",
    "json": "json", "yaml": "yaml",
}  # fmt: skip

FUNCTIONS = frozenset({
    "function_definition", "lambda", "function_declaration", "function_expression", "arrow_function",
    "method_definition", "generator_function_declaration", "generator_function",
})  # fmt: skip
# ast-grep refuses a kind that the language at hand does not have.
_BINDS = {
    "python": ("assignment", "named_expression", "for_statement", "for_in_clause", "as_pattern"),
    "script": ("variable_declarator", "assignment_expression", "for_in_statement"),
}
_NAMED = {
    "function_definition", "class_definition", "function_declaration", "class_declaration",
    "method_definition", "generator_function_declaration", "variable_declarator",
    "abstract_class_declaration",
}  # fmt: skip


def language_name(document: Document) -> str | None:
    """ast-grep's name of the document's language, or None if it has no grammar."""
    return _LANGUAGES.get(document.language)


def parse(text: str, language: str) -> SgNode:
    """The root of the syntax tree. `language` must come from `language_name` or `rules.LANGUAGE_NAMES`."""
    return SgRoot(text, language).root()


def span(node: SgNode) -> Span:
    """The node's place as offsets of code points."""
    place = node.range()
    return Span(place.start.index, place.end.index)


def ancestors(node: SgNode) -> Iterator[SgNode]:
    """Parents from the nearest to the root."""
    parent = node.parent()
    while parent is not None:
        yield parent
        parent = parent.parent()


def enclosing(node: SgNode, kinds: frozenset[str]) -> SgNode | None:
    """The nearest ancestor of one of these kinds."""
    return next((parent for parent in ancestors(node) if parent.kind() in kinds), None)


def broken(node: SgNode) -> bool:
    """True if the parser had to guess at or around this node: nothing is said of code amid a keystroke."""
    return any(parent.kind() == "ERROR" for parent in ancestors(node)) or node.find(kind="ERROR") is not None


def symbol(node: SgNode) -> str:
    """Qualified name of the function or class around the node, empty at module level: `Order.cancel`."""
    names = [
        name.text()
        for parent in ancestors(node)
        if parent.kind() in _NAMED and (name := parent.field("name")) is not None
        if parent.kind() != "variable_declarator" or _holds_function(parent)
    ]
    return ".".join(reversed(names))


def _holds_function(declarator: SgNode) -> bool:
    value = declarator.field("value")
    return value is not None and value.kind() in FUNCTIONS


def is_async(function: SgNode) -> bool:
    """True for `async def`, `async function`, `async () =>` and `async method()`."""
    return any(child.kind() == "async" for child in function.children())


def caught(node: SgNode) -> bool:
    """True inside the body of a `try` of JavaScript in the same function that catches."""
    inner = node
    for parent in ancestors(node):
        if parent.kind() in FUNCTIONS:
            return False
        if parent.kind() == "try_statement" and parent.field("handler") and parent.field("body") == inner:
            return True
        inner = parent
    return False


def bound(function: SgNode) -> Iterator[tuple[SgNode, SgNode, SgNode | None]]:
    """(node, target, value) of what binds names in a function itself; None for what is no single value."""
    language = "python" if function.kind() in ("function_definition", "lambda", "module") else "script"
    for node in search(function, {"rule": {"any": [{"kind": kind} for kind in _BINDS[language]]}}):
        target = node.field("left") or node.field("name") or node.field("alias")
        if target is not None and enclosing(node, FUNCTIONS) == function:
            looped = node.kind().startswith("for_")
            yield node, target, None if looped else node.field("right") or node.field("value")


def line_of(node: SgNode, document: Document) -> int:
    """1-based line of the node's start, counted as the document counts lines."""
    return document.position(node.range().start.index).line + 1


def evidence(node: SgNode, document: Document) -> Evidence:
    """The line the node starts on, quoted without its indentation."""
    line = line_of(node, document)
    return Evidence(document.path, line, document.line(line - 1).strip())


def search(root: SgNode, config: Mapping[str, Any]) -> list[SgNode]:
    """All nodes a rule's configuration matches. Raises RuntimeError or Exception for one that is wrong."""
    return root.find_all(cast("Config", dict(config)))
