"""Questions of another day in a copy of its own, and the tests that judge answers. Real git, real pytest."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from counterpoint.answers import FileChange
from counterpoint.comparing.values import Case
from counterpoint.context.question import Question
from counterpoint.engine import Engine
from counterpoint.errors import NotSendable, UsageError
from counterpoint.flows.judged import Trial
from counterpoint.flows.mined import cases_from_git
from counterpoint.flows.standing import Stand, Standing
from counterpoint.project import Project
from counterpoint.tasks import EDIT, task_named
from counterpoint.text import Edit, Span
from counterpoint.vendors import vendors_of
from counterpoint.workspace import Workspace, open_workspace
from tests.histories import PRICES, PRICES_FIXED, PRICES_FIXED_TESTS, PRICES_TESTS, commit, git, shop

PYTEST = f"{sys.executable} -m pytest -q -p no:cacheprovider"


@asynccontextmanager
async def opened(root: Path) -> AsyncIterator[Workspace]:
    workspace = await open_workspace(root)
    try:
        yield workspace
    finally:
        await workspace.close()


def case_of(root: Path, task: str = "edit") -> Case:
    return cases_from_git(Project(root), task, 1).cases[0]


def trial(root: Path, case: Case, command: str = PYTEST) -> Trial:
    return Trial(Project(root), command, case, asyncio.Lock(), seconds=60.0)


def rewritten(text: str, before: str = PRICES, path: str = "prices.py") -> list[FileChange]:
    return [FileChange(path, before, (Edit(Span(0, len(before)), text),))]


def state(root: Path) -> tuple[str, ...]:
    files = sorted(path for path in root.rglob("*") if path.is_file() and ".git" not in path.parts)
    return (
        git(root, "status", "--porcelain"),
        git(root, "worktree", "list"),
        *(p.read_text() for p in files),
    )


@pytest.mark.asyncio
async def test_the_question_is_about_the_file_as_it_was_and_sees_only_that_day(tmp_path: Path) -> None:
    root = tmp_path / "shop"
    shop(root)
    commit(
        root,
        "Use them",
        {"till.py": "from prices import Prices\n\n\ndef pay():\n    return Prices().total([])\n"},
    )
    case = case_of(root)
    (root / "prices.py").write_text("# the user is amid something\n")
    before = state(root)
    async with opened(root) as workspace:
        stand = Stand(workspace.engine, workspace.project)
        async with stand.at(case, EDIT) as standing:
            situation = standing.situation
            assert situation.document.text == PRICES
            assert situation.instruction.startswith("Fix KeyError")
            tests = situation.files.read("tests/test_prices.py")
            assert tests is not None and tests.text == PRICES_FIXED_TESTS
            assert situation.files.read("till.py") is None and "till.py" not in situation.files.paths()
            assert set(await gathered(standing)) == {"tests/test_prices.py"}
        assert state(root)[0] == before[0]
        await stand.close()
    assert state(root) == before


@pytest.mark.asyncio
@pytest.mark.parametrize("task", ["edit", "fix"])
async def test_what_is_new_in_the_tests_of_a_commit_stands_in_the_prompt(
    tmp_path: Path, task: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-none")
    shop(tmp_path)
    case = case_of(tmp_path, task)
    async with opened(tmp_path) as workspace:
        stand = Stand(workspace.engine, workspace.project)
        async with stand.at(case, task_named(task)) as standing:
            candidate = (await standing.engine.route(task_named(task))).first
            plan = await standing.engine.plan(task_named(task), standing.situation, candidate)
            prompt = "".join(plan.rendered.parts)
        await stand.close()
    assert "have to pass: `tests/test_prices.py` lines 10-11." in prompt
    assert '11|     assert Prices().total(["tea"]) == 0' in prompt
    assert ".get(name, 0)" not in prompt  # what was done about it


async def gathered(standing: Standing) -> dict[str, bool]:
    """The files that context comes from, and whether each is without what was committed later."""
    document = standing.situation.document
    question = Question("edit", document.path, "python", document.text, 8, 0, 4_000, 3.5, hunks=((7, 11),))
    found = await standing.engine.ports.gather(question, 30.0)
    return {one.path: "unknown_names" not in one.text for one in found.snippets}


@pytest.mark.asyncio
async def test_one_case_after_another_each_in_its_own_day(tmp_path: Path) -> None:
    shop(tmp_path)
    case = case_of(tmp_path)
    later = replace(case, name="later", where=case.change)
    mine = replace(case, name="mine", overlay=(("prices.py", "a = 1\n"), ("new.py", "b = 2\n")))
    async with opened(tmp_path) as workspace:
        stand = Stand(workspace.engine, workspace.project)
        texts = []
        for one in (later, mine, case, later):
            async with stand.at(one, EDIT) as standing:
                texts.append(standing.situation.document.text)
                assert (standing.situation.files.read("new.py") is not None) == (one is mine)
        await stand.close()
    assert texts == [PRICES_FIXED, "a = 1\n", PRICES, PRICES_FIXED]


@pytest.mark.asyncio
async def test_what_is_kept_back_today_is_kept_back_of_the_copy(tmp_path: Path) -> None:
    shop(tmp_path)
    case = case_of(tmp_path)
    (tmp_path / ".counterpoint").mkdir()
    (tmp_path / ".counterpoint" / "ignore").write_text("tests/\n")
    async with opened(tmp_path) as workspace:
        stand = Stand(workspace.engine, workspace.project)
        async with stand.at(case, EDIT) as standing:
            assert standing.situation.files.read("tests/test_prices.py") is None
            assert standing.situation.files.paths() == ("README.md", "prices.py")
        (tmp_path / ".counterpoint" / "ignore").write_text("*.py\n")
        with pytest.raises(NotSendable):
            async with stand.at(case, EDIT):
                pass
        await stand.close()
    assert "counterpoint-then-" not in git(tmp_path, "worktree", "list")


@pytest.mark.asyncio
async def test_what_is_kept_back_by_its_name_of_today_is_kept_back_of_the_copy(tmp_path: Path) -> None:
    shop(tmp_path)
    case = case_of(tmp_path)
    (tmp_path / "vault").mkdir()
    git(tmp_path, "mv", "tests/test_prices.py", "vault/test_prices.py")
    commit(tmp_path, "Move the tests", {})
    (tmp_path / ".counterpoint").mkdir()
    (tmp_path / ".counterpoint" / "ignore").write_text("vault/\n")
    async with opened(tmp_path) as workspace:
        stand = Stand(workspace.engine, workspace.project)
        async with stand.at(case, EDIT) as standing:
            assert standing.situation.files.read("tests/test_prices.py") is None
            assert "tests/test_prices.py" not in standing.situation.files.paths()
            guard = standing.engine.ports.guard
            assert "vault" in (guard("tests/test_prices.py", "") or "") and guard("prices.py", "") is None
        git(tmp_path, "mv", "prices.py", "vault/prices.py")
        commit(tmp_path, "Move the rest", {})
        later = Stand(workspace.engine, workspace.project)
        with pytest.raises(NotSendable):
            async with later.at(case, EDIT):
                pass
        await stand.close()
        await later.close()


@pytest.mark.asyncio
async def test_a_vendor_barred_from_the_name_of_today_is_barred_from_yesterdays(tmp_path: Path) -> None:
    shop(tmp_path)
    case = case_of(tmp_path)
    (tmp_path / "pay").mkdir()
    git(tmp_path, "mv", "prices.py", "pay/prices.py")
    commit(tmp_path, "Move it", {})
    async with opened(tmp_path) as workspace:
        only = vendors_of(workspace.project, {"pay/**": ["anthropic"]}, ("anthropic", "openai")).barred
        ports = replace(workspace.engine.ports, barred=only)
        parts = workspace.engine
        stand = Stand(Engine(parts.settings, parts.catalogue, parts.ledger, ports), workspace.project)
        async with stand.at(case, EDIT) as standing:
            barred = standing.engine.ports.barred
            assert barred("prices.py", "openai") and barred("prices.py", "anthropic") is None
            assert barred("tests/test_prices.py", "openai") is None
        await stand.close()


@pytest.mark.asyncio
async def test_a_link_of_that_day_is_kept_back_as_what_it_leads_to(tmp_path: Path) -> None:
    """What the path is today says nothing of it: it is followed in the copy, by the rules of today."""
    shop(tmp_path)
    (tmp_path / "prices.py").rename(tmp_path / "old_prices.py")
    for name in ("linked.py", "hidden.py"):
        (tmp_path / name).symlink_to("old_prices.py")
    day = commit(tmp_path, "Link them", {"other.py": PRICES})
    (tmp_path / "vault").mkdir()
    git(tmp_path, "mv", "old_prices.py", "vault/prices.py")
    for name in ("linked.py", "hidden.py"):
        (tmp_path / name).unlink()
    commit(tmp_path, "Move it", {"linked.py": "a = 1\n", "hidden.py": "b = 2\n"})
    case = Case("one", "edit", "other.py", where=day)
    async with opened(tmp_path) as workspace:
        only = vendors_of(workspace.project, {"vault/**": ["anthropic"]}, ("anthropic", "openai")).barred
        ports = replace(workspace.engine.ports, barred=only)
        parts = workspace.engine
        stand = Stand(Engine(parts.settings, parts.catalogue, parts.ledger, ports), workspace.project)
        async with stand.at(case, EDIT) as standing:
            files, barred = standing.situation.files, standing.engine.ports.barred
            assert (one := files.read("linked.py")) is not None and one.text == PRICES_FIXED
            assert "it became vault/prices.py" in (barred("linked.py", "openai") or "")
            assert barred("linked.py", "anthropic") is None and barred("other.py", "openai") is None
        (tmp_path / ".counterpoint").mkdir()
        (tmp_path / ".counterpoint" / "ignore").write_text("vault/\n")
        async with stand.at(case, EDIT) as standing:
            files, guard = standing.situation.files, standing.engine.ports.guard
            assert files.read("linked.py") is None and files.read("hidden.py") is None
            assert "vault" in (guard("linked.py", "") or "") and guard("other.py", "") is None
        with pytest.raises(NotSendable):
            async with stand.at(replace(case, path="linked.py"), EDIT):
                pass
        await stand.close()


@pytest.mark.asyncio
async def test_tests_of_a_name_like_an_option_are_run_and_change_no_command(tmp_path: Path) -> None:
    shop(tmp_path)
    tests = "from prices import Prices\n\n\ndef test_more():\n    assert Prices().total(['x']) == {}\n"
    wrong = PRICES_FIXED.replace("(name, 0)", "(name, 1)")
    done = commit(
        tmp_path,
        "Let unknown names cost one in the total of prices",
        {"prices.py": wrong, "-p_test.py": tests.format(1), "@told_test.py": tests.format(1)},
    )
    case = replace(case_of(tmp_path), change=done, where=f"{done}^", tests=("-p_test.py", "@told_test.py"))
    judge = trial(tmp_path, case)
    assert await judge.evidence() == ""
    assert await judge.passed(rewritten(wrong, PRICES_FIXED)) is True
    assert await judge.passed(rewritten(PRICES_FIXED + "X = 1\n", PRICES_FIXED)) is False


@pytest.mark.asyncio
async def test_without_git_a_case_stands_by_its_own_text(tmp_path: Path) -> None:
    (tmp_path / "prices.py").write_text("a = 1\n")
    case = Case("one", "edit", "prices.py", overlay=(("prices.py", PRICES),))
    async with opened(tmp_path) as workspace:
        stand = Stand(workspace.engine, workspace.project)
        async with stand.at(case, EDIT) as standing:
            assert standing.situation.document.text == PRICES and standing.engine is workspace.engine
        with pytest.raises(UsageError, match="no git work tree"):
            async with stand.at(replace(case, where="0" * 40), EDIT):
                pass
        await stand.close()


@pytest.mark.asyncio
async def test_a_completion_and_a_fix_know_their_place(tmp_path: Path) -> None:
    shop(tmp_path)
    case = replace(case_of(tmp_path), lines=(11, 11), column=13)
    async with opened(tmp_path) as workspace:
        stand = Stand(workspace.engine, workspace.project)
        async with stand.at(case, task_named("complete")) as standing:
            at = standing.situation.span.start
            assert standing.situation.span == Span(at, at)
            assert PRICES[at:].startswith("found += self.rows[name]")
        async with stand.at(case_of(tmp_path, "fix"), task_named("fix")) as standing:
            (problem,) = standing.situation.problems
            assert problem.message.startswith("Fix KeyError") and "def total" in PRICES[problem.span.start :]
        await stand.close()


@pytest.mark.asyncio
async def test_the_tests_of_the_commit_tell_right_from_wrong(tmp_path: Path) -> None:
    shop(tmp_path)
    (tmp_path / "prices.py").write_text("# the user is amid something\n")
    before = state(tmp_path)
    judge = trial(tmp_path, case_of(tmp_path))
    assert await judge.evidence() == ""
    assert await judge.passed(rewritten(PRICES_FIXED)) is True
    assert await judge.passed(rewritten(PRICES.replace("0", "1"))) is False
    assert await judge.passed(rewritten("def broken(:\n")) is False
    assert state(tmp_path) == before


@pytest.mark.asyncio
async def test_tests_that_pass_anyway_are_no_evidence(tmp_path: Path) -> None:
    shop(tmp_path)
    case = replace(case_of(tmp_path), where=git(tmp_path, "rev-parse", "HEAD"))
    judge = trial(tmp_path, case)
    assert await judge.evidence() == judge.said == "its tests pass without what was committed"
    assert await judge.passed(rewritten(PRICES_FIXED)) is None


@pytest.mark.asyncio
async def test_tests_that_read_what_no_answer_brings_are_no_evidence(tmp_path: Path) -> None:
    shop(tmp_path)
    reads = PRICES_FIXED_TESTS + '\n\ndef test_list():\n    assert open("list.txt").read()\n'
    wrong = PRICES_FIXED.replace("(name, 0)", "(name, 1)")
    commit(tmp_path, "Break it", {"prices.py": wrong})
    files = {"prices.py": PRICES_FIXED, "tests/test_prices.py": reads, "list.txt": "tea\n"}
    done = commit(tmp_path, "Mend the total of prices", files)
    judge = trial(tmp_path, replace(case_of(tmp_path), change=done, where=f"{done}^"))
    assert await judge.evidence() == "its tests need more of the commit than its code"
    assert await judge.passed(rewritten(PRICES_FIXED, wrong)) is None


@pytest.mark.asyncio
async def test_tests_that_cannot_pass_here_are_no_evidence(tmp_path: Path) -> None:
    shop(tmp_path)
    judge = trial(tmp_path, case_of(tmp_path), f"{sys.executable} -c 'raise SystemExit(1)'")
    assert await judge.evidence() == "its tests do not pass with what was committed"
    assert await judge.passed(rewritten(PRICES_FIXED)) is None
    none = trial(tmp_path, replace(case_of(tmp_path), tests=()))
    assert await none.evidence() == "it has no tests of its own"


@pytest.mark.asyncio
async def test_nothing_runs_of_a_change_of_what_runs_by_itself(tmp_path: Path) -> None:
    shop(tmp_path)
    judge = trial(tmp_path, case_of(tmp_path))
    hook = FileChange(".git/hooks/pre-commit", None, (Edit(Span(0, 0), "#!/bin/sh\n"),))
    assert await judge.passed([*rewritten(PRICES_FIXED), hook]) is None
    assert judge.said == ""


@pytest.mark.asyncio
async def test_written_tests_must_pass_with_the_commit_and_fail_without(tmp_path: Path) -> None:
    shop(tmp_path)
    judge = trial(tmp_path, case_of(tmp_path, "tests"))
    path = "tests/test_prices.py"
    assert await judge.passed(rewritten(PRICES_FIXED_TESTS, PRICES_TESTS, path)) is True
    empty = PRICES_TESTS + "\n\ndef test_nothing():\n    assert Prices().total([]) == 0\n"
    assert await judge.passed(rewritten(empty, PRICES_TESTS, path)) is False
    wrong = PRICES_TESTS + "\n\ndef test_one():\n    assert Prices().total(['tea']) == 1\n"
    assert await judge.passed(rewritten(wrong, PRICES_TESTS, path)) is False
    assert await judge.passed(rewritten(PRICES_FIXED)) is False
