"""`costs` over a ledger with two months of everything in it, in each form."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.costing import rich
from tests.e2e.cli.running import NO_MODEL, run


@pytest.fixture
def ledger(tmp_path: Path) -> Path:
    """The folder to ask in; the ledger lies in this test's own home."""
    rich(Path(os.environ["COUNTERPOINT_HOME"]) / "state" / "ledger.sqlite3").close()
    return tmp_path


def test_the_json_keeps_its_contract_and_its_figures_agree(ledger: Path) -> None:
    ran = run("costs", "--since", "all", "--format", "json", cwd=ledger, env=NO_MODEL)
    found = ran.json("costs")
    spent = found["cost_usd"]
    assert spent == pytest.approx(sum(one["cost_usd"] for one in found["totals"]))
    assert spent == pytest.approx(sum(one["cost_usd"] for one in found["jobs"]))
    assert 0 < sum(one["cost_usd"] for one in found["parts"]) < spent
    assert sum(one["share"] for one in found["parts"]) == pytest.approx(1.0)
    assert {one["task"] for one in found["dearest_parts"]} <= {one["task"] for one in found["totals"]}
    assert [one["other"] for one in found["trials"]] == ["claude-sonnet-4-6"]
    assert {one["name"] for one in found["trials"][0]["figures"]} >= {"cost_usd", "seconds", "done"}
    assert all(one["good"] == one["kept"] + one["tuned"] for one in found["outcomes"])
    assert found["voices"][0]["asked"] == 5
    assert found["ended_unheard"] == {"calls": 0, "upper_usd": 0}


def test_the_text_tells_the_same_for_a_person(ledger: Path) -> None:
    ran = run(
        "costs", "--since", "all", cwd=ledger, env={**NO_MODEL, "COUNTERPOINT__BUDGET__MONTH_USD": "60"}
    )
    assert ran.code == 0
    for words in ("of $60.00; at the present pace", "price of one done", "dismissed", "part of the prompt",
                  "Dearest: document of ", "Trial of claude-sonnet-4-6", "made up"):  # fmt: skip
        assert words in ran.out, words


def test_the_page_is_whole_and_asks_nobody(ledger: Path) -> None:
    ran = run("costs", "--since", "all", "--format", "html", cwd=ledger, env=NO_MODEL)
    assert ran.out.startswith("<!doctype html>") and ran.out.rstrip().endswith("</html>")
    assert "Parts of the prompts" in ran.out and "http:" not in ran.out and "https:" not in ran.out


def test_a_time_that_is_none_is_refused_with_the_forms_there_are(tmp_path: Path) -> None:
    ran = run("costs", "--since", "fortnight", cwd=tmp_path, env=NO_MODEL)
    assert ran.code == 2 and "2026-11" in ran.err and "all" in ran.err
