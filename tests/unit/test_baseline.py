"""A team's baseline: one line an entry, merged by hand or by git, read whatever became of it."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from counterpoint import baseline
from counterpoint.answers import Finding
from counterpoint.baseline import FILE, Entry, add, parsed, read, remove, rendered, write
from counterpoint.errors import ConfigError
from counterpoint.text import Position

TODAY = date(2026, 11, 21)
FIRST = Entry("aa11", "correctness/logic", "by design", "Ann", "2026-01-02", path="a.py", title="Wrong")
SECOND = Entry("bb22", reason="old", author="Bob", date="2026-01-03", expires="2026-11-21")
KIND = Entry(kind="prose/docs", reason="noise")


def finding(**changed: Any) -> Finding:
    plain: dict[str, Any] = {
        "id": "aa11", "path": "x.py", "start": Position(1, 4), "end": Position(1, 14), "severity": "P1",
        "confidence": 0.9, "category": "logic", "lens": "correctness", "title": "Wrong", "body": "",
        "status": "verified",
    }  # fmt: skip
    return Finding(**{**plain, **changed})


def test_entries_are_written_in_order_one_line_each(tmp_path: Path) -> None:
    add(tmp_path, [SECOND])
    assert add(tmp_path, [KIND, FIRST]) == (KIND, FIRST, SECOND)
    text = (tmp_path / FILE).read_text("utf-8")
    assert text == (
        '{"kind": "prose/docs", "reason": "noise"}\n'
        '{"id": "aa11", "kind": "correctness/logic", "reason": "by design", "author": "Ann",'
        ' "date": "2026-01-02", "path": "a.py", "title": "Wrong"}\n'
        '{"id": "bb22", "reason": "old", "author": "Bob", "date": "2026-01-03", "expires": "2026-11-21"}\n'
    )
    assert read(tmp_path) == baseline.Baseline((KIND, FIRST, SECOND))
    assert remove(tmp_path, ["bb22", "prose/docs", "nothing"]) == (FIRST,)
    write(tmp_path, [])
    assert (tmp_path / FILE).read_text("utf-8") == ""
    assert [path.name for path in (tmp_path / ".counterpoint").iterdir()] == ["baseline.jsonl"]


def test_without_a_file_there_is_nothing(tmp_path: Path) -> None:
    assert read(tmp_path) == baseline.Baseline()
    assert not (tmp_path / ".counterpoint").exists()


def test_an_entry_silences_its_id_wherever_it_is_and_a_kind_all_of_it() -> None:
    silent = parsed(rendered([FIRST, SECOND, KIND])).silencing(TODAY)
    assert silent(finding()) == FIRST
    assert silent(finding(id="cc33")) is None
    assert silent(finding(id="bb22")) == SECOND
    assert silent(finding(id="cc33", lens="prose", category="docs")) == KIND
    assert parsed(rendered([SECOND])).silencing(date(2026, 11, 22))(finding(id="bb22")) is None


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("{", "this is no JSON"),
        ("[]", "an entry must be a JSON object"),
        ("{}", "an entry needs an id or a kind"),
        ('{"id": 7}', "id must be text"),
        ('{"id": "a", "expires": "soon"}', "expires must be a date such as 2026-01-31"),
        ('{"id": "a", "date": "20260101"}', "date must be a date such as 2026-01-31"),
        ("<<<<<<< ours", "a mark of a merge that was not finished"),
    ],
)
def test_a_line_that_cannot_be_read_is_told_and_costs_no_other(line: str, problem: str) -> None:
    found = parsed(f"{rendered([FIRST])}{line}\n\n{rendered([SECOND])}")
    assert found.entries == (FIRST, SECOND)
    assert found.problems == (f"{FILE}:2: {problem}",)


def test_both_sides_of_a_merge_count_and_the_marks_go_with_the_next_change(tmp_path: Path) -> None:
    (tmp_path / ".counterpoint").mkdir()
    text = f"<<<<<<< ours\r\n{rendered([SECOND])}=======\n{rendered([FIRST, SECOND])}>>>>>>> theirs\n"
    (tmp_path / FILE).write_text("\ufeff" + text, "utf-8")
    assert read(tmp_path).entries == (FIRST, SECOND)
    assert len(read(tmp_path).problems) == 3
    add(tmp_path, [KIND])
    assert read(tmp_path) == baseline.Baseline((KIND, FIRST, SECOND))


def test_a_line_that_would_be_lost_stops_a_change(tmp_path: Path) -> None:
    (tmp_path / ".counterpoint").mkdir()
    (tmp_path / FILE).write_text('{"id": "a"', "utf-8")
    with pytest.raises(ConfigError, match=r"baseline\.jsonl:1: this is no JSON"):
        add(tmp_path, [FIRST])
    assert (tmp_path / FILE).read_text("utf-8") == '{"id": "a"'


def test_fields_of_a_newer_version_are_kept(tmp_path: Path) -> None:
    (tmp_path / ".counterpoint").mkdir()
    (tmp_path / FILE).write_text('{"id": "a", "ticket": ["T", 1], "reason": null}\n', "utf-8")
    add(tmp_path, [FIRST])
    assert (tmp_path / FILE).read_text("utf-8").startswith('{"id": "a", "ticket": ["T", 1]}\n')


def test_a_link_out_of_the_workspace_is_not_followed(tmp_path: Path) -> None:
    root, outside = tmp_path / "root", tmp_path / "outside"
    root.mkdir()
    outside.mkdir()
    (outside / "baseline.jsonl").write_text(rendered([FIRST]), "utf-8")
    (root / ".counterpoint").symlink_to(outside)
    assert read(root) == baseline.Baseline()
    with pytest.raises(ConfigError, match="leads out"):
        add(root, [SECOND])
    assert (outside / "baseline.jsonl").read_text("utf-8") == rendered([FIRST])


def test_errors_of_the_disk_name_the_file(tmp_path: Path) -> None:
    (tmp_path / ".counterpoint").write_text("a file\n", "utf-8")
    with pytest.raises(ConfigError, match=r"baseline\.jsonl cannot be written"):
        add(tmp_path, [FIRST])
    with pytest.raises(ValueError, match="needs an id"):
        add(tmp_path, [Entry(reason="for nothing")])
    big = tmp_path / "big"
    (big / ".counterpoint").mkdir(parents=True)
    (big / FILE).write_bytes(b" " * (9 * 1024 * 1024))
    with pytest.raises(ConfigError, match="larger than 8 MiB"):
        read(big)


_ADDER = """
import sys
from pathlib import Path
from counterpoint.baseline import Entry, add
for number in range(10):
    add(Path(sys.argv[1]), [Entry(f"{sys.argv[2]}-{number}")])
"""


def test_what_many_processes_add_at_once_is_all_there(tmp_path: Path) -> None:
    environ = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    adders = [
        subprocess.Popen([sys.executable, "-c", _ADDER, str(tmp_path), str(number)], env=environ)
        for number in range(4)
    ]
    assert [adder.wait(60) for adder in adders] == [0] * 4
    assert len(read(tmp_path).entries) == 40
