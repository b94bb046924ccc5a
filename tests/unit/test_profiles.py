"""A profile is a set of settings that whatever is set besides outranks; a repository cannot choose one."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from counterpoint import config, profiles
from counterpoint.errors import ConfigError
from counterpoint.models import load_catalogue
from counterpoint.routing import route
from counterpoint.settings import Settings
from counterpoint.tasks import task_named


def loaded(tmp_path: Path, text: str = "", repository: str = "", **environ: str) -> config.Loaded:
    home, root = tmp_path / "home", tmp_path / "repo"
    (root / ".counterpoint").mkdir(parents=True, exist_ok=True)
    home.mkdir(exist_ok=True)
    environ |= {"COUNTERPOINT_HOME": str(home), "HOME": str(tmp_path)}
    from counterpoint import paths

    file = paths.folders(environ).config_file
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)
    (root / ".counterpoint" / "config.toml").write_text(repository)
    return config.load(root, environ=environ, policy_file=tmp_path / "none.toml")


@pytest.mark.parametrize("name", profiles.names())
def test_every_profile_can_be_used_and_changes_something(tmp_path: Path, name: str) -> None:
    found = loaded(tmp_path, f'profile = "{name}"\n')
    assert found.problems == ()
    assert found.settings != Settings()
    assert {origin for path, origin in found.origins.items() if path != "profile"} == {f"profile {name}"}
    assert profiles.about(name).endswith(".")


def test_all_shipped_profiles_are_names_of_the_setting(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="profile must be"):
        loaded(tmp_path, 'profile = "hobby"\n')
    for name in profiles.names():
        assert loaded(tmp_path, COUNTERPOINT__PROFILE=name).settings.profile == name


def test_what_is_set_besides_outranks_it(tmp_path: Path) -> None:
    found = loaded(
        tmp_path, 'profile = "enterprise"\nbudget.day_usd = 2.0\n', "[completion]\nmode = 'calm'\n"
    )
    assert found.settings.budget.day_usd == 2.0
    assert found.settings.verify.votes == 3
    assert found.settings.completion.mode == "calm"


def test_a_repository_chooses_none(tmp_path: Path) -> None:
    found = loaded(tmp_path, "", 'profile = "enterprise"\n')
    assert found.settings == Settings()
    assert [(one.kind, one.path) for one in found.problems] == [("refused", "profile")]


def test_the_last_trusted_source_chooses(tmp_path: Path) -> None:
    found = loaded(tmp_path, 'profile = "solo"\n', COUNTERPOINT__PROFILE="pair")
    assert found.settings.profile == "pair"
    assert found.settings.budget.month_usd == 0.0


def asked(settings: Settings, task: str, *usable: str) -> list[str]:
    catalogue = load_catalogue({"models": settings.models, "roles": settings.roles})
    found = route(task_named(task), catalogue, settings, usable)
    return [one.model.name for one in found.candidates]


def test_one_persons_commit_messages_are_a_small_models_and_nothing_else_is(tmp_path: Path) -> None:
    solo = loaded(tmp_path, 'profile = "solo"\n').settings
    assert asked(solo, "commit", "openai", "anthropic")[0] == "gpt-5.4-mini"
    assert asked(solo, "commit", "anthropic")[0] == "claude-sonnet-4-6"
    assert asked(solo, "edit", "openai", "anthropic")[0] == "gpt-5.5"
    assert asked(solo, "review", "openai", "anthropic")[0] == "claude-opus-4-7"


def test_an_enterprise_asks_the_two_voices_only(tmp_path: Path) -> None:
    text = 'profile = "enterprise"\nproviders.allow = ["openai", "anthropic", "google"]\n'
    found = loaded(tmp_path, text).settings
    everyone = ("openai", "anthropic", "google")
    assert asked(found, "edit", *everyone) == ["gpt-5.5", "claude-opus-4-7"]
    assert asked(found, "review", *everyone) == ["claude-opus-4-7", "gpt-5.5"]
    assert "gemini-3.1-pro" in asked(replace(found, roles={}), "edit", *everyone)
