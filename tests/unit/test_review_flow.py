"""The flow of a review: what is asked, in which order, what is known, and what a failing stage leaves."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from counterpoint.answers import Dropped, Finding
from counterpoint.errors import (
    BadRequest,
    BudgetExceeded,
    ConfigError,
    ProviderError,
    RateLimited,
    UsageError,
)
from counterpoint.findings import Findings
from counterpoint.flows.review import Options, Review, Store, Told, Tools, review, unit_of
from counterpoint.flows.reviewing.places import Places
from counterpoint.flows.reviewing.store import Verdicts
from counterpoint.models import Usage
from counterpoint.providers import Begun, Chunk, Done, Request
from counterpoint.reviewing.unit import Unit
from counterpoint.settings import Review as ReviewSettings
from counterpoint.settings import Settings
from counterpoint.text import Document, NoFiles, Situation, Span
from tests.asking import engine

DIRECT = Options(strategy="direct")


class Played:
    """Answers each prompt by its file and kind; notes what was asked, and when answers began and ended."""

    name = "played"

    def __init__(self, answers: Mapping[tuple[str, str], str | ProviderError]) -> None:
        self.answers = dict(answers)
        self.asked: list[tuple[str, str]] = []
        self.events: list[tuple[str, str]] = []
        self.prompts: list[str] = []
        self.most = 0
        self._now = 0
        self.gate: dict[tuple[str, str], asyncio.Event] = {}

    async def stream(self, request: Request) -> AsyncGenerator[Chunk, None]:
        kind, path = kind_of(request), path_of(request)
        self.asked.append((kind, path))
        self.prompts.append("".join(part.text for part in request.parts))
        self.events.append(("asked", path))
        self._now += 1
        self.most = max(self.most, self._now)
        try:
            answer = self.answers.get((kind, path), NOTHING if kind != "verify" else NO_VERDICTS)
            if isinstance(answer, ProviderError):
                if answer.retry:
                    del self.answers[kind, path]
                raise answer
            await asyncio.sleep(0.01)
            self.events.append(("begun", path))
            yield Begun(Usage(input_tokens=100), "r")
            for at in range(0, len(answer), 40):
                yield answer[at : at + 40]
                await asyncio.sleep(0)
            if (kind, path) in self.gate:
                await self.gate[kind, path].wait()
            self.events.append(("ended", path))
            yield Done("end", Usage(input_tokens=100, output_tokens=20), request.model.id)
        finally:
            self._now -= 1

    async def count(self, request: Request) -> int | None:
        return None

    async def close(self) -> None:
        return None


def kind_of(request: Request) -> str:
    opening = (request.system or "")[:60]
    return {"You take a s": "verify", "You draft a ": "draft"}.get(opening[:12], "review")


def path_of(request: Request) -> str:
    text = "".join(part.text for part in request.parts)
    return text.partition("File: ")[2].partition(" ")[0]


def said(*items: dict[str, Any]) -> str:
    return json.dumps({"findings": list(items)})


def item(path: str, line: int, quote: str, **more: Any) -> dict[str, Any]:
    base = {
        "path": path, "line": line, "quote": quote, "severity": "P2", "confidence": 0.8, "category": "logic",
        "title": f"Wrong: {quote}", "body": "B", "evidence": [], "fix": None,
    }  # fmt: skip
    return {**base, **more}


def verdicts(*rows: tuple[str, str, int, str]) -> str:
    """(holds, path, line, quote) for the claims in order."""
    made = [
        {"claim": n, "holds": holds, "why": "W", "quotes": [{"path": path, "line": line, "quote": quote}]}
        for n, (holds, path, line, quote) in enumerate(rows, 1)
    ]
    return json.dumps({"verdicts": made})


NOTHING, NO_VERDICTS = said(), json.dumps({"verdicts": []})
TEXT = "def first(a):\n    return a / 0\n\n\ndef second(b):\n    return b / 0\n"


def unit(path: str = "a.py", text: str = TEXT) -> Unit:
    document = Document.of(path, text, "python")
    return unit_of(Situation(document, Span(0, len(text))))


def stored(folder: Path) -> Store:
    return Verdicts(Findings(folder / "findings.sqlite3"))


def ways(found: Review) -> list[tuple[str, str]]:
    return [(row.path, row.how) for row in found.told]


@pytest.mark.asyncio
async def test_the_rest_starts_when_the_first_has_begun_not_when_it_has_ended(tmp_path: Path) -> None:
    played = Played({})
    paths = [f"f{n}.py" for n in range(6)]
    held = asyncio.Event()
    played.gate["review", "f0.py"] = held
    made = asyncio.create_task(review(engine(played, tmp_path), [unit(path) for path in paths], DIRECT))
    async with asyncio.timeout(20):
        while ("ended", "f5.py") not in played.events:
            await asyncio.sleep(0.005)
    assert ("ended", "f0.py") not in played.events
    begun = played.events.index(("begun", "f0.py"))
    assert [path for what, path in played.events[:begun] if what == "asked"] == ["f0.py"]
    held.set()
    found = await made
    assert ways(found) and all(how == "asked" for _, how in ways(found))
    assert played.most <= Settings().review.parallel


@pytest.mark.asyncio
async def test_a_leader_that_fails_is_followed_by_the_next(tmp_path: Path) -> None:
    played = Played({("review", "a.py"): BadRequest("no", provider="anthropic")})
    made = engine(played, tmp_path, usable=frozenset({"anthropic"}))
    found = await review(made, [unit("a.py"), unit("b.py")], DIRECT)
    assert [one.code for one in found.errors] == ["bad-request"]
    assert ("review", "b.py") in played.asked


@pytest.mark.asyncio
async def test_what_is_known_costs_nothing_and_comes_back_where_it_stands_now(tmp_path: Path) -> None:
    played = Played({("review", "a.py"): said(item("a.py", 2, "a / 0"))})
    made = engine(played, tmp_path)
    first = await review(made, [unit()], DIRECT, Tools(store=stored(tmp_path)))
    again = await review(made, [unit()], DIRECT, Tools(store=stored(tmp_path)))
    assert len(played.asked) == 1
    assert [one.id for one in again.findings] == [one.id for one in first.findings]
    assert ways(again) == [("a.py", "known")] and again.calls == ()
    other = await review(made, [unit()], replace(DIRECT, passes=("security",)), Tools(store=stored(tmp_path)))
    assert ways(other) == [("a.py", "asked")]
    anew = await review(made, [unit()], replace(DIRECT, anew=True), Tools(store=stored(tmp_path)))
    assert ways(anew) == [("a.py", "asked")]


@pytest.mark.asyncio
async def test_a_renamed_file_is_known_a_copied_one_is_not(tmp_path: Path) -> None:
    played = Played({("review", "a.py"): said(item("a.py", 2, "a / 0"))})
    made = engine(played, tmp_path)
    await review(made, [unit("a.py")], DIRECT, Tools(store=stored(tmp_path)))
    renamed = await review(made, [unit("b.py")], DIRECT, Tools(store=stored(tmp_path)))
    assert ways(renamed) == [("b.py", "known")]
    assert [(one.path, one.start.line) for one in renamed.findings] == [("b.py", 1)]

    class Holding(NoFiles):
        def read(self, path: str) -> Document | None:
            return Document.of(path, TEXT, "python") if path == "a.py" else None

    document = replace(unit("c.py").block, name="first")
    await review(
        made,
        [replace(unit("a.py"), block=document)],
        DIRECT,
        Tools(files=Holding(), store=stored(tmp_path)),
    )
    copied = replace(unit("c.py"), block=document)
    found = await review(made, [copied], DIRECT, Tools(files=Holding(), store=stored(tmp_path)))
    assert ways(found) == [("c.py", "asked")]


@pytest.mark.asyncio
async def test_a_second_look_decides_and_is_bought_once(tmp_path: Path) -> None:
    played = Played(
        {
            ("review", "a.py"): said(item("a.py", 2, "a / 0"), item("a.py", 6, "b / 0")),
            ("verify", "a.py"): verdicts(
                ("confirmed", "a.py", 2, "return a / 0"), ("refuted", "a.py", 5, "def second(b):")
            ),
        }
    )
    made = engine(played, tmp_path)
    seen: list[list[tuple[int, str]]] = []

    def show(path: str, findings: tuple[Finding, ...]) -> None:
        seen.append([(one.start.line, one.status) for one in findings])

    found = await review(made, [unit()], Options(), Tools(store=stored(tmp_path)), on_findings=show)
    assert [(one.start.line, one.status) for one in found.findings] == [(1, "verified")]
    assert ("refuted", "a.py: Wrong: b / 0") in [(one.reason, one.detail) for one in found.dropped]
    assert seen[0] == [(1, "unverified")]
    again = await review(made, [unit()], Options(), Tools(store=stored(tmp_path)))
    assert played.asked == [("review", "a.py"), ("verify", "a.py")]
    assert [one.status for one in again.findings] == ["verified"]


@pytest.mark.asyncio
async def test_the_ledger_is_told_what_was_refuted_and_which_quotes_were_absent(tmp_path: Path) -> None:
    played = Played(
        {
            ("review", "a.py"): said(item("a.py", 6, "b / 0"), item("a.py", 1, "no such line")),
            ("verify", "a.py"): verdicts(("refuted", "a.py", 5, "def second(b):")),
        }
    )
    made = engine(played, tmp_path)
    await review(made, [unit()], Options(), Tools(root="/w"))
    rows = {(row.model, row.refuted, row.absent) for row in made.ledger.precision(date(2000, 1, 1), "/w")}
    assert rows == {("Opus 4.7", 1, 0), ("Opus 4.7", 0, 1)}


@pytest.mark.asyncio
async def test_a_look_that_fails_leaves_findings_and_is_all_that_is_bought_next_time(tmp_path: Path) -> None:
    fault = ProviderError("no", provider="anthropic")
    played = Played({("review", "a.py"): said(item("a.py", 2, "a / 0")), ("verify", "a.py"): fault})
    made = engine(played, tmp_path)
    found = await review(made, [unit()], Options(), Tools(store=stored(tmp_path)))
    assert [one.status for one in found.findings] == ["unverified"]
    assert [one.stage for one in found.errors] == ["verify"]
    played.answers["verify", "a.py"] = verdicts(("confirmed", "a.py", 2, "return a / 0"))
    played.asked.clear()
    again = await review(made, [unit()], Options(), Tools(store=stored(tmp_path)))
    assert [kind for kind, _ in played.asked] == ["verify"]
    assert [one.status for one in again.findings] == ["verified"] and again.complete


@pytest.mark.asyncio
async def test_what_a_cancelled_review_had_said_is_kept_and_asked_about_anew(tmp_path: Path) -> None:
    played = Played({("review", "a.py"): said(item("a.py", 2, "a / 0"))})
    played.gate["review", "a.py"] = asyncio.Event()
    made = engine(played, tmp_path)
    shown = asyncio.Event()
    task = asyncio.create_task(
        review(made, [unit()], DIRECT, Tools(store=stored(tmp_path)), on_findings=lambda *_: shown.set())
    )
    await asyncio.wait_for(shown.wait(), 10)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    played.gate.clear()
    played.answers["review", "a.py"] = said(item("a.py", 6, "b / 0"))
    again = await review(made, [unit()], DIRECT, Tools(store=stored(tmp_path)))
    assert [one.start.line for one in again.findings] == [1, 5]
    assert ways(again) == [("a.py", "asked")]


@pytest.mark.asyncio
async def test_drafts_that_the_deep_role_finds_too_are_verified_and_no_draft_is_hidden(
    tmp_path: Path,
) -> None:
    played = Played(
        {
            ("draft", "a.py"): said(
                item("a.py", 2, "a / 0"), item("a.py", 5, "def second(b):", severity="P1")
            ),
            ("review", "a.py"): said(item("a.py", 2, "a / 0", title="Divides by zero")),
        }
    )
    options = Options(strategy="draft-verify", verify="none")
    made = engine(played, tmp_path)
    found = await review(made, [unit()], options, Tools(store=stored(tmp_path)))
    assert [(one.title, one.status, one.model, one.verifier) for one in found.findings] == [
        ("Divides by zero", "verified", "GPT-5.5", "Opus 4.7"),
        ("Wrong: def second(b):", "contested", "GPT-5.5", ""),
    ]
    assert [kind for kind, _ in played.asked] == ["draft", "review"]
    again = await review(made, [unit()], options, Tools(store=stored(tmp_path)))
    assert len(played.asked) == 2
    assert [one.status for one in again.findings] == ["verified", "contested"]


@pytest.mark.asyncio
async def test_drafts_are_not_paid_twice_where_the_deep_role_failed(tmp_path: Path) -> None:
    played = Played(
        {
            ("draft", "a.py"): said(item("a.py", 2, "a / 0")),
            ("review", "a.py"): ProviderError("no", provider="anthropic"),
        }
    )
    options = Options(strategy="draft-verify", verify="none")
    made = engine(played, tmp_path)
    failed = await review(made, [unit()], options, Tools(store=stored(tmp_path)))
    assert [one.status for one in failed.findings] == ["unverified"] and not failed.complete
    played.answers["review", "a.py"] = said(item("a.py", 2, "a / 0"))
    played.asked.clear()
    found = await review(made, [unit()], options, Tools(store=stored(tmp_path)))
    assert [kind for kind, _ in played.asked] == ["review"]
    assert [one.status for one in found.findings] == ["verified"]


@pytest.mark.asyncio
async def test_a_vendor_that_is_asked_too_much_is_asked_less_and_again(tmp_path: Path) -> None:
    played = Played({("review", "b.py"): RateLimited("slow", provider="anthropic", retry_after=0.01)})
    units = [unit(path) for path in ("a.py", "b.py", "c.py")]
    found = await review(engine(played, tmp_path, usable=frozenset({"anthropic"})), units, DIRECT)
    assert found.complete
    assert sorted(path for path, how in ways(found) if how == "asked") == ["a.py", "b.py", "c.py"]
    assert [path for _, path in played.asked].count("b.py") == 2


@pytest.mark.asyncio
async def test_a_vendor_that_says_to_come_back_tomorrow_is_left_alone(tmp_path: Path) -> None:
    played = Played({("review", "a.py"): RateLimited("slow", provider="anthropic", retry_after=86_400)})
    found = await review(engine(played, tmp_path, usable=frozenset({"anthropic"})), [unit()], DIRECT)
    assert [one.code for one in found.errors] == ["rate-limited"] and ways(found) == [("a.py", "failed")]


@pytest.mark.asyncio
async def test_a_place_is_given_back_by_whoever_is_cancelled() -> None:
    places = Places(2)
    await places.take()
    await places.take()
    waiting = [asyncio.create_task(places.take()) for _ in range(3)]
    await asyncio.sleep(0)
    waiting[0].cancel()
    places.give()
    await asyncio.wait_for(waiting[1], 5)
    with pytest.raises(asyncio.CancelledError):
        await waiting[0]
    assert not waiting[2].done()
    places.give()
    await asyncio.wait_for(waiting[2], 5)


@pytest.mark.asyncio
async def test_a_place_given_to_one_who_is_being_cancelled_goes_to_the_next() -> None:
    places = Places(1)
    await places.take()
    first, second = (asyncio.create_task(places.take()) for _ in range(2))
    await asyncio.sleep(0)
    places.give()
    first.cancel()
    with pytest.raises(asyncio.CancelledError):
        await first
    await asyncio.wait_for(second, 5)


@pytest.mark.asyncio
async def test_a_fix_moves_with_its_file_and_is_proved_once(tmp_path: Path) -> None:
    edit = {"path": "a.py", "line": 2, "old": "a / 0", "new": "a", "reason": "r"}
    fixed = item("a.py", 2, "a / 0", fix={"title": "Do not divide", "edits": [edit]})
    proved: list[str] = []

    async def prove(
        findings: Sequence[Finding], situation: Situation, dropped: Callable[[Dropped], None]
    ) -> list[Finding]:
        proved.extend(one.path for one in findings)
        return [replace(one, fix=replace(one.fix, proof=("applies",))) for one in findings if one.fix]

    made = engine(Played({("review", "a.py"): said(fixed)}), tmp_path)
    tools = Tools(store=stored(tmp_path), prove=prove)
    first = await review(made, [unit("a.py")], DIRECT, tools)
    again = await review(made, [unit("b.py")], DIRECT, tools)
    assert proved == ["a.py"]
    for found, path in ((first, "a.py"), (again, "b.py")):
        [one] = found.findings
        assert one.fix is not None and one.fix.proof == ("applies",)
        assert [edit.path for edit in one.fix.edits] == [path]


@pytest.mark.asyncio
async def test_proofs_that_fail_lose_no_finding(tmp_path: Path) -> None:
    edit = {"path": "a.py", "line": 2, "old": "a / 0", "new": "a", "reason": "r"}
    fixed = item("a.py", 2, "a / 0", fix={"title": "Do not divide", "edits": [edit]})

    async def prove(
        findings: Sequence[Finding], situation: Situation, dropped: Callable[[Dropped], None]
    ) -> list[Finding]:
        raise UsageError("no work tree")

    made = engine(Played({("review", "a.py"): said(fixed)}), tmp_path)
    found = await review(made, [unit()], DIRECT, Tools(prove=prove))
    assert len(found.findings) == 1 and [one.stage for one in found.errors] == ["prove"]


@pytest.mark.asyncio
async def test_a_store_that_cannot_be_used_costs_a_remark_and_no_finding(tmp_path: Path) -> None:
    class Broken:
        def known(self, wanted: Mapping[str, Unit], read: Any) -> Mapping[str, Any]:
            raise ConfigError("damaged")

        def keep(self, known: Mapping[str, Any], read: Any) -> None:
            raise ConfigError("full")

    made = engine(Played({("review", "a.py"): said(item("a.py", 2, "a / 0"))}), tmp_path)
    found = await review(made, [unit()], DIRECT, Tools(store=Broken()))
    assert len(found.findings) == 1
    assert sorted(one.stage for one in found.errors) == ["known", "store"]


@pytest.mark.asyncio
async def test_after_the_budget_nothing_else_is_asked_and_every_unit_is_told(tmp_path: Path) -> None:
    from counterpoint.settings import Budget

    played = Played({})
    settings = Settings(budget=Budget(day_usd=0.0001), review=ReviewSettings(parallel=1))
    found = await review(
        engine(played, tmp_path, settings=settings), [unit("a.py"), unit("b.py"), unit("c.py")], DIRECT
    )
    assert played.asked == []
    assert [one.code for one in found.errors] == [BudgetExceeded.code]
    assert [how for _, how in ways(found)] == ["failed"] * 3


@pytest.mark.asyncio
async def test_without_a_model_what_is_known_is_told_all_the_same(tmp_path: Path) -> None:
    played = Played({("review", "a.py"): said(item("a.py", 2, "a / 0"))})
    tools = Tools(store=stored(tmp_path))
    await review(engine(played, tmp_path), [unit()], DIRECT, tools)
    keyless = engine(played, tmp_path, usable=frozenset())
    found = await review(keyless, [unit(), unit("b.py", "x = 1\n")], DIRECT, tools)
    assert [one.start.line for one in found.findings] == [1]
    assert ways(found) == [("a.py", "known"), ("b.py", "skipped")]
    assert found.complete and found.notice


@pytest.mark.asyncio
async def test_each_unit_is_told_as_soon_as_its_fate_is_known(tmp_path: Path) -> None:
    rows: list[Told] = []
    await review(engine(Played({}), tmp_path), [unit()], DIRECT, on_told=rows.append)
    assert [str(row) for row in rows] == ["a.py:1-6 the rest: asked, named by you"]
