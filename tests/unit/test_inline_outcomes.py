"""How suggestions are said to have ended, and what is never shown or asked after it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path

import pytest

from counterpoint.answers import Insertion
from counterpoint.context.judging import Judgement
from counterpoint.inline.held import Suggestion
from counterpoint.inline.patterns import Change
from counterpoint.providers.scripted import Play
from counterpoint.text import Document, Span
from tests.typist import Typist

pytestmark = pytest.mark.asyncio

SUM = "sum(rows)"


class Told:
    """Takes down how suggestions ended: what became of it, who answered, how much was typed or taken."""

    def __init__(self, user: Typist) -> None:
        self.ended: list[tuple[str, str, int]] = []
        user.completions.memory._ended = self._note

    def _note(self, shown: Suggestion, what: str, typed: int) -> None:
        self.ended.append((what, shown.source, typed))


def certain(document: Document, offset: int, recent: Sequence[Change]) -> str | None:
    line = document.text[:offset].rpartition("\n")[2]
    whole = "total = pattern()"
    return whole[len(line) :] if whole.startswith(line) and len(line) > 6 else None


async def test_a_pattern_typed_along_is_one_suggestion(tmp_path: Path) -> None:
    user = Typist(tmp_path, certain=certain)
    told = Told(user)
    for key in "pattern()":
        assert (await user.text(user.ask(invoked=False))).startswith(key)
        assert user.last.source == "pattern"
        user.type(key)
    assert [one[:2] for one in told.ended] == [("accepted", "pattern")]
    await user.close()


async def test_what_extends_an_entry_of_the_editors_list_is_not_over_while_that_is_typed(
    tmp_path: Path,
) -> None:
    user = Typist(tmp_path, "(rows)", text="total = s|\n")
    told = Told(user)
    assert await user.text(user.ask(selected=(Span(8, 9), "sum"))) == "sum(rows)"
    for key in "um":
        user.type(key)
        assert told.ended == []
        assert await user.text(user.ask(selected=(Span(8, user.offset), "sum"))) == "sum(rows)"
    user.type("(rows)")
    assert told.ended == [("accepted", "cache", len("(rows)"))]
    await user.close()


async def test_an_entry_that_is_not_gone_on_with_is_not_typed_along(tmp_path: Path) -> None:
    user = Typist(tmp_path, "(rows)", text="total = su|\n")
    told = Told(user)
    await user.text(user.ask(selected=(Span(8, 10), "sum")))
    user.type("x")
    assert told.ended == [("rejected", "model", 0)]
    await user.close()


async def test_what_is_taken_after_a_slip_of_the_finger_is_accepted(tmp_path: Path) -> None:
    user = Typist(tmp_path, SUM)
    told = Told(user)
    await user.text(user.ask())
    user.type("x")
    user.type("", take=1)
    assert await user.text(user.ask()) == SUM
    user.type(SUM)
    user.completions.accepted(user.last.job)
    assert [what for what, _, _ in told.ended] == ["rejected", "accepted"]
    await user.close()


async def test_what_was_typed_to_its_end_and_deleted_is_not_offered_again(tmp_path: Path) -> None:
    user = Typist(tmp_path, SUM)
    await user.text(user.ask())
    user.type(SUM)
    user.type("", take=len(SUM))
    user.model.add("max(rows)")
    assert await user.text(user.ask()) == "max(rows)"
    await user.close()


async def test_what_was_typed_along_and_deleted_has_ended(tmp_path: Path) -> None:
    user = Typist(tmp_path, "compute_total(rows)", "max(rows)")
    told = Told(user)
    await user.text(user.ask())
    for key in "compute_total(":
        user.type(key)
    user.type("", take=len("compute_total("))
    assert await user.text(user.ask()) == "max(rows)"
    assert len(told.ended) == 1
    await user.close()


async def test_what_follows_is_not_asked_for_while_paused(tmp_path: Path) -> None:
    user = Typist(tmp_path, SUM, "\nprint(total)", follow_up=True)
    await user.text(user.ask())
    user.completions.stop()
    user.type(SUM)
    await asyncio.sleep(0.05)
    assert len(user.model.history) == 1
    await user.close()


async def test_what_breaks_within_is_no_error_for_who_asked(tmp_path: Path) -> None:
    async def judge(document: Document, insertion: Insertion, seconds: float) -> Judgement | None:
        raise RuntimeError("broken")

    user = Typist(tmp_path, SUM, ports={"judge": judge})
    assert await user.text(user.ask()) == ""
    assert user.last.reason == "failed"
    await user.close()


async def test_a_document_given_other_line_ends_gets_none_of_the_old_ones(tmp_path: Path) -> None:
    user = Typist(tmp_path, "[\n    1,\n]", Play("[\n    2,\n]"), text="import a\r\ntotal = |\r\n")
    first = await user.text(user.ask())
    assert "\r\n" in first
    await user.idle()
    user.document = Document.of("shop.py", user.document.text.replace("\r\n", "\n"), "python", 2)
    user.offset -= 1
    user.completions.changed(user.document)
    assert "\r" not in await user.text(user.ask())
    await user.close()
