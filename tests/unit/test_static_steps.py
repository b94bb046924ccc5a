"""Ids, hiding, loading rules, silencing comments, and fixes: the pure steps around the static rules."""

from __future__ import annotations

import pytest

from counterpoint.anchors import assign_ids, finding_id, normalise
from counterpoint.answers import Finding
from counterpoint.errors import ConfigError
from counterpoint.static.check import check
from counterpoint.static.hide import hide_reported
from counterpoint.static.rules import load_rules
from counterpoint.text import Document, Problem, Span

RULES = load_rules()


def found(text: str, path: str = "a.py", language: str = "python") -> tuple[Finding, ...]:
    return check(Document.of(path, text, language), lambda paths: None, RULES).findings


def test_an_id_survives_formatting_moves_and_renames_of_the_file() -> None:
    (before,) = found("import yaml\ndef f(x):\n    return yaml.load(x, Loader=yaml.Loader)\n")
    moved = "import yaml\n\n# new\n\ndef f(x):\n  return yaml.load(\n    x,\n    Loader=yaml.Loader,\n  )\n"
    (after,) = found(moved, "other/b.py")
    assert before.id == after.id and len(before.id) == 16
    assert before.start != after.start


def test_ids_differ_by_symbol_rule_code_and_ordinal() -> None:
    text = "import yaml\ndef f(x):\n    yaml.load(x)\n    yaml.load(x)\n    yaml.load(y)\n"
    text += "def g(x):\n    yaml.load(x)\n"
    ids = [finding.id for finding in found(text)]
    assert len(set(ids)) == 4
    fewer = [finding.id for finding in found(text.replace("    yaml.load(y)\n", ""))]
    assert fewer == [ids[0], ids[1], ids[3]]


def test_ids_know_methods_from_functions() -> None:
    body = "import yaml\nclass A:\n    def f(self, x):\n        yaml.load(x)\nyaml.load(x)\n"
    (method, module) = found(body)
    assert method.id == finding_id("py-unsafe-yaml", "A.f", "yaml.load(x)")
    assert module.id == finding_id("py-unsafe-yaml", "", "yaml.load(x)")


@pytest.mark.parametrize(
    ("one", "other"),
    [("f( a,b )", "f(a, b)"), ("f('x')", 'f("x")'), ("f(a,\n  b,\n)", "f(a, b)"), ("[1,]", "[1]")],
)
def test_normalised_tokens_ignore_layout(one: str, other: str) -> None:
    assert normalise(one) == normalise(other)
    assert assign_ids([("k", "s", one), ("k", "s", other)])[0] == finding_id("k", "s", other, 0)
    assert assign_ids([("k", "s", one), ("k", "s", other)])[1] == finding_id("k", "s", one, 1)


def test_parts_of_an_id_cannot_run_into_each_other() -> None:
    assert finding_id("a", "b", "c") != finding_id("ab", "", "c") != finding_id("a", "", "b c")


TEXT = "import yaml\nx = 1\ny = yaml.load(x)\n"
LINE = Span(TEXT.index("y = "), len(TEXT) - 1)


@pytest.mark.parametrize(
    ("problem", "hidden"),
    [
        (Problem("a.py", LINE, "unsafe", "Ruff", "S506"), True),
        (Problem("a.py", LINE, "unsafe", "bandit", "b506"), True),
        (Problem("a.py", LINE, "unsafe", "bandit", "B506:yaml_load"), True),
        (Problem("a.py", Span(0, len(TEXT)), "unsafe", "ruff", "S506"), True),
        (Problem("a.py", LINE, "unused", "ruff", "F841"), False),
        (Problem("a.py", Span(0, 6), "unsafe", "ruff", "S506"), False),
        (Problem("b.py", LINE, "unsafe", "ruff", "S506"), False),
        (Problem("a.py", LINE, "unsafe", "counterpoint", "S506"), False),
    ],
)
def test_what_another_linter_says_there_is_hidden(problem: Problem, hidden: bool) -> None:
    findings = found(TEXT)
    kept = hide_reported(findings, [problem], Document.of("a.py", TEXT, "python"))
    assert kept == (() if hidden else findings) and len(findings) == 1


def test_hiding_takes_a_table_of_its_own_and_leaves_other_documents_alone() -> None:
    document = Document.of("a.py", TEXT, "python")
    findings = found(TEXT)
    problem = Problem("a.py", LINE, "x", "mine", "M1")
    assert hide_reported(findings, [problem], document, {"py-unsafe-yaml": frozenset({"M1"})}) == ()
    other = Document.of("c.py", TEXT, "python")
    assert hide_reported(findings, [Problem("c.py", LINE, "x", "ruff", "S506")], other) == findings


@pytest.mark.parametrize(
    ("comment", "silent"),
    [
        ("# noqa", True), ("# noqa: S506", True), ("# noqa: E501, S506", True), ("# noqa: E501", False),
        ("# nosec", True), ("# counterpoint: ignore", True), ("# counterpoint: ignore[py-unsafe-yaml]", True),
        ("# counterpoint: ignore[py-sql-built]", False), ("# yes, noqa is a word", False),
    ],
)  # fmt: skip
def test_a_comment_against_the_complaint_silences_it(comment: str, silent: bool) -> None:
    assert (found(f"import yaml\ny = yaml.load(x)  {comment}\n") == ()) == silent


def test_nothing_is_said_of_code_amid_a_keystroke() -> None:
    assert len(found("import yaml\ny = yaml.load(x)\n")) == 1
    assert found("import yaml\ny = yaml.load(x +)\n") == ()


def test_positions_hold_for_crlf_tabs_and_astral_characters() -> None:
    text = 'import yaml\r\nif x:\r\n\ty = "\U0001d11e", yaml.load(x)\r\n'
    (finding,) = found(text)
    document = Document.of("a.py", text, "python")
    start, end = document.offset(finding.start), document.offset(finding.end)
    assert text[start:end] == "yaml.load(x)"
    assert finding.fix is not None
    (edit,) = finding.fix.edits
    assert edit.old == '\ty = "\U0001d11e", yaml.load(x)' and "\r" not in edit.new


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        ("", "import hmac\n"),
        ('"""Doc."""\nfrom __future__ import annotations\n\nimport os\n', "import hmac\nimport os"),
        ("import os, hmac\n", ""),
    ],
)
def test_a_fix_brings_the_import_it_needs(head: str, expected: str) -> None:
    body = "def f(a, k):\n    return h(k) == a\ndef h(k):\n    return hmac.new(k, b'', 'md5').hexdigest()\n"
    (finding,) = [item for item in found(head + body) if item.rule == "py-digest-compared"]
    assert finding.fix is not None
    added = [edit.new for edit in finding.fix.edits if "import hmac" in edit.new]
    assert [text.startswith(expected) for text in added] == ([True] if expected else []), added


def test_a_long_match_is_shown_on_its_first_line_only() -> None:
    (finding,) = found(
        "async def f(c):\n  while 1:\n    try:\n        await c()\n    except:\n        pass\n        log()\n"
    )
    assert (finding.start.line, finding.end.line, finding.end.column) == (4, 4, 11)


def test_other_languages_have_no_findings_and_no_panic() -> None:
    assert found("x", "a.klingon", "klingon") == ()
    assert found("package main\n", "a.go", "go") == ()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("id: [", "not YAML"),
        ("- a", "not a mapping"),
        ("language: Python\nrule: {kind: call}", "no `id`"),
        ("id: x\nlanguage: Python", "no `rule`"),
        ("id: x\nrule: {kind: call}", "no `language`"),
        ("id: x\nlanguage: Klingon\nrule: {kind: call}", "unknown language"),
        ("id: x\nlanguage: Python\nseverity: dire\nrule: {kind: call}", "unknown severity"),
        ("id: x\nlanguage: Python\nmetadata: {category: vibes}\nrule: {kind: call}", "unknown category"),
        ("id: x\nlanguage: Python\nmetadata: {confidence: 2}\nrule: {kind: call}", "confidence"),
        ("id: x\nlanguage: Python\nmetadata: [1]\nrule: {kind: call}", "no mapping"),
        ("id: py-sql-built\nlanguage: Python\nrule: {kind: call}", "Two static rules"),
    ],
)
def test_a_rule_that_is_none_is_refused_by_name(text: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        load_rules([text])


def test_own_rules_take_asts_greps_fields_and_cannot_name_our_code() -> None:
    text = """
id: a
language: TypeScript
severity: error
message: m
note: n
rule: {pattern: foo()}
metadata: {code: missing-await, also: [tsx], same_as: X1}
---
id: b
language: py
severity: 'off'
rule: {pattern: foo()}
---
id: c
language: py
rule: {pattern: foo()}
---
"""
    rules = load_rules([text])[len(RULES) :]
    assert [rule.id for rule in rules] == ["a", "c"]
    assert (rules[0].severity, rules[0].languages, rules[0].code) == ("P1", ("typescript", "tsx"), "")
    assert rules[0].same_as == {"X1"} and rules[1].severity == "P3" and rules[1].title == "c"


def test_a_rule_of_evidence_shows_nothing_and_tells_a_model() -> None:
    text = "id: own\nlanguage: Python\nrule: { pattern: print($X) }\nmetadata: { evidence: true }\n"
    document = Document.of("a.py", "print(1)\n", "python")
    checked = check(document, lambda paths: None, load_rules([text])[-1:])
    assert (checked.findings, [one.rule for one in checked.evidence]) == ((), ["own"])


def test_shipped_rules_say_what_goes_wrong_and_what_to_do() -> None:
    for rule in RULES:
        assert len(rule.body) > 60 and rule.title and not rule.title.endswith("."), rule.id
        assert rule.category != "other" and 0.5 <= rule.confidence <= 1, rule.id
