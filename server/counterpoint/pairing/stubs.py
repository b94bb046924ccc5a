"""Places that ask for code that is not there, told from the lines round them. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence

from counterpoint.context.enclosing import declared
from counterpoint.pairing.specs import names_files
from counterpoint.pairing.syntax import comment_of
from counterpoint.text import Document

_DOWN, _FEW = 60, 40
"""Lines that are looked at below and above a place."""
ROW = 400
"""Characters of a line that are looked at."""
PROSE = frozenset({"markdown", "mdx", "plaintext", "restructuredtext", "asciidoc", "git-commit", "gitcommit"})
_INDENTED = frozenset({"python", "gdscript", "nim", "coffeescript", "yaml", "haskell", "fsharp", "starlark"})
_ENDED = frozenset({"ruby", "lua", "elixir", "julia", "crystal"})
_DECLARING = (".h", ".hpp", ".hh", ".pyi", ".d.ts")
"""Ends of names of files that declare what is written elsewhere."""
_TYPED = frozenset(
    {"c", "cpp", "csharp", "cuda-cpp", "dart", "groovy", "java", "objective-c", "objective-cpp"}
)
"""Languages in which a function begins with its type and no word tells that it is one."""
_TYPED_HEAD = re.compile(
    r"^\s*(?!(?:return|throw|new|else|await|yield|case|goto|delete|typeof|using|package|import)\b)"
    r"(?:[\w<>\[\],.?*&:]+\s+)+[*&]*(?P<name>~?\w[\w:~]*)\s*\([^;{}=]*\)"
    r"[^;{}=]*(?:\{.*|=>.*)?$"
)
_REMARK = re.compile(r"\s+(?:#|//|--\s).*$")
_WANTED = re.compile(r"\b(?:TODO|FIXME|XXX|HACK|STUB)\b|^(?:implement|not implemented)\b", re.IGNORECASE)
_EMPTY_BODY = re.compile(
    r"""(?:pass | \.\.\. | ; | end
      | (?:raise|throw)\s+(?:new\s+)?[\w.:]*(?:NotImplemented|UnsupportedOperation|Unimplemented)\w*.*
      | (?:raise|throw)\b.*(?:not[ -]?(?:yet[ -]?)?implemented|unimplemented|todo|implement[ ](?:me|this)).*
      | (?:return\s+)?NotImplemented
      | (?:unimplemented|todo)!\s*[(\[{].*
      | panic!?\s*\(.*(?:not[ -]?implemented|unimplemented|todo|implement[ ]me).*
      | (?:fatalError|preconditionFailure|error|abort|die|croak)\b.*(?:implement|todo).*
      | TODO\s*\(.*\) | \?\?\? | undefined | return\s+undefined
      )\s*[;,]?""",
    re.IGNORECASE | re.VERBOSE,
)
_ARROW = re.compile(r"=>\s*(?P<body>throw\b.*)$")
_DEFINES = re.compile(
    r"^\s*(?:(?:export|default|public|private|protected|internal|static|async|pub(?:\([\w:]+\))?|override"
    r"|final|suspend|inline|open|virtual|abstract|local|defp?|macro)\s+)*"
    r"(?:def|class|function\*?|func|fn|fun|impl|sub|proc|method|struct|trait|interface|module|defmodule|object)\b"
)


def is_stub(document: Document, first: int, last: int, *, selected: bool) -> bool:
    """Whether the lines ask for code that is not there: a definition with nothing in it, a TODO, a comment or
    a signature with no code behind it, a specification that names files."""
    if document.language in PROSE:
        return document.language in ("markdown", "mdx") and names_files(document, first, last, selected)
    if not document.lines or first >= len(document.lines):
        return False
    said = comment_of(document.language, document.lines[first][:ROW])
    if said is not None:
        return _WANTED.search(said) is not None or _nothing_below(document, first, last)
    if _trailing_wish(document.lines[first][:ROW]):
        return True
    if document.path.lower().endswith(_DECLARING):
        return False
    header = _header(document, first)
    return header is not None and _is_empty(document, header)


def _trailing_wish(line: str) -> bool:
    return re.search(r"(?:#|//|--|/\*|;)\s*(?:TODO|FIXME)\b", line) is not None


def _nothing_below(document: Document, first: int, last: int) -> bool:
    """Whether a comment describes code that is not there: an empty line or the end comes after it, or less
    indented code."""
    lines, row = document.lines, first
    while row < len(lines) and row <= max(last, first + _FEW):
        if comment_of(document.language, lines[row][:ROW]) is None:
            break
        row += 1
    if row <= last and any(lines[at].strip() for at in range(row, last + 1)):
        return False
    at_top = first == 0 or not lines[first - 1].strip()
    if row >= len(lines) or not lines[row].strip():
        return row >= len(lines) or not at_top or row > 1  # a licence at a file's head describes no code
    return indent_of(lines[row]) < indent_of(lines[first])


def _header(document: Document, line: int) -> int | None:
    """The line on which the definition begins that a line stands in, or on whose header it stands."""
    depth = None
    for number in range(line, max(-1, line - _FEW), -1):
        text = document.lines[number][:ROW]
        if not text.strip() or text.strip()[0] in "})]@" or text.strip() == "{":
            continue
        indent = indent_of(text)
        if depth is not None and indent >= depth:
            continue
        if declared_in(text, document.language):
            return number
        depth = indent
        if indent == 0:
            return None
    return None


def _is_empty(document: Document, header: int) -> bool:
    language = document.language
    lines = [line[:ROW].rstrip() for line in document.lines[header : header + _DOWN]]
    if language in _INDENTED:
        return _is_empty_indented(language, lines)
    if language in _ENDED:
        return _is_empty_ended(language, lines)
    return _is_empty_braced(document, lines)


def _is_empty_indented(language: str, lines: Sequence[str]) -> bool:
    head = next((at for at, line in enumerate(lines) if _ends_header(language, line)), None)
    if head is None:
        return len(lines) == 1 or not any(map(str.strip, lines[1:]))
    inline = _after_colon(lines[head])
    if inline:
        return _EMPTY_BODY.fullmatch(inline) is not None
    depth = indent_of(lines[0])
    body = []
    for line in lines[head + 1 :]:
        if line.strip() and indent_of(line) <= depth:
            break
        body.append(line.strip())
    else:
        if len(lines) == _DOWN:
            return False
    return _says_nothing(language, body)


def _ends_header(language: str, line: str) -> bool:
    said = re.sub(r"\s+#.*$", "", line)
    return bool(re.search(r":\s*(?:(?:pass|\.\.\.|raise\b.*|return\b.*)\s*)?$|=$|[-=]>$|\bwhere$", said))


def _after_colon(line: str) -> str:
    found = re.search(r":\s*((?:pass|\.\.\.|raise\b.*|return\b.*))$", re.sub(r"\s+#.*$", "", line))
    return found[1].strip() if found else ""


def _is_empty_ended(language: str, lines: Sequence[str]) -> bool:
    depth = indent_of(lines[0])
    if re.search(r"[;\s]end\b\s*$", lines[0]):
        inner = re.sub(r"[;\s]*\bend\b\s*$", "", lines[0])
        return inner.endswith((")", "do")) or " " not in inner.strip().partition("(")[0].removeprefix("def ")
    for at, line in enumerate(lines[1:], 1):
        if line.strip() and indent_of(line) <= depth:
            return line.strip().startswith("end") and _says_nothing(
                language, [row.strip() for row in lines[1:at]]
            )
    return len(lines) < _DOWN and _says_nothing(language, [row.strip() for row in lines[1:]])


def _is_empty_braced(document: Document, lines: Sequence[str]) -> bool:
    arrow = _ARROW.search(lines[0])
    if arrow:
        return _EMPTY_BODY.fullmatch(arrow["body"].strip()) is not None
    text = "\n".join(lines)
    opening = _opening(text)
    if opening is None:
        ending = re.search(r"=\s*(\?\?\?|TODO\(.*\))\s*$", lines[0])
        return ending is not None or _is_bare(document, lines)
    depth, end = 0, -1
    for at in range(opening, len(text)):
        depth += {"{": 1, "}": -1}.get(text[at], 0)
        if depth == 0:
            end = at
            break
    if end < 0:
        return len(lines) < _DOWN and not text[opening + 1 :].strip()
    inner = text[opening + 1 : end].split("\n")
    return _says_nothing(document.language, [row.strip() for row in inner])


def _opening(text: str) -> int | None:
    """Where the body's brace stands: behind the parameters, before any other statement."""
    depth = 0
    for at, character in enumerate(text):
        if character in "([":
            depth += 1
        elif character in ")]":
            depth -= 1
        elif character == "{" and depth == 0:
            return at
        elif depth == 0 and (character == ";" or text.startswith("\n\n", at)):
            return None
    return None


def _is_bare(document: Document, lines: Sequence[str]) -> bool:
    """A signature with nothing behind it, in a file that is not one of declarations."""
    if lines[0].rstrip().endswith((";", ",", "=")):
        return False
    follows = next((line for line in lines[1:] if line.strip()), "")
    return bool(_DEFINES.match(lines[0])) and ")" in lines[0] and indent_of(follows) <= indent_of(lines[0])


def _says_nothing(language: str, body: Sequence[str]) -> bool:
    """Whether a body is empty but for what describes it."""
    code = (
        _undocumented([row for row in body if row]) if language == "python" else [row for row in body if row]
    )
    kept = [_REMARK.sub("", row) for row in code if comment_of(language, row) is None]
    said = " ".join(kept)
    return not said or _EMPTY_BODY.fullmatch(said) is not None


def _undocumented(body: Sequence[str]) -> list[str]:
    """Without the docstring it begins with."""
    rows = list(body)
    found = re.match(r"[rRuU]?(\"\"\"|'''|\"|')", rows[0]) if rows else None
    if found is None:
        return rows
    mark, rest = found[1], rows[0][found.end() :]
    if mark in rest:
        return rows[1:]
    end = next((at for at, row in enumerate(rows[1:], 1) if mark in row), len(rows) - 1)
    return rows[end + 1 :]


def declared_in(text: str, language: str) -> str:
    """The name of what a line defines, "" if it defines nothing."""
    if name := declared(text):
        return name
    if language in _TYPED and (typed := _TYPED_HEAD.match(text)):
        return typed["name"].rpartition(":")[2]
    found = _DEFINES.match(text)
    return (re.search(r"[\w$?!]+", text[found.end() :]) or [text.strip()])[0] if found else ""


def indent_of(text: str) -> int:
    """Columns of white space before a line's text."""
    wide = text.expandtabs(8)
    return len(wide) - len(wide.lstrip())
