"""The lines that a commit put into its tests, as they are shown with a question. Pure.

    pieces = pieces_of_tests(change)        lines of the tests as they became; () where they are too many

Names, texts and values that only the tests know are decided in them. Whoever is given a failing test reads it
first, and so does a model. All that was put in is shown, each line in its whole test where there is room.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from counterpoint.comparing.commits import Change, Delta
from counterpoint.comparing.relied import put_in_tests
from counterpoint.comparing.sides import Sides, code_lines
from counterpoint.context.blocks import Block
from counterpoint.context.ranking import STOP

MOST_LINES, MOST_CHARACTERS = 120, 6_000
"""Lines and characters of tests that are shown with a question, all together."""
_CONTEXT = 6
"""Lines on both sides of those that stand in no test, or in one that is too long."""
_GAP = 3
"""Ranges with no more lines between them are shown as one."""
_DEFINED = frozenset({"function", "method"})
_TEST = re.compile(
    r"\s*(?:(?:export|pub|static|public|async) )*(?:def|func|fn|function)\b"
    r"|\s*(?:[\w$]+\.)?(?:it|test|specify|Run|add_test|\w*test)(?:\.\w+)*\s*!?\("
)
"""How a test begins, by a name or as a call that is given one."""
_WORD = re.compile(r"\w+")
_PLAIN = frozenset(
    _WORD.findall(
        """and args assert async await bool break case catch class const continue def default del dict elif
        else err error except export extends false final finally float fmt for from func function global got
        if import int interface is isinstance kwargs lambda len let list mut name new nil none not null
        object or package pass private public raise return self set static str string struct switch this
        throw true try tuple type typeof undefined unknown use val value values var void while with yield"""
    )
)
"""Words of languages, and names that say nothing."""


def is_blind(change: Change, sides: Sequence[Sides]) -> bool:
    """Whether nothing that was put into the tests names what the change defines or touches: its definitions,
    or words and numbers of the lines that came and had not been in those that went."""
    defined = {name for side in sides for name in side.touched}
    made = _words(line for one in change.sources for line in code_lines(one.added))
    gone = _words(line for one in change.sources for line in code_lines(one.removed))
    told = {name.lower() for name in defined} | (made - gone)
    return not told & _words(put_in_tests(change))


def pieces_of_tests(change: Change) -> tuple[tuple[str, int, int], ...]:
    """Where the tests of a commit stand as they became: path, first and last line, 1-based."""
    for whole in (True, False):
        found = [(one, lines) for one in change.tests for lines in _ranges(one, whole=whole)]
        rows = [_rows(one)[first : last + 1] for one, (first, last) in found]
        if sum(map(len, rows)) <= MOST_LINES and sum(len(row) + 1 for some in rows for row in some) <= (
            MOST_CHARACTERS
        ):
            return tuple((one.path, first + 1, last + 1) for one, (first, last) in found)
    return ()


def _words(lines: Iterable[str]) -> frozenset[str]:
    """Words and numbers of lines that can tell one line from another, in small letters."""
    words = (word.lower() for line in lines for word in _WORD.findall(line))
    plain = (word for word in words if word not in _PLAIN and word not in STOP)
    return frozenset(word for word in plain if len(word) > (1 if word.isdigit() else 2))


def _rows(delta: Delta) -> Sequence[str]:
    return delta.after.split("\n")


def _ranges(delta: Delta, *, whole: bool) -> list[tuple[int, int]]:
    """0-based lines, first and last: of the tests that the added lines stand in, or of these lines with some
    on both sides."""
    rows = _rows(delta)
    blocks = [one for one in Sides(delta).after if one.kind in _DEFINED]
    found: list[tuple[int, int]] = []
    for at in _touched(delta, rows):
        if found and found[-1][0] <= at <= found[-1][1]:
            continue
        test = _test_at(at, rows, blocks) if whole else None
        first, last = test or _round(at, rows, blocks)
        if found and first <= found[-1][1] + _GAP:
            found[-1] = min(first, found[-1][0]), max(last, found[-1][1])
        else:
            found.append((first, last))
    return found


def _touched(delta: Delta, rows: Sequence[str]) -> Iterator[int]:
    """The lines of code that came; where some only went, the one that took their place."""
    for hunk in delta.hunks:
        if hunk.added:
            yield from (at for at in range(hunk.new, hunk.new + len(hunk.added)) if rows[at].strip())
        elif code_lines(hunk.removed) and hunk.new < len(rows):
            yield hunk.new


def _round(at: int, rows: Sequence[str], blocks: Sequence[Block]) -> tuple[int, int]:
    """A line with some on both sides, of its own test only."""
    block = next((one for one in blocks if one.first_line <= at <= one.last_line), None)
    first, last = (block.first_line, block.last_line) if block else (0, len(rows) - 1)
    if block is None and not rows[at][:1].isspace():
        return at, at  # an import, a constant: what stands round it is of other matters
    return max(first, at - _CONTEXT), min(last, at + _CONTEXT)


def _test_at(at: int, rows: Sequence[str], blocks: Sequence[Block]) -> tuple[int, int] | None:
    """The test that a line stands in: a definition, or a call that is given a function."""
    for one in blocks:
        if one.first_line <= at <= one.last_line:
            return one.first_line, one.last_line
    head = _head_above(at, rows)
    return None if head is None else (head, _end_of(head, rows))


def _head_above(at: int, rows: Sequence[str]) -> int | None:
    """The line that a test begins with and that a line is indented under."""
    if _TEST.match(rows[at]):
        return at
    indent = _indent(rows[at])
    for above in range(at - 1, -1, -1):
        row = rows[above]
        if not row.strip() or row.lstrip()[0] in ")]}" or _indent(row) >= indent:
            continue
        if _TEST.match(row):
            return above
        indent = _indent(row)
    return None


def _end_of(head: int, rows: Sequence[str]) -> int:
    """The last line of what begins at a line: the one that closes it, or the last that is indented more."""
    last = head
    for below in range(head + 1, len(rows)):
        row = rows[below]
        if not row.strip():
            continue
        if _indent(row) <= _indent(rows[head]):
            return below if row.lstrip()[0] in ")]}" else last
        last = below
    return last


def _indent(row: str) -> int:
    return len(row) - len(row.lstrip())
