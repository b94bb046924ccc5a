"""The second look as a flow: who looks, what is asked, and that no failure hides or changes a finding."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal, TypeAlias

import pytest

from counterpoint.answers import Finding
from counterpoint.engine import Engine
from counterpoint.errors import BudgetExceeded, Forbidden
from counterpoint.findings_reply import finding
from counterpoint.flows.verify import CLAIMS, Group, Looked, verify
from counterpoint.models import Usage
from counterpoint.providers import Begun, Chunk, Done, Request
from counterpoint.settings import Budget, Review, Settings, Verify
from counterpoint.text import Document, Situation, Span
from tests.asking import Said, engine
from tests.casefiles import Held

CODE = """import os

def first(rows, key):
    if not rows:
        return None
    return rows[key]

def second(path):
    handle = open(path)
    return handle.read()
"""
POOL = 'POOL = {}\nTOKEN = "AKIAQ7RT2ZPLM4XWNV5K"\n\ndef get(key):\n    return POOL[key]\n'
DOCUMENT = Document.of("a.py", CODE, "python")
OTHER = Document.of("pool.py", POOL, "python")
SITUATION = Situation(DOCUMENT, Span(0, len(CODE)), Held({"a.py": DOCUMENT, "pool.py": OTHER}))


def claim(quote: str = "rows[key]", severity: str = "P2", **more: object) -> Finding:
    item = {"path": "a.py", "quote": quote, "title": f"Fault of {quote}", "severity": severity, **more}
    found = finding(item, SITUATION, model=str(more.get("model", "Opus 4.7")))
    assert isinstance(found, Finding), found
    return found


def says(*verdicts: tuple[int, str, str]) -> str:
    rows = [
        {
            "claim": number,
            "quotes": [{"path": "a.py", "line": 1, "quote": quote}],
            "why": "W.",
            "holds": holds,
        }
        for number, holds, quote in verdicts
    ]
    return json.dumps({"verdicts": rows})


GUARD = "if not rows:"
CONFIRMED, REFUTED = says((1, "confirmed", "rows[key]")), says((1, "refuted", GUARD))


By: TypeAlias = Literal["same", "other", "none"]


@dataclass
class Judges:
    """A verifier whose answer depends on what it is asked."""

    answer: Callable[[Request], str]
    name: str = "judges"
    asked: list[Request] = field(default_factory=list)
    under_way: int = 0
    most: int = 0

    async def stream(self, request: Request) -> AsyncGenerator[Chunk, None]:
        self.asked.append(request)
        self.under_way += 1
        self.most = max(self.most, self.under_way)
        try:
            yield Begun(Usage(input_tokens=10), "r")
            await asyncio.sleep(0.01)
            yield self.answer(request)
            yield Done("end", Usage(input_tokens=10, output_tokens=5), request.model.id)
        finally:
            self.under_way -= 1

    async def count(self, request: Request) -> int | None:
        return None

    async def close(self) -> None:
        return None


async def looked(
    asked: Engine, findings: list[Finding], how: Verify, told: list[tuple[str, str]] | None = None
) -> Looked:
    def tell(before: Finding, after: Finding | None) -> None:
        if told is not None:
            told.append((before.title, after.status if after else "gone"))

    try:
        group = Group(SITUATION, tuple(findings))
        return await asyncio.wait_for(verify(asked, [group], how, job="j", on_verdict=tell), 30)
    finally:
        await asked.close()


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("by", "usable", "model", "effort", "notice"),
    [
        ("same", {"openai", "anthropic"}, "claude-opus-4-7", "medium", ""),
        ("other", {"openai", "anthropic"}, "gpt-5.5", "medium", ""),
        (
            "other",
            {"anthropic"},
            "claude-opus-4-7",
            "medium",
            "Opus 4.7 looks at its own findings a second time",
        ),
    ],
)
async def test_the_setting_says_whose_eyes_look(
    by: By, usable: set[str], model: str, effort: str, notice: str, tmp_path: Path
) -> None:
    said = Said([CONFIRMED])
    asked = engine(said, tmp_path, usable=frozenset(usable))
    result = await looked(asked, [claim()], Verify(by=by))
    assert [(one.model.name, one.effort) for one in said.requests] == [(model, effort)]
    assert said.requests[0].schema_name == "verdicts"
    (found,) = result.findings
    assert (found.status, found.verifier, found.said) == ("verified", said.requests[0].model.label, "W.")
    assert notice in result.notice
    assert bool(notice) == bool(result.notice)
    assert "counterpoint keys set openai" in result.notice or not notice


@pytest.mark.asyncio
async def test_a_finder_that_stood_in_is_looked_at_by_its_own_vendor_or_the_other(tmp_path: Path) -> None:
    found = replace(claim(), model="GPT-5.5")
    cases: tuple[tuple[By, str], ...] = (("same", "gpt-5.5"), ("other", "claude-opus-4-7"))
    for by, model in cases:
        said = Said([CONFIRMED])
        await looked(engine(said, tmp_path), [found], Verify(by=by))
        assert said.requests[0].model.name == model


@pytest.mark.asyncio
async def test_where_no_role_names_another_vendor_it_is_said_so(tmp_path: Path) -> None:
    said = Said([CONFIRMED])
    asked = engine(said, tmp_path)
    roles = dict.fromkeys(("fast", "deep"), ("claude-opus-4-7",))
    asked.catalogue = replace(asked.catalogue, roles=roles)
    result = await looked(asked, [claim()], Verify(by="other"))
    assert "no role names another vendor" in result.notice
    assert result.findings[0].status == "verified"


@pytest.mark.asyncio
async def test_nobody_looks_where_that_is_wanted_and_nobody_looks_twice(tmp_path: Path) -> None:
    said = Said([])
    found = [claim(), replace(claim(), status="verified"), replace(claim(), status="static", rule="r")]
    assert (await looked(engine(said, tmp_path), found, Verify(by="none"))).findings == tuple(found)
    assert (await looked(engine(said, tmp_path), found[1:], Verify())).findings == tuple(found[1:])
    assert said.requests == []


@pytest.mark.asyncio
async def test_without_any_key_the_findings_stay_as_they_are(tmp_path: Path) -> None:
    asked = engine(Said([]), tmp_path, usable=frozenset())
    result = await looked(asked, [claim()], Verify())
    assert result.findings == (claim(),)
    assert [error.code for _, error in result.failures] == ["no-usable-role"]


@pytest.mark.asyncio
async def test_what_is_slight_and_refuted_goes_with_its_reason(tmp_path: Path) -> None:
    told: list[tuple[str, str]] = []
    found = [claim(), claim("open(path)")]
    answer = says((1, "refuted", GUARD), (2, "confirmed", "open(path)"))
    result = await looked(engine(Said([answer]), tmp_path), found, Verify(), told)
    assert [one.status for one in result.findings] == ["verified"]
    assert [(one.title, one.said, one.verifier) for one in result.refuted] == [
        ("Fault of rows[key]", "W.", "Opus 4.7")
    ]
    assert [str(one.reason) for one in result.dropped] == ["refuted"]
    assert told == [("Fault of rows[key]", "gone"), ("Fault of open(path)", "verified")]


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (says((1, "confirmed", "rows[key]")), "W. Opus 4.7 stands by it: W."),
        (says((1, "refuted", GUARD)), "W. Opus 4.7 takes it back: W."),
        (Forbidden("busy", provider="anthropic"), "W."),
        ("I stand by it.", "W."),
    ],
)
async def test_what_is_grave_and_refuted_goes_to_its_finder_and_stays(
    answer: str | Forbidden, said: str, tmp_path: Path
) -> None:
    told: list[tuple[str, str]] = []
    scripted = Said([REFUTED, answer])
    result = await looked(engine(scripted, tmp_path), [claim(severity="P1")], Verify(by="other"), told)
    (found,) = result.findings
    assert (found.status, found.said, found.verifier) == ("contested", said, "GPT-5.5")
    assert [one.model.name for one in scripted.requests] == ["gpt-5.5", "claude-opus-4-7"]
    assert "Said against it: W." in "".join(part.text for part in scripted.requests[1].parts)
    assert told[0] == ("Fault of rows[key]", "contested")
    assert not result.refuted
    assert bool(result.failures) == (said == "W.")


@pytest.mark.asyncio
async def test_a_finder_without_a_key_cannot_answer(tmp_path: Path) -> None:
    said = Said([REFUTED])
    asked = engine(said, tmp_path)
    found = claim(severity="P0")

    async def usable() -> frozenset[str]:
        return frozenset({"openai"}) if said.requests else frozenset({"openai", "anthropic"})

    asked.ports = replace(asked.ports, usable=usable)
    result = await looked(asked, [found], Verify(by="other"))
    assert (result.findings[0].status, result.findings[0].said) == ("contested", "W.")
    assert result.failures == ()


@pytest.mark.asyncio
@pytest.mark.parametrize(
    "failure", [Forbidden("busy", provider="anthropic"), "no json", '{"verdicts": [{"claim": 1, "qu']
)
async def test_a_look_that_fails_changes_nothing(failure: str | Forbidden, tmp_path: Path) -> None:
    told: list[tuple[str, str]] = []
    result = await looked(engine(Said([failure]), tmp_path), [claim()], Verify(), told)
    assert result.findings == (claim(),)
    assert bool(result.failures) or [one.reason for one in result.dropped] == ["cut-off"]
    assert told in ([], [("Fault of rows[key]", "unverified")])
    assert len(result.calls) == 1


@pytest.mark.asyncio
async def test_a_look_that_is_cancelled_changes_nothing(tmp_path: Path) -> None:
    said = Said([CONFIRMED], hold=True)
    asked = engine(said, tmp_path)
    told: list[Finding] = []
    looking = asyncio.create_task(
        verify(
            asked,
            [Group(SITUATION, (claim(),))],
            Verify(),
            job="j",
            on_verdict=lambda before, after: told.append(before),
        )
    )
    while not said.requests:
        await asyncio.sleep(0.005)
    looking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asyncio.wait_for(looking, 10)
    assert said.closed == 1
    assert told == []
    await asked.close()


@pytest.mark.asyncio
async def test_an_empty_budget_ends_all_looks_at_once(tmp_path: Path) -> None:
    judges = Judges(lambda request: CONFIRMED)
    settings = Settings(budget=Budget(day_usd=0.01), review=Review(parallel=1))
    asked = engine(judges, tmp_path, settings=settings)
    groups = [Group(SITUATION, (claim(),)), Group(SITUATION, (claim("open(path)"),))]
    result = await asyncio.wait_for(verify(asked, groups, Verify(), job="j"), 30)
    await asked.close()
    assert judges.asked == []
    assert [type(error) for _, error in result.failures] == [BudgetExceeded]
    assert [one.status for one in result.findings] == ["unverified", "unverified"]


@pytest.mark.asyncio
async def test_votes_are_cast_until_the_majority_stands_and_only_on_what_is_open(tmp_path: Path) -> None:
    found = [claim(), claim("open(path)"), claim("handle.read()")]
    first = says((1, "confirmed", "rows[key]"), (2, "confirmed", "open(path)"), (3, "refuted", "open(path)"))
    second = says(
        (1, "confirmed", "rows[key]"), (2, "refuted", "return handle"), (3, "refuted", "open(path)")
    )
    third = says((1, "confirmed", "open(path)"))
    said = Said([first, second, third])
    result = await looked(engine(said, tmp_path), found, Verify(votes=3))
    assert [one.status for one in result.findings] == ["verified", "verified"]
    assert [one.title for one in result.refuted] == ["Fault of handle.read()"]
    asked = ["".join(part.text for part in one.parts) for one in said.requests]
    assert [text.count("Claim ") for text in asked] == [3, 3, 1]


@pytest.mark.asyncio
async def test_a_vote_that_fails_leaves_those_that_were_cast(tmp_path: Path) -> None:
    said = Said([CONFIRMED, Forbidden("busy", provider="anthropic")])
    result = await looked(engine(said, tmp_path), [claim()], Verify(votes=3))
    assert result.findings[0].status == "verified"
    assert len(result.failures) == 1


@pytest.mark.asyncio
async def test_many_findings_are_asked_about_in_groups_and_few_asks_run_at_once(tmp_path: Path) -> None:
    judges = Judges(lambda request: says(*((n, "confirmed", "rows[key]") for n in range(1, CLAIMS + 1))))
    settings = Settings(review=Review(parallel=2))
    found = [replace(claim(), title=f"T{n}") for n in range(5 * CLAIMS - 3)]
    result = await looked(engine(judges, tmp_path, settings=settings), found, Verify())
    assert len(judges.asked) == 5
    assert judges.most == 2
    assert [one.title for one in result.findings] == [one.title for one in found]
    assert {one.status for one in result.findings} == {"verified"}


@pytest.mark.asyncio
async def test_other_files_are_shown_in_pieces_and_their_secrets_masked(tmp_path: Path) -> None:
    found = claim(evidence=[{"path": "pool.py", "line": 5, "quote": "return POOL[key]"}])
    said = Said([CONFIRMED])
    await looked(engine(said, tmp_path), [found], Verify())
    text = "\n".join(part.text for part in said.requests[0].parts)
    assert "5|     return POOL[key]" in text
    assert "6|     return rows[key]" in text
    assert "AKIA" + "Q7RT2ZPLM4XWNV5K" not in text


@pytest.mark.asyncio
async def test_a_file_that_may_not_leave_is_no_piece(tmp_path: Path) -> None:
    found = claim(evidence=[{"path": "pool.py", "line": 5, "quote": "return POOL[key]"}])
    said = Said([CONFIRMED])
    asked = engine(said, tmp_path, guard=lambda path, text: "it is private" if path == "pool.py" else None)
    private = claim(path="pool.py", quote="return POOL[key]")
    result = await looked(asked, [private, found], Verify())
    text = "\n".join(part.text for part in said.requests[0].parts)
    assert "def get(key)" not in text
    assert "POOL[key]" not in text
    assert "return rows[key]" in text
    assert [one.status for one in result.findings] == ["unverified", "verified"]
