"""What surrounds a cursor: scopes, imports, the name being typed, where statement and block end, errors.

`syntax_at` reads it from a tree, be that of a whole file or of a slice; `Syntax.source` says which. Lines and
columns are 0-based and count as editors do: lines end at LF, CRLF and CR, columns are code points.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import accumulate
from typing import TYPE_CHECKING, Literal, NamedTuple

from counterpoint.context.facts import TYPES
from counterpoint.context.lexing import Inside, chain_before, indented_scopes, inside_at
from counterpoint.context.scope_nodes import BLOCKS, IMPORTS, SCOPES, in_text, is_import_call, name_of

if TYPE_CHECKING:
    from tree_sitter import Node

    from counterpoint.context.parsing import Parsed

Source = Literal["tree", "slice", "words"]
_LINE = re.compile(rb"[^\r\n]*(?:\r\n|\n|\r)|[^\r\n]+")
_MOST_ERRORS = 20
_BY_INDENT = frozenset({"python"})
_RECEIVER_REACH = 800
_REACH = 400


class Point(NamedTuple):
    """A 0-based line and column."""

    line: int
    column: int


class Scope(NamedTuple):
    """A definition round the cursor, `kind` as in `facts.Definition`. Lines are inclusive."""

    kind: str
    name: str
    first_line: int
    last_line: int


@dataclass(frozen=True, slots=True)
class Syntax:
    """`scopes` are outermost first. `imports` are inclusive line ranges. `receiver` is the chain of names
    that ends at the cursor, arguments left out: `foo.bar` or, where a member is awaited, `foo.bar.`.

    `statement_end` is None between statements; `block_end` is behind the block's closing token and None at
    top level. `errors` are half-open. What could not be seen from a slice is absent.
    """

    source: Source = "words"
    scopes: tuple[Scope, ...] = ()
    imports: tuple[tuple[int, int], ...] = ()
    receiver: str = ""
    statement_end: Point | None = None
    block_end: Point | None = None
    errors: tuple[tuple[Point, Point], ...] = ()
    inside: Inside = "code"


@dataclass(frozen=True)
class Rows:
    """Places in the bytes of a parsed text. `numbers` gives the document's line of each row of a slice."""

    data: bytes
    numbers: Sequence[int] = field(default=())

    @cached_property
    def rows(self) -> list[bytes]:
        if b"\r" in self.data:
            return _LINE.findall(self.data)
        return [line + b"\n" for line in self.data.split(b"\n")]

    @cached_property
    def starts(self) -> list[int]:
        return list(accumulate(map(len, self.rows), initial=0))

    def line(self, row: int) -> int:
        """The document's number of a row; a row past the last counts on."""
        if not self.numbers:
            return row
        return (
            self.numbers[row] if row < len(self.numbers) else self.numbers[-1] + row - len(self.numbers) + 1
        )

    def row(self, line: int) -> int:
        """The row of a line of the document, or the nearest before it."""
        if not self.numbers:
            return line
        return max(0, bisect_right(self.numbers, line) - 1)

    def byte(self, line: int, column: int) -> int:
        """Offset of a place, clamped into the text."""
        row = self.row(line)
        if row >= len(self.rows):
            return len(self.data)
        text = self.rows[row].rstrip(b"\r\n")
        if not text.isascii():
            text = text.decode("utf-8", "surrogatepass")[:column].encode("utf-8", "surrogatepass")
        return self.starts[row] + min(column, len(text)) if text.isascii() else self.starts[row] + len(text)

    def point(self, offset: int) -> Point:
        """Line and column of an offset."""
        row = min(bisect_right(self.starts, offset) - 1, max(0, len(self.rows) - 1))
        before = self.data[self.starts[row] : offset]
        if before.endswith((b"\n", b"\r")):  # the end of the text, behind its last line end
            return Point(self.line(row + 1), 0)
        column = len(before) if before.isascii() else len(before.decode("utf-8", "replace"))
        return Point(self.line(row), column)

    def lines(self, node: Node) -> tuple[int, int]:
        """First and last line of a node, a line end at its end left out."""
        end = node.end_byte
        while end > node.start_byte and self.data[end - 1 : end] in (b"\n", b"\r"):
            end -= 1
        return self.point(node.start_byte).line, self.point(max(node.start_byte, end - 1)).line


def syntax_at(
    parsed: Parsed, line: int, column: int, source: Source = "tree", numbers: Sequence[int] = ()
) -> Syntax:
    """What a tree says of a place. `numbers` are the document's lines of a slice's rows. Pure."""
    rows = Rows(parsed.data, numbers)
    place = _Place.of(parsed, rows, line, column)
    broken = parsed.tree.root_node.has_error
    return Syntax(
        source,
        scopes=tuple(_scopes(place, rows)),
        imports=tuple(_imports(parsed.tree.root_node, rows)),
        receiver=_receiver(parsed, place.cursor),
        statement_end=_statement_end(place, rows),
        block_end=_block_end(place, rows),
        errors=tuple(_errors(parsed.tree.root_node, rows)) if broken else (),
        inside=_inside(parsed, place, rows, broken),
    )


@dataclass(frozen=True)
class _Place:
    """The cursor in a tree: its offset, the last character before it that is no space, its nodes."""

    cursor: int
    path: tuple[Node, ...]
    margin: int | None
    """Column of a cursor with only space before it in a language of indentation, else None."""

    @classmethod
    def of(cls, parsed: Parsed, rows: Rows, line: int, column: int) -> _Place:
        cursor = rows.byte(line, column)
        ahead = parsed.data[:cursor].rstrip()
        blank = b"\n" in parsed.data[len(ahead) : cursor] or not ahead
        margin = column if blank and parsed.language in _BY_INDENT else None
        return cls(cursor, tuple(_path(parsed.tree.root_node, max(0, len(ahead) - 1))), margin)

    def within(self, node: Node) -> bool:
        """True if the cursor is inside a node of the path, and not just behind its closing token."""
        if self.cursor < node.end_byte:
            return True
        if self.margin is not None:
            column = node.start_point.column
            return column < self.margin or (node.type in BLOCKS and column == self.margin)
        return not _closed(node)


def _path(root: Node, offset: int) -> list[Node]:
    # By a cursor: `Node.first_child_for_byte` of tree-sitter 0.26 reads a null node behind the last child.
    found, cursor = [root], root.walk()
    while cursor.goto_first_child_for_byte(offset) is not None:
        child = cursor.node
        if child is None or not child.start_byte <= offset < child.end_byte:
            break
        found.append(child)
    return found


def _closed(node: Node) -> bool:
    """True if a node ends with a token that closes it, so that nothing behind belongs to it."""
    last: Node | None = node
    while last is not None and last.child_count:
        last = last.child(last.child_count - 1)
    return last is not None and last.type in ("}", "end", ")", "]", ";", "fi", "done", "esac")


def _scopes(place: _Place, rows: Rows) -> list[Scope]:
    found: list[Scope] = []
    for node in place.path:
        kind = SCOPES.get(node.type) if node.is_named else None
        if kind and place.within(node) and (name := name_of(node)):
            first, last = rows.lines(node)
            if kind == "function" and found and found[-1].kind in TYPES - {"module"}:
                kind = "method"
            found.append(Scope(kind, name, first, last))
    if any(node.is_error for node in place.path):
        return _with_indented(found, place, rows)
    return found


def _with_indented(found: list[Scope], place: _Place, rows: Rows) -> list[Scope]:
    """A definition that lost its node to an error is known by its line and its indentation."""
    row = min(bisect_right(rows.starts, place.cursor) - 1, len(rows.rows) - 1)
    if row < 0:
        return found
    base = max(0, row - _REACH)
    near = [text.decode("utf-8", "replace") for text in rows.rows[base : row + _REACH]]
    known = {scope.name for scope in found}
    more = [
        Scope(kind, name, rows.line(base + first), rows.line(base + last))
        for kind, name, first, last in indented_scopes(near, row - base)
        if name not in known
    ]
    return sorted((*found, *more), key=lambda scope: (scope.first_line, -scope.last_line))


def _imports(root: Node, rows: Rows) -> list[tuple[int, int]]:
    return [rows.lines(node) for node in root.children if node.type in IMPORTS or is_import_call(node)]


def _receiver(parsed: Parsed, cursor: int) -> str:
    before = parsed.data[max(0, cursor - _RECEIVER_REACH) : cursor].decode("utf-8", "replace")
    return chain_before(before)


def _statement_end(place: _Place, rows: Rows) -> Point | None:
    for above, node in zip(reversed(place.path[:-1]), reversed(place.path[1:]), strict=True):
        if above.type in BLOCKS and node.is_named:
            broken = any(below.is_error for below in place.path[place.path.index(node) :])
            return None if broken or place.cursor > node.end_byte else rows.point(node.end_byte)
    return None


def _block_end(place: _Place, rows: Rows) -> Point | None:
    for node in reversed(place.path[1:]):
        if node.type in BLOCKS and node.is_named and place.within(node) and node.start_byte < place.cursor:
            return rows.point(node.end_byte)
    return None


def _errors(root: Node, rows: Rows) -> list[tuple[Point, Point]]:
    found: list[tuple[Point, Point]] = []
    waiting = [root]
    while waiting and len(found) < _MOST_ERRORS:
        node = waiting.pop()
        if node.is_error or node.is_missing:
            found.append((rows.point(node.start_byte), rows.point(node.end_byte)))
        elif node.has_error:
            waiting.extend(reversed(node.children))
    return found


def _inside(parsed: Parsed, place: _Place, rows: Rows, broken: bool) -> Inside:
    # The node of the character under the cursor knows of strings and comments, also of their last character.
    for node in reversed(_path(parsed.tree.root_node, place.cursor)):
        if node.start_byte < place.cursor < node.end_byte and (kind := in_text(node)):
            return kind
    leaf = place.path[-1]
    if in_text(leaf) == "comment" and not leaf.end_byte < place.cursor and not _block_comment(parsed, leaf):
        return "comment"
    if not broken:
        return "code"
    # An unclosed string leaves no string behind in a tree: what stands before the cursor tells.
    return inside_at(parsed.language, parsed.data[: place.cursor].decode("utf-8", "replace"))


def _block_comment(parsed: Parsed, node: Node) -> bool:
    return parsed.data[max(0, node.end_byte - 2) : node.end_byte] in (b"*/", b"]]")
