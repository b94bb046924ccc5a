"""Limits that vendors tell, kept to before they hurt; and how many requests are under way at a time."""

from __future__ import annotations

import random

import pytest

from counterpoint.models import load_catalogue
from counterpoint.pacing import GO, LOOK_AGAIN, RESERVE, Bucket, Kind, Limit, Need, bucket_of
from counterpoint.rates import Rate

CATALOGUE = load_catalogue()
SMALL = Need(input=1_000, output=200, most=4_000)


def told(**limits: tuple[float, float, float]) -> Bucket:
    """A bucket whose limits were told at moment 0: (limit, remaining, seconds until it is whole)."""
    bucket = Bucket()
    bucket.told(0, tuple((name.replace("_", "-"), Rate(*rate)) for name, rate in limits.items()), 0.0)
    return bucket


def test_where_a_vendor_says_nothing_everything_goes_at_once() -> None:
    assert Bucket().wait(Need(10**9, 10**9, 10**9), "batch", 0.0) is GO


@pytest.mark.parametrize(
    ("limits", "need", "kind", "seconds"),
    [
        ({"tokens": (30_000, 30_000, 0)}, SMALL, "asked", 0.0),
        ({"tokens": (30_000, 4_000, 60)}, SMALL, "asked", 0.0),
        ({"tokens": (30_000, 0, 60)}, SMALL, "asked", 8.0),  # the most it may write counts, as at OpenAI
        ({"tokens": (30_000, 0, 60)}, Need(9_000, 10, 100), "asked", 18.0),
        ({"tokens": (30_000, 0, 60)}, SMALL, "batch", 20.0),  # a fifth is kept for who has asked
        ({"project_tokens": (30_000, 0, 60)}, SMALL, "key", 8.0),
        ({"requests": (60, 0, 60)}, SMALL, "asked", 1.0),
        ({"requests": (60, 0, 60), "tokens": (30_000, 0, 60)}, SMALL, "asked", 8.0),
        ({"input_tokens": (10_000, 0, 60), "output_tokens": (4_000, 4_000, 0)}, SMALL, "asked", 6.0),
        ({"input_tokens": (10_000, 10_000, 0), "output_tokens": (4_000, 0, 60)}, SMALL, "asked", 3.0),
        # Where both are told apart, `tokens` is the nearest of them: only its end says something.
        ({"input_tokens": (10_000, 10_000, 0), "tokens": (500, 1, 60)}, SMALL, "asked", 0.0),
        ({"input_tokens": (10_000, 10_000, 0), "tokens": (60, 0, 60)}, SMALL, "asked", 1.0),
    ],
)
def test_how_long_a_call_waits(
    limits: dict[str, tuple[float, float, float]], need: Need, kind: Kind, seconds: float
) -> None:
    found = told(**limits).wait(need, kind, 0.0)
    assert found.fits
    assert found.seconds == pytest.approx(seconds)


def test_what_is_missing_grows_evenly_and_whoever_waited_so_long_goes() -> None:
    bucket = told(tokens=(30_000, 0, 60))
    for now in (0.0, 2.0, 7.9):
        assert bucket.wait(SMALL, "asked", now).seconds == pytest.approx(8.0 - now)
    assert bucket.wait(SMALL, "asked", 8.0) is GO
    assert bucket.wait(SMALL, "batch", 1_000.0) is GO


def test_a_call_larger_than_the_limit_is_told_and_goes_when_that_is_whole() -> None:
    bucket = told(tokens=(3_000, 1_500, 30))
    found = bucket.wait(Need(9_000, 100, 100), "batch", 0.0)
    assert (found.fits, found.seconds) == (False, 30.0)
    found = bucket.wait(Need(9_000, 100, 100), "batch", 30.0)
    assert (found.fits, found.seconds) == (False, 0.0)


def test_calls_whose_replies_have_not_begun_are_counted_here() -> None:
    bucket = told(tokens=(10_000, 10_000, 0))
    bucket.begins(1, SMALL, 0.0)
    bucket.begins(2, SMALL, 0.0)
    assert bucket.wait(SMALL, "asked", 0.0).seconds == LOOK_AGAIN  # nothing grows: one of them must end
    bucket.told(1, (("tokens", Rate(10_000, 6_000, 24.0)),), 1.0)
    assert bucket.wait(SMALL, "asked", 1.0).seconds == pytest.approx(12.0)
    bucket.ended(2)
    assert bucket.wait(SMALL, "asked", 1.0) is GO


def test_what_is_being_written_is_counted_until_it_is_over() -> None:
    bucket = told(input_tokens=(10_000, 10_000, 0), output_tokens=(300, 300, 0))
    bucket.begins(1, SMALL, 0.0)
    bucket.told(1, (("output-tokens", Rate(300, 300, 0.0)),), 0.0)
    assert bucket.wait(SMALL, "asked", 0.0).seconds == LOOK_AGAIN
    bucket.ended(1)
    assert bucket.wait(SMALL, "asked", 0.0) is GO


@pytest.mark.parametrize("seed", range(40))
def test_a_vendor_that_is_paced_never_has_to_refuse(seed: int) -> None:
    """A vendor with a bucket of its own, calls of any size that come at any time and are told late."""
    dice = random.Random(seed)
    limit, span = dice.choice([(20_000.0, 60.0), (5_000.0, 10.0), (200_000.0, 60.0)])
    left, now, refused, sent, bucket = limit, 0.0, 0, 0, Bucket()
    bucket.told(0, (("tokens", Rate(limit, limit, 0.0)),), 0.0)
    late: list[tuple[float, int, Rate]] = []  # what is told late may be told in another order
    for number in range(1, 300):
        need = Need(dice.randrange(1, int(limit)), 10, 10)
        kind: Kind = dice.choice(["asked", "batch"])
        while (wait := bucket.wait(need, kind, now).seconds) > 0:
            arrived = min((moment for moment, _, _ in late), default=now + wait)
            step = max(1e-6, min(wait, arrived - now))
            now, left = now + step, min(limit, left + limit * step / span)
            for row in sorted(row for row in late if row[0] <= now):
                late.remove(row)
                bucket.told(row[1], (("tokens", row[2]),), now)
                bucket.ended(row[1])
        bucket.begins(number, need, now)
        sent += 1
        if left + 1e-3 < need.input:
            refused += 1
        else:
            left -= need.input
        rate = Rate(limit, left, (limit - left) / limit * span)
        late.append((now + dice.uniform(0, 3.0), number, rate))
        pause = dice.expovariate(1.0)
        now, left = now + pause, min(limit, left + limit * pause / span)
    assert (sent, refused) == (299, 0)


def test_too_much_halves_once_and_each_answer_gives_one_back() -> None:
    limit = Limit(8)
    for _ in range(6):
        limit.too_much(sent=1.0, now=2.0)  # all of them were under way when the first was refused
    assert limit.now == 4
    limit.too_much(sent=2.5, now=3.0)
    assert limit.now == 2
    for now in range(4, 10):
        limit.too_much(sent=float(now), now=float(now))
    assert limit.now == 2  # one for who types, one for all others
    grown = []
    for _ in range(8):
        limit.answered()
        grown.append(limit.now)
    assert grown == [3, 4, 5, 6, 7, 8, 8, 8]


@pytest.mark.parametrize(("most", "rooms"), [(8, (8, 7, 6)), (3, (3, 2, 1)), (2, (2, 1, 1)), (1, (1, 1, 1))])
def test_a_place_is_kept_for_who_types_and_one_for_who_has_asked(
    most: int, rooms: tuple[int, int, int]
) -> None:
    assert tuple(Limit(most).room(kind) for kind in ("key", "asked", "batch")) == rooms


def test_rows_of_the_catalogue_share_limits_where_their_vendor_says_so() -> None:
    shared = {
        bucket_of(CATALOGUE.model(name)) for name in ("claude-opus-4-6", "claude-opus-4-7", "claude-opus-4-8")
    }
    assert len(shared) == 1
    assert bucket_of(CATALOGUE.model("claude-sonnet-4-6")) not in shared
    assert bucket_of(CATALOGUE.model("gpt-5.5")) != bucket_of(CATALOGUE.model("gpt-5.4-mini"))


def test_the_reserve_is_a_share() -> None:
    assert 0 < RESERVE < 1
