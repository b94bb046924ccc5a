"""Definitions out of the matches of a query: each is put into what it stands in, in the order of the text.

A match that is local to a function is dropped before its parts are read, for most of a file is local.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from counterpoint.context.extract_declarators import named, qualified
from counterpoint.context.extract_scopes import LOCAL, Definitions, Made, Scope, Scopes
from counterpoint.context.facts import CALLABLES
from counterpoint.context.rows import clean
from counterpoint.context.values import bases_in, constructed, type_text

if TYPE_CHECKING:
    from tree_sitter import Node

Captures = Mapping[str, list["Node"]]
Match = tuple[int, int, int, str, Captures]
"""Where to sort it: start, minus the end, its number among the matches; then its kind and captures."""

_TYPE, _VALUE, _TEXT, _BASES = 400, 160, 200, 4000
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
_HASH_COMMENTS = frozenset({"python", "ruby", "shell"})
_ANNOTATED = frozenset({"jvm", "csharp", "php"})
"""Families whose grammars count annotations as part of a declaration: it begins with its name's line."""
_PRIVATE = frozenset({"script", "jvm", "csharp", "php"})
_EXPORT = re.compile(rb"\bexport(?:\s+default|\s+declare)?\s*\Z")
_REQUIRED = re.compile(rb"require\s*\(\s*['\"]")
_RECEIVER = re.compile(r"([A-Za-z_]\w*)\s*(?:\[[^\]]*\])?\s*\)?\s*\Z")
_FIRST_NAME = re.compile(r"[A-Za-z_][\w.:]*")


@dataclass(slots=True)
class Sweep:
    """One pass over the matches of a file."""

    family: str
    data: bytes
    scopes: Scopes = field(default_factory=Scopes)
    definitions: Definitions = field(default_factory=Definitions)
    exported: set[str] = field(default_factory=set)
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
            "export": self._export,
            "package": self._package,
            "cfunction": self._declared,
            "cvariable": self._declared,
            "cfield": self._declared,
            "ctype": self._declared,
        }
        close = self.scopes.close
        for start, end, _, kind, captures in matches:
            handlers.get(kind, self._type)(captures, kind, close(start), -end)
        return self.definitions.finish(self.exported)

    def _text(self, node: Node, most: int = _TEXT) -> bytes:
        start = node.start_byte
        return self.data[start : min(node.end_byte, start + most)]

    def _name(self, node: Node) -> str:
        name = self.data[node.start_byte : node.end_byte].decode("utf-8", "replace")
        return name if name.isidentifier() else clean(name[:_TEXT]).strip("'\"`@:")

    def _annotation(self, captures: Captures) -> str:
        nodes = captures.get("t")
        return type_text(self._text(nodes[0], _TYPE)) if nodes else ""

    def _header(self, start: int, end: int) -> int:
        """The lines that a signature goes on for after the line of its name."""
        text = self.data[start:end].rstrip()
        lines = text.count(b"\n")
        if lines and self.family in _HASH_COMMENTS and b"#" in text:
            parts = text.split(b"\n")
            while parts[-1].lstrip().startswith(b"#"):
                parts.pop()
            return len(parts) - 1
        return lines

    def _visible(self, scope: Scope, name: str, whole: Node, named: Node) -> bool:
        """Whether other files can name it."""
        family = self.family
        if not scope.exported:
            return False
        if family == "python":
            return True
        if family == "go":
            return name[:1].isupper()
        return self._marked(scope, name, whole.start_byte, named.start_byte)

    def _marked(self, scope: Scope, name: str, start: int, end: int) -> bool:
        family, data = self.family, self.data
        if family == "rust":
            return data[start : start + 3] == b"pub" or (scope.owner != "" and not scope.strict)
        if family == "script" and (scope.owner == "" or scope.module):
            return _EXPORT.search(data, max(0, start - 40), start) is not None
        if family == "c":
            return scope.owner != "" or b"static" not in data[start:end]
        return not (family in _PRIVATE and (name[:1] == "#" or b"private" in data[start:end]))

    def _function(self, captures: Captures, kind: str, scope: Scope, end: int) -> None:
        named, whole = captures["n"][0], captures["d"][0]
        name, at, owner = self._name(named), named.start_point.row, scope.owner or ""
        if "o" in captures:
            receiver = _RECEIVER.search(self._text(captures["o"][0]).decode("utf-8", "replace"))
            owner = receiver[1] if receiver else ""
        if kind != "macro" and kind != "constructor":
            if not owner or scope.module:
                kind = "function"
            else:
                kind = "constructor" if name in _CONSTRUCTORS else "method"
        last, column = whole.end_point
        if column == 0 and last > at:
            last -= 1
        if "b" in captures:
            signature = at + self._header(named.end_byte, captures["b"][0].start_byte)
        else:
            signature = captures["q"][0].end_point.row if "q" in captures else last
        first = at if self.family in _ANNOTATED else whole.start_point.row
        exported = self._visible(scope, name, whole, named)
        type_ = self._annotation(captures)
        self.definitions.add((name, kind, first, last, at, signature, owner, type_, (), exported))
        self.scopes.push(end, LOCAL)

    def _type(self, captures: Captures, kind: str, scope: Scope, end: int) -> None:
        named, whole = captures["n"][0], captures["d"][0]
        name, at, owner = self._name(named), named.start_point.row, scope.owner or ""
        bases = tuple(base for node in captures.get("x", ()) for base in bases_in(self._text(node, _BASES)))
        signature = at
        if "b" in captures and captures["b"][0].start_byte > named.end_byte:
            signature = at + self._header(named.end_byte, captures["b"][0].start_byte)
        exported = self._visible(scope, name, whole, named)
        first = at if self.family in _ANNOTATED or kind == "class" else whole.start_point.row
        last = whole.end_point.row
        type_ = self._annotation(captures)
        number = self.definitions.add((name, kind, first, last, at, signature, owner, type_, bases, exported))
        if kind == "module" and self.family == "rust":
            return
        self._own(end, owner, name, exported, number, kind)

    def _own(self, end: int, owner: str, name: str, exported: bool, number: int, kind: str) -> None:
        module = kind == "module" and self.family == "script"
        strict = module or (self.family == "rust" and kind in ("struct", "union"))
        whole = f"{owner}.{name}" if owner else name
        self.scopes.push(end, Scope(whole, exported, number, module, strict))

    def _variable(self, captures: Captures, kind: str, scope: Scope, end: int) -> None:
        if scope is LOCAL and self.family == "python":
            return
        value = captures["v"][0] if "v" in captures else None
        syntax = value.type if value else ""
        if value and syntax in _FUNCTIONS:
            self._function_value(captures, value, scope)
            return
        if kind == "pair" or scope.owner is None or (kind == "field" and not scope.owner):
            return
        type_ = self._annotation(captures)
        if value:
            text = self._text(value, _VALUE)
            if syntax in _CALLS and _REQUIRED.match(text):
                return
            type_ = type_ or constructed(self.family, text)
        named = captures["n"][0]
        whole = captures["d"][0] if "d" in captures else named
        name, at = self._name(named), named.start_point.row
        exported = self._visible(scope, name, whole, named)
        kind = "class" if syntax == "class" else self._kind_of_value(kind, scope, name)
        last, column = whole.end_point
        last -= column == 0 and last > at
        first = at if kind == "field" else whole.start_point.row
        self.definitions.value((name, kind, first, last, at, at, scope.owner, type_, (), exported))
        if value and syntax in ("object", "class"):
            self._own(value.end_byte, scope.owner, name, exported, -1, kind)
        elif kind == "field" and self.family != "python":
            self._hide(captures)

    def _kind_of_value(self, kind: str, scope: Scope, name: str) -> str:
        if scope.owner and not scope.module:
            return "field"
        return "constant" if kind == "constant" or name.isupper() else "variable"

    def _hide(self, captures: Captures) -> None:
        """What stands inside of a member's value or type is no member of its owner."""
        for node in (*captures.get("v", ()), *captures.get("t", ())):
            if b"{" in self._text(node, _TYPE):
                self.scopes.push(node.end_byte, LOCAL)

    def _function_value(self, captures: Captures, value: Node, scope: Scope) -> None:
        """A name that is set to a function: `const f = () => ...`."""
        named, whole = captures["n"][0], captures["d"][0]
        name, at = self._name(named), named.start_point.row
        body, result = value.child_by_field_name("body"), value.child_by_field_name("return_type")
        signature = at + self._header(named.end_byte, body.start_byte) if body else at
        type_ = type_text(self._text(result, _TYPE)) if result else ""
        exported = self._visible(scope, name, whole, named)
        kind = "method" if scope.owner and not scope.module else "function"
        first, last = whole.start_point.row, whole.end_point.row
        self.definitions.add((name, kind, first, last, at, signature, scope.owner or "", type_, (), exported))
        self.scopes.push(value.end_byte, LOCAL)

    def _plain(self, captures: Captures, kind: str, scope: Scope, end: int) -> None:
        """A member that is a bare name. An enumerator of a nameless enum is a constant."""
        if scope.owner is None or (kind == "accessor" and not scope.owner):
            return
        if kind == "accessor" and self._text(captures["r"][0]) not in _ACCESSORS:
            return
        named = captures["n"][0]
        at = named.start_point.row
        kind = "field" if scope.owner else "constant"
        one = (self._name(named), kind, at, at, at, at, scope.owner, "", (), scope.exported)
        self.definitions.value(one)

    def _set_in_method(self, captures: Captures, kind: str, scope: Scope, end: int) -> None:
        """`self.x = ...` in a method, or a parameter that is a field, belongs to the type round it."""
        target = self._text(captures["o"][0]) if "o" in captures else b"self"
        owner = self.scopes.type() if target in _INSTANCES else None
        named, whole = captures["n"][0], captures["d"][0]
        if owner is None:
            if self.family == "script" and scope.owner == "":
                self._assigned(captures, target, end)
            return
        at, type_ = named.start_point.row, self._annotation(captures)
        if not type_ and "v" in captures:
            type_ = constructed(self.family, self._text(captures["v"][0], _VALUE))
        name = self._name(named)
        exported = self._visible(owner, name, whole, named)
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
        elif target.endswith(b".prototype"):
            kind, owner = "method" if is_function else "field", target[:-10].decode("utf-8", "replace")
        else:
            return
        at = named.start_point.row
        type_ = "" if is_function else constructed(self.family, self._text(value, _VALUE))
        first, last = whole.start_point.row, whole.end_point.row
        self.definitions.add((self._name(named), kind, first, last, at, at, owner, type_, (), True))
        if is_function:
            self.scopes.push(end, LOCAL)

    def _declared(self, captures: Captures, kind: str, scope: Scope, end: int) -> None:
        """A declaration of C, whose name is somewhere in its declarator."""
        if scope.owner is None and kind != "cfunction":
            return
        declarator, whole = captures["n"][0], captures["d"][0]
        node, is_function = named(declarator)
        name, at, owner = self._name(node), node.start_point.row, scope.owner or ""
        last = whole.end_point.row
        if "::" in name:
            owner, name = qualified(name)
            owner = "" if owner in self.namespaces else owner
        if kind == "cfunction" or is_function:
            kind = "function"
            if owner:
                kind = "constructor" if name == owner.rpartition(".")[2] else "method"
        else:
            kind = "type" if kind == "ctype" else self._kind_of_value(kind, scope, name)
        signature = last if kind in CALLABLES else at
        if "b" in captures:
            signature = declarator.end_point.row + self._header(
                declarator.end_byte, captures["b"][0].start_byte
            )
            self.scopes.push(end, LOCAL)
        type_ = self._annotation(captures).partition("{")[0].rstrip()
        exported = self._visible(scope, name, whole, node)
        one = (name, kind, whole.start_point.row, last, at, signature, owner, type_, (), exported)
        if kind in CALLABLES:
            self.definitions.add(one)
        elif name:
            self.definitions.value(one)

    def _scope(self, captures: Captures, kind: str, scope: Scope, end: int) -> None:
        self.scopes.push(end, LOCAL)

    def _impl(self, captures: Captures, kind: str, scope: Scope, end: int) -> None:
        """`impl Trait for Type` gives its members the owner Type, and Type the base Trait."""
        first = _FIRST_NAME.search(self._name(captures["n"][0]))
        name = first[0].rpartition("::")[2] if first else ""
        bases = [base for node in captures.get("x", ()) for base in bases_in(self._text(node, _BASES))]
        self.definitions.extended.setdefault(name, []).extend(bases)
        self.scopes.push(end, Scope(name, True, strict=not bases))

    def _embed(self, captures: Captures, kind: str, scope: Scope, end: int) -> None:
        if kind == "embed" or self._text(captures["r"][0]) in _MIXINS:
            base = type_text(self._text(captures["e"][0])).lstrip("*&")
            if scope.number >= 0:
                self.definitions.embedded.setdefault(scope.number, []).append(base)

    def _export(self, captures: Captures, kind: str, scope: Scope, end: int) -> None:
        if "o" not in captures or self._text(captures["o"][0]) in _MODULE_EXPORTS:
            self.exported.add(self._name(captures["n"][0]))

    def _package(self, captures: Captures, kind: str, scope: Scope, end: int) -> None:
        name = type_text(self._text(captures["p"][0]))
        self.namespaces.add(name)
        self.package = self.package or name
