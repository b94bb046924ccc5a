"""What Python's own containers and functions hand on: enough of the standard library to follow a value."""

from __future__ import annotations

from counterpoint.context.evidence.values import UNKNOWN, Types, Value, joined, made, union

_ALIASES = {
    "List": "list", "Dict": "dict", "Set": "set", "FrozenSet": "frozenset", "Tuple": "tuple",
    "Deque": "deque", "DefaultDict": "defaultdict", "Text": "str", "AbstractSet": "set",
}  # fmt: skip
SEQUENCES = frozenset(
    {
        "list", "set", "frozenset", "deque", "Sequence", "MutableSequence", "Iterable", "Iterator",
        "Collection", "Container", "Generator", "AsyncGenerator", "AsyncIterator", "AsyncIterable",
        "Reversible", "MutableSet", "Set", "KeysView", "ValuesView",
    }
)  # fmt: skip
MAPPINGS = frozenset(
    {
        "dict", "defaultdict", "Mapping", "MutableMapping", "OrderedDict", "ChainMap", "WeakKeyDictionary",
        "WeakValueDictionary",
    }
)  # fmt: skip
_AWAITED = {"Coroutine": 2, "Awaitable": 0, "Future": 0, "Task": 0}
_ENTERED = frozenset(
    {"AbstractContextManager", "ContextManager", "AbstractAsyncContextManager", "AsyncContextManager"}
)
_TEXT = frozenset({"str", "bytes"})


def holds(value: Value) -> bool:
    """True for what hands on values: its methods may give something of ours."""
    name = plain(value.name)
    return name in SEQUENCES or name in MAPPINGS or name in _AWAITED or name in _ENTERED


def plain(name: str) -> str:
    """The last part of a dotted name, a container's in lower case where the two spellings are one."""
    last = name.rpartition(".")[2]
    return _ALIASES.get(last, last)


def element(value: Value) -> Types:
    """What iterating an object from outside yields."""
    name = plain(value.name)
    if name == "tuple":
        return joined(value.args)
    if name in SEQUENCES or name in MAPPINGS:
        return value.args[0] if value.args else UNKNOWN
    return made("builtins.str") if name in _TEXT else _part(value)


def _part(value: Value) -> Types:
    return made(f"{value.name}[]") if value.kind == "object" and not value.args else UNKNOWN


def item(value: Value, index: int | None) -> Types:
    """What indexing an object from outside yields; `index` where it is a plain number."""
    name = plain(value.name)
    if name == "tuple" and index is not None and len(value.args) > 1:
        return value.args[index] if -len(value.args) <= index < len(value.args) else UNKNOWN
    if name in MAPPINGS:
        return value.args[1] if len(value.args) > 1 else UNKNOWN
    return element(value)


def awaited(value: Value) -> Types:
    """What awaiting an object from outside gives."""
    at = _AWAITED.get(plain(value.name))
    if at is not None:
        return value.args[at] if len(value.args) > at else UNKNOWN
    return _part(value)


def entered(value: Value) -> Types:
    """What `with` binds for an object from outside."""
    if plain(value.name) in _ENTERED:
        return value.args[0] if value.args else UNKNOWN
    return (value,)


def method(value: Value, name: str) -> Types | None:
    """What a method of a container returns; None for one that hands on nothing it holds."""
    kind = plain(value.name)
    if name in ("copy", "__copy__", "__enter__", "__iter__", "union", "difference", "intersection"):
        return (value,)
    if kind in MAPPINGS:
        key, held = (*value.args, UNKNOWN, UNKNOWN)[:2]
        return {
            "get": union(held, (Value("none"),)), "pop": held, "setdefault": held,
            "values": made("builtins.list", held), "keys": made("builtins.list", key),
            "items": made("builtins.list", made("builtins.tuple", key, held)),
            "popitem": made("builtins.tuple", key, held),
        }.get(name)  # fmt: skip
    if kind in SEQUENCES:
        return element(value) if name in ("pop", "popleft", "__next__", "__anext__") else None
    if kind in _TEXT:
        if name in ("split", "rsplit", "splitlines", "partition", "rpartition"):
            return made("builtins.list", (value,))
        return None
    return None


def called(name: str, arguments: list[Types]) -> Types | None:
    """What a function from outside returns, where it hands on what it was given; None for all others."""
    last, first = plain(name), (arguments[0] if arguments else UNKNOWN)
    if name.startswith("builtins.") or last in ("deque", "chain"):
        return _builtin(last, arguments, first)
    if name in _HANDING_ON:
        return first
    if name == "contextlib.closing":
        return made("contextlib.AbstractContextManager", first)
    if name in ("asyncio.run", "anyio.run", "trio.run"):
        return joined(
            awaited(value) if value.kind == "object" and not value.ours else UNKNOWN for value in first
        )
    return None


_HANDING_ON = frozenset(
    {
        "copy.copy", "copy.deepcopy", "dataclasses.replace", "contextlib.aclosing", "asyncio.create_task",
        "asyncio.ensure_future", "asyncio.wait_for", "asyncio.shield",
    }
)  # fmt: skip


def _builtin(last: str, arguments: list[Types], first: Types) -> Types | None:
    """A function of the language itself."""
    if last in _LISTED:
        return made("builtins.list", elements(first) if arguments else UNKNOWN)
    if last in ("next", "anext", "max", "min"):
        return elements(first) if len(arguments) == 1 or last == "next" else joined(arguments)
    if last == "enumerate":
        return made("builtins.list", made("builtins.tuple", made("builtins.int"), elements(first)))
    if last == "zip":
        return made("builtins.list", made("builtins.tuple", *(elements(one) for one in arguments)))
    if last == "filter" and len(arguments) == 2:
        return made("builtins.list", elements(arguments[1]))
    if last in ("getattr", "eval", "sum", "map", "vars", "__import__"):
        return UNKNOWN
    return made("builtins.dict") if last == "dict" else None


_LISTED = frozenset(
    {"list", "set", "frozenset", "sorted", "reversed", "iter", "deque", "chain", "tuple", "aiter"}
)


def elements(types: Types) -> Types:
    """What iterating a value yields as far as it comes from outside."""
    return joined(element(value) if value.kind == "object" and not value.ours else UNKNOWN for value in types)
