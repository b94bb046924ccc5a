"""Each way a model's findings come back wrong, and what becomes of them: `cases/review/*.md`.

A case goes through the real engine, streamed in small pieces. Every good finding is kept, every bad one is
dropped with its reason, and what streams in is what is kept in the end.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from counterpoint.answers import Finding, Findings
from counterpoint.engine import Reply
from counterpoint.errors import CounterpointError
from counterpoint.findings_reply import with_ids
from counterpoint.tasks import REVIEW
from tests.asking import Said, engine
from tests.casefiles import read_case
from tests.test_cases import cases, lines, named, wanted_dropped

STREAMED = (
    "second-list",
    "other-key",
    "no-key",
    "one-object",
    "unescaped-quote",
    "json-in-a-string",
    "too-many",
)
"""Cases whose findings are only understood once the answer is whole, or change as it goes on."""


def row(item: Finding) -> str:
    start, end = item.start, item.end
    place = f"{item.path}:{start.line + 1}:{start.column + 1}-{end.line + 1}:{end.column + 1}"
    return f"{place} {item.severity} {item.confidence:g} {item.lens}/{item.category} {item.title}"


@pytest.mark.asyncio
@pytest.mark.parametrize("file", cases("review"), ids=named)
@pytest.mark.parametrize("pieces", [7, 100_000])
async def test_review(file: Path, pieces: int, tmp_path: Path) -> None:
    case = read_case(file)
    said = Said([case.answer], pieces=pieces, stop=_stop(case.blocks))
    shown: list[Finding] = []

    def show(item: object) -> None:
        if isinstance(item, Finding):
            shown.append(item)

    asked = engine(said, tmp_path)
    try:
        reply = await asked.ask(REVIEW, case.situation, on_item=show)
    except CounterpointError as error:
        assert f"{error.code}: {error.message}" == case.blocks["error"].strip()
        assert shown == []
        return
    finally:
        await asked.close()
    assert "error" not in case.blocks
    _compare(reply, case.blocks)
    assert lines(reply.answer.dropped) == wanted_dropped(case)
    assert len({item.id for item in reply.answer.kept}) == len(reply.answer.kept)
    if file.stem not in STREAMED:
        assert with_ids(tuple(shown), case.situation) == reply.answer.kept


def _stop(blocks: dict[str, str]) -> str:
    return blocks.get("stop", "end").strip()


def _compare(reply: Reply[Findings], blocks: dict[str, str]) -> None:
    kept = reply.answer.kept
    ordered = sorted(kept, key=lambda item: (item.path, item.start))
    assert [row(item) for item in ordered] == blocks.get("findings", "").splitlines()
    evidence = [f"{one.path}:{one.line} {one.quote}" for item in kept for one in item.evidence]
    assert evidence == blocks.get("evidence", "").splitlines()
    assert [item.fix.title for item in kept if item.fix] == blocks.get("fixes", "").splitlines()
    assert all(replace(item, model="Opus 4.7", status="unverified") == item for item in kept)
