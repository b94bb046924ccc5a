"""Cases that a user has saved, as Markdown: front matter, what is asked, the file where no commit has it.

    ---
    task: edit
    file: src/app.py
    lines: 10-24
    revision: 3f2a1b0c4d5e...
    sha256: 9b74c9897bac770f...
    ---
    Refuse negative amounts.

Pure. A case is data: it names neither models nor commands, efforts or budgets, and a field that it does not
know makes it no case.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from typing import Any

from counterpoint.comparing.values import Case
from counterpoint.errors import ConfigError
from counterpoint.passes import front

FOLDER = ".counterpoint/cases"
FIELDS = ("task", "file", "lines", "column", "revision", "sha256", "change", "tests")
_LINES = re.compile(r"(\d{1,7})(?:-(\d{1,7}))?")
_COMMIT = re.compile(r"[0-9a-f]{7,64}")
_FENCE = re.compile(
    r"^(?P<marks>~{4,}) (?P<info>\S[^\n]*)\n(?P<text>.*?)^(?P=marks)[ \t]*$\n?", re.DOTALL | re.MULTILINE
)
_NEAR, _MOST_LINES = 200, 30
"""Characters before a cursor by which its place is found again, and lines that are still one completion's."""
_BARE = " (no newline at the end)"


def written(case: Case, digest: str = "") -> str:
    """The text of a case's file. `digest` is the file's at the revision, where the text is not kept here."""
    rows = ["---", f"task: {case.task}", f"file: {_quoted(case.path)}"]
    if case.lines:
        first, last = case.lines
        rows.append(f"lines: {first}-{last}")
    if case.column is not None:
        rows.append(f"column: {case.column}")
    if case.where:
        rows.append(f"revision: {_quoted(case.where)}")
    if digest:
        rows.append(f"sha256: {_quoted(digest)}")
    if case.change:
        rows.append(f"change: {_quoted(case.change)}")
    if case.tests:
        rows.append(f"tests: [{', '.join(map(_quoted, case.tests))}]")
    text = "\n".join((*rows, "---", case.instruction.strip(), ""))
    return text + "".join(_fenced(path, held) for path, held in case.overlay)


def case_in(name: str, text: str) -> tuple[Case, str]:
    """The case of a file, and the digest its file is to have at the revision, "" where none is told.

    Raises ConfigError, which says what is wrong with it.
    """
    overlay = tuple(_held(found) for found in _FENCE.finditer(text))
    head, said = front.parted(_FENCE.sub("", text), FIELDS, "what is asked", silent=True)
    path, task = _word(head, "file"), _word(head, "task")
    if not path or not task:
        raise ConfigError("it names no `task` or no `file`.", fix="Name both.")
    lines = _lines(head.get("lines"))
    column = head.get("column")
    if column is not None and (type(column) is not int or column < 1 or lines is None):
        raise ConfigError("its `column` is no number from 1 with a line in `lines`.", fix="Correct it.")
    case = Case(
        name,
        task,
        path,
        lines,
        said,
        column,
        where=_commit(head, "revision"),
        overlay=overlay,
        change=_commit(head, "change"),
        tests=_paths(head.get("tests")),
        origin="saved",
        told=f"{FOLDER}/{name}.md",
    )
    return case, _word(head, "sha256")


def written_since(before: str, row: int, column: int, now: str) -> str:
    """What stands today where a completion was asked for, at a row and column counted from 0: between the
    text that came before the cursor and the next line that said something. "" where either cannot be found,
    where it is more than a completion, or where nothing was written."""
    rows = before.split("\n")
    if row >= len(rows):
        return ""
    head = "\n".join((*rows[:row], rows[row][:column]))[-_NEAR:]
    if not head.strip() or now.count(head) != 1:
        return ""
    after = now[now.index(head) + len(head) :].split("\n")
    rest = rows[row][column:].rstrip()
    follows = next((one for one in rows[row + 1 :] if one.strip()), "")
    for at, line in enumerate(after[:_MOST_LINES]):
        if rest and line.rstrip().endswith(rest):
            return "\n".join((*after[:at], line.rstrip().removesuffix(rest)))
        if not rest and follows and at and line == follows:
            return "\n".join(after[:at]).rstrip()
    return "" if rest or follows or len(after) > _MOST_LINES else "\n".join(after).rstrip()


def digest(text: str) -> str:
    """What tells a file's text from another."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _fenced(path: str, text: str) -> str:
    longest = max((len(found[0]) for found in re.finditer(r"^~+", text, re.MULTILINE)), default=0)
    marks = "~" * max(4, longest + 1)
    end = "" if text.endswith("\n") or not text else "\n"
    return f"\n{marks} {path}{_BARE if end else ''}\n{text}{end}{marks}\n"


def _held(found: re.Match[str]) -> tuple[str, str]:
    info, text = found["info"].rstrip(), found["text"]
    if info.endswith(_BARE):
        return info.removesuffix(_BARE), text.removesuffix("\n")
    return info, text


def _word(head: Mapping[str, Any], field: str) -> str:
    given = head.get(field, "")
    if not isinstance(given, str | int) or isinstance(given, bool):
        raise ConfigError(f"its `{field}` is no word.", fix="Correct it.")
    return str(given).strip()


def _commit(head: Mapping[str, Any], field: str) -> str:
    """An id of a commit. A name could mean another one tomorrow, and could be an option of git."""
    given = _word(head, field)
    if given and not _COMMIT.fullmatch(given):
        raise ConfigError(f"its `{field}` is no id of a commit.", fix="Write the commit's id, in quotes.")
    return given


def _lines(given: object) -> tuple[int, int] | None:
    if given is None:
        return None
    found = _LINES.fullmatch(str(given).strip())
    first, last = (int(found[1]), int(found[2] or found[1])) if found else (0, 0)
    if not 1 <= first <= last:
        raise ConfigError("its `lines` are no L1-L2, counted from 1.", fix="Correct them.")
    return first, last


def _paths(given: object) -> tuple[str, ...]:
    if given is None:
        return ()
    if not isinstance(given, list) or not all(isinstance(one, str) and _is_path(one) for one in given):
        raise ConfigError("its `tests` are no list of paths.", fix="Correct them.")
    return tuple(given)


def _is_path(text: str) -> bool:
    """Whether a command to which it is given would take it for a file, and not for an option."""
    return bool(text) and not text.startswith("-")


def _quoted(text: str) -> str:
    """A text that YAML takes for nothing else: an id of digits is no number."""
    return "'" + text.replace("'", "''") + "'"
