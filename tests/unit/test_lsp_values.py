"""Findings, edits, jobs and prices as the server handles them, without a wire."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import pytest
from lsprotocol import types

from counterpoint.answers import Evidence, FileChange, Finding, Fix, QuoteEdit
from counterpoint.flows.doubts import apart
from counterpoint.lsp import explaining, preview, to_lsp
from counterpoint.lsp.client import Client
from counterpoint.lsp.edits_to_lsp import Target, prepare
from counterpoint.lsp.findings import Shown
from counterpoint.lsp.jobs import Jobs, Superseded
from counterpoint.lsp.price import duration, money, offer
from counterpoint.lsp.server import COMMANDS, FEATURES, handler, load_all
from counterpoint.tasks import EDIT
from counterpoint.text import Document, Edit, Position, Span


def _finding(**changed: Any) -> Finding:
    plain: dict[str, Any] = {
        "id": "f1", "path": "a.py", "start": Position(1, 0), "end": Position(1, 3), "severity": "P1",
        "confidence": 0.9, "category": "logic", "lens": "correctness", "title": "Wrong", "body": "Because.",
        "status": "unverified", "model": "Opus 4.7",
    }  # fmt: skip
    return Finding(**{**plain, **changed})


def _doc(text: str, version: int = 1) -> Document:
    return Document.of("a.py", text, "python", version)


def test_findings_follow_their_code() -> None:
    base = _doc("one\ntwo\nthree\n")
    shown = Shown()
    shown.put("k", "review", base, [_finding()])
    assert [one.span for one in shown.placed("k", None)] == [Span(4, 7)]
    (moved,) = shown.placed("k", _doc("zero\none\ntwo\nthree\n"))
    assert moved.span == Span(9, 12)
    (found_again,) = shown.placed("k", _doc("zero\none\n    two\nthrees\n"))
    assert found_again.span == Span(13, 16)
    assert shown.placed("k", _doc("one\nTWO\nthree\n")) == ()
    assert shown.at("k", base, 5) == (_finding(),)
    assert shown.at("k", base, 9) == ()
    assert shown.find("f1") == _finding() and shown.find("f2") is None
    assert shown.base("k", "review") is base and shown.base("k", "static") is None
    shown.dismiss("f1")
    assert shown.placed("k", base) == ()


def test_one_finding_of_two_producers_is_shown_once() -> None:
    shown = Shown()
    for producer in ("static", "review"):
        shown.put("k", producer, _doc("one\ntwo\n"), [_finding()])
    assert len(shown.placed("k", None)) == 1
    shown.forget("k", "static")
    shown.forget("k", "static")
    shown.forget("other", "static")
    assert shown.keys() == ("k",)


@pytest.mark.parametrize(
    ("changed", "severity"),
    [
        ({"severity": "P0"}, types.DiagnosticSeverity.Error),
        ({"severity": "P2"}, types.DiagnosticSeverity.Warning),
        ({"severity": "P3"}, types.DiagnosticSeverity.Information),
        ({"severity": "P0", "status": "contested"}, types.DiagnosticSeverity.Hint),
        ({"severity": "P0", "status": "stale"}, types.DiagnosticSeverity.Hint),
    ],
)
def test_severities(changed: dict[str, Any], severity: types.DiagnosticSeverity) -> None:
    made = to_lsp.diagnostic(_finding(**changed), _doc("a\nbcd\n"), Span(2, 5), Client(), str)
    assert made.severity == severity
    assert made.related_information is None


def test_a_fix_survives_the_way_through_the_client() -> None:
    fix = Fix("Do it", (QuoteEdit("a.py", "old", "new", 3), QuoteEdit("b.py", "", "x")), ("parses",))
    finding = _finding(fix=fix, evidence=(Evidence("b.py", 2, "  quoted\nmore"),))
    client = Client(related_information=True)
    made = to_lsp.diagnostic(finding, _doc("a\nbcd\n"), Span(2, 5), client, lambda path: f"file:///{path}")
    assert to_lsp.fix_from(made.data) == fix
    assert made.related_information is not None
    (related,) = made.related_information
    assert (related.location.uri, related.message) == ("file:///b.py", "quoted")


@pytest.mark.parametrize(
    ("changed", "offered"),
    [
        ({}, False),
        ({"rule": "py-x", "status": "static"}, True),
        ({"fix": Fix("Do it", (), ("applies",))}, True),
        ({"fix": Fix("Do it", (), ("applies",)), "status": "stale"}, False),
    ],
)
def test_only_proven_fixes_are_offered(changed: dict[str, Any], offered: bool) -> None:
    finding = _finding(**{"fix": Fix("Do it", (QuoteEdit("a.py", "old", "new"),)), **changed})
    made = to_lsp.diagnostic(finding, _doc("a\nbcd\n"), Span(2, 5), Client(), str)
    data: Any = made.data
    assert (data["fix"] is not None) is offered


def test_a_demoted_kind_is_a_hint_and_says_so() -> None:
    made = to_lsp.diagnostic(_finding(), _doc("a\nbcd\n"), Span(2, 5), Client(), str, demoted=True)
    assert made.severity == types.DiagnosticSeverity.Hint
    assert "seldom of use" in made.message


@pytest.mark.parametrize(
    "data",
    [None, 1, [], {}, {"fix": None}, {"fix": {"edits": []}}, {"fix": {"edits": [1]}}, {"fix": {"edits": "x"}},
     {"fix": {"edits": [{"path": 1, "old": "", "new": ""}]}}],
)  # fmt: skip
def test_foreign_data_is_no_fix(data: Any) -> None:
    assert to_lsp.fix_from(data) is None


def test_why_says_by_whom_at_what_cost_and_how_to_dismiss() -> None:
    text = explaining.why(_finding(evidence=(Evidence("b.py", 2, "quoted"),)), "It cost $0.010.")
    assert "`b.py:2` `quoted`" in text and "Opus 4.7" in text and "`f1`" in text and "$0.010" in text
    looked = explaining.why(_finding(status="verified", verifier="Sonnet", said="So it is."))
    assert "Sonnet looked again: So it is." in looked
    assert "rule `py-x`" in explaining.why(_finding(rule="py-x", body=""))


OLD = "one\ntwo\n"
CHANGE = FileChange("a.py", OLD, (Edit(Span(4, 7), "TWO"),), 1, ("Louder",))


def _target(now: Document | None, change: FileChange = CHANGE) -> Any:
    return lambda asked: Target(change, "file:///a.py", now)


FULL = Client(document_changes=True, annotations=True, creates_files=True)


def test_edits_come_with_the_version_they_are_for() -> None:
    made = prepare([CHANGE], _target(_doc("zero\none\ntwo\n", 4)), FULL)
    assert made.edit.document_changes is not None
    (change,) = made.edit.document_changes
    assert isinstance(change, types.TextDocumentEdit)
    assert change.text_document.version == 4
    assert change.edits[0].range.start == types.Position(2, 0)


@pytest.mark.parametrize(
    ("change", "now", "client", "reason"),
    [
        (CHANGE, _doc("one\ntwice\n"), FULL, "moved-on"),
        (CHANGE, None, FULL, "absent"),
        (FileChange("a.py", None, (Edit(Span(0, 0), "x"),)), None, Client(), "unsupported"),
        (FileChange("a.py", None, (Edit(Span(0, 0), "x"),)), _doc("y"), FULL, "exists"),
    ],
)
def test_what_cannot_be_written_is_left_out(
    change: FileChange, now: Document | None, client: Client, reason: str
) -> None:
    made = prepare([change], _target(now, change), client)
    assert made.paths == () and [item.reason for item in made.dropped] == [reason]


def test_confirmation_is_asked_where_the_change_says_so() -> None:
    risky = FileChange("a.py", OLD, CHANGE.edits, 1, ("Breaks callers",), doubt="a caller may break")
    made = prepare([risky], _target(_doc(OLD), risky), FULL)
    assert made.edit.change_annotations is not None
    (note,) = made.edit.change_annotations.values()
    assert note.needs_confirmation and note.label == "Breaks callers"


def test_an_edit_in_doubt_has_an_annotation_of_its_own() -> None:
    edits = (Edit(Span(0, 3), "ONE"), Edit(Span(4, 7), "TWO"))
    mixed = FileChange("a.py", OLD, edits, 1, ("Louder", "Louder"), doubts=("", "not asked for"))
    made = prepare([mixed], _target(_doc(OLD), mixed), FULL)
    assert made.edit.change_annotations is not None
    notes = [(one.label, one.needs_confirmation) for one in made.edit.change_annotations.values()]
    assert notes == [("Louder", False), ("Louder", True)]
    assert [one.description for one in made.edit.change_annotations.values()] == [
        "a.py",
        "a.py: not asked for",
    ]


WHOLE = Client(
    document_changes=True, annotations=True, creates_files=True, moves_files=True, deletes_files=True
)


def test_a_file_is_moved_with_its_edits_and_deleted_without() -> None:
    moved = FileChange("a.py", OLD, CHANGE.edits, 1, moved_to="b.py", doubt="why not")
    gone = FileChange("c.py", OLD, (), 1, deleted=True, doubt="the file is deleted")

    def find(change: FileChange) -> Target:
        return Target(change, f"file:///{change.path}", _doc(OLD), "file:///b.py" if change is moved else "")

    made = prepare([moved, gone], find, WHOLE).edit
    assert made.document_changes is not None and made.change_annotations is not None
    kinds = [type(one).__name__ for one in made.document_changes]
    assert kinds == ["TextDocumentEdit", "RenameFile", "DeleteFile"]
    rename, delete = made.document_changes[1:]
    assert isinstance(rename, types.RenameFile) and isinstance(delete, types.DeleteFile)
    assert (rename.old_uri, rename.new_uri) == ("file:///a.py", "file:///b.py")
    for one in (rename, delete):
        assert one.annotation_id is not None and made.change_annotations[one.annotation_id].needs_confirmation


@pytest.mark.parametrize("way", [{"moved_to": "b.py"}, {"deleted": True}])
def test_a_client_that_cannot_move_or_delete_is_not_asked_to(way: dict[str, Any]) -> None:
    change = FileChange("a.py", OLD, (), 1, **way)
    made = prepare([change], _target(_doc(OLD), change), FULL)
    assert made.paths == () and [item.reason for item in made.dropped] == ["unsupported"]


def test_a_file_that_was_edited_meanwhile_is_not_deleted() -> None:
    gone = FileChange("a.py", OLD, (), 1, deleted=True)
    made = prepare([gone], _target(_doc("zero\none\ntwo\n", 4), gone), WHOLE)
    assert made.paths == () and [item.reason for item in made.dropped] == ["moved-on"]


def test_what_is_in_doubt_is_taken_apart_from_the_rest_edit_by_edit() -> None:
    edits = (Edit(Span(0, 3), "ONE"), Edit(Span(4, 7), "TWO"))
    mixed = FileChange("a.py", OLD, edits, 1, ("first", "second"), doubts=("", "not asked for"))
    sure, doubtful = apart([CHANGE, mixed, replace(CHANGE, path="b.py", doubt="it is part of CI")])
    assert [(one.path, one.reasons) for one in sure] == [("a.py", ("Louder",)), ("a.py", ("first",))]
    assert [(one.path, len(one.edits)) for one in doubtful] == [("a.py", 1), ("b.py", 1)]
    text = preview.page(doubtful)
    assert "Not asked for." in text and "+TWO" in text and "-two" in text and "It is part of CI." in text


@pytest.mark.asyncio
async def test_the_newest_job_wins() -> None:
    jobs = Jobs()
    ended: list[str] = []

    async def work(name: str) -> str:
        try:
            await asyncio.sleep(0.05)
        except asyncio.CancelledError:
            ended.append(name)
            raise
        return name

    older = asyncio.create_task(jobs.newest("k", work("older"), "j1"))
    await asyncio.sleep(0.01)
    assert jobs.busy()
    assert await jobs.newest("k", work("newer")) == "newer"
    with pytest.raises(Superseded):
        await older
    assert ended == ["older"] and not jobs.busy()


@pytest.mark.asyncio
async def test_cancelling_who_waits_cancels_the_work() -> None:
    jobs = Jobs()
    waiting = asyncio.create_task(jobs.newest("k", asyncio.sleep(60), "j1"))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert jobs.cancel() == 0
    stopped = asyncio.create_task(jobs.newest("k", asyncio.sleep(60), "j2"))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert jobs.cancel("j1") == 0 and jobs.cancel("j2") == 1
    with pytest.raises(Superseded):
        await stopped


@pytest.mark.parametrize(
    ("low", "high", "said"),
    [(0, 0, "free"), (0, 0.004, "under $0.01"), (0.001, 0.2, "$0.01-0.20"), (0.1, 0.101, "$0.10")],
)
def test_money(low: float, high: float, said: str) -> None:
    assert money(low, high) == said


@pytest.mark.parametrize(
    ("seconds", "said"), [(0.2, "~1 s"), (4.4, "~4 s"), (34, "~30 s"), (58, "~1 min"), (170, "~3 min")]
)
def test_duration(seconds: float, said: str) -> None:
    assert duration(seconds) == said


def test_nothing_is_offered_before_the_workspace_is_open() -> None:
    assert offer(None, (), EDIT, 100).note == ""


def test_every_registered_name_is_a_function() -> None:
    load_all()
    for name in (*COMMANDS.values(), *(name for _, name, _ in FEATURES)):
        assert callable(handler(name))
