"""What became of suggestions reaches the ledger, and kept code is remembered; with real files."""

from __future__ import annotations

import asyncio
import time
from datetime import date
from pathlib import Path

import pytest

from counterpoint.answers import Insertion
from counterpoint.flows.endings import Endings
from counterpoint.flows.keeping import Keeping, place_of
from counterpoint.flows.machine import Machine
from counterpoint.flows.remembering import written_in
from counterpoint.inline.held import Suggestion
from counterpoint.ledger import Choice, Ledger
from counterpoint.machine_store import MachineStore
from counterpoint.models import load_catalogue
from counterpoint.text import Document, Span

BEFORE = "def total(rows):\n"
TEXT = "    found = sum(row.price for row in rows)\n    return found"
AFTER = BEFORE + TEXT + "\n"


def document(text: str) -> Document:
    return Document.of("a.py", text, "python", 1)


def suggestion(job: str = "j1") -> Suggestion:
    here = Span(len(BEFORE), len(BEFORE))
    return Suggestion(document(BEFORE), Insertion(TEXT, here), job, "GPT-5.5")


class Bench:
    """A ledger and a memory on disk, and the document as it is at each look: when taken, early, late."""

    def __init__(self, folder: Path, *looks: str) -> None:
        self.texts = list(looks)
        self.ledger = Ledger(folder / "ledger.sqlite3")
        self.store = MachineStore(folder / "machine.sqlite3")
        self.machine = Machine(self.store, "/w", settles=0.01)
        self.disk = ""
        self.endings = Endings(self.ledger, lambda path: document(self.disk), load_catalogue())
        self.keeping = Keeping(self.ledger, self.machine, self.now, self.endings, looks=(0.01, 0.02))

    def now(self, path: str) -> Document | None:
        return document(self.texts.pop(0)) if self.texts else None

    async def after(self, looks: int) -> None:
        """Wait until the document was looked at so often, then stop."""
        async with asyncio.timeout(20):
            while len(self.texts) > looks or (self.keeping._watching and not looks):
                await asyncio.sleep(0.01)
        await self.keeping.close()
        await self.endings.close()
        await self.machine.close()

    def outcomes(self) -> list[tuple[str, str, str]]:
        """How each job ended, and by whom it was."""
        return [(one.job, one.outcome, one.model) for one in self.ledger.outcomes(date(2020, 1, 1))]

    def written(self, text: str) -> list[str]:
        """What is known, after a restart, to be machine-written in such a text."""
        found = written_in(self.store, "/w", [document(text)])
        return [text[one.span.start : one.span.end] for one in found.get("a.py", ())]

    def row(self) -> tuple[int, int, float | None, float | None]:
        (found,) = self.ledger.acceptance(date(2020, 1, 1))
        return found.shown, found.accepted, found.early, found.late


@pytest.mark.asyncio
async def test_what_was_accepted_is_looked_at_twice_and_remembered(tmp_path: Path) -> None:
    late = "import os\n" + AFTER.replace("    return found\n", "")
    bench = Bench(tmp_path, AFTER, AFTER, AFTER, late)
    bench.keeping.ended(suggestion(), "accepted", len(TEXT))
    await bench.after(0)
    shown, accepted, early, share = bench.row()
    assert (shown, accepted, early) == (1, 1, 1.0)
    assert share is not None and 0.5 < share < 1.0
    assert bench.written("import sys\n" + AFTER) == [TEXT.strip()]


@pytest.mark.asyncio
async def test_what_was_undone_at_once_is_in_no_file(tmp_path: Path) -> None:
    bench = Bench(tmp_path, AFTER, AFTER, BEFORE, BEFORE)
    bench.keeping.ended(suggestion(), "accepted", len(TEXT))
    await bench.after(0)
    assert bench.row() == (1, 1, 0.0, 0.0)
    assert bench.written(BEFORE) == []


@pytest.mark.asyncio
async def test_a_part_that_comes_after_its_command_is_the_models_and_no_ending(tmp_path: Path) -> None:
    bench = Bench(tmp_path, BEFORE, AFTER)
    bench.keeping.ended(suggestion(), "part", len(TEXT))
    await bench.after(0)
    assert bench.ledger.acceptance(date(2020, 1, 1)) == ()
    assert bench.written(AFTER) == [TEXT.strip()]


@pytest.mark.asyncio
async def test_other_endings_are_one_row_and_a_closed_document_is_not_looked_at(tmp_path: Path) -> None:
    bench = Bench(tmp_path, AFTER, AFTER)
    bench.keeping.ended(suggestion("j1"), "rejected", 0)
    bench.keeping.ended(suggestion("j2"), "accepted", len(TEXT))
    await bench.after(0)
    assert bench.row() == (2, 1, None, None)
    assert bench.outcomes() == [("j1", "dismissed", "gpt-5.5"), ("j2", "undone", "gpt-5.5")]


@pytest.mark.asyncio
async def test_an_accepted_text_is_judged_by_what_stands_on_disk_when_the_server_stops(
    tmp_path: Path,
) -> None:
    bench = Bench(tmp_path, AFTER, AFTER)
    bench.disk = AFTER.replace("row.price", "row.cost")
    bench.keeping.ended(suggestion(), "accepted", len(TEXT))
    await bench.after(0)
    (found,) = bench.ledger.outcomes(date(2020, 1, 1))
    assert (found.outcome, found.task, found.language) == ("tuned", "complete", "python")
    assert found.changed == pytest.approx(1 / 14)  # one token of fourteen


@pytest.mark.parametrize(
    ("typed", "outcome", "changed"), [(1.0, "kept", 0.0), (0.95, "tuned", 0.05), (0.6, "rewritten", 0.4)]
)
@pytest.mark.asyncio
async def test_of_a_text_typed_along_the_rest_was_written_otherwise(
    tmp_path: Path, typed: float, outcome: str, changed: float
) -> None:
    bench = Bench(tmp_path)
    bench.keeping.ended(suggestion(), "partly", int(typed * len(TEXT)))
    await bench.after(0)
    (found,) = bench.ledger.outcomes(date(2020, 1, 1))
    assert found.outcome == outcome
    assert found.changed == pytest.approx(changed, abs=0.02)


@pytest.mark.asyncio
async def test_a_look_that_is_being_written_down_is_finished_before_the_ledger_may_close(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench = Bench(tmp_path, AFTER, AFTER, AFTER, AFTER)
    begun: list[str] = []
    ended: list[str] = []

    def slowly(choice: Choice) -> None:
        begun.append(choice.what)
        time.sleep(0.2)
        ended.append(choice.what)

    monkeypatch.setattr(bench.ledger, "choose", slowly)
    bench.keeping.ended(suggestion(), "accepted", len(TEXT))
    async with asyncio.timeout(20):
        while "kept" not in begun:
            await asyncio.sleep(0.01)
    await bench.keeping.close()
    assert ended == begun


def test_an_accepted_text_is_found_where_it_was_put_or_near() -> None:
    assert place_of(suggestion(), document(AFTER)) == Span(len(BEFORE), len(BEFORE) + len(TEXT))
    moved = document("# one line more\n" + AFTER)
    place = place_of(suggestion(), moved)
    assert place is not None and moved.text[place.start : place.end] == TEXT
    assert place_of(suggestion(), document(BEFORE)) is None
