"""What `review` and `baseline` decide, apart from processes and models."""

from __future__ import annotations

import subprocess
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from counterpoint import baseline
from counterpoint.answers import Finding
from counterpoint.baseline import Baseline, Entry
from counterpoint.cli import remembering
from counterpoint.cli.baseline import last_day
from counterpoint.cli.frame import run
from counterpoint.cli.silence import Silence
from counterpoint.cli.standing import Standing
from counterpoint.errors import UsageError
from counterpoint.findings import Findings, Suppression
from counterpoint.flows.review import Review, Told
from counterpoint.reviewing.anchoring import anchors_of
from counterpoint.text import Document, Position
from tests.unit.test_cli_verbs import valid

TODAY = date(2026, 11, 21)
DOCUMENT = Document.of("a.py", "def f(x):\n    return x == 1\n\n\ndef g(y):\n    return y\n", "python")
FOUND = Finding(
    id="f" * 16, path="a.py", start=Position(1, 11), end=Position(1, 17), severity="P1", confidence=0.75,
    category="logic", lens="correctness", title="Wrong", body="b", status="verified", model="Opus 4.7",
)  # fmt: skip
STATIC = replace(FOUND, id="5" * 16, status="static", lens="static", rule="py-x", model="")


def told(how: str, first: int = 1, last: int = 2) -> Told:
    return Told("a.py", "f", first, last, "named by you", how)  # type: ignore[arg-type]  # a test's shorthand


def test_what_team_or_user_set_aside_is_not_told_and_the_team_speaks_first() -> None:
    other = replace(FOUND, id="0" * 16, category="async")
    team = Baseline((Entry(id=FOUND.id, reason="team", author="Ada", date="2026-11-01"),))
    mine = (Suppression(id=FOUND.id, reason="me"), Suppression(kind="py-x", reason="noise", at=86_400.0 * 3))
    kept, aside = Silence(team, mine).split([FOUND, STATIC, other], TODAY)
    assert kept == (other,)
    assert [(one.finding.id, one.whom, one.reason) for one in aside] == [
        (FOUND.id, "team", "team"),
        (STATIC.id, "me", "noise"),
    ]
    assert aside[0].author == "Ada" and aside[1].date.startswith("1970-01-0")
    late = Baseline((Entry(id=FOUND.id, expires="2026-11-20"),))
    assert Silence(late).split([FOUND], TODAY)[0] == (FOUND,)


def test_a_finding_is_gone_only_where_somebody_could_have_seen_it() -> None:
    there = Standing({FOUND.id: FOUND}, lost=frozenset(["1" * 16]))
    assert not there.gone(FOUND.id, "correctness/logic")
    assert there.gone("1" * 16, "correctness/logic")
    assert not there.gone("2" * 16, "correctness/logic"), "another machine may know it"
    assert there.gone("3" * 16, "py-x")
    assert not there.gone("3" * 16, ""), "nobody knows what found it"
    unsure = replace(there, unsure=("py-x is switched off",))
    assert not unsure.gone("3" * 16, "py-x") and unsure.problems


def test_days_to_come_are_named_in_two_ways() -> None:
    assert last_day("", TODAY) == ""
    assert last_day("10d", TODAY) == "2026-12-01"
    assert last_day("2026-11-21", TODAY) == "2026-11-21"
    for text in ("2026-11-20", "soon", "99999999999d", "-3d"):
        with pytest.raises(UsageError):
            last_day(text, TODAY)


def test_a_later_review_drops_what_it_looked_for_in_vain_and_nothing_else(tmp_path: Path) -> None:
    store = Findings(tmp_path / "f.sqlite3")
    elsewhere = replace(FOUND, id="e" * 16, start=Position(5, 11), end=Position(5, 12))
    other = replace(FOUND, id="a" * 16, lens="security")
    store.save("r", "a.py", anchors_of([FOUND, elsewhere, other], DOCUMENT))

    def review(*findings: Finding, how: str = "asked") -> list[str]:
        found = Review("j", findings, told=(told(how),))
        looks = remembering.keep(store, "r", found, ("correctness",), lambda path: DOCUMENT)
        assert {look.fate for look in looks} <= {"resolved"}
        return sorted(one.finding.id[0] for one in store.of_file("r", "a.py"))

    assert review(FOUND) == ["a", "e", "f"]
    assert review(how="skipped") == ["a", "e", "f"]
    assert review(replace(FOUND, id="b" * 16), STATIC) == ["a", "b", "e"]
    assert review() == ["a", "e"]


def test_a_file_that_cannot_be_read_keeps_what_it_has(tmp_path: Path) -> None:
    store = Findings(tmp_path / "f.sqlite3")
    store.save("r", "a.py", anchors_of([FOUND], DOCUMENT))
    assert remembering.keep(store, "r", Review("j", (), told=(told("asked"),)), ("correctness",), _none) == []
    assert store.of_file("r", "a.py")


def _none(path: str) -> None:
    return None


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COUNTERPOINT__KEYS__KEYRING", "false")
    monkeypatch.setenv("COUNTERPOINT__COMPLETION__EMBEDDED", "false")
    subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True, timeout=30)
    (tmp_path / "a.py").write_text("def load(x):\n    return eval(input(x))\n")
    return tmp_path


def test_a_baseline_from_first_to_last(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["baseline", "list"]) == 0
    assert "Nothing is set aside." in capsys.readouterr().out
    assert run(["review", "--static"]) == 1
    capsys.readouterr()
    assert run(["baseline", "add", "--all", "--reason", "old", "--format", "json"]) == 0
    (entry,) = valid(capsys.readouterr().out, "baseline")["entries"]
    assert (entry["kind"], entry["path"], entry["state"]) == ("py-eval-of-input", "a.py", "in force")
    assert run(["review", "--static"]) == 0
    assert "(1 set aside" in capsys.readouterr().out
    assert run(["baseline", "list"]) == 0
    assert "a.py: `eval`" in capsys.readouterr().out
    (folder / "a.py").write_text("x = 1\n")
    assert run(["baseline", "prune", "--dry-run"]) == 0
    assert "1 entry would be taken out, 0 left." in capsys.readouterr().out
    assert run(["baseline", "prune"]) == 0
    assert baseline.read(folder).entries == ()


def test_what_a_rule_only_suspects_is_neither_told_nor_counted(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "a.py").write_text("def f(c, row):\n    c.execute(f\"DELETE FROM t WHERE a = '{row.a}'\")\n")
    assert run(["review", "--static"]) == 0
    assert "SQL" not in capsys.readouterr().out


def test_an_entry_needs_a_name_and_a_reason(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for wrong in (["--reason", "x"], ["abc", "--reason", " "], ["0123456789abcdef", "--reason", "x"]):
        assert run(["baseline", "add", *wrong]) == 2
        assert len(capsys.readouterr().err.splitlines()) == 1
    assert run(["baseline", "add", "--kind", "py-x", "--reason", "x", "--expires", "3d"]) == 0
    assert "Commit that file." in capsys.readouterr().out


def test_lines_that_cannot_be_read_are_told(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / ".counterpoint").mkdir()
    (folder / baseline.FILE).write_text("no json\n")
    assert run(["review", "--static"]) == 1
    assert "baseline.jsonl:1" in capsys.readouterr().err
    assert run(["baseline", "list"]) == 0
    assert "baseline.jsonl:1" in capsys.readouterr().err


def test_a_review_that_finds_nothing_to_look_at_says_so(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "a.py").unlink()
    for scope, title in (([], "the uncommitted changes"), (["--machine"], "what models wrote here")):
        assert run(["review", *scope]) == 0
        assert f"Nothing to review in {title}." in capsys.readouterr().err


def priced(capsys: pytest.CaptureFixture[str], *options: str) -> float:
    """The most that a review would cost."""
    assert run(["review", "a.py", "--estimate", "--format", "json", *options]) == 0
    return float(valid(capsys.readouterr().out, "estimate")["cost_usd"]["high"])


def test_each_further_look_is_in_the_price(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    direct = priced(capsys, "--strategy", "direct")
    verified = priced(capsys, "--strategy", "find-verify")
    assert 0 < direct < verified < priced(capsys, "--strategy", "draft-verify")
    assert verified < priced(capsys, "--votes", "3")
    assert priced(capsys, "--verify", "none") == pytest.approx(direct)


def test_a_price_above_the_limit_is_refused_and_the_rules_are_run(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    # Nobody listens there: a request would be a failure of another kind.
    monkeypatch.setenv("ANTHROPIC_BASE_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("ANTHROPIC_API_KEY", "x")
    assert run(["review", "a.py", "--max-cost", "0.01", "--fail-on", "P0", "--format", "json"]) == 4
    value = valid(capsys.readouterr().out, "review")
    assert [item["status"] for item in value["findings"]] == ["static"]
    assert [error["code"] for error in value["errors"]] == ["budget"]
    assert value["calls"] == [] and value["complete"] is False
    assert {row["how"] for row in value["units"]} == {"skipped"}
