"""The parameters of a function of JavaScript or TypeScript, and the shapes of what it gives back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from counterpoint.context.signatures import Parameter, Signature
from counterpoint.context.signatures_nodes import (
    first,
    has,
    inside,
    named,
    plain,
    quoted,
    shapes,
    text_of,
    tokens,
)

if TYPE_CHECKING:
    from tree_sitter import Node

_LITERALS = {
    "string": "text", "template_string": "text", "number": "number", "true": "truth", "false": "truth",
    "arrow_function": "function", "function_expression": "function",
}  # fmt: skip


def parameters(node: Node) -> tuple[Parameter, ...]:
    """What a function takes, `this` left out."""
    alone = node.child_by_field_name("parameter")
    if alone is not None:
        return (Parameter(text_of(alone)),)
    found = (
        _parameter(one) for one in named(node.child_by_field_name("parameters")) if one.type != "decorator"
    )
    return tuple(one for one in found if one.name != "this")


def _parameter(node: Node) -> Parameter:
    pattern = node.child_by_field_name("pattern") or node.child_by_field_name("left") or node
    value = node.child_by_field_name("value") or node.child_by_field_name("right")
    type_ = plain(node.child_by_field_name("type")).removeprefix(": ")
    if pattern.type == "rest_pattern":
        return Parameter(text_of(pattern).lstrip(". "), "rest", type_)
    default = plain(value) if value is not None else "" if node.type == "optional_parameter" else None
    keys = tuple(sorted(_keys(pattern, type_))) if pattern.type == "object_pattern" else None
    name = text_of(pattern) if pattern.type == "identifier" or pattern.type == "this" else ""
    return Parameter(name, "place", type_, default, keys)


def _keys(pattern: Node, type_: str) -> list[str]:
    """The keys that are taken; one that may be left out has a question mark and its default."""
    found = []
    for one in named(pattern):
        if one.type == "rest_pattern":
            continue
        inner = one.child_by_field_name("left") if one.type == "object_assignment_pattern" else one
        inner = inner if inner is not None else one
        key = text_of(inner.child_by_field_name("key") or inner)
        default = plain(one.child_by_field_name("right")) if inner is not one else ""
        free = bool(default) or f" {key} ? :" in f" {type_}"
        found.append(key + "?" * free + default)
    return found


def shape(node: Node) -> str:
    """The shape of a value, as `Signature.shapes` has it."""
    if node.type == "parenthesized_expression":
        return shape(named(node)[0])
    if node.type in ("null", "undefined") or text_of(node) == "undefined":
        return "nothing"
    if node.type == "array":
        inner = named(node)
        plainly = bool(inner) and not any(one.type == "spread_element" for one in inner)
        names = ",".join(text_of(one) for one in inner if one.type == "identifier")
        return f"tuple {len(inner)} {names}".strip() if plainly else "list"
    if node.type == "object":
        keys = []
        for one in named(node):
            if one.type not in ("pair", "shorthand_property_identifier", "method_definition"):
                return "mapping"
            key = one.child_by_field_name("key") or one.child_by_field_name("name") or one
            keys.append(quoted(text_of(key)))
        return "keys " + ",".join(sorted(keys))
    return _LITERALS.get(node.type, "value")


def qualified(owner: str, name: str) -> str:
    """A name with that of its owner."""
    return f"{owner}.{name}" if owner else name


def signature(
    node: Node, owner: str, at: Node, traits: frozenset[str], name: str = "", decorators: tuple[str, ...] = ()
) -> Signature:
    """The signature of a function; `at` is where its name stands if it has none of its own."""
    named_by = node.child_by_field_name("name")
    own = name or (text_of(named_by) if named_by is not None else "default")
    found = set(traits)
    for token, trait in (("async", "async"), ("static", "static"), ("get", "property"), ("*", "generator")):
        if has(node, token):
            found.add(trait)
    if node.type == "arrow_function":
        found.add("arrow")
    if node.type.startswith("generator"):
        found.add("generator")
    if text_of(first(node, "accessibility_modifier")) in ("private", "protected") or own.startswith("#"):
        found.add("private")
    body = node.child_by_field_name("body")
    if any(text_of(one) == "arguments" for one in inside(body, "identifier")):
        found.add("arguments")
    result = plain(node.child_by_field_name("return_type")).removeprefix(": ")
    if body is not None and body.type != "statement_block":
        returned = frozenset({shape(body)})
    else:
        returned = shapes(body, shape)
    is_maker = own == "constructor" and bool(owner)
    kind = "constructor" if is_maker else "method" if owner else "function"
    return Signature(
        owner if is_maker else qualified(owner, own),
        kind,  # type: ignore[arg-type]
        (named_by or at).start_point.row,
        parameters(node),
        result,
        frozenset() if is_maker else returned,
        frozenset(found),
        decorators,
        plain(node.child_by_field_name("type_parameters")),
        tokens(body),
    )
