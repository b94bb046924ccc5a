"""The runner of case files about the tasks of pair programming, on real files, with the real engine."""

from __future__ import annotations

import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from counterpoint.answers import ChangeSet, Dropped, Findings, Prose
from counterpoint.disk import Disk
from counterpoint.engine import Engine
from counterpoint.flows.checked import Checks
from counterpoint.flows.edit import edit
from counterpoint.flows.pairing import (
    addressed_question,
    commit_message,
    prepared,
    tell,
)
from counterpoint.pairing import own
from counterpoint.pairing.comments import addressed
from counterpoint.project import Project
from counterpoint.tasks import EDIT, FIX, TASKS, Task
from counterpoint.text import Document, Problem, Situation, Span, apply
from tests.asking import Said, engine
from tests.casefiles import Case, read_case

CASES = Path(__file__).parent / "cases"
KINDS = (
    "implement", "tests", "document", "simplify", "fix", "comment", "explain", "ask", "commit", "own",
)  # fmt: skip


def files(kinds: tuple[str, ...]) -> list[Any]:
    found = [(kind, file) for kind in kinds for file in sorted((CASES / kind).glob("*.md"))]
    assert {kind for kind, _ in found} == {*kinds}
    return [pytest.param(kind, file, id=f"{kind}/{file.stem}") for kind, file in found]


def rows(case: Case, block: str) -> list[str]:
    return [line for line in case.blocks.get(block, "").splitlines() if line.strip()]


def named(dropped: tuple[Dropped, ...]) -> list[str]:
    return sorted(f"{item.reason}: {item.detail}" for item in dropped)


def written(case: Case, root: Path) -> Project:
    """The case's files on disk."""
    if ignored := case.blocks.get("ignored"):
        (root / ".gitignore").write_text(ignored)
    for path, document in case.files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(document.text.encode())
    return Project(root)


def asked(case: Case, root: Path) -> tuple[Engine, Said, Situation, Project]:
    project = written(case, root)
    said = Said([case.answer])
    made = engine(said, root.parent, guard=project.why_not_sent_text)
    return made, said, replace(case.situation, files=project), project


def sent_as_told(case: Case, said: Said) -> None:
    (request,) = said.requests
    sent = request.system + "".join(part.text for part in request.parts)
    for line in rows(case, "prompt"):
        assert line in sent
    for part in rows(case, "unsent"):
        assert part not in sent


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("kind", "file"), files(("implement", "tests", "document", "simplify", "fix", "comment"))
)
async def test_edits(kind: str, file: Path, tmp_path: Path) -> None:
    case = read_case(file)
    root = tmp_path / "work"
    root.mkdir()
    asking, said, situation, project = asked(case, root)
    await changed(case, asking, situation, project, kind)
    sent_as_told(case, said)


async def changed(case: Case, asking: Engine, situation: Situation, project: Project, kind: str) -> None:
    document = situation.document
    task: Task[ChangeSet] = EDIT
    if kind == "comment":
        line = document.position(situation.span.start).line
        text, span = addressed_question(document, addressed(document, line, line))
        situation = replace(situation, instruction=text, span=span)
    else:
        task = row(kind)
    if task is FIX:
        problem = Problem(document.path, situation.span, situation.instruction, "Pyright")
        situation = replace(situation, instruction="", problems=(problem,))
    situation = await prepared(task, situation)
    reply = await edit(asking, situation, task=task, checks=Checks(Disk(project)))
    answer = reply.answer
    assert {one.path: apply(one.before or "", one.edits) for one in answer.files} == case.wanted
    assert named(answer.dropped) == sorted(rows(case, "dropped"))
    assert [*answer.assumptions] == rows(case, "assumed")
    assert answer.question == "\n".join(rows(case, "asked"))
    assert not any(one.needs_confirmation for one in answer.files)


def row(kind: str) -> Task[ChangeSet]:
    task = TASKS[kind]
    assert task.shape is ChangeSet
    return task


@pytest.mark.asyncio
@pytest.mark.parametrize(("kind", "file"), files(("explain", "ask")))
async def test_words(kind: str, file: Path, tmp_path: Path) -> None:
    case = read_case(file)
    root = tmp_path / "work"
    root.mkdir()
    asking, said, situation, _ = asked(case, root)
    if kind == "ask":
        situation = replace(situation, document=Document.of("", "", "plaintext"), span=Span(0, 0))
    task = TASKS[kind]
    assert task.shape is Prose
    found = await tell(asking, task, situation)
    assert found.reply.answer.text.splitlines() == rows(case, "told")
    assert named(found.reply.answer.dropped) == sorted(rows(case, "dropped"))
    sent_as_told(case, said)


@pytest.mark.asyncio
@pytest.mark.parametrize(("kind", "file"), files(("commit",)))
async def test_messages(kind: str, file: Path, tmp_path: Path) -> None:
    case = read_case(file)
    root = tmp_path / "work"
    root.mkdir()
    asking, said, _, project = asked(case, root)
    git(root, "init", "-q")
    git(root, "add", "-A")
    for subject in rows(case, "subjects"):
        git(root, "commit", "-q", "--allow-empty", "-m", subject)
    for path, text in case.wanted.items():
        if text:
            (root / path).write_text(text)
        else:
            (root / path).unlink()
    git(root, "add", "-A", "-f")
    reply = await commit_message(asking, project)
    assert reply.answer.text.splitlines() == rows(case, "told")
    sent_as_told(case, said)


def git(root: Path, *arguments: str) -> None:
    who = ("-c", "user.name=A", "-c", "user.email=a@example.org")
    subprocess.run(["git", *who, *arguments], cwd=root, check=True, timeout=60, capture_output=True)


@pytest.mark.asyncio
@pytest.mark.parametrize(("kind", "file"), files(("own",)))
async def test_tasks_of_the_repository(kind: str, file: Path, tmp_path: Path) -> None:
    case = read_case(file)
    root = tmp_path / "work"
    root.mkdir()
    asking, said, situation, project = asked(case, root)
    known = own.known(project)
    assert known.problems == ()
    (one,) = known.tasks.values()
    situation = replace(situation, instruction=one.request, passes=(one.task.name,), lens=one.task.title)
    if one.task.shape is ChangeSet:
        reply = await edit(asking, situation, task=one.task, checks=Checks(Disk(project)))
        made = {change.path: apply(change.before or "", change.edits) for change in reply.answer.files}
        assert made == case.wanted
    else:
        assert one.task.shape is Findings
        found = (await asking.ask(one.task, situation)).answer
        told = [
            f"{item.path}:{item.start.line + 1} {item.severity} {item.lens}/{item.category} {item.title}"
            for item in found.kept
        ]
        assert told == rows(case, "findings")
        assert named(found.dropped) == sorted(rows(case, "dropped"))
    sent_as_told(case, said)
