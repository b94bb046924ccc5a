"""In which files a word stands: gathered in memory, then written as a segment of buckets. No I/O.

An entry is a number: the file's id << 8 | the word's value in it (`reading.CALLED`, `DEFINED`, times). A
bucket row holds the terms of one residue of their hash, so that a segment costs few rows to write and one
short row to look a term up in. Buckets number 2^n: a bucket of a smaller segment holds what several of a
larger one do, which makes merging a walk over both.
"""

from __future__ import annotations

import sys
import zlib
from array import array
from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import accumulate, chain, pairwise
from struct import Struct
from typing import NamedTuple

SHIFT = 20
_PER_BUCKET = 64
_WAITING = 20_000
"""Entries that may wait to be spread over their terms."""
_TWO = Struct("<II")
_WORDS = "I" if array("I").itemsize == 4 else "L"


class Bucket(NamedTuple):
    """A row. `terms` has a line for each, after a line end. `starts` says where the entries of each begin in
    `files`, and where the last ones end; both are little-endian numbers of 32 bits. `definitions` has a line
    for each definition of a term of the bucket, after a line end, those of one name together: the name, the
    file's id, its number in the file, and the rest of `rows.definition_line`."""

    key: int
    terms: str
    starts: bytes
    files: bytes
    definitions: str


class Found(NamedTuple):
    """What is known of a term: its entries, and the lines of its definitions."""

    files: array[int]
    definitions: list[str]


class Pending:
    """Postings of files that no segment has yet. They are looked up here.

    What comes in waits to be spread over its terms until somebody asks, or until it is much: many files in
    one go cost half of what they do one by one.
    """

    def __init__(self) -> None:
        self._terms: defaultdict[str, list[int]] = defaultdict(list)
        self._definitions: defaultdict[str, list[str]] = defaultdict(list)
        self._waiting: list[tuple[int, Mapping[str, int], str]] = []
        self._entries = 0
        """How many of them wait."""
        self.ids: list[int] = []
        self.size = 0
        """Entries held."""

    @property
    def terms(self) -> Mapping[str, Sequence[int]]:
        """The entries of each term."""
        self._spread()
        return self._terms

    @property
    def definitions(self) -> Mapping[str, list[str]]:
        """The lines of `Bucket.definitions`, by name."""
        self._spread()
        return self._definitions

    def add(self, number: int, terms: Mapping[str, int], definitions: str) -> None:
        """Take the words of the file with this id."""
        self._waiting.append((number, terms, definitions))
        self._entries += len(terms)
        self.ids.append(number)
        self.size += len(terms)
        if self._entries > _WAITING:
            self._spread()

    def find(self, term: str) -> Found:
        """What the files held here say of a term that they have."""
        return Found(array(_WORDS, self.terms[term]), self.definitions.get(term, []))

    def _spread(self) -> None:
        if not self._waiting:
            return
        held = self._terms
        for number, terms, definitions in self._waiting:
            values = map((number << 8).__or__, terms.values())
            # As a loop this takes five times as long.
            deque(map(list.append, map(held.__getitem__, terms), values), 0)
            for at, line in enumerate(definitions.split("\n") if definitions else ()):
                name, _, rest = line.partition("\t")
                self._definitions[name].append(f"{name}\t{number}\t{at}\t{rest}")
        self._waiting, self._entries = [], 0


def buckets_for(terms: int) -> int:
    """How many buckets a segment of so many terms has."""
    return 1 << min(SHIFT - 2, max(0, (terms // _PER_BUCKET).bit_length()))


def hash_of(term: str) -> int:
    """The same on every machine."""
    return zlib.crc32(term.encode("utf-8", "surrogatepass"))


def written(
    segment: int, buckets: int, terms: Mapping[str, Sequence[int]], definitions: Mapping[str, list[str]]
) -> Iterator[Bucket]:
    """The rows of a segment."""
    mask = buckets - 1
    spread: list[list[str]] = [[] for _ in range(buckets)]
    for term, number in zip(terms, map(zlib.crc32, map(str.encode, terms)), strict=True):
        spread[number & mask].append(term)
    said: defaultdict[int, list[str]] = defaultdict(list)
    for name, lines in definitions.items():
        said[hash_of(name) & mask] += lines
    for number, inside in enumerate(spread):
        if inside:
            files = list(map(terms.__getitem__, inside))
            yield _bucket(segment << SHIFT | number, inside, files, said.get(number, ()))


def _bucket(
    key: int, inside: Iterable[str], files: Sequence[Sequence[int]], definitions: Iterable[str]
) -> Bucket:
    starts = array(_WORDS, accumulate(map(len, files), initial=0))
    entries = array(_WORDS, chain.from_iterable(files))
    terms = "\n".join(inside)
    said = "".join([f"\n{line}" for line in definitions])
    return Bucket(key, f"\n{terms}\n", _little(starts), _little(entries), said)


def look_up(row: Bucket, name: str) -> Found | None:
    """What a bucket says of a name. Raises ValueError for one that makes no sense."""
    at = row.terms.find(f"\n{name}\n")
    if at < 0 or "\n" in name:
        return None
    place = 4 * row.terms.count("\n", 0, at)
    if place + 8 > len(row.starts):
        raise ValueError("a bucket without its starts")
    start, end = _TWO.unpack_from(row.starts, place)
    return Found(_numbers(row.files[4 * start : 4 * end]), _lines_of(row.definitions, name))


def everything(row: Bucket) -> Iterator[tuple[str, list[int]]]:
    """Each term of a bucket with its entries."""
    starts, files = _numbers(row.starts), _numbers(row.files)
    for term, (start, end) in zip(row.terms[1:-1].split("\n"), pairwise(starts), strict=True):
        yield term, files[start:end].tolist()


def merged(key: int, mask: int, rows: Iterable[Bucket], keep: Callable[[int], bool]) -> Bucket | None:
    """One bucket out of several of different segments: the terms that fall into it, with the files kept."""
    terms: defaultdict[str, list[int]] = defaultdict(list)
    definitions: defaultdict[str, list[str]] = defaultdict(list)
    number = key & ((1 << SHIFT) - 1)
    for row in rows:
        for term, files in everything(row):
            if hash_of(term) & mask == number:
                terms[term] += [value for value in files if keep(value >> 8)]
        for line in row.definitions.split("\n")[1:]:
            name, file, _ = line.split("\t", 2)
            if name in terms and keep(int(file)):
                definitions[name].append(line)
    held = {term: files for term, files in terms.items() if files}
    said = chain.from_iterable(definitions.values())
    return _bucket(key, held, list(held.values()), said) if held else None


def _lines_of(definitions: str, name: str) -> list[str]:
    mark = f"\n{name}\t"
    first = definitions.find(mark)
    if first < 0:
        return []
    last = definitions.find("\n", definitions.rfind(mark) + 1)
    return definitions[first + 1 : last if last > 0 else None].split("\n")


def _little(numbers: array[int]) -> bytes:
    if sys.byteorder != "little":
        numbers.byteswap()
    return numbers.tobytes()


def _numbers(data: bytes) -> array[int]:
    found = array(_WORDS)
    found.frombytes(data)
    if sys.byteorder != "little":
        found.byteswap()
    return found
