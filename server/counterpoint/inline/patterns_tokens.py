"""Lines as tokens, and what one line's tokens become under the renaming that another line shows. Pure."""

from __future__ import annotations

import re
from functools import lru_cache

_CODE = re.compile(
    r'"(?:[^"\\]|\\.)*"|\'(?:[^\'\\]|\\.)*\'|`(?:[^`\\]|\\.)*`|[^\W\d][\w$]*|\d\w*|[ \t]+|.', re.DOTALL
)
_PROSE = re.compile(r"\w+|[ \t]+|.", re.DOTALL)
_PROSE_STARTS = ("#", "//", "*", "/*", "--", ";")
_WORD = re.compile(r"[^\W\d_]+|\d+")
_PARTS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[^\W\d_A-Za-z]+|\d+")
_NAME = re.compile(r"[^\W\d][\w$-]*")
_QUOTES = "\"'`"


@lru_cache(maxsize=4096)
def tokens(text: str) -> tuple[str, ...]:
    """Tokens of a line without its indentation and end; joined they give it back. A closed string is one."""
    form = _PROSE if text.startswith(_PROSE_STARTS) else _CODE
    return tuple(form.findall(text))


_NO_MARKS = {code: None for code in range(128) if chr(code).isalnum() or chr(code) in "_$ \t"}


@lru_cache(maxsize=4096)
def marks(text: str) -> str:
    """The line's punctuation alone: lines of one shape have the same."""
    return text.translate(_NO_MARKS)


@lru_cache(maxsize=4096)
def parts(name: str) -> tuple[str, ...]:
    """Words a name is made of, lower case: maxWidth, max_width and MAX_WIDTH give the same."""
    return tuple(part.lower() for part in _PARTS.findall(name))


def is_name(token: str) -> bool:
    """True for what may be an identifier."""
    return _NAME.fullmatch(token) is not None


def inner(token: str) -> str:
    """A closed string's content; any other token itself."""
    return token[1:-1] if len(token) >= 2 and token[0] in _QUOTES and token[-1] == token[0] else token


class Renaming:
    """What names, strings and numbers of one line became in another, whole and by their words.

    A name that became two different things is known for neither.
    """

    __slots__ = ("clashed", "whole", "words")

    def __init__(self) -> None:
        self.whole: dict[str, str] = {}
        self.words: dict[tuple[str, ...], tuple[str, ...]] = {}
        self.clashed: set[str] = set()

    def __bool__(self) -> bool:
        return bool(self.whole) or bool(self.clashed)

    def learn(self, old: str, new: str) -> bool:
        """Take in one aligned pair. False if two tokens cannot stand for each other."""
        if old == new:
            if old in self.whole and self.whole[old] != new and _telling(old):
                self.clashed.add(old)
            return True
        kind_old, kind_new = _kind(old), _kind(new)
        if kind_old != kind_new or kind_old in ("mark", "space"):
            return False
        if self.whole.setdefault(old, new) != new:
            self.clashed.add(old)
            return True
        old, new = inner(old), inner(new)
        self.whole.setdefault(old, new)
        self._learn_words(parts(old), parts(new))
        return True

    def _learn_words(self, old: tuple[str, ...], new: tuple[str, ...]) -> None:
        if not old or not new:
            return
        self.words.setdefault(old, new)
        ahead = 0
        while ahead < min(len(old), len(new)) and old[ahead] == new[ahead]:
            ahead += 1
        behind = 0
        while behind < min(len(old), len(new)) - ahead and old[-1 - behind] == new[-1 - behind]:
            behind += 1
        old, new = old[ahead : len(old) - behind], new[ahead : len(new) - behind]
        if old and new:
            self.words.setdefault(old, new)

    def of(self, token: str) -> str | None:
        """The token as the other line would have it; None where that is not known."""
        if token in self.clashed:
            return None
        if token in self.whole:
            return self.whole[token]
        if not self.words or not token or not (token[0].isalpha() or token[0] in "_\"'`"):
            return token
        if token[0] in _QUOTES:
            return self._string(token)
        return self._name(token)

    def _string(self, token: str) -> str:
        text = inner(token)
        if text in self.whole:
            return token[0] + self.whole[text] + token[-1]
        pieces = [self._name(piece) if is_name(piece) else piece for piece in tokens_of_text(text)]
        return token[0] + "".join(pieces) + token[-1]

    def _name(self, name: str) -> str:
        if name in self.whole and name not in self.clashed:
            return self.whole[name]
        found = parts(name)
        for old, new in self.words.items():
            width = len(old)
            for at in range(len(found) - width + 1):
                if found[at : at + width] == old:
                    return _respelt(name, at, width, new)
        return name


@lru_cache(maxsize=1024)
def tokens_of_text(text: str) -> tuple[str, ...]:
    """Names and what stands between them, of a string's content."""
    return tuple(re.findall(r"[^\W\d][\w$]*|.", text, re.DOTALL))


def _respelt(name: str, at: int, width: int, new: tuple[str, ...]) -> str:
    """`name` with its words at..at+width replaced, in the spelling of what they replace."""
    spans = [match.span() for match in _PARTS.finditer(name)]
    start, end = spans[at][0], spans[at + width - 1][1]
    old = name[start:end]
    return name[:start] + _styled(new, old, first=at == 0, whole=name) + name[end:]


def _styled(words: tuple[str, ...], like: str, *, first: bool, whole: str) -> str:
    letters = [char for char in like if char.isalpha()]
    if not letters:
        return "_".join(words)
    if all(char.isupper() for char in letters) and (len(letters) > 1 or "_" in whole or whole.isupper()):
        return "_".join(words).upper()
    joined = "-" if "-" in like else "_"
    if joined in like or (letters[0].islower() and ("_" in whole or (first and whole.islower()))):
        return joined.join(words)
    head = words[0] if letters[0].islower() else words[0].capitalize()
    return head + "".join(word.capitalize() for word in words[1:])


def _telling(token: str) -> bool:
    return len(token) > 1


def _kind(token: str) -> str:
    first = token[0]
    if first.isalpha() or first == "_":
        return "name"
    if first.isdigit():
        return "number"
    if first in _QUOTES and len(token) > 1:
        return "string"
    return "space" if first in " \t" else "mark"
