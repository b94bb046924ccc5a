"""Where in the files of a question a model's quote stands, however the model has bent it. Pure.

A finding or a verdict stands or falls with its quotes, and models quote carelessly: with line numbers, other
white space, typographic quotes, three dots for what they leave out, escapes or marks of a diff. Edits are not
located this way: what they replace must be quoted as it is (`locate`).
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from counterpoint.answers import Dropped, Evidence
from counterpoint.locate import Miss, Place, candidates
from counterpoint.scales import plain
from counterpoint.text import Document, Situation, Span

QUOTE_SCHEMA: Mapping[str, Any] = {
    "type": "object",
    "properties": {
        "path": {"type": "string"},
        "line": {"type": "integer"},
        "quote": {"type": "string"},
    },
    "required": ["path", "line", "quote"],
    "additionalProperties": False,
}
_NEAR = 3
_LONGEST = 12
"""Lines of a place at most, where a quote has left some out."""
_TOKENS = 300
_MOST = 50
"""Quotes of one finding or verdict that are looked at."""
_FAR = 200_000
_WINDOW = 400
"""Lines on either side of the one named that are searched loosely in a text longer than `_FAR`."""
_TELLING = 12
"""Characters without white space of a quote that is believed although it names another file."""
_TOKEN = re.compile(r"(?:\.\.\.|…)|\w+|[^\w\s]")
_GUTTER = re.compile(r"^\s*[Ll]?\d+\s*[|:]\s?", re.MULTILINE)
_DIFF = re.compile(r"^[+ ]", re.MULTILINE)
_FENCED = re.compile(r"\A\s*(`{3,}|~{3,})[^\n`]*\n(.*?)\n?\1\s*\Z", re.DOTALL)
_ELIDED = re.compile(r"^[ \t]*(?:#|//|--|/\*)?[ \t]*(?:\.\.\.|…)[^\n]*$", re.MULTILINE)
_PATH_END = re.compile(r"(?::(\d+)(?:[-:]\d+)*|#L(\d+)(?:-L?\d+)?)$")
_ALIKE = ('"“”„«»″', "'‘’`´′", "-–—‑−")
"""Signs that are written for one another."""


@dataclass(frozen=True, slots=True)
class Found:
    """A quote's place, in the document that has it."""

    document: Document
    span: Span

    @property
    def line(self) -> int:
        """1-based."""
        return self.document.position(self.span.start).line + 1

    @property
    def text(self) -> str:
        """What stands there, line ends as LF."""
        return self.document.text[self.span.start : self.span.end].replace("\r\n", "\n").replace("\r", "\n")


def find(situation: Situation, path: object, quote: object, line: object) -> Found | Miss | str:
    """The one place that is quoted, trimmed to code; else `outside` (no such file), `absent`, `ambiguous`.

    The line only decides among several places, and so does what the situation is about. A quote that is long
    enough and stands once in the document asked about is found there although another file is named.
    """
    text, near = quote_text(quote), line_of(line)
    document, named = _named(situation, path)
    near = near if near is not None else named
    miss: str = "outside" if document is None else "absent"
    if document is not None:
        place = _place(document, text, near, _scopes(situation, document))
        if not isinstance(place, str):
            return Found(document, _trimmed(document, place.span))
        miss = place
    own = situation.document
    if miss != "ambiguous" and document is not own and len("".join(text.split())) >= _TELLING:
        places = candidates(own, text)
        if len(places) == 1:
            return Found(own, _trimmed(own, places[0].span))
    return miss


def quotes_of(
    value: object, situation: Situation, lost: list[Dropped], *, kind: str = "evidence-"
) -> tuple[Evidence, ...]:
    """Quotes that really stand where they are said to, each once, as they stand. `lost` takes the others."""
    kept: dict[tuple[str, int, str], Evidence] = {}
    items = value if isinstance(value, list) else [value]
    for item in items[:_MOST]:
        if isinstance(item, str):
            item = {"path": situation.document.path, "quote": item}
        if not isinstance(item, dict) or not item.get("quote"):
            continue
        place = find(situation, item.get("path"), item["quote"], item.get("line"))
        if isinstance(place, str):
            lost.append(Dropped(f"{kind}{place}", plain(item.get("path"), 200)))
        else:
            one = Evidence(place.document.path, place.line, place.text)
            kept[one.path, one.line, one.quote] = one
    return tuple(kept.values())


def quote_text(value: object) -> str:
    """A quote as a text; a list of texts is its lines."""
    if isinstance(value, list):
        return "\n".join(one for one in value if isinstance(one, str))
    return value if isinstance(value, str) else ""


def line_of(value: object) -> int | None:
    """A 1-based line, also where it came as a text or as the first of a range."""
    if isinstance(value, list) and value:
        value = value[0]
    if isinstance(value, str):
        found = re.search(r"\d{1,7}", value)
        return int(found[0]) if found else None
    if isinstance(value, float) and value == value and abs(value) < 1e7:
        value = int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 < value < 10**7 else None


def _named(situation: Situation, path: object) -> tuple[Document | None, int | None]:
    """The document a path means, and a line if the path ends with one."""
    if not isinstance(path, str):
        return None, None
    name = path.strip().strip("`'\"").removeprefix("file://").replace("\\", "/")
    own, line = situation.document, None
    if found := _PATH_END.search(name):
        name, line = name[: found.start()], int(found[1] or found[2])
    name = re.sub(r"^(?:\./)+", "", name)
    if name == own.path:
        return own, line
    if (document := situation.files.read(name)) is not None:
        return document, line
    bare = re.sub(r"^[ab]/", "", name)
    if bare == own.path or (bare and (own.path.endswith(f"/{bare}") or name.endswith(f"/{own.path}"))):
        return own, line
    return (situation.files.read(bare) if bare != name else None), line


def _scopes(situation: Situation, document: Document) -> tuple[Span, ...]:
    if document is not situation.document:
        return ()
    return situation.ranges or (situation.span,)


def _place(document: Document, quote: str, near: int | None, scopes: Sequence[Span]) -> Place | Miss:
    for search in (candidates, _loose):
        for reading in _readings(quote):
            places = search(document, reading) if search is candidates else _loose(document, reading, near)
            if places:
                return _chosen(document, places, near, scopes)
    return "absent"


def _readings(quote: str) -> Iterator[str]:
    """What may have been meant, each once, the quote as it is first."""
    seen = {""}
    made: list[Callable[[str], str]] = [
        str,
        _unfenced,
        _without_numbers,
        _without_signs,
        html.unescape,
        _escapes,
    ]
    for read in made:
        text = read(quote)
        if text not in seen and text.strip():
            seen.add(text)
            yield text


def _unfenced(quote: str) -> str:
    found = _FENCED.match(quote)
    return found[2] if found else quote.strip().strip("`").strip()


def _without_numbers(quote: str) -> str:
    return _GUTTER.sub("", quote)


def _without_signs(quote: str) -> str:
    lines = [line for line in quote.split("\n") if line]
    return _DIFF.sub("", quote) if lines and all(line[0] in "+ " for line in lines) else quote


def _escapes(quote: str) -> str:
    """What was escaped twice."""
    return quote.replace('\\"', '"').replace("\\n", "\n").replace("\\t", "\t").replace("\\\\", "\\")


def _chosen(
    document: Document, places: Sequence[Place], near: int | None, scopes: Sequence[Span]
) -> Place | Miss:
    """The only one; else the one on the line named; else the only one in scope; else the only one nearby."""
    if len(places) == 1:
        return places[0]
    lines = [document.position(place.span.start).line + 1 for place in places]
    inside = [any(one.span.start <= s.end and s.start <= one.span.end for s in scopes) for one in places]
    tests: tuple[Callable[[int], bool], ...] = (
        lambda number: near is not None and lines[number] == near,
        lambda number: inside[number],
        lambda number: near is not None and abs(lines[number] - near) <= _NEAR,
        lambda number: inside[number] and near is not None and abs(lines[number] - near) <= _NEAR,
    )
    for test in tests:
        passing = [number for number in range(len(places)) if test(number)]
        if len(passing) == 1:
            return places[passing[0]]
    return "ambiguous"


def _loose(document: Document, quote: str, near: int | None) -> list[Place]:
    """Places with the same words and signs, whatever white space is between them and where dots stand."""
    pattern = _pattern(quote)
    if pattern is None:
        return []
    start, end = 0, len(document.text)
    if end > _FAR:
        if near is None:
            return []
        region = document.span_of_lines(near - 1 - _WINDOW, near - 1 + _WINDOW)
        start, end = region.start, region.end
    places = []
    for found in pattern.finditer(document.text, start, end):
        first, last = document.position(found.start()).line, document.position(found.end()).line
        short = last - first < _LONGEST or found.end() == found.end(1)
        places.append(Place(Span(found.start(), found.end() if short else found.end(1))))
    return places


def _pattern(quote: str) -> re.Pattern[str] | None:
    """A pattern for the quote's tokens; its first group ends where the quote first leaves something out."""
    tokens = _TOKEN.findall(unicodedata.normalize("NFC", _ELIDED.sub("...", quote)))
    while tokens and tokens[0] in ("...", "…"):
        del tokens[0]
    while tokens and tokens[-1] in ("...", "…"):
        del tokens[-1]
    said = [token for token in tokens if token not in ("...", "…")]
    if not said or len(said) > _TOKENS or (len(said) < 3 and len("".join(said)) < 5):
        return None
    parts = [r"(?<!\w)" if said[0][0].isalnum() else "", "("]
    closed, before = False, ""
    for token in tokens:
        if token in ("...", "…"):
            parts.append(r"[\s\S]{0,1500}?" if closed else r")[\s\S]{0,1500}?")
            closed, before = True, ""
            continue
        if before:
            parts.append(r"\s+" if _is_word(before) and _is_word(token) else r"\s*")
        parts.append(_token_pattern(token))
        before = token
    parts += ["" if closed else ")", r"(?!\w)" if _is_word(said[-1]) else ""]
    return re.compile("".join(parts))


def _is_word(token: str) -> bool:
    return token[-1].isalnum() or token[-1] == "_"


def _token_pattern(token: str) -> str:
    if signs := "".join(alike for alike in _ALIKE if token in alike):
        return f"[{re.escape(signs)}]"
    apart = unicodedata.normalize("NFD", token)
    return re.escape(token) if apart == token else f"(?:{re.escape(token)}|{re.escape(apart)})"


def _trimmed(document: Document, span: Span) -> Span:
    """Without the white space round it, so that a squiggle begins and ends on code."""
    text = document.text[span.start : span.end]
    start = span.start + len(text) - len(text.lstrip())
    return Span(start, max(start, span.start + len(text.rstrip())))
