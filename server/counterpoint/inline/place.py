"""What kind of place the cursor stands at, read from its line. Pure, and cheap enough for every key."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Literal, TypeAlias

Kind: TypeAlias = Literal[
    "line start", "indenting", "opened", "separated", "comma", "dot", "assigned", "annotated", "operator",
    "sign", "after keyword", "after word", "closed", "ended", "quote", "word begun", "in word", "whole word",
    "number", "mark",
]  # fmt: skip
"""Where the cursor is: on an empty line with its indentation or before it is whole; after an opening bracket;
after `, ` or `; `; right after a comma, a dot (`::`, `->`); after ` = ` or the `=` of an argument, after
`: `, after any other operator and a blank, right after a sign; after a keyword or another word and a blank;
after a closing bracket; after what ends a line (`:` `{` `;` and nothing behind); after a quote; after one
letter of a word, several, or a whole known one; after a digit or another mark."""

KEYWORDS = frozenset({
    "and", "as", "assert", "async", "await", "break", "case", "catch", "class", "const", "continue",
    "def", "default", "del", "do", "elif", "else", "enum", "except", "export", "extends", "final",
    "finally", "fn", "for", "from", "func", "function", "go", "if", "impl", "implements", "import",
    "in", "interface", "is", "lambda", "let", "loop", "match", "mod", "module", "mut", "namespace",
    "new", "none", "not", "null", "or", "package", "pass", "pub", "public", "private", "protected",
    "raise", "range", "return", "self", "static", "struct", "super", "switch", "this", "throw",
    "throws", "trait", "true", "false", "try", "type", "typeof", "use", "var", "void", "where", "while",
    "with", "yield",
})  # fmt: skip
_WORD = re.compile(r"[^\W\d]\w*\Z")
_TWO = re.compile(r"^  \S", re.MULTILINE)
_LEAVES = ("return", "raise", "break", "continue", "pass", "throw")
_SIGNS = frozenset("=+-*/%<>&|^!?~:")
_OPENING, _CLOSING = "([{", ")]}"
_NEAR = 4_000


def kind_of(before: str, after: str) -> Kind:
    """The kind of the place between two texts."""
    line = before[before.rfind("\n") + 1 :]
    if not line.strip():
        return "indenting" if len(line.expandtabs(4)) < _expected(before) else "line start"
    if line[-1] in " \t":
        return _after_blank(line.rstrip())
    word = _WORD.search(line)
    if word is not None:
        return _of_word(word[0], before)
    return _after_mark(line, after)


def comment_or_string(before: str) -> Literal["code", "comment", "string"]:
    """A guess from the line alone, for where no tree is at hand."""
    line = before[before.rfind("\n") + 1 :]
    if line.lstrip().startswith(("#", "//", "/*", "* ", "--", "///", '"""')):
        return "comment"
    quoted = ""
    escaped = False
    for one in line:
        if escaped:
            escaped = False
        elif one == "\\":
            escaped = True
        elif quoted:
            quoted = "" if one == quoted else quoted
        elif one in "\"'`":
            quoted = one
    return "string" if quoted else "code"


def _after_blank(bare: str) -> Kind:
    last = bare[-1]
    if last in ",;":
        return "separated"
    if last in _SIGNS:
        return "annotated" if last == ":" else "assigned" if _assigns(bare) else "operator"
    if last in _CLOSING:
        return "after word"
    word = _WORD.search(bare)
    return "after keyword" if word is not None and word[0].lower() in KEYWORDS else "after word"


def _of_word(word: str, before: str) -> Kind:
    if len(word) == 1:
        return "word begun"
    return "whole word" if word.lower() in KEYWORDS or _known(word, before) else "in word"


def _known(word: str, before: str) -> bool:
    """Whether the word stands by itself in the text near the cursor: it is then most likely whole."""
    near = before[-_NEAR : len(before) - len(word)]
    return any(_alone(near, at, len(word)) for at in _found(near, word))


def _found(text: str, word: str) -> Iterator[int]:
    """The last few places of a word, the nearest first."""
    at = len(text)
    for _ in range(4):
        at = text.rfind(word, 0, at + len(word) - 1) if at else -1
        if at < 0:
            return
        yield at


def _alone(text: str, at: int, size: int) -> bool:
    behind = text[at + size : at + size + 1]
    ahead = text[at - 1 : at] if at else ""
    return not (_is_word(behind) or _is_word(ahead))


def _is_word(one: str) -> bool:
    return one.isalnum() or one == "_"


def _after_mark(line: str, after: str) -> Kind:
    last, two = line[-1], line[-2:]
    if last in "{;" or (last == ":" and two != "::"):
        return "sign" if after.partition("\n")[0].strip(" \t)]}") else "ended"
    if last in _OPENING:
        return "opened"
    if last in _CLOSING:
        return "closed"
    if last == "." or two in ("::", "->", "?."):
        return "dot"
    return _after_sign(last, line)


def _after_sign(last: str, line: str) -> Kind:
    if last == ",":
        return "comma"
    if last in _SIGNS:
        return "assigned" if last == "=" and _is_word(line[-2:-1]) else "sign"
    if last in "\"'`":
        return "quote"
    return "number" if last.isdigit() else "mark"


def _assigns(bare: str) -> bool:
    return bare.endswith((":=", "=>")) or (bare[-1] == "=" and bare[-2:-1] not in "=!<>")


def _expected(before: str) -> int:
    """Columns an editor indents a new line by: as the last line with text, deeper if that opens a block."""
    above = before[: before.rfind("\n") + 1]
    bare = above.rstrip()
    line = bare[bare.rfind("\n") + 1 :].expandtabs(4)
    indent = len(line) - len(line.lstrip())
    step = 2 if _TWO.search(before[-_NEAR:]) else 4
    if line.endswith((":", *_OPENING)):
        return indent + step
    if line.lstrip().startswith(_LEAVES):
        return max(0, indent - step)
    return 0 if above.count("\n", len(bare)) > 1 else indent
