"""What a second look's word is worth: which quotes count, and what a majority makes of a finding."""

from __future__ import annotations

from dataclasses import replace

import pytest

from counterpoint.answers import Evidence, Finding, Verdict
from counterpoint.errors import BadAnswer
from counterpoint.findings_reply import finding
from counterpoint.reviewing import judging
from counterpoint.reviewing.judging import Vote
from counterpoint.text import Document, Situation, Span
from counterpoint.verdicts_reply import read_verdicts
from tests.casefiles import Held

CODE = """import pool
LIMIT = 3

def guarded(table, key):
    if key not in table:
        return None
    first(key)
    second(key)
    third(key)
    fourth(key)
    return table[key]

def caller(rows):
    lock = pool.lock
    with lock:
        return guarded(rows, "a")

def other(name):
    print(name)
    return LIMIT
"""
POOL = "lock = None\n\ndef unrelated():\n    return 1\n"
DOCUMENT = Document.of("a.py", CODE, "python")
OTHER = Document.of("pool.py", POOL, "python")
SITUATION = Situation(DOCUMENT, Span(0, len(CODE)), Held({"a.py": DOCUMENT, "pool.py": OTHER}))


def claim(quote: str = "table[key]", line: int = 11, **more: object) -> Finding:
    item = {"path": "a.py", "quote": quote, "line": line, "title": "Raises", "severity": "P2", **more}
    found = finding(item, SITUATION, model="Opus 4.7")
    assert isinstance(found, Finding)
    return found


def verdict(holds: str, *quotes: tuple[str, int, str]) -> Verdict:
    evidence = tuple(Evidence(*quote) for quote in quotes)
    if holds == "refuted":
        return Verdict(1, "refuted", "so it is", against=evidence)
    return Verdict(1, "confirmed" if holds == "confirmed" else "unsure", "so it is", support=evidence)


@pytest.mark.parametrize(
    ("holds", "quotes", "word", "void"),
    [
        ("refuted", [("a.py", 5, "if key not in table:")], "refuted", ""),
        ("refuted", [("a.py", 11, "return table[key]")], "refuted", ""),
        ("refuted", [("a.py", 11, "table[key]")], "", "repeats"),
        ("refuted", [], "", "no-quote"),
        ("refuted", [("a.py", 18, "print(name)")], "", "elsewhere"),
        ("refuted", [("pool.py", 4, "return 1")], "", "elsewhere"),
        ("refuted", [("a.py", 5, "if nowhere:")], "", "elsewhere"),
        ("refuted", [("z.py", 5, "x")], "", "elsewhere"),
        ("refuted", [("a.py", 16, 'return guarded(rows, "a")')], "refuted", ""),
        ("refuted", [("a.py", 18, "print(name)"), ("a.py", 5, "if key not in table:")], "refuted", ""),
        ("confirmed", [("a.py", 11, "table[key]")], "confirmed", ""),
        ("confirmed", [("a.py", 2, "LIMIT = 3")], "", "elsewhere"),
        ("confirmed", [], "", "no-quote"),
        ("unsure", [("a.py", 11, "table[key]")], "", "unsure"),
    ],
)
def test_a_verdict_counts_by_what_it_quotes(
    holds: str, quotes: list[tuple[str, int, str]], word: str, void: str
) -> None:
    vote = judging.weighed(claim(), verdict(holds, *quotes), SITUATION)
    assert (vote.word, vote.void) == (word, void)


def test_what_gives_a_name_its_meaning_bears_on_it_from_anywhere() -> None:
    limit = claim("return LIMIT", 20)
    assert judging.weighed(limit, verdict("refuted", ("a.py", 2, "LIMIT = 3")), SITUATION).word == "refuted"
    lock = claim("pool.lock", 14)
    assert judging.weighed(lock, verdict("refuted", ("pool.py", 1, "lock = None")), SITUATION).word
    assert not judging.weighed(lock, verdict("refuted", ("a.py", 2, "LIMIT = 3")), SITUATION).word


def test_evidence_is_a_place_of_the_finding_too() -> None:
    found = claim("return LIMIT", 20, evidence=[{"path": "a.py", "line": 14, "quote": "lock = pool.lock"}])
    assert judging.weighed(found, verdict("refuted", ("a.py", 15, "with lock:")), SITUATION).word == "refuted"


def test_a_verdict_that_is_missing_leaves_the_finding_as_it_was() -> None:
    vote = judging.weighed(claim(), None, SITUATION)
    assert vote.void == "silent"
    assert judging.judged(claim(), [vote], "GPT-5.5") == judging.Judged(claim(), "unverified")


YES, NO, NONE = Vote("confirmed", "yes"), Vote("refuted", "no"), Vote("", "who knows", "unsure")


@pytest.mark.parametrize(
    ("votes", "status", "said"),
    [
        ([YES], "verified", "yes."),
        ([NO], "refuted", "no."),
        ([NONE], "unverified", "who knows. It could not tell."),
        ([YES, NO, YES], "verified", "yes."),
        ([NO, YES, NO], "refuted", "no."),
        ([YES, NO], "contested", "no."),
        ([YES, NONE, NONE], "unverified", "who knows. It could not tell."),
        ([NO, NONE, NONE, NONE, NONE], "contested", "no."),
        ([Vote("", "", "no-quote")], "unverified", "It quoted no code for it."),
    ],
)
def test_the_majority_decides(votes: list[Vote], status: str, said: str) -> None:
    after = judging.judged(claim(), votes, "GPT-5.5")
    assert (after.status, after.finding.said, after.finding.verifier) == (status, said, "GPT-5.5")
    assert after.finding.status == ("contested" if status == "refuted" else status)


def test_no_further_vote_is_cast_once_it_could_change_nothing() -> None:
    assert not judging.is_decided([YES], 3)
    assert judging.is_decided([YES, YES], 3)
    assert not judging.is_decided([YES, NO], 3)
    assert judging.is_decided([YES, NO, NONE], 3)
    assert judging.is_decided([NONE], 1)


def test_only_the_grave_are_never_hidden() -> None:
    assert [judging.is_grave(replace(claim(), severity=s)) for s in ("P0", "P1", "P2", "P3")] == [
        True, True, False, False,
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("vote", "confidence", "said"),
    [
        (Vote("confirmed", "It is."), 0.5, "No. Opus 4.7 stands by it: It is."),
        (Vote("refuted", "Oh."), 0.1, "No. Opus 4.7 takes it back: Oh."),
        (Vote("", "Oh.", "no-quote"), 0.5, "No. Opus 4.7 stands by it: Oh."),
        (Vote("", "", "silent"), 0.5, "No. Opus 4.7 did not take it back."),
        (Vote("", "Hm.", "unsure"), 0.5, "No. Opus 4.7 did not take it back."),
    ],
)
def test_what_its_finder_answers_is_told_and_hides_nothing(vote: Vote, confidence: float, said: str) -> None:
    contested = replace(claim(), status="contested", said="No.", confidence=0.5)
    after = judging.answered(contested, vote, "Opus 4.7")
    assert (after.status, after.confidence, after.said) == ("contested", confidence, said)


def test_verdicts_are_read_leniently_and_their_quotes_strictly() -> None:
    raw = """Here: {"verdicts": [
     {"claim": 1, "quotes": [{"path": "a.py", "line": 5, "quote": "5|     if key not in table:"}],
      "why": "Guarded.", "holds": "Refuted"},
     {"claim": "Claim 2", "quotes": [{"path": "a.py", "line": 5, "quote": "if nowhere"}], "holds": true},
     {"claim": 1, "quotes": [], "why": "", "holds": "confirmed"},
     {"claim": null, "quotes": [], "why": "", "holds": "confirmed"},
     {"claim": "last", "quotes": [], "why": "", "holds": "confirmed"},
     {"claim": 3, "quotes": "none", "why": ["a", 1], "holds": "maybe"},
     7"""
    read = read_verdicts(raw, SITUATION)
    assert [(one.claim, one.holds, one.why) for one in read.kept] == [
        (1, "refuted", "Guarded."), (2, "confirmed", ""), (3, "unsure", "a"),
    ]  # fmt: skip
    assert read.kept[0].against == (Evidence("a.py", 5, "if key not in table:"),)
    assert sorted(one.reason for one in read.dropped) == [
        "cut-off", "duplicate", "malformed", "malformed", "quote-absent", "quote-absent",
    ]  # fmt: skip
    with pytest.raises(BadAnswer, match="no list of verdicts"):
        read_verdicts("I agree with all of them.", SITUATION)
