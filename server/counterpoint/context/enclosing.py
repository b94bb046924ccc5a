"""The qualified name of the symbol round a line, read from indentation and declaration keywords.

It walks up from the line to ever shallower lines, so it costs what the nesting costs and needs no parse.
"""

from __future__ import annotations

import re

from counterpoint.text import Document

_DECLARATION = re.compile(
    r"^\s*(?:(?:export|default|public|private|protected|internal|static|final|abstract|async|pub(?:\([\w:]+\))?"
    r"|unsafe|override|readonly|declare|get|set|virtual|sealed|const)\s+)*"
    r"(?:(?:def|class|function\*?|func|fn|impl|trait|interface|struct|enum|type|mod|module|namespace|object)\s+"
    r"(?:\([^)]*\)\s*)?(?P<name>[\w$.]+)"
    r"|(?:const|let|var)\s+(?P<bound>[\w$]+)\s*(?::[^=]+)?="
    r"\s*(?:async\s*)?(?:\(|function\b|[\w$]+\s*=>))"
)
_METHOD = re.compile(r"^\s*(?:[\w$<>\[\],.?]+\s+)*(?P<name>[\w$]+)\s*\([^;]*\)?[^;]*\{\s*$")
_REACH = 300
"""Characters of a line that are looked at: the patterns take the square of that on lines without an end."""
_NOT_NAMES = frozenset(
    {
        "if", "for", "while", "switch", "catch", "return", "else", "do", "try", "with", "await", "match",
        "elif", "except", "finally", "new", "throw", "yield",
    }
)  # fmt: skip


def enclosing_symbol(document: Document, line: int) -> str:
    """Dotted name, outermost first, of what a 0-based line lies in or declares; empty at module level."""
    names: list[str] = []
    depth = None
    for number in range(min(line, len(document.lines) - 1), -1, -1):
        text = document.line(number)[:_REACH]
        if not text.strip():
            continue
        indent = len(text.expandtabs(8)) - len(text.expandtabs(8).lstrip())
        if depth is not None and indent >= depth:
            continue
        depth = indent
        if name := declared(text):
            names.append(name)
        if indent == 0:
            break
    return ".".join(reversed(names))


def declared(text: str) -> str:
    """The name that a line of a source file declares; "" if it declares none."""
    found = _DECLARATION.match(text)
    if found:
        return found["name"] or found["bound"]
    found = _METHOD.match(text)
    return found["name"] if found and found["name"] not in _NOT_NAMES else ""
