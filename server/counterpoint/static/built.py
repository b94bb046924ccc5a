"""Text built from pieces: the values in it, and what stands before and after each of them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ast_grep_py import SgNode

from counterpoint.static import syntax

_MARK = re.compile(r"%[-#0 +]*\d*(?:\.\d+)?([sdrif])")
_BRACES = re.compile(r"\{([^{}:!]*)[^{}]*\}")
_QUOTES = "\"'`"


@dataclass(frozen=True, slots=True)
class Piece:
    """A value in a text. `before` is the literal text up to it, `after` what follows."""

    value: SgNode
    before: str
    after: str = ""


def text_of(node: SgNode) -> SgNode | None:
    """The expression that builds a text: the node, or what a name was last set to in its own function."""
    if node.kind() != "identifier":
        return node
    function = syntax.enclosing(node, syntax.FUNCTIONS)
    last: SgNode | None = None
    for found, target, value in syntax.bound(function) if function is not None else ():
        if found.range().start.index < node.range().start.index and target.text() == node.text():
            last = value
    return last


def pieces(node: SgNode) -> Iterator[Piece]:
    """The values in an f-string, a template, a concatenation, `%` or `.format`, in order."""
    kind = node.kind()
    if kind in ("string", "template_string", "concatenated_string"):
        yield from _interpolated(node)
    elif kind in ("binary_operator", "binary_expression"):
        yield from _joined(node)
    elif kind in ("call", "call_expression"):
        yield from _formatted(node)
    elif kind == "parenthesized_expression":
        for child in node.named_children():
            yield from pieces(child)


def _interpolated(node: SgNode) -> Iterator[Piece]:
    children = node.children()
    for at, child in enumerate(children):
        if child.kind() in ("string", "concatenated_string"):
            yield from _interpolated(child)
        elif child.kind() in ("interpolation", "template_substitution") and child.named_children():
            before = children[at - 1].text() if at else ""
            after = children[at + 1].text() if at + 1 < len(children) else ""
            yield Piece(child.named_children()[0], before, after)


def _joined(node: SgNode) -> Iterator[Piece]:
    left, right, operator = node.field("left"), node.field("right"), node.field("operator")
    if left is None or right is None or operator is None:
        return
    if operator.text() == "%":
        values = right.named_children() if right.kind() == "tuple" else [right]
        yield from _placed(left.text(), _MARK, values)
    elif operator.text() == "+":
        yield from pieces(left)
        if right.kind() in ("string", "template_string"):
            yield from pieces(right)
        else:
            literal = left.field("right") if left.kind().startswith("binary") else left
            text = literal.text() if literal is not None and literal.kind() == "string" else ""
            yield Piece(right, text.rstrip(text[-1:]) if text[-1:] in _QUOTES and text else text)


def _formatted(call: SgNode) -> Iterator[Piece]:
    callee, arguments = call.field("function"), call.field("arguments")
    literal = callee.field("object") if callee is not None else None
    if literal is None or arguments is None or literal.kind() not in ("string", "concatenated_string"):
        return
    values, named = [], {}
    for item in arguments.named_children():
        if item.kind() == "keyword_argument":
            label, value = item.field("name"), item.field("value")
            if label is not None and value is not None:
                named[label.text()] = value
        else:
            values.append(item)
    text, at = literal.text(), 0
    for found in _BRACES.finditer(text):
        word = re.split(r"[.\[]", found[1])[0]
        value = named.get(word)
        if value is None:
            index = int(word) if word.isdigit() else at
            at += 1
            value = values[index] if index < len(values) else None
        if value is not None:
            yield Piece(value, text[: found.start()], text[found.end() :])


def _placed(text: str, mark: re.Pattern[str], values: Sequence[SgNode]) -> Iterator[Piece]:
    for found, value in zip(mark.finditer(text), values, strict=False):
        if found[1] in "sr":
            yield Piece(value, text[: found.start()], text[found.end() :])
