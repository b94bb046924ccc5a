"""Definitions out of the matches of a query: each is put into what it stands in, in the order of the text.

A match that is local to a function is dropped before its parts are read, for most of a file is local.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from counterpoint.context.extract_declarators import innermost, named, qualifier
from counterpoint.context.extract_scopes import LOCAL, Made, Scope
from counterpoint.context.extract_source import Captures
from counterpoint.context.extract_values import MODULE_EXPORTS, OWN, Values
from counterpoint.context.facts import CALLABLES
from counterpoint.context.values import bases_in, type_text

Match = tuple[int, int, int, str, Captures]
"""Where to sort it: start, minus the end, its number; then its kind and captures."""

_BASES = 4000
"""Bytes that are read of a list of bases."""
CONSTRUCTORS = frozenset({"__init__", "constructor", "initialize", "__construct"})
_MIXINS = frozenset({b"include", b"extend", b"prepend"})
_ANNOTATED = frozenset({"jvm", "csharp", "php"})
"""Families whose grammars count annotations as part of a declaration: it begins with its name's line."""


@dataclass(slots=True)
class Sweep(Values):
    """One pass over the matches of a file."""

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
            "variable": self.variable,
            "constant": self.variable,
            "field": self.variable,
            "pair": self.variable,
            "assign": self.assign,
            "enumerator": self.plain,
            "accessor": self.plain,
            "selfield": self.set_in_method,
            "parameter": self.set_in_method,
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
                if match[3] == "export":
                    self._export(match[4])
        ends, scopes = self.scopes.ends, self.scopes.open
        data = self.source.data
        for start, end, _, kind, captures in matches:
            while ends[-1] <= start:
                ends.pop()
                scopes.pop()
            scope = scopes[-1]
            if kind == "assign" and scope is LOCAL and data[start : start + 4] not in OWN:
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
                kind = "constructor" if name in CONSTRUCTORS else "method"
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
            self.own(end, owner, name, exported, number, kind)

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
            kind = "type" if kind == "ctype" else self.kind_of_value(kind, scope, name)
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
        if "o" not in captures or self.source.text(captures["o"][0]) in MODULE_EXPORTS:
            self.source.exported.add(self.source.name(captures["n"][0]))

    def _package(self, captures: Captures, kind: str, scope: Scope, end: int) -> None:
        name = type_text(self.source.text(captures["p"][0]))
        self.namespaces.add(name)
        self.package = self.package or name
