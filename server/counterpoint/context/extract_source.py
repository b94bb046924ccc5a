"""The text of a file as its definitions read it: names, annotations, signatures, marks of visibility."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from counterpoint.context.extract_scopes import Scope
from counterpoint.context.rows import clean
from counterpoint.context.values import type_text

if TYPE_CHECKING:
    from tree_sitter import Node

Captures = Mapping[str, list["Node"]]

SHORT, TYPE = 200, 400
"""Bytes that are read of a name, and of an annotation."""
_HASH_COMMENTS = frozenset({"python", "ruby", "shell"})
_PRIVATE = frozenset({"script", "jvm", "csharp", "php"})
_EXPORT = re.compile(rb"\bexport(?:\s+default|\s+declare)?\s*\Z")
_RECEIVER = re.compile(r"([A-Za-z_]\w*)\s*(?:\[[^\]]*\])?\s*\)?\s*\Z")
_FIRST_NAME = re.compile(r"[A-Za-z_][\w.:]*")


@dataclass(frozen=True, slots=True)
class Source:
    """`family` is that of the language of the bytes."""

    family: str
    data: bytes
    exported: set[str] = field(default_factory=set)
    """Names that a statement of their own exports."""

    def text(self, node: Node, most: int = SHORT) -> bytes:
        """The first bytes of a node."""
        start = node.start_byte
        return self.data[start : min(node.end_byte, start + most)]

    def name(self, node: Node) -> str:
        """A name without its quotes and marks; "" for what cannot be one."""
        name = self.data[node.start_byte : node.end_byte].decode("utf-8", "replace")
        if name.isidentifier():
            return name
        if self.family == "c" and "<" in name and not name.startswith("operator"):
            name = name.partition("<")[0] if "::" not in name else name
        if self.family == "python":
            name = name.partition("[")[0]
        name = clean(name[:SHORT]).strip("'\"`@:")
        return name if " " not in name or "operator" in name else ""

    def receiver(self, node: Node) -> str:
        """The type of a receiver: `(c *Client[T])`."""
        found = _RECEIVER.search(self.text(node).decode("utf-8", "replace"))
        return found[1] if found else ""

    def implementer(self, node: Node) -> str:
        """The type that an `impl` is for: `a::Point<T>`."""
        found = _FIRST_NAME.search(self.name(node))
        return found[0].rpartition("::")[2] if found else ""

    def annotation(self, captures: Captures) -> str:
        """The declared type, "" if there is none."""
        nodes = captures.get("t")
        return type_text(self.text(nodes[0], TYPE)) if nodes else ""

    def header(self, start: int, end: int) -> int:
        """The lines that a signature goes on for after the line of its name."""
        text = self.data[start:end].rstrip()
        lines = text.count(b"\n")
        if lines and self.family in _HASH_COMMENTS and b"#" in text:
            parts = text.split(b"\n")
            while len(parts) > 1 and parts[-1].lstrip()[:1] in (b"", b"#"):
                parts.pop()
            return len(parts) - 1
        return lines

    def visible(self, scope: Scope, name: str, whole: Node, named: Node) -> bool:
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
            if name in self.exported:
                return True
            return _EXPORT.search(data, max(0, start - 40), start) is not None
        if family == "c":
            return scope.owner != "" or b"static" not in data[start:end]
        return not (family in _PRIVATE and (name[:1] == "#" or b"private" in data[start:end]))
