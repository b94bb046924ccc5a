"""Whose turn it is with a vendor: who goes first, who waits for what and how long, who goes elsewhere."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

import pytest

from counterpoint.admitting import PATIENCE, Asker, Wish
from counterpoint.errors import (
    BillingRequired,
    Overloaded,
    ProviderError,
    RateLimited,
    ServerFault,
    Unauthorized,
)
from counterpoint.health import PATIENT_SECONDS, PROBE_SECONDS
from counterpoint.models import load_catalogue
from counterpoint.pacing import Kind, Need
from counterpoint.rates import Rate
from counterpoint.turns import Turn, Turns
from tests.skipping import now, run

CATALOGUE = load_catalogue()
GPT, MINI, OPUS = (CATALOGUE.model(name) for name in ("gpt-5.5", "gpt-5.4-mini", "claude-opus-4-7"))


@dataclass
class Told:
    turns: Turns
    said: list[tuple[str, str]] = field(default_factory=list)


def made() -> Told:
    told = Told(Turns(now))
    told.turns.on_wait = lambda job, said: told.said.append((job, said))
    return told


def wish(
    kind: Kind = "asked", job: str = "j", *, model: object = GPT, tokens: int = 100, parallel: int = 8,
    alone: bool = True, seconds: float = 600.0,
) -> Wish:  # fmt: skip
    asker = Asker(kind, job, now(), now() + seconds)
    return Wish(asker, model, Need(tokens, 10, 10), parallel, alone)  # type: ignore[arg-type]


async def soon() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


def waiting(turns: Turns, wanted: Wish) -> asyncio.Task[Turn]:
    return asyncio.create_task(turns.take(wanted))


def on_virtual_time(test: Callable[[], Awaitable[None]]) -> Callable[[], None]:
    def played() -> None:
        run(test())  # type: ignore[arg-type]

    played.__name__ = test.__name__
    return played


@on_virtual_time
async def test_where_nothing_is_in_the_way_a_turn_is_there_at_once() -> None:
    told = made()
    for _ in range(6):
        await told.turns.take(wish("batch"))
    assert (now(), told.said) == (1_000.0, [])


@on_virtual_time
async def test_reviews_leave_a_place_for_questions_and_both_one_for_who_types() -> None:
    turns = made().turns
    reviews = [waiting(turns, wish("batch", f"r{n}")) for n in range(9)]
    questions = [waiting(turns, wish("asked", f"q{n}")) for n in range(3)]
    await soon()
    assert [sum(task.done() for task in tasks) for tasks in (reviews, questions)] == [6, 1]
    key = await turns.take(wish("key"))
    key.worked()
    (await reviews[0]).worked()
    await soon()
    assert questions[1].done() and not reviews[6].done()  # who has asked goes before the background
    for task in (*reviews, *questions):
        task.cancel()


@on_virtual_time
async def test_first_come_first_served() -> None:
    turns = made().turns
    begun: list[int] = []

    async def one(number: int) -> None:
        turn = await turns.take(wish("asked", str(number), parallel=2))
        begun.append(number)
        await asyncio.sleep(1.0)
        turn.worked()

    await asyncio.gather(*(one(number) for number in range(12)))
    assert begun == list(range(12))
    assert now() == 1_012.0


@on_virtual_time
async def test_who_types_waits_for_no_review_and_is_told_so() -> None:
    turns = made().turns
    await turns.take(wish("batch", parallel=1))
    with pytest.raises(RateLimited, match="OpenAI has enough to do, 1 request is under way"):
        await turns.take(wish("key", parallel=1))


@on_virtual_time
async def test_a_completion_waits_only_for_one_that_is_about_to_end() -> None:
    turns = made().turns
    old = await turns.take(wish("key", parallel=1))
    new = waiting(turns, wish("key", parallel=1))
    await soon()
    assert not new.done()
    old.left()
    assert (await new).sent == now()


@on_virtual_time
async def test_a_limit_is_waited_for_and_told_once_and_then_that_it_goes_on() -> None:
    told = made()
    first = await told.turns.take(wish(tokens=5_000))
    first.begun((("tokens", Rate(10_000, 0, 40.0)),))
    first.worked()
    turn = await told.turns.take(wish("asked", "mine", tokens=1_000))
    assert turn.sent == pytest.approx(1_004.0)
    assert told.said == [("mine", "OpenAI lets us go on in 4 s."), ("mine", "")]


@on_virtual_time
async def test_a_wait_that_is_too_long_goes_to_the_next_model_with_the_reason() -> None:
    turns = made().turns
    first = await turns.take(wish())
    first.begun((("tokens", Rate(10_000, 0, 100.0)),))
    first.worked()
    for kind, alone, goes in (("asked", False, False), ("asked", True, True), ("batch", False, True)):
        began = now()
        wanted = wish(kind, alone=alone, tokens=1_000)  # type: ignore[arg-type]
        if goes:
            turn = await turns.take(wanted)
            assert now() - began <= PATIENCE[kind, alone]  # type: ignore[index]
            turn.begun((("tokens", Rate(10_000, 0, 100.0)),))
            turn.worked()
        else:
            with pytest.raises(RateLimited, match="OpenAI lets us go on in 10 s: its limit for this key"):
                await turns.take(wanted)
            assert now() == began
    with pytest.raises(RateLimited, match="Completions pause until then"):
        await turns.take(wish("key"))


@on_virtual_time
async def test_a_prompt_larger_than_the_limit_goes_elsewhere_or_when_all_of_it_is_there() -> None:
    turns = made().turns
    first = await turns.take(wish())
    first.begun((("tokens", Rate(10_000, 9_000, 5.0)),))
    first.worked()
    with pytest.raises(RateLimited, match="about 90,000 tokens is more than OpenAI takes"):
        await turns.take(wish(tokens=90_000, alone=False))
    assert (await turns.take(wish(tokens=90_000))).sent == pytest.approx(1_005.0)


@on_virtual_time
async def test_models_of_one_bucket_share_its_limits_and_others_do_not_wait() -> None:
    turns = made().turns
    first = await turns.take(wish())
    first.begun((("requests", Rate(60, 0, 60.0)),))
    first.worked()
    slow = waiting(turns, wish())
    await soon()
    await turns.take(wish(model=MINI))
    await turns.take(wish(model=OPUS))
    assert not slow.done() and now() == 1_000.0
    assert (await slow).sent == pytest.approx(1_001.0)


@on_virtual_time
async def test_a_pause_of_the_vendors_is_waited_for_and_one_question_goes_first() -> None:
    turns = made().turns
    (await turns.take(wish())).failed(RateLimited("busy", retry_after=3.0))
    tasks = [waiting(turns, wish("asked", str(number))) for number in range(4)]
    await asyncio.sleep(2.9)
    assert not any(task.done() for task in tasks)
    await asyncio.sleep(0.2)
    assert [task.done() for task in tasks] == [True, False, False, False]
    (await tasks[0]).begun(())
    await soon()
    assert all(task.done() for task in tasks[:3])


@on_virtual_time
async def test_who_was_asked_before_a_failure_shares_it_and_who_asks_after_it_tries() -> None:
    turns = made().turns
    calls = [await turns.take(wish()) for _ in range(7)]
    behind = [waiting(turns, wish("asked", str(number), parallel=8)) for number in range(30)]
    await asyncio.sleep(0.1)
    for call in calls:
        call.failed(Unauthorized("The key was refused.", provider="openai"))
    await soon()
    assert all(isinstance(task.exception(), Unauthorized) for task in behind)
    await asyncio.sleep(0.1)
    again = await turns.take(wish())
    assert again.probes
    again.failed(Unauthorized("The key was refused.", provider="openai"))
    with pytest.raises(Unauthorized):
        await turns.take(wish("batch"))


@on_virtual_time
async def test_work_in_the_background_tries_a_model_that_is_left_alone_now_and_then_only() -> None:
    turns = made().turns
    (await turns.take(wish())).failed(BillingRequired("no credit"))
    await asyncio.sleep(PATIENT_SECONDS / 2)
    with pytest.raises(BillingRequired):
        await turns.take(wish("batch"))
    await asyncio.sleep(PATIENT_SECONDS)
    assert (await turns.take(wish("batch"))).probes


@on_virtual_time
async def test_a_probe_that_is_cancelled_lets_the_next_one_try() -> None:
    turns = made().turns
    (await turns.take(wish())).failed(RateLimited("busy", retry_after=3.0))
    tasks = [waiting(turns, wish("asked", str(number))) for number in range(2)]
    await asyncio.sleep(3.1)
    (await tasks[0]).left()
    began = now()
    assert (await tasks[1]).sent == began


@on_virtual_time
async def test_a_probe_of_which_nothing_is_heard_keeps_the_others_for_its_time_only() -> None:
    turns = made().turns
    (await turns.take(wish())).failed(Overloaded("busy"))
    await asyncio.sleep(2.1)
    await turns.take(wish())
    began = now()
    await turns.take(wish())
    assert now() - began == pytest.approx(PROBE_SECONDS)


@on_virtual_time
async def test_who_is_cancelled_while_waiting_holds_nothing() -> None:
    told = made()
    calls = [await told.turns.take(wish(parallel=3)) for _ in range(2)]
    given_up, next_one = (waiting(told.turns, wish("asked", job, parallel=3)) for job in ("a", "b"))
    await soon()
    given_up.cancel()
    await asyncio.wait([given_up])
    assert given_up.cancelled()
    calls[0].worked()
    assert (await next_one).sent == now()
    assert [job for job, said in told.said if not said] == ["a", "b"]


@on_virtual_time
async def test_a_turn_granted_in_the_moment_of_giving_up_goes_to_the_next() -> None:
    turns = made().turns
    (held,) = [await turns.take(wish(parallel=1))]
    given_up, next_one = (waiting(turns, wish("asked", job, parallel=1)) for job in ("a", "b"))
    await soon()
    held.worked()
    given_up.cancel()
    assert (await next_one).sent == now()
    assert given_up.cancelled()


@on_virtual_time
async def test_nobody_waits_past_the_tasks_deadline() -> None:
    turns = made().turns
    await turns.take(wish(parallel=1))
    with pytest.raises(RateLimited, match="is under way: this one waits for its turn"):
        await turns.take(wish("asked", parallel=1, seconds=30.0))
    assert now() == pytest.approx(1_030.0)


@on_virtual_time
async def test_with_a_new_key_nobody_waits_for_what_was_known_of_the_old_one() -> None:
    turns = made().turns
    first = await turns.take(wish())
    first.begun((("requests", Rate(60, 0, 900.0)),))
    first.worked()
    (await turns.take(wish(model=OPUS))).failed(RateLimited("busy", retry_after=15.0))
    tasks = [waiting(turns, wish(model=model)) for model in (GPT, OPUS)]
    await soon()
    assert not any(task.done() for task in tasks)
    turns.anew()
    assert [(await task).sent for task in tasks] == [1_000.0, 1_000.0]


@on_virtual_time
async def test_half_as_many_at_a_time_after_too_much_and_one_more_for_each_answer() -> None:
    turns = made().turns
    calls = [await turns.take(wish()) for _ in range(7)]
    await asyncio.sleep(0.1)
    for call in calls:
        call.failed(Overloaded("busy"))
    await asyncio.sleep(2.1)
    tasks = [waiting(turns, wish("asked", str(number))) for number in range(40)]
    rooms = []
    await soon()
    while any(not task.done() for task in tasks):
        running = [task.result() for task in tasks if task.done() and not task.result().over]
        rooms.append(len(running))
        for turn in running:
            turn.worked()
        await soon()
    assert rooms[:5] == [1, 4, 7, 7, 7]


@pytest.mark.parametrize("seed", range(30))
def test_a_storm_of_questions_is_no_storm_of_requests(seed: int) -> None:
    """Forty questions of all kinds, over a vendor that is down for a while in a way of its own: each ends
    with an answer or a reason, in bounded time, and the requests are few."""
    dice = random.Random(seed)
    down = dice.choice([0.0, 1.0, 5.0, 15.0, 1e9])
    error: Callable[[], ProviderError] = dice.choice([
        lambda: RateLimited("busy", retry_after=dice.choice([0.2, 1.0, 3.0])),
        lambda: RateLimited("busy"),
        lambda: Overloaded("busy"),
        lambda: Unauthorized("no"),
        lambda: BillingRequired("no credit"),
        lambda: ServerFault("oops"),
    ])  # fmt: skip
    sent: Counter[str] = Counter()
    ends: Counter[str] = Counter()

    async def question(turns: Turns, number: int) -> None:
        await asyncio.sleep(dice.uniform(0.0, 0.5))
        kind: Kind = dice.choice(["asked", "batch"])
        wanted = wish(kind, str(number), alone=True)
        for _ in range(3):
            try:
                turn = await turns.take(wanted)
            except ProviderError:
                ends["told"] += 1
                return
            sent["failed" if now() < 1_000.0 + down else "answered"] += 1
            bad = now() < 1_000.0 + down
            await asyncio.sleep(dice.uniform(0.05, 0.3))
            if not bad:
                turn.begun(())
                turn.worked()
                ends["answered"] += 1
                return
            failure = error()
            turn.failed(failure)
            if not failure.retry:
                break
        ends["failed"] += 1

    async def played() -> float:
        turns = Turns(now)
        await asyncio.gather(*(question(turns, number) for number in range(40)))
        return now() - 1_000.0

    seconds = run(played())
    assert sum(ends.values()) == 40
    # Seven at a time before the first failure is heard, then one that tries after each pause, which doubles.
    assert sent["failed"] <= 7 + 12, (sent, ends)
    assert seconds < 180.0
    if down == 0.0:
        assert ends["answered"] == 40


@on_virtual_time
async def test_what_is_too_large_is_told_as_what_it_is() -> None:
    for need, said, fix in (
        (Need(40_000, 10, 10), "A prompt of about 40,000 tokens", "Ask about a smaller part."),
        (Need(1_500, 600, 32_000), "An answer that may take 32,000 tokens", "higher limits"),
    ):
        turns = made().turns
        first = await turns.take(wish())
        first.begun((("tokens", Rate(30_000, 29_000, 60.0)),))
        first.worked()
        asker = Asker("asked", "j", now(), now() + 600)
        with pytest.raises(RateLimited) as refused:
            await turns.take(Wish(asker, GPT, need, 8, alone=False))
        assert refused.value.message == f"{said} is more than OpenAI takes of this key at a time."
        assert fix in (refused.value.fix or "")
