"""Turns the product's one neutral JSON Schema into what each vendor takes for structured output. Pure.

The neutral form may use any keyword of JSON Schema 2020-12 that has a meaning without it: what a vendor
cannot enforce is left out here, and the answer is checked against the neutral form afterwards anyway.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

_MAPS = ("properties", "$defs", "definitions")
_LISTS = ("anyOf", "allOf", "oneOf")

_ANNOTATIONS = ("$schema", "$id", "$comment", "title", "default", "examples", "deprecated", "readOnly")
_NEITHER = frozenset(_ANNOTATIONS) | {
    "not", "if", "then", "else", "dependentRequired", "dependentSchemas", "patternProperties",
    "unevaluatedProperties", "propertyNames", "minProperties", "maxProperties", "unevaluatedItems",
    "contains", "minContains", "maxContains", "uniqueItems", "prefixItems", "minLength", "maxLength",
}  # fmt: skip
_NOT_ANTHROPIC = _NEITHER | {
    "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf", "maxItems", "pattern",
    "format",
}  # fmt: skip
_NOT_GOOGLE = _NEITHER | {
    "exclusiveMinimum", "exclusiveMaximum", "multipleOf", "pattern", "format", "allOf",
}  # fmt: skip

_Node = dict[str, Any]


def for_openai(schema: Mapping[str, Any]) -> _Node:
    """Strict form: every property required, the optional ones nullable; so null there means absent."""
    return _walk(schema, _openai_node)


def for_anthropic(schema: Mapping[str, Any]) -> _Node:
    """Closed objects, no limits on numbers, lengths and counts. Optional properties stay optional."""
    return _walk(schema, _anthropic_node)


def for_google(schema: Mapping[str, Any]) -> _Node:
    """Closed objects, limits on counts and numbers kept. Optional properties stay optional."""
    return _walk(schema, _google_node)


def _walk(schema: Mapping[str, Any], finish: Callable[[_Node], _Node]) -> _Node:
    """A copy with every schema in it, innermost first, passed through `finish`."""

    def child(value: Any) -> Any:
        return _walk(value, finish) if isinstance(value, Mapping) else value

    node: _Node = dict(schema)
    for key in _MAPS:
        if isinstance(node.get(key), Mapping):
            node[key] = {name: child(value) for name, value in node[key].items()}
    for key in _LISTS:
        if isinstance(node.get(key), list | tuple):
            node[key] = [child(value) for value in node[key]]
    if isinstance(node.get("items"), Mapping):
        node["items"] = child(node["items"])
    if "oneOf" in node:
        # Neither vendor takes oneOf; anyOf is the nearest that both can hold a model to.
        node["anyOf"] = [*node.get("anyOf", []), *node.pop("oneOf")]
    return finish(node)


def _openai_node(node: _Node) -> _Node:
    node = {key: value for key, value in node.items() if key not in _NEITHER and key != "allOf"}
    if not _is_object(node):
        return node
    properties: dict[str, Any] = node.get("properties", {})
    required = set(node.get("required", ()))
    node["properties"] = {
        name: value if name in required else _nullable(value) for name, value in properties.items()
    }
    node["required"] = list(properties)
    node["additionalProperties"] = False
    return node


def _anthropic_node(node: _Node) -> _Node:
    node = {key: value for key, value in node.items() if key not in _NOT_ANTHROPIC}
    if node.get("minItems", 0) > 1:
        node["minItems"] = 1
    if _is_object(node):
        node["additionalProperties"] = False
    return node


def _google_node(node: _Node) -> _Node:
    node = {key: value for key, value in node.items() if key not in _NOT_GOOGLE}
    if "const" in node:
        node["enum"] = [node.pop("const")]
    if _is_object(node):
        node["additionalProperties"] = False
    return node


def _is_object(node: Mapping[str, Any]) -> bool:
    kind = node.get("type")
    return kind == "object" or (isinstance(kind, list) and "object" in kind) or "properties" in node


def _nullable(schema: Any) -> Any:
    kind = schema.get("type")
    if isinstance(kind, str) and kind != "null" and "const" not in schema:
        wider = {**schema, "type": [kind, "null"]}
        if "enum" in schema and None not in schema["enum"]:
            wider["enum"] = [*schema["enum"], None]
        return wider
    if isinstance(kind, list):
        return schema if "null" in kind else {**schema, "type": [*kind, "null"]}
    options = schema["anyOf"] if set(schema) == {"anyOf"} else [schema]
    return {"anyOf": [*options, {"type": "null"}]}
