"""Who may not see a log is not told it, however it comes to be asked about: open, selected, on disk."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.bench.investigate import pages
from tests.e2e.lsp.product import PLAIN, editor, place
from tests.modelserver import ModelServer

pytestmark = pytest.mark.asyncio

[RACE] = pages(["python-sample-race"])
NOBODY = {"COUNTERPOINT__VERIFY__BY": "none", "COUNTERPOINT__PROVIDERS__PATHS": '{"*.log" = []}'}


async def test_a_log_that_nobody_may_see_is_not_investigated(tmp_path: Path) -> None:
    for name in ("open.log", "closed.log"):
        (tmp_path / name).write_text(RACE.output)
    with ModelServer() as models:
        async with editor(tmp_path, models, PLAIN, env=NOBODY) as client:
            uri = await client.open(tmp_path / "open.log", "plaintext")
            selected = {"start": place(0, 0), "end": place(RACE.output.count("\n"), 0)}
            for argument in (
                {"uri": uri},
                {"uri": uri, "range": selected},
                {"uri": (tmp_path / "closed.log").as_uri()},
            ):
                run = {"command": "counterpoint.investigate", "arguments": [argument]}
                error = await client.error("workspace/executeCommand", run)
                assert "providers.paths lets only nobody see *.log" in error["message"], error
        assert models.log == ()
