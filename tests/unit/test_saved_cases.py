"""Cases that users save: files a person can read, data that decides nothing, and never a secret."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from counterpoint.comparing.saved import case_in, written, written_since
from counterpoint.comparing.values import Case
from counterpoint.errors import ConfigError, UsageError
from counterpoint.flows.saved import save_case, saved_cases, with_written
from counterpoint.project import Project
from tests.histories import PRICES, commit, git, shop

CASES = ".counterpoint/cases"
ASKED = Case("unknown-names", "edit", "prices.py", (8, 12), "Unknown names cost nothing.")


def project(root: Path, *local: str) -> Project:
    return Project(root, max_file_bytes=100_000, local_only=local)


def put(root: Path, name: str, text: str) -> None:
    file = root / CASES / f"{name}.md"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)


def test_a_committed_file_is_named_by_its_commit(tmp_path: Path) -> None:
    head = shop(tmp_path)
    assert save_case(project(tmp_path), ASKED) == f"{CASES}/unknown-names.md"
    text = (tmp_path / CASES / "unknown-names.md").read_text()
    assert text.startswith(f"---\ntask: edit\nfile: 'prices.py'\nlines: 8-12\nrevision: '{head}'\nsha256: '")
    assert text.endswith("'\n---\nUnknown names cost nothing.\n")
    (case,) = saved_cases(project(tmp_path)).cases
    assert (case.name, case.task, case.path, case.lines) == ("unknown-names", "edit", "prices.py", (8, 12))
    assert (case.instruction, case.where, case.overlay, case.origin) == (
        "Unknown names cost nothing.",
        head,
        (),
        "saved",
    )


def test_the_text_of_a_file_that_no_commit_has_is_kept(tmp_path: Path) -> None:
    shop(tmp_path)
    text = PRICES + "~~~~ not a fence\n~~~~~~\nlast = 1"
    (tmp_path / "prices.py").write_text(text)
    save_case(project(tmp_path), ASKED)
    (case,) = saved_cases(project(tmp_path), ["unknown-names"]).cases
    assert case.overlay == (("prices.py", text),) and not case.where
    assert case.instruction == "Unknown names cost nothing."


def test_without_git_the_text_is_kept(tmp_path: Path) -> None:
    (tmp_path / "prices.py").write_text(PRICES)
    save_case(project(tmp_path), ASKED)
    assert saved_cases(project(tmp_path)).cases[0].overlay == (("prices.py", PRICES),)


@pytest.mark.parametrize(
    ("path", "text", "said"),
    [
        (".env", "A=1\n", "file of secrets"),
        ("build/made.py", "a = 1\n", "ignored by .gitignore"),
        ("private.py", "a = 1\n", "local only"),
        ("keys.py", f"token = 'ghp_{'a1B2c3D4' * 4}abcd'\n", "looks like a secret"),
        ("absent.py", None, "absent"),
        ("../outside.py", "a = 1\n", "outside the workspace"),
        ("dos.py", "a = 1\r\n", "line ends"),
    ],
)
def test_what_may_not_be_sent_is_not_saved(tmp_path: Path, path: str, text: str | None, said: str) -> None:
    root = tmp_path / "work"
    shop(root)
    commit(root, "Ignore what is made", {".gitignore": "build/\n"})
    if text is not None:
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(text.encode())
    with pytest.raises(UsageError, match=said):
        save_case(project(root, "private.py"), Case("one", "review", path))
    assert not (root / CASES).exists()


def test_a_secret_in_the_instruction_is_not_saved(tmp_path: Path) -> None:
    shop(tmp_path)
    asked = Case("one", "edit", "prices.py", instruction=f"Send ghp_{'a1B2c3D4' * 4}abcd along.")
    with pytest.raises(UsageError, match="instruction holds what looks like a secret"):
        save_case(project(tmp_path), asked)


@pytest.mark.parametrize("name", ["../one", "One", "a/b", "", "-x", "x" * 50])
def test_a_name_is_small_letters_digits_and_hyphens(tmp_path: Path, name: str) -> None:
    shop(tmp_path)
    with pytest.raises(UsageError):
        save_case(project(tmp_path), Case(name, "review", "prices.py"))
    assert not list(tmp_path.glob(".counterpoint/**/*.md"))


def test_a_case_is_not_written_over(tmp_path: Path) -> None:
    shop(tmp_path)
    save_case(project(tmp_path), ASKED)
    with pytest.raises(UsageError, match="there already"):
        save_case(project(tmp_path), ASKED)


def test_a_folder_that_leads_out_of_the_workspace_is_not_written_to(tmp_path: Path) -> None:
    root, elsewhere = tmp_path / "work", tmp_path / "elsewhere"
    shop(root)
    elsewhere.mkdir()
    (root / ".counterpoint").symlink_to(elsewhere)
    with pytest.raises(UsageError, match="cannot be written"):
        save_case(project(root), ASKED)
    assert not list(elsewhere.iterdir())


HEAD = "task: edit\nfile: prices.py\n"


@pytest.mark.parametrize(
    ("head", "said"),
    [
        (f"{HEAD}test_command: rm -rf ~\n", "unknown field 'test_command'"),
        (f"{HEAD}model: gpt-5.5-pro\n", "unknown field 'model'"),
        (f"{HEAD}max_cost: 500\n", "unknown field 'max_cost'"),
        (f"{HEAD}effort: xhigh\n", "unknown field 'effort'"),
        (f"{HEAD}revision: --upload-pack=evil\n", "no id of a commit"),
        (f"{HEAD}revision: HEAD\n", "no id of a commit"),
        (f"{HEAD}lines: 9-2\n", "no L1-L2"),
        (f"{HEAD}column: 3\n", "`column` is no number"),
        (f"{HEAD}tests: all\n", "no list of paths"),
        (f"{HEAD}tests: ['--rootdir=/', 'test_a.py']\n", "no list of paths"),
        ("file: prices.py\n", "no `task`"),
        ("task: pay\nfile: prices.py\n", "no task is called 'pay'"),
        ("task: edit\nfile: .env\n", "may not be sent"),
        ("task: edit\nfile: ../../etc/passwd\n", "may not be sent"),
        (f"{HEAD}revision: '0123456789abcdef'\n", "is not in 0123456789ab"),
    ],
)
def test_a_case_is_data_and_decides_nothing(tmp_path: Path, head: str, said: str) -> None:
    shop(tmp_path)
    put(tmp_path, "hostile", f"---\n{head}---\nDo it.\n")
    found = saved_cases(project(tmp_path))
    assert not found.cases
    (problem,) = found.problems
    assert problem.startswith(f"{CASES}/hostile.md: ") and said in problem
    with pytest.raises(UsageError, match="No saved case is called 'hostile'"):
        saved_cases(project(tmp_path), ["hostile"])


def test_a_case_by_hand_needs_little(tmp_path: Path) -> None:
    put(tmp_path, "by-hand", "---\ntask: edit\nfile: prices.py\n---\nDo it.\n\n~~~~ prices.py\na = 1\n~~~~\n")
    (case,) = saved_cases(project(tmp_path)).cases
    assert (case.instruction, case.overlay) == ("Do it.", (("prices.py", "a = 1\n"),))
    assert case_in("by-hand", written(case))[0] == case


def test_a_file_that_is_another_at_its_commit_is_told(tmp_path: Path) -> None:
    head = shop(tmp_path)
    save_case(project(tmp_path), ASKED)
    file = tmp_path / CASES / "unknown-names.md"
    file.write_text(file.read_text().replace(head, git(tmp_path, "rev-parse", "HEAD^")))
    assert "is another in" in saved_cases(project(tmp_path)).problems[0]


def test_columns_and_tests_are_kept() -> None:
    case = Case(
        "one", "complete", "a.py", (3, 3), column=5, where="a" * 40, change="b" * 40, tests=("t/a.py",)
    )
    kept, digest = case_in("one", written(case, "0" * 64))
    assert (kept.column, kept.lines, kept.where, kept.change, kept.tests) == (
        5,
        (3, 3),
        "a" * 40,
        "b" * 40,
        ("t/a.py",),
    )
    assert digest == "0" * 64
    with pytest.raises(ConfigError, match="YAML"):
        case_in("one", "---\n[\n---\n")


def test_a_case_does_not_bring_a_repository_of_its_own(tmp_path: Path) -> None:
    shop(tmp_path)
    for path in (".git", "evil/../.git", "sub/.GIT"):
        put(tmp_path, "evil", f"---\n{HEAD}---\nDo it.\n\n~~~~ {path}\ngitdir: evil\n~~~~\n")
        found = saved_cases(project(tmp_path))
        assert found.cases == () and "git's own" in found.problems[0]


BEFORE = "def area(w, h):\n    \n\n\ndef side(w):\n    return w\n"


@pytest.mark.parametrize(
    ("before", "place", "now", "written_there"),
    [
        (BEFORE, (1, 4), BEFORE.replace("    \n", "    return w * h\n"), "return w * h"),
        (
            BEFORE,
            (1, 4),
            BEFORE.replace("    \n", "    both = w * h\n    return both\n"),
            "both = w * h\n    return both",
        ),
        (BEFORE, (1, 4), BEFORE, ""),  # nobody has written anything
        (BEFORE, (1, 4), "import os\n" + BEFORE.replace("    \n", "    pass\n"), "pass"),  # it has moved
        (BEFORE, (1, 4), "print(1)\n", ""),  # it is gone
        (BEFORE, (1, 4), BEFORE.replace("def side", "def other"), ""),  # nobody knows where it ends
        ("total(a, )\n", (0, 9), "total(a, b=2)\n", "b=2"),  # within a line
        ("x = 1\ny = ", (1, 4), "x = 1\ny = x + 1\n", "x + 1"),  # at the end of a file
        (BEFORE, (90, 4), BEFORE, ""),
    ],
)
def test_what_was_written_since_where_a_completion_was_asked_for(
    before: str, place: tuple[int, int], now: str, written_there: str
) -> None:
    assert written_since(before, *place, now) == written_there


def test_a_saved_completion_knows_what_was_written_since(tmp_path: Path) -> None:
    """Of a text that is kept, and of one that a commit has; no other task's answer is known so."""
    shop(tmp_path)
    asked = Case("one", "complete", "area.py", (2, 2), "", 5)
    (tmp_path / "area.py").write_text(BEFORE)
    save_case(project(tmp_path), asked)
    commit(tmp_path, "Begin an area", {"area.py": BEFORE})
    save_case(project(tmp_path), replace(asked, name="two"))
    save_case(project(tmp_path), replace(asked, name="three", task="edit", column=None))
    (tmp_path / "area.py").write_text(BEFORE.replace("    \n", "    return w * h\n"))
    known = [with_written(project(tmp_path), case) for case in saved_cases(project(tmp_path)).cases]
    assert {case.name: case.expected for case in known} == {
        "one": "return w * h",
        "two": "return w * h",
        "three": "",
    }
    (tmp_path / "area.py").unlink()
    assert with_written(project(tmp_path), known[0]) == known[0]
