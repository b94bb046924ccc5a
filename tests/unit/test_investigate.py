"""Causes and their fixes put together: what goes into one change set, in which order, and what does not."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from counterpoint.answers import Finding
from counterpoint.errors import ProviderError, UsageError
from counterpoint.flows.checked import Checks
from counterpoint.flows.investigate import investigate, question, ranked, removed, together, upper_usd
from counterpoint.flows.price import Limit
from counterpoint.settings import Verify
from counterpoint.tasks import INVESTIGATE, REPAIR, VERIFY
from counterpoint.text import Document, Situation, apply
from tests.asking import Said, engine
from tests.casefiles import Held
from tests.unit.test_proving import outline

STORE = """\
class Store:
    def __init__(self):
        self.rows = {}

    def put(self, key, row):
        self.rows[key] = row

    def get(self, key):
        return self.rows[key].copy()
"""
USE = "def show(store, key):\n    return store.get(key).upper()\n"
TRACE = """\
Traceback (most recent call last):
  File "/home/ana/use.py", line 2, in show
    return store.get(key).upper()
  File "/home/ana/store.py", line 9, in get
    return self.rows[key].copy()
KeyError: 'tea'
"""
FILES = Held(
    {path: Document.of(path, text, "python", 1) for path, text in (("store.py", STORE), ("use.py", USE))}
)
NONE = Verify(by="none")


def _edit(path: str, line: int, old: str, new: str) -> dict[str, Any]:
    return {"path": path, "line": line, "old": old, "new": new, "reason": ""}


def _cause(title: str, confidence: float, *edits: dict[str, Any], **more: Any) -> dict[str, Any]:
    plain = {
        "path": "store.py", "line": 9, "quote": "return self.rows[key].copy()", "severity": "P1",
        "confidence": confidence, "category": "logic", "title": title, "body": "So.", "evidence": [],
        "fix": {"title": f"Mend: {title}", "edits": list(edits)} if edits else None,
    }  # fmt: skip
    return {**plain, **more}


def _asked() -> Situation:
    return question(TRACE, FILES, ["/home/ana"], "It is new since Monday.")


def _answer(*causes: dict[str, Any]) -> str:
    return json.dumps({"findings": list(causes)})


GET = _edit("store.py", 9, "        return self.rows[key].copy()", '        return self.rows.get(key, "")')
PUT = _edit("store.py", 6, "        self.rows[key] = row", "        self.rows[key] = dict(row)")
OTHER = _edit("store.py", 9, "        return self.rows[key].copy()", "        return self.rows[key]")


def test_a_question_is_the_printed_text_and_of_no_file() -> None:
    asked = _asked()
    assert asked.document.path == "" and asked.document.text == asked.claims
    assert '  File "store.py", line 9, in get' in asked.claims and "/home/ana" not in asked.claims
    assert asked.instruction == "It is new since Monday."
    with pytest.raises(UsageError):
        question(" \n\t\n", FILES)


@pytest.mark.asyncio
async def test_the_fixes_of_all_causes_make_one_change_set(tmp_path: Path) -> None:
    said = Said([_answer(_cause("Late", 0.4, PUT), _cause("Missing", 0.9, GET))])
    told: list[str] = []
    found = await investigate(
        engine(said, tmp_path), _asked(), how=NONE, on_cause=lambda one: told.append(one.title)
    )
    assert [one.title for one in found.causes] == ["Missing", "Late"]
    assert told == ["Late", "Missing"]
    assert {one.lens for one in found.causes} == {"investigate"}
    assert {one.job for one in found.causes} == {found.reply.job}
    [change] = found.changes.files
    after = apply(change.before or "", change.edits)
    assert 'self.rows.get(key, "")' in after and "dict(row)" in after
    assert sorted(change.reasons) == ["Mend: Late", "Mend: Missing"]
    assert found.changes.dropped == () and found.failures == ()


@pytest.mark.asyncio
async def test_a_fix_goes_whole_or_not_at_all(tmp_path: Path) -> None:
    said = Said(
        [
            _answer(
                _cause("Surely", 0.9, GET),
                _cause("Perhaps", 0.5, PUT, OTHER, line=6, quote="self.rows[key] = row"),
            )
        ]
    )
    found = await investigate(engine(said, tmp_path), _asked(), how=NONE)
    [change] = found.changes.files
    assert len(change.edits) == 1
    assert [(one.reason, one.detail) for one in found.changes.dropped] == [
        ("fix-conflict", "store.py: Mend: Perhaps")
    ]


@pytest.mark.asyncio
async def test_two_causes_with_the_same_edit_have_it_once(tmp_path: Path) -> None:
    said = Said(
        [_answer(_cause("One", 0.9, GET), _cause("Two", 0.8, GET, PUT, line=6, quote="self.rows[key] = row"))]
    )
    found = await investigate(engine(said, tmp_path), _asked(), how=NONE)
    [change] = found.changes.files
    assert len(change.edits) == 2 and found.changes.dropped == ()


@pytest.mark.asyncio
async def test_what_points_into_the_printed_text_is_no_cause(tmp_path: Path) -> None:
    printed = _cause("The trace", 0.9, path="", line=1, quote="Traceback (most recent call last):")
    lost = _cause("Gone", 0.9, path="nowhere.py", quote='File "store.py", line 9, in get')
    quoted = [
        {"path": "", "line": 6, "quote": "KeyError: 'tea'"},
        {"path": "use.py", "line": 2, "quote": "store.get(key)"},
    ]
    kept = _cause("Missing", 0.9, _edit("", 6, "KeyError: 'tea'", "fine"), evidence=quoted)
    found = await investigate(engine(Said([_answer(printed, lost, kept)]), tmp_path), _asked(), how=NONE)
    [cause] = found.causes
    assert [one.path for one in cause.evidence] == ["use.py"] and cause.fix is None
    assert found.changes.files == ()
    assert {one.reason for one in found.changes.dropped} == {"outside", "fix-outside"}


@pytest.mark.asyncio
async def test_a_second_look_that_fails_leaves_the_causes_unverified(tmp_path: Path) -> None:
    said = Said([_answer(_cause("Missing", 0.9, GET)), *[ProviderError("It is down.")] * 3])
    found = await investigate(engine(said, tmp_path), _asked(), how=Verify(by="same"))
    assert [one.status for one in found.causes] == ["unverified"]
    assert len(found.changes.files) == 1
    assert [str(error).split(".")[0] for _, error in found.failures] == ["It is down"]


@pytest.mark.asyncio
async def test_the_most_it_can_cost_has_the_second_look_in_it(tmp_path: Path) -> None:
    asking = engine(Said([]), tmp_path)
    alone = await upper_usd(asking, _asked(), NONE)
    once = await upper_usd(asking, _asked(), Verify(by="same", votes=1))
    thrice = await upper_usd(asking, _asked(), Verify(by="same", votes=3))
    assert 0 < alone < once < thrice


@pytest.mark.asyncio
async def test_the_most_it_can_cost_has_a_repair_and_the_words_of_the_causes_in_it(tmp_path: Path) -> None:
    asking, asked = engine(Said([]), tmp_path), _asked()
    bare = {task: (await asking.estimate(task, asked)).upper_usd for task in (INVESTIGATE, VERIFY, REPAIR)}
    assert await upper_usd(asking, asked, NONE) > bare[INVESTIGATE] + bare[REPAIR]
    with_looks = await upper_usd(asking, asked, Verify(by="same", votes=1))
    assert with_looks - await upper_usd(asking, asked, NONE) > bare[VERIFY]


@pytest.mark.asyncio
async def test_no_second_look_is_begun_beyond_what_is_left(tmp_path: Path) -> None:
    said = Said([_answer(_cause("Missing", 0.9, GET))])
    how = Verify(by="same", votes=1)
    found = await investigate(engine(said, tmp_path), _asked(), how=how, max_usd=0.001)
    assert len(said.requests) == 1, "the first ask was agreed to"
    assert [one.status for one in found.causes] == ["unverified"] and found.changes.files
    [(_, error)] = found.failures
    assert "A second look could cost up to $" in str(error) and "more than is left of $0.001" in str(error)


@pytest.mark.asyncio
async def test_no_repair_is_asked_for_beyond_what_is_left(tmp_path: Path) -> None:
    asking = engine(Said([_answer(_cause("Missing", 0.9, GET))]), tmp_path)
    [cause] = (await investigate(asking, _asked(), how=NONE)).causes
    assert cause.fix is not None
    worse = replace(cause.fix, edits=(replace(cause.fix.edits[0], new="        return return"),))
    causes, checks = [replace(cause, fix=worse)], Checks(outline=outline)
    made = await removed(asking, _asked(), causes, "job", checks=checks, limit=Limit(0.001))
    told = {one.reason: one.detail for one in made.answer.dropped}
    assert "more than is left of $0.001" in told["not-repaired"]
    assert told["parses-worse"] == "store.py" and not made.answer.files


def _finding(made: Finding, **more: Any) -> Finding:
    return replace(made, **more)


@pytest.mark.asyncio
async def test_what_is_contested_comes_last_and_its_fix_is_left_out(tmp_path: Path) -> None:
    said = Said(
        [_answer(_cause("Missing", 0.9, GET), _cause("Late", 0.4, PUT, line=6, quote="self.rows[key] = row"))]
    )
    found = await investigate(engine(said, tmp_path), _asked(), how=NONE)
    first, second = found.causes
    ordered = ranked([_finding(first, status="contested"), second])
    assert [one.title for one in ordered] == ["Late", "Missing"]
    made = together(ordered, _asked())
    assert [one.reason for one in made.dropped] == ["fix-contested"]
    [change] = made.files
    assert "dict(row)" in apply(change.before or "", change.edits)
