"""Bytes of a file to its facts: one query over the tree, whose matches are then put into their owners.

Only what the query captured is looked at, so the cost is that of the definitions, imports and calls a file
has, whatever its depth. A text with syntax errors gives what its intact parts say.
"""

from __future__ import annotations

from collections import Counter
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, NamedTuple

from counterpoint.context.extract_imports import KINDS as IMPORT_KINDS
from counterpoint.context.extract_imports import imports_in
from counterpoint.context.extract_shared import shared_lines
from counterpoint.context.extract_sweep import Match, Sweep
from counterpoint.context.facts import Facts, Import
from counterpoint.context.languages import GRAMMARS, family_of, grammar
from counterpoint.context.parsing import Parsed, parse
from counterpoint.context.rows import Row, call_lines, definition_lines, from_row, import_lines

if TYPE_CHECKING:
    from tree_sitter import Query

_WORD = bytes(byte if byte > 127 or chr(byte).isalnum() or byte == 95 else 32 for byte in range(256))
_LONGEST = 80
"""Bytes of an identifier: what is longer is data."""
_CALLED = 240
"""Bytes of a call's text that are looked at: a receiver may be a chain of any length."""


_PLACED_BY_NAME = frozenset({"variable", "constant", "field", "enumerator", "accessor"})
"""Kinds of which one declaration can hold several: each begins with its name, not with the declaration."""
_BARE = frozenset({"embed", "mixin", "export", "package"})


class Rules(NamedTuple):
    """The query of a language, and what each of its patterns describes; "" is a call."""

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
    counted = Counter(data.translate(_WORD).split())
    return {
        word.decode("utf-8", "replace"): times
        for word, times in counted.items()
        if len(word) <= _LONGEST and not 48 <= word[0] <= 57
    }


def row_of(path: str, parsed: Parsed) -> Row:
    """The facts of a parsed file as an index stores them. Raises KeyError like `rules`, nothing else."""
    from tree_sitter import QueryCursor

    language, data = parsed.language, parsed.data
    query, kinds = rules(language)
    matches: list[Match] = []
    calls: dict[bytes, list[int]] = {}
    imports: list[Import] = []
    for number, captures in QueryCursor(query).matches(parsed.tree.root_node):
        kind = kinds[number]
        if not kind:
            node = captures["c"][0]
            end = node.end_byte
            start = (captures["o"][0] if "o" in captures else node).start_byte
            calls.setdefault(data[max(start, end - _CALLED) : end], []).append(node.end_point.row)
        elif kind in IMPORT_KINDS:
            imports += imports_in(language, data, kind, captures)
        else:
            whole = (
                captures["n" if kind in _PLACED_BY_NAME else "d"][0]
                if kind not in _BARE
                else next(iter(captures.values()))[0]
            )
            matches.append((whole.start_byte, -whole.end_byte, len(matches), kind, captures))
    imports.sort(key=lambda one: one.line)
    sweep = Sweep(family_of(language), data)
    definitions = definition_lines(sweep.made(matches))
    words = words_in(data)
    return Row(
        path,
        language,
        data.count(b"\n") + (data[-1:] not in (b"", b"\n")),
        sweep.package,
        definitions,
        import_lines(imports),
        call_lines(calls),
        shared_lines(data, words),
        words,
    )


def extract(path: str, parsed: Parsed) -> Facts:
    """What a parsed file says of itself. Raises KeyError for a language with no grammar, nothing else."""
    return from_row(row_of(path, parsed))


def facts_of(path: str, language: str, data: bytes) -> Facts:
    """Parse and extract. Raises KeyError for a language with no grammar, nothing else."""
    return extract(path, parse(language, data))
