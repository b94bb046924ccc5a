"""What processes of one machine share of a vendor: its pauses, its limits, the places, and who tries it.

Each `process` here has a board of its own over one file, as processes have; time is the virtual one."""

from __future__ import annotations

import asyncio
import json
import os
import sqlite3
import threading
from collections.abc import Awaitable, Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from counterpoint.admitting import Asker, Wish
from counterpoint.board import Board
from counterpoint.errors import (
    BillingRequired,
    ConnectionFailed,
    ProviderError,
    RateLimited,
    ServerFault,
    Unauthorized,
)
from counterpoint.health import PROBE_SECONDS
from counterpoint.models import Model, load_catalogue
from counterpoint.pacing import Kind, Need
from counterpoint.providers import Endpoint
from counterpoint.rates import Rate, Rates
from counterpoint.sharing import SharedWays
from counterpoint.turns import Turn, Turns
from tests.skipping import now, run

CATALOGUE = load_catalogue()
GPT, MINI, OPUS = (CATALOGUE.model(name) for name in ("gpt-5.5", "gpt-5.4-mini", "claude-opus-4-7"))
KEY = "sk-proj-0123456789abcdefghijklmnopqrstuvwxyz"
HERE = Endpoint("openai", KEY, "https://api.example/v1")


async def process(folder: Path, endpoint: Endpoint = HERE, wall: Callable[[], float] = now) -> Turns:
    board = Board(folder / "vendors.sqlite3", now, wall)
    board.open()
    board.opened = board.opened or 1  # so that no thread opens it, which virtual time does not know
    turns = Turns(ways=SharedWays(board))
    await turns.ways.meets(endpoint)
    await turns.ways.meets(Endpoint("anthropic", "sk-ant-x"))
    return turns


def wish(
    kind: Kind = "asked", *, model: Model = GPT, tokens: int = 100, alone: bool = True, parallel: int = 8
) -> Wish:
    return Wish(Asker(kind, "j", now(), now() + 600.0), model, Need(tokens, 10, 10), parallel, alone)


def played(test: Callable[[Path], Awaitable[None]]) -> Callable[[Path], None]:
    def played(tmp_path: Path) -> None:
        run(test(tmp_path))  # type: ignore[arg-type]

    played.__name__ = test.__name__
    return played


def closed(turns: Turns, model: Model = GPT) -> float | None:
    """For how long a model is left alone."""
    turns.ways.hear()
    found = turns.health.closed(model)
    return None if found is None else found.left


async def fails(turns: Turns, error: ProviderError, kind: Kind = "asked", model: Model = GPT) -> Turn:
    turn = await turns.take(wish(kind, model=model))
    turn.failed(error)
    return turn


def limits(**remaining: float) -> Rates:
    return tuple((name, Rate(10.0, left, 60.0)) for name, left in remaining.items())


async def soon() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


# -- pauses


@played
async def test_a_completion_has_heard_the_others_within_a_twentieth_of_a_second_and_the_rest_just_now(
    tmp_path: Path,
) -> None:
    one, two = await process(tmp_path), await process(tmp_path)
    two.ways.hear()
    await fails(one, RateLimited("OpenAI asks for a pause.", provider="openai", retry_after=45.0))
    (await two.take(wish("key"))).left()
    await asyncio.sleep(0.06)
    with pytest.raises(RateLimited, match="is left alone for 45 s"):
        await two.take(wish("key"))
    three = await process(tmp_path)
    three.ways.hear()
    pause = RateLimited("Anthropic asks for a pause.", provider="anthropic", retry_after=12.0)
    await fails(one, pause, model=OPUS)
    assert three.ways.look(wish("key", model=OPUS)).error is None
    assert three.ways.look(wish(model=OPUS)).seconds == 12.0


@played
async def test_a_pause_that_one_process_was_asked_for_is_kept_by_all(tmp_path: Path) -> None:
    one, two = await process(tmp_path), await process(tmp_path)
    await fails(one, RateLimited("OpenAI asks for a pause.", provider="openai", retry_after=12.0))
    assert closed(two) == 12.0
    began = now()
    await two.take(wish())
    assert now() - began == pytest.approx(12.0, abs=0.01)


@played
async def test_who_comes_later_knows_of_it_and_says_what_the_first_was_told(tmp_path: Path) -> None:
    one = await process(tmp_path)
    await fails(one, RateLimited("OpenAI asks for a pause.", provider="openai", retry_after=45.0))
    late = await process(tmp_path)
    with pytest.raises(RateLimited, match=r"GPT-5.5 is left alone for 45 s\. OpenAI asks for a pause\."):
        await late.take(wish())


@played
async def test_a_refused_key_stops_every_model_of_the_vendor_and_no_other_vendor_s(tmp_path: Path) -> None:
    one, two = await process(tmp_path), await process(tmp_path)
    refusal = Unauthorized("OpenAI did not accept the key.", provider="openai", fix="Set a key.", status=401)
    await fails(one, refusal)
    assert (closed(two), closed(two, MINI), closed(two, OPUS)) == (60.0, 60.0, None)
    found = two.health.closed(GPT)
    assert found is not None and found.error.status == 401 and found.error.fix == "Set a key."


@pytest.mark.parametrize(
    "other",
    [
        Endpoint("openai", "sk-another", "https://api.example/v1"),
        Endpoint("openai", KEY, "https://gateway.example/v1"),
        Endpoint("openai", KEY, "https://api.example/v1", headers={"x-team": "two"}),
    ],
    ids=["another key", "another address", "another header"],
)
def test_another_account_is_none_of_it(other: Endpoint, tmp_path: Path) -> None:
    async def play() -> None:
        one, two = await process(tmp_path), await process(tmp_path, other)
        await fails(one, Unauthorized("No.", provider="openai"))
        assert (closed(one), closed(two)) == (60.0, None)

    run(play())


@played
async def test_faults_count_together_and_one_answer_ends_it_for_all(tmp_path: Path) -> None:
    several = [await process(tmp_path) for _ in range(4)]
    for turns in several[:3]:
        assert closed(turns) is None
        await fails(turns, ServerFault("OpenAI failed inside.", provider="openai"))
    assert [closed(turns) for turns in several] == [10.0] * 4
    await asyncio.sleep(10.0)
    probe = await several[3].take(wish())
    probe.begun(())
    probe.worked()
    assert [closed(turns) for turns in several] == [None] * 4
    assert not several[0].health.troubled(GPT)


@played
async def test_questions_that_were_under_way_when_another_was_refused_are_the_same_news(
    tmp_path: Path,
) -> None:
    several = [await process(tmp_path) for _ in range(8)]
    turns = [await one.take(wish("key")) for one in several]
    for turn in turns:
        await asyncio.sleep(0.01)
        turn.failed(RateLimited("A pause.", provider="openai", retry_after=2.0))
    found = closed(several[0])
    assert found == pytest.approx(2.0)  # as long as the last one was told, and not doubled


# -- who tries


@pytest.mark.parametrize(
    "error",
    [
        Unauthorized("No.", provider="openai"),
        BillingRequired("No.", provider="openai"),
        RateLimited("A pause.", provider="openai", retry_after=5.0),
        RateLimited("A pause.", provider="openai"),
    ],
    ids=["revoked", "quota", "pause", "busy"],
)
def test_one_of_eight_tries_whether_a_vendor_is_back_and_the_others_wait_for_it(
    error: ProviderError, tmp_path: Path
) -> None:
    async def play() -> None:
        several = [await process(tmp_path) for _ in range(8)]
        await fails(several[0], error)
        await asyncio.sleep(closed(several[0]) or 0.0)
        waiting = [asyncio.create_task(one.take(wish("batch"))) for one in several]
        await soon()
        (probe,) = [task for task in waiting if task.done()]
        await asyncio.sleep(1.0)
        assert sum(task.done() for task in waiting) == 1
        (await probe).worked()
        async with asyncio.timeout(2.0):
            for task in waiting:
                if task is not probe:
                    (await task).worked()

    run(play())


@played
async def test_a_process_that_was_killed_as_it_tried_is_not_waited_for_longer_than_a_try(
    tmp_path: Path,
) -> None:
    one, two = await process(tmp_path), await process(tmp_path)
    await fails(one, RateLimited("A pause.", provider="openai", retry_after=5.0))
    await asyncio.sleep(5.0)
    await one.take(wish())
    began = now()
    await two.take(wish())
    assert now() - began == pytest.approx(PROBE_SECONDS, abs=0.3)


@played
async def test_one_that_gave_up_its_try_leaves_it_to_the_next(tmp_path: Path) -> None:
    one, two = await process(tmp_path), await process(tmp_path)
    await fails(one, RateLimited("A pause.", provider="openai", retry_after=5.0))
    await asyncio.sleep(5.0)
    (await one.take(wish())).left()
    began = now()
    await two.take(wish())
    assert now() == began


@played
async def test_completions_of_eight_editors_try_a_dead_vendor_once_an_interval(tmp_path: Path) -> None:
    several = [await process(tmp_path) for _ in range(8)]
    tried: list[float] = []
    until = now() + 400.0
    while now() < until:
        for turns in several:
            turns.ways.hear()
            if turns.health.closed(GPT) is None:  # as `choosing.left_alone` does for who types
                try:
                    turn = await turns.take(wish("key"))
                except ProviderError:
                    continue
                tried.append(now())
                turn.failed(ConnectionFailed("Nobody there.", provider="openai"))
        await asyncio.sleep(0.25)
    pauses = [later - sooner for sooner, later in pairwise(tried[2:])]
    assert pauses == [10.0, 20.0, 40.0, 80.0, 120.0, 120.0]  # those of one process


@played
async def test_a_new_key_is_tried_at_once_and_what_others_say_of_the_old_one_is_not_taken_up(
    tmp_path: Path,
) -> None:
    one, two = await process(tmp_path), await process(tmp_path)
    await fails(one, Unauthorized("No.", provider="openai"))
    assert closed(two) == 60.0
    two.anew()
    await two.ways.meets(Endpoint("openai", "sk-new", HERE.base_url))
    await fails(one, RateLimited("A pause.", provider="openai"), model=OPUS)  # so that two reads again
    assert closed(two) is None
    two.anew()
    await two.ways.meets(HERE)
    assert closed(two) is None  # the user said: try again


# -- limits and places


@played
async def test_what_a_vendor_says_is_left_holds_for_all(tmp_path: Path) -> None:
    one, two = await process(tmp_path), await process(tmp_path)
    (await one.take(wish())).begun(limits(requests=1.0))
    await two.take(wish())
    began = now()
    await two.take(wish())
    assert 1.0 < now() - began < 60.0


@played
async def test_a_request_of_another_process_is_counted_before_its_reply_is_there(tmp_path: Path) -> None:
    several = [await process(tmp_path) for _ in range(6)]
    (await several[0].take(wish())).begun(limits(requests=2.0))
    waiting = [asyncio.create_task(one.take(wish())) for one in several]
    await soon()
    assert sum(task.done() for task in waiting) == 2
    for task in waiting:
        task.cancel()


@played
async def test_limits_with_much_left_are_nobody_s_news(tmp_path: Path) -> None:
    one, two = await process(tmp_path), await process(tmp_path)
    one.ways.hear()
    two.ways.hear()
    turn = await one.take(wish("key"))
    turn.begun(limits(requests=8.0))
    turn.worked()
    with sqlite3.connect(tmp_path / "vendors.sqlite3") as rows:
        assert rows.execute("SELECT count(*) FROM said").fetchone() == (0,)
    rows.close()


@played
async def test_so_many_requests_at_a_time_are_of_all_processes_together_and_each_has_one(
    tmp_path: Path,
) -> None:
    several = [await process(tmp_path) for _ in range(8)]
    waiting = [asyncio.create_task(one.take(wish("batch"))) for one in several for _ in range(5)]
    await soon()
    assert [task.done() for task in waiting[:5]] == [True] * 5  # the first that came
    assert sum(task.done() for task in waiting) == 6 + 7 - 1  # six at a time, and one each
    key = await several[3].take(wish("key"))  # who types does not hear of it
    key.worked()
    ended = 0
    while pending := [task for task in waiting if not task.done() or not task.result().over]:
        for task in pending:
            if task.done():
                task.result().worked()
                ended += 1
        await asyncio.sleep(0.2)
    assert ended == 40


@played
async def test_places_of_a_process_that_is_gone_are_free(tmp_path: Path) -> None:
    one, two = await process(tmp_path), await process(tmp_path)
    for _ in range(6):
        await one.take(wish("batch"))
    await two.take(wish("batch"))
    second = asyncio.create_task(two.take(wish("batch")))
    await soon()
    assert not second.done()
    (account,) = {name for name, what in told(tmp_path) if what.startswith("places")}
    put(tmp_path, account, f"places {one.ways.board.me}", {"pid": gone(), "calls": 6, "until": now() + 600})  # type: ignore[attr-defined]
    await asyncio.sleep(0.5)
    assert second.done()


# -- whatever the file is like


def told(folder: Path) -> list[tuple[str, str]]:
    with sqlite3.connect(folder / "vendors.sqlite3") as rows:
        found = rows.execute("SELECT account, what FROM said").fetchall()
    rows.close()
    return found


def put(
    folder: Path, account: str, what: str, row: Any, at: float | None = None, wall: float | None = None
) -> None:
    text = row if isinstance(row, str) else json.dumps(row)
    moment = now() if at is None else at
    with sqlite3.connect(folder / "vendors.sqlite3") as rows:
        values = (account, what, moment, moment if wall is None else wall, text)
        rows.execute("INSERT OR REPLACE INTO said VALUES (?,?,?,?,?)", values)
    rows.close()


def gone() -> int:
    """The number of a process that there was."""
    pid = os.posix_spawn("/bin/true", ["true"], {})
    os.waitpid(pid, 0)
    return pid


GOOD = {"failures": 1, "failed": 1_000.0, "until": 1_030.0, "code": "rate-limited", "retry_after": 30.0}


@pytest.mark.parametrize(
    ("row", "left"),
    [
        (GOOD, 30.0),
        ({**GOOD, "until": 9e15}, 3_600.0),
        ({**GOOD, "probe": 9e15}, 30.0),
        ({**GOOD, "until": 990.0, "probe": 9e15}, PROBE_SECONDS),
        ({**GOOD, "failed": 1_001.0}, None),
        ({**GOOD, "failed": "x"}, None),
        ({**GOOD, "failures": 0}, None),
        ({**GOOD, "failures": "many"}, None),
        ({**GOOD, "code": "bad-request-of-tomorrow"}, None),
        ({**GOOD, "message": 3, "fix": [], "status": "x", "retry_after": "NaN"}, 30.0),
        ({"well": 9e15}, None),
        ({}, None),
        ([], None),
        ("{", None),
        ("[" * 100_000, None),
        ('{"failures": 1e999, "failed": NaN}', None),
    ],
)
def test_a_row_is_taken_for_what_it_can_be(row: Any, left: float | None, tmp_path: Path) -> None:
    async def play() -> None:
        one, two = await process(tmp_path), await process(tmp_path)
        await fails(one, ServerFault("x", provider="openai"))
        account, _ = told(tmp_path)[0]
        put(tmp_path, account, "breaker gpt-5.5", row)
        assert closed(two) == left
        (await two.take(wish("batch", alone=True))).worked() if left in (None, 30.0) else None

    run(play())


@pytest.mark.parametrize(
    "row",
    [
        {"by": "x", "levels": {"requests": [10, 0, 1_000.0, 9e15]}},
        {"by": "x", "levels": {"requests": [10, 0, 1_000.0, -5]}},
        {"by": "x", "levels": {"requests": [0, 0, 1_000.0, 1_060.0]}},
        {"by": "x", "levels": {"requests": [10, 99, 1_000.0, 1_060.0]}},
        {"by": "x", "levels": {"requests": [10, 0, 2_000.0, 2_060.0]}},
        {"by": "x", "levels": {"requests": "none"}},
        {"by": "x", "levels": [1]},
        {},
    ],
)
def test_limits_that_make_no_sense_hold_nobody_for_good(row: Any, tmp_path: Path) -> None:
    async def play() -> None:
        one, two = await process(tmp_path), await process(tmp_path)
        await fails(one, ServerFault("x", provider="openai"))
        account, _ = told(tmp_path)[0]
        put(tmp_path, account, "levels openai gpt-5.5", row)
        two.ways.hear()
        look = two.ways.look(wish())
        assert look.go or (look.error is not None and 0 < (look.error.retry_after or 0) <= 86_400.0)

    run(play())


@pytest.mark.parametrize(
    ("at", "wall"),
    [
        (1_000.0, 400.0),  # the clock was set forward, or the machine slept
        (1_000.0, 4_600.0),  # it was set back
        (5_000.0, 500.0),  # of before the machine was started anew
        (-90_000.0, -90_000.0),  # long ago
    ],
)
def test_rows_of_another_time_say_nothing(at: float, wall: float, tmp_path: Path) -> None:
    async def play() -> None:
        one, two = await process(tmp_path), await process(tmp_path)
        await fails(one, ServerFault("x", provider="openai"))
        account, _ = told(tmp_path)[0]
        put(tmp_path, account, "breaker gpt-5.5", GOOD, at, wall)
        assert closed(two) is None

    run(play())


def spoil(file: Path, how: str) -> None:
    if how == "garbage":
        file.write_bytes(b"this is no database at all" * 100)
    elif how == "torn":
        for suffix in ("-wal", "-shm"):
            file.with_name(file.name + suffix).unlink(missing_ok=True)
        file.write_bytes(file.read_bytes()[:100] + b"\xff" * 8_000)
    elif how == "gone":
        for one in file.parent.glob("vendors.sqlite3*"):
            one.unlink()
    elif how == "a folder":
        for one in file.parent.glob("vendors.sqlite3*"):
            one.unlink()
        file.mkdir()
    elif how == "another's tables":
        with sqlite3.connect(file) as rows:
            rows.execute("DROP TABLE said")
        rows.close()


@pytest.mark.parametrize("how", ["garbage", "torn", "gone", "a folder", "another's tables"])
@pytest.mark.parametrize("when", ["before", "amid"])
def test_a_file_that_is_spoilt_stops_nobody_and_is_made_anew_where_it_can_be(
    how: str, when: str, tmp_path: Path
) -> None:
    async def play() -> None:
        if when == "before":
            early = await process(tmp_path)
            early.ways.close()
            spoil(tmp_path / "vendors.sqlite3", how)
        one, two = await process(tmp_path), await process(tmp_path)
        if when == "amid":
            spoil(tmp_path / "vendors.sqlite3", how)
        for turns in (one, two):
            turn = await turns.take(wish())
            turn.begun(limits(requests=1.0))
            turn.worked()
        await asyncio.sleep(61.0)
        for turns in (one, two):
            turns.ways.hear()
        await fails(one, Unauthorized("No.", provider="openai"))
        assert closed(one) == 60.0
        assert closed(two) == (None if how in ("a folder",) else 60.0)

    run(play())


@pytest.mark.alone
def test_a_file_that_another_one_holds_locked_holds_nobody_up(tmp_path: Path) -> None:
    async def play() -> None:
        one, two = await process(tmp_path), await process(tmp_path)
        holder = sqlite3.connect(tmp_path / "vendors.sqlite3", isolation_level=None)
        holder.execute("BEGIN EXCLUSIVE")
        for turns in (one, two):
            await fails(turns, RateLimited("A pause.", provider="openai", retry_after=3.0))
            await asyncio.sleep(3.0)
            (await turns.take(wish())).worked()
        assert closed(one) is None and closed(two) is None
        holder.close()

    run(play())


def test_a_folder_that_cannot_be_written_shares_nothing_and_stops_nothing(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    async def play() -> None:
        board = Board(tmp_path / "file" / "vendors.sqlite3", now, now)
        turns = Turns(ways=SharedWays(board))
        board.open()
        board.opened = 1  # so that no thread is asked for, which virtual time does not know
        await turns.ways.meets(HERE)
        await fails(turns, Unauthorized("No.", provider="openai"))
        assert closed(turns) == 60.0

    run(play())


def test_eight_that_open_it_at_once_all_share_it(tmp_path: Path) -> None:
    boards = [Board(tmp_path / "vendors.sqlite3") for _ in range(8)]
    threads = [threading.Thread(target=board.open, args=(10.0,)) for board in boards]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20.0)
    assert [board.opened for board in boards] == [1] * 8
    assert len({board.account("openai", KEY) for board in boards}) == 1
    boards[0].tell("a", "breaker x", GOOD)
    assert all(board.changed() for board in boards[1:])
    assert {len(board.read("a")) for board in boards} == {1}
    for board in boards:
        board.close()


@played
async def test_nothing_of_a_key_or_of_a_vendor_s_own_words_is_in_the_file(tmp_path: Path) -> None:
    one = await process(tmp_path)
    said = f"OpenAI did not accept the key: Incorrect API key provided {KEY[:12]}."
    await fails(one, Unauthorized(said, provider="openai", request_id="req_secret"))
    one.ways.close()
    found = b"".join(file.read_bytes() for file in tmp_path.iterdir())
    assert b"did not accept the key" in found
    for secret in (KEY, KEY[:8], "Incorrect API", "req_secret", "api.example"):
        assert secret.encode() not in found
    assert (tmp_path / "vendors.sqlite3").stat().st_mode & 0o077 == 0
