"""Copies of a work tree for a command: what is in them, what a command prints, whose code its tests run."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from counterpoint.answers import FileChange
from counterpoint.errors import ConfigError
from counterpoint.flows.scratch import Copy, Ran, copied, make, put, run, words_of
from counterpoint.text import Edit, Span
from tests.unit.test_proving import change, repository, worktrees

pytestmark = [
    pytest.mark.asyncio,
    pytest.mark.skipif(sys.platform == "win32", reason="process groups and links are POSIX"),
]


async def ran(root: Path, *words: str, changes: Sequence[FileChange] = (), seconds: float = 60.0) -> Ran:
    async with copied(root, changes) as copy:
        assert isinstance(copy, Copy), copy
        return await run(words, copy, seconds, setting="refactor.test_command", keep=True)


def python(code: str) -> tuple[str, ...]:
    return (sys.executable, "-c", code)


async def test_what_a_command_prints_is_kept_in_order(tmp_path: Path) -> None:
    root = repository(tmp_path / "r")
    code = "import sys; print('out', flush=True); print('err', file=sys.stderr); raise SystemExit(4)"
    assert await ran(root, *python(code)) == Ran(4, "out\nerr\n")


async def test_of_very_much_the_beginning_and_the_end_are_kept(tmp_path: Path) -> None:
    root = repository(tmp_path / "r")
    found = await ran(root, *python("print('first'); print('x' * 3_000_000); print('last')"))
    assert found.output.startswith("first\nxxx") and found.output.endswith("xxx\nlast\n")
    assert len(found.output) < 210_000
    assert found.output.count("\n... (left out)\n") == 1
    whole = await ran(root, *python("print('x' * 150_000)"))
    assert whole.output == "x" * 150_000 + "\n"


async def test_a_command_without_end_is_ended(tmp_path: Path) -> None:
    root = repository(tmp_path / "r")
    found = await ran(root, *python("print('begun', flush=True); import time; time.sleep(600)"), seconds=2.0)
    assert found == Ran(None, "begun\n")


async def test_files_are_moved_and_deleted_in_the_copy_alone(tmp_path: Path) -> None:
    root = repository(tmp_path / "r", **{"old.py": "o = 1\n", "gone.py": ""})
    (root / "old.py").chmod(0o755)
    moved = FileChange("old.py", "o = 1\n", (Edit(Span(4, 5), "2"),), moved_to="pkg/new.py")
    gone = FileChange("gone.py", "", (), deleted=True)
    code = (
        "import os; assert open('pkg/new.py').read()=='o = 2\\n' and os.access('pkg/new.py', os.X_OK)\n"
        "assert not os.path.exists('old.py') and not os.path.exists('gone.py')"
    )
    assert await ran(root, *python(code), changes=[moved, gone]) == Ran(0, "")
    assert (root / "old.py").exists() and (root / "gone.py").exists()


async def test_tests_run_the_code_of_the_copy_though_a_package_is_installed_to_be_edited(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = repository(tmp_path / "r")
    package = root / "src" / "shop"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("SAYS = 'before'\n")
    # Such an installation is a folder on the search path, behind those of PYTHONPATH.
    site = f"import sys; sys.path.append({str(root / 'src')!r}); import shop; print(shop.SAYS)"
    changes = [change("src/shop/__init__.py", "SAYS = 'before'\n", "SAYS = 'after'\n")]
    assert (await ran(root, *python(site), changes=changes)).output == "after\n"
    monkeypatch.setenv("PYTHONPATH", str(root / "src"))
    assert (await ran(root, *python("import shop; print(shop.SAYS)"), changes=changes)).output == "after\n"


async def test_installed_packages_of_node_are_there_and_those_of_the_workspace_are_the_copys(
    tmp_path: Path,
) -> None:
    root = repository(tmp_path / "r", **{".gitignore": "node_modules\n"})
    modules = root / "node_modules"
    for folder in ("left-pad", "@scope/inner", ".cache"):
        (modules / folder).mkdir(parents=True)
        (modules / folder / "index.js").write_text("installed")
    (root / "packages" / "own").mkdir(parents=True)
    (root / "packages" / "own" / "index.js").write_text("before")
    (modules / "own").symlink_to(root / "packages" / "own")
    code = (
        "r=lambda n: open(f'node_modules/{n}/index.js').read()\n"
        "print(r('left-pad'), r('@scope/inner'), r('own'))\n"
        "import os; print(os.path.exists('node_modules/.cache'))"
    )
    changes = [change("packages/own/index.js", "before", "after")]
    found = await ran(root, *python(code), changes=changes)
    assert found.output == "installed installed after\nFalse\n"


async def test_a_program_of_a_virtual_environment_that_git_ignores_is_found(tmp_path: Path) -> None:
    root = repository(tmp_path / "r", **{".gitignore": ".env\n"})
    (root / ".env").mkdir()
    (root / ".env" / "check").write_text(f"#!/bin/sh\nexec {shlex.quote(sys.executable)} -c 'print(7)'\n")
    (root / ".env" / "check").chmod(0o755)
    assert (await ran(root, *words_of(".env/check"))).output == "7\n"
    with pytest.raises(ConfigError, match=r"refactor\.test_command"):
        await ran(root, *words_of(".env/missing"))


async def test_nothing_is_left_of_a_copy(tmp_path: Path) -> None:
    root = repository(tmp_path / "r")
    async with copied(root, ()) as copy:
        assert isinstance(copy, Copy)
        assert (copy.folder / "a.py").exists()
    assert not copy.folder.exists()
    assert worktrees(root) == 1


async def test_a_character_that_the_encoding_of_a_file_lacks_makes_it_utf_8(tmp_path: Path) -> None:
    root = repository(tmp_path / "r")
    before = "# caf\xe9\nx = 1\n"
    (root / "latin.py").write_bytes(before.encode("latin-1"))
    code = "print(ascii(open('latin.py', 'rb').read().decode('utf-8')))"
    found = await ran(root, *python(code), changes=[change("latin.py", before, "# caf\xe9 \u2192\nx = 2\n")])
    assert found.output == "'# caf\\xe9 \\u2192\\nx = 2\\n'\n"
    code = "print(open('latin.py', 'rb').read())"
    found = await ran(root, *python(code), changes=[change("latin.py", before, "# caf\xe9\nx = 2\n")])
    assert found.output == "b'# caf\\xe9\\nx = 2\\n'\n", "else it stays as it was"


async def test_a_file_that_cannot_be_made_in_the_copy_is_told(tmp_path: Path) -> None:
    root = repository(tmp_path / "r")
    async with copied(root, [change("a.py/inner.py", None, "x = 1\n")]) as copy:
        assert isinstance(copy, str)
        assert copy.startswith("a.py/inner.py cannot be made in a copy: ")


async def test_a_command_has_no_secret_in_its_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {"AWS_SECRET_ACCESS_KEY": "s", "GH_PAT": "s", "KEYBOARD": "us"}.items():
        monkeypatch.setenv(name, value)
    names = ("AWS_SECRET_ACCESS_KEY", "GH_PAT", "KEYBOARD", "PATH")
    code = f"import os; print([name for name in {names} if name in os.environ])"
    found = await ran(repository(tmp_path / "r"), *python(code))
    assert found.output == "['KEYBOARD', 'PATH']\n"


@pytest.mark.parametrize(
    "path", [".git", ".GIT", "sub/.git", "made/../.git", ".git/config", ".git/hooks/post-checkout", "link"]
)
async def test_what_is_gits_own_is_left_alone_in_a_copy(tmp_path: Path, path: str) -> None:
    root = repository(tmp_path / "r")
    made = FileChange(path, None, (Edit(Span(0, 0), "gitdir: elsewhere"),))
    async with copied(root, ()) as found:
        assert isinstance(found, Copy)
        (found.folder / "made").mkdir()
        (found.folder / "link").symlink_to(".git")
        before = (found.folder / ".git").read_bytes()
        assert put({path: b"gitdir: elsewhere"}, found.folder) == f"{path} leads out of the copy"
        assert make([made], found.folder, found.folder) == f"{path} leads out of the copy"
        assert put({path: None}, found.folder) == f"{path} leads out of the copy"
        assert (found.folder / ".git").read_bytes() == before


async def test_a_folder_in_the_place_of_a_file_is_told(tmp_path: Path) -> None:
    root = repository(tmp_path / "r", **{"one.py": ""})
    async with copied(root, ()) as found:
        assert isinstance(found, Copy)
        said = put({"one.py/two.py": b"x"}, found.folder)
        assert said.startswith("one.py/two.py cannot be made in a copy: ")
