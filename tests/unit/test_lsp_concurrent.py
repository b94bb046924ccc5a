"""Any change set on any text that is edited meanwhile: the buffer has both, or the file is left out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from counterpoint.answers import FileChange
from counterpoint.flows.applied import AppliedFile, follow, inverse
from counterpoint.index.edits import LineEdit
from counterpoint.lsp.client import Client
from counterpoint.lsp.documents import Change, Documents
from counterpoint.lsp.edits_to_lsp import Target, prepare
from counterpoint.lsp.positions import ENCODINGS, Encoding, client_position
from counterpoint.text import Document, Edit, Span, apply
from tests.e2e.lsp.buffers import edited

URI = "file:///w/a.py"
pieces = st.text(alphabet="ab\n\r\t漢😀", max_size=6)
texts = st.one_of(
    st.text(alphabet="ab\n\r\t漢😀", max_size=40),
    st.lists(st.sampled_from(["a\n", "b\n", "ab\r\n", "漢😀\n", "\n"]), max_size=10).map("".join),
)
encodings = st.sampled_from(ENCODINGS)


def spans(length: int) -> st.SearchStrategy[tuple[int, int]]:
    place = st.integers(0, length)
    return st.tuples(place, place).map(lambda ends: (min(ends), max(ends)))


def whole(text: str, at: int) -> int:
    """A place that is not between the two halves of a line's end: no client can name that."""
    return at - 1 if text[at - 1 : at + 1] == "\r\n" and at else at


@st.composite
def change_sets(draw: st.DrawFn, text: str) -> tuple[Edit, ...]:
    ends = sorted({whole(text, at) for at in draw(st.lists(st.integers(0, len(text)), max_size=8))})
    pairs = zip(ends[::2], ends[1::2], strict=False)
    return tuple(Edit(Span(start, end), draw(pieces)) for start, end in pairs)


@dataclass
class Cell:
    """A character: where it stood at first, or None for one that was typed since."""

    character: str
    origin: int | None


class Player:
    """A client whose user types, with every character known by where it comes from."""

    def __init__(self, text: str, encoding: Encoding) -> None:
        self.encoding = encoding
        self.documents = Documents(lambda uri: "a.py", encoding)
        self.documents.open(URI, "python", 1, text)
        self.cells = [Cell(character, at) for at, character in enumerate(text)]
        self.version = 1

    @property
    def text(self) -> str:
        return "".join(cell.character for cell in self.cells)

    def replace(self, start: int, end: int, new: str) -> tuple[Document, Document, list[LineEdit]]:
        """Type over a range, told as a range."""
        before = self.documents.get(URI)
        assert before is not None
        start, end = whole(self.text, start), whole(self.text, end)
        ends = tuple(client_position(before, at, self.encoding) for at in (start, end))
        self.cells[start:end] = [Cell(character, None) for character in new]
        self.version += 1
        log: list[LineEdit] = []
        after = self.documents.change(URI, self.version, [Change(new, (ends[0], ends[1]))], log)
        assert after is not None and after.text == self.text
        return before, after, log

    def expected(self, edits: Sequence[Edit]) -> str | None:
        """The text with both, by the characters that are left; None where one that is replaced is gone, or
        where something was typed between them."""
        parts: list[tuple[int, int, str]] = []
        where = {cell.origin: at for at, cell in enumerate(self.cells) if cell.origin is not None}
        for edit in edits:
            span = range(edit.span.start, edit.span.end)
            if any(at not in where for at in span):
                return None
            places = [where[at] for at in span]
            if places != list(range(places[0], places[0] + len(places))):
                return None
            parts.append((places[0], places[-1] + 1, edit.new))
        text = self.text
        for start, end, new in reversed(parts):
            text = text[:start] + new + text[end:]
        return text


def applied(player: Player, edits: Sequence[Edit], located: Document) -> tuple[str | None, Any]:
    """The buffer after our edit went the way into the editor; None where it was left out."""
    change = FileChange("a.py", located.text, tuple(edits), located.version)
    now = player.documents.get(URI)
    since = player.documents.since(URI, located.version)
    client = Client(encoding=player.encoding, applies_edits=True, document_changes=True)
    prepared = prepare([change], lambda one: Target(one, URI, now, since=since), client)
    if not prepared.paths:
        assert [one.reason for one in prepared.dropped] == ["moved-on"] and prepared.dropped[0].detail
        return None, prepared
    (document,) = prepared.edit.document_changes or ()
    rows = [
        {
            "range": {
                "start": {"line": one.range.start.line, "character": one.range.start.character},
                "end": {"line": one.range.end.line, "character": one.range.end.character},
            },
            "newText": one.new_text,  # type: ignore[union-attr]
        }
        for one in document.edits  # type: ignore[union-attr]
    ]
    return edited(player.text, rows, player.encoding), prepared


def replaced_somewhere(text: str, pairs: Sequence[tuple[str, str]]) -> set[str]:
    """The text with each old text, in order, replaced at some place where it stands."""
    if not pairs:
        return {text}
    (old, new), *others = pairs
    found = set()
    at = text.find(old)
    while at >= 0:
        rest = replaced_somewhere(text[at + len(old) :], others)
        found |= {f"{text[:at]}{new}{one}" for one in rest}
        at = text.find(old, at + 1)
    return found


@settings(max_examples=600, deadline=None)
@given(texts, encodings, st.data())
def test_the_buffer_has_both_or_the_file_is_left_out(
    text: str, encoding: Encoding, data: st.DataObject
) -> None:
    edits = tuple(one for one in data.draw(change_sets(text)) if one.span.start < one.span.end)
    player = Player(text, encoding)
    located = player.documents.get(URI)
    assert located is not None
    for _ in range(data.draw(st.integers(0, 6))):
        start, end = data.draw(spans(len(player.text)))
        if (start, end) != (0, len(player.text)):  # where all is replaced, the texts are compared
            player.replace(start, end, data.draw(pieces))
    if not edits:
        return
    result, _ = applied(player, edits, located)
    if player.text == text:  # however it has come about
        assert result == apply(text, edits)
    elif result is not None and (expected := player.expected(edits)) is not None:
        assert result == expected
    elif result is not None:  # typed anew, letter by letter as it was
        assert result in replaced_somewhere(
            player.text, [(text[e.span.start : e.span.end], e.new) for e in edits]
        )


@settings(max_examples=300, deadline=None)
@given(texts, encodings, st.data())
def test_what_is_typed_elsewhere_leaves_no_file_out(
    text: str, encoding: Encoding, data: st.DataObject
) -> None:
    """Lines that no edit touches may change as they like, without a file being left out for it."""
    # A lone CR may come to stand before an LF: then lines do not tell where things are.
    lines = text.replace("\r\n", "\n").replace("\r", "")
    text = f"top\n{lines}\nend\n"
    edit = Edit(Span(0, 3), "TOP")
    player = Player(text, encoding)
    located = player.documents.get(URI)
    assert located is not None
    for _ in range(data.draw(st.integers(1, 6))):
        size = len(player.text)
        start, end = data.draw(spans(size - 4))
        player.replace(max(4, start), max(4, end), data.draw(st.text(alphabet="ab漢😀", max_size=4)))
    result, _ = applied(player, [edit], located)
    assert result == "TOP" + player.text[3:]


@settings(max_examples=400, deadline=None)
@given(texts, encodings, st.data())
def test_reverted_what_was_typed_elsewhere_stays_and_the_rest_is_as_it_was(
    text: str, encoding: Encoding, data: st.DataObject
) -> None:
    edits = data.draw(change_sets(text))
    file = AppliedFile.of(FileChange("a.py", text, edits, 1))
    player = Player(text, encoding)
    # The client applies it, the last edit first, and then the user types.
    before = player.documents.get(URI)
    assert before is not None
    for number, edit in reversed([*enumerate(edits)]):
        told = player.replace(edit.span.start, edit.span.end, edit.new)
        for cell in player.cells[edit.span.start : edit.span.start + len(edit.new)]:
            cell.origin = -1 - number
        file = follow(file, *told)
    if player.text != apply(text, edits):
        return  # two halves of a line's end have met, and the client could not say what it did
    for _ in range(data.draw(st.integers(0, 4))):
        start, end = data.draw(spans(len(player.text)))
        file = follow(file, *player.replace(start, end, data.draw(pieces)))
    now = player.documents.get(URI)
    assert now is not None
    back = inverse([file], {"a.py": now})
    for change in back.files:
        assert len(edits) == len(change.edits) or back.dropped
        if now.text == apply(text, edits):  # however it has come about
            assert back.dropped or apply(now.text, change.edits) == text
            continue
        for one in change.edits:
            mine = [cell.origin for cell in player.cells[one.span.start : one.span.end]]
            if not mine:
                continue  # text that was only taken out: where it stood nothing is left to be known by
            if None in mine:  # typed anew, letter by letter as it was
                pairs = [(edit.new, text[edit.span.start : edit.span.end]) for edit in edits]
                assert (now.text[one.span.start : one.span.end], one.new) in pairs
                continue
            number = -1 - (mine[0] or 0)
            assert mine == [-1 - number] * len(edits[number].new), "all of an edit, and nothing else"
            assert one.new == text[edits[number].span.start : edits[number].span.end]


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_a_twin_line_put_in_front_is_not_taken_for_the_one_that_was_meant(encoding: Encoding) -> None:
    player = Player("a\nb\n", encoding)
    located = player.documents.get(URI)
    assert located is not None
    player.replace(0, 0, "a\n")
    assert applied(player, [Edit(Span(0, 1), "x")], located)[0] == "a\nx\nb\n"


def test_without_a_journal_the_texts_are_compared() -> None:
    player = Player("a\nb\n", "utf-8")
    located = player.documents.get(URI)
    assert located is not None
    player.replace(0, 0, "# typed\n")
    player.documents.open(URI, "python", 9, player.text)
    assert player.documents.since(URI, located.version) is None
    assert applied(player, [Edit(Span(2, 3), "B")], located)[0] == "# typed\na\nB\n"
