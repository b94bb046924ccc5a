"""Where an answer meets the cursor: a space too many or too few, a quote or bracket given twice. Pure."""

from __future__ import annotations

import re

from counterpoint.brackets import OPENERS, surplus
from counterpoint.insertion.place import Place

_WORD = re.compile(r"[A-Za-z_]\w*\Z")
_FIRST = re.compile(r"[A-Za-z_]\w*")
_WORDS = (
    "return import from if elif else for while in not and or def class const let var new func fn await yield"
    " raise throw case with as is async function export extends implements pub mut use package struct type"
    " interface enum del assert lambda static public private final void typeof instanceof"
)
_BEFORE_NAME = frozenset(_WORDS.split())
_DECLARES = re.compile(
    r"\s*(?:(?:export|default|async|pub|public|private|static|abstract|declare)\s+)*"
    r"(?:function|class|const|struct|interface|enum|def)\Z"
)
_DECLARED = re.compile(r"\w+\s*(?:[(:={<]|extends\b|implements\b)")
_OPERATOR = re.compile(r"\s(?:[-+*/|&]?=|[=!]==|[=!<>]=|:=|=>|->|&&|\|\||\?\?)\Z")
_BINARY = re.compile(r"(?:[!=]==?|[<>]=|&&|\|\||[-+*/%:|&]?=|\?\?|=>|->)(?=\s)")
_ARROW = re.compile(r"\([^()]*\)\s*=>")
_NO_SPACE = frozenset({"shellscript", "dotenv", "ini", "properties", "html", "xml"})


def one_space(text: str, place: Place) -> str:
    """One space between the cursor's line and the answer, where one of them has to have it."""
    line = place.line_before
    if not line.strip():
        return text
    if line[-1].isspace() and text[:1] in (" ", "\t"):
        return text.lstrip(" \t")
    if place.inside != "code" or place.prose or not text or text[0].isspace():
        return text
    if line[-1].isalnum() and place.language not in _NO_SPACE and _BINARY.match(text):
        return f" {text}"
    word, first = _WORD.search(line), _FIRST.match(text)
    if word and first and word[0] in _BEFORE_NAME and _are_two(word[0], first[0], text, place):
        return f" {text}"
    starts = text[0] in "\"'&*[{!-0123456789" or _ARROW.match(text)
    if starts and line.strip() == "return" and not line[-1].isspace():
        return f" {text}"
    if _OPERATOR.search(line) and place.language not in _NO_SPACE and text[0] not in "=>;,)]}":
        return f" {text}"
    return text


def _are_two(word: str, first: str, text: str, place: Place) -> bool:
    """True if a keyword and what begins the answer are two words: the document knows only the second."""
    around = place.before[: len(place.before) - len(word)], place.after
    joined = re.compile(rf"\b{re.escape(word + first)}\b")
    alone = re.compile(rf"\b{re.escape(first)}\b")
    if f"{word}{first}" in ("function", "constructor"):
        return False
    declares = _DECLARES.match(place.line_before) and _DECLARED.match(text)
    returns = word == "return" and len(first) > 3 and first[0].islower()
    known = bool(declares) or returns or first in _BEFORE_NAME or any(alone.search(one) for one in around)
    return known and not any(joined.search(one) for one in around)


def one_mark(text: str, place: Place) -> str:
    """A quote or bracket that stands at the cursor already is not given again."""
    line = place.line_before
    mark = line[-1:]
    if place.prose or not text.startswith(mark) or not mark:
        return text
    if mark in "\"'`":
        return _one_quote(text, place, mark)
    if mark in OPENERS.values():
        closer = next(one for one, opener in OPENERS.items() if opener == mark)
        taken = _closed_later(place, closer)
        if surplus(line + text, closer) + taken < 0 <= surplus(line + text[1:], closer) + taken:
            return text[1:]
    return text


def _closed_later(place: Place, closer: str) -> int:
    tail = place.line_after.strip() or place.below.strip()
    return 1 if tail.startswith(closer) else 0


def _one_quote(text: str, place: Place, mark: str) -> str:
    if place.inside != "string" or text.startswith(mark * 2) or place.line_before.endswith(mark * 2):
        return text
    inner = text[1:]
    if not inner or not (inner[0].isalnum() or inner[0] in "_/.%{$<[#@-"):
        return text
    if place.line_after.startswith(mark):
        ends = inner.rstrip().endswith(mark) and mark not in inner.rstrip()[:-1]
        return inner.rstrip()[:-1] if ends else text
    return inner if inner.count(mark) % 2 else text
