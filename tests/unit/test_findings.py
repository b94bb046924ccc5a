"""Places that models wrote, remembered without any code and found again after the file has changed."""

from __future__ import annotations

from pathlib import Path

import pytest

from counterpoint.errors import ConfigError
from counterpoint.findings import Findings, Written, marks_of, places

BEFORE = """def total(rows):
    found = 0
    for row in rows:
        found += row.price
    return found
"""


def test_what_was_written_outlives_the_process_and_holds_no_code(tmp_path: Path) -> None:
    file = tmp_path / "state" / "findings.sqlite3"
    assert Findings(file).written("/w") == ()
    assert not file.exists()
    wrote = Written("/w", "a.py", "job1", "complete", "gpt-5.5", 2, marks_of(BEFORE.splitlines()[2:4]))
    Findings(file).wrote(wrote)
    Findings(file).wrote(Written("/other", "a.py", "job2", "edit", "gpt-5.5", 0, ("aa",)))
    assert Findings(file).written("/w") == (wrote,)
    data = b"".join(one.read_bytes() for one in file.parent.iterdir())
    assert b"row" + b".price" not in data and b"for row" not in data


@pytest.mark.parametrize(
    ("name", "now", "lines"),
    [
        ("untouched", BEFORE, (2, 3)),
        ("moved down", "import os\n\n\n" + BEFORE, (5, 6)),
        ("reformatted", BEFORE.replace("    ", "\t").replace(" += ", "+="), (2, 3)),
        ("one line changed", BEFORE.replace("row.price", "row.cost"), (2,)),
        ("deleted", BEFORE.splitlines()[0], ()),
        ("a line between", BEFORE.replace("rows:\n", "rows:\n        check(row)\n"), (2, 4)),
        ("a twin far above", "for row in rows:\n" * 1 + "pass\n" * 30 + BEFORE, (33, 34)),
    ],
)
def test_lines_are_found_again(name: str, now: str, lines: tuple[int, ...]) -> None:
    marks = marks_of(BEFORE.splitlines()[2:4])
    near = 2 if name != "a twin far above" else 33
    assert places(marks, near, marks_of(now.splitlines())) == lines


def test_a_lone_bracket_marks_no_place() -> None:
    assert marks_of(["}", "", "  )", "return x"])[:3] == ("", "", "")
    assert places(("", ""), 0, marks_of(["}", "}"])) == ()


def test_a_damaged_file_is_moved_aside_and_told(tmp_path: Path) -> None:
    file = tmp_path / "findings.sqlite3"
    file.write_bytes(b"no database" * 100)
    store = Findings(file)
    assert store.written("/w") == ()
    assert "was damaged" in store.notice
    (kept,) = tmp_path.glob("findings.sqlite3.damaged-*")
    assert kept.read_bytes() == b"no database" * 100


def test_a_folder_in_its_place_is_an_error_that_names_it(tmp_path: Path) -> None:
    file = tmp_path / "findings.sqlite3"
    file.mkdir()
    with pytest.raises(ConfigError, match=r"findings\.sqlite3 cannot be used"):
        Findings(file).written("/w")
