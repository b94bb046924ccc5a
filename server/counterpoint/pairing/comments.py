"""Comments that are addressed to us: `# ai: make this retry three times`, in any language's comments. Pure.

Found line by line, so that a menu may ask: no tree, and no look at more lines than a comment has.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from counterpoint.context.lexing import inside_at
from counterpoint.pairing.syntax import closer, comment_of, comments_of, is_line, openers
from counterpoint.text import Document, Span

_LONGEST = 60
"""Lines of the longest comment, and how far above a line its beginning is looked for."""
_ROW = 2_000
"""Characters of a line that are looked at."""
_SAID = re.compile(r"[/*#;%!-]*[ \t]*ai:[ \t]*", re.IGNORECASE)
_INNER = re.compile(r"[ \t]*\*?[ \t]*ai:[ \t]*", re.IGNORECASE)
_STARS = re.compile(r"^[ \t]*\*?[ \t]*")
_NEW_SENTENCE = re.compile(r"[A-Z][a-z]*(?![\w-])")
_GOES_ON = re.compile(
    r"(?:[,:;(-]|\b(?:a|an|and|as|at|by|for|from|if|in|into|is|of|on|or|so|than|that|the|then|to|when|with))$",
    re.IGNORECASE,
)
_LEXED = frozenset(
    (
        "python", "javascript", "javascriptreact", "typescript", "typescriptreact", "go", "rust", "java",
        "kotlin", "scala", "swift", "php", "ruby", "shellscript", "lua", "c", "cpp", "csharp",
    )
)  # fmt: skip
_BRACED = frozenset(("javascriptreact", "typescriptreact", "javascript", "typescript"))


@dataclass(frozen=True, slots=True)
class Addressed:
    """A comment addressed to us: its 0-based lines, what it asks for, and what goes when it is done."""

    first: int
    last: int
    text: str
    span: Span


def addressed(document: Document, first: int, last: int) -> tuple[Addressed, ...]:
    """The comments addressed to us that touch these 0-based lines."""
    start = max(0, first - _LONGEST)
    found = _from(document, start, min(last, len(document.lines) - 1))
    return tuple(one for one in found if one.last >= first)


def all_addressed(document: Document) -> tuple[Addressed, ...]:
    """All of a document, in order."""
    return tuple(_from(document, 0, len(document.lines) - 1))


def _from(document: Document, first: int, last: int) -> Iterator[Addressed]:
    number = first
    while number <= last:
        text = document.lines[number]
        may_be = ("i:" in text or "I:" in text) and "ai:" in text[:_ROW].lower()
        found = _at(document, number) if may_be else None
        if found is not None:
            yield found
            number = found.last
        number += 1


def _at(document: Document, number: int) -> Addressed | None:
    """The comment that begins to speak to us on a line."""
    language, line = document.language, document.line(number)[:_ROW]
    for hit in openers(language).finditer(line):
        said = _SAID.match(line, hit.end())
        if said is None or _in_string(language, line[: hit.start()]):
            continue
        if is_line(language, hit[0]):
            return _line_comment(document, number, hit.start(), said.end())
        return _block_comment(document, number, hit.start(), said.end(), closer(language, hit[0]))
    inner = _INNER.match(line)
    return _within(document, number, inner.end()) if inner is not None else None


def _in_string(language: str, before: str) -> bool:
    if language in _LEXED:
        return inside_at(language, before) == "string"
    return before.count('"') % 2 == 1


def _line_comment(document: Document, number: int, at: int, told: int) -> Addressed:
    """A comment to the end of its line, with the lines like it below it that go on speaking."""
    line = document.line(number)
    rows = [line[told:].rstrip()]
    alone = not line[:at].strip()
    last = number
    while last + 1 < len(document.lines) and len(rows) < _LONGEST:
        below = document.line(last + 1)
        said = comment_of(document.language, below)
        same = len(below) - len(below.lstrip()) == at and below[at : at + 1] == line[at : at + 1]
        if not said or not same or not _goes_on(rows[-1], below, at, said):
            break
        rows.append(said)
        last += 1
    start = document.starts[number] if alone else document.starts[number] + len(line[:at].rstrip())
    end = document.starts[last + 1] if alone or last > number else document.starts[number] + len(line)
    if not alone and last > number:
        end -= len(document.lines[last]) - len(document.line(last))
    return Addressed(number, last, _joined(rows), Span(start, end))


def _goes_on(before: str, below: str, at: int, said: str) -> bool:
    """Whether a comment line belongs to the one above it, and is no comment of the code in its own right."""
    if _SAID.match(below[at:].lstrip("/#;%-!*")):
        return False
    deeper = re.match(r"[/#;%!-]+(?:\s{2,}|\t)", below[at:])
    if deeper or not _NEW_SENTENCE.match(said):
        return True
    return _GOES_ON.search(before) is not None


def _block_comment(document: Document, number: int, at: int, told: int, end: str) -> Addressed | None:
    """A comment with an end of its own, on this line or one below."""
    rows: list[str] = []
    for last in range(number, min(len(document.lines), number + _LONGEST)):
        line = document.line(last)
        begins = told if last == number else 0
        stop = line.find(end, begins)
        rows.append(line[begins : stop if stop >= 0 else None])
        if stop >= 0:
            span = _cut(document, (number, at), (last, stop + len(end)))
            return Addressed(number, last, _joined(rows), span)
    return None


def _cut(document: Document, start: tuple[int, int], end: tuple[int, int]) -> Span:
    """What goes with a comment: its lines where nothing else is on them, its braces where it needs them."""
    first, last = document.line(start[0]), document.line(end[0])
    before, after = first[: start[1]], last[end[1] :]
    if document.language in _BRACED and before.rstrip().endswith("{") and after.lstrip().startswith("}"):
        before = before.rstrip()[:-1]
        after = after.lstrip()[1:]
    if not before.strip() and not after.strip():
        return Span(document.starts[start[0]], document.starts[end[0] + 1])
    from_ = document.starts[start[0]] + (len(before) if after.strip() else len(before.rstrip()))
    to = document.starts[end[0]] + len(last) - (len(after.lstrip()) if after.strip() else 0)
    return Span(from_, to)


def _within(document: Document, number: int, told: int) -> Addressed | None:
    """Lines of a longer comment that speak to us: all of it where it says nothing before them."""
    language = document.language
    for above in range(number - 1, max(-1, number - 1 - _LONGEST), -1):
        line = document.line(above)
        found = None
        for start, end in comments_of(language).block:
            at = line.rfind(start)
            if at >= 0 and end not in line[at + len(start) :]:
                found = (above, at, end, not line[at + len(start) :].strip(" \t*"))
            elif end in line:
                return None
        if found is not None:
            between = (document.line(row).strip(" \t*") for row in range(above + 1, number))
            if found[3] and not any(between):
                return _whole(document, number, told, found)
            return _part(document, number, told, found[2])
    return None


def _whole(document: Document, number: int, told: int, found: tuple[int, int, str, bool]) -> Addressed | None:
    above, at, end, _ = found
    one = _block_comment(document, number, told, told, end)
    if one is None:
        return None
    stop = document.line(one.last).find(end, told if one.last == number else 0) + len(end)
    return Addressed(above, one.last, one.text, _cut(document, (above, at), (one.last, stop)))


def _part(document: Document, number: int, told: int, end: str) -> Addressed:
    """Lines amid a comment that goes on to say other things, up to an empty one."""
    rows = [document.line(number)[told:]]
    last = number
    for below in range(number + 1, min(len(document.lines), number + _LONGEST)):
        line = document.line(below)
        said = line.strip(" \t*")
        if end in rows[-1] or end in line or not said or said.startswith("@"):
            break
        rows.append(line)
        last = below
    stop = document.line(last).find(end)
    start, to = document.starts[number], document.starts[last + 1]
    if stop >= 0:  # the comment's end stays
        start += told - len(_label(document, number, told))
        to = document.starts[last] + stop
        rows[-1] = rows[-1].partition(end)[0]
    return Addressed(number, last, _joined(rows), Span(start, to))


def _label(document: Document, number: int, told: int) -> str:
    """The `ai: ` that a line begins with."""
    found = re.search(r"ai:[ \t]*$", document.line(number)[:told], re.IGNORECASE)
    return found[0] if found else ""


def _joined(rows: list[str]) -> str:
    said = (_STARS.sub("", row).strip() for row in rows)
    return " ".join(one for one in said if one)
