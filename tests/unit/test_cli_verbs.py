"""Verbs that ask no vendor, run in this process: their text, and their JSON against the contract."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from counterpoint.cli.frame import run

CONTRACT = Path(__file__).parents[1] / "contract"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COUNTERPOINT__KEYS__KEYRING", "false")
    (tmp_path / "a.py").write_text("TOKEN = 'x'\n\n\ndef f(x):\n    return x\n")
    return tmp_path


def valid(text: str, contract: str) -> Any:
    value = json.loads(text)
    jsonschema.validate(value, json.loads((CONTRACT / f"{contract}.json").read_text("utf-8")))
    return value


def test_config_show_tells_origins_and_refusals(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / ".counterpoint").mkdir()
    (folder / ".counterpoint" / "config.toml").write_text(
        "[budget]\nday_usd = 99\n[completion]\ndebounce_ms = 9\n"
    )
    monkeypatch.setenv("COUNTERPOINT__LOG__LEVEL", "debug")
    assert run(["config", "show", "--format", "json"]) == 0
    value = valid(capsys.readouterr().out, "config")
    rows = {row["path"]: (row["value"], row["origin"]) for row in value["settings"]}
    assert rows["budget.day_usd"] == (5.0, "default")
    assert rows["completion.debounce_ms"] == (9, ".counterpoint/config.toml")
    assert rows["log.level"] == ("debug", "COUNTERPOINT__LOG__LEVEL")
    assert [one["kind"] for one in value["problems"]] == ["refused"]
    assert run(["config", "show"]) == 0
    said = capsys.readouterr()
    assert "completion.debounce_ms" in said.out
    assert "budget.day_usd was refused" in said.err


def test_config_schema_is_a_json_schema(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["config", "schema"]) == 0
    schema = json.loads(capsys.readouterr().out)
    jsonschema.Draft202012Validator.check_schema(schema)
    assert run(["config", "schema", "--format", "text"]) == 0
    text = capsys.readouterr().out
    assert "budget.day_usd" in text
    assert "protected" in text


def test_models_and_routes_as_text(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-ant-test-0123456789")
    assert run(["models"]) == 0
    rows = {row.split()[0]: row for row in capsys.readouterr().out.splitlines()}
    assert "yes" in rows["claude-opus-4-7"].split()
    assert "no" in rows["gpt-5.5"].split()
    assert run(["route", "review", "--explain"]) == 0
    assert "fills the role deep" in capsys.readouterr().out
    assert run(["route", "edit"]) == 0
    said = capsys.readouterr()
    assert "claude-opus-4-7" in said.out
    assert "stands in for" in said.err
    assert run(["route", "nonsense"]) == 2
    assert "Use one of" in capsys.readouterr().err


def test_context_as_text_and_with_a_budget(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["context", "a.py:5:11", "--task", "edit", "--instruction", "Rename f."]) == 0
    said = capsys.readouterr()
    assert "Nothing was sent." in said.out
    assert "Rename f." in said.out
    assert "keys set" in said.err
    (folder / "long.py").write_text("x = 1\n" * 4000)
    assert run(["context", "long.py:2000:1", "--budget", "100", "--format", "json"]) == 0
    small = valid(capsys.readouterr().out, "context")
    assert run(["context", "long.py:2000:1", "--format", "json"]) == 0
    assert small["input_tokens"] < valid(capsys.readouterr().out, "context")["input_tokens"]


@pytest.mark.parametrize("place", ["a.py:1", "gone.py:1:1", "blob.py:1:1", ".git/config:1:1"])
def test_a_place_that_cannot_be_read_is_one_line(
    place: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "blob.py").write_bytes(b"\0\0")
    assert run(["context", place]) == 2
    err = capsys.readouterr().err
    assert err.count("\n") == 1


def test_keys_are_listed_by_source_only(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-test-0123456789")
    assert run(["keys", "list", "--format", "json"]) == 0
    out = capsys.readouterr().out
    assert valid(out, "keys")["inForce"] == {"openai": "environment", "anthropic": None}
    assert "sk-test" not in out
    assert run(["keys", "list"]) == 0
    assert "environment" in capsys.readouterr().out


def test_setup_speaks_json_too(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["setup", "neovim", "--format", "json"]) == 0
    value = valid(capsys.readouterr().out, "setup")
    assert "counterpoint" in value["configuration"]
    assert run(["setup", "vscode"]) == 0
    assert "vsix" in "".join(capsys.readouterr())


def test_costs_of_nothing(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["costs", "--since", "today"]) == 0
    assert "No calls since" in capsys.readouterr().out
    assert run(["costs", "--since", "soon"]) == 2


def test_an_estimate_needs_no_key(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["review", "a.py", "--estimate"]) == 0
    assert "Nothing was sent." in capsys.readouterr().out
    assert run(["review", "a.py", "--estimate", "--format", "json"]) == 0
    value = valid(capsys.readouterr().out, "estimate")
    assert value["requests"] == 1 and value["units"] >= 1
