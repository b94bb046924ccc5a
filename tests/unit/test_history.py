"""Co-change read from real repositories made here: renames, worktrees, shallow clones, hostile ones."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

from counterpoint.errors import UsageError
from counterpoint.history import RECENT, Commit, History, co_changes, head, read_history


def git(root: Path, *arguments: str) -> str:
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("GIT_")},
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_NOSYSTEM": "1",
    }
    settings = ("user.name=A", "user.email=a@b.c", "init.defaultBranch=main", "commit.gpgSign=false")
    who = [part for setting in settings for part in ("-c", setting)]
    run = subprocess.run(
        ["git", *who, *arguments], cwd=root, env=environment, capture_output=True, timeout=60, check=True
    )
    return run.stdout.decode()


def commit(root: Path, files: Mapping[str, str], message: str = "change") -> str:
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, "utf-8")
    git(root, "add", "-A")
    git(root, "commit", "-q", "-m", message)
    return git(root, "rev-parse", "HEAD").strip()


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    root = tmp_path / "repository"
    root.mkdir()
    git(root, "init", "-q")
    commit(root, {"api.py": "1\n", "test_api.py": "1\n", "docs/guide.md": "1\n"})
    commit(root, {"api.py": "2\n", "test_api.py": "2\n"})
    commit(root, {"api.py": "3\n", "server.py": "3\n"})
    commit(root, {"server.py": "4\n", "wire.py": "4\n"})
    return root


def test_files_that_changed_together_more_often_weigh_more(repository: Path) -> None:
    weights = co_changes(repository, "api.py")
    assert weights["test_api.py"] > weights["server.py"] > weights["wire.py"] > 0
    assert weights["test_api.py"] > weights["docs/guide.md"]
    assert "api.py" not in weights
    assert all(0 < weight <= 1 for weight in weights.values())


def test_a_file_known_through_another_weighs_less_than_that_one(repository: Path) -> None:
    # wire.py never changed with api.py, but with server.py, which did.
    weights = co_changes(repository, "api.py")
    assert weights["wire.py"] < weights["server.py"] / 3


def test_a_new_file_has_no_company_but_what_changed_lately(repository: Path) -> None:
    weights = co_changes(repository, "new.py")
    assert set(weights) == {"api.py", "test_api.py", "docs/guide.md", "server.py", "wire.py"}
    assert max(weights.values()) <= RECENT


def test_only_what_is_reachable_from_the_revision_counts(repository: Path) -> None:
    assert "wire.py" not in co_changes(repository, "server.py", rev="HEAD~1")
    assert co_changes(repository, "server.py", rev="HEAD")["wire.py"] > RECENT


def test_as_many_commits_as_asked_for_newest_first(repository: Path) -> None:
    history = read_history(repository, commits=2)
    assert [commit.paths for commit in history.commits] == [
        ("server.py", "wire.py"),
        ("api.py", "server.py"),
    ]
    assert history.complete


def test_a_renamed_file_keeps_its_company(repository: Path) -> None:
    git(repository, "mv", "api.py", "interface.py")
    git(repository, "commit", "-q", "-m", "rename")
    assert co_changes(repository, "interface.py")["test_api.py"] > RECENT


def test_a_file_moved_and_edited_in_one_commit_is_followed_by_its_name(repository: Path) -> None:
    (repository / "src").mkdir()
    git(repository, "mv", "api.py", "src/api.py")
    commit(repository, {"src/api.py": "quite another text\n"})
    assert co_changes(repository, "src/api.py")["test_api.py"] > RECENT


def test_two_renames_one_after_the_other_are_followed(repository: Path) -> None:
    for old, new in (("api.py", "middle.py"), ("middle.py", "last.py")):
        git(repository, "mv", old, new)
        git(repository, "commit", "-q", "-m", "rename")
    assert co_changes(repository, "last.py")["test_api.py"] > RECENT


def test_names_with_odd_characters_are_read_as_they_are(repository: Path) -> None:
    commit(repository, {"ä b\n:c.py": "1\n", "tab\there.py": "1\n"})
    assert co_changes(repository, "ä b\n:c.py")["tab\there.py"] > RECENT


def test_a_commit_of_very_many_files_says_nothing(repository: Path) -> None:
    commit(repository, {f"many/{number}.py": "1\n" for number in range(100)})
    weights = co_changes(repository, "many/1.py")
    assert "many/2.py" not in weights
    assert max(weights.values()) <= RECENT


def test_a_linked_worktree_has_the_history_of_its_branch(repository: Path, tmp_path: Path) -> None:
    linked = tmp_path / "linked"
    git(repository, "worktree", "add", "-q", "-b", "other", str(linked), "HEAD~1")
    assert "test_api.py" in co_changes(linked, "api.py")
    assert "wire.py" not in co_changes(linked, "server.py")


def test_a_shallow_clone_has_what_it_has(repository: Path, tmp_path: Path) -> None:
    git(tmp_path, "clone", "-q", "--depth", "1", repository.as_uri(), "shallow")
    history = read_history(tmp_path / "shallow")
    assert len(history.commits) == 1


def test_a_folder_of_a_repository_has_its_own_paths(repository: Path) -> None:
    commit(repository, {"part/a.py": "1\n", "part/b.py": "1\n", "elsewhere.py": "1\n"})
    assert set(co_changes(repository / "part", "a.py")) == {"b.py"}


def test_a_git_directory_will_do(repository: Path) -> None:
    assert "test_api.py" in co_changes(repository / ".git", "api.py")


def test_a_folder_outside_of_git_has_no_history(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    assert read_history(tmp_path) == History()
    assert head(tmp_path) == ""


def test_without_git_there_is_no_history(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(repository))
    assert read_history(repository) == History()


def test_a_repository_without_commits_has_no_history(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q")
    assert read_history(tmp_path).commits == ()
    assert head(tmp_path) == ""


def test_the_commit_of_a_revision_is_known(repository: Path) -> None:
    assert head(repository) == git(repository, "rev-parse", "HEAD").strip()
    assert head(repository, rev="--all") == ""


def test_a_revision_is_never_an_option(repository: Path) -> None:
    with pytest.raises(UsageError):
        read_history(repository, rev="--output=/tmp/x")


def test_another_repository_named_by_the_environment_is_not_read(
    repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = tmp_path / "other"
    other.mkdir()
    git(other, "init", "-q")
    monkeypatch.setenv("GIT_DIR", str(other / ".git"))
    assert "test_api.py" in co_changes(repository, "api.py")


def test_what_a_repository_configures_is_not_run(repository: Path, tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    script = tmp_path / "script"
    script.write_text(f"#!/bin/sh\ntouch '{mark}'\n", "utf-8")
    script.chmod(0o700)
    for name in ("core.pager", "core.fsmonitor", "diff.external", "gpg.program", "core.sshCommand"):
        git(repository, "config", name, str(script))
    for name in ("log.showSignature", "pager.log"):
        git(repository, "config", name, "true")
    signed = git(repository, "cat-file", "commit", "HEAD").replace(
        "\n\n", "\ngpgsig -----BEGIN PGP SIGNATURE-----\n \n x\n -----END PGP SIGNATURE-----\n\n", 1
    )
    (tmp_path / "signed").write_text(signed, "utf-8")
    made = git(repository, "hash-object", "-w", "-t", "commit", str(tmp_path / "signed")).strip()
    git(repository, "update-ref", "refs/heads/main", made)
    # The same log with signatures shown does run the program: the repository is as hostile as it looks.
    git(repository, "log", "-1", "--show-signature")
    assert mark.exists()
    mark.unlink()
    assert co_changes(repository, "api.py")
    assert not mark.exists()


def test_what_was_read_in_time_is_kept(
    repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow = tmp_path / "slow"
    slow.mkdir()
    (slow / "git").write_text(
        '#!/bin/sh\ncase "$*" in *rev-parse*) exit 0;; esac\n'
        "printf '\\001100\\000\\n:100644 100644 a b M\\000a.py\\000:100644 100644 a b M\\000b.py\\000'\n"
        "exec sleep 600\n",
        "utf-8",
    )
    (slow / "git").chmod(0o700)
    monkeypatch.setenv("PATH", f"{slow}{os.pathsep}{os.environ['PATH']}")
    history = read_history(repository, seconds=1.0)
    assert not history.complete
    assert history.commits == (Commit(100, 2, ("a.py", "b.py")),)


@pytest.mark.skipif(os.name == "nt", reason="needs a script that is a program")
def test_a_repository_does_not_bring_its_own_git(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (repository / "git").write_text("#!/bin/sh\n: > ran\n", "utf-8")
    (repository / "git").chmod(0o700)
    for start in ("", "."):
        monkeypatch.setenv("PATH", f"{start}{os.pathsep}{os.environ['PATH']}")
        assert co_changes(repository, "api.py")["test_api.py"] > 0
    monkeypatch.setenv("PATH", ".")
    assert co_changes(repository, "api.py") == {}
    assert not (repository / "ran").exists()
