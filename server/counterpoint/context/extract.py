"""Bytes of a file to its facts: one query over the tree, whose matches are then put into their owners.

Only what the query captured is looked at, so the cost is that of the definitions, imports and calls a file
has, whatever its depth. A text with syntax errors gives what its intact parts say.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

from counterpoint.context.extract_imports import Line, imports_in
from counterpoint.context.extract_shared import shared_lines
from counterpoint.context.extract_sweep import Raw, owned
from counterpoint.context.facts import Facts
from counterpoint.context.languages import GRAMMARS, grammar
from counterpoint.context.parsing import Parsed, parse
from counterpoint.context.rows import Row, definition_line, from_row, import_lines
from counterpoint.context.values import bases_in, constructed, type_text

if TYPE_CHECKING:
    from tree_sitter import Node, Query

_WORD = bytes(byte if byte > 127 or chr(byte).isalnum() or byte == 95 else 32 for byte in range(256))
_CALLED = 240
"""Bytes of a call's text that are looked at: a receiver may be a chain of any length."""
_FUNCTION_VALUES = frozenset({"arrow_function", "function_expression", "generator_function"})

Captures = dict[str, list["Node"]]


@dataclass(frozen=True, slots=True)
class Rules:
    """The query of a language and what each of its patterns describes: a kind, "import", "call" ..."""

    query: Query
    kinds: tuple[str, ...]


@cache
def rules(language: str) -> Rules:
    """Raises KeyError for a language with no grammar."""
    from tree_sitter import Query

    folder = files("counterpoint.context") / "queries"
    names = GRAMMARS[language].queries.split()
    query = Query(grammar(language), "".join((folder / f"{name}.scm").read_text("utf-8") for name in names))
    kinds = (query.pattern_settings(number).get("kind") or "" for number in range(query.pattern_count))
    return Rules(query, tuple(kinds))


def words_in(data: bytes) -> dict[str, int]:
    """How often each identifier occurs, also in comments and strings."""
    found: dict[str, int] = {}
    for word, times in Counter(data.translate(_WORD).split()).items():
        if len(word) <= 80 and not word[0:1].isdigit():
            found[word.decode("utf-8", "replace")] = times
    return found


def row_of(path: str, parsed: Parsed) -> Row:
    """The facts of a parsed file as an index stores them."""
    from tree_sitter import QueryCursor

    language, data = parsed.language, parsed.data
    rule = rules(language)
    raws: list[Raw] = []
    calls: dict[bytes, list[int]] = {}
    imports: list[Line] = []
    bases: list[tuple[int, str]] = []
    package = ""
    kinds = rule.kinds
    for number, captures in QueryCursor(rule.query).matches(parsed.tree.root_node):
        kind = kinds[number]
        if kind:
            if kind in ("import", "require", "mod"):
                imports.append(Line(kind, captures))
            elif kind == "embed":
                node = captures["e"][0]
                bases.append((node.start_byte, type_text(data[node.start_byte : node.end_byte])))
            else:
                raws.append(_raw(language, data, kind, captures))
        elif "c" in captures:
            node = captures["c"][0]
            end = node.end_byte
            start = (captures["o"][0] if "o" in captures else node).start_byte
            text = data[max(start, end - _CALLED) : end]
            calls.setdefault(text, []).append(node.end_point[0])
        elif "i" in captures:
            imports.append(Line("text", captures))
        elif "p" in captures:
            node = captures["p"][0]
            package = package or data[node.start_byte : node.end_byte].decode("utf-8", "replace")
    found = imports_in(language, data, imports)
    return Row(
        path,
        language,
        data.count(b"\n") + (not data.endswith(b"\n") and bool(data)),
        package,
        "\n".join(map(definition_line, owned(language, data, raws, bases))),
        import_lines(found),
        _call_lines(calls),
        shared_lines(data),
        words_in(data),
    )


_SPACE = re.compile(r"\s+")


def _call_lines(calls: dict[bytes, list[int]]) -> str:
    lines = []
    for text, rows in calls.items():
        called = text.decode("utf-8", "replace")
        if not called.isidentifier():
            called = _SPACE.sub(" ", called)
        lines.append(f"{called}\t{' '.join(map(str, rows))}")
    return "\n".join(lines)


def _raw(language: str, data: bytes, kind: str, captures: Captures) -> Raw:
    """What a match says of a definition, before its owner is known."""
    name = captures["n"][0] if "n" in captures else captures["d"][0]
    whole = captures["d"][0] if "d" in captures else name
    start, end, at = whole.start_byte, whole.end_byte, name.start_point[0]
    last = whole.end_point[0]
    raw = Raw(start, end, kind, data[name.start_byte : name.end_byte], whole.start_point[0], last, at, at)
    raw.name_start = name.start_byte
    value = captures["v"][0] if "v" in captures else None
    body = captures["b"][0] if "b" in captures else None
    annotation = captures["t"][0] if "t" in captures else None
    if value is not None and value.type in _FUNCTION_VALUES:
        raw.value = "function"
        body, annotation = value.child_by_field_name("body"), value.child_by_field_name("return_type")
    elif value is not None:
        raw.value = value.type
        raw.type = constructed(language, data[value.start_byte : min(value.end_byte, value.start_byte + 160)])
    if annotation is not None:
        raw.type = type_text(
            data[annotation.start_byte : min(annotation.end_byte, annotation.start_byte + 400)]
        )
    if body is not None:
        raw.signature = at + _header(language, data[name.end_byte : body.start_byte])
    elif kind in ("function", "method", "constructor"):
        raw.signature = last
    if "x" in captures:
        raw.bases = tuple(
            base for node in captures["x"] for base in bases_in(data[node.start_byte : node.end_byte])
        )
    if "o" in captures:
        node = captures["o"][0]
        raw.owner = data[node.start_byte : min(node.end_byte, node.start_byte + 200)]
    return raw


def _header(language: str, between: bytes) -> int:
    """The lines that a signature goes on for after the line of its name."""
    text = between.rstrip()
    if language == "python" and b"\n" in text:
        lines = text.split(b"\n")
        while lines[-1].lstrip().startswith(b"#"):
            lines.pop()
        return len(lines) - 1
    return text.count(b"\n")


def extract(path: str, parsed: Parsed) -> Facts:
    """What a parsed file says of itself. Raises KeyError for a language with no grammar, nothing else."""
    return from_row(row_of(path, parsed))


def facts_of(path: str, language: str, data: bytes) -> Facts:
    """Parse and extract. Raises KeyError for a language with no grammar, nothing else."""
    return extract(path, parse(language, data))
