"""Line ends, the byte-order mark and the last line's end: new text is written as the file writes its own."""

from __future__ import annotations

from difflib import SequenceMatcher

from counterpoint.changes.values import NO_NEWLINE
from counterpoint.text import Edit, Span

BOM = "\ufeff"


def plain(text: str) -> str:
    """With LF for CRLF; a lone CR stays, it is no line end to those who write diffs."""
    return text.replace("\r\n", "\n")


def unmarked(text: str) -> tuple[str, bool]:
    """The text without a last line that says the one before it has no end, and whether there was one."""
    for end in ("\n", ""):
        tail = NO_NEWLINE + end
        if text.endswith("\n" + tail):
            return text[: -len(tail) - 1].removesuffix("\r"), True
    return text, False


def whole_text(before: str, text: str) -> str:
    """A whole file as the file before it was written: byte-order mark, line ends, last line's end."""
    text, bare = unmarked(text)
    if before.startswith(BOM) and not text.startswith(BOM):
        text = BOM + text
    text = with_ends(before, text)
    body = before.removeprefix(BOM)
    if bare or not body or not text.removeprefix(BOM):
        return text
    if not body.endswith(("\n", "\r")):
        return text.removesuffix("\n").removesuffix("\r") if text.endswith("\n") else text
    return text if text.endswith(("\n", "\r")) else text + _common_end(before)


def with_ends(before: str, new: str, there: str | None = None) -> str:
    """`new` with the line ends of the text it stands in, or for; `there` is the part that it replaces.

    A file that has one kind keeps it. One that mixes them keeps each line's own where the line is the same.
    """
    pairs, breaks = before.count("\r\n"), before.count("\n")
    if not breaks:
        return plain(new).replace("\n", "\r") if "\r" in before and "\n" in new else new
    mine, all_mine = new.count("\r\n"), new.count("\n")
    if not pairs:
        return plain(new) if mine and mine == all_mine else new
    if pairs == breaks:
        return new if 0 < mine < all_mine else plain(new).replace("\n", "\r\n")
    return new if mine else _aligned(before if there is None else there, new)


def _common_end(text: str) -> str:
    if "\n" not in text:
        return "\r"
    return "\r\n" if text.count("\r\n") * 2 > text.count("\n") else "\n"


def _aligned(before: str, new: str) -> str:
    """Each line of `new` with the end of the line it is, stands for, or follows."""
    theirs, mine = before.split("\n"), new.split("\n")
    bare = [line.removesuffix("\r") for line in theirs]
    ends: list[str] = []
    for _, a, b, c, d in SequenceMatcher(None, bare, mine, autojunk=False).get_opcodes():
        for number in range(d - c):
            like = theirs[min(a + number, b - 1)] if b > a else theirs[max(0, a - 1)]
            ends.append("\r\n" if like.endswith("\r") else "\n")
    return "".join(line + end for line, end in zip(mine[:-1], ends, strict=False)) + mine[-1]


def difference(before: str, after: str) -> tuple[Edit, ...]:
    """Edits, by whole lines, that make `after` of `before`."""
    if before == after:
        return ()
    old, new = before.splitlines(keepends=True), after.splitlines(keepends=True)
    head = 0
    while head < min(len(old), len(new)) and old[head] == new[head]:
        head += 1
    tail = 0
    while tail < min(len(old), len(new)) - head and old[-1 - tail] == new[-1 - tail]:
        tail += 1
    start = sum(map(len, old[:head]))
    middle, wanted = old[head : len(old) - tail], new[head : len(new) - tail]
    starts = [start]
    for line in middle:
        starts.append(starts[-1] + len(line))
    if len(middle) * len(wanted) > 4_000_000:
        return (Edit(Span(start, starts[-1]), "".join(wanted)),)
    codes = SequenceMatcher(None, middle, wanted, autojunk=False).get_opcodes()
    return tuple(
        Edit(Span(starts[a], starts[b]), "".join(wanted[c:d])) for tag, a, b, c, d in codes if tag != "equal"
    )
