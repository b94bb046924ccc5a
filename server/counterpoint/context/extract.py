"""Bytes of a file to its facts: one query over the tree, whose matches are then put into their owners.

Only what the query captured is looked at, so the cost is that of the definitions, imports and calls a file
has, whatever its depth. A text with syntax errors gives what its intact parts say. Python needs no tree where
its lines leave no doubt: see `extract_python`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from counterpoint.context.extract_calls import CallsIn, names_called, words_called
from counterpoint.context.extract_gather import gather
from counterpoint.context.extract_python import in_python
from counterpoint.context.extract_scopes import Made
from counterpoint.context.extract_shared import shared_lines
from counterpoint.context.extract_source import Source
from counterpoint.context.extract_sweep import Sweep
from counterpoint.context.facts import Facts, Import
from counterpoint.context.languages import family_of
from counterpoint.context.parsing import Parsed, parse
from counterpoint.context.rows import Row, call_lines, definition_lines, from_row, import_lines

_WORD = bytes(byte if byte > 127 or chr(byte).isalnum() or byte == 95 else 32 for byte in range(256))
_SCRIPT_WORD = bytes(byte if byte == 36 else kept for byte, kept in enumerate(_WORD))
"""In JavaScript and TypeScript `$` is a letter."""
_LONGEST = 80
"""Bytes of an identifier: what is longer is data."""


def words_in(data: bytes, language: str = "") -> dict[str, int]:
    """How often each identifier occurs, also in comments and strings."""
    counted = Counter(data.translate(_SCRIPT_WORD if family_of(language) == "script" else _WORD).split())
    return {
        word.decode("utf-8", "replace"): times
        for word, times in counted.items()
        if len(word) <= _LONGEST and not 48 <= word[0] <= 57
    }


def row_of(path: str, parsed: Parsed) -> Row:
    """The facts of a parsed file as an index stores them. Raises KeyError for a language with no grammar.

    Of a Python file they have the names called, but not where: see `extract_calls`.
    """
    return _row(path, parsed.language, parsed.data, lambda: parsed)


def row_from(path: str, language: str, data: bytes) -> Row:
    """As `row_of`. Parses only what cannot be told without a tree."""
    return _row(path, language, data, lambda: parse(language, data))


def _row(path: str, language: str, data: bytes, tree: Callable[[], Parsed]) -> Row:
    package = ""
    if language == "python":
        words, called = words_called(data)
        made, imports = in_python(data) or _by_query(tree())
        calls = "\n".join(names_called(data, called, made))
    else:
        words = words_in(data, language)
        found = gather(tree())
        sweep = Sweep(Source(family_of(language), data))
        made, imports, package = sweep.made(found.matches), found.imports, sweep.package
        calls = call_lines(found.calls)
    return Row(
        path,
        language,
        data.count(b"\n") + (data[-1:] not in (b"", b"\n")),
        package,
        definition_lines(made),
        import_lines(imports),
        calls,
        shared_lines(data, words),
        words,
    )


def _by_query(parsed: Parsed) -> tuple[list[Made], list[Import]]:
    found = gather(parsed)
    return Sweep(Source("python", parsed.data)).made(found.matches), found.imports


def extract(path: str, parsed: Parsed) -> Facts:
    """What a parsed file says of itself. Raises KeyError for a language with no grammar, nothing else."""
    calls = CallsIn(lambda: parsed.data) if parsed.language == "python" else None
    return from_row(row_of(path, parsed), calls)


def facts_of(path: str, language: str, data: bytes) -> Facts:
    """Parse and extract. Raises KeyError for a language with no grammar, nothing else."""
    return extract(path, parse(language, data))
