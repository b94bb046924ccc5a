"""Answers cut off or damaged anywhere: what is whole is kept, and nothing but a bad answer is raised."""

from __future__ import annotations

import json

from hypothesis import given, settings
from hypothesis import strategies as st

from counterpoint.answers import Findings
from counterpoint.context.sound import parses_worse
from counterpoint.errors import BadAnswer
from counterpoint.findings_reply import MOST, read_findings
from counterpoint.text import Document, Edit, Situation, Span
from counterpoint.verdicts_reply import read_verdicts

CODE = "".join(f"value_{n} = call_{n}(argument_{n})\n" for n in range(8))
DOCUMENT = Document.of("a.py", CODE, "python")
SITUATION = Situation(DOCUMENT, Span(0, len(CODE)))


def item(number: int) -> dict[str, object]:
    quote = {"path": "a.py", "line": 1, "quote": f"argument_{number}"}
    edit = {"path": "a.py", "line": number + 1, "old": f"call_{number}", "new": "called", "reason": ""}
    return {
        "path": "a.py", "line": number + 1, "quote": f"call_{number}(argument_{number})", "severity": "P1",
        "confidence": 0.5, "category": "logic", "title": f"Fault {number} \\ \"q\" {{[", "body": "b",
        "evidence": [quote], "fix": {"title": "t", "edits": [edit]},
    }  # fmt: skip


ITEMS = [item(number) for number in range(8)]
WHOLE = json.dumps({"findings": ITEMS})
ENDS = [WHOLE.index(json.dumps(one)) + len(json.dumps(one)) for one in ITEMS]
VERDICTS = json.dumps({"verdicts": [{"claim": 1, "quotes": [ITEMS[0]], "why": "w", "holds": "refuted"}] * 3})


def read(raw: str) -> Findings | None:
    try:
        return read_findings(raw, SITUATION)
    except BadAnswer:
        return None


@given(st.integers(0, len(WHOLE)))
@settings(max_examples=150, deadline=None)
def test_wherever_it_is_cut_off_what_was_complete_is_kept(cut: int) -> None:
    found = read(WHOLE[:cut])
    complete = sum(end <= cut for end in ENDS)
    if found is None:
        assert cut < WHOLE.index("[") + 1
        return
    assert [one.title for one in found.kept] == [f'Fault {n} \\ "q" {{[' for n in range(complete)]
    assert all(one.fix and one.evidence for one in found.kept)
    cut_off = [one.reason for one in found.dropped]
    assert cut_off == ([] if cut >= len(WHOLE) - 1 else ["cut-off"])


@given(st.lists(st.tuples(st.integers(0, len(WHOLE) - 1), st.sampled_from('"{}[]\\,:x\n')), max_size=6))
@settings(max_examples=200, deadline=None)
def test_however_it_is_damaged_only_what_stands_in_the_code_is_kept(changes: list[tuple[int, str]]) -> None:
    letters = list(WHOLE)
    for at, letter in changes:
        letters[at] = letter
    found = read("".join(letters))
    for one in found.kept if found else ():
        quoted = DOCUMENT.text[DOCUMENT.offset(one.start) : DOCUMENT.offset(one.end)]
        assert quoted.strip()
        assert 0 <= one.confidence <= 1
        assert one.severity in ("P0", "P1", "P2", "P3")
    for lost in found.dropped if found else ():
        assert lost.reason.replace("-", "").isalpha()


@given(st.lists(st.tuples(st.integers(0, len(VERDICTS) - 1), st.sampled_from('"{}[]\\,:0')), max_size=5))
@settings(max_examples=100, deadline=None)
def test_damaged_verdicts_are_a_bad_answer_at_worst(changes: list[tuple[int, str]]) -> None:
    letters = list(VERDICTS)
    for at, letter in changes:
        letters[at] = letter
    try:
        kept = read_verdicts("".join(letters), SITUATION).kept
    except BadAnswer:
        return
    assert len({one.claim for one in kept}) == len(kept)


def test_the_most_that_is_looked_at_is_more_than_any_review_has() -> None:
    assert MOST >= 200


def test_what_cannot_be_parsed_is_not_worse() -> None:
    plain = Document.of("a.txt", "one (\n", "plaintext")
    assert not parses_worse(plain, (Edit(Span(0, 3), "("),))
    overlapping = (Edit(Span(0, 7), "("), Edit(Span(3, 9), "("))
    assert not parses_worse(DOCUMENT, overlapping)
    empty = Document.of("b.py", "", "python")
    assert not parses_worse(empty, (Edit(Span(0, 0), "x = 1\n"),))
    assert parses_worse(empty, (Edit(Span(0, 0), "x = (\n"),))
    assert parses_worse(
        DOCUMENT, (Edit(Span(0, 7), "ok"), Edit(DOCUMENT.span_of_lines(5, 5), "x = [1,\ny\n"))
    )
