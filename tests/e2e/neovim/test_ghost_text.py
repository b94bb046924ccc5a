"""Ghost text in a real Neovim 0.11, which has none of its own: what its screen shows and what keys take."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.e2e import stage
from tests.e2e.neovim.remote import Neovim, neovim

pytestmark = [pytest.mark.editor, pytest.mark.alone]


@pytest.fixture(scope="module")
def editor(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Neovim]:
    with neovim(tmp_path_factory.mktemp("ghost")) as found:
        yield found


@pytest.fixture
def at_new_line(editor: Neovim) -> Neovim:
    """In insert mode behind `audit = ` on a line of its own, with the whole text offered."""
    editor.keys("<Esc>:silent edit!<CR>Go<C-u>audit = ")
    editor.wait("the text is typed", lambda: editor.line() == "audit = ")
    editor.wait("ghost text", lambda: f"audit = {stage.GHOST}" in editor.screen())
    assert editor.line() == "audit = "
    return editor


def test_tab_takes_all_of_it(at_new_line: Neovim) -> None:
    at_new_line.keys("<Tab>")
    at_new_line.wait("the text", lambda: at_new_line.line() == f"audit = {stage.GHOST}")


def test_a_word_then_a_line(at_new_line: Neovim) -> None:
    at_new_line.keys("<M-Right>")
    at_new_line.wait("a word", lambda: at_new_line.line() == "audit = json")
    at_new_line.wait("the rest of it", lambda: f"audit = {stage.GHOST}" in at_new_line.screen())
    at_new_line.keys("<M-Down>")
    at_new_line.wait("the line", lambda: at_new_line.line() == f"audit = {stage.GHOST}")


def test_typing_along_keeps_it_and_another_letter_takes_it_away(at_new_line: Neovim) -> None:
    at_new_line.keys("json.")
    at_new_line.wait("typed", lambda: at_new_line.line() == "audit = json.")
    at_new_line.wait("the rest of it", lambda: f"audit = {stage.GHOST}" in at_new_line.screen())
    at_new_line.keys("<Esc>")
    at_new_line.wait("nothing outside of insert mode", lambda: stage.GHOST not in at_new_line.screen())
    assert at_new_line.line() == "audit = json."
