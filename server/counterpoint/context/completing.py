"""Context for a completion: the definitions likely to be named next, similar code, recent edits.

Every road to a definition gives evidence, the evidence adds up to odds, and what is sent is what is likeliest
for its length. What is unlikely is not sent, even where there is room.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, inf, log

from counterpoint.context.completing_buffer import surroundings
from counterpoint.context.completing_odds import Candidate, Odds
from counterpoint.context.completing_pack import Room, bodies, edits, pack_definitions
from counterpoint.context.completing_pool import Pool, gather
from counterpoint.context.completing_scene import Scene
from counterpoint.context.parsing import Parsed
from counterpoint.context.question import Question, Selection
from counterpoint.context.similar import Likeness, likeness
from counterpoint.context.symbols import Symbols
from counterpoint.context.types_near import active_types, members_in_play

_BODIES = 0.17
"""The share of the budget that recent edits and similar code have for themselves."""
_FLOOR = 0.0021
"""A definition less likely than this is not worth its tokens at `_USUAL` tokens, at more in proportion."""
_USUAL = 2000
_FEW = 25
"""So many are sent at any rate: in a small workspace nothing has much evidence."""
_SOON = 0.1
"""What it adds to a definition's worth that the lines after the cursor name it."""


def for_completion(question: Question, symbols: Symbols, parsed: Parsed | None = None) -> Selection:
    """Choose snippets of other files for a completion at the question's cursor."""
    scene, found = _considered_lately(question, symbols)
    room = Room(question)
    recent = edits(scene, room.part(_BODIES / 2))
    similar = bodies(scene, found.like, room.part(_BODIES) - sum(one.tokens for one in recent))
    left = question.budget_tokens - sum(one.tokens for one in (*recent, *similar))
    chosen = pack_definitions(scene, found.ranked, left)
    return Selection(
        snippets=(*chosen, *recent, *similar), source="tree" if scene.facts is not None else "words"
    )


def _considered_lately(question: Question, symbols: Symbols) -> tuple[Scene, Considered]:
    """What was considered for the last key, if this one was typed on the same line and names nothing new."""
    around = surroundings(question)
    mark = (around, question.path, question.budget_tokens, symbols.changes)
    known: tuple[Scene, Considered] | None = symbols.notes.get("considered", "", mark)
    if known is not None and known[0].says_as_much(around.line):
        known[0].again(question, symbols)
        return known
    found = considered(question, symbols)
    symbols.notes.put("considered", "", mark, found)
    return found


@dataclass(frozen=True, slots=True)
class Considered:
    """What may be named next. `ranked` are those worth sending with their worth, which is not yet weighed
    against length."""

    like: Likeness
    pool: Pool
    odds: Odds
    ranked: Sequence[tuple[float, Candidate]]


def considered(question: Question, symbols: Symbols) -> tuple[Scene, Considered]:
    """Everything that may be named next, with the odds."""
    scene = Scene(question, symbols)
    scene.look_up(scene.buffer.counts)
    actives = active_types(scene)
    like = likeness(scene)
    members = list(members_in_play(scene, actives))
    floor = _FLOOR * min(1.0, _USUAL / max(1, question.budget_tokens))
    least = log(floor / (1 - floor))
    odds = Odds(scene, like, least)
    pool = gather(scene, odds, actives, members)
    likely, unlikely = ranked(scene, pool, odds, least)
    if len(likely) < _FEW and odds.hopeless_ones:
        # So little is at hand that what is hopeless elsewhere has its place.
        odds = Odds(scene, like, -inf)
        pool = gather(scene, odds, actives, members)
        likely, unlikely = ranked(scene, pool, odds, least)
    if len(likely) < _FEW:
        unlikely.sort(key=lambda one: -one[0])
        likely += unlikely[: _FEW - len(likely)]
    return scene, Considered(like, pool, odds, likely)


Ranked = list[tuple[float, Candidate]]


def ranked(scene: Scene, pool: Pool, odds: Odds, least: float) -> tuple[Ranked, Ranked]:
    """Candidates with their worth: those that are likely enough or used soon, and the others."""
    found: Ranked = []
    unlikely: Ranked = []
    for candidate in pool.found.values():
        odds_of = odds.of(candidate)
        soon = candidate.place.definition.name in scene.buffer.soon
        into = found if soon or odds_of >= least else unlikely
        into.append((1 / (1 + exp(-odds_of)) + _SOON * soon, candidate))
    return found, unlikely
