"""What other tools read of a review: SARIF 2.1.0 and GitHub's workflow commands. Values in, text out."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
from hypothesis import given
from hypothesis import strategies as st

from counterpoint.answers import SEVERITIES, Evidence, Finding
from counterpoint.cli import reports
from counterpoint.cli.github import MOST, github, inside
from counterpoint.cli.silence import Silenced
from counterpoint.flows.review import Review, StageError
from counterpoint.text import Position

SCHEMA = json.loads((Path(__file__).parents[1] / "contract" / "sarif.json").read_text("utf-8"))
FOUND = Finding(
    id="f1", path="src/a.py", start=Position(1, 8), end=Position(1, 14), severity="P1", confidence=0.75,
    category="logic", lens="correctness", title="Wrong, 50% of the time: always", body="First\nsecond",
    status="unverified", model="Opus 4.7", evidence=(Evidence("b.py", 3, "x = 1"),),
)  # fmt: skip
STATIC = replace(FOUND, id="f2", status="static", lens="static", rule="py-x", model="", evidence=())
FAILED = StageError("review", "overloaded", "a.py: too\nbusy.", "anthropic", "Try later.")


def sarif(*findings: Finding, silenced: tuple[Silenced, ...] = (), **more: Any) -> Any:
    """The one run of a log that is valid."""
    log = reports.sarif(Review("j", findings, **more), silenced)
    jsonschema.validate(log, SCHEMA, format_checker=jsonschema.FormatChecker())
    return log["runs"][0]


def test_sarif_names_rules_and_places() -> None:
    run = sarif(FOUND, STATIC, errors=(FAILED,), skipped=(("b ü.bin", "binary"),))
    assert [rule["id"] for rule in run["tool"]["driver"]["rules"]] == ["correctness/logic", "py-x"]
    assert [one["ruleIndex"] for one in run["results"]] == [0, 1]
    assert [one["partialFingerprints"] for one in run["results"]] == [
        {"counterpoint/v1": "f1"},
        {"counterpoint/v1": "f2"},
    ]
    region = run["results"][0]["locations"][0]["physicalLocation"]["region"]
    assert region == {"startLine": 2, "startColumn": 9, "endLine": 2, "endColumn": 15}
    evidence = run["results"][0]["relatedLocations"][0]["physicalLocation"]
    assert evidence["artifactLocation"] == {"uri": "b.py", "uriBaseId": "%SRCROOT%"}
    told = run["invocations"][0]
    assert told["executionSuccessful"] is False
    assert [one["level"] for one in told["toolExecutionNotifications"]] == ["error", "note"]


def test_sarif_paths_are_uris() -> None:
    paths = ("a b/ü.py", "a:b.py", "/elsewhere/x y.py", "C:\\x\\y.py")
    found = sarif(*(replace(FOUND, path=path) for path in paths))["results"]
    places = [one["locations"][0]["physicalLocation"]["artifactLocation"] for one in found]
    assert [one["uri"] for one in places] == [
        "a%20b/%C3%BC.py",
        "a%3Ab.py",
        "file:///elsewhere/x%20y.py",
        "file:///C:/x/y.py",
    ]
    assert ["uriBaseId" in one for one in places] == [True, True, False, False]


def test_sarif_lists_what_was_set_aside_with_the_reason() -> None:
    aside = Silenced(STATIC, "as designed", "team", "Ada <a@example.org>", "2026-11-21", "2027-01-01")
    run = sarif(FOUND, silenced=(aside, Silenced(replace(STATIC, rule="py-y"), "", "me")))
    first, second, third = (one["suppressions"] for one in run["results"])
    assert first == []
    assert second == [
        {
            "kind": "external",
            "status": "accepted",
            "justification": "as designed",
            "properties": {
                "for": "team",
                "author": "Ada <a@example.org>",
                "date": "2026-11-21",
                "expires": "2027-01-01",
            },
        }
    ]
    assert third[0]["properties"] == {"for": "me"}
    assert [rule["id"] for rule in run["tool"]["driver"]["rules"]] == ["correctness/logic", "py-x", "py-y"]


def test_security_has_the_figure_that_code_scanning_sorts_by() -> None:
    rules = sarif(replace(FOUND, category="injection"), STATIC)["tool"]["driver"]["rules"]
    assert rules[0]["properties"] == {"tags": ["injection", "security"], "security-severity": "7.0"}
    assert "security-severity" not in rules[1]["properties"]


@given(st.text(), st.text(), st.text(min_size=1), st.sampled_from(SEVERITIES))
def test_sarif_is_valid_whatever_a_model_says(title: str, body: str, path: str, severity: Any) -> None:
    said = replace(FOUND, title=title or "x", body=body, path=path, severity=severity)
    log = reports.sarif(Review("j", (said,)))
    found = log["runs"][0]["results"][0]
    assert json.loads(json.dumps(log)) == log
    assert re.fullmatch(r"[!-~]+", found["locations"][0]["physicalLocation"]["artifactLocation"]["uri"])


def test_github_commands_are_escaped() -> None:
    text = github(Review("j", (replace(FOUND, path="a,b:c.py"),), errors=(FAILED,)))
    assert text == (
        "::warning title=Counterpoint::a.py: too%0Abusy. Try later.\n"
        "::error file=a%2Cb%3Ac.py,line=2,endLine=2,col=9,endColumn=15,"
        "title=P1 correctness/logic (unverified)::Wrong, 50%25 of the time: always. First%0Asecond\n"
    )


def test_github_has_no_columns_over_several_lines() -> None:
    text = github(Review("j", (replace(FOUND, end=Position(4, 2)),)))
    assert "line=2,endLine=5,title=" in text


def test_github_drops_nothing_in_silence() -> None:
    many = [replace(STATIC, id=f"s{n}", severity="P2", title=f"Two {n}") for n in range(MOST + 3)]
    worst = replace(STATIC, severity="P0", title="Nought")
    evil = replace(FOUND, severity="P2", title="::error::owned\n::warning::too")
    rows = github(Review("j", (evil, *many, worst))).splitlines()
    assert rows[0].startswith("::error ") and "Nought" in rows[0]
    assert sum(row.startswith("::warning ") for row in rows) == MOST
    assert rows[MOST + 1].startswith("4 more")
    assert len(rows) == MOST + 2 + 4
    assert not any("::" in row for row in rows[MOST + 1 :])
    assert "owned" in rows[-1], "what only a model says comes last"


@given(st.lists(st.text(), min_size=1, max_size=30), st.text(min_size=1))
def test_github_gets_no_command_of_a_models_making(titles: list[str], path: str) -> None:
    found = tuple(replace(FOUND, title=title, path=path) for title in titles)
    text = github(Review("j", found))
    rows = re.split(r"\r\n|\r|\n", text)
    assert sum(row.lstrip().startswith("::") for row in rows) == min(MOST, len(titles))


def test_a_long_body_is_cut() -> None:
    text = github(Review("j", (replace(FOUND, body="x" * 100_000),)))
    assert len(text) < 5_000


def test_names_that_are_no_utf8_have_a_uri_too() -> None:
    found = sarif(replace(FOUND, path="b\udcffd.py"))["results"][0]
    assert found["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "b%FFd.py"


def test_github_counts_paths_from_what_it_checked_out(tmp_path: Path) -> None:
    top = {"GITHUB_WORKSPACE": str(tmp_path)}
    assert inside(tmp_path / "pkg" / "a", top) == "pkg/a/"
    assert inside(tmp_path, top) == "" == inside(tmp_path, {}) == inside(tmp_path.parent, top)
    assert "file=pkg/src/a.py," in github(Review("j", (FOUND,)), inside="pkg/")
