"""The line of a profile in the user's config.toml: whatever else stands there stays as it is."""

from __future__ import annotations

import os
import tomllib
from pathlib import Path

import pytest

from counterpoint import config, paths
from counterpoint.cli.frame import run
from counterpoint.cli.profile import chosen, with_profile
from counterpoint.errors import ConfigError

KEPT = "# Mine.\nbudget.day_usd = 2.0  # not more\n\n[completion]\nmode = 'calm'\n"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", 'profile = "solo"\n'),
        (KEPT, f'profile = "solo"\n{KEPT}'),
        ('profile = "pair"  # for now\n' + KEPT, 'profile = "solo"  # for now\n' + KEPT),
        ("# first\n  profile='pair'\n[log]\n", '# first\n  profile="solo"\n[log]\n'),
        ('"profile" = "pair"\n', '"profile" = "solo"\n'),
        ("a.b = 1\r\n[log]\r\n", 'profile = "solo"\r\na.b = 1\r\n[log]\r\n'),
        ("\ufeffbudget.day_usd = 1.0\n", '\ufeffprofile = "solo"\nbudget.day_usd = 1.0\n'),
        ('[models.x]\nprofile = "theirs"\n', 'profile = "solo"\n[models.x]\nprofile = "theirs"\n'),
        ('note = """\n[a]\nprofile = "x"\n"""\n', 'profile = "solo"\nnote = """\n[a]\nprofile = "x"\n"""\n'),
    ],
)
def test_only_the_one_line_changes(before: str, after: str) -> None:
    assert with_profile(before, "solo") == after
    assert tomllib.loads(after.removeprefix("\ufeff"))["profile"] == "solo"
    assert with_profile(after, "solo") == after


@pytest.mark.parametrize(
    "text",
    [
        "profile = = 1\n",
        'note = """\nprofile = "inside"\n"""\n',
        'profile = """solo"""\n',
        "[a\n",
    ],
)
def test_where_there_is_no_safe_place_nothing_is_changed(text: str) -> None:
    with pytest.raises(ConfigError, match="no safe place"):
        with_profile(text, "pair")


def test_the_file_is_made_where_there_is_none_and_counts(clean_environment: Path) -> None:
    file = chosen("pair")
    assert file == paths.folders().config_file == clean_environment / "config.toml"
    found = config.load(None)
    assert found.settings.profile == "pair" and found.origins["profile"] == str(file)


@pytest.mark.skipif(os.name == "nt", reason="links need a right there")
def test_a_file_that_is_a_link_stays_one(clean_environment: Path, tmp_path: Path) -> None:
    (tmp_path / "dotfiles.toml").write_text(KEPT)
    (clean_environment / "config.toml").symlink_to(tmp_path / "dotfiles.toml")
    chosen("solo")
    assert (clean_environment / "config.toml").is_symlink()
    assert (tmp_path / "dotfiles.toml").read_text() == f'profile = "solo"\n{KEPT}'


def test_an_option_answers_and_can_be_given_again(
    clean_environment: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("solo", "startup"):
        assert run(["setup", "--profile", name]) == 0
        assert (clean_environment / "config.toml").read_text() == f'profile = "{name}"\n'
        assert f"{name} stands in " in capsys.readouterr().err
    assert run(["setup", "--profile", "hobby"]) == 2
    assert run(["setup", "neovim", "--profile", "pair"]) == 0
    assert "vim.lsp" in capsys.readouterr().out


def test_without_a_terminal_nothing_is_asked_and_nothing_written(
    clean_environment: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["setup"]) == 0
    assert "Next: counterpoint setup neovim" in capsys.readouterr().err
    assert run(["setup", "helix"]) == 0
    assert run(["setup", "--format", "json"]) == 2
    assert not [*clean_environment.rglob("*")]
    assert "How do you work" not in capsys.readouterr().err


def test_a_file_in_another_encoding_is_left_alone(clean_environment: Path) -> None:
    (clean_environment / "config.toml").write_bytes(b"# caf\xe9\n")
    with pytest.raises(ConfigError, match="UTF-8"):
        chosen("solo")
    assert (clean_environment / "config.toml").read_bytes() == b"# caf\xe9\n"
