"""The runner of case files about text that is put in: all of it goes through the real engine."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from counterpoint.answers import ChangeSet, Dropped, Insertion
from counterpoint.flows.complete import complete
from counterpoint.flows.edit import edit
from counterpoint.settings import Routing, Settings
from counterpoint.text import apply
from tests.asking import Said, engine
from tests.casefiles import Case, read_case

CASES = Path(__file__).parent / "cases"
_PAST = re.compile(r"^~~~~text (?:deleted|rejected)$", re.MULTILINE)


def cases(kind: str) -> list[Path]:
    found = sorted((CASES / kind).glob("*.md"))
    assert found, f"no cases for {kind}"
    # What was deleted or refused before is known to the editor's session only: the unit tests hand it in.
    return [file for file in found if not _PAST.search(file.read_text("utf-8"))]


def named(path: Path) -> str:
    return path.stem


def lines(dropped: tuple[Dropped, ...]) -> list[str]:
    return sorted(f"{item.reason}: {item.detail}".rstrip(": ") for item in dropped)


def wanted_dropped(case: Case) -> list[str]:
    return sorted(line.strip() for line in case.blocks.get("dropped", "").splitlines() if line.strip())


@pytest.mark.asyncio
@pytest.mark.parametrize("file", cases("complete"), ids=named)
async def test_completion(file: Path, tmp_path: Path) -> None:
    case = read_case(file)
    reply = await complete(engine(Said([case.answer]), tmp_path), case.situation)
    answer = reply.answer
    assert isinstance(answer, Insertion)
    eol = case.situation.document.eol
    assert answer.text.count("\n") == answer.text.count(eol)
    shown = [f"|{line}|" for line in answer.text.split(eol)] if answer.text else []
    assert shown == case.blocks.get("shown", "").splitlines()
    assert lines(answer.dropped) == wanted_dropped(case)


@pytest.mark.asyncio
@pytest.mark.parametrize("file", cases("edit"), ids=named)
async def test_edit(file: Path, tmp_path: Path) -> None:
    case = read_case(file)
    said = Said([case.answer], stop=case.blocks.get("stop", "end").strip())
    # What becomes of one answer: whether another model is then asked is no matter of these cases.
    alone = replace(Settings(), routing=Routing(escalate=False))
    reply = await edit(engine(said, tmp_path, settings=alone), case.situation)
    assert isinstance(reply.answer, ChangeSet)
    made = {change.path: apply(change.before or "", change.edits) for change in reply.answer.files}
    assert made == case.wanted
    assert lines(reply.answer.dropped) == wanted_dropped(case)
