"""Context of a review: what calls the change, what it calls, what changed with it before, its tests. Pure.

Breadth first: one small piece of each file, best file first, then more of the best ones while tokens last.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from counterpoint.context.change import Change, change_of
from counterpoint.context.facts import Facts
from counterpoint.context.kin import is_test
from counterpoint.context.parsing import Parsed
from counterpoint.context.pieces import Piece, Shown, best_piece, looked_through, snippet, whole_definition
from counterpoint.context.question import Question, Selection
from counterpoint.context.ranking import inverse_frequency
from counterpoint.context.reviewing_rank import Ranked, ranked_files
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
    weights = _weights(change, symbols)
    taking = _Taking(question.budget_tokens, question.characters_per_token)
    shown = list(_breadth(ranked, symbols, weights, change.names, taking))
    _depth(shown, change.names, taking)
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


def _weights(change: Change, symbols: Symbols) -> dict[str, float]:
    """What each word of the change is worth to find: rare ones more, names of what changed most."""
    factors = dict.fromkeys(change.near, _NEAR) | change.words
    factors |= {name: factors.get(name, 1.0) + _NAME for name in change.names}
    total = len(symbols.paths())
    counts = symbols.frequency(factors)
    return {
        word: factor * inverse_frequency(counts[word], total)
        for word, factor in factors.items()
        if word in counts
    }


def _breadth(
    ranked: Sequence[Ranked],
    symbols: Symbols,
    weights: Mapping[str, float],
    names: Collection[str],
    taking: _Taking,
) -> Iterator[tuple[Ranked, Shown]]:
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
        if piece is not None and taking.take(shown, piece, reason(one, facts, piece, names)):
            yield one, shown


def _depth(shown: Iterable[tuple[Ranked, Shown]], names: Collection[str], taking: _Taking) -> None:
    """More of the best files: the rest of the function round the first piece, then the next best pieces."""
    best = list(shown)[:_DEEPER]
    for _, file in best:
        around = Piece(*file.taken[0])
        for piece in list(whole_definition(file, around, taking.characters(_DEEPER_TOKENS))):
            taking.take(file, piece, "the rest of it")
    for _ in range(2):
        for one, file in best:
            more = best_piece(file, taking.characters(_MOST_TOKENS))
            if more is not None and more.word:
                taking.take(file, more, reason(one, file.facts, more, names))


def reason(one: Ranked, facts: Facts, piece: Piece, names: Collection[str]) -> str:
    """Why a piece of a file is shown, in a few words."""
    inside = range(piece.first, piece.last + 1)
    word = piece.word
    parts = []
    if any(d.name == word and d.name_line in inside for d in facts.definitions):
        parts.append(f"defines {word}")
    elif word in names:
        called = any(call.name == word and call.line in inside for call in facts.calls)
        parts.append(f"{'tests' if is_test(one.path) else 'calls' if called else 'uses'} {word}")
    elif word and all(word != name for _, name, _ in one.shared):
        parts.append(f"also has {word}")
    return "; ".join((*parts, *one.reasons)) or "near the change"
