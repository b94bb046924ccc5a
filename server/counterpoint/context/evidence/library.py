"""The files that evidence is read from: parsed when first asked for, kept for one question."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from counterpoint.context.languages import GRAMMARS
from counterpoint.context.parsing import Parsed, encoded, parse
from counterpoint.context.symbols import Symbols
from counterpoint.text import language_of

if TYPE_CHECKING:
    from tree_sitter import Node


@dataclass(frozen=True, slots=True, eq=False)
class Source:
    """A parsed file."""

    path: str
    parsed: Parsed

    @property
    def data(self) -> bytes:
        return self.parsed.data

    @property
    def root(self) -> Node:
        return self.parsed.tree.root_node


def text_of(node: Node) -> str:
    """The source text of a node."""
    return (node.text or b"").decode("utf-8", "replace")


def definition_at(source: Source, line: int, name: str, kinds: frozenset[str]) -> Node | None:
    """The node of one of the kinds whose name stands on a 0-based line."""
    row, wanted = source.data.split(b"\n", line + 1)[line : line + 1], name.encode()
    column = row[0].find(wanted) if row else -1
    while column >= 0:
        end = column + len(wanted)
        node = source.root.descendant_for_point_range((line, column), (line, end))
        parent = node.parent if node is not None else None
        named = parent.child_by_field_name("name") if parent is not None and parent.type in kinds else None
        if named is not None and named == node and named.text == wanted:
            return parent
        column = row[0].find(wanted, end)
    return None


def _parsed(language: str, data: bytes) -> Parsed:
    return _mended(parse(language, data))


def _mended(parsed: Parsed) -> Parsed:
    """Call signatures that follow each other without semicolons, which the grammar takes for one long type.

    A blank before the next one becomes the semicolon, so that no place in the text moves.
    """
    if not parsed.language.startswith("typescript") or not parsed.tree.root_node.has_error:
        return parsed
    data = _SIGNATURE.sub(lambda found: found[1] + b";" + found[2], parsed.data)
    return parse(parsed.language, data) if data != parsed.data else parsed


_SIGNATURE = re.compile(rb"([>\w\]})]\n(?:[ \t]*(?://[^\n]*)?\n)*[ \t]*)[ \t](<\n?\s*\w|\(\n?\s*\w+\??:)")


@dataclass(slots=True)
class Library:
    """Sources by path, at most `most`; `refused` names files that were not parsed, with the reason."""

    symbols: Symbols
    most: int = 3000
    _held: dict[str, Source | None] = field(default_factory=dict)
    _paths: frozenset[str] | None = None
    _folders: frozenset[str] | None = None
    _parents: dict[str, list[str]] | None = None
    refused: dict[str, str] = field(default_factory=dict)

    def hold(self, path: str, parsed: Parsed) -> None:
        """Take a buffer's tree as the source of its path."""
        self._held[path] = Source(path, _mended(parsed))

    def source(self, path: str) -> Source | None:
        """The parsed file, or None if it has no text or no grammar, or the limit is reached."""
        if path not in self._held:
            self._held[path] = self._read(path)
        return self._held[path]

    def language(self, path: str) -> str:
        """The language of a file: by its name, and if that says nothing by its facts, which are dearer."""
        language = language_of(path)
        if language in GRAMMARS:
            return language
        facts = self.symbols.facts(path)
        return facts.language if facts is not None else language

    def _read(self, path: str) -> Source | None:
        language = self.language(path)
        if language not in GRAMMARS:
            return None
        if len(self._held) >= self.most:
            self.refused[path] = "more files than one search reads"
            return None
        lines = self.symbols.lines(path)
        if lines is None:
            if path in self.paths:
                self.refused[path] = "the file has changed or cannot be read"
            return None
        return Source(path, _parsed(language, encoded("\n".join(lines))))

    def parents_of(self, name: str, marker: str) -> list[str]:
        """The folders that have a folder of a name with a file `marker` in it, the shortest path first."""
        if self._parents is None:
            self._parents = {}
            for path in self.paths:
                folder, _, last = path.rpartition("/")
                above, _, own = folder.rpartition("/")
                if last == marker and above:
                    self._parents.setdefault(own, []).append(above)
        return sorted(self._parents.get(name, ()), key=len)

    @property
    def paths(self) -> frozenset[str]:
        """Every file of the workspace."""
        if self._paths is None:
            self._paths = frozenset(self.symbols.paths())
        return self._paths

    @property
    def folders(self) -> frozenset[str]:
        """Every folder that has a file somewhere below it, without a slash at its end."""
        if self._folders is None:
            found: set[str] = set()
            for path in self.paths:
                folder = path.rpartition("/")[0]
                while folder and folder not in found:
                    found.add(folder)
                    folder = folder.rpartition("/")[0]
            self._folders = frozenset(found)
        return self._folders
