"""The store: it answers as the files themselves do, from disk as from memory, and after changes as before."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from counterpoint.context.facts import Facts
from counterpoint.context.rows import Row, to_row
from counterpoint.index import backlog, indexer, postings, writing
from counterpoint.index.caches import Recent
from counterpoint.index.catalogue import Catalogue, Known
from counterpoint.index.reading import Stamp, pack, source_of, terms_of, unpack
from tests.unit.index_trees import built, dump, finish, held, opened, plenty, python, script, write


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "work"
    folder.mkdir()
    return folder


def test_it_answers_as_the_files_themselves(root: Path, tmp_path: Path) -> None:
    plenty(root, 40)
    write(
        root,
        {"web/app.ts": script(1), "web/inner/view.tsx": script(2), "go/x.go": "package x\nfunc F() {}\n"},
    )
    index = built(root, tmp_path / "home")
    found = dump(index.symbols)
    assert found == dump(held(root, found["paths"]))
    assert len(found["paths"]) == 43
    assert index.symbols.facts("absent.py") is None
    assert index.symbols.lines("absent.py") is None
    index.close()


def test_a_second_start_reads_nothing_and_answers_the_same(root: Path, tmp_path: Path) -> None:
    plenty(root, 60)
    for file in root.rglob("*.py"):
        os.utime(file, (1_000_000_000.5, 1_000_000_000.5))
    first = built(root, tmp_path / "home")
    answers = dump(first.symbols)
    first.close()
    again = opened(root, tmp_path / "home")
    assert dump(again.symbols) == answers  # before any sweep
    again.sweep()
    totals = []
    again.run(lambda now: totals.append(now.total))
    assert max(totals) == 0
    assert dump(again.symbols) == answers
    again.close()


def test_segments_answer_together_and_merged(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writing, "_BULK", 80)
    monkeypatch.setattr(writing, "_SEGMENTS", 1_000)
    monkeypatch.setattr(indexer, "_STEP", 0.0)
    monkeypatch.setattr(backlog, "_TOGETHER", 1)
    monkeypatch.setattr(postings, "_PER_BUCKET", 4)
    plenty(root, 90)
    index = built(root, tmp_path / "home")
    answers = dump(index.symbols)
    assert len(index.symbols.state.segments) > 5
    write(root, {"pkg1/mod11.py": python(500), "pkg2/mod21.py": python(501)})
    (root / "pkg3" / "mod31.py").unlink()
    index.sweep()
    finish(index)
    changed = dump(index.symbols)
    assert changed != answers
    monkeypatch.setattr(writing, "_SEGMENTS", 1)
    index.sweep()
    finish(index)
    assert len(index.symbols.state.segments) == 1
    assert dump(index.symbols) == changed == dump(held(root, changed["paths"]))
    index.close()


def test_a_content_that_comes_back_is_not_parsed_again(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plenty(root, 5)
    index = built(root, tmp_path / "home")
    answers = dump(index.symbols)
    before = (root / "pkg0/mod3.py").read_bytes()
    write(root, {"pkg0/mod3.py": python(77)})
    (root / "pkg0/mod4.py").rename(root / "moved.py")
    index.touched(["pkg0/mod3.py", "pkg0/mod4.py", "moved.py"])
    finish(index)
    assert "moved.py" in index.symbols.paths()
    assert "pkg0/mod4.py" not in index.symbols.paths()
    monkeypatch.setattr("counterpoint.context.extract.row_from", lambda *_: pytest.fail("parsed"))
    write(root, {"pkg0/mod3.py": before})
    (root / "moved.py").rename(root / "pkg0/mod4.py")
    index.touched(["pkg0/mod3.py", "pkg0/mod4.py", "moved.py"])
    finish(index)
    assert dump(index.symbols) == answers
    index.close()


def test_contents_long_gone_are_forgotten(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writing, "_KEPT", 10)
    plenty(root, 12)
    index = built(root, tmp_path / "home")
    for turn in range(4):
        write(root, {f"pkg0/mod{at}.py": python(1_000 * turn + at) for at in range(10)})
        index.sweep()
        finish(index)
    count = index.symbols.state.connection.execute("SELECT count(*) FROM files WHERE path IS NULL").fetchone()
    assert count[0] <= 10
    answers = dump(index.symbols)
    assert answers == dump(held(root, answers["paths"]))
    index.close()
    again = opened(root, tmp_path / "home")
    assert dump(again.symbols) == answers
    again.close()


def test_lines_are_those_of_the_text_that_was_indexed(root: Path, tmp_path: Path) -> None:
    write(root, {"a.py": b"x = 1\r\ny = 2\rz = '\x0c'\n", "b.py": b"\xef\xbb\xbfdef f(): pass", "c.py": b""})
    index = built(root, tmp_path / "home")
    assert index.symbols.lines("a.py") == ("x = 1", "y = 2", "z = '\x0c'")
    facts = index.symbols.facts("a.py")
    assert facts is not None
    assert [one.name_line for one in facts.definitions] == [0, 1, 2]
    assert index.symbols.lines("b.py") == ("def f(): pass",)
    assert index.symbols.lines("c.py") == ()
    assert [place.path for place in index.symbols.defined(["f"])["f"]] == ["b.py"]
    old = time.time() - 100
    write(root, {"a.py": b"x = 9\r\ny = 2\rz = '\x0c'\n"})
    os.utime(root / "a.py", (old, old))
    assert index.symbols.lines("a.py") is None
    index.close()


def test_files_that_say_nothing_are_left_out_once(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(
        root,
        {
            "ok.py": python(1),
            "binary.py": b"\0\1\2",
            "generated.go": "// Code generated by protoc. DO NOT EDIT.\npackage x\n",
            "tool.py": "TEXT = '@generated'\n",
            "packed.js": "var a=1;" * 5_000,
            "huge.py": "x = 1\n" * 200_000,
            "node_modules/x/index.js": "x()",
            "vendor/modules.txt": "",
            "vendor/lib.go": "package lib\n",
            "notes.md": "# hello",
        },
    )
    for file in root.iterdir():
        os.utime(file, (1_000_000_000.5, 1_000_000_000.5))
    index = built(root, tmp_path / "home")
    assert list(index.symbols.paths()) == ["ok.py", "tool.py"]
    assert dict(index.left_out()) == {
        "binary": 1, "generated": 1, "minified": 1, "oversized": 1, "folders of others' code": 2,
    }  # fmt: skip
    index.close()
    monkeypatch.setattr("counterpoint.index.reading.read", lambda *_: pytest.fail("read again"))
    again = built(root, tmp_path / "home")
    assert len(again.symbols.paths()) == 2
    again.close()


def test_an_index_is_small(root: Path, tmp_path: Path) -> None:
    plenty(root, 300)
    write(root, {f"deep/{at}.ts": "\n".join(script(at * 40 + k) for k in range(40)) for at in range(30)})
    index = built(root, tmp_path / "home")
    index.close()
    lines = sum(one.lines for one in index.files().values())
    assert index.bytes_on_disk / lines < 150  # files of ten lines; see tests/bench/index_speed.py


def test_roots_have_an_index_each(root: Path, tmp_path: Path) -> None:
    write(root, {"a.py": python(1)})
    other = tmp_path / "other"
    write(other, {"b.py": python(2)})
    home = tmp_path / "home"
    one, two = built(root, home), built(other, home)
    assert list(one.symbols.paths()) == ["a.py"]
    assert list(two.symbols.paths()) == ["b.py"]
    one.close()
    two.close()
    assert len(list((home / "cache" / "index").glob("*.sqlite3"))) == 2


def test_a_word_seen_very_often_keeps_its_count() -> None:
    row = to_row(Facts("a.py", "python", 1, words={"x": 300, "y": 1, "save!": 70_000}))
    again = unpack("a.py", "python", 1, pack(row))
    assert dict(again.words) == {"x": 300, "y": 1, "save!": 65_535}
    with pytest.raises(ValueError, match="zip"):
        unpack("a.py", "python", 1, pack(row)._replace(counts=b"\1"))
    terms = terms_of(Row("a", "ruby", 1, "", "save!\tmethod", "", "user.go<T>\t3", "", {"the": 9, "go": 80}))
    assert terms == {"go": 63 | 128, "save!": 1 | 64}


@pytest.mark.parametrize(
    ("raw", "source"),
    [
        (b"\xff\xfea\0=\x001\0", b"a=1"),
        (b"caf\xe9 = 1\n", "café = 1\n".encode()),
        (b"a\0b", "binary"),
        (b"# @generated by x\n", "generated"),
        (b"a\r\rb\r\nc", b"a\n\nb\r\nc"),
    ],
)
def test_what_is_parsed_of_a_file(raw: bytes, source: bytes | str) -> None:
    assert source_of(raw) == source


def test_a_cache_keeps_to_its_size() -> None:
    cache: Recent[str, int] = Recent(100)
    for number in range(20):
        cache.put(str(number), number, 10)
        cache.get("0")
    assert cache.size <= 100
    assert cache.get("0") == 0
    assert cache.get("5") is None
    cache.put("whale", 1, 51)
    assert cache.get("whale") is None
    cache.clear()
    assert (len(cache), cache.size) == (0, 0)


def test_a_time_that_may_not_show_a_change_is_not_trusted(root: Path, tmp_path: Path) -> None:
    write(root, {"a.py": "alpha = 1\n"})
    index = built(root, tmp_path / "home")
    now = time.time_ns() + 3_600_000_000_000
    os.utime(root / "a.py", ns=(now, now))
    index.touched(["a.py"])
    finish(index)
    assert index.files()["a.py"].stamp == Stamp(10, 0)
    write(root, {"a.py": "bravo = 1\n"})
    os.utime(root / "a.py", ns=(now, now))
    index.sweep()
    finish(index)
    assert "bravo" in index.symbols.defined(["bravo"])
    index.close()


def test_files_that_say_how_names_are_resolved_can_be_read(tmp_path: Path) -> None:
    root = tmp_path / "work"
    write(root, {"src/a.ts": "export const a = 1\n", "tsconfig.json": '{"x": 1}\n', "data.json": "{}\n"})
    write(root, {".gitignore": "web\n", "web/tsconfig.json": "{}\n"})
    indexer = opened(root, tmp_path / "home")
    try:
        indexer.sweep()
        indexer.run()
        assert indexer.symbols.lines("tsconfig.json") == ['{"x": 1}']
        assert indexer.symbols.lines("data.json") is None
        assert indexer.symbols.lines("web/tsconfig.json") is None
    finally:
        indexer.close()


def test_what_waits_is_found_however_much_it_is() -> None:
    pending = postings.Pending()
    names = [f"name{number}" for number in range(3_000)]
    for file in range(8):
        pending.add(file, dict.fromkeys(names, file + 1), f"name{file}\tfunction")
        assert pending.terms["name5"][-1] == file << 8 | file + 1
        pending.add(100 + file, dict.fromkeys(names, 1), "")
    assert list(pending.find("name7").files[:4]) == [1, 100 << 8 | 1, 1 << 8 | 2, 101 << 8 | 1]
    assert pending.find("name7").definitions == ["name7\t7\t0\tfunction"]
    for file in range(200, 208):
        pending.add(file, dict.fromkeys(names, 1), "")
    assert len(pending.find("name7").files) == 24
    assert (pending.size, len(pending.ids)) == (24 * len(names), 24)


def test_folders_are_those_of_all_files_that_are_there_now() -> None:
    catalogue = Catalogue([(1, "a/b/c.py", "python", 1, 1, b"1", 1), (2, "d/e.py", "python", 1, 1, b"2", 1)])
    assert catalogue.folders() == {"a", "a/b", "d"}
    catalogue.left_out["a/x/y.py"] = (Stamp(1, 1), "binary")
    assert catalogue.folders() == {"a", "a/b", "a/x", "d"}
    catalogue.drop("d/e.py")
    del catalogue.left_out["a/x/y.py"]
    assert catalogue.folders() == {"a", "a/b"}
    catalogue.put("f.py", Known(3, "python", Stamp(1, 1), b"3", 1))
    assert catalogue.folders() == {"a", "a/b"}
