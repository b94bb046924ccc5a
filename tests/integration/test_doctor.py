"""`doctor --live` against the strict model server: every line ok where the vendor keeps its word."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from counterpoint.cli.doctor import command
from counterpoint.cli.frame import Invocation
from tests.modelserver import Fault, ModelServer


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[ModelServer]:
    with ModelServer() as running:
        monkeypatch.setenv("OPENAI_API_KEY", running.openai_key)
        monkeypatch.setenv("ANTHROPIC_API_KEY", running.anthropic_key)
        monkeypatch.setenv("OPENAI_BASE_URL", running.openai_url)
        monkeypatch.setenv("ANTHROPIC_BASE_URL", running.anthropic_url)
        monkeypatch.setenv("COUNTERPOINT__KEYS__KEYRING", "false")
        yield running


def run(*arguments: str) -> tuple[int, str, str]:
    result = CliRunner().invoke(command, arguments, standalone_mode=False, obj=Invocation())
    if result.exception is not None:
        raise result.exception
    return int(result.return_value or 0), result.stdout, result.stderr


def checks(output: str) -> dict[tuple[str, str], tuple[bool | None, str]]:
    rows = json.loads(output)["checks"]
    return {(row["part"], row["check"]): (row["ok"], row["detail"]) for row in rows}


def test_every_feature_is_ok_and_the_cassette_tells_nothing(server: ModelServer, tmp_path: Path) -> None:
    server.pace(first_token=0.02, between=0.002)
    server.answer("ok", match="Say ok.", repeat=True)
    server.answer("one two three " * 40, match="Count from", repeat=True)
    cassette = tmp_path / "c.jsonl"
    code, out, err = run("--live", "--format", "json", "--cassette", str(cassette))
    found = checks(out)
    live = {key: value for key, value in found.items() if key[0] != "here"}
    assert [key for key, (ok, _) in live.items() if ok is not True] == []
    assert code == 0
    assert {key[1] for key in live} == {
        "stream and terminal event", "effort", "schema", "caching, twice", "cancel", "token count",
        "model and shutdown date",
    }  # fmt: skip
    assert len(live) == 14
    assert "first token after" in live[("GPT-5.5", "stream and terminal event")][1]
    assert server.bill <= 0.10
    text = cassette.read_text()
    assert "fox" not in text
    assert server.openai_key not in text
    assert len(text.splitlines()) >= 12
    assert "Spent $" in err


def test_what_a_vendor_does_differently_is_named(server: ModelServer) -> None:
    server.fault(Fault.UNAUTHORIZED, match="17 + 25", repeat=True)
    server.answer("not json", match="sum of 17 and 25", repeat=True)
    code, out, _ = run("--live", "--format", "json")
    found = checks(out)
    assert code == 3
    assert found[("GPT-5.5", "schema")] == (False, "the answer is not JSON: the schema was ignored")
    assert found[("Opus 4.7", "effort")][0] is False
    assert "key" in found[("Opus 4.7", "effort")][1]


def test_the_price_is_refused_before_anything_is_sent(server: ModelServer) -> None:
    from counterpoint.errors import BudgetExceeded

    with pytest.raises(BudgetExceeded, match="--max-cost"):
        run("--live", "--max-cost", "0.001")
    assert server.log == ()


def test_offline_it_names_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COUNTERPOINT__KEYS__KEYRING", "false")
    code, out, _ = run()
    assert code == 0
    assert "counterpoint keys set openai" in out
    assert "Python" in out
