"""Context of a review: what calls the change, what it calls, what changed with it before, its tests. Pure.

Breadth first: one small piece of each file, best file first, then more of the best ones while tokens last.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from counterpoint.context.change import Change, change_of
from counterpoint.context.facts import Facts
from counterpoint.context.parsing import Parsed
from counterpoint.context.pieces import Piece, Shown, best_piece, looked_through, snippet, whole_definition
from counterpoint.context.question import Question, Selection
from counterpoint.context.ranking import inverse_frequency
from counterpoint.context.reviewing_rank import Ranked, ranked_files
from counterpoint.context.reviewing_reasons import Touched, telling, told, touched
from counterpoint.context.snippet import Snippet
from counterpoint.context.symbols import Symbols

_MOST = 48
_BREADTH = 0.6
"""The share of the budget that goes to one small piece of each file."""
_LEAST_TOKENS, _MOST_TOKENS = 60, 160
_DEEPER = 16
_DEEPER_TOKENS = 400
_NAME, _NEAR, _SHARED = 3.0, 0.3, 60.0
"""What a hit of a changed name is worth besides its word, of a word near by, of a shared name."""
_LEFT_OUT = 20


def for_review(question: Question, symbols: Symbols, parsed: Parsed | None = None) -> Selection:
    """Files in the order in which a reviewer of the change wants them."""
    facts = symbols.facts(question.path)
    change = change_of(question, facts)
    ranked = ranked_files(question, change, facts, symbols)
    mine = touched(change)
    weights = _weights(change, mine, facts, symbols)
    taking = _Taking(question.budget_tokens, question.characters_per_token)
    shown = list(_breadth(ranked, symbols, weights, mine, taking))
    _depth(shown, mine, taking)
    given = {one.path for one in taking.snippets}
    left = tuple((one.path, "no room for it") for one in ranked if one.path not in given)[:_LEFT_OUT]
    return Selection(tuple(taking.snippets), left, source="tree" if parsed is not None else "words")


@dataclass(slots=True)
class _Taking:
    """Snippets taken so far and what is left of the budget."""

    left: int
    characters_per_token: float
    snippets: list[Snippet] = field(default_factory=list)

    def characters(self, tokens: int) -> int:
        return int(min(tokens, self.left) * self.characters_per_token)

    def take(self, shown: Shown, piece: Piece, why: str) -> bool:
        """Keep a piece if it fits."""
        one = snippet(shown, piece, why, self.characters_per_token)
        if one.tokens > self.left:
            shown.taken.pop()
            return False
        self.left -= one.tokens
        self.snippets.append(one)
        return True


def _weights(change: Change, mine: Touched, facts: Facts | None, symbols: Symbols) -> dict[str, float]:
    """What each word of the change is worth to find: rare ones more, names of what changed most.

    Words that no other file has are left out, as are those that are in files for any reason.
    """
    factors = dict.fromkeys(change.near, _NEAR) | change.words
    factors |= {name: factors.get(name, 1.0) + _NAME for name in mine.names}
    total = len(symbols.paths())
    counts = symbols.frequency(factors)
    own = facts.words if facts is not None else {}
    return {
        word: factor * inverse_frequency(counts[word], total)
        for word, factor in factors.items()
        if word in counts and (word in mine.names or telling(word)) and counts[word] > (word in own)
    }


def _breadth(
    ranked: Sequence[Ranked],
    symbols: Symbols,
    weights: Mapping[str, float],
    mine: Touched,
    taking: _Taking,
) -> Iterator[tuple[Ranked, Shown, str]]:
    """One small piece of each file."""
    each = min(_MOST_TOKENS, max(_LEAST_TOKENS, int(taking.left * _BREADTH) // _MOST))
    floor = taking.left * (1.0 - _BREADTH)
    for one in ranked[:_MOST]:
        if taking.left <= floor:
            return
        facts, lines = symbols.facts(one.path), symbols.lines(one.path)
        if facts is None or lines is None:
            continue
        places = [(line, _SHARED, name) for _, name, line in one.shared]
        shown = looked_through(facts, lines, weights, places)
        piece = best_piece(shown, taking.characters(each))
        why = reason(one, shown, piece, mine) if piece is not None else ""
        if piece is not None and taking.take(shown, piece, why):
            yield one, shown, why


def _depth(shown: Iterable[tuple[Ranked, Shown, str]], mine: Touched, taking: _Taking) -> None:
    """More of the best files: the rest of the function round the first piece, then the next best pieces."""
    best = list(shown)[:_DEEPER]
    for _, file, why in best:
        around = Piece(*file.taken[0])
        for piece in list(whole_definition(file, around, taking.characters(_DEEPER_TOKENS))):
            taking.take(file, piece, why)
    for _ in range(2):
        for one, file, _ in best:
            more = best_piece(file, taking.characters(_MOST_TOKENS))
            if more is not None and more.word:
                taking.take(file, more, reason(one, file, more, mine))


def reason(one: Ranked, shown: Shown, piece: Piece, mine: Touched) -> str:
    """Why a piece of a file is shown, in a few words."""
    said = "" if any(piece.word == name for _, name, _ in one.shared) else told(shown, piece, mine)
    return "; ".join((*filter(None, (said,)), *one.reasons)) or "shares words with the change"
