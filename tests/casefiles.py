"""Case files: a behaviour as a page a person can read.

A case is Markdown: prose, then fenced blocks (backticks or tildes, three or more). The word after the
fence is the language, the next the file's path, further words are flags:

    ```python a.py            a file; `║` is the cursor, `⟦ ⟧` the selection, in the first file; several
                              `⟦ ⟧` are the ranges a review is about
    ```python a.py crlf       the same with CRLF line ends
    ```text instruction       what the user asks for
    ```json model             the model's answer, streamed in small pieces; `~~~~` fences hold backticks
    ```python want a.py       the file afterwards
    ```text findings          one line a finding: path:line:column-line:column severity confidence
                              pass/category title
    ```text dropped           one line a dropped item: reason: detail
    ```text evidence          one line a quote: path:line quote
    ```text fixes             one line a fix that stays: its title
    ```text passes            the passes of a review, in one line
    ```text stop              why the model ended: end, length, refusal; end where it is not said
    ```text error             the error instead of an answer
    ```text prompt            lines that must be in what is sent, `unsent` parts that must not be
    ```text told              an answer in words, as the user reads it
    ```text assumed           what the model decided that was left open, `asked` its question
    ```text subjects          the messages of earlier commits, `ignored` the workspace's ignore file
    ```text shown             the inserted text, between | and |, line by line
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from counterpoint.text import Document, Situation, Span, language_of

_BLOCK = re.compile(r"^(?P<fence>`{3,}|~{3,})(?P<info>[^\n`]*)\n(?P<body>.*?)^(?P=fence)[ \t]*$", re.M | re.S)
_BLOCKS = (
    "model", "instruction", "findings", "dropped", "shown", "fired", "deleted", "rejected",
    "evidence", "fixes", "passes", "error", "stop",
    "prompt", "unsent", "told", "assumed", "asked", "subjects", "ignored",
)  # fmt: skip
CURSOR, OPEN, CLOSE = "║", "⟦", "⟧"


@dataclass(frozen=True)
class Case:
    """A case, read."""

    situation: Situation
    answer: str
    wanted: dict[str, str]
    files: dict[str, Document]
    blocks: dict[str, str]


class Held:
    """Files of a case."""

    def __init__(self, files: dict[str, Document]) -> None:
        self.files = files

    def read(self, path: str) -> Document | None:
        return self.files.get(path)

    def paths(self) -> list[str]:
        return list(self.files)


def read_case(file: Path) -> Case:
    """Read a case file."""
    files: dict[str, Document] = {}
    wanted: dict[str, str] = {}
    blocks: dict[str, str] = {}
    span: Span | None = None
    ranges: tuple[Span, ...] = ()
    for match in _BLOCK.finditer(file.read_text("utf-8")):
        language, *words = match["info"].split()
        body = match["body"]
        flags = set(words[1:])
        if words[0] == "want":
            wanted[words[1]] = _ended(body, set(words[2:]))
        elif words[0] in _BLOCKS:
            blocks[words[0]] = body
        else:
            text = _ended(body, flags)
            if span is None:
                text, ranges = _marked(text)
                span = Span(ranges[0].start, ranges[-1].end)
            files[words[0]] = Document.of(words[0], text, _language(language, words[0]), 1)
    first = next(iter(files.values()))
    situation = Situation(
        first,
        span or Span(0, len(first.text)),
        Held(files),
        instruction=blocks.get("instruction", "").strip(),
        passes=tuple(blocks.get("passes", "correctness").split()),
        ranges=ranges if len(ranges) > 1 else (),
    )
    return Case(situation, blocks.get("model", "").removesuffix("\n"), wanted, files, blocks)


def _language(given: str, path: str) -> str:
    found = language_of(path)
    return found if found != "plaintext" else given


def _ended(text: str, flags: set[str]) -> str:
    if "no-final-newline" in flags:
        text = text.removesuffix("\n")
    return text.replace("\n", "\r\n") if "crlf" in flags else text


def _marked(text: str) -> tuple[str, tuple[Span, ...]]:
    if CURSOR in text:
        at = text.index(CURSOR)
        return text.replace(CURSOR, ""), (Span(at, at),)
    ranges = []
    while OPEN in text:
        start = text.index(OPEN)
        end = text.index(CLOSE) - 1
        ranges.append(Span(start, end))
        text = text.replace(OPEN, "", 1).replace(CLOSE, "", 1)
    return text, tuple(ranges) or (Span(0, len(text)),)
