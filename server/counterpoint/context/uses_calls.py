"""What a call is given, and what becomes of what it gives back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from counterpoint.context.signatures_nodes import has, named, plain, quoted, text_of
from counterpoint.context.uses import Argument, Arguments, Result

if TYPE_CHECKING:
    from tree_sitter import Node

_LITERALS = {
    **dict.fromkeys(
        ("string", "template_string", "string_literal", "interpreted_string_literal", "raw_string_literal",
         "concatenated_string"), "text",
    ),
    **dict.fromkeys(
        ("integer", "float", "number", "int_literal", "float_literal", "integer_literal",
         "decimal_integer_literal", "decimal_floating_point_literal", "hex_integer_literal"), "number",
    ),
    **dict.fromkeys(("true", "false", "boolean_literal", "boolean"), "truth"),
    **dict.fromkeys(("none", "null", "nil", "null_literal", "undefined"), "nothing"),
    **dict.fromkeys(("list", "array", "list_comprehension", "array_expression"), "list"),
    **dict.fromkeys(("dictionary", "object", "dictionary_comprehension"), "mapping"),
    **dict.fromkeys(
        ("lambda", "arrow_function", "function_expression", "func_literal", "lambda_expression",
         "closure_expression"), "function",
    ),
}  # fmt: skip
_SPREAD = frozenset({"list_splat", "spread_element", "variadic_argument"})
_AWAITS = frozenset({"await", "await_expression"})
_PAST = frozenset(
    {"parenthesized_expression", "as_expression", "non_null_expression", "satisfies_expression"}
)
_PATTERNS = frozenset({"pattern_list", "tuple_pattern", "list_pattern", "array_pattern", "expression_list"})
_BINDERS = {
    "assignment": ("left", "right"), "assignment_expression": ("left", "right"),
    "assignment_statement": ("left", "right"), "short_var_declaration": ("left", "right"),
    "variable_declarator": ("name", "value"), "let_declaration": ("pattern", "value"),
    "var_spec": ("name", "value"), "named_expression": ("name", "value"),
    "let_condition": ("pattern", "value"),
}  # fmt: skip
_MEMBERS = {
    "attribute": ("object", "attribute"), "member_expression": ("object", "property"),
    "selector_expression": ("operand", "field"), "field_expression": ("value", "field"),
    "field_access": ("object", "field"), "method_invocation": ("object", "name"),
}  # fmt: skip
_INDEXED = {
    "subscript": ("value", "subscript"), "subscript_expression": ("object", "index"),
    "index_expression": ("operand", "index"), "array_access": ("array", "index"),
}  # fmt: skip
_RETURNED = frozenset({"variable_declaration", "arrow_function", "block", "statement_block"})
_LOOPS = frozenset({"for_statement", "for_in_statement", "enhanced_for_statement", "for_expression"})
_ITERATED = frozenset({"list_splat", "spread_element", "for_in_clause", "yield"})


def argument(node: Node) -> Argument:
    """One argument."""
    inner = node
    while inner.type in ("parenthesized_expression", "literal_element") and named(inner):
        inner = named(inner)[0]
    keys = None
    if inner.type == "object":
        inside = named(inner)
        if all(one.type in ("pair", "shorthand_property_identifier", "method_definition") for one in inside):
            found = (
                one.child_by_field_name("key") or one.child_by_field_name("name") or one for one in inside
            )
            keys = tuple(quoted(text_of(one)) for one in found)
    literal = "nothing" if text_of(inner) == "undefined" else _LITERALS.get(inner.type, "")
    return Argument(plain(node), literal, keys)


def arguments(node: Node | None) -> Arguments:
    """What stands between the brackets of a call, or the braces of a literal."""
    if node is not None and node.type == "generator_expression":
        return Arguments((Argument(plain(node)),))
    positional: list[Argument] = []
    by_name: list[tuple[str, Argument]] = []
    spread, named_spread = None, False
    for one in named(node):
        if one.type in _SPREAD:
            spread = len(positional) if spread is None else spread
        elif one.type in ("dictionary_splat", "base_field_initializer"):
            named_spread = True
        elif (pair := _pair(one)) is not None:
            by_name.append(pair)
        else:
            positional.append(argument(one))
    return Arguments(tuple(positional), tuple(by_name), spread, named_spread)


def _pair(node: Node) -> tuple[str, Argument] | None:
    if node.type in ("shorthand_field_initializer", "shorthand_property_identifier"):
        return text_of(node), Argument(text_of(node))
    if node.type == "method_definition":
        return text_of(node.child_by_field_name("name")), Argument(plain(node), "function")
    keyed = {"keyword_argument": ("name", "value"), "field_initializer": ("field", "value"),
             "keyed_element": ("key", "value"), "pair": ("key", "value")}.get(node.type)  # fmt: skip
    if keyed is None:
        return None
    key, value = node.child_by_field_name(keyed[0]), node.child_by_field_name(keyed[1])
    if key is None or value is None:
        key, value = named(node)[0], named(node)[-1]
    return quoted(text_of(key)), argument(value)


def result(call: Node) -> Result:
    """What becomes of a call."""
    awaited = tried = False
    node, above = call, call.parent
    while above is not None:
        if above.type in _AWAITS:
            awaited = True
        elif above.type == "try_expression":
            tried = True
        elif above.type not in _PAST and not (above.type == "expression_list" and len(named(above)) == 1):
            break
        node, above = above, above.parent
    found = _result(node, above) if above is not None else Result("dropped")
    return Result(found.kind, found.detail, found.count, found.keys, awaited, tried)


def _result(node: Node, above: Node) -> Result:
    kind = above.type
    if kind in ("go_statement", "defer_statement", "expression_statement"):
        return Result("dropped") if kind != "expression_statement" or _ends(above) else Result("returned")
    if kind in _BINDERS:
        return _bound(node, above)
    if kind in _MEMBERS and above.child_by_field_name(_MEMBERS[kind][0]) == node:
        return Result("member", text_of(above.child_by_field_name(_MEMBERS[kind][1])))
    if kind in _INDEXED and above.child_by_field_name(_INDEXED[kind][0]) == node:
        return Result("indexed", plain(above.child_by_field_name(_INDEXED[kind][1])))
    if kind in ("argument_list", "arguments") and above.parent is not None:
        callee = above.parent.child_by_field_name("function") or above.parent.child_by_field_name("name")
        return Result("given", text_of(callee), len(named(above)))
    return _iterated(node, above) if kind in _ITERATED | _LOOPS else _valued(node, above)


def _valued(node: Node, above: Node) -> Result:
    if above.type in _RETURNED or above.type.startswith("return"):
        return Result("returned")
    if above.type in ("comparison_operator", "binary_expression"):
        others = [_LITERALS.get(one.type, one.type) for one in named(above) if one != node]
        shape = others[0] if others else ""
        return Result("compared", shape) if shape in ("tuple", "list", "mapping") else Result()
    return Result()


def _iterated(node: Node, above: Node) -> Result:
    if above.child_by_field_name("body") == node or (
        above.type == "for_in_statement" and not has(above, "of")
    ):
        return Result()
    return Result("iterated", "await" if has(above, "await", "async") else "")


def _ends(statement: Node) -> bool:
    """False for the expression at the end of a block in Rust, whose value is that of the block."""
    return (
        statement.parent is None
        or statement.parent.type != "block"
        or has(statement, ";")
        or not (
            statement.parent.parent is not None
            and statement.parent.parent.type.endswith(("_item", "closure_expression"))
        )
    )


def _bound(node: Node, above: Node) -> Result:
    left, right = (above.child_by_field_name(one) for one in _BINDERS[above.type])
    if left == node or left is None:
        return Result()
    if right is not None and right.type == "expression_list" and len(named(right)) > 1:
        return Result("value")
    if above.type == "var_spec":
        names = above.children_by_field_name("name")
        return Result("unpacked", count=len(names)) if len(names) > 1 else Result("bound")
    if left.type == "expression_list" and len(named(left)) == 1:
        left = named(left)[0]
    if left.type in _PATTERNS:
        inner = named(left)
        starred = any(
            "splat" in one.type or one.type in ("rest_pattern", "remaining_field_pattern") for one in inner
        )
        return Result("unpacked", count=-1 if starred else len(inner))
    if left.type == "object_pattern":
        return _taken(left)
    if left.type in ("tuple_struct_pattern", "struct_pattern"):
        return Result("value")
    type_ = above.child_by_field_name("type")
    if type_ is None and above.parent is not None:
        type_ = above.parent.child_by_field_name("type")
    return Result("bound", plain(type_).removeprefix(": "))


def _taken(pattern: Node) -> Result:
    keys = []
    for one in named(pattern):
        if one.type == "rest_pattern":
            return Result("value")
        inner = one.child_by_field_name("left") if one.type == "object_assignment_pattern" else one
        inner = inner if inner is not None else one
        keys.append(quoted(text_of(inner.child_by_field_name("key") or inner)))
    return Result("keys", keys=tuple(keys))
