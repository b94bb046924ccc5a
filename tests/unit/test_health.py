"""Who is left alone, for how long, and how a model comes back."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

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
    assert left(health, GPT) == PROBE_SECONDS
    health.worked(GPT)
    assert health.closed(GPT) is None
    assert health.closed(GPT) is None


def test_a_question_that_tried_and_was_cancelled_keeps_nobody_waiting_for_long() -> None:
    health, clock = made()
    health.failed(GPT, RateLimited("busy", retry_after=30.0))
    clock.now += 30.0
    assert health.closed(GPT) is None
    clock.now += PROBE_SECONDS
    assert health.closed(GPT) is None


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
    assert str(closed.again()) == "GPT-5.5 is left alone for 2 min. OpenAI asks to wait. Wait."
    assert isinstance(closed.again(), RateLimited)
    assert closed.again().retry_after == 120.0


@pytest.mark.asyncio
async def test_completions_pause_where_their_model_does_and_come_back_by_themselves(tmp_path: Path) -> None:
    said = Said([RateLimited("busy", provider="openai", retry_after=5.0), "z = 3"])
    asked = engine(said, tmp_path)
    clock = Clock()
    asked.health = Health(clock)
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
    said = Said([Unauthorized("The key was refused.", provider="openai"), GOOD, GOOD])
    asked = engine(said, tmp_path)
    first, second = await edit(asked, WHOLE), await edit(asked, WHOLE)
    asked_of = [request.model.name for request in said.requests]
    assert asked_of == ["gpt-5.5", "claude-opus-4-7", "claude-opus-4-7"]
    assert (len(first.calls), len(second.calls)) == (2, 1)
    assert second.notice == "Opus 4.7 stands in for GPT-5.5: The key was refused."


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
        with pytest.raises(RateLimited, match="left alone for 40 s"):
            await edit(asked, WHOLE)
    assert len(said.requests) == 2


@pytest.mark.asyncio
async def test_a_question_is_three_requests_at_most(tmp_path: Path) -> None:
    said = Said([GOOD])
    await edit(engine(said, tmp_path), WHOLE)
    assert said.requests[0].retries == 1
    alone = Said([GOOD])
    await edit(engine(alone, tmp_path / "b", usable=frozenset({"openai"})), WHOLE)
    assert alone.requests[0].retries == 2
    both = Said([Overloaded("busy", provider="openai"), GOOD])
    await edit(engine(both, tmp_path / "c"), WHOLE)
    assert sum(1 + request.retries for request in both.requests) == 3


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
