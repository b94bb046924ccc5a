"""An index that is damaged, old, foreign, locked, shared or without a place: it is rebuilt, and said once."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from counterpoint.index import schema
from tests.unit.index_trees import built, dump, finish, opened, plenty, python, write


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "work"
    plenty(folder, 60)
    return folder


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


def file_of(home: Path) -> Path:
    (found,) = (home / "cache" / "index").glob("*.sqlite3")
    return found


def garbage(file: Path) -> None:
    file.write_bytes(os.urandom(50_000))


def truncated(file: Path) -> None:
    os.truncate(file, file.stat().st_size // 2)


def torn(file: Path) -> None:
    data = bytearray(file.read_bytes())
    for page in range(2, len(data) // 4096):
        data[page * 4096 : page * 4096 + 64] = b"\xa5" * 64
    file.write_bytes(data)


def executed(statement: str) -> Callable[[Path], None]:
    def change(file: Path) -> None:
        connection = sqlite3.connect(file)
        with connection:
            connection.execute(statement)
        connection.close()

    return change


def empty(file: Path) -> None:
    file.write_bytes(b"")


def foreign(file: Path) -> None:
    file.unlink()
    executed("CREATE TABLE files (x)")(file)


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (garbage, "damaged"),
        (truncated, "damaged"),
        (torn, "damaged"),
        (foreign, "another version"),
        (executed("PRAGMA user_version = 0"), "another version"),
        (executed("PRAGMA user_version = 99"), "another version"),
        (executed("UPDATE meta SET value = 'x' WHERE key = 'fingerprint'"), "another version"),
        (executed("UPDATE meta SET value = '/elsewhere' WHERE key = 'root'"), "another version"),
        (executed("DROP TABLE postings"), "another version"),
        (executed("UPDATE facts SET counts = x'01'"), "damaged"),
        (executed("UPDATE postings SET starts = x'0101'"), "damaged"),
        (executed("UPDATE facts SET words = CAST(x'ff' AS TEXT)"), "damaged"),
        (empty, ""),
    ],
)
def test_what_is_no_index_is_built_anew(
    root: Path, home: Path, damage: Callable[[Path], None], said: str
) -> None:
    index = built(root, home)
    answers = dump(index.symbols)
    index.close()
    damage(file_of(home))
    again = opened(root, home)
    again.symbols.mentions(list(answers["mentions"]))  # finds the damage, and raises nothing
    for path in answers["paths"]:
        again.symbols.facts(path)
    again.sweep()
    finish(again)
    assert dump(again.symbols) == answers
    notices = again.notices()
    assert len(notices) == bool(said)
    assert all(said in notice for notice in notices)
    assert again.notices() == []
    again.close()
    third = built(root, home)
    assert dump(third.symbols) == answers
    assert third.notices() == []
    third.close()
    assert [file.name for file in file_of(home).parent.iterdir()] == [file_of(home).name]


def test_damage_that_shows_while_it_is_used(root: Path, home: Path) -> None:
    index = built(root, home)
    answers = dump(index.symbols)
    index.symbols.state.connection.execute("UPDATE postings SET starts = x'01'")
    index.symbols.state.changes += 1
    index.symbols.mentions(list(answers["mentions"]))
    assert index.step()
    finish(index)
    assert dump(index.symbols) == answers
    assert index.notices() == ["The workspace index was damaged. It is built anew."]
    index.close()


def test_where_nothing_can_be_kept_the_index_lives_in_memory(root: Path, home: Path, tmp_path: Path) -> None:
    good = built(root, tmp_path / "good")
    home.write_text("a file where the folder should be")
    index = built(root, home)
    assert dump(index.symbols) == dump(good.symbols)
    (notice,) = index.notices()
    assert "cannot be kept on disk" in notice
    assert index.bytes_on_disk == 0
    index.close()
    good.close()


def test_a_full_disk_moves_the_index_into_memory(root: Path, home: Path) -> None:
    index = built(root, home)
    answers = dump(index.symbols)
    pages = index.symbols.state.connection.execute("PRAGMA page_count").fetchone()[0]
    index.symbols.state.connection.execute(f"PRAGMA max_page_count = {pages}")
    write(root, {f"more/{at}.py": python(at) * 40 for at in range(300, 340)})
    index.sweep()
    finish(index)
    assert set(answers["paths"]) < set(index.symbols.paths())
    (notice,) = index.notices()
    assert "cannot be written" in notice
    assert len(index.symbols.paths()) == 100
    index.close()


def test_a_reader_sees_what_another_process_writes(root: Path, home: Path) -> None:
    writer, reader = built(root, home), built(root, home)
    write(root, {"pkg0/mod1.py": python(900), "new.py": "def brand_new(): pass\n"})
    (root / "pkg0/mod2.py").unlink()
    writer.sweep()
    finish(writer)
    time.sleep(0.2)
    assert dump(reader.symbols) == dump(writer.symbols)
    assert reader.symbols.defined(["brand_new"])
    reader.sweep()
    finish(reader)
    assert reader.notices() == writer.notices() == []
    writer.close()
    reader.close()


def test_a_busy_writer_breaks_no_reader(root: Path, home: Path) -> None:
    index = built(root, home)
    answers = dump(index.symbols)
    other = sqlite3.connect(file_of(home), isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    other.execute("DELETE FROM postings")
    assert dump(index.symbols) == answers
    index.symbols.state.connection.execute("PRAGMA busy_timeout = 10")
    write(root, {"late.py": "def late(): pass\n"})
    index.touched(["late.py"])
    until = time.monotonic() + 1.0
    index.run(cancelled=lambda: time.monotonic() > until)
    assert not index.symbols.defined(["late"])
    other.execute("ROLLBACK")
    other.close()
    finish(index)
    assert index.symbols.defined(["late"])
    assert index.notices() == []
    index.close()


def test_an_index_begun_anew_by_another_process_is_opened_again(root: Path, home: Path) -> None:
    index = built(root, home)
    answers = dump(index.symbols)
    executed("UPDATE meta SET value = 'newer' WHERE key = 'fingerprint'")(file_of(home))
    time.sleep(0.1)
    index.symbols.paths()
    finish(index)
    assert dump(index.symbols) == answers
    index.close()


BUILD = """
import os, sys
from pathlib import Path
from counterpoint.index.indexer import Indexer
from counterpoint.project import Project
index = Indexer(Project(Path(sys.argv[1])), environ=os.environ, jobs=1)
index.open()
index.sweep()
index.run()
print(len(index.symbols.paths()), index.notices())
index.close()
"""


def test_two_processes_build_one_index_at_once(root: Path, home: Path, tmp_path: Path) -> None:
    plenty(root, 150)
    command = [sys.executable, "-c", BUILD, str(root)]
    environ = {**os.environ, "COUNTERPOINT_HOME": str(home)}
    both = [subprocess.Popen(command, env=environ, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    for process in both:
        out, _ = process.communicate(timeout=90)
        assert (process.returncode, out) == (0, "150 []\n")
    fresh = built(root, tmp_path / "fresh")
    shared = built(root, home)
    assert dump(shared.symbols) == dump(fresh.symbols)
    shared.close()
    fresh.close()


def test_the_name_of_the_file_is_the_roots(tmp_path: Path) -> None:
    one, two = (schema.index_file(tmp_path / name, tmp_path) for name in ("a", "b"))
    assert one != two
    assert one == schema.index_file(tmp_path / "a", tmp_path)


@pytest.mark.skipif(sys.platform != "linux", reason="other systems take no such names")
def test_names_that_are_no_text_are_left_out_and_the_rest_is_indexed(root: Path, home: Path) -> None:
    folder = root / os.fsdecode(b"caf\xe9")
    folder.mkdir()
    for file in (root / os.fsdecode(b"m\xe9.py"), folder / "a.py"):
        shutil.copy(root / "pkg0" / "mod0.py", file)
    index = built(root, home)
    assert len(index.symbols.paths()) == 60
    assert index.left_out()["names that are not UTF-8"] == 2
    index.touched([os.fsdecode(b"m\xe9.py"), os.fsdecode(b"caf\xe9"), os.fsdecode(b"caf\xe9/a.py")])
    finish(index)
    assert len(index.symbols.paths()) == 60
    index.close()
