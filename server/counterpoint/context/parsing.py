"""A parsed text: the tree together with the bytes it was made of."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from counterpoint.context.languages import GRAMMARS, grammar

if TYPE_CHECKING:
    from tree_sitter import Parser, Tree


_CHUNK = 1 << 14
_LONE_CR = re.compile(rb"\r(?!\n)")


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


def with_line_feeds(data: bytes) -> bytes:
    """The bytes with a lone CR as LF: editors end lines there, grammars do not. Offsets stay."""
    return _LONE_CR.sub(b"\n", data) if b"\r" in data else data


def parse(language: str, data: bytes, old: Tree | None = None) -> Parsed:
    """Parse bytes, reusing `old`, which must have been told of the edits. Raises KeyError: no grammar."""
    parser = _PARSERS.of(language)
    tree = parser.parse(data, old) if old is not None else parser.parse(data)
    return Parsed(language, data, tree)


class _Parsers(threading.local):
    """A parser for each language and thread: a used one has its memory at hand, which a new one must get."""

    def __init__(self) -> None:
        self.kept: dict[str, Parser] = {}

    def of(self, language: str) -> Parser:
        """Raises KeyError: no grammar."""
        parser = self.kept.get(language)
        if parser is None:
            from tree_sitter import Parser

            parser = self.kept[language] = Parser(grammar(language))
        return parser


_PARSERS = _Parsers()


def parse_until(
    language: str, data: bytes, stop: Callable[[int, bool], bool], old: Tree | None = None
) -> Parsed | None:
    """Like `parse`; None once `stop` says so. It is asked every hundred steps of the parser, which take about
    20 microseconds, with the offset reached and whether an error was met."""
    from tree_sitter import Parser

    def read(offset: int, point: object) -> bytes:
        return data[offset : offset + _CHUNK]

    parser = Parser(grammar(language))
    try:
        if old is not None:
            tree = parser.parse(read, old, progress_callback=stop)
        else:
            tree = parser.parse(read, progress_callback=stop)
    except ValueError:  # how the binding says that it was stopped
        return None
    return Parsed(language, data, tree)


def parse_within(language: str, data: bytes, hundreds: int) -> Parsed | None:
    """Like `parse`; None if it takes more than so many hundred steps of the parser."""
    left = iter(range(hundreds))
    return parse_until(language, data, lambda offset, error: next(left, None) is None)


def has_grammar(language: str) -> bool:
    """True if texts of the LSP language id can be parsed."""
    return language in GRAMMARS
