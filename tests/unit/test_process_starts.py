"""What a process imports before it does anything: every run of a command and every worker pays for it."""

from __future__ import annotations

import pytest

from tests.unmeasured import imported

FRAME = {"counterpoint.engine", "counterpoint.workspace", "counterpoint.flows.review", "counterpoint.changes"}
LOOP = {"asyncio", "ssl", "concurrent.futures"}


@pytest.mark.parametrize(
    ("module", "without"),
    [
        # Verbs that need no engine.
        *((f"counterpoint.cli.{verb}", FRAME) for verb in ("config", "index", "keys", "models", "setup")),
        # Processes that have no event loop.
        ("counterpoint.index.service", LOOP | {"sqlite3"}),
        ("counterpoint.index.worker", LOOP),
        ("counterpoint.static.worker", LOOP),
    ],
)
def test_a_process_does_not_begin_with_what_it_has_no_use_for(module: str, without: set[str]) -> None:
    assert imported([module], without) == []
