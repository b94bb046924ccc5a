"""The `*** Begin Patch` family: files updated, added, deleted and moved, hunks without line numbers."""

from __future__ import annotations

import re
from collections.abc import Sequence

from counterpoint.changes.hunks import numbers_of
from counterpoint.changes.paths import cleaned
from counterpoint.changes.values import Hunk, Line, Move, Operation, Patch, Refused, Remove

_BEGIN = re.compile(r"^\*\*\* Begin Patch\s*$", re.IGNORECASE)
_END = re.compile(r"^\*\*\* End Patch\s*$", re.IGNORECASE)
_FILE = re.compile(
    r"^\*\*\* (?P<verb>Update|Add|Create|Delete|Remove) File:\s*(?P<path>\S.*?)\s*$", re.IGNORECASE
)
_TO = re.compile(r"^\*\*\* Move(?:d)? to:\s*(?P<path>\S.*?)\s*$", re.IGNORECASE)
_END_OF_FILE = re.compile(r"^\*\*\* End of File\s*$", re.IGNORECASE)
_NO_END = re.compile(r"^\\ ?No newline", re.IGNORECASE)


def opens(line: str) -> bool:
    """True if a patch begins, or a file of one whose first line was left out."""
    return _BEGIN.match(line) is not None or _FILE.match(line) is not None


def read(lines: Sequence[str], at: int, *, closed: bool) -> tuple[list[Operation], int]:
    """All files of a patch, and the number of the line behind it. Raises Refused: `cut-off`, `malformed`."""
    begun = _BEGIN.match(lines[at]) is not None
    at += begun
    found: list[Operation] = []
    while at < len(lines) and not _END.match(lines[at]):
        file = _FILE.match(lines[at])
        if file is None:
            if lines[at].strip():
                if not begun:
                    return found, at
                raise Refused("malformed", f"a patch goes on with: {lines[at].strip()[:60]}")
            at += 1
            continue
        operations, at = _file(lines, at + 1, file["verb"].lower(), cleaned(file["path"]), begun)
        found += operations
    if at >= len(lines) and (begun or not closed):
        raise Refused("cut-off", "a patch does not end")
    if not found:
        raise Refused("none", "a patch of no file")
    return found, min(at + 1, len(lines))


def _file(lines: Sequence[str], at: int, verb: str, path: str, begun: bool) -> tuple[list[Operation], int]:
    end = at
    while end < len(lines) and not (_FILE.match(lines[end]) or _END.match(lines[end])):
        if not begun and lines[end][:1] not in ("+", "-", " ", "@", "*", "\\", ""):
            break
        end += 1
    body = list(lines[at:end])
    while body and not body[-1]:
        body.pop()
    if verb in ("delete", "remove"):
        if any(line.strip() for line in body):
            raise Refused("malformed", f"{path}: a deletion with lines")
        return [Remove(path)], end
    if verb in ("add", "create"):
        return [Patch(path, (Hunk(_added(body, path)),), "create")], end
    moved = ""
    if body and (to := _TO.match(body[0])):
        moved, body = cleaned(to["path"]), body[1:]
    hunks = _hunks(body, path)
    if moved and not hunks:
        return [Move(path, moved)], end
    if not hunks:
        raise Refused("malformed", f"{path}: an update that changes nothing")
    return [Patch(moved or path, hunks, "rename" if moved else "edit", path if moved else "")], end


def _added(body: Sequence[str], path: str) -> tuple[Line, ...]:
    found: list[Line] = []
    for line in body:
        if _END_OF_FILE.match(line) or line.startswith("@@"):
            continue
        if _NO_END.match(line) and found:
            found[-1] = Line("+", found[-1].text, True)
        elif line.startswith("+"):
            found.append(Line("+", line[1:]))
        else:
            raise Refused("malformed", f"{path}: a line of a new file without its plus sign")
    return tuple(found)


def _hunks(body: Sequence[str], path: str) -> tuple[Hunk, ...]:
    hunks: list[Hunk] = []
    heads: list[str] = []
    found: list[Line] = []
    at_end = False

    def close() -> None:
        nonlocal at_end
        while found and found[-1].sign == " " and not found[-1].text.strip() and not at_end:
            found.pop()
        if found:
            if not any(line.sign != " " for line in found):
                raise Refused("malformed", f"{path}: a hunk that changes nothing")
            hunks.append(Hunk(tuple(found), None, False, tuple(heads), at_end))
            heads.clear()
        found.clear()
        at_end = False

    for line in body:
        if line.startswith("@@"):
            close()
            _, head = numbers_of(line)
            if head:
                heads.append(head)
        elif _END_OF_FILE.match(line):
            at_end = True
            close()
        elif line.startswith("***"):
            raise Refused("malformed", f"{path}: {line.strip()[:60]}")
        else:
            _take(line, found)
    close()
    return tuple(hunks)


def _take(line: str, found: list[Line]) -> None:
    if _NO_END.match(line):
        if found:
            found[-1] = Line(found[-1].sign, found[-1].text, True)
    elif line[:1] in ("+", "-", " "):
        found.append(Line(line[0], line[1:]))  # type: ignore[arg-type]
    else:
        found.append(Line(" ", line))
