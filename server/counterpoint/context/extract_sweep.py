"""Puts raw definitions into their owners: one pass over them in the order of the text."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from counterpoint.context.facts import TYPES, Definition
from counterpoint.context.languages import family_of
from counterpoint.context.rows import clean

_LAST_NAME = re.compile(r"([A-Za-z_]\w*)\s*(?:\[[^\]]*\])?\s*\)?\s*\Z")
_EXPORT = re.compile(rb"\bexport(?:\s+default|\s+declare)?\s*\Z")
_FIRST_BASE = re.compile(r"[A-Za-z_][\w.:]*")
_VALUES = frozenset({"variable", "constant"})


@dataclass(slots=True)
class Raw:
    """A definition as the query found it, in bytes `start` .. `end`."""

    start: int
    end: int
    kind: str
    name: bytes
    first: int
    last: int
    at: int
    signature: int
    name_start: int = 0
    type: str = ""
    bases: tuple[str, ...] = ()
    owner: bytes | None = None
    value: str = ""


@dataclass(slots=True)
class _Scope:
    """An open definition: `owner` is what it gives its members, None if they are local to it."""

    start: int
    end: int
    owner: str | None
    exported: bool


def owned(language: str, data: bytes, raws: list[Raw], bases: Sequence[tuple[int, str]]) -> list[Definition]:
    """Definitions in the order of the text, without the locals of functions. `bases` are (byte, text) of
    types that stand in the body of a type, as Go embeds them.
    """
    family = family_of(language)
    raws.sort(key=lambda raw: (raw.start, -raw.end))
    open_: list[_Scope] = []
    found: list[Definition] = []
    later: list[Definition] = []
    embedded = sorted(bases)
    extended: dict[str, tuple[str, ...]] = {}
    for raw in raws:
        # Several names of one declaration share its range: none is inside of another.
        while open_ and (
            open_[-1].end <= raw.start or (open_[-1].start, open_[-1].end) == (raw.start, raw.end)
        ):
            open_.pop()
        name = clean(raw.name.decode("utf-8", "replace")).strip("'\"")
        if raw.kind == "impl":
            first = _FIRST_BASE.search(name)
            name = first[0].rpartition("::")[2] if first else name
            if raw.bases:
                extended[name] = (*extended.get(name, ()), *raw.bases)
            open_.append(_Scope(raw.start, raw.end, name, True))
            continue
        definition = _placed(family, data, raw, name, open_)
        if raw.kind == "selfield":
            if definition:
                later.append(definition)
            continue
        if definition:
            if embedded and definition.kind in TYPES:
                inside = tuple(text.lstrip("*") for byte, text in embedded if raw.start < byte < raw.end)
                definition = definition._replace(bases=(*definition.bases, *inside))
            found.append(definition)
        _open(family, raw, definition, open_)
    found = _merged(found, later)
    if extended:
        found = [
            one._replace(bases=(*one.bases, *extended[one.name]))
            if one.kind in TYPES and one.name in extended
            else one
            for one in found
        ]
    return found


def _open(family: str, raw: Raw, definition: Definition | None, open_: list[_Scope]) -> None:
    if raw.kind in TYPES and definition:
        if family == "rust" and raw.kind == "module":
            return
        owner = f"{definition.owner}.{definition.name}" if definition.owner else definition.name
        open_.append(_Scope(raw.start, raw.end, owner, definition.exported))
    elif raw.value in ("object", "class") and definition:
        open_.append(_Scope(raw.start, raw.end, definition.name, definition.exported))
    elif raw.kind not in ("parameter",):
        open_.append(_Scope(raw.start, raw.end, None, False))


def _placed(family: str, data: bytes, raw: Raw, name: str, open_: list[_Scope]) -> Definition | None:
    scope = open_[-1] if open_ else None
    owner = scope.owner or "" if scope else ""
    local = scope is not None and scope.owner is None
    kind = raw.kind
    if kind == "scope":
        return None
    if kind in ("selfield", "parameter"):
        scope = _instance(raw, open_)
        if scope is None:
            return None
        owner, local, kind = scope.owner or "", False, "field"
    elif raw.owner is not None:
        receiver = _LAST_NAME.search(raw.owner.decode("utf-8", "replace"))
        owner, local = receiver[1] if receiver else "", False
    kind_found = _kind(family, kind, raw, name, owner, local)
    if not kind_found or not name:
        return None
    exported = not local and (scope.exported if scope and owner else _exported(family, data, raw, name))
    first = min(raw.at, raw.first) if family == "python" else _first(family, raw)
    return Definition(
        name,
        kind_found,
        first,
        raw.last,
        raw.at,
        max(raw.at, raw.signature),
        owner,
        raw.type,
        raw.bases,
        exported,
    )


def _first(family: str, raw: Raw) -> int:
    if family == "jvm" or (family == "script" and raw.kind == "class"):
        return raw.at
    return raw.first


def _instance(raw: Raw, open_: list[_Scope]) -> _Scope | None:
    """The type whose field `self.x` is: the nearest that is open, if the target is its instance."""
    if raw.owner is not None and raw.owner not in (b"self", b"cls", b"this"):
        return None
    return next((scope for scope in reversed(open_) if scope.owner), None)


def _kind(family: str, kind: str, raw: Raw, name: str, owner: str, local: bool) -> str:
    if kind in _VALUES or kind == "pair":
        if raw.value == "function":
            return "method" if owner else "function"
        if raw.value == "class":
            return "class"
        if local or kind == "pair":
            return ""
        if owner:
            return "field"
        return "constant" if kind == "constant" or name.isupper() else "variable"
    if kind == "field":
        if local or not owner:
            return ""
        return "method" if raw.value == "function" else "field"
    if kind in ("function", "method") and owner:
        return "constructor" if name in ("__init__", "constructor") else "method"
    return kind


def _exported(family: str, data: bytes, raw: Raw, name: str) -> bool:
    if family == "go":
        return name[:1].isupper()
    if family == "rust":
        return data[raw.start : raw.start + 3] == b"pub"
    if family == "script":
        return bool(_EXPORT.search(data[max(0, raw.start - 40) : raw.start]))
    if family in ("jvm", "csharp"):
        return b"private" not in data[raw.start : raw.name_start]
    if family == "c":
        return b"static" not in data[raw.start : raw.name_start]
    return True


def _merged(found: list[Definition], later: list[Definition]) -> list[Definition]:
    """Without second assignments of one name, and with the fields that methods set."""
    seen: dict[tuple[str, str], int] = {}
    kept: list[Definition] = []
    for definition in (*found, *later):
        key = (definition.owner, definition.name)
        if definition.kind in ("variable", "constant", "field") and key in seen:
            first = kept[seen[key]]
            if definition.type and not first.type:
                kept[seen[key]] = first._replace(type=definition.type)
            continue
        seen.setdefault(key, len(kept))
        kept.append(definition)
    kept.sort(key=lambda definition: definition.name_line)
    return kept
