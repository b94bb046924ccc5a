"""`Store`: the index as selection sees it, an implementation of `context.symbols.Symbols` on SQLite.

Ask once with all names rather than name by name: a call costs a query a segment, whatever it asks for.
"""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import overload

from counterpoint.context.facts import Facts
from counterpoint.context.rows import definition_of, from_row
from counterpoint.context.symbols import Mention, Place
from counterpoint.index.caches import Recent
from counterpoint.index.postings import SHIFT, Bucket, Found, hash_of, look_up
from counterpoint.index.reading import (
    CALLED,
    DEFINED,
    MOST,
    Packed,
    absolute,
    digest_of,
    read,
    settled,
    unpack,
)
from counterpoint.index.state import FACTS, State
from counterpoint.project import Project, decode

_AT_ONCE = 500
_FACTS_BYTES, _LINES_BYTES, _TERMS_BYTES = 12_000_000, 6_000_000, 6_000_000


class Mentions(Sequence[Mention]):
    """Mentions that are made when they are looked at; how many there are costs nothing."""

    def __init__(self, entries: list[int], names: Mapping[int, str]) -> None:
        self._entries = entries
        self._names = names
        self._ordered = len(entries) < 2

    def __len__(self) -> int:
        return len(self._entries)

    @overload
    def __getitem__(self, at: int) -> Mention: ...

    @overload
    def __getitem__(self, at: slice) -> Sequence[Mention]: ...

    def __getitem__(self, at: int | slice) -> Mention | Sequence[Mention]:
        self._order()
        if isinstance(at, slice):
            return [self._of(value) for value in self._entries[at]]
        return self._of(self._entries[at])

    def __iter__(self) -> Iterator[Mention]:
        self._order()
        return map(self._of, self._entries)

    def _order(self) -> None:
        """By path, so that an index that grew answers as one that was built at once."""
        if not self._ordered:
            self._entries.sort(key=lambda value: self._names[value >> 8])
            self._ordered = True

    def _of(self, value: int) -> Mention:
        return Mention(self._names[value >> 8], value & MOST, bool(value & CALLED), bool(value & DEFINED))


class _Term:
    """A looked-up word."""

    __slots__ = ("definitions", "entries", "places")

    def __init__(self, entries: list[int], definitions: list[str]) -> None:
        self.entries = entries
        self.definitions = definitions
        self.places: tuple[Place, ...] | None = None


class Store:
    """Answers from an open index, by one thread at a time. Raises nothing: a file that turns out to be
    damaged answers nothing more and is marked in `state`."""

    def __init__(self, state: State, project: Project) -> None:
        self.state = state
        self._project = project
        self._root = absolute(project.root)
        self._facts: Recent[str, tuple[int, Facts]] = Recent(_FACTS_BYTES)
        self._lines: Recent[str, tuple[tuple[int, int, int], tuple[str, ...]]] = Recent(_LINES_BYTES)
        self._terms: Recent[str, _Term] = Recent(_TERMS_BYTES)
        self._seen = -1

    def reopen(self, state: State) -> None:
        """Answer from another file from now on."""
        self.state = state
        self._facts.clear()
        self._lines.clear()
        self._terms.clear()
        self._seen = -1

    def paths(self) -> Sequence[str]:
        self.state.refresh()
        return self.state.catalogue.paths()

    def folder(self, folder: str) -> Sequence[str]:
        self.state.refresh()
        return self.state.catalogue.folder(folder)

    def facts(self, path: str) -> Facts | None:
        self.state.refresh()
        known = self.state.catalogue.files.get(path)
        if known is None:
            return None
        cached = self._facts.get(path)
        if cached is not None and cached[0] == known.number:
            return cached[1]
        rows = self.state.rows(f"SELECT {FACTS} FROM facts WHERE id = ?", (known.number,))
        if not rows:
            return None
        packed = Packed(*rows[0])
        try:
            found = from_row(unpack(path, known.language, known.lines, packed))
        except (ValueError, AttributeError, TypeError):
            self.state.nonsense()
            return None
        texts = len(packed.definitions) + len(packed.imports) + len(packed.calls) + len(packed.words)
        self._facts.put(path, (known.number, found), 1_000 + 6 * texts)
        return found

    def lines(self, path: str) -> Sequence[str] | None:
        self.state.refresh()
        known = self.state.catalogue.files.get(path)
        if known is None:
            return None
        try:
            status = os.lstat(f"{self._root}/{path}")
        except OSError:
            return None
        mark = (known.number, status.st_size, status.st_mtime_ns)
        cached = self._lines.get(path)
        if cached is not None and cached[0] == mark:
            return cached[1]
        found = self._read(path, known.digest)
        if found is not None and settled(status.st_mtime_ns):
            self._lines.put(path, (mark, found), 200 + 2 * status.st_size + 60 * len(found))
        return found

    def _read(self, path: str, digest: bytes) -> tuple[str, ...] | None:
        if self._project.why_not(path) is not None:
            return None
        found = read(self._root, path, self._project.max_file_bytes)
        if isinstance(found, str) or digest_of(found[1]) != digest:
            return None
        decoded = decode(found[1])
        if decoded is None:
            return None
        lines = decoded.text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
        return tuple(lines if lines[-1] else lines[:-1])

    def defined(self, names: Iterable[str]) -> Mapping[str, Sequence[Place]]:
        found: dict[str, Sequence[Place]] = {}
        for name, term in self._look_up(names).items():
            if term.places is None:
                term.places = self._places(term.definitions)
            if term.places:
                found[name] = term.places
        return found

    def mentions(self, names: Iterable[str]) -> Mapping[str, Sequence[Mention]]:
        known = self.state.catalogue.names
        found = self._look_up(names).items()
        return {name: Mentions(term.entries, known) for name, term in found if term.entries}

    def frequency(self, names: Iterable[str]) -> Mapping[str, int]:
        return {name: len(term.entries) for name, term in self._look_up(names).items() if term.entries}

    def _places(self, lines: list[str]) -> tuple[Place, ...]:
        live, names = self.state.catalogue.live, self.state.catalogue.names
        found = []
        for line in lines:
            number, at, definition = line.split("\t", 2)
            if int(number) in live:
                found.append(Place(names[int(number)], int(at), definition_of(definition)))
        found.sort(key=lambda place: place[:2])
        return tuple(found)

    def _look_up(self, names: Iterable[str]) -> dict[str, _Term]:
        self.state.refresh()
        if self._seen != self.state.changes:
            self._terms.clear()
            self._seen = self.state.changes
        held = {name: self._terms.get(name) for name in names}
        missing = [name for name, term in held.items() if term is None]
        fresh = self._searched(missing) if missing else {}
        for name, term in fresh.items():
            size = 200 + 8 * len(term.entries) + sum(map(len, term.definitions)) + 500 * len(term.definitions)
            self._terms.put(name, term, size)
        return {name: term or fresh[name] for name, term in held.items()}

    def _searched(self, names: Sequence[str]) -> dict[str, _Term]:
        found: dict[str, list[Found]] = {name: [self.state.pending.find(name)] for name in names}
        hashes = {name: hash_of(name) for name in names}
        try:
            with self.state.snapshot():
                for segment, buckets in self.state.segments.items():
                    self._search(segment, buckets, hashes, found)
        except ValueError:  # what was read makes no sense
            self.state.nonsense()
        live = self.state.live
        return {
            name: _Term(
                live(value for part in parts for value in part.files),
                [line for part in parts for line in part.definitions],
            )
            for name, parts in found.items()
        }

    def _search(
        self, segment: int, buckets: int, hashes: Mapping[str, int], found: Mapping[str, list[Found]]
    ) -> None:
        wanted: defaultdict[int, list[str]] = defaultdict(list)
        for name, number in hashes.items():
            wanted[segment << SHIFT | number & (buckets - 1)].append(name)
        keys = sorted(wanted)
        for at in range(0, len(keys), _AT_ONCE):
            part = keys[at : at + _AT_ONCE]
            marks = ",".join("?" * len(part))
            sql = f"SELECT key, terms, counts, files, definitions FROM postings WHERE key IN ({marks})"
            for row in map(Bucket._make, self.state.rows(sql, part)):
                for name, said in look_up(row, wanted[row.key]):
                    found[name].append(said)
