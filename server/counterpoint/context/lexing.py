"""What text alone tells of a cursor: whether it is in a string or comment, the chain of names before it, the
definitions it is indented under. Serves texts that have no tree, and trees broken at that very place."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator, Sequence
from functools import cache
from typing import Literal

from counterpoint.context.enclosing import declared

Inside = Literal["code", "string", "comment"]

_LINE_END = r"(?=[\r\n]|\Z)"
_PLAIN = r'"(?:[^"\\\r\n]|\\.)*(?:"|' + _LINE_END + r")|'(?:[^'\\\r\n]|\\.)*(?:'|" + _LINE_END + ")"
_SLASHES = r"(?P<comment>//[^\r\n]*|/\*(?s:.*?)(?:\*/|\Z))"
_HASH = r"(?P<comment>(?<![$\w])#[^\r\n]*)"
_DASHES = r"(?P<comment>--\[(?P<eq>=*)\[(?s:.*?)(?:\](?P=eq)\]|\Z)|--[^\r\n]*)"
_TRIPLE = r'"""(?s:(?:[^\\]|\\.)*?)(?:"""|\Z)' + r"|'''(?s:(?:[^\\]|\\.)*?)(?:'''|\Z)"
_TEXT_BLOCK = r'"""(?s:(?:[^\\]|\\.)*?)(?:"""|\Z)'
_BACKTICK = r"`(?s:(?:[^`\\]|\\.)*)(?:`|\Z)"
_RAW = r"`[^`]*(?:`|\Z)"
_RUST = (
    r"'(?:[^'\\\r\n]|\\.[^'\r\n]*)'|b?r(?P<eq>#*)\"(?s:.*?)(?:\"(?P=eq)|\Z)|\"(?s:(?:[^\"\\]|\\.)*)(?:\"|\Z)"
)
_LONG = r"\[(?P<lv>=*)\[(?s:.*?)(?:\](?P=lv)\]|\Z)"
_MULTI = r'"(?s:(?:[^"\\]|\\.)*)(?:"|\Z)' + r"|'[^']*(?:'|\Z)"

_STYLES: dict[str, tuple[str, str]] = {
    "python": (_HASH, f"{_TRIPLE}|{_PLAIN}"),
    "javascript": (_SLASHES, f"{_BACKTICK}|{_PLAIN}"),
    "javascriptreact": (_SLASHES, f"{_BACKTICK}|{_PLAIN}"),
    "typescript": (_SLASHES, f"{_BACKTICK}|{_PLAIN}"),
    "typescriptreact": (_SLASHES, f"{_BACKTICK}|{_PLAIN}"),
    "go": (_SLASHES, f"{_RAW}|{_PLAIN}"),
    "rust": (_SLASHES, _RUST),
    "java": (_SLASHES, f"{_TEXT_BLOCK}|{_PLAIN}"),
    "kotlin": (_SLASHES, f"{_TEXT_BLOCK}|{_PLAIN}"),
    "scala": (_SLASHES, f"{_TEXT_BLOCK}|{_PLAIN}"),
    "swift": (_SLASHES, f"{_TEXT_BLOCK}|{_PLAIN}"),
    "php": (r"(?P<comment>(?://|#(?!\[))[^\r\n]*|/\*(?s:.*?)(?:\*/|\Z))", _MULTI),
    "ruby": (_HASH, _MULTI),
    "shellscript": (_HASH, _MULTI),
    "lua": (_DASHES, f"{_LONG}|{_PLAIN}"),
}
_OTHER = (_SLASHES, _PLAIN)

FENCES: dict[str, tuple[str, ...]] = {
    "python": ('"""', "'''"),
    "javascript": ("`",),
    "javascriptreact": ("`",),
    "typescript": ("`",),
    "typescriptreact": ("`",),
    "go": ("`",),
    "java": ('"""',),
    "kotlin": ('"""',),
    "scala": ('"""',),
    "swift": ('"""',),
}
"""Marks that both open and close a string of many lines, by language id."""


@cache
def _tokens(language: str) -> re.Pattern[str]:
    comment, text = _STYLES.get(language, _OTHER)
    return re.compile(f"{comment}|(?P<string>{text})")


def strings_and_comments(language: str, text: str) -> Iterator[tuple[Inside, int, int]]:
    """What of a text, which begins in code, is strings and comments: which, and from where to where."""
    for found in _tokens(language).finditer(text):
        yield "comment" if found["comment"] is not None else "string", found.start(), found.end()


def inside_at(language: str, before: str) -> Inside:
    """Whether a text, which begins in code, ends inside a string or comment. Linear in its length."""
    last = next(iter(deque(_tokens(language).finditer(before), maxlen=1)), None)
    if last is None or last.end() < len(before):
        return "code"
    said = last[0]
    if last.lastgroup == "comment" or last["comment"] is not None:
        return "code" if said.startswith(("/*", "--[")) and said.endswith(("*/", "]]")) else "comment"
    return "code" if _is_closed(said) else "string"


def _is_closed(said: str) -> bool:
    mark = said[:3] if said[:3] in ('"""', "'''") else said[:1]
    if mark in ("b", "r"):
        return said.rstrip("#").endswith('"') and said.count('"') > 1
    if mark == "[":
        return said.endswith("]") and len(said) > 4
    if len(said) < 2 * len(mark) or not said.endswith(mark):
        return False
    body = said[len(mark) : -len(mark)]
    return (len(body) - len(body.rstrip("\\"))) % 2 == 0


_SEPARATOR = re.compile(r"(?:\?\.|!\.|\.|->|::)\s*\Z")
_NAME = re.compile(r"[\w$@]+!?\Z")
_CLOSERS = {")": "(", "]": "[", "}": "{"}
_MOST_LINKS = 12


def chain_before(before: str) -> str:
    """The chain of names, calls and subscripts at the end of a text: `self.get().na`, `foo.bar.`, or "".

    Arguments are left out; a chain may run over line ends.
    """
    parts: list[str] = []
    at, awaiting = len(before), True
    for _ in range(2 * _MOST_LINKS):
        if awaiting:
            link, at = _link(before, at)
            if not link and parts and parts[-1] not in (".", "?.", "!.", "->", "::"):
                break
            parts.append(link)
            if not link and len(parts) > 1:
                break
        else:
            found = _SEPARATOR.search(before[:at].rstrip() if before[:at].strip() else "")
            if found is None:
                break
            parts.append(found[0].strip())
            at = found.start()
            at = len(before[:at].rstrip())
        awaiting = not awaiting
    return _joined(parts)


def _joined(parts: list[str]) -> str:
    text = "".join(reversed(parts))
    return text if any(part and part not in (".", "?.", "!.", "->", "::") for part in parts) else ""


def _link(before: str, at: int) -> tuple[str, int]:
    """One name with the calls and subscripts behind it, and where it begins."""
    tail = ""
    while at and before[at - 1] in _CLOSERS and before[at - 1] != "}":
        start = _opening(before, at - 1)
        if start is None:
            return "", at
        tail = before[start] + before[at - 1] + tail
        at = start
    found = _NAME.search(before[max(0, at - 80) : at])
    if found is None:
        return ("", at)
    return found[0] + tail, at - len(found[0])


def _opening(before: str, at: int) -> int | None:
    depth = 0
    for index in range(at, -1, -1):
        if before[index] in _CLOSERS:
            depth += 1
        elif before[index] in "([{":
            depth -= 1
            if depth == 0:
                return index
    return None


def indent_of(line: str) -> int:
    """Columns of space before the first character, tabs counted to the next eighth."""
    text = line.expandtabs(8) if "\t" in line else line
    return len(text) - len(text.lstrip())


def headers_above(lines: Sequence[str], first: int, margin: int, reach: int = 400) -> list[int]:
    """Numbers of the ever shallower lines above `first`, outermost first: what opens its blocks.

    At most `reach` lines are looked at.
    """
    found: list[int] = []
    deeper = " " * margin
    for number in range(first - 1, max(-1, first - 1 - reach), -1):
        text = lines[number]
        if text.startswith(deeper):  # the common case of a long walk
            if not margin:
                break
            continue
        if text.strip() and (indent := indent_of(text)) < margin:
            found.append(number)
            margin, deeper = indent, text[: len(text) - len(text.lstrip())]
    return found[::-1]


_KEYWORD = re.compile(
    r"\b(?:(?P<type>class|interface|enum|struct|record|union|trait|object)|(?P<module>mod|module|namespace)"
    r"|(?P<own>impl|type))\b"
)


def indented_scopes(lines: Sequence[str], line: int, reach: int = 400) -> list[tuple[str, str, int, int]]:
    """Kind, name, first and last line of the definitions that a line is indented under, outermost first."""
    if not 0 <= line < len(lines):
        return []
    text = lines[line]
    margin = indent_of(text) if text.strip() else len(text.rstrip("\r\n").expandtabs(8))
    found = []
    for number in headers_above(lines, line, margin, reach):
        if name := declared(lines[number].rstrip("\r\n")[:300]):
            found.append((_kind(lines[number]), name, number, _last_under(lines, number, reach)))
    return found


def _kind(text: str) -> str:
    word = _KEYWORD.search(text.partition("(")[0])
    if word is None:
        return "function"
    if word["type"]:
        return "class" if word["type"] == "object" else word["type"]
    return "module" if word["module"] else "type"


def _last_under(lines: Sequence[str], header: int, reach: int) -> int:
    margin, last = indent_of(lines[header]), header
    for number in range(header + 1, min(len(lines), header + reach)):
        if not lines[number].strip():
            continue
        if indent_of(lines[number]) <= margin:
            return number if lines[number].lstrip().startswith(("}", "end")) else last
        last = number
    return last
