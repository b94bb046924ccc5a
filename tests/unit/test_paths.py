"""Folders of our own: where they are, that reading creates none, and that only the user may look in."""

from __future__ import annotations

import os
import stat
import sys
from pathlib import Path

import platformdirs
import pytest

from counterpoint.errors import ConfigError
from counterpoint.paths import Folders, folders, is_too_wide, policy_file, private_folder, write_private
from counterpoint.workspace import open_workspace

posix = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such permission bits")


def test_one_variable_moves_all_three_folders(tmp_path: Path) -> None:
    found = folders({"COUNTERPOINT_HOME": str(tmp_path / "one")})
    assert found == Folders(tmp_path / "one", tmp_path / "one" / "state", tmp_path / "one" / "cache")
    assert found.config_file == tmp_path / "one" / "config.toml"
    assert not (tmp_path / "one").exists()


def test_without_it_the_platform_says_where() -> None:
    found = folders({})
    assert found.config == platformdirs.user_config_path("counterpoint", appauthor=False)
    assert found.state == platformdirs.user_state_path("counterpoint", appauthor=False)
    assert found.cache == platformdirs.user_cache_path("counterpoint", appauthor=False)


def test_a_relative_home_is_made_absolute(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert folders({"COUNTERPOINT_HOME": "here"}).config == tmp_path / "here"


def test_a_user_without_a_home_is_told_what_to_set(monkeypatch: pytest.MonkeyPatch) -> None:
    def homeless(*_: object, **__: object) -> Path:
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.setattr(platformdirs, "user_state_path", homeless)
    with pytest.raises(ConfigError, match=r"COUNTERPOINT_HOME.*XDG_STATE_HOME"):
        folders({})


def test_a_folder_that_is_not_absolute_is_no_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(platformdirs, "user_cache_path", lambda *_, **__: Path("~/.cache"))
    with pytest.raises(ConfigError, match="COUNTERPOINT_HOME"):
        folders({})


@pytest.mark.parametrize(
    ("platform", "environ", "want"),
    [
        ("linux", {}, "/etc/counterpoint/policy.toml"),
        ("darwin", {}, "/Library/Application Support/Counterpoint/policy.toml"),
        ("win32", {"PROGRAMDATA": "/data"}, "/data/Counterpoint/policy.toml"),
    ],
)
def test_the_policy_lies_where_only_an_administrator_writes(
    monkeypatch: pytest.MonkeyPatch, platform: str, environ: dict[str, str], want: str
) -> None:
    monkeypatch.setattr(sys, "platform", platform)
    assert policy_file(environ).as_posix() == want


@posix
def test_new_folders_and_files_are_for_this_user_only(tmp_path: Path) -> None:
    old = os.umask(0)
    try:
        write_private(tmp_path / "a" / "b" / "file.json", "text\n")
    finally:
        os.umask(old)
    modes = [stat.S_IMODE((tmp_path / name).stat().st_mode) for name in ("a", "a/b", "a/b/file.json")]
    assert modes == [0o700, 0o700, 0o600]


def test_a_file_is_replaced_as_a_whole_and_nothing_is_left_beside_it(tmp_path: Path) -> None:
    file = tmp_path / "file.json"
    write_private(file, "old")
    write_private(file, "né\n")
    assert file.read_bytes() == "né\n".encode()
    assert list(tmp_path.iterdir()) == [file]


def test_what_cannot_be_written_is_an_error_with_a_fix(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(ConfigError, match="COUNTERPOINT_HOME"):
        private_folder(tmp_path / "file" / "below")
    with pytest.raises(ConfigError, match="cannot be made"):
        private_folder(tmp_path / "file")
    (tmp_path / "taken").mkdir()
    with pytest.raises(ConfigError, match="cannot be written"):
        write_private(tmp_path / "taken", "text")
    assert sorted(item.name for item in tmp_path.iterdir()) == ["file", "taken"]


@pytest.mark.asyncio
async def test_a_home_folder_and_a_whole_disk_are_no_project(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path.resolve() / "people" / "ann"
    (home / "work").mkdir(parents=True)
    monkeypatch.setattr(Path, "home", lambda: home)
    assert all(map(is_too_wide, (home, *home.parents)))
    assert not is_too_wide(home / "work")
    for root, indexed in ((home, False), (home / "work", True)):
        workspace = await open_workspace(root, environ={"COUNTERPOINT_HOME": str(tmp_path / "own")})
        assert workspace.index.enabled is indexed
        await workspace.close()
