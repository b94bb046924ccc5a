"""Which tasks fit a place: told from some lines round it, so that a menu may ask. Pure.

A tree would know better, and would have to be waited for. Where the lines leave a doubt the task is
offered: it is the user who chooses.
"""

from __future__ import annotations

from counterpoint.context.windows import lines_of
from counterpoint.pairing.comments import addressed
from counterpoint.pairing.stubs import PROSE, ROW, declared_in, indent_of, is_stub
from counterpoint.tasks import Fits
from counterpoint.text import Document, Span

_UP = 200
"""Lines above a place in which the definition it stands in is looked for."""
_FEW = 40
"""Lines of a selection that are looked at."""
_MESSAGES = frozenset({"git-commit", "gitcommit"})


def fitting(document: Document, span: Span, *, selected: bool, staged: bool = False) -> frozenset[Fits]:
    """What a place is. `selected` says that the user has chosen the span's lines, `staged` that something is
    about to be committed in the document's workspace."""
    if is_message(document):
        return frozenset(("staged",))
    first, last = lines_of(document, span)
    found: set[Fits] = {"anywhere"}
    if staged:
        found.add("staged")
    if document.language not in PROSE and symbol_at(document, first):
        found.add("symbol")
    if selected and any(document.lines[row].strip() for row in range(first, min(last, first + _FEW) + 1)):
        found.add("selection")
    if addressed(document, first, min(last, first + _FEW)):
        found.add("comment")
    if is_stub(document, first, last, selected=selected):
        found.add("stub")
    return frozenset(found)


def is_message(document: Document) -> bool:
    """Whether it is the message of a commit that is being written."""
    return document.language in _MESSAGES or document.path.rpartition("/")[2] == "COMMIT_EDITMSG"


def symbol_at(document: Document, line: int) -> str:
    """The name of the nearest definition a 0-based line stands in or declares; "" at the top of a file."""
    if not 0 <= line < len(document.lines):
        return ""
    depth = None
    for number in range(line, max(-1, line - _UP), -1):
        text = document.lines[number][:ROW]
        if text.strip() in ("", "{"):
            continue
        indent = indent_of(text)
        if depth is not None and indent >= depth:
            continue
        if (text.strip()[0] not in "})]" or number == line) and (
            name := declared_in(text, document.language)
        ):
            return name
        if text.strip()[0] not in "})]":
            depth = indent
        if indent == 0 and (number < line or text.strip()[0] not in "})]"):
            return ""
    return ""
