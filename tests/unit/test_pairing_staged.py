"""What is about to be committed, as it is shown to whoever writes the message: in a real repository."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from counterpoint.errors import UsageError
from counterpoint.flows.subjects import subjects
from counterpoint.pairing.staged import at_top, message, staged
from counterpoint.project import Project
from counterpoint.text import Document, Situation, Span


def git(root: Path, *arguments: str) -> None:
    who = ("-c", "user.name=A", "-c", "user.email=a@example.org")
    subprocess.run(["git", *who, *arguments], cwd=root, check=True, timeout=60, capture_output=True)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    work = tmp_path / "work"
    work.mkdir()
    git(work, "init", "-q", "-b", "main")
    (work / "a.py").write_text("".join(f"x{at} = {at}\n" for at in range(30)))
    (work / "b.py").write_text("y = 1\n")
    git(work, "add", "-A")
    git(work, "commit", "-q", "-m", "The first")
    return work


def shown(situation: Situation) -> dict[str, str]:
    found = {}
    for path, first, last in situation.pieces:
        document = situation.files.read(path)
        assert document is not None and (first, last) == (0, len(document.lines) - 1)
        found[path] = document.text
    return found


def test_what_became_of_each_file_is_told(root: Path) -> None:
    git(root, "mv", "a.py", "c.py")
    git(root, "rm", "-q", "b.py")
    (root / "c.py").write_text((root / "c.py").read_text() + "more = 1\n")
    (root / "new.py").write_text("z = 1\n")
    git(root, "add", "-A")
    situation = staged(Project(root))
    assert situation.instruction.splitlines() == [
        "- deleted: b.py", "- renamed: a.py to c.py", "- new: new.py",
    ]  # fmt: skip
    assert situation.document.path == ""
    texts = shown(situation)
    assert texts["c.py"].endswith("+more = 1") and "+z = 1" in texts["new.py"] and "b.py" not in texts


def test_a_file_that_is_only_renamed_is_told_too(root: Path) -> None:
    git(root, "mv", "a.py", "c.py")
    situation = staged(Project(root))
    assert situation.instruction == "- renamed: a.py to c.py" and situation.pieces == ()


def test_of_very_much_a_part_is_shown(root: Path) -> None:
    (root / "long.py").write_text("".join(f"name_{at} = {at}\n" for at in range(2_000)))
    for number in range(12):
        (root / f"wide{number}.py").write_text("".join(f"a_{at} = '{'w' * 200}'\n" for at in range(100)))
    git(root, "add", "-A")
    situation = staged(Project(root))
    texts = shown(situation)
    assert texts["long.py"].count("\n") < 310 and sum(map(len, texts.values())) <= 60_000
    assert "long.py" in situation.instruction.splitlines()[-1]
    assert situation.instruction.splitlines()[-1].endswith("not all lines are shown.")
    assert situation.instruction.count("- new: ") == 13, "each is named all the same"


def test_where_there_is_nothing_to_tell_it_is_an_error(root: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="Nothing is staged"):
        staged(Project(root))
    (root / ".env").write_text("PASSWORD=hunter2hunter2\n")
    git(root, "add", "-f", ".env")
    with pytest.raises(UsageError, match="Nothing that is staged may be sent"):
        staged(Project(root))
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    with pytest.raises(UsageError, match="no git work tree"):
        staged(Project(elsewhere))


def test_before_the_first_commit_there_are_no_messages(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q")
    (tmp_path / "a.py").write_text("x = 1\n")
    git(tmp_path, "add", "-A")
    found = staged(Project(tmp_path), lambda count, seen: subjects(Project(tmp_path), count, nobody))
    assert found.claims == "(there are none yet)"


def test_subjects_are_the_newest_first_and_tell_of_nothing_kept_back(root: Path) -> None:
    project = Project(root, local_only=("pay/",))
    for path, subject in (
        ("c.py", "The second\n\nWith a body"),
        ("pay/card.py", "Cards"),
        ("d.py", "The last"),
    ):
        (root / path).parent.mkdir(exist_ok=True)
        (root / path).write_text(f"{subject!r}\n")
        git(root, "add", "-A")
        git(root, "commit", "-q", "-m", subject)
    assert subjects(project, 3, nobody) == ("The last", "The second", "The first")
    assert subjects(project, 1, nobody) == ("The last",)
    assert subjects(project, 3, lambda path: "no" if path == "d.py" else None) == ("The second", "The first")
    (root / "e.py").write_text("e = 1\n")
    git(root, "add", "-A")
    assert staged(project, lambda count, seen: subjects(project, count, nobody)).claims == (
        "- The last\n- The second\n- The first"
    )


def test_a_merge_lends_no_words(root: Path) -> None:
    git(root, "checkout", "-q", "-b", "other")
    (root / "c.py").write_text("c = 1\n")
    git(root, "add", "-A")
    git(root, "commit", "-q", "-m", "On the branch")
    git(root, "checkout", "-q", "main")
    git(root, "merge", "-q", "--no-ff", "other", "-m", "Merge it all")
    assert subjects(Project(root), 5, nobody) == ("On the branch", "The first")


def nobody(path: str) -> None:
    """Nobody may not see it."""


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("Add it\n", "Add it"),
        ("```\nAdd it\n\nWhy\n```", "Add it\n\nWhy"),
        ("```text\nAdd it\n```\n", "Add it"),
        ('"Add it"', "Add it"),
        ("`Add it`", "Add it"),
        ("Rename 'a' to 'b'", "Rename 'a' to 'b'"),
        ("'a' is 'b'", "'a' is 'b'"),
    ],
)
def test_a_message_stands_without_its_wrapping(said: str, meant: str) -> None:
    assert message(said) == meant


@pytest.mark.parametrize(
    ("text", "end"), [("\n# Please\n", 1), ("\n\n# Please\n", 2), ("# Please\n", 0), ("Mine\n", 0), ("", 0)]
)
def test_it_takes_the_place_of_the_empty_lines_on_top(text: str, end: int) -> None:
    assert at_top(Document.of("COMMIT_EDITMSG", text, "git-commit")) == Span(0, end)
