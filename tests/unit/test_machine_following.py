"""What edits do to machine-written text of an open document: every case is one that tools get wrong."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from counterpoint.flows.changes import changes_of
from counterpoint.flows.tracking import Tracking
from counterpoint.index.edits import ALL, LineEdit
from counterpoint.reviewing.machine import Origin
from counterpoint.text import Document, Edit, Span

HEAD = "import os\n\n\ndef total(rows):\n"
OURS = "    found = sum(row.price for row in rows)\n    return found\n"
TAIL = "\n\ndef other(rows):\n    return len(rows)\n"
BY = Origin("j1", "GPT-5.5", "complete", 1.0)


def doc(text: str, path: str = "a.py") -> Document:
    return Document.of(path, text, "python")


class Editor:
    """Follows one document; `ours` is what is said to be machine-written."""

    def __init__(
        self, text: str, ours: str = "", path: str = "a.py", tracking: Tracking | None = None
    ) -> None:
        self.tracking = tracking or Tracking()
        self.now = doc(text, path)
        self.tracking.opened(self.now)
        self.tracking.found(self.now, ())
        if ours:
            at = text.index(ours)
            self.tracking.wrote(self.now, at, at + len(ours), BY)

    def becomes(self, text: str, edits: Sequence[LineEdit] = ()) -> Editor:
        after = doc(text, self.now.path)
        self.tracking.changed(self.now, after, edits)
        self.now = after
        return self

    @property
    def ours(self) -> list[str]:
        runs = self.tracking.runs(self.now)
        assert runs is not None
        return ["".join(self.now.text[run.start : run.end].split()) for run in runs]


def bare(text: str) -> str:
    return "".join(text.split())


ALL_OF_IT = [bare(OURS)]


def test_text_typed_before_and_behind_moves_what_a_model_wrote() -> None:
    editor = Editor(HEAD + OURS + TAIL, OURS)
    assert editor.becomes("# one\n" + HEAD + OURS + TAIL).ours == ALL_OF_IT
    assert editor.becomes("# one\n" + HEAD + OURS + TAIL + "x = 1\n").ours == ALL_OF_IT


def test_what_a_human_types_within_it_is_the_humans() -> None:
    editor = Editor(HEAD + OURS + TAIL, OURS)
    edit = LineEdit(4, 17, 4, 17, "abs(")
    mixed = OURS.replace("sum(row", "sum(abs(row")
    assert editor.becomes(HEAD + mixed.replace("sum(abs(", "sum(abs(") + TAIL, [edit]).ours == [
        "found=sum(",
        bare("row.price for row in rows)\n    return found\n"),
    ]


def test_what_was_deleted_and_undone_is_the_models_again() -> None:
    editor = Editor(HEAD + OURS + TAIL, OURS)
    assert editor.becomes(HEAD + TAIL).ours == []
    assert editor.becomes(HEAD + OURS + TAIL).ours == ALL_OF_IT


def test_single_keys_that_delete_are_undone_as_one() -> None:
    editor = Editor(HEAD + OURS, OURS)
    for count in range(1, 6):
        editor.becomes((HEAD + OURS)[:-count])
    assert editor.becomes(HEAD + OURS).ours == ALL_OF_IT


def test_cut_and_pasted_into_another_file_it_keeps_its_author() -> None:
    here = Editor(HEAD + OURS + TAIL, OURS)
    there = Editor("x = 1\n", path="b.py", tracking=here.tracking)
    here.becomes(HEAD + TAIL)
    indented = "".join(f"    {line}" for line in OURS.splitlines(keepends=True))
    assert there.becomes(f"x = 1\nif x:\n{indented}").ours == ALL_OF_IT
    assert here.ours == []


def test_moved_within_one_change_it_keeps_its_author() -> None:
    other = "    rows = list(rows)\n    check(rows, strict=True)\n"
    editor = Editor(HEAD + OURS + other + TAIL, OURS)
    assert editor.becomes(HEAD + other + OURS + TAIL).ours == ALL_OF_IT


def test_a_formatter_changes_no_author() -> None:
    ours = "    found = compute(rows, key='price', default=None)\n"
    now = '    found = compute(\n        rows,\n        key="price",\n        default=None,\n    )\n'
    editor = Editor(HEAD + ours + TAIL, ours)
    assert editor.becomes("import os\n\n\ndef total(\n    rows,\n):\n" + now + TAIL).ours == [bare(now)]
    assert editor.becomes(HEAD + ours + TAIL).ours == [bare(ours)]


def test_a_copy_of_it_is_machine_written_too() -> None:
    editor = Editor(HEAD + OURS + TAIL, OURS)
    assert editor.becomes(HEAD + OURS + TAIL + OURS).ours == ALL_OF_IT * 2


def test_what_a_human_typed_like_it_is_not() -> None:
    editor = Editor(HEAD + OURS + TAIL, OURS)
    text = HEAD + OURS + TAIL
    for letter in OURS:
        text += letter
        editor.becomes(text)
    assert editor.ours == ALL_OF_IT


def test_an_edit_of_ours_is_the_models_where_it_is_new_and_only_there() -> None:
    editor = Editor(HEAD + "    return 1\n" + TAIL)
    start = len(HEAD)
    new = "    check(rows)\n    return 1\n"
    span = Span(start, start + len("    return 1\n"))
    editor.tracking.applying("a.py", editor.now.text, [Edit(span, new)], BY)
    assert editor.becomes(HEAD + new + TAIL).ours == ["check(rows)"]


def test_an_edit_of_ours_is_known_although_the_user_typed_meanwhile() -> None:
    editor = Editor(HEAD + TAIL)
    editor.tracking.applying("a.py", editor.now.text, [Edit(Span(len(HEAD), len(HEAD)), OURS)], BY)
    editor.becomes("# mine\n" + HEAD + TAIL)
    assert editor.becomes("# mine\n" + HEAD + OURS + TAIL).ours == ALL_OF_IT


def test_a_new_file_of_ours_is_ours_when_it_is_opened() -> None:
    tracking = Tracking()
    tracking.applying("new.py", "", [Edit(Span(0, 0), OURS)], BY)
    assert Editor(OURS, path="new.py", tracking=tracking).ours == ALL_OF_IT


def test_what_is_looked_up_late_is_carried_to_the_text_as_it_is_by_then() -> None:
    tracking = Tracking()
    first = doc(HEAD + OURS + TAIL)
    tracking.opened(first)
    at = len(HEAD)
    now = doc("# typed\n" + HEAD + OURS + TAIL + "done = True\n")
    tracking.changed(first, now)
    assert tracking.runs(now) is None
    tracking.wrote(now, now.text.index("done"), len(now.text), Origin("j2", "GPT-5.5", "complete", 2.0))
    from counterpoint.reviewing.machine import Run

    tracking.found(first, (Run(at, at + len(OURS), BY),))
    runs = tracking.runs(now)
    assert runs is not None
    assert [(now.text[one.start : one.end].strip(), one.origin.job) for one in runs] == [
        (OURS.strip(), "j1"),
        ("done = True", "j2"),
    ]


def test_a_large_change_is_left_for_a_thread_and_nothing_is_lost_meanwhile() -> None:
    editor = Editor(HEAD + OURS + TAIL, OURS)
    many = "".join(f"name_{at} = {at}\n" for at in range(200))
    assert editor.tracking.changed(editor.now, doc(many + HEAD + OURS + TAIL))
    editor.now = doc(many + HEAD + OURS + TAIL)
    work = editor.tracking.unsettled("a.py")
    assert work is not None
    typed = doc(many + HEAD + OURS + TAIL + "x = 1\n")
    editor.tracking.changed(editor.now, typed)
    assert editor.tracking.settled(work, work.runs())
    editor.now = typed
    assert editor.ours == ALL_OF_IT


@pytest.mark.parametrize(
    ("edits", "after", "count"),
    [
        ([LineEdit(0, 1, 0, 2, "X")], "aXc\ndef\n", 1),
        ([LineEdit(1, 0, 1, 1, "D"), LineEdit(0, 0, 0, 1, "A")], "Abc\nDef\n", 2),
        ([LineEdit(0, 0, 0, 1, "A"), LineEdit(1, 0, 1, 1, "D")], "Abc\nDef\n", 1),
        ([LineEdit(0, 0, ALL, 0, "new\n")], "new\n", 1),
        ([LineEdit(2, 0, 2, 0, "ghi\n")], "abc\ndef\nghi\n", 1),
        ([LineEdit(0, 3, 1, 0, "")], "abcdef\n", 1),
        ([LineEdit(0, 0, 0, 1, "told wrongly")], "abc\ndeX\n", 1),
        ([], "abc\ndef\n", 0),
    ],
)
def test_edits_are_ranges_of_the_text_before_them(edits: list[LineEdit], after: str, count: int) -> None:
    before = doc("abc\ndef\n")
    found = changes_of(before, doc(after), edits)
    assert len(found) == count
    text = before.text
    for one in sorted(found, key=lambda change: -change.start):
        text = text[: one.start] + one.new + text[one.end :]
    assert text == after
