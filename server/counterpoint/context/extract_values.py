"""Variables, constants and fields: by declaration, by assignment, by a parameter of a constructor."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from counterpoint.context.extract_scopes import LOCAL, Definitions, Scope, Scopes
from counterpoint.context.extract_source import TYPE, Captures, Source
from counterpoint.context.values import constructed, type_text

if TYPE_CHECKING:
    from tree_sitter import Node

VALUE = 160
"""Bytes that are read of a value."""
OWN = frozenset({b"self", b"cls."})
"""How the target of an assignment begins that sets a field, in a method of Python."""
MODULE_EXPORTS = frozenset({b"module.exports", b"exports"})
_FUNCTIONS = frozenset({"arrow_function", "function_expression", "generator_function"})
_CALLS = frozenset({"call_expression", "member_expression"})
_INSTANCES = frozenset({b"self", b"this", b"$this"})
_ACCESSORS = frozenset(
    {b"attr_accessor", b"attr_reader", b"attr_writer", b"has_many", b"has_one", b"belongs_to"}
)
_REQUIRED = re.compile(rb"require\s*\(\s*['\"]")


@dataclass(slots=True)
class Values:
    """What has been made of a file so far, and how its values are added."""

    source: Source
    scopes: Scopes = field(default_factory=Scopes)
    definitions: Definitions = field(default_factory=Definitions)

    def own(self, end: int, owner: str, name: str, exported: bool, number: int, kind: str) -> None:
        module = kind == "module" and self.source.family == "script"
        strict = module or (self.source.family == "rust" and kind in ("struct", "union"))
        whole = f"{owner}.{name}" if owner else name
        self.scopes.push(end, Scope(whole, exported, number, module, strict))

    def variable(self, captures: Captures, kind: str, scope: Scope, end: int) -> None:
        value = captures["v"][0] if "v" in captures else None
        syntax = value.type if value else ""
        if value and syntax in _FUNCTIONS:
            if kind == "pair" and not scope.owner:
                self.scopes.push(value.end_byte, LOCAL)
            else:
                self._function_value(captures, value, scope)
            return
        if kind == "pair" or scope.owner is None or (kind == "field" and not scope.owner):
            return
        type_ = self.source.annotation(captures)
        if value:
            text = self.source.text(value, VALUE)
            if syntax in _CALLS and _REQUIRED.match(text):
                return
            type_ = type_ or constructed(self.source.family, text)
        named = captures["n"][0]
        whole = captures["d"][0] if "d" in captures else named
        name, at = self.source.name(named), named.start_point.row
        exported = self.source.visible(scope, name, whole, named)
        kind = "class" if syntax == "class" else self.kind_of_value(kind, scope, name)
        last, column = whole.end_point
        last -= column == 0 and last > at
        first = at if kind == "field" else whole.start_point.row
        self.definitions.value((name, kind, first, last, at, at, scope.owner, type_, (), exported))
        if value and syntax in ("object", "class"):
            self.own(value.end_byte, scope.owner, name, exported, -1, kind)
        elif kind == "field":
            self._hide(captures)

    def assign(self, captures: Captures, kind: str, scope: Scope, end: int) -> None:
        """An assignment of Python: `x = ...`, `x: T = ...`, `a, b = ...`, in a method `self.x = ...`."""
        whole = captures["d"][0]
        target = whole.child_by_field_name("left")
        if target is None:
            return
        text = self.source.text(target)
        of_self = scope is LOCAL
        owner = self.scopes.type() if of_self else scope
        if owner is None:
            return
        rest = self.source.data[target.end_byte : min(whole.end_byte, target.end_byte + VALUE)].lstrip()
        if rest.startswith(b":"):
            annotation = whole.child_by_field_name("type")
            type_ = type_text(self.source.text(annotation, TYPE)) if annotation else ""
        else:
            type_ = constructed("python", rest.removeprefix(b"=").lstrip())
        names = text.partition(b".")[2] if of_self else text.strip(b"()[]")
        at, last = target.start_point.row, whole.end_point.row
        into = self.definitions.later.append if of_self else self.definitions.value
        for part in names.decode("utf-8", "replace").split(","):
            name = part.strip()
            if name.isidentifier():
                kind = self.kind_of_value("field" if of_self else "", owner, name)
                into((name, kind, at, last, at, at, owner.owner or "", type_, (), owner.exported))

    def kind_of_value(self, kind: str, scope: Scope, name: str) -> str:
        if scope.owner and not scope.module:
            return "field"
        return "constant" if kind == "constant" or name.isupper() else "variable"

    def _hide(self, captures: Captures) -> None:
        """What stands inside of a member's value or type is no member of its owner."""
        for node in (*captures.get("v", ()), *captures.get("t", ())):
            if b"{" in self.source.text(node, TYPE):
                self.scopes.push(node.end_byte, LOCAL)

    def _function_value(self, captures: Captures, value: Node, scope: Scope) -> None:
        """A name that is set to a function: `const f = () => ...`."""
        named, whole = captures["n"][0], captures["d"][0]
        name, at = self.source.name(named), named.start_point.row
        body, result = value.child_by_field_name("body"), value.child_by_field_name("return_type")
        signature = at + self.source.header(named.end_byte, body.start_byte) if body else at
        type_ = type_text(self.source.text(result, TYPE)) if result else ""
        exported = self.source.visible(scope, name, whole, named)
        kind = "method" if scope.owner and not scope.module else "function"
        first, last = whole.start_point.row, whole.end_point.row
        self.definitions.add((name, kind, first, last, at, signature, scope.owner or "", type_, (), exported))
        self.scopes.push(value.end_byte, LOCAL)

    def plain(self, captures: Captures, kind: str, scope: Scope, end: int) -> None:
        """A member that is a bare name. An enumerator of a nameless enum is a constant."""
        if scope.owner is None or (kind == "accessor" and not scope.owner):
            return
        if kind == "accessor" and self.source.text(captures["r"][0]) not in _ACCESSORS:
            return
        named = captures["n"][0]
        at = named.start_point.row
        kind = "field" if scope.owner else "constant"
        one = (self.source.name(named), kind, at, at, at, at, scope.owner, "", (), scope.exported)
        self.definitions.value(one)

    def set_in_method(self, captures: Captures, kind: str, scope: Scope, end: int) -> None:
        """`self.x = ...` in a method, or a parameter that is a field, belongs to the type round it."""
        target = self.source.text(captures["o"][0]) if "o" in captures else b"self"
        owner = self.scopes.type() if target in _INSTANCES else None
        named, whole = captures["n"][0], captures["d"][0]
        if owner is None:
            if kind == "selfield" and self.source.family == "script" and scope.owner == "":
                self._assigned(captures, target, end)
            return
        at, type_ = named.start_point.row, self.source.annotation(captures)
        if not type_ and "v" in captures:
            type_ = constructed(self.source.family, self.source.text(captures["v"][0], VALUE))
        name = self.source.name(named)
        exported = self.source.visible(owner, name, whole, named)
        last = whole.end_point.row
        self.definitions.later.append(
            (name, "field", at, last, at, at, owner.owner or "", type_, (), exported)
        )

    def _assigned(self, captures: Captures, target: bytes, end: int) -> None:
        """`exports.x = ...` is a definition of the file, `A.prototype.x = ...` a member of A."""
        value, named, whole = captures["v"][0], captures["n"][0], captures["d"][0]
        is_function = value.type in _FUNCTIONS
        if target in MODULE_EXPORTS and value.type != "identifier":
            kind, owner = "function" if is_function else "variable", ""
        elif target.endswith(b".prototype") and target[:-10].isalnum():
            kind, owner = "method" if is_function else "field", target[:-10].decode()
        else:
            return
        at = named.start_point.row
        type_ = "" if is_function else constructed(self.source.family, self.source.text(value, VALUE))
        first, last = whole.start_point.row, whole.end_point.row
        self.definitions.add((self.source.name(named), kind, first, last, at, at, owner, type_, (), True))
        if is_function:
            self.scopes.push(end, LOCAL)
