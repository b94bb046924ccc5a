"""What a fence of code is: a whole file, a piece that has one place in a file, or no part of the change."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from difflib import SequenceMatcher
from textwrap import dedent

from counterpoint.changes.definitions import Definition, definitions
from counterpoint.changes.lines import indent_of
from counterpoint.changes.quoting import hunk_of
from counterpoint.changes.values import Hunk
from counterpoint.text import Document

_FEW = 3
"""Lines at the beginning of a file that a whole file may be without, if they define nothing."""
_MOSTLY = 0.6
_COMMENT = re.compile(r"^\s*(?:#|//|/\*|\*|--|;|<!--|\"\"\"|''')")
_TYPED = frozenset(
    ["javascript", "javascriptreact", "typescript", "typescriptreact", "java", "csharp", "kotlin"]
)
_PAIRS = {")": "(", "]": "[", "}": "{"}


def stands(before: str, text: str) -> bool:
    """True if the file has these lines already, one below the other."""
    wanted, had = _bare(text), _bare(before)
    return bool(wanted) and any(
        had[at : at + len(wanted)] == wanted for at, line in enumerate(had) if line == wanted[0]
    )


def is_whole(document: Document, text: str, headed: bool) -> bool:
    """True if `text` can only be meant as the whole file: what the file begins and ends with is in it, and it
    is not much shorter. `headed` where the file's path stands with it."""
    had, has = _bare(document.text), _bare(text)
    matcher = SequenceMatcher(None, had, has, autojunk=False)
    matched = [block for block in matcher.get_matching_blocks() if block.size]
    kept = sum(block.size for block in matched)
    if kept == len(has):
        # Nothing is new in it: it takes away, and what it leaves is the file, if it begins as the file does.
        return has[:1] == had[:1] and kept >= len(had) * _MOSTLY and not _breaks_off(document, has)
    if _only_pieces(document, text):
        return False
    if not matched:
        return len(has) >= len(had) and (
            headed or bool(_names(document.text, document) & _names(text, document))
        )
    first, last = matched[0], matched[-1]
    above = max(0, first.a - first.b)
    below = max(0, (len(had) - last.a - last.size) - (len(has) - last.b - last.size))
    if len(had) - len(has) > (_FEW if headed else 0) and kept < len(had) * _MOSTLY:
        return False
    if not above and not below:
        return True
    lost = _names(document.text, document) - _names(text, document)
    return not below and above <= _FEW and not lost and kept >= len(had) * _MOSTLY


def _breaks_off(document: Document, has: Sequence[str]) -> bool:
    """True if lines are the file's first, up to one amid a definition, or amid what nobody can tell."""
    rows = [number for number in range(len(document.lines)) if document.line(number).strip()]
    if [document.line(number).removeprefix("\ufeff").rstrip() for number in rows[: len(has)]] != list(has):
        return False
    found = definitions(document.text, document.language)
    last = rows[len(has) - 1]
    return not found or any(one.start <= last < one.last for one in found)


def is_bare_file(document: Document, reply: str) -> bool:
    """True if a reply is the file and nothing else: it begins and ends as that does, and has most of it."""
    had, has = _bare(document.text), _bare(reply)
    if len(had) < 3 or not has or (has[0], has[-1]) != (had[0], had[-1]):
        return False
    blocks = SequenceMatcher(None, had, has, autojunk=False).get_matching_blocks()
    return sum(block.size for block in blocks) >= max(len(had), len(has)) * _MOSTLY


def _names(text: str, document: Document) -> set[str]:
    return {one.name for one in definitions(text, document.language)}


def _only_pieces(document: Document, text: str) -> bool:
    """True if it is nothing but some of the file's definitions, and the file has more than these."""
    mine = [one for one in definitions(text, document.language) if not one.inside]
    theirs = [one for one in definitions(document.text, document.language) if not one.inside]
    rows = text.splitlines()
    outside = [
        row
        for number, row in enumerate(rows)
        if row.strip() and not any(one.first <= number <= one.last for one in mine)
    ]
    names = {one.name for one in mine}
    return (
        bool(mine) and not outside and bool(_loose(document, theirs) or {one.name for one in theirs} - names)
    )


def _loose(document: Document, found: Sequence[Definition]) -> bool:
    """True if code of the file lies outside of its definitions."""
    return any(
        document.line(number).strip() and not any(one.first <= number <= one.last for one in found)
        for number in range(len(document.lines))
    )


def _bare(text: str) -> list[str]:
    return [line.rstrip() for line in text.removeprefix("\ufeff").splitlines() if line.strip()]


def piece(document: Document, text: str) -> tuple[Hunk, ...] | None:
    """A piece of a file as hunks, where each of its definitions stands there once; None if it has no place.

    Definitions that are new come next to the one they are shown with. Code outside of definitions must be the
    file's own, and not what the file begins with: that would be the beginning of a whole file.
    """
    plain = dedent(text)
    names = {one.short for one in definitions(document.text, document.language)}
    mine = definitions(plain, document.language, sound=True) or _members(plain, document.language)
    if any(one.short in names for one in mine):
        return _definitions(document, plain, [one for one in mine if not one.inside])
    return _between(document, plain)


def _members(text: str, language: str) -> tuple[Definition, ...]:
    """The definitions of a text that only stands within a type: methods, where these are no functions."""
    if language not in _TYPED:
        return ()
    found = definitions(f"class A {{\n{text}\n}}", language, sound=True)
    return tuple(
        replace(one, name=one.short, first=one.first - 1, start=one.start - 1, name_row=one.name_row - 1,
                last=one.last - 1, inside=False)
        for one in found
        if one.inside
    )  # fmt: skip


def _definitions(document: Document, text: str, mine: Sequence[Definition]) -> tuple[Hunk, ...] | None:
    theirs = definitions(document.text, document.language)
    rows = text.splitlines()
    had = set(_bare(document.text)[1:])
    for number, row in enumerate(rows):
        inside = any(one.first <= number <= one.last for one in mine)
        if not inside and row.strip() and row.rstrip() not in had:
            return None
    targets: list[Definition | None] = []
    for one in mine:
        same = [other for other in theirs if other.name == one.name] or [
            other for other in theirs if other.short == one.name
        ]
        if len(same) > 1 or (same and not set(same[0].members) <= set(one.members)):
            return None
        if same and same[0].decorated and not one.decorated:
            return None
        targets.append(same[0] if same else None)
    known = [number for number, target in enumerate(targets) if target is not None]
    if not known or len({id(targets[number]) for number in known}) < len(known):
        return None
    hunks = []
    for at, number in enumerate(known):
        target = targets[number]
        assert target is not None
        begin = 0 if at == 0 else number
        until = (known[at + 1] if at + 1 < len(known) else len(mine)) - 1
        own = mine[begin]
        top = target.first if mine[number].first < mine[number].start else target.start
        start = own.first if begin < number or top == target.first else own.start
        hunks.append(_hunk(document, top, target.last, rows[start : mine[until].last + 1]))
    return tuple(hunks)


def _between(document: Document, text: str) -> tuple[Hunk, ...] | None:
    """A piece whose first and last line the file has once each, or whose first line begins a definition."""
    rows = text.rstrip("\n").split("\n")
    while rows and not rows[0].strip():
        rows.pop(0)
    if len(rows) < 2 or not _balanced(text):
        return None
    lines = [document.line(number).strip() for number in range(len(document.lines))]
    if lines.count(rows[0].strip()) != 1 or rows[0].strip() == rows[-1].strip():
        return None
    first = lines.index(rows[0].strip())
    begun = [
        one for one in definitions(document.text, document.language) if first in (one.start, one.name_row)
    ]
    if begun:
        one = begun[0]
        whole = lines[one.last] == rows[-1].strip() or document.language == "python"
        return (_hunk(document, first, one.last, rows),) if whole and not one.members else None
    last = _closing(document, first, rows) if rows[0].rstrip().endswith("{") else None
    if last is None:
        if lines.count(rows[-1].strip()) != 1:
            return None
        last = lines.index(rows[-1].strip())
    had = [line for line in lines[first : last + 1] if line]
    has = [row.strip() for row in rows if row.strip()]
    # Fewer lines than there are may be a piece that leaves some out and does not say so.
    if last <= first or len(has) < len(had):
        return None
    return (_hunk(document, first, last, rows),)


def _closing(document: Document, first: int, rows: Sequence[str]) -> int | None:
    """The line that closes what a line opens: the next that is no deeper, if the piece ends with the same."""
    depth = indent_of(document.line(first))
    if indent_of(rows[-1]) != indent_of(rows[0]) or not rows[-1].strip().startswith("}"):
        return None
    for number in range(first + 1, len(document.lines)):
        line = document.line(number)
        if line.strip() and not (line.startswith(depth) and line[len(depth) : len(depth) + 1] in (" ", "\t")):
            return number if line.strip() == rows[-1].strip() and indent_of(line) == depth else None
    return None


def _balanced(text: str) -> bool:
    """True if each bracket that opens closes, in strings and comments too: in doubt a piece has no place."""
    waiting: list[str] = []
    for sign in text:
        if sign in "([{":
            waiting.append(sign)
        elif sign in ")]}" and (not waiting or waiting.pop() != _PAIRS[sign]):
            return False
    return not waiting


def _hunk(document: Document, first: int, last: int, rows: Sequence[str]) -> Hunk:
    indent = indent_of(document.line(first))
    shift = indent[len(indent_of(rows[0])) :] if indent.startswith(indent_of(rows[0])) else indent
    new = "".join(f"{shift}{row}\n" if row.strip() else "\n" for row in rows)
    old = "".join(f"{document.line(number)}\n" for number in range(first, last + 1))
    made = hunk_of(old, new, first + 1)
    return Hunk(made.lines, first + 1, True)
