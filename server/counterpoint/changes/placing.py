"""Hunks find their place in a document and become edits of it, or are refused."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from counterpoint.changes.lines import BOM, Match, Rows, find, indent_of, stands
from counterpoint.changes.values import Hunk, Line, Refused, head_of
from counterpoint.locate import reindented
from counterpoint.text import Document, Edit, Span

_NEAR = 3


@dataclass(frozen=True, slots=True)
class Placed:
    """Edits that belong together, and all of the text that they quote."""

    quoted: Span
    edits: tuple[Edit, ...]
    reason: str = ""
    extra: bool = False


def place_hunk(document: Document, hunk: Hunk) -> Placed:
    """A hunk's edits. Raises Refused: `absent`, `ambiguous`."""
    marked = any(line.text.startswith(BOM) for line in hunk.lines)
    rows = Rows.of(document.text, marked=marked)
    wanted = [line.text for line in hunk.lines if line.sign != "+"]
    verbatim = any(line.text.endswith("\r") for line in hunk.lines)
    if not wanted:
        match = Match(_insertion_point(document, rows, hunk))
    elif hunk.exact and hunk.old_start is not None and stands(rows, wanted, hunk.old_start - 1):
        match = Match(hunk.old_start - 1)
    else:
        match = _chosen(document, rows, hunk, wanted, find(rows, wanted, verbatim=verbatim))
    return Placed(
        rows.span(match.first, match.first + len(wanted)),
        tuple(_edits(rows, hunk, match, verbatim)),
    )


def _insertion_point(document: Document, rows: Rows, hunk: Hunk) -> int:
    """Where lines come that have nothing round them: only a header that adds up can say."""
    if not document.text.strip("\ufeff \t\r\n"):
        return 0
    if hunk.at_end:
        return len(rows.rows)
    if hunk.exact and hunk.old_start is not None:
        if hunk.old_start > len(rows.rows):
            raise Refused("absent", f"{document.path}: line {hunk.old_start}")
        return hunk.old_start
    raise Refused("ambiguous", f"{document.path}: new lines with nothing quoted round them")


def _chosen(
    document: Document, rows: Rows, hunk: Hunk, wanted: Sequence[str], places: Sequence[Match]
) -> Match:
    said = f"{document.path}: {head_of(chr(10).join(wanted))}"
    if not places:
        raise Refused("absent", said)
    if len(places) > 1 and (hunk.at_end or any(line.bare for line in hunk.lines if line.sign != "+")):
        places = [one for one in places if one.first + len(wanted) == len(rows.rows)] or places
    if len(places) > 1 and hunk.heads:
        places = _within(rows, hunk.heads, places) or places
    if len(places) > 1 and hunk.old_start is not None:
        away = [abs(one.first + 1 - hunk.old_start) for one in places]
        reach = 0 if 0 in away else _NEAR
        places = [one for one, lines in zip(places, away, strict=True) if lines <= reach]
    if len(places) != 1:
        raise Refused("ambiguous", said)
    return places[0]


def _within(rows: Rows, heads: Sequence[str], places: Sequence[Match]) -> list[Match]:
    """Places inside what the heads name, each within the one before."""
    scopes = [(0, len(rows.rows))]
    for head in heads:
        scopes = [
            (number, min(end, _end_of(rows, number)))
            for start, end in scopes
            for number in range(start, end)
            if rows.rows[number].strip().startswith(head)
        ]
    return [one for one in places if any(start <= one.first < end for start, end in scopes)]


def _end_of(rows: Rows, number: int) -> int:
    """Where what a line begins ends: it goes on for as long as lines are deeper, or close it."""
    depth = len(indent_of(rows.rows[number]).expandtabs(4))
    end = number + 1
    while end < len(rows.rows):
        row = rows.rows[end]
        if row.strip() and len(indent_of(row).expandtabs(4)) <= depth and row.lstrip()[0] not in ")]}":
            break
        end += 1
    return end


def _edits(rows: Rows, hunk: Hunk, match: Match, verbatim: bool) -> list[Edit]:
    """One edit for each run of lines that go or come; what is only quoted stays as the document has it."""
    edits: list[Edit] = []
    at = match.first
    gone: list[Line] = []
    new: list[Line] = []
    for line in (*hunk.lines, None):
        if line is not None and line.sign == "-":
            gone.append(line)
        elif line is not None and line.sign == "+":
            new.append(line)
        else:
            if gone or new:
                edits.append(_run(rows, at, gone, new, match, verbatim))
                at += len(gone)
                gone, new = [], []
            at += 1
    return [edit for edit in edits if edit.new != "" or edit.span.start != edit.span.end]


def _run(
    rows: Rows, first: int, gone: Sequence[Line], new: Sequence[Line], match: Match, verbatim: bool
) -> Edit:
    last = first + len(gone)
    texts = [line.text for line in new]
    if match.indents:
        texts = reindented("\n".join(texts), match.indents).split("\n") if texts else []
    if not verbatim and rows.end == "\n":
        # Each new line ends as the one it stands for, or follows.
        texts = [
            text + "\r" if rows.has_return(min(first + number, last - 1) if gone else first - 1) else text
            for number, text in enumerate(texts)
        ]
    text = "".join(text + rows.end for text in texts)
    span = rows.span(first, last)
    if last < len(rows.rows) or not rows.rows:
        return Edit(span, text.removesuffix(rows.end) if new and new[-1].bare and not rows.rows else text)
    return _at_the_end(rows, span, text, gone, new)


def _at_the_end(rows: Rows, span: Span, text: str, gone: Sequence[Line], new: Sequence[Line]) -> Edit:
    """The last line keeps its end, or its want of one, unless the hunk says otherwise."""
    said = any(line.bare for line in (*gone, *new))
    bare = new[-1].bare if new and (said or rows.ended) else not rows.ended
    if bare:
        text = text.removesuffix(rows.end).removesuffix("\r") if new else text
    if not rows.ended and not gone:
        end = "\r\n" if rows.has_return(len(rows.rows) - 2) and rows.end == "\n" else rows.end
        text = end + text
    return Edit(span, text)
