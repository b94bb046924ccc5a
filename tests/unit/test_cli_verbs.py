"""Verbs that ask no vendor, run in this process: their text, and their JSON against the contract."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from counterpoint.admitting import Asker, Wish
from counterpoint.cli.frame import run
from counterpoint.consent import grant, granted
from counterpoint.errors import Unauthorized
from counterpoint.pacing import Need
from counterpoint.workspace import open_workspace

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
    told = capsys.readouterr().out.splitlines()
    rows = {row.split()[0]: row for row in told}
    assert "Prices are USD per million tokens; cached is input that the vendor still had." in told
    dearer = next(row for row in told if row.startswith("Dearer above 272,000 tokens of input: "))
    assert "gpt-5.5," in dearer and "opus" not in dearer
    assert "yes" in rows["claude-opus-4-7"].split()
    assert "no" in rows["gpt-5.5"].split()
    assert run(["route", "review", "--explain"]) == 0
    assert "fills the role deep" in capsys.readouterr().out
    assert run(["route", "edit"]) == 0
    said = capsys.readouterr()
    assert "is asked once" not in said.out, "with one vendor's key there is nobody else to ask"
    assert "claude-opus-4-7" in said.out
    assert "stands in for" in said.err
    monkeypatch.setenv("OPENAI_API_KEY", "sk-test-0123456789")
    assert run(["route", "edit", "--explain"]) == 0
    again = "If nothing of the answer can be used, Opus 4.7 is asked once, at effort high.\n"
    assert again in capsys.readouterr().out
    assert run(["route", "nonsense"]) == 2
    assert "Use one of" in capsys.readouterr().err


def _both(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-test-0123456789")
    monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-ant-test-0123456789")


def test_a_route_for_a_file_goes_without_who_may_not_see_it(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    _both(monkeypatch)
    monkeypatch.setenv("COUNTERPOINT__PROVIDERS__PATHS", '{"a.py" = ["anthropic"]}')
    monkeypatch.setenv("COUNTERPOINT__PRIVACY__LOCAL_ONLY", '["own.py"]')
    (folder / "own.py").write_text("x = 1\n")
    assert run(["route", "edit", "--path", "a.py", "--explain"]) == 0
    said = capsys.readouterr().out
    assert "gpt-5.5 may not see the file: providers.paths lets only anthropic see a.py." in said
    assert "Nearest cap: budget.day_usd, $0" in said
    assert run(["route", "edit", "--path", "a.py", "--format", "json"]) == 0
    value = valid(capsys.readouterr().out, "route")
    assert [one["model"] for one in value["candidates"]] == ["claude-opus-4-7"]
    assert [one["model"] for one in value["barred"]] == ["gpt-5.5"]
    assert run(["route", "edit", "--path", "own.py", "--format", "json"]) == 0
    value = valid(capsys.readouterr().out, "route")
    assert value["candidates"] == [] and value["once_more"] is None and len(value["barred"]) == 2
    assert all("local" in one["why"] for one in value["barred"])
    assert run(["route", "edit", "--path", "own.py"]) == 0
    assert capsys.readouterr().out.startswith("No model may be asked about this file.\n")
    assert run(["route", "edit", "--format", "json"]) == 0
    value = valid(capsys.readouterr().out, "route")
    assert value["barred"] == [] and value["candidates"][0]["model"] == "gpt-5.5"
    assert value["nearest_cap"] == {"setting": "budget.day_usd", "spent_usd": 0, "cap_usd": 5.0}


def test_a_route_tells_who_is_left_alone_as_another_process_found_out(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    _both(monkeypatch)

    async def refused() -> None:
        workspace = await open_workspace(folder)
        ways, model = workspace.engine.ports.turns.ways, workspace.catalogue.model("gpt-5.5")
        await ways.meets(await workspace.reach.endpoint("openai"))
        asker = Asker("asked", "j", ways.clock(), ways.clock() + 60)
        ways.failed(
            Wish(asker, model, Need(1, 1), 4, False),
            Unauthorized("OpenAI refuses the key.", provider="openai"),
            ways.clock(),
        )
        await workspace.close()

    asyncio.run(refused())
    assert run(["route", "edit", "--explain"]) == 0
    said = capsys.readouterr().out
    assert "GPT-5.5 is left alone for" in said and "Until then Opus 4.7 is asked." in said
    assert run(["route", "complete", "--explain"]) == 0
    assert "Completions pause until then." in capsys.readouterr().out
    assert run(["route", "review", "--explain"]) == 0, "the other is left alone, and is not asked first"
    assert "Until then" not in capsys.readouterr().out
    assert run(["route", "edit", "--format", "json"]) == 0
    (one,) = valid(capsys.readouterr().out, "route")["left_alone"]
    assert one["model"] == "gpt-5.5" and 0 < one["seconds"] <= 60 and "refuses the key" in one["why"]


def test_a_task_of_the_repository_s_own_has_a_route(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    _both(monkeypatch)
    tasks = folder / ".counterpoint" / "tasks"
    tasks.mkdir(parents=True)
    head = "title: Tidy\nrole: deep\nscope: selection\nanswer: edits\n"
    (tasks / "tidy.md").write_text(f"---\n{head}---\nTidy it.\n")
    assert run(["route", "tidy", "--format", "json"]) == 0
    first = valid(capsys.readouterr().out, "route")["candidates"][0]
    assert (first["model"], first["role"]) == ("claude-opus-4-7", "deep")
    assert run(["route", "nonsense"]) == 2
    assert "investigate" in (said := capsys.readouterr().err) and "tidy" in said


def test_a_route_for_a_file_that_is_not_there_says_so(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    _both(monkeypatch)
    assert run(["route", "edit", "--path", "nosuch.py", "--explain"]) == 2
    said = capsys.readouterr()
    assert said.out == "" and "nosuch.py does not exist." in said.err


def test_a_comparison_with_one_key_names_models_it_can_ask(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-ant-test-0123456789")
    question = ["compare", "edit", "a.py:4-5", "--instruction", "x", "--estimate"]
    assert run(question) == 2
    said = capsys.readouterr().err
    assert "counterpoint keys set openai" in said
    named = said.rpartition("--models ")[2].strip().rstrip(".")
    assert named == "claude-opus-4-7,claude-sonnet-4-6"
    assert run([*question, "--models", named]) == 0


@pytest.mark.parametrize(
    ("name", "what", "shows"),
    [("pair", "a conversation", "route edit"), ("architecture", "a pass of reviews", "route review")],
)
def test_what_is_no_task_is_said_with_the_command_that_shows_its_route(
    folder: Path, capsys: pytest.CaptureFixture[str], name: str, what: str, shows: str
) -> None:
    assert run(["route", name]) == 2
    said = capsys.readouterr().err
    assert what in said and shows in said


@pytest.mark.parametrize(("by", "first"), [("other", "gpt-5.5"), ("same", "claude-opus-4-7")])
def test_the_route_of_second_looks_is_by_the_setting(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], by: str, first: str
) -> None:
    _both(monkeypatch)
    monkeypatch.setenv("COUNTERPOINT__VERIFY__BY", by)
    assert run(["route", "verify", "--format", "json"]) == 0
    assert valid(capsys.readouterr().out, "route")["candidates"][0]["model"] == first


def test_consent_is_shown_and_taken_back(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("OPENAI_BASE_URL", "http://127.0.0.1:4000/v1")
    monkeypatch.delenv("ANTHROPIC_BASE_URL", raising=False)
    grant(folder, ["anthropic", "google", "anthropic at gate.example"])
    assert run(["config", "consent", "--format", "json"]) == 0
    found = valid(capsys.readouterr().out, "consent")
    assert found["receivers"] == ["anthropic", "anthropic at gate.example", "google"]
    assert found["here"] == [{"vendor": "openai", "url": "http://127.0.0.1:4000/v1"}]
    assert run(["config", "consent", "--revoke", "google"]) == 0
    said = capsys.readouterr().out
    assert "may go to: anthropic, anthropic at gate.example." in said.replace("\n", " ")
    assert "a gateway there may pass code on to a vendor" in said.replace("\n", " ")
    assert run(["config", "consent", "--revoke", "google"]) == 2
    assert "Who may: anthropic" in capsys.readouterr().err
    assert run(["config", "consent", "--revoke", "all"]) == 0
    assert "nobody that was agreed to" in capsys.readouterr().out
    assert granted(folder) == frozenset()


def test_doctor_says_that_a_gateway_on_this_machine_may_pass_code_on(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("OPENAI_BASE_URL", "http://127.0.0.1:4000/v1")
    monkeypatch.setenv("ANTHROPIC_BASE_URL", "https://gate.example")
    run(["doctor", "--format", "json"])
    rows = {row["check"]: row["detail"] for row in valid(capsys.readouterr().out, "doctor")["checks"]}
    assert "a gateway there may pass code on" in rows["endpoint openai"]
    assert "may pass code on" not in rows["endpoint anthropic"]


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
    assert valid(out, "keys")["inForce"] == {
        "openai": "environment",
        "anthropic": None,
        "google": None,
    }
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
