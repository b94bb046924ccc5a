"""A workspace's files: what is read, what may leave the machine, and that git agrees on what is ignored."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from counterpoint.disk import Disk
from counterpoint.errors import ConfigError
from counterpoint.globs import Globs
from counterpoint.ignores import Ignores
from counterpoint.project import Overlay, Project, decode
from counterpoint.secret_names import looks_secret
from counterpoint.text import Document

posix = pytest.mark.skipif(sys.platform == "win32", reason="links need a right of their own on Windows")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tree(tmp_path / "repo", {"src/app.py": "x = 1\n", "README.md": "# read me\n"})


def tree(root: Path, files: Mapping[str, str | bytes]) -> Path:
    for path, content in files.items():
        file = root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content if isinstance(content, bytes) else content.encode())
    return root


def test_a_source_file_is_read_by_relative_and_absolute_path(root: Path) -> None:
    project = Project(root)
    want = Document.of("src/app.py", "x = 1\n", "python")
    for path in ("src/app.py", "./src/../src/app.py", str(root / "src" / "app.py")):
        assert project.read(path) == want
        assert project.why_not(path) is project.why_not_sent(path) is None
    assert project.paths() == ("README.md", "src/app.py")


@pytest.mark.parametrize(
    "path", ["../secret.py", "src/../../secret.py", "", ".", "..", "a\0b", "/etc/hostname"]
)
def test_nothing_outside_the_workspace_is_read(root: Path, path: str) -> None:
    tree(root.parent, {"secret.py": "x"})
    project = Project(root)
    assert project.why_not(path) == project.why_not_sent_text(path, "") == "outside the workspace"
    assert project.read(path) is project.read_local(path) is None


def test_a_folder_whose_name_begins_alike_is_outside(root: Path) -> None:
    tree(root.parent, {"repo-other/a.py": "x"})
    assert Project(root).why_not(str(root.parent / "repo-other" / "a.py")) == "outside the workspace"


@posix
def test_links_are_followed_inside_the_workspace_and_never_out_of_it(root: Path) -> None:
    tree(root.parent, {"outside/a.py": "x"})
    tree(root, {".env": "TOKEN=1", "build/gen.py": "x", ".gitignore": "build/\n"})
    links = {
        "inner.py": "src/app.py", "outer.py": "../outside/a.py", "dir": "../outside", "notes.txt": ".env",
        "gen.py": "build/gen.py", "loop.py": "loop.py", "gone.py": "nowhere.py",
    }  # fmt: skip
    for name, target in links.items():
        (root / name).symlink_to(target)
    project = Project(root)
    assert project.read("inner.py") == Document.of("inner.py", "x = 1\n", "python")
    assert project.why_not("outer.py") == project.why_not("dir/a.py") == "a link out of the workspace"
    assert project.why_not_sent("notes.txt") == "its name is that of a file of secrets"
    assert project.why_not("gen.py") == "ignored by .gitignore"
    assert project.why_not("loop.py") == project.why_not("gone.py") == "absent or unreadable"
    assert project.read("outer.py") is project.read_local("dir/a.py") is project.read("notes.txt") is None
    assert project.paths() == ("README.md", "src/app.py")


@posix
def test_a_workspace_reached_through_a_link_is_the_same_workspace(root: Path, tmp_path: Path) -> None:
    (tmp_path / "alias").symlink_to(root)
    project = Project(tmp_path / "alias")
    assert project.read(str(tmp_path / "alias" / "src" / "app.py")) is not None
    assert project.read(str(root / "src" / "app.py")) is not None


SECRET = [
    ".env", ".env.local", ".ENV.Production", "prod.env", ".env-prod", ".flaskenv",
    "env.local", ".dev.vars", ".envrc", ".npmrc", ".pypirc", ".netrc",
    "_netrc", "server.pem", "tls.key", "Backup.KDBX", "cert.pfx", "id_rsa", "id_ed25519", "deploy_id_rsa",
    "id_rsa.old", "credentials", "credentials.json", "Credentials.csv", "aws-credentials.yml",
    "my.secrets.yaml", "secret.toml", "passwords.txt", "api_keys.ini", "service-account.json",
    "my-service_account-prod.json", "client_secret_12.json", ".git-credentials", "terraform.tfvars",
    "terraform.tfstate.backup", ".aws/config", "home/.ssh/known_hosts", ".kube/config", "a/.docker/x",
    "key.p8", "release.keystore", ".pgpass", "server.pem.bak", "secring.gpg",
]  # fmt: skip
PLAIN = [
    "env.py", "environment.ts", "src/env.d.ts", "keys.py", "keyboard.key.ts", "credentials.py",
    "credentials_test.go", "secrets.py", "secret_names.py", "password_reset.html", "passwords.ts",
    "tokenizer.json", "id_rsa.pub", "pem.go", "monkey.js", "package.json", "service.json",
    "accounts.json", "docker/compose.yml", "ssh/config.py", "api_keys.rs",
]  # fmt: skip


@pytest.mark.parametrize("path", SECRET)
def test_files_of_secrets_are_known_by_name(path: str) -> None:
    assert looks_secret(path)
    assert looks_secret(f"deep/er/{path}")


@pytest.mark.parametrize("path", PLAIN)
def test_ordinary_source_files_are_not_taken_for_secrets(path: str) -> None:
    assert not looks_secret(path)


def test_secret_like_and_local_only_files_are_read_here_and_never_sent(root: Path) -> None:
    tree(root, {".env": "A=1", "src/inner/a.py": "y = 1\n", "src/credentials.json": "{}"})
    project = Project(root, local_only=["src/inner/"])
    assert project.why_not(".env") is None
    assert project.why_not_sent(".env") == "its name is that of a file of secrets"
    assert project.why_not_sent("src/inner/a.py") == "local only by privacy.local_only"
    assert project.why_not_sent_text("src/inner/new.py", "") == "local only by privacy.local_only"
    for path in (".env", "src/inner/a.py", "src/credentials.json"):
        assert project.read(path) is None
        assert project.read_local(path) is not None
    assert set(project.walk().paths) == {"README.md", "src/app.py", "src/inner/a.py", "src/credentials.json"}
    assert project.paths() == ("README.md", "src/app.py")


def test_local_only_globs_may_name_the_home_folder_and_never_undo_each_other(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(root.parent))
    monkeypatch.setenv("USERPROFILE", str(root.parent))
    for globs in (["~/repo/src/**"], ["~/repo"], ["src/", "!src/app.py"], ["**/app.py", "!**"]):
        assert (
            Project(root, local_only=globs).why_not_sent("src/app.py") == "local only by privacy.local_only"
        )
    assert Project(root, local_only=["~/other/**", "/app.py"]).why_not_sent("src/app.py") is None


def test_a_local_only_glob_that_cannot_be_read_is_an_error(root: Path) -> None:
    with pytest.raises(ConfigError, match=r"privacy\.local_only.*a"):
        Project(root, local_only=["[a"])


def test_a_service_account_of_any_name_is_never_sent(root: Path) -> None:
    text = '{"type": "service_account", "private_key": "-----BEGIN"}'
    tree(root, {"config.json": text})
    project = Project(root)
    assert project.read("config.json") is None
    assert project.read_local("config.json") is not None
    assert project.why_not_sent_text("config.json", text) == "holds a private key"


def test_ignored_vendored_and_generated_files_are_not_read(root: Path) -> None:
    tree(
        root,
        {
            ".gitignore": "*.log.py\n/out/\n", "a.log.py": "", "out/x.py": "", "node_modules/m/i.js": "",
            "src/.venv/x.py": "", "env38/pyvenv.cfg": "", "env38/lib.py": "", "a.min.js": "", "x_pb2.py": "",
            "package-lock.json": "{}", ".counterpoint/ignore": "drafts/\n", "drafts/d.py": "",
            ".git/hooks/a.py": "",
        },
    )  # fmt: skip
    project = Project(root)
    assert project.paths() == ("README.md", "src/app.py")
    assert project.why_not("a.log.py") == project.why_not("out/x.py") == "ignored by .gitignore"
    assert project.why_not("drafts/d.py") == "ignored by .counterpoint/ignore"
    assert project.why_not("node_modules/m/i.js") == "in a folder of generated or vendored files"
    assert project.why_not("a.min.js") == project.why_not("package-lock.json") == "generated"
    assert project.why_not_sent_text("drafts/new.py", "") == "ignored by .counterpoint/ignore"


def test_our_own_ignore_file_cannot_be_undone_and_undoes_nothing(root: Path) -> None:
    tree(
        root, {".gitignore": "a.py\n!b.py\n", ".counterpoint/ignore": "b.py\n!a.py\n", "a.py": "", "b.py": ""}
    )
    project = Project(root)
    assert project.why_not("a.py") == "ignored by .gitignore"
    assert project.why_not("b.py") == "ignored by .counterpoint/ignore"


def test_a_changed_ignore_file_counts_at_once(root: Path) -> None:
    project = Project(root)
    assert project.why_not("src/app.py") is None
    tree(root, {"src/.gitignore": "*.py\n"})
    assert project.why_not("src/app.py") == "ignored by .gitignore"
    tree(root, {"src/.gitignore": "*.pyc\n# longer\n"})
    assert project.why_not("src/app.py") is None
    (root / "src" / ".gitignore").unlink()
    assert project.why_not("src/app.py") is None


def test_the_ignore_files_above_a_workspace_count_up_to_the_top_of_the_repository(tmp_path: Path) -> None:
    tree(
        tmp_path,
        {
            ".gitignore": "app/\n", "repo/.git/info/exclude": "*.excluded.py\n",
            "repo/.gitignore": "/app/gen/\n*.tmp.py\n", "repo/app/a.py": "", "repo/app/a.tmp.py": "",
            "repo/app/gen/b.py": "", "repo/app/c.excluded.py": "",
        },
    )  # fmt: skip
    project = Project(tmp_path / "repo" / "app")
    assert project.paths() == ("a.py",)
    assert project.why_not("gen/b.py") == project.why_not("a.tmp.py") == "ignored by .gitignore"
    tree(tmp_path, {"repo/.gitignore": "app/\n"})
    assert project.paths() == ()
    assert project.why_not("a.py") == "ignored by .gitignore"


def test_a_linked_worktree_shares_the_exclude_file(tmp_path: Path) -> None:
    tree(
        tmp_path,
        {
            "main/.git/info/exclude": "*.x.py\n", "main/.git/worktrees/w/commondir": "../..\n",
            "w/.git": f"gitdir: {tmp_path / 'main' / '.git' / 'worktrees' / 'w'}\n", "w/a.py": "",
            "w/a.x.py": "", "odd/.git": b"\xff\xfe", "odd/a.py": "",
        },
    )  # fmt: skip
    assert Project(tmp_path / "w").paths() == ("a.py",)
    assert Project(tmp_path / "odd").paths() == ("a.py",)


def test_the_users_own_ignore_file_counts(root: Path, tmp_path: Path) -> None:
    tree(tmp_path / "config", {"git/ignore": "*.mine.py\n"})
    ignores = Ignores(root, {"XDG_CONFIG_HOME": str(tmp_path / "config")})
    assert ignores.ignored("a.mine.py") == ".gitignore"
    assert ignores.ignored("a.py") is None


def test_an_odd_ignore_file_never_fails(root: Path) -> None:
    tree(root, {".gitignore": b"\xef\xbb\xbf*.a.py\r\n!\n\\\n[z-a]\n\xff\xfe\n[[]x\n*.b.py\n"})
    (root / "src" / ".gitignore").mkdir()
    project = Project(root)
    assert (
        project.why_not_sent_text("x.a.py", "")
        == project.why_not_sent_text("x.b.py", "")
        == "ignored by .gitignore"
    )
    assert project.why_not("src/app.py") is None


def test_case_does_not_tell_ignored_names_apart_where_files_do_not(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tree(root, {".gitignore": "Build/\n", "build/a.py": ""})
    assert Ignores(root).ignored("build/a.py") is None
    monkeypatch.setattr(sys, "platform", "darwin")
    assert Ignores(root).ignored("build/a.py") == ".gitignore"


def test_windows_separators_and_streams(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    project = Project(root)
    monkeypatch.setattr(sys, "platform", "win32")
    assert project.relative("src\\app.py") == "src/app.py"
    assert project.relative("..\\app.py") is None
    assert project.relative("src/app.py:stream") is None
    assert project.relative("C:app.py") is None


# git's own answer ---------------------------------------------------------------------------------------

names = st.sampled_from(["a", "b", "ab", "a.py", "b.py"])
files = st.lists(names, min_size=1, max_size=4).map("/".join)
pieces = st.sampled_from(
    [
        "a", "b", "ab", "*", "**", "a*", "?", "*.py", "[ab]", "[!a]", "a.py", "***", "**b", "*a*",
        "\\a", "a\\", "[a", "[b-a]", "[^b-a]", "[]a]", "[a-]", "[[:alpha:]]", "[[:nope:]]b", "[\\a]",
        "[a/b]", "a ", "\\*", "",
    ]
)  # fmt: skip
patterns = st.builds(
    lambda negated, rooted, parts, folder: f"{negated}{rooted}{'/'.join(parts)}{folder}",
    st.sampled_from(["", "", "!"]),
    st.sampled_from(["", "", "/"]),
    st.lists(pieces, min_size=1, max_size=3),
    st.sampled_from(["", "", "/"]),
)


@pytest.fixture(scope="module")
def git_root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if shutil.which("git") is None:
        pytest.skip("git is not installed")
    root = tmp_path_factory.mktemp("git")
    subprocess.run(["git", "init", "-q", str(root)], check=True, timeout=30)
    return root


@settings(
    max_examples=60,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    st.dictionaries(st.sampled_from(["", "a/", "b/", "a/b/"]), st.lists(patterns, max_size=4), max_size=3),
    st.lists(files, min_size=1, max_size=8, unique=True),
)
def test_git_agrees_on_every_path(
    git_root: Path, ignore_files: Mapping[str, list[str]], paths: list[str]
) -> None:
    for item in git_root.iterdir():
        if item.name != ".git":
            shutil.rmtree(item) if item.is_dir() else item.unlink()
    made: list[str] = []
    for path in paths:  # a name may be wanted both as a file and as a folder: the first wins
        if (
            not any((git_root / parent).is_file() for parent in Path(path).parents)
            and not (git_root / path).exists()
        ):
            tree(git_root, {path: "x"})
            made.append(path)
    for folder, lines in ignore_files.items():
        if not any((git_root / parent).is_file() for parent in (Path(folder), *Path(folder).parents)):
            tree(git_root, {f"{folder}.gitignore": "\n".join(lines) + "\n"})
    env = {**os.environ, "XDG_CONFIG_HOME": str(git_root / "none"), "GIT_CONFIG_GLOBAL": os.devnull}
    command = ["git", "-C", str(git_root), "ls-files", "-z", "--others", "--exclude-standard"]
    out = subprocess.run(command, check=True, timeout=30, capture_output=True, env=env).stdout.decode()
    seen = {path for path in out.split("\0") if path and not path.endswith(".gitignore")}
    ignores = Ignores(git_root, env)
    assert {path for path in made if ignores.ignored(path) is None} == seen
    assert set(Project(git_root).walk().paths) == {path for path in seen if path.endswith(".py")}


@pytest.mark.parametrize(
    ("glob", "path"),
    [("*a" * 40 + "b", "a" * 250), ("**/a/" * 40 + "b", "a/" * 1000 + "a"), ("[!b]*" * 40 + "c", "a" * 250)],
)
def test_a_hostile_pattern_takes_no_longer_than_an_honest_one(glob: str, path: str) -> None:
    assert Globs([glob]).verdict(path, folder=False) is None  # tried place by place it would not end


# Contents -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("raw", "text", "encoding"),
    [
        (b"", "", "utf-8"),
        ("né\r\n".encode(), "né\r\n", "utf-8"),
        (b"\xef\xbb\xbfx", "x", "utf-8-sig"),
        ("né".encode("utf-16"), "né", "utf-16"),
        (b"\xfe\xff" + "né".encode("utf-16-be"), "né", "utf-16"),
        (b"caf\xe9 au lait\n", "café au lait\n", "latin-1"),
    ],
)
def test_text_is_decoded_by_its_mark_or_as_utf8_or_latin1(raw: bytes, text: str, encoding: str) -> None:
    found = decode(raw)
    assert found is not None
    assert (found.text, found.encoding) == (text, encoding)
    assert encoding == "utf-16" or found.text.encode(found.encoding) == raw


@pytest.mark.parametrize("raw", [b"MZ\0\1", b"\xff\xfe\x00", bytes(range(1, 256)), b"text " * 9000 + b"\0"])
def test_binary_contents_are_known(raw: bytes) -> None:
    assert decode(raw) is None


def test_binary_large_and_special_files_are_left_out_with_a_reason(root: Path) -> None:
    tree(root, {"tool.py": b"\x7fELF\0\0", "large.py": b"#" * 101, "edge.py": b"#" * 100})
    project = Project(root, max_file_bytes=100)
    assert project.load("tool.py") == "binary"
    assert project.load("large.py") == "larger than 100 bytes"
    assert project.load("nowhere.py") == "absent or unreadable"
    assert project.load("src") == "not a regular file"
    assert project.read("tool.py") is None
    assert project.read("edge.py") is not None
    assert "large.py" not in project.paths()
    assert project.why_not_sent_text("new.py", "é" * 51) == "larger than 100 bytes"
    assert project.why_not_sent_text("new.py", "é" * 50) is None


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_a_pipe_in_the_place_of_a_file_never_blocks(root: Path) -> None:
    os.mkfifo(root / "pipe.py")
    assert Project(root).load("pipe.py") == "not a regular file"
    assert "pipe.py" not in Project(root).paths()


def test_a_file_that_grows_or_goes_between_check_and_reading(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = Project(root, max_file_bytes=100)
    monkeypatch.setattr(Project, "why_not", lambda *_: None)
    tree(root, {"src/app.py": b"#" * 101})
    assert project.load("src/app.py") == "larger than 100 bytes"
    (root / "src" / "app.py").unlink()
    assert "cannot be read" in str(project.load("src/app.py"))


def test_a_walk_ends_at_its_limit_and_says_so(root: Path) -> None:
    tree(root, {f"many/{number}.py": "" for number in range(5)})
    project = Project(root)
    walk = project.walk(limit=3)
    assert len(walk.paths) == 3
    assert walk.stopped == "only the first 3 files of the workspace are read"
    assert project.walk(limit=7).stopped == ""
    assert Project(root / "absent").walk().paths == ()


# Unsaved text -------------------------------------------------------------------------------------------


def test_unsaved_text_lies_over_the_disk(root: Path) -> None:
    tree(root, {".env": "A=1"})
    open_ones = {
        path: Document.of(path, text, "python", 3)
        for path, text in {"src/app.py": "y = 2\n", "new.py": "z\n", ".env": "B=2", "../out.py": "o"}.items()
    }
    overlay = Overlay(Project(root), open_ones)
    assert overlay.read("src/app.py") is open_ones["src/app.py"]
    assert overlay.read(str(root / "src" / "app.py")) is open_ones["src/app.py"]
    assert overlay.read("new.py") is open_ones["new.py"]
    assert overlay.read("README.md") is not None
    assert overlay.read(".env") is overlay.read("../out.py") is overlay.read("absent.py") is None
    assert overlay.paths() == ("README.md", "src/app.py", "new.py")


GITS = (
    *(".git", ".GIT", ".git.", ".git ", "git~1", ".git::$INDEX_ALLOCATION", ".g\u200cit"),
    *("src/.git", "src/../.git"),
)


@pytest.mark.parametrize("path", GITS)
def test_what_is_gits_own_is_neither_sent_nor_made(root: Path, path: str) -> None:
    assert Project(root).why_not_sent_text(path, "gitdir: elsewhere") == "git's own"
    assert Disk(Project(root)).why_not(path) == "git's own"


def test_files_that_are_named_for_git_are_files(root: Path) -> None:
    for path in (".gitignore", ".gitattributes", "src/.gitkeep", "git", "digit.py"):
        assert Project(root).why_not_sent_text(path, "") is None
