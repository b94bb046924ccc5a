"""Definitions and imports of a Python file, from its lines, without a tree.

Python ends and nests its statements by lines and indents, so that a definition can be told by how its line
begins, at a third of what parsing costs. Wherever a text leaves a doubt nothing is said, and a query asks the
tree: where brackets do not close, statements share a line, or a keyword stands where no statement begins.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from counterpoint.context.extract_lines import Lines, lines_of
from counterpoint.context.extract_scopes import FILE, Definitions, Made, Scope
from counterpoint.context.extract_source import TYPE
from counterpoint.context.extract_statements import (
    COLON,
    SET,
    WORD,
    Doubt,
    bases_at,
    colon_after,
    field_at,
    fields_within,
    imports_at,
    name_of,
    values_at,
)
from counterpoint.context.extract_sweep import CONSTRUCTORS
from counterpoint.context.facts import Import
from counterpoint.context.values import bases_in, type_text

_HEAD = re.compile(
    rb"(?:async[ \t]+)?(def)[ \t]+(" + WORD + rb")|(class)[ \t]+(" + WORD + rb")|(import|from)\b"
)
_TELLING = frozenset({b"asy", b"cla", b"cls", b"def", b"fro", b"imp", b"sel"})
"""How statements begin that may tell something in a function."""
_DECORATOR = 64
_KEYWORDS = {
    word: re.compile(word + rb"(?![\w\x80-\xff])(?<![\w.\x80-\xff]" + word + rb")")
    for word in (b"def", b"class", b"import")
}
_HIDDEN = Scope("", False)
"""Of what stands in a function."""
_BASES = 4_000
_EMPTY = (b"pass", b"...")
_NO_ROWS: Mapping[int, Sequence[re.Match[bytes]]] = {}


@dataclass(slots=True)
class _Block:
    """A class or function that is open, or the file. `around` is the innermost type, `body` the indent of
    its statements. `number` and `shown` tell where its definition is, whose last line is not known yet."""

    scope: Scope
    around: Scope | None
    hidden: bool
    number: int = 0
    indent: int = -1
    body: int = 0


def in_python(data: bytes) -> tuple[list[Made], list[Import]] | None:
    """The definitions and imports of a Python file, by line; None if only its tree can say."""
    lines = lines_of(data)
    if lines is None:
        return None
    walk = _Walk(lines)
    try:
        walk.through()
    except Doubt:
        return None
    definitions = Definitions()
    for made in (*walk.shown, *walk.hidden):
        if made[1] in ("field", "constant", "variable"):
            definitions.value(made)
        else:
            definitions.add(made)
    definitions.later = walk.of_self + walk.of_cls
    found = definitions.finish()
    found.sort(key=lambda one: one[4])
    walk.imports.sort(key=lambda one: one.line)
    return found, walk.imports


@dataclass(slots=True)
class _Walk:
    """`through`, and what it has found so far."""

    of: Lines
    shown: list[Made] = field(default_factory=list)
    hidden: list[Made] = field(default_factory=list)
    """What stands in functions: it never takes the name of what others can see."""
    of_self: list[Made] = field(default_factory=list)
    of_cls: list[Made] = field(default_factory=list)
    """Fields that methods set: one that the type declares counts more."""
    imports: list[Import] = field(default_factory=list)
    counts: dict[bytes, int] = field(default_factory=lambda: dict.fromkeys(_KEYWORDS, 0))
    """How many statements of a keyword were taken."""
    within: Mapping[int, Sequence[re.Match[bytes]]] = field(default_factory=lambda: _NO_ROWS)

    def through(self) -> None:
        """Take all statements. Raises Doubt."""
        _, text, _, starts, indents, rows, _ = self.of
        within = self.within = fields_within(self.of)
        block = _Block(FILE, None, False)
        stack = [block]
        before = -1
        for row in rows:
            indent = indents[row]
            while indent <= block.indent:
                self._close(stack.pop(), before, row)
                block = stack[-1]
            before = row
            at = starts[row] + indent
            if block.scope is _HIDDEN and text[at : at + 3] not in _TELLING and row not in within:
                continue
            opened = self._statement(row, at, block)
            if opened is not None:
                opened.indent = indent
                stack.append(opened)
                block = opened
        for left in reversed(stack[1:]):
            self._close(left, before, len(starts) - 1)
        for word, pattern in _KEYWORDS.items():
            taken = self.counts[word]
            if text.count(word + b" ") != taken != len(pattern.findall(text)):
                raise Doubt

    def _close(self, block: _Block, before: int, row: int) -> None:
        """A block ends with its last statement, or with the comments below that are indented like it."""
        of = self.of
        last = of.last.get(before, before)
        for number in range(last + 1, row):
            if of.is_comment(number):
                if of.comment_indent(number) < block.body:
                    break
                last = number
        held = self.hidden if block.hidden else self.shown
        one = held[block.number]
        held[block.number] = (*one[:3], last, *one[4:])

    def _statement(self, row: int, at: int, block: _Block) -> _Block | None:
        """Take what a statement says; the block it opens."""
        of = self.of
        head = _HEAD.match(of.text, at)
        if head is not None:
            if not head[5]:
                return self._headed(head, row, block)
            self.counts[b"import"] += 1
            self.imports += imports_at(of, row, at, head[5] == b"import")
        elif block.scope is _HIDDEN:
            if block.around is not None:
                found = SET.match(of.text, at)
                for one in ((found,) if found is not None else (), self.within.get(row, ())):
                    for match in one:
                        into = self.of_self if match[1] == b"self" else self.of_cls
                        into.append(field_at(of, match, row, block.around))
        elif of.text[at] != _DECORATOR:
            (self.hidden if block.hidden else self.shown).extend(values_at(of, row, at, block.scope))
        return None

    def _headed(self, head: re.Match[bytes], row: int, block: _Block) -> _Block | None:
        """Take a definition; the block it opens, if that is not on its line."""
        of, end = self.of, self.of.end(row)
        inline = of.text[end - 1] != COLON
        colon = colon_after(of.text, head.end(), end) if inline else end - 1
        hidden = block.hidden or block.scope is _HIDDEN
        made, opened = (_function if head[1] else _class)(of, head, row, colon, block, hidden)
        self.counts[head[1] or head[3]] += 1
        held = self.hidden if hidden else self.shown
        opened.number = len(held)
        held.append(made)
        if not inline:
            opened.body = _indent_below(of, row)
            return opened
        rest = of.text[colon + 1 : end].strip()
        if SET.search(rest) if head[1] else rest not in _EMPTY and rest.strip(b"~"):
            raise Doubt
        return None


def _indent_below(of: Lines, row: int) -> int:
    """The indent of the statements of a block. Raises Doubt for one that is empty."""
    below = of.after(row)
    if below is None or of.indents[below] <= of.indents[row]:
        raise Doubt
    return of.indents[below]


def _function(
    of: Lines, head: re.Match[bytes], row: int, colon: int, block: _Block, hidden: bool
) -> tuple[Made, _Block]:
    scope = block.scope
    name, owner = name_of(head[2]), scope.owner or ""
    kind = "function" if not owner else "constructor" if name in CONSTRUCTORS else "method"
    type_, arrow = "", of.text.rfind(b"->", head.end(), colon)
    if arrow >= 0:
        returns = of.data[arrow + 2 : colon].strip()
        if b"\\" in returns:
            raise Doubt
        type_ = type_text(returns[:TYPE])
    signature = row + of.text.count(b"\n", head.end(), colon)
    last = of.last.get(row, row)
    made = (name, kind, row, last, row, signature, owner, type_, (), scope.exported)
    return made, _Block(_HIDDEN, block.around, hidden)


def _class(
    of: Lines, head: re.Match[bytes], row: int, colon: int, block: _Block, hidden: bool
) -> tuple[Made, _Block]:
    scope = block.scope
    name, owner = name_of(head[4]), scope.owner or ""
    first, end = bases_at(of.text, head.end(), colon)
    bases = bases_in(of.data[first:end][:_BASES]) if first < end else ()
    signature = row + of.text.count(b"\n", head.end(), colon)
    last = of.last.get(row, row)
    made = (name, "class", row, last, row, signature, owner, "", bases, scope.exported)
    inside = Scope(f"{owner}.{name}" if owner else name, scope.exported)
    return made, _Block(inside, inside, hidden)
