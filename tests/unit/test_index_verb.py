"""`counterpoint index`: what it prints, as text and against the contract."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from counterpoint.cli.frame import run
from tests.unit.index_trees import plenty, write

CONTRACT = json.loads((Path(__file__).parents[1] / "contract" / "index.json").read_text("utf-8"))


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "work"
    plenty(folder, 30)
    write(
        folder,
        {"web/a.ts": "export const a = 1\n", ".gitignore": "out/\n", "out/x.py": "x = 1\n", "b.py": b"\0"},
    )
    monkeypatch.chdir(folder)
    return folder


def told(capsys: pytest.CaptureFixture[str], *arguments: str) -> Any:
    assert run(["index", "--format", "json", *arguments]) == 0
    value = json.loads(capsys.readouterr().out)
    jsonschema.validate(value, CONTRACT)
    return value


def test_it_tells_what_it_holds_and_reads_nothing_twice(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first = told(capsys, "--jobs", "1")
    assert (first["files"], first["languages"]) == (31, {"python": 30, "typescript": 1})
    assert first["read"] == 32
    assert first["left_out"] == {"binary": 1, "ignored folders": 1}
    assert first["bytes_per_line"] > 0
    assert told(capsys, str(root), "--rebuild")["read"] == 32
    assert told(capsys, str(root / "web"))["files"] == 1


def test_it_is_told_in_words(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["index"]) == 0
    said = capsys.readouterr()
    assert "31 files" in said.out
    assert "python 30, typescript 1" in said.out
    assert "left out: binary 1, ignored folders 1" in said.out
    assert said.err == ""
    assert run(["index", "nowhere"]) == 2


def test_an_empty_folder_and_a_damaged_index(
    tmp_path: Path,
    clean_environment: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    value = told(capsys)
    assert (value["files"], value["bytes_per_line"]) == (0, None)
    for file in (clean_environment / "cache" / "index").glob("*.sqlite3"):
        file.write_bytes(b"garbage" * 1_000)
    assert run(["index"]) == 0
    said = capsys.readouterr()
    assert "no source files" in said.out
    assert "damaged" in said.err
