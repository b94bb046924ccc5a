"""What a function of Python gives back, and whether its end can be reached."""

from __future__ import annotations

from typing import TYPE_CHECKING

from counterpoint.context.signatures_nodes import first, inside, named, plain, quoted, text_of

if TYPE_CHECKING:
    from tree_sitter import Node

_LITERALS = {
    "list": "list", "list_comprehension": "list", "set": "set", "set_comprehension": "set",
    "dictionary_comprehension": "mapping", "string": "text", "concatenated_string": "text",
    "integer": "number", "float": "number", "true": "truth", "false": "truth", "not_operator": "truth",
    "comparison_operator": "truth", "lambda": "function", "generator_expression": "generator",
}  # fmt: skip


def shape(node: Node) -> str:
    """The shape of a value, as `Signature.shapes` has it."""
    if node.type == "parenthesized_expression":
        return shape(named(node)[0])
    if node.type == "none":
        return "nothing"
    if node.type in ("expression_list", "tuple"):
        inner = named(node)
        names = ",".join(text_of(one) for one in inner if one.type == "identifier")
        whole = f"tuple {len(inner)} {names}".strip()
        return "value" if any(one.type == "list_splat" for one in inner) else whole
    if node.type == "dictionary":
        keys = [one.child_by_field_name("key") for one in named(node)]
        if keys and all(key is not None and key.type == "string" for key in keys):
            return "keys " + ",".join(sorted(quoted(text_of(key)) for key in keys))
        return "mapping"
    return _LITERALS.get(node.type, "value")


def is_stub(body: Node) -> bool:
    """True for a body that only says that it is elsewhere."""
    inner = [one for one in named(body) if not (one.type == "expression_statement" and _is_text(one))]
    return all(plain(one) in ("...", "pass") for one in inner)


def _is_text(statement: Node) -> bool:
    return [one.type for one in named(statement)] == ["string"]


def falls(block: Node) -> bool:
    """True if the end of a block can be reached."""
    statements = named(block)
    last = statements[-1] if statements else None
    if last is None:
        return True
    match last.type:
        case "return_statement" | "raise_statement" | "continue_statement":
            return False
        case "if_statement":
            branches = [last.child_by_field_name("consequence")]
            others = last.children_by_field_name("alternative")
            branches += [
                one.child_by_field_name("body") or one.child_by_field_name("consequence") for one in others
            ]
            complete = any(one.type == "else_clause" for one in others)
            return not complete or any(one is None or falls(one) for one in branches)
        case "while_statement":
            endless = text_of(last.child_by_field_name("condition")) in ("True", "1")
            return not endless or next(inside(last, "break_statement"), None) is not None
        case "with_statement":
            body = last.child_by_field_name("body")
            return body is None or falls(body)
        case "try_statement":
            return _tried(last)
        case "match_statement":
            cases = list(inside(last, "case_clause"))
            whole = any(plain(first(one, "case_pattern")) == "_" for one in cases)
            bodies = [one.child_by_field_name("consequence") for one in cases]
            return not whole or any(one is None or falls(one) for one in bodies)
    return True


def _tried(statement: Node) -> bool:
    """True if the end of a `try` can be reached."""
    clauses = [one for one in named(statement) if one.type != "block"]
    final = next((first(one, "block") for one in clauses if one.type == "finally_clause"), None)
    if final is not None and not falls(final):
        return False
    ends = [first(statement, "block")]
    ends += [first(one, "block") for one in clauses if one.type != "finally_clause"]
    return any(end is None or falls(end) for end in ends)
