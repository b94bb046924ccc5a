"""Settings in files that a repository carries: no effect, and named."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest

from counterpoint.config import Loaded, load
from counterpoint.config_sources import carried, speaks_for_the_client
from counterpoint.settings import Settings, protected_paths
from tests.hostile import NAMED, bad, complete, files, nested, plant

NO_POLICY = Path("/nonexistent/policy.toml")


@pytest.fixture
def values(tmp_path: Path) -> dict[str, Any]:
    found = bad("http://127.0.0.1:9", tmp_path / "canary")
    assert complete(found)
    return found


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "repo").mkdir()
    return tmp_path / "repo"


def loaded(root: Path, **more: Any) -> Loaded:
    return load(root, environ={"COUNTERPOINT_HOME": str(root.parent / "home")}, policy_file=NO_POLICY, **more)


def refused(found: Loaded) -> dict[str, set[str]]:
    """Paths by the file that they are refused from."""
    by_source: dict[str, set[str]] = {}
    for problem in found.problems:
        if problem.kind == "refused":
            by_source.setdefault(problem.source, set()).add(problem.path)
    return by_source


@pytest.mark.parametrize("name", [*files(bad("", Path("/c")))])
def test_no_protected_setting_takes_effect_through_a_file_and_each_is_named(
    root: Path, values: dict[str, Any], name: str
) -> None:
    plant(root, {name: files(values)[name]})
    found = loaded(root)
    assert found.settings == Settings()
    assert refused(found) == ({name: set(protected_paths())} if name in NAMED else {})


@pytest.mark.parametrize(
    "name",
    [".zed/settings.json", ".helix/languages.toml", ".vim/coc-settings.json", "evil.sublime-project",
     ".neoconf.json", ".nvim.lua", ".dir-locals.el"],
)  # fmt: skip
def test_what_an_editor_hands_on_from_a_file_of_the_folder_is_not_the_users(
    root: Path, values: dict[str, Any], name: str
) -> None:
    """These fill `initializationOptions`, `user` and all, out of the repository."""
    plant(root, {name: files(values)[name]})
    found = loaded(root, editor_user=nested(values))
    assert found.settings == Settings()
    assert refused(found)[name] == refused(found)["editor (user settings)"] == protected_paths()


def test_only_what_such_a_file_names_is_doubted(root: Path) -> None:
    plant(root, {".zed/settings.json": '{"lsp": {"counterpoint": {"settings": {"budget": {"day_usd": 9}}}}}'})
    found = loaded(root, editor_user={"budget": {"day_usd": 9, "month_usd": 20}})
    assert (found.settings.budget.day_usd, found.settings.budget.month_usd) == (5.0, 20.0)


def test_a_file_for_another_program_takes_nothing_from_the_user(root: Path, values: dict[str, Any]) -> None:
    names = (".vscode/settings.json", "pyproject.toml", ".env", "package.json")
    plant(root, {name: files(values)[name] for name in names})
    found = loaded(root, editor_user={"budget.day_usd": 9.0})
    assert found.settings.budget.day_usd == 9.0


def test_an_editor_that_reads_no_file_of_a_folder_is_believed(root: Path, values: dict[str, Any]) -> None:
    plant(root, {".zed/settings.json": files(values)[".zed/settings.json"]})
    found = loaded(root, editor_user={"budget.day_usd": 9.0}, editor_folders=[])
    assert found.settings.budget.day_usd == 9.0
    assert "budget.day_usd" in refused(found)[".zed/settings.json"]


def test_a_file_that_can_speak_for_its_editor_is_known(root: Path, values: dict[str, Any]) -> None:
    assert not speaks_for_the_client(root)
    plant(root, {name: files(values)[name] for name in (".vscode/settings.json", ".zed/settings.json")})
    assert not speaks_for_the_client(root)
    plant(root, {"evil.sublime-project": files(values)["evil.sublime-project"]})
    assert speaks_for_the_client(root)


def test_a_file_of_one_folder_is_doubted_for_all_that_are_open(
    tmp_path: Path, values: dict[str, Any]
) -> None:
    mine, theirs = tmp_path / "mine", tmp_path / "theirs"
    mine.mkdir()
    plant(theirs, {".zed/settings.json": files(values)[".zed/settings.json"]})
    found = loaded(mine, editor_user=nested(values), editor_folders=[mine, theirs])
    assert found.settings == Settings()


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("package.json", '{"contributes": {"counterpoint": {"budget": {"day_usd": 1}}}}'),
        ("pyproject.toml", '[project]\nname = "counterpoint"\n[tool.other.budget]\nday_usd = 1\n'),
        (".env", "# counterpoint: our budget for roles and models\nBUDGET=1\n"),
        (".vscode/settings.json", '{"counterpoint.completion.mode": "calm", "budget.day_usd": 1}'),
        (".vscode/settings.json", '{"other": {"budget": {"day_usd": 1}}}'),
    ],
)
def test_what_is_not_meant_for_us_is_not_named(root: Path, name: str, text: str) -> None:
    plant(root, {name: text})
    assert loaded(root).problems == ()


@pytest.mark.alone
@pytest.mark.parametrize(
    ("head", "again"),
    [
        ("// counterpoint\n", "/*"),
        ('["counterpoint ', '\\"'),
        ("", '{"counterpoint": '),
        ('{"counterpoint": 1,', ", "),
        ("counterpoint", "\0counterpoint"),
    ],
    ids=["comments", "quotes", "deep", "commas", "bytes"],
)
@pytest.mark.parametrize("name", [".zed/settings.json", ".helix/languages.toml", ".env"])
def test_no_file_can_keep_us_busy_or_break_us(root: Path, name: str, head: str, again: str) -> None:
    """Four times the text takes about four times as long, and not sixteen times."""

    def seconds(size: int) -> float:
        plant(root, {name: (head + again * size)[:size]})
        begun = time.process_time()
        assert loaded(root).settings == Settings()
        return time.process_time() - begun

    seconds(1_000)
    assert seconds(180_000) < 0.2 + 9 * max(seconds(45_000) for _ in range(2))


def test_links_and_folders_in_the_place_of_files_are_no_files(root: Path) -> None:
    (root / "pyproject.toml").mkdir()
    (root / ".env").symlink_to(root / "nowhere")
    assert carried(root, ["budget.day_usd"]).problems == ()
    assert carried(root / "nowhere", ["budget.day_usd"]).problems == ()


def test_comments_and_last_commas_are_read_as_editors_read_them(root: Path) -> None:
    text = '{ // ours\n "counterpoint": {"budget": {/* , */ "day_usd": 9, "note": "// no comment, }",}},}\n'
    plant(root, {".zed/settings.json": json.dumps({"a": 1})})
    plant(root, {".vscode/settings.json": text})
    assert refused(loaded(root)) == {".vscode/settings.json": {"budget.day_usd"}}


ZED = '{"lsp": {"counterpoint": {"initialization_options": {"user": {"budget": {"day_usd": 999.0}}}}}}'
HELIX = "[language-server.counterpoint.config.user.budget]\nday_usd = 999.0\n"


@pytest.mark.parametrize(
    ("name", "text"),
    [
        (".zed/settings.json", ZED.replace("counterpoint", "\\u0063ounterpoint")),
        (".zed/settings.json", ZED.replace("counterpoint", "\\u0063ounterpoint") + "}"),
        (".zed/settings.json", ZED.replace("day_usd", "d\\u0061y_usd")),
        (".zed/settings.json", " " * 300_000 + ZED),
        (".zed/settings.json", " " * 1_100_000 + ZED),
        (".helix/languages.toml", HELIX.replace("counterpoint", '"\\u0063ounterpoint"')),
        (".helix/languages.toml", HELIX.replace("counterpoint", '"\\U00000063ounterpoint"')),
    ],
)
def test_a_file_that_hides_what_it_names_is_not_believed(tmp_path: Path, name: str, text: str) -> None:
    file = tmp_path / name
    file.parent.mkdir()
    file.write_text(text)
    loaded = load(tmp_path, editor_user={"budget": {"day_usd": 999.0}})
    assert loaded.settings.budget.day_usd == 5.0
    assert {problem.source for problem in loaded.problems} == {name, "editor (user settings)"}
