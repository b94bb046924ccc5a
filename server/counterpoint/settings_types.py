"""What a setting's type accepts, how it is named to a user, and the JSON Schema of the whole tree."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, Literal, get_args, get_origin

from counterpoint.settings import Leaf, leaves


def accepted(kind: Any, value: Any) -> Any:
    """The value as the type has it (lists become tuples). Raises TypeError or ValueError if it does not fit.

    Numbers must be finite and not negative: no setting has a use for others, and NaN would pass any cap.
    """
    origin, arguments = get_origin(kind), get_args(kind)
    if kind is Any:
        return value
    if origin is Literal:
        if value not in arguments or not isinstance(value, str):
            raise ValueError(value)
        return value
    if origin is tuple:
        if not isinstance(value, (list, tuple)):
            raise TypeError(value)
        return tuple(accepted(arguments[0], item) for item in value)
    if origin is Mapping:
        if not isinstance(value, Mapping):
            raise TypeError(value)
        return {accepted(str, key): accepted(arguments[1], item) for key, item in value.items()}
    return _scalar(kind, value)


def _scalar(kind: Any, value: Any) -> Any:
    if kind in (int, float):
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            raise TypeError(value)
        if not math.isfinite(value) or value < 0 or kind(value) != value:
            raise ValueError(value)
        return kind(value)
    if not isinstance(value, kind):
        raise TypeError(value)
    return value


def describe(kind: Any) -> str:
    """The type in words, for a message: "a whole number, 0 or more"."""
    origin, arguments = get_origin(kind), get_args(kind)
    if origin is Literal:
        return "one of " + ", ".join(f'"{item}"' for item in arguments)
    if origin is tuple:
        return "a list of texts"
    if origin is Mapping:
        return "a table"
    if kind in (int, float):
        return "a whole number, 0 or more" if kind is int else "a number, 0 or more"
    return "true or false" if kind is bool else "a text"


def schema() -> dict[str, Any]:
    """JSON Schema of `config.toml`, as `counterpoint config schema` prints it.

    Protected settings carry `"x-protected": true`; editors must declare those machine-scoped.
    """
    top: dict[str, Any] = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Counterpoint settings",
        **_table(),
    }
    for leaf in leaves().values():
        node = top
        *groups, name = leaf.path.split(".")
        for group in groups:
            node = node["properties"].setdefault(group, _table())
        node["properties"][name] = _leaf_schema(leaf)
    return top


def _table() -> dict[str, Any]:
    return {"type": "object", "additionalProperties": False, "properties": {}}


def _leaf_schema(leaf: Leaf) -> dict[str, Any]:
    default = list(leaf.default) if isinstance(leaf.default, tuple) else leaf.default
    found = {**_type_schema(leaf.type), "description": leaf.doc, "default": default}
    return {**found, "x-protected": True} if leaf.protected else found


def _type_schema(kind: Any) -> dict[str, Any]:
    origin, arguments = get_origin(kind), get_args(kind)
    if kind is Any:
        return {}
    if origin is Literal:
        return {"type": "string", "enum": list(arguments)}
    if origin is tuple:
        return {"type": "array", "items": _type_schema(arguments[0])}
    if origin is Mapping:
        return {"type": "object", "additionalProperties": _type_schema(arguments[1])}
    if kind in (int, float):
        return {"type": "integer" if kind is int else "number", "minimum": 0}
    return {"type": {bool: "boolean", str: "string"}[kind]}
