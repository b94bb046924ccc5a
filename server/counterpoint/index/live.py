"""An open document in the service: its bytes kept by edits, its tree by reparsing what changed.

A tree is taken over into the next version only while both are free of errors. Recovery from an error may
end differently after an edit than from the start, and costs several fresh parses where a bracket or a string
is not closed yet: as soon as a reparse meets an error, it is given up for a fresh one.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from counterpoint.context.facts import Facts
from counterpoint.context.parsing import Parsed, encoded, has_grammar, parse_until, with_line_feeds
from counterpoint.index.edits import LineEdit

if TYPE_CHECKING:
    from tree_sitter import Tree

_LINE = re.compile(rb"[^\r\n]*(?:\r\n|\n|\r)|[^\r\n]+")
_MANY_EDITS = 200
"""Edits after which what is left of a tree is not worth its reuse."""


class LiveDocument:
    """One open document. Its text is UTF-8 with lone surrogates kept as three bytes."""

    def __init__(self, language: str, text: str, version: int | None) -> None:
        self.language = language
        self.version = version
        self.edited = False
        """True once the editor changed it after it was opened or saved."""
        self._data: bytes | None = encoded(text)
        self._lines: list[bytes] = _LINE.findall(self._data)
        self._tree: Tree | None = None
        self._parsed: Parsed | None = None
        self._pending = 0
        self._facts: tuple[Facts, bytes, float] | None = None

    @property
    def data(self) -> bytes:
        if self._data is None:
            self._data = b"".join(self._lines)
        return self._data

    @property
    def text(self) -> str:
        return self.data.decode("utf-8", "surrogatepass")

    def lines(self) -> list[str]:
        """Lines without their ends."""
        return [line.rstrip(b"\r\n").decode("utf-8", "replace") for line in self._lines]

    def edit(self, edits: Iterable[LineEdit], version: int | None) -> list[tuple[int, int, int]]:
        """Apply edits in order. Returns for each the first line, the line behind the last replaced one, and
        that behind the last new one."""
        touched = [self._one(edit) for edit in edits]
        self.version = version
        self.edited = True
        return touched

    def _one(self, edit: LineEdit) -> tuple[int, int, int]:
        start = self._place(edit.first_line, edit.first_column)
        end = max(start, self._place(edit.last_line, edit.last_column))
        new = encoded(edit.text)
        self._tell_tree(start, end, new)
        first, last = start[0], min(end[0] + 1, len(self._lines))
        head = self._lines[first][: start[1]] if start[1] else b""
        tail = self._lines[end[0]][end[1] :] if end[0] < len(self._lines) else b""
        middle: list[bytes] = _LINE.findall(head + new + tail)
        if first and middle and middle[0].startswith(b"\n") and self._lines[first - 1].endswith(b"\r"):
            first -= 1  # the two halves of a CRLF have met
            middle[0] = self._lines[first] + middle[0]
        self._lines[first:last] = middle
        self._data = self._parsed = None
        return first, last, first + len(middle)

    def _place(self, line: int, column: int) -> tuple[int, int]:
        """Line and byte of a place, clamped into the text."""
        if line < 0:
            return 0, 0
        if line >= len(self._lines):
            if self._lines and not self._lines[-1].endswith((b"\n", b"\r")):
                return len(self._lines) - 1, len(self._lines[-1])
            return len(self._lines), 0
        text = self._lines[line].rstrip(b"\r\n")
        if text.isascii():
            return line, max(0, min(column, len(text)))
        before = text.decode("utf-8", "surrogatepass")[: max(0, column)]
        return line, len(encoded(before))

    # -- the tree

    def _tell_tree(self, start: tuple[int, int], end: tuple[int, int], new: bytes) -> None:
        self._pending += 1
        if self._tree is None or self._pending > _MANY_EDITS or self._tree.root_node.has_error:
            self._tree = None
            return
        if self._pending == 1:
            self._tree = self._tree.copy()  # what was handed out stays as it is
        data = self.data
        first = sum(map(len, self._lines[: start[0]])) + start[1]
        last = first - start[1] + sum(map(len, self._lines[start[0] : end[0]])) + end[1]
        row, column = _point(data, first)
        self._tree.edit(
            first,
            last,
            first + len(new),
            (row, column),
            _point(data, last),
            _after((row, column), new),
        )

    def parsed(self, stop: Callable[[], bool] = lambda: False) -> Parsed | None:
        """The tree of the text as it is; None without a grammar, or if `stop` said so before it was done."""
        if not has_grammar(self.language):
            return None
        if self._parsed is None:
            data = with_line_feeds(self.data)
            # A lone CR turns into half of a CRLF by an edit beside it, of which no tree would be told.
            plain = data == self.data
            again = self._again(stop) if plain else None
            self._parsed = again or parse_until(self.language, data, lambda offset, error: stop())
            if self._parsed is not None:
                self._tree = self._parsed.tree if plain else None
                self._pending = 0
        return self._parsed

    def _again(self, stop: Callable[[], bool]) -> Parsed | None:
        old, self._tree = self._tree, None
        if old is None:
            return None
        found = parse_until(self.language, self.data, lambda offset, error: error or stop(), old)
        return None if found is None or found.tree.root_node.has_error else found

    # -- facts

    def facts(self, path: str, *, at_once: bool = True) -> Facts | None:
        """What the document says; what it last said, if that is known, unless `at_once`."""
        if self._facts is not None and (not at_once or self._facts[1] is self._data):
            return self._facts[0]
        return self._extract(path)

    def facts_lag(self, now: float) -> float:
        """For how many seconds facts were used that the text has left behind; 0.0 if none were."""
        if self._facts is None or self._facts[1] is self._data:
            return 0.0
        return now - self._facts[2]

    def _extract(self, path: str) -> Facts | None:
        from counterpoint.context.extract import extract

        if not has_grammar(self.language):
            return None
        parsed = self.parsed()
        assert parsed is not None  # it has a grammar, and nothing stops it
        facts, data = extract(path, parsed), self.data
        self._facts = facts, data, time.monotonic()
        return facts


def _point(data: bytes, offset: int) -> tuple[int, int]:
    """Row and byte of an offset as tree-sitter counts them: rows end at LF only."""
    return data.count(b"\n", 0, offset), offset - (data.rfind(b"\n", 0, offset) + 1)


def _after(start: tuple[int, int], new: bytes) -> tuple[int, int]:
    rows = new.count(b"\n")
    if rows:
        return start[0] + rows, len(new) - (new.rfind(b"\n") + 1)
    return start[0], start[1] + len(new)
