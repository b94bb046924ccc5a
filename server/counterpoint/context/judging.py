"""A suggestion tried in the document before it is shown: new syntax errors, names that mean nothing there.

The slice round the cursor is parsed, with and without the suggestion, so that each try takes about a
millisecond whatever the document; a small one whose slice is broken is parsed whole. Errors that are there
without it are not its own: a document broken at this place is compared with itself, and with a plain name put
where the suggestion would stand.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from counterpoint.context.judging_names import references
from counterpoint.context.parsing import Parsed, encoded, has_grammar, parse_until, with_line_feeds
from counterpoint.context.scopes import Rows
from counterpoint.context.slice import slice_round

if TYPE_CHECKING:
    from tree_sitter import Node

_MOST = 40
"""Errors of a slice that are counted."""
_SMALL = 30_000
"""Characters of a document that may be parsed whole, some milliseconds each time."""
_TOO_BROKEN = 3
"""Errors without a suggestion above which more with it say nothing of it."""
_TRIES = 6
"""Beginnings of a broken suggestion that are tried, the longest first."""
_CLOSERS = {"(": ")", "[": "]", "{": "}"}
_STAND_IN = "x"

Known = Callable[[Sequence[str]], Collection[str]]
"""Which of some names the workspace defines."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """`errors` is how many syntax errors a text would add; `whole` how many of its characters may stay,
    ending with a line, so that it adds none; `unknown` are names in these that resolve nowhere."""

    errors: int
    whole: int
    unknown: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Proposal:
    """Text in place of what stands from one 0-based line and column to another."""

    first_line: int
    first_column: int
    last_line: int
    last_column: int
    text: str


def judge(
    language: str, lines: Sequence[str], given: Proposal, known: Known, stop: Callable[[], bool]
) -> Judgement | None:
    """What a text would do to a document; None without a grammar, or if `stop` said so before it was known.

    `lines` keep their ends.
    """
    if given.first_line >= len(lines) - 1:
        lines = (*lines, "\n")  # at the document's end nothing closes what the cursor's line opens
    found = slice_round(language, lines, given.first_line) if has_grammar(language) else None
    if found is None:
        return None
    trial = _Trial.of(language, found.parsed.data, Rows(found.parsed.data, found.numbers), given, stop)
    if trial.errors(given.text) == 0:  # the usual case: there is nothing to weigh it against
        return _judged(trial, 0, given, known, lines)
    allowed = trial.allowed()
    if allowed and sum(map(len, lines)) <= _SMALL:  # a slice may be broken where the whole is not
        data = with_line_feeds(encoded("".join(lines)))
        whole_trial = _Trial.of(language, data, Rows(data), given, stop)
        fewer = whole_trial.allowed()
        if fewer is not None and fewer < allowed:
            trial, allowed = whole_trial, fewer
    return None if allowed is None else _judged(trial, allowed, given, known, lines)


def _judged(
    trial: _Trial, allowed: int, given: Proposal, known: Known, lines: Sequence[str]
) -> Judgement | None:
    errors = trial.errors(given.text) if allowed <= _TOO_BROKEN else 0
    if errors is None:
        return None
    whole = len(given.text)
    if errors > allowed:
        whole = next((len(part) for part in _beginnings(given.text) if trial.fits(part, allowed)), 0)
    parsed = trial.parsed(given.text[:whole]) if whole else None
    names = references(parsed, trial.start, len(encoded(given.text[:whole]))) if parsed else ()
    unknown = _unknown(names, lines, known)
    return None if trial.stop() else Judgement(max(0, errors - allowed), whole, unknown)


@dataclass(frozen=True, slots=True)
class _Trial:
    """A slice with a gap, to be filled with one text after another."""

    language: str
    data: bytes
    start: int
    end: int
    stop: Callable[[], bool]
    tried: dict[str, Parsed | None] = field(default_factory=dict)
    """Parses so far, by text: each takes most of a millisecond."""

    @classmethod
    def of(cls, language: str, data: bytes, rows: Rows, given: Proposal, stop: Callable[[], bool]) -> _Trial:
        start = rows.byte(given.first_line, given.first_column)
        end = max(start, rows.byte(given.last_line, given.last_column))
        return cls(language, data, start, end, stop)

    def parsed(self, text: str) -> Parsed | None:
        """The slice with a text in the gap, or None once it is too late."""
        if text not in self.tried:
            data = with_line_feeds(b"".join((self.data[: self.start], encoded(text), self.data[self.end :])))
            self.tried[text] = parse_until(self.language, data, lambda offset, error: self.stop())
        return self.tried[text]

    def errors(self, text: str) -> int | None:
        """The least errors with a text, or with it and what closes what it leaves open."""
        counts = [self._count(text)]
        endings = (_ending(text, self.language), _ending(self._head() + text, self.language))
        for ending in dict.fromkeys(filter(None, endings)):
            if counts[-1]:
                counts.append(self._count(text + ending))
        known = [count for count in counts if count is not None]
        return min(known) if known else None

    def fits(self, text: str, allowed: int) -> bool:
        errors = self.errors(text)
        return errors is not None and errors <= allowed

    def allowed(self) -> int | None:
        """Errors there are without the suggestion: with nothing in the gap, or with a name. Where both leave
        some, the text is broken elsewhere, and how it is mended may differ by chance."""
        bare = self._count("")
        if not bare:
            return bare
        filled = self.errors(_STAND_IN)
        return bare if filled is None else max(bare, filled) if filled else 0

    def _head(self) -> str:
        """The cursor's line up to the gap."""
        line = self.data[self.data.rfind(b"\n", 0, self.start) + 1 : self.start]
        return line.decode("utf-8", "replace")

    def _count(self, text: str) -> int | None:
        parsed = self.parsed(text)
        if parsed is None:
            return None
        return errors_in(parsed)


def errors_in(parsed: Parsed) -> int:
    """How many places of a parsed text do not fit the grammar, up to a bound."""
    root = parsed.tree.root_node
    return sum(1 for _ in _errors(root)) if root.has_error else 0


def _errors(root: Node) -> Iterator[Node]:
    waiting, found = [root], 0
    while waiting and found < _MOST:
        node = waiting.pop()
        if node.is_error or node.is_missing:
            found += 1
            yield node
        if node.has_error:
            waiting.extend(node.children)


def _ending(text: str, language: str) -> str:
    """What would close the brackets that a text leaves open at its end, or be the body it begins."""
    last = text.rstrip().rpartition("\n")[2]
    if language == "python" and last.endswith(":"):
        return " pass"
    opened: list[str] = []
    for character in text:
        if character in _CLOSERS:
            opened.append(_CLOSERS[character])
        elif opened and character == opened[-1]:
            opened.pop()
    return "".join(reversed(opened))


def _beginnings(text: str) -> Iterator[str]:
    """Beginnings of a text that end with a line, the longest first."""
    lines = text.split("\n")
    for count in range(len(lines) - 1, max(0, len(lines) - 1 - _TRIES), -1):
        part = "\n".join(lines[:count]).rstrip()
        if part:
            yield part


def _unknown(names: Collection[str], lines: Sequence[str], known: Known) -> tuple[str, ...]:
    """Names that neither the document nor the workspace has."""
    text = "".join(lines)
    left = [name for name in dict.fromkeys(names) if name not in text]
    if not left:
        return ()
    found = known(left)
    return tuple(name for name in left if name not in found)
