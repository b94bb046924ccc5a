"""A real VS Code: what a user is told of money, profiles, keys, other models' answers, verdicts and limits.

Screenshots of each step lie in `.tools/screenshots/today/` afterwards.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.e2e import past, stage
from tests.e2e.vscode.served import SECONDS, SHOTS, Steps, play

DRIVER = Path(__file__).with_name("drive_told.mjs")
SAID = "GPT-5.5's answer could not be used (a quote stands nowhere): Opus 4.7 was asked."
THROTTLED = "throttled"

pytestmark = [pytest.mark.editor, pytest.mark.alone, pytest.mark.timeout(SECONDS + 60)]


def answers() -> list[dict[str, Any]]:
    """The fast model's edit quotes what stands nowhere."""
    edit = {"path": "orders/payments.py", "line": 1, "old": "no such line", "new": "x", "reason": "Shorter"}
    text = json.dumps({"assumptions": [], "edits": [edit]})
    return [{"text": text, "match": "Request:", "model": "gpt-5.5", "repeat": True}]


def before(set_up: stage.Stage) -> None:
    home = set_up.home / "counterpoint"
    past.suggesting(home)
    past.trial_due(home)


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Steps:
    """Steps of one session in VS Code, by name."""
    titles = {
        "renamed": stage.RENAMED,
        "said": SAID,
        "verdict": past.VERDICT,
        "suggestion": past.SUGGESTION,
        "throttled": THROTTLED,
    }
    limits = {"fault": "rate_limited", "match": f"{THROTTLED}_1 = ", "repeat": True, "retry_after": 15}
    budget = {"counterpoint.budget.month_usd": past.MONTH, "counterpoint.budget.session_usd": 2.0}
    return play(
        tmp_path_factory.mktemp("told"),
        DRIVER,
        titles,
        shots=SHOTS / "today",
        first=answers(),
        troubles=[limits],
        machine=budget,
        before=before,
    )


def test_the_profile_is_asked_for_once_beside_the_work(played: Steps) -> None:
    assert [text.split("?")[0] for text in played["asked"]["messages"]] == [
        "Which way of working should Counterpoint follow"
    ]
    assert (played["reloaded"]["again"], played["reloaded"]["messages"]) == (0, [])
    names = [row.split("\n")[0] for row in played["profiles"]["listed"]]
    assert names == ["solo", "startup", "pair", "pipeline", "enterprise"]


def test_the_tooltip_tells_what_is_spent_of_each_budget_and_which_is_nearest(played: Steps) -> None:
    assert played["fresh"]["text"] == "Counterpoint"
    assert played["fresh"]["tooltip"].split("\n") == [
        "Counterpoint is ready.",
        f"Spent today: ${past.SPENT:.2f} of $5.00",
        f"Spent this month: ${past.SPENT:.2f} of ${past.MONTH:.2f}",
        "Spent in this session: $0 of $2.00",
        f"Nearest cap: budget.month_usd, {100 * past.SPENT / past.MONTH:.0f} % of ${past.MONTH:.2f}",
        "Click for the menu.",
    ]


def test_google_s_key_is_set_and_what_else_it_takes_is_told_whole(played: Steps) -> None:
    assert any("Set Google key..." in text for text in played["menu"]["listed"])
    lines = played["key"]["text"].split("\n")
    (said,) = [line for line in lines if line.startswith("Google key stored.")]
    assert "In force: the one from this editor's secret store." in said
    assert said.endswith("Google is asked only where counterpoint.providers.allow names it.")
    assert "OK" in lines, "a message without a button is cut off"


def test_who_answered_in_another_s_place_is_told_once_and_stays_in_the_tooltip(played: Steps) -> None:
    assert played["escalated"]["messages"].count(SAID) == 1
    lines = played["escalated"]["tooltip"].split("\n")
    assert lines[:2] == ["Counterpoint is ready.", f"Last answer: {SAID}"]
    assert lines[2].startswith("Spent today: $1.7"), "both answers are paid for"


def test_a_verdict_and_a_suggestion_are_told_once(played: Steps) -> None:
    told = played["verdicts"]["messages"]
    (verdict,) = [text for text in told if text.startswith(past.VERDICT)]
    (suggestion,) = [text for text in told if text.startswith(past.SUGGESTION)]
    assert "answers of use as often" in verdict
    assert suggestion.endswith("at the top of your config.toml.")
    assert len(told) == 2


def test_a_vendor_s_limits_are_told_by_the_status_and_by_no_message(played: Steps) -> None:
    assert played["throttled"]["toasts"] == [] == played["over"]["messages"]
    assert played["throttled"]["text"] == "Counterpoint: waiting"
    state, reason = played["throttled"]["tooltip"].split("\n")[:2]
    assert state == "Counterpoint waits for a vendor."
    assert "GPT-5.5 is left alone for 1" in reason and "asks for a pause" in reason
    assert reason.count(" s.") == 1, "how long is told once"
    assert played["over"]["tooltip"].startswith("Counterpoint is ready.\n")
