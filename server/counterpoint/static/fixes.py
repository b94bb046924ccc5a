"""Mechanical fixes, written as quotes of whole lines so that they can be located anew later."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ast_grep_py import SgNode

from counterpoint.answers import Fix, QuoteEdit
from counterpoint.text import Document, Edit, Span, apply

_META = re.compile(r"\$\$\$([A-Z_][A-Z0-9_]*)|\$([A-Z_][A-Z0-9_]*)")
_IMPORT = ("import_statement", "import_from_statement")


def fill(template: str, match: SgNode, limit: int | None = None) -> str:
    """Put the matched code in place of `$NAME` and `$$$NAME`; longer than `limit` characters is clipped."""

    def text(found: re.Match[str]) -> str:
        if found[1]:
            value = "".join(_spaced(match.get_multiple_matches(found[1])))
        else:
            node = match.get_match(found[2])
            value = found[0] if node is None else node.text()
        if limit is None:
            return value
        value = " ".join(value.split())
        return value if len(value) <= limit else value[: limit - 3] + "..."

    return _META.sub(text, template)


def _spaced(nodes: Sequence[SgNode]) -> list[str]:
    return [", " if node.text() == "," else node.text() for node in nodes]


def fix(title: str, document: Document, edits: Sequence[Edit]) -> Fix:
    """The edits as quotes. Edits that share a line become one quote."""
    groups: list[list[Edit]] = []
    last_line = -1
    for edit in sorted(edits, key=lambda edit: edit.span):
        first = document.position(edit.span.start).line
        if groups and first <= last_line:
            groups[-1].append(edit)
        else:
            groups.append([edit])
        last_line = document.position(edit.span.end).line
    return Fix(title, tuple(_quote(document, group) for group in groups))


def _quote(document: Document, edits: Sequence[Edit]) -> QuoteEdit:
    first = document.position(edits[0].span.start).line
    last = document.position(edits[-1].span.end).line
    start = document.starts[first]
    end = document.starts[last] + len(document.line(last))
    old = document.text[start:end]
    moved = [Edit(Span(edit.span.start - start, edit.span.end - start), edit.new) for edit in edits]
    return QuoteEdit(document.path, old, apply(old, moved), first + 1)


def add_import(module: str, document: Document, root: SgNode) -> list[Edit]:
    """The edit that imports a Python module, or none if the file has it."""
    place: SgNode | None = None
    for node in root.children():
        if node.kind() in _IMPORT:
            if node.kind() == "import_statement" and module in re.split(r"[\s,]+", node.text()):
                return []
            place = place or node
    if place is None:
        place = next((node for node in root.children() if not _preamble(node)), None)
    if place is None:
        return []
    at = place.range().start.index
    return [Edit(Span(at, at), f"import {module}{document.eol}")]


def _preamble(node: SgNode) -> bool:
    if node.kind() in ("comment", "future_import_statement"):
        return True
    children = node.children()
    return node.kind() == "expression_statement" and all(child.kind() == "string" for child in children)
