"""A fix comes after its finding, as it has to be proven first: it reaches the editor all the same."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.lsp.product import FULL, Editor, editor, findings, verdicts
from tests.modelserver import ModelServer

pytestmark = pytest.mark.asyncio

SHOP = "def mean(total, count):\n    return total / count\n"
QUOTE = "    return total / count"
FIX = {"path": "shop.py", "line": 2, "old": QUOTE, "new": "    return total / max(count, 1)", "reason": "x"}
WRONG = {"quote": QUOTE, "line": 2, "fix": {"title": "Divide by one at least", "edits": [FIX]}}
HELD = """\
import pathlib, sys, time
here = pathlib.Path(sys.argv[1])
(here / "proving").touch()
while not (here / "go").exists():
    time.sleep(0.02)
"""
"""A proof that takes as long as the test wants."""


def _held(folder: Path) -> tuple[Path, str]:
    """A workspace under git, and a command that proves nothing before `folder` has a file `go`."""
    root = folder / "work"
    root.mkdir()
    (root / "shop.py").write_text(SHOP)
    for words in (["init", "-q"], ["add", "-A"], ["commit", "-q", "-m", "x"]):
        named = ["-c", "user.name=x", "-c", "user.email=x@example.com"]
        subprocess.run(["git", *named, *words], cwd=root, check=True, timeout=60)
    script = folder / "held.py"
    script.write_text(HELD)
    return root, f"{sys.executable} {script} {folder}"


async def _fixes(client: Editor, uri: str, previous: str | None = None) -> tuple[list[str], str]:
    report = await client.pull(uri, previous)
    found: list[dict[str, Any]] = report.get("items", [])
    actions = await client.actions(uri, (1, 4), (1, 4), found, only=["quickfix"]) if found else []
    return [one["title"] for one in actions if one.get("isPreferred")], report["resultId"]


async def test_a_fix_that_was_proven_after_its_finding_was_pulled_is_pulled_too(tmp_path: Path) -> None:
    root, command = await asyncio.to_thread(_held, tmp_path)
    with ModelServer() as models:
        models.answer(findings(WRONG))
        models.answer(verdicts(quote=QUOTE))
        env = {"COUNTERPOINT__REVIEW__PROOF_COMMAND": command}
        async with editor(root, models, FULL, env=env) as client:
            uri = await client.open(root / "shop.py")
            run = {"command": "counterpoint.review", "arguments": [{"uri": uri, "scope": "file"}]}
            review = await client.start("workspace/executeCommand", run)
            async with asyncio.timeout(60):
                while not (tmp_path / "proving").exists():
                    await asyncio.sleep(0.02)
            before, known = await _fixes(client, uri)
            assert before == [], "what is not proven is not offered"
            (tmp_path / "go").touch()
            await client.reply(review)
            after, _ = await _fixes(client, uri, known)
            assert len(after) == 1 and after[0].startswith("Divide by one at least (applies, parses")
