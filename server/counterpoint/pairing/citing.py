"""The places an answer cites as path:line: models cite, we look whether the line is there. Reads files."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from counterpoint.answers import Dropped
from counterpoint.text import LANGUAGES, Document, Files

_CITED = re.compile(
    r"(?<![\w/.:@-])"
    r"(?P<path>(?:(?:[\w@.+-]|\([\w.-]{1,60}\)|\[[\w.-]{1,60}\]){1,120}/){0,30}"
    r"(?:(?:[\w@+-]|\[[\w.-]{1,60}\])[\w@.+-]{0,120}\.[A-Za-z]\w{0,11}|Makefile|Dockerfile))"
    r"(?::|#)L?(?P<first>\d{1,7})(?:[-\u2013]L?(?P<last>\d{1,7}))?(?![\w/]|\.\w)"
)
_FENCE = re.compile(r"^[ \t]*(?:`{3,}|~{3,})")
_MARKS = {"no-such-file": "no such file", "no-such-line": "no such line"}


@dataclass(frozen=True, slots=True)
class Citation:
    """A place that is there: 1-based lines of a file. `shown` says that the model was shown them."""

    path: str
    first: int
    last: int
    shown: bool


@dataclass(frozen=True, slots=True)
class Checked:
    """The text with what is wrong in it marked; `dropped` are the citations of places that are not there."""

    text: str
    citations: tuple[Citation, ...]
    dropped: tuple[Dropped, ...]


def checked(text: str, files: Files, shown: Sequence[tuple[str, int, int]]) -> Checked:
    """Check each citation. `shown` are lines the model has seen: path, first and last, 1-based.

    A path that is told in part is made whole where only one file can be meant. Reads files: use a thread.
    """
    known = _Known(files, frozenset(path for path, _, _ in shown))
    citations: dict[Citation, None] = {}
    dropped: dict[Dropped, None] = {}

    def mended(hit: re.Match[str]) -> str:
        if not _may_be_file(hit["path"]):
            return hit[0]
        path, first = known.whole(hit["path"].removeprefix("./")), int(hit["first"])
        last = int(hit["last"] or first)
        label = f"{path}:{first}" + (f"-{last}" if last != first else "")
        if wrong := known.wrong(path, first, last):
            dropped[Dropped(wrong, label)] = None
            return f"{label} ({_MARKS[wrong]})"
        inside = any(one == path and low <= first and last <= high for one, low, high in shown)
        citations[Citation(path, first, last, inside)] = None
        return label

    made = _CITED.sub(mended, text)
    return Checked(made, tuple(citations), tuple(dropped))


class _Known:
    """The files of a workspace, each looked at once."""

    def __init__(self, files: Files, shown: frozenset[str]) -> None:
        self._files = files
        self._shown = shown
        self._read: dict[str, Document | None] = {}
        self._paths: Sequence[str] | None = None

    def whole(self, path: str) -> str:
        """The path of the file that is meant."""
        if path in self._shown or self._document(path) is not None:
            return path
        found = _ending(path, self._shown)
        if not found:
            self._paths = self._files.paths() if self._paths is None else self._paths
            found = _ending(path, self._paths)
        return found[0] if len(found) == 1 else path

    def wrong(self, path: str, first: int, last: int) -> str:
        """Why such lines cannot be cited, in a word; "" where they are there."""
        document = self._document(path)
        if document is None:
            return "no-such-file"
        return "" if 1 <= first <= last <= max(1, len(document.lines)) else "no-such-line"

    def _document(self, path: str) -> Document | None:
        if path not in self._read:
            self._read[path] = self._files.read(path)
        return self._read[path]


def _ending(path: str, among: Iterable[str]) -> list[str]:
    return [one for one in among if one.endswith(f"/{path}")]


def linked(text: str, citations: Sequence[Citation], uri_for: Callable[[str], str]) -> str:
    """The text with its citations as links to the lines, but for code that it shows. `uri_for` gives a file's
    address."""
    known = {(one.path, one.first) for one in citations}

    def link(hit: re.Match[str]) -> str:
        if (hit["path"], int(hit["first"])) not in known:
            return hit[0]
        return f"[{hit[0]}]({uri_for(hit['path'])}#L{hit['first']})"

    rows, inside = [], False
    for row in text.split("\n"):
        if _FENCE.match(row):
            inside = not inside
        rows.append(row if inside else _linked_row(row, link))
    return "\n".join(rows)


def _linked_row(row: str, link: Callable[[re.Match[str]], str]) -> str:
    """A line with its links. In a span of code a link is none: one that is all of it stands round it."""
    parts = re.split(r"(`+[^`]+`+)", row)
    for at, part in enumerate(parts):
        if at % 2 == 0:
            parts[at] = _CITED.sub(link, part)
        elif (hit := _CITED.fullmatch(part.strip("`"))) and (made := link(hit)) != hit[0]:
            parts[at] = made.replace(f"[{hit[0]}]", f"[{part}]", 1)
    return "".join(parts)


def _may_be_file(path: str) -> bool:
    """Whether it is a path and not the name of a host: by its ending, or by a folder before it."""
    name = path.rpartition("/")[2]
    return "/" in path or "." not in name or f".{name.rpartition('.')[2].lower()}" in LANGUAGES
