"""Fences of Markdown as models write them: indented, nested, of tildes."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from counterpoint.changes.values import Refused

_FENCE = re.compile(r"^(?P<indent>(?:[ \t]*>[ ]?)?[ \t]*)(?P<mark>`{3,}|~{3,})[ \t]*(?P<info>[^`]*)$")
_MARKDOWN = frozenset({"markdown", "md", "mdx", "gfm", "rst"})


@dataclass(frozen=True, slots=True)
class Opening:
    """The line that opens a fence."""

    indent: str
    mark: str
    info: str

    @property
    def language(self) -> str:
        """The first word behind it in lower case."""
        return re.split(r"[\s:{,]", self.info.strip(), maxsplit=1)[0].lower()


def opening(line: str) -> Opening | None:
    """The fence that a line opens, or closes."""
    found = _FENCE.match(line)
    return Opening(found["indent"], found["mark"], found["info"].strip()) if found else None


def closes(line: str, fence: Opening) -> bool:
    """True if the line closes this fence: as deep as it, at least as long, and nothing behind it."""
    found = opening(line)
    if found is None or found.info or found.mark[0] != fence.mark[0]:
        return False
    return len(found.mark) >= len(fence.mark) and found.indent.expandtabs(4) == fence.indent.expandtabs(4)


def content(lines: Sequence[str], at: int) -> tuple[list[str], int]:
    """The lines inside the fence that opens at a line, and the number of the line behind its end.

    A fence with a language inside another opens one within it. Raises Refused: `cut-off` if it does not
    close, `ambiguous` if a page of Markdown may end at one of several.
    """
    fence = opening(lines[at])
    assert fence is not None
    depth, end = 1, at + 1
    while end < len(lines):
        inner = opening(lines[end])
        if closes(lines[end], fence):
            depth -= 1
        elif inner is not None and inner.info and inner.mark == fence.mark and inner.indent == fence.indent:
            depth += 1
        if not depth:
            break
        end += 1
    else:
        raise Refused("cut-off", "a fence does not close")
    if fence.language in _MARKDOWN and _goes_on(lines, end + 1, fence):
        raise Refused("ambiguous", "fences within a page that has the same fences round it")
    return [_dedented(line, fence.indent) for line in lines[at + 1 : end]], end + 1


def _goes_on(lines: Sequence[str], at: int, fence: Opening) -> bool:
    """True if the next fence opens nothing, by its look: then the page goes on to there, or may."""
    for line in lines[at:]:
        found = opening(line)
        if found is not None:
            return not found.info and found.mark == fence.mark
    return False


def _dedented(line: str, indent: str) -> str:
    if line.startswith(indent):
        return line[len(indent) :]
    width = len(line) - len(line.lstrip(" \t>"))
    return line[min(width, len(indent)) :]
