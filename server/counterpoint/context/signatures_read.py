"""From a file to what it offers: one reader a family of languages."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

from counterpoint.context import (
    signatures_go,
    signatures_java,
    signatures_python,
    signatures_rust,
    signatures_script,
)
from counterpoint.context.extract import extract
from counterpoint.context.extract_gather import gather
from counterpoint.context.facts import Import
from counterpoint.context.languages import GRAMMARS
from counterpoint.context.parsing import Parsed, encoded, parse, with_line_feeds
from counterpoint.context.signatures import Interface, Name
from counterpoint.context.signatures_nodes import Read
from counterpoint.text import Document

if TYPE_CHECKING:
    from tree_sitter import Node

_READERS: dict[str, Callable[[Node, Read], None]] = {
    "python": signatures_python.read,
    "javascript": signatures_script.read,
    "javascriptreact": signatures_script.read,
    "typescript": signatures_script.read,
    "typescriptreact": signatures_script.read,
    "go": signatures_go.read,
    "java": signatures_java.read,
    "rust": signatures_rust.read,
}
_TOP = re.compile(r"[A-Za-z_@#]")
"""How a line begins that is no part of what stands above it."""
LANGUAGES = frozenset(_READERS)
"""Whose signatures can be read."""


def parsed_of(document: Document) -> Parsed | None:
    """The tree of a whole document, or None if its language has no grammar that is indexed."""
    row = GRAMMARS.get(document.language)
    if row is None or not row.indexed:
        return None
    return parse(document.language, with_line_feeds(encoded(document.text)))


def interface_of(document: Document) -> Interface:
    """What a document offers. Of a language without a reader, or without a grammar, nothing but `broken`."""
    parsed = parsed_of(document) if document.language in LANGUAGES else None
    if parsed is None:
        return Interface(document.path, document.language, broken=True)
    read = Read()
    _READERS[document.language](parsed.tree.root_node, read)
    facts = extract(document.path, parsed)
    text = document.text
    shared = [
        Name(name, kind, line, rest=_methods(name, text) if kind == "route" else "")
        for kind, name, line in facts.shared
    ]
    return Interface(
        document.path,
        document.language,
        tuple(read.signatures),
        (*read.names, *shared),
        facts.imports,
        frozenset(read.listed),
        facts.package,
        parsed.tree.root_node.has_error,
    )


def _methods(route: str, text: str) -> str:
    """The methods that a route answers to, as far as its file says."""
    found = re.findall(rf"[.@](\w+?)(?:Mapping)?\(\s*[\"']{re.escape(route)}[\"']", text)
    return " ".join(sorted({one.lower() for one in found}))


def imports_in(parsed: Parsed) -> tuple[Import, ...]:
    """What a tree imports. Raises KeyError for a language that has no place in the index."""
    return tuple(gather(parsed).imports)


def parsed_near(document: Document, word: str) -> list[tuple[int, Parsed]] | None:
    """The trees of the top-level pieces of a document that have a word, each with the line it begins on.

    None where a piece has errors, which may only be that it was cut badly; KeyError: no grammar.
    """
    lines, found = document.lines, []
    last = -1
    for number, line in enumerate(lines):
        if number <= last or word not in line:
            continue
        first = number
        while first > 0 and not _TOP.match(lines[first]):
            first -= 1
        last = number
        while last + 1 < len(lines) and not _TOP.match(lines[last + 1]):
            last += 1
        piece = parse(document.language, with_line_feeds(encoded("".join(lines[first : last + 1]))))
        if piece.tree.root_node.has_error:
            return None
        found.append((first, piece))
    return found
