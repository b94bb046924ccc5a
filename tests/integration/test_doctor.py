"""`doctor --live` against the strict model server: every line ok where the vendor keeps its word."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

from counterpoint.cli.doctor import command
from counterpoint.cli.frame import Invocation
from counterpoint.models import load_catalogue
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


def test_google_is_checked_where_it_is_allowed(server: ModelServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GEMINI_API_KEY", server.google_key)
    monkeypatch.setenv("GEMINI_BASE_URL", server.google_url)
    keys = checks(run("--format", "json")[1])[("here", "keys")]
    assert keys[0] is True and keys[1].endswith(
        "google from environment (not in providers.allow: never asked)"
    )
    monkeypatch.setenv("COUNTERPOINT__PROVIDERS__ALLOW", '["google"]')
    server.pace(first_token=0.02, between=0.002)
    server.answer("ok", match="Say ok.", repeat=True)
    server.answer("one two three " * 40, match="Count from", repeat=True)
    code, out, _ = run("--live", "--format", "json")
    found = checks(out)
    live = {feature: outcome for (part, feature), outcome in found.items() if part != "here"}
    assert [feature for feature, (ok, _) in live.items() if ok is False] == []
    assert live["token count"][0] is None  # there is no such call
    assert "gemini-3.1-pro-preview, no shutdown date" in live["model and shutdown date"][1]
    assert found[("here", "endpoint google")][1].startswith(server.google_url)
    assert code == 0 and 0 < server.bill <= 0.10


def test_what_a_vendor_does_differently_is_named(server: ModelServer) -> None:
    server.fault(Fault.UNAUTHORIZED, match="17 + 25", repeat=True)
    server.answer("not json", match="sum of 17 and 25", repeat=True)
    code, out, _ = run("--live", "--format", "json")
    found = checks(out)
    assert code == 3
    assert found[("GPT-5.5", "schema")] == (False, "the answer is not JSON: the schema was ignored")
    assert found[("Opus 4.7", "effort")][0] is False
    assert "key" in found[("Opus 4.7", "effort")][1]


def test_what_is_in_the_way_of_everything_is_told_once(
    server: ModelServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-revoked-0123456789")
    server.pace(first_token=0.02, between=0.002)
    server.answer("ok", match="Say ok.", repeat=True)
    code, out, _ = run("--live")
    rows = [row.split(":", 1)[1].strip() for row in out.splitlines() if "GPT-5.5:" in row]
    assert code == 3 and out.count("did not accept the key") == 1
    assert [row.split(":")[0] for row in rows] == ["stream and terminal event", "all else"]
    assert out.count(" Opus 4.7:") == 7, "the other vendor is checked all the same"


def test_a_budget_that_is_used_up_is_told_once_for_each_vendor(
    server: ModelServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COUNTERPOINT__BUDGET__DAY_USD", "0.001")
    code, out, err = run("--live")
    assert code == 3 and server.log == ()
    assert out.count("Raise budget.day_usd") == 2 and out.count("not tried") == 2
    assert "2 vendors, at most $" in err


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


@pytest.mark.parametrize(("days", "warns"), [(120, False), (121, True)])
def test_rows_that_nobody_has_looked_at_for_long_are_a_warning(
    monkeypatch: pytest.MonkeyPatch, clean_environment: Path, days: int, warns: bool
) -> None:
    """A row of the user's own is as old as it says; the shipped ones are as old as this version."""
    monkeypatch.setenv("COUNTERPOINT__KEYS__KEYRING", "false")
    as_of = date.today() - timedelta(days=days)
    rows = load_catalogue().models
    fresh = "".join(f"[models.'{name}']\nas_of = {date.today().isoformat()}\n" for name in rows)
    (clean_environment / "config.toml").write_text(
        fresh.replace(f"[models.'gpt-5.5']\nas_of = {date.today()}", f"[models.'gpt-5.5']\nas_of = {as_of}")
    )
    code, out, _ = run()
    assert code == 0
    (row,) = [text for text in out.splitlines() if "model rows" in text]
    assert row.lstrip().startswith("warning" if warns else "ok")
    assert (f"gpt-5.5 ({as_of})" in row) == warns


def test_nobody_is_said_to_be_asked_about_what_stays_on_this_machine(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    _, out, _ = run("--format", "json")
    ok, said = checks(out)[("here", "consent")]
    assert ok is None and said.endswith(
        "nobody yet; asked for before the first call that leaves this machine"
    )
