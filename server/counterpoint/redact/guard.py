"""The guard: finds the secrets of whole texts, line by line, and remembers what it found in each line.

Between two keys of a user one line changes: all others are answered from memory, at a small part of the
cost. What is remembered is bounded, and it is the lines themselves, not their hashes: two lines that share
a hash must not share an answer.
"""

from __future__ import annotations

from dataclasses import dataclass

from counterpoint.redact.lines import EDGE, PLAIN, Hit, Scanned, scan
from counterpoint.text import Span

_LONGEST = 2_000
"""Characters of a line that is worth remembering."""
_OVERHEAD = 100
"""What an entry takes beside its characters, in bytes."""
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
    """Finds secrets. Safe to use from several threads; `capacity` bounds what is remembered, in bytes."""

    def __init__(self, capacity: int = 8_000_000) -> None:
        self._code = _Memory(capacity // 2, loose=False)
        self._data = _Memory(capacity // 2, loose=True)

    def find(self, source: Source) -> tuple[Secret, ...]:
        """Secrets in order; no two overlap. Of those that do, the longest of the earliest is kept."""
        memory = self._data if source.language in _LOOSE else self._code
        lines = source.text.split("\n")
        found: list[tuple[int, Hit]] = []
        state = EDGE if source.part else PLAIN
        for number, known in enumerate(memory.all(lines)):
            if not state and known is _NOTHING:
                continue
            if state or known is None:
                known = memory.one(lines[number], state)
            state = known.state
            found += ((number, hit) for hit in known.hits)
        if not found:
            return ()
        return _apart(_placed(lines, found))


def _placed(lines: list[str], found: list[tuple[int, Hit]]) -> list[Secret]:
    """Hits in lines, in order, as places in the text."""
    secrets: list[Secret] = []
    at = start = 0
    for number, hit in found:
        start += sum(map(len, lines[at:number])) + number - at
        at = number
        secrets.append(Secret(Span(start + hit.start, start + hit.end), hit.kind))
    return secrets


class _Memory:
    """What was found in lines, in two generations: when the younger is full it becomes the older.

    Answers of the older are taken over as they are used, so that merely looking up moves nothing.
    """

    def __init__(self, capacity: int, *, loose: bool) -> None:
        self._half = capacity // 2
        self._loose = loose
        self._young: dict[str, Scanned] = {}
        self._old: dict[str, Scanned] = {}
        self._size = 0

    def all(self, lines: list[str]) -> list[Scanned | None]:
        """What is known of each line, read in the plain state: that of nearly all lines of code."""
        return list(map(self._young.get, lines))

    def one(self, line: str, state: str) -> Scanned:
        """What is in a line, looked for if it is not known."""
        key = f"\0{state}\0{line}" if state else line
        known = self._young.get(key)
        if known is not None:
            return known
        known = self._old.get(key)
        if known is None:
            known = scan(line, state, self._loose)
            known = _NOTHING if known == _NOTHING else known
        if len(line) <= _LONGEST:
            self._size += len(key) + _OVERHEAD
            if self._size > self._half:
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
