"""From a commit to the question it makes for each task. Pure.

What is shown is the code before the commit, and what the commit did decides what an answer is worth: its
tests, the lines its fix changed, or the text it put in.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence

from counterpoint.comparing.calling import called_for
from counterpoint.comparing.commits import Change, Delta, Hunk
from counterpoint.comparing.faults import is_shown
from counterpoint.comparing.measures import NEAR
from counterpoint.comparing.messages import is_addition, is_fix
from counterpoint.comparing.mining import LONGEST, belongs_to_tests
from counterpoint.comparing.relied import instruction
from counterpoint.comparing.showing import pieces_of_tests
from counterpoint.comparing.sides import Sides, assertions, bare, code_lines, quoteless
from counterpoint.comparing.values import Case
from counterpoint.context.kin import kinship

_ROUND = 20
_MOST_PIECE = 240
_FAULT_LINES = 10
_REVIEWED = 400
_BLOCK = 2
"""Most lines of a completion that is asked for."""
_PLAIN = re.compile(r"[\w$@]")
_IMPORTS = re.compile(
    r"\s*(?:import|from|use|using|require|include|#include|package|export \* |export \{)\b"
    r"|\s*(?:[\w.]+\s+)?\"[\w./@-]+\"[,;]?\s*$|\s*[()]\s*$"
)
_DEFINED = frozenset({"function", "method"})
_SETS = re.compile(
    r"(?:\w+ )*([A-Za-z_]\w*)(?: ?: ?[\w.\[\]<>, ]+)? ?= ?"
    r"(?:[\[\](){},:;\s]|\"\"|\d[\w.]*|None|True|False|null|true|false)*"
)
_ID = 10


def edit(change: Change) -> Case | str:
    """The commit's message as an instruction, for the file it changed most."""
    delta = _main(change)
    return _case(change, "edit", path=delta.path, **_with_tests(change, delta))


def fix(change: Change) -> Case | str:
    """As `edit`, of commits that mend something: the place is told, as a report of a problem does."""
    if not is_fix(change.commit.message):
        return "no fix"
    delta = _main(change)
    return _case(
        change,
        "fix",
        path=delta.path,
        lines=_place(delta),
        **_with_tests(change, delta),
    )


def review(change: Change) -> Case | str:
    """The file with the fault that the commit mends; `faults` are the lines it changed."""
    if is_addition(change.commit.message):
        return "no fix of what was wrong"
    if len(change.sources) != 1 or (delta := change.sources[0]).before is None:
        return "a fix in several files"
    faults = tuple((delta.path, *lines) for lines in _faults(delta))
    lines = sum(len(code_lines(side)) for side in (delta.added, delta.removed))
    if len(faults) != 1 or lines > _FAULT_LINES:
        return "a fix too large to be one fault"
    if all(_IMPORTS.match(line) for line in code_lines(delta.removed)):
        return "a fix that changes no line there was"
    if not is_shown(change.commit.message, delta):
        return "a fault that the file alone does not show"
    if _was_asserted(change):
        return "a fault that its tests had held to be right"
    if _fills(delta, faults[0][1:]):
        return "a fault that any remark would hit"
    return _case(change, "review", path=delta.path, lines=_shown(delta, faults), faults=faults)


def complete(change: Change) -> Case | str:
    """The file as it became without one block the commit put in, the cursor where it began."""
    for delta in sorted(change.sources, key=lambda one: (-one.lines, one.path)):
        for hunk in sorted(delta.hunks, key=lambda one: -len(one.added)):
            if found := _left_out(delta, hunk):
                text, column, expected = found
                return _case(
                    change,
                    "complete",
                    path=delta.path,
                    lines=(hunk.new + 1, hunk.new + 1),
                    column=column,
                    where=change.commit.id,
                    overlay=((delta.path, text),),
                    expected=expected,
                )
    return "no block that the code round it calls for"


def tests(change: Change) -> Case | str:
    """The code as it became with the tests as they were: what is to be tested is what the commit did."""
    paths = [delta.path for delta in change.tests]
    near = {one.path: max((0.0, *kinship(one.path, paths).values())) for one in change.sources}
    delta = max(change.sources, key=lambda one: (near[one.path], one.before is not None, one.lines, one.path))
    sides = Sides(delta)
    blocks = [one for one in sides.changed if one in sides.after]
    named = [one for one in blocks if one.kind != "module"] or blocks
    lines = _hull([(one.first_line, one.last_line) for one in named])
    if lines is None:
        return "no code that could be tested"
    if all(map(_only_sets, change.sources)):
        return "no behaviour that was not there"
    return _case(
        change,
        "tests",
        path=delta.path,
        lines=lines,
        instruction=f"They are to fail if this is undone: {instruction(change)}",
        overlay=tuple((one.path, one.after) for one in change.sources),
    )


POSERS: Mapping[str, Callable[[Change], Case | str]] = {
    "edit": edit,
    "fix": fix,
    "review": review,
    "complete": complete,
    "tests": tests,
}
"""The tasks that history has questions for. Each gives the case, or says why this commit makes none."""
UNTOLD = frozenset({"review"})
"""Those that are asked in no words of the commit's."""
SHOWN = frozenset({"edit", "fix"})
"""Those that are asked with the commit's tests in place, and what is new in them shown."""


def _case(change: Change, task: str, **fields: object) -> Case:
    commit = change.commit
    day = time.strftime("%Y-%m-%d", time.gmtime(commit.time))
    given = {
        "name": f"{task}-{commit.id[:_ID]}",
        "task": task,
        "where": change.parent,
        "change": commit.id,
        "tests": tuple(one.path for one in commit.files if belongs_to_tests(one.path)),
        "origin": "git",
        "told": f"{commit.id[:_ID]} {day} {commit.subject[:80]}",
        **fields,
    }
    return Case(**given)  # type: ignore[arg-type]


def _with_tests(change: Change, main: Delta) -> dict[str, object]:
    """What is asked with the commit's tests in the tree, and the lines that are new in them shown."""
    shown = pieces_of_tests(change)
    rows: dict[str, list[str]] = {}
    for path, first, last in shown:
        rows.setdefault(path, []).append(f"{first}-{last}")
    places = "; ".join(f"`{path}` lines {', '.join(some)}" for path, some in rows.items())
    told = f"These tests are in place and have to pass: {places}."
    return {
        "instruction": f"{instruction(change, shown=True)}\n\n{told}",
        "pieces": (*shown, *_others(change, main)),
        "overlay": tuple((one.path, one.after) for one in change.tests),
    }


def _main(change: Change) -> Delta:
    """The file that was there before and was changed most."""
    there = [delta for delta in change.sources if delta.before is not None]
    return max(there, key=lambda one: (one.lines, one.path))


def _others(change: Change, main: Delta) -> tuple[tuple[str, int, int], ...]:
    """Where the commit changes other files that were there, with some lines round each place, 1-based."""
    found: list[tuple[str, int, int]] = []
    for delta in change.sources:
        if delta is main or not delta.before:
            continue
        count = delta.before.count("\n") + 1
        rows: list[tuple[str, int, int]] = []
        for hunk in delta.hunks:
            last = min(count, hunk.old + max(1, len(hunk.removed)) + _ROUND)
            first = max(1, min(hunk.old + 1 - _ROUND, last))
            if rows and first <= rows[-1][2] + 1:
                first = rows.pop()[1]
            rows.append((delta.path, first, last))
        found += rows
    return tuple(found)


def _place(delta: Delta) -> tuple[int, int] | None:
    """The lines of the blocks that hold the fault, as the file was, or of the changed lines."""
    sides = Sides(delta)
    known = set(sides.before)
    blocks = [one for one in sides.changed if one in known and one.kind != "module"]
    hull = _hull((one.first_line, one.last_line) for one in blocks)
    if hull is not None and hull[1] - hull[0] < _MOST_PIECE:
        return hull
    return _hull(lines for lines in ((first - 1, last - 1) for first, last in _faults(delta)))


def _faults(delta: Delta) -> Iterator[tuple[int, int]]:
    """The lines that a fix took out, 1-based; where it only put some in, those on both sides of the place."""
    count = (delta.before or "").count("\n") + 1
    for hunk in delta.hunks:
        if not _tells((*hunk.removed, *hunk.added)):
            continue  # comments, blank lines, what an import needs
        if hunk.removed:
            yield hunk.old + 1, hunk.old + len(hunk.removed)
        else:
            yield max(1, hunk.old), min(count, hunk.old + 1)


def _was_asserted(change: Change) -> bool:
    """Whether tests had asserted what the change does away with: then it takes back a decision."""
    there = {bare(line) for delta in change.tests for line in delta.after.split("\n")}
    gone = [line for delta in change.tests for line in code_lines(delta.removed) if bare(line) not in there]
    return assertions(gone) > 0


def _fills(delta: Delta, fault: tuple[int, int]) -> bool:
    """Whether what counts as a hit covers more than half of the code in the file's functions."""
    rows = (delta.before or "").split("\n")
    blocks = [one for one in Sides(delta).before if one.kind in _DEFINED]
    inner = {at for one in blocks for at in range(one.first_line, one.last_line + 1)} or set(range(len(rows)))
    lines = {at + 1 for at in inner if at < len(rows) and code_lines((rows[at],))}
    first, last = fault[0] - NEAR, fault[1] + NEAR
    return 2 * sum(first <= line <= last for line in lines) > len(lines)


def _only_sets(delta: Delta) -> bool:
    """Whether all that came is one name of a class that is given constants, and is nowhere used: where the
    default does the same nothing can tell."""
    row = " ".join(line.strip() for line in code_lines(delta.added))
    if code_lines(delta.removed) or not (match := _SETS.fullmatch(quoteless(row))):
        return False
    at = [line for line in delta.added if line.strip()]
    having = (line.strip() for line in delta.after.split("\n") if re.search(rf"\b{match[1]}\b", line))
    return at[0][:1].isspace() and all(re.match(rf"(?:\w+ )*{match[1]} ?[:=](?!=)", line) for line in having)


def _tells(lines: Sequence[str]) -> bool:
    """Whether lines are more than comments, blank lines and what an import needs."""
    return any(not _IMPORTS.match(line) for line in code_lines(lines))


def _shown(delta: Delta, faults: Sequence[tuple[str, int, int]]) -> tuple[int, int] | None:
    """The lines to be reviewed: the whole file, or of a long one a stretch that has the faults."""
    count = (delta.before or "").count("\n") + 1
    if count <= _REVIEWED:
        return None
    first, last = min(one for _, one, _ in faults), max(one for _, _, one in faults)
    spare = max(0, _REVIEWED - (last - first + 1)) // 2
    return max(1, first - spare), min(count, last + spare)


def _left_out(delta: Delta, hunk: Hunk) -> tuple[str, int, str] | None:
    """The text without a block, the 1-based column to complete at, and what stood there; None for a block
    that is none or that nothing round it speaks of."""
    rows = [row for row in hunk.added if row.strip()]
    if hunk.removed or not 1 <= len(rows) <= _BLOCK or len(rows) != len(code_lines(rows)):
        return None
    if len(rows) != len(hunk.added) or any(map(_IMPORTS.match, rows)) or len(delta.after) > LONGEST:
        return None
    lines = delta.after.split("\n")
    indent = len(rows[0]) - len(rows[0].lstrip())
    if not called_for(delta, hunk, rows):
        return None
    if any(len(row) - len(row.lstrip()) < indent for row in rows) or not _PLAIN.match(rows[0].lstrip()):
        return None
    text = "\n".join((*lines[: hunk.new], rows[0][:indent], *lines[hunk.new + len(rows) :]))
    return text, indent + 1, "\n".join((rows[0][indent:], *rows[1:])).rstrip("\r")


def _hull(ranges: Iterator[tuple[int, int]] | Sequence[tuple[int, int]]) -> tuple[int, int] | None:
    """The 1-based hull of 0-based ranges."""
    known = list(ranges)
    return (min(one for one, _ in known) + 1, max(one for _, one in known) + 1) if known else None
