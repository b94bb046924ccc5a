"""What the status says of a connection: the most urgent thing first."""

from __future__ import annotations

from pathlib import PurePosixPath
from types import SimpleNamespace
from typing import Any, cast

import pytest

from counterpoint.errors import (
    BillingRequired,
    BudgetExceeded,
    CounterpointError,
    Overloaded,
    RateLimited,
    Unauthorized,
)
from counterpoint.inline.when import Pace
from counterpoint.lsp.status import _is_news, _state

SLOW = Pace(first_token_seconds=2.14, calls=20)


HELD = "Completions pause, but for what is at hand. Spent. Wait."


def state(
    *,
    paused: bool = False,
    busy: bool = False,
    key: bool = True,
    pace: Pace,
    error: CounterpointError | None,
    held: str = "",
) -> tuple[str, str]:
    usable = {"/w": frozenset({"openai"})} if key else {}
    session = SimpleNamespace(paused=paused, jobs=SimpleNamespace(busy=lambda: busy, waits={}), usable=usable)
    completions = SimpleNamespace(pace=pace, memory=SimpleNamespace(refused=held))
    workspace = SimpleNamespace(root=PurePosixPath("/w"), completions=completions)
    return _state(cast(Any, session), cast(Any, workspace), error)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({}, "ready"),
        ({"pace": SLOW}, "slow"),
        ({"pace": Pace(first_token_seconds=2.14, calls=19)}, "ready"),
        ({"pace": SLOW, "busy": True}, "working"),
        ({"pace": SLOW, "key": False}, "no-key"),
        ({"pace": SLOW, "error": BudgetExceeded("Spent.", fix="Wait.")}, "budget"),
        ({"error": RateLimited("Busy.", retry_after=15.0)}, "waiting"),
        ({"error": Overloaded("Busy.")}, "waiting"),
        ({"error": Unauthorized("No.", retry_after=60.0)}, "error"),
        ({"error": BillingRequired("No credit.")}, "error"),
        ({"pace": SLOW, "paused": True, "error": BudgetExceeded("Spent.", fix="Wait.")}, "paused"),
        ({"pace": SLOW, "held": HELD}, "budget"),
        ({"busy": True, "held": HELD}, "working"),
        ({"error": Unauthorized("No."), "held": HELD}, "error"),
    ],
)
def test_the_most_urgent_state_is_told(given: dict[str, Any], expected: str) -> None:
    assert state(**{"pace": Pace(), "error": None, **given})[0] == expected


def test_what_holds_completions_is_told_before_the_figures_and_is_nobody_elses_error() -> None:
    refused = BudgetExceeded("Spent.", fix="Wait.")
    assert state(pace=Pace(), error=refused, held=HELD) == ("budget", HELD)
    assert state(pace=Pace(), error=refused) == ("budget", "Spent. Wait.")
    assert state(pace=Pace(), error=Unauthorized("No."), held=HELD) == ("error", "No.")


def test_a_slow_model_is_named_with_its_time_and_what_to_do() -> None:
    _, reason = state(pace=SLOW, error=None)
    assert "2.1 s" in reason and "on demand" in reason


@pytest.mark.parametrize(
    ("state", "before", "after", "news"),
    [
        ("error", "GPT-5.5 is left alone for 40 s. Busy.", "GPT-5.5 is left alone for 39 s. Busy.", False),
        ("waiting", "GPT-5.5 is left alone for 2 min. Busy.", "GPT-5.5 is left alone for 80 s. Busy.", False),
        ("error", "GPT-5.5 is left alone for 40 s. Busy.", "GPT-5.5 is left alone for 40 s. No key.", True),
        ("error", "GPT-5.5 is left alone for 40 s.", "GPT-5.4 is left alone for 40 s.", True),
        ("working", "OpenAI lets us go on in 4 s.", "OpenAI lets us go on in 3 s.", True),
    ],
)
def test_that_less_is_left_of_a_pause_is_no_news(state: str, before: str, after: str, news: bool) -> None:
    old, new = ({"state": state, "reason": reason, "spentToday": 0.0} for reason in (before, after))
    assert _is_news(old, new) is news
    assert _is_news({}, new)
    assert _is_news(old, {**old, "spentToday": 1.0})
