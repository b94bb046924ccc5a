"""Every static rule against its cases in tests/cases/static, and against the sample project."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from importlib import resources
from pathlib import Path

import pytest

from counterpoint.static.check import Checked, check
from counterpoint.static.rules import Rule, load_rules
from counterpoint.text import Document, language_of

CASES = Path(__file__).parent.parent / "cases" / "static"
RULES = {rule.id: rule for rule in load_rules()}
_BLOCK = re.compile(r"^```(\w+) (finds|evidence|leaves|beside|fixed) ?(\S*)\n(.*?)^```$", re.M | re.S)
_MARK = re.compile(r"\s*(?:#|//) (<<<|\?\?\?)$", re.M)
_NAMES = {"python": "case.py", "typescript": "case.ts", "javascript": "case.js"}


@dataclass(frozen=True)
class Case:
    rule: str
    kind: str
    document: Document
    lines: tuple[int, ...]
    unsure: tuple[int, ...]
    beside: dict[str, Document]
    fixed: str | None = None

    def __str__(self) -> str:
        return f"{self.rule}-{self.kind}"


def cases() -> Iterator[Case]:
    for path in sorted(CASES.glob("*.md")):
        if path.stem == "README":
            continue
        beside: dict[str, Document] = {}
        found: list[Case] = []
        for language, kind, name, code in _BLOCK.findall(path.read_text(encoding="utf-8")):
            name = name or _NAMES[language]
            text = _MARK.sub("", code)
            document = Document.of(name, text, language)
            if kind == "beside":
                beside[name] = document
            elif kind == "fixed":
                found[-1] = replace(found[-1], fixed=code)
            else:
                marked = {
                    number: mark[1]
                    for number, line in enumerate(code.split("\n"), 1)
                    if (mark := _MARK.search(line))
                }
                lines, unsure = (
                    tuple(at for at, mark in marked.items() if mark == wanted) for wanted in ("<<<", "???")
                )
                found.append(Case(path.stem, kind, document, lines, unsure, beside))
        yield from found


def reader(files: dict[str, Document]) -> Callable[[Sequence[str]], Document | None]:
    return lambda paths: next((files[path] for path in paths if path in files), None)


def run(case: Case, rules: Sequence[Rule] = ()) -> Checked:
    return check(case.document, reader(case.beside), rules or [RULES[case.rule]])


@pytest.mark.parametrize("case", list(cases()), ids=str)
def test_a_rule_finds_what_its_cases_mark_and_nothing_else(case: Case) -> None:
    checked = run(case)
    assert tuple(finding.start.line + 1 for finding in checked.findings) == case.lines
    assert tuple(finding.start.line + 1 for finding in checked.evidence) == case.unsure
    assert (case.kind == "finds") == bool(case.lines)
    assert case.kind != "evidence" or case.unsure
    for finding in (*checked.findings, *checked.evidence):
        rule = RULES[case.rule]
        assert (finding.rule, finding.severity, finding.category) == (rule.id, rule.severity, rule.category)
        assert (finding.status, finding.lens, finding.model) == ("static", "static", "")
        assert "$" not in re.sub(r"\$\w*Raw|\$\{", "", finding.title), finding.title
        assert finding.body and finding.start < finding.end


@pytest.mark.parametrize("case", [case for case in cases() if case.fixed is not None], ids=str)
def test_a_fix_gives_the_code_the_case_shows_and_the_finding_is_gone(case: Case) -> None:
    lines = list(case.document.lines)
    checked = run(case)
    for finding in sorted((*checked.findings, *checked.evidence), key=lambda one: one.start):
        assert finding.fix is not None
        for edit in finding.fix.edits:
            assert edit.near_line is not None and edit.old in "".join(lines[edit.near_line - 1 :])
            text = "".join(lines[edit.near_line - 1 :]).replace(edit.old, edit.new, 1)
            lines[edit.near_line - 1 :] = Document.of("", text, "").lines
    assert "".join(lines) == case.fixed
    mended = replace(case, document=Document.of(case.document.path, "".join(lines), case.document.language))
    assert run(mended) == Checked()


def test_every_rule_has_three_cases_of_each_kind_and_every_case_a_rule() -> None:
    seen = list(cases())
    assert {case.rule for case in seen} == set(RULES)
    for rule in RULES:
        kinds = [case.kind for case in seen if case.rule == rule]
        assert kinds.count("finds") + kinds.count("evidence") >= 3 and kinds.count("leaves") >= 3, rule
        assert ("finds" in kinds) != RULES[rule].evidence, rule


def test_no_case_of_one_rule_is_noise_for_the_other_rules() -> None:
    others = [
        (str(case), finding.rule, finding.start.line + 1)
        for case in cases()
        if case.kind == "leaves"
        for finding in run(case, [rule for rule in RULES.values() if rule.id != case.rule]).findings
    ]
    assert others == []


SAMPLE = Path(str(resources.files("counterpoint") / "sample"))
EXPECTED = json.loads((CASES / "sample.json").read_text(encoding="utf-8"))


def sample() -> dict[str, Document]:
    files = {}
    for path in sorted(SAMPLE.rglob("*.*")):
        if path.suffix in (".py", ".ts"):
            name = path.relative_to(SAMPLE).as_posix()
            files[name] = Document.of(name, path.read_text(encoding="utf-8"), language_of(name))
    return files


def test_the_sample_has_its_well_known_faults_on_exact_lines_and_nothing_in_clean_files() -> None:
    files = sample()
    found = [
        {"path": path, "line": finding.start.line + 1, "rule": finding.rule}
        for path, document in files.items()
        for finding in check(document, reader(files), tuple(RULES.values())).findings
    ]
    assert found == EXPECTED["findings"]
    assert not {row["path"] for row in found} & set(EXPECTED["clean"])
    assert set(EXPECTED["clean"]) <= set(files)


def test_the_race_in_the_sample_names_both_places_in_the_other_file() -> None:
    files = sample()
    document = files["orders/reservations.py"]
    raced = [f for f in check(document, reader(files), tuple(RULES.values())).findings if "Shared" in f.title]
    inventory = files["orders/inventory.py"]
    for finding in raced:
        elsewhere = [item for item in finding.evidence if item.path == "orders/inventory.py"]
        assert len(elsewhere) >= 2
        for item in elsewhere:
            assert item.quote in inventory.line(item.line - 1)


def test_the_sample_calls_check_inventory_at_twenty_two_places() -> None:
    sites = [
        node
        for path, document in sample().items()
        if path.endswith(".py")
        for node in ast.walk(ast.parse(document.text))
        if isinstance(node, ast.Call) and ast.unparse(node.func).endswith(EXPECTED["call_sites"]["name"])
    ]
    assert len(sites) == EXPECTED["call_sites"]["count"] == 22


def test_the_status_enum_of_the_sample_differs_between_the_two_services() -> None:
    files = sample()
    python, script = (files[path].text for path in EXPECTED["shared_enum"]["files"])
    ours = set(re.findall(r'^    [A-Z_]+ = "(\w+)"', python, re.M))
    theirs = set(re.findall(r'^  [A-Za-z]+ = "(\w+)"', script, re.M))
    assert sorted(ours - theirs) == EXPECTED["shared_enum"]["only_in_python"]
    assert sorted(theirs - ours) == EXPECTED["shared_enum"]["only_in_typescript"]


def test_the_sample_does_not_give_its_answers_away() -> None:
    for path in SAMPLE.rglob("*.*"):
        if path.is_file() and path.suffix in (".py", ".ts", ".md", ".json"):
            text = path.read_text(encoding="utf-8").lower()
            assert not re.search(r"\b(bug|fixme|todo|insecure|unsafe|injection|race|vulnerab\w*)\b", text), (
                path
            )


def test_a_habit_of_a_whole_file_is_told_a_few_times_and_counted() -> None:
    text = "import requests\n\n" + "".join(f"r{n} = requests.get(url)\n" for n in range(9))
    document = Document.of("habit.py", text, "python")
    found = check(document, lambda paths: None, [RULES["py-request-without-timeout"]]).findings
    assert [one.start.line for one in found] == [2, 3, 4, 5, 6]
    assert found[-1].body.endswith("There are 4 more places like this in the file.")
    assert not any("more places" in one.body for one in found[:-1])


def test_what_is_grave_is_told_at_every_place() -> None:
    text = "import os\n\ndef f(request):\n" + "    os.system('rm ' + request.args['name'])\n" * 9
    document = Document.of("grave.py", text, "python")
    found = check(document, lambda paths: None, [RULES["py-shell-built"]]).findings
    assert len(found) == 9
