"""From an issue, a question, a traceback or a log to the functions and files it speaks of. Pure.

No model: frames of stack traces, paths and names the text has outright, and its words in files, in paths and
in functions. What comes out are whole functions, or their first lines where they are long.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from counterpoint.context.clues import clues_in
from counterpoint.context.locating_files import FileEvidence, file_evidence
from counterpoint.context.locating_rank import Ranked, ranked_functions
from counterpoint.context.parsing import Parsed
from counterpoint.context.question import Question, Selection
from counterpoint.context.snippet import Snippet
from counterpoint.context.symbols import Symbols

_MOST = 60
_FIRST, _FIRST_TOKENS, _LATER_TOKENS = 10, 400, 120
"""The first functions are shown longer than the later ones."""
_HEAD_TOKENS = 80
_HEADS = 5
"""So many of the likeliest files are shown by their first lines, if no function of theirs was."""
_LEFT_OUT = 20


def for_locate(question: Question, symbols: Symbols, parsed: Parsed | None = None) -> Selection:
    """Functions in the order in which they are likely meant; after them the heads of files without any.

    The text is `question.query`, or where that is empty `question.text`.
    """
    clues = clues_in(question.query or question.text)
    files = file_evidence(clues, symbols)
    ranked = ranked_functions(clues, files, symbols)
    taken: list[Snippet] = []
    left_out: list[tuple[str, str]] = []
    room = question.budget_tokens
    for one in _pieces(ranked, files, symbols, question.characters_per_token):
        if one.tokens <= room:
            taken.append(one)
            room -= one.tokens
        elif len(left_out) < _LEFT_OUT:
            left_out.append((f"{one.path}:{one.first_line}", "no room for it"))
    return Selection(tuple(taken), tuple(left_out), source="tree" if parsed is not None else "words")


def _pieces(
    ranked: Sequence[Ranked], files: FileEvidence, symbols: Symbols, characters_per_token: float
) -> Iterator[Snippet]:
    shown: dict[str, list[tuple[int, int]]] = {}
    for number, one in enumerate(_spread(ranked)[:_MOST]):
        lines = symbols.lines(one.path)
        first, last = one.definition.first_line, one.definition.last_line
        if lines is None or any(a <= first and last <= b for a, b in shown.get(one.path, ())):
            continue
        tokens = _FIRST_TOKENS if number < _FIRST else _LATER_TOKENS
        end = _end(lines, first, min(last, len(lines) - 1), int(tokens * characters_per_token))
        shown.setdefault(one.path, []).append((first, end))
        yield _snippet(one.path, lines, first, end, one.why, characters_per_token)
    for path in files.best_first(symbols.paths())[:_HEADS]:
        lines = symbols.lines(path)
        if path not in shown and lines:
            end = _end(lines, 0, len(lines) - 1, int(_HEAD_TOKENS * characters_per_token))
            yield _snippet(path, lines, 0, end, "the file has the text's words", characters_per_token)


def _spread(ranked: Sequence[Ranked]) -> list[Ranked]:
    """The best functions first; after them the best one of each file that has none yet, then the others."""
    seen = {one.path for one in ranked[:_FIRST]}
    fresh: list[Ranked] = []
    others: list[Ranked] = []
    for one in ranked[_FIRST:]:
        (others if one.path in seen or len(fresh) == _FIRST else fresh).append(one)
        seen.add(one.path)
    return [*ranked[:_FIRST], *fresh, *others]


def _end(lines: Sequence[str], first: int, last: int, characters: int) -> int:
    """The last line of as many as fit, at least the first."""
    used = len(lines[first]) + 1
    end = first
    while end < last and used + len(lines[end + 1]) + 1 <= characters:
        end += 1
        used += len(lines[end]) + 1
    return end


def _snippet(
    path: str, lines: Sequence[str], first: int, last: int, why: str, characters_per_token: float
) -> Snippet:
    text = "\n".join(lines[first : last + 1])
    return Snippet(path, first + 1, last + 1, text, why, math.ceil(len(text) / characters_per_token))
