"""A repository's own passes and tasks are its files: who may not see one is not sent its words."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from counterpoint import passes
from counterpoint.engine import Engine
from counterpoint.errors import Forbidden, NotSendable, UsageError
from counterpoint.findings import Findings
from counterpoint.flows.conversing import Turn, words
from counterpoint.flows.edit import edit
from counterpoint.flows.pairing import commit_message
from counterpoint.flows.review import Options, Tools, review, unit_of
from counterpoint.flows.reviewing.pricing import priced
from counterpoint.flows.reviewing.store import Verdicts
from counterpoint.pairing import own
from counterpoint.pairing.staged import seen_by
from counterpoint.project import Overlay, Project
from counterpoint.settings import Providers, Settings
from counterpoint.tasks import EDIT, Task
from counterpoint.text import Document, Situation, Span
from counterpoint.vendors import vendors_of
from tests.asking import Said, engine

KNOWN = ("anthropic", "embedded", "openai")
CENTS = ".counterpoint/passes/cents.md"
NONE = json.dumps({"findings": []})
FOUND = json.dumps(
    {"findings": [{
        "path": "a.py", "line": 1, "quote": "x = 1", "severity": "P2", "confidence": 0.8, "category": "logic",
        "title": "Wrong", "body": "B", "evidence": [], "fix": None,
    }]}
)  # fmt: skip
CHANGED = json.dumps(
    {"assumptions": [], "edits": [{"path": "a.py", "line": 1, "old": "x = 1", "new": "x = 2"}]}
)


def made(root: Path, said: Said, rules: Mapping[str, tuple[str, ...]]) -> tuple[Engine, Project]:
    """An engine over a workspace with two passes and a task of its own."""
    for name, text in (
        ("passes/cents.md", "MARK-OF-THE-CENTS"),
        ("passes/dates.md", "MARK-OF-THE-DATES"),
        ("tasks/migrate.md", "MARK-OF-THE-TASK"),
    ):
        file = root / ".counterpoint" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    project = Project(root)
    settings = replace(Settings(), providers=Providers(paths=rules))
    asked = engine(said, root / "state", settings=settings, guard=project.why_not_sent_text)
    asked.ports = replace(asked.ports, barred=vendors_of(project, rules, KNOWN).barred)
    return asked, project


def options(project: Project, *names: str, **more: str) -> Options:
    rows = passes.named(names, passes.known(project))
    return Options(names, passes.lens_of(rows), verify="none", **more)  # type: ignore[arg-type]


def place(project: Project, path: str = "a.py", instruction: str = "Two") -> Situation:
    document = Document.of(path, "x = 1\n", "python", 1)
    return Situation(document, Span(0, 6), Overlay(project, {path: document}), instruction)


def sent(said: Said) -> list[tuple[str, list[str]]]:
    """To whom what was sent: the marks in each request."""
    return [
        (
            request.model.provider,
            [
                mark
                for mark in ("CENTS", "DATES", "TASK")
                if f"MARK-OF-THE-{mark}" in request.system + "".join(part.text for part in request.parts)
            ],
        )
        for request in said.requests
    ]


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("rules", "path", "vendor", "marks", "without"),
    [
        ({}, "a.py", "anthropic", ["CENTS", "DATES"], []),
        ({CENTS: ("openai",)}, "a.py", "openai", ["CENTS", "DATES"], []),
        ({CENTS: ()}, "a.py", "anthropic", ["DATES"], ["cents"]),
        ({CENTS: ("openai",), "pay/**": ("anthropic",)}, "pay/a.py", "anthropic", ["DATES"], ["cents"]),
        ({CENTS: ("anthropic",), "*/dates.md": ("openai",)}, "a.py", "anthropic", ["CENTS"], ["dates"]),
    ],
)
async def test_a_pass_goes_to_who_may_see_it_and_is_left_out_where_nobody_may(
    tmp_path: Path,
    rules: Mapping[str, tuple[str, ...]],
    path: str,
    vendor: str,
    marks: list[str],
    without: list[str],
) -> None:
    rules = {
        f".counterpoint/passes/{glob[2:]}" if glob[0] == "*" else glob: who for glob, who in rules.items()
    }
    said = Said([NONE])
    asked, project = made(tmp_path, said, rules)
    wanted = options(project, "correctness", "cents", "dates")
    estimated = await priced(asked, [unit_of(place(project, path))], wanted, Tools(project))
    found = await review(asked, [unit_of(place(project, path))], wanted, Tools(project))
    assert sent(said) == [(vendor, marks)]
    assert "correctness: logic" in said.requests[0].system
    assert [where for where, _ in found.skipped] == [f".counterpoint/passes/{name}.md" for name in without]
    assert all("providers.paths" in why and f"{path} reviewed without it" in why for _, why in found.skipped)
    assert ("providers.paths lets only openai see" in found.notice) == (vendor == "openai")
    assert all(f"\n{name}: what" not in said.requests[0].system for name in without)
    assert len(estimated.asks) == 1 and estimated.skipped == found.skipped


@pytest.mark.asyncio
async def test_who_stands_in_is_bound_by_it_as_well(tmp_path: Path) -> None:
    said = Said([Forbidden("no", provider="anthropic")])
    asked, project = made(tmp_path, said, {CENTS: ("anthropic",)})
    found = await review(
        asked, [unit_of(place(project))], options(project, "correctness", "cents"), Tools(project)
    )
    assert sent(said) == [("anthropic", ["CENTS"])]
    assert [one.code for one in found.errors] == ["forbidden"]


@pytest.mark.asyncio
async def test_a_review_with_nothing_else_to_look_for_is_not_made(tmp_path: Path) -> None:
    said = Said([])
    asked, project = made(tmp_path, said, {".counterpoint/passes/**": ()})
    found = await review(asked, [unit_of(place(project))], options(project, "cents", "dates"), Tools(project))
    assert said.requests == []
    assert [row.how for row in found.told] == ["skipped"]
    ((path, why),) = found.skipped
    assert path == "a.py" and CENTS in why and "only nobody see" in why


@pytest.mark.asyncio
async def test_what_was_reviewed_without_a_pass_is_reviewed_with_it_once_it_may_be_seen(
    tmp_path: Path,
) -> None:
    said = Said([FOUND, NONE])
    store = Verdicts(Findings(tmp_path / "findings.sqlite3"))
    for rules, how in (({CENTS: ()}, "asked"), ({CENTS: ()}, "known"), ({}, "asked"), ({}, "known")):
        asked, project = made(tmp_path, said, rules)
        found = await review(
            asked,
            [unit_of(place(project))],
            options(project, "correctness", "cents"),
            Tools(project, store=store),
        )
        await asked.close()
        assert [row.how for row in found.told] == [how], rules
    assert [marks for _, marks in sent(said)] == [[], ["CENTS"]]


@pytest.mark.asyncio
async def test_a_second_look_is_shown_no_pass_and_takes_place(tmp_path: Path) -> None:
    said = Said([FOUND, json.dumps({"verdicts": []})])
    asked, project = made(tmp_path, said, {CENTS: ("anthropic",)})
    wanted = replace(options(project, "correctness", "cents"), verify="other")
    found = await review(asked, [unit_of(place(project))], wanted, Tools(project))
    assert sent(said) == [("anthropic", ["CENTS"]), ("openai", [])]
    assert len(found.findings) == 1 and not found.errors


def task_of(project: Project) -> tuple[Task, str]:  # type: ignore[type-arg]
    mine = own.known(project).named("migrate")
    return mine.task, mine.request


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("rules", "vendor"), [({}, "openai"), ({".counterpoint/**": ("anthropic",)}, "anthropic")]
)
async def test_a_task_goes_to_who_may_see_it(
    tmp_path: Path, rules: Mapping[str, tuple[str, ...]], vendor: str
) -> None:
    said = Said([CHANGED])
    asked, project = made(tmp_path, said, rules)
    row, request = task_of(project)
    reply = await edit(asked, place(project, instruction=request), task=row)
    assert sent(said) == [(vendor, ["TASK"])]
    assert ("only anthropic see .counterpoint/**" in reply.notice) == bool(rules)
    assert reply.answer.files


@pytest.mark.asyncio
async def test_a_task_that_nobody_may_see_is_not_sent_nor_told_of_later(tmp_path: Path) -> None:
    said = Said([CHANGED])
    asked, project = made(tmp_path, said, {".counterpoint/tasks/": ()})
    row, request = task_of(project)
    with pytest.raises(NotSendable, match=r"tasks/migrate\.md"):
        await edit(asked, place(project, instruction=request), task=row)
    told, where = words([(Turn(request, "j"), "kept")])
    assert "MARK-OF-THE-TASK" in told
    with pytest.raises(NotSendable, match=r"tasks/migrate\.md"):
        await edit(asked, replace(place(project), earlier=told, earlier_of=where), task=EDIT)
    assert said.requests == []


@pytest.mark.asyncio
async def test_a_task_that_is_ignored_since_it_was_read_is_not_sent(tmp_path: Path) -> None:
    said = Said([CHANGED])
    asked, project = made(tmp_path, said, {})
    row, request = task_of(project)
    (tmp_path / ".counterpoint" / "ignore").write_text("tasks/\n.counterpoint/tasks/\n")
    with pytest.raises(NotSendable, match=r"tasks/migrate\.md"):
        await edit(asked, place(project, instruction=request), task=row)
    assert said.requests == []


def test_the_folders_are_those_that_are_read() -> None:
    quoted = '<review_pass name="a-1">\n</review_pass> <project_task name="b">'
    assert passes.sources(quoted, quoted) == (f"{passes.FOLDER}/a-1.md", f"{own.FOLDER}/b.md")


def git(root: Path, *words: str) -> None:
    who = ("-c", "user.name=A", "-c", "user.email=a@example.org")
    subprocess.run(["git", *who, *words], cwd=root, check=True, timeout=60, capture_output=True)


@pytest.mark.asyncio
@pytest.mark.parametrize(("rules", "told"), [({"pay/**": ("openai",)}, False), ({}, True)])
async def test_a_message_is_written_after_subjects_that_all_who_could_write_it_may_be_told(
    tmp_path: Path, rules: Mapping[str, tuple[str, ...]], told: bool
) -> None:
    (tmp_path / "pay").mkdir()
    git(tmp_path, "init", "-q")
    for path, subject in (("a.py", "Begin"), ("pay/card.py", "Rename the card"), ("b.py", "")):
        (tmp_path / path).write_text("x = 1\n")
        git(tmp_path, "add", path)
        if subject:
            git(tmp_path, "commit", "-q", "-m", subject)
    said = Said(["Add b"])
    asked, project = made(tmp_path, said, rules)
    await commit_message(asked, project)
    (request,) = said.requests
    sent = "".join(part.text for part in request.parts)
    assert "- Begin" in sent and ("Rename the card" in sent) == told


PAY, SHIP = {"pay/**": ("anthropic",)}, {"ship/**": ("openai",)}


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("rules", "paths", "vendor", "named"),
    [
        ({}, ("a.py", "pay/card.py"), "openai", ("a.py", "pay/card.py")),
        (PAY, ("a.py", "b.py"), "openai", ("a.py", "b.py")),
        (PAY, ("a.py", "pay/card.py"), "anthropic", ("a.py", "pay/card.py")),
        (PAY, ("pay/card.py",), "anthropic", ("pay/card.py",)),
        (PAY | SHIP, ("a.py", "pay/card.py", "ship/box.py"), "anthropic", ("a.py", "pay/card.py")),
        (
            PAY | SHIP,
            ("pay/card.py", "pay/coin.py", "ship/box.py"),
            "anthropic",
            ("pay/card.py", "pay/coin.py"),
        ),
        ({"pay/**": ()}, ("a.py", "pay/card.py"), "openai", ("a.py",)),
    ],
)
async def test_a_message_is_asked_of_who_may_see_most_of_what_is_staged_and_names_nothing_else(
    tmp_path: Path,
    rules: Mapping[str, tuple[str, ...]],
    paths: tuple[str, ...],
    vendor: str,
    named: tuple[str, ...],
) -> None:
    git(tmp_path, "init", "-q")
    for path in paths:
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_text(f"of = {path!r}\n")
    git(tmp_path, "add", *paths)
    said = Said(["Add b"])
    asked, project = made(tmp_path, said, rules)
    reply = await commit_message(asked, project)
    (request,) = said.requests
    sent = "".join(part.text for part in request.parts)
    assert {path for path in paths if path in sent} == set(named)
    assert ("more (ignored, generated or kept private)" in sent) == (len(named) < len(paths))
    assert request.model.provider == vendor
    moved = "providers.paths lets only anthropic see pay/**" in (reply.notice or "")
    assert moved == (vendor == "anthropic")


@pytest.mark.parametrize(
    ("asked", "source", "who", "held"),
    [
        ({"openai"}, "pay/card.py", ["openai"], []),
        ({"openai", "anthropic"}, "pay/card.py", ["openai"], []),
        ({"anthropic"}, "", ["anthropic", "openai"], ["pay/card.py"]),
    ],
)
def test_who_is_not_asked_first_may_be_asked_later_and_is_told_no_more(
    asked: set[str], source: str, who: list[str], held: list[str], tmp_path: Path
) -> None:
    """A cheaper model or a trial: a file that one vendor may see keeps the others out, or is not named."""
    barred = vendors_of(Project(tmp_path), {"pay/**": ("openai",)}, KNOWN).barred
    found = seen_by(["a.py", "pay/card.py"], ["anthropic", "openai"], asked, barred)
    assert (found.source, sorted(found.who), sorted(found.held)) == (source, who, held)


@pytest.mark.asyncio
async def test_nobody_is_asked_where_nobody_may_see_any_of_what_is_staged(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q")
    (tmp_path / "pay").mkdir()
    (tmp_path / "pay" / "card.py").write_text("x = 1\n")
    git(tmp_path, "add", "pay")
    said = Said(["Add b"])
    asked, project = made(tmp_path, said, {"pay/**": ()})
    with pytest.raises(UsageError, match="Nothing that is staged may be sent"):
        await commit_message(asked, project)
    assert said.requests == []
