"""The file of findings: what was bought, what is on show, what is dismissed; and how long it is kept."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from counterpoint.anchors import Anchored, kind_of
from counterpoint.answers import Dropped, Evidence, Finding, Fix, QuoteEdit
from counterpoint.errors import ConfigError
from counterpoint.findings import Bought, Findings, Suppression, silencing
from counterpoint.findings.coding import decoded, encoded
from counterpoint.reviewing.anchoring import anchors_of
from counterpoint.text import Document, Position

CODE = Document.of("a.py", "def f(x):\n    return x.y\n", "python")
DAY = 86_400.0


def finding(name: str = "f1", **changed: Any) -> Finding:
    plain: dict[str, Any] = {
        "id": name, "path": "a.py", "start": Position(1, 4), "end": Position(1, 14), "severity": "P1",
        "confidence": 0.9, "category": "logic", "lens": "correctness", "title": "Wrong", "body": "Because.",
        "status": "unverified", "model": "Opus 4.7", "evidence": (Evidence("b.py", 2, "quoted"),),
        "fix": Fix("Do it", (QuoteEdit("a.py", "old", "new", 3),), ("applies", "parses")),
    }  # fmt: skip
    return Finding(**{**plain, **changed})


def anchored(*names: str) -> tuple[Anchored, ...]:
    return anchors_of([finding(name) for name in names or ("f1",)], CODE)


class Clock:
    now = 1_000_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "state" / "findings.sqlite3"


def test_reading_creates_no_file(file: Path) -> None:
    store = Findings(file)
    assert store.verdict("k") is None
    assert store.load("/w") == {} and store.of_file("/w", "a.py") == () and store.suppressed("/w") == ()
    assert not file.exists()


def test_a_finding_comes_back_as_it_was(file: Path) -> None:
    items = (*anchored("f1", "f2"), *anchors_of([finding("f3", fix=None, rule="py-x")], CODE, (1, 1)))
    assert decoded(encoded(items)) == items
    Findings(file).save("/w", "a.py", items)
    assert Findings(file).load("/w") == {"a.py": items}
    assert encoded(items).count('"prints":["') == 1


def test_what_is_no_finding_of_ours_is_left_out() -> None:
    text = encoded(anchored("f1", "f2"))
    assert [item.finding.id for item in decoded(text.replace('"P1"', '"P9"', 1))] == ["f2"]
    newer = text.replace('"title":"Wrong"', '"title":"Wrong","mood":"bad"', 1)
    assert [item.finding.id for item in decoded(newer)] == ["f1", "f2"]
    for bad in ("", "{}", "[]", '{"prints":[],"items":[{}]}', '{"prints":["%%"],"items":1}'):
        assert decoded(bad) == ()


def test_a_unit_is_bought_once(file: Path) -> None:
    clock = Clock()
    store = Findings(file, clock=clock)
    first = Bought(
        "k1", "a.py", "found", anchored(), (Dropped("absent", "x"),), False, {"g": "g(a)"}, "j1", "m", 0.5
    )
    store.keep_verdict(first, Bought("k2", "a.py", "verified", ()))
    found = Findings(file, clock=clock).verdicts(["k1", "k2", "k3"])
    assert found == {
        "k1": replace(first, at=clock.now),
        "k2": Bought("k2", "a.py", "verified", (), at=clock.now),
    }
    store.keep_verdict(replace(first, stage="verified", whole=True, at=5.0))
    later = store.verdict("k1")
    assert later is not None and (later.stage, later.whole, later.at) == ("verified", True, 5.0)


def test_verdicts_are_asked_for_by_the_thousand(file: Path) -> None:
    store = Findings(file)
    store.keep_verdict(*(Bought(f"k{number}", "a.py", "found", ()) for number in range(1_200)))
    assert len(store.verdicts([f"k{number}" for number in range(2_000)])) == 1_200
    with pytest.raises(ConfigError, match="CHECK"):
        store.keep_verdict(Bought("new", "a.py", "found", ()), Bought("bad", "a.py", "lost", ()))  # type: ignore[arg-type]
    assert store.verdict("new") is None  # all or none


def test_findings_of_a_file_are_replaced_added_dropped_and_renamed(file: Path) -> None:
    store = Findings(file)
    store.save("/w", "a.py", anchored("f1", "f2"))
    store.add("/w", "a.py", anchored("f2", "f3"), without={"f1"})
    assert [item.finding.id for item in store.of_file("/w", "a.py")] == ["f2", "f3"]
    store.add("/w", "b.py", anchored("f9"))
    store.renamed("/w", "a.py", "b.py")
    assert {path: [one.finding.id for one in items] for path, items in store.load("/w").items()} == {
        "b.py": ["f9", "f2", "f3"]
    }
    store.save("/w", "b.py", ())
    assert store.load("/w") == {} and store.load("/other") == {}


def test_what_is_dismissed_is_silent_until_it_expires_or_is_allowed(file: Path) -> None:
    clock = Clock()
    store = Findings(file, clock=clock)
    store.dismiss("/w", Suppression("f1", kind="correctness/logic", reason="no", expires=clock.now + 60))
    store.dismiss("/w", Suppression(kind="prose/docs", reason="noise"))
    store.dismiss("/w", Suppression(kind="py-x"))
    store.dismiss("/other", Suppression("f2"))
    silent = silencing(store.suppressed("/w"))
    why = silent(finding("f1"))
    assert why is not None and why.reason == "no" and why.at == clock.now
    assert silent(finding("f2")) is None
    assert silent(finding("f2", lens="prose", category="docs")) is not None
    assert silent(finding("f2", rule="py-x")) is not None
    assert kind_of(finding(rule="py-x")) == "py-x" and kind_of(finding()) == "correctness/logic"
    store.dismiss("/w", Suppression(kind="py-x", reason="again"))
    assert len(store.suppressed("/w")) == 3
    assert store.allow("/w", kind="py-x") and not store.allow("/w", kind="py-x")
    clock.now += 61
    assert [one.kind for one in store.suppressed("/w")] == ["prose/docs"]
    assert not store.allow("/w", id="f9")


def test_what_is_old_goes_and_what_is_used_stays(file: Path) -> None:
    clock = Clock()
    store = Findings(file, clock=clock)
    store.keep_verdict(Bought("used", "a.py", "found", ()), Bought("old", "a.py", "found", ()))
    store.save("/w", "a.py", anchored())
    store.dismiss("/w", Suppression("f1", expires=clock.now + DAY))
    clock.now += 100 * DAY
    assert store.verdict("used") is not None
    clock.now += 30 * DAY
    assert store.verdict("used") is not None and store.verdict("old") is None
    assert store.load("/w")
    clock.now += 400 * DAY
    assert store.verdict("used") is None and not store.load("/w")
    with sqlite3.connect(file) as rows:
        assert rows.execute("SELECT count(*) FROM dismissed").fetchone() == (0,)
    rows.close()


def test_too_much_is_cut_to_the_newest(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("counterpoint.findings.schema._MOST_VERDICTS", 10)
    clock = Clock()
    store = Findings(file, clock=clock)
    for number in range(15):
        clock.now += 1
        store.keep_verdict(Bought(f"k{number}", "a.py", "found", ()))
    clock.now += DAY + 1
    store.keep_verdict(Bought("last", "a.py", "found", ()))
    kept = sorted(store.verdicts([f"k{number}" for number in range(15)]), key=lambda key: int(key[1:]))
    assert kept == [f"k{number}" for number in range(5, 15)]
    monkeypatch.setattr("counterpoint.findings.schema._MOST_CHARACTERS", 60)
    clock.now += DAY + 1
    assert len(store.verdicts([*kept, "last"])) < 5


def test_only_this_user_may_read_it(file: Path) -> None:
    Findings(file).save("/w", "a.py", anchored())
    assert file.stat().st_mode & 0o077 == 0
    assert file.parent.stat().st_mode & 0o077 == 0


def test_a_file_of_the_first_version_is_brought_up_to_date(file: Path) -> None:
    file.parent.mkdir()
    with sqlite3.connect(file) as rows:
        rows.execute("CREATE TABLE written (id INTEGER PRIMARY KEY, at REAL NOT NULL)")
    rows.close()
    store = Findings(file)
    store.save("/w", "a.py", anchored())
    assert store.load("/w") and not store.notice
    with sqlite3.connect(file) as rows:
        tables = {name for (name,) in rows.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    rows.close()
    assert {"verdicts", "kept", "dismissed"} <= tables and "written" not in tables


def test_a_file_of_a_newer_version_is_left_alone(file: Path) -> None:
    file.parent.mkdir()
    with sqlite3.connect(file) as rows:
        rows.execute("PRAGMA user_version = 99")
    rows.close()
    with pytest.raises(ConfigError, match="newer Counterpoint"):
        Findings(file).load("/w")


_WRITER = """
import sys
from pathlib import Path
from counterpoint.findings import Bought, Findings, Suppression
store = Findings(Path(sys.argv[1]))
for number in range(20):
    store.keep_verdict(Bought(f"{sys.argv[2]}-{number}", "a.py", "found", ()))
    store.dismiss("/w", Suppression(f"{sys.argv[2]}-{number}"))
"""


def test_many_processes_and_threads_lose_nothing(file: Path) -> None:
    environ = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    writers = [
        subprocess.Popen([sys.executable, "-c", _WRITER, str(file), str(number)], env=environ)
        for number in range(4)
    ]
    store = Findings(file)
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda number: store.add("/w", "a.py", anchored(f"f{number}")), range(20)))
    assert [writer.wait(60) for writer in writers] == [0] * 4
    assert len(store.suppressed("/w")) == 80
    assert len(store.verdicts([f"{one}-{two}" for one in range(4) for two in range(20)])) == 80
    assert len(store.of_file("/w", "a.py")) == 20
