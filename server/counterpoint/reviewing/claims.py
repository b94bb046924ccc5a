"""Findings put as claims to whoever looks a second time, with the code they are about. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import islice

from counterpoint.answers import Evidence, Finding
from counterpoint.context.enclosing import declared
from counterpoint.reviewing.judging import COMMON, document_of
from counterpoint.text import Document, Situation, Span

_REACH = 60
"""Most lines of a definition that are shown on either side of what is quoted."""
_FAR = 1_000
_NAMES, _BODY = 16, 10
"""Names whose meaning is looked up, and lines of a function that are shown for it."""
_TRIED = 100
_WIDE = 400
"""Characters of a line that are looked at."""
_GIVES = (
    r"[^#/]{0,80}?\b(?P<declares>def|class|function\*?|func|fn) +@\b"
    r"|\s*(?:self\.|this\.|const +|let +|var +)?@ *(?::[^=]+)?=(?!=)"
)
_AROUND = 8
"""Lines on either side that are shown in any case."""
_GAP = 4
_HEAD = 150
_LEAF = re.compile(r"\s*(?:[)\]}]|end\b)")
_IMPORT = re.compile(r"\s*(?:import\b|from\b|use\b|using\b|#\s*include\b|require|const\b.*\brequire\()")
_NAME = re.compile(r"[^\W\d]\w*")


def question(situation: Situation, findings: Sequence[Finding]) -> Situation:
    """The situation of a second look at the findings: their words, and of the code the definitions round each
    place and each piece of evidence, with the imports they use. Reads files of the situation.

    `ranges` are the lines of the document that are shown, `pieces` those of other files.
    """
    document = _main(situation, findings)
    seen: dict[str, list[tuple[int, int]]] = {}
    for finding in findings:
        for path, first, last in _places(finding, situation):
            one = document if path == document.path else situation.files.read(path)
            if one is not None:
                seen.setdefault(path, []).extend(_windows(one, first, last))
    own = _merged(seen.pop(document.path, []))
    ranges = tuple(document.span_of_lines(first, last) for first, last in own)
    return replace(
        situation,
        document=document,
        span=Span(ranges[0].start, ranges[-1].end) if ranges else Span(0, 0),
        ranges=ranges,
        pieces=tuple((path, *piece) for path, pieces in seen.items() for piece in _merged(pieces)),
        claims=worded(findings, replace(situation, document=document)),
        problems=(),
        hunks=(),
        diff="",
    )


def worded(findings: Sequence[Finding], situation: Situation) -> str:
    """The findings as numbered claims, each with what it quotes. A refutation of one goes with it."""
    parts = []
    for number, finding in enumerate(findings, 1):
        rows = [f"Claim {number}: {finding.title}", *_quoted("At", _own(finding, situation))]
        if finding.body:
            rows.append(f"Why: {finding.body}")
        for evidence in finding.evidence:
            rows += _quoted("It points to", evidence)
        if finding.status == "contested" and finding.said:
            rows.append(f"Said against it: {finding.said}")
        parts.append("\n".join(rows) + "\n")
    return "\n".join(parts)


def drafts(findings: Sequence[Finding], situation: Situation) -> str:
    """Findings as drafts for a review to start from: as claims, each with its severity and category."""
    rows = []
    for number, finding in enumerate(findings, 1):
        text = worded((finding,), situation).replace("Claim 1:", f"Draft {number}:", 1)
        rows.append(f"{text}Rated: {finding.severity}, {finding.category}\n")
    return "\n".join(rows)


def _own(finding: Finding, situation: Situation) -> Evidence:
    document = document_of(finding.path, situation)
    code = ""
    if document is not None:
        code = document.text[document.offset(finding.start) : document.offset(finding.end)]
    return Evidence(finding.path, finding.start.line + 1, code.strip())


def _quoted(label: str, evidence: Evidence) -> list[str]:
    rows = evidence.quote.replace("\r\n", "\n").split("\n")
    return [
        f"{label} {evidence.path}:{evidence.line}:",
        *(f"{evidence.line + number}| {row}" for number, row in enumerate(rows)),
    ]


def _main(situation: Situation, findings: Sequence[Finding]) -> Document:
    """The document that was asked about, unless none of the findings has to do with it."""
    own = situation.document
    paths = [path for finding in findings for path, _, _ in _places(finding, situation)]
    if not paths or own.path in paths:
        return own
    return situation.files.read(paths[0]) or own


def _places(finding: Finding, situation: Situation) -> Iterable[tuple[str, int, int]]:
    yield finding.path, finding.start.line, finding.end.line
    for evidence in finding.evidence:
        first = evidence.line - 1
        yield evidence.path, first, first + evidence.quote.count("\n")


def _windows(document: Document, first: int, last: int) -> list[tuple[int, int]]:
    """Lines to show for a place: the definition it is in, and the imports of names in it."""
    count = len(document.lines)
    if not count:
        return []
    first, last = min(max(0, first), count - 1), min(max(0, last), count - 1)
    head, top, bottom = _definition(document, first, last)
    shown = [(max(0, min(top, first - _AROUND)), min(count - 1, max(bottom, last + _AROUND)))]
    if head[0] < top:
        shown.append(head)
    names = {name for line in range(first, last + 1) for name in _NAME.findall(document.line(line)[:_WIDE])}
    for number in range(min(_HEAD, count)):
        text = document.line(number)[:_WIDE]
        if _IMPORT.match(text) and not names.isdisjoint(_NAME.findall(text)):
            shown.append((number, number))
    return [*shown, *_meanings(document, names - COMMON)]


def _meanings(document: Document, names: set[str]) -> Iterable[tuple[int, int]]:
    """Where the document declares the names, or gives them their first value."""
    for name in sorted(names)[:_NAMES]:
        gives = re.compile(_GIVES.replace("@", name))
        for line in _lines_with(document, name):
            found = gives.match(document.line(line)[:_WIDE])
            if found is not None:
                yield line, min(len(document.lines) - 1, line + (_BODY if found["declares"] else 0))
                break


def _lines_with(document: Document, name: str) -> Iterator[int]:
    """The first lines that hold a word: to try a pattern on every line of a long file would take too long."""
    for found in islice(re.finditer(rf"\b{name}\b", document.text), _TRIED):
        yield document.position(found.start()).line


def _definition(document: Document, first: int, last: int) -> tuple[tuple[int, int], int, int]:
    """The lines of the head of the definition round some lines, and of the definition its first and last line
    as far as they are shown: no further than `_REACH` from those lines on either side."""
    depth = min((_indent(document, line) for line in range(first, last + 1)), key=_deep)
    head, indent = first, depth
    if not (depth is not None and declared(document.line(first)[:_WIDE])):
        for number in range(first - 1, max(-1, first - 1 - _FAR), -1):
            indent = _indent(document, number)
            if indent is not None and indent < _deep(depth) and declared(document.line(number)[:_WIDE]):
                head = number
                break
        else:
            reach = _REACH if depth else 0
            return (first, first), max(0, first - reach), min(len(document.lines) - 1, last + reach)
    named = head
    while head > 0 and document.line(head - 1).strip().startswith("@"):
        head -= 1
    top = head if named >= first - _REACH else first - _REACH
    return (head, named), top, _end(document, last, _deep(indent))


def _end(document: Document, last: int, head: int) -> int:
    """The last line, not far below, that is deeper than the head of a definition, or closes it."""
    bottom = last
    for number in range(last + 1, min(len(document.lines), last + 1 + _REACH)):
        indent = _indent(document, number)
        if indent is None:
            continue
        if indent <= head:
            return number if indent == head and _LEAF.match(document.line(number)) else bottom
        bottom = number
    return bottom


def _indent(document: Document, number: int) -> int | None:
    text = document.line(number)[:_WIDE].expandtabs(8)
    return len(text) - len(text.lstrip()) if text.strip() else None


def _deep(indent: int | None) -> int:
    return 1 << 20 if indent is None else indent


def _merged(pieces: list[tuple[int, int]]) -> list[tuple[int, int]]:
    found: list[tuple[int, int]] = []
    for first, last in sorted(pieces):
        if found and first <= found[-1][1] + _GAP:
            found[-1] = (found[-1][0], max(found[-1][1], last))
        else:
            found.append((first, last))
    return found
