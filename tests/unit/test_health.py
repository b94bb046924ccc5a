"""Who is left alone, for how long, and how a model comes back."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from counterpoint.choosing import TRIES
from counterpoint.errors import (
    BadRequest,
    BillingRequired,
    Forbidden,
    NotFound,
    Overloaded,
    ProviderError,
    RateLimited,
    ServerFault,
    Unauthorized,
)
from counterpoint.flows.complete import complete
from counterpoint.flows.edit import edit
from counterpoint.health import PROBE_SECONDS, Health
from counterpoint.models import Model, load_catalogue
from counterpoint.text import Document, Situation, Span
from counterpoint.turns import Turns
from tests.asking import Said, engine

CATALOGUE = load_catalogue()
GPT, MINI, OPUS = (CATALOGUE.model(name) for name in ("gpt-5.5", "gpt-5.4-mini", "claude-opus-4-7"))
GOOD = '{"assumptions": [], "edits": [{"path":"a.py","line":1,"old":"x = 1","new":"x = 2","reason":"r"}]}'
DOCUMENT = Document.of("a.py", "x = 1\ny = 2\n", "python", 3)
WHOLE = Situation(DOCUMENT, Span(0, 12), instruction="Make x two")
CURSOR = Situation(DOCUMENT, Span(12, 12), trigger="automatic")


class Clock:
    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


def made() -> tuple[Health, Clock]:
    clock = Clock()
    return Health(clock), clock


def left(health: Health, model: Model) -> float:
    closed = health.closed(model)
    return closed.left if closed else 0.0


@pytest.mark.parametrize(
    ("error", "seconds"),
    [
        (Unauthorized("the key was revoked"), 60.0),
        (BillingRequired("no credit"), 60.0),
        (Forbidden("not this model"), 300.0),
        (NotFound("no such model"), 300.0),
        (RateLimited("busy", retry_after=7.0), 7.0),
        (RateLimited("busy"), 2.0),
        (Overloaded("busy", retry_after=900.0), 900.0),
        (RateLimited("busy", retry_after=90_000.0), 3_600.0),
        (ServerFault("oops"), 0.0),
        (BadRequest("too odd"), 0.0),
    ],
)
def test_a_failure_closes_for_as_long_as_it_makes_sense(error: ProviderError, seconds: float) -> None:
    health, _ = made()
    health.failed(GPT, error)
    assert left(health, GPT) == seconds
    assert left(health, OPUS) == 0.0


def test_what_concerns_the_account_closes_all_its_models() -> None:
    health, _ = made()
    health.failed(GPT, Unauthorized("revoked"))
    assert left(health, MINI) == 60.0
    health.failed(OPUS, RateLimited("busy"))
    assert left(health, CATALOGUE.model("claude-sonnet-4-6")) == 0.0


def test_three_faults_in_a_row_close_and_each_further_one_doubles_the_pause() -> None:
    health, clock = made()
    pauses = []
    for _ in range(8):
        health.failed(GPT, ServerFault("oops"))
        pauses.append(left(health, GPT))
        clock.now += pauses[-1]
    assert pauses == [0.0, 0.0, 10.0, 20.0, 40.0, 80.0, 120.0, 120.0]


def test_faults_with_an_answer_between_them_are_chance() -> None:
    health, _ = made()
    for _ in range(6):
        health.failed(GPT, ServerFault("oops"))
        health.worked(GPT)
    assert left(health, GPT) == 0.0


def test_after_the_pause_one_question_tries_and_the_others_wait_for_it() -> None:
    health, clock = made()
    health.failed(GPT, RateLimited("busy", retry_after=30.0))
    clock.now += 30.0
    assert health.closed(GPT) is None
    assert health.closed(GPT) is None  # to look is not to ask
    assert health.tries(GPT)
    assert left(health, GPT) == PROBE_SECONDS
    health.worked(GPT)
    assert health.closed(GPT) is None
    assert health.closed(GPT) is None


def test_a_question_that_tried_and_was_cancelled_keeps_nobody_waiting_for_long() -> None:
    health, clock = made()
    health.failed(GPT, RateLimited("busy", retry_after=30.0))
    clock.now += 30.0
    assert health.tries(GPT)
    clock.now += PROBE_SECONDS
    assert health.closed(GPT) is None
    assert health.tries(GPT)
    health.left(GPT)
    assert health.closed(GPT) is None


def test_what_was_under_way_when_a_model_closed_makes_it_no_worse_and_no_better() -> None:
    health, clock = made()
    for _ in range(7):
        health.failed(GPT, RateLimited("busy"), sent=999.0)
    assert left(health, GPT) == 2.0
    health.worked(GPT, sent=999.0)
    assert left(health, GPT) == 2.0
    clock.now += 2.0
    assert health.tries(GPT)
    health.failed(GPT, RateLimited("busy"))
    assert left(health, GPT) == 4.0


def test_a_vendor_is_taken_at_its_word_once_and_waited_for_longer_where_it_was_wrong() -> None:
    health, clock = made()
    pauses = []
    for _ in range(6):
        health.failed(GPT, RateLimited("busy", retry_after=0.5))
        pauses.append(left(health, GPT))
        clock.now += pauses[-1]
        assert health.tries(GPT)
    assert pauses == [0.5, 2.0, 4.0, 8.0, 16.0, 32.0]
    health.begun(GPT, clock.now)
    assert left(health, GPT) == 0.0


def test_an_answer_that_has_begun_ends_a_pause_for_money_and_pace_not_one_for_faults() -> None:
    for error, open_again in (
        (RateLimited("busy"), True),
        (Unauthorized("no"), True),
        (ServerFault("oops"), False),
    ):
        health, clock = made()
        for _ in range(3):
            health.failed(GPT, error)
        clock.now += 1_000.0
        assert health.tries(GPT)
        health.begun(GPT, clock.now)
        assert (left(health, GPT) == 0.0) is open_again
        health.worked(GPT, clock.now)
        assert left(health, GPT) == 0.0


def test_a_new_key_is_tried_at_once() -> None:
    health, _ = made()
    health.failed(GPT, Unauthorized("revoked"))
    health.forget()
    assert health.closed(GPT) is None


def test_what_is_told_names_the_model_the_wait_and_what_to_do() -> None:
    health, _ = made()
    health.failed(GPT, RateLimited("OpenAI asks to wait.", fix="Wait.", provider="openai", retry_after=120.0))
    closed = health.closed(GPT)
    assert closed is not None
    assert str(closed.again()) == "GPT-5.5 is left alone for 2 min. OpenAI asks to wait."
    assert isinstance(closed.again(), RateLimited)
    assert closed.again().retry_after == 120.0
    health.failed(
        OPUS, Unauthorized("Anthropic did not accept the key.", fix="Set another.", provider="anthropic")
    )
    other = health.closed(OPUS)
    assert other is not None
    assert str(closed.again([other])) == (
        "GPT-5.5 is left alone for 2 min. OpenAI asks to wait."
        " Opus 4.7 is left alone for 60 s. Anthropic did not accept the key. Set another."
    )


@pytest.mark.asyncio
async def test_completions_pause_where_their_model_does_and_come_back_by_themselves(tmp_path: Path) -> None:
    said = Said([RateLimited("busy", provider="openai", retry_after=5.0), "z = 3"])
    asked = engine(said, tmp_path)
    clock = Clock()
    asked.ports = replace(asked.ports, turns=Turns(clock))
    for _ in range(50):
        with pytest.raises(RateLimited):
            await complete(asked, CURSOR)
        clock.now += 0.09
    assert len(said.requests) == 1
    clock.now += 5.0
    assert (await complete(asked, CURSOR)).answer.text
    assert [request.model.name for request in said.requests] == ["gpt-5.5"] * 2


@pytest.mark.asyncio
async def test_an_edit_goes_straight_to_the_other_voice_while_the_first_is_left_alone(tmp_path: Path) -> None:
    refused = Unauthorized("The key was refused.", provider="openai", fix="Set a working key.")
    said = Said([refused, GOOD, GOOD])
    asked = engine(said, tmp_path)
    first, second = await edit(asked, WHOLE), await edit(asked, WHOLE)
    asked_of = [request.model.name for request in said.requests]
    assert asked_of == ["gpt-5.5", "claude-opus-4-7", "claude-opus-4-7"]
    assert (len(first.calls), len(second.calls)) == (2, 1)
    told = "Opus 4.7 stands in for GPT-5.5: The key was refused. Set a working key."
    assert (first.notice, second.notice) == (told, told)


@pytest.mark.asyncio
async def test_a_question_of_the_users_tries_a_model_although_both_are_closed(tmp_path: Path) -> None:
    refused = [Unauthorized("no", provider="openai"), Unauthorized("no", provider="anthropic")]
    said = Said([*refused, GOOD])
    asked = engine(said, tmp_path)
    with pytest.raises(Unauthorized):
        await edit(asked, WHOLE)
    assert (await edit(asked, WHOLE)).answer.files
    assert len(said.requests) == 3


@pytest.mark.asyncio
async def test_where_both_vendors_say_when_to_be_back_nobody_is_asked_before(tmp_path: Path) -> None:
    busy = [RateLimited("busy", provider=name, retry_after=40.0) for name in ("openai", "anthropic")]
    said = Said([*busy])
    asked = engine(said, tmp_path)
    with pytest.raises(RateLimited):
        await edit(asked, WHOLE)
    for _ in range(5):
        with pytest.raises(RateLimited) as told:
            await edit(asked, WHOLE)
        waits = re.findall(r"(GPT-5.5|Opus 4.7) is left alone for \d+ s\. busy", str(told.value))
        assert sorted(waits) == ["GPT-5.5", "Opus 4.7"], "why neither of them answers"
    assert len(said.requests) == 2


@pytest.mark.asyncio
async def test_a_question_is_three_requests_at_most(tmp_path: Path) -> None:
    said = Said([GOOD])
    await edit(engine(said, tmp_path), WHOLE)
    assert len(said.requests) == 1
    faults = [ServerFault("oops", provider="openai") for _ in range(9)]
    alone = Said([*faults])
    with pytest.raises(ServerFault):
        await edit(engine(alone, tmp_path / "b", usable=frozenset({"openai"})), WHOLE)
    assert len(alone.requests) == TRIES
    both = Said([*faults])
    with pytest.raises(ServerFault):
        await edit(engine(both, tmp_path / "c"), WHOLE)
    assert [request.model.name for request in both.requests] == ["gpt-5.5", "gpt-5.5", "claude-opus-4-7"]


@pytest.mark.asyncio
async def test_a_completion_asked_for_by_hand_tries_a_model_that_is_only_left_alone(tmp_path: Path) -> None:
    said = Said([Overloaded("busy", provider="openai"), "z = 3"])
    asked = engine(said, tmp_path)
    with pytest.raises(Overloaded):
        await complete(asked, CURSOR)
    with pytest.raises(Overloaded, match="left alone"):
        await complete(asked, CURSOR)
    assert (await complete(asked, replace(CURSOR, trigger="invoked"))).answer.text
    assert len(said.requests) == 2
