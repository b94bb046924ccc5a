"""Definitions out of the matches of a query: each is put into what it stands in, in the order of the text.

A match that is local to a function is dropped before its parts are read, for most of a file is local.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from counterpoint.context.extract_declarators import innermost, named, qualifier
from counterpoint.context.extract_scopes import LOCAL, Definitions, Made, Scope, Scopes
from counterpoint.context.extract_source import TYPE, Captures, Source
from counterpoint.context.facts import CALLABLES
from counterpoint.context.values import bases_in, constructed, type_text

if TYPE_CHECKING:
    from tree_sitter import Node

Match = tuple[int, int, int, int, str, Captures]
"""Where to sort it: start, minus the end, its pattern's and its own number; then its kind and captures."""

_VALUE, _BASES = 160, 4000
"""Bytes that are read of each."""
_FUNCTIONS = frozenset({"arrow_function", "function_expression", "generator_function"})
_CALLS = frozenset({"call_expression", "member_expression"})
_CONSTRUCTORS = frozenset({"__init__", "constructor", "initialize", "__construct"})
_INSTANCES = frozenset({b"self", b"cls", b"this", b"$this"})
_ACCESSORS = frozenset(
    {b"attr_accessor", b"attr_reader", b"attr_writer", b"has_many", b"has_one", b"belongs_to"}
)
_MIXINS = frozenset({b"include", b"extend", b"prepend"})
_MODULE_EXPORTS = frozenset({b"module.exports", b"exports"})
_ANNOTATED = frozenset({"jvm", "csharp", "php"})
"""Families whose grammars count annotations as part of a declaration: it begins with its name's line."""
_REQUIRED = re.compile(rb"require\s*\(\s*['\"]")


@dataclass(slots=True)
class Sweep:
    """One pass over the matches of a file."""

    source: Source
    scopes: Scopes = field(default_factory=Scopes)
    definitions: Definitions = field(default_factory=Definitions)
    namespaces: set[str] = field(default_factory=set)
    package: str = ""

    def made(self, matches: list[Match]) -> list[Made]:
        """The definitions, by line."""
        matches.sort()
        handlers: dict[str, Callable[[Captures, str, Scope, int], None]] = {
            "function": self._function,
            "method": self._function,
            "constructor": self._function,
            "macro": self._function,
            "variable": self._variable,
            "constant": self._variable,
            "field": self._variable,
            "pair": self._variable,
            "enumerator": self._plain,
            "accessor": self._plain,
            "selfield": self._set_in_method,
            "parameter": self._set_in_method,
            "scope": self._scope,
            "impl": self._impl,
            "embed": self._embed,
            "mixin": self._embed,
            "export": self._nothing,
            "package": self._package,
            "cfunction": self._declared,
            "cvariable": self._declared,
            "cfield": self._declared,
            "ctype": self._declared,
        }
        if self.source.family == "script":
            for match in matches:
                if match[4] == "export":
                    self._export(match[5])
        ends, scopes = self.scopes.ends, self.scopes.open
        python = self.source.family == "python"
        for start, end, _, _, kind, captures in matches:
            while ends[-1] <= start:
                ends.pop()
                scopes.pop()
            scope = scopes[-1]
            if python and scope is LOCAL and kind == "variable":
                continue
            handlers.get(kind, self._type)(captures, kind, scope, -end)
        return self.definitions.finish()

    def _function(self, captures: Captures, kind: str, scope: Scope, end: int) -> None:
        named, whole = captures["n"][0], captures["d"][0]
        name, at, owner = self.source.name(named), named.start_point.row, scope.owner or ""
        if "o" in captures:
            owner = self.source.receiver(captures["o"][0])
        if kind != "macro" and kind != "constructor":
            if not owner or scope.module:
                kind = "function"
            else:
                kind = "constructor" if name in _CONSTRUCTORS else "method"
        last, column = whole.end_point
        if column == 0 and last > at:
            last -= 1
        if "b" in captures:
            signature = at + self.source.header(named.end_byte, captures["b"][0].start_byte)
        else:
            signature = captures["q"][0].end_point.row if "q" in captures else last
        first = at if self.source.family in _ANNOTATED else whole.start_point.row
        exported = self.source.visible(scope, name, whole, named)
        type_ = self.source.annotation(captures)
        self.definitions.add((name, kind, first, last, at, signature, owner, type_, (), exported))
        self.scopes.push(end, LOCAL)

    def _type(self, captures: Captures, kind: str, scope: Scope, end: int) -> None:
        named, whole = captures["n"][0], captures["d"][0]
        name, at, owner = self.source.name(named), named.start_point.row, scope.owner or ""
        bases = tuple(
            base for node in captures.get("x", ()) for base in bases_in(self.source.text(node, _BASES))
        )
        signature = at
        if "b" in captures and captures["b"][0].start_byte > named.end_byte:
            signature = at + self.source.header(named.end_byte, captures["b"][0].start_byte)
        exported = self.source.visible(scope, name, whole, named)
        first = at if self.source.family in _ANNOTATED or kind == "class" else whole.start_point.row
        last, type_ = whole.end_point.row, self.source.annotation(captures)
        number = self.definitions.add((name, kind, first, last, at, signature, owner, type_, bases, exported))
        if kind != "module" or self.source.family != "rust":
            self._own(end, owner, name, exported, number, kind)

    def _own(self, end: int, owner: str, name: str, exported: bool, number: int, kind: str) -> None:
        module = kind == "module" and self.source.family == "script"
        strict = module or (self.source.family == "rust" and kind in ("struct", "union"))
        whole = f"{owner}.{name}" if owner else name
        self.scopes.push(end, Scope(whole, exported, number, module, strict))

    def _variable(self, captures: Captures, kind: str, scope: Scope, end: int) -> None:
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
            text = self.source.text(value, _VALUE)
            if syntax in _CALLS and _REQUIRED.match(text):
                return
            type_ = type_ or constructed(self.source.family, text)
        named = captures["n"][0]
        whole = captures["d"][0] if "d" in captures else named
        name, at = self.source.name(named), named.start_point.row
        exported = self.source.visible(scope, name, whole, named)
        kind = "class" if syntax == "class" else self._kind_of_value(kind, scope, name)
        last, column = whole.end_point
        last -= column == 0 and last > at
        first = at if kind == "field" else whole.start_point.row
        self.definitions.value((name, kind, first, last, at, at, scope.owner, type_, (), exported))
        if value and syntax in ("object", "class"):
            self._own(value.end_byte, scope.owner, name, exported, -1, kind)
        elif kind == "field" and self.source.family != "python":
            self._hide(captures)

    def _kind_of_value(self, kind: str, scope: Scope, name: str) -> str:
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

    def _plain(self, captures: Captures, kind: str, scope: Scope, end: int) -> None:
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

    def _set_in_method(self, captures: Captures, kind: str, scope: Scope, end: int) -> None:
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
            type_ = constructed(self.source.family, self.source.text(captures["v"][0], _VALUE))
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
        if target in _MODULE_EXPORTS and value.type != "identifier":
            kind, owner = "function" if is_function else "variable", ""
        elif target.endswith(b".prototype") and target[:-10].isalnum():
            kind, owner = "method" if is_function else "field", target[:-10].decode()
        else:
            return
        at = named.start_point.row
        type_ = "" if is_function else constructed(self.source.family, self.source.text(value, _VALUE))
        first, last = whole.start_point.row, whole.end_point.row
        self.definitions.add((self.source.name(named), kind, first, last, at, at, owner, type_, (), True))
        if is_function:
            self.scopes.push(end, LOCAL)

    def _declared(self, captures: Captures, kind: str, scope: Scope, end: int) -> None:
        """A declaration of C, whose name is somewhere in its declarator."""
        if scope.owner is None and kind != "cfunction":
            return
        declarator, whole = captures["n"][0], captures["d"][0]
        node, is_function = named(declarator)
        path, owner, last = self.source.text(node), scope.owner or "", whole.end_point.row
        if b"::" in path:
            owner = qualifier(path.decode("utf-8", "replace"))
            owner = "" if owner in self.namespaces else owner
        node = innermost(node)
        name, at = self.source.name(node), node.start_point.row
        if kind == "cfunction" or is_function:
            kind = "function"
            if owner:
                kind = "constructor" if name == owner.rpartition(".")[2] else "method"
        else:
            kind = "type" if kind == "ctype" else self._kind_of_value(kind, scope, name)
        signature = last if kind in CALLABLES else at
        if "b" in captures:
            signature = declarator.end_point.row + self.source.header(
                declarator.end_byte, captures["b"][0].start_byte
            )
            self.scopes.push(end, LOCAL)
        type_ = self.source.annotation(captures).partition("{")[0].rstrip()
        exported = self.source.visible(scope, name, whole, node)
        one = (name, kind, whole.start_point.row, last, at, signature, owner, type_, (), exported)
        if kind in CALLABLES:
            self.definitions.add(one)
        else:
            self.definitions.value(one)

    def _scope(self, captures: Captures, kind: str, scope: Scope, end: int) -> None:
        self.scopes.push(end, LOCAL)

    def _impl(self, captures: Captures, kind: str, scope: Scope, end: int) -> None:
        """`impl Trait for Type` gives its members the owner Type, and Type the base Trait."""
        name = self.source.implementer(captures["n"][0])
        bases = [base for node in captures.get("x", ()) for base in bases_in(self.source.text(node, _BASES))]
        self.definitions.extended.setdefault(name, []).extend(bases)
        self.scopes.push(end, Scope(name, True, strict=not bases))

    def _embed(self, captures: Captures, kind: str, scope: Scope, end: int) -> None:
        if kind == "embed" or self.source.text(captures["r"][0]) in _MIXINS:
            bases = bases_in(self.source.text(captures["e"][0]))
            if scope.number >= 0:
                self.definitions.embedded.setdefault(scope.number, []).extend(bases)

    def _nothing(self, captures: Captures, kind: str, scope: Scope, end: int) -> None:
        """What was read before the pass."""

    def _export(self, captures: Captures) -> None:
        if "o" not in captures or self.source.text(captures["o"][0]) in _MODULE_EXPORTS:
            self.source.exported.add(self.source.name(captures["n"][0]))

    def _package(self, captures: Captures, kind: str, scope: Scope, end: int) -> None:
        name = type_text(self.source.text(captures["p"][0]))
        self.namespaces.add(name)
        self.package = self.package or name
