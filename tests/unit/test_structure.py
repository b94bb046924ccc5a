"""The rules of the house that no linter knows: sizes of files and functions, rows and their prompts."""

from __future__ import annotations

import ast
import json
import re
import subprocess
from importlib.resources import files
from pathlib import Path

import pytest

from counterpoint.lsp.kinds import KINDS, REWRITE
from counterpoint.models import load_catalogue
from counterpoint.pairing.own import PROMPTS as OWN_PROMPTS
from counterpoint.settings import Settings
from counterpoint.tasks import PASSES, TASKS

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "server" / "counterpoint"
SOURCES = sorted(path for path in PACKAGE.rglob("*.py") if "sample" not in path.parts)
PROMPTS = sorted((PACKAGE / "prompts").glob("*.md"))
MAX_FILE, MAX_FUNCTION = 300, 48
FORBIDDEN = re.compile(r"class \w*(?:Manager|Helper|Utils)\b")


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_a_file_stays_small_and_says_what_it_owns(path: Path) -> None:
    text = path.read_text("utf-8")
    assert len(text.splitlines()) <= MAX_FILE
    assert not FORBIDDEN.search(text)
    tree = ast.parse(text)
    assert ast.get_docstring(tree), f"{path} does not say what it owns"
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = (node.end_lineno or 0) - node.lineno + 1
            assert length <= MAX_FUNCTION, f"{node.name} has {length} lines"


def test_typescript_files_stay_small() -> None:
    sources = list((ROOT / "client-vscode" / "src").glob("*.ts"))
    assert sources
    assert [path.name for path in sources if len(path.read_text("utf-8").splitlines()) > MAX_FILE] == []


def test_every_task_has_a_prompt_and_every_prompt_a_task() -> None:
    wanted = {task.prompt or task.name for task in TASKS.values()} | set(OWN_PROMPTS)
    assert {path.stem for path in PROMPTS if not path.stem.startswith("_")} == wanted
    used = "".join(path.read_text("utf-8") for path in PROMPTS)
    for path in PROMPTS:
        if path.stem.startswith("_"):
            assert f"${path.stem}" in used


def test_every_pass_has_a_prompt_and_every_prompt_a_pass() -> None:
    assert {path.stem for path in (PACKAGE / "prompts" / "passes").glob("*.md")} == set(PASSES)
    assert set(Settings().review.passes) <= set(PASSES)


def test_a_task_is_found_under_its_own_name() -> None:
    assert {name: task.name for name, task in TASKS.items()} == {name: name for name in TASKS}


def test_only_advertised_kinds_stand_in_rows() -> None:
    assert {task.menu for task in TASKS.values()} - {None} <= set(KINDS)
    assert REWRITE in {task.menu for task in TASKS.values()}


def test_every_role_has_rows_and_every_row_a_price_and_a_date() -> None:
    catalogue = load_catalogue()
    for task in TASKS.values():
        assert catalogue.for_role(task.role)
    for model in catalogue.models.values():
        assert model.prices
        assert model.as_of.year >= 2026


def test_nothing_committed_names_a_registry_or_a_place_of_one_machine() -> None:
    listed = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, timeout=30, check=True
    ).stdout.split("\n")
    hosts = re.compile(r"(?:pypi|pythonhosted|npmjs)\.(?:org|com)|registry\.npm|/roo" + r"t/")
    bad = []
    for name in filter(None, listed):
        path = ROOT / name
        if not path.is_file() or path.suffix in (".png", ".gif"):
            continue
        if hosts.search(path.read_text("utf-8", "replace")):
            bad.append(name)
    assert bad == []


def test_contract_schemas_are_schemas() -> None:
    import jsonschema

    schemas = sorted((ROOT / "tests" / "contract").glob("*.json"))
    assert schemas
    for path in schemas:
        jsonschema.Draft202012Validator.check_schema(json.loads(path.read_text("utf-8")))


def test_data_files_are_read_as_resources() -> None:
    package = files("counterpoint")
    assert (package / "models.toml").is_file()
    assert (package / "py.typed").is_file()
    assert any(item.name.endswith(".yml") for item in (package / "rules").iterdir())
