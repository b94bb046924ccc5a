"""A real Neovim: what `:CounterpointStatus` and messages tell of money, stand-ins, verdicts and limits."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

import pytest

from tests.e2e import past, stage
from tests.e2e.neovim.remote import Neovim, neovim

pytestmark = [pytest.mark.editor, pytest.mark.alone]

SAID = "GPT-5.5's answer could not be used (a quote stands nowhere): Opus 4.7 was asked."
LIMITS = {"fault": "rate_limited", "match": "throttled = ", "repeat": True, "retry_after": 8}
USER = {"budget": {"month_usd": past.MONTH, "session_usd": 2.0}}

NOTIFY = "function(text) table.insert(Notices, text) end"


@pytest.fixture(scope="module")
def editor(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Neovim]:
    edit = {"path": "orders/payments.py", "line": 1, "old": "no such line", "new": "x", "reason": "Shorter"}
    text = json.dumps({"assumptions": [], "edits": [edit]})
    first = [{"text": text, "match": "Request:", "model": "gpt-5.5", "repeat": True}]
    folder = tmp_path_factory.mktemp("told")
    with neovim(folder, first, [LIMITS], USER, _before) as found:
        found.lua(f"(function() Notices = {{}}; vim.notify = {NOTIFY}; return 1 end)()")
        yield found


def _before(set_up: stage.Stage) -> None:
    past.suggesting(set_up.home / "counterpoint")
    past.trial_due(set_up.home / "counterpoint")


def status(editor: Neovim) -> list[str]:
    """What the command shows, by line."""
    before = editor.lua("#Notices")
    editor.keys("<Esc>:CounterpointStatus<CR>")
    editor.wait("the status", lambda: editor.lua("#Notices") > before)
    return str(editor.lua("Notices[#Notices]")).split("\n")


def messages(editor: Neovim) -> str:
    """What the server has said, all of it."""
    return str(editor.lua("vim.fn.execute('messages')"))


def test_the_state_and_each_budget_with_the_nearest_cap(editor: Neovim) -> None:
    editor.wait("the status", lambda: "Counterpoint is ready." in status(editor))
    assert status(editor) == [
        "Counterpoint is ready.",
        f"Spent today: ${past.SPENT:.2f} of $5.00",
        f"Spent this month: ${past.SPENT:.2f} of ${past.MONTH:.2f}",
        "Spent in this session: $0 of $2.00",
        f"Nearest cap: budget.month_usd, {100 * past.SPENT / past.MONTH:.0f} % of ${past.MONTH:.2f}",
    ]


def test_who_answered_in_another_s_place_is_told_and_stays_in_the_status(editor: Neovim) -> None:
    editor.keys("<Esc>:1CounterpointEdit Say it shorter<CR>")
    editor.wait("the edit", lambda: stage.RENAMED in editor.text())
    editor.wait("the notice", lambda: f"Last answer: {SAID}" in status(editor))


def test_a_verdict_and_a_suggestion_are_told_once_and_whole(editor: Neovim) -> None:
    editor.wait("the first look at the figures", lambda: past.SUGGESTION in messages(editor), 70)
    told = messages(editor)
    assert [told.count(one) for one in (SAID, past.VERDICT, past.SUGGESTION)] == [1, 1, 1]
    assert "at the top of your config.toml." in told


def test_a_vendor_s_limits_are_told_by_the_status_and_by_no_message(editor: Neovim) -> None:
    before = messages(editor)
    editor.keys("<Esc>Go<C-u>throttled = ")
    editor.wait("the limits", lambda: editor.lua("vim.g.counterpoint_status.state") == "waiting")
    assert messages(editor) == before
    lines = status(editor)
    assert lines[0] == "Counterpoint waits for a vendor."
    # Told is what was left of the pause when the status was made up.
    assert re.search(r"GPT-5\.5 is left alone for [1-8] s\.", lines[1]) and lines[1].count(" s.") == 1
    editor.wait("the end of the pause", lambda: status(editor)[0] == "Counterpoint is ready.")
