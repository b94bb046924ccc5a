"""The file of findings when it is no such file."""

from __future__ import annotations

from pathlib import Path

import pytest

from counterpoint.errors import ConfigError
from counterpoint.findings import Findings


def test_reading_creates_no_file(tmp_path: Path) -> None:
    file = tmp_path / "state" / "findings.sqlite3"
    assert Findings(file).suppressed("/w") == ()
    assert not file.exists()


def test_a_damaged_file_is_moved_aside_and_told(tmp_path: Path) -> None:
    file = tmp_path / "findings.sqlite3"
    file.write_bytes(b"no database" * 100)
    store = Findings(file)
    assert store.suppressed("/w") == ()
    assert "was damaged" in store.notice
    (kept,) = tmp_path.glob("findings.sqlite3.damaged-*")
    assert kept.read_bytes() == b"no database" * 100


def test_a_folder_in_its_place_is_an_error_that_names_it(tmp_path: Path) -> None:
    file = tmp_path / "findings.sqlite3"
    file.mkdir()
    with pytest.raises(ConfigError, match=r"findings\.sqlite3 cannot be used"):
        Findings(file).suppressed("/w")
