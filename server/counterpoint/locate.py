"""Where a quoted piece of code stands in a document. Models quote, we locate.

A quote is accepted where it stands exactly once; among several places only if exactly one lies on the line
it names, or near it if none does. Three readings are tried, each only if the one before found nothing: the
text as it is (line ends aside), whole lines with white space at their ends ignored, whole lines with
indentation ignored too. In the last case the replacement is indented as the document is.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from counterpoint.text import Document, Span, split_lines

Miss: TypeAlias = Literal["absent", "ambiguous"]
_NEAR = 3
_LEAVES = re.compile(r"[)\]}]|(?:el(?:se|if)|except|finally|catch|case|default|end|fi|done|esac)\b")
_GUTTER = re.compile(r"^\s*\d+\| ?")


@dataclass(frozen=True, slots=True)
class Place:
    """`indents` maps the quote's indentations to the document's, empty where they agree."""

    span: Span
    indents: tuple[tuple[str, str], ...] = ()


def without_gutter(quote: str) -> str:
    """Drop the line numbers of our own prompt (`12| code`) where every line begins with one."""
    lines = quote.split("\n")
    if quote and all(_GUTTER.match(line) for line in lines if line.strip()):
        return "\n".join(_GUTTER.sub("", line) for line in lines)
    return quote


def locate(document: Document, quote: str, near_line: int | None = None) -> Place | Miss:
    """The one place where `quote` stands; `near_line` is 1-based. A blank quote is absent."""
    places = candidates(document, quote)
    return _choose(document, places, near_line) if places else "absent"


def candidates(document: Document, quote: str) -> list[Place]:
    """All places where `quote` stands, by the first of the readings that finds any."""
    quote = without_gutter(_unified(quote))
    if not quote.strip():
        return []
    for search in (_exact, _lines_trimmed, _lines_stripped):
        if places := search(document, quote):
            return places
    return []


def fitted(document: Document, place: Place, old: str, new: str) -> str:
    """The replacement as the document would write it: its indentation, its line ends.

    A final line end the quote did not have is dropped, one it had is kept with the line.
    """
    old, new = without_gutter(_unified(old)), without_gutter(_unified(new))
    if place.indents:
        new = reindented(new, place.indents)
        covered = document.text[place.span.start : place.span.end]
        ends = covered.endswith(("\n", "\r"))
        new = new.rstrip("\n") + "\n" if ends and new.strip() else new.rstrip("\n") if not ends else new
    elif (indent := _left_out(document, place, old)) and _is_relative(new, indent):
        first, *others = new.rstrip("\n").split("\n")
        new = "\n".join((first, *(indent + line if line.strip() else "" for line in others)))
    elif not old.endswith("\n") and new.endswith("\n") and not _amid_line(document, place.span.end):
        new = new.removesuffix("\n")
    elif old.endswith("\n") and new and not new[-1].isspace():
        new += "\n"  # forgotten: without it the next line would be joined to this one
    return new.replace("\n", document.eol)


def _left_out(document: Document, place: Place, old: str) -> str:
    """The indentation of a line that was quoted alone and without it, else nothing."""
    at = document.position(place.span.start)
    ahead = document.line(at.line)[: at.column]
    alone = "\n" not in old and not _amid_line(document, place.span.end)
    return ahead if alone and ahead.isspace() else ""


def _is_relative(new: str, indent: str) -> bool:
    """True if the lines after the first are indented as if the first were not: right behind it one stands at
    the very left, or deeper behind a line that opens a block, yet no deeper than the document's own."""
    first, _, rest = new.partition("\n")
    line = rest.partition("\n")[0]
    if not line.strip() or line.startswith((f"{indent} ", f"{indent}\t")):
        return False
    if first.rstrip().endswith((":", "{", "(", "[")):
        return line[0].isspace()
    return not line[0].isspace() and _LEAVES.match(line) is None


def _amid_line(document: Document, offset: int) -> bool:
    """True if code follows on the same line, so that a final line end in the new text is meant."""
    rest = document.text[offset : offset + 1]
    return rest not in ("", "\n", "\r")


def _unified(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _choose(document: Document, places: Sequence[Place], near_line: int | None) -> Place | Miss:
    if len(places) == 1:
        return places[0]
    if near_line is None:
        return "ambiguous"
    away = [abs(document.position(place.span.start).line + 1 - near_line) for place in places]
    reach = 0 if 0 in away else _NEAR
    near = [place for place, lines in zip(places, away, strict=True) if lines <= reach]
    return near[0] if len(near) == 1 else "ambiguous"


def _exact(document: Document, quote: str) -> list[Place]:
    """Every occurrence, overlapping ones included, in the text with LF ends; offsets are the document's."""
    text = document.text
    if "\r" not in text:
        return [Place(Span(at, at + len(quote))) for at in _occurrences(text, quote)]
    plain = _unified(text)
    shifts = _shifts(text)
    return [Place(Span(shifts(at), shifts(at + len(quote)))) for at in _occurrences(plain, quote)]


def _occurrences(text: str, quote: str) -> list[int]:
    found, at = [], text.find(quote)
    while at >= 0:
        found.append(at)
        at = text.find(quote, at + 1)
    return found


def _shifts(text: str) -> Callable[[int], int]:
    """Maps offsets of the LF form to offsets of `text`: each CRLF before them adds one."""
    pairs: list[int] = []
    for number, match in enumerate(re.finditer("\r\n", text)):
        pairs.append(match.start() - number)
    return lambda offset: offset + bisect_left(pairs, offset)


def _lines_trimmed(document: Document, quote: str) -> list[Place]:
    return _by_lines(document, quote, str.rstrip)


def _lines_stripped(document: Document, quote: str) -> list[Place]:
    return [
        Place(place.span, _indents(document, place.span, quote))
        for place in _by_lines(document, quote, str.strip)
    ]


def _by_lines(document: Document, quote: str, trim: Callable[[str], str]) -> list[Place]:
    wanted = [trim(line) for line in quote.strip("\n").split("\n")]
    have = [trim(line) for line in document.lines]
    width, ends = len(wanted), quote.endswith("\n")
    found = []
    for first in range(len(have) - width + 1):
        if have[first] == wanted[0] and have[first : first + width] == wanted:
            whole = document.span_of_lines(first, first + width - 1)
            last = document.lines[first + width - 1]
            bare = whole.end - (len(last) - len(last.rstrip("\r\n")))
            found.append(Place(Span(whole.start, whole.end if ends else bare)))
    return found


def _indents(document: Document, span: Span, quote: str) -> tuple[tuple[str, str], ...]:
    pairs: dict[str, str] = {}
    mine = quote.strip("\n").split("\n")
    theirs = split_lines(document.text[span.start : span.end])
    for wanted, have in zip(mine, theirs, strict=False):
        if wanted.strip():
            pairs.setdefault(_indent(wanted), _indent(have))
    return tuple(sorted(pairs.items(), key=lambda pair: len(pair[0])))


def _indent(line: str) -> str:
    return line[: len(line) - len(line.lstrip(" \t"))]


def reindented(new: str, indents: Sequence[tuple[str, str]]) -> str:
    """New lines with a document's indentations in place of the quote's; shallow pairs come first."""
    return "\n".join(_reindent_line(line, indents) for line in new.split("\n"))


def _reindent_line(line: str, indents: Sequence[tuple[str, str]]) -> str:
    """Replace the longest known indentation; what goes deeper is added in the document's own unit."""
    if not line.strip():
        return ""
    indent = _indent(line)
    known = [pair for pair in indents if indent.startswith(pair[0])]
    if not known:
        shallow = indents[0]
        missing = len(shallow[0]) - len(indent)
        return shallow[1][: max(0, len(shallow[1]) - missing)] + line.lstrip(" \t")
    old, replacement = known[-1]
    deeper = indent[len(old) :]
    if "\t" in replacement or any("\t" in pair[1] for pair in indents):
        unit = _unit(indents)
        deeper = "\t" * (len(deeper.expandtabs(unit)) // unit)
    return replacement + deeper + line[len(indent) :]


def _unit(indents: Sequence[tuple[str, str]]) -> int:
    """Blanks of the quote that stand for one tab of the document."""
    for old, new in indents:
        if new and "\t" in new and old and "\t" not in old:
            return max(1, len(old) // new.count("\t"))
    return 4
