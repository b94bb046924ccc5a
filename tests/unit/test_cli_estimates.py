"""`--estimate` holds a whole job, not its first request, against caps and `--max-cost`; nothing is sent."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from counterpoint.cli.frame import run

VERBS = (
    ("edit", "a.py", "Add one"),
    ("refactor", "a.py", "Add one"),
    ("investigate", "trace.txt"),
    ("review", "a.py"),
)
COMPARE = (
    "compare",
    "edit",
    "a.py",
    "--instruction",
    "Add",
    "--models",
    "gpt-5.5,claude-opus-4-7",
    "--runs",
    "2",
)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COUNTERPOINT__KEYS__KEYRING", "false")
    monkeypatch.setenv("OPENAI_API_KEY", "sk-test-0123456789")
    monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-ant-test-0123456789")
    (tmp_path / "a.py").write_text("TOKEN = 'x'\n\n\ndef f(x):\n    return x\n")
    (tmp_path / "trace.txt").write_text('File "a.py", line 5, in f\nValueError: wrong\n')
    return tmp_path


def estimate(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[dict[str, Any], str]:
    """The JSON, and what is said beside it in one line."""
    assert run([*words, "--estimate", "--format", "json"]) == 0
    found = capsys.readouterr()
    return json.loads(found.out), " ".join(found.err.split())


def usual(value: dict[str, Any]) -> tuple[float, float]:
    """The high ends of the range: of what is asked first alone, and with what may follow."""
    expected = value["expected_usd"]
    (further,) = [name for name in expected if name != "alone"]
    return expected["alone"]["high"], expected[further]["high"]


def reserved(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...]
) -> float:
    """What the dearest request would be reserved at, by the words of a budget that has no room for it."""
    with monkeypatch.context() as poor:
        poor.setenv("COUNTERPOINT__BUDGET__DAY_USD", "0.000001")
        _, said = estimate(capsys, *words)
    assert "The budget has no room for the whole of it. This could cost up to $" in said
    return float(said.partition("could cost up to $")[2].split(",")[0])


@pytest.mark.parametrize(
    ("words", "setting"),
    [
        *((words, "budget.day_usd") for words in VERBS),
        (VERBS[-1], "budget.month_usd"),
        (VERBS[-1], "budget.session_usd"),
    ],
    ids=lambda one: one if isinstance(one, str) else one[0],
)
def test_a_cap_with_room_for_a_request_and_not_for_all_that_may_follow_is_told(
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    words: tuple[str, ...],
    setting: str,
) -> None:
    limited = (*words, "--max-cost", "100")  # with a limit a short answer is asked for
    value, said = estimate(capsys, *limited)
    assert "budget" not in said and "max-cost" not in said
    alone, whole = usual(value)
    first, most = reserved(capsys, monkeypatch, limited), value["cost_usd"]["high"]
    assert alone < whole < most and first < most
    name = f"COUNTERPOINT__{setting.upper().replace('.', '__')}"
    monkeypatch.setenv(name, f"{(max(first, whole) + most) / 2:.6f}")
    _, said = estimate(capsys, *words, "--max-cost", f"{first + 0.0001:.4f}")
    assert "room for what it usually comes to, not for the most it could. This could cost up to $" in said
    assert f"Raise {setting} in your own config.toml" in said
    assert f"It could cost up to ${most:.4f} with all that may follow, more than --max-cost" in said
    _, said = estimate(capsys, *words, "--max-cost", f"{first / 2:.4f}")
    assert f"It could cost up to ${most:.4f}, more than --max-cost" in said


def test_what_many_requests_usually_come_to_is_held_against_the_caps_as_one_sum(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    names = [f"m{number}.py" for number in range(6)]
    for name in names:
        (folder / name).write_text(f"def {name[:2]}(x):\n    return x\n")
    words = ("review", *names)
    value, _ = estimate(capsys, *words)
    _, whole = usual(value)
    first = reserved(capsys, monkeypatch, words)
    assert value["requests"] == 6 and first < whole
    monkeypatch.setenv("COUNTERPOINT__BUDGET__DAY_USD", f"{(first + whole) / 2:.6f}")
    _, said = estimate(capsys, *words)
    assert "room to begin, not for what all of it may well come to. This could cost up to $" in said
    assert "Raise budget.day_usd" in said


def test_the_estimate_of_a_comparison_tells_of_caps_and_of_the_highest_cost(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    value, said = estimate(capsys, *COMPARE)
    high = value["cost_usd"]["high"]
    assert "budget" not in said and "max-cost" not in said
    _, said = estimate(capsys, *COMPARE, "--max-cost", f"{high / 2:.4f}")
    assert f"The comparison could cost up to ${high:.4f}, more than --max-cost" in said
    for setting in ("DAY_USD", "MONTH_USD", "SESSION_USD"):
        with monkeypatch.context() as poor:
            poor.setenv(f"COUNTERPOINT__BUDGET__{setting}", f"{high / 2:.4f}")
            _, said = estimate(capsys, *COMPARE)
        assert f"of budget.{setting.lower()} is spent. Raise budget.{setting.lower()} in your own" in said
