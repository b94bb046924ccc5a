"""Definitions as the query finds them, before it is known what they stand in."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from counterpoint.context.extract_declarators import named
from counterpoint.context.facts import CALLABLES
from counterpoint.context.languages import family_of
from counterpoint.context.values import bases_in, constructed, type_text

if TYPE_CHECKING:
    from tree_sitter import Node

_FUNCTION_VALUES = frozenset({"arrow_function", "function_expression", "generator_function"})
_TYPE, _VALUE, _OWNER, _BASES = 400, 160, 200, 4000
"""Bytes that are read of each."""
_ACCESSORS = frozenset(
    {b"attr_accessor", b"attr_reader", b"attr_writer", b"has_many", b"has_one", b"belongs_to"}
)
_MIXINS = frozenset({b"include", b"extend", b"prepend"})
_REQUIRED = re.compile(rb"require\s*\(\s*['\"]")
_OF_C = frozenset({"cfunction", "cvariable", "cfield", "ctype"})
_EXPORTS = (b"module.exports", b"exports")
_HASH_COMMENTS = frozenset({"python", "ruby", "shell"})

Captures = Mapping[str, list["Node"]]


@dataclass(slots=True)
class Raw:
    """A definition in bytes `start` .. `end`, whose name stands at `name_start` in line `at`."""

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
    """The text that names the owner: a receiver, the object of an assignment."""
    value: str = ""
    """Of a variable: "function", or the syntax of what it is set to."""
    node: Node | None = None
    """A declarator of C, which is read only if the definition is not local."""


@dataclass(slots=True)
class Raws:
    """All of a file. A base that stands in the body of its type is a `Raw` of the kind "embed"."""

    language: str
    data: bytes
    found: list[Raw] = field(default_factory=list)
    namespaces: set[str] = field(default_factory=set)
    exported: set[bytes] = field(default_factory=set)
    package: str = ""

    @property
    def family(self) -> str:
        """The family of the language."""
        return family_of(self.language)

    def text(self, node: Node, most: int = _OWNER) -> bytes:
        """The first bytes of a node."""
        start = node.start_byte
        return self.data[start : min(node.end_byte, start + most)]

    def take(self, kind: str, captures: Captures) -> None:
        """Keep what a match says."""
        if kind == "package":
            name = type_text(self.text(captures["p"][0]))
            self.namespaces.add(name)
            self.package = self.package or name
        elif kind == "embed":
            self._embed(captures["e"][0])
        elif kind == "mixin":
            if self.text(captures["r"][0]) in _MIXINS:
                self._embed(captures["e"][0])
        elif kind == "export":
            if "o" not in captures or self.text(captures["o"][0]) in _EXPORTS:
                self.exported.add(self.text(captures["n"][0]))
        elif kind != "accessor" or self.text(captures["r"][0]) in _ACCESSORS:
            self.found.append(self._raw(kind, captures))

    def _embed(self, node: Node) -> None:
        start, row = node.start_byte, node.start_point[0]
        base = self.text(node).lstrip(b"*&")
        self.found.append(Raw(start, node.end_byte, "embed", base, row, row, row, row))

    def _raw(self, kind: str, captures: Captures) -> Raw:
        name = captures["n"][0] if "n" in captures else captures["d"][0]
        whole = captures["d"][0] if "d" in captures else name
        at = name.start_point[0]
        last, column = whole.end_point
        first = whole.start_point[0]
        if column == 0 and last > first:
            last -= 1
        text = b"" if kind == "scope" else self.text(name)
        raw = Raw(whole.start_byte, whole.end_byte, kind, text, first, last, at, at, name.start_byte)
        if len(captures) > 1:
            self._details(raw, name, captures)
        return raw

    def _details(self, raw: Raw, name: Node, captures: Captures) -> None:
        body = captures["b"][0] if "b" in captures else None
        annotation = captures["t"][0] if "t" in captures else None
        if "v" in captures:
            value = captures["v"][0]
            self._valued(raw, value)
            if raw.value == "function":
                body = value.child_by_field_name("body")
                annotation = value.child_by_field_name("return_type")
        if annotation is not None:
            raw.type = type_text(self.text(annotation, _TYPE))
        if "x" in captures:
            raw.bases = tuple(base for node in captures["x"] for base in bases_in(self.text(node, _BASES)))
        if "o" in captures:
            raw.owner = self.text(captures["o"][0])
        if raw.kind in _OF_C:
            raw.node, raw.type = name, raw.type.partition("{")[0].rstrip()
        if body is not None:
            end = name.end_point[0] if raw.node else raw.at
            raw.signature = end + self._header(name.end_byte, body.start_byte)
        elif raw.kind in CALLABLES:
            raw.signature = captures["q"][0].end_point[0] if "q" in captures else raw.last

    def _valued(self, raw: Raw, value: Node) -> None:
        raw.value = value.type
        if raw.value in _FUNCTION_VALUES:
            raw.value = "function"
            return
        text = self.text(value, _VALUE)
        raw.type = constructed(self.language, text)
        if _REQUIRED.match(text):
            raw.value = "import"

    def _header(self, start: int, end: int) -> int:
        """The lines that a signature goes on for after the line of its name."""
        text = self.data[start:end].rstrip()
        if b"\n" in text and self.family in _HASH_COMMENTS:
            lines = text.split(b"\n")
            while lines[-1].lstrip().startswith(b"#"):
                lines.pop()
            return len(lines) - 1
        return text.count(b"\n")

    def declared(self, raw: Raw) -> Raw:
        """A definition of C with the name its declarator gives."""
        if raw.node is not None:
            name, is_function = named(raw.node)
            raw.name, raw.at, raw.name_start = self.text(name), name.start_point[0], name.start_byte
            if raw.signature < raw.at:
                raw.signature = raw.at
            if is_function and raw.kind != "cfunction":
                raw.kind, raw.signature = "cfunction", raw.last
            raw.node = None
        return raw
