"""Eight real processes with one key at one vendor: what it hears of them in a storm, and while it is down.

What one process does with as many questions is what it is held against: see test_pacing.py."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.modelserver import Fault, ModelServer
from tests.sharers import Processes, processes

GOOD = '{"assumptions": [], "edits": [{"path":"a.py","line":1,"old":"x = 1","new":"x = 2","reason":"r"}]}'
EIGHT = 8
TOGETHER = 6 + EIGHT
"""Requests under way at most: so many places are for questions, and one more for each process."""


@pytest.fixture
def server() -> Iterator[ModelServer]:
    with ModelServer() as found:
        yield found


@pytest.fixture(scope="module")
def eight() -> Iterator[Processes]:
    with processes(EIGHT) as found:
        yield found


def asked(
    eight: Processes, server: ModelServer, folder: Path, what: str, count: int, quicker: float = 1.0
) -> tuple[Counter[str], float]:
    """How all questions of all processes ended, and the seconds of the clock of pauses until the last did."""
    ended = eight.play(server.openai_url, server.openai_key, folder, what, count, quicker)
    return sum((Counter(one.how) for one in ended), Counter()), max(one.seconds for one in ended)


def pauses(seconds: float, first: float) -> int:
    """How many pauses end within so many seconds: each is twice as long as the one before, 120 at most."""
    ended, pause = 0, first
    while (seconds := seconds - pause) > 0:
        ended, pause = ended + 1, min(2 * pause, 120.0)
    return ended


def refused(server: ModelServer) -> int:
    return sum(record.status != 200 for record in server.log)


def test_a_vendor_that_asks_for_a_long_pause_hears_of_forty_questions_of_eight_what_it_hears_of_one(
    eight: Processes, server: ModelServer, tmp_path: Path
) -> None:
    """Alone, each would send seven before the first refusal is heard: 40 in all."""
    server.fault(Fault.RATE_LIMITED, repeat=True, retry_after=600)
    ended, _ = asked(eight, server, tmp_path, "edits", 5)
    assert ended == {"rate-limited": 40}
    assert len(server.log) <= TOGETHER


def test_forty_questions_of_eight_processes_are_answered_after_the_pause_that_one_was_told(
    eight: Processes, server: ModelServer, tmp_path: Path
) -> None:
    for _ in range(4):
        server.fault(Fault.RATE_LIMITED, retry_after=1.0)
    server.answer(GOOD, repeat=True)
    ended, _ = asked(eight, server, tmp_path, "edits", 5)
    assert ended == {"answered": 40}
    assert (len(server.log), refused(server)) == (44, 4)


@pytest.mark.parametrize(
    ("fault", "row", "first"),
    [(Fault.UNAUTHORIZED, 1, 60.0), (Fault.SERVER_ERROR, 3, 10.0)],
    ids=["revoked", "outage"],
)
def test_completions_of_eight_editors_try_a_vendor_that_is_down_as_often_as_those_of_one(
    fault: Fault, row: int, first: float, eight: Processes, server: ModelServer, tmp_path: Path
) -> None:
    """It is closed by `row` failures, for `first` seconds at first. What is under way then is heard as well,
    one of each process; later one question at the end of each pause."""
    server.fault(fault, repeat=True)
    ended, seconds = asked(eight, server, tmp_path, "completions", 60, quicker=40.0)
    assert ended.total() == 60 * EIGHT and not ended["answered"]
    assert row <= len(server.log) <= row - 1 + EIGHT + pauses(seconds, first)


@pytest.mark.parametrize("down", [Fault.UNAUTHORIZED, Fault.SERVER_ERROR])
def test_once_the_vendor_is_back_all_are_answered(
    down: Fault, eight: Processes, server: ModelServer, tmp_path: Path
) -> None:
    for _ in range(3):
        server.fault(down)
    server.answer("z = 3\n", repeat=True)
    ended, _ = asked(eight, server, tmp_path, "completions", 5_000, quicker=20.0)
    assert ended["answered"] == EIGHT
    assert (len(server.log), refused(server)) == (EIGHT + 3, 3)


def test_of_a_refused_key_nothing_but_a_short_hash_is_written_down(
    eight: Processes, server: ModelServer, tmp_path: Path
) -> None:
    server.fault(Fault.UNAUTHORIZED, repeat=True)
    asked(eight, server, tmp_path, "completions", 1)
    found = b"".join(file.read_bytes() for file in tmp_path.glob("vendors*"))
    assert server.openai_key.encode() not in found and server.openai_key[:8].encode() not in found
    with sqlite3.connect(tmp_path / "vendors.sqlite3") as rows:
        accounts = {row[0] for row in rows.execute("SELECT account FROM said")}
    rows.close()
    assert [len(name) for name in accounts] == [16]
