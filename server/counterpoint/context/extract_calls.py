"""The calls of a Python file from its text: which names it calls, and, when somebody asks, where.

Where calls stand is asked of few files and would cost much of an index: it is read from the text then. The
names called are counted with the words. Strings are no calls, but what stands in braces in an f-string is.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import overload

from counterpoint.context.extract_scopes import Made
from counterpoint.context.facts import CALLABLES, Call
from counterpoint.context.rows import RECEIVER

_WORD = bytes(byte if byte > 127 or chr(byte).isalnum() or byte in b"_(" else 32 for byte in range(256))
_LETTERS = bytes(byte if byte > 127 or chr(byte).isalnum() or byte == 95 else 32 for byte in range(256))
_LONGEST = 80
"""Letters of an identifier: what is longer is data."""
_KEYWORDS = frozenset(
    {
    "and", "as", "assert", "async", "await", "class", "def", "del", "elif", "else", "except", "for",
    "from", "global", "if", "import", "in", "is", "lambda", "not", "or", "raise", "return", "while",
    "with", "yield",
    }
)  # fmt: skip
_SPACED = frozenset({b"match", b"case"})
"""Words that begin a statement if a space follows, and may be called if a bracket does."""
_RESERVED = frozenset(word.encode() for word in _KEYWORDS)
_DECORATOR = re.compile(rb"@[ \t]*(?:[\w\x80-\xff]+[ \t]*\.[ \t]*)*([A-Za-z_\x80-\xff][\w\x80-\xff]*)")


_STRING = re.compile(
    rb"""\#[^\n]*|\"\"\"[^"\\]*(?:(?:\\.|"(?!""))[^"\\]*)*(?:\"\"\"|\Z)
    |'''[^'\\]*(?:(?:\\.|'(?!''))[^'\\]*)*(?:'''|\Z)
    |"[^"\\\n]*(?:\\.[^"\\\n]*)*"|'[^'\\\n]*(?:\\.[^'\\\n]*)*'""",
    re.VERBOSE | re.DOTALL,
)
_LINE = re.compile(rb"[^\n]+")
_SPACE = re.compile(r"\s+")
_REACH = 240
"""Bytes before a name in which its receiver is looked for."""


def words_called(data: bytes) -> tuple[dict[str, int], dict[str, int]]:
    """How often each identifier occurs, also in comments and strings; and each with a bracket behind it."""
    text = data.replace(b"(", b"( ").translate(_WORD).decode("utf-8", "replace")
    words = Counter(text.split())
    called = {}
    for word in [word for word in words if word[-1] == "("]:
        called[word[:-1]] = times = words.pop(word)
        words[word[:-1]] = words.get(word[:-1], 0) + times
    for word in [word for word in words if word < ":"]:
        del words[word]
    if max(map(len, words), default=0) > _LONGEST:
        for word in [word for word in words if len(word) > _LONGEST]:
            del words[word]
    return words, called


def names_called(data: bytes, called: dict[str, int], made: Iterable[Made]) -> Iterable[str]:
    """The names called, decorators among them: those with a bracket behind them elsewhere than where they
    are defined. Also a name that only a comment or a string calls."""
    for word in _KEYWORDS & called.keys():
        del called[word]
    for one in made:
        name = one[0]
        if name in called:
            if one[1] in CALLABLES:
                called[name] -= 1
            elif one[1] == "class":
                called[name] -= bool(one[8]) or f"class {name}(".encode() in data
    at = data.find(b"@")
    while at >= 0:
        found = _DECORATOR.match(data, at)
        if found is not None and not data[data.rfind(b"\n", 0, at) + 1 : at].strip():
            called[found[1].decode("utf-8", "replace")] = 1
        at = data.find(b"@", at + 1)
    return [name for name, times in called.items() if times > 0 and name > ":"]


class CallsIn(Sequence[Call]):
    """The calls of a Python file, by line, read from its text when they are first asked for."""

    __slots__ = ("_found", "_text")

    def __init__(self, text: Callable[[], bytes | None]) -> None:
        """`text` gives the bytes, None for a file that is no longer what it was: it has no calls."""
        self._text = text
        self._found: tuple[Call, ...] | None = None

    def _calls(self) -> tuple[Call, ...]:
        if self._found is None:
            self._found = tuple(calls_in(self._text() or b""))
        return self._found

    @overload
    def __getitem__(self, index: int) -> Call: ...

    @overload
    def __getitem__(self, index: slice) -> Sequence[Call]: ...

    def __getitem__(self, index: int | slice) -> Call | Sequence[Call]:
        return self._calls()[index]

    def __len__(self) -> int:
        return len(self._calls())

    def __iter__(self) -> Iterator[Call]:
        return iter(self._calls())

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and self._calls() == tuple(other)

    def __hash__(self) -> int:
        return hash(self._calls())

    def __repr__(self) -> str:
        return repr(self._calls())


def calls_in(data: bytes) -> list[Call]:
    """The calls and decorators of a Python text, by line."""
    text = _STRING.sub(_blank, data)
    plain = text.translate(_LETTERS)
    found = []
    for at in (*_bracketed(text, plain), *_decorating(text)):
        start = plain.rfind(b" ", 0, at) + 1
        name = data[start:at]
        if name in _RESERVED or not name or 48 <= name[0] <= 57:
            continue
        if not text.endswith((b"def ", b"class "), 0, start):
            found.append((start, name.decode("utf-8", "replace")))
    found.sort()
    calls, row, seen = [], 0, 0
    for start, called in found:
        row, seen = row + data.count(b"\n", seen, start), start
        dotted = text[start - 1 : start] == b"."
        calls.append(Call(called, row, _receiver(data, text, plain, start) if dotted else ""))
    return calls


def _blank(found: re.Match[bytes]) -> bytes:
    """A comment or string as spaces of its length, but for an f-string that may call something."""
    text = found[0]
    if b"(" in text and b"{" in text and text[:1] != b"#":
        before = found.string[max(0, found.start() - 2) : found.start()].lower()
        if before[-1:] == b"f" or before == b"fr":
            return text
    return _LINE.sub(lambda line: b" " * len(line[0]), text) if b"\n" in text else b" " * len(text)


def _bracketed(text: bytes, plain: bytes) -> Iterator[int]:
    """Where the words before brackets end."""
    at = text.find(b"(")
    while at >= 0:
        if plain[at - 1 : at] != b" ":
            yield at
        elif text[at - 1 : at] in (b" ", b"\t"):
            end = len(text[max(0, at - _REACH) : at].rstrip(b" \t")) + max(0, at - _REACH)
            if text[plain.rfind(b" ", 0, end) + 1 : end] not in _SPACED:
                yield end
        at = text.find(b"(", at + 1)


def _decorating(text: bytes) -> Iterator[int]:
    """Where the names of decorators without a bracket end."""
    at = text.find(b"@")
    while at >= 0:
        found = _DECORATOR.match(text, at)
        before = text[text.rfind(b"\n", 0, at) + 1 : at].strip()
        if found is not None and not before and text[found.end() : found.end() + 1] != b"(":
            yield found.end()
        at = text.find(b"@", at + 1)


def _receiver(data: bytes, text: bytes, plain: bytes, at: int) -> str:
    """What stands before the dot of a name. Brackets are counted in `text`, which has no strings."""
    first = max(0, at - _REACH)
    last = end = first + len(text[first : at - 1].rstrip(b" \t\\\n"))
    while end > first:
        if text[end - 1] in b")]}":
            end = _opened(text, first, end)
            continue
        start = max(first, plain.rfind(b" ", 0, end) + 1)
        if start == end and text[end - 1] != 46:
            break
        end = start if start < end else first + len(text[first : end - 1].rstrip(b" \t\\\n"))
    return _SPACE.sub(" ", data[end:last].decode("utf-8", "replace"))[-RECEIVER:].strip()


def _opened(text: bytes, first: int, end: int) -> int:
    """Where the bracket that closes before `end` was opened."""
    depth = 0
    for at in range(end - 1, first - 1, -1):
        byte = text[at]
        if byte in b")]}":
            depth += 1
        elif byte in b"([{":
            depth -= 1
            if depth == 0:
                return at
    return first
