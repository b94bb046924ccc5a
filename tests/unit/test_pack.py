"""Packing: each line once, an order that lasts while it is true, and an honest list of what was left out."""

from __future__ import annotations

import random
from dataclasses import replace

from counterpoint.context import Snippet
from counterpoint.context.pack import FROZEN_SECONDS, Frozen, Limits, distinct, label, packed
from counterpoint.context.question import Selection

LIMITS = Limits(budget_tokens=100, characters_per_token=4.0)


def lines(path: str, first: int, last: int, why: str = "used here", tag: str = "line") -> Snippet:
    text = "\n".join(f"{tag} {number:03} of a file" for number in range(first, last + 1))
    return Snippet(path, first, last, text, why, LIMITS.tokens(text))


def chosen(*snippets: Snippet) -> Selection:
    return Selection(snippets)


def test_lines_that_overlap_or_touch_are_sent_once_as_one_run() -> None:
    made = distinct(
        [lines("a.py", 3, 6), lines("b.py", 1, 1), lines("a.py", 5, 8, "called"), lines("a.py", 9, 9)], LIMITS
    )
    assert [label(one) for one in made] == ["a.py:3-9", "b.py:1-1"]
    assert made[0].text == lines("a.py", 3, 9).text
    assert made[0].why == "used here; called"
    bridged = distinct([lines("a.py", 1, 2), lines("a.py", 5, 6), lines("a.py", 3, 4)], LIMITS)
    assert [label(one) for one in bridged] == ["a.py:1-6"]


def test_what_the_window_shows_is_not_sent_again() -> None:
    limits = replace(LIMITS, path="a.py", shown=((4, 6),))
    made = distinct([lines("a.py", 2, 8), lines("a.py", 5, 5), lines("b.py", 5, 5)], limits)
    assert [label(one) for one in made] == ["a.py:2-3", "a.py:7-8", "b.py:5-5"]


def test_a_signature_that_is_not_its_lines_is_kept_whole_and_once() -> None:
    signature = Snippet("a.py", 3, 6, "def f(a, b): ...", "called", 4)
    made = distinct([signature, signature, lines("b.py", 1, 2)], LIMITS)
    assert made == [signature, lines("b.py", 1, 2)]


def test_what_was_sent_stays_in_front_and_what_is_new_comes_behind() -> None:
    first, frozen = packed(chosen(lines("a.py", 1, 2), lines("b.py", 1, 2)), Frozen(), LIMITS, now=0)
    second, frozen = packed(chosen(lines("c.py", 1, 1), lines("b.py", 1, 2)), frozen, LIMITS, now=60)
    assert second.snippets[:2] == first.snippets
    assert [one.path for one in second.snippets] == ["a.py", "b.py", "c.py"]
    third, _ = packed(chosen(lines("b.py", 2, 3)), frozen, LIMITS, now=120)
    assert third.snippets[:3] == second.snippets
    assert [label(one) for one in third.snippets[3:]] == ["b.py:3-3"]


def test_after_ten_minutes_the_order_begins_anew() -> None:
    _, frozen = packed(chosen(lines("a.py", 1, 2), lines("b.py", 1, 2)), Frozen(), LIMITS, now=0)
    _, frozen = packed(chosen(lines("b.py", 1, 2)), frozen, LIMITS, now=FROZEN_SECONDS - 1)
    made, frozen = packed(chosen(lines("b.py", 1, 2)), frozen, LIMITS, now=FROZEN_SECONDS + 1)
    assert [one.path for one in made.snippets] == ["b.py"]
    assert frozen.since == FROZEN_SECONDS + 1


def test_where_room_is_short_what_nobody_asks_for_goes_from_the_end_on() -> None:
    one = lines("a.py", 1, 5), lines("b.py", 1, 5), lines("c.py", 1, 5), lines("d.py", 1, 3)
    first, frozen = packed(chosen(*one), Frozen(), LIMITS, now=0)
    assert len(first.snippets) == 4
    second, _ = packed(chosen(lines("e.py", 1, 4), lines("d.py", 1, 3)), frozen, LIMITS, now=1)
    assert [found.path for found in second.snippets] == ["a.py", "b.py", "d.py", "e.py"]


def test_a_file_that_has_changed_is_not_held() -> None:
    _, frozen = packed(chosen(lines("a.py", 1, 2), lines("b.py", 1, 2)), Frozen(), LIMITS, now=0)
    made, _ = packed(chosen(), frozen, LIMITS, now=1, stands=lambda one: one.path != "a.py")
    assert [one.path for one in made.snippets] == ["b.py"]
    said_anew = chosen(lines("a.py", 2, 3, tag="text"))
    made, _ = packed(said_anew, frozen, LIMITS, now=1)
    assert [(one.path, one.text[:4]) for one in made.snippets] == [("b.py", "line"), ("a.py", "text")]


def test_recent_edits_come_last_and_are_never_held() -> None:
    edited = lines("z.py", 1, 1, "edited a moment ago")
    made, frozen = packed(chosen(edited, lines("a.py", 1, 2)), Frozen(), LIMITS, now=0)
    assert [one.path for one in made.snippets] == ["a.py", "z.py"]
    assert [one.path for one in frozen.snippets] == ["a.py"]


def test_what_does_not_fit_is_told() -> None:
    made, _ = packed(
        chosen(lines("a.py", 1, 18), lines("b.py", 1, 9), lines("c.py", 1, 1)), Frozen(), LIMITS, 0
    )
    assert [one.path for one in made.snippets] == ["a.py", "c.py"]
    assert made.left_out == (("b.py:1-9", "over the budget"),)


def test_any_sequence_of_questions_keeps_to_the_budget_and_repeats_no_line() -> None:
    rng, frozen = random.Random(3), Frozen()
    for now in range(0, 2_000, 20):
        asked = []
        for _ in range(rng.randrange(8)):
            first = rng.randrange(1, 30)
            asked.append(lines(rng.choice("abcd"), first, first + rng.randrange(4)))
        shown = (rng.randrange(1, 20), 20)
        limits = replace(LIMITS, path="a", shown=(shown,))
        before = frozen.snippets
        made, frozen = packed(chosen(*asked), frozen, limits, now)
        seen = [
            (one.path, number) for one in made.snippets for number in range(one.first_line, one.last_line + 1)
        ]
        assert len(seen) == len(set(seen))
        assert not {("a", number) for number in range(shown[0], shown[1] + 1)} & set(seen)
        assert sum(one.tokens for one in made.snippets) <= 100
        assert all(one.tokens == LIMITS.tokens(one.text) for one in made.snippets)
        wanted = {
            (one.path, number)
            for one in asked
            for number in range(one.first_line, one.last_line + 1)
            if not (one.path == "a" and shown[0] <= number <= shown[1])
        }
        if not made.left_out:
            assert wanted <= set(seen)
        kept = [one for one in before if one in made.snippets]
        assert [one for one in made.snippets if one in before] == kept
