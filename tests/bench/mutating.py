"""Small mistakes put into Python code, one at a time: comparisons turned, constants swapped, conditions
denied, returns and calls dropped. The text is changed where the mistake is and nowhere else.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import NamedTuple

_TURNED = {
    ast.Lt: ">=", ast.LtE: ">", ast.Gt: "<=", ast.GtE: "<", ast.Eq: "!=", ast.NotEq: "==",
    ast.In: "not in", ast.NotIn: "in", ast.Is: "is not", ast.IsNot: "is",
}  # fmt: skip


class Mutant(NamedTuple):
    """One mistake: `line` is 1-based, `start` and `end` are offsets in the text, which `new` replaces."""

    kind: str
    line: int
    start: int
    end: int
    new: str

    def applied(self, text: str) -> str:
        """The text with the mistake in it."""
        return text[: self.start] + self.new + text[self.end :]


def mutants_in(text: str) -> list[Mutant]:
    """Every mistake that could be made in a file, within functions only; those that do not parse are left."""
    tree = ast.parse(text)
    offsets = _Offsets(text)
    found = {}
    for function in ast.walk(tree):
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
            for one in _in_function(function, text, offsets):
                found[one.start, one.end, one.new] = one
    return [one for one in sorted(found.values(), key=lambda one: one.start) if _parses(one.applied(text))]


def _parses(text: str) -> bool:
    try:
        ast.parse(text)
    except SyntaxError:
        return False
    return True


class _Offsets:
    """Offsets of the places of a tree, whose columns count bytes."""

    def __init__(self, text: str) -> None:
        self._lines = text.split("\n")
        self._starts = [0]
        for line in self._lines:
            self._starts.append(self._starts[-1] + len(line) + 1)

    def of(self, line: int, column: int) -> int:
        return self._starts[line - 1] + len(self._lines[line - 1].encode()[:column].decode())

    def span(self, node: ast.expr | ast.stmt) -> tuple[int, int]:
        assert node.end_lineno is not None
        assert node.end_col_offset is not None
        return self.of(node.lineno, node.col_offset), self.of(node.end_lineno, node.end_col_offset)


def _in_function(
    function: ast.FunctionDef | ast.AsyncFunctionDef, text: str, offsets: _Offsets
) -> Iterator[Mutant]:
    for statement in function.body:
        for node in ast.walk(statement):
            if isinstance(node, ast.Compare):
                yield from _turned(node, text, offsets)
            elif isinstance(node, ast.Constant):
                yield from _swapped(node, offsets)
            elif isinstance(node, ast.If | ast.While | ast.IfExp):
                start, end = offsets.span(node.test)
                yield Mutant("negate condition", node.test.lineno, start, end, f"not ({text[start:end]})")
            elif isinstance(node, ast.Return) and node.value is not None:
                start, end = offsets.span(node.value)
                if text[start:end] != "None":
                    yield Mutant("remove return", node.lineno, start, end, "None")
            elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Call | ast.Await):
                start, end = offsets.span(node)
                yield Mutant("drop call", node.lineno, start, end, "pass")


def _turned(node: ast.Compare, text: str, offsets: _Offsets) -> Iterator[Mutant]:
    new = _TURNED.get(type(node.ops[0]))
    if new is not None and len(node.ops) == 1:
        start, end = offsets.span(node.left)[1], offsets.span(node.comparators[0])[0]
        if "\n" not in text[start:end] and "(" not in text[start:end] and ")" not in text[start:end]:
            yield Mutant("flip comparison", node.lineno, start, end, f" {new} ")


def _swapped(node: ast.Constant, offsets: _Offsets) -> Iterator[Mutant]:
    start, end = offsets.span(node)
    if isinstance(node.value, bool):
        yield Mutant("swap constant", node.lineno, start, end, str(not node.value))
    elif isinstance(node.value, int):
        yield Mutant("swap constant", node.lineno, start, end, str(node.value + 1))
