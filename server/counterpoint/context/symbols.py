"""The workspace as selection sees it: facts of files and their text, behind one interface.

`index` implements it on SQLite; `Held` is the same in memory, for a few files; `Over` lays the unsaved
documents of an editor over another. Paths are workspace-relative with `/`. Nothing here is sendable by
itself: what may not leave the machine is taken out when the selection is packed.
"""

from __future__ import annotations

from collections import OrderedDict, defaultdict
from collections.abc import Collection, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple, Protocol, TypeVar

from counterpoint.context.facts import Definition, Facts
from counterpoint.context.outline import Outline


class Place(NamedTuple):
    """A definition in a file: `definition` is `facts(path).definitions[number]`."""

    path: str
    number: int
    definition: Definition


class Mention(NamedTuple):
    """A file that has a word: how many times, and whether it calls or defines it."""

    path: str
    times: int
    called: bool
    defined: bool


P = TypeVar("P", bound="Place | Mention")
V = TypeVar("V")

_NOTES = 64
"""As many as documents that somebody works on in a day."""


class Notes:
    """What was worked out for one question and may serve the next, by its kind and what it is about: of each
    kind the newest. Each is good for as long as its mark is what it was when it was put down."""

    def __init__(self) -> None:
        self._kinds: defaultdict[str, OrderedDict[Hashable, tuple[object, Any]]] = defaultdict(OrderedDict)

    def get(self, kind: str, about: Hashable, mark: object) -> Any:
        """What was put down with this mark, or None."""
        held = self._kinds[kind]
        found = held.get(about)
        if found is None or found[0] != mark:
            return None
        held.move_to_end(about)
        return found[1]

    def put(self, kind: str, about: Hashable, mark: object, value: Any, most: int = _NOTES) -> None:
        """Keep what holds while the mark is this, beside at most so many others of its kind."""
        held = self._kinds[kind]
        held[about] = mark, value
        held.move_to_end(about)
        while len(held) > most:
            held.popitem(last=False)


class Symbols(Protocol):
    """Facts of a workspace. Every method is quick: a few milliseconds at most for thousands of files."""

    @property
    def notes(self) -> Notes:
        """What questions leave for those that come after them."""
        ...

    @property
    def changes(self) -> object:
        """Equal as long as every other answer is what it was."""
        ...

    @property
    def saved(self) -> object:
        """The same of the files as they are saved: what unsaved documents change does not count."""
        ...

    def paths(self) -> Sequence[str]:
        """Every indexed file."""
        ...

    def folder(self, folder: str) -> Sequence[str]:
        """Indexed files directly in a folder; "" is the root."""
        ...

    def facts(self, path: str) -> Facts | None:
        """What a file says, or None if it is not indexed."""
        ...

    def outline(self, path: str) -> Outline | None:
        """The facts of a file, in order; kept as long as they are."""
        ...

    def lines(self, path: str) -> Sequence[str] | None:
        """The file's lines without their ends, or None if it cannot be read or has changed since."""
        ...

    def defined(self, names: Iterable[str]) -> Mapping[str, Sequence[Place]]:
        """Where names are defined; names with no definition are left out."""
        ...

    def mentions(self, names: Iterable[str]) -> Mapping[str, Sequence[Mention]]:
        """The files in which words occur; words that occur nowhere are left out."""
        ...

    def files(self, names: Iterable[str]) -> Mapping[str, Sequence[str]]:
        """The paths of `mentions`, in any order."""
        ...

    def frequency(self, names: Iterable[str]) -> Mapping[str, int]:
        """In how many files each word occurs."""
        ...


class Held:
    """Facts and lines in memory."""

    def __init__(self, files: Iterable[tuple[Facts, Sequence[str]]]) -> None:
        """Facts of each file with its lines, which have no ends."""
        self.notes = Notes()
        self._facts: dict[str, Facts] = {}
        self._outlines: dict[str, Outline] = {}
        self._lines: dict[str, Sequence[str]] = {}
        self._defined: dict[str, list[Place]] = defaultdict(list)
        self._mentions: dict[str, list[Mention]] = defaultdict(list)
        self._folders: dict[str, list[str]] = defaultdict(list)
        for facts, lines in files:
            self._facts[facts.path], self._lines[facts.path] = facts, lines
            self._folders[facts.path.rpartition("/")[0]].append(facts.path)
            for number, definition in enumerate(facts.definitions):
                self._defined[definition.name].append(Place(facts.path, number, definition))
            called = {call.name for call in facts.calls}
            own = {definition.name for definition in facts.definitions}
            for word, count in facts.words.items():
                self._mentions[word].append(Mention(facts.path, count, word in called, word in own))

    @property
    def changes(self) -> object:
        return self

    @property
    def saved(self) -> object:
        return self

    def paths(self) -> Sequence[str]:
        return tuple(self._facts)

    def folder(self, folder: str) -> Sequence[str]:
        return tuple(self._folders.get(folder, ()))

    def facts(self, path: str) -> Facts | None:
        return self._facts.get(path)

    def outline(self, path: str) -> Outline | None:
        found = self._outlines.get(path)
        if found is None and (facts := self._facts.get(path)) is not None:
            found = self._outlines[path] = Outline(facts)
        return found

    def lines(self, path: str) -> Sequence[str] | None:
        return self._lines.get(path)

    def defined(self, names: Iterable[str]) -> Mapping[str, Sequence[Place]]:
        return {name: self._defined[name] for name in names if name in self._defined}

    def mentions(self, names: Iterable[str]) -> Mapping[str, Sequence[Mention]]:
        return {name: self._mentions[name] for name in names if name in self._mentions}

    def files(self, names: Iterable[str]) -> Mapping[str, Sequence[str]]:
        return {name: [one.path for one in found] for name, found in self.mentions(names).items()}

    def frequency(self, names: Iterable[str]) -> Mapping[str, int]:
        known = self._mentions
        return {name: len(known[name]) for name in names if name in known}


@dataclass(frozen=True)
class Over:
    """`top`, the editor's unsaved documents, over `base`: a file in both is seen as `top` has it."""

    top: Symbols
    base: Symbols
    hidden: Collection[str] = frozenset()
    """Files of `base` that are gone, besides those that `top` replaces."""

    @property
    def notes(self) -> Notes:
        return self.base.notes

    @property
    def changes(self) -> object:
        return self.top.changes, self.base.changes, self.hidden

    @property
    def saved(self) -> object:
        return self.base.saved

    @cached_property
    def _replaced(self) -> frozenset[str]:
        return frozenset((*self.top.paths(), *self.hidden))

    @cached_property
    def _below(self) -> tuple[frozenset[str], frozenset[str]]:
        """Names that the replaced files define in `base`, and these with the words they have: only for these
        is anything of `base` to be left out, and most lists need not be looked at."""
        known = [facts for path in self._replaced if (facts := self.base.facts(path)) is not None]
        names = frozenset(one.name for facts in known for one in facts.definitions)
        return names, names.union(*(facts.words for facts in known))

    def paths(self) -> Sequence[str]:
        replaced = self._replaced
        return (*(path for path in self.base.paths() if path not in replaced), *self.top.paths())

    def folder(self, folder: str) -> Sequence[str]:
        replaced = self._replaced
        below = (path for path in self.base.folder(folder) if path not in replaced)
        return (*below, *self.top.folder(folder))

    def facts(self, path: str) -> Facts | None:
        if path in self._replaced:
            return self.top.facts(path)
        return self.base.facts(path)

    def outline(self, path: str) -> Outline | None:
        return (self.top if path in self._replaced else self.base).outline(path)

    def lines(self, path: str) -> Sequence[str] | None:
        if path in self._replaced:
            return self.top.lines(path)
        return self.base.lines(path)

    def defined(self, names: Iterable[str]) -> Mapping[str, Sequence[Place]]:
        wanted = tuple(names)
        below = self._without(self.base.defined(wanted), self._below[0])
        return _joined(self.top.defined(wanted), below)

    def mentions(self, names: Iterable[str]) -> Mapping[str, Sequence[Mention]]:
        wanted = tuple(names)
        below = self._without(self.base.mentions(wanted), self._below[1])
        return _joined(self.top.mentions(wanted), below)

    def _without(
        self, found: Mapping[str, Sequence[P]], touched: frozenset[str]
    ) -> Mapping[str, Sequence[P]]:
        replaced = self._replaced
        return {
            name: [one for one in places if one.path not in replaced] if name in touched else places
            for name, places in found.items()
        }

    def files(self, names: Iterable[str]) -> Mapping[str, Sequence[str]]:
        wanted, touched, replaced = tuple(names), self._below[1], self._replaced
        found = dict(self.base.files(wanted))
        for name in touched.intersection(found):
            found[name] = [path for path in found[name] if path not in replaced]
        return _joined(self.top.files(wanted), found)

    def frequency(self, names: Iterable[str]) -> Mapping[str, int]:
        # A document that is open counts twice, which no ranking can feel; exact counts would cost postings.
        wanted = tuple(names)
        above, below = self.top.frequency(wanted), self.base.frequency(wanted)
        return {n: above.get(n, 0) + below.get(n, 0) for n in wanted if n in above or n in below}


def _joined(above: Mapping[str, Sequence[V]], below: Mapping[str, Sequence[V]]) -> dict[str, Sequence[V]]:
    found: dict[str, Sequence[V]] = dict(below)
    for name, places in above.items():
        found[name] = (*places, *found.get(name, ()))
    for name in [name for name, places in found.items() if not places]:
        del found[name]
    return found
