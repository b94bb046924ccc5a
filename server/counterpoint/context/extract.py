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
from counterpoint.context.extract_source import Source
from counterpoint.context.extract_sweep import Match, Sweep
from counterpoint.context.facts import Facts, Import
from counterpoint.context.languages import GRAMMARS, family_of, grammar
from counterpoint.context.parsing import Parsed, parse
from counterpoint.context.rows import Row, call_lines, definition_lines, from_row, import_lines

if TYPE_CHECKING:
    from tree_sitter import Query

_WORD = bytes(byte if byte > 127 or chr(byte).isalnum() or byte == 95 else 32 for byte in range(256))
_SCRIPT_WORD = bytes(byte if byte == 36 else kept for byte, kept in enumerate(_WORD))
"""In JavaScript and TypeScript `$` is a letter."""
_LONGEST = 80
"""Bytes of an identifier: what is longer is data."""
_CALLED = 240
"""Bytes of a call's text that are looked at: a receiver may be a chain of any length."""


_PLACES = {
    **dict.fromkeys(("variable", "constant", "field", "assign", "enumerator", "accessor", "export"), "n"),
    **dict.fromkeys(("embed", "mixin"), "e"),
    "package": "p",
}
"""The capture at which a kind stands: one declaration can hold several of these. Of all others it is "d"."""


class Rules(NamedTuple):
    """The query of a language, and what each of its patterns describes: its kind, which is "" for a call, and
    the capture at which it stands."""

    query: Query
    kinds: tuple[tuple[str, str], ...]


@cache
def rules(language: str) -> Rules:
    """Raises KeyError for a language with no grammar."""
    from tree_sitter import Query

    folder = files("counterpoint.context") / "queries"
    names = GRAMMARS[language].queries.split()
    query = Query(grammar(language), "".join((folder / f"{name}.scm").read_text("utf-8") for name in names))
    kinds = (query.pattern_settings(number).get("kind") or "" for number in range(query.pattern_count))
    return Rules(query, tuple((kind, _PLACES.get(kind, "d")) for kind in kinds))


def words_in(data: bytes, language: str = "") -> dict[str, int]:
    """How often each identifier occurs, also in comments and strings."""
    counted = Counter(data.translate(_SCRIPT_WORD if family_of(language) == "script" else _WORD).split())
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
        kind, place = kinds[number]
        if not kind or kind == "member":
            node = captures["c"][0]
            start, end = node.start_byte, node.end_byte
            if kind and "o" in captures:
                start = captures["o"][0].start_byte
            if end - start > _CALLED:
                start = end - _CALLED
            text = data[start:end]
            if text in calls:
                calls[text].append(node.end_point.row)
            else:
                calls[text] = [node.end_point.row]
        elif kind in IMPORT_KINDS:
            imports += imports_in(language, data, kind, captures)
        else:
            node = captures[place][0]
            matches.append((node.start_byte, -node.end_byte, len(matches), kind, captures))
    imports.sort(key=lambda one: one.line)
    sweep = Sweep(Source(family_of(language), data))
    definitions = definition_lines(sweep.made(matches))
    words = words_in(data, language)
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
