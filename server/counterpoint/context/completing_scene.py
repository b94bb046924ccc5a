"""The scene of a completion: the buffer, its imports, and which definitions a name can mean there."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property

from counterpoint.context.completing_buffer import WORD, Buffer, buffer_of
from counterpoint.context.completing_standpoint import is_test, standpoint_of
from counterpoint.context.facts import TYPES, Facts
from counterpoint.context.lexicon import Commonness, lexicon_of
from counterpoint.context.outline import Outline
from counterpoint.context.question import Question
from counterpoint.context.symbols import Place, Symbols

_CROWD = 12
"""Of more definitions of one name only those in the nearest files are looked at."""


class Scene:
    """One question's world. Answers are kept while the question is being answered."""

    def __init__(self, question: Question, symbols: Symbols) -> None:
        self.question = question
        self.symbols = symbols
        self.path = question.path
        self.facts: Facts | None = symbols.facts(question.path)
        self.buffer: Buffer = buffer_of(question, self.facts, symbols.notes)
        self.standpoint = standpoint_of(question.path, question.language, self.facts, symbols)
        self.imports = self.standpoint.imports
        self.folder = self.standpoint.folder
        self.in_test = self.standpoint.in_test
        self.package = self.standpoint.package
        self.open = self.standpoint.family not in ("python", "script")
        own = symbols.outline(question.path)
        self.own: frozenset[str] = frozenset() if own is None else own.names
        self.lexicon = lexicon_of(symbols)
        self._near = self.standpoint.near
        self._lines: dict[str, Sequence[str] | None] = {}
        self._outlines: dict[str, Outline | None] = {}
        self._defined: dict[str, Sequence[Place]] = {}
        self._meant: dict[str, list[tuple[float, Place]]] = {}
        self._types: dict[str, list[Place]] = {}

    def says_as_much(self, line: str) -> bool:
        """Whether the cursor's line, should it say this now, names the same of what is named round it."""
        counts, mine = self.buffer.counts, self.buffer.lines[self.buffer.line]
        words, others = ([word for word in WORD.findall(text) if word in counts] for text in (mine, line))
        return words == others

    def again(self, question: Question, symbols: Symbols) -> None:
        """Take the next question about the same line. What files say is read anew."""
        self.question, self.symbols = question, symbols
        self._lines.clear()

    def outline(self, path: str) -> Outline | None:
        """The outline of a file."""
        if path not in self._outlines:
            self._outlines[path] = self.symbols.outline(path)
        return self._outlines[path]

    def facts_of(self, path: str) -> Facts | None:
        """The facts of a file."""
        found = self.outline(path)
        return None if found is None else found.facts

    def lines_of(self, path: str) -> Sequence[str] | None:
        """The lines of a file, or None if it cannot be read."""
        if path not in self._lines:
            self._lines[path] = self.symbols.lines(path)
        return self._lines[path]

    def file(self, path: str) -> tuple[int, float] | None:
        """How a file is imported here, and how likely it is to matter; None if another language's."""
        try:
            return self._near[path]
        except KeyError:
            return self.standpoint.file(path, self.symbols)

    def test(self, path: str) -> bool:
        """True for a test's file, asked from one that is none."""
        return not self.in_test and is_test(path)

    def find(self, names: Iterable[str]) -> None:
        """Ask in one go where those names are defined of which it is not yet known."""
        known = self._defined
        missing = [name for name in names if name not in known and name[:2] != "__"]
        if missing:
            known.update(dict.fromkeys(missing, ()))
            known.update(self.symbols.defined(missing))

    def look_up(self, names: Iterable[str]) -> Mapping[str, Sequence[Place]]:
        """Where names are defined; names with no definition are left out."""
        wanted, known = list(names), self._defined
        self.find(wanted)
        return {name: places for name in wanted if (places := known.get(name))}

    def places(self, name: str) -> Sequence[Place]:
        """Where a name is defined."""
        found = self._defined.get(name)
        if found is None:
            self.find((name,))
            found = self._defined.get(name, ())
        return found

    def meant(self, name: str) -> list[tuple[float, Place]]:
        """The places a name can mean here with their credit, best first; those of this file included."""
        found = self._meant.get(name)
        if found is None:
            places = self.places(name)
            bound = name in self.imports.aliases
            only = 1.0 if len(places) == 1 else 0.0
            found = []
            for place in self._nearest(name, places) if len(places) > _CROWD else places:
                file = self.file(place.path)
                if file is not None:
                    found.append((file[1] + only + self._credit(place, bound), place))
            if len(found) > 1:
                found.sort(key=_best)
            self._meant[name] = found
        return found

    def _nearest(self, name: str, places: Sequence[Place]) -> Sequence[Place]:
        crowds = self.standpoint.crowds
        known = crowds.get(name)
        if known is not None and known[0] is places:
            return known[1]
        near = []
        for place in places:
            file = self.file(place.path)
            if file is not None:
                near.append((file[1] + 5.0 * (place.path == self.path), place))
        near.sort(key=_nearness, reverse=True)
        found = [place for _, place in near[:_CROWD]]
        crowds[name] = places, found
        return found

    def _credit(self, place: Place, bound: bool) -> float:
        path, _, one = place
        if path == self.path:
            return 5.0
        credit = 0.0
        if not one.owner or one.kind in TYPES:
            if bound:
                credit = 2.0 * self.imports.of_name(one.name, self.parts(path))
            if one.name[0] == "_":
                credit -= 1.0
        elif one.owner.rpartition(".")[2] in self.buffer.counts:
            credit = 1.0
        if one.kind == "field":
            credit -= 0.4
        if not one.exported:
            credit -= 1.0
        return credit

    def common(self, name: str) -> Commonness:
        """How common a name is."""
        found = self.lexicon.names.get(name)
        if found is None:
            self.lexicon.learn((name,), self.symbols)
            found = self.lexicon.names[name]
        return found

    @cached_property
    def whole(self) -> dict[str, str]:
        """Files that are imported as a whole, and those they hand on, with the name they go by here."""
        return self.standpoint.taken_whole(self.symbols)

    def parts(self, path: str) -> tuple[str, ...]:
        """A path as a module of this question's language."""
        return self.standpoint.parts_of(path, self.symbols)

    def types_meant(self, name: str) -> list[Place]:
        """The types a name most likely means: the best place, and others as good."""
        found = self._types.get(name)
        if found is None:
            meant = [(credit, place) for credit, place in self.meant(name) if place.definition.kind in TYPES]
            found = [place for credit, place in meant[:3] if credit >= meant[0][0] - 0.25 and credit > -1.5]
            self._types[name] = found
        return found


def _best(one: tuple[float, Place]) -> tuple[float, str, int]:
    return -one[0], one[1].path, one[1].number


def _nearness(one: tuple[float, Place]) -> float:
    return one[0]


__all__ = ["Scene", "is_test"]
