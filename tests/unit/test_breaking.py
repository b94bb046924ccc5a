"""What was known of a call when it broke off, and what it is booked at: one row, one case."""

from __future__ import annotations

import json
from dataclasses import replace
from math import inf

import pytest

from counterpoint.breaking import Broken, Most, booked, most_of
from counterpoint.ledger import Told
from counterpoint.models import Usage, cost_of, load_catalogue
from counterpoint.providers import Part, Request

MODELS = load_catalogue().models
GPT, OPUS, NEWER = MODELS["gpt-5.5"], MODELS["claude-opus-4-7"], MODELS["gpt-5.6"]

MOST = Most(
    input_tokens=4_000, written=False, per_character=0.25, thought=300, thinking=100.0, writing=80.0,
    round_trip=0.5, limit=2_000,
)  # fmt: skip
CACHED = Usage(3_100, 2, cached_tokens=2_000, written_5m_tokens=1_000)

CASES = [
    ("it had not gone out whole", Broken(sent=False, waited=3.0), (0, 0)),
    ("the vendor turned it down", Broken(sent=True, refused=True, waited=3.0), (0, 0)),
    # Nothing was read: the input, and what a round trip holds: at most 50 thought and 40 written.
    ("nothing was read, cancelled at once", Broken(sent=True, waited=0.1), (4_000, 18)),
    ("nothing was read in a minute", Broken(sent=True, waited=60.0), (4_000, 90)),
    # Begun: a round trip of 40, and before any text the thoughts of the time, or what may have been written.
    ("begun, no text yet", Broken(True, begun=Usage(), waited=1.0, idle=0.2), (4_000, 190)),
    ("begun, and pings for a minute", Broken(True, begun=Usage(), waited=60.0, idle=0.1), (4_000, 340)),
    ("begun, and silence for ten seconds", Broken(True, begun=Usage(), waited=10.0, idle=10.0), (4_000, 840)),
    # Text: its tokens (four beside), the thoughts before it, and what came since the last bytes.
    ("cut after 400 characters", Broken(True, begun=Usage(), characters=400, waited=0.5), (4_000, 244)),
    (
        "400 characters after long thought",
        Broken(True, begun=Usage(), characters=400, waited=9.0),
        (4_000, 444),
    ),
    (
        "silence for five seconds amid the text",
        Broken(True, begun=Usage(), characters=400, waited=9.0, idle=5.0),
        (4_000, 844),
    ),
    (
        "silence for longer than the vendor was allowed to write",
        Broken(True, begun=Usage(), characters=400, waited=9.0, idle=900.0),
        (4_000, 2_000),
    ),
    # What the vendor told as it began stands.
    ("told input", Broken(True, begun=Usage(3_100, 2), characters=400, waited=0.5), (3_100, 244)),
    ("told output", Broken(True, begun=Usage(3_100, 700), characters=400, waited=0.5), (3_100, 700)),
]


@pytest.mark.parametrize(("broken", "tokens"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_what_is_booked(broken: Broken, tokens: tuple[int, int]) -> None:
    assert booked(broken, MOST) == Usage(*tokens, estimated=True)


def test_what_the_vendor_told_of_its_caches_stands() -> None:
    found = booked(Broken(True, begun=CACHED, characters=40, waited=0.1), replace(MOST, written=True))
    assert found == replace(CACHED, output_tokens=114, estimated=True)


def test_of_a_model_that_bills_caches_all_may_have_been_written() -> None:
    found = booked(Broken(sent=True, waited=0.0), replace(MOST, written=True))
    assert found == Usage(4_000, written_5m_tokens=4_000, estimated=True)


def test_more_text_more_silence_and_more_thought_never_cost_less() -> None:
    longer = [
        Broken(True, begun=Usage(), characters=n, waited=n / 100, idle=n / 500) for n in range(0, 900, 9)
    ]
    costs = [cost_of(GPT, booked(one, MOST)) for one in longer]
    assert costs == sorted(costs) and costs[-1] > costs[0]


def request(model: str, effort: str | None = "none", characters: int = 8_000) -> Request:
    return Request(MODELS[model], "s" * 100, (Part("p" * (characters - 100)),), 512, effort)


def test_of_a_kind_that_is_known_the_ledger_tells_all() -> None:
    told = Told(600.0, 0.25, 1.02, 64, 0.5, 110.0, 90.0, 0.3)
    assert most_of(request("gpt-5.5", "low"), 1, told) == Most(2_652, False, 0.5, 64, 110.0, 90.0, 0.3, 512)


def test_of_a_kind_that_is_not_the_row_tells_it_and_a_quarter_more() -> None:
    slow, quick = GPT.prior_first_token[0], GPT.prior_tokens_per_second[1]
    found = most_of(request("gpt-5.5", "low"), 2_000, None)
    assert found == Most(2_500, False, 1.25 / GPT.characters_per_token, inf, quick, quick, slow, 512)


def test_what_is_not_known_of_a_schema_is_counted() -> None:
    plain, asked = (
        request("gpt-5.5"),
        replace(request("gpt-5.5"), schema={"type": "object", "title": "t" * 973}),
    )
    assert len(json.dumps(asked.schema)) == 1_004
    schema = 1.25 * 1_004 / GPT.characters_per_token
    own, other = Told(0.0, 0.25, 1.0), Told(0.0, 0.25, 1.0, of_another=True)
    for told, more in ((None, schema), (other, schema), (own, 0.0)):
        added = most_of(asked, 2_000, told).input_tokens - most_of(plain, 2_000, told).input_tokens
        assert added == pytest.approx(more, abs=2)


@pytest.mark.parametrize(
    ("model", "effort", "thinks"),
    [
        ("gpt-5.5", "none", False),
        ("gpt-5.5", "low", True),
        ("gpt-5.5", None, True),  # it takes its own effort
        ("claude-opus-4-7", None, False),  # it thinks only where it is told to
        ("claude-opus-4-7", "none", False),
        ("claude-opus-4-7", "high", True),
        ("gpt-5.5-pro", "none", True),  # it cannot do without
    ],
)
def test_thoughts_are_reckoned_with_where_there_may_be_some(
    model: str, effort: str | None, thinks: bool
) -> None:
    assert (most_of(request(model, effort), 2_000, None).thought > 0) is thinks


@pytest.mark.parametrize(
    ("model", "tokens", "written"),
    [
        ("gpt-5.5", 9_000, False),  # it does not bill what is written to its caches
        ("gpt-5.6", 9_000, True),
        ("claude-opus-4-7", 9_000, True),
        ("claude-opus-4-7", 1_000, False),  # too short for a cache
    ],
)
def test_a_cache_that_may_have_been_written_has_its_price(model: str, tokens: int, written: bool) -> None:
    assert most_of(request(model), tokens, None).written is written
