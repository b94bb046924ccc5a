"""Text as the core sees it: documents, spans, edits, and the question asked about them.

Offsets are plain `str` indices (code points). Lines are 0-based here and 1-based wherever a user or
a model sees them. Lines end at LF, CRLF or CR and nowhere else: form feeds and U+2028 stay inside a
line, because editors count them so.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import accumulate
from typing import Literal, Protocol

_LINE = re.compile(r"[^\r\n]*(?:\r\n|\n|\r)|[^\r\n]+")


def split_lines(text: str) -> tuple[str, ...]:
    """Split at LF, CRLF and CR only; every line keeps its end. The empty text has no lines."""
    return tuple(_LINE.findall(text))


def ends_of(lines: Sequence[str]) -> int:
    """How many of some lines have an end."""
    return len(lines) - (1 if lines and not lines[-1].endswith(("\n", "\r")) else 0)


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """Half-open range of code-point offsets."""

    start: int
    end: int

    def overlaps(self, other: Span) -> bool:
        """True if the two share a character, or one is empty and lies strictly inside the other."""
        return self.start < other.end and other.start < self.end


@dataclass(frozen=True, slots=True, order=True)
class Position:
    """0-based line and column; the column counts code points."""

    line: int
    column: int


@dataclass(frozen=True, slots=True)
class Edit:
    """Replace the text of `span` by `new`."""

    span: Span
    new: str


@dataclass(frozen=True)
class Document:
    """One version of one file. `path` is workspace-relative with `/`, or absolute outside of it.

    `version` is the editor's, and None for a file only on disk. `language` is an LSP language id.
    """

    path: str
    language: str
    lines: tuple[str, ...]
    version: int | None = None

    @classmethod
    def of(cls, path: str, text: str, language: str, version: int | None = None) -> Document:
        """Build from whole text."""
        return cls(path, language, split_lines(text), version)

    @cached_property
    def text(self) -> str:
        return "".join(self.lines)

    @cached_property
    def starts(self) -> tuple[int, ...]:
        """Offset of each line's first character, then the length of the text."""
        return tuple(accumulate(map(len, self.lines), initial=0))

    @cached_property
    def eol(self) -> str:
        """The document's own line end: that of its first line, LF if it has none."""
        first = self.lines[0] if self.lines else ""
        return next((end for end in ("\r\n", "\n", "\r") if first.endswith(end)), "\n")

    def line(self, number: int) -> str:
        """Text of a 0-based line without its end; empty past the last line."""
        return self.lines[number].rstrip("\r\n") if 0 <= number < len(self.lines) else ""

    def offset(self, position: Position) -> int:
        """Offset of a position; columns past the line's end and lines past the last are clamped."""
        if position.line < 0:
            return 0
        if position.line >= len(self.lines):
            return self.starts[-1]
        width = len(self.line(position.line))
        return self.starts[position.line] + max(0, min(position.column, width))

    def start_of(self, line: int) -> int:
        """Offset of one line that exists. Adds up those before it where nobody has asked for all `starts`."""
        known: tuple[int, ...] | None = vars(self).get("starts")
        return sum(map(len, self.lines[:line])) if known is None else known[line]

    def position(self, offset: int) -> Position:
        """Position of an offset, clamped into the text."""
        offset = max(0, min(offset, self.starts[-1]))
        line = bisect_right(self.starts, offset) - 1
        if line >= len(self.lines):  # the end of the text
            if not self.lines or self.lines[-1].endswith(("\n", "\r")):
                return Position(len(self.lines), 0)
            line = len(self.lines) - 1
        return Position(line, offset - self.starts[line])

    def span_of_lines(self, first: int, last: int) -> Span:
        """Span of the 0-based lines first..last inclusive, line ends included."""
        count = len(self.lines)
        first, last = max(0, min(first, count)), max(-1, min(last, count - 1))
        return Span(self.starts[first], max(self.starts[first], self.starts[last + 1]))


def apply(text: str, edits: Iterable[Edit]) -> str:
    """Apply edits that do not overlap. Raises ValueError if two do."""
    ordered = sorted(edits, key=lambda edit: edit.span)
    parts: list[str] = []
    at = 0
    for edit in ordered:
        if edit.span.start < at or edit.span.end > len(text):
            raise ValueError(f"edit {edit.span} overlaps another or leaves the text")
        parts += (text[at : edit.span.start], edit.new)
        at = edit.span.end
    return "".join((*parts, text[at:]))


class Files(Protocol):
    """Files as the question sees them: unsaved text of the editor over the disk."""

    def read(self, path: str) -> Document | None:
        """The document, or None if absent, ignored, secret-like, binary or too large."""
        ...

    def paths(self) -> Sequence[str]:
        """Workspace-relative paths of all readable source files."""
        ...


class NoFiles:
    """A `Files` that holds nothing."""

    def read(self, path: str) -> Document | None:
        return None

    def paths(self) -> Sequence[str]:
        return ()


@dataclass(frozen=True, slots=True)
class Problem:
    """A diagnostic of any tool at the place asked about. `severity` is 1 (error) to 4 (hint).

    `sure` False: a suspicion, which the tool itself shows to nobody.
    """

    path: str
    span: Span
    message: str
    source: str = ""
    code: str = ""
    severity: int = 1
    sure: bool = True


@dataclass(frozen=True, slots=True)
class Situation:
    """The frozen question. `span` is the cursor (empty) or the selection inside `document`."""

    document: Document
    span: Span
    files: Files = field(default_factory=NoFiles)
    instruction: str = ""
    problems: tuple[Problem, ...] = ()
    passes: tuple[str, ...] = ("correctness",)
    trigger: Literal["automatic", "invoked"] = "invoked"
    selected: tuple[Span, str] | None = None
    """The editor's own completion list entry the suggestion must extend: replaced span and text."""
    price_agreed: bool = False
    """The user has been told what a very long prompt costs, and wants it sent."""
    hunks: tuple[tuple[int, int], ...] = ()
    """Of a change under review: its lines in the document, 0-based and inclusive, where they are known."""
    diff: str = ""
    """The same change as git tells it, or ""."""
    ranges: tuple[Span, ...] = ()
    """What a review is about where that is several pieces of the document; `span` is then their hull."""
    lens: str = ""
    """What the passes look for, in words; "" for the texts of the shipped passes named in `passes`."""
    claims: str = ""
    """Findings in words and quotes, for a task that judges them or starts from them."""
    pieces: tuple[tuple[str, int, int], ...] = ()
    """Lines of other files that belong to the question: path, first and last, 0-based and inclusive."""
    earlier: str = ""
    """What was said and done before in the same conversation, in words, the oldest first."""
    earlier_of: tuple[tuple[str, Span], ...] = ()
    """Where in `earlier` a file is told of, with its path: who may not see the file is not told that."""
    source: str = ""
    """The file of the workspace that a `document` without a path was copied from; "" for none."""
    context_tokens: int = 0
    """Most tokens of other files' code to go along, within what the settings allow; 0 for all of that."""
    written_by: str = ""
    """Label of the model that wrote most of what is asked about; "" for people."""


LANGUAGES: dict[str, str] = {
    ".py": "python", ".pyi": "python", ".js": "javascript", ".mjs": "javascript", ".cjs": "javascript",
    ".jsx": "javascriptreact", ".ts": "typescript", ".mts": "typescript", ".cts": "typescript",
    ".tsx": "typescriptreact", ".go": "go", ".rs": "rust", ".java": "java", ".c": "c", ".h": "c",
    ".cc": "cpp", ".cpp": "cpp", ".hpp": "cpp", ".cs": "csharp", ".rb": "ruby", ".php": "php",
    ".sh": "shellscript", ".bash": "shellscript", ".kt": "kotlin", ".swift": "swift", ".lua": "lua",
    ".scala": "scala", ".sql": "sql", ".html": "html", ".css": "css", ".json": "json", ".toml": "toml",
    ".yml": "yaml", ".yaml": "yaml", ".md": "markdown", ".txt": "plaintext",
}  # fmt: skip


def language_of(path: str) -> str:
    """LSP language id by file ending; `plaintext` if unknown."""
    dot = path.rfind(".")
    return LANGUAGES.get(path[dot:].lower(), "plaintext") if dot > path.rfind("/") else "plaintext"
