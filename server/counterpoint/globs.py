"""Ignore patterns, matched as git matches them. Pure.

A pattern is tried against one path itself; that a folder takes all below it along is the caller's walk.
Expressions are built so that none of them backtracks without bound: ignore files come with repositories.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

_STAR, _DEEP, _SLASH = "*", "**", "/"
_POSIX = {
    "alnum": "a-zA-Z0-9", "alpha": "a-zA-Z", "blank": " \\t", "cntrl": "\\x00-\\x1f\\x7f", "digit": "0-9",
    "graph": "!-~", "lower": "a-z", "print": " -~", "punct": "!-/:-@\\[-`{-~", "space": "\\s", "upper": "A-Z",
    "xdigit": "0-9a-fA-F",
}  # fmt: skip
_CLASS = re.compile(r"\[([!^]?)(\]?(?:\[:[a-z]+:\]|\\.|[^\]\\])*)\]", re.DOTALL)
_MEMBER = re.compile(r"\[:([a-z]+):\]|(\\?.)(?:-(\\?[^\]]))?", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Glob:
    """One pattern. `anchored` ones see the whole path, others its last name."""

    expression: str
    anchored: bool
    folders_only: bool
    negated: bool


class Globs:
    """The patterns of one ignore file; the last that matches decides."""

    def __init__(self, lines: Iterable[str], *, ignore_case: bool = False) -> None:
        """Lines that are blank, comments or no pattern are left out, as git does."""
        flags = re.DOTALL | (re.IGNORECASE if ignore_case else 0)
        globs = [glob for line in lines if (glob := parsed(line))]
        self._globs = tuple((glob, re.compile(glob.expression, flags)) for glob in reversed(globs))
        self._names = _any((glob.expression for glob in globs if not glob.anchored), flags)
        self._paths = _any((glob.expression for glob in globs if glob.anchored), flags)

    def __bool__(self) -> bool:
        return bool(self._globs)

    def verdict(self, path: str, *, folder: bool) -> bool | None:
        """True: covered; False: taken out again by a `!` pattern; None: no pattern matches."""
        name = path.rpartition("/")[2]
        if not (self._names and self._names.fullmatch(name)) and not (
            self._paths and self._paths.fullmatch(path)
        ):
            return None
        for glob, expression in self._globs:
            if (folder or not glob.folders_only) and expression.fullmatch(path if glob.anchored else name):
                return not glob.negated
        return None

    def covers(self, path: str) -> bool:
        """True if the file, or a folder above it, is covered; what is below a covered folder stays so."""
        parts = path.split("/")
        above = ("/".join(parts[:count]) for count in range(1, len(parts)))
        return any(self.verdict(part, folder=True) for part in above) or bool(
            self.verdict(path, folder=False)
        )


def parsed(line: str) -> Glob | None:
    """The pattern of one line, or None if it has none or one that can match nothing."""
    line = line.removesuffix("\r")
    if line.startswith("#"):
        return None
    while line.endswith(" ") and not line.endswith("\\ "):
        line = line[:-1]
    negated = line.startswith("!")
    text = line[negated:]
    folders_only = text.endswith("/")
    text = text.removesuffix("/")
    anchored = "/" in text
    tokens = _tokens(text.removeprefix("/"), anchored)
    return Glob(_expression(tokens), anchored, folders_only, negated) if tokens else None


def _any(expressions: Iterable[str], flags: int) -> re.Pattern[str] | None:
    joined = "|".join(expressions)
    return re.compile(joined, flags) if joined else None


def _tokens(text: str, anchored: bool) -> list[str] | None:
    """Stars, slashes, and expressions of one character each. None if the pattern can match nothing."""
    found: list[str] = []
    at = 0
    while at < len(text):
        character = text[at]
        if character == "*":
            end = len(text) - len(text[at:].lstrip("*"))
            whole = (at == 0 or text[at - 1] == "/") and text[end : end + 1] in ("", "/")
            found.append(_DEEP if end - at > 1 and whole and anchored else _STAR)
            at = end
            continue
        token, width = _character(text, at)
        if token is None:
            return None
        found.append(token)
        at += width
    return found


def _character(text: str, at: int) -> tuple[str | None, int]:
    """Expression of the character at an offset, and how much of the pattern it takes."""
    character = text[at]
    if character == "/":
        return _SLASH, 1
    if character == "?":
        return "[^/]", 1
    if character == "\\":
        after = text[at + 1 : at + 2]
        return (re.escape(after) if after else None), 2
    if character == "[":
        found = _CLASS.match(text, at)
        return (_class(found[2], negated=bool(found[1])), len(found[0])) if found else (None, 1)
    return re.escape(character), 1


def _class(members: str, *, negated: bool) -> str | None:
    inner = ""
    for posix, first, last in _MEMBER.findall(members):
        low, high = first[-1:], last[-1:] or first[-1:]
        if posix:
            if posix not in _POSIX:
                return None
            inner += _POSIX[posix]
        else:  # git takes the first end of a range the wrong way round
            inner += f"{re.escape(low)}-{re.escape(high)}" if low <= high else re.escape(low)
    return f"(?!/)[{'^' if negated else ''}{inner}]"


def _expression(tokens: Sequence[str]) -> str:
    """Join the parts between `**`. What follows one is looked for at its first place only, except the last.

    That is enough, because such a part has a fixed number of names, and a later `**` can take up the rest.
    Beside each `**` stands a slash, or the end of the pattern.
    """
    parts = list(_split(tokens, _DEEP))
    if len(parts) == 1:
        return _names(parts[0])
    first, *middle, last = parts
    found = f"{_names(first[:-1])}/" if first else ""
    found += "".join(f"(?>(?:[^/]+/)*?{_names(part[1:-1])}/)" for part in middle if part != [_SLASH])
    return found + (f"(?:[^/]+/)*{_names(last[1:])}" if last else ".+")


def _names(tokens: Sequence[str]) -> str:
    return "/".join(_name(part) for part in _split(tokens, _SLASH))


def _name(tokens: Sequence[str]) -> str:
    """One name of a path. As with `**`, only the last star ever needs to be tried at a second place."""
    first, *rest = ("".join(part) for part in _split(tokens, _STAR))
    if not rest:
        return first
    middle = "".join(f"(?>[^/]*?{part})" for part in rest[:-1])
    return f"{first}{middle}[^/]*{rest[-1]}"


def _split(tokens: Sequence[str], at: str) -> Iterator[list[str]]:
    part: list[str] = []
    for token in tokens:
        if token == at:
            yield part
            part = []
        else:
            part.append(token)
    yield part
