"""The corpus of model replies: the sound ones apply byte for byte, the broken ones change nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from counterpoint.answers import QuoteEdit
from counterpoint.changes import change_set, read_reply
from counterpoint.text import Document, apply, language_of
from tests.replyfiles import Reply, read_replies

CASES = Path(__file__).parents[1] / "cases" / "replies"
REPLIES = [reply for page in sorted(CASES.glob("*.md")) for reply in read_replies(page)]


class Held:
    """The files of a case."""

    def __init__(self, files: dict[str, str]) -> None:
        self.files = files

    def read(self, path: str) -> Document | None:
        text = self.files.get(path)
        return None if text is None else Document.of(path, text, language_of(path), 1)

    def paths(self) -> list[str]:
        return list(self.files)


def test_there_are_enough_of_both_kinds() -> None:
    assert len(REPLIES) >= 200
    assert len({reply.name for reply in REPLIES}) == len(REPLIES)
    assert sum(bool(reply.refused) for reply in REPLIES) >= 80
    assert sum(not reply.refused for reply in REPLIES) >= 110


@pytest.mark.parametrize("reply", REPLIES, ids=lambda reply: reply.name)
def test_a_reply_is_applied_byte_for_byte_or_not_at_all(reply: Reply) -> None:
    held = Held(reply.before)
    document = held.read(reply.document)
    assert document is not None
    made = read_reply(reply.text, document, held)
    if reply.refused:
        assert made.files == ()
        assert {one.reason for one in made.dropped} == set(reply.refused)
        return
    result = dict(reply.before)
    for change in made.files:
        assert result.pop(change.path, None) == change.before
        if not change.deleted:
            result[change.moved_to or change.path] = apply(change.before or "", change.edits)
    assert [one for one in made.dropped if one.reason != "no-change"] == []
    assert result == reply.after
    assert result != reply.before


def test_what_is_said_of_an_edit_goes_along_with_it() -> None:
    reply = """{"assumptions": ["both"], "question": "", "moves": [], "deletes": [], "edits": [
      {"path": "a.py", "line": 2, "old": "b = 2", "new": "b = 3", "reason": "second", "extra": true},
      {"path": "a.py", "line": 1, "old": "a = 1", "new": "a = 2", "reason": "first", "extra": false}]}"""
    held = Held({"a.py": "a = 1\nb = 2\n"})
    document = held.read("a.py")
    assert document is not None
    made = read_reply(reply, document, held)
    [change] = made.files
    assert (change.reasons, change.extras) == (("first", "second"), (False, True))
    assert (made.assumptions, change.version) == (("both",), 1)


def test_where_the_model_must_know_something_first_nothing_is_changed() -> None:
    held = Held({"a.py": "a = 1\n"})
    document = held.read("a.py")
    assert document is not None
    edit = '{"path": "a.py", "line": 1, "old": "a = 1", "new": "a = 2", "reason": "", "extra": false}'
    made = read_reply(f'{{"question": " Which? ", "edits": [{edit}]}}', document, held)
    assert (made.files, made.question, made.dropped) == ((), "Which?", ())
    assert read_reply('{"assumptions": [], "edits": []}', document, held).dropped == ()


def test_edits_known_by_their_quotes_are_applied_together_or_not_at_all() -> None:
    held = Held({"a.py": "a = 1\nb = 2\n"})
    document = held.read("a.py")
    assert document is not None
    good, bad = QuoteEdit("a.py", "a = 1", "a = 2", 1, "why"), QuoteEdit("a.py", "c = 3", "c = 4")
    assert len(change_set([good], document, held).files) == 1
    made = change_set([good, bad], document, held)
    assert (made.files, [one.reason for one in made.dropped]) == ((), ["absent"])
