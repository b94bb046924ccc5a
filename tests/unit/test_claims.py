"""What a second look is shown: the claims in words, and the code round what they quote, no more."""

from __future__ import annotations

from counterpoint.answers import Finding
from counterpoint.findings_reply import finding
from counterpoint.reviewing import claims
from counterpoint.text import Document, Situation, Span
from tests.casefiles import Held

FILLER = "".join(f"def filler_{n}():\n    return {n}\n\n" for n in range(40))
CODE = f"""import os
import json, threading

{FILLER}
class Pool:
    @threaded
    def take(self, key):
        with self.lock:
            self.left -= 1
        return json.loads(self.items[key])

{FILLER}"""
OTHER = f"{FILLER}\ndef get(key):\n    return POOL[key]\n\nPOOL = {{}}\n"
DOCUMENT = Document.of("src/a.py", CODE, "python")
POOL = Document.of("src/pool.py", OTHER, "python")
SITUATION = Situation(DOCUMENT, Span(0, len(CODE)), Held({"src/a.py": DOCUMENT, "src/pool.py": POOL}))


def made(**fields: object) -> Finding:
    item = {"path": "src/a.py", "title": "Raises", "body": "When missing.", "severity": "P1", **fields}
    found = finding(item, SITUATION, model="Opus 4.7")
    assert isinstance(found, Finding), found
    return found


def lines(asked: Situation) -> str:
    return "".join(asked.document.text[span.start : span.end] for span in asked.ranges)


def test_the_definition_and_the_imports_it_uses_are_shown() -> None:
    asked = claims.question(SITUATION, [made(quote="json.loads(self.items[key])")])
    shown = lines(asked)
    assert "    @threaded\n    def take(self, key):\n" in shown
    assert "self.left -= 1" in shown
    assert "import json, threading" in shown
    assert "import os" not in shown
    assert len(shown) < len(CODE) / 4
    assert asked.span == Span(asked.ranges[0].start, asked.ranges[-1].end)
    assert asked.pieces == ()


def test_evidence_in_another_file_is_a_piece_of_it() -> None:
    found = made(
        quote="self.items[key]", evidence=[{"path": "src/pool.py", "line": 1, "quote": "return POOL[key]"}]
    )
    asked = claims.question(SITUATION, [found])
    ((path, first, last),) = asked.pieces
    assert path == "src/pool.py"
    text = "".join(POOL.lines[first : last + 1])
    assert "def get(key):\n    return POOL[key]\n" in text
    assert "POOL = {}" in text
    assert "It points to src/pool.py:" in asked.claims


def test_findings_of_another_file_alone_are_asked_about_in_that_file() -> None:
    asked = claims.question(SITUATION, [made(path="src/pool.py", quote="return POOL[key]")])
    assert asked.document is POOL
    assert "return POOL[key]" in lines(asked)
    assert asked.pieces == ()


def test_windows_that_meet_are_one() -> None:
    found = [made(quote="self.left -= 1"), made(quote="self.items[key]")]
    asked = claims.question(SITUATION, found)
    assert len([span for span in asked.ranges if span.start > 100]) == 1
    assert asked.claims.startswith("Claim 1: Raises\nAt src/a.py:")
    assert "\nClaim 2: Raises\n" in asked.claims


def test_a_place_outside_of_definitions_is_shown_with_the_lines_round_it() -> None:
    asked = claims.question(SITUATION, [made(path="src/pool.py", quote="POOL = {}")])
    assert "def get(key):" in lines(asked)
    assert len(lines(asked)) < 400


def test_braces_close_what_is_shown() -> None:
    code = "function f(x) {\n  go();\n  return x.y;\n}\n\n" + "const a = 1;\n" * 60
    document = Document.of("a.js", code, "javascript")
    situation = Situation(document, Span(0, len(code)))
    item = {"path": "a.js", "title": "T", "quote": "x.y", "severity": "P1"}
    found = finding(item, situation)
    assert isinstance(found, Finding)
    shown = lines(claims.question(situation, [found]))
    assert shown.startswith("function f(x) {\n  go();\n  return x.y;\n}\n")
    assert shown.count("const") < 12


def test_an_empty_document_and_a_missing_file_show_nothing() -> None:
    found = made(quote="self.items[key]", evidence=[{"path": "src/pool.py", "quote": "POOL = {}"}])
    gone = Situation(Document.of("src/a.py", "", "python"), Span(0, 0))
    asked = claims.question(gone, [found])
    assert (asked.ranges, asked.pieces) == ((), ())
    elsewhere = Situation(Document.of("b.py", "x\n", "python"), Span(0, 2))
    assert claims.question(elsewhere, [found]).document is elsewhere.document


def test_drafts_are_told_with_their_ratings() -> None:
    text = claims.drafts([made(quote="self.items[key]"), made(quote="self.left -= 1")], SITUATION)
    assert text.startswith("Draft 1: Raises\nAt src/a.py:")
    assert "Draft 2: Raises" in text
    assert text.count("Rated: P1, other") == 2


def test_of_a_long_function_its_head_is_shown_and_what_stands_near() -> None:
    body = "".join(f"    step_{n}()\n" for n in range(300))
    code = f"@cached\ndef long(rows):\n{body}    return rows[0]\n{FILLER}"
    document = Document.of("long.py", code, "python")
    situation = Situation(document, Span(0, len(code)))
    found = finding({"path": "long.py", "title": "T", "quote": "rows[0]", "severity": "P1"}, situation)
    assert isinstance(found, Finding)
    shown = lines(claims.question(situation, [found]))
    assert "@cached\ndef long(rows):\n" in shown
    assert "step_299()" in shown
    assert "step_3()" not in shown
    assert "filler_9" not in shown


def test_what_gives_the_names_of_the_quote_their_meaning_is_shown() -> None:
    meaning = (
        "def limit_of(row):\n    return 3\n\nclass Box:\n    def __init__(self):\n        self.most = 0\n\n"
    )
    use = "    def put(self, row):\n        return self.most > limit_of(row)\n"
    code = meaning + FILLER.replace("def", "    def").replace("return", "    return") + use
    document = Document.of("box.py", code, "python")
    situation = Situation(document, Span(0, len(code)))
    item = {"path": "box.py", "title": "T", "quote": "self.most > limit_of(row)", "severity": "P1"}
    found = finding(item, situation)
    assert isinstance(found, Finding)
    shown = lines(claims.question(situation, [found]))
    assert "def limit_of(row):\n    return 3\n" in shown
    assert "self.most = 0\n" in shown
    assert "filler_20" not in shown
