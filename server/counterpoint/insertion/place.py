"""The place an answer is for: what stands round the cursor, what the user has just refused there. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import lru_cache

from counterpoint.brackets import QUOTED
from counterpoint.context.lexing import FENCES, Inside, inside_at
from counterpoint.context.parsing import has_grammar
from counterpoint.text import Situation

PROSE = frozenset({"markdown", "mdx", "plaintext", "restructuredtext", "quarto", "asciidoc"})
CONFIG = frozenset(
    {"json", "jsonc", "json5", "yaml", "toml", "ini", "properties", "dotenv", "dockercompose", "terraform"}
)
MARKUP = frozenset(
    {"html", "xml", "vue", "svelte", "javascriptreact", "typescriptreact", "markdown", "mdx", "php", "astro"}
)
"""Languages in which a tag or an entity is text of the file."""
TAB = 4
"""Columns a tab counts for when lines are compared."""

_FENCES = re.compile(r"^[ \t]*```", re.MULTILINE)
_TOP = re.compile(
    r"^(?:def|class|async def|@|func|fn|function|type|impl|struct|interface|enum|const|let|var|import|from"
    r"|package|use|mod|module|namespace|pub|export|public|private|protected|static|abstract|final|#include)\b",
    re.MULTILINE,
)
_WITHIN = re.compile(
    r"^(?P<margin>[ \t]+)(?:(?:async )?def|class|func|fn|pub|public|private|protected|@)\b", re.MULTILINE
)
_HASHED = frozenset({"python", "ruby", "shellscript", "lua"})
_REACH = 8_000


@dataclass(frozen=True, slots=True)
class Gone:
    """A text that stood, or was offered, at a 0-based line behind `before`, the line's text ahead of it."""

    text: str
    line: int
    before: str = ""


@dataclass(frozen=True, slots=True)
class Past:
    """What the user lately deleted or undid in the document, and what was refused there."""

    deleted: tuple[Gone, ...] = ()
    rejected: tuple[Gone, ...] = ()


@dataclass(frozen=True, slots=True)
class Place:
    """The cursor's surroundings, LF ends: the whole text either side as far as the filters look."""

    before: str
    after: str
    prose: bool = False
    """True in a document for people outside its fenced code: a fence or a sentence is then content."""
    language: str = "plaintext"
    number: int = 0
    """0-based line of the cursor."""
    inside: Inside = "code"
    long_text: bool = False
    """True inside a string that began on an earlier line, or is of the kind that may end on a later one."""
    past: Past = field(default_factory=Past)

    @property
    def is_text(self) -> bool:
        """True where sentences are content: in documents, comments and strings of several lines."""
        return self.prose or self.inside == "comment" or self.long_text

    @property
    def open_quote(self) -> str:
        """The quote that the cursor's line leaves open, or ""."""
        rest = QUOTED.sub("", self.line_before) if self.inside == "string" else ""
        return next((character for character in rest if character in "\"'`"), "")

    @property
    def line_before(self) -> str:
        return self.before[self.before.rfind("\n") + 1 :]

    @property
    def line_after(self) -> str:
        return self.after.partition("\n")[0]

    @property
    def indent(self) -> int:
        return indent_of(self.line_before)

    @property
    def above(self) -> str:
        """The nearest line above that is not blank, or ""."""
        return next((line for line in reversed(self.before.split("\n")[:-1]) if line.strip()), "")

    @property
    def below(self) -> str:
        """The nearest line below that is not blank, or ""."""
        return next((line for line in self.after.split("\n")[1:] if line.strip()), "")

    def knows(self, text: str) -> bool:
        """True if a text stands near the cursor already."""
        return text in self.before or text in self.after


def place_of(situation: Situation, reach: int = 4_000, past: Past | None = None) -> Place:
    """The surroundings as far as the filters look."""
    document, span = situation.document, situation.span
    text, language = document.text, document.language
    before, after = text[max(0, span.start - reach) : span.start], text[span.end : span.end + reach]
    inside, long_text = _inside(language, text[max(0, span.start - _REACH) : span.start])
    return Place(
        lf(before),
        lf(after),
        language in PROSE and len(_FENCES.findall(text[: span.start])) % 2 == 0,
        language,
        document.position(span.start).line,
        inside,
        long_text,
        past or Past(),
    )


@lru_cache(maxsize=8)  # asked several times for one answer
def _inside(language: str, window: str) -> tuple[Inside, bool]:
    """What the end of a text stands in, judged from the nearest line that can only be code."""
    line = window[window.rfind("\n") + 1 :]
    if not has_grammar(language):
        return ("comment" if language in CONFIG and line.lstrip().startswith(("#", "//")) else "code"), False
    start = _code_start(window)
    if language not in _HASHED:  # what follows the end of a comment is code, whatever the comment holds
        start = max(start, window.rfind("*/") + 2 if "*/" in window else 0)
    inside = inside_at(language, window[start:])
    nearest = max((found.start() for found in _TOP.finditer(window)), default=start)
    if inside != "code" and nearest > start and inside_at(language, window[nearest:]) == "code":
        inside = "code"  # the quotes or slashes of a pattern were taken for those of a string or comment
    if inside != "string":
        return inside, False
    begun = max(start, len(window) - len(line))
    above = begun > start and inside_at(language, window[start:begun]) == "string"
    return inside, above or any(line.count(fence) % 2 for fence in FENCES.get(language, ()))


def _code_start(window: str) -> int:
    """Offset of the first line that is likely code: at the left edge, else of the shallowest definition."""
    if len(window) < _REACH:
        return 0
    if top := _TOP.search(window):
        return top.start()
    within = [(-len(found["margin"]), found.start()) for found in _WITHIN.finditer(window)]
    return max(within)[1] if within else 0


def unit_of(place: Place) -> str:
    """One level of the file's indentation: a tab, or spaces; "" where the file does not tell."""
    lines = [line for line in f"{place.before}\n{place.after}".split("\n") if line.strip()]
    tabs = sum(line.startswith("\t") for line in lines)
    spaces = sum(line.startswith("  ") for line in lines)
    if tabs > spaces:
        return "\t"
    if not place.line_before.strip():
        lines.append(place.line_before)
    widths = [len(line) - len(line.lstrip(" ")) for line in lines if not line.lstrip().startswith("*")]
    indented = [width for width in widths if width > 1]
    fits = (
        unit for unit in (4, 2, 3, 8) if sum(not width % unit for width in indented) >= 0.8 * len(indented)
    )
    return " " * next(fits, 0) if indented else ""


def indent_of(line: str) -> int:
    """Columns of space a line begins with."""
    wide = line.expandtabs(TAB)
    return len(wide) - len(wide.lstrip(" "))


def margin_of(line: str) -> str:
    """The space a line begins with, as it is written."""
    return line[: len(line) - len(line.lstrip(" \t"))]


def lf(text: str) -> str:
    """The text with LF ends."""
    return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text
