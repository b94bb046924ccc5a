"""After an edit in a real Neovim: Keep, Revert, Refine, the other voice; one undo; a conversation."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.e2e import pairing
from tests.e2e.neovim.remote import Neovim, neovim

pytestmark = [pytest.mark.editor, pytest.mark.alone]


@pytest.fixture(scope="module")
def editor(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Neovim]:
    with neovim(tmp_path_factory.mktemp("pairing"), pairing.answers()) as found:
        yield found


@pytest.fixture
def edited(editor: Neovim) -> Neovim:
    """The file as it is on disk, edited at two places by an instruction the server has asked for."""
    editor.keys(f"<Esc>:silent edit! {editor.stage.payments}<CR>")
    editor.wait("the file", lambda: editor.text() == pairing.text_of())
    editor.wait("attached", lambda: bool(editor.lua("#vim.lsp.get_clients({bufnr=0})")))
    editor.keys(f":lua Answer = '{pairing.INSTRUCTION}'<CR>:%CounterpointEdit<CR>gg")
    editor.wait("the edit", lambda: editor.text() == after())
    return editor


def after() -> str:
    """The file with the edit."""
    text = pairing.text_of().replace(pairing.first_of(), pairing.SHORT)
    return text.replace(pairing.SECOND, pairing.SHORT_SECOND)


def test_the_server_asks_for_the_instruction_in_neovim_s_own_box(edited: Neovim) -> None:
    prompt = edited.lua("Prompted[#Prompted].prompt")
    assert prompt == "Edit by instruction (What should be changed?): "


def test_the_menu_at_the_changed_lines_lists_what_may_be_done_with_the_edit(edited: Neovim) -> None:
    listed = edited.menu("Keep")
    for title in (
        "Keep",
        "Revert",
        "Refine... (GPT-5.5, ",
        "The other voice's version (Opus 4.7, ",
        "Review this (Opus",
    ):
        assert any(text.startswith(title) for text in listed), listed


def test_kept_the_entries_are_gone_and_the_text_stays(edited: Neovim) -> None:
    edited.menu("Keep")

    def gone() -> bool:
        return not any(text.startswith("Revert") for text in edited.menu("Edit by instruction"))

    edited.lua("(function() Answer = nil return true end)()")
    edited.wait("the entries are gone", gone)
    assert edited.text() == after()


def test_reverted_it_is_what_it_was_and_every_edit_is_one_undo(edited: Neovim) -> None:
    edited.keys(":%s/import json/import json  # typed/<CR>gg")
    edited.wait("typed", lambda: "# typed" in edited.text())
    edited.menu("Revert")
    typed = pairing.text_of().replace("import json", "import json  # typed")
    edited.wait("the text as it was, with what was typed", lambda: edited.text() == typed)
    edited.keys(":silent undo<CR>")
    edited.wait("the edit again", lambda: pairing.SHORT in edited.text() and "# typed" in edited.text())
    edited.keys(":silent undo<CR>")
    edited.wait("what was typed is gone", lambda: edited.text() == after())
    edited.keys(":silent undo<CR>")
    edited.wait("both places are as they were, by one undo", lambda: edited.text() == pairing.text_of())
    edited.keys(":silent write<CR>")
    edited.wait("written", lambda: not edited.lua("vim.bo.modified"))
    assert edited.stage.payments.read_bytes() == pairing.text_of().encode()


def test_refined_it_says_what_the_box_was_told(edited: Neovim) -> None:
    edited.keys(f":lua Answer = '{pairing.LOUDER}'<CR>")
    edited.menu("Refine...")
    wanted = after().replace(pairing.SHORT, pairing.LOUD)
    edited.wait("the refinement", lambda: edited.text() == wanted)
    assert edited.lua("Prompted[#Prompted].prompt").startswith(f"Refine: {pairing.INSTRUCTION}")
    edited.menu("Revert")
    edited.wait("the edit without its refinement", lambda: edited.text() == after())


def test_the_other_voice_takes_its_place_and_one_undo_brings_it_back(edited: Neovim) -> None:
    edited.menu("The other voice's version")
    theirs = pairing.text_of().replace(pairing.first_of(), pairing.OTHERS)
    edited.wait("the other version", lambda: edited.text() == theirs)
    edited.keys(":silent undo<CR>")
    edited.wait("ours", lambda: edited.text() == after())


def test_a_conversation_is_a_document_and_its_follow_ups_refine_what_it_changed(edited: Neovim) -> None:
    edited.keys(":silent undo<CR>:silent write<CR>:CounterpointPair<CR>")
    edited.wait("the document", lambda: edited.text().startswith("# Pair: orders/payments.py"))
    edited.wait("attached", lambda: bool(edited.lua("#vim.lsp.get_clients({bufnr=0})")))
    assert edited.lua("#vim.lsp.get_clients()") == 1, "it belongs to the client that showed it"
    edited.keys(f"Go{pairing.GREET}<Esc>")
    assert edited.menu("Send")[0].startswith("Send (GPT-5.5, ")
    edited.wait("the answer", lambda: "## GPT-5.5" in edited.text() and edited.text().endswith("## You\n\n"))
    text = edited.text()
    assert f"+{pairing.HELLO}" in text and f"- {pairing.ASSUMED}" in text
    edited.keys(f"Go{pairing.FRENCH}<Esc>")
    edited.menu("Send")
    edited.wait("the second answer", lambda: edited.text().count("## GPT-5.5") == 2)
    assert f"-{pairing.HELLO}" in edited.text() and f"+{pairing.BONJOUR}" in edited.text()
    edited.keys(f":silent buffer {edited.stage.payments}<CR>")
    wanted = pairing.text_of().replace(pairing.first_of(), pairing.BONJOUR)
    edited.wait("the file", lambda: edited.text() == wanted)
