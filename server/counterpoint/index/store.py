"""`Store`: the index as selection sees it, an implementation of `context.symbols.Symbols` on SQLite.

Ask once with all names rather than name by name: a call costs a query a segment, whatever it asks for.
"""

from __future__ import annotations

import os
from array import array
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from counterpoint.context.extract_calls import CallsIn
from counterpoint.context.facts import Facts
from counterpoint.context.outline import Outline
from counterpoint.context.rows import from_row
from counterpoint.context.symbols import Mention, Notes, Place
from counterpoint.index.caches import Recent
from counterpoint.index.found import Lines, Mentions, Places
from counterpoint.index.postings import SHIFT, Bucket, Found, hash_of, look_up
from counterpoint.index.reading import (
    Packed,
    absolute,
    digest_of,
    read,
    settled,
    source_of,
    unpack,
)
from counterpoint.index.state import FACTS, State
from counterpoint.project import Project, decode

_SETTINGS = frozenset({"tsconfig.json", "jsconfig.json", "package.json"})
"""Names of files that are not indexed and say how the names of others are resolved."""
_AT_ONCE = 500
_NOTHING = Found(array("I"), [])
_FACTS_BYTES, _LINES_BYTES, _TERMS_BYTES = 16_000_000, 8_000_000, 24_000_000


class _Term:
    """A looked-up word."""

    __slots__ = ("_files", "_made", "entries", "places")

    def __init__(self, entries: array[int], places: Places) -> None:
        self.entries = entries
        self.places = places
        self._files: tuple[str, ...] | None = None
        self._made: tuple[Place, ...] | None = None

    def made(self) -> tuple[Place, ...]:
        """Its places, once and for all."""
        if self._made is None:
            self._made = tuple(self.places)
        return self._made

    def files(self, names: Mapping[int, str]) -> tuple[str, ...]:
        """The paths of its entries."""
        if self._files is None:
            self._files = tuple([names[value >> 8] for value in self.entries])
        return self._files


class Store:
    """Answers from an open index, by one thread at a time. Raises nothing: a file that turns out to be
    damaged answers nothing more and is marked in `state`."""

    def __init__(self, state: State, project: Project) -> None:
        self.state = state
        self._project = project
        self._root = absolute(project.root)
        self.notes = Notes()
        self._facts: Recent[str, tuple[int, Outline]] = Recent(_FACTS_BYTES)
        self._lines: Recent[str, tuple[tuple[int, int, int], Lines]] = Recent(_LINES_BYTES)
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

    @property
    def changes(self) -> object:
        self.state.refresh()
        return self.state, self.state.changes

    @property
    def saved(self) -> object:
        return self.changes

    def facts(self, path: str) -> Facts | None:
        found = self.outline(path)
        return None if found is None else found.facts

    def outline(self, path: str) -> Outline | None:
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
            facts = from_row(
                unpack(path, known.language, known.lines, packed),
                self._calls(path, known.language, known.digest),
            )
        except (ValueError, AttributeError, TypeError):
            self.state.nonsense()
            return None
        texts = len(packed.definitions) + len(packed.imports) + len(packed.calls) + len(packed.words)
        found = Outline(facts)
        self._facts.put(path, (known.number, found), 1_000 + 8 * texts)
        return found

    def _calls(self, path: str, language: str, digest: bytes) -> CallsIn | None:
        """The calls of a file whose row does not place them; none if it is no longer what it was."""
        if language != "python":
            return None

        def text() -> bytes | None:
            raw = self._raw(path, digest)
            found = source_of(raw) if raw is not None else None
            return found if isinstance(found, bytes) else None

        return CallsIn(text)

    def lines(self, path: str) -> Sequence[str] | None:
        self.state.refresh()
        known = self.state.catalogue.files.get(path)
        if known is None:
            return self._setting(path) if path.rpartition("/")[2] in _SETTINGS else None
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
            self._lines.put(path, (mark, found), 400 + found.size)
        return found

    def _raw(self, path: str, digest: bytes) -> bytes | None:
        if self._project.why_not(path) is not None:
            return None
        found = read(self._root, path, self._project.max_file_bytes)
        return None if isinstance(found, str) or digest_of(found[1]) != digest else found[1]

    def _setting(self, path: str) -> Sequence[str] | None:
        """Lines of a file that is not indexed but says how names are resolved."""
        found = self._project.load(path)
        return None if isinstance(found, str) else found.text.splitlines()

    def _read(self, path: str, digest: bytes) -> Lines | None:
        raw = self._raw(path, digest)
        if raw is None:
            return None
        decoded = decode(raw)
        if decoded is None:
            return None
        return Lines(decoded.text.replace("\r\n", "\n").replace("\r", "\n"))

    def defined(self, names: Iterable[str]) -> Mapping[str, Sequence[Place]]:
        return {name: made for name, term in self._look_up(names).items() if (made := term.made())}

    def mentions(self, names: Iterable[str]) -> Mapping[str, Sequence[Mention]]:
        known = self.state.catalogue.names
        found = self._look_up(names).items()
        return {name: Mentions(term.entries, known) for name, term in found if term.entries}

    def files(self, names: Iterable[str]) -> Mapping[str, Sequence[str]]:
        known = self.state.catalogue.names
        found = self._look_up(names).items()
        return {name: term.files(known) for name, term in found if term.entries}

    def frequency(self, names: Iterable[str]) -> Mapping[str, int]:
        return {name: len(term.entries) for name, term in self._look_up(names).items() if term.entries}

    def _look_up(self, names: Iterable[str]) -> dict[str, _Term]:
        self.state.refresh()
        if self._seen != self.state.changes:
            self._terms.clear()
            self._seen = self.state.changes
        wanted = dict.fromkeys(names)
        held = self._terms.several(wanted)
        if len(held) < len(wanted):
            for name, term in self._searched([name for name in wanted if name not in held]).items():
                size = 300 + 12 * len(term.entries) + 700 * len(term.places)
                self._terms.put(name, term, size)
                held[name] = term
            return {name: held[name] for name in wanted}
        return held

    def _searched(self, names: Sequence[str]) -> dict[str, _Term]:
        pending = self.state.pending
        found = {name: [pending.find(name)] if name in pending.terms else [] for name in names}
        hashes = {name: hash_of(name) for name in names}
        try:
            with self.state.snapshot():
                for segment, buckets in self.state.segments.items():
                    self._search(segment, buckets, hashes, found)
        except ValueError:  # what was read makes no sense
            self.state.nonsense()
        return {name: self._term(parts) for name, parts in found.items()}

    def _term(self, parts: Sequence[Found]) -> _Term:
        entries, lines = parts[0] if parts else _NOTHING
        for more in parts[1:]:
            entries, lines = entries + more.files, lines + more.definitions
        catalogue = self.state.catalogue
        if self.state.stale:
            lines = [line for line in lines if int(line.split("\t", 2)[1]) in catalogue.live]
        return _Term(self.state.live(entries), Places(lines, catalogue.names))

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
            sql = f"SELECT key, terms, starts, files, definitions FROM postings WHERE key IN ({marks})"
            for row in map(Bucket._make, self.state.rows(sql, part)):
                for name in wanted[row.key]:
                    if said := look_up(row, name):
                        found[name].append(said)
