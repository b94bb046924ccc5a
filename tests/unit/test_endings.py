"""When a job is judged: once its time is over, when its last file is closed, when the server stops."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
import pytest_asyncio

from counterpoint.flows.became import Piece, Written
from counterpoint.flows.endings import Endings
from counterpoint.ledger import EditOutcome, JobOutcome, Ledger
from counterpoint.ledger_outcomes import Choice
from counterpoint.ledger_trials import VOICES, Pair
from counterpoint.models import load_catalogue
from counterpoint.text import Document

pytestmark = pytest.mark.asyncio

AFTER = "x = total(rows)\n"
NEVER = 1_000.0


def written(path: str = "a.py") -> Written:
    return Written(path, "python", AFTER, (Piece(4, 15, "0"),))


def job(name: str = "j", model: str = "gpt-5.5") -> JobOutcome:
    return JobOutcome(name, "edit", "kept", model, "python")


class Bench:
    """Texts of open documents and of files on disk, by path."""

    def __init__(self, folder: Path, after: float, kind: type[Ledger] = Ledger) -> None:
        self.open: dict[str, str] = {}
        self.disk: dict[str, str] = {}
        self.ledger = kind(folder / "ledger.sqlite3")
        read = self.now(self.disk)
        self.endings = Endings(self.ledger, read, load_catalogue(), after=after)

    def now(self, texts: dict[str, str]):  # type: ignore[no-untyped-def]
        return lambda path: Document.of(path, texts[path], "python") if path in texts else None

    def wrote(self, name: str = "j", *paths: str, model: str = "gpt-5.5") -> None:
        files = [written(path) for path in paths or ("a.py",)]
        self.endings.wrote(job(name, model), lambda: files, self.now(self.open))

    def found(self) -> dict[str, str]:
        return {one.job: one.outcome for one in self.ledger.outcomes(date(2020, 1, 1))}

    async def until(self, *jobs: str) -> dict[str, str]:
        async with asyncio.timeout(20):
            while not set(jobs) <= set(self.found()):
                await asyncio.sleep(0.01)
        return self.found()


@pytest_asyncio.fixture
async def bench(tmp_path: Path) -> AsyncIterator[Bench]:
    bench = Bench(tmp_path, NEVER)
    yield bench
    await bench.endings.close()


async def test_after_its_time_the_open_document_says_it(tmp_path: Path) -> None:
    bench = Bench(tmp_path, 0.02)
    bench.open["a.py"], bench.disk["a.py"] = "x = 0\n", AFTER
    bench.wrote()
    assert await bench.until("j") == {"j": "undone"}
    await bench.endings.close()


async def test_what_nobody_has_open_is_read_from_disk(tmp_path: Path) -> None:
    bench = Bench(tmp_path, 0.02)
    bench.disk["a.py"] = AFTER.replace("rows", "rows[1:]")
    bench.wrote()
    assert await bench.until("j") == {"j": "rewritten"}
    await bench.endings.close()


async def test_what_waits_when_the_server_stops_is_judged_by_what_is_saved(bench: Bench) -> None:
    bench.open["a.py"], bench.disk["a.py"] = AFTER, "x = 0\n"
    bench.wrote()
    await bench.endings.close()
    assert bench.found() == {"j": "undone"}


async def test_a_job_is_judged_when_the_last_of_its_files_is_closed(bench: Bench) -> None:
    bench.open |= {"a.py": AFTER, "b.py": AFTER}
    bench.disk |= {"a.py": AFTER, "b.py": AFTER}
    bench.wrote("two", "a.py", "b.py")
    bench.wrote("other", "c.py")
    bench.endings.closed("a.py")
    del bench.open["a.py"]
    assert bench.found() == {}
    bench.endings.closed("b.py")
    assert await bench.until("two") == {"two": "kept"}


async def test_an_undo_is_written_at_once_and_what_is_done_again_stands_in_the_end(bench: Bench) -> None:
    bench.disk["a.py"] = AFTER
    bench.wrote()
    bench.endings.said(replace(job(), outcome="undone", changed=1.0), final=False)
    assert await bench.until("j") == {"j": "undone"}
    await bench.endings.close()
    assert bench.found() == {"j": "kept"}


async def test_what_was_reverted_is_not_judged_again(bench: Bench) -> None:
    bench.disk["a.py"] = AFTER
    bench.wrote()
    bench.endings.said(replace(job(), outcome="undone", changed=1.0))
    await bench.endings.close()
    assert bench.found() == {"j": "undone"}


async def test_of_many_the_oldest_is_judged_before_its_time(bench: Bench) -> None:
    bench.disk["a.py"] = AFTER
    for number in range(101):
        bench.wrote(f"j{number}")
    assert await bench.until("j0") == {"j0": "kept"}


class Slow(Ledger):
    """A ledger in which what was taken back takes long to be written, as where others have the file."""

    def ended(self, outcome: EditOutcome) -> None:
        if outcome.choice in ("undone", "other"):
            time.sleep(0.05)
        super().ended(outcome)

    def judged(self, outcome: JobOutcome) -> None:
        if outcome.outcome == "undone":
            time.sleep(0.05)
        super().judged(outcome)


async def test_what_is_done_after_an_undo_is_written_after_it(tmp_path: Path) -> None:
    bench = Bench(tmp_path, NEVER, Slow)
    bench.open["a.py"] = bench.disk["a.py"] = AFTER
    bench.wrote()
    bench.endings.said(replace(job(), outcome="undone", changed=1.0), final=False)
    bench.endings.closed("a.py")
    await bench.endings.close()
    assert bench.found() == {"j": "kept"}


async def test_choices_are_written_in_the_order_in_which_they_were_made(tmp_path: Path) -> None:
    bench = Bench(tmp_path, NEVER, Slow)
    choices: tuple[Choice, ...] = ("applied", "undone", "applied")
    for choice in choices:
        bench.endings.chose(EditOutcome("j", "edit", choice, "gpt-5.5"))
    await bench.endings.close()
    (found,) = bench.ledger.edits(date(2020, 1, 1))
    assert (found.applied, found.undone) == (1, 0), "it was done again"


async def test_the_first_of_two_voices_stands_once_the_replacing_is_undone(tmp_path: Path) -> None:
    bench = Bench(tmp_path, NEVER, Slow)
    mine, theirs = {"model": "gpt-5.5"}, {"model": "claude-opus-4-7"}
    bench.ledger.trials.add(Pair(VOICES, "j", "again", "edit", "python", mine, theirs))
    made: tuple[tuple[str, Choice], ...] = (
        ("j", "applied"), ("again", "applied"), ("j", "other"), ("j", "applied")
    )  # fmt: skip
    for name, choice in made:
        bench.endings.chose(EditOutcome(name, "edit", choice, "gpt-5.5"))
    await bench.endings.close()
    (found,) = bench.ledger.trials.voices(date(2020, 1, 1))
    assert (found.other_stands, found.model_stands) == (0, 1)


async def test_a_model_told_by_its_label_is_known_by_its_name(bench: Bench) -> None:
    bench.disk["a.py"] = AFTER
    bench.wrote("a", model="Opus 4.7")
    bench.wrote("b", model="mine")
    await bench.endings.close()
    models = {one.job: one.model for one in bench.ledger.outcomes(date(2020, 1, 1))}
    assert models == {"a": "claude-opus-4-7", "b": "mine"}


async def test_a_ledger_that_cannot_be_written_loses_no_more_than_the_outcome(
    bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    bench.ledger.file.parent.mkdir(exist_ok=True)
    bench.ledger.file.mkdir()
    bench.endings.said(job())
    bench.endings.chose(EditOutcome("j", "edit", "kept"))
    await bench.endings.close()
    assert "How a job ended was not written down" in caplog.text
    assert "What was done with an edit was not written down" in caplog.text
