"""From what a failing program printed to the code that may be to blame. Pure.

The functions of the frames come first, then what they call, the state they share with others and who else
writes it, the test and what sets it up, the types and texts that the errors name. Each piece has a weight,
and the heaviest are shown as far as the budget goes.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace

from counterpoint.context.locating import for_locate
from counterpoint.context.parsing import Parsed
from counterpoint.context.question import Question, Selection
from counterpoint.context.snippet import Snippet
from counterpoint.context.symbols import Symbols
from counterpoint.context.traces import raised_in
from counterpoint.context.tracing_pieces import Piece
from counterpoint.context.tracing_reach import Reach
from counterpoint.context.tracing_starts import begin

_MOST = 90
_ENOUGH, _WORTH = 30, 35.0
"""After so many pieces only those of some weight are worth their price."""
_LEFT_OUT = 20
_LONG, _HEAD, _ROUND = 70, 6, 22
"""Lines above which a function is shown by its head and so many lines round what matters in it."""
_FEW = 3
"""With fewer pieces, the words of the text are searched for as well."""


def for_trace(question: Question, symbols: Symbols, parsed: Parsed | None = None) -> Selection:
    """Pieces of code for `question.text`, the printed text; `query` may say what the user adds to it."""
    reach = Reach(symbols)
    begin(reach, raised_in(question.text), question.text)
    taken: list[Snippet] = []
    left_out: list[tuple[str, str]] = []
    shown: dict[str, set[int]] = {}
    room = question.budget_tokens
    for number, piece in enumerate(reach.heaviest(_MOST)):
        if number >= _ENOUGH and piece.weight < _WORTH:
            break
        for one in _snippets(piece, symbols, shown, question.characters_per_token):
            if one.tokens <= room:
                taken.append(one)
                room -= one.tokens
                shown.setdefault(one.path, set()).update(range(one.first_line - 1, one.last_line))
            elif len(left_out) < _LEFT_OUT:
                left_out.append((f"{one.path}:{one.first_line}", "no room for it"))
    if len(taken) < _FEW:
        query = f"{question.text}\n{question.query}".strip()
        more = for_locate(replace(question, query=query, budget_tokens=room), symbols)
        taken += (one for one in more.snippets if one.first_line - 1 not in shown.get(one.path, ()))
        left_out += more.left_out[: _LEFT_OUT - len(left_out)]
    return Selection(tuple(taken), tuple(left_out), source="tree" if parsed is not None else "words")


def _snippets(
    piece: Piece, symbols: Symbols, shown: dict[str, set[int]], characters_per_token: float
) -> Iterator[Snippet]:
    """The lines of a piece that are not shown yet, in runs."""
    lines = symbols.lines(piece.path) or ()
    before = shown.get(piece.path, set())
    wanted = [number for number in _rows(piece, len(lines)) if number not in before]
    for first, last in _runs(wanted):
        text = "\n".join(lines[first : last + 1])
        if text.strip():
            tokens = math.ceil(len(text) / characters_per_token)
            yield Snippet(piece.path, first + 1, last + 1, text, piece.why, tokens)


def _rows(piece: Piece, count: int) -> list[int]:
    last = min(piece.last, count - 1)
    if last - piece.first < _LONG:
        return list(range(piece.first, last + 1))
    focus = sorted(piece.focus) or [piece.first]
    kept = set(range(piece.first, piece.first + _HEAD))
    for line in focus:
        kept |= set(range(max(piece.first, line - _ROUND), min(last, line + _ROUND) + 1))
    return sorted(kept)


def _runs(numbers: Sequence[int]) -> Iterator[tuple[int, int]]:
    start = 0
    for at in range(1, len(numbers) + 1):
        if at == len(numbers) or numbers[at] != numbers[at - 1] + 1:
            yield numbers[start], numbers[at - 1]
            start = at
