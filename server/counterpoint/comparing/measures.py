"""What an answer was worth, counted from the answer itself. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from difflib import SequenceMatcher
from typing import Any

from counterpoint.answers import (
    Answer,
    ChangeSet,
    Dropped,
    FileChange,
    Finding,
    Findings,
    Insertion,
    Prose,
    Verdicts,
)
from counterpoint.calls import Call
from counterpoint.comparing.values import Answered, Case, Found, Run
from counterpoint.diffs import diffs_of
from counterpoint.text import Document, Edit

_NOT_ASKED = frozenset({"no-change", "not-asked", "outside", "ignored", "exists", "link", "cut-off", "none"})
"""Reasons for which an edit does not come that say nothing of whether it could be applied."""
_MOST = 4_000
NEAR = 2
"""Lines from a fault at which a finding is still about it."""
_ANSWERED = ("ok", "cut", "length")
_NOT_WRITTEN: Mapping[str, Any] = {
    "as_committed": False,
    "exact": False,
    "line_prefix": 0.0,
    "similarity": 0.0,
}


def answered(answer: Answer, document: Document) -> Answered:
    """The measures of an answer to a question about a document, but for those that take running something."""
    if isinstance(answer, ChangeSet):
        return _changes(answer)
    if isinstance(answer, Findings):
        return _findings(answer)
    if isinstance(answer, Insertion):
        return _insertion(answer, document)
    if isinstance(answer, Prose):
        return Answered(absent=_absent(answer.dropped), text=answer.text[:_MOST])
    return _verdicts(answer)


def known_of(case: Case, answer: Answer, found: Answered) -> Answered:
    """The measures with those that rest on what the case knows: faults to find, and a text to write."""
    if isinstance(answer, Findings) and case.faults:
        hits = sum(any(_at(fault, one) for one in found.findings) for fault in case.faults)
        return replace(found, faults_found=hits / len(case.faults))
    if isinstance(answer, Insertion) and case.expected.strip():
        return _as_written(answer.text, case.expected, found)
    return found


def _as_written(text: str, expected: str, found: Answered) -> Answered:
    """With how a completion is to what was written in its place."""
    mine, theirs = (_first(one) for one in (text, expected))
    same_start = next(
        (at for at, pair in enumerate(zip(mine, theirs, strict=False)) if pair[0] != pair[1]),
        min(len(mine), len(theirs)),
    )
    ours, written = (_plain(one) for one in (text, expected))
    return replace(
        found,
        as_committed=mine == theirs,
        exact=ours == written,
        line_prefix=same_start / len(theirs),
        similarity=SequenceMatcher(None, ours, written, autojunk=False).ratio(),
    )


def _plain(text: str) -> str:
    """A text without blanks that nobody sees."""
    return "\n".join(row.rstrip() for row in text.split("\n")).strip("\n")


def nothing(case: Case, *, tests: bool) -> Answered:
    """The measures where there is no answer: nothing was done, found or written."""
    return Answered(
        tests_passed=False if tests else None,
        faults_found=0.0 if case.faults else None,
        **(_NOT_WRITTEN if case.expected.strip() else {}),
    )


def _at(fault: tuple[str, int, int], found: Found) -> bool:
    path, first, last = fault
    return found.path == path and found.lines[0] <= last + NEAR and first - NEAR <= found.lines[1]


def _first(text: str) -> str:
    """The first line that says something, however it is spaced."""
    return next((" ".join(row.split()) for row in text.split("\n") if row.strip()), "")


def changes_of(answer: Answer, document: Document) -> tuple[FileChange, ...]:
    """What an answer would write: nothing, where it is none that writes."""
    if isinstance(answer, ChangeSet):
        return answer.files
    if isinstance(answer, Insertion) and answer.text:
        return (FileChange(document.path, document.text, (Edit(answer.span, answer.text),)),)
    return ()


def measured(run: Run, calls: Sequence[Call]) -> Run:
    """The run with what its calls took: their tokens and money are added up, and the time is that of the one
    that was answered, without the pauses between."""
    done = next((call for call in reversed(calls) if call.outcome in _ANSWERED), None)
    return replace(
        run,
        seconds=None if done is None or run.failed else done.seconds,
        first_token_seconds=None if done is None or run.failed else done.first_token_seconds,
        input_tokens=sum(call.usage.input_tokens for call in calls),
        cached_tokens=sum(call.usage.cached_tokens for call in calls),
        output_tokens=sum(call.usage.output_tokens for call in calls),
        cost_usd=sum(call.cost_usd for call in calls),
    )


def took(run: Run, calls: Sequence[Call]) -> Run:
    """The run of a job of several calls, some of them side by side: their tokens and money are added up, the
    time is that in which one of them was under way, and the first token that of the first to bring one."""
    whole = measured(run, calls)
    spans = sorted(
        (call.began, call.began + call.seconds, call.first_token_seconds)
        for call in calls
        if call.began is not None and call.outcome in _ANSWERED
    )
    if run.failed or not spans:
        return replace(whole, seconds=None, first_token_seconds=None)
    seconds, until = 0.0, spans[0][0]
    for began, ended, _ in spans:
        seconds += max(0.0, ended - max(began, until))
        until = max(until, ended)
    first = [began + token for began, _, token in spans if token is not None]
    return replace(whole, seconds=seconds, first_token_seconds=min(first) - spans[0][0] if first else None)


def of_use(run: Run) -> bool:
    """Whether there was an answer with which something can be done: changes that all can be made and parse no
    worse, an insertion, findings or words that could be read."""
    return not run.failed and run.answered.applies is not False and not run.answered.parses_worse


def same(one: Found, other: Found) -> bool:
    """Whether two findings are one: by their ids, or by what they are about."""
    if one.id and one.id == other.id:
        return True
    if (one.path, one.category) != (other.path, other.category):
        return False
    return one.lines[0] <= other.lines[1] and other.lines[0] <= one.lines[1]


def found_of(finding: Finding) -> Found:
    """A finding as a comparison knows it."""
    end = finding.end.line - (finding.end.column == 0 and finding.end.line > finding.start.line)
    lines = (finding.start.line + 1, end + 1)
    return Found(finding.id, finding.path, lines, finding.category, finding.title, finding.severity)


def _changes(answer: ChangeSet) -> Answered:
    diffs = diffs_of(answer.files)
    lost = [one for one in answer.dropped if one.reason not in _NOT_ASKED]
    given = sum(max(1, len(one.edits)) for one in answer.files) + len(lost)
    changed = sum(_changed(one.diff) for one in diffs)
    return Answered(
        quotes=given,
        absent=_absent(answer.dropped),
        edits=given,
        dropped=len(lost),
        applies=bool(diffs) and not lost,
        changed_lines=changed if diffs else None,
        text="".join(one.diff for one in diffs)[:_MOST] or answer.question[:_MOST],
    )


def _changed(diff: str) -> int:
    return sum(row[:1] in ("+", "-") and not row.startswith(("+++ ", "--- ")) for row in diff.split("\n"))


def _findings(answer: Findings) -> Answered:
    rows = [f"{one.severity} {one.path}:{one.start.line + 1} {one.title}" for one in answer.kept]
    return Answered(
        findings=tuple(map(found_of, answer.kept)),
        quotes=sum(1 + len(one.evidence) for one in answer.kept) + _absent(answer.dropped),
        absent=_absent(answer.dropped),
        text="\n".join(rows)[:_MOST],
    )


def _insertion(answer: Insertion, document: Document) -> Answered:
    diffs = diffs_of(changes_of(answer, document))
    return Answered(
        edits=int(bool(answer.text)),
        dropped=0,
        applies=bool(answer.text),
        changed_lines=sum(_changed(one.diff) for one in diffs) or None,
        text=answer.text[:_MOST],
    )


def _verdicts(answer: Verdicts) -> Answered:
    rows = [f"{one.claim}: {one.holds}: {one.why}" for one in answer.kept]
    quotes = sum(len(one.against) + len(one.support) for one in answer.kept)
    absent = _absent(answer.dropped)
    return Answered(quotes=quotes + absent, absent=absent, text="\n".join(rows)[:_MOST])


def _absent(dropped: Iterable[Dropped]) -> int:
    """How many of the places that an answer names or quotes are not there."""
    return sum(one.reason.endswith("absent") or one.reason.startswith("no-such") for one in dropped)
