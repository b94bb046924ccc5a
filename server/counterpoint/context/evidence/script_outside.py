"""What the containers and functions of JavaScript itself hand on."""

from __future__ import annotations

from collections.abc import Callable

from counterpoint.context.evidence.values import UNKNOWN, Types, Value, joined, made, union

LISTS = frozenset(
    {"Array", "ReadonlyArray", "Set", "ReadonlySet", "Iterable", "IterableIterator", "Iterator", "Generator",
     "AsyncGenerator", "AsyncIterable", "AsyncIterableIterator", "ArrayLike", "WeakSet"}
)  # fmt: skip
MAPS = frozenset({"Map", "ReadonlyMap", "WeakMap"})
RECORDS = frozenset({"Record"})
PROMISES = frozenset({"Promise", "PromiseLike"})
SAME = frozenset(
    {
        "Partial",
        "Required",
        "Readonly",
        "NonNullable",
        "Exclude",
        "Extract",
        "Awaited",
        "NoInfer",
    }
)
_KEPT = frozenset(
    {
        "filter",
        "slice",
        "concat",
        "reverse",
        "sort",
        "toSorted",
        "toReversed",
        "splice",
        "values",
        "fill",
        "flat",
    }
)
_ONE = frozenset({"find", "findLast", "pop", "shift", "at"})

Returned = Callable[[Value], Types]


def element(value: Value) -> Types:
    """What iterating an object from outside yields."""
    if value.name == "tuple":
        return joined(value.args)
    if value.name in LISTS:
        return value.args[0] if value.args else UNKNOWN
    if value.name in MAPS and len(value.args) > 1:
        return made("tuple", *value.args[:2])
    return made("string") if value.name == "string" else UNKNOWN


def item(value: Value, step: str | int) -> Types:
    """What a key or place of an object from outside holds."""
    if value.name == "tuple" and isinstance(step, int):
        return value.args[step] if step < len(value.args) else UNKNOWN
    if value.name in RECORDS:
        return value.args[1] if len(value.args) > 1 else UNKNOWN
    return element(value)


def awaited(value: Value) -> Types:
    """What awaiting an object from outside gives."""
    if value.name in PROMISES:
        return value.args[0] if value.args else UNKNOWN
    return (value,)


def method(value: Value, name: str, arguments: list[Types], returned: Returned) -> Types | None:
    """What a method of a container returns; None for one that hands on nothing it holds."""
    if value.name in PROMISES:
        return _promised(value, name, arguments, returned)
    if value.name in MAPS:
        key, held = (*value.args, UNKNOWN, UNKNOWN)[:2]
        return {
            "get": union(held, (Value("none"),)), "values": made("Array", held), "keys": made("Array", key),
            "entries": made("Array", made("tuple", key, held)), "set": (value,),
        }.get(name)  # fmt: skip
    if value.name not in LISTS and value.name != "tuple":
        return None
    if name in ("map", "flatMap"):
        return made("Array", joined(returned(one) for one in arguments[0]) if arguments else UNKNOWN)
    if name in _KEPT or name == "add":
        return (value,)
    if name in ("reduce", "reduceRight"):
        return arguments[1] if len(arguments) > 1 else element(value)
    if name == "entries":
        return made("Array", made("tuple", made("number"), element(value)))
    return element(value) if name in _ONE else None


def _promised(value: Value, name: str, arguments: list[Types], returned: Returned) -> Types | None:
    if name in ("then", "catch"):
        given = [returned(one) for one in arguments[0]] if arguments else [UNKNOWN]
        flat = joined(joined(awaited(one) for one in types) for types in given)
        return made("Promise", flat if name == "then" else union(flat, awaited(value)))
    return (value,) if name == "finally" else None


def called(name: str, arguments: list[Types]) -> Types | None:
    """What a function from outside returns, where it hands on what it was given; None for all others."""
    first = arguments[0] if arguments else UNKNOWN
    if name in ("Object.values", "Object.entries"):
        held = joined(
            value.args[1] if value.name in RECORDS and len(value.args) > 1 else UNKNOWN for value in first
        )
        return made("Array", held if name.endswith("values") else made("tuple", made("string"), held))
    if name in ("Object.keys", "JSON.parse"):
        return made("Array", made("string")) if name == "Object.keys" else UNKNOWN
    if name in ("Array.from", "Array.of"):
        return made("Array", elements(first) if name == "Array.from" else first)
    if name in ("Promise.all", "Promise.resolve", "Promise.race", "Promise.any"):
        if name == "Promise.resolve":
            return made("Promise", first)
        every = [_all(value) for value in first]
        return made("Promise", joined(every) if name.endswith("all") else UNKNOWN)
    return first if name in ("Object.freeze", "Object.assign", "structuredClone", "Object.seal") else None


def _all(value: Value) -> Types:
    if value.name == "tuple":
        return made("tuple", *(joined(awaited(one) for one in part) for part in value.args))
    return made("Array", joined(awaited(one) for one in element(value)))


def elements(types: Types) -> Types:
    """What iterating a value yields as far as it comes from outside."""
    return joined(element(value) if value.kind == "object" and not value.ours else UNKNOWN for value in types)
