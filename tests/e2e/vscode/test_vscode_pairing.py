"""A real VS Code: an edit by instruction and what may be done with it, one undo, two files, a conversation.

Screenshots of each step lie in `.tools/screenshots/pairing/` afterwards.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.e2e import pairing
from tests.e2e.vscode.served import SECONDS, SHOTS, Steps, play

DRIVER = Path(__file__).with_name("drive_pairing.mjs")

pytestmark = [pytest.mark.editor, pytest.mark.alone, pytest.mark.timeout(SECONDS + 60)]


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Steps:
    """Steps of one session in VS Code, by name."""
    titles = {
        "instruction": pairing.INSTRUCTION,
        "both": pairing.BOTH,
        "louder": pairing.LOUDER,
        "greet": pairing.GREET,
        "first": pairing.first_of(),
        "short": pairing.SHORT,
        "second": pairing.SECOND,
        "shortSecond": pairing.SHORT_SECOND,
        "loud": pairing.LOUD,
        "others": pairing.OTHERS,
        "hello": pairing.HELLO,
        "other": Path(pairing.OTHER).name,
        "shortOther": pairing.SHORT_OTHER,
        "message": pairing.MESSAGE,
        "question": pairing.QUESTION,
        "said": pairing.SAID,
    }
    folder = tmp_path_factory.mktemp("pairing")
    return play(folder, DRIVER, titles, shots=SHOTS / "pairing", first=pairing.answers())


def test_the_server_asks_for_the_instruction_in_an_input_box(played: Steps) -> None:
    assert played["asked"]["title"] == "Edit by instruction"


def test_the_changed_lines_list_what_may_be_done_with_the_edit(played: Steps) -> None:
    listed = played["menu"]["listed"]
    wanted = (
        "Keep",
        "Revert",
        "Refine... (GPT-5.5, ",
        "The other voice's version (Opus 4.7, ",
        "Review this (Op",
    )
    for title in wanted:
        assert any(text.startswith(title) for text in listed), listed


def test_reverted_the_text_is_as_it_was_and_each_edit_is_one_undo(played: Steps) -> None:
    assert "reverted" in played and "undone" in played


def test_a_refinement_and_the_other_voice_take_its_place(played: Steps) -> None:
    assert "refined" in played and "other" in played
    assert not any(text.startswith("Revert") for text in played["kept"]["listed"])


def test_a_change_of_two_files_is_agreed_to_where_it_goes_further_and_is_one_edit(played: Steps) -> None:
    assert Path(pairing.OTHER).name in played["preview"]["text"]
    assert any(text.startswith("Revert (2 files)") for text in played["several"]["listed"])
    assert "severalReverted" in played and "severalUndone" in played


def test_a_conversation_is_a_document_with_one_entry(played: Steps) -> None:
    assert [text.partition(" (")[0] for text in played["conversation"]["listed"] if "Send" in text] == [
        "Send"
    ]
    assert "conversed" in played


def test_the_message_of_a_commit_stands_in_git_s_own_box(played: Steps) -> None:
    assert "message" in played


def test_a_question_is_answered_by_a_page(played: Steps) -> None:
    assert "answered" in played


def test_a_picture_was_taken_of_every_step(played: Steps) -> None:
    assert "conversed" in played
    names = {shot.name for shot in (SHOTS / "pairing").glob("*.png")}
    wanted = {"1-input.png", "3-menu.png", "4-reverted.png", "5-refine.png", "6-other-voice.png"}
    assert wanted | {"7-preview.png", "8-both-files.png", "10-conversation.png", "12-answer.png"} <= names
