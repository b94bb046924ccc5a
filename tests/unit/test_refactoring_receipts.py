"""Receipts of real runs: pytest in a copy of a real repository, its failures told apart before any repair."""

from __future__ import annotations

import asyncio
import shlex
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from counterpoint.answers import FileChange
from counterpoint.context.impact import Impact, Impacted, Touched
from counterpoint.disk import Local
from counterpoint.engine import Engine
from counterpoint.errors import BudgetExceeded
from counterpoint.flows.refactor import edited
from counterpoint.flows.refactoring.sites import Part
from counterpoint.flows.refactoring.testing import Tests as Runs
from counterpoint.flows.refactoring.values import Options, Receipt
from counterpoint.project import Project
from counterpoint.tasks import EDIT
from counterpoint.text import Document
from tests.asking import Said, engine
from tests.refactoring import answer
from tests.unit.test_proving import change, repository, worktrees
from tests.unit.test_refactoring import LIB, LIBRARY, callers, quote, tools

pytestmark = [
    pytest.mark.asyncio,
    pytest.mark.skipif(sys.platform == "win32", reason="process groups are POSIX"),
]

PYTEST = shlex.join([sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"])
CODE = "def double(n):\n    return n * 2\n\n\ndef half(n):\n    return n // 2\n"
TESTS = "from code_ import double, half\n\n\n" + "".join(
    f"def test_{name}_{n}():\n    assert {name}({4 * n}) == {result * n}\n\n\n"
    for name, result in (("double", 8), ("half", 2))
    for n in range(1, 16)
)
CHANGED = change("code_.py", CODE, CODE.replace("n * 2", "n + n"))
BROKEN = change("code_.py", CODE, CODE.replace("n * 2", "n * 3 if n == 8 else n * 2"))


def project(folder: Path, **texts: str) -> Path:
    return repository(folder, **{"code_.py": CODE, "test_code.py": TESTS, **texts})


def impact(*names: str) -> Impact:
    found = tuple(Impacted("test_code.py", name, 0, 1.0, "calls it") for name in names)
    return Impact(found, {"py": 30})


async def receipt(
    root: Path,
    changes: Sequence[FileChange],
    *,
    found: Impact | None = None,
    command: str = PYTEST,
    **more: float,
) -> tuple[Receipt, list[str], list[Touched]]:
    steps: list[str] = []
    asked: list[Touched] = []

    async def impacted(touched: Touched, seconds: float) -> Impact:
        asked.append(touched)
        return found or Impact(why_not="nothing is known")

    tests = Runs(root, command, impacted, Local(Project(root)), **more)  # type: ignore[arg-type]
    made = await tests(changes, steps.append)
    assert worktrees(root) == 1, "nothing is left"
    return made, steps, asked


async def test_only_the_tests_that_may_break_run_and_that_is_said(tmp_path: Path) -> None:
    root = project(tmp_path / "r")
    found = impact(*(f"test_double_{n}" for n in range(1, 9)))
    made, steps, asked = await receipt(root, [CHANGED], found=found)
    assert made.said == "8 of 8 impacted tests" and (made.chosen, made.of) == (8, 30)
    assert steps == ["Running 8 of 30 tests"]
    assert asked == [{"code_.py": [(0, 6)]}]


async def test_where_nothing_is_known_of_tests_all_run_and_the_reason_is_told(tmp_path: Path) -> None:
    made, _, _ = await receipt(project(tmp_path / "r"), [CHANGED])
    assert (made.said, made.why) == ("30 of 30 tests", "nothing is known")


async def test_a_new_test_of_the_change_runs_with_those_it_may_break(tmp_path: Path) -> None:
    new = change("test_new.py", None, "def test_new():\n    assert True\n")
    found = impact(*(f"test_double_{n}" for n in range(1, 4)))
    made, _, _ = await receipt(project(tmp_path / "r"), [CHANGED, new], found=found)
    assert made.said == "4 of 4 impacted tests"


async def test_each_failure_has_its_category(tmp_path: Path) -> None:
    """One that failed before; one that passes when it is run again; one that is the change's."""
    others = (
        "import pathlib\n\n\ndef test_old():\n    assert 1 == 2\n\n\n"
        "def test_moody():\n    mark = pathlib.Path('.mark-of-a-run')\n    first = 'n * 3' in "
        "pathlib.Path('code_.py').read_text() and not mark.exists()\n    mark.touch()\n    assert not first\n"
    )
    root = project(tmp_path / "r", **{"test_others.py": others})
    made, steps, _ = await receipt(root, [BROKEN])
    found = {one.test.rpartition("::")[2]: one.category for one in made.failures}
    assert found == {"test_double_2": "logic", "test_old": "failed before", "test_moody": "flaky"}
    assert made.said == "30 of 32 tests, 1 failed before", "what passed in the end counts as passed"
    assert steps[1:] == ["3 tests fail; running them without the change", "Running the failing tests again"]
    logic = next(one for one in made.failures if one.category == "logic")
    assert logic.path == "test_code.py" and logic.line > 0


async def test_what_only_failed_before_is_not_run_again(tmp_path: Path) -> None:
    root = project(tmp_path / "r", **{"test_others.py": "def test_old():\n    assert 1 == 2\n"})
    made, steps, _ = await receipt(root, [CHANGED])
    assert made.said == "30 of 31 tests, 1 failed before"
    assert len(steps) == 2


@pytest.mark.parametrize(
    ("command", "why"),
    [
        ("no-such-runner-at-all", "no program on your path"),
        (shlex.join([sys.executable, "-c", "print('all good')"]), ""),
        (
            shlex.join([sys.executable, "-c", "raise SystemExit('no tests here')"]),
            "ended with 1 (no tests here)",
        ),
        (shlex.join([sys.executable, "-c", "import time; time.sleep(600)"]), "not done within 2 s"),
    ],
)
async def test_what_cannot_be_read_as_tests_is_no_receipt(command: str, why: str, tmp_path: Path) -> None:
    made, _, _ = await receipt(project(tmp_path / "r"), [CHANGED], command=command, seconds=2.0)
    assert not made.ran and made.said.startswith("tests not understood")
    assert why in made.why


async def test_a_folder_without_git_and_a_link_that_leads_out_are_told(tmp_path: Path) -> None:
    bare = tmp_path / "bare"
    bare.mkdir()
    tests = Runs(bare, PYTEST, _nothing, Local(Project(bare)))
    assert "no git work tree" in (await tests([CHANGED], lambda text: None)).why
    root = project(tmp_path / "r")
    (root / "link").symlink_to(tmp_path)
    made, _, _ = await receipt(root, [change("link/x.py", None, "")])
    assert made.why == "link/x.py leads out of the copy"


async def _nothing(touched: Touched, seconds: float) -> Impact:
    return Impact()


async def test_what_the_machine_refuses_is_told_and_loses_no_change(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(**given: object) -> str:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("tempfile.mkdtemp", full)
    tests = Runs(tmp_path, PYTEST, _nothing, Local(Project(tmp_path)))
    made = await tests([CHANGED], lambda text: None)
    assert made.said == "the tests could not be run: No space left on device" and not made.ran


async def test_a_file_in_an_older_encoding_is_tested_though_the_change_leaves_it(tmp_path: Path) -> None:
    root = project(tmp_path / "r")
    before = "# caf\xe9\nx = 1\n"
    (root / "latin.py").write_bytes(before.encode("latin-1"))
    wider = change("latin.py", before, "# caf\xe9 \u2192\nx = 1\n")
    made, _, _ = await receipt(root, [CHANGED, wider])
    assert made.said == "30 of 30 tests"


@pytest.mark.parametrize(
    ("path", "text", "why"),
    [
        (".github/workflows/ci.yml", "on: push\n", "it is part of CI"),
        ("tools/release", "#!/bin/sh\ntrue\n", "it is a script"),
    ],
)
async def test_nothing_runs_of_a_change_of_what_runs_by_itself_before_the_users_word(
    path: str, text: str, why: str, tmp_path: Path
) -> None:
    root = project(tmp_path / "r")
    mark = tmp_path / "mark"
    command = shlex.join([sys.executable, "-c", f"open({str(mark)!r}, 'w')"])
    made, steps, asked = await receipt(root, [CHANGED, change(path, None, text)], command=command)
    assert made.said == f"the tests were not run: {path} is the user's to agree to first ({why})"
    assert not made.ran and not mark.exists() and not steps and not asked


async def test_nothing_runs_of_a_change_of_a_program(tmp_path: Path) -> None:
    root = project(tmp_path / "r")
    (root / "code_.py").chmod(0o755)
    made, _, _ = await receipt(root, [CHANGED])
    assert "not run: code_.py is" in made.said and "it is run as a program" in made.said


async def test_one_run_at_a_time(tmp_path: Path) -> None:
    root = project(tmp_path / "r")
    busy = tmp_path / "busy"
    code = (
        f"import os,time,sys; p={str(busy)!r}\n"
        "os.mkdir(p); time.sleep(0.5); os.rmdir(p); print('1 passed in 0.1s')"
    )
    command = shlex.join([sys.executable, "-c", code])
    tests = Runs(root, command, _nothing, Local(Project(root)))
    made = await asyncio.gather(*(tests([CHANGED], lambda text: None) for _ in range(2)))
    assert ["FileExistsError" in one.why for one in made] == [False, False]


async def test_a_quick_edit_has_an_audit_and_a_receipt_too(tmp_path: Path) -> None:
    root = project(tmp_path / "r", **{"lib.py": LIBRARY, "a.py": "from lib import fetch\n\nfetch(1)\n"})
    said = Said([answer(quote("fetch(url)", "fetch(url, how)"))])
    given = tools(root, callers())
    tests = Runs(root, PYTEST, _nothing, given.local)
    asked: Engine = engine(said, tmp_path)
    options = Options(EDIT)
    files = type(given)(given.lookup, given.files, given.local, given.checks, tests)
    found = await edited(
        asked, [Part(LIB), Part(Document.of("code_.py", CODE, "python"))], "Do", files, options
    )
    assert found.said == "1 broken (a.py:3), 30 of 30 tests"
    assert found.answer.files[0].doubt.startswith("breaks a.py:3")
    assert "def double(n):" in "".join(part.text for part in said.requests[0].parts)
    with pytest.raises(BudgetExceeded, match="--max-cost"):
        await edited(asked, [Part(LIB)], "Do", files, Options(EDIT, max_usd=0.0001))
