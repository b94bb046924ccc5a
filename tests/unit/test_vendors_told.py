"""What is told of a file in words, quotes or diffs goes only to those who may see that file."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from counterpoint.answers import ChangeSet, Evidence, FileChange, Finding
from counterpoint.audit import Site
from counterpoint.disk import Local
from counterpoint.engine import Engine
from counterpoint.errors import NotSendable
from counterpoint.findings_reply import finding
from counterpoint.flows.applied import AppliedFile
from counterpoint.flows.checked import NO_CHECKS
from counterpoint.flows.conversing import Turn, diffs_in, words
from counterpoint.flows.edit import edit
from counterpoint.flows.investigate import investigate, question, source_in
from counterpoint.flows.refactoring import mending, testing
from counterpoint.flows.refactoring.mending import Asked
from counterpoint.flows.refactoring.sites import Lookup
from counterpoint.flows.refactoring.values import Options, Tools
from counterpoint.flows.verify import Group, Looked, verify
from counterpoint.project import Overlay, Project
from counterpoint.settings import Providers, Settings, Verify
from counterpoint.testruns.values import Failure
from counterpoint.text import Edit, Situation, Span
from counterpoint.vendors import vendors_of
from tests.asking import Said, engine

KNOWN = ("anthropic", "embedded", "openai")
PAY = {"pay/**": ("anthropic",)}
CARD = "def charge(card):\n    return card.number\n"
APP = "from pay.card import charge\n\ncharge(None)\n"
VERDICT = json.dumps({"verdicts": []})
GOOD = json.dumps({"assumptions": [], "edits": [{"path": "app.py", "line": 3, "old": "None", "new": "1"}]})


def made(root: Path, said: Said, rules: Mapping[str, tuple[str, ...]] = PAY) -> tuple[Engine, Project]:
    """An engine over a workspace with a file that only one vendor may see."""
    (root / "pay").mkdir()
    (root / "pay" / "card.py").write_text(CARD)
    (root / "app.py").write_text(APP)
    project = Project(root, local_only=("local/**",))
    settings = replace(Settings(), providers=Providers(paths=rules))
    asked = engine(said, root / "state", settings=settings, guard=project.why_not_sent_text)
    asked.ports = replace(asked.ports, barred=vendors_of(project, rules, KNOWN).barred)
    return asked, project


def about(project: Project, path: str = "app.py") -> Situation:
    document = project.read(path)
    assert document is not None
    return Situation(document, Span(0, len(document.text)), Overlay(project, {}), "Change it")


def prompt(said: Said) -> str:
    return "".join(part.text for request in said.requests for part in request.parts)


# -- a second look


def found(situation: Situation, path: str, quote: str, mark: str, *evidence: Evidence) -> Finding:
    item = {"path": path, "quote": quote, "title": f"Title {mark}", "severity": "P2", "body": f"Body {mark}"}
    one = finding(item, situation, model="Opus 4.7")
    assert isinstance(one, Finding), one
    return replace(one, evidence=evidence)


async def second_look(asked: Engine, situation: Situation, *findings: Finding) -> Looked:
    try:
        return await verify(asked, [Group(situation, findings)], Verify(by="other", votes=1), job="j")
    finally:
        await asked.close()


@pytest.mark.asyncio
async def test_a_second_look_of_another_vendor_hears_nothing_of_a_file_barred_for_it(tmp_path: Path) -> None:
    said = Said([VERDICT])
    asked, project = made(tmp_path, said)
    situation = about(project)
    free = found(
        situation, "app.py", "charge(None)", "FREE", Evidence("pay/card.py", 2, "return card.number")
    )
    barred = found(situation, "pay/card.py", "return card.number", "BARRED")
    looked = await second_look(asked, situation, free, barred)
    assert [request.model.provider for request in said.requests] == ["openai"]
    told = prompt(said)
    assert "Title FREE" in told
    assert "BARRED" not in told and "card.number" not in told
    assert barred in looked.findings
    ((path, error),) = looked.failures
    assert (
        path == "pay/card.py" and isinstance(error, NotSendable) and "only anthropic see pay/**" in str(error)
    )


@pytest.mark.asyncio
async def test_findings_beside_a_document_barred_for_the_second_look_are_looked_at(tmp_path: Path) -> None:
    said = Said([VERDICT])
    asked, project = made(tmp_path, said)
    situation = about(project, "pay/card.py")
    own = found(situation, "pay/card.py", "return card.number", "BARRED")
    beside = found(
        situation, "app.py", "charge(None)", "FREE", Evidence("pay/card.py", 2, "return card.number")
    )
    looked = await second_look(asked, situation, own, beside)
    assert "Title FREE" in prompt(said)
    assert "BARRED" not in prompt(said) and "card.number" not in prompt(said)
    assert own in looked.findings and [path for path, _ in looked.failures] == ["pay/card.py"]


# -- what was done before


def conversation() -> tuple[str, tuple[tuple[str, Span], ...]]:
    """A turn that changed a barred file, a free one, and one that was moved out of a barred folder."""
    files = [
        AppliedFile("pay/card.py", CARD, CARD.replace("number", "SECRET_OF_THE_CARD"), ()),
        AppliedFile("app.py", APP, APP.replace("None", "FREE_OF_THE_APP"), ()),
        AppliedFile("card.py", CARD, CARD.replace("number", "MOVED_OUT"), (), was="pay/old.py"),
    ]
    first = Turn("First", "j1", diffs=diffs_in(files[:1]))
    return words([(first, "kept"), (Turn("Then", "j2", diffs=diffs_in(files)), "kept")])


@pytest.mark.asyncio
@pytest.mark.parametrize(("rules", "seen"), [(PAY, False), ({}, True)])
async def test_diffs_of_earlier_turns_go_without_files_barred_for_who_is_asked(
    tmp_path: Path, rules: Mapping[str, tuple[str, ...]], seen: bool
) -> None:
    said = Said([GOOD])
    asked, project = made(tmp_path, said, rules)
    earlier, where = conversation()
    reply = await edit(asked, replace(about(project), earlier=earlier, earlier_of=where))
    await asked.close()
    assert reply.answer.files and said.requests[0].model.provider == "openai"
    told = prompt(said)
    assert "FREE_OF_THE_APP" in told and "Request: First" in told and "Request: Then" in told
    assert ("SECRET_OF_THE_CARD" in told) == seen
    assert ("MOVED_OUT" in told) == seen
    assert told.count("The diff of a file is left out: it is not sent.") == (0 if seen else 3)


def test_where_the_diffs_of_earlier_turns_stand_is_exact_where_they_are_cut() -> None:
    long = "".join(f"value_{number} = {number}\n" for number in range(900))
    turn = Turn(
        "Long", "j", diffs=diffs_in([AppliedFile("a.py", None, long, ()), AppliedFile("b.py", "", "x\n", ())])
    )
    earlier, where = words([(Turn("Before", "i"), "kept"), (turn, "kept")])
    ((path, span),) = where
    assert path == "a.py"
    text = earlier[span.start : span.end]
    assert text.startswith("--- /dev/null\n") and earlier[span.end :].startswith("\n```\n")


# -- a printed file


@pytest.mark.asyncio
async def test_a_printed_file_goes_only_to_vendors_that_may_see_it(tmp_path: Path) -> None:
    said = Said([json.dumps({"findings": []})])
    asked, project = made(tmp_path, said, {"logs/**": ("openai",)})
    log = tmp_path / "logs" / "run.log"
    source = source_in(project, str(log))
    assert source == "logs/run.log"
    reply = await investigate(
        asked, question("KeyError: 'tea'", project, source=source), how=Verify(by="none")
    )
    await asked.close()
    assert [request.model.provider for request in said.requests] == ["openai"]
    assert "only openai see logs/**" in reply.reply.notice


@pytest.mark.asyncio
async def test_a_printed_file_that_nobody_may_see_is_not_sent(tmp_path: Path) -> None:
    said = Said([])
    asked, project = made(tmp_path, said, {"logs/**": ()})
    asking = question("KeyError: 'tea'", project, source="logs/run.log")
    with pytest.raises(NotSendable, match=r"logs/run\.log is not sent to a model"):
        await investigate(asked, asking, how=Verify(by="none"))
    await asked.close()
    assert said.requests == []


def test_what_was_printed_outside_of_the_workspace_has_no_source(tmp_path: Path) -> None:
    (tmp_path / "here").mkdir()
    assert source_in(Project(tmp_path / "here"), str(tmp_path / "run.log")) == ""


# -- a repair


def mending_in(asked: Engine, project: Project) -> tuple[Asked, ChangeSet]:
    tools = Tools(Lookup(None, None, None), project, Local(project), NO_CHECKS)  # type: ignore[arg-type]
    change = FileChange("app.py", APP, (Edit(Span(0, 0), "import os\n"),))
    return Asked(asked, about(project), tools, Options()), ChangeSet((change,))


def site(path: str, why: str) -> Site:
    return Site(path, 1, "charge", certain=True, state="broken", why=why)


@pytest.mark.asyncio
async def test_a_repair_hears_of_no_site_in_a_file_that_is_not_sent(tmp_path: Path) -> None:
    asked, project = made(tmp_path, Said([]))
    (tmp_path / "local").mkdir()
    (tmp_path / "local" / "plan.py").write_text(APP)
    about_it, answer = mending_in(asked, project)
    sites = [site("app.py", "OPEN"), site("local/plan.py", "LOCAL"), site("pay/card.py", "BARRED")]
    told = await mending.words(about_it, answer, (), partial(mending.worded, sites))
    assert told == "- app.py:2 relies on charge: OPEN\n- and 2 more places in files that are not sent\n"
    assert await mending.words(about_it, answer, (), partial(mending.worded, sites[1:])) == ""


@pytest.mark.asyncio
async def test_who_may_not_answer_bars_nothing(tmp_path: Path) -> None:
    asked, project = made(tmp_path, Said([]))
    about_it, _ = mending_in(asked, project)
    answer = ChangeSet((FileChange("pay/card.py", CARD, (Edit(Span(0, 0), "import os\n"),)),))
    told = await mending.words(about_it, answer, (), partial(mending.worded, [site("pay/card.py", "OWN")]))
    assert told == "- pay/card.py:2 relies on charge: OWN\n"


@pytest.mark.asyncio
async def test_a_repair_hears_of_no_failure_in_a_file_that_is_not_sent(tmp_path: Path) -> None:
    asked, project = made(tmp_path, Said([]))
    (tmp_path / "local").mkdir()
    (tmp_path / "local" / "test_plan.py").write_text(APP)
    about_it, answer = mending_in(asked, project)
    failures = [
        Failure("test_app.py::test_it", "app.py", 3, "TypeError", "OPEN", category="logic"),
        Failure("test_plan", "local/test_plan.py", 3, "TypeError", "LOCAL", category="logic"),
        Failure("local/test_plan.py::test_it", "app.py", 3, "TypeError", "DATA-OF-LOCAL", category="logic"),
        Failure("test_card", "pay/card.py", 3, "TypeError", "BARRED", category="logic"),
        Failure("test_somewhere", "", 0, "TypeError", "UNKNOWN", category="logic"),
    ]
    say = partial(testing.worded, failures, about_it.tools.local)
    told = await mending.words(about_it, answer, (), say)
    assert "test_it fails at app.py:3 (logic): TypeError: OPEN\n" in told
    assert "- test test_somewhere fails (logic): TypeError\n" in told
    assert not [word for word in ("LOCAL", "BARRED", "UNKNOWN", "plan", "card") if word in told]
    assert told.endswith("- and 3 more failures in files that are not sent\n")
