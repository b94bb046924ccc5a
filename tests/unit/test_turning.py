"""What the workspaces of one connection share: turns with vendors, and what a session may spend."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

import pytest

from counterpoint.lsp import turning
from counterpoint.lsp.session import Session
from counterpoint.workspace import open_workspace


@pytest.mark.asyncio
async def test_a_second_folder_and_changed_settings_begin_no_new_budget(tmp_path: Path) -> None:
    session = Session(cast(Any, None))
    opened = []
    for name in ("one", "two", "one"):
        (tmp_path / name).mkdir(exist_ok=True)
        workspace = await open_workspace(tmp_path / name)
        turning.attach(session, str(tmp_path / name), workspace)
        opened.append(workspace)
    try:
        assert len({id(one.ledger.here) for one in opened}) == 1
        assert len({id(one.engine.ports.turns) for one in opened}) == 1
    finally:
        for one in opened:
            await one.close()
