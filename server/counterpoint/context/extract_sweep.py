"""Puts raw definitions into their owners: one pass over them in the order of the text."""

from __future__ import annotations

import re
from dataclasses import dataclass

from counterpoint.context.extract_declarators import qualified
from counterpoint.context.extract_raw import Raw, Raws
from counterpoint.context.facts import TYPES, Definition
from counterpoint.context.rows import clean

_LAST_NAME = re.compile(r"([A-Za-z_]\w*)\s*(?:\[[^\]]*\])?\s*\)?\s*\Z")
_EXPORT = re.compile(rb"\bexport(?:\s+default|\s+declare)?\s*\Z")
_FIRST_BASE = re.compile(r"[A-Za-z_][\w.:]*")
_VALUES = frozenset(
    {"variable", "constant", "cvariable", "cfield", "field", "accessor", "enumerator", "pair"}
)
_NEVER_LOCAL = frozenset({"cvariable", "cfield", "enumerator", "accessor"})
"""Kinds that are dropped inside of functions before their names are read."""
_SET_IN_METHODS = frozenset({"selfield"})
_CONSTRUCTORS = frozenset({"__init__", "constructor", "initialize", "__construct"})
_PRIVATE = frozenset({"script", "jvm", "csharp", "php"})
_ANNOTATED = frozenset({"jvm", "csharp", "php"})
"""Families whose grammars count annotations as part of a declaration: it begins with its name's line."""


@dataclass(slots=True)
class _Scope:
    """An open definition: `owner` is what it gives its members, None if they are local to it."""

    start: int
    end: int
    owner: str | None
    exported: bool
    number: int = -1
    """Of the type among the definitions found."""
    module: bool = False
    """True for a namespace, whose functions are no methods."""
    strict: bool = False
    """True where members are visible only if they say so."""


def owned(raws: Raws) -> list[Definition]:
    """Definitions in the order of the text, without the locals of functions."""
    raws.found.sort(key=lambda raw: (raw.start, -raw.end))
    open_: list[_Scope] = []
    found: list[Definition] = []
    fields: list[Definition] = []
    extended: dict[str, tuple[str, ...]] = {}
    embedded: dict[int, list[str]] = {}
    for raw in raws.found:
        # Several names of one declaration share its range: none is inside of another.
        while open_ and (
            open_[-1].end <= raw.start or (open_[-1].start, open_[-1].end) == (raw.start, raw.end)
        ):
            open_.pop()
        if raw.kind == "embed":
            if open_ and open_[-1].number >= 0:
                embedded.setdefault(open_[-1].number, []).append(clean(raw.name.decode("utf-8", "replace")))
            continue
        if raw.kind == "impl":
            _implement(raw, open_, extended)
            continue
        definition = _placed(raws, raw, open_)
        if definition and raw.kind in _SET_IN_METHODS:
            fields.append(definition)
            continue
        if definition:
            found.append(definition)
        if raw.kind != "ctype":
            _open(raws.family, raw, definition, len(found) - 1, open_)
    for number, bases in embedded.items():
        found[number] = found[number]._replace(bases=(*found[number].bases, *bases))
    return _finished(_merged(found, fields), raws, extended)


def _implement(raw: Raw, open_: list[_Scope], extended: dict[str, tuple[str, ...]]) -> None:
    """`impl Trait for Type` gives its members the owner Type, and Type the base Trait."""
    first = _FIRST_BASE.search(raw.name.decode("utf-8", "replace"))
    name = first[0].rpartition("::")[2] if first else ""
    extended[name] = (*extended.get(name, ()), *raw.bases)
    open_.append(_Scope(raw.start, raw.end, name, True, strict=not raw.bases))


def _finished(found: list[Definition], raws: Raws, extended: dict[str, tuple[str, ...]]) -> list[Definition]:
    exported = {clean(name.decode("utf-8", "replace")) for name in raws.exported}
    if not extended and not exported:
        return found
    done = []
    for one in found:
        if one.kind in TYPES and one.name in extended:
            one = one._replace(bases=tuple(dict.fromkeys((*one.bases, *extended[one.name]))))
        if not one.owner and one.name in exported:
            one = one._replace(exported=True)
        done.append(one)
    return done


def _open(family: str, raw: Raw, definition: Definition | None, number: int, open_: list[_Scope]) -> None:
    if definition and (raw.kind in TYPES or raw.value in ("object", "class")):
        if family == "rust" and raw.kind == "module":
            return
        owner = f"{definition.owner}.{definition.name}" if definition.owner else definition.name
        scope = _Scope(raw.start, raw.end, owner, definition.exported, number)
        scope.module = family == "script" and raw.kind == "module"
        scope.strict = scope.module or (family == "rust" and raw.kind in ("struct", "union"))
        open_.append(scope)
    elif raw.kind != "parameter":
        open_.append(_Scope(raw.start, raw.end, None, False))


def _placed(raws: Raws, raw: Raw, open_: list[_Scope]) -> Definition | None:
    scope = open_[-1] if open_ else None
    local = scope is not None and scope.owner is None
    kind, owner = raw.kind, (scope.owner or "") if scope else ""
    if kind == "scope" or (local and kind in _NEVER_LOCAL):
        return None
    name = clean(raws.declared(raw).name.decode("utf-8", "replace")).strip("'\"`@:")
    kind = raw.kind
    if kind in ("selfield", "parameter"):
        scope = _instance(raw, open_)
        if scope is None:
            return _assigned(raws, raw, name, local)
        owner, local, kind = scope.owner or "", False, "field"
    elif raw.owner is not None:
        receiver = _LAST_NAME.search(raw.owner.decode("utf-8", "replace"))
        owner, local = receiver[1] if receiver else "", False
    elif raws.family == "c" and "::" in name:
        owner, name = qualified(name)
        owner = "" if owner in raws.namespaces else owner
    kind_found = _kind(kind, raw, name, "" if scope and scope.module else owner, local)
    if not kind_found or not name:
        return None
    exported = not local and _exported(raws, raw, name, scope if owner else None)
    first = (
        raw.at if raws.family in _ANNOTATED or (raws.family == "script" and kind == "class") else raw.first
    )
    signature = max(raw.at, raw.signature)
    return Definition(
        name, kind_found, first, raw.last, raw.at, signature, owner, raw.type, raw.bases, exported
    )


def _assigned(raws: Raws, raw: Raw, name: str, local: bool) -> Definition | None:
    """`exports.x = ...` is a definition of the file, `A.prototype.x = ...` a member of A."""
    target = (raw.owner or b"").decode("utf-8", "replace")
    owner = target.removesuffix(".prototype")
    if raws.family != "script" or local or raw.value == "identifier":
        return None
    if target in ("exports", "module.exports"):
        kind = "function" if raw.value == "function" else "variable"
        return Definition(name, kind, raw.first, raw.last, raw.at, raw.signature, "", raw.type)
    if owner != target and owner.isidentifier():
        kind = "method" if raw.value == "function" else "field"
        return Definition(name, kind, raw.first, raw.last, raw.at, raw.signature, owner, raw.type)
    return None


def _instance(raw: Raw, open_: list[_Scope]) -> _Scope | None:
    """The type whose field `self.x` is: the nearest that is open, if the target is its instance."""
    if raw.owner is not None and raw.owner not in (b"self", b"cls", b"this", b"$this"):
        return None
    return next((scope for scope in reversed(open_) if scope.owner), None)


def _kind(kind: str, raw: Raw, name: str, owner: str, local: bool) -> str:
    if raw.value == "function" and kind in _VALUES:
        return "method" if owner else "function"
    if kind in _VALUES:
        return _value_kind(kind, raw, name, owner, local)
    if kind == "cfunction":
        if owner:
            return "constructor" if name == owner.rpartition(".")[2] else "method"
        return "function"
    if kind in ("function", "method"):
        if not owner:
            return "function"
        return "constructor" if name in _CONSTRUCTORS else "method"
    return "type" if kind == "ctype" else kind


def _value_kind(kind: str, raw: Raw, name: str, owner: str, local: bool) -> str:
    if raw.value == "class":
        return "class"
    if local or kind == "pair" or raw.value == "import":
        return ""
    if kind == "enumerator" and not owner:
        return "constant"
    if kind in ("field", "cfield", "accessor") and not owner:
        return ""
    if owner:
        return "field"
    return "constant" if kind == "constant" or name.isupper() else "variable"


def _exported(raws: Raws, raw: Raw, name: str, scope: _Scope | None) -> bool:
    """`scope` is that of the type it is a member of."""
    family, data = raws.family, raws.data
    if scope and not scope.exported:
        return False
    if family == "go":
        return name[:1].isupper()
    if family == "rust":
        return data[raw.start : raw.start + 3] == b"pub" or (scope is not None and not scope.strict)
    if family == "script" and (scope is None or scope.module):
        return bool(_EXPORT.search(data[max(0, raw.start - 40) : raw.start]))
    if family == "c":
        return scope is not None or b"static" not in data[raw.start : raw.name_start]
    return not (family in _PRIVATE and (name[:1] == "#" or b"private" in data[raw.start : raw.name_start]))


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
