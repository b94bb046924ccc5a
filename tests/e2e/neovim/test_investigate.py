"""What a program printed, in a real Neovim: from a log to diagnostics in the code and one edit, one undo."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.bench.investigate import pages
from tests.e2e.cli.test_investigate import AWAITED, LOCKED, RESERVATIONS
from tests.e2e.neovim.remote import Neovim, neovim

pytestmark = [pytest.mark.editor, pytest.mark.alone]

[RACE] = pages(["python-sample-race"])


def _answers() -> list[dict[str, Any]]:
    text = json.dumps({"findings": [LOCKED, AWAITED]})
    quote = {"path": RESERVATIONS, "line": 43, "quote": 'await record(self.db, "hold"'}
    claims = [{"claim": number, "quotes": [quote], "why": "So.", "holds": "confirmed"} for number in (1, 2)]
    return [
        {"text": text, "match": "You find out why a program failed", "repeat": True},
        {"text": json.dumps({"verdicts": claims}), "match": "You take a second look", "repeat": True},
    ]


@pytest.fixture(scope="module")
def editor(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Neovim]:
    with neovim(tmp_path_factory.mktemp("investigate"), _answers()) as found:
        yield found


def test_a_log_offers_to_be_looked_into(editor: Neovim) -> None:
    log = editor.stage.workspace / "failure.txt"
    log.write_text(RACE.output)
    code = editor.stage.workspace / RESERVATIONS
    editor.keys(f"<Esc>:silent edit! {code}<CR>")
    editor.wait("the code", lambda: "class Reservation" in editor.text())
    editor.keys(f":silent edit! {log}<CR>")
    editor.wait("the log", lambda: "never awaited" in editor.text())
    editor.wait("attached", lambda: bool(editor.lua("#vim.lsp.get_clients({bufnr=0})")))
    first = editor.listed()
    assert any(text.startswith("Investigate this output") for text in first), first
    priced = "Investigate this output (Opus 4.7, $"
    editor.wait("the entry with its price", lambda: any(text.startswith(priced) for text in editor.listed()))


def test_the_edit_is_applied_once_the_user_says_so(editor: Neovim) -> None:
    code = editor.stage.workspace / RESERVATIONS
    (editor.stage.workspace / ".gitignore").write_text("*.log\n")
    (editor.stage.workspace / "failure.log").write_text(RACE.output)
    editor.keys(f"<Esc>:silent edit {code}<CR>:lua Wanted, Listed = 'Apply', {{}}<CR>")
    editor.keys(":CounterpointInvestigate failure.log<CR>")
    editor.wait("the page", lambda: "# Causes" in editor.text())
    editor.keys(f":silent buffer {code}<CR>")
    editor.wait("the edit", lambda: "await self.release()\n\n    async def hold" in editor.text())
    assert "STOCK[line.sku] -= line.quantity" in editor.text()
    editor.keys("u")
    editor.wait("one undo", lambda: editor.text() == RACE.files[RESERVATIONS])
    said = "vim.tbl_map(function(one) return one.message end, vim.diagnostic.get(0))"
    editor.wait(
        "the cause where it is again", lambda: any(LOCKED["title"] in one for one in editor.lua(said))
    )
