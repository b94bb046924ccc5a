"""Every fault, every provider: what the table says is what happens, over real sockets."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from datetime import date
from pathlib import Path

import pytest

from counterpoint.choosing import TRIES
from counterpoint.errors import CounterpointError, Unauthorized
from counterpoint.flows.edit import edit
from tests.drills import ADDRESSES, Drill, play, quicker, situation
from tests.modelserver import Fault, ModelServer

TABLE = Path(__file__).parents[1] / "cases" / "drills.md"


def rows() -> dict[str, tuple[str, ...]]:
    found = {}
    for line in TABLE.read_text("utf-8").splitlines():
        name, *cells = (cell.strip() for cell in line.strip("|").split(" | "))
        if len(cells) == 7 and name not in ("fault", "---"):
            found[name.strip("| ")] = tuple(cell.strip("| ") for cell in cells)
    return found


ROWS = rows()


def test_every_fault_has_its_row() -> None:
    assert set(ROWS) == {*map(str, Fault), *ADDRESSES}


def test_no_question_is_more_than_three_requests() -> None:
    for completion, edited, review, alone, both, *_ in ROWS.values():
        cells = (completion, edited, review, *alone.split(" / "), both)
        assert all(int(cell.split()[1]) <= TRIES for cell in cells)


@pytest.fixture(scope="module")
def server() -> Iterator[ModelServer]:
    with quicker(), ModelServer() as found:
        yield found


@pytest.mark.asyncio
@pytest.mark.parametrize("fault", ROWS)
async def test_a_fault_does_what_is_documented(fault: str, server: ModelServer, tmp_path: Path) -> None:
    completion, edited, review, alone, both, left, told = ROWS[fault]
    seen = await play(fault, server, tmp_path)
    assert (seen.completion, seen.edit, seen.review, seen.both) == (completion, edited, review, both)
    assert " / ".join(seen.alone.values()) == alone
    assert seen.back == "answered"  # by the same model, as soon as the pause is over
    assert seen.pause == pytest.approx(0.0 if left == "-" else float(left.removesuffix(" s")))
    assert told == "-" or told in seen.said
    assert told == "-" or seen.said.endswith(".")


@pytest.mark.asyncio
async def test_a_key_revoked_amid_work_is_found_out_once_and_a_new_one_is_used_at_once(
    server: ModelServer, tmp_path: Path
) -> None:
    well = Drill("unauthorized", (), server, tmp_path)
    well.begin()
    async with well.engine(("openai",)) as (engine, _):
        assert (await edit(engine, situation("Make x two"))).answer.files
        revoked = Drill("unauthorized", ("openai",), server, tmp_path)
        revoked.begin()
        with pytest.raises(Unauthorized, match="Set a working key"):
            await edit(engine, situation("Make x two"))
        assert revoked.requests() == 1
        well.begin()
        engine.health.forget()  # what a new key brings with it
        assert (await edit(engine, situation("Make x two"))).answer.files


@pytest.mark.asyncio
async def test_every_request_of_a_drill_is_in_the_books_and_none_is_paid_twice(
    server: ModelServer, tmp_path: Path
) -> None:
    for fault in ("server_error", "drop_mid_stream", "truncated", "refusal"):
        drill = Drill(fault, ("openai", "anthropic"), server, tmp_path)
        drill.begin()
        async with drill.engine(("openai", "anthropic")) as (engine, _):
            for _ in range(3):
                with pytest.MonkeyPatch.context() as patched:
                    patched.setattr("counterpoint.sending._FIRST_PAUSE", 0.01)
                    with suppress(CounterpointError):
                        await edit(engine, situation("Make x two"))
            await engine.close()
            requests = drill.requests()
            calls = engine.ledger.calls(date.today())
            assert len(calls) == requests
            # What a broken stream had written is known to the vendor only.
            if fault != "drop_mid_stream":
                assert engine.ledger.spent_today() == pytest.approx(server.bill, abs=1e-6)
