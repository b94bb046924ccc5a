"""A slice of a document round the cursor, small enough to be parsed on the event loop.

The slice begins at a boundary of blocks, not in the midst of one, has the headers of the blocks round it put
in front and their closing tokens behind, and is bounded in lines, bytes and steps of the parser: a text whose
recovery from errors takes too many steps is tried once more with few lines, then not at all.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from counterpoint.context.lexing import (
    FENCES,
    chain_before,
    headers_above,
    indent_of,
    indented_scopes,
    inside_at,
)
from counterpoint.context.parsing import Parsed, encoded, has_grammar, parse_within, with_line_feeds
from counterpoint.context.scopes import Scope, Syntax, syntax_at

_ABOVE, _BELOW = 110, 40
_FEW_ABOVE, _FEW_BELOW = 24, 8
_BYTES = 9_000
_STEPS, _FEW_STEPS = 55, 25
"""Hundreds of parser steps: about 1.2 and 0.5 ms on the machines this was measured on."""
_HEADER = 120
_HEADERS_REACH = 8_000
_FENCED = 20_000
"""Lines of the longest document in which strings of many lines are counted from the top."""
_PAIRS = {"{": "}", "(": ")", "[": "]"}


@dataclass(frozen=True, slots=True)
class Slice:
    """`parsed` is the text of the lines `numbers` of the document, in this order."""

    parsed: Parsed
    numbers: tuple[int, ...]


def live_syntax(language: str, lines: Sequence[str], line: int, column: int) -> Syntax:
    """What can be said of a place within 3 ms, whatever the document. `lines` keep their ends.

    Source "slice", or "words" where there is no grammar or no tree could be had in time.
    """
    found = slice_round(language, lines, line) if has_grammar(language) else None
    if found is None:
        return _from_words(language, lines, line, column)
    syntax = syntax_at(found.parsed, line, column, "slice", found.numbers)
    return replace(syntax, imports=_imports(language, tuple(lines[:_HEADER])))


def slice_round(language: str, lines: Sequence[str], line: int) -> Slice | None:
    """The parsed slice round a line, or None if the parser found it too hard. Raises KeyError: no grammar."""
    for above, below, steps in ((_ABOVE, _BELOW, _STEPS), (_FEW_ABOVE, _FEW_BELOW, _FEW_STEPS)):
        numbers, text = _cut(language, lines, min(line, max(0, len(lines) - 1)), above, below)
        parsed = parse_within(language, with_line_feeds(encoded(text)), steps)
        if parsed is not None:
            return Slice(parsed, numbers)
    return None


def cut_round(language: str, lines: Sequence[str], line: int) -> str:
    """The text of the slice round a line that exists, with what closes its blocks where it ends before the
    document does."""
    numbers, text = _cut(language, lines, line, _ABOVE, _BELOW)
    return text if numbers[-1] < len(lines) - 1 else "".join(lines[number] for number in numbers)


def _cut(
    language: str, lines: Sequence[str], line: int, above: int, below: int
) -> tuple[tuple[int, ...], str]:
    """Numbers and text of the lines of a slice; closing tokens at its end have no numbers of their own."""
    if not lines:
        return (), ""
    first = _outside_strings(language, lines, _first(lines, line, above))
    last = _last(lines, line, below)
    headers = _whole(lines, headers_above(lines, first, indent_of(lines[first]), _HEADERS_REACH))
    numbers = [*headers, *range(first, last + 1)]
    closing = _closers(lines, last)
    if not lines[numbers[-1]].endswith(("\n", "\r")):
        closing = "\n" + closing
    return tuple(numbers), "".join(lines[number] for number in numbers) + closing


def _first(lines: Sequence[str], line: int, above: int) -> int:
    """The shallowest line above the cursor, of those the nearest top-level one, that can begin a slice."""
    size, best, least = 0, line, 1 << 30
    for number in range(line, max(-1, line - above), -1):
        text = lines[number]
        size += len(text)
        if size > _BYTES and number < line:
            break
        if not text.strip() or text.lstrip()[0] in ")]}#@":
            continue
        indent = indent_of(text)
        if (number < line and indent <= least) or number == line:
            best, least = number, indent
            if indent == 0 and number < line - 8:
                break
    while best > 0 and lines[best - 1].lstrip().startswith("@"):
        best -= 1
    return best


def _last(lines: Sequence[str], line: int, below: int) -> int:
    size, number = 0, line
    for number in range(line, min(len(lines), line + below)):
        size += len(lines[number])
        if size > _BYTES // 2 and number > line:
            return number - 1
    return number


def _outside_strings(language: str, lines: Sequence[str], first: int) -> int:
    """A first line that is not inside a string of many lines: the one that string begins on, if near."""
    if not 0 < first <= _FENCED:
        return first
    above = "".join(lines[:first])
    for fence in FENCES.get(language, ()):
        if above.count(fence) % 2 == 0:
            continue
        for number in range(first - 1, max(-1, first - 1 - _ABOVE), -1):
            if fence in lines[number]:
                return number
    return first


def _whole(lines: Sequence[str], headers: Sequence[int]) -> list[int]:
    """Headers that begin with a closing bracket get the lines up to its opening one."""
    found: list[int] = []
    for number in headers:
        if lines[number].lstrip().startswith((")", "]")):
            indent = indent_of(lines[number])
            above = range(number - 1, max(-1, number - 30), -1)
            start = next((at for at in above if lines[at].strip() and indent_of(lines[at]) <= indent), number)
            found += range(start, number)
        found.append(number)
    return list(dict.fromkeys(found))


def _closers(lines: Sequence[str], last: int) -> str:
    """Closing brackets of the blocks that the last line is in, judged by the lines' ends and indentation."""
    text = lines[last].rstrip()
    own = [last] if text.endswith(("{", "(", "[")) else []
    opened = [*headers_above(lines, last, indent_of(lines[last]), _HEADERS_REACH), *own] if text else []
    ends = (lines[number].rstrip()[-1:] for number in reversed(opened))
    return "".join(_PAIRS[end] + "\n" for end in ends if end in _PAIRS)


@lru_cache(maxsize=16)
def _imports(language: str, head: tuple[str, ...]) -> tuple[tuple[int, int], ...]:
    """Imports among the first lines, which change seldom."""
    parsed = parse_within(language, with_line_feeds(encoded("".join(head))), 2 * _STEPS)
    return syntax_at(parsed, 0, 0).imports if parsed is not None else ()


def _from_words(language: str, lines: Sequence[str], line: int, column: int) -> Syntax:
    base = max(0, line - _ABOVE)
    near = lines[base : line + _BELOW]
    own = near[line - base] if line - base < len(near) else ""
    before = "".join(near[: line - base]) + own.rstrip("\r\n")[:column]
    scopes = [Scope(k, name, base + a, base + b) for k, name, a, b in indented_scopes(near, line - base)]
    return Syntax(
        "words",
        scopes=tuple(scopes),
        receiver=chain_before(before[-800:]),
        inside=inside_at(language, before),
    )
