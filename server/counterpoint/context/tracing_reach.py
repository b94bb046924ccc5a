"""Follows what a failing function calls, names and shares, with less weight at each step. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from counterpoint.context.facts import CALLABLES, TYPES, Call, Definition
from counterpoint.context.outline import Outline
from counterpoint.context.ranking import STOP
from counterpoint.context.symbols import Place, Symbols
from counterpoint.context.tracing_near import Near
from counterpoint.context.tracing_pieces import Piece, Pieces
from counterpoint.context.tracing_state import lines_writing, state_used

_SELF = frozenset({"self", "this", "cls", "super()", "Self", "self.__class__"})
_RUN_UNASKED = frozenset(
    {
        "__init__", "__new__", "__enter__", "__exit__", "__aenter__", "__aexit__", "__call__", "__iter__",
        "__next__", "__post_init__", "__getattr__", "__get__", "__set__", "__del__", "constructor", "new",
    }
)  # fmt: skip
"""Methods that run though nobody writes their names."""
_WHOLE_TYPE, _TYPE_HEAD = 60, 14
_OUTER = 60
_FAR = 0.4
_COMMON = 3
"""A name that more files near the failure have is less likely to mean one thing in all of them."""
_DECORATORS = 6
_STEPS = 6
_FOLLOWED = 120
_LEAST = 12.0
_WORD = re.compile(r"(?<![\w.\"'])[A-Za-z_]\w{2,}|(?<=[.:])[A-Za-z_]\w{2,}")
_STRING = re.compile(r"[\"'`]([A-Za-z_]\w{2,})[\"'`]")
_ERROR = re.compile(r"Error\b|Exception\b|Fault\b")
_WRITERS = 16
_LONGEST = 400


class Reach:
    """What is found from one failure. Give it the files of the frames with `around` first."""

    def __init__(self, symbols: Symbols) -> None:
        self.symbols = symbols
        self.near = Near((), symbols)
        self._pieces = Pieces()
        self._followed: dict[tuple[str, int], float] = {}
        self._written: dict[str, tuple[int, list[tuple[str, int]]]] = {}

    def around(self, paths: Sequence[str]) -> None:
        """Look near these files."""
        self.near = Near(paths, self.symbols)

    def heaviest(self, most: int) -> Sequence[Piece]:
        """What was found, the heaviest first."""
        return self._pieces.heaviest(most)

    def show(
        self, path: str, first: int, last: int, weight: float, why: str, focus: int | None = None
    ) -> None:
        """Lines to be shown."""
        self._pieces.add(path, first, last, weight, why, focus)

    def function(self, path: str, one: Definition, weight: float, why: str, focus: int | None = None) -> None:
        """A function to be shown: with the one it is defined in, if that is short."""
        outer = self._outer(path, one)
        self.show(path, self._head(path, outer), outer.last_line, weight, why, focus)

    def place(self, place: Place, weight: float, why: str, step: int = _STEPS) -> None:
        """A function or a type to be shown, and followed where it lies near the failure."""
        path, one = place.path, place.definition
        if path not in self.near.distance:
            weight, step = weight * _FAR, _STEPS
        if one.kind in TYPES:
            self._type(path, one, weight, why, step)
            return
        self.function(path, one, weight, why)
        self.follow(path, one, self._head(path, one), one.last_line, None, weight * 0.85, step + 1)

    def follow(
        self,
        path: str,
        one: Definition | None,
        first: int,
        last: int,
        line: int | None,
        weight: float,
        step: int,
    ) -> None:
        """Go on from lines of a file: those near `line`, the failing one, weigh more than the others."""
        key = (path, first)
        if weight < _LEAST or self._followed.get(key, 0.0) >= weight or len(self._followed) > _FOLLOWED:
            return
        self._followed[key] = weight
        lines, outline = self.symbols.lines(path), self.symbols.outline(path)
        if lines is None or outline is None:
            return
        name = f"{one.name}()" if one is not None else path.rpartition("/")[2]
        owner = one.owner if one is not None else ""
        close = range(line - 1, line + 2) if line is not None else range(0)
        if step <= _STEPS:
            self._calls(outline, (first, last), close, (path, name, owner), weight, step)
        self._state(outline, lines, (first, last), close, name, weight)

    def _calls(
        self,
        outline: Outline,
        rows: tuple[int, int],
        close: range,
        who: tuple[str, str, str],
        weight: float,
        step: int,
    ) -> None:
        path, name, owner = who
        called = set()
        for call in _calls_in(outline, *rows):
            called.add(call.name)
            share = 0.92 if call.line in close else 0.72
            own = owner if call.receiver in _SELF else ""
            for place in self.near.meant(call.name, path, own):
                self.place(place, weight * share, f"{name} calls it", step + 1)
        for word, line in self._references(path, rows):
            if word not in called:
                share = 0.8 if line in close else 0.62
                for place in self.near.meant(word, path):
                    if place.path in self.near.distance:
                        self.place(place, weight * share, f"{name} names it", step + 1)

    def _references(self, path: str, rows: tuple[int, int]) -> Iterator[tuple[str, int]]:
        """Words of some lines that are names of functions or types, though they are not called there: handed
        on, or looked up by a string."""
        lines = self.symbols.lines(path) or ()
        words: dict[str, int] = {}
        for number in range(rows[0], min(rows[1] + 1, len(lines))):
            row = lines[number][:_LONGEST]
            for word in (*_WORD.findall(row), *_STRING.findall(row)):
                words.setdefault(word, number)
        known = self.symbols.defined([word for word in words if word not in STOP])
        for word, places in known.items():
            if any(one.definition.kind in CALLABLES | TYPES for one in places):
                yield word, words[word]

    def _state(
        self,
        outline: Outline,
        lines: Sequence[str],
        rows: tuple[int, int],
        close: range,
        name: str,
        weight: float,
    ) -> None:
        first, last = rows
        near = state_used([lines[n] for n in close if first <= n <= last and n < len(lines)], outline.facts)
        rest = state_used(lines[first : last + 1], outline.facts)
        for used in dict.fromkeys((*near, *rest)):
            self.written(used, weight * (0.85 if used in near else 0.68), f"writes {used}, which {name} uses")

    def written(self, name: str, weight: float, why: str) -> None:
        """Who writes to a name near the failure, and who calls those that do."""
        files, writes = self._writes(name)
        weight *= min(1.0, (_COMMON / max(1, files)) ** 0.5)
        if weight < _LEAST:
            return
        for path, number in writes:
            outline = self.symbols.outline(path)
            assert outline is not None
            inside = [one for one in outline.functions if one.first_line <= number <= one.last_line]
            if not inside:
                self.show(path, max(0, number - 1), number + 1, weight * 0.9, why, number)
                continue
            one = inside[-1]
            if path not in self.near.distance:
                self.function(path, one, weight * _FAR, why, number)
                continue
            self.function(path, one, weight, why, number)
            key = (path, one.first_line)
            if self._followed.get(key, 0.0) < weight * 0.5:
                self.follow(path, one, one.first_line, one.last_line, number, weight * 0.6, _STEPS - 3)
                for outer in inside:
                    self.callers(outer, weight * 0.55)

    def _writes(self, name: str) -> tuple[int, list[tuple[str, int]]]:
        """In how many files a name is, and the nearest places that write to it."""
        if name not in self._written:
            found: list[tuple[str, int]] = []
            paths = self.near.files_with(name.lstrip("#"), 12)
            for path in paths:
                lines = self.symbols.lines(path) or ()
                found += ((path, number) for number in lines_writing(name, lines))
            self._written[name] = len(paths), found[:_WRITERS]
        return self._written[name]

    def callers(self, one: Definition, weight: float) -> None:
        """Who calls a function near the failure: what it is called in, also a class it decorates."""
        if weight < _LEAST:
            return
        why = f"calls {one.name}()"
        for path in self.near.files_with(one.name, 8):
            outline = self.symbols.outline(path)
            if outline is None:
                continue
            for call in outline.facts.calls:
                if call.name == one.name:
                    self._caller(path, outline, call, weight, why)

    def _caller(self, path: str, outline: Outline, call: Call, weight: float, why: str) -> None:
        inside = [one for one in outline.functions if one.first_line <= call.line <= one.last_line]
        if inside:
            self.function(path, inside[-1], weight, why, call.line)
            return
        decorated = [
            one
            for one in outline.facts.definitions
            if call.line <= one.name_line <= call.line + 4 and one.kind in TYPES | CALLABLES
        ]
        if decorated:
            one = decorated[0]
            last = min(one.last_line, one.first_line + _WHOLE_TYPE)
            self.show(path, min(call.line, one.first_line), last, weight, why, call.line)
        else:
            self.show(path, max(0, call.line - 2), call.line + 2, weight, why, call.line)

    def _type(self, path: str, one: Definition, weight: float, why: str, step: int) -> None:
        last = one.last_line
        if last - one.first_line >= _WHOLE_TYPE:
            last = one.first_line + _TYPE_HEAD
        self.show(path, one.first_line, last, weight, why)
        if _ERROR.search(" ".join((one.name, *one.bases))):  # whoever raises it knows why it was expected
            self.callers(one, weight * 0.75)
        outline = self.symbols.outline(path)
        if outline is None:
            return
        for number in outline.members.get(f"{one.owner}.{one.name}" if one.owner else one.name, ()):
            member = outline.facts.definitions[number]
            if member.kind in CALLABLES and (member.kind == "constructor" or member.name in _RUN_UNASKED):
                self.place(Place(path, number, member), weight * 0.95, f"runs with {one.name}", step)

    def _head(self, path: str, one: Definition) -> int:
        """The first line of a definition with what decorates it."""
        lines = self.symbols.lines(path) or ()
        first = one.first_line
        while (
            first > 0
            and one.first_line - first < _DECORATORS
            and lines[first - 1].lstrip()[:1] in ("@", "#[")
        ):
            first -= 1
        return first

    def _outer(self, path: str, one: Definition) -> Definition:
        outline = self.symbols.outline(path)
        if outline is None:
            return one
        for other in outline.functions:
            if other.first_line <= one.first_line and one.last_line <= other.last_line:
                return other if other.last_line - other.first_line <= _OUTER else one
        return one


def _calls_in(outline: Outline, first: int, last: int) -> list[Call]:
    return [call for call in outline.facts.calls if first <= call.line <= last]
