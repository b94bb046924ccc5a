"""A parsed text: the tree together with the bytes it was made of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from counterpoint.context.languages import GRAMMARS, grammar

if TYPE_CHECKING:
    from tree_sitter import Tree


@dataclass(frozen=True, slots=True)
class Parsed:
    """`tree` describes `data`, which is UTF-8; a lone surrogate of the text is kept as three bytes.

    A tree can neither leave its process nor be parsed without holding the interpreter: whole files are
    parsed in worker processes only.
    """

    language: str
    data: bytes
    tree: Tree


def encoded(text: str) -> bytes:
    """The bytes a text is parsed as."""
    return text.encode("utf-8", "surrogatepass")


def parse(language: str, data: bytes, old: Tree | None = None) -> Parsed:
    """Parse bytes, reusing `old`, which must have been told of the edits. Raises KeyError: no grammar."""
    from tree_sitter import Parser

    parser = Parser(grammar(language))
    tree = parser.parse(data, old) if old is not None else parser.parse(data)
    return Parsed(language, data, tree)


def has_grammar(language: str) -> bool:
    """True if texts of the LSP language id can be parsed."""
    return language in GRAMMARS
