"""The corpus of model replies: the sound ones apply byte for byte, the broken ones change nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from counterpoint.changes import read_reply
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
