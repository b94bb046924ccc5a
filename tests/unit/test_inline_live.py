"""A call outlives the request that began it: it is reused while it fits, and closed once it cannot."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from counterpoint.providers.scripted import Play
from counterpoint.text import Span
from tests.typist import Typist

pytestmark = pytest.mark.asyncio

SUM = "sum(rows)"


async def test_typing_along_asks_nobody_nor_does_going_back(tmp_path: Path) -> None:
    user = Typist(tmp_path, SUM)
    assert await user.text(user.ask()) == SUM
    sources = [user.last.source]
    for typed in "sum(":
        user.type(typed)
        assert await user.text(user.ask(invoked=False)) == SUM[user.offset - 8 :]
        sources.append(user.last.source)
    assert sources == ["model", *["cache"] * 4]
    user.type("", take=2)
    assert await user.text(user.ask(invoked=False)) == "m(rows)"
    user.type("", take=2)
    assert await user.text(user.ask(invoked=False)) == SUM
    assert len(user.model.history) == 1
    await user.close()


async def test_marks_the_editor_adds_do_not_end_it(tmp_path: Path) -> None:
    user = Typist(tmp_path, SUM)
    await user.text(user.ask())
    user.type("sum(", behind=")")
    found = await user.ask(invoked=False)
    assert found is not None
    assert (found.insertion.text, found.insertion.span) == ("rows)", Span(12, 13))
    await user.close()


async def test_a_later_request_finds_the_call_of_an_earlier_one(tmp_path: Path) -> None:
    user = Typist(tmp_path, Play(SUM, hold=True))
    older = user.ask()
    await user.asked(1)
    user.type("s")
    newer = user.ask(invoked=False)
    await asyncio.sleep(0)
    user.model.release()
    assert await user.text(older) == ""
    assert await user.text(newer) == "um(rows)"
    assert user.last.source == "stream"
    assert user.ends == ["done"]
    await user.close()


async def test_a_cancelled_request_leaves_its_call_to_the_next_while_somebody_types(tmp_path: Path) -> None:
    for cancel_first in (True, False):
        user = Typist(tmp_path / str(cancel_first), Play(SUM, hold=True))
        older = user.ask()
        await user.asked(1)
        if cancel_first:
            older.cancel()
            user.type("s")
        else:
            user.type("s")
            older.cancel()
        await asyncio.sleep(0.05)
        newer = user.ask(invoked=False)
        await asyncio.sleep(0)
        user.model.release()
        assert await user.text(newer) == "um(rows)"
        assert user.ends == ["done"]
        await user.close()


async def test_a_cancelled_request_closes_its_call_where_nobody_types(tmp_path: Path) -> None:
    user = Typist(tmp_path, Play(SUM, hold=True))
    request = user.ask()
    await user.asked(1)
    request.cancel()
    await user.idle()
    assert user.ends == ["closed"]
    assert user.last.reason == "cancelled"
    await user.close()


async def test_a_client_that_cancels_before_it_changes_is_waited_for_once_that_is_known(
    tmp_path: Path,
) -> None:
    user = Typist(tmp_path, *(Play(SUM, hold=True) for _ in range(2)), clock=lambda: 100.0)
    for ends in (["closed"], ["closed", "done"]):
        request = user.ask()
        await user.asked(len(ends))
        user.completions._desks["shop.py"].changed_at = 0.0  # long ago, by a clock that stands still
        request.cancel()
        await asyncio.sleep(0)
        user.type("s")
        request = user.ask(invoked=False) if len(ends) == 2 else request
        await asyncio.sleep(0.05)
        user.model.release() if len(ends) == 2 else user.type("", take=1)
        await asyncio.gather(request, return_exceptions=True)
        await user.idle()
        assert user.ends == ends
    await user.close()


async def test_a_call_that_nobody_comes_for_ends(tmp_path: Path) -> None:
    user = Typist(tmp_path, Play(SUM, hold=True))
    request = user.ask()
    await user.asked(1)
    user.type("s")
    request.cancel()
    await user.idle()
    assert user.ends == ["closed"]
    await user.close()


async def test_what_cannot_fit_is_closed_at_the_key(tmp_path: Path) -> None:
    user = Typist(tmp_path, Play(("sum", "(rows)"), between=60.0))
    request = user.ask()
    await user.asked(1)
    await user.first_text()
    user.type("m")
    assert await user.text(request) == ""
    await user.idle()
    assert user.ends == ["closed"]
    await user.close()


async def test_a_change_elsewhere_closes_the_call(tmp_path: Path) -> None:
    user = Typist(tmp_path, Play(SUM, hold=True), text="x = 1\ntotal = |\n")
    request = user.ask()
    await user.asked(1)
    user.offset = 5
    user.type("0")
    assert await user.text(request) == ""
    await user.idle()
    assert user.ends == ["closed"]
    await user.close()


async def test_first_tokens_that_do_not_fit_end_the_call_and_the_waiting_request_asks_anew(
    tmp_path: Path,
) -> None:
    user = Typist(tmp_path, Play(("sum", "(rows)"), hold=True, between=60.0), Play("ax(rows)"))
    older = user.ask()
    await user.asked(1)
    user.type("m")
    newer = user.ask(invoked=False)
    await asyncio.sleep(0.05)
    assert len(user.model.history) == 1, "nothing has come yet: the call may still fit"
    user.model.release()
    assert await user.text(newer) == "ax(rows)"
    assert await user.text(older) == ""
    assert user.ends == ["closed", "done"]
    await user.close()


async def test_one_call_at_a_time_for_a_document(tmp_path: Path) -> None:
    user = Typist(tmp_path, *(Play(SUM, hold=True) for _ in range(3)), text="a = |\nb = \nc = \n")
    requests = []
    for line in range(3):
        user.offset = 4 + 5 * line
        requests.append(user.ask())
        await user.asked(line + 1)
        assert user.completions.live <= 2
    user.model.release()
    assert [await user.text(request) for request in requests] == ["", "", SUM]
    assert user.ends == ["closed", "closed", "done"]
    await user.close()


async def test_eager_asks_anew_beside_a_call_of_which_nothing_has_come(tmp_path: Path) -> None:
    user = Typist(tmp_path, Play("wrong", hold=True), Play("um(rows)"), mode="eager")
    older = user.ask()
    await user.asked(1)
    user.type("s")
    newer = user.ask(invoked=False)
    assert await user.text(newer) == "um(rows)"
    assert await user.text(older) == ""
    await user.idle()
    assert user.ends == ["closed", "done"]
    await user.close()


async def test_two_surfaces_share_a_call(tmp_path: Path) -> None:
    user = Typist(tmp_path, Play(SUM, hold=True))
    requests = [user.ask(), user.ask(invoked=False)]
    await user.asked(1)
    user.model.release()
    assert [await user.text(request) for request in requests] == [SUM, SUM]
    assert len(user.model.history) == 1
    await user.close()


async def test_a_key_ends_the_pause_before_a_call(tmp_path: Path) -> None:
    user = Typist(tmp_path, SUM, debounce_ms=10_000)
    request = user.ask(invoked=False)
    await asyncio.sleep(0.02)
    user.type("s")
    assert await user.text(request) == ""
    assert user.last.reason == "typed on"
    assert user.model.history == ()
    await user.close()


async def test_text_that_is_taken_back_where_it_was_shown_is_not_stale(tmp_path: Path) -> None:
    user = Typist(tmp_path, Play(SUM, hold=True))
    request = user.ask()
    await user.asked(1)
    user.type("su")
    user.model.release()
    assert await user.text(request) == "m(rows)"
    await user.close()


async def test_an_entry_of_the_list_is_extended_and_typed_along(tmp_path: Path) -> None:
    user = Typist(tmp_path, ".join(a)", text="os.pa|\n")
    found = await user.ask(invoked=False, selected=(Span(3, 5), "path"))
    assert found is not None
    assert (found.insertion.text, found.insertion.span) == ("path.join(a)", Span(3, 5))
    user.type("t")
    found = await user.ask(invoked=False, selected=(Span(3, 6), "path"))
    assert found is not None
    assert (found.insertion.text, found.insertion.span) == ("path.join(a)", Span(3, 6))
    user.type("h")
    assert await user.text(user.ask(invoked=False)) == ".join(a)"
    assert len(user.model.history) == 1
    assert user.model.requests[0].parts[-1].text.count("os.path") == 1
    await user.close()


@pytest.mark.parametrize("how", ["closed", "stop", "close"])
async def test_the_end_of_a_document_a_pause_and_the_end_of_all_close_the_call(
    tmp_path: Path, how: str
) -> None:
    user = Typist(tmp_path, Play(SUM, hold=True))
    request = user.ask()
    await user.asked(1)
    if how == "closed":
        user.completions.closed("shop.py")
    elif how == "stop":
        user.completions.stop()
    else:
        await user.completions.close()
    assert await user.text(request) == ""
    await user.idle()
    assert user.ends == ["closed"]
    await user.close()
