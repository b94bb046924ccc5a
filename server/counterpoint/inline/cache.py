"""What was suggested where, for the next time the cursor stands there. The clock is the caller's.

A place is known by the code round it and not by its line: digests of the text before its line and behind the
cursor, a few thousand characters at most. Blanks do not count there, so that a block that was indented anew
still finds what it was given.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from dataclasses import dataclass, replace
from typing import TypeAlias

from counterpoint.text import Document

_BEFORE, _BEHIND = 2_000, 1_000
_LINES_UP = 3
_HEADS = 8
_BY_INDENT = frozenset({"python", "yaml", "coffeescript", "haml", "fsharp", "nim", "pug", "makefile"})

Key: TypeAlias = tuple[str, str, str, str, str, bytes, bytes]


@dataclass(frozen=True, slots=True)
class Kin:
    """Whose answers may stand for one another: of one model, asked with one prompt."""

    model: str = ""
    prompt: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """`head` is the line before the cursor when it was asked about; `above` the indentation of the code
    above it. An empty `text` was nothing to show, for the `reason` given."""

    head: str
    text: str
    job: str
    label: str
    until: float
    reason: str = ""
    above: int = 0
    ahead: bool = False
    doubts: tuple[str, ...] = ()


class Cache:
    """The latest few hundred places. Empty answers are remembered for seconds only."""

    def __init__(self, most: int = 400, seconds: float = 600.0, briefly: float = 5.0) -> None:
        self._most, self.seconds, self.briefly = most, seconds, briefly
        self._places: OrderedDict[Key, tuple[Entry, ...]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._places)

    def put(self, kin: Kin, document: Document, offset: int, entry: Entry, now: float) -> None:
        """Keep an answer for a place; head, indentation and time are filled in here."""
        line = document.position(offset).line
        start = document.starts[line]
        head = document.text[start:offset]
        seconds = self.seconds if entry.text else self.briefly
        entry = replace(entry, head=head, until=now + seconds, above=_above(document, line))
        key = _key(kin, document, start, _behind(document, offset))
        others = tuple(one for one in self._places.pop(key, ()) if one.head != head)
        self._places[key] = (entry, *others[: _HEADS - 1])
        while len(self._places) > self._most:
            self._places.popitem(last=False)

    def get(self, kin: Kin, document: Document, offset: int, now: float) -> Entry | None:
        """What is left of an answer given here, or on one of the lines above it; None if there is none."""
        line, behind = document.position(offset).line, _behind(document, offset)
        for up in range(min(_LINES_UP, line) + 1):
            start = document.starts[line - up]
            if offset - start > _BEFORE:
                break
            key = _key(kin, document, start, behind)
            entries = self._places.get(key, ())
            here, above = document.text[start:offset], _above(document, line - up) if entries else 0
            for entry in entries:
                found = _left(entry, here, above, document.language) if entry.until > now else None
                if found is not None:
                    self._places.move_to_end(key)
                    return found
        return None

    def forget(self, job: str) -> None:
        """Drop what a job gave: it was taken, or not wanted."""
        for key, entries in tuple(self._places.items()):
            kept = tuple(one for one in entries if one.job != job)
            if len(kept) == len(entries):
                continue
            if kept:
                self._places[key] = kept
            else:
                del self._places[key]

    def clear(self) -> None:
        self._places.clear()


def _key(kin: Kin, document: Document, start: int, behind: bytes) -> Key:
    before = document.text[max(0, start - _BEFORE) : start]
    if start > _BEFORE:  # what is cut off amid a line would not be the same after an indentation
        before = before.partition("\n")[2]
    # The digests do not see how lines end, but what is kept ends them so.
    return document.path, document.language, document.eol, kin.model, kin.prompt, _digest(before), behind


def _behind(document: Document, offset: int) -> bytes:
    return _digest(document.text[offset : offset + _BEHIND])


def _digest(text: str) -> bytes:
    bare = text.replace(" ", "").replace("\t", "").replace("\r", "")
    return hashlib.blake2b(bare.encode("utf-8", "surrogatepass"), digest_size=16).digest()


def _left(entry: Entry, here: str, above: int, language: str) -> Entry | None:
    """What is left of an entry where `here` stands before the cursor."""
    if not entry.text:
        return entry if here == entry.head else None
    whole = entry.head + entry.text
    if whole.startswith(here) and len(entry.head) <= len(here) < len(whole):
        return replace(entry, text=whole[len(here) :])
    own, given = _indent(entry.head), _indent(here)
    shift = _width(given) - _width(own)
    if own == given or (language in _BY_INDENT and shift != above - entry.above):
        return None
    bare, typed = entry.head[len(own) :] + _shifted(entry.text, own, given), here[len(given) :]
    if len(entry.head) - len(own) <= len(typed) < len(bare) and bare.startswith(typed):
        return replace(entry, text=bare[len(typed) :])
    return None


def _shifted(text: str, own: str, given: str) -> str:
    """The text with the indentation of its further lines changed as that of its first was."""
    first, *others = text.split("\n")
    moved = [given + line[len(own) :] if line.startswith(own) and line.strip() else line for line in others]
    return "\n".join((first, *moved))


def _above(document: Document, line: int) -> int:
    """Width of the indentation of the nearest line above that has code."""
    for number in range(line - 1, max(-1, line - 50), -1):
        if document.lines[number].strip():
            return _width(_indent(document.line(number)))
    return 0


def _indent(line: str) -> str:
    return line[: len(line) - len(line.lstrip(" \t"))]


def _width(indent: str) -> int:
    return len(indent.expandtabs(4))
