"""Standing instructions: what a project tells its contributors, as text of the project and nothing more.

They are read like any file that may be sent: no link is followed out of the workspace, none that is ignored
or kept local is read. A line that asks for another file (`@docs/style.md`) stays a line of text. They say
how the project likes its code; they decide neither what is asked, nor of what, nor any setting.
"""

from __future__ import annotations

import re

from counterpoint.context.snippet import Snippet
from counterpoint.text import Files

NAMES = ("AGENTS.md", "CLAUDE.md")
AT_ROOT = ".github/copilot-instructions.md"
WHY = "standing instructions"

_TAGS = re.compile(r"<(?=/?(?:before|after|project_text)\b|!-- (?:user|part) -->)", re.IGNORECASE)


def instructions_for(path: str, files: Files, characters: int, characters_per_token: float) -> list[Snippet]:
    """The project's instructions for a file, those of its own folder first; whole lines, so many characters.

    Of files with the same text the nearest is kept. Reads files.
    """
    found: list[Snippet] = []
    texts: set[str] = set()
    left = characters
    for name in places(path):
        document = files.read(name) if left > 0 else None
        text = document.text.replace("\r\n", "\n").replace("\r", "\n").strip("\n") if document else ""
        if not text.strip() or text in texts:
            continue
        texts.add(text)
        kept = _whole_lines(text, left)
        left -= len(text)
        if kept:
            rows = kept.count("\n") + 1
            found.append(Snippet(name, 1, rows, kept, WHY, round(len(kept) / characters_per_token)))
    return found


def places(path: str) -> list[str]:
    """Where instructions for a file may lie, nearest first."""
    folders = path.split("/")[:-1]
    found = []
    for depth in range(len(folders), -1, -1):
        found += ["/".join((*folders[:depth], name)) for name in NAMES]
    return [*found, AT_ROOT]


def is_instruction(snippet: Snippet) -> bool:
    """True for standing instructions, which go into a prompt apart from code."""
    return snippet.why == WHY


def quoted(snippet: Snippet) -> str:
    """The text as a quotation of the project. Marks of our own in it are made harmless."""
    text = _TAGS.sub("&lt;", snippet.text)
    return f'<project_text from="{_attribute(snippet.path)}">\n{text}\n</project_text>\n'


def _attribute(path: str) -> str:
    return re.sub(r'["<>\n\r]', "_", path)


def _whole_lines(text: str, most: int) -> str:
    if len(text) <= most:
        return text
    return text[: text.rfind("\n", 0, most + 1) + 1].rstrip("\n")
