"""What a specification in Markdown names: the section that is meant, and the files it speaks of. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable

from counterpoint.text import LANGUAGES, Document

_LONGEST = 400
_ENDINGS = "|".join(sorted((re.escape(one[1:]) for one in LANGUAGES), key=lambda one: (-len(one), one)))
_PATH = re.compile(rf"(?<![\w/.:@-])(?:\./)?((?:[\w@.-]+/)*[\w@-][\w@.-]*\.(?:{_ENDINGS}))(?![\w/-])")
_HEADING = re.compile(r"(#{1,6})\s")


def section(document: Document, line: int) -> tuple[int, int]:
    """The 0-based lines of the section a line stands in, with what is below its heading; the whole document
    where it has none."""
    lines = document.lines
    first, level = 0, 0
    for number in range(min(line, len(lines) - 1), -1, -1):
        if found := _HEADING.match(lines[number]):
            first, level = number, len(found[1])
            break
    last = first
    for number in range(first + 1, len(lines)):
        found = _HEADING.match(lines[number])
        if found and level and len(found[1]) <= level:
            break
        last = number
    return first, last


def files_named(texts: Iterable[str]) -> tuple[str, ...]:
    """Paths that lines name, each once, in order."""
    found = (hit[1] for text in texts for hit in _PATH.finditer(text[:2_000]))
    return tuple(dict.fromkeys(path for path in found if ".." not in path.split("/")))


def names_files(document: Document, first: int, last: int, selected: bool) -> bool:
    """Whether the selection, or else the section round a line, names a file to write."""
    if not selected:
        first, last = section(document, first)
    return bool(files_named(document.lines[first : min(last, first + _LONGEST) + 1]))
