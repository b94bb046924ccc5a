"""Quoted text finds its place in a document, by whole lines or amid them, and becomes edits of it."""

from __future__ import annotations

import html
import re
from difflib import SequenceMatcher

from counterpoint.changes.ends import plain, unmarked, with_ends
from counterpoint.changes.lines import BOM, indent_of
from counterpoint.changes.placing import Placed, place_hunk
from counterpoint.changes.values import Hunk, Line, Refused, Swap, head_of
from counterpoint.locate import fitted, locate, without_gutter
from counterpoint.text import Document, Edit, Span

_GUTTER = re.compile(r"^\s*\d+\s?[|:]")
_ODD_SPACE = re.compile(r"[^\S \t\r\n\f\v]")
_COUNTED = re.compile(r"^\s*(\d+)(?:\s?\| ?|: ?|\t|→)")


def hunk_of(old: str, new: str, near: int | None) -> Hunk:
    """Quoted lines and what stands in their place, as a hunk: lines that both have are left alone."""
    before, after = _split(old), _split(new)
    lines: list[Line] = []
    for tag, a, b, c, d in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if tag == "equal":
            lines += [Line(" ", *row) for row in before[a:b]]
        else:
            lines += [Line("-", *row) for row in before[a:b]]
            lines += [Line("+", *row) for row in after[c:d]]
    return Hunk(tuple(lines), near)


def _split(text: str) -> list[tuple[str, bool]]:
    """The lines, and of each whether it is said to have no end."""
    text, bare = unmarked(text)
    rows = [(row, False) for row in text.removesuffix("\n").split("\n")] if text else []
    return [*rows[:-1], (rows[-1][0], bare)] if rows else []


def place_swap(document: Document, swap: Swap) -> Placed:
    """A quote's edits. Raises Refused: `absent`, `ambiguous`, `exists`, `no-change`, `malformed`."""
    error: Refused | None = None
    # Where the marks that divide a block stand in its text, the longest quote that the file has is the quote.
    for old, new in sorted(((swap.old, swap.new), *swap.others), key=lambda one: -len(one[0])):
        try:
            return _place(document, swap, old, new)
        except Refused as refused:
            if refused.dropped.reason != "absent":
                raise
            error = refused
    assert error is not None
    raise error


def _place(document: Document, swap: Swap, old: str, new: str) -> Placed:
    if not old.strip():
        return _filled(document, swap, new)
    for quote, text in _readings(old, new, swap):
        try:
            placed = _by_lines(document, swap, quote, text) if swap.by_lines else None
        except Refused as error:
            if error.dropped.reason != "absent":
                raise
            placed = None
        placed = placed or _by_text(document, swap, quote, text)
        if placed is not None:
            return placed
    raise Refused("absent", f"{document.path}: {head_of(old)}")


def _readings(old: str, new: str, swap: Swap) -> list[tuple[str, str]]:
    """The quote as it is, without line numbers, out of HTML."""
    plain = (_unnumbered(old), new if old == _unnumbered(old) else _unnumbered(new))
    if plain[0] != old and any(_GUTTER.match(line) for line in plain[1].split("\n")):
        raise Refused("malformed", f"{swap.path}: line numbers on some of the new lines")
    found = [(old, new)] if plain[0] == old else [plain]
    if "&" in old and not re.search(r"[<>]|&(?!#?\w+;)", old + new):
        found.append((html.unescape(old), html.unescape(new)))
    return found


def _unnumbered(text: str) -> str:
    """Without the numbers that count its lines up, if all lines have one."""
    stripped = without_gutter(text)
    if stripped != text:
        return stripped
    lines = text.removesuffix("\n").split("\n")
    numbers = [_COUNTED.match(line) for line in lines]
    if not all(numbers):
        return text
    values = [int(found[1]) for found in numbers if found]
    if values != list(range(values[0], values[0] + len(values))) or len(values) < 2:
        return text
    bare = [line[found.end() :] for line, found in zip(lines, numbers, strict=True) if found]
    return "\n".join(bare) + ("\n" if text.endswith("\n") else "")


def _filled(document: Document, swap: Swap, new: str) -> Placed:
    """Nothing is quoted: an empty file is filled, any other is none to be created."""
    if document.text.strip("\ufeff \t\r\n"):
        raise Refused(
            "absent" if swap.near and not swap.by_lines else "exists", f"{document.path}: (nothing quoted)"
        )
    span = Span(len(BOM) if document.text.startswith(BOM) else 0, len(document.text))
    text = unmarked(new)[0].replace("\r\n", "\n").replace("\n", document.eol)
    return Placed(span, (Edit(span, text),), swap.reason, swap.extra)


def _by_lines(document: Document, swap: Swap, old: str, new: str) -> Placed:
    """Whole lines; blank ones at both ends of both texts count only where they stand."""
    for quote, text in _trimmed(old, new):
        hunk = hunk_of(quote, text, swap.near)
        if not any(line.sign != " " for line in hunk.lines):
            raise Refused("no-change", f"{document.path}: {head_of(old)}")
        try:
            placed = place_hunk(document, hunk)
        except Refused as error:
            if error.dropped.reason != "absent":
                raise
            continue
        return Placed(placed.quoted, placed.edits, swap.reason, swap.extra)
    raise Refused("absent", f"{document.path}: {head_of(old)}")


def _trimmed(old: str, new: str) -> list[tuple[str, str]]:
    """The texts as they are, then without as many empty lines at their ends as both have."""
    found = [(old, new)]
    one, two = old, new
    while one.startswith("\n") and two.startswith("\n"):
        one, two = one[1:], two[1:]
    while one.endswith("\n\n") and two.endswith("\n\n"):
        one, two = one[:-1], two[:-1]
    return [*found, (one, two)] if one != old and one.strip() else found


def _by_text(document: Document, swap: Swap, old: str, new: str) -> Placed | None:
    """A quote that may begin and end amid a line; None if it stands nowhere."""
    if swap.by_lines:
        old, new = old.removesuffix("\n"), new.removesuffix("\n")
        if old not in plain(document.text):
            return None
    (old, had_none), (new, bare) = unmarked(plain(old)), unmarked(plain(new))
    place = locate(document, old, swap.near)
    if place == "absent":
        return None
    said = f"{document.path}: {head_of(old)}"
    if isinstance(place, str):
        raise Refused(place, said)
    span = place.span
    there = document.text[span.start : span.end]
    odd = set(_ODD_SPACE.findall(old)) - set(_ODD_SPACE.findall(there))
    if odd or (place.indents and not _consistent(old, there)):
        return None
    text = _ended(document, span, old, fitted(document, place, old, new))
    if bare:
        text = text.removesuffix("\n").removesuffix("\r")
    elif had_none and span.end == len(document.text):
        text = text.rstrip("\r\n") + document.eol * (len(new) - len(new.rstrip("\n")))
    if text == there:
        raise Refused("no-change", said)
    return Placed(span, (Edit(span, text),), swap.reason, swap.extra)


def _ended(document: Document, span: Span, old: str, text: str) -> str:
    """New text with the line ends that are right at its place. A last line without one stays so."""
    there = document.text[span.start : span.end]
    at_end = span.end == len(document.text) and bool(there) and not there.endswith(("\n", "\r"))
    if at_end and old.endswith("\n"):
        text = text.removesuffix(document.eol)
    if "\r\n" not in document.text:
        return text
    ahead = document.text.find("\n", span.end) + 1 or len(document.text)
    return with_ends(document.text, plain(text), document.text[span.start : ahead])


def _consistent(old: str, there: str) -> bool:
    """True if the quote's indentation is the document's, changed in one way."""
    mine = without_gutter(old).strip("\n").split("\n")
    theirs = re.split(r"\r\n|\n|\r", there.rstrip("\r\n"))
    pairs: dict[str, str] = {}
    return len(mine) == len(theirs) and all(
        not one.strip() or pairs.setdefault(indent_of(one), indent_of(two)) == indent_of(two)
        for one, two in zip(mine, theirs, strict=True)
    )
