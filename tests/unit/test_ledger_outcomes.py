"""What became of edits: each counts once for each thing that was done with it."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from counterpoint.cli import costs_text
from counterpoint.cli.terminal import plain
from counterpoint.ledger import EditOutcome, Edits, Ledger

SINCE = date(2020, 1, 1)


def told(folder: Path, *outcomes: tuple[str, Any]) -> tuple[Edits, ...]:
    """What a ledger tells after (job, choice) in turn, all of one model and task."""
    ledger = Ledger(folder / "ledger.sqlite3")
    for job, choice in outcomes:
        ledger.ended(EditOutcome(job, "edit", choice, "gpt-5.5", "python"))
    found = ledger.edits(SINCE)
    ledger.close()
    return found


def test_nothing_is_known_of_no_file(tmp_path: Path) -> None:
    assert Ledger(tmp_path / "none.sqlite3").edits(SINCE) == ()


def test_each_edit_counts_once_for_each_thing(tmp_path: Path) -> None:
    (row,) = told(
        tmp_path,
        *(("a", "applied"), ("a", "applied"), ("a", "reviewed"), ("a", "kept")),
        *(("b", "applied"), ("b", "refined"), ("b", "other")),
        *(("c", "applied"), ("c", "reverted")),
    )
    assert row == Edits("gpt-5.5", "edit", 3, 1, 1, 0, 1, 1, 1)
    assert row.accepted == pytest.approx(1 / 3)


def test_what_was_undone_and_done_again_stands(tmp_path: Path) -> None:
    (row,) = told(
        tmp_path, ("a", "applied"), ("a", "undone"), ("a", "applied"), ("b", "applied"), ("b", "undone")
    )
    assert (row.applied, row.undone, row.accepted) == (2, 1, 0.5)


@pytest.mark.parametrize("gone", ["other", "reverted"])
def test_what_was_replaced_or_taken_back_and_came_again_stands(tmp_path: Path, gone: str) -> None:
    again = (("a", "applied"), ("a", gone), ("a", "applied"))
    (row,) = told(tmp_path, *again, ("b", "applied"), ("b", gone), ("c", "applied"), ("c", "undone"))
    assert (row.applied, row.undone, getattr(row, gone), row.standing) == (3, 1, 1, 1)


def test_what_came_again_and_was_undone_counts_as_the_last(tmp_path: Path) -> None:
    (row,) = told(tmp_path, *(("a", one) for one in ("applied", "other", "applied", "undone")))
    assert (row.applied, row.other, row.undone, row.standing) == (1, 0, 1, 0)


def test_a_word_that_is_none_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no choice"):
        told(tmp_path, ("a", "liked"))


def test_they_are_a_table_for_a_person() -> None:
    assert costs_text.edit_lines([]) == []
    rows = plain(costs_text.edit_lines([Edits("gpt-5.5", "edit", 3, 1, 1, 0, 1, 0, 1)])).splitlines()
    assert rows[1].split() == [
        *("edits", "by", "task", "applied", "kept", "reverted", "undone", "refined", "other", "voice"),
        *("reviewed", "accepted"),
    ]
    assert rows[2].split() == ["gpt-5.5", "edit", "3", "1", "1", "0", "1", "0", "1", "67%"]
    assert Edits("m", "edit", 0, 0, 0, 0, 0, 0, 0).accepted is None
