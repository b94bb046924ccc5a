"""Trials of another model over the wire: after the answer, unseen, gone with the server; told once."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from counterpoint.ledger import Ledger
from counterpoint.ledger_trials import Measures, Pair, Voices
from counterpoint.paths import folders
from tests.e2e.lsp.buffers import Buffers
from tests.e2e.lsp.product import FULL, Editor, editor, edits
from tests.e2e.lsp.test_lsp_afterwards import PLUS, SUM, changed, chosen, menu, playing
from tests.modelserver import ModelServer

pytestmark = pytest.mark.asyncio

TEXT = "def add(a, b):\n    return a - b\n"
ALL = {"COUNTERPOINT__COMPARE__SHADOW": "1.0"}
GPT, OPUS = "gpt-5.5", "claude-opus-4-7"


def ledger() -> Ledger:
    return Ledger(folders().state / "ledger.sqlite3")


async def until(ready: Callable[[], bool]) -> None:
    async with asyncio.timeout(60):
        while not ready():
            await asyncio.sleep(0.05)


def pairs() -> list[Pair]:
    held = ledger()
    try:
        return [pair for trial in held.trials.all() for pair in held.trials.pairs(trial.name)]
    finally:
        held.close()


def voices() -> Voices | None:
    """What became of the other voice's versions, once there is one."""
    held = ledger()
    try:
        return next(iter(held.trials.voices(date.today())), None)
    finally:
        held.close()


def messages(client: Editor) -> list[str]:
    return [m["params"]["message"] for m in client.seen if m.get("method") == "window/showMessage"]


async def test_the_answer_is_there_before_the_other_model_is_asked_and_stays_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "shop.py").write_text(TEXT)
    with ModelServer() as models:
        models.answer(edits(PLUS), model=GPT)
        models.answer(edits(SUM), model=OPUS)
        async with editor(tmp_path, models, FULL, env=ALL) as client:
            uri = await client.open(tmp_path / "shop.py")
            result = await changed(client, uri)
            assert result["applied"] and len(models.log) == 1
            await until(lambda: len(pairs()) == 1)
            assert ["responses" in one.path for one in models.log] == [True, False]
            applied = [m for m in client.seen if m.get("method") == "workspace/applyEdit"]
            assert len(applied) == 1 and messages(client) == []
            status = [m for m in client.seen if m.get("method") == "counterpoint/status"]
            assert not any("Opus" in str(one) for one in status)
        (pair,) = pairs()
        assert (pair.model["model"], pair.other["model"]) == (GPT, OPUS)
        assert pair.model["done"] == pair.other["done"] == 1.0
        held = ledger()
        assert sum(one.cost_usd for one in held.calls(date(2020, 1, 1))) == pytest.approx(
            models.bill, abs=1e-9
        )
        (shadow,) = held.job(pair.other_job)
        assert shadow.job.startswith("shadow-") and shadow.model == OPUS
        held.close()


@pytest.mark.alone
async def test_a_slow_trial_holds_nothing_up_and_ends_with_the_server(tmp_path: Path) -> None:
    (tmp_path / "shop.py").write_text(TEXT)
    with ModelServer() as models:
        models.answer(edits(PLUS), model=GPT, repeat=True)
        models.answer(edits(SUM), model=OPUS, repeat=True, first_token=120.0)
        async with editor(tmp_path, models, FULL, env=ALL) as client:
            uri = await client.open(tmp_path / "shop.py")
            await changed(client, uri)
            await asyncio.to_thread(models.wait_arrived, 2, 60)
            before = time.monotonic()
            assert (await changed(client, uri))["job"]
            assert time.monotonic() - before < 60.0, "it waited for the trial"
            assert len([one for one in models.log if "messages" not in one.path]) == 2
            await client.request("shutdown", None)
            await client.notify("exit", None)
            async with asyncio.timeout(60):
                await client.process.wait()
        held = ledger()
        calls = [one for one in held.calls(date(2020, 1, 1)) if one.job.startswith("shadow-")]
        assert [one.outcome for one in calls] == ["cancelled"]
        held.close()
        assert pairs() == []


async def test_no_share_asks_nobody(tmp_path: Path) -> None:
    (tmp_path / "shop.py").write_text(TEXT)
    with ModelServer() as models:
        models.answer(edits(PLUS))
        async with editor(tmp_path, models, FULL) as client:
            await changed(client, await client.open(tmp_path / "shop.py"))
            await asyncio.sleep(3.5)
        assert len(models.log) == 1 and pairs() == []


async def test_a_repository_cannot_begin_a_trial(tmp_path: Path) -> None:
    (tmp_path / "shop.py").write_text(TEXT)
    (tmp_path / ".counterpoint").mkdir()
    (tmp_path / ".counterpoint" / "config.toml").write_text("[compare]\nshadow = 1.0\n")
    with ModelServer() as models:
        models.answer(edits(PLUS))
        async with editor(tmp_path, models, FULL) as client:
            await changed(client, await client.open(tmp_path / "shop.py"))
            await asyncio.sleep(3.5)
        assert len(models.log) == 1


async def test_a_trial_whose_days_are_over_ends_in_a_verdict_told_once(tmp_path: Path) -> None:
    (tmp_path / "shop.py").write_text(TEXT)
    past = Ledger(folders().state / "ledger.sqlite3", clock=lambda: time.time() - 15 * 86_400)
    begun = past.trials.begun(GPT, OPUS, 1.0, 14)
    for number in range(60):
        cost = 0.01 * (1 + number % 5)
        mine: Measures = {"model": GPT, "cost_usd": cost, "seconds": 2.0 + number % 3, "done": 1.0}
        theirs: Measures = {"model": OPUS, "cost_usd": 0.4 * cost, "seconds": 3.5 + number % 4, "done": 1.0}
        past.trials.add(Pair(begun.name, f"j{number}", f"shadow-j{number}", "edit", "python", mine, theirs))
    past.close()
    with ModelServer() as models:
        models.answer(edits(PLUS), model=GPT)
        models.answer(edits(SUM), model=OPUS)
        async with editor(tmp_path, models, FULL, env=ALL) as client:
            await changed(client, await client.open(tmp_path / "shop.py"))
            await until(lambda: any("Over 14 days and 61 questions" in one for one in messages(client)))
            (said,) = [one for one in messages(client) if "questions" in one]
            assert "Opus 4.7 answered at 0.4" in said and "answers of use as often" in said
            models.answer(edits(SUM), model=GPT)
            await changed(client, await client.open(tmp_path / "shop.py"))
            await asyncio.sleep(3.5)
            assert len(models.log) == 3, "a trial that is over asks no more"
            assert len([one for one in messages(client) if "questions" in one]) == 1
    held = ledger()
    (trial,) = held.trials.all()
    assert trial.verdict == said and trial.ended is not None
    held.close()


@pytest.mark.parametrize(("end", "stands"), [("", (1, 0)), ("undo", (0, 1)), ("Revert", (0, 0))])
async def test_which_of_two_voices_stood_in_the_end_is_written_down(
    tmp_path: Path, end: str, stands: tuple[int, int]
) -> None:
    with ModelServer() as models:
        models.answer(edits(PLUS))
        models.answer(edits(SUM))
        async with playing(tmp_path, models) as (client, buffers, uri):
            await changed(client, uri)
            result: Any = await chosen(client, (await menu(client, uri))["The other voice's version"])
            assert result["applied"]
            if end == "undo":
                await buffers.undo()
            elif end:
                await chosen(client, (await menu(client, uri))[end])

            await until(lambda: voices() is not None)
            await client.request("shutdown", None)
            await client.notify("exit", None)
            async with asyncio.timeout(60):
                await client.process.wait()  # before it ends, everything is written
    found = voices()
    assert found is not None
    assert (found.task, found.model, found.other, found.asked) == ("edit", GPT, OPUS, 1)
    assert (found.other_stands, found.model_stands) == stands


@dataclass(frozen=True)
class Told:
    """What the ledger tells of an edit by GPT and of the other voice's version in its place, by model: the
    choices in order, whether it stands by `costs`, and how its job ended."""

    choices: dict[str, list[str]]
    standing: dict[str, int]
    ended: dict[str, str]


def told() -> Told:
    held = ledger()
    try:
        with sqlite3.connect(held.file) as rows:
            found = rows.execute("SELECT model, choice FROM edit_outcomes ORDER BY id").fetchall()
        return Told(
            {name: [choice for model, choice in found if model == name] for name in (GPT, OPUS)},
            {one.model: one.standing for one in held.edits(date(2020, 1, 1))},
            {one.model: one.outcome for one in held.outcomes(date(2020, 1, 1))},
        )
    finally:
        held.close()


STANDS = Told(
    {GPT: ["applied", "other"], OPUS: ["applied"]}, {GPT: 0, OPUS: 1}, {GPT: "undone", OPUS: "kept"}
)
BACK = Told(
    {GPT: ["applied", "other", "applied"], OPUS: ["applied", "undone"]},
    {GPT: 1, OPUS: 0},
    {GPT: "kept", OPUS: "undone"},
)
AGAIN = Told(
    {GPT: ["applied", "other", "applied", "other"], OPUS: ["applied", "undone", "applied"]},
    {GPT: 0, OPUS: 1},
    {GPT: "undone", OPUS: "kept"},
)
NEITHER = Told(
    {GPT: ["applied", "other", "applied", "undone"], OPUS: ["applied", "undone"]},
    {GPT: 0, OPUS: 0},
    {GPT: "undone", OPUS: "undone"},
)


@pytest.mark.parametrize(
    ("steps", "stands", "wanted"),
    [
        ((), (1, 0), STANDS),
        (("undo",), (0, 1), BACK),
        (("undo", "type"), (0, 1), BACK),
        (("undo", "redo"), (1, 0), AGAIN),
        (("undo", "the rest"), (0, 0), NEITHER),
        (("undo", "the rest", "type"), (0, 0), NEITHER),
    ],
    ids=["as it was", "undone", "undone, and typed elsewhere", "redone", "both undone", "both, and typed"],
)
@pytest.mark.parametrize("typed", ["", "# mine\n"], ids=["", "typed between the two"])
async def test_undoing_the_other_voice_brings_the_first_one_back_in_the_ledger(
    tmp_path: Path, steps: tuple[str, ...], stands: tuple[int, int], wanted: Told, typed: str
) -> None:
    with ModelServer() as models:
        models.answer(edits(PLUS))
        models.answer(edits(SUM))
        async with playing(tmp_path, models) as (client, buffers, uri):
            texts = [buffers.texts[uri]]
            await changed(client, uri)
            texts.append(buffers.texts[uri])
            if typed:
                await buffers.type(uri, 0, 0, typed)
                texts.append(buffers.texts[uri])
            row = 2 if typed else 1
            run = (await menu(client, uri, row))["The other voice's version"]
            assert (await chosen(client, run))["applied"]
            texts.append(buffers.texts[uri])
            for step in steps:
                if step == "type":
                    text = buffers.texts[uri]
                    await buffers.type(uri, len(text), len(text), "# later\n")
                for text in {"undo": [texts[-2]], "redo": [texts[-1]], "the rest": texts[-3::-1]}.get(
                    step, ()
                ):
                    await as_a_range(buffers, uri, text)
            if steps == ("undo",):
                assert "Revert" in await menu(client, uri, row), "the first version is followed again"
            await client.notify("textDocument/didSave", {"textDocument": {"uri": uri}})
            Buffers.path(uri).write_bytes(buffers.texts[uri].encode())
            await until(lambda: voices() is not None)
            await client.request("shutdown", None)
            await client.notify("exit", None)
            async with asyncio.timeout(60):
                await client.process.wait()  # before it ends, everything is written
    assert told() == wanted
    found = voices()
    assert found is not None and (found.other_stands, found.model_stands) == stands


async def as_a_range(buffers: Buffers, uri: str, text: str) -> None:
    """Bring a document to a text, told as editors tell their undo and redo: as what lies between what is the
    same before and behind."""
    now = buffers.texts[uri]
    most = min(len(now), len(text))
    head = next((at for at in range(most) if now[at] != text[at]), most)
    tail = next((at for at in range(most - head) if now[-1 - at] != text[-1 - at]), most - head)
    await buffers.type(uri, head, len(now) - tail, text[head : len(text) - tail])
