"""`--cache DIR`: verdicts as files, shared by runs and machines."""

from __future__ import annotations

import json
import os
import shutil
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from counterpoint.answers import Dropped, Evidence, Finding, Fix, QuoteEdit
from counterpoint.cli.cache import CacheFolder
from counterpoint.errors import ConfigError
from counterpoint.findings import Bought
from counterpoint.reviewing.anchoring import anchors_of
from counterpoint.text import Document, Position

DOCUMENT = Document.of("a.py", "def f():\n    return 1\n", "python")
FOUND = Finding(
    id="0123456789abcdef", path="a.py", start=Position(1, 4), end=Position(1, 12), severity="P1",
    confidence=0.75, category="logic", lens="correctness", title="Wrong ü", body="b", status="verified",
    model="Opus 4.7", evidence=(Evidence("b.py", 3, "x = 1"),),
    fix=Fix("Mend it", (QuoteEdit("a.py", "1", "2", 2),), ("parses",)), verifier="Opus 4.7", said="Yes.",
)  # fmt: skip
KEY = "ab" + "0" * 30
BOUGHT = Bought(
    KEY, "a.py", "verified", anchors_of([FOUND], DOCUMENT), (Dropped("absent", "x"),), True, {"f": "f()"},
    model="Opus 4.7", cost_usd=0.25,
)  # fmt: skip


def test_what_is_kept_is_read_again_on_another_machine(tmp_path: Path) -> None:
    CacheFolder(tmp_path / "here").keep_verdict(BOUGHT)
    shutil.copytree(tmp_path / "here", tmp_path / "there")
    found = CacheFolder(tmp_path / "there").verdicts([KEY, "cd" * 16])
    assert found == {KEY: BOUGHT}
    assert (tmp_path / "here" / ".gitignore").read_text() == "*\n"


def test_reading_creates_nothing_and_the_latest_counts(tmp_path: Path) -> None:
    cache = CacheFolder(tmp_path / "c")
    assert cache.verdicts([KEY]) == {}
    assert not (tmp_path / "c").exists()
    cache.keep_verdict(replace(BOUGHT, whole=False, stage="found"))
    cache.keep_verdict(BOUGHT)
    assert cache.verdicts([KEY]) == {KEY: BOUGHT}
    cache.keep_verdict(replace(BOUGHT, key=f"{KEY}-drafts"))
    assert len(list((tmp_path / "c").glob("v1/ab/*"))) == 2


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "null", '{"stage":"x"}', "\udcff", json.dumps({"stage": "found", "path": 3})]
)
def test_what_cannot_be_read_is_as_nothing(tmp_path: Path, text: str) -> None:
    cache = CacheFolder(tmp_path)
    cache.keep_verdict(BOUGHT)
    (tmp_path / "v1" / "ab" / f"{KEY}.json").write_bytes(text.encode("utf-8", "surrogateescape"))
    assert cache.verdicts([KEY]) == {}


def test_a_key_is_never_a_path(tmp_path: Path) -> None:
    for key in ("../../../etc/passwd", "ab/../../x", "", "AB" * 16):
        with pytest.raises(ValueError, match="no key"):
            CacheFolder(tmp_path).verdicts([key])


def test_the_same_bytes_are_written_by_whoever_writes_them(tmp_path: Path) -> None:
    for name in ("one", "two"):
        CacheFolder(tmp_path / name).keep_verdict(replace(BOUGHT, job=name, at=1.0))
    one, two = (tmp_path / name / "v1" / "ab" / f"{KEY}.json" for name in ("one", "two"))
    assert one.read_bytes() == two.read_bytes()


def test_many_writers_leave_whole_files(tmp_path: Path) -> None:
    def work(number: int) -> None:
        cache = CacheFolder(tmp_path)
        for _ in range(20):
            cache.keep_verdict(replace(BOUGHT, model=f"m{number}" * 500))

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for one in threads:
        one.start()
    reader = CacheFolder(tmp_path)
    seen = 0
    while any(one.is_alive() for one in threads):
        if (tmp_path / "v1" / "ab" / f"{KEY}.json").exists():
            assert reader.verdicts([KEY])[KEY].findings == BOUGHT.findings
            seen += 1
    for one in threads:
        one.join(30)
    assert seen
    assert [path.name for path in (tmp_path / "v1" / "ab").iterdir()] == [f"{KEY}.json"]


def test_what_nobody_asks_for_is_dropped_and_what_is_asked_for_stays(tmp_path: Path) -> None:
    old = ["aa" * 16, "bb" * 16]
    CacheFolder(tmp_path).keep_verdict(*(replace(BOUGHT, key=key) for key in old))
    for key in old:
        os.utime(tmp_path / "v1" / key[:2] / f"{key}.json", (1.0, 1.0))
    cache = CacheFolder(tmp_path)
    assert cache.verdicts(old[:1])
    cache.keep_verdict(BOUGHT)
    assert set(cache.verdicts([*old, KEY])) == {old[0], KEY}


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(ConfigError, match="cannot be written"):
        CacheFolder(tmp_path / "file").keep_verdict(BOUGHT)
