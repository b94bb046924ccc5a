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
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import chain
from typing import NamedTuple

SHIFT = 20
_PER_BUCKET = 64
_WORDS = "I" if array("I").itemsize == 4 else "L"


class Bucket(NamedTuple):
    """A row. `counts` and `files` are little-endian numbers of 32 bits; `definitions` has a line for each
    definition of a term of the bucket: file id, its number in the file, then `rows.definition_line`."""

    key: int
    terms: str
    counts: bytes
    files: bytes
    definitions: str


class Found(NamedTuple):
    """What is known of a term: its entries, and the lines of its definitions."""

    files: array[int]
    definitions: list[str]


class Pending:
    """Postings of files that no segment has yet. They are looked up here."""

    def __init__(self) -> None:
        self.terms: defaultdict[str, list[int]] = defaultdict(list)
        self.definitions: defaultdict[str, list[str]] = defaultdict(list)
        self.ids: list[int] = []
        self.size = 0
        """Entries held."""

    def add(self, number: int, terms: Mapping[str, int], definitions: str) -> None:
        """Take the words of the file with this id."""
        base = number << 8
        held = self.terms
        for term, value in terms.items():
            held[term].append(base | value)
        for at, line in enumerate(definitions.split("\n") if definitions else ()):
            self.definitions[line.partition("\t")[0]].append(f"{number}\t{at}\t{line}")
        self.ids.append(number)
        self.size += len(terms)

    def find(self, term: str) -> Found:
        """What the files held here say of a term."""
        return Found(array(_WORDS, self.terms.get(term, ())), self.definitions.get(term, []))


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
    counts = array(_WORDS, map(len, files))
    entries = array(_WORDS, chain.from_iterable(files))
    return Bucket(key, "\n".join(inside), _little(counts), _little(entries), "\n".join(definitions))


def look_up(row: Bucket, names: Iterable[str]) -> Iterator[tuple[str, Found]]:
    """What a bucket says of those of the names that it has."""
    terms = f"\n{row.terms}\n"
    counts = None
    for name in names:
        at = terms.find(f"\n{name}\n")
        if at < 0 or "\n" in name:
            continue
        if counts is None:
            counts = _numbers(row.counts)
        place = terms.count("\n", 0, at)
        start = sum(counts[:place])
        files = _numbers(row.files[4 * start : 4 * (start + counts[place])])
        yield name, Found(files, _lines_of(row.definitions, name))


def everything(row: Bucket) -> Iterator[tuple[str, list[int]]]:
    """Each term of a bucket with its entries."""
    counts, files = _numbers(row.counts), _numbers(row.files)
    start = 0
    for term, count in zip(row.terms.split("\n"), counts, strict=True):
        yield term, files[start : start + count].tolist()
        start += count


def merged(key: int, mask: int, rows: Iterable[Bucket], keep: Callable[[int], bool]) -> Bucket | None:
    """One bucket out of several of different segments: the terms that fall into it, with the files kept."""
    terms: defaultdict[str, list[int]] = defaultdict(list)
    definitions: list[str] = []
    number = key & ((1 << SHIFT) - 1)
    for row in rows:
        for term, files in everything(row):
            if hash_of(term) & mask == number:
                terms[term] += [value for value in files if keep(value >> 8)]
        for line in row.definitions.split("\n") if row.definitions else ():
            file, _, name, _ = line.split("\t", 3)
            if name in terms and keep(int(file)):
                definitions.append(line)
    held = {term: files for term, files in terms.items() if files}
    return _bucket(key, held, list(held.values()), definitions) if held else None


def _lines_of(definitions: str, name: str) -> list[str]:
    mark = f"\t{name}\t"
    if mark not in definitions:
        return []
    found = [line for line in definitions.split("\n") if mark in line]
    return [line for line in found if line.split("\t", 3)[2] == name]


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
