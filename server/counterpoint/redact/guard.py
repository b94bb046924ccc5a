"""The guard: finds the secrets of whole texts, line by line, and remembers what it found in each line.

Between two keys of a user one line changes: all others are answered from memory, at a small part of the
cost. What is remembered is bounded, and it is the lines themselves, not their hashes: two lines that share
a hash must not share an answer.
"""

from __future__ import annotations

from dataclasses import dataclass

from counterpoint.redact.lines import EDGE, PLAIN, Scanned, scan
from counterpoint.text import Span

_LONGEST = 2_000
"""Characters of a line that is worth remembering."""
_LOOSE = frozenset(
    {"plaintext", "yaml", "toml", "json", "jsonc", "ini", "properties", "dotenv", "shellscript", "markdown",
     "xml", "dockerfile", "dockercompose", "makefile", "terraform"}
)  # fmt: skip
"""Languages in which what stands bare behind a name is a value."""


@dataclass(frozen=True, slots=True)
class Secret:
    """Where a secret stands, and what kind it is."""

    span: Span
    kind: str


@dataclass(frozen=True, slots=True)
class Source:
    """A text that what is sent was taken from. `part` says that it may begin amid a private key."""

    text: str
    language: str = ""
    part: bool = False


class Guard:
    """Finds secrets. Safe to use from several threads; `capacity` bounds what is remembered, in characters.

    There are two generations of answers: when the younger is full it becomes the older, whose answers are
    taken over as they are used. So a line that is merely looked up moves and counts nothing.
    """

    def __init__(self, capacity: int = 3_000_000) -> None:
        self._capacity = capacity // 2
        self._young: dict[str, Scanned] = {}
        self._old: dict[str, Scanned] = {}
        self._size = 0

    def find(self, source: Source) -> tuple[Secret, ...]:
        """Secrets in order; no two overlap. Of those that do, the longest of the earliest is kept."""
        found: list[Secret] = []
        at, state = 0, EDGE if source.part else PLAIN
        mark = "L" if source.language in _LOOSE else ""
        for line in source.text.split("\n"):
            # A key is the line itself in the plain state, which nearly all lines of code are read in.
            key = f"\0{mark}{state}\0{line}" if mark or state else line
            known = self._young.get(key) or self._scan(key, line, state, bool(mark))
            if known is not _NOTHING:
                state = known.state
                found += (Secret(Span(at + hit.start, at + hit.end), hit.kind) for hit in known.hits)
            else:
                state = PLAIN
            at += len(line) + 1
        return _apart(found)

    def _scan(self, key: str, line: str, state: str, loose: bool) -> Scanned:
        known = self._old.get(key)
        if known is None:
            known = scan(line, state, loose)
            if known == _NOTHING:
                known = _NOTHING
        if len(line) <= _LONGEST:
            self._size += len(key)
            if self._size > self._capacity:
                self._old, self._young, self._size = self._young, {}, 0
            self._young[key] = known
        return known


_NOTHING = Scanned((), PLAIN)


def _apart(found: list[Secret]) -> tuple[Secret, ...]:
    found.sort(key=lambda one: (one.span.start, -one.span.end))
    kept: list[Secret] = []
    for secret in found:
        if not kept or secret.span.start >= kept[-1].span.end:
            kept.append(secret)
    return tuple(kept)
