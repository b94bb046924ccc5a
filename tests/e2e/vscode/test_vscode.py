"""A real VS Code with the packed extension: squiggle, Ctrl+., a review, a quick fix, ghost text, keys.

Screenshots of each step lie in `.tools/screenshots/` afterwards.
"""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tests import hostile
from tests.e2e import stage
from tests.e2e.vscode.served import SECONDS, SHOTS, Steps, play

DRIVER = Path(__file__).with_name("drive.mjs")

pytestmark = [pytest.mark.editor, pytest.mark.alone, pytest.mark.timeout(SECONDS + 60)]


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Steps:
    """Steps of one session in VS Code, by name."""
    titles = {
        "line": stage.line_of(stage.AT_FAULT),
        "finding": stage.FINDING_TITLE,
        "fix": stage.FIX_TITLE,
        "mended": stage.MENDED,
        "renamed": stage.RENAMED,
        "ghost": stage.GHOST,
        "stands": stage.STANDS_TITLE,
        "dismissed": stage.DISMISSED_TITLE,
        "dismissedLine": stage.line_of(stage.DISMISSED, stage.OTHER),
        "other": Path(stage.OTHER).name,
    }
    folder = tmp_path_factory.mktemp("vscode")
    canary = folder / "canary"
    canary.mkdir()
    steps = play(folder, DRIVER, titles, shots=SHOTS, machine={}, carried=carried(canary))
    written = json.loads((folder / "user" / "Machine" / "settings.json").read_text("utf-8"))
    return {**steps, "written": written, "canary": {"ran": hostile.run_by_mistake(canary)}}


def carried(canary: Path) -> dict[str, str]:
    """`.vscode/settings.json` of a hostile repository: each protected setting, and another server."""
    values = hostile.bad("http://127.0.0.1:9", canary)
    values["server.command"] = ["/bin/sh", "-c", f"touch '{canary}/server'"]
    settings = {f"counterpoint.{path}": value for path, value in values.items()}
    return {".vscode/settings.json": json.dumps(settings)}


def test_the_repository_s_own_settings_have_no_say_in_what_is_protected(played: Steps) -> None:
    """All else here goes on as if they were not there: the models asked, their address, the server itself."""
    assert played["canary"]["ran"] == []
    assert " of $5.00" in played["costs"]["text"]


def test_the_profile_is_asked_for_once_and_written_into_the_user_s_own_settings(played: Steps) -> None:
    names = ["solo", "startup", "pair", "pipeline", "enterprise"]
    assert [row.split("\n")[0] for row in played["asked"]["listed"]] == names
    assert all("." in row for row in played["asked"]["listed"])
    assert played["reloaded"]["asked"] == 0, "it is asked again"
    assert played["written"]["counterpoint.profile"] == "pair"


def test_a_finding_of_the_static_rules_is_underlined(played: Steps) -> None:
    assert played["squiggle"]["count"] >= 1


def test_the_menu_lists_reviews_with_model_and_price(played: Steps) -> None:
    listed = played["menu"]["listed"]
    reviews = [text for text in listed if text.startswith("Review ")]
    assert 1 <= len(reviews) <= 3
    assert "Opus" in reviews[0] and "$" in reviews[0]
    assert any(text.startswith("Edit by instruction...") for text in listed)
    assert any(text.startswith("More reviews") for text in listed)


def test_a_review_s_finding_brings_a_quick_fix_that_is_applied(played: Steps) -> None:
    assert "reviewed" in played
    assert any(text.startswith(stage.FIX_TITLE) for text in played["fixes"]["listed"])
    assert "fixed" in played


def test_findings_of_a_file_nobody_opened_are_there(played: Steps) -> None:
    assert "unopened" in played
    assert not any("db.py" in tab for tab in played["unopened"]["tabs"])


def test_a_finding_is_dismissed_from_the_menu_and_stays_so_after_a_reload(played: Steps) -> None:
    listed = played["dismissed"]["listed"]
    assert any(text.startswith("Dismiss for the team") for text in listed)
    assert any(text.startswith("Stop telling me this kind") for text in listed)
    assert played["reloaded"]["silent"]


def test_what_a_model_wrote_is_offered_for_review(played: Steps) -> None:
    assert "Opus 4.7, $" in played["offered"]["text"] and "Not now" in played["offered"]["text"]
    listed = [text for text in played["offers"]["listed"] if text.startswith("Review ")]
    assert 1 <= len(listed) <= 3
    assert any(text.startswith("Review the changes in") for text in listed)


def test_more_reviews_price_quick_and_deep_apart(played: Steps) -> None:
    listed = "\n".join(played["more"]["listed"])
    assert "Review file: quick" in listed and "Review file: deep" in listed
    assert "Opus 4.7, $" in listed


def test_ghost_text_appears_and_tab_accepts_it(played: Steps) -> None:
    assert {"ghost", "accepted"} <= played.keys()


def test_a_word_of_it_can_be_taken_and_the_rest_stays(played: Steps) -> None:
    step = played["byWord"]
    assert "again = json" in step["line"]
    assert "dumps" in step["ghost"] and "json" not in step["ghost"]


def test_it_is_shown_beside_the_editor_s_own_list_and_goes_on_where_the_entry_ends(played: Steps) -> None:
    step = played["besideTheList"]
    assert "signature_of" in step["selected"]
    assert f"third = signature_of{stage.BESIDE}" in step["line"]


def test_why_there_was_a_completion_is_a_page(played: Steps) -> None:
    text = played["why"]["text"]
    assert "orders/payments.py" in text and "GPT-5.5" in text and "time:" in text


def test_an_instruction_is_asked_for_and_carried_out(played: Steps) -> None:
    assert "edited" in played


def test_a_page_shows_what_would_be_sent_and_why(played: Steps) -> None:
    text = played["wouldBeSent"]["text"]
    assert "Nothing was sent." in text
    assert "Chosen from the workspace" in text
    assert "member of Database, a type in the signature" in text


def test_a_stored_key_is_reported_with_the_source_in_force(played: Steps) -> None:
    assert "OPENAI_API_KEY in the environment outranks it" in played["key"]["text"]


def test_the_status_bar_shows_the_server_s_state_and_opens_the_menu(played: Steps) -> None:
    assert played["status"]["text"].startswith("Counterpoint")
    listed = played["statusMenu"]["listed"]
    assert any("Pause completions" in text for text in listed)
    assert any("Restart server" in text for text in listed)


def test_costs_name_what_was_spent(played: Steps) -> None:
    text = played["costs"]["text"]
    assert "Spent today: $" in text and ", review: $" in text
    whole = re.search(r"Since [\d-]+, \$([\d.]+) in all:", text)
    rows = re.findall(r": \$([\d.]+) for \d+ call", text)
    assert whole and rows and abs(float(whole[1]) - sum(map(float, rows))) < 0.0001 * len(rows) + 0.0001


def test_a_server_that_cannot_be_found_is_named_with_what_to_do(played: Steps) -> None:
    assert "counterpoint.server.command" in played["missing"]["text"]
    assert "Open Settings" in played["missing"]["text"]
    assert played["missing"]["status"] == "Counterpoint: stopped"


def test_a_server_that_fails_is_told_once_and_another_takes_over(played: Steps) -> None:
    assert "Show Log" in played["failing"]["text"]
    assert played["failing"]["status"] == "Counterpoint: error"
    assert played["recovered"]["status"] == "Counterpoint"


def test_a_picture_was_taken_of_every_step(played: Steps) -> None:
    assert "costs" in played
    names = {shot.name for shot in SHOTS.glob("*.png")}
    wanted = {"3b-unopened-file.png", "5c-dismiss.png", "5d-reloaded.png", "7b-menu-of-changes.png"}
    assert wanted <= names
    wanted = {"1-squiggle.png", "2-menu.png", "6-ghost-text.png", "7-would-be-sent.png", "10-costs.png"}
    assert wanted <= names
