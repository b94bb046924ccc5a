"""Change sets that were applied: where they stand as texts change, what takes them back, what is told."""

from __future__ import annotations

from dataclasses import replace

import pytest

from counterpoint.answers import ChangeSet, FileChange
from counterpoint.flows.applied import (
    Applied,
    AppliedFile,
    arrived,
    covers,
    follow,
    inverse,
    lines_of,
    stands,
    taken,
)
from counterpoint.flows.conversing import (
    Conversation,
    Turn,
    answer,
    became,
    fenced,
    message_in,
    page,
    turn_of,
    words,
)
from counterpoint.flows.replacing import in_place_of
from counterpoint.index.edits import ALL, LineEdit
from counterpoint.tasks import EDIT
from counterpoint.text import Document, Edit, Situation, Span, apply

BEFORE = "one\ntwo\nthree\nfour\n"
EDITS = (Edit(Span(0, 3), "ONE"), Edit(Span(8, 13), "3\n3"))
AFTER = "ONE\ntwo\n3\n3\nfour\n"


def document(text: str, version: int = 1) -> Document:
    return Document.of("a.py", text, "python", version)


def stood(text: str = AFTER) -> AppliedFile:
    """The change set, in a text that has it."""
    return arrived(AppliedFile.of(FileChange("a.py", BEFORE, EDITS, 1)), document(text, 2))


def typed(file: AppliedFile, before: str, after: str, edit: LineEdit) -> AppliedFile:
    assert file.at is not None and file.at.text == before
    return follow(file, file.at, document(after, 3), (edit,))


def taken_back(file: AppliedFile, now: str | None) -> tuple[str | None, list[str]]:
    """The text with the inverse applied, and the reasons for what is left."""
    known = {} if now is None else {"a.py": file.at or document(now, 9)}
    back = inverse([file], known)
    reasons = [one.reason for one in back.dropped]
    return (apply(now or "", back.files[0].edits) if back.files else None), reasons


def test_it_stands_once_the_text_has_come() -> None:
    pending = AppliedFile.of(FileChange("a.py", BEFORE, EDITS, 1))
    assert arrived(pending, document(BEFORE)) is pending and not [*stands(pending)]
    file = stood()
    assert [(one.span, one.whole) for one in stands(file)] == [(Span(0, 3), True), (Span(8, 11), True)]
    assert lines_of(file, document(AFTER, 2)) == ((0, 0), (2, 3))
    assert [covers(file, Span(at, at)) for at in (0, 4, 8, 10, 12)] == [True, False, True, True, False]


def test_some_of_it_may_have_been_left_out() -> None:
    only = stood(apply(BEFORE, EDITS[1:]))
    assert [one.patch.edit for one in stands(only)] == [EDITS[1]]
    assert only.done == apply(BEFORE, EDITS[1:])
    assert taken_back(only, only.done) == (BEFORE, [])


@pytest.mark.parametrize(
    ("before", "now", "found"),
    [
        (BEFORE, AFTER, (0, 1)),
        (BEFORE, BEFORE, ()),
        (BEFORE, "ONE\n", None),
        ("aaaa", "aXaa", None),
    ],
)
def test_which_edits_made_a_text_is_found_by_the_text(
    before: str, now: str, found: tuple[int, ...] | None
) -> None:
    assert taken(before, EDITS if before == BEFORE else (), now) == found


def test_what_was_edited_inside_is_withheld_and_named() -> None:
    file = typed(stood(), AFTER, "ONE\ntwo\n3x\n3\nfour\n", LineEdit(2, 1, 2, 1, "x"))
    text, reasons = taken_back(file, "ONE\ntwo\n3x\n3\nfour\n")
    assert text == "one\ntwo\n3x\n3\nfour\n" and reasons == ["edited-since"]


def test_what_was_typed_right_behind_it_stays() -> None:
    file = typed(stood(), AFTER, "ONE # mine\ntwo\n3\n3\nfour\n", LineEdit(0, 3, 0, 3, " # mine"))
    text, reasons = taken_back(file, "ONE # mine\ntwo\n3\n3\nfour\n")
    assert text == "one # mine\ntwo\nthree\nfour\n" and reasons == []


def test_what_was_deleted_is_no_more_there_to_be_taken_back() -> None:
    file = typed(stood(), AFTER, "two\n3\n3\nfour\n", LineEdit(0, 0, 1, 0, ""))
    assert [one.patch.edit for one in stands(file)] == [EDITS[1]]
    text, reasons = taken_back(file, "two\n3\n3\nfour\n")
    assert text == "two\nthree\nfour\n" and reasons == ["edited-since"]


def test_undone_it_does_not_stand_and_redone_it_does() -> None:
    file = typed(stood(), AFTER, BEFORE, LineEdit(0, 0, ALL, 0, BEFORE))
    assert not [*stands(file)] and taken_back(file, BEFORE) == (None, [])
    again = typed(file, BEFORE, AFTER, LineEdit(0, 0, ALL, 0, AFTER))
    assert taken_back(again, AFTER) == (BEFORE, [])


def test_what_was_missed_is_not_guessed() -> None:
    edit = LineEdit(0, 0, 0, 0, "# x\n")
    lost = follow(stood(), document("elsewhere\n"), document(f"# x\n{AFTER}"), (edit,))
    assert not [*stands(lost)]
    assert taken_back(lost, f"# x\n{AFTER}") == (None, ["edited-since"])
    assert taken_back(lost, AFTER) == (BEFORE, []), "the very text has it, however it came about"


def test_told_at_once_with_what_was_typed_behind_it() -> None:
    pending = AppliedFile.of(FileChange("a.py", BEFORE, EDITS, 1))
    edits = (LineEdit(2, 0, 2, 5, "3\n3"), LineEdit(0, 0, 0, 3, "ONE"), LineEdit(0, 0, 0, 0, "# x\n"))
    file = follow(pending, document(BEFORE), document(f"# x\n{AFTER}", 2), edits)
    assert taken_back(file, f"# x\n{AFTER}") == (f"# x\n{BEFORE}", [])


def test_a_made_file_goes_while_nobody_has_touched_it() -> None:
    made = AppliedFile.of(FileChange("a.py", None, (Edit(Span(0, 0), "new\n"),)))
    (change,) = inverse([made], {"a.py": document("new\n")}).files
    assert change.deleted and change.before == "new\n"
    assert [one.reason for one in inverse([made], {"a.py": document("mine\n")}).dropped] == ["edited-since"]
    assert inverse([made], {}) == ChangeSet(())


def test_a_deleted_file_comes_back_and_a_moved_one_goes_back() -> None:
    gone = AppliedFile.of(FileChange("a.py", "old\n", (), deleted=True))
    (change,) = inverse([gone], {}).files
    assert change.before is None and change.edits[0].new == "old\n"
    assert [one.reason for one in inverse([gone], {"a.py": document("x")}).dropped] == ["exists"]
    moved = AppliedFile.of(FileChange("a.py", BEFORE, EDITS, moved_to="b.py"))
    assert (moved.path, moved.was) == ("b.py", "a.py")
    (change,) = inverse([moved], {"b.py": Document.of("b.py", AFTER, "python")}).files
    assert change.moved_to == "a.py" and apply(AFTER, change.edits) == BEFORE
    assert [one.reason for one in inverse([moved], {}).dropped] == ["absent"]


# -- another version in its place


def test_another_version_takes_the_place_of_one() -> None:
    back = inverse([stood()], {"a.py": document(AFTER, 2)}).files
    theirs = FileChange("a.py", BEFORE, (Edit(Span(4, 7), "TWO"),), reasons=("Louder",))
    (change,) = in_place_of(back, [theirs])
    assert change.before == AFTER and apply(AFTER, change.edits) == "one\nTWO\nthree\nfour\n"
    other = FileChange("b.py", None, (Edit(Span(0, 0), "b\n"),))
    assert [one.path for one in in_place_of(back, [other])] == ["a.py", "b.py"]


def test_a_file_that_both_make_or_delete_is_done_once() -> None:
    mine = FileChange("a.py", "mine\n", (), deleted=True)
    theirs = FileChange("a.py", None, (Edit(Span(0, 0), "theirs\n"),))
    (change,) = in_place_of([mine], [theirs])
    assert not change.deleted and apply("mine\n", change.edits) == "theirs\n"
    again = FileChange("a.py", None, (Edit(Span(0, 0), "old\n"),))
    assert in_place_of([again], [FileChange("a.py", "old\n", (), deleted=True)]) == ()


# -- what is told


def applied(file: AppliedFile) -> Applied:
    asked = Situation(document(BEFORE), Span(0, 0), instruction="Louder")
    return Applied("j1", EDIT, "gpt-5.5", asked, (file,), ("Shouting is fine",))


def test_what_is_in_doubt_stays_so_in_the_place_of_another_version() -> None:
    mine = FileChange("run.sh", "old\n", (), deleted=True)
    theirs = FileChange("run.sh", None, (Edit(Span(0, 0), "new\n"),), doubt="it is a script", doubts=("why",))
    (change,) = in_place_of([mine], [theirs])
    assert (change.doubt, change.doubts, change.deleted) == ("it is a script", ("why",), False)


def test_a_turn_tells_what_was_asked_and_done_and_assumed() -> None:
    turn = turn_of(applied(stood()))
    told, _ = words([(turn, "applied")])
    for text in ("Request: Louder", "-one", "+ONE", "It is in the file.", "You assumed: Shouting is fine"):
        assert text in told
    assert "The user took it back" in words([(turn, "reverted")])[0]
    assert "You asked: Which?" in words([(Turn("Do", "j2", question="Which?"), "")])[0]
    assert "Nothing was changed." in words([(Turn("Do", "j2"), "")])[0]


def test_of_a_long_conversation_the_newest_turns_are_told() -> None:
    turns = [(Turn(f"Request {number} {'x' * 5_000}", f"j{number}"), "") for number in range(9)]
    told, _ = words(turns)
    assert (
        "Request 8" in told and "Request 0 " not in told and told.index("Request 7") < told.index("Request 8")
    )


@pytest.mark.parametrize(
    ("file", "choice", "found"),
    [
        (stood(), "", "applied"),
        (stood(), "kept", "kept"),
        (stood(), "reverted", "reverted"),
        (typed(stood(), AFTER, AFTER.replace("ONE", "1NE"), LineEdit(0, 0, 0, 1, "1")), "", "edited"),
        (typed(stood(), AFTER, BEFORE, LineEdit(0, 0, ALL, 0, BEFORE)), "", "gone"),
    ],
)
def test_what_became_of_it_is_what_the_text_says(file: AppliedFile, choice: str, found: str) -> None:
    assert became(applied(file), choice) == found
    assert became(None, choice) == (choice or "applied")


def test_a_conversation_forgets_its_oldest_turns() -> None:
    conversation = Conversation("c", "file:///a.py")
    for number in range(60):
        conversation = conversation.with_turn(Turn(f"{number}", f"j{number}"))
    assert [one.request for one in conversation.turns][:1] == ["20"] and len(conversation.turns) == 40


def test_an_answer_reads_as_markdown() -> None:
    turn = replace(turn_of(applied(stood())), question="")
    text = answer(turn, ["b.py (absent)"], "A stand-in.")
    for part in ("```diff\n", "- Shouting is fine", "- b.py (absent)", "A stand-in."):
        assert part in text
    assert answer(Turn("x", "j"), []) == "Nothing needed to change."
    assert answer(Turn("x", "j"), ["y"]).startswith("Nothing could be applied.")
    assert answer(Turn("x", "j", question="Which?"), []) == "Which?"
    assert fenced("a\n```\nb", "diff").startswith("````diff\n")


@pytest.mark.parametrize(
    ("said", "found"),
    [
        ("Do this.\n", "Do this."),
        ("Do this.\n\n```md\n## GPT-5.5\n```\n", "Do this.\n\n```md\n## GPT-5.5\n```"),
        ("Do this.\n\n## GPT-5.5\n\nDone.\n", ""),
        ("Do this.\n\n## GPT-5.5\n\nDone.\n\n## You\n\nAnd that.", "And that."),
        ("  \n", ""),
    ],
)
def test_the_message_is_what_stands_under_the_last_heading_of_the_user(said: str, found: str) -> None:
    assert message_in(page("a.py", "shop") + said) == found
    assert message_in((page("a.py", "shop") + said).replace("\n", "\r\n")) == found.replace("\n", "\r\n")


def test_a_page_without_its_headings_has_no_message() -> None:
    assert message_in("# Pair\n\nDo this.\n") == ""
