"""Which JSON Schemas each vendor takes for structured output, and a minimal instance of one."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from .rules import words

_SCHEMA_MAPS = ("properties", "$defs", "definitions")
_SCHEMA_LISTS = ("anyOf", "oneOf", "allOf", "prefixItems")
_SCHEMA_VALUES = ("items", "not", "if", "then", "else", "contains", "propertyNames")

_OPENAI_FORBIDDEN = words(
    "allOf oneOf not if then else dependentRequired dependentSchemas patternProperties "
    "unevaluatedProperties propertyNames minProperties maxProperties unevaluatedItems contains "
    "minContains maxContains uniqueItems prefixItems minLength maxLength default"
)
_ANTHROPIC_FORBIDDEN = words(
    "oneOf not if then else dependentRequired dependentSchemas patternProperties unevaluatedProperties "
    "propertyNames minProperties maxProperties unevaluatedItems contains minContains maxContains "
    "uniqueItems prefixItems minLength maxLength minimum maximum exclusiveMinimum exclusiveMaximum "
    "multipleOf maxItems"
)
_GOOGLE_KNOWN = words(
    "type properties required additionalProperties items prefixItems minItems maxItems enum minimum maximum "
    "format title description anyOf nullable $ref $defs $id $anchor propertyOrdering"
)
_LOOKAROUNDS = ("(?=", "(?!", "(?<=", "(?<!")
_OPENAI_DEPTH = 10
_OPENAI_PROPERTIES = 5_000
_ANTHROPIC_OPTIONAL = 24
_ANTHROPIC_UNIONS = 16


def _children(schema: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for key in _SCHEMA_MAPS:
        for name, child in (schema.get(key) or {}).items():
            yield f"{key}.{name}", child
    for key in _SCHEMA_LISTS:
        for i, child in enumerate(schema.get(key) or ()):
            yield f"{key}.{i}", child
    for key in _SCHEMA_VALUES:
        if isinstance(schema.get(key), dict):
            yield key, schema[key]


def _walk(
    schema: dict[str, Any], path: str = "", depth: int = 1
) -> Iterator[tuple[str, dict[str, Any], int]]:
    """(path, schema, depth of objects) of the schema and everything in it."""
    yield path, schema, depth
    for name, child in _children(schema):
        if isinstance(child, dict):
            deeper = depth + (1 if child.get("type") == "object" else 0)
            yield from _walk(child, f"{path}.{name}" if path else name, deeper)


def _is_object(schema: dict[str, Any]) -> bool:
    kind = schema.get("type")
    return kind == "object" or (isinstance(kind, list) and "object" in kind) or "properties" in schema


def openai_schema_problem(schema: dict[str, Any]) -> str | None:
    """Why strict mode rejects the schema, or None."""
    if schema.get("type") != "object":
        return "schema must be a JSON Schema of 'type: \"object\"', got " + repr(schema.get("type"))
    count = 0
    for path, node, depth in _walk(schema):
        problem = _openai_node_problem(path, node)
        count += len(node.get("properties") or ())
        if problem is not None:
            return problem
        if depth > _OPENAI_DEPTH:
            return f"In context=({path}), more than {_OPENAI_DEPTH} levels of nesting."
    return f"more than {_OPENAI_PROPERTIES} properties" if count > _OPENAI_PROPERTIES else None


def _openai_node_problem(path: str, node: dict[str, Any]) -> str | None:
    where = f"In context=({path}), "
    for key in node:
        if key in _OPENAI_FORBIDDEN:
            return f"{where}'{key}' is not permitted."
    if not _is_object(node):
        return None
    if node.get("additionalProperties") is not False:
        return f"{where}'additionalProperties' is required to be supplied and to be false."
    missing = set(node.get("properties") or ()) ^ set(node.get("required") or ())
    if missing:
        text = "'required' is required to be supplied and to be an array including every key in properties."
        return f"{where}{text} Missing '{sorted(missing)[0]}'."
    return None


def anthropic_schema_problem(schema: dict[str, Any]) -> str | None:
    """Why structured outputs reject the schema, or None."""
    optional = unions = 0
    for path, node, _ in _walk(schema):
        problem = _anthropic_node_problem(path or "root", node)
        if problem is not None:
            return problem
        optional += len(set(node.get("properties") or ()) - set(node.get("required") or ()))
        unions += "anyOf" in node or isinstance(node.get("type"), list)
    if _is_recursive(schema):
        return "Recursive schemas are not supported"
    if optional > _ANTHROPIC_OPTIONAL:
        return f"Schemas contain too many optional parameters ({optional}), limit {_ANTHROPIC_OPTIONAL}"
    if unions > _ANTHROPIC_UNIONS:
        return f"Schemas contain too many parameters with union types ({unions}), limit {_ANTHROPIC_UNIONS}"
    return None


def _anthropic_node_problem(path: str, node: dict[str, Any]) -> str | None:
    kind = node.get("type", "schema")
    for key in node:
        if key in _ANTHROPIC_FORBIDDEN:
            return f"{path}: For '{kind}' type, property '{key}' is not supported"
    if node.get("minItems", 0) not in (0, 1):
        return f"{path}: For 'array' type, 'minItems' values other than 0 or 1 are not supported"
    if any(mark in str(node.get("pattern", "")) for mark in _LOOKAROUNDS):
        return f"{path}: 'pattern' with lookaround is not supported"
    if not str(node.get("$ref", "#")).startswith("#"):
        return f"{path}: external '$ref' is not supported"
    if _is_object(node) and node.get("additionalProperties") is not False:
        return f"{path}: For 'object' type, 'additionalProperties' must be explicitly set to false"
    return None


def google_schema_problem(schema: dict[str, Any]) -> str | None:
    """Why Google rejects the schema, or None: words it does not know."""
    for path, node, _ in _walk(schema):
        unknown = next((key for key in node if key not in _GOOGLE_KNOWN), None)
        if unknown is not None:
            return f"Unknown name \"{unknown}\" at '{path or 'schema'}': Cannot find field."
    return None


def resolve(root: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    """`schema`, or what its local `$ref` points to."""
    for _ in range(100):
        if "$ref" not in schema:
            break
        found: Any = root
        for name in schema["$ref"].lstrip("#/").split("/"):
            found = found[name.replace("~1", "/").replace("~0", "~")] if name else found
        schema = found
    return schema


def _is_recursive(root: dict[str, Any]) -> bool:
    def loops(schema: dict[str, Any], inside: frozenset[str]) -> bool:
        if "$ref" in schema:
            if schema["$ref"] in inside:
                return True
            return loops(resolve(root, {"$ref": schema["$ref"]}), inside | {schema["$ref"]})
        return any(loops(child, inside) for _, child in _children(schema) if isinstance(child, dict))

    return loops(root, frozenset({"#"}))


def minimal_instance(root: dict[str, Any], schema: dict[str, Any] | None = None) -> Any:
    """A small value that fits: required properties only, first of every choice, empty lists and texts.

    Beyond what the vendors take (patterns, formats) it does not look.
    """
    node = resolve(root, root if schema is None else schema)
    if "const" in node or "enum" in node:
        return node["const"] if "const" in node else node["enum"][0]
    for key in ("anyOf", "oneOf"):
        if node.get(key):
            return minimal_instance(root, node[key][0])
    if node.get("allOf"):
        return minimal_instance(
            root, {k: v for part in node["allOf"] for k, v in resolve(root, part).items()}
        )
    return _minimal_of_type(root, node)


def _minimal_of_type(root: dict[str, Any], node: dict[str, Any]) -> Any:
    kind = node.get("type", "object" if "properties" in node else "null")
    if isinstance(kind, list):
        kind = next((k for k in kind if k != "null"), "null")
    if kind == "object":
        properties = node.get("properties") or {}
        return {n: minimal_instance(root, properties.get(n, {})) for n in node.get("required") or ()}
    if kind == "array":
        return [minimal_instance(root, node.get("items") or {}) for _ in range(node.get("minItems", 0))]
    if kind in ("integer", "number"):
        return node.get("minimum", node.get("exclusiveMinimum", -1) + 1)
    return {"string": "x" * node.get("minLength", 0), "boolean": False}.get(kind)


def minimal_json(schema: dict[str, Any]) -> str:
    return json.dumps(minimal_instance(schema))
