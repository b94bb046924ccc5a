"""What the status says of a connection: the most urgent thing first."""

from __future__ import annotations

from pathlib import PurePosixPath
from types import SimpleNamespace
from typing import Any, cast

import pytest

from counterpoint.errors import BudgetExceeded, CounterpointError
from counterpoint.inline.when import Pace
from counterpoint.lsp.status import _state

SLOW = Pace(first_token_seconds=2.14, calls=20)


def state(
    *, paused: bool = False, busy: bool = False, key: bool = True, pace: Pace, error: CounterpointError | None
) -> tuple[str, str]:
    usable = {"/w": frozenset({"openai"})} if key else {}
    session = SimpleNamespace(paused=paused, jobs=SimpleNamespace(busy=lambda: busy), usable=usable)
    workspace = SimpleNamespace(root=PurePosixPath("/w"), completions=SimpleNamespace(pace=pace))
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
        ({"pace": SLOW, "paused": True, "error": BudgetExceeded("Spent.", fix="Wait.")}, "paused"),
    ],
)
def test_the_most_urgent_state_is_told(given: dict[str, Any], expected: str) -> None:
    assert state(**{"pace": Pace(), "error": None, **given})[0] == expected


def test_a_slow_model_is_named_with_its_time_and_what_to_do() -> None:
    _, reason = state(pace=SLOW, error=None)
    assert "2.1 s" in reason and "on demand" in reason
